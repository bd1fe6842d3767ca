"""PowerPoint decks: made here with python-pptx, and real ones where ../shared/decks is at hand."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.util import Inches

from reportqa.errors import ReadError
from reportqa.readers.blocks import Block, Box, Line, reading_order
from reportqa.readers.charts import show_number
from reportqa.readers.pptx import read_pages
from reportqa.types import Page

DECKS = Path(__file__).parents[1] / ".." / "shared" / "decks"
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
FIELD = "{http://schemas.openxmlformats.org/drawingml/2006/main}fld"
SLIDE = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'


@pytest.fixture
def deck() -> Any:
    return Presentation()


def real(name: str) -> tuple[str, tuple[Page, ...]]:
    path = DECKS / name
    if not path.exists():
        pytest.skip(f"{name} is not part of the repository (../shared/decks is absent)")
    return read_pages(path)


def saved(deck: Any, tmp_path: Path) -> Path:
    path = tmp_path / "made.pptx"
    deck.save(str(path))
    return path


def box(shapes: Any, text: str, left: float, top: float, width: float = 2.0, height: float = 0.5) -> Any:
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    shape.text_frame.text = text
    return shape


def said(page: Page) -> list[tuple[str, int, str]]:
    return [(region.role, region.level, page.text[region.start : region.end]) for region in page.regions]


def cells(page: Page) -> list[list[str]]:
    (table,) = [region for region in page.regions if region.role == "table"]
    return [[page.text[start:end] for start, end in row] for row in table.rows]


def test_title_bullets_and_notes_become_regions(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "中国AI産業の現状"
    frame = slide.placeholders[1].text_frame
    frame.text = "企業数は世界２位"
    paragraph = frame.add_paragraph()
    paragraph.text, paragraph.level = "米国に次ぐ", 1
    slide.notes_slide.notes_text_frame.text = "ここで質問を受ける"
    title, (page,) = read_pages(saved(deck, tmp_path))
    assert title == "中国AI産業の現状"
    assert page.text == "中国AI産業の現状\n\n企業数は世界２位\n米国に次ぐ\n\nここで質問を受ける"
    assert said(page) == [
        ("headline", 0, "中国AI産業の現状"),
        ("body", 0, "企業数は世界２位"),
        ("body", 1, "米国に次ぐ"),
        ("note", 0, "ここで質問を受ける"),
    ]


def test_a_bullet_under_the_title_of_its_box_is_one_level_deeper(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = box(slide.shapes, "中国の状況", 1, 1).text_frame
    bullet = frame.add_paragraph()
    bullet.text = "約200の大モデル"
    bullet._p.get_or_add_pPr().append(parse_xml(f'<a:buChar {DRAWING} char="•"/>'))
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert said(page) == [("body", 0, "中国の状況"), ("body", 1, "約200の大モデル")]


def test_two_columns_are_read_one_after_the_other_below_a_full_width_line(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    box(slide.shapes, "右の説明", 5.5, 3.2, 4, 2)
    box(slide.shapes, "左の説明", 0.5, 3.2, 4, 2)
    box(slide.shapes, "両国の比較", 0.5, 1.5, 9, 0.6)
    box(slide.shapes, "米国", 5.5, 2.7, 4, 0.4)
    box(slide.shapes, "中国", 0.5, 2.7, 4, 0.4)
    slide.shapes.title.text = "米中比較"
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text.split("\n\n") == ["米中比較", "両国の比較", "中国\t左の説明", "米国\t右の説明"]


def test_boxes_that_line_up_in_three_rows_are_read_as_a_table() -> None:
    def cell(name: str, column: int, row: int) -> Block:
        return Block(Box(column * 50, row * 12, column * 50 + 20, row * 12 + 10), (Line(name),))

    grid = [cell(f"{column}{row}", column, row) for column in range(2) for row in range(3)]
    names = [piece.text for block in reading_order(grid) for piece in block.pieces if isinstance(piece, Line)]
    assert names == ["00", "10", "01", "11", "02", "12"]


@pytest.mark.parametrize("count", [300, 3000])
def test_reading_order_keeps_every_block_of_a_crowded_slide(count: int) -> None:
    stairs = [Block(Box(i, i * 200, i + 1, i * 200 + 1), (Line(str(i)),)) for i in range(count)]
    ordered = reading_order(list(reversed(stairs)))
    assert sorted(map(repr, ordered)) == sorted(map(repr, stairs))
    assert ordered[0] == stairs[0]


def test_a_label_beside_its_text_twice_alike_is_a_row(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, (label, text) in enumerate(
        [("設立", "1998年5月12日"), ("資本金", "34億円"), ("代表者", "岩動 克典")]
    ):
        box(shapes, label, 1, 1.5 + place, 1.5)
        box(shapes, text, 2.6, 1.5 + place, 5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert [text for role, _, text in said(page) if role == "table"] == [
        "設立\t1998年5月12日",
        "資本金\t34億円",
        "代表者\t岩動 克典",
    ]


def test_what_a_figure_counts_is_the_label_of_it(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, (figure, counted) in enumerate(
        [("412万人", "会員数"), ("94%", "更新率"), ("186店", "加盟店")]
    ):
        box(shapes, figure, 0.5 + 3 * place, 2, 2.5, 0.9)
        box(shapes, counted, 0.5 + 3 * place, 2.9, 2.5, 0.5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert [text for role, _, text in said(page) if role == "table"] == [
        "会員数\t412万人",
        "更新率\t94%",
        "加盟店\t186店",
    ]


def test_numbers_of_steps_count_nothing(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, (step, text) in enumerate(
        [("1 判定", "担当は法務"), ("2 承認", "担当は部長"), ("3 保管", "倉庫へ")]
    ):
        box(shapes, step, 0.5 + 3 * place, 2, 2.5, 0.9)
        box(shapes, text, 0.5 + 3 * place, 2.9, 2.5, 0.5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert next(text for role, _, text in said(page) if role == "table") == "1 判定\t担当は法務"


def test_a_card_with_more_than_a_line_hangs_under_its_title(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, name in enumerate(["コンピュート", "ストレージ"]):
        box(shapes, name, 1 + 4 * place, 2, 3, 0.5)
        box(shapes, f"{name}は5分で起動\n時間課金\n東京と大阪", 1 + 4 * place, 2.5, 3, 2)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert [(level, text) for _, level, text in said(page)] == [
        (0, "コンピュート"),
        (1, "コンピュートは5分で起動"),
        (1, "時間課金"),
        (1, "東京と大阪"),
        (0, "ストレージ"),
        (1, "ストレージは5分で起動"),
        (1, "時間課金"),
        (1, "東京と大阪"),
    ]


def test_a_table_drawn_with_boxes_is_one(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    rows = [
        ["会社", "売上", "社員"],
        ["A社", "100億円", "20人"],
        ["B社", "90億円", "30人"],
        ["C社", "80億円", "40人"],
    ]
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            run = box(shapes, cell, 0.5 + 3 * across, 1.5 + 0.6 * down, 2.8).text_frame.paragraphs[0].runs[0]
            run.font.bold = not down
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert cells(page) == rows


def test_a_remark_below_the_last_label_takes_no_row_apart(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, (label, text) in enumerate([("設立", "1998年"), ("資本金", "34億円"), ("代表者", "岩動")]):
        box(shapes, label, 1, 1.5 + 0.6 * place, 1.5)
        box(shapes, text, 2.6, 1.5 + 0.6 * place, 5)
    box(shapes, "上記は今年3月の情報", 2.6, 3.3, 5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert [text for role, _, text in said(page) if role == "table"] == [
        "設立\t1998年",
        "資本金\t34億円",
        "代表者\t岩動",
    ]


def test_boxes_in_a_heap_take_no_time_and_a_size_that_is_none_is_none(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place in range(100):
        run = box(shapes, f"layer {place}", 1, 1 + 0.5 * (place % 2)).text_frame.paragraphs[0].runs[0]
        run._r.get_or_add_rPr().set("sz", "1800.5")
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert sum("layer" in text for _, _, text in said(page)) == 100


def test_boxes_of_one_kind_or_found_once_are_no_cards(deck: Any, tmp_path: Path) -> None:
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    for place, name in enumerate(["東京", "大阪", "福岡", "札幌"]):  # four of a size
        box(shapes, name, 1 + 2.2 * (place % 2), 3 + 0.6 * (place // 2))
    box(shapes, "合計", 6, 1, 2, 0.5)  # one title over one text
    box(shapes, "4都市", 6, 1.5, 2, 1)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert {(role, level) for role, level, _ in said(page)} == {("body", 0)}


def test_a_short_line_above_everything_else_is_the_headline_of_an_untitled_slide(
    deck: Any, tmp_path: Path
) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "※2023年末の値", 1, 6)
    box(slide.shapes, "出所：中国信息通信研究院", 1, 6.6)
    box(slide.shapes, "規模は5,784億元", 1, 2)
    box(slide.shapes, "AIコア産業", 1, 0.5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert [(role, text) for role, _, text in said(page)] == [
        ("headline", "AIコア産業"),
        ("body", "規模は5,784億元"),
        ("note", "※2023年末の値"),
        ("source", "出所：中国信息通信研究院"),
    ]


def test_a_group_is_read_as_a_whole_and_mirrored_groups_in_the_order_shown(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    box(group.shapes, "一", 1, 2)
    box(group.shapes, "二", 4, 2)
    nested = group.shapes.add_group_shape()
    box(nested.shapes, "三", 1, 3.1, 5)
    box(slide.shapes, "外", 3, 2.7, 0.5)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text.replace("\n\n", "\n") == "一\n二\n三\n外"
    group._element.grpSpPr.xfrm.set("flipH", "1")
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text.replace("\n\n", "\n").startswith("二\n一")


def test_a_table_stands_row_by_row_with_aligned_cell_spans(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(3, 3, Inches(1), Inches(1), Inches(6), Inches(2)).table
    rows = [("モデル", "入力", "出力"), ("GPT-4o", "5ドル", ""), ("合計", "", "改行\nあり")]
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(2, 0).merge(table.cell(2, 1))
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text == "モデル\t入力\t出力\nGPT-4o\t5ドル\t\n合計\t\t改行\nあり"
    assert cells(page) == [["モデル", "入力", "出力"], ["GPT-4o", "5ドル", ""], ["合計", "", "改行\nあり"]]


def test_a_chart_is_a_table_of_the_numbers_it_shows(deck: Any, tmp_path: Path) -> None:
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["2022年", "2023年"]
    data.add_series("成長率", (0.18, 0.139))
    data.add_series("規模", (5080, None), number_format='#,##0"億元"')
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(3), data
    )
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "AIコア産業の推移"
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text.startswith("AIコア産業の推移\n")
    assert cells(page) == [["", "成長率", "規模"], ["2022年", "18.0%", "5,080億元"], ["2023年", "13.9%", ""]]


def test_a_scatter_chart_gives_its_points(deck: Any, tmp_path: Path) -> None:
    data = XyChartData()
    series = data.add_series("性能")
    series.add_data_point(0.1, 12.5)
    series.add_data_point(2, 20)
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, Inches(1), Inches(1), Inches(5), Inches(3), data)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert cells(page) == [["", "性能"], ["0.1", "12.5"], ["2", "20"]]


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("0.28999999999999998", "General", "0.29"),
        ("5784", "#,##0", "5,784"),
        ("0.139", "0%", "14%"),
        ("2.5", "0.00_);(0.00)", "2.50"),
        ("2.5", "0.##", "2.5"),
        ("12", "[$¥-411]#,##0", "¥12"),
        ("1e300", "0.0", "1e300"),
        ("#N/A", "0.0", "#N/A"),
        ("45000", "yyyy/m/d", "2023/3/15"),
        ("43137", "m/d/yyyy", "2/6/2018"),
        ("43137", '[$-411]yyyy"年"m"月";@', "2018年2月"),
        ("43137", "mmm-yy", "Feb-18"),
        ("43137", '"m"0', "m43137"),
        ("12", "yyyy", "12"),
        ("0.5", "h:mm", "0.5"),
    ],
)
def test_numbers_are_shown_as_their_format_code_says(stored: str, code: str, shown: str) -> None:
    assert show_number(stored, code) == shown


def test_the_number_field_counts_from_the_first_slide_number(deck: Any, tmp_path: Path) -> None:
    deck.part._element.set("firstSlideNum", "0")
    for _ in range(3):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        box(slide.shapes, "本文", 1, 1)
    field = parse_xml(f'<a:fld {DRAWING} id="{{0}}" type="slidenum"><a:rPr/><a:t>99</a:t></a:fld>')
    box(slide.shapes, "P.", 8, 7).text_frame.paragraphs[0]._p.append(field)
    _, pages = read_pages(saved(deck, tmp_path))
    assert [(page.label, page.numbering) for page in pages] == [(None, None), (None, None), ("2", "printed")]
    assert pages[2].text.endswith("P.2")


def test_hidden_slides_are_kept(deck: Any, tmp_path: Path) -> None:
    for text in ("表", "裏"):
        box(deck.slides.add_slide(deck.slide_layouts[6]).shapes, text, 1, 1)
    deck.slides[1]._element.set("show", "0")
    _, pages = read_pages(saved(deck, tmp_path))
    assert [page.text for page in pages] == ["表", "裏"]


def test_text_in_alternate_content_and_formulas_is_read(deck: Any, tmp_path: Path) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    shape = box(slide.shapes, "温度", 1, 1)._element
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    shape.txBody.p_lst[0].append(
        parse_xml(
            '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main">'
            f'<m:oMath xmlns:m="{math}"><m:r><m:t>β</m:t></m:r></m:oMath></a14:m>'
        )
    )
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    alternate = parse_xml(
        f'<mc:AlternateContent xmlns:mc="{markup}" {SLIDE}><mc:Choice Requires="p"/></mc:AlternateContent>'
    )
    shape.addprevious(alternate)
    alternate[0].append(shape)
    _, (page,) = read_pages(saved(deck, tmp_path))
    assert page.text == "温度β"


@pytest.mark.parametrize("typed", ["", "PowerPoint プレゼンテーション", "スライド 1", "Presentation1"])
def test_a_title_nobody_typed_gives_way_to_the_first_line(deck: Any, tmp_path: Path, typed: str) -> None:
    box(deck.slides.add_slide(deck.slide_layouts[6]).shapes, "講演の題", 1, 1)
    deck.core_properties.title = typed
    assert read_pages(saved(deck, tmp_path))[0] == "講演の題"


def test_an_encrypted_file_says_how_to_open_it(tmp_path: Path) -> None:
    path = tmp_path / "secret.pptx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    with pytest.raises(ReadError, match=r"^secret\.pptx: protected by a password.*save it as \.pptx"):
        read_pages(path)


def test_damaged_files_are_read_errors_whatever_is_cut(deck: Any, tmp_path: Path) -> None:
    box(deck.slides.add_slide(deck.slide_layouts[6]).shapes, "本文", 1, 1)
    whole = saved(deck, tmp_path).read_bytes()
    path = tmp_path / "cut.pptx"
    for size in (0, 10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        with pytest.raises(ReadError, match=r"^cut\.pptx: "):
            read_pages(path)
    for part, harm in (("ppt/slides/slide1.xml", b"<p:sld"), ("ppt/presentation.xml", b"")):
        rewritten = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(rewritten, "w") as new:
            for name in old.namelist():
                new.writestr(name, harm if name == part else old.read(name))
        path.write_bytes(rewritten.getvalue())
        with pytest.raises(ReadError, match=r"^cut\.pptx: "):
            read_pages(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pptx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as part:
        for _ in range(257):
            part.write(bytes(2**20))
    with pytest.raises(ReadError, match=r"^bomb\.pptx: unpacks to 257 MiB"):
        read_pages(path)


def test_smart_art_is_read_as_an_outline() -> None:
    _, pages = real("newbies_smartart6.pptx")
    assert all(len(page.regions) > 2 for page in pages[1:])
    outline = said(pages[1])
    assert [level for _, level, _ in outline] == [0, 0, 1, 2, 2, 2, 1, 2]
    assert all(text for _, _, text in outline)


def test_real_tables_and_charts_have_their_numbers() -> None:
    _, pages = real("markitdown_test.pptx")
    assert cells(pages[2])[0] == ["ColA", "ColB", "ColC", "ColD", "ColE", "ColF"]
    assert cells(pages[2])[1] == ["1", "2", "3", "4", "5", "6"]
    assert cells(pages[3])[0] == ["", "Series 1"]
    _, pages = real("planning_20190418_charts4.pptx")
    assert ["2018/Aug/31", "59", "24"] in cells(pages[4])


def test_real_number_fields_match_the_numbers_on_the_printed_pages() -> None:
    _, pages = real("oss_license_misunderstandings_jp.pptx")
    assert [page.label for page in pages[1:4]] == ["2", "3", "4"]
    _, pages = real("oss_license_misunderstandings_en.pptx")
    assert [page.label for page in pages] == [str(number) for number in range(63)]


@pytest.mark.parametrize("path", sorted(DECKS.glob("*.pptx")) or [None], ids=lambda path: path and path.stem)
def test_no_word_that_python_pptx_sees_on_a_real_deck_is_lost(path: Path | None) -> None:
    if path is None:
        pytest.skip("../shared/decks is absent")
    _, pages = read_pages(path)
    presentation: Any = Presentation(str(path))
    for page, slide in zip(pages, presentation.slides, strict=True):
        covered = "".join(page.text[region.start : region.end] for region in page.regions)
        assert "".join(covered.split()) == "".join(page.text.split())
        words = set(re.findall(r"\w+", page.text))
        for shape in slide.shapes:
            if shape.has_text_frame and not shape._element.findall(f".//{FIELD}"):
                for paragraph in shape.text_frame.paragraphs:
                    assert set(re.findall(r"\w+", paragraph.text)) <= words
