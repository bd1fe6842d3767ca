"""From a question and the slides found for it to an answer made of quotations."""

from __future__ import annotations

from reportqa.answer import confidence as sureness
from reportqa.answer.compose import compose, nearest
from reportqa.answer.digest import overview_answer
from reportqa.answer.marked import read
from reportqa.answer.question import analyse
from reportqa.answer.ranking import SLIDES, rank
from reportqa.answer.slides import asked_slides
from reportqa.retrieval import HybridRetriever
from reportqa.types import Answer, Hit, Slide


def answer(
    text: str, retriever: HybridRetriever, near: Slide | None = None, here: Slide | None = None
) -> Answer:
    """What the corpus says to the standalone question ``text``; without citations it says nothing.

    ``near`` is the slide a follow-up question comes from; it is preferred among equals.
    ``here`` is the slide last cited: "this deck" is the one it belongs to.
    """
    question = analyse(text)
    shown = asked_slides(question, retriever)
    if shown:
        return shown
    overview = overview_answer(text, retriever, here)
    if overview:
        return Answer(text, question.language, overview, confidence=1.0)
    hits, gathered = rank(question, retriever.search_slides(text, SLIDES), retriever, near)
    if not question.terms or not gathered:
        return Answer(text, question.language, nearest=nearest(hits))
    hits, evidence, marks = read(question, hits, gathered, retriever)
    said = compose(question, evidence, marks, hits, retriever)
    probability = sureness.confidence(sureness.features(question, evidence, said, retriever))
    if probability < sureness.THRESHOLD:
        return Answer(text, question.language, confidence=probability, nearest=nearest(hits))
    return Answer(text, question.language, said.citations, said.short, probability, sides=said.sides)


def search(text: str, retriever: HybridRetriever, k: int) -> list[Hit]:
    """The best passage of each of the ``k`` best slides in the order in which ``answer`` takes them."""
    question = analyse(text)
    hits = retriever.search_slides(text, max(k, SLIDES))
    if retriever.reranker or not question.terms:
        return hits[:k]
    ranked, gathered = rank(question, hits[:SLIDES], retriever)
    if gathered:
        ranked, _, _ = read(question, ranked, gathered, retriever)
    return [*ranked, *hits[SLIDES:]][:k]
