"""What a table says about its cells: the column a question asks for, the row with the largest or least."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import Fragment, fragments, header_row
from reportqa.answer.question import Question
from reportqa.answer.words import holds, text_terms
from reportqa.text import fold, fold_variants
from reportqa.types import Region, Slide, Span

_LARGEST = re.compile(
    fold_variants(
        r"(?:最も|一番|いちばん)(?:高|多|大|長|速|新)|最高|最大|最多|最長|トップ|首位|most expensive|highest|largest|most\b|biggest|maximum|最贵|最高|最多|最大"
    )
)
_SMALLEST = re.compile(
    fold_variants(
        r"(?:最も|一番|いちばん)(?:安|少|低|小|短|古)|最安|最低|最小|最少|最短|cheapest|lowest|least\b|smallest|minimum|fewest|最便宜|最低|最少|最小"
    )
)
_FREE = ("無料", "無償", "free", "免费")


def is_category(slide: Slide, table: Region, place: int) -> bool:
    """Whether a column repeats its values (国: 米国, 中国): it sorts the rows and seldom answers."""
    text = slide.text
    values = [text[row[place][0] : row[place][1]] for row in table.rows if place < len(row)]
    return len(values) > 3 and len(set(values)) <= len(values) / 2


def extreme_row(question: Question, evidence: Sequence[Evidence]) -> tuple[Fragment, Span] | None:
    """The row with the largest or smallest figure of the column asked about, and its answering cell.

    "Which model is cheapest?" is answered by the row's label, "what is the lowest price?" by the figure.
    """
    folded = fold(question.text)
    largest, smallest = bool(_LARGEST.search(folded)), bool(_SMALLEST.search(folded))
    if largest == smallest:
        return None
    for piece in evidence[:12]:
        fragment = piece.fragment
        table = fragment.slide.regions[fragment.region]
        if len(table.rows) < 3 or not header_row(fragment.slide, table):
            continue
        column = _figure_column(question, fragment, table)
        if column is None:
            continue
        figures = []
        for number, row in enumerate(table.rows[1:], start=1):
            value = (
                _figure(fragment.slide.text[row[column][0] : row[column][1]]) if column < len(row) else None
            )
            wanted = _filtered(question, fragment, row, table)
            if value is not None and wanted:
                figures.append((value, number))
        if len(figures) >= 2:
            _, number = max(figures, key=lambda f: (f[0], -f[1])) if largest else min(figures)
            row = table.rows[number]
            spans = tuple(span for span in row if span[0] < span[1])
            same = [f for f in fragments(fragment.slide) if f.region == fragment.region and f.kind == "row"]
            found = next(f for f in same if set(f.spans) <= set(spans))
            return found, row[_extreme_cell(folded, fragment, table, row, column)]
    return None


def _extreme_cell(asked: str, fragment: Fragment, table: Region, row: tuple[Span, ...], column: int) -> int:
    """The figure when the question's last words name its column, else the label the question names."""
    text = fragment.slide.text
    found = _LARGEST.search(asked) or _SMALLEST.search(asked)
    tail = asked[found.end() :] if found else asked
    headers = [fold(text[start:end]).strip() for start, end in table.rows[0]]
    if headers[column] and text_terms(headers[column]) & text_terms(tail):
        return column
    labels = [
        place
        for place in range(len(row))
        if place != column and _figure(text[row[place][0] : row[place][1]]) is None
    ]
    named = [
        place for place in labels if place < len(headers) and text_terms(headers[place]) & text_terms(asked)
    ]
    return (named or labels or [column])[0]


def column_fit(question: Question, title: str) -> float:
    """How many of the question's words a column's title says, twice."""
    if not title:
        return 0.0
    return 2.0 * sum(
        holds(term, title) or (len(term) > 1 and fold(title).strip() in term) for term in question.terms
    )


def _figure_column(question: Question, fragment: Fragment, table: Region) -> int | None:
    """The column of figures whose header the question names, or the only one there is."""
    text = fragment.slide.text
    width = len(table.rows[0])
    columns = []
    for place in range(width):
        cells = [text[row[place][0] : row[place][1]] for row in table.rows[1:] if place < len(row)]
        values = [_figure(cell) for cell in cells]
        if cells and sum(value is not None for value in values) >= 0.7 * len(cells):
            header = text[table.rows[0][place][0] : table.rows[0][place][1]]
            columns.append((column_fit(question, header), -place, place))
    if not columns:
        return None
    fit, _, place = max(columns)
    return place if fit > 0 or len(columns) == 1 or question.expected in ("money", "any") else None


def _filtered(question: Question, fragment: Fragment, row: tuple[Span, ...], table: Region) -> bool:
    """Whether the row has the category value the question names, if it names one of the table's."""
    text = fragment.slide.text
    for place in range(len(table.rows[0])):
        values = [fold(text[r[place][0] : r[place][1]]).strip() for r in table.rows[1:] if place < len(r)]
        # A column that repeats its values holds categories (米国, 中国); the question may name one.
        if len(set(values)) <= len(values) / 2:
            named = {value for value in values if value and value in question.terms}
            if named and place < len(row) and fold(text[row[place][0] : row[place][1]]).strip() not in named:
                return False
    return True


def _figure(cell: str) -> float | None:
    folded = fold(cell).strip()
    if any(word in folded for word in _FREE):
        return 0.0
    match = re.fullmatch(r"[^\d]{0,3}(\d[\d,]*(?:\.\d+)?)[^\d]{0,6}", folded)
    return float(match.group(1).replace(",", "")) if match else None
