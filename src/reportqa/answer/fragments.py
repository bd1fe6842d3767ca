"""What can be quoted from a slide: sentences, bullets, table rows, each with what it hangs under."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from reportqa.layout import COVER, parents
from reportqa.text import BULLETS, paragraphs, sentences, trim
from reportqa.types import Region, Slide, Span

FragmentKind = Literal["headline", "sentence", "row", "note", "title", "source"]

_BULLET = re.compile(rf"(?:[\s{BULLETS}・]|[–-](?![\d.]))+(?=\S)")
"""Marks of a line, not part of what it says; the dash before a figure is its sign."""

_MARK = re.compile(r"\s*(?:※|＊|\*|注)\s?[0-9０-９]*")
"""What a note begins with and what its word carries: ※, ※1, *2."""

_FIGURE = re.compile(r"[0-9０-９]")

_SENTENCE_LIMIT = 90
"""Regions up to this many characters are quoted whole: a bullet reads better than half of it."""

_ROW_LIMIT = 120
"""A row of a table longer than this is no line but a text in boxes: its long cells are quoted piece by piece."""

_LABEL_LIMIT = 25
"""Longest cell of such a row that stays whole, and names what stands in the others."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A quotable piece of a slide and the place of the region it belongs to.

    ``context`` are the texts it hangs under, nearest last: headline, box title, bullet parent,
    table header. They are matched with the question and not quoted.
    """

    slide: Slide
    spans: tuple[Span, ...]
    kind: FragmentKind
    region: int
    context: tuple[str, ...]
    text: str = field(init=False, compare=False, repr=False)
    """The fragment's source text."""

    def __post_init__(self) -> None:
        said = " ".join(self.slide.text[start:end] for start, end in self.spans)
        object.__setattr__(self, "text", said)

    def __hash__(self) -> int:
        return hash((self.slide, self.spans))


@lru_cache(maxsize=4096)
def fragments(slide: Slide) -> tuple[Fragment, ...]:
    """Everything quotable on ``slide`` in reading order; breadcrumbs and footers are not."""
    headline = tuple(slide.text[r.start : r.end] for r in slide.regions if r.role == "headline")
    if slide.page == 1:
        headline = (*headline, COVER)
    found: list[Fragment] = []
    for place, region in enumerate(slide.regions):
        above = tuple(slide.text[r.start : r.end] for r in parents(slide, region) if r.role != "headline")
        if region.role == "headline":
            span = _said(slide.text, region.start, region.end)
            if span[0] < span[1]:
                found.append(Fragment(slide, (span,), "headline", place, ()))
        elif region.role == "table":
            found += _rows(slide, region, place, (*headline, *above))
        elif region.role == "note":
            found += _sentences(slide, region, place, (*headline, *_marked(slide, region)), "note")
        elif region.role == "source":
            found += _sentences(slide, region, place, headline, "source")
        elif region.role == "body":
            kind: FragmentKind = "title" if _has_children(slide.regions, place) else "sentence"
            found += _sentences(slide, region, place, (*headline, *above), kind)
    return tuple(found)


def _marked(slide: Slide, note: Region) -> tuple[str, ...]:
    """The words that carry a note's mark elsewhere on the slide: MMLU※1 for the note ※1."""
    mark = _MARK.match(slide.text, note.start, note.end)
    if mark is None:
        return ()
    sign = re.escape(mark.group().strip())
    words = re.finditer(rf"([^\s、。，,．「」『』（）()]{{2,30}}?)[」』）)]?{sign}(?!\d)", slide.text)
    return tuple(m.group(1) for m in words if not note.start <= m.start() < note.end)


def _has_children(regions: tuple[Region, ...], place: int) -> bool:
    after = next((region for region in regions[place + 1 :] if region.role != "footer"), None)
    return after is not None and after.role == "body" and after.level > regions[place].level


def _sentences(
    slide: Slide, region: Region, place: int, context: tuple[str, ...], kind: FragmentKind
) -> list[Fragment]:
    start, end = _said(slide.text, region.start, region.end)
    if start == end:
        return []
    spans = [(start, end)] if end - start <= _SENTENCE_LIMIT else sentences(slide.text, start, end)
    return [Fragment(slide, (span,), kind, place, context) for span in spans]


def _said(text: str, start: int, end: int) -> Span:
    """The span without white space around it and without the bullet before it."""
    bullet = _BULLET.match(text, start, end)
    return trim(text, bullet.end() if bullet else start, end)


def header_row(slide: Slide, table: Region) -> tuple[Span, ...]:
    """The table's header cells; empty for a table of labels and values, which has none.

    Three columns or more begin with a header, unless most rows leave most of them empty: that is a
    form. Two columns do only where figures follow a first row without any: otherwise they are pairs
    (設立時期 | 2023年9月4日).
    """
    if len(table.rows) < 2:
        return ()
    first, *others = table.rows
    if len(first) >= 3:
        filled = [sum(start < end for start, end in row) for row in others]
        sparse = sum(2 * count <= len(first) for count in filled)
        return () if 2 * sparse > len(others) else first
    figures = [any(_FIGURE.search(slide.text[start:end]) for start, end in row[1:]) for row in table.rows]
    return first if not figures[0] and sum(figures) >= 0.6 * (len(figures) - 1) else ()


def _rows(slide: Slide, table: Region, place: int, context: tuple[str, ...]) -> list[Fragment]:
    header = header_row(slide, table)
    # The first row of a form says what the form is about: it stands over the others like a header.
    form = () if header or not table.rows or len(table.rows[0]) < 3 else table.rows[0]
    titles = tuple(slide.text[start:end] for start, end in header or form)
    found = []
    label: tuple[str, ...] = ()
    for row in table.rows:
        spans = tuple(span for span in row if span[0] < span[1])
        if not spans:
            continue
        first = row in (header, form)
        if row[0] in spans:
            label = ()  # of its own
        above = (*context, *label)
        whole = Fragment(slide, spans, "row", place, above if first else (*above, " ".join(titles)))
        if len(whole.text) <= _ROW_LIMIT:
            found.append(whole)
        else:
            found += _pieces(whole, row, above, titles if not first else (), columns=bool(header))
        if row[0] in spans and len(spans) > 1 and not first:
            label = (slide.text[slice(*row[0])],)  # a merged cell stands for the rows below it as well
    return found


def _pieces(
    whole: Fragment, row: tuple[Span, ...], context: tuple[str, ...], titles: tuple[str, ...], columns: bool
) -> list[Fragment]:
    """The short cells of a long row together, and the long ones line by line.

    A line hangs under the title of its column, or in a form, which has none, under the form's first row,
    and in its row: the other cells say what it is about.
    """
    text = whole.slide.text
    short = tuple(span for span in whole.spans if span[1] - span[0] <= _LABEL_LIMIT)
    found = [replace(whole, spans=short, kind="row" if len(short) > 1 else "title")] if short else []
    for place, cell in enumerate(row):
        if cell[0] == cell[1] or cell in short:
            continue
        above = titles[place : place + 1] if columns else (" ".join(titles),)
        beside = tuple(text[a:b] for a, b in whole.spans if (a, b) != cell)
        for line in paragraphs(text, *cell):
            short_line = line[1] - line[0] <= _SENTENCE_LIMIT
            for span in [line] if short_line else sentences(text, *line):
                said = _said(text, *span)
                found.append(
                    Fragment(whole.slide, (said,), "sentence", whole.region, (*context, *above, *beside))
                )
    return found
