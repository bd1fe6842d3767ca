"""Which of the slides found is the one asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reportqa.answer import ranking
from reportqa.answer.question import analyse
from reportqa.answer.sections import contents
from reportqa.assistant import Assistant
from reportqa.encoder import StaticEncoder
from reportqa.index import open_index
from reportqa.retrieval import HybridRetriever

DECK = """# 倉庫の自動化

物流部

---

# 搬送ロボットの導入計画：搬送ロボットは三つの倉庫で搬送を担う

- 搬送ロボットの役割は搬送
- 搬送の計画は物流部がまとめる

---

# 川崎倉庫の実績

- 搬送ロボット 46台
- 歩く距離は一日あたり11km短くなった

---

# 従業員の声

- 腰の痛みが減ったと答えた人は8割
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("warehouse")
    (folder / "warehouse.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


def test_the_slide_with_a_figure_comes_before_the_one_that_repeats_the_words(warehouse: Assistant) -> None:
    assert warehouse.search("搬送ロボットは何台？", 1)[0].passage.slide.number == "3"


def test_how_retrieval_had_scored_a_slide_stays_with_it(warehouse: Assistant) -> None:
    hits = warehouse.search("搬送ロボットは何台？", 4)
    places = [next(r for r in hit.ranks if r.retriever == "evidence") for hit in hits]
    assert [rank.position for rank in places] == [1, 2, 3, 4]
    scores = [rank.score for rank in places]
    assert scores == sorted(scores, reverse=True)
    assert {rank.retriever for rank in hits[0].ranks} >= {"bm25", "pooled", "maxsim"}


@pytest.mark.parametrize(
    "query", ["搬送ロボットは何台？", "腰の痛みが減った人の割合は？", "How many transport robots are there?"]
)
def test_what_is_searched_and_what_is_asked_begin_with_the_same_slide(
    warehouse: Assistant, query: str
) -> None:
    answer = warehouse.ask(query)
    assert answer.citations[0].slide == warehouse.search(query, 1)[0].passage.slide


@pytest.mark.parametrize("query", ["価格競争", "four-legged robot", "开放数据", "検査係の早起きの負担"])
def test_asking_for_more_slides_changes_nothing_above(shipped: Assistant, query: str) -> None:
    many = shipped.search(query, 3 * ranking.SLIDES)
    assert [hit.passage.slide for hit in shipped.search(query, 2)] == [hit.passage.slide for hit in many][:2]
    assert [hit.score for hit in many] == sorted((hit.score for hit in many), reverse=True)
    assert len({(hit.passage.slide.deck_id, hit.passage.slide.page) for hit in many}) == len(many)


class Backwards:
    """A cross-encoder that likes what retrieval liked least."""

    def scores(self, query: str, texts: Sequence[str]) -> np.ndarray:
        return np.arange(len(texts), dtype=np.float32)


def test_the_order_of_a_cross_encoder_stands(tmp_path: Path) -> None:
    (tmp_path / "warehouse.md").write_text(DECK, "utf-8")
    encoder = StaticEncoder()
    retriever = HybridRetriever(open_index(tmp_path, tmp_path / "index", encoder, None), encoder, Backwards())
    query = "搬送ロボットは何台？"
    hits = retriever.search_slides(query, 4)
    ranked, evidence = ranking.rank(analyse(query), hits, retriever)
    assert [hit.passage for hit in ranked] == [hit.passage for hit in hits]
    assert evidence


GUIDE = """# 個人情報の手引き

情報管理室 弓削あおい / 第3.2版 2024年5月9日

---

# 目次

- 同意の取り方
- 退会した人のデータ
- 委託先の選び方
- 事故が起きたとき

---

# 同意の取り方

Q. 同意は口頭でもよいですか？

- 書面か画面で取り、日時を残してください

---

# 退会した人のデータ

Q. 退会した人のデータはいつまで残しますか？

- 退会から90日で消去します

---

# 委託先の選び方

Q. 委託先はどう選びますか？

- 年に一度の点検表を出せる会社に限ります

---

# 事故が起きたとき

Q. 事故が起きたときはどこに連絡しますか？

- 上長と情報管理室 03-0000-4417 に電話します
"""


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("guide")
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize(
    "question",
    [
        "この資料の章立ては？",
        "目次を見せて",
        "What are the chapters of this guide?",
        "List the chapters of this guide",
    ],
)
def test_the_contents_are_given_where_they_are_asked_for(guide: Assistant, question: str) -> None:
    answer = guide.ask(question)
    assert answer.citations[0].slide.number == "2"
    assert "同意の取り方" in answer.citations[0].quote and "事故が起きたとき" in answer.citations[0].quote
    assert guide.search(question, 1)[0].passage.slide.number == "2"


def test_what_the_contents_name_is_said_elsewhere(guide: Assistant) -> None:
    assert guide.search("退会した人のデータ", 1)[0].passage.slide.number == "4"
    (deck,) = guide.decks
    assert [slide.number for slide in contents(deck.slides)] == ["2"]
    untitled = (
        *deck.slides[:1],
        replace(deck.slides[1], regions=deck.slides[1].regions[1:]),
        *deck.slides[2:],
    )
    assert [slide.number for slide in contents(untitled)] == ["2"]  # by what it says


def test_a_question_about_the_deck_itself_goes_to_its_cover(guide: Assistant) -> None:
    assert guide.search("この資料は何版？", 1)[0].passage.slide.number == "1"
    assert guide.search("この資料は何版？", 20)[0].passage.slide.number == "1"


@pytest.mark.parametrize(
    "question",
    [
        "退会した人のデータはいつまで？",
        "外部講師の謝礼はいくら？",
        "How many speakers were sold?",
        "著作者人格権とは",
    ],
)
def test_other_questions_are_not_about_the_deck_itself(question: str) -> None:
    assert not analyse(question).asks_document


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("情報管理室の電話番号は？", "phone"),
        ("How much does the phone cost?", "money"),
        ("电话会议什么时候开？", "date"),
        ("電話は何台ある？", "number"),
    ],
)
def test_not_every_question_about_a_telephone_wants_its_number(question: str, expected: str) -> None:
    assert analyse(question).expected == expected


@pytest.mark.parametrize(
    ("question", "said"),
    [("退会した人のデータはいつまで残す？", "90日"), ("委託先はどんな会社？", "点検表")],
)
def test_the_question_of_a_faq_is_not_its_answer(guide: Assistant, question: str, said: str) -> None:
    first = guide.ask(question).citations[0].quote
    assert said in first


def test_a_telephone_number_is_an_answer(guide: Assistant) -> None:
    answer = guide.ask("情報管理室の電話番号は？")
    assert answer.short is not None and answer.short.text == "03-0000-4417"
