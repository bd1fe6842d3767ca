"""The tables in what the reader reads: which cell stands under which header and behind which label.

A line with tabs is a row; rows in a row are a table, the first of them its header. Whether the question names a column or a
row is hard to see for a network that looks a few tokens around itself, and easy to count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

NAMED = 4
"""How many numbers say how much of a cell's header and of its row's label the question says, as they are and beside others."""


@dataclass(frozen=True, slots=True)
class Grid:
    """For each token its cell, its column's header cell and its row's label cell, by number; -1 for none.

    ``rivals`` are the header cells of each table, and its label cells: of these the question means one.
    """

    cells: Ints
    heads: Ints
    labels: Ints
    rivals: tuple[tuple[int, ...], ...]


def grid(lines: Ints, columns: Ints) -> Grid | None:
    """The tables of a text from the line and the column of each of its tokens; None where there are none."""
    if not columns.any():
        return None
    keys: dict[tuple[int, int], int] = {}
    cells = np.full(len(lines), -1, np.int32)
    for place in np.flatnonzero(columns).tolist():
        cells[place] = keys.setdefault((int(lines[place]), int(columns[place])), len(keys))
    heads, labels = np.full((2, len(keys)), -1, np.int32)
    rivals: list[tuple[int, ...]] = []
    rows: dict[int, list[tuple[int, int]]] = {}
    for (line, column), cell in keys.items():
        rows.setdefault(line, []).append((column, cell))
    header: dict[int, int] = {}
    above = -2
    firsts: list[int] = []
    for line, row in rows.items():
        if line != above + 1:
            rivals.append(tuple(firsts))
            header, firsts = dict(row), []
            rivals.append(tuple(header.values()))
        else:
            for column, cell in row:
                heads[cell] = header.get(column, -1)
            firsts.append(row[0][1])
            labels[[cell for _, cell in row[1:]]] = row[0][1]
        above = line
    rivals.append(tuple(firsts))
    inside = cells >= 0
    return Grid(
        cells,
        np.where(inside, heads[cells], -1).astype(np.int32),
        np.where(inside, labels[cells], -1).astype(np.int32),
        tuple(each for each in rivals if len(each) > 1),
    )


def named(found: Grid | None, scores: Floats) -> Floats:
    """How much of its header and of its label the question says, for each token, (tokens, NAMED).

    ``scores`` say how well the question says each token. Beside the mean over a cell's tokens stands how much better
    that is than the best of its rivals.
    """
    told = np.zeros((len(scores), NAMED), np.float32)
    if found is None:
        return told
    inside = found.cells >= 0
    counts = np.bincount(found.cells[inside])
    means = np.bincount(found.cells[inside], scores[inside]) / counts
    beside = np.zeros(len(means))
    for rivals in found.rivals:
        own = means[list(rivals)]
        second, first = np.partition(own, -2)[-2:]
        best = own == first
        beside[list(rivals)] = own - np.where(best, second, first)
    for column, cells in ((0, found.heads), (2, found.labels)):
        there = cells >= 0
        told[there, column] = means[cells[there]]
        told[there, column + 1] = beside[cells[there]]
    return told
