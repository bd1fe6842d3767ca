"""Answers to requests for a slide by its number (「スライド15を見せて」, "page 12"), by its neighbour or its place (「次のスライド」, "last slide")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from reportqa.answer.compose import QUOTES, headline_citation
from reportqa.answer.fragments import fragments
from reportqa.answer.items import unmarked
from reportqa.answer.question import Question, analyse
from reportqa.answer.sections import contents
from reportqa.leafing import PAGE, asked_end, asked_number, same_number
from reportqa.retrieval import HybridRetriever, slide_key
from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Answer, Citation, Deck, Hit, Language, Short, Slide

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


def asked_slides(question: Question, retriever: HybridRetriever, here: Slide | None) -> Answer | None:
    """The slide a question asks to see, headline first; None when it asks for none.

    A slide that no deck has is not answered by another one: then nothing is cited.
    A number that several decks have is answered from each of them, up to three; the first or the last slide is that of
    the deck last cited, else of up to three.
    """
    end = asked_end(question.text)
    wanted = asked_number(question.text) if question.intent == "slide" else None
    if end is not None:
        slides = [slide for deck in _meant(retriever, here) for slide in _quotable(deck)[end:][:1]]
    elif wanted is not None:
        every = [slide for deck in retriever.index.decks for slide in deck.slides]
        slides = [slide for slide in every if same_number(slide.number, wanted)]
    else:
        return None
    citations = tuple(c for slide in slides[:3] if (c := headline_citation(slide, 1.0)) is not None)
    if not citations:
        # Whoever asks for more than a slide may find it elsewhere.
        nothing = _NOTHING_ELSE.fullmatch(fold(question.text).strip()) is not None
        return Answer(question.text, question.language) if nothing else None
    return Answer(question.text, question.language, citations, confidence=1.0)


_NOTHING_ELSE = re.compile(
    fold_variants(
        rf"(?:(?:スライド|ページ|頁|{PAGE})\s*\d+|\d+\s*(?:枚目|ページ目?|頁))(?:の内容|の中身)?(?:を|は何|は)?\s*(?:見せて?|見たい|表示(?:して)?|開いて)?"
        rf"(?:ください|下さい|くれ|ですか|か)?[?。!]*|(?:please )?(?:(?:show|open|go to)(?: me)? )?(?:(?:slide|page) |{PAGE} ?)\d+[?.!]*|(?:显示|看看?|打开)?第?\d+[页张]"
    )
)
"""A request for a slide and for nothing else."""


def asked_contents(question: Question, retriever: HybridRetriever, here: Slide | None) -> Answer | None:
    """The table of contents, where it is asked for: of the deck last cited, else of up to three; None without one."""
    if not question.asks_contents:
        return None
    citations: list[Citation] = []
    items: list[Short] = []
    for slide in _contents_of(_meant(retriever, here)):
        lines = [piece for piece in fragments(slide) if piece.kind in ("sentence", "title", "row")]
        if lines and len(citations) < QUOTES:
            citations.append(Citation(slide, tuple(span for piece in lines for span in piece.spans), 1.0))
            # Of a row with its number and its page the title is longest.
            titles = [max(piece.spans, key=lambda span: span[1] - span[0]) for piece in lines]
            items += [Short(slide, title) for title in unmarked(slide.text, titles)]
    if not citations:
        return None
    return Answer(question.text, question.language, tuple(citations), confidence=1.0, items=tuple(items))


def _meant(retriever: HybridRetriever, here: Slide | None) -> list[Deck]:
    """The deck last cited; all where none was."""
    return [deck for deck in retriever.index.decks if here is None or deck.deck_id == here.deck_id]


def _contents_of(decks: Sequence[Deck]) -> list[Slide]:
    return [slide for deck in decks for slide in deck.slides if slide in contents(deck.slides)]


def _quotable(deck: Deck) -> list[Slide]:
    return [slide for slide in deck.slides if headline_citation(slide, 1.0) is not None]


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
    """``hits``, before them those on the slide that the query asks for by its number, or on the table of contents.

    As many as there were, or more.
    """
    wanted = asked_number(query)
    pointing = _contents_of(retriever.index.decks) if analyse(query).asks_contents else []
    if wanted is None and not pointing:
        return list(hits)

    def asked(slide: Slide) -> bool:
        return same_number(slide.number, wanted) or slide in pointing

    scores = [hit.score for hit in hits] or [0.0]
    named = [hit for hit in hits if asked(hit.passage.slide)]
    found = {slide_key(hit.passage) for hit in named}
    for passage in retriever.index.passages:
        if asked(passage.slide) and slide_key(passage) not in found:
            found.add(slide_key(passage))
            named.append(Hit(passage, min(scores)))
    lift = max(scores) - min(scores) + 1  # above the best, in the order they had
    raised = [replace(hit, score=hit.score + lift) for hit in named]
    return [*raised, *(hit for hit in hits if slide_key(hit.passage) not in found)]
