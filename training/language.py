"""Text to learn language from: pairs of a heading, a question or a sentence with what belongs to it.

The reader learns to guess words left out on either side from both (BERT, Devlin et al. 2019; on translations,
Conneau and Lample 2019, arXiv:1901.07291), before it is asked anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reportqa.encoder import StaticEncoder
from reportqa.reader import inputs as seen

STEP = 32
"""Lengths of rows are multiples of this."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Pairs as token ids in one row; pair ``i`` is ``ids[bounds[2 * i] : bounds[2 * i + 2]]``, cut at the middle one.

    ``firsts`` says where a line begins, ``columns`` in which column of a table a token stands.
    """

    ids: np.ndarray
    firsts: np.ndarray
    columns: np.ndarray
    bounds: np.ndarray

    def __len__(self) -> int:
        return len(self.bounds) // 2


def fitting(length: int) -> int:
    """The least multiple of ``STEP`` that is not less."""
    return -(-length // STEP) * STEP


def kinds(encoder: StaticEncoder) -> np.ndarray:
    """The kind of each token of the vocabulary by its first character, (tokens,)."""
    tokens = encoder.tokens(np.arange(encoder.size, dtype=np.int32))
    return np.array([seen.kind(bare[0]) if (bare := token.lstrip("▁")) else 0 for token in tokens], np.uint8)


def batches(
    texts: Texts, kind: np.ndarray, tokens: int, draw: np.random.Generator
) -> Iterator[dict[str, np.ndarray]]:
    """Batches of pairs of one length without end, at most ``tokens`` positions each."""
    lengths = [fitting(length + 2) for length in np.diff(texts.bounds[::2]).tolist()]
    waiting: dict[int, list[int]] = {}
    while True:
        for place in draw.permutation(len(texts)).tolist():
            group = waiting.setdefault(lengths[place], [])
            group.append(place)
            if len(group) == tokens // lengths[place]:
                rows = [_row(texts, kind, one) for one in waiting.pop(lengths[place])]
                yield laid_out(rows, lengths[place])


def _row(texts: Texts, kind: np.ndarray, place: int) -> Row:
    start, middle, end = texts.bounds[2 * place : 2 * place + 3].tolist()
    asked, told = texts.ids[start:middle].astype(np.int32), texts.ids[middle:end].astype(np.int32)
    return Row(
        asked, told, kind[told], np.full(len(told), 3), texts.firsts[middle:end], texts.columns[middle:end]
    )


class Row(NamedTuple):
    """Tokens of a question and of a text, and of the latter's tokens kind, part, whether each begins a line, column."""

    asked: np.ndarray
    told: np.ndarray
    kinds: np.ndarray
    parts: np.ndarray
    firsts: np.ndarray
    columns: np.ndarray


def laid_out(rows: Sequence[Row], length: int) -> dict[str, np.ndarray]:
    """Rows as ``reportqa.reader.inputs`` lays them out, ``[first] question [between] text``, (rows, length) each."""
    kinds = {"ids": np.int32, "kinds": np.uint8, "parts": np.uint8, "columns": np.uint8}
    kinds |= {"first": bool, "mask": bool}
    batch = {name: np.zeros((len(rows), length), kind) for name, kind in kinds.items()}
    for place, row in enumerate(rows):
        at = len(row.asked) + 2
        asked, told = slice(1, at - 1), slice(at, at + len(row.told))
        batch["ids"][place, asked], batch["ids"][place, at - 1] = row.asked, 1
        batch["ids"][place, told] = row.told
        batch["kinds"][place, asked], batch["kinds"][place, told] = 7, row.kinds
        batch["parts"][place, asked], batch["parts"][place, told] = 1, row.parts
        batch["first"][place, told] = row.firsts
        batch["columns"][place, told] = row.columns
        batch["mask"][place, : told.stop] = True
    return batch
