"""One tokenizer for index and question."""

from __future__ import annotations

import pytest

from reportqa.sounds import Words, spelt
from reportqa.spelling import collect, respell
from reportqa.tokens import grams, terms, tokenise


def test_inflected_verbs_meet_in_their_lemma() -> None:
    assert "達する" in terms("規模に達した")
    assert "達する" in terms("いくらに達しますか")


def test_a_loanword_yields_the_english_word_it_comes_from() -> None:
    assert "model" in terms("基盤モデル")
    assert "model" in terms("foundation models")


def test_product_names_stay_whole_and_are_found_by_their_parts() -> None:
    assert {"deepseek-v2-32k", "deepseek", "32k"} <= set(terms("DeepSeek-V2-32k"))
    assert "gpt-4o" in terms("GPT-4oの価格")


def test_a_name_the_dictionary_tears_apart_is_also_kept_whole() -> None:
    assert "ファーウェイ" in terms("ファーウェイの工場")


def test_thousands_separators_do_not_split_a_figure() -> None:
    assert terms("5,784億元")[0] == "5784"
    assert "56.2" in terms("56.2％")


def test_function_words_are_no_terms() -> None:
    assert terms("それは何ですか") == []
    assert terms("What is it?") == []


def test_offsets_point_at_the_folded_text() -> None:
    folded = "中国のai産業"
    assert [folded[t.start : t.end] for t in tokenise("中国のＡＩ産業")] == ["中国", "ai", "産業"]


def test_character_pairs_bridge_different_segmentations() -> None:
    assert set(grams("基盤模型")) & set(grams("大規模模型")) == {"模型"}


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("再択率は？", "採択率は?"),  # sounds the same
        ("この中計を作ったのは？", "この中計を作ったのは？"),  # two characters sound like too much else
        ("国际货代业务由谁负责？", "国际货代业务由谁负责？"),  # Chinese is not read by its Japanese sound
    ],
)
def test_a_word_the_corpus_lacks_takes_the_spelling_of_one_that_sounds_alike(
    question: str, understood: str
) -> None:
    spellings = collect(["採択率は三割", "中継の予定", "国際課題に取り組む"])
    assert respell(question, spellings, frozenset()) == understood


CORPUS = "中国のAIコア産業の規模、雲南省の地震の訓練、ロボットのメーカー、電気自動車の名前、小米汽車、電機、研修の対象、登録企業、Lease, IndustryGPT"


@pytest.mark.parametrize(
    ("asked", "spelt_out"),
    [
        ("ちゅうごくのえーあいこあさんぎょうのきぼはいくらですか", "中国のaiコア産業の規模はいくらですか"),
        ("うんなんしょうのくんれんのろぼっとはなんだい？", "雲南省の訓練のロボットは何台?"),
        ("chugoku no sangyo no kibo wa ikura desu ka", "中国の産業の規模はいくらですか"),
        ("chugoku no AI koa sangyo no kibo", "中国のaiコア産業の規模"),
        ("xiaomi no denki jidousha no namae wa nani", "xiaomiの電気自動車の名前は何"),
        ("xiao mi qi che yong le shei jia de dian ji", "小米汽車用了谁家的電機"),
        ("とうろくきぎょうは何社？", "登録企業は何社?"),  # half in kanji
    ],
)
def test_a_question_written_by_its_sound_is_spelt_out(asked: str, spelt_out: str) -> None:
    assert spelt(asked, Words(collect([CORPUS]).by_reading), frozenset()) == spelt_out


@pytest.mark.parametrize(
    "asked",
    [
        "中国の産業の規模は？",
        "どこ？",
        "What is the name of the game?",
        "How many people attended, and who made the list?",
        "GPT-4o DeepSeek-V2 Qwen",
        "Is there no demo or intro to see?",
        "Do you have more on the engine?",
        "Can you name one Chinese AI model?",
        "Are you sure?",
        "スライドをみせてください",
        "どうやってつくりますか",
        "きのうの発表は？",
    ],
)
def test_a_question_written_otherwise_is_not_read_by_its_sound(asked: str) -> None:
    assert spelt(asked, Words(collect([CORPUS]).by_reading), frozenset()) is None


def test_what_the_corpus_writes_in_kana_stays_in_kana() -> None:
    words = Words(collect(["桜の予算、さくらインターネットの売上"]).by_reading)
    asked = "さくらインターネットのうりあげはいくらですか"
    assert spelt(asked, words, frozenset(), lambda text: text in "さくらインターネット") == (
        "さくらインターネットの売上はいくらですか"
    )


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Tell me about IndstryGPT.", "Tell me about industrygpt."),
        (
            "who sells graphene and kanban",
            "who sells graphene and kanban",
        ),  # what is like them is too rare to be meant
        ("wht is the extention for part ordring", "wht is the extension for part ordering"),
        ("What about IndstryGPT?", "What about industrygpt?"),
        ("All four please", "All four please"),  # a word of English is no slip of a name (lease)
        ("Who are the funders Komorebi modernised?", "Who are the funders Komorebi modernised?"),
    ],
)
def test_a_slip_in_an_english_question_is_mended(asked: str, meant: str) -> None:
    assert respell(asked, collect([CORPUS]), frozenset()) == meant
