"""Requests for a slide by its number: 「スライド15を見せて」, "page 12"."""

from __future__ import annotations

import re

from reportqa.answer.compose import headline_citation
from reportqa.answer.question import Question
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold
from reportqa.types import Answer, Slide

_NUMBER = re.compile(
    r"(?:slide|スライド|ページ|頁|page|幻灯片)\s*(?:no\.?\s*)?(\d+)|(?:第\s*)?(\d+)\s*(?:枚目|ページ目?|頁|页|张)"
)


def asked_slides(question: Question, retriever: HybridRetriever) -> Answer | None:
    """The slide a question asks to see, headline first; None when it asks for none that exists.

    A number that several decks have is answered from each of them, up to three.
    """
    match = _NUMBER.search(fold(question.text)) if question.intent == "slide" else None
    if match is None:
        return None
    wanted = match.group(1) or match.group(2)
    slides: list[Slide] = [s for d in retriever.index.decks for s in d.slides if s.number == wanted]
    citations = tuple(c for slide in slides[:3] if (c := headline_citation(slide, 1.0)) is not None)
    return Answer(question.text, question.language, citations, confidence=1.0) if citations else None
