"""The short answer: the span inside the quotations that answers by itself, or none.

Three sources, in the order of how much they know: a cell of a row knows its column, a span of the asked
type knows its unit, the reader knows the wording.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportqa.answer.evidence import Evidence
from reportqa.answer.marked import Mark
from reportqa.answer.question import Question
from reportqa.answer.spans import FIGURES
from reportqa.answer.tables import cell_answer
from reportqa.answer.typed import best_spans
from reportqa.retrieval import HybridRetriever
from reportqa.types import Short

QUOTED = 3
"""How many of the quoted fragments, the best first, may hold the short answer."""

DOUBTFUL = 0.15
"""A span that fits its surroundings less than this is not shown as the short answer."""

SURE = 0.0
"""What the reader marks is shown from this logit against "not here" on."""


def short_answer(
    question: Question, picked: Sequence[Evidence], read: Sequence[Mark], retriever: HybridRetriever
) -> Short | None:
    """The span that answers by itself; None rather than a doubtful one."""
    if question.intent in ("list", "overview", "definition") or not picked:
        return None
    marked = _marked(question, picked, read)
    typed = [_typed(question, piece, retriever) for piece in picked[:QUOTED]]
    figures = question.expected in FIGURES
    # A figure with the unit asked for is worth a look at the next fragments; a name there is any name.
    first = next((short for short in typed if short), None) if figures else typed[0]
    return first or marked or next((short for short in typed if short), None)


def _typed(question: Question, piece: Evidence, retriever: HybridRetriever) -> Short | None:
    """The cell of a row or the span of the asked type that fits best."""
    fragment = piece.fragment
    if fragment.kind == "row":
        cell = cell_answer(question, piece, retriever)
        if cell is not None:
            return Short(fragment.slide, cell)
    (fit,) = best_spans(question, [fragment], retriever)
    return Short(fragment.slide, fit.candidate.span) if fit is not None and fit.score >= DOUBTFUL else None


def _marked(question: Question, picked: Sequence[Evidence], read: Sequence[Mark]) -> Short | None:
    """What the reader marks most surely; where a figure is asked for it must hold one."""
    best = max(range(len(read)), key=lambda place: read[place].score)
    span = read[best].span
    if span is None or read[best].score < SURE:
        return None
    short = Short(picked[best].fragment.slide, span)
    wants_figure = question.expected in FIGURES
    return None if wants_figure and not any(c.isnumeric() for c in short.text) else short
