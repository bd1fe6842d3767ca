"""What a table says about its cells: the column a question asks for, the row with the largest or least."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import Fragment, fragments, header_row
from reportqa.answer.question import Question
from reportqa.answer.words import holds, text_terms
from reportqa.dates import mentions
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants
from reportqa.types import Region, Slide, Span

_LARGEST = re.compile(
    fold_variants(
        r"(?:最も|もっとも|一番|いちばん)[^、。?]{0,14}?(?:高|多|大き|大きな|長|速|新し|伸び|増え)|最高(?!裁|[^、。?]{0,6}責任者)|最大|最多|最長|トップ|首位"
        r"|\bmost\b|highest|largest|biggest|greatest|longest|fastest|newest|maximum|最(?:贵|高|多|大|长|快|新)"
    )
)
_SMALLEST = re.compile(
    fold_variants(
        r"(?:最も|もっとも|一番|いちばん)[^、。?]{0,14}?(?:安|少|低|小さ|短|古|減)|最安|最低|最小|最少|最短"
        r"|cheapest|lowest|\bleast\b|smallest|fewest|shortest|slowest|minimum|最(?:便宜|低|少|小|短|慢)"
    )
)
_TOTAL = re.compile(
    fold_variants(
        r"(?:合計|総計|小計|合计|总计)(?:\W|$)|^(?:計|全体|平均|総数|总数)(?:\W|$)"
        r"|^(?:grand |sub)?(?:totals?|averages?|overall)(?:\s*[(:\d].*)?$"
    )
)
_RANK = re.compile(fold_variants(r"(?:順位|ランキング|\brank(?:ing)?|排名|名次)\s*(?:\(.*\))?$"))
_HIGH = re.compile(fold_variants(r"高|低|トップ|首位|\bbest|\bhighest|\blowest|\bworst"))
_WHICH = re.compile(r"(?:in |at |to |for )?(?:which|who|where)\b")
_LOSS = re.compile(r"[△▲−-]")
_LOOKED = 12  # pieces of evidence, for tables of the first slide
_CLEARLY = 0.05  # by which one title is nearer to the question than any other
_FREE = ("無料", "無償", "free", "免费")
_TOKEN = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|[ァ-ヴー]+|[ぁ-ん]+|[一-鿿々〇]+|[^\W\d_]+")
_ARTICLE = "a"


def named(question: Question, texts: Sequence[str]) -> list[float]:
    """How much more of each text the question says than of any other: −1 to 1, 0 for all where it says none.

    Only the tokens that tell the texts apart count: of スコープ1, スコープ2 and スコープ3 the figures. A date is one.
    """
    asked = fold(question.text)
    words = {*_tokens(asked)} - ({_ARTICLE} if question.language == "en" else set())
    dated = mentions(asked)
    exact = frozenset(mention.terms[0] for mention in dated)
    words.update(term for mention in dated for term in mention.terms)
    tokens = [_tokens(fold(text), exact) for text in texts]
    filled = [own for own in tokens if own]
    common = frozenset.intersection(*filled) if len(filled) > 1 else frozenset()
    said = [
        sum(token in words or (len(token) > 1 and not token.isascii() and token in asked) for token in own)
        / len(own)
        if (own := each - common)
        else 0.0
        for each in tokens
    ]
    return _ahead(said)


def _tokens(folded: str, asked: frozenset[str] = frozenset()) -> frozenset[str]:
    """The tokens of a text; a date is the one asked for if it lies in it, else what it is known by most exactly."""
    at, found = 0, []
    for start, end, terms in mentions(folded):
        found += _TOKEN.findall(folded[at:start])
        found.append(next((term for term in terms if term in asked), terms[0]))
        at = end
    return frozenset([*found, *_TOKEN.findall(folded[at:])])


def _ahead(values: Sequence[float]) -> list[float]:
    """How far each value is ahead of the best of the others (0 where there are none); negative behind it."""
    best, second = [*sorted(values, reverse=True), 0.0, 0.0][:2]
    return [value - (second if value == best else best) for value in values]


class Told(NamedTuple):
    """What a question says of a table: for each row and column how it is ``named``, and how much nearer it is in meaning
    than any other; zeros for the header row. ``columns`` are those of the header, none without one.
    """

    rows: tuple[tuple[float, float], ...]
    columns: tuple[tuple[float, float], ...]


def told(question: Question, slide: Slide, region: int, retriever: HybridRetriever) -> Told:
    """What the question says of the rows of a table, by whatever column of words tells most, and of its columns."""
    header, worded = _worded(slide, region)
    near = _nearer(question, [" ".join(words) for words in zip(*worded, strict=True)], retriever)
    rows = zip(rows_named(question, slide, region), [0.0] * bool(header) + near, strict=True)
    titles = [slide.text[slice(*cell)] for cell in header]
    columns = zip(named(question, titles), _nearer(question, titles, retriever), strict=True)
    return Told(tuple(rows), tuple(columns))


@lru_cache(maxsize=64)  # asked for row by row; no retriever among what it keeps
def rows_named(question: Question, slide: Slide, region: int) -> tuple[float, ...]:
    """How each row of a table is ``named``, by whatever column of words tells most; 0 for the header."""
    header, worded = _worded(slide, region)
    by_column = [named(question, column) for column in worded]
    return (*[0.0] * bool(header), *(max(values) for values in zip(*by_column, strict=True)))


def _worded(slide: Slide, region: int) -> tuple[tuple[Span, ...], list[list[str]]]:
    """The header of a table, and below it the first column and every other that holds more than figures."""
    table = slide.regions[region]
    header = header_row(slide, table)
    cells = [[slide.text[slice(*cell)] for cell in row] for row in table.rows[bool(header) :]]
    columns = [
        [row[place] if place < len(row) else "" for row in cells]
        for place in range(max(map(len, cells), default=0))
        if place == 0
        or sum(_figure(row[place]) is None for row in cells if place < len(row)) > len(cells) / 2
    ]
    if columns:  # a merged label stands for the rows below it as well
        for place, label in enumerate(columns[0][1:], start=1):
            columns[0][place] = label or columns[0][place - 1]
    return header, columns


def _nearer(question: Question, texts: Sequence[str], retriever: HybridRetriever) -> list[float]:
    """How much nearer each text is to the question in meaning than the nearest of the others."""
    if len(texts) < 2:
        return [0.0] * len(texts)
    return _ahead(_meanings(question.text, texts, retriever))


def row_of(fragment: Fragment) -> int | None:
    """Which row of its table a fragment is; None for any other fragment."""
    table = fragment.slide.regions[fragment.region]
    if fragment.kind != "row":
        return None
    return next((place for place, row in enumerate(table.rows) if set(fragment.spans) <= set(row)), None)


def is_category(slide: Slide, table: Region, place: int) -> bool:
    """Whether a column repeats its values (国: 米国, 中国): it sorts the rows and seldom answers."""
    text = slide.text
    values = [text[row[place][0] : row[place][1]] for row in table.rows if place < len(row)]
    return len(values) > 3 and len(set(values)) <= len(values) / 2


def extreme_row(
    question: Question, evidence: Sequence[Evidence], retriever: HybridRetriever
) -> tuple[Fragment, Span] | None:
    """The row with the largest or smallest figure of the column asked about, and its answering cell.

    "Which model is cheapest?" is answered by the row's label, "what is the lowest price?" by the figure. Only tables of
    the slide of the best evidence count, and no row of totals; None where the column is in doubt, or where its title
    says itself what is largest (最大避難者数).
    """
    folded = fold(question.text)
    found = _LARGEST.search(folded), _SMALLEST.search(folded)
    if all(found) or not any(found):
        return None
    largest = found[0] is not None
    slide = evidence[0].fragment.slide
    looked = (piece.fragment for piece in evidence[:_LOOKED] if piece.fragment.slide == slide)
    for region in dict.fromkeys(fragment.region for fragment in looked):
        table = slide.regions[region]
        if len(table.rows) < 3 or not header_row(slide, table):
            continue
        column = _figure_column(question, slide, table, retriever)
        title = fold(slide.text[slice(*table.rows[0][column])]) if column is not None else ""
        if column is None or _LARGEST.search(title) or _SMALLEST.search(title):
            continue
        figures = []
        wanted = _of_category(question, slide, table)
        for number, row in enumerate(table.rows[1:], start=1):
            value = _figure(slide.text[slice(*row[column])]) if column < len(row) else None
            if value is not None and wanted[number - 1] and not _total(slide, row):
                figures.append((value, number))
        if len(figures) >= 2:
            ranks = _RANK.search(title.strip()) is not None and _HIGH.search(folded) is not None
            most = largest != ranks  # the highest rank is 1
            _, number = max(figures, key=lambda f: (f[0], -f[1])) if most else min(figures)
            row = table.rows[number]
            spans = tuple(span for span in row if span[0] < span[1])
            same = [f for f in fragments(slide) if f.region == region and f.kind == "row"]
            shown = next((f for f in same if set(f.spans) <= set(spans)), None)
            if shown is not None:
                labels = tuple(_label(table, number, place) for place in range(len(row)))
                cell = labels[_extreme_cell(folded, slide, table, labels, column)]
                # A merged label stands some rows above, a long cell is no part of the row as it is quoted.
                return replace(shown, spans=tuple(sorted({cell, *shown.spans}))), cell
    return None


def _label(table: Region, number: int, place: int) -> Span:
    """A cell of a table, or where it is empty the nearest filled one above: a merged label."""
    cells = [row[place] for row in table.rows[1 : number + 1] if place < len(row)]
    return next((cell for cell in reversed(cells) if cell[0] < cell[1]), cells[-1])


def _total(slide: Slide, row: tuple[Span, ...]) -> bool:
    """Whether a row sums up the others."""
    label = next((slide.text[a:b] for a, b in row if a < b), "")
    return _TOTAL.search(fold(label).strip()) is not None


def _extreme_cell(asked: str, slide: Slide, table: Region, row: tuple[Span, ...], column: int) -> int:
    """The figure when the question's last words name its column, else the label the question names.

    "Which area has the most staff?" asks for a label whatever follows.
    """
    text = slide.text
    found = _LARGEST.search(asked) or _SMALLEST.search(asked)
    tail = asked[found.end() :] if found else asked
    headers = [fold(text[start:end]).strip() for start, end in table.rows[0]]
    if not _WHICH.match(asked) and text_terms(headers[column]) & text_terms(tail):
        return column
    labels = [
        place
        for place, (start, end) in enumerate(row)
        if place != column and start < end and _figure(text[start:end]) is None
    ]
    asked_for = [
        place for place in labels if place < len(headers) and text_terms(headers[place]) & text_terms(asked)
    ]
    return (asked_for or labels or [column])[0]


def column_fit(question: Question, title: str) -> float:
    """How many of the question's words a column's title says, twice."""
    if not title:
        return 0.0
    return 2.0 * sum(
        holds(term, title) or (len(term) > 1 and fold(title).strip() in term) for term in question.terms
    )


def _figure_column(question: Question, slide: Slide, table: Region, retriever: HybridRetriever) -> int | None:
    """The column of figures whose title the question names or means, or the only one there is; None in doubt."""
    text = slide.text
    places = []
    for place in range(len(table.rows[0])):
        cells = [text[slice(*row[place])] for row in table.rows[1:] if place < len(row)]
        if cells and sum(_figure(cell) is not None for cell in cells) >= 0.7 * len(cells):
            places.append(place)
    titles = [text[slice(*table.rows[0][place])] for place in places]
    if len(places) < 2:
        return places[0] if places else None
    meaning = _meanings(question.text, titles, retriever)
    near_first = sorted(
        (
            (column_fit(question, title), near, -place)
            for title, near, place in zip(titles, meaning, places, strict=True)
        ),
        reverse=True,
    )
    (fit, near, place), (second, other, _) = near_first[:2]
    return -place if fit > second or near - other > _CLEARLY else None


def _meanings(question: str, texts: Sequence[str], retriever: HybridRetriever) -> list[float]:
    """How near each text comes to the question in meaning."""
    found = retriever.similarities(question, texts) @ retriever.query_weights(question)
    return [float(value) for value in found]


def _of_category(question: Question, slide: Slide, table: Region) -> list[bool]:
    """For each row below the header whether it has the category value the question names, if it names one."""
    text = slide.text
    wanted = [True] * (len(table.rows) - 1)
    for place in range(len(table.rows[0])):
        values = [
            fold(text[slice(*row[place])]).strip() if place < len(row) else "" for row in table.rows[1:]
        ]
        # A column that repeats its values holds categories (米国, 中国); the question may name one.
        categories = {value for value in values if value and value in question.terms}
        if categories and len(set(values)) <= len(values) / 2:
            wanted = [kept and value in categories for kept, value in zip(wanted, values, strict=True)]
    return wanted


def _figure(cell: str) -> float | None:
    folded = fold(cell).strip()
    if any(word in folded for word in _FREE):
        return 0.0
    match = re.fullmatch(r"([^\d]{0,3})(\d[\d,]*(?:\.\d+)?)[^\d]{0,6}", folded)
    if match is None:
        return None
    value = float(match.group(2).replace(",", ""))
    # A-12 is a name, -12 a figure.
    return -value if _LOSS.search(match.group(1)) and not re.search(r"\w", match.group(1)) else value
