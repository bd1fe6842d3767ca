"""Answers to requests for a slide by its number (「スライド15を見せて」, "page 12") or by its neighbour (「次のスライド」)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from reportqa.answer.compose import headline_citation
from reportqa.answer.question import Question
from reportqa.leafing import asked_number
from reportqa.retrieval import HybridRetriever, slide_key
from reportqa.text import detect_language
from reportqa.types import Answer, Hit, Language, Slide

_ZH_PAGE = re.compile(r"[页张]|[上下]一")
_ENDS: tuple[dict[Language, str], dict[Language, str]] = (
    {
        "ja": "これが最初のスライドです。",
        "en": "That was the first slide.",
        "zh": "这已经是第一张幻灯片了。",
    },
    {
        "ja": "これが最後のスライドです。",
        "en": "That was the last slide.",
        "zh": "这已经是最后一张幻灯片了。",
    },
)
"""What is said before the first slide of a deck and after its last."""


def asked_slides(question: Question, retriever: HybridRetriever) -> Answer | None:
    """The slide a question asks to see, headline first; None when it asks for none that exists.

    A number that several decks have is answered from each of them, up to three.
    """
    wanted = asked_number(question.text) if question.intent == "slide" else None
    if wanted is None:
        return None
    slides: list[Slide] = [s for d in retriever.index.decks for s in d.slides if s.number == wanted]
    citations = tuple(c for slide in slides[:3] if (c := headline_citation(slide, 1.0)) is not None)
    return Answer(question.text, question.language, citations, confidence=1.0) if citations else None


def neighbour(text: str, slide: Slide, step: int, retriever: HybridRetriever) -> Answer:
    """The slide ``step`` places after ``slide`` in its deck, by its headline; at either end a reply that says so."""
    language = detect_language(text)
    if language == "ja" and _ZH_PAGE.search(text):
        language = "zh"
    slides = next(deck.slides for deck in retriever.index.decks if deck.deck_id == slide.deck_id)
    # A slide without text cannot be quoted: the next one that can be is shown.
    place = next(at for at, other in enumerate(slides) if other.page == slide.page) + step
    while 0 <= place < len(slides):
        citation = headline_citation(slides[place], 1.0)
        if citation is not None:
            return Answer(text, language, (citation,), confidence=1.0)
        place += step
    return Answer(text, language, reply=_ENDS[step > 0][language])


def named_first(query: str, hits: Sequence[Hit], retriever: HybridRetriever) -> list[Hit]:
    """``hits``, before them those on the slide whose number the query names; as many as there were, or more."""
    wanted = asked_number(query)
    if wanted is None:
        return list(hits)
    scores = [hit.score for hit in hits] or [0.0]
    named = [hit for hit in hits if hit.passage.slide.number == wanted]
    found = {slide_key(hit.passage) for hit in named}
    for passage in retriever.index.passages:
        if passage.slide.number == wanted and slide_key(passage) not in found:
            found.add(slide_key(passage))
            named.append(Hit(passage, min(scores)))
    lift = max(scores) - min(scores) + 1  # above the best, in the order they had
    raised = [replace(hit, score=hit.score + lift) for hit in named]
    return [*raised, *(hit for hit in hits if slide_key(hit.passage) not in found)]
