"""Let the shipped reader learn on from decks that look like real ones; no GPU needed.

    python training/learn_on.py --out FOLDER        # three quarters of an hour on two cores; train_said.py comes next

The lifelike decks to train on are met twice, as PowerPoint and printed by LibreOffice (see ``typeset.py``); two of five questions are of
other practice decks and some of paragraphs, from the file that ``material.py`` writes, so that nothing learned before is lost.
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

ROWS = (600, 400, 80)
"""Questions to lifelike decks, to other decks and to paragraphs that are made into examples at a time."""

TOKENS = 5_120
"""Positions of a batch."""

DECAY, WARM, KEPT = 0.02, 40, 0.98
"""Weight decay, steps until the full rate, and how much of the mean of weights stays at every second step."""


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


def batches(
    ours: list[reading.Posed], known: reading.Material, encoder: StaticEncoder, draw: random.Random
) -> Iterator[reader_network.Batch]:
    """Batches without end; every question to a lifelike deck is met once before any is met again."""
    waiting: dict[int, list[train_reader.Encoded]] = {}
    while True:
        draw.shuffle(ours)
        for at in range(0, len(ours), ROWS[0]):
            examples = [
                *reading.practised(ours[at : at + ROWS[0]], known.ways, draw),
                *reading.practised(draw.sample(known.practice, ROWS[1]), known.ways, draw),
                *reading.epoch(draw.sample(known.asked, ROWS[2]), draw),
            ]
            draw.shuffle(examples)
            full = train_reader.filled(train_reader.encode(examples, encoder), waiting, TOKENS)
            draw.shuffle(full)
            for rows, length in full:
                laid_out = train_reader.collate(rows, length)
                batch = {name: torch.from_numpy(value) for name, value in laid_out.items()}
                yield batch | {name: batch[name].long() for name in ("ids", "kinds", "parts", "columns")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for the reader and its heads")
    parser.add_argument("--start", type=Path, default=network.WEIGHTS)
    parser.add_argument("--material", type=Path, default=reading.MATERIAL)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--stop", type=int, default=900, help="the step after which it ends")
    parser.add_argument("--share", type=float, default=0.5, help="of what was learned in the weights saved")
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
    before = {name: value.clone() for name, value in model.state_dict().items()}
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(train_reader.decaying(learned, DECAY), betas=(0.9, 0.98))
    mean = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT)
    )
    model.train()
    losses: list[float] = []
    for step, batch in enumerate(batches(lifelike(), known, encoder, draw), 1):
        for group in optimiser.param_groups:
            slope = 0.5 * (1 + math.cos(math.pi * step / options.steps))
            group["lr"] = options.rate * min(1.0, step / WARM) * slope
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
        if step == min(options.stop, options.steps):
            break
    # Halfway between what it was and what it has become: see the README.
    after = mean.module.state_dict()
    mixed = {
        name: torch.lerp(value, after[name], options.share) if value.is_floating_point() else value
        for name, value in before.items()
    }
    model.load_state_dict(mixed)
    reader_network.save(model, encoder, options.out)


if __name__ == "__main__":
    main()
