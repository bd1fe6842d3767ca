"""What one browser tab has asked and is looking at, as values; the page is drawn from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock

from reportqa.assistant import QUESTION_CHARS, Assistant
from reportqa.errors import ReportQAError
from reportqa.explain import Explanation
from reportqa.text import detect_language
from reportqa.types import Answer, Citation, Deck, Language, Slide, Turn
from reportqa.web import cards
from reportqa.web.labels import word

_ASKING = Lock()  # one question at a time: an answer takes milliseconds, and the tokenizer is shared

EXPLAINED = 3
"""How many slides the search is explained for."""


@dataclass(frozen=True, slots=True)
class Message:
    """One bubble of the chat; ``answer`` and ``place`` say which citation it shows, if any."""

    role: str
    html: str
    answer: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What the panel shows: a slide, as cited (``place`` counts from 0) or leafed to (None)."""

    answer: int
    deck_id: str
    page: int
    place: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation. ``turns`` are those a follow-up may draw on, ``answers`` all that were given.

    ``explained`` says why the search for the last question found what it found.
    """

    messages: tuple[Message, ...] = ()
    answers: tuple[Answer, ...] = ()
    turns: tuple[Turn, ...] = ()
    view: View | None = None
    language: Language = "ja"
    explained: tuple[Explanation, ...] = ()

    @property
    def shown(self) -> Answer | None:
        """The answer whose slides are in the panel."""
        return self.answers[self.view.answer] if self.view else None

    @property
    def latest(self) -> Answer | None:
        """The answer to the last question, or None before the first."""
        return self.answers[-1] if self.answers else None


def choices(answer: Answer) -> tuple[Citation, ...]:
    """The citations one can look at: those of the answer, else the nearest slides."""
    return answer.citations or answer.nearest


def respond(assistant: Assistant, session: Session, question: str) -> Iterator[Session]:
    """The session with the question, then with the whole answer.

    Not one quotation after another: whoever turns to the next slide meanwhile would be turned back.
    """
    question = question.strip()
    language = detect_language(question) if question else session.language
    session = replace(session, language=language)
    if not question:
        yield _say(session, cards.told(word("empty", language)))
        return
    if len(question) > QUESTION_CHARS:
        session = _say(session, cards.asked(question[:200] + " …"), role="user")
        yield _say(
            session, cards.told(word("too_long", language, length=len(question), limit=QUESTION_CHARS))
        )
        return
    session = replace(_say(session, cards.asked(question), role="user"), explained=())
    yield session
    try:
        with _ASKING:
            answer = assistant.ask(question, session.turns)
            # What a follow-up was understood as may be longer than what may be asked.
            searched = (answer.standalone or question)[:QUESTION_CHARS]
            explained = tuple(assistant.explain(searched, EXPLAINED))
    except ReportQAError as error:
        yield _say(session, cards.told(word("error", language, reason=error)))
        return
    number = len(session.answers)
    session = replace(
        session,
        answers=(*session.answers, answer),
        turns=(*session.turns, Turn(question, answer)),
        language=answer.language,
        explained=explained,
    )
    opening = cards.lead(answer)
    if opening:
        session = _say(session, opening)
    several = len(assistant.decks) > 1
    for place, citation in enumerate(choices(answer)):
        deck = assistant.deck(citation.slide.deck_id)
        repeated = place > 0 and choices(answer)[place - 1].slide == citation.slide
        html = cards.card(citation, place + 1, answer, deck if several else None, repeated)
        session = replace(session, messages=(*session.messages, Message("assistant", html, number, place)))
        if place == 0:
            session = look_at(session, number, 0)
    if not choices(answer) and answer.reply is None:  # a reply leaves the slide in the panel
        session = replace(session, view=None)
    yield session


def forget(assistant: Assistant, session: Session) -> Iterator[Session]:
    """Drop what earlier turns said and ask the last question once more on its own."""
    if session.latest is None:
        yield session
        return
    yield from respond(assistant, replace(session, turns=()), session.latest.question)


def look_at(session: Session, answer: int, place: int) -> Session:
    """The session with that citation in the panel; unchanged where there is none."""
    if not 0 <= answer < len(session.answers) or not 0 <= place < len(choices(session.answers[answer])):
        return session
    slide = choices(session.answers[answer])[place].slide
    return replace(session, view=View(answer, slide.deck_id, slide.page, place))


def leaf(assistant: Assistant, session: Session, step: int) -> Session:
    """The session with the slide ``step`` places on in the panel, held at the deck's ends."""
    if session.view is None:
        return session
    slides = assistant.deck(session.view.deck_id).slides
    index = min(max(_index(slides, session.view.page) + step, 0), len(slides) - 1)
    page = slides[index].page
    cited = choices(session.answers[session.view.answer])
    place = next(
        (at for at, citation in enumerate(cited) if _same(citation.slide, session.view.deck_id, page)), None
    )
    return replace(session, view=replace(session.view, page=page, place=place))


def viewed(assistant: Assistant, session: Session) -> tuple[Deck, Slide] | None:
    """The deck and slide in the panel, or None while it is empty."""
    if session.view is None:
        return None
    deck = assistant.deck(session.view.deck_id)
    return deck, deck.slides[_index(deck.slides, session.view.page)]


def _same(slide: Slide, deck_id: str, page: int) -> bool:
    return slide.deck_id == deck_id and slide.page == page


def _index(slides: tuple[Slide, ...], page: int) -> int:
    return next((at for at, slide in enumerate(slides) if slide.page == page), 0)


def _say(session: Session, html: str, role: str = "assistant") -> Session:
    return replace(session, messages=(*session.messages, Message(role, html)))
