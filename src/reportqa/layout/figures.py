"""Rows of a flattened table told by their figures: a label of any words, figures, perhaps a remark.

Exports part cells by single spaces, and words of a label as well; so rows of one table have different numbers of fields.
What they share is the number of figures that stand together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reportqa.layout.marks import Line, fields_of, has_letters, is_cellular, text_of, width
from reportqa.types import Span

_FIGURE = re.compile(
    r"[△▲±+\-−~約]?[$¥€£]?\d[\d,.:/]*(?:[〜~–-]\d[\d,.:]*)?(?:[%‰]|[^\W\d_]{1,3})?$|[—―–]$|N/A$"
)
# How the rest of a header's cell begins, the surest first: a bracket, a small letter, a figure, or it is but one sign.
_RESTS = tuple(map(re.compile, (r"[（(]", r"[a-z&]", r"\d", r"\S[）)]?$")))
_FEWEST_ROWS = 3
_FEWEST_FIGURES = 2
_MOST_FIGURES = 40
_LABEL = 48  # half-width columns of a row's label, at most
_TAIL = 12  # of the rest of a label whose beginning stands on the lines above
_WRAPPED = 3  # lines above that may belong to a label


@dataclass(frozen=True, slots=True)
class Row:
    """Lines ``first`` to ``last`` (inclusive): the label, the figures, and what stands behind them (may be empty).

    ``counted``: the label is a figure itself, a year say; ``more``: it ends in one that might be a cell.
    """

    first: int
    last: int
    label: Span
    figures: tuple[Span, ...]
    remark: Span
    counted: bool
    more: bool

    @property
    def cells(self) -> tuple[Span, ...]:
        """From left to right."""
        return (self.label, *self.figures, self.remark)


def is_figure(word: str) -> bool:
    """Whether a word is a figure with its sign and unit, a range of them, or what stands for a missing one."""
    return _FIGURE.match(unicodedata.normalize("NFKC", word)) is not None


def figure_rows(lines: Sequence[Line]) -> list[tuple[tuple[tuple[Span, ...], ...], int, int]]:
    """Tables as rows of cells with their first line and the one behind the last: three rows and two figures or more.

    The line above the first row is its header where it has as many fields, or more of which some look like the rest of the
    one before; a header whose fields cannot be told apart stands whole in the first cell.
    """
    found = []
    runs = [_longest_run(line) for line in lines]
    at = 0
    while at < len(lines):
        counts = range(min(len(runs[at]), _MOST_FIGURES), _FEWEST_FIGURES - 1, -1)
        tables = (_table(lines, runs, at, count) for count in counts)
        rows = next((table for table in tables if len(table) >= _FEWEST_ROWS), None)
        if rows is None:
            at += 1
            continue
        cells = [row.cells for row in rows]
        if all(row.remark[0] == row.remark[1] for row in rows):
            cells = [row[:-1] for row in cells]
        header = _header(lines, rows[0].first - 1, len(cells[0]))
        found.append(
            (tuple([header, *cells] if header else cells), rows[0].first - bool(header), rows[-1].last + 1)
        )
        at = rows[-1].last + 1
    return found


def _table(lines: Sequence[Line], runs: Sequence[tuple[Span, ...]], begin: int, count: int) -> list[Row]:
    """The rows from line ``begin`` on that hold ``count`` of the figures ``runs`` side by side.

    A line with fewer ends the table: it is a row that lacks one, and no beginning of a label.
    """
    rows: list[Row] = []
    pending: list[int] = []
    for at in range(begin, len(lines)):
        if not _cellular(lines[at]) or (at > begin and lines[at].gap > 1):
            break
        row = _row(lines, runs[at], at, pending, count)
        if row:
            rows.append(row)
            pending = []
        elif not rows or len(pending) == _WRAPPED or len(runs[at]) >= _FEWEST_FIGURES:
            break
        else:
            pending.append(at)
    # Where most rows have one figure more, it is a cell, but for a column of years.
    return [] if 2 * sum(row.more and not row.counted for row in rows) > len(rows) else rows


def _row(
    lines: Sequence[Line], run: tuple[Span, ...], at: int, above: Sequence[int], count: int
) -> Row | None:
    """The line, with the lines ``above`` for the beginning of its label, as a row; None where it is none.

    A figure too many belongs to the label: マイコン 40nm 52 39.
    """
    line = lines[at]
    if len(run) < count:
        return None
    figures = run[len(run) - count :]
    before = line.text[: figures[0][0] - line.start].rstrip()
    behind = line.text[figures[-1][1] - line.start :].lstrip()
    if not (before or above) or width(before) > (_TAIL if above else _LABEL):
        return None
    start = lines[above[0]].start if above else line.start
    end = line.start + len(before) if before else lines[above[-1]].end
    return Row(
        above[0] if above else at,
        at,
        (start, end),
        figures,
        (line.end - len(behind), line.end),
        counted=not above and len(run) > count and run[0][0] == line.start,
        more=len(run) > count,
    )


def _longest_run(line: Line) -> tuple[Span, ...]:
    """The longest stretch of figures in the line, of several the last."""
    words = fields_of(line)
    best = first = 0, 0
    for at, word in enumerate(words):
        figure = is_figure(text_of(line, word))
        first = (first[0] if first[1] == at else at, at + 1) if figure else (0, 0)
        best = first if figure and first[1] - first[0] >= best[1] - best[0] else best
    return words[slice(*best)]


def _cellular(line: Line) -> bool:
    return "\t" not in line.text and is_cellular(line.text)


def _header(lines: Sequence[Line], at: int, columns: int) -> tuple[Span, ...]:
    """The cells of the header in line ``at``; empty where that line is none."""
    if at < 1 or not _cellular(lines[at]) or lines[at + 1].gap > 1:  # the first line is the headline
        return ()
    line = lines[at]
    cells = fields_of(line)
    if not has_letters(line.text) or len(cells) < columns:
        return ()
    for rest in _RESTS:
        if len(cells) > columns:
            cells = _with_rests(line, cells, rest)
    if len(cells) == columns:
        return cells
    return ((line.start, line.end), *[(line.end, line.end)] * (columns - 1))


def _with_rests(line: Line, words: Sequence[Span], rest: re.Pattern[str]) -> tuple[Span, ...]:
    """The words, those that are the rest of the one before joined to it; so is what stands in open brackets."""
    joined: list[Span] = []
    depth = 0
    for word in words:
        text = text_of(line, word)
        if joined and (depth > 0 or rest.match(text)):
            joined[-1] = (joined[-1][0], word[1])
        else:
            joined.append(word)
        depth += len(re.findall(r"[（(]", text)) - len(re.findall(r"[）)]", text))
    return tuple(joined)
