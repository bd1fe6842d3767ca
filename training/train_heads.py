"""Train the reader's heads: what else can be told from what it has understood of a page.

    python training/train_heads.py        # about an hour on two cores; writes src/reportqa/reader/heads.safetensors

The reader itself stays as it is. Every question to the practice decks is asked as the program asks it, and the pages
it would read are read: the head ``said`` learns to tell pages that answer from the nearest page to a question the deck
does not answer, ``here`` pages that answer from those found for a question to another deck, ``several`` which questions
want a list, ``items`` which tokens of the page are of that list.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import decks
import material
import numpy as np
import torch
from numpy.typing import NDArray
from reader_network import Headless
from safetensors.torch import save_file
from torch import Tensor, nn

from reportqa.answer import marked, ranking
from reportqa.answer.fragments import fragments
from reportqa.answer.question import analyse
from reportqa.reader import network
from reportqa.reader.inputs import Tokens

Halves = NDArray[np.float16]

PLAIN = 0.4
"""Of the questions for a fact, a cell or in other words so many are asked."""

STRANGE = 14
"""For so many questions to a deck it is asked one meant for another."""

ELSEWHERE = "elsewhere"
"""The kind of such a question."""

HIDDEN = {"said": 128, "here": 64, "several": 64, "items": 64}
EPOCHS = {"said": 20, "here": 6, "several": 12, "items": 8}
DROPOUT = 0.5
RATE = 1e-3
DECAY = 0.1


@dataclass(frozen=True, slots=True)
class Taught:
    """What one page teaches: inputs (rows, dimensions) and outcomes (rows) of each head it has something for."""

    inputs: dict[str, Halves]
    outcomes: dict[str, NDArray[np.float32]]


def taught(corpus: decks.Practice, strange: Sequence[dict[str, Any]]) -> list[Taught]:
    """What the questions to one deck teach, and ``strange`` ones, meant for other decks."""
    assistant = corpus.open()
    retriever = assistant._retriever
    reader = Headless(retriever.encoder)
    names = {slide: f"{deck.path.stem}#{slide.number}" for deck in assistant.decks for slide in deck.slides}
    draw = np.random.default_rng(len(corpus.name) + len(corpus.rows))
    found = []
    for row in (*corpus.rows, *strange):
        if row["kind"] in ("fact", "table", "paraphrase") and draw.random() > PLAIN:
            continue
        question = analyse(retriever.respell(row["question"]))
        hits = retriever.search_slides(question.text, ranking.SLIDES)
        hits, evidence = ranking.rank(question, hits, retriever)
        for place, slide in enumerate(marked.to_read(hits, evidence)):
            for sheet in marked.sheets(fragments(slide)):
                reader.given = {}
                tokens = reader.read(question.text, sheet.text).tokens
                if not reader.given:  # nothing to read
                    continue
                right = names[slide] in row["slides"]
                spans = material.occurrences(row, sheet.text) if right else ()
                found.append(_page(row, sheet.text, tokens, spans, place == 0, reader.given))
    return found


def _page(
    row: dict[str, Any],
    text: str,
    tokens: Tokens,
    spans: Sequence[tuple[int, int, int]],
    first: bool,
    given: Mapping[str, network.Floats],
) -> Taught:
    """``spans`` are where the answers stand; ``first`` where no page is likelier to answer."""
    inputs: dict[str, Halves] = {}
    outcomes: dict[str, NDArray[np.float32]] = {}

    def teach(name: str, outcome: Sequence[float]) -> None:
        inputs[name] = np.atleast_2d(given[name]).astype(np.float16)
        outcomes[name] = np.array(outcome, np.float32)

    if row["kind"] == ELSEWHERE:
        if first:
            teach("here", [0.0])
        return Taught(inputs, outcomes)
    # A page that does not answer a question of this deck is not like one nobody answers: it does not teach that.
    if spans or not row["slides"]:
        teach("said", [float(bool(spans))])
    if spans and first:
        teach("here", [1.0])
    if first and row["slides"]:
        teach("several", [float(row["kind"] == "list")])
    if spans and row["kind"] == "list":
        lines = np.cumsum([0, *(len(line) + 1 for line in text.split("\n"))])
        inside = np.zeros(len(tokens.ids), np.float32)
        for line, a, b in spans:
            inside[tokens.touching(lines[line] + a, lines[line] + b)] = 1
        teach("items", inside.tolist())
    return Taught(inputs, outcomes)


def fitted(
    x: Tensor, wanted: Tensor, hidden: int, epochs: int, batch: int, seed: int = 0
) -> dict[str, Tensor]:
    """Weights of a head with one hidden layer, for inputs as they are."""
    torch.manual_seed(seed)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    first, last = nn.Linear(x.shape[1], hidden), nn.Linear(hidden, 1)
    head = nn.Sequential(nn.Dropout(0.4 * DROPOUT), first, nn.ReLU(), nn.Dropout(DROPOUT), last)
    optimiser = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    steps = epochs * -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            logits = head((x[rows] - mean) / spread)[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    weight = first.weight.detach() / spread
    return {
        "0.weight": weight,
        "0.bias": first.bias.detach() - weight @ mean,
        "1.weight": last.weight.detach(),
        "1.bias": last.bias.detach(),
    }


def train(found: Sequence[Taught], path: Path) -> None:
    """All heads, written in half precision."""
    state: dict[str, Tensor] = {}
    for name, hidden in HIDDEN.items():
        pages = [one for one in found if name in one.inputs]
        x = torch.from_numpy(np.concatenate([one.inputs[name] for one in pages])).float()
        wanted = torch.from_numpy(np.concatenate([one.outcomes[name] for one in pages]))
        print(f"{name}: {len(x)} rows, {float(wanted.mean()):.3f} of them right", flush=True)
        weights = fitted(x, wanted, hidden, EPOCHS[name], 512 if name == "items" else 256)
        state |= {f"{name}.{part}": value.half().contiguous() for part, value in weights.items()}
    save_file(state, str(path))


def gathered() -> list[Taught]:
    """What all practice decks to train on teach, each deck read by a process of its own."""
    corpora = decks.practice("train")
    draw = random.Random(0)
    every = [(corpus.name, row) for corpus in corpora for row in corpus.rows]
    strange = [
        [
            {**row, "kind": ELSEWHERE, "slides": [], "answers": []}
            for name, row in draw.sample(every, len(corpus.rows) // STRANGE)
            if name != corpus.name
        ]
        for corpus in corpora
    ]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        found = pool.starmap(taught, zip(corpora, strange, strict=True), chunksize=1)
    return [one for several in found for one in several]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=network.WEIGHTS / "heads.safetensors")
    train(gathered(), parser.parse_args().out)


if __name__ == "__main__":
    main()
