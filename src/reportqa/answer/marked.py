"""What the reader marks on the slides: for every fragment the span that answers best, and how surely.

The reader reads a slide as a reader does: its headline, then one fragment a line with its wrapped lines
joined, the cells of a table parted by tabs. Long slides are read in parts, each under the headline.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.question import Question
from reportqa.answer.ranking import SHARE, evidence_score, reordered
from reportqa.answer.tables import row_of, rows_named
from reportqa.dates import rewrite
from reportqa.reader import FLOOR, UNREAD, Page, Reader, Reading
from reportqa.retrieval import HybridRetriever
from reportqa.text import Normalised, fold, fold_variants, normalise
from reportqa.types import Hit, Slide, Span

PART_CHARS = 450
"""Most characters of a slide read at once."""

SLIDES = 3
"""Most slides read."""

CLOSE = 2.5
"""Another slide is read where its score is within this of the best one's."""

SOMEWHERE = 3.25
"""What it adds to a slide's score that the reader is certain that it answers."""

MARKED = 0.6
"""What it adds to a fragment's score that the reader is certain of it."""

NAMED = 1.2
"""What it adds to a row of a table that the question names it and no other."""

ASKS = 0.6
"""What it takes from a fragment's score that it asks something itself: the answer stands beside it."""

CERTAIN = 12.0
"""Logits beyond this say no more."""


class Cell(NamedTuple):
    """A span of a fragment in what the reader read: its offset in the slide, its text, where that begins."""

    base: int
    text: Normalised
    start: int
    reading: Reading


def _cell_of(cells: Sequence[Cell], span: Span) -> tuple[Cell, int, int] | None:
    """The cell that holds ``span`` of its slide, and the span's place in what the reader read."""
    for cell in cells:
        if cell.base <= span[0] and span[1] <= cell.base + cell.text.offsets[-1]:
            a, b = cell.text.place(span[0] - cell.base, span[1] - cell.base)
            return cell, cell.start + a, cell.start + b
    return None


@dataclass(frozen=True, slots=True)
class Mark:
    """The best span of a fragment as offsets into its slide; ``score`` is its logit against "not here"."""

    span: Span | None = None
    score: float = FLOOR
    page: Page = UNREAD
    cells: tuple[Cell, ...] = ()

    def score_of(self, span: Span) -> tuple[float, bool]:
        """Logit of any span of the fragment, and whether it begins and ends where the reader's tokens do."""
        found = _cell_of(self.cells, span)
        return found[0].reading.score(*found[1:]) if found else (FLOOR, False)

    def best_in(self, span: Span) -> float:
        """Logit of the best span inside any span of the fragment."""
        found = _cell_of(self.cells, span)
        best = found[0].reading.best(*found[1:]) if found else None
        return best[0] if best else FLOOR

    def runs(self, least: float) -> list[Span]:
        """Stretches that the reader takes, token for token, for items of the list asked for."""
        return [
            (base + a, base + b)
            for base, text, start, reading in self.cells
            for first, last in reading.runs(start, start + len(text.text), least)
            for a, b in [text.span(first - start, last - start)]
        ]

    def listed_in(self, span: Span) -> tuple[float, int]:
        """How many tokens of any span of the fragment are probably of the list asked for, and how many there are."""
        found = _cell_of(self.cells, span)
        return found[0].reading.listed(*found[1:]) if found else (0.0, 0)


def read(
    question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], retriever: HybridRetriever
) -> tuple[list[Hit], list[Evidence], dict[Fragment, Mark]]:
    """Ranked hits and their evidence in the order in which a reader would take them, and what is marked there.

    The best slides are read where they come close to each other: the reader knows from a whole slide whether and
    where it answers, the scores know the words. What is not read counts as if nothing had been found there.
    Where a cross-encoder has read the slides its order stands.
    """
    found = best_marks(question, hits, evidence, retriever)
    return *ordered(question, hits, evidence, found, retriever), found


def best_marks(
    question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], retriever: HybridRetriever
) -> dict[Fragment, Mark]:
    """What is marked on the slides ``to_read``."""
    pieces = read_of(question, to_read(hits, evidence))
    return dict(zip(pieces, marks(question.text, pieces, retriever.reader), strict=True))


def read_of(question: Question, slides: Sequence[Slide]) -> list[Fragment]:
    """What is read of ``slides``; sources only where they are asked for."""
    return [
        fragment
        for slide in slides
        for fragment in fragments(slide)
        if question.asks_source or fragment.kind != "source"
    ]


def to_read(hits: Sequence[Hit], evidence: Sequence[Evidence]) -> list[Slide]:
    """The first slide of ranked ``hits`` with any evidence and those that come close to it."""
    there = {piece.fragment.slide for piece in evidence}
    near = [hit for hit in hits if hit.passage.slide in there][:SLIDES]
    return [hit.passage.slide for hit in near if evidence_score(hit) >= evidence_score(near[0]) - CLOSE]


def ordered(
    question: Question,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    found: Mapping[Fragment, Mark],
    retriever: HybridRetriever,
) -> tuple[list[Hit], list[Evidence]]:
    """``hits`` and ``evidence``, best first, after the marks ``found``; evidence on the first slide comes first.

    Rows of a table are told apart by what they do not share.
    """
    somewhere = {
        hit.passage.slide: SOMEWHERE * bounded(surest(found, [hit.passage.slide]).somewhere) for hit in hits
    }
    if not retriever.reranker:
        hits = reordered(hits, [evidence_score(hit) + somewhere[hit.passage.slide] for hit in hits])
    about_questions = _QUESTIONS.search(fold(question.text)) is not None
    there = {piece.fragment.slide for piece in evidence}
    first = next((hit.passage.slide for hit in hits if hit.passage.slide in there), None)

    def named(piece: Fragment) -> float:
        at = row_of(piece) if piece.slide == first else None
        return NAMED * rows_named(question, piece.slide, piece.region)[at] if at is not None else 0.0

    again = [
        replace(
            piece,
            score=piece.score
            + SHARE * somewhere[piece.fragment.slide]
            + MARKED * bounded(certainty(found, piece.fragment))
            + named(piece.fragment)
            - ASKS * (not about_questions and asks(piece.fragment.text)),
        )
        for piece in evidence
    ]
    return list(hits), sorted(again, key=lambda piece: (piece.fragment.slide != first, -piece.score))


_ASKING = re.compile(r"(?:[?？]|(?:です|ます|でしょう|ません|ました)か。?|[吗嗎呢]。?)[」』）)]?\s*$")
_QUESTIONS = re.compile(
    fold_variants(
        r"質問|問い|設問|問題|疑問|クイズ|論点|課題|\bquestions?\b|\bask|\bquiz|q&a|faq|问题|提问|疑问|测验"
    )
)


def asks(text: str) -> bool:
    """Whether a text is a question: those of a FAQ or a quiz answer nothing."""
    return _ASKING.search(text) is not None


def bounded(logit: float) -> float:
    """A logit as -1 to 1; beyond CERTAIN it says no more."""
    return max(-CERTAIN, min(CERTAIN, logit)) / CERTAIN


def certainty(found: Mapping[Fragment, Mark], fragment: Fragment) -> float:
    """The logit of the best span of ``fragment``; FLOOR where it was not read."""
    return found[fragment].score if fragment in found else FLOOR


def listed_share(found: Mapping[Fragment, Mark], fragment: Fragment) -> float:
    """Which share of the tokens of ``fragment`` probably is of the list asked for; 0 where it was not read."""
    cells = [found[fragment].listed_in(span) for span in fragment.spans] if fragment in found else []
    return sum(likely for likely, _ in cells) / max(1, sum(tokens for _, tokens in cells))


def surest(found: Mapping[Fragment, Mark], slides: Collection[Slide]) -> Page:
    """The most that the reader makes of any sheet of ``slides``; the floor where none of them was read."""
    pages = [mark.page for fragment, mark in found.items() if fragment.slide in slides]
    return Page(*map(max, zip(*pages, strict=True))) if pages else UNREAD


@lru_cache(maxsize=16384)
def _normalised(text: str) -> Normalised:
    return normalise(text)


class Sheet(NamedTuple):
    """What the reader reads at once: fragments of a slide, one a line, under its headline.

    ``places`` are those of the fragments among the pieces it was made of, ``cells`` their spans as
    read, ``starts`` where each of these begins in ``text``.
    """

    text: str
    places: tuple[int, ...]
    cells: tuple[tuple[Normalised, ...], ...]
    starts: tuple[tuple[int, ...], ...]


def sheets(pieces: Sequence[Fragment]) -> list[Sheet]:
    """The sheets of ``pieces``; those of one slide must stand together and in reading order."""
    found = []
    for part in _parts(pieces):
        head = next((p.text for p in pieces if p.slide == pieces[part[0]].slide and p.kind == "headline"), "")
        lines = [tuple(_normalised(pieces[i].slide.text[a:b]) for a, b in pieces[i].spans) for i in part]
        text = _normalised(head).text
        bounds: list[tuple[int, ...]] = []
        for place, cells in zip(part, lines, strict=True):
            starts, before = [], 0
            for number, (cell, column) in enumerate(zip(cells, _columns(pieces[place]), strict=True)):
                text += ("" if number else "\n") + ("\t" * (column - before) or " " * min(number, 1))
                starts.append(len(text))
                text += cell.text
                before = max(column, before)
            bounds.append(tuple(starts))
        found.append(Sheet(text, tuple(part), tuple(lines), tuple(bounds)))
    return found


def put(question: str, pieces: Sequence[Fragment]) -> list[tuple[str, Sheet]]:
    """The sheets of ``pieces``, each with ``question`` as it is put to it: its dates in the writing of the slide."""
    return [(rewrite(question, [pieces[sheet.places[0]].slide.text]), sheet) for sheet in sheets(pieces)]


def _columns(piece: Fragment) -> list[int]:
    """The place in its row of the cell that each span of ``piece`` stands in; 0 outside a table."""
    rows = piece.slide.regions[piece.region].rows
    if not rows:
        return [0] * len(piece.spans)
    starts, cells = _places(rows)
    found = []
    for start, _ in piece.spans:
        end, place = cells[max(0, bisect_right(starts, start) - 1)]
        found.append(place if start < end else 0)
    return found


@lru_cache(maxsize=256)
def _places(rows: tuple[tuple[Span, ...], ...]) -> tuple[list[int], list[tuple[int, int]]]:
    """Where each cell with text begins, in order, and with it where it ends and its place in its row."""
    cells = sorted(
        (start, end, place) for row in rows for place, (start, end) in enumerate(row) if start < end
    )
    return [start for start, _, _ in cells], [(end, place) for _, end, place in cells] or [(0, 0)]


def marks(question: str, pieces: Sequence[Fragment], reader: Reader) -> list[Mark]:
    """A mark for each fragment; pieces of one slide must stand together and in reading order.

    Each slide is read with the question's dates in its own writing.
    """
    found = [Mark()] * len(pieces)
    asked: dict[str, list[Sheet]] = {}
    for text, sheet in put(question, pieces):
        asked.setdefault(text, []).append(sheet)
    read_on = [
        pair
        for text, each in asked.items()
        for pair in zip(each, reader.read_all(text, [sheet.text for sheet in each]), strict=True)
    ]
    for sheet, reading in read_on:
        for place, cells, starts in zip(sheet.places, sheet.cells, sheet.starts, strict=True):
            best: tuple[float, Span] | None = None
            for (base, _), cell, start in zip(pieces[place].spans, cells, starts, strict=True):
                marked = reading.best(start, start + len(cell.text))
                if marked is not None and (best is None or marked[0] > best[0]):
                    a, b = cell.span(marked[1][0] - start, marked[1][1] - start)
                    best = (marked[0], (base + a, base + b))
            read = tuple(
                Cell(base, cell, start, reading)
                for (base, _), cell, start in zip(pieces[place].spans, cells, starts, strict=True)
            )
            span, score = (best[1], best[0]) if best else (None, FLOOR)
            found[place] = Mark(span, score, reading.page, read)
    return found


def _parts(pieces: Sequence[Fragment]) -> list[list[int]]:
    """Places of fragments read together: of one slide and not too long."""
    parts: list[list[int]] = []
    used = 0
    for place, piece in enumerate(pieces):
        same = bool(parts) and pieces[parts[-1][0]].slide == piece.slide
        if not same or used + len(piece.text) > PART_CHARS:
            parts.append([])
            used = 0
        parts[-1].append(place)
        used += len(piece.text)
    return parts
