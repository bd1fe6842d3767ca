"""From a question and the slides found for it to an answer made of quotations."""

from __future__ import annotations

from dataclasses import replace

from reportqa.answer import confidence as sureness
from reportqa.answer.compose import compose, nearest
from reportqa.answer.digest import overview_answer
from reportqa.answer.evidence import gather
from reportqa.answer.marked import read
from reportqa.answer.question import analyse
from reportqa.answer.slides import asked_slides
from reportqa.retrieval import HybridRetriever
from reportqa.types import Answer, Hit, Slide

SLIDES = 6
"""How many slides are searched for evidence."""


NEAR = 0.7
"""What a follow-up adds to the score of the slide the last answer stood on, in standard deviations."""


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
    hits = _nearby(retriever.search_slides(text, SLIDES), near)
    gathered = gather(question, hits, retriever)
    if not question.terms or not gathered:
        return Answer(text, question.language, nearest=nearest(hits))
    evidence, marks = read(question, gathered, retriever.reader)
    said = compose(question, evidence, marks, hits, retriever)
    probability = sureness.confidence(sureness.features(question, evidence, said, hits, retriever))
    if probability < sureness.THRESHOLD:
        return Answer(text, question.language, confidence=probability, nearest=nearest(hits))
    return Answer(text, question.language, said.citations, said.short, probability, sides=said.sides)


def _nearby(hits: list[Hit], near: Slide | None) -> list[Hit]:
    moved = [replace(hit, score=hit.score + NEAR * (hit.passage.slide == near)) for hit in hits]
    return sorted(moved, key=lambda hit: -hit.score)
