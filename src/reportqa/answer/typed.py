"""Spans of the type a question asks for, ranked by how well their surroundings fit it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reportqa.answer.fragments import Fragment
from reportqa.answer.question import Question
from reportqa.answer.spans import ACCEPTS, Candidate, candidates
from reportqa.answer.words import importance, text_terms
from reportqa.dates import mentions
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold
from reportqa.types import Span

_CLAUSE_END = re.compile(r"[、。,.;；:：)）]")
_COUNTED_CHARS = 8
"""How far behind a figure the thing it counts may stand."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """A span of the type asked for and how well it fits, about 0 to 2."""

    candidate: Candidate
    score: float


def best_spans(
    question: Question, pieces: Sequence[Fragment], retriever: HybridRetriever
) -> list[Fitting | None]:
    """For each fragment its best span of the expected type and unit; None where it holds none."""
    accepted = (*ACCEPTS.get(question.expected, ()), "number")
    found = [_fitting(question, piece) if question.expected in ACCEPTS else [] for piece in pieces]
    windows = [
        surroundings(piece, candidate.span)
        for piece, spans in zip(pieces, found, strict=True)
        for candidate in spans
    ]
    if not windows:
        return [None] * len(pieces)
    meaning = iter(retriever.similarities(question.text, windows) @ retriever.query_weights(question.text))
    best: list[Fitting | None] = []
    for piece, spans in zip(pieces, found, strict=True):
        scored = []
        for candidate in spans:
            bare = candidate.kind == "number" and candidate.folded.replace(",", "").isdigit()
            score = float(next(meaning)) + nearness(question, piece, candidate.span, retriever)
            score -= 0.15 * accepted.index(candidate.kind) + 0.25 * bare
            scored.append(Fitting(candidate, score))
        best.append(min(scored, key=lambda fit: (-fit.score, fit.candidate.span), default=None))
    return best


def _fitting(question: Question, piece: Fragment) -> list[Candidate]:
    """Spans of an accepted kind that do not repeat the question and carry the unit, if one is asked."""
    accepted = set(ACCEPTS[question.expected])
    text = piece.slide.text
    # A cell holds the bare figure; its unit stands in the header, the caption or a note.
    cells = piece.kind == "row" and any(unit in fold(text) for unit in question.units or ("",))
    if cells and question.expected in ("money", "percent"):
        accepted.add("number")
    found = [
        candidate
        for start, end in piece.spans
        for candidate in candidates(text, start, end)
        if candidate.kind in accepted and not echoes(question, candidate.folded)
    ]
    if question.units:
        found = [
            candidate
            for candidate in found
            if has_asked_unit(question, text, candidate.span) or (cells and candidate.folded[-1].isdigit())
        ]
    return found


def has_asked_unit(question: Question, text: str, span: Span) -> bool:
    """Whether a figure carries a unit the question asks for, or counts a thing it names (100以上の機関)."""
    behind = fold(text[span[1] : span[1] + _COUNTED_CHARS])
    after = _CLAUSE_END.split(behind)[0]  # 4,000元。人件費: the next clause counts nothing
    counted = any(term in after for term in question.terms if len(term) > 1 and not term[0].isdigit())
    return counted or any(unit in fold(text[slice(*span)]) or unit in after for unit in question.units)


def echoes(question: Question, folded: str) -> bool:
    """Whether a span only repeats the question: its text, or nothing but its terms (運営会社 in 運営する会社)."""
    if folded in fold(question.text):
        return True
    dated = mentions(folded)
    if dated and dated[0][:2] == (0, len(folded)):
        return dated[0].terms[0] in question.terms
    said = text_terms(folded)
    return bool(said) and said <= set(question.terms)


def surroundings(fragment: Fragment, span: Span) -> str:
    """The words around a span that say what it is: more before it than after."""
    text = fragment.slide.text
    start, end = next(s for s in fragment.spans if s[0] <= span[0] < s[1])
    return text[max(start, span[0] - 24) : min(end, span[1] + 12)]


def nearness(question: Question, fragment: Fragment, span: Span, retriever: HybridRetriever) -> float:
    """How close the question's words stand to a span, weighted by idf; 0 to 1. Words behind count half."""
    start, end = next(s for s in fragment.spans if s[0] <= span[0] < s[1])
    before = fold(fragment.slide.text[start : span[0]])
    after = fold(fragment.slide.text[span[1] : end])
    near = 0.0
    weights = importance(question, retriever)
    for term, weight in weights.items():
        left, right = before.rfind(term), after.find(term)
        close = 0.5 ** ((len(before) - left - len(term)) / 8) if left >= 0 else 0.0
        behind = 0.5 * 0.5 ** (right / 8) if right >= 0 else 0.0
        near += weight * max(close, behind)
    total = sum(weights.values())
    return near / total if total else 0.0
