"""Text to learn language from: pairs of a heading, a question or a sentence with what belongs to it.

The reader learns to guess words left out on either side from both (BERT, Devlin et al. 2019; on translations,
Conneau and Lample 2019, arXiv:1901.07291), before it is asked anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reportqa.encoder import StaticEncoder
from reportqa.reader import inputs as seen

STEP = 32
"""Lengths of rows are multiples of this."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Pairs as token ids in one row; pair ``i`` is ``ids[bounds[2 * i] : bounds[2 * i + 2]]``, cut at the middle one.

    ``firsts`` says where a line begins.
    """

    ids: np.ndarray
    firsts: np.ndarray
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
    """Batches of pairs of similar length without end, at most ``tokens`` positions each."""
    lengths = [fitting(length + 2) for length in np.diff(texts.bounds[::2]).tolist()]
    waiting: dict[int, list[int]] = {}
    while True:
        for place in draw.permutation(len(texts)).tolist():
            group = waiting.setdefault(lengths[place], [])
            group.append(place)
            if len(group) == tokens // lengths[place]:
                yield _batch(texts, kind, waiting.pop(lengths[place]), lengths[place])


def _batch(texts: Texts, kind: np.ndarray, rows: Sequence[int], length: int) -> dict[str, np.ndarray]:
    batch = {
        name: np.zeros((len(rows), length), dtype)
        for name, dtype in (
            ("ids", np.int32),
            ("kinds", np.uint8),
            ("parts", np.uint8),
            ("first", bool),
            ("mask", bool),
        )
    }
    for place, row in enumerate(rows):
        start, middle, end = texts.bounds[2 * row : 2 * row + 3].tolist()
        ids = texts.ids[start:end].astype(np.int32)
        told, last = middle - start + 2, end - start + 2
        batch["ids"][place, 1 : told - 1], batch["ids"][place, told:last] = (
            ids[: middle - start],
            ids[middle - start :],
        )
        batch["ids"][place, told - 1] = 1
        batch["kinds"][place, 1 : told - 1] = 7
        batch["kinds"][place, told:last] = kind[ids[middle - start :]]
        batch["parts"][place, 1 : told - 1], batch["parts"][place, told:last] = 1, 3
        batch["first"][place, told:last] = texts.firsts[middle:end]
        batch["mask"][place, :last] = True
    return batch
