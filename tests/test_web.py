"""The web chat without a browser: what a session becomes, what is sent out, what the server allows."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from reportqa.assistant import QUESTION_CHARS, Assistant
from reportqa.errors import ReportQAError
from reportqa.explain import Explanation, Match, Term
from reportqa.readers.places import quote_boxes
from reportqa.text import detect_language
from reportqa.types import Answer, Citation, Deck, Hit, Passage, Rank, Region, Short, Side, Slide, Turn
from reportqa.web import cards, feedback
from reportqa.web import session as talk
from reportqa.web.breakdown import breakdown
from reportqa.web.chat import build
from reportqa.web.examples import example_questions
from reportqa.web.pictures import picture
from reportqa.web.server import launch
from reportqa.web.session import Session

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = (
    "見出し<img src=x onerror=alert(1)>\n"
    "規模は **5,784億元**\nに達した。${alert(1)} ![x](http://example.com/x.png)\n"
    "出所：<script>alert(1)</script>"
)


class Scripted:
    """An assistant that quotes the middle of its first slide, and knows nothing of 「ない」."""

    skipped = ()

    def __init__(self, path: Path) -> None:
        first = Slide("bad", "0", 1, "inferred", HOSTILE, (Region("headline", 0, HOSTILE.index("\n")),))
        second = Slide("bad", "1", 2, "inferred", "次の頁\n行\tセル", (Region("headline", 0, 3),))
        third = Slide("bad", "2", 3, "inferred", "最後の頁", ())
        self.decks = (Deck("bad", "<b>悪い</b>資料", path, "0" * 64, "text", (first, second, third)),)

    def deck(self, deck_id: str) -> Deck:
        assert deck_id == "bad"
        return self.decks[0]

    def explain(self, query: str, k: int) -> list[Explanation]:
        slide = self.decks[0].slides[0]
        hit = Hit(Passage("bad:0", slide, ((0, 9),)), 2.5, (Rank("bm25", 1, 7.0),))
        term, match = Term("<b>規模</b>", "terms", 7.0), Match("<i>規模", "<script>", 0.91, 0.5)
        matches = None if "モデル" in query else (match,)
        return [Explanation(query, hit, (term, Term("<b>規模</b>", "context", 1.0)), matches)][:k]

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        if "壊" in question:
            raise ReportQAError("the index is gone; run reportqa index")
        language = detect_language(question)
        first, second, _ = self.decks[0].slides
        if "ない" in question:
            return Answer(question, language, nearest=(Citation(second, ((0, 3),)),))
        at = HOSTILE.index("規模"), HOSTILE.index("出所")
        figure = HOSTILE.index("5,784億元")
        return Answer(
            question,
            language,
            citations=(Citation(first, (at,), source=(at[1], len(HOSTILE))), Citation(second, ((4, 8),))),
            short=Short(first, (figure, figure + 7)),
            standalone=f"{history[-1].question} {question}" if history else None,
            carried=("AI産業",) if history else (),
        )


@pytest.fixture
def scripted(tmp_path: Path) -> Any:
    return Scripted(tmp_path / "bad.txt")


def last(sessions: Iterator[Session]) -> Session:
    return list(sessions)[-1]


def tags(html: str) -> set[str]:
    return set(re.findall(r"<\s*([a-zA-Z]+)", html))


def test_the_question_is_shown_first_and_then_the_whole_answer(scripted: Any) -> None:
    steps = list(talk.respond(scripted, Session(), "規模は？"))
    assert [len(step.messages) for step in steps] == [1, 4]
    assert [message.role for message in steps[-1].messages] == ["user", "assistant", "assistant", "assistant"]
    assert steps[1].messages[1].html == '<div class="rq-short">5,784億元</div>'
    assert "<mark>5,784億元</mark>" in steps[-1].messages[2].html
    assert "スライド 0" in steps[-1].messages[2].html
    assert steps[1].view == talk.View(answer=0, deck_id="bad", page=1, place=0)


def test_nothing_a_deck_says_becomes_markup(scripted: Any) -> None:
    session = last(talk.respond(scripted, Session(), "<img src=x onerror=alert(2)> の規模は？"))
    deck, slide = scripted.decks[0], scripted.decks[0].slides[0]
    pieces = [message.html for message in session.messages]
    pieces += [cards.slide_head(slide, deck, "ja"), cards.slide_text(slide, [(0, 5)]), cards.welcome([deck])]
    pieces.append(cards.quoted(session.answers[0].citations[0], session.answers[0]))
    for html in pieces:
        assert tags(html) <= {"div", "span", "mark", "br", "b"}
        assert "\n" not in html  # a blank line would end the HTML block and let Markdown in
    assert "&lt;b&gt;悪い&lt;/b&gt;資料" in cards.welcome([deck])


def test_overlapping_spans_are_marked_once_and_no_text_is_lost(scripted: Any) -> None:
    slide = scripted.decks[0].slides[2]
    html = cards.slide_text(slide, [(2, 4), (0, 3), (1, 2)])
    assert html == '<div class="rq-text"><mark>最後の</mark><mark>頁</mark></div>'


def test_a_table_row_is_shown_with_its_cells_apart(scripted: Any) -> None:
    session = last(talk.respond(scripted, Session(), "規模は？"))
    assert '行<span class="rq-cell"></span>セル' in session.messages[3].html


def test_not_found_shows_the_nearest_slides_in_the_language_of_the_question(scripted: Any) -> None:
    session = last(talk.respond(scripted, Session(), "どこにもないことは？"))
    assert "この資料には書かれていません" in session.messages[1].html
    assert "rq-near" in session.messages[2].html
    assert session.view is not None and session.view.page == 2


@pytest.mark.parametrize(
    ("question", "language", "label"),
    [("規模は？", "ja", "スライド 0"), ("How large?", "en", "Slide 0"), ("规模是多少？", "zh", "幻灯片 0")],
)
def test_labels_follow_the_question(scripted: Any, question: str, language: str, label: str) -> None:
    session = last(talk.respond(scripted, Session(), question))
    assert session.language == language
    assert label in session.messages[2].html


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("  ", "質問を入力してください"),
        ("あ" * (QUESTION_CHARS + 1), f"{QUESTION_CHARS}字以内"),
        ("壊れた？", "the index is gone; run reportqa index"),
    ],
)
def test_what_cannot_be_asked_gets_a_friendly_reply(scripted: Any, question: str, reply: str) -> None:
    session = last(talk.respond(scripted, Session(), question))
    assert reply in session.messages[-1].html
    assert session.answers == ()


def test_a_follow_up_says_what_it_took_over_and_can_be_asked_again_without(scripted: Any) -> None:
    first = last(talk.respond(scripted, Session(), "中国のAI産業は？"))
    second = last(talk.respond(scripted, first, "成長率は？"))
    understood = next(message.html for message in second.messages if "rq-understood" in message.html)
    assert "中国のAI産業は？ 成長率は？" in understood and "AI産業" in understood
    alone = last(talk.forget(scripted, second))
    assert alone.latest is not None and alone.latest.question == "成長率は？" and not alone.latest.carried
    assert [turn.question for turn in alone.turns] == ["成長率は？"]
    assert len(alone.messages) > len(second.messages)


def test_the_search_for_the_last_question_is_explained(scripted: Any, shipped: Assistant) -> None:
    first = last(talk.respond(scripted, Session(), "中国のAI産業は？"))
    second = last(talk.respond(scripted, first, "成長率は？"))
    assert [found.query for found in second.explained] == ["中国のAI産業は？ 成長率は？"]
    assert last(talk.respond(scripted, second, "壊れた？")).explained == ()
    real = last(talk.respond(shipped, Session(), "What is the price of GPT-4o?"))
    html = breakdown(real.explained, real.language)
    assert html.count("rq-why-slide") == talk.EXPLAINED and "Slide 15" in html
    assert "Why these slides" in html and "price → 価格" in html and "gpt-4o" in html


@pytest.mark.parametrize(
    ("question", "title", "place"),
    [
        ("規模は？", "検索の内訳", "語の一致 1位"),
        ("How large?", "Why these slides", "shared words rank 1"),
        ("规模是多少？", "检索依据", "词语匹配 第1位"),
    ],
)
def test_the_explanation_is_closed_at_first_escaped_and_in_the_readers_language(
    scripted: Any, question: str, title: str, place: str
) -> None:
    session = last(talk.respond(scripted, Session(), question))
    html = breakdown(session.explained, session.language)
    assert html.startswith(f'<details class="rq-why"><summary>{title}</summary>')
    assert tags(html) <= {"details", "summary", "div", "span"}
    assert place in html and "&lt;b&gt;規模&lt;/b&gt; 8.0" in html and "&lt;script&gt; 0.91" in html
    assert breakdown((), session.language) == ""


def test_a_model_without_token_vectors_is_explained_without_them(scripted: Any) -> None:
    session = last(talk.respond(scripted, Session(), "モデルの規模は？"))
    assert "このモデルには語ごとのベクトルがありません" in breakdown(session.explained, "ja")


def test_one_can_leaf_to_the_neighbours_and_back_to_a_citation(scripted: Any) -> None:
    session = last(talk.respond(scripted, Session(), "規模は？"))
    assert talk.leaf(scripted, session, -1).view == session.view
    second = talk.leaf(scripted, session, 1)
    assert second.view is not None and (second.view.page, second.view.place) == (2, 1)
    third = talk.leaf(scripted, talk.leaf(scripted, second, 1), 1)
    assert third.view is not None and (third.view.page, third.view.place) == (3, None)
    assert talk.look_at(third, 0, 0).view == session.view
    assert talk.look_at(third, 0, 9) == third


def test_ratings_are_lines_of_json(scripted: Any, tmp_path: Path) -> None:
    path = tmp_path / "new" / "feedback.jsonl"
    answer = scripted.ask("規模は？")
    feedback.record(path, answer, "up")
    feedback.record(path, answer, "wrong_slide", " 4 ")
    first, second = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert first["rating"] == "up" and first["question"] == "規模は？" and first["right_slide"] is None
    assert first["slides"] == ["0", "1"] and first["deck"] == ["bad"] and first["standalone"] is None
    assert second["rating"] == "wrong_slide" and second["right_slide"] == "4"
    assert second["time"].endswith("+00:00")


def test_examples_are_questions_the_corpus_answers(shipped: Assistant) -> None:
    questions = example_questions(shipped)
    assert questions[0] == "中国のAIコア産業の規模は？"
    assert all(shipped.ask(question).found for question in questions)


def test_a_pdf_slide_has_a_picture_and_other_decks_show_text(shipped: Assistant, scripted: Any) -> None:
    deck = shipped.decks[0]
    drawn = picture(deck, deck.slides[4])
    assert drawn is not None and drawn.read_bytes().startswith(b"\x89PNG")
    assert ROOT not in drawn.parents
    assert picture(scripted.decks[0], scripted.decks[0].slides[0]) is None


def test_the_quotation_is_marked_on_the_picture_and_nothing_else_is(shipped: Assistant) -> None:
    deck = shipped.decks[0]
    slide = shipped.slide(deck.deck_id, "4")
    at = slide.text.index("5,784億元")
    plain, marked = picture(deck, slide), picture(deck, slide, [(at, at + 7)])
    assert plain is not None and marked is not None
    with Image.open(plain) as before, Image.open(marked) as after:
        changed = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()
        assert changed is not None
        width, height = (changed[2] - changed[0]) / before.width, (changed[3] - changed[1]) / before.height
    assert 0.02 < width < 0.3 and 0.01 < height < 0.15


def test_every_line_of_a_quotation_is_found_on_its_page(shipped: Assistant) -> None:
    deck = shipped.decks[0]
    for slide in deck.slides[4:12]:
        lines = [line for line in slide.text.splitlines() if len(line.strip()) > 8]
        missing = [line for line in lines if not quote_boxes(deck.path, slide.page, [line])]
        assert missing == []
        for box in quote_boxes(deck.path, slide.page, lines):
            assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1


def test_the_cells_of_a_row_are_marked_side_by_side(shipped: Assistant) -> None:
    citation = shipped.ask("GPT-4oの価格は？").citations[0]
    cells = [citation.slide.text[start:end] for start, end in citation.spans]
    assert len(cells) > 2  # 米国 and OpenAI stand in other rows too
    boxes = quote_boxes(shipped.decks[0].path, citation.slide.page, cells)
    assert len(boxes) == len(cells)
    assert max(box.top for box in boxes) - min(box.top for box in boxes) < 0.02


def test_a_comparison_names_both_sides_and_shows_a_dash() -> None:
    slide = Slide("deck", "1", 1, "page", "<b>赤</b>い線は速い。")
    quoted = Citation(slide, ((0, len(slide.text)),))
    answer = Answer("?", "ja", (quoted,), sides=(Side("赤", quoted), Side("<青>", None)))
    shown = cards.lead(answer)
    assert "<dt>赤</dt>" in shown and "<dt>&lt;青&gt;</dt><dd>—</dd>" in shown and "<b>" not in shown


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "bad.txt").write_text(HOSTILE, encoding="utf-8")
    demo = build(Scripted(folder / "bad.txt"))  # type: ignore[arg-type]
    yield launch(demo, "127.0.0.1", block=False).rstrip("/")
    demo.close()


def fetch(url: str, body: dict[str, Any] | None = None) -> tuple[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.read().decode(), reply.headers


def test_the_page_loads_nothing_from_another_host(address: str) -> None:
    page, headers = fetch(f"{address}/")
    loaded = re.findall(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="(https?:)?//([^/"]+)', page)
    assert {host for _, host in loaded} <= {address.split("//")[1]}
    assert "default-src 'self'" in headers["content-security-policy"]


def test_the_corpus_is_not_served_as_files(address: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    for path in (ROOT / "corpus" / "china-ai-2024.pdf", ROOT / "pyproject.toml"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(f"{address}/gradio_api/file={path}")
        assert refused.value.code in (403, 404)


def test_the_api_answers_with_the_json_contract(address: str) -> None:
    started, _ = fetch(f"{address}/gradio_api/call/ask", {"data": ["規模は？"]})
    events, _ = fetch(f"{address}/gradio_api/call/ask/{json.loads(started)['event_id']}")
    (answer,) = json.loads(re.findall(r"^data: (.*)$", events, re.MULTILINE)[-1])
    assert answer["found"] is True and answer["short"] == "5,784億元"
    assert answer["citations"][0]["slide"] == "0"
    quote, (span,) = answer["citations"][0]["quote"], answer["citations"][0]["spans"]
    assert HOSTILE[slice(*span)] == quote


def test_app_py_offers_the_demo_that_hosts_look_for(tmp_path: Path) -> None:
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "deck.md").write_text("# AI産業\n\n規模は5,784億元に達した。\n", encoding="utf-8")
    demo = runpy.run_path(str(tmp_path / "app.py"))["demo"]
    assert type(demo).__name__ == "Blocks"
    assert (tmp_path / "index").is_dir()
