"""The short answer: the span inside the quotations that answers by itself, or none.

Three sources, in the order of how much they know: a cell of a row knows its column, a span of the asked
type knows its unit, the reader knows the wording.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportqa.answer.evidence import Evidence
from reportqa.answer.marked import Mark
from reportqa.answer.question import Question
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
    if question.intent in ("list", "overview"):
        return None
    best = max(range(len(read)), key=lambda place: read[place].score, default=None)
    marked = None
    if best is not None and read[best].span is not None and read[best].score >= SURE:
        marked = Short(picked[best].fragment.slide, read[best].span)  # type: ignore[arg-type]
    for piece in picked[:QUOTED]:
        fragment = piece.fragment
        if fragment.kind == "row":
            cell = cell_answer(question, piece, retriever)
            if cell is not None:
                return Short(fragment.slide, cell)
        (fit,) = best_spans(question, [fragment], retriever)
        if fit is not None and fit.score >= DOUBTFUL:
            return Short(fragment.slide, fit.candidate.span)
    return marked
