"""Tables of a PDF page that no lines are ruled around: cells drawn row by row that stand in columns.

Programs that write slides draw a table cell by cell, row after row. So a table is a stretch of the page's
content in which each piece of text continues the cell above it, stands to the right of it in the same
row, or begins the next row further left; and whose rows agree in their columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from reportqa.layout.figures import is_figure
from reportqa.layout.marks import bullet_rank, is_aside
from reportqa.readers.blocks import Box
from reportqa.readers.pdf_glyphs import Chunk, Gap, Glyph, join_glyphs
from reportqa.readers.pdf_tables import Grid, cell_of

_CELLS = Gap(0.6, 0.5)  # what parts two cells; a word is parted by less
_LEADING = 1.0  # ems of empty space between two lines of one cell, at most
_SLACK = 0.35  # ems by which rows and columns may overlap: boxes of glyphs are taller than their ink
_INDENT = 1.6  # ems by which a line of a cell may stand in or out
_AIRY = 5.0  # ems between the first two rows, at most
_SAME_SIZE = 0.75  # text of two rows differs in size by no more than this ratio
_FEWEST_ROWS = 3
_MOST_ROWS = 120
_MOST_COLUMNS = 40
_FILLED = 0.5  # of its rows in which each column must say something
_FULL = 8.0  # ems: a line shorter than this is no line of a wrapped text
_PROSE = 15.0  # ems: lines this long in more than one column are columns of text

_Across = tuple[float, float]


@dataclass(slots=True)
class _Cell:
    """Lines below each other."""

    lines: list[Chunk]
    box: Box

    def add(self, line: Chunk) -> None:
        self.lines.append(line)
        self.box = Box.around([self.box, line.box])


@dataclass(slots=True)
class _Row:
    """Cells from left to right.

    ``above`` is where the row before ends, ``ends`` where this one does: a label at its left that stands for the next
    rows as well may reach further down.
    """

    cells: list[_Cell]
    above: float = float("-inf")
    ends: float = float("inf")

    @property
    def box(self) -> Box:
        """Around the cells that stand in this row alone."""
        return Box.around([c.box for c in self.cells if c.box.bottom <= self.ends] or [self.cells[-1].box])


@dataclass(slots=True)
class _Table:
    columns: list[_Across] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


def find_aligned(glyphs: Sequence[Glyph], ruled: Sequence[Grid]) -> list[Grid]:
    """The tables without ruled cells, as cells; what stands in ``ruled`` tables is left alone.

    A table has three rows and two columns or more, every row has text in two columns or more that lines up with what
    stands above, at most one column holds prose, its first column is not list marks, and no other text of the page
    stands inside it.
    """
    free = [glyph for glyph in glyphs if cell_of(ruled, glyph) is None]
    pieces = join_glyphs(free, [None] * len(free), _CELLS)
    tables = [_without_text_beside(table) for table in _tables(_rows(pieces))]
    return [_grid(table) for table in tables if _plausible(table) and _alone(table, pieces)]


def _rows(pieces: Sequence[Chunk]) -> list[list[_Row]]:
    """Stretches of rows below each other, in the order of the content."""
    stretches: list[list[_Row]] = []
    for piece in pieces:
        new = _Cell([piece], piece.box)
        if not stretches:
            stretches.append([_Row([new])])
            continue
        row = stretches[-1][-1]
        slack = _SLACK * min(piece.size, row.cells[-1].lines[-1].size)
        # What stands to the left of the piece may be a label for several rows, or a text beside the table.
        reached = [cell.box.bottom for cell in row.cells if cell.box.right > piece.box.left + slack]
        if _continues(row, piece):
            row.cells[-1].add(piece)
        elif not reached and piece.box.top > row.above - slack and piece.box.top < row.box.bottom:
            row.cells.append(new)
        elif reached and piece.box.top > max(reached) - slack:
            row.ends = max(reached)
            stretches[-1].append(_Row([new], row.ends))
        else:
            stretches.append([_Row([new])])
    return stretches


def _continues(row: _Row, piece: Chunk) -> bool:
    """Whether the piece is the next line of the row's last cell."""
    cell = row.cells[-1]
    last = cell.lines[-1]
    em = max(last.size, piece.size)
    before = row.cells[-2].box.right if len(row.cells) > 1 else float("-inf")
    return (
        min(last.size, piece.size) > 0.85 * em
        and piece.box.left > before - _SLACK * em
        and piece.box.top > last.box.top + 0.3 * em
        and piece.box.top - last.box.bottom < _LEADING * em
        and (_aligned(last.box, piece.box, em) or abs(last.box.left - piece.box.left) < _INDENT * em)
    )


def _aligned(one: Box, other: Box, em: float) -> bool:
    """Whether two boxes begin, end or are centred at the same place across the page."""
    left, right = one.left - other.left, one.right - other.right
    return min(abs(left), abs(right), abs(left + right) / 2) < 0.5 * em


def _tables(stretches: Sequence[Sequence[_Row]]) -> list[_Table]:
    """The longest runs of rows that agree in their columns."""
    found = []
    for stretch in stretches:
        table = _Table()
        for row in stretch:
            columns = _extended(table, row)
            if columns is None:
                found.append(table)
                table = _Table()
                columns = _spans(row.cells)
            if len(columns) > 1:
                table.columns = columns
                table.rows.append(row)
        found.append(table)
    return [table for table in found if table.rows]


def _take_title_off(row: _Row) -> None:
    """Leave of a first cell only its last line where all others begin beside that: what stands above is a title."""
    first, *others = row.cells
    last = first.lines[-1]
    if others and len(first.lines) > 1 and all(c.box.top > last.box.top - _SLACK * last.size for c in others):
        first.lines = [last]
        first.box = last.box


def _spans(cells: Sequence[_Cell]) -> list[_Across]:
    return [(cell.box.left, cell.box.right) for cell in cells]


def _extended(table: _Table, row: _Row) -> list[_Across] | None:
    """The table's columns with ``row`` below its rows; None where that is not one more row of it.

    A text beside the first row may have been drawn before it; it is taken off where the next row shows it.
    """
    sizes = sorted(one.cells[-1].lines[0].size for one in (*table.rows[-1:], row))
    if len(row.cells) < 2 or len(table.rows) == _MOST_ROWS or is_aside(row.cells[0].lines[0].text):
        return None
    if sizes[0] < _SAME_SIZE * sizes[-1] or not _near(table.rows, row):
        return None
    columns = _joined(table.columns, row)
    if len(table.rows) == 1 and (columns is None or len(columns) > max(len(table.columns), len(row.cells))):
        columns = _matched_from_last(table.rows[0], row) or columns
    if columns is None or len(table.rows) < 2:
        return columns
    above = _by_column(columns, table.rows)
    em = row.cells[0].lines[0].size
    for column, cell in zip(_places(columns, row), row.cells, strict=True):
        if above[column] and not any(_alike(cell, other, em) for other in above[column]):
            return None
    return columns


def _matched_from_last(first: _Row, second: _Row) -> list[_Across] | None:
    """The columns of two rows where the shorter one's cells are the last of the longer one's; None where they are not.

    A first row that is longer begins with a text beside the table, which is taken off it; one that is shorter is a
    header with nothing over the labels.
    """
    if len(first.cells) > len(second.cells):
        last = first.cells[-len(second.cells) :]
        together = _joined(_spans(last), second)
        if together is not None:
            first.cells = last
        return together
    labels = len(second.cells) - len(first.cells)
    over = _joined(_spans(first.cells), _Row(second.cells[labels:]))
    columns = [*_spans(second.cells[:labels]), *(over or ())]
    return columns if over and _apart(columns) else None


def _alike(cell: _Cell, other: _Cell, em: float) -> bool:
    """Whether two cells of a column line up, or both are figures, which may stand at the ends of bars."""
    return _aligned(cell.box, other.box, em) or all(is_figure(c.lines[0].text) for c in (cell, other))


def _near(rows: Sequence[_Row], row: _Row) -> bool:
    """Whether a row stands no further below those before it than these do from each other."""
    gaps = [below.box.top - above.box.bottom for above, below in pairwise([*rows, row])]
    em = row.cells[0].lines[0].size
    if len(gaps) < 2:
        return not gaps or gaps[0] <= _AIRY * em
    return gaps[-1] <= 1.3 * max(gaps[:-1]) + 0.5 * em


def _joined(columns: Sequence[_Across], row: _Row) -> list[_Across] | None:
    """The columns with the row's cells among them; None where a cell would stand in two."""
    spans = _spans(row.cells)
    if not columns:
        return spans
    if len(spans) == len(columns):
        pairs = zip(columns, spans, strict=True)
        together = [(min(a, c), max(b, d)) for (a, b), (c, d) in pairs]
        if _apart(together):
            return together
    grown = list(columns)
    new = []
    met: set[int] = set()
    for span in spans:
        meets = [at for at, column in enumerate(columns) if span[0] < column[1] and column[0] < span[1]]
        if len(meets) > 1 or met & {*meets}:
            return None
        met |= {*meets}
        for at in meets:
            grown[at] = (min(columns[at][0], span[0]), max(columns[at][1], span[1]))
        new += [] if meets else [span]
    merged = sorted([*grown, *new])
    return merged if _apart(merged) else None


def _apart(columns: Sequence[_Across]) -> bool:
    return all(left[1] <= right[0] for left, right in pairwise(columns))


def _places(columns: Sequence[_Across], row: _Row) -> list[int]:
    """The column of each cell of a row."""
    if len(row.cells) == len(columns):
        return list(range(len(columns)))
    return [
        next(at for at, (a, b) in enumerate(columns) if a <= cell.box.left and cell.box.right <= b)
        for cell in row.cells
    ]


def _by_column(columns: Sequence[_Across], rows: Sequence[_Row]) -> list[list[_Cell]]:
    """The cells of each column, from top to bottom."""
    cells: list[list[_Cell]] = [[] for _ in columns]
    for row in rows:
        for column, cell in zip(_places(columns, row), row.cells, strict=True):
            cells[column].append(cell)
    return cells


def _without_text_beside(table: _Table) -> _Table:
    """The table without a first column that only its first row has: a text beside it, drawn before it.

    What is left of that row may be no row but the table's title.
    """
    while len(table.rows) > 1 and all(_places(table.columns, row)[0] > 0 for row in table.rows[1:]):
        table.columns = table.columns[1:]
        table.rows[0].cells = table.rows[0].cells[1:]
    if len(table.rows[0].cells) < 2:
        del table.rows[0]
    else:
        _take_title_off(table.rows[0])
    return table


def _plausible(table: _Table) -> bool:
    if len(table.rows) < _FEWEST_ROWS or not 2 <= len(table.columns) <= _MOST_COLUMNS:
        return False
    cells = _by_column(table.columns, table.rows)
    # The labels of a first column may stand for several rows each.
    least = [
        2 if not column and len(cells) > 2 else _FILLED * len(table.rows) for column in range(len(cells))
    ]
    if any(len(inside) < few for inside, few in zip(cells, least, strict=True)):
        return False
    widths = [
        median(max((line.box.right - line.box.left) / line.size for line in cell.lines) for cell in inside)
        for inside in cells
    ]
    prose = sum(width >= _PROSE or _set_full(inside) for width, inside in zip(widths, cells, strict=True))
    if prose > 1:
        return False
    return len(cells) > 2 or sum(_is_item(c.lines[0].text) for c in cells[0]) < 0.5 * len(cells[0])


def _set_full(cells: Sequence[_Cell]) -> bool:
    """Whether most of a column's lines fill it, as those of a wrapped text do and cells do not."""
    widths = [line.box.right - line.box.left for cell in cells for line in cell.lines]
    full = sum(width > 0.85 * max(widths) for width in widths)
    figures = sum(is_figure(cell.lines[0].text) for cell in cells)
    return max(widths) >= _FULL * cells[0].lines[0].size and full >= 0.7 * len(widths) and not figures


def _is_item(text: str) -> bool:
    """Whether a cell begins the item of a list, or is the number that stands beside one."""
    return bool(bullet_rank(text + " x")) or (len(text) <= 3 and text.strip("().（）．").isdecimal())


def _alone(table: _Table, pieces: Sequence[Chunk]) -> bool:
    """Whether nothing but the table's own cells stands inside its outline."""
    own = {id(line) for row in table.rows for cell in row.cells for line in cell.lines}
    outline = Box.around([cell.box for row in table.rows for cell in row.cells])
    return not any(
        outline.left < (piece.box.left + piece.box.right) / 2 < outline.right
        and outline.top < (piece.box.top + piece.box.bottom) / 2 < outline.bottom
        for piece in pieces
        if id(piece) not in own
    )


def _grid(table: _Table) -> Grid:
    """Cells that touch, cut midway between rows and columns; a label that stands lower than its row spans the next."""
    whole = Box.around([cell.box for row in table.rows for cell in row.cells])
    rows = [row.box for row in table.rows]
    levels = [whole.top - 1, *((a.bottom + b.top) / 2 for a, b in pairwise(rows)), whole.bottom + 1]
    between = [(left[1] + right[0]) / 2 for left, right in pairwise(table.columns)]
    edges = [whole.left - 1, *between, whole.right + 1]
    grid: list[list[Box | None]] = [
        [Box(left, top, right, bottom) for left, right in pairwise(edges)] for top, bottom in pairwise(levels)
    ]
    filled = [_places(table.columns, row) for row in table.rows]
    for at, row in enumerate(table.rows):
        for column, cell in zip(filled[at], row.cells, strict=True):
            last = at
            while cell.box.bottom > row.ends and last + 1 < len(grid) and column not in filled[last + 1]:
                last += 1
                grid[last][column] = None
            grid[at][column] = Box(edges[column], levels[at], edges[column + 1], levels[last + 1])
    return tuple(map(tuple, grid))
