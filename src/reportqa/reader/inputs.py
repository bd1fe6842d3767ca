"""What the reader sees: tokens of question and slide, and what each matches on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportqa.encoder import StaticEncoder
from reportqa.reader.grid import NAMED, Grid, grid, named

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

MATCHES = 4 + NAMED
"""How many numbers say what a token matches, the last of them what the header and the label of its cell match."""

KINDS = 8
"""How many kinds of token there are: by script, and those of the question."""

COLUMNS = 16
"""How many columns of a table are told apart; the first of these numbers stands for text outside a table."""

SHARPNESS = 10.0
"""Inverse temperature with which a token looks for its likes on the other side."""

WINDOW = 8


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a text: ids, offsets into it, the kind of characters, which line each stands on and in which column.

    A line with tabs is a row of a table, the first column is 1; elsewhere it is 0.
    """

    ids: Ints
    starts: Ints
    ends: Ints
    kinds: Ints
    lines: Ints
    columns: Ints
    grid: Grid | None

    def within(self, start: int, end: int) -> NDArray[np.intp]:
        """Places of the tokens that lie in ``text[start:end]``."""
        return np.flatnonzero((self.starts >= start) & (self.ends <= end))

    def touching(self, start: int, end: int) -> NDArray[np.intp]:
        """Places of the tokens that have any character of ``text[start:end]``."""
        return np.flatnonzero((self.ends > start) & (self.starts < end))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the network sees of ``[first] question [between] slide``, all (positions, …)."""

    ids: Ints
    kinds: Ints
    parts: Ints
    columns: Ints
    matches: Floats
    aligned: Floats


def tokenise(encoder: StaticEncoder, texts: Sequence[str]) -> list[Tokens]:
    """The tokens of each text with their offsets; a text's first line is its headline."""
    found = []
    for text, (ids, offsets) in zip(texts, encoder.token_offsets(texts), strict=True):
        breaks = np.array([i for i, c in enumerate(text) if c == "\n"], dtype=np.int32)
        kinds = np.array([kind(text[a]) if a < b else 0 for a, b in offsets.tolist()], dtype=np.int32)
        lines = np.searchsorted(breaks, offsets[:, 0]).astype(np.int32)
        places = columns(text, offsets[:, 0], lines)
        found.append(Tokens(ids, offsets[:, 0], offsets[:, 1], kinds, lines, places, grid(lines, places)))
    return found


def columns(text: str, starts: Ints, lines: Ints) -> Ints:
    """Which column of a table each token stands in: 1 and one more for each tab before it, 0 on a line without."""
    tabs = np.array([i for i, c in enumerate(text) if c == "\t"], dtype=np.int32)
    if not len(tabs):
        return np.zeros(len(starts), np.int32)
    rows = [line.count("\t") for line in text.split("\n")]
    before = np.cumsum([0, *rows])
    found = np.searchsorted(tabs, starts) - before[lines] + 1
    found[np.array(rows)[lines] == 0] = 0
    limited: Ints = np.minimum(found, COLUMNS - 1).astype(np.int32)
    return limited


def inputs(question: Ints, tokens: Tokens, asked: Floats, told: Floats) -> Inputs:
    """Question and text as the network sees them; ``asked`` and ``told`` are the unit vectors of their tokens."""
    cosines = told @ asked.T
    best = cosines.max(axis=1)
    around = _around(cosines).mean(axis=1)
    same = (tokens.ids[:, None] == question[None, :]).astype(np.float32)
    first = np.diff(tokens.lines, prepend=-1) > 0
    own = np.stack([same.max(axis=1), best, around, first], axis=1)
    other = np.zeros((len(question), MATCHES), np.float32)
    other[:, 0], other[:, 1] = same.max(axis=0), cosines.max(axis=0)
    zero = np.zeros((1, MATCHES), np.float32)
    cells = named(tokens.grid, likeness(own[:, 0], best))
    blank = np.zeros((1, told.shape[1]), np.float32)
    return Inputs(
        ids=np.concatenate([[0], question, [1], tokens.ids]).astype(np.int32),
        kinds=np.concatenate([[0], np.full(len(question), 7), [0], tokens.kinds]).astype(np.int32),
        parts=np.concatenate([[0], np.ones(len(question)), [0], np.where(tokens.lines == 0, 2, 3)]).astype(
            np.int32
        ),
        columns=np.concatenate([np.zeros(len(question) + 2, np.int32), tokens.columns]),
        matches=np.concatenate([zero, other, zero, np.concatenate([own, cells], axis=1)]).astype(np.float32),
        aligned=np.concatenate(
            [blank, softmax(cosines.T * SHARPNESS) @ told, blank, softmax(cosines * SHARPNESS) @ asked]
        ),
    )


def unit(encoder: StaticEncoder, ids: Ints) -> Floats:
    """The static vectors of tokens at length 1."""
    vectors = encoder.token_vectors(ids)
    found: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return found


def likeness(same: Floats, best: Floats) -> Floats:
    """How well the question says tokens: itself, or what is like it."""
    found: Floats = (same + best) / np.float32(2)
    return found


def kind(character: str) -> int:
    """A coarse class of a token by its first character."""
    if character.isdigit():
        return 1
    if character.isascii() and character.isalpha():
        return 2
    if "ァ" <= character <= "ヿ":
        return 3
    if "ぁ" <= character <= "ゟ":
        return 4
    if "\u3400" <= character <= "\u9fff" or "\u2e80" <= character <= "\u2fdf":
        return 5
    return 6


def _around(cosines: Floats) -> Floats:
    """Best cosine of each question token within ``WINDOW`` of each place, (tokens, question tokens)."""
    padded = np.pad(cosines, ((WINDOW, WINDOW), (0, 0)), constant_values=-1)
    best = padded[: len(cosines)]
    for i in range(1, 2 * WINDOW + 1):
        best = np.maximum(best, padded[i : i + len(cosines)])
    return best


def softmax(scores: Floats) -> Floats:
    """Shares along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
