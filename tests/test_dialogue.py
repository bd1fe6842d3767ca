"""Follow-ups are made to stand alone; a change of topic is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportqa.assistant import Assistant
from reportqa.dialogue import readings
from reportqa.encoder import open_encoder
from reportqa.types import Answer, Short, Slide, Turn


def follow_up(before: str, question: str) -> str:
    history = [Turn(before, Answer(before, "ja"))]
    return readings(question, history, open_encoder(None)).worded.question


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("2021年の採択数は？", "2022年は？", "2022年の採択数"),
        ("電気バスの単価は？", "では水素バスは？", "水素バスの単価"),
        ("GPT-4oの価格は？", "ではMoonshot-v1-128kは？", "moonshot-v1-128kの価格"),
        ("米国のAI企業の割合は？", "英国は？", "英国のai企業の割合"),
        ("第3回は何社が参加した？", "第8回は？", "第8回は何社が参加した"),
        ("豆包Pro-128kの値段は？", "32kのほうは？", "豆包pro-32kの値段は"),
        ("豆包Pro-32kの値段は？", "Claude 3は？", "claude 3の値段は"),
        ("佐野香織の担当は？", "村上は？", "村上の担当は"),
        ("訪問調査の回収率は？", "郵送だと？", "郵送の回収率は"),
        ("福祉保健部の残業は？", "土木整備部は？", "土木整備部の残業は"),
        ("What share of German firms export?", "What about the Japanese?", "japanese firms export"),
        ("2024年对越南的出口额是多少？", "那泰国呢？", "对泰国的出口额"),
    ],
)
def test_an_ellipsis_takes_the_place_of_its_like(before: str, question: str, wanted: str) -> None:
    assert wanted in follow_up(before, question).lower()


def test_a_pronoun_carries_the_subject_and_says_so() -> None:
    history = [Turn("wisemodel.cnとは？", Answer("", "ja"))]
    found = readings("その運営会社は？", history, open_encoder(None)).worded
    assert "wisemodel.cn" in found.question and "運営会社" in found.question
    assert "wisemodel.cn" in found.carried


def test_a_full_question_drops_the_old_topic() -> None:
    question = "新薬の開発コストは何%削減されましたか？"
    assert follow_up("GPT-4oの価格は？", question) == question


def test_a_subject_with_an_attribute_is_a_question_of_its_own() -> None:
    question = "GPT-4oの価格は？"
    assert follow_up("中国のAIコア産業の規模は？", question) == question


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("ところで設営はいつ始まるの？", "設営はいつ始まるの？"),
        ("By the way, how many staff are there?", "how many staff are there?"),
        ("另外，新保护所由谁设计？", "新保护所由谁设计？"),
    ],
)
def test_who_says_so_changes_the_subject(question: str, wanted: str) -> None:
    assert follow_up("GPT-4oの価格は？", question) == wanted


def test_it_means_what_the_last_question_was_about_named_or_not() -> None:
    assert "boiler watch course" in follow_up("How long is the boiler watch course?", "Where is it held?")
    assert "佐原工厂" in follow_up("佐原工厂在哪里？", "那里出了什么问题？")


def test_that_points_back_where_it_is_the_subject() -> None:
    assert "WAIC" in follow_up("Where was WAIC held?", "When was that opened?")
    full = "Which model that runs on phones is the cheapest?"
    assert follow_up("Where was WAIC held?", full) == full


def test_without_history_nothing_is_changed() -> None:
    (only,) = readings("それは何？", [], open_encoder(None)).kinds
    assert only.question == "それは何？" and not only.carried


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("GPT-4oの価格は？", "これから開拓する団体はどこ？"),  # no pronoun: from now on
        ("日立の研修は何回？", "どこのメーカーのロボット？"),  # この inside どこの
        ("GPT-4oの価格は？", "EPSを担当する会社と、その国は？"),  # その means the company just named
        ("Who makes the tyres of the SU7?", "When did Huawei publish its framework?"),
        ("アント・グループの従業員数は？", "OCI的全称是什么？"),  # a question of its own, not a name alone
    ],
)
def test_words_that_point_into_their_own_question_carry_nothing(before: str, question: str) -> None:
    assert follow_up(before, question) == question


def test_a_pronoun_may_mean_the_last_answer() -> None:
    slide = Slide("deck", 1, "1", "printed", "Unitree製")
    history = [Turn("四足歩行ロボットのメーカーは？", Answer("", "ja", short=Short(slide, (0, 7))))]
    same = readings("同じメーカーのロボットを使った研究所は？", history, open_encoder(None)).worded
    assert same.question == "Unitreeのロボットを使った研究所は?" and same.carried == ("Unitree",)
    other = readings("それを使った研究所は？", history, open_encoder(None)).other
    assert other is not None and other.carried == ("Unitree",)


COURSES = """# 研修の案内
2026年度

---

# アルファ社の研修
- 対象：新入社員 40名
- e-Learningの長さ：3時間
- 会場：神戸

---

# ベータ社の研修
- 対象：管理職 25名
- e-Learningの長さ：5時間
- 会場：札幌

---

# 申し込み
- 締め切り：5月20日
"""


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("courses")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "courses.md").write_text(COURSES, "utf-8")
    return Assistant.open(folder / "corpus", folder / "index")


@pytest.mark.parametrize(("company", "hours"), [("アルファ社", "3時間"), ("ベータ社", "5時間")])
def test_a_question_that_could_stand_alone_stays_with_the_subject(
    courses: Assistant, company: str, hours: str
) -> None:
    first = f"{company}の研修の対象は？"
    answer = courses.ask("e-Learningの長さは？", [Turn(first, courses.ask(first))])
    assert answer.short is not None and answer.short.text == hours
    assert company in answer.carried[0]
    other = courses.ask("申し込みの締め切りはいつ？", [Turn(first, courses.ask(first))])
    assert other.citations[0].slide.number == "4" and not other.carried


def test_what_the_last_subject_has_no_part_in_is_asked_alone(shipped: Assistant) -> None:
    first = "GPT-4oの価格は？"
    answer = shipped.ask("新薬の開発コストは何%削減されましたか？", [Turn(first, shipped.ask(first))])
    assert answer.found and not answer.carried and answer.standalone is None


_SAID = st.lists(
    st.sampled_from(
        [
            "それ",
            "同じ",
            "その",
            "第3回",
            "32k",
            "Claude 3",
            "は",
            "の",
            "？",
            "価格",
            "its",
            "it",
            "呢",
            "它",
            "GPT-4o",
            "１２",
            "株",
            " ",
        ]
    ),
    min_size=1,
    max_size=6,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(_SAID.filter(str.strip), _SAID.filter(str.strip))
def test_no_follow_up_breaks_it_and_one_reading_stands_first(before: str, question: str) -> None:
    history = [Turn(before, Answer(before, "ja"))]
    read = readings(question, history, open_encoder(None))
    assert all(each.question.strip() for each in read.kinds) and 1 <= len(read.kinds) <= 4


def test_any_follow_up_may_need_the_whole_of_the_last_question() -> None:
    history = [Turn("What did the trailer cost?", Answer("", "en"))]
    both = readings("Who ran it?", history, open_encoder(None)).both
    assert both is not None and both.question == "What did the trailer cost? who ran it?"
    assert both.carried == ("What did the trailer cost?",)


def test_what_was_read_with_the_question_before_it_is_carried_on_in_its_own_words() -> None:
    first, second = "シリウスの部品はいつ届く？", "ベガは？"
    history = [
        Turn(first, Answer(first, "ja")),
        Turn(second, Answer(second, "ja", standalone=f"{first}{second}", carried=(first,), joined=True)),
    ]
    both = readings("なぜ遅い？", history, open_encoder(None)).both
    assert both is not None and both.question == "ベガの部品はいつ届く？なぜ遅い?"


def test_only_the_wording_may_ask_for_a_summary(courses: Assistant, shipped: Assistant) -> None:
    first = "第3章を要約して"
    section = shipped.ask(first)
    again = shipped.ask("それを要約して", [Turn(first, section)])
    assert {c.slide.number for c in again.citations} <= {c.slide.number for c in section.citations}
    first = "研修の要点は？"
    fact = courses.ask("申し込みの締め切りはいつ？", [Turn(first, courses.ask(first))])
    assert fact.short is not None and fact.short.text == "5月20日"


def test_long_conversations_and_long_questions_are_followed(courses: Assistant) -> None:
    history: list[Turn] = []
    for question in ["アルファ社の研修の対象は？", *["なぜ？"] * 30]:
        history.append(Turn(question, courses.ask(question, history)))
    assert len(history[-1].answer.standalone or "") < 100
    long = "アルファ社の研修の対象は" + "何歳から何歳までの人で" * 100 + "すか？"
    assert readings("会場は？", [Turn(long, courses.ask(long))], open_encoder(None)).both is None
