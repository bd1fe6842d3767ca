"""Charts of a PDF page told by their labels: categories in a row along the axis, figures standing over them.

A PDF draws a chart as loose figures and words. Where the words below are evenly spaced and the figures stand over them
in the same way, category by category, each category with its figures is a row of a table, as in the chart's own data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, pstdev

from reportqa.layout.figures import is_figure
from reportqa.readers.blocks import Box
from reportqa.readers.pdf_glyphs import Chunk, Gap, Glyph, join_glyphs
from reportqa.readers.pdf_tables import Grid, cell_of

_LABELS = Gap(0.6, 0.6)  # what parts two labels; a word is parted by less
_MOST_PIECES = 1500  # of a page; drawings with more words are not searched
_FEWEST = 3  # categories
_EVEN = 0.08  # of the distance between two categories, by which distances may differ
_OFF = 0.15  # of that distance, by which figures may stand beside their category, or two of a stack from each other
_MOST = 0.8  # of the categories that have all their figures
_MOST_SERIES = 6
_SLACK = 0.35  # ems by which lines may overlap: boxes of glyphs are taller than their ink
_LEADING = 0.6  # ems between two lines of one label
_FULL = 0.6  # of the distance between two categories: a label as wide is broken
_UNDER = 2.0  # ems under a label in which a figure is one of a card, not of a chart
_SAME_SIZE = 0.1  # by which sizes of one kind of label may differ
_TALL = 1.6  # ems: a label that is taller is set aslant
_LONGEST = 24  # characters of a label or of a name in a legend
_BESIDE = 0.3  # ems from a point to the figure on its right
_AROUND = 4.0  # ems around the chart in which its legend stands
_TIGHT = 2.0  # ems between two names of a legend below each other
_NUMBER = r"[-+▲△]?\d[\d,]*(?:\.\d+)?"
_BARE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SEVERAL = re.compile(rf"{_NUMBER}(?: {_NUMBER})+|[-+▲△].*")
_YEAR = re.compile(r"(?:19|20)\d\d ?(?:年度?)?")


@dataclass(frozen=True, slots=True)
class Chart:
    """``cells`` row by row, and the row and column of each glyph in them by its place on the page."""

    cells: Grid
    glyphs: dict[int, tuple[int, int]]


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
    def figure(self) -> bool:
        return is_figure("".join(self.text.split()))


_Row = list[_Label | None]


def find_charts(glyphs: Sequence[Glyph], tables: Sequence[Grid]) -> list[Chart]:
    """Charts with bars or points as cells: a row for each category, its label and its figures.

    There are three categories or more; most have equally many figures over them (beside them where bars lie level), in
    the same places, not all at the same height (that is a table), and no words among them. Names stand over the figures
    where a legend has as many as a category has figures. What stands in ``tables`` is left alone.
    """
    free = [at for at, glyph in enumerate(glyphs) if cell_of(tables, glyph) is None]
    chunks = join_glyphs([glyphs[at] for at in free], [None] * len(free), _LABELS)
    if len(chunks) > _MOST_PIECES:
        return []
    upright = [_Label((chunk,), chunk.box) for chunk in chunks]
    level = [
        _Label((chunk,), Box(chunk.box.top, -chunk.box.right, chunk.box.bottom, -chunk.box.left))
        for chunk in chunks
    ]
    found: list[Chart] = []
    taken: set[int] = set()
    for pieces in (upright, level):
        axes = _axes(pieces)
        # Labels of another axis are no figures: charts may stand below each other.
        others = {
            label.lines[0].first for axis in axes if _count([one.text for one in axis]) for label in axis
        }
        # The axis is the lowest row: figures over another one may be labels of a row above.
        for axis in sorted(axes, key=lambda each: (-each[0].box.top, -len(each))):
            if any(label.lines[0].first in taken for label in axis):
                continue
            left = [piece for piece in pieces if piece.lines[0].first not in taken]
            rows = _chart(axis, left, others, pieces is upright)
            if rows:
                found.append(_cells(rows, free))
                taken |= {line.first for row in rows for one in row if one for line in one.lines}
    return found


def _cells(rows: Sequence[Sequence[_Label | None]], free: Sequence[int]) -> Chart:
    boxes = tuple(
        tuple(Box.around([x.box for x in one.lines]) if one else None for one in row) for row in rows
    )
    places = {
        free[glyph]: (at, column)
        for at, row in enumerate(rows)
        for column, one in enumerate(row)
        for line in (one.lines if one else ())
        for glyph in range(line.first, line.last)
    }
    return Chart(boxes, places)


def _chart(
    axis: Sequence[_Label], pieces: Sequence[_Label], others: set[int], upright: bool
) -> list[_Row] | None:
    """The rows of the chart over ``axis``, with its names first; None where there is none."""
    if not _stands_free(axis, pieces):
        return None
    places = (_centred, _behind) if upright else (_centred,)
    rows = next((rows for place in places if (rows := _figures(axis, pieces, others, place))), None)
    if rows is None:
        return None
    labels = _whole(axis, pieces) if upright else list(axis)
    if not _are_categories([label.text for label in labels]):
        return None
    # Of level bars the first series may be named first or last.
    names = _legend(labels, rows, pieces) if upright else []
    table: list[_Row] = [[label, *row] for label, row in zip(labels, rows, strict=True)]
    return [[None, *names], *table] if names else table


def _axes(pieces: Sequence[_Label]) -> list[list[_Label]]:
    """Rows of short labels of one size at even distances, as long as they can be."""
    short = [
        p
        for p in pieces
        if len(p.text) <= _LONGEST and p.lines[0].box.bottom - p.lines[0].box.top < _TALL * p.size
    ]
    rows: list[list[_Label]] = []
    for piece in sorted(short, key=lambda each: each.box.top):
        row = next(
            (row for row in reversed(rows[-8:]) if _one_kind(row[0], piece) and _level(row[0], piece)), None
        )
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    found = []
    for row in rows:
        row.sort(key=lambda each: each.middle)
        at = 0
        while at + _FEWEST <= len(row):
            end = at + 2
            step = row[at + 1].middle - row[at].middle
            while end < len(row) and abs(row[end].middle - row[end - 1].middle - step) < _EVEN * step:
                end += 1
            if end - at >= _FEWEST:
                found.append(row[at:end])
            at = end - 1 if end - at >= _FEWEST else at + 1
    return found


def _one_kind(one: _Label, other: _Label) -> bool:
    return abs(one.size - other.size) < _SAME_SIZE * one.size


def _level(one: _Label, other: _Label) -> bool:
    return abs(one.box.top - other.box.top) < _SLACK * one.size


def _stands_free(axis: Sequence[_Label], pieces: Sequence[_Label]) -> bool:
    """Whether no label touches another text, as characters of a word set aslant do, or bears a figure below, as on a card."""
    step = axis[1].middle - axis[0].middle
    own = {label.lines[0].first for label in axis}
    under = 0
    for label in axis:
        for piece in pieces:
            if piece.lines[0].first in own:
                continue
            across = min(label.box.right, piece.box.right) - max(label.box.left, piece.box.left)
            down = min(label.box.bottom, piece.box.bottom) - max(label.box.top, piece.box.top)
            if min(across, down) > 0.2 * label.size:
                return False
            below = piece.box.top - label.box.bottom
            near = -_SLACK * label.size < below < _UNDER * label.size
            under += (
                near
                and piece.figure
                and abs(piece.middle - label.middle) < step / 2
                and not _one_kind(label, piece)
            )
    return under < 2


def _count(labels: Sequence[str]) -> bool:
    """Whether labels are bare numbers that count one by one, or years."""
    bare = [float(label.replace(",", "")) for label in labels if _BARE.fullmatch(label)]
    steps = {after - before for before, after in pairwise(bare)}
    one_by_one = len(bare) >= _FEWEST and steps == {1.0} and bare[0] >= 1
    years = all(1900 <= number <= 2100 for number in bare) and (
        min(steps, default=0) > 0 or max(steps, default=0) < 0
    )
    return one_by_one or years


def _are_categories(labels: Sequence[str]) -> bool:
    """Whether labels differ, and where they are bare numbers, are years or count: others are figures or a scale."""
    if len(set(labels)) < _MOST * len(labels) or any(_SEVERAL.fullmatch(label) for label in labels):
        return False
    return 2 * sum(_BARE.fullmatch(label) is not None for label in labels) < len(labels) or _count(labels)


def _figures(
    axis: Sequence[_Label], pieces: Sequence[_Label], others: set[int], place: Callable[[_Label], float]
) -> list[_Row] | None:
    """The figures over each category, series by series; None where they do not stand as those of a chart do.

    ``place`` is where along the axis a figure says it belongs; ``others`` are labels of axes, which are no figures.
    """
    step = median(right.middle - left.middle for left, right in pairwise(axis))
    low, high = axis[0].middle - step / 2, axis[-1].middle + step / 2
    top = axis[0].box.top + _SLACK * axis[0].size
    above = [piece for piece in pieces if low < place(piece) < high and piece.box.bottom < top]
    words = [p.box.bottom for p in above if not p.figure or p.lines[0].first in others]
    ceiling = max(words, default=float("-inf"))
    over: list[list[tuple[int, _Label]]] = [[] for _ in axis]
    cut: list[int] = []
    for order, piece in enumerate(above):
        at = min(int((place(piece) - low) / step), len(axis) - 1)
        if piece.box.top > ceiling - _SLACK * piece.size:
            over[at].append((order, piece))
        elif piece.figure and piece.lines[0].first not in others:
            cut.append(at)
    counts = Counter(len(row) for row in over if row)
    if not counts:
        return None
    count, met = counts.most_common(1)[0]
    if met < max(_FEWEST, _MOST * len(axis)) or count > _MOST_SERIES or max(counts) > count:
        return None
    if any(len(over[at]) < count for at in cut):  # words inside the chart
        return None
    full = {at: row for at, row in enumerate(over) if len(row) == count}
    if not _drawn_in_order([[order for order, _ in row] for row in full.values()]):
        return None
    for number in range(count):
        aside = [place(row[number][1]) - axis[at].middle for at, row in full.items()]
        heights = [row[number][1].box.top for row in full.values()]
        if pstdev(aside) > _OFF / 2 * step or max(heights) - min(heights) < _SLACK * axis[0].size:
            return None
    if any(abs(fmean(place(p) for _, p in row) - axis[at].middle) > _OFF * step for at, row in full.items()):
        return None
    return [[one for _, one in full[at]] if at in full else [None] * count for at in range(len(axis))]


def _drawn_in_order(rows: Sequence[Sequence[int]]) -> bool:
    """Whether figures were drawn series by series or category by category: then those of a series have one place in all rows."""
    series = list(zip(*rows, strict=True))
    return any(all(max(a) < min(b) for a, b in pairwise(groups)) for groups in (series, list(rows)))


def _centred(figure: _Label) -> float:
    """Bars bear their figures in or on top of them."""
    return figure.middle


def _behind(figure: _Label) -> float:
    """The points of a line have theirs to the right."""
    return figure.box.left - _BESIDE * figure.size


def _whole(axis: Sequence[_Label], pieces: Sequence[_Label]) -> list[_Label]:
    """The labels with the lines right below them, where two labels or more have some, or the line above had no more room."""
    labels = list(axis)
    step = axis[1].middle - axis[0].middle
    while True:
        below = {}
        for at, label in enumerate(labels):
            last = label.lines[-1]
            for piece in pieces:
                gap = piece.box.top - last.box.bottom
                if (
                    -_SLACK * label.size < gap < _LEADING * label.size
                    and piece.box.top > last.box.top + _SLACK * label.size
                    and abs(piece.middle - label.middle) < _SLACK * label.size
                    and piece.box.right - piece.box.left < step
                    and _one_kind(label, piece)
                ):
                    below[at] = piece
        if len(below) == 1:
            below = {
                at: piece
                for at, piece in below.items()
                if labels[at].box.right - labels[at].box.left > _FULL * step
            }
        if not below:
            return labels
        for at, piece in below.items():
            labels[at] = _Label((*labels[at].lines, *piece.lines), Box.around([labels[at].box, piece.box]))


def _legend(
    axis: Sequence[_Label], rows: Sequence[Sequence[_Label | None]], pieces: Sequence[_Label]
) -> list[_Label]:
    """The names of a chart's series: as many short words of one size in a row above or below it, or in a column at its right.

    Empty where none or several stand there. A column may name stacks from either end: it is left alone.
    """
    first = next(row for row in rows if row[0])
    count = len(first)
    if count < 2:
        return []
    shown = [*axis, *(one for row in rows for one in row if one)]
    chart = Box.around([one.box for one in shown])
    used = {line.first for one in shown for line in one.lines}
    size = axis[0].size
    reach = _AROUND * size
    near = [
        piece
        for piece in pieces
        if piece.lines[0].first not in used
        and len(piece.text) <= _LONGEST
        and (not piece.figure or _YEAR.fullmatch(piece.text))
        and chart.left - reach < piece.middle < chart.right + 4 * reach
        and chart.top - reach < piece.box.top < chart.bottom + reach
    ]
    apart = [
        p for p in near if p.middle < chart.right and not chart.top < p.box.top < chart.bottom - 0.5 * size
    ]
    found = _groups(apart, _level)
    across = [one.middle for one in first if one]
    if max(across) - min(across) > _OFF * (axis[1].middle - axis[0].middle):
        beside = _groups([p for p in near if p.box.left > chart.right], _below)
        found += [
            group
            for group in beside
            if all(b.box.top - a.box.bottom < _TIGHT * a.size for a, b in pairwise(group))
        ]
    found = [group for group in found if len(group) == count]
    return found[0] if len(found) == 1 else []


def _below(one: _Label, other: _Label) -> bool:
    return abs(one.box.left - other.box.left) < _SLACK * one.size


def _groups(pieces: Sequence[_Label], alike: Callable[[_Label, _Label], bool]) -> list[list[_Label]]:
    """Pieces of one size that are alike, from left to right and from top to bottom."""
    groups: list[list[_Label]] = []
    for piece in sorted(pieces, key=lambda p: (p.box.left, p.box.top)):
        group = next((g for g in groups if _one_kind(g[0], piece) and alike(g[0], piece)), None)
        if group is None:
            groups.append([piece])
        else:
            group.append(piece)
    return [sorted(group, key=lambda p: p.box.top) if alike is _below else group for group in groups]
