"""The reader as torch trains it; ``reportqa.reader.network`` computes the same function with numpy alone.

What a token matches on the other side is computed here for whole batches, as ``reportqa.reader.inputs`` does for
one question and one text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from reportqa.encoder import StaticEncoder
from reportqa.reader import inputs as seen
from reportqa.reader import network

Batch = dict[str, Tensor]

MASKED = "masked"
"""Name of the vector that stands for a word to be guessed; only training has it."""


class Block(nn.Module):
    """Convolution, attention and a feed-forward layer, each added to what it was given."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(3)])
        self.depth = nn.Conv1d(width, width, network.KERNEL, padding=network.KERNEL // 2, groups=width)
        self.point = nn.Linear(width, width)
        self.attend = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(examples, positions, width) to the same; ``mask`` is false where a row is filled up."""
        x = x + self.dropout(self.point(functional.relu(self._near(self.norms[0](x) * mask[:, :, None]))))
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, network.HEADS, -1).transpose(1, 2)
            for part in self.attend(self.norms[1](x)).chunk(3, -1)
        )
        told = functional.scaled_dot_product_attention(q, k, v, mask[:, None, None, :])
        x = x + self.dropout(self.merge(told.transpose(1, 2).reshape(batch, length, width)))
        return x + self.dropout(self.narrow(functional.relu(self.widen(self.norms[2](x)))))

    def _near(self, x: Tensor) -> Tensor:
        """The convolution of each dimension by itself, written out: torch's own is slow on a GPU."""
        length, reach = x.shape[1], network.KERNEL // 2
        padded = functional.pad(x, (0, 0, reach, reach))
        weight = self.depth.weight[:, 0].to(x.dtype)
        near = self.depth.bias.to(x.dtype) + padded[:, :length] * weight[:, 0]
        for place in range(1, network.KERNEL):
            near = near + padded[:, place : place + length] * weight[:, place]
        return near


class Reader(nn.Module):
    """``table`` are the static vectors, of mean length 1; ``frequent`` gives common tokens a vector of their own."""

    def __init__(self, table: Tensor, frequent: Tensor, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("unit", functional.normalize(table), persistent=False)
        self.register_buffer("frequent", frequent, persistent=False)
        self.static = nn.Linear(table.shape[1], width)
        self.aligned = nn.Linear(table.shape[1], width)
        self.own = nn.Embedding(int(frequent.max()) + 1, width, padding_idx=0)
        self.kind = nn.Embedding(seen.KINDS, width)
        self.part = nn.Embedding(4, width)
        self.match = nn.Linear(seen.MATCHES, width)
        self.blocks = nn.ModuleList([Block(width, dropout) for _ in range(layers)])
        self.last = nn.LayerNorm(width)
        self.ends = nn.Linear(width, 2)
        self.dropout = nn.Dropout(dropout)
        self.masked = nn.Parameter(torch.zeros(width))
        nn.init.normal_(self.own.weight, std=0.02)

    def encode(self, batch: Batch, hidden: Tensor | None = None) -> Tensor:
        """Each token in its place, (examples, positions, width); words under ``hidden`` are to be guessed."""
        vectors = functional.embedding(batch["ids"], self.table)
        unit = functional.embedding(batch["ids"], self.unit)
        own = self.own(self.frequent[batch["ids"]])
        kinds = batch["kinds"]
        if hidden is not None:
            kept = ~hidden[:, :, None]
            vectors, unit, own = (
                vectors * kept,
                unit * kept,
                torch.where(kept, own, self.masked.to(own.dtype)),
            )
            kinds = kinds.masked_fill(hidden, 0)
        matches, aligned = matched(batch, unit, hidden)
        x = (
            self.static(self.dropout(vectors))
            + own
            + self.kind(kinds)
            + self.part(batch["parts"])
            + self.match(matches)
            + self.aligned(self.dropout(aligned))
        )
        for block in self.blocks:
            x = block(x, batch["mask"])
        return self.last(x)

    def forward(self, batch: Batch) -> Tensor:
        """Logits of start and end, (examples, positions, 2); position 0 stands for "not here"."""
        logits = self.ends(self.encode(batch)).float()
        # Only the first position and the slide's tokens can begin or end an answer.
        open_ = batch["mask"] & (batch["parts"] >= 2)
        open_[:, 0] = True
        return logits.masked_fill(~open_[:, :, None], -1e4)


@torch.no_grad()
@torch.autocast("cuda", enabled=False)
def matched(batch: Batch, unit: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """``matches`` and ``aligned`` of ``reportqa.reader.inputs`` for a batch.

    ``unit`` are the unit vectors of its tokens, (examples, positions, dimension); ``hidden`` tokens match nothing.
    """
    ids, parts, mask = batch["ids"], batch["parts"], batch["mask"]
    asked_at, told_at = mask & (parts == 1), mask & (parts >= 2)
    width = int(asked_at.sum(1).max())
    asked, questions = asked_at[:, 1 : 1 + width], unit[:, 1 : 1 + width]
    cosines = (unit @ questions.transpose(1, 2)).float()
    both = told_at[:, :, None] & asked[:, None, :]
    same = both & (ids[:, :, None] == ids[:, None, 1 : 1 + width])
    if hidden is not None:
        same = same & ~hidden[:, :, None] & ~hidden[:, None, 1 : 1 + width]
    low = cosines.masked_fill(~both, -1.0)
    around = functional.max_pool1d(low.transpose(1, 2), 2 * seen.WINDOW + 1, 1, seen.WINDOW).transpose(1, 2)
    around = (around * asked[:, None, :]).sum(2) / asked.sum(1, keepdim=True)
    told = (
        torch.stack([same.any(2).float(), low.amax(2), around, batch["first"].float()], 2)
        * told_at[:, :, None]
    )
    other = torch.stack([same.any(1).float(), low.amax(1)], 2) * asked[:, :, None]
    matches = told
    matches[:, 1 : 1 + width, :2] += other
    sharp = (cosines * seen.SHARPNESS).masked_fill(~both, -1e4)
    aligned = (sharp.softmax(2).to(unit.dtype) @ questions) * told_at[:, :, None]
    aligned[:, 1 : 1 + width] += (sharp.softmax(1).to(unit.dtype).transpose(1, 2) @ unit) * asked[:, :, None]
    return matches, aligned


def marginal(logits: Tensor, right: Tensor) -> Tensor:
    """Mean loss of meeting any of the ``right`` positions (Clark and Gardner 2018, arXiv:1710.10723)."""
    met = torch.logsumexp(logits.masked_fill(~right, -1e9), dim=1)
    return (torch.logsumexp(logits, dim=1) - met).mean()


def every_vector(encoder: StaticEncoder) -> np.ndarray:
    """The static vectors of the whole vocabulary, (tokens, dimension)."""
    return encoder.token_vectors(np.arange(encoder.size, dtype=np.int32))


class Headless(network.Reader):
    """The reader whose heads have yet to be trained; ``given`` is what each would have been given last.

    That of ``items`` are the positions before the last block.
    """

    def __init__(self, encoder: StaticEncoder, folder: Path = network.WEIGHTS) -> None:
        super().__init__(encoder, folder)
        self.given: dict[str, network.Floats] = {}

    def _head(self, name: str, x: network.Floats) -> network.Floats:
        self.given[name] = x
        return np.zeros(x.shape[:-1], np.float32)

    def _items(self, before: network.Floats, asked: int) -> network.Floats:
        self.given["items"] = before
        return np.zeros(len(before) - 2 - asked, np.float32)


def load(model: Reader, path: Path) -> None:
    """Weights of an earlier run with the same vocabulary and shape."""
    state = network.weights(path)
    order = torch.from_numpy(state["frequent"]).long()
    model.frequent.zero_()
    model.frequent[order[1:]] = torch.arange(1, len(order), device=model.frequent.device)
    own = model.state_dict()
    for name in own.keys() & state.keys():
        own[name] = torch.from_numpy(state[name]).view_as(own[name])
    model.load_state_dict(own)


def packed(name: str, value: Tensor) -> dict[str, Tensor]:
    """A weight as it is kept on disk: wide matrices as bytes with a step for each row, the rest in half precision."""
    if name.endswith("depth.weight"):
        value = value[:, 0]
    if value.ndim < 2 or value.shape[1] < 64:
        return {name: value.half().contiguous()}
    step = value.abs().amax(1).div(127).clamp(min=1e-8)
    rounded = (value / step[:, None]).round().clamp(-127, 127).to(torch.int8)
    return {name: rounded.contiguous(), f"{name}.step": step}


def save(model: Reader, encoder: StaticEncoder, path: Path) -> None:
    """Weights as ``packed``, with them the commonest tokens and the scale of the static vectors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        value = value.detach().float().cpu()
        if name == MASKED:
            continue
        state |= packed(name, value)
    frequent = model.frequent.cpu()
    order = torch.zeros(int(frequent.max()) + 1, dtype=torch.int32)
    for token in torch.nonzero(frequent).flatten().tolist():
        order[frequent[token]] = token
    state["frequent"] = order
    every = torch.tensor(every_vector(encoder))
    state["scale"] = 1 / every.norm(dim=1).mean(dim=0, keepdim=True)
    save_file(state, str(path))
