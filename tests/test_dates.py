"""Dates in any writing: people ask for a day as they would say it, decks write it as their template does."""

from __future__ import annotations

import pytest

from reportqa.answer.question import analyse
from reportqa.assistant import Assistant
from reportqa.dates import holds, is_date, mentions, rewrite
from reportqa.phrases import latin_names
from reportqa.text import fold
from reportqa.tokens import terms

DECK = """# 作業部会の記録

| | 参加者 | 会社 |
|---|---|---|
| 2018/Jun/8 | 21 | 15 |
| 2018/Jun/13 | 43 | 27 |
| R1.9.30 | 59 | 24 |

---

# 業績の推移

| | 売上高 | 営業利益 |
|---|---|---|
| FY23 2Q | 310 | 28 |
| FY24 1Q | 325 | 31 |
| FY24 2Q | 341 | 36 |

---

# 今後の予定

- 会合は 12/5(木) に川崎で開く
- 規約の改訂は令和6年3月に終えた
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("records")
    (folder / "records.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("2018年6月13日", "2018-06-13"),
        ("2018 年 6 月 13 日", "2018-06-13"),
        ("２０１８年６月１３日", "2018-06-13"),
        ("2018/Jun/13", "2018-06-13"),
        ("2018-06-13", "2018-06-13"),
        ("2018.6.13", "2018-06-13"),
        ("13th of June 2018", "2018-06-13"),
        ("Jun. 13th, 2018", "2018-06-13"),
        ("13 June 2018: start", "2018-06-13"),
        ("13 June, 16:00", "06-13"),
        ("平成30年6月13日", "2018-06-13"),
        ("H30.6.13", "2018-06-13"),
        ("18/6/13", "2018-06-13"),
        ("13/6/2018", "2018-06-13"),
        ("6/13(水)", "06-13"),
        ("6/13", "06-13"),
        ("24年4月末", "2024-04"),
        ("Apr-24", "2024-04"),
        ("April 2024", "2024-04"),
        ("令和元年", "2019"),
        ("FY24", "fy2024"),
        ("2024年度", "fy2024"),
        ("令和6年度", "fy2024"),
        ("2025年3月期", "fy2024"),
        ("平成30年度", "fy2018"),
        ("令和10年度", "fy2028"),
        ("平成30年3月期", "fy2017"),
        ("第2四半期", "quarter2"),
        ("2Q", "quarter2"),
        ("1H24", "half1"),
        ("second quarter", "quarter2"),
        ("上期", "half1"),
        ("1H", "half1"),
    ],
)
def test_a_date_has_the_same_term_in_any_writing(written: str, term: str) -> None:
    (mention,) = mentions(fold(written))
    assert mention.terms[0] == term and is_date(term)
    assert set(mention.terms) <= set(terms(f"それは{written}のこと"))


@pytest.mark.parametrize(
    "text",
    [
        *["1,992,498", "GPT-4-32k", "24/7", "3.5元", "v2.1", "30年間", "R2", "H100", "may be", "13月45日"],
        *["売上期待値", "以上期間中", "2000件", "1980円", "34Q", "R0年", "s3.3"],
    ],
)
def test_figures_that_are_no_dates_are_left_alone(text: str) -> None:
    assert mentions(fold(text)) == ()


@pytest.mark.parametrize(
    ("written", "known"),
    [("FY24Q2", ["fy2024", "quarter2"]), ("2024Q1", ["2024", "quarter1"]), ("24Q1", ["quarter1"])],
)
def test_a_year_and_its_quarter_may_stand_in_one_word(written: str, known: list[str]) -> None:
    assert [mention.terms[0] for mention in mentions(fold(written))] == known


def test_a_question_has_one_term_for_a_date() -> None:
    assert analyse("2018年6月13日は何社参加した？").terms == ("2018-06-13", "社", "参加")


def test_rewriting_a_date_leaves_the_names_as_they_are() -> None:
    assert (
        rewrite("What did OpenAI release in March 2024?", ["2024年3月"])
        == "What did OpenAI release in 2024年3月?"
    )
    assert latin_names("What did ARC earn in March 2024?") == ["arc"]


def test_a_table_says_year_and_month_apart() -> None:
    assert holds("2024-05", frozenset(terms("令和6年の来訪者 4月 5月")))
    assert not holds("2023-05", frozenset(terms("令和6年の来訪者 4月 5月")))
    assert holds("2024-12-05", frozenset(terms("12/5(木) に開く")))
    assert holds("2024-12-05", frozenset(terms("12/5に20000人")))
    assert holds("川崎", frozenset()) is None


def test_a_question_takes_over_the_writing_of_the_text() -> None:
    assert rewrite("2024年度第2四半期の売上", ["FY24 2Q"]) == "fy24 2q の売上"
    assert rewrite("2022年は何件？", ["令和4年の返納"]) == "令和4年は何件？"
    assert rewrite("In March 2024?", ["2024年3月の改訂"]) == "In 2024年3月?"
    assert rewrite("In March 2024?", ["March 2024", "2024年3月"]) == "In March 2024?"
    assert rewrite("2018年6月の会合", ["2018/Jun/13"]) == "2018年6月の会合"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("2018年6月13日は何社が参加した？", "27"),
        ("How many companies came on June 13, 2018?", "27"),
        ("2019年9月30日の参加者は何人？", "59"),
        ("2024年度第2四半期の売上高は？", "341"),
        ("What was the operating profit in the second quarter of fiscal 2023?", "28"),
    ],
)
def test_a_date_is_found_in_the_writing_of_the_deck(records: Assistant, question: str, short: str) -> None:
    answer = records.ask(question)
    assert answer.short is not None and answer.short.text == short
