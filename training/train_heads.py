"""Train the reader's heads: what else can be told from what it has understood of a page.

    python training/train_heads.py        # about an hour on two cores; writes src/reportqa/reader/heads.safetensors

The reader itself stays as it is. Every question to the practice decks is asked as the program asks it, and the pages
it would read are read: the head ``said`` learns to tell pages that answer from the nearest page to a question the deck
does not answer (pages laid out badly among them), ``here`` pages that answer from those found for a question to another deck,
``several`` which questions want a list. ``items``, which tokens of the page are of that list, has a block of its own, which starts as the reader's
last one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import decks
import material
import numpy as np
import torch
from numpy.typing import NDArray
from reader_network import Block, Headless, packed
from safetensors.torch import save_file
from torch import Tensor, nn

from reportqa.answer import marked, ranking
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.question import analyse
from reportqa.reader import network
from reportqa.reader.inputs import Tokens
from reportqa.text import squeeze

Halves = NDArray[np.float16]

PLAIN = 0.4
"""Of the questions for a fact, a cell or in other words so many are asked."""

STRANGE = 14
"""For so many questions to a deck it is asked one meant for another."""

RUFFLED = 0.3
"""Of the pages read so many are read once more as a text export might have left them."""

ELSEWHERE = "elsewhere"
"""The kind of such a question."""

HIDDEN = {"said": 128, "here": 64, "several": 64}
EPOCHS = {"said": 20, "here": 6, "several": 12}
DROPOUT = 0.5
RATE = 1e-3
DECAY = 0.1

LISTS = 4
"""Epochs of the block for lists."""

LISTS_AT_ONCE = 16
BLOCK_RATE = 2e-4
BLOCK_DROPOUT = 0.1
LIST_HIDDEN = 64


@dataclass(frozen=True, slots=True)
class Listed:
    """A page with the list asked for: its positions before the last block, how many of them are the question's, and
    which of the page's tokens are of the list."""

    before: Halves
    asked: int
    wanted: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Taught:
    """What one page teaches: inputs (rows, dimensions) and outcomes (rows) of each head it has something for."""

    inputs: dict[str, Halves]
    outcomes: dict[str, NDArray[np.float32]]
    listed: Listed | None = None


def taught(corpus: decks.Practice, strange: Sequence[dict[str, Any]]) -> list[Taught]:
    """What the questions to one deck teach, and ``strange`` ones, meant for other decks."""
    assistant = corpus.open()
    retriever = assistant._retriever
    reader = Headless(retriever.encoder)
    names = {slide: f"{deck.path.stem}#{slide.number}" for deck in assistant.decks for slide in deck.slides}
    draw = np.random.default_rng(len(corpus.name) + len(corpus.rows))
    shuffle = random.Random(corpus.name)
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
                read = reader.read(question.text, sheet.text)
                if not reader.given:  # nothing to read
                    continue
                right = names[slide] in row["slides"]
                spans = material.occurrences(row, sheet.text) if right else ()
                found.append(_page(row, bool(spans), place == 0, reader.given))
                if shuffle.random() < RUFFLED:
                    text = ruffled([piece for piece in fragments(slide) if piece.kind != "source"], shuffle)
                    reader.given = {}
                    reader.read(question.text, text)
                    holds = right and any(squeeze(answer) in squeeze(text) for answer in row["answers"])
                    if reader.given:
                        found.append(_page(row, holds, False, reader.given))
                if spans and row["kind"] == "list":
                    reader.given = {}
                    read.items()
                    found.append(
                        Taught({}, {}, _listed(sheet.text, read.tokens, spans, reader.given["items"]))
                    )
    return found


def ruffled(pieces: Sequence[Fragment], draw: random.Random) -> str:
    """The text of a slide as a text export might have left it.

    Cells stand in a line or under each other, row by row or column by column, and are broken; lines run together and
    change places; something else is taken for the headline.
    """
    head = next((piece.text for piece in pieces if piece.kind == "headline"), "")
    rows = [
        [piece.slide.text[a:b].strip() for a, b in piece.spans] for piece in pieces if piece.kind == "row"
    ]
    across = draw.random() < 0.7
    lines: list[str] = []
    for piece in pieces:
        if piece.kind == "row" and across:
            cells = [_broken(piece.slide.text[a:b].strip(), draw) for a, b in piece.spans]
            lines += [" ".join(cells)] if draw.random() < 0.5 else cells
        elif piece.kind not in ("row", "headline"):
            lines += [piece.text] if draw.random() < 0.5 else _broken(piece.text, draw).split("\n")
    for column in zip_longest(*rows, fillvalue="") if not across else ():
        lines += [" ".join(column)] if draw.random() < 0.4 else column
    joined: list[str] = []
    for line in lines:
        if joined and len(joined[-1]) + len(line) < 40 and draw.random() < 0.25:
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    if len(joined) > 4 and draw.random() < 0.5:
        place = draw.randrange(1, len(joined))
        joined = joined[place:] + joined[:place]
    if joined and draw.random() < 0.3:
        head, joined[0] = joined[0], head
    return "\n".join([head, *joined])[: 2 * marked.PART_CHARS]


def _broken(text: str, draw: random.Random) -> str:
    if len(text) < 9 or draw.random() < 0.4:
        return text
    size = draw.randint(6, 16) if draw.random() < 0.5 else len(text) // 2 + 1
    return "\n".join(text[at : at + size] for at in range(0, len(text), size))


def _listed(
    text: str, tokens: Tokens, spans: Sequence[tuple[int, int, int]], before: network.Floats
) -> Listed:
    lines = np.cumsum([0, *(len(line) + 1 for line in text.split("\n"))])
    inside = np.zeros(len(tokens.ids), np.float32)
    for line, a, b in spans:
        inside[tokens.touching(lines[line] + a, lines[line] + b)] = 1
    return Listed(before.astype(np.float16), len(before) - 2 - len(inside), inside)


def _page(
    row: dict[str, Any],
    holds: bool,
    first: bool,
    given: Mapping[str, network.Floats],
) -> Taught:
    """``holds``: the answer stands on the page; ``first`` where no page is likelier to answer."""
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
    if holds or not row["slides"]:
        teach("said", [float(holds)])
    if holds and first:
        teach("here", [1.0])
    if first and row["slides"]:
        teach("several", [float(row["kind"] == "list")])
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


class ListBlock(nn.Module):
    """The last block of the reader once more, and the head that says which tokens are of the list."""

    def __init__(self) -> None:
        super().__init__()
        weights = network.weights(network.WEIGHTS / "reader.safetensors")
        number = network.layers(weights) - 1
        width = len(weights["last.weight"])
        self.block, self.last = Block(width, BLOCK_DROPOUT), nn.LayerNorm(width)
        for part, name in ((self.block, f"blocks.{number}"), (self.last, "last")):
            own = part.state_dict()
            part.load_state_dict(
                {n: torch.from_numpy(weights[f"{name}.{n}"]).view_as(v) for n, v in own.items()}
            )
        self.head = nn.Sequential(
            nn.Dropout(0.2),
            nn.Linear(2 * width, LIST_HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(LIST_HIDDEN, 1),
        )

    def forward(self, before: Tensor, mask: Tensor, asked: Tensor) -> Tensor:
        """(examples, positions, width) to log-odds, (examples, positions)."""
        x = self.last(self.block(before, mask))
        places = torch.arange(x.shape[1])[None]
        own = ((places > 0) & (places <= asked[:, None]))[:, :, None]
        question = (x * own).sum(1) / own.sum(1)
        found: Tensor = self.head(torch.cat([x, question[:, None].expand_as(x)], -1))[..., 0]
        return found

    def kept(self) -> dict[str, Tensor]:
        """Its weights as the program reads them."""
        state: dict[str, Tensor] = {}
        for name, value in self.state_dict().items():
            part, _, rest = name.partition(".")
            if part == "head":
                number, kind = rest.split(".")
                state[f"items.{0 if number == '1' else 1}.{kind}"] = value.half().contiguous()
            else:
                state |= packed(f"items.{name}", value)
        return state


def list_block(pages: Sequence[Listed], seed: int = 0) -> ListBlock:
    """Trained on ``pages``, each of which counts the same, however long it is."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    model = ListBlock()
    rates = [BLOCK_RATE, BLOCK_RATE, RATE]
    groups = [{"params": part.parameters()} for part in (model.block, model.last, model.head)]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY / 2)
    steps = LISTS * -(-len(pages) // LISTS_AT_ONCE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=0.15)
    for epoch in range(LISTS):
        order = sorted(range(len(pages)), key=lambda i: len(pages[i].before) + draw.random() * 60)
        batches = [order[i : i + LISTS_AT_ONCE] for i in range(0, len(order), LISTS_AT_ONCE)]
        draw.shuffle(batches)
        total = 0.0
        for batch in batches:
            before, mask, told, wanted, asked = _padded([pages[i] for i in batch])
            wrong = nn.functional.binary_cross_entropy_with_logits(
                model(before, mask, asked), wanted, reduction="none"
            )
            loss = ((wrong * told).sum(1) / told.sum(1)).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"items: epoch {epoch}, loss {total / len(pages):.4f}", flush=True)
    return model.eval()


def _padded(pages: Sequence[Listed]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    shape = len(pages), max(len(page.before) for page in pages)
    before = torch.zeros(*shape, pages[0].before.shape[1])
    mask, told, wanted = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape), torch.zeros(shape)
    for row, page in enumerate(pages):
        start, end = page.asked + 2, len(page.before)
        before[row, :end] = torch.from_numpy(page.before.astype(np.float32))
        mask[row, :end], told[row, start:end] = True, 1.0
        wanted[row, start:end] = torch.from_numpy(page.wanted)
    return before, mask, told, wanted, torch.tensor([page.asked for page in pages])


def train(found: Sequence[Taught], path: Path) -> None:
    """All heads, as ``reportqa.reader.network`` reads them."""
    state: dict[str, Tensor] = {}
    for name, hidden in HIDDEN.items():
        pages = [one for one in found if name in one.inputs]
        x = torch.from_numpy(np.concatenate([one.inputs[name] for one in pages])).float()
        wanted = torch.from_numpy(np.concatenate([one.outcomes[name] for one in pages]))
        print(f"{name}: {len(x)} rows, {float(wanted.mean()):.3f} of them right", flush=True)
        weights = fitted(x, wanted, hidden, EPOCHS[name], 256)
        state |= {f"{name}.{part}": value.half().contiguous() for part, value in weights.items()}
    state |= list_block([one.listed for one in found if one.listed]).kept()
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
