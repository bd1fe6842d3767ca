"""From a question and the slides found for it to an answer made of quotations."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reportqa.answer import confidence as sureness
from reportqa.answer.compose import QUOTES, compose, has_short, nearest
from reportqa.answer.digest import overview_answer
from reportqa.answer.evidence import gather
from reportqa.answer.marked import read, surest
from reportqa.answer.question import analyse
from reportqa.answer.ranking import SLIDES, evidence_score, found, rank
from reportqa.answer.slides import asked_contents, asked_slides
from reportqa.reader import UNREAD, Page
from reportqa.retrieval import HybridRetriever
from reportqa.types import Answer, Hit, Slide


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, and what speaks for its question being the one that was meant.

    ``hits`` are the slides found, best first, none where nothing could be looked for; ``page`` is what the reader makes
    of the first one with any evidence and ``lead`` how far the first one's score is before the second one's.
    ``settled``: slides or a summary were asked for, which leaves nothing to doubt.
    """

    answer: Answer
    hits: tuple[Hit, ...] = ()
    page: Page = UNREAD
    lead: float = 0.0
    settled: bool = False

    def refused(self, confidence: float) -> Answer:
        """The same without an answer."""
        near = self.answer.nearest or nearest(self.hits)
        return replace(
            self.answer, citations=(), short=None, sides=(), items=(), confidence=confidence, nearest=near
        )


def answer(
    text: str,
    retriever: HybridRetriever,
    near: Slide | None = None,
    here: Slide | None = None,
    *,
    joined: bool = False,
) -> Heard:
    """What the corpus says to the standalone question ``text``; without citations it says nothing.

    ``near`` is the slide a follow-up question comes from; it is preferred among equals.
    ``here`` is the slide last cited: "this deck" is the one it belongs to. ``joined``: ``text`` is the last question
    and this one, and only the second is to be answered.
    """
    question = analyse(text)
    shown = asked_slides(question, retriever, here) or asked_contents(question, retriever, here)
    if shown:
        return Heard(shown, settled=True)
    overview = overview_answer(text, retriever, here)
    if overview:
        return Heard(Answer(text, question.language, overview, confidence=1.0), settled=True)
    hits, gathered = rank(question, found(question, retriever), retriever, near)
    if not question.terms or not gathered:
        return Heard(Answer(text, question.language, nearest=nearest(hits)))
    hits, evidence, marks = read(question, hits, gathered, retriever)
    said = compose(question, evidence, marks, hits, retriever, joined=joined)
    probability = sureness.confidence(sureness.features(question, evidence, said, retriever))
    given = Answer(
        text, question.language, said.citations, said.short, probability, sides=said.sides, items=said.items
    )
    scores = sorted(map(evidence_score, hits), reverse=True)
    lead = scores[0] - scores[1] if len(scores) > 1 else 0.0
    heard = Heard(given, tuple(hits), surest(marks, [evidence[0].fragment.slide]), lead)
    return replace(heard, answer=heard.refused(probability)) if probability < sureness.THRESHOLD else heard


def narrowed(heard: Heard, asked: str, retriever: HybridRetriever) -> Answer:
    """The answer to two questions in one, with the short answer to the second, ``asked``, alone.

    The slide quoted first was found by both; on it is read once more what ``asked`` says.
    """
    question = analyse(asked)
    hits = [hit for hit in heard.hits if hit.passage.slide == heard.answer.citations[0].slide]
    gathered = gather(question, hits, retriever)
    if not question.terms or not gathered:
        return heard.answer
    _, evidence, marks = read(question, hits, gathered, retriever)
    said = compose(question, evidence, marks, hits, retriever)
    short, quoted = said.short, heard.answer.citations
    if short and not any(has_short(citation, short) for citation in quoted):
        quoted = (*(c for c in said.citations if has_short(c, short)), *quoted)[:QUOTES]
    return replace(heard.answer, citations=quoted, short=short, items=())


def search(text: str, retriever: HybridRetriever, k: int) -> list[Hit]:
    """The best passage of each of the ``k`` best slides in the order in which ``answer`` takes them."""
    question = analyse(text)
    hits = found(question, retriever, max(k, SLIDES))
    if retriever.reranker or not question.terms:
        return hits[:k]
    ranked, gathered = rank(question, hits[:SLIDES], retriever)
    if gathered:
        ranked, _, _ = read(question, ranked, gathered, retriever)
    return [*ranked, *hits[SLIDES:]][:k]
