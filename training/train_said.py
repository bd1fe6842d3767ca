"""Train the head that says whether a page says what is asked once more, on the reader as it has become.

    python training/train_said.py        # half an hour on two cores; changes heads.safetensors of --folder

Learned along with the reader the head stays far behind what the reader knows (see the README): here it is fitted alone, on pages
that answer and, for questions that nobody answers, on the one of the first pages found that the reader would choose, some of
them laid out badly. Pairs of questions that differ in one thing, and all questions to decks like real ones, are put to the
program itself: what counts is the page that it cites.
"""

from __future__ import annotations

import argparse
import lzma
import multiprocessing
import os
import pickle
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import decks
import fit_answer
import numpy as np
import reading
import torch
from numpy.typing import NDArray
from reader_network import HIDDEN, head
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from reportqa.answer import marked
from reportqa.answer.compose import compose
from reportqa.assistant import Assistant
from reportqa.encoder import StaticEncoder
from reportqa.reader import network

PART = 0.4
"""Of the questions so many are asked; of the plainest kinds ``PLAIN`` of these."""

PLAIN = 0.4
RUFFLED = 0.3
READ = 3
"""Pages found for a question that nobody answers, of which the surest is learned from: the program cites no other."""

PAIRS, LIFELIKE = 2, 2
"""How often each question of a pair, and each to a deck like a real one, is learned from."""

EPOCHS, BATCH, RATE, DECAY, DROPOUT = 20, 256, 1e-3, 0.1, 0.7


class Headless(network.Reader):
    """A reader that keeps what its heads are given of a page."""

    given: NDArray[np.float32]

    def _head(self, name: str, x: network.Floats) -> network.Floats:
        self.given = x
        return super()._head(name, x)


class Put(NamedTuple):
    """A question, pages as text, and whether they say what is asked."""

    question: str
    texts: list[str]
    said: bool


def put(practice: Sequence[reading.Posed], draw: random.Random) -> list[Put]:
    """The page that answers each question, or the first ``READ`` found where none does."""
    found = []
    for one in practice:
        share = PART * (PLAIN if one.kind in ("fact", "table", "paraphrase") else 1)
        chosen = one.right[:1] or one.wrong[:READ]
        if one.kind == reading.ELSEWHERE or draw.random() > share or not chosen:
            continue
        found.append(Put(one.question, ["\n".join(page.lines) for page in chosen], bool(one.right)))
        if draw.random() < RUFFLED:
            badly = "\n".join(reading.ruffled(chosen[0], draw).lines)
            found.append(Put(one.question, [badly], bool(one.right)))
    return found


def cited(assistant: Assistant, row: dict[str, Any]) -> NDArray[np.float16] | None:
    """What the heads are given of the surest page that the program would cite; None where it finds nothing."""
    retriever, reader = assistant._retriever, _READERS[0]
    retriever.reader = reader
    question, hits, found = fit_answer.ranked(row["question"], retriever)
    if not found or not question.terms:
        return None
    hits, again, read = marked.read(question, hits, found, retriever)
    said = compose(question, again, read, hits, retriever)
    best: tuple[float, NDArray[np.float16]] | None = None
    slides = dict.fromkeys(citation.slide for citation in said.citations)
    for asked, sheet in marked.put(question.text, marked.read_of(question, list(slides))):
        sure = reader.read(asked, sheet.text).page.said
        if best is None or sure > best[0]:
            best = sure, reader.given.astype(np.float16)
    return best[1] if best else None


def _asked(each: decks.Practice) -> list[tuple[NDArray[np.float16], bool, int]]:
    """What is cited for the pairs of a deck, for all its questions where it is a lifelike one: see ``cited``; whether the
    deck answers, and how often each counts."""
    lifelike = decks.is_lifelike(each)
    rows = [row for row in each.rows if "question" in row and (lifelike or decks.is_pair(row))]
    if not rows:
        return []
    assistant = each.open()  # here, so that no process holds more than one deck
    told = [(cited(assistant, row), bool(row["slides"])) for row in rows]
    return [(given, said, LIFELIKE if lifelike else PAIRS) for given, said in told if given is not None]


def fitted(x: Tensor, wanted: Tensor, hidden: int) -> dict[str, Tensor]:
    """Weights of a head with one hidden layer, for inputs (rows, dimensions) as they are."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    learned = head(x.shape[1], hidden, 0.4 * DROPOUT, DROPOUT)
    optimiser = torch.optim.AdamW(learned.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, EPOCHS * -(-len(x) // BATCH))
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            logits = learned((x[rows] - mean) / spread)[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    state = learned.state_dict()
    weight = state["1.weight"] / spread
    return {
        "0.weight": weight,
        "0.bias": state["1.bias"] - weight @ mean,
        "1.weight": state["4.weight"],
        "1.bias": state["4.bias"],
    }


_READERS: list[Headless] = []
"""The reader that all processes were forked with."""


def _seen(one: Put) -> NDArray[np.float16]:
    """What the heads are given of the surest page; how sure the reader is stands last."""
    given = []
    for text in one.texts:
        _READERS[0].read(one.question, text)
        given.append(_READERS[0].given)
    return max(given, key=lambda each: float(each[-1])).astype(np.float16)


def asked_for(description: str | None) -> argparse.Namespace:
    """The options of a script that trains heads: what it learns from, and the folder of the reader they stand on."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, default=reading.MATERIAL)
    parser.add_argument(
        "--folder", type=Path, default=network.WEIGHTS, help="the reader and the heads it gets"
    )
    return parser.parse_args()


def main() -> None:
    options = asked_for(__doc__)
    with lzma.open(options.material, "rb") as file:
        practice = pickle.load(file).practice
    asked = put(practice, random.Random(0))
    _READERS.append(Headless(StaticEncoder(), options.folder))
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        seen = pool.map(_seen, asked, chunksize=50)
        told = pool.map(_asked, decks.practice("train"), chunksize=4)
    labels = [float(one.said) for one in asked]
    for given, answered, counts in (one for several in told for one in several):
        seen += [given] * counts
        labels += [float(answered)] * counts
    torch.manual_seed(0)
    x, wanted = torch.from_numpy(np.array(seen)).float(), torch.tensor(labels)
    weights = fitted(x, wanted, HIDDEN["said"])
    path = str(options.folder / "heads.safetensors")
    state = load_file(path)
    state |= {f"said.{name}": value.half().contiguous() for name, value in weights.items()}
    save_file(state, path)
    print(f"{len(labels)} pages, {float(wanted.mean()):.3f} of them answered")


if __name__ == "__main__":
    main()
