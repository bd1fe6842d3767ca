"""Boxes of a slide that belong together: a title over its text, a figure over what it counts, a label beside its text.

Nothing in a file says so; a reader sees it. Boxes drawn for one purpose have one size and stand to each other in one
way, so what is found once is chance and what is found twice is a pattern (Gestalt laws of proximity and similarity,
Wertheimer 1923).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reportqa.layout.figures import is_figure
from reportqa.layout.marks import SENTENCE_END, bullet_rank
from reportqa.readers.blocks import Block, Box, Grid, Line, Piece

_SLACK = 0.012  # of the slide's extent: what is drawn alike may differ by this
_ABOVE = 0.08  # of its height, between a title and what stands under it
_BESIDE = 0.06  # of its width, between a label and what stands beside it
_FOLLOWING = 0.2  # of either where one was drawn right after the other
_OVER = 0.4  # of the lower of two boxes: frames are drawn larger than their text
_SHARED = 0.6  # of the larger of two boxes that lies along the other
_SAME_SIZE = 1.05  # boxes that differ by less than this ratio are of one size
_OTHER_SIZE = 1.2  # boxes that differ by this ratio are of two kinds
_OTHER_LETTERS = 1.1  # the same for letters
_LONGEST_LABEL = 30  # characters
_LONGEST_CELL = 60
_MOST_LINES = 2  # of such a cell
_MOST_BLOCKS = 120
_MOST_NEAR = 600
_FEWEST = 3  # rows and columns of a table
_BARE = re.compile(r"[\d万億亿兆千百の+＋]\s*$")
_NUMBER = re.compile(r"\d{1,2}(?!\d)")


@dataclass(frozen=True, slots=True)
class Look:
    """How a box is drawn: whether it is filled; its letters' size in points (0: not stated), whether bold, their colour."""

    filled: bool = False
    size: float = 0.0
    bold: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block, how it is drawn and the group it was drawn in (None: none).

    ``ink``: its box is drawn around its letters, as a PDF tells it; else that of the shape, which may be one of many alike.
    """

    block: Block
    look: Look = Look()
    inside: Hashable = None
    ink: bool = False

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.block.box


def joined(drawn: Sequence[Drawn], page: Box) -> list[Drawn]:
    """The blocks, those that belong together as one: in place of the first of them."""
    found = cards(drawn, page)
    made = {min(unit): card for unit, card in found}
    inside = {at for unit, _ in found for at in unit}
    return [made.get(at, one) for at, one in enumerate(drawn) if at in made or at not in inside]


def cards(drawn: Sequence[Drawn], page: Box) -> list[tuple[list[int], Drawn]]:
    """Which blocks of a ``page`` belong together, by their places in ``drawn``, and as one."""
    texts = [at for at, one in enumerate(drawn) if _lines(one)]
    if not 4 <= len(texts) <= _MOST_BLOCKS:
        return []
    tables = _tables(drawn, texts, _slack(page))
    inside = {at for table in tables for row in table for at in row}
    texts = [at for at in texts if at not in inside]
    near = _neighbours(drawn, texts, page)
    units = _extended(drawn, _units(drawn, _pairs(drawn, near, page)), near)
    found = []
    for unit in units:
        alike = [[drawn[at] for at in other] for other in units if _alike(drawn[unit[0]], drawn[other[0]])]
        row = all(len(other) == len(unit) and all(map(_is_short, other)) for other in alike)
        found.append((unit, _unit([drawn[at] for at in unit], row=row, steps=_are_steps(alike))))
    return found + [([at for row in table for at in row], _table(drawn, table)) for table in tables]


def _tables(drawn: Sequence[Drawn], texts: Sequence[int], slack: float) -> list[list[list[int]]]:
    """Boxes in three rows and columns or more, whose first row or column is drawn differently, as rows of places.

    Cards stand in rows as well, but further apart than what stands on one of them.
    """
    bands: list[list[int]] = []
    for at in sorted((at for at in texts if not drawn[at].ink), key=lambda at: drawn[at].box.top):
        if bands and abs(drawn[at].box.top - drawn[bands[-1][0]].box.top) <= slack:
            bands[-1].append(at)
        else:
            bands.append([at])
    tables: list[list[list[int]]] = []
    for band in bands:
        row = sorted(band, key=lambda at: drawn[at].box.left)
        if tables and _in_line(drawn, tables[-1][-1], row, slack):
            tables[-1].append(row)
        elif len(row) >= _FEWEST:
            tables.append([row])
    return [table for table in tables if len(table) >= _FEWEST and _is_table(drawn, table, slack)]


def _in_line(drawn: Sequence[Drawn], above: Sequence[int], below: Sequence[int], slack: float) -> bool:
    """Whether two rows have as many boxes, each as wide as the one above it and right below that."""
    return len(above) == len(below) and all(
        abs(drawn[a].box.left - drawn[b].box.left) <= slack
        and abs(drawn[a].box.right - drawn[b].box.right) <= slack
        for a, b in zip(above, below, strict=True)
    )


def _is_table(drawn: Sequence[Drawn], table: Sequence[Sequence[int]], slack: float) -> bool:
    boxes = [[drawn[at].box for at in row] for row in table]
    across = min(right.left - left.right for row in boxes for left, right in pairwise(row))
    down = max(below[0].top - above[0].bottom for above, below in pairwise(boxes))
    looks = [[drawn[at].look for at in row] for row in table]
    inner = {look for row in looks[1:] for look in row[1:]}
    titled = inner.isdisjoint(looks[0][1:]) or inner.isdisjoint(row[0] for row in looks[1:])
    return across <= down + slack and titled and all(_is_short(drawn[at]) for row in table for at in row)


def _table(drawn: Sequence[Drawn], table: Sequence[Sequence[int]]) -> Drawn:
    parts = [drawn[at] for row in table for at in row]
    rows = tuple(tuple("\n".join(_lines(drawn[at])) for at in row) for row in table)
    return Drawn(Block(Box.around([part.box for part in parts]), (Grid(rows),)), inside=parts[0].inside)


def _lines(one: Drawn) -> list[str]:
    """The paragraphs of a block of text alone that says something; else none."""
    pieces = one.block.pieces
    if not all(isinstance(piece, Line) and piece.role == "body" for piece in pieces):
        return []
    lines = [piece.text for piece in pieces if isinstance(piece, Line)]
    return lines if any(character.isalnum() for line in lines for character in line) else []


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two blocks, the first above (``down``) or to the left of the second, and the space between them."""

    first: int
    second: int
    down: bool
    gap: float


def _slack(page: Box) -> float:
    return _SLACK * max(page.right - page.left, page.bottom - page.top)


def _neighbours(drawn: Sequence[Drawn], texts: Sequence[int], page: Box) -> list[_Pair]:
    """Blocks that stand right below or beside each other, in line and nearest to each other that way.

    Letters that were drawn one after the other may stand less close and less in line: centred in a box over text that
    is not.
    """
    across, high, slack = page.right - page.left, page.bottom - page.top, _slack(page)
    near: list[_Pair] = []
    for place, a in enumerate(texts):
        for b in texts:
            if a == b or drawn[a].inside != drawn[b].inside:
                continue
            one, other = drawn[a].box, drawn[b].box
            ink = drawn[a].ink
            following = ink and texts[place + 1 : place + 2] == [b]
            below = _below(one, other, slack, ink, following)
            if below is not None and below <= (_FOLLOWING if following else _ABOVE) * high:
                near.append(_Pair(a, b, True, below))
            right = _below(_turned(one), _turned(other), slack, ink, following)
            if right is not None and right <= (_FOLLOWING if following else _BESIDE) * across:
                near.append(_Pair(a, b, False, right))
    if len(near) > _MOST_NEAR:  # drawn on top of each other
        return []
    boxes = [drawn[at].box for at in texts]
    gaps: dict[tuple[int, int, bool], float] = {}  # the least to any neighbour that way
    for pair in near:
        for key in ((0, pair.first, pair.down), (1, pair.second, pair.down)):
            gaps[key] = min(pair.gap, gaps.get(key, pair.gap))
    return [
        pair
        for pair in near
        if pair.gap <= min(gaps[0, pair.first, pair.down], gaps[1, pair.second, pair.down])
        and not _parted(drawn[pair.first].box, drawn[pair.second].box, boxes)
    ]


def _parted(one: Box, other: Box, boxes: Sequence[Box]) -> bool:
    """Whether the middle of any of ``boxes`` stands between two."""
    both = Box.around([one, other])
    return any(
        both.left < (box.left + box.right) / 2 < both.right
        and both.top < (box.top + box.bottom) / 2 < both.bottom
        for box in boxes
        if box not in (one, other)
    )


def _pairs(drawn: Sequence[Drawn], near: Sequence[_Pair], page: Box) -> list[_Pair]:
    """Neighbours of two kinds of which the first may be a label, found twice or more alike, the clearest first."""
    slack = _slack(page)
    likely = [pair for pair in near if _labels(drawn[pair.first], drawn[pair.second], pair.down)]
    alike = {pair: sum(_same_way(drawn, pair, other, slack) for other in likely) for pair in likely}
    clear = {pair: _drawn_differently(drawn[pair.first], drawn[pair.second], pair.down) for pair in likely}
    found = [pair for pair in likely if alike[pair] > 1]
    return sorted(found, key=lambda pair: (not clear[pair], -alike[pair], pair.gap))


def _turned(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


def _below(one: Box, other: Box, slack: float, ink: bool, following: bool) -> float | None:
    """The space between a box and one that stands right below it, in line with it; None where it does not."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    widths = one.right - one.left, other.right - other.left
    shift = other.left - one.left, other.right - one.right
    in_line = following or min(abs(shift[0]), abs(sum(shift)) / 2) <= slack
    enough = shared >= _SHARED * (min(widths) if ink else max(widths))
    lower = min(one.bottom - one.top, other.bottom - other.top)
    gap = other.top - one.bottom
    further = other.top > one.top and other.bottom > one.bottom
    return gap if in_line and enough and further and gap >= -_OVER * lower else None


def _labels(one: Drawn, other: Drawn, down: bool) -> bool:
    """Whether the first of two boxes may be a label of the second, or a figure over what it counts."""
    lines = _lines(one)
    text = lines[0]
    if len(lines) > 1 or len(text) > _LONGEST_LABEL or SENTENCE_END.search(text) or _bulleted(text):
        return False
    if text.strip("().．（）").isdecimal() and len(text) < 3:  # the number of a step, no label
        return False
    # Figures beside words of one look are columns of a table, which is found otherwise.
    return _drawn_differently(one, other, down) or (
        _is_value(one) != _is_value(other) and (down or not one.ink)
    )


def _bulleted(text: str) -> bool:
    """Whether a text begins with the glyph of a list item; numbers stand before titles as well."""
    rank = bullet_rank(text)
    return bool(rank) and rank not in ("circled", "number", "letter")


def _drawn_differently(one: Drawn, other: Drawn, down: bool) -> bool:
    a, b = one.look, other.look
    extents = [box.bottom - box.top if down else box.right - box.left for box in (one.box, other.box)]
    return (
        a.filled != b.filled
        or a.bold != b.bold
        or a.colour != b.colour
        or (a.size > 0 < b.size and _ratio(a.size, b.size) > _OTHER_LETTERS)
        or (not one.ink and _ratio(*extents) > _OTHER_SIZE)
    )


def _ratio(a: float, b: float) -> float:
    return max(a, b) / max(min(a, b), 1e-9)


def _is_value(one: Drawn) -> bool:
    """Whether a box holds but a figure with its unit."""
    lines = _lines(one)
    return len(lines) == 1 and not bullet_rank(lines[0]) and is_figure(lines[0].replace(" ", ""))


def _same_way(drawn: Sequence[Drawn], pair: _Pair, other: _Pair, slack: float) -> bool:
    """Whether two pairs are drawn alike: first boxes of one size, second ones at one place beside them."""
    if pair.down != other.down:
        return False
    (a, b), (c, d) = ((drawn[p.first], drawn[p.second]) for p in (pair, other))
    if a.ink:
        if a.look != c.look or b.look.size != d.look.size:
            return False
        places = [_offsets(one.box, next_.box) for one, next_ in ((a, b), (c, d))]
        return all(
            any(abs(x - y) <= slack for x, y in zip(*axis, strict=True)) for axis in zip(*places, strict=True)
        )
    measures = [
        (box.right - box.left, box.bottom - box.top, next_.left - box.left, next_.top - box.top)
        for box, next_ in ((a.box, b.box), (c.box, d.box))
    ]
    return all(abs(x - y) <= slack for x, y in zip(*measures, strict=True))


def _offsets(one: Box, other: Box) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How far the second of two texts stands from the first, across and down the page, by their edges and middles."""
    return (
        (other.left - one.left, (other.left + other.right - one.left - one.right) / 2),
        (other.top - one.bottom, other.top - one.top, (other.top + other.bottom - one.top - one.bottom) / 2),
    )


def _units(drawn: Sequence[Drawn], pairs: Sequence[_Pair]) -> list[list[int]]:
    """Chains of ``pairs``, in their order; a block is of one unit, and no unit has two blocks of one kind."""
    ways: dict[int, bool] = {}
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for pair in pairs:
        a, b = pair.first, pair.second
        if (
            a in after
            or b in before
            or ways.get(a, pair.down) != pair.down
            or ways.get(b, pair.down) != pair.down
        ):
            continue
        chain = [*_chain(a, before)[::-1], *_chain(b, after)]
        if any(_one_kind(drawn[i], drawn[j]) for n, i in enumerate(chain) for j in chain[n + 1 :]):
            continue
        ways[a] = ways[b] = pair.down
        after[a], before[b] = b, a
    return [_chain(at, after) for at in after if at not in before]


def _extended(
    drawn: Sequence[Drawn], units: Sequence[Sequence[int]], near: Sequence[_Pair]
) -> list[list[int]]:
    """The units, each with what stands below its last block in line and drawn like it, if most have such.

    Where but one of many has, it is a remark.
    """
    used = {at for unit in units for at in unit}
    below = {pair.first: pair for pair in near if pair.down}
    found = []
    for unit in units:
        whole = list(unit)
        inner = [pair for pair in near if pair.first in unit and pair.second in unit]
        widest = max((pair.gap for pair in inner), default=0.0)
        if not any(pair.down for pair in inner):
            found.append(whole)
            continue
        while (pair := below.get(whole[-1])) is not None and pair.second not in used:
            one, other = drawn[pair.first], drawn[pair.second]
            if one.look != other.look or pair.gap > widest or not (one.ink or _one_width(one.box, other.box)):
                break
            whole.append(pair.second)
            used.add(pair.second)
        found.append(whole)
    more = sum(len(whole) > len(unit) for whole, unit in zip(found, units, strict=True))
    return found if 2 * more >= len(units) else [list(unit) for unit in units]


def _chain(at: int, links: dict[int, int]) -> list[int]:
    found = [at]
    while found[-1] in links:
        found.append(links[found[-1]])
    return found


def _one_kind(one: Drawn, other: Drawn) -> bool:
    return _alike(one, other) and one.look == other.look and _is_value(one) == _is_value(other)


def _alike(one: Drawn, other: Drawn) -> bool:
    """Whether two boxes are of one size; of letters alone nobody can say."""
    return one.ink or (_one_width(one.box, other.box) and _one_width(_turned(one.box), _turned(other.box)))


def _one_width(a: Box, b: Box) -> bool:
    return _ratio(a.right - a.left, b.right - b.left) < _SAME_SIZE


def _is_short(one: Drawn) -> bool:
    lines = [line for paragraph in _lines(one) for line in paragraph.split("\n")]
    return len(lines) <= _MOST_LINES and sum(map(len, lines)) <= _LONGEST_CELL


def _are_steps(units: Sequence[Sequence[Drawn]]) -> bool:
    """Whether the numbers that the units begin with count them: 1 Plan, 2 Do, 3 Check."""
    found = [_NUMBER.match(_lines(unit[0])[0]) for unit in units]
    numbers = sorted(int(match.group()) for match in found if match)
    return (
        len(numbers) == len(units) > 1
        and numbers[0] < 2
        and numbers == list(range(numbers[0], numbers[0] + len(units)))
    )


def _unit(parts: Sequence[Drawn], *, row: bool, steps: bool) -> Drawn:
    """Boxes that belong together as one block: the cells of a ``row``, or a title and its text.

    In a row what a figure is of comes before it, as in a table. One without a unit counts what stands below and is read with it
    (500億 | トークン), and numbers of ``steps`` are none.
    """
    pieces: tuple[Piece, ...]
    if row:
        texts = [_lines(part) for part in parts]
        bare = _BARE.search(texts[0][0]) is not None
        if not steps and not bare and _is_value(parts[0]) and not _is_value(parts[1]):
            texts[:2] = texts[1], texts[0]
        pieces = (Grid((tuple("\n".join(lines) for lines in texts),)),)
    else:
        title, *rest = (piece for part in parts for piece in part.block.pieces if isinstance(piece, Line))
        pieces = (title, *(replace(line, level=line.level + 1) for line in rest))
    return Drawn(Block(Box.around([part.box for part in parts]), pieces), inside=parts[0].inside)
