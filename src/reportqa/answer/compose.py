"""Choosing what to quote: one to three quotations and, where there is one, the shortest answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.halves import other_half
from reportqa.answer.lists import best_listing
from reportqa.answer.marked import Mark, listed_share, marks, surest
from reportqa.answer.question import Question
from reportqa.answer.short import short_answer
from reportqa.answer.tables import extreme_row
from reportqa.answer.words import holds, text_terms
from reportqa.reader import UNREAD, Page
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold
from reportqa.types import Citation, Hit, Short, Side, Slide, Span

QUOTES = 3
"""Most quotations in an answer."""

FACT_CHARS = 200
"""Most characters quoted for a question that one fact answers, beyond the first quotation."""

WIDE_CHARS = 400
"""The same for a question that wants a list, a meaning or a comparison."""

FRAGMENTS = 8
"""Most fragments quoted for such a question."""

ALONE = 0.8
"""A list more probable than this, among those of its slide, is quoted alone."""

ITEMISED = 0.9
"""The things of a list more probable than this are named one by one: of those less probable half are not asked for."""

SEVERAL = 2.0
"""Log-odds from which on a question that looks like one for a fact is taken to want a list."""

ABOUT = 1.2
"""How far behind the best slide, in fused score, a slide still belongs to what a summary is asked of."""

_NEAR = 0.62
"""A further quotation must score at least this share of the best one."""

OTHER_FRAGMENTS = 2
"""Most fragments quoted of the slide that answers the other half of a question about two things."""

_RIVAL = 0.85
"""Another row of the quoted table must score this share of the quoted one."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What is quoted, the short answer in it, the sides of a comparison and the things of a list.

    ``page`` is what the reader makes of the slides quoted.
    """

    citations: tuple[Citation, ...]
    short: Short | None = None
    sides: tuple[Side, ...] = ()
    items: tuple[Short, ...] = ()
    page: Page = UNREAD


class Listed(NamedTuple):
    """The list that answers best as one citation or none, its things one by one where it is sure enough, and whether it
    is so sure that nothing else needs quoting."""

    citations: tuple[Citation, ...] = ()
    items: tuple[Short, ...] = ()
    alone: bool = False


class Chosen(NamedTuple):
    """A list, the fragments to quote besides, those that may hold the short answer, and what the reader marks there."""

    listed: Listed
    picked: list[Evidence]
    holding: list[Evidence]
    marked: list[Mark]
    page: Page


def compose(
    question: Question,
    evidence: Sequence[Evidence],
    read: Mapping[Fragment, Mark],
    hits: Sequence[Hit],
    retriever: HybridRetriever,
    *,
    joined: bool = False,
) -> Composed:
    """Citations, the best first and the others in reading order, and the short answer or None.

    ``read`` is what the reader marks on the slides it has read, that of the best evidence among them. ``joined``: the
    question is two, the first of which was answered before.
    """
    if question.intent == "overview":
        citations = _overview(evidence, hits)
        return Composed(citations, page=surest(read, [citation.slide for citation in citations]))
    extreme = extreme_row(question, evidence, retriever)
    if extreme is not None:
        row, cell = extreme
        page = surest(read, [row.slide])
        return Composed((_cite(row, evidence[0].score),), Short(row.slide, cell), page=page)
    if question.intent == "comparison":
        sides = _comparison(question, evidence)
        found = tuple(dict.fromkeys(side.citation for side in sides if side.citation))
        if found:
            rest = _quoted(facts(evidence, WIDE_CHARS, found))
            page = surest(read, [citation.slide for citation in found])
            return Composed((*found, *rest)[:QUOTES], sides=sides, page=page)
    chosen = choose(question, evidence, read, hits, retriever, joined=joined)
    picked = chosen.picked
    short = short_answer(question, chosen.holding, chosen.marked, retriever)
    # With an answer in words in hand, what is left of an axis around it only distracts.
    said = next((piece.fragment for piece in picked if short and has_short(piece.fragment, short)), None)
    worded = said is not None and _TICK.fullmatch(said.text) is None
    shown = [p for p in picked if not worded or p.fragment == said or not _TICK.fullmatch(p.fragment.text)]
    quoted = (*chosen.listed.citations, *_quoted(shown))[:QUOTES]
    shown_short = short if short and any(has_short(citation, short) for citation in quoted) else None
    return Composed(quoted, shown_short, items=chosen.listed.items, page=chosen.page)


def choose(
    question: Question,
    evidence: Sequence[Evidence],
    read: Mapping[Fragment, Mark],
    hits: Sequence[Hit],
    retriever: HybridRetriever,
    *,
    joined: bool = False,
) -> Chosen:
    """What answers a question that is no comparison, overview or superlative."""
    # 「共通の社会課題とは」 without a definition on the slide asks for what is listed under it.
    explains = question.asks_expansion or evidence[0].features["defines"]
    unexplained = question.intent == "definition" and not explains
    slide = evidence[0].fragment.slide
    worded = question.intent == "list" or unexplained
    several = question.intent in ("fact", "comparison") and surest(read, [slide]).several > SEVERAL
    listed = _list(question, slide, read, retriever) if worded or several else Listed()
    # What does not look like a question for a list gets a sure one with its answer in it, or none.
    if several and not (listed.alone and _holds_first(listed.citations[0], read)):
        listed, several = Listed(), False
    room = FACT_CHARS if question.intent == "fact" else WIDE_CHARS
    # What else a list may hold the reader knows better than the words do.
    order = evidence
    if worded and not listed.alone:
        order = sorted(evidence, key=lambda p: (p.fragment.slide != slide, -listed_share(read, p.fragment)))
    picked = [] if listed.alone else facts(order, room, listed.citations)
    if not joined:
        picked += other_half(question, hits, slide, retriever)[:OTHER_FRAGMENTS]
    # One of a list may be all that was asked for after all.
    holding = facts(evidence, room) if several else picked
    told = dict.fromkeys(piece.fragment for piece in (*picked, *holding))
    unread = [fragment for fragment in told if fragment not in read]
    known = {**read, **dict(zip(unread, marks(question.text, unread, retriever.reader), strict=True))}
    slides = [citation.slide for citation in listed.citations] + [piece.fragment.slide for piece in picked]
    marked = [known[piece.fragment] for piece in holding]
    return Chosen(listed, picked, holding, marked, surest(known, slides))


def has_short(piece: Fragment | Citation, short: Short) -> bool:
    """Whether the short answer lies in what is quoted."""
    a, b = short.span
    return piece.slide == short.slide and any(start <= a and b <= end for start, end in piece.spans)


def nearest(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The slides closest to a question that none of them answers: up to three, by headline."""
    found = (headline_citation(hit.passage.slide, hit.score) for hit in hits)
    return tuple(citation for citation in found if citation is not None)[:QUOTES]


def headline_citation(slide: Slide, score: float) -> Citation | None:
    """The slide's headline as a citation, else its first piece of text; None for an empty slide."""
    pieces = fragments(slide)
    if not pieces:
        return None
    first = next((piece for piece in pieces if piece.kind == "headline"), pieces[0])
    return _cite(first, score)


def facts(evidence: Sequence[Evidence], room: int, listed: Sequence[Citation] = ()) -> list[Evidence]:
    """The best fragment and the next best of its slide, as long as all together stay short.

    A slide's fragments are a few words each; the one that answers is often the neighbour of the one
    that matches, so what is left of the room goes to whatever comes next. What a list quotes already
    takes its room and is not said twice.
    """
    taken = {(citation.slide, span) for citation in listed for span in citation.spans}
    used = sum(len(citation.quote) for citation in listed)
    slide = listed[0].slide if listed else evidence[0].fragment.slide
    picked: list[Evidence] = []
    for piece in evidence:
        fragment = piece.fragment
        first = picked[0].fragment if picked else None
        # Another row of the same table is about something else, unless the question names it nearly as well.
        other_row = (
            first is not None
            and first.kind == "row"
            and fragment.region == first.region
            and piece.score < picked[0].score * _RIVAL
        )
        if fragment.slide != slide or other_row or any((slide, span) in taken for span in fragment.spans):
            continue
        if (picked or listed) and (used + len(fragment.text) > room or len(picked) == FRAGMENTS):
            continue
        picked.append(piece)
        used += len(fragment.text) + 1
    return picked


def _quoted(picked: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Fragments as at most three quotations: neighbours together, the group of the best fragment first.

    A row of a table or a note that answers stands alone: its neighbours are about something else.
    """
    if not picked:
        return ()
    alone = picked[:1] if picked[0].fragment.kind in ("row", "note") else []
    rest = [piece for piece in picked if piece not in alone]
    read = sorted(
        rest, key=lambda piece: (piece.fragment.slide != picked[0].fragment.slide, piece.fragment.spans)
    )
    gaps = {i: _gap(read[i - 1].fragment, read[i].fragment) for i in range(1, len(read))}
    cuts = sorted((i for i in gaps if gaps[i] > 2), key=lambda i: -gaps[i])[: QUOTES - 1 - len(alone)]
    groups = [read[a:b] for a, b in pairwise([0, *sorted(cuts), len(read)]) if a < b]
    groups.sort(key=lambda group: picked[0] not in group)
    return tuple(_together(group) for group in [alone, *groups] if group)


def _gap(before: Fragment, after: Fragment) -> int:
    """Characters between two fragments; those of two slides are never neighbours."""
    if before.slide != after.slide:
        return 1_000_000
    return after.spans[0][0] - before.spans[-1][1]


def _together(group: Sequence[Evidence]) -> Citation:
    slide = group[0].fragment.slide
    spans = tuple(span for piece in group for span in piece.fragment.spans)
    return Citation(slide, spans, max(piece.score for piece in group), _source(slide, spans[-1][1]))


_TICK = re.compile(r"[\d\s,.]+")
"""A bare figure without a unit: the mark of an axis, not something a slide says."""


def _overview(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Headlines of the best slides with what answers best below each, in deck order: what a reader would skim."""
    top = hits[0].score
    slides = [hit.passage.slide for hit in hits if hit.score >= top - ABOUT][:QUOTES]
    room = WIDE_CHARS // len(slides)
    found = []
    for slide in slides:
        pieces = [piece for piece in evidence if piece.fragment.slide == slide]
        heads = [piece for piece in pieces if piece.fragment.kind == "headline"]
        said = heads[:1]
        for piece in pieces:
            used = sum(len(each.fragment.text) + 1 for each in said)
            if piece not in said and (not said or used + len(piece.fragment.text) <= room):
                said.append(piece)
        if said:
            found.append(_together(sorted(said, key=lambda piece: piece.fragment.spans)))
    return tuple(sorted(found, key=lambda c: (c.slide.deck_id, c.slide.page, c.spans)))


_SIDES = re.compile(
    r"(.{1,30}?)(?:と|、|,|\band\b|\bvs\.?|\bversus\b|和|与|\bor\b|それとも)(.{1,30}?)(?:の|では|で|は|を|,|\?|$|哪|相比|的)"
)


def _comparison(question: Question, evidence: Sequence[Evidence]) -> tuple[Side, ...]:
    """The best fragment for each side of a comparison, a blank for one; empty when the sides cannot be told."""
    folded = fold(question.text)
    match = _SIDES.search(folded)
    if match is None:
        return ()
    written = question.text if len(question.text) == len(folded) else folded
    sides = [[term for term in question.terms if term in text_terms(side)] for side in match.groups()]
    found: list[Side] = []
    for number, (own, others) in enumerate((sides, sides[::-1]), start=1):
        name = _named(written[slice(*match.span(number))], own)
        held = [e for e in evidence if own and all(holds(term, e.fragment.text) for term in own)]
        # A fragment about this side alone says more than one that names both.
        alone = (e for e in held if not any(holds(term, e.fragment.text) for term in set(others) - set(own)))
        piece = next(alone, held[0] if held else None)
        if piece is not None and piece.score < held[0].score * _NEAR:
            piece = held[0]
        found.append(Side(name, _cite(piece.fragment, piece.score) if piece else None))
    return tuple(found) if any(side.citation for side in found) and all(side.name for side in found) else ()


def _named(side: str, terms: Sequence[str]) -> str:
    """The stretch of a side from the first to the last of its ``terms``, as the question writes it."""
    lower = side.lower()
    places = [(at, at + len(term)) for term in terms if (at := lower.find(term)) >= 0]
    return side[min(a for a, _ in places) : max(b for _, b in places)] if places else ""


def _list(
    question: Question, slide: Slide, read: Mapping[Fragment, Mark], retriever: HybridRetriever
) -> Listed:
    """The list of ``slide`` that answers best, all of it as one citation."""
    found = best_listing(question, slide, read, retriever)
    if found is None:
        return Listed()
    listing, sure = found
    spans = tuple(sorted(listing.items))
    items = tuple(Short(slide, part) for part in listing.parts) if sure > ITEMISED else ()
    return Listed((Citation(slide, spans, sure, _source(slide, spans[-1][1])),), items, sure > ALONE)


def _holds_first(listed: Citation, read: Mapping[Fragment, Mark]) -> bool:
    """Whether a list holds what the reader marks first on its slide."""
    own = [piece for piece in read if piece.slide == listed.slide and piece.kind != "headline"]
    first = max(own, key=lambda piece: read[piece].score, default=None)
    return first is not None and any(
        a < end and start < b for a, b in first.spans for start, end in listed.spans
    )


def _cite(fragment: Fragment, score: float) -> Citation:
    return Citation(fragment.slide, fragment.spans, score, _source(fragment.slide, fragment.spans[-1][1]))


def _source(slide: Slide, end: int) -> Span | None:
    """The 出所 line that covers a quotation: the next one after it, else the last of the slide."""
    sources = [region for region in slide.regions if region.role == "source"]
    following = [region for region in sources if region.start >= end]
    chosen = following[0] if following else sources[-1] if sources else None
    return (chosen.start, chosen.end) if chosen else None
