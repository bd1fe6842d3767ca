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
from reportqa.reader import grid, network
from reportqa.reader import inputs as seen

HIDDEN = {"said": 128, "here": 64, "several": 64}
"""Heads on a page as a whole, and how wide each is."""

LIST_HIDDEN = 64

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
        self.column = nn.Embedding(seen.COLUMNS, width)
        self.match = nn.Linear(seen.MATCHES, width)
        self.blocks = nn.ModuleList([Block(width, dropout) for _ in range(layers)])
        self.last = nn.LayerNorm(width)
        self.ends = nn.Linear(width, 2)
        self.dropout = nn.Dropout(dropout)
        self.masked = nn.Parameter(torch.zeros(width))
        self.heads = nn.ModuleDict({name: head(4 * width + 1, size) for name, size in HIDDEN.items()})
        self.items = nn.ModuleDict(
            {
                "block": Block(width, dropout),
                "last": nn.LayerNorm(width),
                "head": head(2 * width, LIST_HIDDEN),
            }
        )
        nn.init.normal_(self.own.weight, std=0.02)
        nn.init.zeros_(self.column.weight)

    def encode(self, batch: Batch, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Each token in its place, and the same before the last block, (examples, positions, width).

        Words under ``hidden`` are to be guessed.
        """
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
            + self.column(batch["columns"])
            + self.match(matches)
            + self.aligned(self.dropout(aligned))
        )
        before = x
        for block in self.blocks:
            before, x = x, block(x, batch["mask"])
        return self.last(x), before

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Logits of start and end, (examples, positions, 2), of the heads, (examples,), and positions before the last block.

        Position 0 stands for "not here".
        """
        x, before = self.encode(batch)
        logits = self.ends(x).float()
        # Only the first position and the slide's tokens can begin or end an answer.
        open_ = _told(batch)
        open_[:, 0] = True
        logits = logits.masked_fill(~open_[:, :, None], -1e4)
        with torch.autocast("cuda", enabled=False):
            seen_ = self._seen_by_heads(x.float(), batch, logits.detach())
            heads = {name: head(seen_)[:, 0] for name, head in self.heads.items()}
        return logits, heads, before

    def seen_by_heads(self, x: Tensor, batch: Batch) -> Tensor:
        """``reportqa.reader.network.seen_by_heads`` for a batch as ``encode`` understands it."""
        return self._seen_by_heads(x, batch, self.ends(x))

    def _seen_by_heads(self, x: Tensor, batch: Batch, logits: Tensor) -> Tensor:
        told = _told(batch)
        asked = (batch["mask"] & (batch["parts"] == 1))[:, :, None]
        question = (x * asked).sum(1) / asked.sum(1)
        between = x[torch.arange(len(x), device=x.device), asked[:, :, 0].sum(1) + 1]
        most = x.masked_fill(~told[:, :, None], -1e4).amax(1)
        somewhere = logits.masked_fill(~told[:, :, None], -1e9).logsumexp(1).sum(1) - logits[:, 0].sum(1)
        return torch.cat([x[:, 0], question, between, most, somewhere[:, None] / 10], 1)

    def listed(self, before: Tensor, batch: Batch) -> Tensor:
        """Log-odds of each position that it is of the list asked for, (examples, positions)."""
        x = self.items["last"](self.items["block"](before, batch["mask"]))
        asked = (batch["mask"] & (batch["parts"] == 1))[:, :, None]
        question = (x * asked).sum(1, keepdim=True) / asked.sum(1, keepdim=True)
        found: Tensor = self.items["head"](torch.cat([x, question.expand_as(x)], -1))[..., 0]
        return found.float()


def _told(batch: Batch) -> Tensor:
    """Which positions are of the text, not of the question."""
    return batch["mask"] & (batch["parts"] >= 2)


def head(width: int, hidden: int, before: float = 0.2, inside: float = 0.4) -> nn.Sequential:
    """A head of one hidden layer, with dropout before it and behind it."""
    return nn.Sequential(
        nn.Dropout(before), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(inside), nn.Linear(hidden, 1)
    )


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
    told = torch.stack([same.any(2).float(), low.amax(2), around, batch["first"].float()], 2)
    # Computed where batches are made; where words are guessed nothing is asked of a table.
    cells = batch["named"] if "named" in batch else told.new_zeros(*told.shape[:2], grid.NAMED)
    told = torch.cat([told, cells], 2) * told_at[:, :, None]
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


def load(model: Reader, folder: Path) -> None:
    """Weights of an earlier run with the same vocabulary and width, and as many blocks or fewer.

    Blocks it had not got come before the last one and pass on what they are given, until they have learned something.
    """
    state = network.weights(folder / "reader.safetensors")
    order = torch.from_numpy(state["frequent"]).long()
    model.frequent.zero_()
    model.frequent[order[1:]] = torch.arange(1, len(order), device=model.frequent.device)
    last = network.layers(state) - 1
    moved = {
        name.replace(f"blocks.{last}.", f"blocks.{len(model.blocks) - 1}."): value
        for name, value in state.items()
    }
    moved |= {_trained(name): value for name, value in network.weights(folder / "heads.safetensors").items()}
    for block in model.blocks[last:-1]:
        for layer in (block.point, block.merge, block.narrow):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
    own = model.state_dict()
    for name in own.keys() & moved.keys():
        value = torch.from_numpy(moved[name])
        if name == "match.weight":  # what a reader was not told of it has no weights for
            value = functional.pad(value, (0, own[name].shape[1] - value.shape[1]))
        own[name] = value.view_as(own[name])
    model.load_state_dict(own)


def _trained(name: str) -> str:
    """The name in training of a weight of ``heads.safetensors``."""
    head, _, rest = name.partition(".")
    if rest[0] in "01":
        rest = f"{1 if rest[0] == '0' else 4}{rest[1:]}"
        return f"items.head.{rest}" if head == "items" else f"heads.{head}.{rest}"
    return name


def _kept(name: str) -> str:
    """The name in ``heads.safetensors`` of a weight of the heads."""
    name = name.replace("items.head.", "items.").removeprefix("heads.")
    return name.replace(".1.", ".0.").replace(".4.", ".1.")


def packed(name: str, value: Tensor) -> dict[str, Tensor]:
    """A weight as it is kept on disk: wide matrices as bytes with a step for each row, the rest in half precision."""
    if name.endswith("depth.weight"):
        value = value[:, 0]
    if value.ndim < 2 or value.shape[1] < 64:
        return {name: value.half().contiguous()}
    step = value.abs().amax(1).div(127).clamp(min=1e-8)
    rounded = (value / step[:, None]).round().clamp(-127, 127).to(torch.int8)
    return {name: rounded.contiguous(), f"{name}.step": step}


def save(model: Reader, encoder: StaticEncoder, folder: Path) -> None:
    """Weights as ``packed``, with them the commonest tokens and the scale of the static vectors; the heads in a file of
    their own."""
    folder.mkdir(parents=True, exist_ok=True)
    state: dict[str, Tensor] = {}
    for name, value in _weights(model):
        if not name.startswith(("heads.", "items.")) and name != MASKED:
            state |= packed(name, value)
    frequent = model.frequent.cpu()
    order = torch.zeros(int(frequent.max()) + 1, dtype=torch.int32)
    for token in torch.nonzero(frequent).flatten().tolist():
        order[frequent[token]] = token
    state["frequent"] = order
    every = torch.tensor(every_vector(encoder))
    state["scale"] = 1 / every.norm(dim=1).mean(dim=0, keepdim=True)
    save_file(state, str(folder / "reader.safetensors"))
    save_heads(model, folder)


def save_heads(model: Reader, folder: Path) -> None:
    """The heads, which stand in a file of their own."""
    heads: dict[str, Tensor] = {}
    for name, value in _weights(model):
        if name.startswith(("heads.", "items.head.")):
            heads[_kept(name)] = value.half().contiguous()
        elif name.startswith("items."):
            heads |= packed(name, value)
    save_file(heads, str(folder / "heads.safetensors"))


def _weights(model: Reader) -> list[tuple[str, Tensor]]:
    return [(name, value.detach().float().cpu()) for name, value in model.state_dict().items()]
