"""The facade every front end uses: open a corpus, ask it, search it, look at a slide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reportqa.answer import Heard, answer, narrowed, search
from reportqa.answer import digest as digests
from reportqa.answer.courtesy import courtesy
from reportqa.answer.slides import named_first, neighbour
from reportqa.context import meant, meant_of_parts
from reportqa.dialogue import Standalone, last_cited, readings
from reportqa.encoder import open_encoder
from reportqa.errors import ReportQAError
from reportqa.explain import Explanation, explain
from reportqa.index import Progress, open_index
from reportqa.leafing import same_number
from reportqa.reduction import readings as parts_of
from reportqa.reranker import open_reranker
from reportqa.retrieval import HybridRetriever
from reportqa.text import detect_language
from reportqa.types import Answer, Citation, Deck, Hit, Skipped, Slide, Turn

QUESTION_CHARS = 2000
"""Longest question taken; more is a pasted document."""


class Assistant:
    """A corpus that answers. Get one from ``Assistant.open``."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever

    @classmethod
    def open(
        cls,
        corpus: Path,
        index: Path,
        model: str | None = None,
        progress: Progress | None = None,
        reranker: str | None = None,
    ) -> Assistant:
        """Open ``corpus``, building or updating its index in the folder ``index`` where needed.

        ``model`` names any sentence-transformers model; None is the bundled one. ``reranker`` names a
        cross-encoder that reorders the first candidates; None is none. Raises CorpusError,
        IndexBuildError or ModelError.
        """
        encoder, second = open_encoder(model), open_reranker(reranker)
        return cls(HybridRetriever(open_index(corpus, index, encoder, progress), encoder, second))

    @property
    def decks(self) -> tuple[Deck, ...]:
        """The decks that could be read, in path order."""
        return self._retriever.index.decks

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that could not be read, and why."""
        return self._retriever.index.skipped

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer ``question``; with ``history`` (oldest first) it may be a follow-up.

        Raises ReportQAError when the question is empty or longer than QUESTION_CHARS.
        """
        started = time.perf_counter()
        _check(question)
        found = courtesy(question) or self._answer(question, history)
        return replace(found, question=question, elapsed_ms=(time.perf_counter() - started) * 1000)

    def _answer(self, question: str, history: Sequence[Turn]) -> Answer:
        asked = [turn for turn in history if turn.answer.reply is None]  # thanks carry no subject over
        parts = parts_of(question, self._retriever.nearness)
        if len(parts) == 1:
            return self._follow_up(parts[0], parts[0], asked)
        # A message may leave it to the last question what "there" is, or say it itself.
        followed = self._follow_up(question, parts[0], asked) if asked else None
        if followed and followed.found:
            return followed
        alone = self._of_parts(question, parts)[1]
        return alone if alone.found or followed is None else followed

    def _follow_up(self, question: str, asks: str, asked: Sequence[Turn]) -> Answer:
        """Answer the part of ``question`` that ``asks``, which may go on from the turns ``asked``."""
        read = readings(asks, asked, self._retriever.encoder)
        if read.worded.step:
            if read.worded.near is None:  # next to what?
                return Answer(question, detect_language(question))
            return neighbour(question, read.worded.near, read.worded.step, self._retriever)
        heard: dict[Standalone, Heard] = {}
        for each, kinds in read.kinds.items():
            found = self._heard(question, each, asked)
            if found.settled and not kinds & {"worded", "other"}:  # that is not what the wording asks for
                continue
            if len(read.kinds) == 1 or found.settled:
                return found.answer
            heard[each] = found
        chosen, said = meant(read, heard)
        if said.found and chosen.joined:
            now = self._retriever.respell(read.worded.question)
            return narrowed(replace(heard[chosen], answer=said), now, self._retriever)
        return said

    def _of_parts(self, message: str, parts: Sequence[str]) -> tuple[str, Answer]:
        """Which of the readings of a long message is meant, and its answer."""
        alone = self._heard(message, Standalone(parts[0]), ())
        if alone.settled:
            return parts[0], alone.answer
        # What only stands beside the question asks for no slide and no summary.
        more = {part: self._heard(message, Standalone(part), ()) for part in parts[1:]}
        heard = {parts[0]: alone} | {part: found for part, found in more.items() if not found.settled}
        chosen, said = meant_of_parts(list(heard.values()))
        return list(heard)[chosen], said

    def _heard(self, question: str, standalone: Standalone, asked: Sequence[Turn]) -> Heard:
        understood = self._retriever.respell(standalone.question)
        here = last_cited(asked)
        heard = answer(understood, self._retriever, standalone.near, here, joined=standalone.joined)
        shown = replace(
            heard.answer,
            standalone=understood if understood != question else None,
            carried=standalone.carried,
            joined=standalone.joined,
        )
        return replace(heard, answer=shown)

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """The best passage of each of the ``k`` best slides, best first.

        A slide that the query names by its number (slide 15, 12ページ) comes before all others.
        """
        _check(query)
        hits = search(self._searched(query), self._retriever, k)
        return named_first(query, hits, self._retriever)[:k]

    def _searched(self, query: str) -> str:
        """What of ``query`` is searched for, in the corpus's spelling."""
        parts = parts_of(query, self._retriever.nearness)
        return self._retriever.respell(parts[0] if len(parts) == 1 else self._of_parts(query, parts)[0])

    def digest(
        self, deck_id: str, section: str | None = None, limit: int = digests.LIMIT
    ) -> tuple[Citation, ...]:
        """A deck, or one section of it by name or number, in at most ``limit`` of its own headlines.

        One citation a slide, in deck order. Raises ReportQAError where there is no such deck or section.
        """
        return digests.digest(self.deck(deck_id), self._retriever, section, limit)

    def explain(self, query: str, k: int = 5) -> list[Explanation]:
        """The hits of ``search``, each with why it was found."""
        _check(query)
        searched = self._searched(query)
        return explain(self._retriever, searched, search(searched, self._retriever, k))

    def deck(self, deck_id: str) -> Deck:
        """The deck of that id; raises ReportQAError when there is none."""
        for deck in self.decks:
            if deck.deck_id == deck_id:
                return deck
        known = ", ".join(deck.deck_id for deck in self.decks)
        raise ReportQAError(f"no deck {deck_id!r} in this corpus; it holds: {known}")

    def slide(self, deck_id: str, number: str) -> Slide:
        """The slide of that printed number; raises ReportQAError when there is none."""
        deck = self.deck(deck_id)
        alike = [slide for slide in deck.slides if same_number(slide.number, number)]
        if alike:
            return max(alike, key=lambda slide: slide.number == number)
        first, last = deck.slides[0].number, deck.slides[-1].number
        raise ReportQAError(
            f"deck {deck_id!r} has no slide {number!r}; its slides run from {first} to {last}"
        )


def _check(question: str) -> None:
    if not question.strip():
        raise ReportQAError("the question is empty; ask something of the corpus")
    if len(question) > QUESTION_CHARS:
        raise ReportQAError(f"the question has {len(question)} characters; ask in at most {QUESTION_CHARS}")
