"""Whether a question that could stand alone is still about what the last one was about."""

from __future__ import annotations

from reportqa import tokens
from reportqa.answer.question import analyse
from reportqa.answer.ranking import search_slides
from reportqa.answer.words import covered, holds
from reportqa.dialogue import Standalone
from reportqa.retrieval import HybridRetriever

GIVEN_UP = 0.1
"""How much less of the question the slide may cover that is found with the last subject than the one without."""

FIRST = 0.05
"""What the likeliest reading by its wording is given before another."""

COMMON = 0.25
"""A subject that stands in more than this share of the passages tells nothing apart (AI, in a deck on AI)."""


def in_order(
    question: str, readings: tuple[Standalone, ...], retriever: HybridRetriever
) -> tuple[Standalone, ...]:
    """Which readings of ``question`` to try, first to last.

    A question that could stand alone is tried with the last subject first if the slide found so says that
    subject and covers the question about as well as the slide found without it: 「e-Learningの長さは？」 after
    a question about one company's courses means that company's; a change of topic finds its words
    elsewhere only.
    """
    as_is, *others = readings
    if others and question not in (each.question for each in readings):
        return _said_best(readings, retriever)
    if not others or as_is.question != question:
        return readings
    (contextual,) = others
    subject = [term for phrase in contextual.carried for term in tokens.terms(phrase)]
    frequencies = [retriever.index.lexical.document_frequency(term) for term in subject]
    if min(frequencies, default=0) > COMMON * len(retriever.index.passages):
        return (as_is,)
    alone, carried = (search_slides(text, retriever, 1) for text in (question, contextual.question))
    texts = [hits[0].passage.slide.text for hits in (carried, alone) if hits]
    if len(texts) < 2 or not all(holds(term, texts[0]) for term in subject):
        return (as_is,)
    terms = analyse(question).subject
    weights = [retriever.idf(term) for term in terms]
    near, best = covered(terms, texts, retriever) @ weights
    fits = near >= best - GIVEN_UP * sum(weights)
    return (contextual, as_is) if fits else readings


def _said_best(readings: tuple[Standalone, ...], retriever: HybridRetriever) -> tuple[Standalone, ...]:
    """Readings of a question that cannot stand alone, that first of which a slide says most.

    「ベガは？」 after a question about Sirius's parts may ask for Vega's parts or for what Vega has to do with Sirius.
    """
    said = []
    for each in readings:
        terms = analyse(each.question).subject
        hits = search_slides(each.question, retriever, 1)
        weights = [retriever.idf(term) for term in terms]
        texts = [hit.passage.slide.text for hit in hits]
        said.append(
            float(covered(terms, texts, retriever)[0] @ weights) / sum(weights) if hits and terms else 0.0
        )
    order = sorted(range(len(readings)), key=lambda place: -(said[place] + FIRST * (place == 0)))
    return tuple(readings[place] for place in order)
