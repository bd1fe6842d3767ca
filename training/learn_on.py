"""Let the shipped reader learn on from decks that look like real ones; no GPU needed.

    python training/learn_on.py --out FOLDER        # an hour on two cores; then soup.py, train_said.py and train_lists.py

The lifelike decks to train on are met twice, as PowerPoint and printed by LibreOffice (see ``typeset.py``); among their questions
are pairs that differ in one thing, questions to other practice decks, to paragraphs and to made-up tables, from the file that
``material.py`` writes, so that nothing learned before is lost. What the reader is told of tables, which the shipped one once had
not learned, learns faster than the rest.
"""

from __future__ import annotations

import argparse
import lzma
import math
import pickle
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import decks
import material
import numpy as np
import reader_network
import reading
import torch
import train_reader
import typeset

from reportqa.encoder import StaticEncoder
from reportqa.reader import network

LIFELIKE, PAIRS, OTHERS, PARAGRAPHS, TABLES = 600, 200, 300, 50, 60
"""Questions to lifelike decks, of pairs, to other decks, to paragraphs and to made-up slides that become examples at a time."""

TOKENS = 5_120
"""Positions of a batch."""

DECAY, WARM, KEPT = 0.02, 40, 0.985
"""Weight decay, steps until the full rate, and how much of the mean of weights stays at every second step."""

LEAST, FASTER = 0.08, 6
"""Share of the full rate that is left in the end; how much faster columns and matches learn."""

SPREAD = 0.08
"""Standard deviation with which the vectors of columns begin where they say nothing yet."""


def lifelike() -> list[reading.Posed]:
    """The questions to lifelike decks with the pages read for them, in both forms."""
    shown = [deck for deck in decks.practice("train") if decks.is_lifelike(deck)]
    printed = []
    for deck in shown:
        corpus = deck.corpus.with_name(f"{deck.name}-pdf")
        shutil.copytree(deck.corpus, corpus)
        typeset.as_form(corpus, "pdf")
        printed.append(replace(deck, corpus=corpus))
    return material.posed([*shown, *printed])


def paired() -> list[reading.Posed]:
    """Both questions of every pair: the deck answers the first alone."""
    shown = [
        replace(deck, rows=tuple(row for row in deck.rows if decks.is_pair(row)))
        for deck in decks.practice("train")
        if not decks.is_lifelike(deck)
    ]
    found = material.posed([deck for deck in shown if deck.rows])
    return [one for one in found if one.kind != reading.ELSEWHERE]


def batches(
    ours: list[reading.Posed],
    pairs: list[reading.Posed],
    known: reading.Material,
    encoder: StaticEncoder,
    draw: random.Random,
) -> Iterator[reader_network.Batch]:
    """Batches without end; every question to a lifelike deck is met once before any is met again."""
    waiting: dict[int, list[train_reader.Encoded]] = {}
    told = reading.facts(known.asked)
    while True:
        draw.shuffle(ours)
        for at in range(0, len(ours), LIFELIKE):
            examples = [
                *reading.practised(ours[at : at + LIFELIKE], known.ways, draw),
                *reading.practised(draw.sample(known.practice, OTHERS), known.ways, draw),
                *reading.practised(draw.sample(pairs, PAIRS), known.ways, draw),
                *reading.epoch(draw.sample(known.asked, PARAGRAPHS), draw),
                *reading.slides(draw.sample(told, TABLES), draw),
            ]
            draw.shuffle(examples)
            full = train_reader.filled(train_reader.encode(examples, encoder), waiting, TOKENS)
            draw.shuffle(full)
            for rows, length in full:
                yield train_reader.tensors(train_reader.collate(rows, length))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for the reader and its heads")
    parser.add_argument("--start", type=Path, default=network.WEIGHTS)
    parser.add_argument("--material", type=Path, default=reading.MATERIAL)
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    began, draw, encoder = time.time(), random.Random(options.seed), StaticEncoder()
    with lzma.open(options.material, "rb") as file:
        known: reading.Material = pickle.load(file)
    model = train_reader.made(
        encoder, known.commonest, network.layers(network.weights(options.start / "reader.safetensors"))
    )
    reader_network.load(model, options.start)
    if float(model.column.weight.detach().norm()) < 1:
        torch.nn.init.normal_(model.column.weight, std=SPREAD)
    learned = [p for p in model.parameters() if p.requires_grad]
    fast = [model.match.weight, model.column.weight]
    slow = [p for p in learned if not any(p is each for each in fast)]
    groups = [*train_reader.decaying(slow, DECAY), {"params": fast, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    mean = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT)
    )
    model.train()
    losses: list[float] = []
    for step, batch in enumerate(batches(lifelike(), paired(), known, encoder, draw), 1):
        slope = LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * step / options.steps))
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, step / WARM) * slope
        optimiser.param_groups[-1]["lr"] *= FASTER
        loss = train_reader.answering(model, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        if step % 2 == 0:
            mean.update_parameters(model)
        if step % 50 == 0:
            print(
                f"step {step}, loss {np.mean(losses[-50:]):.3f} after {time.time() - began:.0f} s", flush=True
            )
        if step == options.steps:
            break
    model.load_state_dict(mean.module.state_dict())
    reader_network.save(model, encoder, options.out)


if __name__ == "__main__":
    main()
