"""Charts of a PDF page told by their labels: categories in a row along the axis, figures standing over them.

A PDF draws a chart as loose figures and words. Where the words below are evenly spaced and the figures stand over them
in the same way, category by category, each category with its figures is a row of a table, as in the chart's own data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, pstdev

from reportqa.layout.figures import is_figure
from reportqa.readers.blocks import Box
from reportqa.readers.pdf_glyphs import Chunk, Gap, Glyph, join_glyphs
from reportqa.readers.pdf_tables import Grid, cell_of

_LABELS = Gap(0.6, 0.6)  # what parts two labels; a word is parted by less
_FEWEST = 3  # categories
_EVEN = 0.08  # of the distance between two categories, by which distances may differ
_OFF = 0.15  # of that distance, by which a figure may stand beside its category, or two of a stack from each other
_MOST = 0.8  # of the categories that have all their figures
_MOST_SERIES = 6
_SLACK = 0.35  # ems by which lines may overlap: boxes of glyphs are taller than their ink
_LEADING = 0.6  # ems between two lines of one label
_LONGEST = 24  # characters of a label or of a name in a legend
_INSET = 0.15  # ems from the edge of a label to the middle of its first character, at least
_LINE = 0.3  # ems around the middle of a line in which the middles of its characters are
_BESIDE = 0.3  # ems from a point to the figure on its right
_AROUND = 4.0  # ems around the figures in which a legend stands
_NUMBER = r"[-+▲△]?\d[\d,]*(?:\.\d+)?"
_BARE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SEVERAL = re.compile(rf"{_NUMBER}(?: {_NUMBER})+|[-+▲△].*")


@dataclass(frozen=True, slots=True)
class _Label:
    """A category or a figure: its lines, and the box around them with the axis turned level."""

    lines: tuple[Chunk, ...]
    box: Box

    @property
    def middle(self) -> float:
        return (self.box.left + self.box.right) / 2

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def cell(self) -> Box:
        """Around the middles of its characters and no more, as it stands on the page: labels of a chart may overlap."""
        first, last = self.lines[0].box, self.lines[-1].box
        inset, line = _INSET * self.size, _LINE * self.size
        return Box(
            min(each.box.left for each in self.lines) + inset,
            (first.top + first.bottom) / 2 - line,
            max(each.box.right for each in self.lines) - inset,
            (last.top + last.bottom) / 2 + line,
        )


def find_charts(glyphs: Sequence[Glyph], tables: Sequence[Grid]) -> list[Grid]:
    """Charts with bars or points as cells: a row for each category, its label and its figures.

    There are three categories or more; most have equally many figures over them (beside them where bars lie level), in
    the same places, not all at the same height (that is a table), and no words among them. Names stand over the figures
    where a legend has as many as there are figures side by side. What stands in ``tables`` is left alone.
    """
    free = [glyph for glyph in glyphs if cell_of(tables, glyph) is None]
    chunks = join_glyphs(free, [None] * len(free), _LABELS)
    upright = [_Label((chunk,), chunk.box) for chunk in chunks]
    level = [
        _Label((chunk,), Box(chunk.box.top, -chunk.box.right, chunk.box.bottom, -chunk.box.left))
        for chunk in chunks
    ]
    found: list[Grid] = []
    taken: set[int] = set()
    for pieces in (upright, level):
        # The axis is the lowest row: figures over another one may be labels of a row above.
        for axis in sorted(_axes(pieces), key=lambda each: (-each[0].box.top, -len(each))):
            left = [piece for piece in pieces if id(piece.lines[0]) not in taken]
            if any(id(label.lines[0]) in taken for label in axis):
                continue
            grid = _chart(axis, left, pieces is upright)
            if grid:
                found.append(grid)
                inside = [box for row in grid for box in row if box]
                taken |= {id(chunk) for chunk in chunks if any(_covers(box, chunk.box) for box in inside)}
    return found


def _chart(axis: Sequence[_Label], pieces: Sequence[_Label], upright: bool) -> Grid | None:
    places = (_centred, _behind) if upright else (_centred,)
    rows = next((rows for place in places if (rows := _figures(axis, pieces, place))), None)
    labels = [_whole(label, pieces) for label in axis] if upright else axis
    if rows is None or not _are_categories([label.text for label in labels]):
        return None
    grid: Grid = tuple(
        (label.cell, *(one.cell if one else None for one in row))
        for label, row in zip(labels, rows, strict=True)
    )
    # Level bars of one category may be drawn from the first series down or up.
    names = _legend(labels, rows, pieces) if upright else []
    return ((None, *(name.cell for name in names)), *grid) if names else grid


def _covers(box: Box, other: Box) -> bool:
    x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _axes(pieces: Sequence[_Label]) -> Iterator[list[_Label]]:
    """Rows of short labels of one size at even distances, as long as they can be."""
    short = [piece for piece in pieces if len(piece.lines[0].text) <= _LONGEST]
    rows: list[list[_Label]] = []
    for piece in sorted(short, key=lambda each: (each.box.top, each.box.left)):
        for row in rows:
            first = row[0]
            if (
                abs(first.box.top - piece.box.top) < _SLACK * first.size
                and abs(first.size - piece.size) < 0.1 * first.size
            ):
                row.append(piece)
                break
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda each: each.middle)
        at = 0
        while at + _FEWEST <= len(row):
            end = at + 2
            step = row[at + 1].middle - row[at].middle
            while end < len(row) and abs(row[end].middle - row[end - 1].middle - step) < _EVEN * step:
                end += 1
            if end - at >= _FEWEST:
                yield row[at:end]
            at = end - 1 if end - at >= _FEWEST else at + 1


def _are_categories(labels: Sequence[str]) -> bool:
    """Whether labels differ, and where they are bare numbers, count: 2019, 2020, 2023, or 0, 100, 200.

    Bare numbers that do neither are figures themselves, labels set aslant are seen as their last characters.
    """
    if len(set(labels)) < _MOST * len(labels) or any(_SEVERAL.fullmatch(label) for label in labels):
        return False
    bare = [float(label.replace(",", "")) for label in labels if _BARE.fullmatch(label)]
    if 2 * len(bare) < len(labels):
        return True
    steps = {after - before for before, after in pairwise(bare)}
    years = all(1900 <= number <= 2100 for number in bare)
    return min(steps, default=0) > 0 and (years or (len(bare) >= _FEWEST and len(steps) == 1))


def _figures(
    axis: Sequence[_Label], pieces: Sequence[_Label], place: Callable[[_Label], float]
) -> list[list[_Label | None]] | None:
    """The figures over each category in one order; None where they do not stand as those of a chart do.

    ``place`` is where along the axis a figure says it belongs.
    """
    step = median(right.middle - left.middle for left, right in pairwise(axis))
    low, high = axis[0].middle - step / 2, axis[-1].middle + step / 2
    top = axis[0].box.top + _SLACK * axis[0].size
    above = [piece for piece in pieces if low < place(piece) < high and piece.box.bottom < top]
    words = [piece.box.bottom for piece in above if not is_figure(piece.text)]
    ceiling = max(words, default=float("-inf"))
    over: list[list[_Label]] = [[] for _ in axis]
    for piece in above:
        if piece.box.top > ceiling - _SLACK * piece.size:
            over[min(int((place(piece) - low) / step), len(axis) - 1)].append(piece)
    counts = Counter(len(row) for row in over if row)
    if not counts:
        return None
    count, met = counts.most_common(1)[0]
    if met < max(_FEWEST, _MOST * len(axis)) or count > _MOST_SERIES or max(counts) > count:
        return None
    full = [(label, row) for label, row in zip(axis, over, strict=True) if len(row) == count]
    stacked = all(place(max(row, key=place)) - place(min(row, key=place)) < _OFF * step for _, row in full)
    ordered = [(at, sorted(row, key=lambda one: one.box.top if stacked else place(one))) for at, row in full]
    for number in range(count):
        aside = [place(row[number]) - label.middle for label, row in ordered]
        if pstdev(aside) > _OFF / 2 * step or (count == 1 and abs(median(aside)) > _OFF * step):
            return None
        heights = [row[number].box.top for _, row in ordered]
        if max(heights) - min(heights) < _SLACK * axis[0].size:
            return None
    told = {id(label): list(row) for label, row in ordered}
    return [[*told.get(id(label), [None] * count)] for label in axis]


def _centred(figure: _Label) -> float:
    """Bars bear their figures on top of them."""
    return figure.middle


def _behind(figure: _Label) -> float:
    """The points of a line have theirs to the right."""
    return figure.box.left - _BESIDE * figure.size


def _whole(label: _Label, pieces: Sequence[_Label]) -> _Label:
    """The label with the lines right below it that are centred on it."""
    for piece in sorted(pieces, key=lambda each: each.box.top):
        gap = piece.box.top - label.box.bottom
        near = -_SLACK * label.size < gap < _LEADING * label.size and piece.box.top > label.box.top
        if near and abs(piece.middle - label.middle) < _SLACK * label.size:
            label = _Label((*label.lines, *piece.lines), Box.around([label.box, piece.box]))
    return label


def _legend(
    axis: Sequence[_Label], rows: Sequence[Sequence[_Label | None]], pieces: Sequence[_Label]
) -> list[_Label]:
    """The names of figures that stand side by side: as many short words in a row or a column near them."""
    count = len(rows[0])
    figures = [one for row in rows for one in row if one]
    first = next(row for row in rows if row[0])
    side_by_side = all(left and right and left.middle < right.middle for left, right in pairwise(first))
    step = axis[1].middle - axis[0].middle
    spread = max((b.middle - a.middle for a, b in pairwise(first) if a and b), default=0.0)
    if count < 2 or not side_by_side or spread < _OFF * step / 2:
        return []
    whole = Box.around([one.box for one in (*axis, *figures)])
    reach = _AROUND * axis[0].size
    used = {id(line) for one in (*axis, *figures) for line in one.lines}
    near = [
        piece
        for piece in pieces
        if id(piece.lines[0]) not in used
        and len(piece.lines[0].text) <= _LONGEST
        and not is_figure(piece.lines[0].text)
        and whole.left - reach < piece.middle < whole.right + 4 * reach
        and whole.top - reach < piece.box.top < whole.bottom + reach
        and not any(_covers(label.box, piece.box) for label in axis)
    ]
    together: dict[tuple[str, int], list[_Label]] = {}
    for piece in near:
        together.setdefault(("row", round(piece.box.top)), []).append(piece)
        together.setdefault(("column", round(piece.box.left)), []).append(piece)
    found = [group for group in together.values() if len(group) == count]
    if len(found) != 1:
        return []
    return sorted(found[0], key=lambda each: (round(each.box.top), each.box.left))
