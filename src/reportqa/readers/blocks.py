"""Boxes on a slide: the order in which a person reads them, and the page text they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportqa.layout.marks import NOTE, SOURCE
from reportqa.types import Region, Role, Span


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph: its text (line breaks inside allowed), role and depth in the outline."""

    text: str
    role: Role = "body"
    level: int = 0


def stated_role(text: str) -> Role:
    """``note`` for a ※ remark, ``source`` for an 出所 line, ``body`` for any other paragraph."""
    return "note" if NOTE.match(text) else "source" if SOURCE.match(text) else "body"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as cell texts, row by row; an empty string is an empty cell."""

    rows: tuple[tuple[str, ...], ...]


Piece = Line | Grid


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in any unit, y growing downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @staticmethod
    def around(boxes: Sequence[Box]) -> Box:
        """The smallest box that holds all of ``boxes`` (at least one)."""
        return Box(
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in one box: a text frame, a table, a group of shapes."""

    box: Box
    pieces: tuple[Piece, ...]


_MOST_BLOCKS = 400  # beyond, a drawing rather than a page: cutting it takes time and tells nothing


def reading_order(blocks: Sequence[Block]) -> list[Block]:
    """Blocks top to bottom and left to right, column by column where the page has columns.

    Recursive XY-cut (Nagy and Seth, 1984) with three rules of ours. The page is cut at its widest
    gap, rows before columns in a tie: columns stand further apart than the paragraphs inside them.
    Boxes may overlap by 1.5 % of the extent of the whole and still count as apart, because frames
    are drawn larger than their text. Three or more rows of boxes that line up across the columns
    are a table drawn with boxes, and read row by row. What cannot be cut is read by rows of equal
    top edges.
    """
    if len(blocks) < 2:
        return list(blocks)
    whole = Box.around([block.box for block in blocks])
    slack = 0.015 * max(whole.right - whole.left, whole.bottom - whole.top)
    if len(blocks) > _MOST_BLOCKS:
        return _by_rows(list(blocks), slack)
    ordered: list[Block] = []
    stack = [list(blocks)]
    while stack:
        part = stack.pop()
        cut = _cut(part, slack) if len(part) > 1 else None
        if cut is None:
            ordered += _by_rows(part, slack)
        else:
            stack += reversed(cut)
    return ordered


def _cut(blocks: list[Block], slack: float) -> list[list[Block]] | None:
    by_top = sorted(blocks, key=lambda block: (block.box.top, block.box.left))
    by_left = sorted(blocks, key=lambda block: (block.box.left, block.box.top))
    row_gaps = _gaps([(block.box.top, block.box.bottom) for block in by_top])
    column_gaps = _gaps([(block.box.left, block.box.right) for block in by_left])
    row = max(row_gaps, key=lambda gap: gap[0])
    column = max(column_gaps, key=lambda gap: gap[0])
    rows = _split(by_top, row_gaps, slack)
    columns = _split(by_left, column_gaps, slack)
    if len(rows) >= 3 and len(columns) >= 2 and all(len(band) == len(columns) for band in rows):
        return rows
    if row[0] <= -slack and column[0] <= -slack:
        return None
    if row[0] >= column[0]:
        return [by_top[: row[1]], by_top[row[1] :]]
    return [by_left[: column[1]], by_left[column[1] :]]


def _gaps(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    """``(width, index)`` of the gap before each interval but the first, sorted by start."""
    gaps: list[tuple[float, int]] = []
    reached = float("-inf")
    for index, (start, end) in enumerate(intervals):
        if index:
            gaps.append((start - reached, index))
        reached = max(reached, end)
    return gaps


def _split(blocks: list[Block], gaps: list[tuple[float, int]], slack: float) -> list[list[Block]]:
    cuts = [0, *(index for width, index in gaps if width > -slack), len(blocks)]
    return [blocks[start:end] for start, end in pairwise(cuts)]


def _by_rows(blocks: list[Block], slack: float) -> list[Block]:
    rows: list[list[Block]] = []
    for block in sorted(blocks, key=lambda block: (block.box.top, block.box.left)):
        if rows and block.box.top - rows[-1][0].box.top <= slack:
            rows[-1].append(block)
        else:
            rows.append([block])
    return [block for row in rows for block in sorted(row, key=lambda block: block.box.left)]


def write_page(groups: Iterable[Sequence[Piece]]) -> tuple[str, tuple[Region, ...]]:
    """The text and regions of a page: a line break between pieces, a blank line between groups.

    A grid is written row by row, cells separated by a TAB, and its region knows the cell spans.
    """
    parts: list[str] = []
    regions: list[Region] = []
    length = 0

    def add(text: str) -> Span:
        nonlocal length
        parts.append(text)
        length += len(text)
        return length - len(text), length

    for group in groups:
        separator = "\n\n"
        for piece in group:
            if parts:
                add(separator)
            separator = "\n"
            if isinstance(piece, Line):
                start, end = add(piece.text)
                regions.append(Region(piece.role, start, end, piece.level))
                continue
            start = length
            rows: list[tuple[Span, ...]] = []
            for row_number, row in enumerate(piece.rows):
                if row_number:
                    add("\n")
                spans: list[Span] = []
                for column, cell in enumerate(row):
                    if column:
                        add("\t")
                    spans.append(add(cell))
                rows.append(tuple(spans))
            regions.append(Region("table", start, length, 0, tuple(rows)))
    return "".join(parts), tuple(regions)
