"""Choosing what to quote: one to three quotations and, where there is one, the shortest answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reportqa.answer.evidence import LABEL_CHARS, Evidence
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.question import Question
from reportqa.answer.tables import cell_answer, extreme_row
from reportqa.answer.typed import best_spans
from reportqa.answer.words import holds
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants
from reportqa.types import Citation, Hit, Short, Slide, Span

QUOTES = 3
"""Most quotations in an answer."""

FACT_CHARS = 200
"""Most characters quoted for a question that one fact answers, beyond the first quotation."""

DOUBTFUL = 0.15
"""A span that fits its surroundings less than this is not shown as the short answer."""

LIST_HEADS = 5
"""How many of the best fragments are tried as the head of a list."""

LIST_ITEMS = 20
"""Most items quoted as one list; more is a slide, not a list."""

_NEAR = 0.62
"""A further quotation must score at least this share of the best one."""

Found = tuple[tuple[Citation, ...], Short | None]


def compose(
    question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit], retriever: HybridRetriever
) -> Found:
    """Citations, the best first and the others in reading order, and the short answer or None."""
    if question.intent == "overview":
        return _overview(evidence, hits), None
    if question.intent == "comparison":
        found = _comparison(question, evidence)
        if found:
            return found, None
    extreme = extreme_row(question, evidence)
    if extreme is not None:
        row, cell = extreme
        return (_cite(row, evidence[0].score),), Short(row.slide, cell)
    unexplained = question.intent == "definition" and not evidence[0].features["defines"]
    if question.intent == "list" or unexplained:
        found = _list(question, evidence)
        if found:
            return found, None
    picked = _facts(evidence)
    second = _other_half(question, evidence)
    if second is not None:
        picked = [*picked[: QUOTES - 1], second]
    # The best quotation first, what surrounds it in reading order.
    read = [picked[0], *sorted(picked[1:], key=lambda piece: piece.fragment.spans)]
    return tuple(_cite(e.fragment, e.score) for e in read), _short(question, picked, retriever)


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


def _facts(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best fragment and those of its slide that come near it, as long as they stay short."""
    best = evidence[0]
    picked, used = [best], len(best.fragment.text)
    for piece in evidence[1:]:
        if len(picked) == QUOTES:
            break
        length = len(piece.fragment.text)
        elsewhere = piece.fragment.slide != best.fragment.slide
        # Another row of the same table is about something else.
        other_row = best.fragment.kind == "row" and piece.fragment.region == best.fragment.region
        if elsewhere or other_row or used + length > FACT_CHARS:
            continue
        if piece.score < best.score * _NEAR:
            break
        picked.append(piece)
        used += length
    return picked


_COORDINATED = re.compile(
    fold_variants(
        r"それぞれ|両方|ともに|共に|双方|いずれも|と.{2,}(?:の|は)|および|及び|\bboth\b|\beach\b|\band\b|分别|各自|以及|和"
    )
)


def _other_half(question: Question, evidence: Sequence[Evidence]) -> Evidence | None:
    """For a question about two things, the best fragment of another slide for the one the first leaves out."""
    if not _COORDINATED.search(fold(question.text)):
        return None
    first = evidence[0].fragment.slide
    subject = [term for term in question.terms if term not in question.asking]
    missing = [term for term in subject if not holds(term, first.text)]
    for piece in evidence[1:]:
        slide = piece.fragment.slide
        if slide == first or piece.score < evidence[0].score * _NEAR:
            continue
        if missing and any(holds(term, piece.fragment.text) for term in missing):
            return piece
    return None


def _overview(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Lead messages of the best slides, in deck order: what a reader would skim."""
    top = hits[0].score
    chosen = [hit for hit in hits if hit.score >= top - 1.2][:QUOTES] or list(hits[:1])
    found = [c for hit in chosen if (c := headline_citation(hit.passage.slide, hit.score)) is not None]
    if len(found) == 1:
        best = [e for e in evidence if e.fragment.slide == found[0].slide and e.fragment.kind != "headline"]
        found += [_cite(e.fragment, e.score) for e in best[: QUOTES - 1]]
    return tuple(sorted(found, key=lambda c: (c.slide.deck_id, c.slide.page, c.spans)))


_SIDES = re.compile(
    r"(.{1,30}?)(?:と|、|,|\band\b|\bvs\.?|\bversus\b|和|与|\bor\b|それとも)(.{1,30}?)(?:の|では|で|は|を|,|\?|$|哪|相比|的)"
)


def _comparison(question: Question, evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """The best fragment for each side of a comparison; empty when the sides cannot be told."""
    match = _SIDES.search(fold(question.text))
    if match is None:
        return ()
    sides = [[term for term in question.terms if term in side] for side in match.groups()]
    found: list[Evidence] = []
    for own, others in (sides, sides[::-1]):
        held = [e for e in evidence if own and all(holds(term, e.fragment.text) for term in own)]
        if not held:
            return ()
        # A fragment about this side alone says more than one that names both.
        alone = (e for e in held if not any(holds(term, e.fragment.text) for term in set(others) - set(own)))
        piece = next(alone, held[0])
        if piece.score < held[0].score * _NEAR:
            piece = held[0]
        if all(piece.fragment != other.fragment for other in found):
            found.append(piece)
    return tuple(_cite(e.fragment, e.score) for e in found)


def _list(question: Question, evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """All items of the list that the best evidence heads or belongs to, as one citation after its head."""
    best = evidence[0]
    for piece in evidence[:LIST_HEADS]:
        if piece.fragment.slide != best.fragment.slide or piece.score < best.score * _NEAR:
            continue
        head = piece.fragment
        items = _items(head)
        if 2 <= len(items) <= LIST_ITEMS:
            spans = tuple(span for item in items for span in item.spans)
            listed = Citation(head.slide, spans, piece.score, _source(head.slide, spans[-1][1]))
            return (listed,) if head in items else (_cite(head, piece.score), listed)
    return ()


def _items(head: Fragment) -> list[Fragment]:
    """What is listed under a fragment, or the list it stands in; empty where there is none."""
    regions = head.slide.regions
    pieces = fragments(head.slide)
    if head.kind == "headline":
        bullets = [piece for piece in pieces if regions[piece.region].level > 0]
        return bullets if len({piece.context for piece in bullets}) == 1 else []
    if head.kind not in ("title", "sentence"):
        return []
    level = regions[head.region].level
    items = _children(pieces, head) or _labels(pieces, head)
    if not items and level > 0:
        items = [p for p in pieces if p.context == head.context and regions[p.region].level == level]
    return items


def _labels(pieces: Sequence[Fragment], head: Fragment) -> list[Fragment]:
    """The run of short labels right behind a short label of the same level: a list without bullets."""
    regions = head.slide.regions
    place = pieces.index(head)
    found: list[Fragment] = []
    if len(head.text) <= LABEL_CHARS:
        for piece in pieces[place + 1 :]:
            same = piece.kind == "sentence" and regions[piece.region].level == regions[head.region].level
            several = " " in piece.text and len(piece.text) <= 3 * LABEL_CHARS  # labels of one line
            if (
                not same
                or not (several or len(piece.text) <= LABEL_CHARS)
                or piece.text.endswith(("。", "."))
            ):
                break
            found.append(piece)
    return found


def _children(pieces: Sequence[Fragment], head: Fragment) -> list[Fragment]:
    """The fragments one level under the region of ``head``, down to the next region of its own level."""
    regions = head.slide.regions
    level = regions[head.region].level
    found: list[Fragment] = []
    for piece in pieces:
        region = regions[piece.region]
        if piece.region <= head.region:
            continue
        if region.role != "body" or region.level <= level:
            break
        found.append(piece)
    top = min((regions[piece.region].level for piece in found), default=0)
    return [piece for piece in found if regions[piece.region].level == top]


def _cite(fragment: Fragment, score: float) -> Citation:
    return Citation(fragment.slide, fragment.spans, score, _source(fragment.slide, fragment.spans[-1][1]))


def _source(slide: Slide, end: int) -> Span | None:
    """The 出所 line that covers a quotation: the next one after it, else the last of the slide."""
    sources = [region for region in slide.regions if region.role == "source"]
    following = [region for region in sources if region.start >= end]
    chosen = following[0] if following else sources[-1] if sources else None
    return (chosen.start, chosen.end) if chosen else None


def _short(question: Question, picked: Sequence[Evidence], retriever: HybridRetriever) -> Short | None:
    """The span that answers by itself; None rather than a doubtful one."""
    if question.intent in ("list", "overview"):
        return None
    for piece in picked:
        fragment = piece.fragment
        if fragment.kind == "row":
            span = cell_answer(question, piece, retriever)
            if span is not None:
                return Short(fragment.slide, span)
        (best,) = best_spans(question, [fragment], retriever)
        if best is not None and best.score >= DOUBTFUL:
            return Short(fragment.slide, best.candidate.span)
    return None
