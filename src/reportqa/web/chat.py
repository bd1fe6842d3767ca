"""The page: a conversation on the left, the cited slide on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import gradio as gr
from gradio.events import api

from reportqa.assistant import Assistant
from reportqa.errors import ReportQAError
from reportqa.render import answer_json
from reportqa.types import Language
from reportqa.web import cards
from reportqa.web import session as talk
from reportqa.web.breakdown import breakdown
from reportqa.web.examples import example_questions
from reportqa.web.feedback import Rating, record
from reportqa.web.labels import word
from reportqa.web.pictures import picture
from reportqa.web.session import Message, Session

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Events of the page itself: no spinner over what is shown, and no endpoint for other programs."""

Updates = dict[Any, Any]
Handler = Callable[..., Any]


def build(assistant: Assistant, feedback: Path | None = None) -> gr.Blocks:
    """The chat over ``assistant``; ratings are asked for and appended to ``feedback`` where it is given.

    Also a function ``ask(question)`` for REST and MCP clients that returns design.md's JSON answer.
    """
    language: Language = "ja"
    with gr.Blocks(title=word("title", language), fill_width=True, analytics_enabled=False) as demo:
        api(_ask(assistant), api_name="ask")  # first: the page's own events would take the name
        page = _Page(assistant, language, feedback is not None)
        page.wire(demo, feedback)
    return cast(gr.Blocks, demo)


def _ask(assistant: Assistant) -> Callable[[str], dict[str, Any]]:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question from the slide decks: verbatim quotations with their slide numbers.

        Args:
            question: what to ask, in Japanese, English or Chinese.
        """
        try:
            return answer_json(assistant.ask(question))
        except ReportQAError as error:
            raise gr.Error(str(error)) from error

    return ask


class _Page:
    """The components of the page, and how a session is drawn on them."""

    def __init__(self, assistant: Assistant, language: Language, ratings: bool) -> None:
        self.assistant = assistant
        self.ratings = ratings
        self.session = gr.State(Session())
        self.title = gr.HTML(cards.header(language), elem_id="rq-title")
        with gr.Row(elem_classes="rq-main", equal_height=False):
            with gr.Column(scale=5, min_width=340, elem_classes="rq-talk"):
                self.chat = gr.Chatbot(
                    show_label=False,
                    height="calc(100vh - 205px)",
                    min_height=420,
                    layout="bubble",
                    buttons=[],
                    latex_delimiters=[],
                    allow_file_downloads=False,
                    feedback_options=None,
                    elem_id="rq-chat",
                    placeholder=cards.welcome(assistant.decks),
                    examples=[{"text": question} for question in example_questions(assistant)],
                )
                self.forget = gr.Button(
                    word("forget", language),
                    visible=False,
                    size="sm",
                    elem_id="rq-forget",
                    elem_classes="rq-quiet",
                )
                with gr.Row(elem_classes="rq-input"):
                    self.box = gr.Textbox(
                        placeholder=word("ask", language),
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=4,
                        autofocus=True,
                        scale=8,
                        elem_id="rq-question",
                    )
                    self.send = gr.Button(
                        word("send", language), variant="primary", scale=1, min_width=72, elem_id="rq-send"
                    )
                    self.clear = gr.Button(
                        word("clear", language),
                        scale=1,
                        min_width=108,
                        elem_id="rq-clear",
                        elem_classes="rq-quiet",
                    )
            with gr.Column(scale=6, min_width=360, elem_classes="rq-panel"):
                self._build_panel(language)

    def _build_panel(self, language: Language) -> None:
        self.head = gr.HTML(cards.nothing_shown(language), elem_id="rq-head")
        self.chooser = gr.Radio(
            choices=[], show_label=False, container=False, visible=False, elem_id="rq-chooser"
        )
        self.picture = gr.Image(
            show_label=False,
            container=False,
            interactive=False,
            buttons=["fullscreen"],
            visible=False,
            elem_id="rq-picture",
        )
        self.text = gr.HTML("", elem_id="rq-slide-text")
        with gr.Row(elem_classes="rq-leaf", visible=False) as self.leafing:
            self.previous = gr.Button(
                word("previous", language),
                size="sm",
                min_width=80,
                elem_id="rq-previous",
                elem_classes="rq-quiet",
            )
            self.next = gr.Button(
                word("next", language), size="sm", min_width=80, elem_id="rq-next", elem_classes="rq-quiet"
            )
        with gr.Row(elem_classes="rq-rating", visible=False) as self.rating:
            self.good = gr.Button(
                word("good", language), size="sm", min_width=90, elem_id="rq-good", elem_classes="rq-quiet"
            )
            self.bad = gr.Button(
                word("bad", language), size="sm", min_width=90, elem_id="rq-bad", elem_classes="rq-quiet"
            )
            self.wrong = gr.Button(
                word("wrong_slide", language),
                size="sm",
                min_width=90,
                elem_id="rq-wrong",
                elem_classes="rq-quiet",
            )
        with gr.Row(elem_classes="rq-rating", visible=False) as self.correction:
            self.right = gr.Textbox(
                placeholder=word("right_slide", language),
                show_label=False,
                container=False,
                scale=4,
                max_length=40,
                elem_id="rq-right",
            )
            self.report = gr.Button(
                word("report", language),
                size="sm",
                scale=1,
                min_width=60,
                elem_id="rq-report",
                elem_classes="rq-quiet",
            )
        self.why = gr.HTML("", elem_id="rq-why")

    # --- drawing ----------------------------------------------------------------------------------

    def draw(self, session: Session) -> Updates:
        """The page as ``session`` has it."""
        language = session.language
        latest = session.latest
        return {
            self.session: session,
            self.title: cards.header(language),
            self.chat: [
                {"role": message.role, "content": _lit(message, session)} for message in session.messages
            ],
            self.box: gr.update(placeholder=word("ask", language)),
            self.send: word("send", language),
            self.clear: word("clear", language),
            self.forget: gr.update(
                value=word("forget", language), visible=bool(latest and latest.carried and session.turns)
            ),
            **self._draw_panel(session),
        }

    def _draw_panel(self, session: Session) -> Updates:
        language = session.language
        seen = talk.viewed(self.assistant, session)
        answer, view = session.shown, session.view
        updates: Updates = {
            self.previous: gr.update(value=word("previous", language)),
            self.next: gr.update(value=word("next", language)),
            self.leafing: gr.update(visible=seen is not None),
            self.rating: gr.update(visible=self.ratings and session.latest is not None),
            self.correction: gr.update(visible=False),
            self.good: word("good", language),
            self.bad: word("bad", language),
            self.wrong: word("wrong_slide", language),
            self.right: gr.update(value="", placeholder=word("right_slide", language)),
            self.report: word("report", language),
            self.why: breakdown(session.explained, language),
        }
        if seen is None or answer is None or view is None:
            return {
                **updates,
                self.head: cards.nothing_shown(language),
                self.chooser: gr.update(choices=[], value=None, visible=False),
                self.picture: gr.update(value=None, visible=False),
                self.text: "",
            }
        deck, slide = seen
        cited = talk.choices(answer)
        citation = cited[view.place] if view.place is not None else None
        drawn = picture(deck, slide, citation.spans if citation and answer.found else ())
        if drawn is None:
            text = cards.slide_text(slide, citation.spans if citation else ())
        else:
            text = cards.quoted(citation, answer) if citation else ""
        position = deck.slides.index(slide)
        return {
            **updates,
            self.head: cards.slide_head(slide, deck, language),
            self.chooser: gr.update(
                choices=[
                    (f"{place + 1} · {word('slide', language)} {at.slide.number}", place)
                    for place, at in enumerate(cited)
                ],
                value=view.place,
                visible=len(cited) > 1,
            ),
            self.picture: gr.update(value=str(drawn) if drawn else None, visible=drawn is not None),
            self.text: text,
            self.previous: gr.update(value=word("previous", language), interactive=position > 0),
            self.next: gr.update(value=word("next", language), interactive=position < len(deck.slides) - 1),
        }

    # --- wiring -----------------------------------------------------------------------------------

    def wire(self, demo: gr.Blocks, feedback: Path | None) -> None:
        """Connect what a person does to the session, and the session back to the page."""
        outputs = [
            self.session, self.title, self.chat, self.box, self.send, self.clear, self.forget, self.head,
            self.chooser, self.picture, self.text, self.previous, self.next, self.leafing, self.rating,
            self.correction, self.good, self.bad, self.wrong, self.right, self.report, self.why,
        ]  # fmt: skip

        def on(event: Handler, handler: Handler, inputs: list[Any]) -> None:
            event(handler, [*inputs, self.session], outputs, **_QUIET)

        def ask(question: str, session: Session) -> Iterator[Updates]:
            for after in talk.respond(self.assistant, session, question):
                yield {
                    **self.draw(after),
                    self.box: gr.update(value="", placeholder=word("ask", after.language)),
                }

        def example(session: Session, picked: gr.SelectData) -> Iterator[Updates]:
            yield from ask(str(picked.value["text"]), session)

        def forget(session: Session) -> Iterator[Updates]:
            for after in talk.forget(self.assistant, session):
                yield self.draw(after)

        def arrive(session: Session, request: gr.Request) -> Updates:
            return self.draw(Session(language=_preferred(request.headers.get("accept-language", ""))))

        def clear(session: Session) -> Updates:
            return self.draw(Session(language=session.language))

        def select(session: Session, picked: gr.SelectData) -> Updates:
            at = picked.index[0] if isinstance(picked.index, (list, tuple)) else picked.index
            message = session.messages[at] if 0 <= at < len(session.messages) else None
            if message is None or message.answer is None or message.place is None:
                return self.draw(session)
            return self.draw(talk.look_at(session, message.answer, message.place))

        def choose(place: int | None, session: Session) -> Updates:
            if place is None or session.view is None:
                return self.draw(session)
            return self.draw(talk.look_at(session, session.view.answer, place))

        def leaf(step: int) -> Handler:
            return lambda session: self.draw(talk.leaf(self.assistant, session, step))

        on(demo.load, arrive, [])
        on(self.box.submit, ask, [self.box])
        on(self.send.click, ask, [self.box])
        on(self.chat.example_select, example, [])
        on(self.forget.click, forget, [])
        on(self.clear.click, clear, [])
        on(self.chat.select, select, [])
        on(self.chooser.input, choose, [self.chooser])
        on(self.previous.click, leaf(-1), [])
        on(self.next.click, leaf(1), [])
        if feedback is not None:
            self._wire_ratings(feedback)

    def _wire_ratings(self, feedback: Path) -> None:
        def rate(rating: Rating) -> Handler:
            def rated(session: Session, right: str) -> Updates:
                answer = session.shown or session.latest
                if answer is None:
                    return {self.correction: gr.update(visible=False)}
                try:
                    record(feedback, answer, rating, right if rating == "wrong_slide" else None)
                except OSError as error:
                    gr.Warning(word("not_saved", session.language, reason=error.strerror or error))
                else:
                    gr.Info(word("thanks", session.language), duration=3)
                return {self.right: "", self.correction: gr.update(visible=False)}

            return rated

        inputs, outputs = [self.session, self.right], [self.right, self.correction]
        self.good.click(rate("up"), inputs, outputs, **_QUIET)
        self.bad.click(rate("down"), inputs, outputs, **_QUIET)
        self.wrong.click(lambda: gr.update(visible=True), None, self.correction, **_QUIET)
        for event in (self.report.click, self.right.submit):
            event(rate("wrong_slide"), inputs, outputs, **_QUIET)


def _lit(message: Message, session: Session) -> str:
    """The message's HTML; the citation whose slide is in the panel stands out."""
    view = session.view
    if view is None or message.place is None or (message.answer, message.place) != (view.answer, view.place):
        return message.html
    return cards.lit(message.html)


def _preferred(accepted: str) -> Language:
    """The language a browser asks for first (``Accept-Language``), Japanese where we do not speak it."""
    first = accepted.split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh" if first.startswith("zh") else "ja"
