"""Numbers and regions of slides: the real deck's, and slides made up for one convention each."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from reportqa.layout import find_regions, lay_out, parents, recover_pages
from reportqa.types import Page, Region, Slide

EXPORT = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "nri-378-china-ai-2024.txt"


def texts(text: str, regions: tuple[Region, ...], role: str | None = None) -> list[str]:
    return [text[region.start : region.end] for region in regions if role in (None, region.role)]


def outline(text: str) -> list[tuple[str, int, str]]:
    return [(region.role, region.level, text[region.start : region.end]) for region in find_regions(text)]


def rows(text: str, region: Region) -> list[tuple[str, ...]]:
    return [tuple(text[start:end] for start, end in row) for row in region.rows]


@pytest.fixture(scope="module")
def deck() -> tuple[Slide, ...]:
    if not EXPORT.is_file():
        pytest.skip("../shared/corpus, the real text export, is not on this machine")
    return lay_out("deck", recover_pages(EXPORT.read_text(encoding="utf-8")))


# --- the real deck --------------------------------------------------------------------------------


def test_regions_cover_every_slide_in_order_without_overlap(deck: tuple[Slide, ...]) -> None:
    for slide in deck:
        at = 0
        for region in slide.regions:
            assert at <= region.start < region.end
            assert not slide.text[at : region.start].strip()
            at = region.end
        assert not slide.text[at:].strip()


def test_every_slide_has_one_headline_and_at_most_one_breadcrumb(deck: tuple[Slide, ...]) -> None:
    for slide in deck:
        roles = [region.role for region in slide.regions]
        assert roles.count("headline") == 1
        assert roles.count("breadcrumb") <= 1
    without = [
        slide.number for slide in deck if "breadcrumb" not in [region.role for region in slide.regions]
    ]
    assert without == ["0", "1", "2", "3", "20", "28", "34", "37"]


def test_slide_4_has_a_headline_two_bullets_a_note_and_its_source(deck: tuple[Slide, ...]) -> None:
    slide = deck[4]
    (headline,) = texts(slide.text, slide.regions, "headline")
    assert headline.startswith("中国のAIコア産業は") and headline.endswith("２位となっている")
    bullets = [region for region in slide.regions if region.level == 1]
    assert "5,784億元" in slide.text[bullets[0].start : bullets[0].end]
    assert slide.text[bullets[1].start : bullets[1].end].endswith("16％を占めている。")
    (note,) = texts(slide.text, slide.regions, "note")
    assert note.startswith("※AIコア産業の定義") and note.endswith("構成される。") and "③" in note
    assert [source[:3] for source in texts(slide.text, slide.regions, "source")] == ["出所：", "出所："]


def test_slide_11_has_two_notes_and_two_sources(deck: tuple[Slide, ...]) -> None:
    slide = deck[11]
    assert [note[:3] for note in texts(slide.text, slide.regions, "note")] == ["※1：", "※2："]
    assert [source.split("：")[0] for source in texts(slide.text, slide.regions, "source")] == [
        "出所",
        "写真出所",
    ]


def test_slide_12_has_its_table(deck: tuple[Slide, ...]) -> None:
    (table,) = [region for region in deck[12].regions if region.role == "table"]
    found = rows(deck[12].text, table)
    assert found[0] == ("年", "投稿数", "採択数", "採択率", "開催場所")
    assert found[-1] == ("2024", "3,937", "1,765", "44.83%", "日本、横浜")
    assert len(found) == 9


def test_slide_15_joins_its_three_runs_row_by_row(deck: tuple[Slide, ...]) -> None:
    slide = deck[15]
    table = next(region for region in slide.regions if region.rows)
    found = rows(slide.text, table)
    assert found[0] == ("国", "企業名", "モデル名", "")
    assert len(found) == 15
    assert ("米国", "OpenAI", "GPT-4o", "36.2") in found
    assert ("中国", "Moonshot AI", "Moonshot-v1-128k", "60.0") in found
    assert ("中国", "百度", "ERNIE Speed", "無料") in found
    assert texts(slide.text, slide.regions, "headline")[0].startswith("米国製のAI基盤モデルは")


def test_slide_16_has_two_records_with_the_same_keys(deck: tuple[Slide, ...]) -> None:
    tables = [rows(deck[16].text, region) for region in deck[16].regions if region.rows]
    assert [table[0] for table in tables] == [("設立時期", "2023年9月4日"), ("設立時期", "2024年6月6日")]
    assert [[row[0] for row in table] for table in tables] == [
        ["設立時期", "運営会社", "目的", "パートナー\n組織", "取り組み"]
    ] * 2


def test_a_divider_is_a_headline(deck: tuple[Slide, ...]) -> None:
    assert [(region.role, deck[28].text[:2]) for region in deck[28].regions] == [("headline", "３．")]


def test_the_headline_may_stand_behind_a_diagram(deck: tuple[Slide, ...]) -> None:
    for number, opening in (
        (19, "中国にはAI開発に必要な"),
        (23, "専門知識でチューニングした"),
        (14, "MaaS（"),
    ):
        assert texts(deck[number].text, deck[number].regions, "headline")[0].startswith(opening)


# --- wrapped lines, bullets, titles ---------------------------------------------------------------


def test_a_wrapped_bullet_is_one_region_even_across_a_blank_line() -> None:
    text = "港の利用者は増えている\n\n• 2030年の利用者は42万人で、前の年と比べると二割ほど多い数と\n\nなっている。\n• 便数は同じ"
    assert outline(text) == [
        ("headline", 0, "港の利用者は増えている"),
        ("body", 1, "• 2030年の利用者は42万人で、前の年と比べると二割ほど多い数と\n\nなっている。"),
        ("body", 1, "• 便数は同じ"),
    ]


def test_a_box_title_is_not_swallowed_by_the_bullet_before_it() -> None:
    text = "見出しの行\n\n• 百以上の港に券売機を納めて\nいる\n\n船員の訓練\n• 月に一度"
    assert outline(text)[1:] == [
        ("body", 1, "• 百以上の港に券売機を納めて\nいる"),
        ("body", 0, "船員の訓練"),
        ("body", 1, "• 月に一度"),
    ]


def test_a_title_above_a_list_is_told_from_the_sentence_before_it() -> None:
    text = "見出しの行\n\n• 桟橋の費用は前の年と比べて一割ほど下がり、計画の枠に収まった。\n船員の訓練\n• 月に一度"
    assert [level for role, level, _ in outline(text) if role == "body"] == [1, 0, 1]


def test_a_bullet_behind_other_text_on_its_line_is_cut_off() -> None:
    text = "見出しの行\n\n契約書の準備 • 規定を含む。"
    assert outline(text)[1:] == [("body", 0, "契約書の準備"), ("body", 1, "• 規定を含む。")]


def test_text_right_under_a_short_title_hangs_under_it() -> None:
    text = "見出しの行\n\n運賃の見直し\n一日券を四ユーロに下げたところ、週末の利用者が増えた。\n平日は変わらない。"
    assert outline(text)[1][1:] == (0, "運賃の見直し")
    assert outline(text)[2][:2] == ("body", 1)


def test_smaller_bullets_hang_under_bigger_ones() -> None:
    text = "見出しの行\n\n■ 桟橋\n• 鋼材\n• コンクリート\n■ 船\n• 電池"
    assert [level for role, level, _ in outline(text) if role == "body"] == [1, 2, 2, 1, 2]


@pytest.mark.parametrize("mark", ["•", "・", "-", "❶", "①", "1.", "(2)", "a)", "\uf06e", "◆", "➢"])
def test_a_mark_opens_a_list_item(mark: str) -> None:
    text = f"見出しの行\n\n{mark} 鋼材\n{mark} 木材"
    assert outline(text)[1:] == [("body", 1, f"{mark} 鋼材"), ("body", 1, f"{mark} 木材")]


@pytest.mark.parametrize("line", ["・・・", "3.2万個を検査した", "12.5%", "1.0"])
def test_dots_and_decimals_are_not_list_items(line: str) -> None:
    assert ("body", 0, line) in outline(f"見出しの行\n\n{line}\n\n• 鋼材")


# --- notes, sources, furniture --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("※一日券とは終日使える券を指す。", "note"),
        ("注：税を含まない", "note"),
        ("(*1) 推計を含む", "note"),
        ("Note: estimates included", "note"),
        ("出所：当社調べ", "source"),
        ("（出典）港湾年報", "source"),
        ("写真出所：筆者撮影", "source"),
        ("Source: our own count", "source"),
        ("数据来源：港务局", "source"),
        ("https://example.org/report.pdf", "source"),
        ("Copyright (C) Harbour Lab. All rights reserved.", "footer"),
        ("社外秘", "footer"),
        ("12 / 39", "footer"),
    ],
)
def test_asides_are_told_from_the_body(line: str, role: str) -> None:
    text = f"見出しの行\n\n• 鋼材\n\n{line}"
    assert outline(text)[-1] == (role, 0, line)


@pytest.mark.parametrize(
    "line",
    [
        "出所不明の資料は使わない",
        "資料室を広げた",
        "Notes are taken daily",
        "The copyright belongs to the author",
    ],
)
def test_words_that_only_begin_like_an_aside_are_body(line: str) -> None:
    assert outline(f"見出しの行\n\n• 鋼材\n\n{line}")[-1] == ("body", 0, line)


def test_a_source_and_a_note_on_one_line_are_two_regions() -> None:
    text = "見出しの行\n\n出所：港湾年報より作成 注：一ユーロ＝160円で換算"
    assert outline(text)[1:] == [
        ("source", 0, "出所：港湾年報より作成"),
        ("note", 0, "注：一ユーロ＝160円で換算"),
    ]


def test_a_note_stuck_to_an_address_is_cut_off() -> None:
    text = "見出しの行\n\nhttps://example.org/a.htm※一日券とは終日使える券を指す。"
    assert outline(text)[1:] == [
        ("source", 0, "https://example.org/a.htm"),
        ("note", 0, "※一日券とは終日使える券を指す。"),
    ]


def test_a_note_ending_in_a_colon_owns_its_list() -> None:
    text = "見出しの行\n\n※港の定義（港務局による）：\n①岸壁と桟橋、②倉庫、\n③航路で構成される。\n\n• 鋼材"
    assert [role for role, _, _ in outline(text)] == ["headline", "note", "body"]


def test_the_headline_stands_beside_the_breadcrumb_and_may_wrap() -> None:
    text = "図のラベル\n\n港の利用者は前の年と比べて増えており、週末には船に乗り切れない\n日も出てきた\n港│利用者\n\n• 42万人"
    assert outline(text) == [
        ("body", 0, "図のラベル"),
        ("headline", 0, "港の利用者は前の年と比べて増えており、週末には船に乗り切れない\n日も出てきた"),
        ("breadcrumb", 0, "港│利用者"),
        ("body", 1, "• 42万人"),
    ]


def test_known_regions_are_kept_and_the_rest_found_around_them() -> None:
    text = "港の利用者\n• 42万人\n表の中\n• 便数"
    known = (Region("headline", 0, 5), Region("table", 13, 16))
    assert [(region.role, region.level) for region in find_regions(text, known)] == [
        ("headline", 0),
        ("body", 1),
        ("table", 0),
        ("body", 1),
    ]
    assert texts(text, find_regions(text, known))[1] == "• 42万人"


# --- tables ---------------------------------------------------------------------------------------


def test_parallel_runs_of_equal_length_become_a_table() -> None:
    lead = "運賃が下がった航路が多く、利用者にとって選びやすくなってきている。"
    names, piers, prices = "青丸\n白鷺\n海燕", "東の桟橋\n西の桟橋\n北の桟橋", "4.0\n3.5\n2.0"
    text = f"運賃の比較\n\n船 桟橋\n\n{names}\n\n{lead}\n\n{piers}\n\n{prices}\n"
    table = next(region for region in find_regions(text) if region.rows)
    assert rows(text, table) == [
        ("船", "桟橋", ""),
        ("青丸", "東の桟橋", "4.0"),
        ("白鷺", "西の桟橋", "3.5"),
        ("海燕", "北の桟橋", "2.0"),
    ]


def test_runs_of_unequal_length_are_left_alone() -> None:
    text = "運賃の比較を示す図\n\n青丸\n白鷺\n海燕\n白波\n\n0 10 20 30\n\n4.0\n3.5\n2.0\n"
    assert not any(region.role == "table" for region in find_regions(text))


def test_tick_labels_do_not_break_the_runs() -> None:
    text = "運賃の比較を示す図\n\n青丸\n白鷺\n海燕\n\n0 10 20 30\n\n4.0\n3.5\n2.0\n"
    table = next(region for region in find_regions(text) if region.rows)
    assert rows(text, table) == [("青丸", "4.0"), ("白鷺", "3.5"), ("海燕", "2.0")]


def test_lines_with_the_same_number_of_fields_are_a_table() -> None:
    text = "Ferries by year\n\nYear Trips Riders\n\n2029 1,200 310\n\n2030 1,450 420\n\nSource: our own count"
    (table,) = [region for region in find_regions(text) if region.role == "table"]
    assert rows(text, table) == [
        ("Year", "Trips", "Riders"),
        ("2029", "1,200", "310"),
        ("2030", "1,450", "420"),
    ]


def test_a_last_cell_of_several_words_stays_one_cell() -> None:
    text = "Year Trips Port\n2029 1,200 Ostend\n2030 1,450 Zeebrugge (outer pier)\n2031 1,500 Ghent\n"
    (table,) = [region for region in find_regions(text) if region.rows]
    assert rows(text, table)[2] == ("2030", "1,450", "Zeebrugge (outer pier)")
    assert len(table.rows) == 4


def test_rows_whose_labels_have_several_words_are_told_by_their_figures() -> None:
    text = "納期は縮んだ\n品目 2022年（週） 2023年（週）\nマイコン 40nm 52 39\nパワー IGBT 48 44\nセンサー 32 —\n\n半導体の話"
    (table,) = [region for region in find_regions(text) if region.role == "table"]
    assert rows(text, table) == [
        ("品目", "2022年（週）", "2023年（週）"),
        ("マイコン 40nm", "52", "39"),
        ("パワー IGBT", "48", "44"),
        ("センサー", "32", "—"),
    ]
    assert texts(text, find_regions(text), "headline") == ["納期は縮んだ"]


def test_a_label_that_wraps_and_a_remark_behind_the_figures_are_cells_of_their_row() -> None:
    text = (
        "店舗ごとの結果をまとめた\n店舗 件数 分 責任者\n本店営業部 58 3 橋爪 卓\n港北ショッピン\nグセンター\n33 5 大庭 祥子"
        "\n南浜 27 1 鵜飼 健"
    )
    (table,) = [region for region in find_regions(text) if region.role == "table"]
    assert rows(text, table)[2] == ("港北ショッピン\nグセンター", "33", "5", "大庭 祥子")


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (
            "Region Makers Shipments 2024 (units) Patents",
            ("Region", "Makers", "Shipments 2024 (units)", "Patents"),
        ),
        ("会社 店舗 数 売上高 (億円) 従業員数", ("会社", "店舗 数", "売上高 (億円)", "従業員数")),
        ("会社 と その ほか 店舗 売上高 従業員数", ("会社 と その ほか 店舗 売上高 従業員数", "", "", "")),
    ],
    ids=["a figure and small letters", "one sign and a bracket", "cannot be told apart"],
)
def test_a_header_with_too_many_fields_is_joined_where_one_looks_like_a_rest(
    header: str, cells: tuple[str, ...]
) -> None:
    text = f"The region that leads in all of it\n{header}\nNew Asia 71 2,640 6,130\nEurope 25 310 720\nAll others 12 90 88"
    (table,) = [region for region in find_regions(text) if region.role == "table"]
    assert rows(text, table)[:2] == [cells, ("New Asia", "71", "2,640", "6,130")]


def test_a_row_that_lacks_a_figure_does_not_lend_its_label_to_the_next() -> None:
    text = "Boats by year and what they carried\nBoat 2021 2022 2023\nHeron 10 20 30\nGull 25 31\nTern 5 6 7\nKite 1 2 3\nOwl 4 5 6"
    tables = [region for region in find_regions(text) if region.role == "table"]
    assert [row[0] for table in tables for row in rows(text, table)] == ["Tern", "Kite", "Owl"]


def test_bullets_and_sentences_with_figures_are_no_rows() -> None:
    text = "会社の数字\n• 売上 731 82\n• 利益 82 37\n• 人数 58 29\n2020年の A 港は 31 24 でした。\n2021年は 35 26 でした。\n2022年の B は 38 29 でした。"
    assert not [region for region in find_regions(text) if region.role == "table"]


def test_a_table_with_a_row_that_cannot_be_told_apart_is_no_table() -> None:
    text = "Ship Pier Price\nHeron east 4.0\nGull west 3.5\nSea Swallow north 2.0\nTern south 1.5\n"
    assert not any(region.role == "table" for region in find_regions(text))


def test_cells_parted_by_tabs_need_no_numbers() -> None:
    text = "Crews\n\nShip\tMaster\nHeron\tAda Lind\nGull\tBo Ek\n"
    (table,) = [region for region in find_regions(text) if region.rows]
    assert rows(text, table) == [("Ship", "Master"), ("Heron", "Ada Lind"), ("Gull", "Bo Ek")]


def test_records_with_recurring_keys_become_tables_of_two_columns() -> None:
    record = "開港 {}年\n\n運営 {}\n\n役割\n{}"
    first = record.format(2021, "東港会社", "島への船を出し、\n荷を運ぶ。")
    second = record.format(2024, "西港会社", "観光の船を出す。")
    text = f"二つの港の比較\n\n{first}\n\n{second}\n\n出所：当社調べ"
    tables = [rows(text, region) for region in find_regions(text) if region.rows]
    assert tables == [
        [("開港", "2021年"), ("運営", "東港会社"), ("役割", "島への船を出し、\n荷を運ぶ。")],
        [("開港", "2024年"), ("運営", "西港会社"), ("役割", "観光の船を出す。")],
    ]


@pytest.mark.parametrize(
    "lines", ["1 Ferry service\n2 Harbour plan\n3 Crew training", "width = 7\nheight = 9\ndepth = 4"]
)
def test_numbered_lists_and_equations_are_no_tables(lines: str) -> None:
    assert not any(region.role == "table" for region in find_regions(f"Agenda of the day\n\n{lines}\n"))


def test_sentences_with_the_same_number_of_words_are_no_table() -> None:
    text = "Ferries by year\n\nThe crew drills daily.\nThe pier was closed.\nThe price went down."
    assert not any(region.role == "table" for region in find_regions(text))


# --- numbers --------------------------------------------------------------------------------------


def pages(*contents: str) -> list[Page]:
    return [Page(place, text) for place, text in enumerate(contents, 1)]


def numbered(slides: tuple[Slide, ...]) -> list[tuple[str, str]]:
    return [(slide.number, slide.numbering) for slide in slides]


def test_numbers_in_step_with_the_pages_are_printed_and_gaps_inferred() -> None:
    slides = lay_out(
        "deck", pages("Cover", "Piers\n\nsteel\n\n1", "Ferries\n\n42 boats\n\n2", "Tickets", "End\n\n4")
    )
    assert numbered(slides) == [
        ("0", "inferred"),
        ("1", "printed"),
        ("2", "printed"),
        ("3", "inferred"),
        ("4", "printed"),
    ]
    assert texts(slides[1].text, slides[1].regions, "footer") == ["1"]


def test_without_printed_numbers_the_page_counts() -> None:
    assert numbered(lay_out("deck", pages("Piers", "Ferries\n\n42", "Tickets\n\n7"))) == [
        ("1", "page"),
        ("2", "page"),
        ("3", "page"),
    ]


def test_labels_of_the_file_are_kept() -> None:
    given = [
        Page(1, "Cover", "i", "printed"),
        Page(2, "Piers\n\n7", "1", "printed"),
        Page(3, "Ferries\n\n8", "2"),
    ]
    assert numbered(lay_out("deck", given)) == [("i", "printed"), ("1", "printed"), ("2", "printed")]


def test_a_text_box_on_half_of_the_slides_is_no_content() -> None:
    pages = []
    for place in range(1, 7):
        text = f"質問{place}は何ですか\n← 目次へ戻る\n答えは{place}番です。\n補足も{place}つあります。"
        lines = [0, *(at + 1 for at, char in enumerate(text) if char == "\n"), len(text) + 1]
        spans = [(a, b - 1) for a, b in pairwise(lines)]
        roles = ["headline", "body", "body", "body"]
        known = tuple(Region(role, a, b) for role, (a, b) in zip(roles, spans, strict=True))
        pages.append(Page(place, text, str(place), "printed", known))
    for slide in lay_out("faq", pages):
        assert texts(slide.text, slide.regions, "body") == [
            f"答えは{slide.number}番です。",
            f"補足も{slide.number}つあります。",
        ]


def test_a_text_box_with_a_figure_that_equals_the_slide_number_stays() -> None:
    text = "導入企業の数\n5\n社が導入した"
    known = (Region("headline", 0, 6), Region("body", 7, 8), Region("body", 9, 15))
    (slide,) = lay_out("deck", [Page(5, text, "5", "printed", known)])
    assert texts(slide.text, slide.regions, "body") == ["5", "社が導入した"]


def test_the_line_that_prints_a_known_label_is_a_footer() -> None:
    (slide,) = lay_out("deck", [Page(1, "Piers\n\nsteel\n\n7", "7", "printed")])
    assert texts(slide.text, slide.regions, "footer") == ["7"]


def test_colliding_numbers_fall_back_to_the_page() -> None:
    given = [
        Page(1, "Cover", "1", "printed"),
        Page(2, "Piers", "1", "printed"),
        Page(3, "Ferries", "2", "printed"),
    ]
    assert numbered(lay_out("deck", given)) == [("1", "page"), ("2", "page"), ("3", "page")]


def test_lines_at_the_edge_of_most_pages_are_furniture() -> None:
    slides = lay_out(
        "deck", pages(*(f"Harbour report\n{name} open\n\nsteel {name}\n\nHarbour Lab" for name in "ABCDE"))
    )
    for name, slide in zip("ABCDE", slides, strict=True):
        assert [region.role for region in slide.regions] == ["breadcrumb", "headline", "body", "footer"]
        assert texts(slide.text, slide.regions, "headline") == [f"{name} open"]


# --- outline --------------------------------------------------------------------------------------


def test_parents_lead_from_a_sub_bullet_to_the_headline() -> None:
    text = "港の今後\n\n桟橋\n■ 材料\n• 鋼材\n■ 費用"
    slide = Slide("deck", "1", 1, "page", text, find_regions(text))
    named = {slide.text[region.start : region.end]: region for region in slide.regions}
    chain = parents(slide, named["• 鋼材"])
    assert texts(text, chain) == ["■ 材料", "桟橋", "港の今後"]
    assert texts(text, parents(slide, named["■ 費用"])) == ["桟橋", "港の今後"]
    assert parents(slide, named["港の今後"]) == ()
