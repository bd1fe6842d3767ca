"""Folding keeps the way home; sentences keep numbers whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportqa.quantities import restate, rewrite
from reportqa.text import detect_language, fold, normalise, paragraphs, sentences, squeeze, unwrap


def test_kangxi_radicals_full_width_and_case_fold_to_everyday_characters() -> None:
    assert fold("⽇本の⼤学　ＡＩ５６．２％") == "日本の大学 ai56.2%"


def test_a_match_in_folded_text_leads_back_to_the_source_glyphs() -> None:
    source = "規模は５，７８４億元に達し、㍿⽇立が"
    normal = normalise(source)
    at = normal.text.index("5,784億元")
    start, end = normal.span(at, at + len("5,784億元"))
    assert source[start:end] == "５，７８４億元"
    at = normal.text.index("株式会社")
    start, end = normal.span(at, at + 4)
    assert source[start:end] == "㍿"


def test_wrapped_lines_join_without_a_gap_in_japanese_and_with_a_space_in_english() -> None:
    assert normalise("占めるが、う\n\nち、中国").text == "占めるが、うち、中国"
    assert unwrap("machine\nlearning と\n機械学習") == "machine learning と機械学習"


def test_half_width_katakana_composes_across_its_sound_mark() -> None:
    normal = normalise("ｶﾞｲﾄﾞ")
    assert normal.text == "ガイド"
    assert normal.span(0, 1) == (0, 2)


@given(st.text(max_size=80))
def test_every_folded_character_maps_into_the_source(source: str) -> None:
    normal = normalise(source)
    assert len(normal.offsets) == len(normal.text) + 1
    assert list(normal.offsets) == sorted(normal.offsets)
    for place in range(len(normal.text)):
        start, end = normal.span(place, place + 1)
        assert 0 <= start < end <= len(source)


def test_sentences_keep_figures_and_host_names_whole() -> None:
    text = "成長率は12.5%だった。検査項目は3.2万個（前年比2.1倍。概算）である。詳細は wisemodel.cn にある。"
    assert [text[a:b] for a, b in sentences(text)] == [
        "成長率は12.5%だった。",
        "検査項目は3.2万個（前年比2.1倍。概算）である。",
        "詳細は wisemodel.cn にある。",
    ]


def test_english_sentences_end_at_a_stop_before_a_space() -> None:
    text = "Sales rose 3.5 percent. Costs fell."
    assert [text[a:b] for a, b in sentences(text)] == ["Sales rose 3.5 percent.", "Costs fell."]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("中国のAIコア産業の規模は？", "ja"),
        ("市場規模", "ja"),
        ("中国人工智能核心产业的规模是多少？", "zh"),
        ("What is the size of China's AI industry?", "en"),
        ("What does 低空経済 mean in this report?", "en"),
    ],
)
def test_language_of_a_question(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_squeeze_compares_wordings_regardless_of_width_and_space() -> None:
    assert squeeze("３ 兆 円\n") == squeeze("3兆円")


@pytest.mark.parametrize(
    ("asked", "restated"),
    [
        ("Which market reached 578.4 billion yuan?", "Which market reached 5784億 yuan?"),
        ("3 million robots", "300万 robots"),
        ("a fund of 1,500 bn", "a fund of 15000億"),
        ("令和6年の採択率は？", "2024年の採択率は？"),
        ("平成元年から", "1989年から"),
        ("GPT-4o mini 128k", "GPT-4o mini 128k"),
    ],
)
def test_figures_and_eras_are_restated_as_slides_write_them(asked: str, restated: str) -> None:
    assert restate(asked) == restated


@pytest.mark.parametrize(
    ("asked", "corpus", "rewritten"),
    [
        ("100万トークンあたり何元？", "元/百万トークン", "百万トークンあたり何元？"),
        ("百万円ですか", "100万円の費用", "100万円ですか"),
        ("第3回の参加者は？", "第三回の参加者", "第三回の参加者は？"),
        ("第十二章は？", "第12章 結論", "第12章は？"),
        ("第3回は？", "第3回と第三回", "第3回は？"),
        ("第３回の参加者は？", "第三回の参加者", "第三回の参加者は？"),
        ("2100万人は？", "百万人", "2100万人は？"),
        ("第三者とは？", "第3者", "第三者とは？"),
    ],
)
def test_figures_take_the_other_writing_where_only_that_is_in_the_corpus(
    asked: str, corpus: str, rewritten: str
) -> None:
    assert rewrite(asked, lambda text: text in corpus) == rewritten


def test_a_line_break_ends_a_paragraph_unless_it_only_wraps_the_line() -> None:
    wrapped = "自由に利用できるソフトウェ\nアの利用の手引き\n・開発期間が短い\n・費用が安い"
    assert [wrapped[a:b] for a, b in paragraphs(wrapped, 0, len(wrapped))] == [
        "自由に利用できるソフトウェ\nアの利用の手引き",
        "・開発期間が短い",
        "・費用が安い",
    ]
    stopped = "講座は年に一度。\n受講は任意です。"
    assert len(paragraphs(stopped, 0, len(stopped))) == 2


def test_source_characters_lead_to_the_folded_ones_that_stand_for_them() -> None:
    source = "料金は１，２００円\n程度"
    normal = normalise(source)
    start = source.index("１")
    a, b = normal.place(start, start + 6)
    assert normal.text[a:b] == "1,200円"
