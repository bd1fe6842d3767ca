"""Long messages: what of them is the question."""

from __future__ import annotations

import time

import pytest

from reportqa.assistant import Assistant
from reportqa.reduction import BESIDE, readings
from reportqa.types import Turn


def near(*words: str):  # type: ignore[no-untyped-def]
    """A corpus that speaks of ``words`` and of nothing else."""
    return lambda text: sum(word in text for word in words) / len(words)


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        (
            "お世話になっております。上司から急に聞かれて困っているのですが、自分ではうまく見つけられませんでした。出展ブースの数はいくつですか？",
            "出展ブースの数はいくつですか？",
        ),
        (
            "出展ブースの数はいくつでしょうか。前に友人から聞いた話では全然違うことを言っていたので、どちらが正しいのか確かめたいです。",
            "出展ブースの数はいくつでしょうか。",
        ),
        (
            "Hi there! My boss just asked me something and I could not find it myself. How many booths were there? Thanks so much!",
            "How many booths were there?",
        ),
        (
            "您好！领导刚才突然问我一个问题，我自己没有找到，打扰了。参展的展位一共有多少个？麻烦帮我确认一下这份资料里面的说法。谢谢！",
            "参展的展位一共有多少个？",
        ),
    ],
)
def test_small_talk_around_a_question_is_not_asked(message: str, asks: str) -> None:
    assert readings(message, near("ブース", "booths", "展位"))[0] == asks


@pytest.mark.parametrize(
    "message",
    [
        "出展ブースの数は？",
        "出展ブースの数は？それぞれ教えて。よろしく。",
        "2024年7月に上海で開かれた世界人工知能大会で、出展した企業のブースはいくつありましたか？",
    ],
)
def test_one_question_is_read_as_it_stands(message: str) -> None:
    assert readings(message, near("ブース")) == (message,)


def test_a_question_that_says_it_is_also_read_with_what_it_may_mean() -> None:
    message = (
        "I run a small food bank and we are short of money. I was told that there is a tour bus at the next briefing. "
        "My mother would love to come. What is the last day to sign up for it?"
    )
    alone, *more = readings(message, near("tour bus", "briefing", "food"))
    assert alone == "What is the last day to sign up for it?"
    assert "tour bus" in more[0] and len(more) == BESIDE


@pytest.mark.parametrize("topic", ["トヨタについて調べているところです。", "2019年度の決算の話になります。"])
def test_the_topic_and_its_date_stay_in_every_reading(topic: str) -> None:
    message = f"{topic}細かい話で恐縮なのですが、手元に何もありません。海外の売上高はどのくらいでしたか？"
    assert all(topic in reading for reading in readings(message, near("売上")))


@pytest.mark.parametrize(
    "message",
    [
        "How does U.S. private investment in A.I. compare with China's in the year before?",
        "What does Kling by Kuaishou Technology Inc. do better than Sora vs. others?",
    ],
)
def test_abbreviations_end_no_sentence(message: str) -> None:
    assert readings(message, near("investment")) == (message,)


def test_what_is_asked_for_without_a_question_word_is_asked() -> None:
    message = "スライド15を要約してください。明日の会議で使います。部長にも見てもらう予定です。よろしくお願いいたします。"
    assert readings(message, near("会議"))[0] == "スライド15を要約してください。"


@pytest.mark.parametrize(
    "message",
    ["ので" * 900 + "価格は？", "请问" * 900 + "X", "です。" * 600, "what is " + "a " * 900, "？" * 1999],
)
def test_no_message_takes_long_to_take_apart(shipped: Assistant, message: str) -> None:
    started = time.perf_counter()
    readings(message, near("x"))
    shipped._retriever.respell(message)
    assert time.perf_counter() - started < 60  # milliseconds; an exponential pattern never ends


def test_two_questions_to_the_corpus_are_both_asked() -> None:
    message = "A社の売上高はいくらですか？次の会議で使う予定で急いでいます。B社の売上高はいくらですか？"
    assert readings(message, near("売上"))[0] == "A社の売上高はいくらですか？B社の売上高はいくらですか？"


@pytest.mark.parametrize(
    "message",
    [
        "Hi there, could you please tell me how many booths there were?",
        "Quick question: how many booths there were?",
        "I was wondering, how many booths there were?",
        "Do you happen to know how many booths there were?",
    ],
)
def test_polite_openings_are_left_out(message: str) -> None:
    assert readings(message, near("booths")) == ("how many booths there were?",)


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        ("ありがとうございます。では2022年は？", "では2022年は？"),
        ("なるほど、英国は？", "英国は？"),
        ("Thanks! And in 2022?", "And in 2022?"),
        ("OK, got it. And in 2022?", "And in 2022?"),
        ("好的，那2022年呢？", "那2022年呢？"),
        ("ありがとう。予約が要る？何番？", "予約が要る？何番？"),
        ("Show me slide 15, please.", "Show me slide 15"),
        ("Hello Kitty is whose character?", "Hello Kitty is whose character?"),
        ("Do you know Kimi?", "Do you know Kimi?"),
        ("I’d like to know what Kimi is", "what Kimi is"),
        ("Great Wall Motor sold how many?", "Great Wall Motor sold how many?"),
        ("はいチーズとは？", "はいチーズとは？"),
        ("好的模型有哪些？", "好的模型有哪些？"),
    ],
)
def test_taking_note_of_an_answer_is_no_part_of_the_next_question(message: str, asks: str) -> None:
    assert readings(message, near("年")) == (asks,)


def test_politeness_alone_is_not_shown_as_understanding(shipped: Assistant) -> None:
    polite, plain = (
        shipped.ask("Could you tell me when WAIC2024 was held?"),
        shipped.ask("when WAIC2024 was held?"),
    )
    assert polite.citations == plain.citations and polite.standalone is None


PREAMBLES = [
    "すみません、来週の打ち合わせの準備をしていて、今月たくさんの資料を読んだので内容が少し混ざってしまっています。",
    "昨日の会議で話題になったのですが、メモを取り忘れてしまいました。覚えている人が誰もいなくて、皆で困っています。",
]


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_a_preamble_changes_no_answer(shipped: Assistant, preamble: str) -> None:
    for question in ("WAIC2024の会期は？", "GPT-4oの価格は？", "中国のAIコア産業の規模はどのくらいですか？"):
        plain, long = shipped.ask(question), shipped.ask(preamble + question)
        assert long.short is not None and plain.short is not None
        assert long.short.text == plain.short.text and long.standalone == question
        assert shipped.search(preamble + question)[0].passage.slide == plain.citations[0].slide


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_a_preamble_answers_nothing_that_is_not_said(shipped: Assistant, preamble: str) -> None:
    for question in ("世界のAI企業で働く従業員は合計何人ですか？", "来年の桜の開花はいつですか？"):
        assert not shipped.ask(question).found
        assert not shipped.ask(preamble + question).found


def test_a_message_with_its_topic_in_it_is_no_follow_up(shipped: Assistant) -> None:
    first = "WAIC2024の会期は？"
    message = "SmartMoreという会社がIndustryGPTを作ったそうですね。日本のどの企業が採用していますか？"
    answer = shipped.ask(message, [Turn(first, shipped.ask(first))])
    assert answer.found and answer.citations[0].slide.number == "26"


def test_a_long_follow_up_is_still_one(shipped: Assistant) -> None:
    first = "2024年のICRAの採択率は？"
    history = [Turn(first, shipped.ask(first))]
    long = "ありがとうございます、とても助かりました。ちょうど表を作っているところでして、あと一つだけ足りません。2022年は？"
    assert shipped.ask(long, history).citations == shipped.ask("2022年は？", history).citations


def test_a_summary_asked_for_in_passing_is_not_given(shipped: Assistant) -> None:
    answer = shipped.ask(
        "全部読む時間がないので、要点だけ知りたいと思っています。WAIC2024の会期はいつですか？"
    )
    assert answer.short is not None and "7月4日" in answer.short.text
