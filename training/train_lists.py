"""Train the heads for lists once more on the reader as it has become.

    python training/train_lists.py        # a quarter of an hour on two cores; changes heads.safetensors of --folder

Which tokens belong to the list asked for (``items``, with a block of its own) and whether a list is asked for at all
(``several``): what the reader understands of each page is computed once and stays as it is.
"""

from __future__ import annotations

import lzma
import math
import pickle
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import learn_on
import numpy as np
import reader_network
import reading
import torch
import train_reader
from reader_network import HIDDEN, Batch, Reader
from torch import Tensor
from train_said import asked_for, fitted

from reportqa.encoder import StaticEncoder
from reportqa.reader import network

TOKENS = 8_192
"""Positions of a batch."""

OTHERS = 3
"""For each question for a list so many that ask for one thing teach ``several``."""

EPOCHS, RATE, DECAY = 4, 4e-4, 0.02


def pages(practice: Sequence[reading.Posed], draw: random.Random) -> list[reading.Example]:
    """A page that answers each question for a list as it is and once more changed, and some of other questions."""
    answered = [one for one in practice if one.right]
    lists = [one for one in answered if one.kind == "list"]
    others = [one for one in answered if one.kind != "list"]
    found = []
    for one in (*lists, *draw.sample(others, min(len(others), OTHERS * len(lists)))):
        page = replace(draw.choice(one.right), several=reading.asks_several(one))
        found.append(page)
        if one.kind == "list":
            found.append(reading.ruffled(page, draw) if draw.random() < 0.5 else reading.thinned(page, draw))
    return found


class Understood(NamedTuple):
    """A batch, its positions before the last block, and what the heads are given of each page."""

    batch: Batch
    before: Tensor
    given: Tensor


def understood(
    model: Reader, examples: Sequence[reading.Example], encoder: StaticEncoder
) -> list[Understood]:
    """What the reader makes of ``examples``, in batches."""
    waiting: dict[int, list[train_reader.Encoded]] = {}
    rows = train_reader.encode(list(examples), encoder)
    full = train_reader.filled(rows, waiting, TOKENS)
    full += [(rest, length) for length, rest in waiting.items()]
    found = []
    with torch.no_grad():
        for group, length in full:
            batch = train_reader.tensors(train_reader.collate(group, length))
            x, before = model.encode(batch)
            found.append(Understood(batch, before.half(), model.seen_by_heads(x, batch)))
    return found


def learn(model: Reader, seen: list[Understood], draw: random.Random) -> None:
    """Fit ``items`` with its block, and ``several``."""
    lists = [one for one in seen if bool((one.batch["several"] > 0).any())]
    learned = [*model.items.parameters()]
    optimiser = torch.optim.AdamW(train_reader.decaying(learned, DECAY), RATE)
    model.items.train()
    steps = EPOCHS * len(lists)
    for epoch in range(EPOCHS):
        draw.shuffle(lists)
        losses = []
        for place, one in enumerate(lists, epoch * len(lists)):
            for group in optimiser.param_groups:
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * place / steps))
            loss = train_reader.listing(model, one.before.float(), one.batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            losses.append(float(loss.detach()))
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    model.items.eval()
    given = torch.cat([one.given for one in seen])
    several = torch.cat([one.batch["several"] for one in seen])
    known = several >= 0
    head = fitted(given[known], several[known], HIDDEN["several"])
    own = model.heads["several"].state_dict()
    own |= {"1.weight": head["0.weight"], "1.bias": head["0.bias"]}
    own |= {"4.weight": head["1.weight"], "4.bias": head["1.bias"]}
    model.heads["several"].load_state_dict(own)


def main() -> None:
    options = asked_for(__doc__)
    torch.manual_seed(0)
    draw, encoder = random.Random(0), StaticEncoder()
    with lzma.open(options.material, "rb") as file:
        known: reading.Material = pickle.load(file)
    weights = network.weights(options.folder / "reader.safetensors")
    model = train_reader.made(encoder, known.commonest, network.layers(weights))
    reader_network.load(model, options.folder)
    model.eval()
    seen = understood(model, pages([*known.practice, *learn_on.lifelike()], draw), encoder)
    learn(model, seen, draw)
    # The heads alone: what they stand on has not changed.
    reader_network.save_heads(model, options.folder)


if __name__ == "__main__":
    main()
