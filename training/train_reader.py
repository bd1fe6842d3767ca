"""Train the reader: the small network that marks the answer to a question on a slide.

    python training/material.py                               # gathers what it learns from
    python training/train_reader.py --device cuda --compile   # eleven minutes on one H200; it needs a GPU

Inputs are the vectors of the bundled static model, kept as they are, so Chinese and English questions
are read as Japanese ones are. About 6.8 million weights are learned by guessing words left out of pairs of texts and by
answering questions; its heads (whether a page says what is asked, whether its deck is meant, whether a list is asked for and what
belongs to it) learn with it. ``reportqa.reader`` computes the same function with numpy alone.
"""

from __future__ import annotations

import argparse
import lzma
import math
import pickle
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import language
import numpy as np
import reader_network
import reading
import torch
from reader_network import Batch, Reader, marginal
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from reportqa.encoder import BUNDLED, StaticEncoder
from reportqa.reader import inputs as seen
from reportqa.reader import network
from reportqa.reader.grid import NAMED, named

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 1500
"""Questions turned into examples at a time."""

LONGEST = 380
"""Most tokens of a training example."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A mixture of guessing and answering, ``seconds`` long however many steps these are: a GPU is lent by the minute.

    In ``guesses`` of every hundred batches words are guessed; in the others so many of every hundred questions are asked
    of paragraphs, of made-up slides and of practice decks.
    """

    seconds: float
    rate: float
    guesses: int
    paragraphs: int = 16
    slides: int = 8
    decks: int = 76


STAGES = (Stage(195, 1e-3, guesses=75), Stage(320, 8e-4, guesses=8), Stage(105, 5e-4, guesses=3))


@dataclass(slots=True)
class Encoded:
    """``spans`` are the first and last tokens of the answers, none where the passage does not answer.

    ``heads`` are what the heads are to say, -1 for nothing; ``named`` is what headers and labels match, see ``grid``.
    """

    question: np.ndarray
    passage: seen.Tokens
    spans: tuple[tuple[int, int], ...]
    heads: dict[str, int]
    named: np.ndarray


def encode(examples: list[reading.Example], encoder: StaticEncoder) -> list[Encoded]:
    """Examples as token ids; those whose answer is not made of whole tokens are left out."""
    asked = encoder.token_ids([e.question for e in examples])
    found = []
    texts = ["\n".join(e.lines) for e in examples]
    for example, question, tokens in zip(examples, asked, seen.tokenise(encoder, texts), strict=True):
        if len(question) + len(tokens.ids) > LONGEST or not len(question) or not len(tokens.ids):
            continue
        spans = []
        for line, a, b in example.answers:
            base = sum(len(text) + 1 for text in example.lines[:line])
            inside = tokens.touching(base + a, base + b)
            if len(inside):
                spans.append((int(inside[0]), int(inside[-1])))
        if spans or not example.answers:
            wanted = {name: getattr(example, name) for name in reader_network.HIDDEN}
            heads = {name: -1 if told is None else int(told) for name, told in wanted.items()}
            found.append(Encoded(question, tokens, tuple(spans), heads, _named(question, tokens, encoder)))
    return found


def _named(question: np.ndarray, tokens: seen.Tokens, encoder: StaticEncoder) -> np.ndarray:
    """What the headers and labels of a table's cells match."""
    if tokens.grid is None:
        return named(None, np.zeros(len(tokens.ids), np.float32))
    asked, told = (seen.unit(encoder, ids) for ids in (question, tokens.ids))
    same = (tokens.ids[:, None] == question[None, :]).any(axis=1)
    return named(tokens.grid, seen.likeness(same.astype(np.float32), (told @ asked.T).max(axis=1)))


def collate(rows: list[Encoded], length: int) -> dict[str, np.ndarray]:
    """One batch of rows of ``length``, without what tokens match on the other side, which the network computes."""
    batch = language.laid_out(
        [
            language.Row(
                row.question,
                row.passage.ids,
                row.passage.kinds,
                np.where(row.passage.lines == 0, 2, 3),
                np.diff(row.passage.lines, prepend=-1) > 0,
                row.passage.columns,
            )
            for row in rows
        ],
        length,
    )
    for name in ("starts", "ends", "items"):
        batch[name] = np.zeros((len(rows), length), bool)
    batch["named"] = np.zeros((len(rows), length, NAMED), np.float32)
    for place, row in enumerate(rows):
        told = len(row.question) + 2
        batch["named"][place, told : told + len(row.named)] = row.named
        batch["starts"][place, [first + told for first, _ in row.spans] or [0]] = True
        batch["ends"][place, [last + told for _, last in row.spans] or [0]] = True
        for first, last in row.spans:
            batch["items"][place, first + told : last + told + 1] = True
    for name in reader_network.HIDDEN:
        batch[name] = np.array([row.heads[name] for row in rows], np.float32)
    return batch


def tensors(laid_out: dict[str, np.ndarray]) -> Batch:
    """A batch as the network takes it."""
    batch = {name: torch.from_numpy(value) for name, value in laid_out.items()}
    return batch | {name: batch[name].long() for name in ("ids", "kinds", "parts", "columns")}


def batches(
    material: reading.Material, encoder: StaticEncoder, draw: random.Random, tokens: int, stage: Stage
) -> Iterator[dict[str, np.ndarray]]:
    """Batches without end, each question met in a new window every time.

    Rows are filled up to a multiple of ``STEP``: a GPU does best with few shapes that come again.
    """
    told = reading.facts(material.asked)
    asked, practice = list(material.asked), list(material.practice)
    counts = [CHUNK * share // 100 for share in (stage.paragraphs, stage.slides, stage.decks)]
    at = [len(asked), len(practice)]
    waiting: dict[int, list[Encoded]] = {}
    while True:
        chunk: list[list[Any]] = []
        for pile, (rows, count) in enumerate(((asked, counts[0]), (practice, counts[2]))):
            if at[pile] + count > len(rows):
                draw.shuffle(rows)
                at[pile] = 0
            chunk.append(rows[at[pile] : at[pile] + count])
            at[pile] += count
        examples = [
            *reading.epoch(chunk[0], draw),
            *reading.slides(draw.sample(told, min(len(told), counts[1])), draw),
            *reading.practised(chunk[1], material.ways, draw),
        ]
        full = filled(encode(examples, encoder), waiting, tokens)
        draw.shuffle(full)
        yield from (collate(group, length) for group, length in full)


def filled(
    rows: Sequence[Encoded], waiting: dict[int, list[Encoded]], tokens: int
) -> list[tuple[list[Encoded], int]]:
    """The batches of ``tokens`` positions that ``rows`` fill, each with its length; what fills none stays ``waiting``."""
    full = []
    for row in rows:
        length = language.fitting(len(row.question) + len(row.passage.ids) + 2)
        waiting.setdefault(length, []).append(row)
        if len(waiting[length]) == tokens // length:
            full.append((waiting.pop(length), length))
    return full


class Feed(IterableDataset):
    """Batches of a stage, made by as many processes as the loader has."""

    def __init__(self, material: reading.Material, options: argparse.Namespace, stage: Stage) -> None:
        self.material, self.options, self.stage = material, options, stage

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        seed = self.options.seed + 1000 * (worker.id if worker else 0)
        encoder = StaticEncoder(self.options.model)
        draw = random.Random(seed)
        asked = batches(self.material, encoder, random.Random(seed), self.options.tokens, self.stage)
        guessed = language.batches(
            self.material.texts, language.kinds(encoder), self.options.tokens, np.random.default_rng(seed)
        )
        while True:
            batch = next(guessed if draw.random() * 100 < self.stage.guesses else asked)
            yield {name: torch.from_numpy(value) for name, value in batch.items()}


class Guess(nn.Module):
    """Which word was left out: the static vectors weigh what the network says of its place."""

    def __init__(self, width: int, table: Tensor) -> None:
        super().__init__()
        self.turn = nn.Linear(width, table.shape[1])
        self.bias = nn.Parameter(torch.zeros(len(table)))

    def forward(self, told: Tensor, table: Tensor) -> Tensor:
        """Logits of the whole vocabulary, (places, tokens)."""
        return self.turn(functional.gelu(told)) @ table.T.to(told.dtype) + self.bias.to(told.dtype)


HIDDEN, LONGER = 0.1, 0.5
"""So many tokens begin a stretch left out; so often it goes on by another."""


def guessing(model: Reader, guess: Guess, batch: Batch) -> Tensor:
    """Loss of guessing the tokens hidden at random."""
    known = batch["mask"] & (batch["parts"] > 0)
    hidden = torch.rand(known.shape, device=known.device) < HIDDEN
    for _ in range(2):
        more = functional.pad(hidden, (1, 0))[:, :-1] & (
            torch.rand(known.shape, device=known.device) < LONGER
        )
        hidden = hidden | more
    hidden &= known
    logits = guess(model.encode(batch, hidden)[0][hidden], model.table)
    return functional.cross_entropy(logits.float(), batch["ids"][hidden])


HEADS_LOSS, ITEMS_LOSS = 0.4, 0.4
"""What the losses of the heads and of the items of lists count beside that of the answer's ends."""


def answering(model: Reader, batch: Batch) -> Tensor:
    """Loss of beginning and ending an answer at the right places, and of the heads."""
    logits, heads, before = model(batch)
    loss = marginal(logits[:, :, 0], batch["starts"]) + marginal(logits[:, :, 1], batch["ends"])
    for name, told in heads.items():
        known = (batch[name] >= 0).float()
        wrong = functional.binary_cross_entropy_with_logits(told, batch[name].clamp(min=0), reduction="none")
        loss = loss + HEADS_LOSS * (wrong * known).sum() / known.sum().clamp(min=1)
    lists = int((batch["several"] > 0).sum())
    if lists:
        loss = loss + ITEMS_LOSS * listing(model, before, batch) * min(1.0, lists / 4)
    return loss


def listing(model: Reader, before: Tensor, batch: Batch) -> Tensor:
    """How badly the tokens of lists are told from others, the mean of the pages with one.

    ``before`` are the positions before the last block, (examples, positions, width).
    """
    lists = torch.nonzero(batch["several"] > 0)[:, 0]
    part = {name: batch[name][lists] for name in ("mask", "parts", "items")}
    page = (part["mask"] & (part["parts"] >= 2)).float()
    wrong = functional.binary_cross_entropy_with_logits(
        model.listed(before[lists], part), part["items"].float(), reduction="none"
    )
    return ((wrong * page).sum(1) / page.sum(1)).mean()


def run(
    stage: Stage,
    options: argparse.Namespace,
    model: Reader,
    guess: Guess,
    material: reading.Material,
    measure: Callable[[Reader], object],
    began: float,
) -> None:
    """One stage; the model ends as the mean of its last steps."""
    device = torch.device(options.device)
    seconds, started = stage.seconds * options.part, 0.0
    learned = [p for p in (*model.parameters(), *guess.parameters()) if p.requires_grad]
    optimiser = torch.optim.AdamW(
        decaying(learned, 0.05),
        lr=stage.rate,
        betas=(0.9, 0.98),
        fused=device.type == "cuda",
    )
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    feed = DataLoader(
        Feed(material, options, stage),
        batch_size=None,
        num_workers=options.workers,
        prefetch_factor=12 if options.workers else None,
        pin_memory=device.type == "cuda",
    )
    losses: dict[bool, list[Tensor]] = {True: [], False: []}
    model.train()
    for step, given in enumerate(feed, 1):
        started = started or time.time()
        done = min(1.0, (time.time() - started) / seconds)
        batch = {name: value.to(device, non_blocking=True) for name, value in given.items()}
        for name in ("ids", "kinds", "parts", "columns"):
            batch[name] = batch[name].long()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            asked = "starts" in batch
            loss = answering(model, batch) if asked else guessing(model, guess, batch)
        for group in optimiser.param_groups:
            warm = min(1.0, 20 * done, step / 200)
            group["lr"] = stage.rate * warm * 0.5 * (1 + math.cos(math.pi * done))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        if step % 4 == 0:
            average.update_parameters(model)
        losses[asked].append(loss.detach())
        if step % options.log == 0 or done == 1:
            told = {
                name: round(torch.stack(losses[kind][-options.log :]).mean().item(), 3)
                for kind, name in ((True, "answering"), (False, "guessing"))
                if losses[kind]
            }
            print(f"step {step}, {done:.0%}, losses {told} after {time.time() - began:.0f} s", flush=True)
        if step % options.every == 0 or done == 1:
            print(f"step {step}: {measure(average.module)}", flush=True)
        if done == 1:
            break
    if int(average.n_averaged):  # not in a try of a few steps
        model.load_state_dict(average.module.state_dict())


def decaying(learned: Sequence[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """Groups for an optimiser: matrices are held small with ``decay``, vectors are not."""
    return [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
    ]


def made(
    encoder: StaticEncoder, commonest: list[int], layers: int, width: int = 256, dropout: float = 0.1
) -> Reader:
    """A reader with nothing learned yet; the ``commonest`` tokens get vectors of their own."""
    table = torch.tensor(reader_network.every_vector(encoder))
    table = table / table.norm(dim=1).mean()
    frequent = torch.zeros(encoder.size, dtype=torch.long)
    frequent[torch.tensor(commonest)] = torch.arange(1, len(commonest) + 1)
    return Reader(table, frequent, width, layers, dropout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    parser.add_argument("--out", type=Path, default=ROOT / "src/reportqa/reader")
    parser.add_argument("--model", type=Path, default=BUNDLED, help="the static model it reads with")
    parser.add_argument("--material", type=Path, default=reading.MATERIAL)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--compile", action="store_true", help="compile the blocks: a minute well spent on a GPU"
    )
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--tokens", type=int, default=80_000, help="positions of a batch")
    parser.add_argument("--workers", type=int, default=2, help="processes that make batches")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--skip", type=int, default=0, help="stages already trained into --start")
    parser.add_argument("--start", type=Path, help="a folder with weights to go on from")
    parser.add_argument("--part", type=float, default=1.0, help="share of the time, for a quick try")
    parser.add_argument("--log", type=int, default=100, help="steps between two lines")
    parser.add_argument("--judge", action="store_true", help="measure on eval_jaquad_dev on the way")
    parser.add_argument("--every", type=int, default=2000, help="steps between two measurements")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cuda.enable_cudnn_sdp(False)  # plans anew for every shape of batch
    began = time.time()
    encoder = StaticEncoder(options.model)
    with lzma.open(options.material, "rb") as file:
        material: reading.Material = pickle.load(file)
    model = made(encoder, material.commonest, options.layers, options.width, options.dropout)
    if options.start:
        reader_network.load(model, options.start)
    model.to(options.device)
    guess = Guess(options.width, model.table).to(options.device)
    if options.compile:
        for block in (*model.blocks, model.items["block"]):
            block.compile(dynamic=True)
    print(
        f"{len(material.texts)} pairs, {len(material.asked)} questions to paragraphs, {len(material.practice)} to decks, "
        f"{sum(p.numel() for p in model.parameters())} weights, {time.time() - began:.0f} s",
        flush=True,
    )
    judged = reading.development(options.data) if options.judge else []

    def measure(learned: Reader) -> dict[str, float]:
        reader_network.save(learned, encoder, options.out)
        return reading.measure(network.Reader(encoder, options.out), judged[::20]) if judged else {}

    for stage in STAGES[options.skip :]:
        run(stage, options, model, guess, material, measure, began)
    if judged:
        print(reading.measure(network.Reader(encoder, options.out), judged))


if __name__ == "__main__":
    main()
