"""Gold questions put to the assistant: what was found, cited, answered or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reportqa.errors import GoldError
from reportqa.evaluation.gold import Gold, GoldDialogue, GoldRow, rows
from reportqa.types import Answer, Citation, Deck, Hit, Short, Slide, Span, Turn

Ask = Callable[[str, Sequence[Turn]], Answer]
Search = Callable[[str, int], list[Hit]]

DEPTH = 10
"""How many slides are ranked for each question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. Slides are named as the gold row names them.

    ``valid`` says whether all that
    was quoted stands in the corpus word for word (see ``Corpus.verbatim``).
    """

    row: GoldRow
    ranked: tuple[str, ...]
    cited: tuple[str, ...]
    quotes: tuple[str, ...]
    short: str | None
    confidence: float
    valid: bool
    elapsed_ms: float
    items: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether an answer was given."""
        return bool(self.cited)


class Corpus:
    """The decks as the ruler sees them: what each slide is called in gold, and what it really says."""

    def __init__(self, decks: Sequence[Deck]) -> None:
        stems = {deck.deck_id: deck.path.stem for deck in decks}
        self._stems: Mapping[str, str] = stems
        self._texts = {(s.deck_id, s.page): s.text for deck in decks for s in deck.slides}
        self.several = len(set(stems.values())) > 1
        self.numbers = frozenset(s.number for deck in decks for s in deck.slides)
        self.names = frozenset(f"{stems[s.deck_id]}#{s.number}" for deck in decks for s in deck.slides)

    def name(self, slide: Slide, by_stem: bool) -> str:
        """``number``, or ``stem#number`` where several decks are at hand."""
        return f"{self._stems[slide.deck_id]}#{slide.number}" if by_stem else slide.number

    def knows(self, name: str) -> bool:
        """Whether a gold row's slide is in the corpus; a bare number names a slide of a lone deck only."""
        return name in (self.names if "#" in name or self.several else self.numbers)

    def verbatim(self, citation: Citation) -> bool:
        """Whether a quotation is what the corpus's own slide says at its spans: ``source[start:end] == quote``.

        The slide is looked up by deck and page, so a citation that carries a text of its own is found out.
        """
        text = self._texts.get((citation.slide.deck_id, citation.slide.page))
        spans = citation.spans if citation.source is None else (*citation.spans, citation.source)
        if text is None or not citation.spans or not all(_inside(span, text) for span in spans):
            return False
        said = [citation.slide.text[start:end] for start, end in spans]
        there = [text[start:end] for start, end in spans]
        return said == there and citation.quote == " ".join(there[: len(citation.spans)])

    def answer_verbatim(self, answer: Answer) -> bool:
        """Whether every quotation is, and the short answer and the things of a list stand inside quotations."""
        named = (*((answer.short,) if answer.short else ()), *answer.items)
        return all(self.verbatim(citation) for citation in (*answer.citations, *answer.nearest)) and all(
            _stands_in(each, answer.citations) and self.verbatim(Citation(each.slide, (each.span,)))
            for each in named
        )


def _stands_in(named: Short, citations: Sequence[Citation]) -> bool:
    """Whether a span of a quotation holds it."""
    place = (named.slide.deck_id, named.slide.page)
    spans = [span for c in citations if (c.slide.deck_id, c.slide.page) == place for span in c.spans]
    return any(start <= named.span[0] and named.span[1] <= end for start, end in spans)


def run(gold: Iterable[Gold], ask: Ask, search: Search, decks: Sequence[Deck]) -> list[Outcome]:
    """Ask every question, dialogues with their history.

    Raises GoldError when no slide of the gold rows is in the corpus: then every figure would be 0.
    A single missing slide counts as a miss, for a deck that could not be read is one.
    """
    gold = list(gold)
    corpus = Corpus(decks)
    wanted = {slide: row.place for row in rows(gold) for slide in row.slides}
    if wanted and not any(corpus.knows(slide) for slide in wanted):
        slide, place = next(iter(wanted.items()))
        raise GoldError(
            f"{place}: neither slide {slide} nor any other of the gold rows is in this corpus; "
            "choose their decks with --corpus (with several decks a slide is written stem#number)"
        )
    outcomes: list[Outcome] = []
    for item in gold:
        history: list[Turn] = []
        for row in item.turns if isinstance(item, GoldDialogue) else (item,):
            answer = ask(row.question, history)
            if isinstance(item, GoldDialogue):
                history.append(Turn(row.question, answer))
            hits = search(answer.standalone or row.question, DEPTH)
            outcomes.append(_outcome(row, answer, hits, corpus))
    return outcomes


def run_alone(
    gold: Iterable[Gold], ask: Ask, search: Search, decks: Sequence[Deck], *, standalone: bool
) -> list[Outcome]:
    """Follow-up turns asked without their history: as they are, or in the gold's standalone wording."""
    corpus = Corpus(decks)
    outcomes: list[Outcome] = []
    for item in gold:
        if isinstance(item, GoldDialogue):
            for row in item.turns[1:]:
                question = row.standalone or row.question if standalone else row.question
                outcomes.append(_outcome(row, ask(question, ()), search(question, DEPTH), corpus))
    return outcomes


def _inside(span: Span, text: str) -> bool:
    return 0 <= span[0] < span[1] <= len(text)


def _outcome(row: GoldRow, answer: Answer, hits: Sequence[Hit], corpus: Corpus) -> Outcome:
    by_stem = any("#" in slide for slide in row.slides) or corpus.several
    citations = answer.citations
    return Outcome(
        row=row,
        # Twin decks share a stem: a slide named twice is one slide.
        ranked=tuple(dict.fromkeys(corpus.name(hit.passage.slide, by_stem) for hit in hits)),
        cited=tuple(corpus.name(citation.slide, by_stem) for citation in citations),
        quotes=tuple(citation.quote for citation in citations),
        short=answer.short.text if answer.short else None,
        confidence=answer.confidence,
        valid=corpus.answer_verbatim(answer),
        elapsed_ms=answer.elapsed_ms,
        items=tuple(item.text for item in answer.items),
    )
