"""A deck in its own headlines: what is quoted, what is left out, and what a section is called."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from reportqa.answer.digest import mmr, overview_answer
from reportqa.answer.sections import section_number, sections
from reportqa.assistant import Assistant
from reportqa.cli import main
from reportqa.errors import ReportQAError
from reportqa.render import verify_quote
from reportqa.types import Citation, Turn

from .conftest import ROOT, SHIPPED

DECKS = ROOT.parent / "shared" / "decks"

NOTES = """# 港町の観光計画

観光課

---

# 目次

- 観光の現状
- 市民への提案

---

# 1. 観光の現状

---

# 宿泊客は五年で二割増え、海外からの客が伸びの中心になっている

- 港に近い宿が満室になる日が増えた。

---

# 夏に客が集まり冬は空室が目立つ：季節の偏りが最大の課題

- 冬の客室稼働率は夏の半分に届かない。

---

# 2. 市民への提案

---

# 冬の催し

- 町内会と商店街が月替わりの夜市を開いて冬の客を呼ぶ。

---

# ありがとうございました
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "harbour.md").write_text(NOTES, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    if not DECKS.is_dir():
        pytest.skip("../shared/decks, decks never tuned on, are not on this machine")
    return Assistant.open(DECKS, tmp_path_factory.mktemp("index"))


def numbers(citations: tuple[Citation, ...]) -> list[str]:
    return [citation.slide.number for citation in citations]


def test_cover_contents_dividers_and_thanks_are_left_out(harbour: Assistant) -> None:
    assert numbers(harbour.digest("harbour")) == ["4", "5", "7"]


def test_a_headline_that_is_a_label_brings_its_lead(harbour: Assistant) -> None:
    (citation,) = harbour.digest("harbour", "2")
    assert citation.quote == "冬の催し 町内会と商店街が月替わりの夜市を開いて冬の客を呼ぶ。"


def test_every_line_is_verbatim_one_a_slide_and_in_deck_order(shipped: Assistant) -> None:
    citations = shipped.digest("china-ai-2024", limit=12)
    pages = [citation.slide.page for citation in citations]
    assert len(pages) == 12 and pages == sorted(set(pages))
    for citation in citations:
        verify_quote(citation)


def test_a_digest_reaches_into_every_section(shipped: Assistant) -> None:
    deck = shipped.deck("china-ai-2024")
    cited = {citation.slide for citation in shipped.digest("china-ai-2024")}
    assert all(cited & set(section.slides) for section in sections(deck))


@pytest.mark.parametrize(
    "name",
    [
        "第3章",
        "第三章",
        "3",
        "section 3",
        "Chapter III",
        "3番目の章",
        "third section",
        "ガバナンス",
        "governance",
        "政策動向",
    ],
)
def test_a_section_is_named_by_number_or_words_in_any_language(shipped: Assistant, name: str) -> None:
    cited = numbers(shipped.digest("china-ai-2024", name, 20))
    assert cited == ["29", "30", "31", "32", "33"]


def test_a_part_with_a_breadcrumb_of_its_own_can_be_named(shipped: Assistant) -> None:
    assert numbers(shipped.digest("china-ai-2024", "低価格サービス")) == ["15"]


def test_a_section_that_is_not_there_is_an_error_that_lists_those_that_are(shipped: Assistant) -> None:
    with pytest.raises(ReportQAError, match=r"no section '第9章'.*日本企業への示唆"):
        shipped.digest("china-ai-2024", "第9章")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("第十二章", 12),
        ("part iv", 4),
        ("最後の章", -1),
        ("第2部門", None),
        ("300社", None),
        ("governance", None),
    ],
)
def test_numbers_of_sections_are_read(text: str, number: int | None) -> None:
    assert section_number(text) == number


def test_mmr_prefers_the_new_over_the_near_duplicate() -> None:
    vectors = np.array([[1, 0], [0.99, 0.141], [0.6, 0.8]], dtype=np.float32)
    gain = np.array([1.0, 0.99, 0.8], dtype=np.float32)
    assert mmr(vectors, gain, 2, relevance=0.5) == [0, 2]
    assert mmr(vectors, gain, 2, relevance=1.0) == [0, 1]
    assert mmr(vectors, gain, 9) and len(mmr(vectors, gain, 9)) == 3


def test_an_agenda_shown_again_before_each_item_opens_sections(others: Assistant) -> None:
    found = [section.title for section in sections(others.deck("codeblue2021_lazarus_jpen"))]
    assert found == ["Lazarusとは？", "Operation Dream Job", "Operation JTrack", "Lazarus TTPの解説"]


def test_numbered_headlines_and_chapter_slides_open_sections(others: Assistant) -> None:
    assert [section.number for section in sections(others.deck("issp_mvmc_install_2017"))] == [1, 2, 3]
    chapters = sections(others.deck("oss_training_compl_process_jp"))
    assert [section.number for section in chapters] == list(range(1, 11))
    assert chapters[3].title == "OSSコンプライアンスプログラム"


def test_a_deck_that_sums_itself_up_is_taken_at_its_word(others: Assistant) -> None:
    assert "85" in numbers(others.digest("codeblue2021_lazarus_jpen", limit=3))  # Takeaways
    assert "40" in numbers(others.digest("keio_happy_writing", limit=3))  # まとめ


def test_every_deck_has_a_digest(others: Assistant) -> None:
    for deck in others.decks:
        for citation in others.digest(deck.deck_id, limit=5):
            verify_quote(citation)
        assert others.digest(deck.deck_id, limit=5)


def test_the_command_prints_one_slide_a_line_and_json(tmp_path: Path) -> None:
    base = ["--corpus", str(SHIPPED), "--index", str(tmp_path), "digest", "china-ai-2024", "-s", "第4章"]
    lines = CliRunner().invoke(main, base).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["35", "36", "37", "38"]
    row = json.loads(CliRunner().invoke(main, [*base, "-n", "2", "--json"]).stdout)
    assert row["deck"] == "china-ai-2024" and len(row["citations"]) == 2
    assert {"deck", "slide", "spans", "quote", "headline"} <= set(row["citations"][0])
    assert CliRunner().invoke(main, [*base[:-1], "第9章"]).exit_code == 2


@pytest.mark.parametrize(
    "question",
    [
        "要点は？",
        "この資料を要約して",
        "今日の話の結論は？",
        "Give me the main points of this presentation in short",
        "总结一下这份资料",
        "what are the key takeaways?",
    ],
)
def test_a_request_for_the_whole_deck_is_answered_by_three_slides_of_it(
    shipped: Assistant, question: str
) -> None:
    answer = shipped.ask(question)
    assert len({citation.slide for citation in answer.citations}) == 3
    assert not {"0", "2", "3", "20", "28", "34"} & set(numbers(answer.citations))  # cover, contents, dividers


@pytest.mark.parametrize(
    "question", ["この資料は何についての講演？", "What is this talk about?", "What's it about?"]
)
def test_what_a_deck_is_about_its_cover_says_first(shipped: Assistant, question: str) -> None:
    assert numbers(shipped.ask(question).citations)[0] == "0"


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("第3章を要約して", range(29, 34)),
        ("请总结第二章", range(21, 28)),
        ("summarise the section on governance", range(29, 34)),
        ("日本企業への示唆を要約して", range(35, 39)),
        ("what should Japanese companies do?", range(35, 39)),
        ("日本企業は何をすべき？", range(35, 39)),
        ("How should Japanese companies respond?", range(35, 39)),
        ("日本企業が取るべき対応は？", range(35, 39)),
        ("日本企业应该怎么做？", range(35, 39)),
    ],
)
def test_a_request_for_a_section_is_answered_from_it(
    shipped: Assistant, question: str, section: range
) -> None:
    answer = shipped.ask(question)
    assert len(answer.citations) == 3
    assert set(numbers(answer.citations)) <= {str(number) for number in section}


@pytest.mark.parametrize(
    "question",
    [
        "AIエージェントの要点は？",
        "What is GPT about?",
        "What does the law say?",
        "価格の結論は？",
        "百度の取り組みを要約して",
        "第9章を要約して",
        "what should robots do?",
        "規模は？",
    ],
)
def test_a_narrower_topic_is_left_to_the_slides_found_for_it(shipped: Assistant, question: str) -> None:
    assert overview_answer(question, shipped._retriever) == ()


def test_among_several_decks_the_one_named_is_meant(others: Assistant) -> None:
    cited = others.ask("卒論の書き方を要約して").citations
    assert {citation.slide.deck_id for citation in cited} == {"keio_happy_writing"}
    assert overview_answer("要点は？", others._retriever) == ()


def test_among_several_decks_this_one_is_the_one_last_cited(others: Assistant) -> None:
    question = "卒論で一番大事なのは？"
    history = [Turn(question, others.ask(question))]
    assert {c.slide.deck_id for c in others.ask("この資料を要約して", history).citations} == {
        "keio_happy_writing"
    }
