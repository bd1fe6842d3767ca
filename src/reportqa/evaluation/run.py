"""Gold questions put to the assistant: what was found, cited, answered or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reportqa.evaluation.gold import Gold, GoldDialogue, GoldRow
from reportqa.types import Answer, Citation, Hit, Slide, Turn

Ask = Callable[[str, Sequence[Turn]], Answer]
Search = Callable[[str, int], list[Hit]]

DEPTH = 10
"""How many slides are ranked for each question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. Slides are named as the gold row names them."""

    row: GoldRow
    ranked: tuple[str, ...]
    cited: tuple[str, ...]
    quotes: tuple[str, ...]
    short: str | None
    confidence: float
    valid: bool
    elapsed_ms: float

    @property
    def found(self) -> bool:
        """Whether an answer was given."""
        return bool(self.cited)


def run(gold: Iterable[Gold], ask: Ask, search: Search, stems: Mapping[str, str]) -> list[Outcome]:
    """Ask every question, dialogues with their history.

    ``stems`` maps deck ids to file stems; it names slides for gold rows that say ``stem#number``.
    """
    outcomes: list[Outcome] = []
    for item in gold:
        history: list[Turn] = []
        for row in item.turns if isinstance(item, GoldDialogue) else (item,):
            answer = ask(row.question, history)
            if isinstance(item, GoldDialogue):
                history.append(Turn(row.question, answer))
            hits = search(answer.standalone or row.question, DEPTH)
            outcomes.append(_outcome(row, answer, hits, stems))
    return outcomes


def run_alone(
    gold: Iterable[Gold], ask: Ask, search: Search, stems: Mapping[str, str], *, standalone: bool
) -> list[Outcome]:
    """Follow-up turns asked without their history: as they are, or in the gold's standalone wording."""
    outcomes: list[Outcome] = []
    for item in gold:
        if isinstance(item, GoldDialogue):
            for row in item.turns[1:]:
                question = row.standalone or row.question if standalone else row.question
                outcomes.append(_outcome(row, ask(question, ()), search(question, DEPTH), stems))
    return outcomes


def valid(citation: Citation) -> bool:
    """Whether the quotation is the slide's own text at its spans: ``source[start:end] == quote``."""
    text = citation.slide.text
    inside = all(0 <= start < end <= len(text) for start, end in citation.spans)
    return inside and citation.quote == " ".join(text[start:end] for start, end in citation.spans)


def _outcome(row: GoldRow, answer: Answer, hits: Sequence[Hit], stems: Mapping[str, str]) -> Outcome:
    by_stem = any("#" in slide for slide in row.slides) or len(set(stems.values())) > 1

    def name(slide: Slide) -> str:
        return f"{stems[slide.deck_id]}#{slide.number}" if by_stem else slide.number

    citations = answer.citations
    short_valid = answer.short is None or answer.short.text in answer.short.slide.text
    return Outcome(
        row=row,
        # Twin decks share a stem: a slide named twice is one slide.
        ranked=tuple(dict.fromkeys(name(hit.passage.slide) for hit in hits)),
        cited=tuple(name(citation.slide) for citation in citations),
        quotes=tuple(citation.quote for citation in citations),
        short=answer.short.text if answer.short else None,
        confidence=answer.confidence,
        valid=all(valid(citation) for citation in (*citations, *answer.nearest)) and short_valid,
        elapsed_ms=answer.elapsed_ms,
    )
