"""PDF decks: made here byte by byte, and real ones where ../shared/decks is at hand."""

from __future__ import annotations

import io
import zlib
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from reportqa.errors import ReadError
from reportqa.readers import read_deck
from reportqa.readers.pdf import read_pages, render_page
from reportqa.readers.pdf_plausible import ENOUGH, HOPELESS, plausibility
from reportqa.types import Page

DECKS = Path(__file__).parents[1] / ".." / "shared" / "decks"
SHIPPED = Path(__file__).parents[1] / "corpus" / "china-ai-2024.pdf"


def text(words: str, x: float, y: float, size: float = 14) -> str:
    """Content that writes ``words`` at (x, y), y from the bottom of a page 720 by 405 points."""
    return f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET"


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{x1} {y1} m {x2} {y2} l S"


def ruled(xs: list[float], ys: list[float]) -> list[str]:
    upright = [line(x, min(ys), x, max(ys)) for x in xs]
    return upright + [line(min(xs), y, max(xs), y) for y in ys]


def pdf(*pages: list[str], title: str = "", extra: str = "") -> bytes:
    """A PDF of the given contents, one list of operators a page."""
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{extra}>>".encode(),
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Title<" + ("\ufeff" + title).encode("utf-16-be").hex().encode() + b">>>",
    ]
    for at, page in enumerate(pages):
        data = zlib.compress("\n".join(page).encode("latin-1"))
        head = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 720 405]/Contents {6 + 2 * at} 0 R"
        objects.append(f"{head}/Resources<</Font<</F1 3 0 R>>>>>>".encode())
        objects.append(f"<</Length {len(data)}/Filter/FlateDecode>>stream\n".encode() + data + b"\nendstream")
    out = b"%PDF-1.7\n"
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer<</Root 1 0 R/Info 4 0 R/Size {len(objects) + 1}>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + head.encode() + tail.encode()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path / "made.pdf"


def only(path: Path, data: bytes) -> Page:
    path.write_bytes(data)
    _, (page,) = read_pages(path)
    return page


def lines(page: Page) -> list[str]:
    return [found for found in page.text.split("\n") if found]


def said(page: Page, role: str) -> list[str]:
    return [page.text[region.start : region.end] for region in page.regions if region.role == role]


def cells(page: Page) -> list[list[str]]:
    (table,) = [region for region in page.regions if region.role == "table"]
    return [[page.text[start:end] for start, end in row] for row in table.rows]


def real(name: str) -> tuple[str, tuple[Page, ...]]:
    path = DECKS / name
    if not path.exists():
        pytest.skip(f"{name} is not part of the repository (../shared/decks is absent)")
    return read_pages(path)


def test_shapes_drawn_in_any_order_are_read_from_top_to_bottom(made: Path) -> None:
    page = only(
        made,
        pdf([text("7", 690, 12, 10), text("The answer", 60, 150), text("The question", 60, 250),
             text("A title", 60, 360, 28)]),
    )  # fmt: skip
    assert lines(page) == ["A title", "The question", "The answer", "7"]


@pytest.mark.parametrize("drawn", ["column by column", "line by line"])
def test_two_columns_are_not_read_across(made: Path, drawn: str) -> None:
    left = [text(f"a line of prose in the left column, number {row}", 40, 280 - 18 * row) for row in range(4)]
    right = [text(f"a line of prose in the right one, number {row}", 400, 280 - 18 * row) for row in range(4)]
    across = [item for pair in zip(left, right, strict=True) for item in pair]
    body = right + left if drawn == "column by column" else across
    page = only(made, pdf([*body, text("Title of the slide", 60, 360, 28)]))
    assert [found.split()[-1] for found in lines(page)[1:]] == list("01230123")
    assert "left" in lines(page)[4] and "right" in lines(page)[5]


def test_a_row_of_cards_is_read_card_by_card(made: Path) -> None:
    content = [
        text(
            "A title that stands over all of the cards of this row, from the first one to the last of them",
            60,
            262,
            14,
        )
    ]
    for x, figure, caption in ((60, "300", "images"), (260, "500", "tokens"), (460, "200", "scenes")):
        content += [text(figure, x, 230, 30), text(caption, x + 3, 214, 14)]
    page = only(
        made,
        pdf(
            [
                *content,
                text(
                    "A remark that stands under all of the cards of this row, from the first one to the last",
                    60,
                    180,
                    14,
                ),
            ]
        ),
    )
    assert lines(page)[1:-1] == ["300\timages", "500\ttokens", "200\tscenes"]


def card(title: str, rest: list[str], x: float) -> list[str]:
    return [
        text(title, x + 20, 300, 18),
        *(text(words, x, 250 - 16 * at, 12) for at, words in enumerate(rest)),
    ]


def test_titles_drawn_right_before_what_stands_below_them_are_labels(made: Path) -> None:
    phases = [("Phase 0", "October 2022"), ("Phase 1", "May 2023"), ("Phase 2", "February 2024")]
    drawn = [
        operator for at, (name, when) in enumerate(phases) for operator in card(name, [when], 40 + 220 * at)
    ]
    page = only(made, pdf([text("How we moved", 40, 360, 24), *drawn]))
    assert said(page, "table") == ["Phase 0\tOctober 2022", "Phase 1\tMay 2023", "Phase 2\tFebruary 2024"]


def test_longer_text_hangs_under_the_title_it_was_drawn_after(made: Path) -> None:
    rest = ["starts in five minutes or less", "is paid for by the hour", "runs in Tokyo and Osaka alone"]
    head = [text("What we offer", 40, 360, 24)]
    made.write_bytes(pdf(head + card("Compute", rest, 40) + card("Storage", rest, 380)))
    (slide,) = read_deck(made, "made").slides
    found = [(r.level, slide.text[r.start : r.end]) for r in slide.regions if r.role == "body"]
    assert [words for level, words in found if level == 0] == ["Compute", "Storage"]
    assert sum(level > 0 for level, _ in found) == len(found) - 2


def test_rows_drawn_without_lines_are_read_row_by_row(made: Path) -> None:
    rows = [("Model", "Price"), ("large", "12 yen"), ("small", "9 yen")]
    content = [text(name, 60, 300 - 40 * at) for at, (name, _) in enumerate(rows)]
    content += [text(price, 400, 300 - 40 * at) for at, (_, price) in enumerate(rows)]
    assert lines(only(made, pdf(content))) == [word for row in rows for word in row]


def test_a_bullet_stays_with_its_text_across_the_tab_stop(made: Path) -> None:
    page = only(
        made,
        pdf(
            [
                text("\x95", 60, 250),
                text("first point", 90, 250),
                text("2.", 60, 200),
                text("second", 95, 200),
            ]
        ),
    )
    assert lines(page) == ["• first point", "2. second"]


def test_lines_of_one_paragraph_stand_together_and_frames_apart(made: Path) -> None:
    page = only(
        made,
        pdf(
            [
                text("one paragraph that goes on", 60, 300),
                text("to a second line", 60, 283),
                text("another box", 60, 200),
            ]
        ),
    )
    assert page.text == "one paragraph that goes on\nto a second line\n\nanother box"


def test_widely_set_lines_of_a_sentence_stand_together_and_labels_do_not(made: Path) -> None:
    page = only(
        made,
        pdf(
            [
                text("a sentence that is set with wide spacing goes on", 60, 300),
                text("to its second line", 60, 272),
            ]
        ),
    )
    assert page.text == "a sentence that is set with wide spacing goes on\nto its second line"
    assert only(made, pdf([text("label", 60, 300), text("other", 60, 272)])).text == "label\n\nother"


def test_the_foot_of_a_page_is_read_last_wherever_it_stands(made: Path) -> None:
    body = [text(f"body of the slide, line {row}", 150, 380 - 17 * row) for row in range(21)]
    assert lines(only(made, pdf([*body, text("7", 20, 10, 10)])))[-1] == "7"


def test_what_is_drawn_outside_the_page_is_not_read(made: Path) -> None:
    assert lines(only(made, pdf([text("inside", 60, 200), text("a draft beside the slide", -400, 200)]))) == [
        "inside"
    ]


def test_a_turned_page_is_read_as_it_is_shown(made: Path) -> None:
    content = [text("second", 60, 200), text("first", 60, 300)]
    turned = PdfWriter(clone_from=io.BytesIO(pdf(content)))
    turned.pages[0].rotate(180)
    turned.write(made)
    _, (page,) = read_pages(made)
    assert lines(page) == ["second", "first"]  # upside down, the lower line comes first


def test_a_ruled_table_becomes_rows_and_cells_at_its_place(made: Path) -> None:
    content = [text("Before", 60, 330), *ruled([60, 200, 340], [300, 270, 230])]
    content += [
        text("Model", 70, 280),
        text("Price", 210, 280),
        text("large", 70, 255),
        text("size", 70, 240),
    ]
    page = only(made, pdf([*content, text("12 yen", 210, 250), text("After", 60, 180)]))
    assert cells(page) == [["Model", "Price"], ["large\nsize", "12 yen"]]
    assert page.text == "Before\n\nModel\tPrice\nlarge\nsize\t12 yen\n\nAfter"


def test_an_empty_cell_is_an_empty_span_so_columns_stay_aligned(made: Path) -> None:
    content = ruled([60, 200, 340], [300, 270, 240, 210])
    content += [
        text("Model", 70, 280),
        text("Price", 210, 280),
        text("small", 70, 250),
        text("big", 70, 220),
        text("9", 210, 220),
    ]
    assert cells(only(made, pdf(content))) == [["Model", "Price"], ["small", ""], ["big", "9"]]


def test_words_that_almost_touch_are_parted_by_the_line_between_cells(made: Path) -> None:
    content = ruled([60, 98, 340], [300, 270, 240])
    content += [text("Model", 61, 280), text("Price", 99, 280), text("large", 61, 250), text("12", 99, 250)]
    assert cells(only(made, pdf(content))) == [["Model", "Price"], ["large", "12"]]


def set_table(rows: list[list[str]], xs: list[float], top: float = 300, step: float = 22) -> list[str]:
    """Content that draws cells row by row, without a line; a line break in a cell wraps it, "" leaves it empty."""
    return [
        text(part, x, top - step * at - 14 * below)
        for at, row in enumerate(rows)
        for x, cell in zip(xs, row, strict=True)
        if cell
        for below, part in enumerate(cell.split("\n"))
    ]


PRICES = [
    ["Model", "Maker", "Price"],
    ["large", "Acme", "12"],
    ["small", "", "9"],
    ["tiny", "Bolt and Co", "7"],
]


def test_a_table_without_lines_is_one_where_its_cells_were_drawn_row_by_row(made: Path) -> None:
    page = only(made, pdf([text("Prices of all models", 60, 360, 28), *set_table(PRICES, [60, 200, 340])]))
    assert cells(page) == PRICES
    assert said(page, "headline") == ["Prices of all models"]


def test_a_text_beside_such_a_table_stays_out_of_it(made: Path) -> None:
    beside = [text(f"a remark to the left, in line {at}", 40, 300 - 18 * at) for at in range(3)]
    page = only(made, pdf([*beside, *set_table(PRICES, [360, 460, 600])]))
    assert cells(page) == PRICES
    assert [line[-1] for line in lines(page)[:3]] == list("012")


def test_cells_of_such_a_table_wrap(made: Path) -> None:
    rows = [
        ["Item", "2023", "2024"],
        ["people who\nanswered", "98", "104"],
        ["answers in\nall", "1,020", "1,300"],
    ]
    assert cells(only(made, pdf(set_table(rows, [60, 200, 340], step=36)))) == rows


def test_a_label_of_such_a_table_stands_for_the_rows_beside_it(made: Path) -> None:
    rows = [
        ["Area", "Site", "Staff"],
        ["", "Aoba", "31"],
        ["", "Kita", "24"],
        ["", "Naka", "12"],
        ["south", "Ura", "9"],
    ]
    drawn = [
        *set_table(rows[:1], [60, 200, 340]),
        text("north", 60, 256),
        *set_table(rows[1:], [60, 200, 340], 278),
    ]
    assert [row[0] for row in cells(only(made, pdf(drawn)))] == ["Area", "north", "", "", "south"]


def test_bars_of_a_chart_and_their_figures_are_rows(made: Path) -> None:
    bars = [[("Japan", 60), ("26.0%", 400)], [("France", 60), ("7.0%", 210)], [("Spain", 60), ("4.0%", 180)]]
    drawn = [text(words, x, 300 - 30 * at) for at, row in enumerate(bars) for words, x in row]
    assert cells(only(made, pdf(drawn))) == [[words for words, _ in row] for row in bars]


@pytest.mark.parametrize(
    "drawn",
    [
        [*set_table([[str(at), f"part {at}"] for at in range(1, 5)], [60, 100])],  # an agenda
        [*set_table([["\x95", f"point {at}"] for at in range(1, 5)], [60, 100])],  # a list
        [*set_table(PRICES[:2], [60, 200, 340])],  # two lines are no table
        [
            *set_table([["one", "two"], ["three", "four"]], [60, 200]),
            *set_table([["far", "off"]], [60, 200], 60),
        ],
        [*set_table(PRICES, [60, 200, 340]), text("stamp", 250, 265)],  # something stands inside
        [  # two columns of text, drawn line by line
            *set_table(
                [
                    ["The town grew fast in the", "Its port was built in order"],
                    ["years after the war as the", "to ship coal and iron from"],
                    ["mines opened and railways", "the hills behind, and it was"],
                    ["came up from the old coast", "the largest of the country"],
                ],
                [60, 300],
                step=18,
            )
        ],
        [
            *set_table([["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]], [60, 200, 340])[::-1]
        ],  # drawn upwards
    ],
    ids=["agenda", "list", "two rows", "foot", "stamp", "columns of text", "upwards"],
)
def test_what_only_looks_like_a_table_is_none(made: Path, drawn: list[str]) -> None:
    assert said(only(made, pdf(drawn)), "table") == []


YEARS = ["2021", "2022", "2023", "2024"]


def columns(labels: list[str], heights: list[list[int]], apart: int = 30) -> list[str]:
    """Content of a chart with upright bars: its axis, then each series, every figure as high as it is large."""
    axis = [text(label, 100 + 120 * at, 80) for at, label in enumerate(labels)]
    return axis + [
        text(str(value), 100 + 120 * at + apart * number, 100 + value)
        for number, series in enumerate(heights)
        for at, value in enumerate(series)
    ]


def test_figures_over_the_axis_of_a_chart_are_rows_with_their_categories(made: Path) -> None:
    page = only(made, pdf([text("Shops", 60, 360, 28), *columns(YEARS, [[120, 145, 180, 150]])]))
    assert cells(page) == [["2021", "120"], ["2022", "145"], ["2023", "180"], ["2024", "150"]]


def test_the_legend_of_a_chart_is_the_header_of_its_rows(made: Path) -> None:
    legend = [text("open", 200, 50), text("closed", 300, 50)]
    page = only(made, pdf([*columns(["Q1", "Q2", "Q3"], [[60, 90, 75], [20, 10, 40]]), *legend]))
    assert cells(page) == [["", "open", "closed"], ["Q1", "60", "20"], ["Q2", "90", "10"], ["Q3", "75", "40"]]


def test_figures_at_the_ends_of_level_bars_belong_to_the_labels_on_the_left(made: Path) -> None:
    labels = [text("AREA K", 60, 300), text("AREA E", 60, 260), text("AREA B", 60, 220)]
    figures = [text("31", 400, 300), text("12", 210, 260), text("18", 270, 220)]
    assert cells(only(made, pdf([*labels, *figures]))) == [
        ["AREA K", "31"],
        ["AREA E", "12"],
        ["AREA B", "18"],
    ]


def test_labels_of_a_chart_keep_their_digits_where_they_overlap(made: Path) -> None:
    page = only(made, pdf(columns(YEARS, [[29, 45, 80, 50], [27, 40, 71, 62]], apart=12)))
    assert cells(page) == [
        [year, *row]
        for year, row in zip(YEARS, [["29", "27"], ["45", "40"], ["80", "71"], ["50", "62"]], strict=True)
    ]


def test_figures_of_lines_that_cross_stay_with_their_series(made: Path) -> None:
    page = only(made, pdf(columns(YEARS, [[20, 60, 90, 130], [110, 85, 50, 25]], apart=0)))
    assert cells(page)[0] == ["2021", "20", "110"]
    assert cells(page)[3] == ["2024", "130", "25"]


def test_a_label_of_two_lines_is_one_and_a_title_below_is_none(made: Path) -> None:
    below = [text(half, 106 + 120 * at, 66) for at, half in enumerate(["1H", "2H", "1H"])]
    two = only(made, pdf([*columns(["2023", "2023", "2024"], [[60, 90, 75]]), *below]))
    assert [row[0] for row in cells(two)] == ["2023\n1H", "2023\n2H", "2024\n1H"]
    titled = only(made, pdf([*columns(YEARS[:3], [[60, 90, 75]]), text("Year", 221, 66)]))
    assert [row[0] for row in cells(titled)] == YEARS[:3]


@pytest.mark.parametrize(
    "drawn",
    [
        columns(["120", "310", "150", "170"], [[60, 90, 75, 40]]),  # two rows of figures
        columns(YEARS, [[90, 90, 90, 90]]),  # all at one height: a row
        [*columns(YEARS, [[120, 145, 180, 150]]), text("a word", 220, 130)],
        columns(YEARS, [[120], [145]]),  # most have none
        columns(["10", "20", "30", "40"], [[120, 145, 180, 150]]),  # a scale, not categories
        [text(year, x, 80) for year, x in zip(YEARS, (100, 150, 340, 420), strict=True)]
        + [text(str(90 + x % 37), x, 100 + x % 37) for x in (100, 150, 340, 420)],  # uneven
    ],
    ids=["figures below", "one height", "words", "gaps", "scale", "uneven"],
)
def test_what_only_looks_like_a_chart_is_none(made: Path, drawn: list[str]) -> None:
    assert said(only(made, pdf(drawn)), "table") == []


def test_figures_over_cards_are_no_chart(made: Path) -> None:
    drawn = [
        *[text(f"card {at}", 100 + 120 * at, 80) for at in range(4)],
        *[text(str(31 + at), 110 + 120 * at, 50, 28) for at in range(4)],
        *[text(str(45 + at), 110 + 120 * at, 120 + 9 * at, 28) for at in range(4)],
    ]
    page = only(made, pdf(drawn))
    assert said(page, "table") == ["card 0\t31", "card 1\t32", "card 2\t33", "card 3\t34"]


def test_the_bar_over_a_ruled_table_is_its_title_and_not_its_header(made: Path) -> None:
    drawn = [*ruled([60, 200, 340], [300, 270, 240]), "60 300 280 30 re S", text("All prices", 70, 310)]
    drawn += [text("Model", 70, 280), text("Price", 210, 280), text("large", 70, 250), text("12", 210, 250)]
    assert cells(only(made, pdf(drawn))) == [["Model", "Price"], ["large", "12"]]


@pytest.mark.parametrize(
    "drawing",
    [
        ["50 50 600 300 re S", text("framed", 60, 300), text("text", 60, 200)],  # a frame
        [*ruled([60, 200, 340, 480], [300, 250, 200, 150]), text("axis", 70, 280)],  # the grid of a chart
        [
            "60 200 100 50 re S",
            "180 200 100 50 re S",
            text("box", 70, 220),
            text("box", 190, 220),
        ],  # two boxes
        [  # a chart with labels inside
            *ruled([60, 160, 260, 360, 460], [300, 250, 200, 150]),
            *[text("bar", 70 + 100 * at, 270 - 50 * (at % 3)) for at in range(4)],
        ],
        [  # boxes as stairs
            *[f"{x} {y} 100 50 re S" for x, y in ((60, 100), (160, 100), (60, 150), (160, 150), (260, 150))],
            *[
                text("step", x + 10, y + 20)
                for x, y in ((60, 100), (160, 100), (60, 150), (160, 150), (260, 150))
            ],
        ],
        [*ruled([60, 340], [300, 270, 240]), text("one", 70, 280), text("column", 70, 250)],
    ],
    ids=["frame", "chart grid", "boxes", "labelled chart", "stairs", "one column"],
)
def test_drawings_are_no_tables(made: Path, drawing: list[str]) -> None:
    assert said(only(made, pdf(drawing)), "table") == []


def test_the_large_line_on_top_is_the_headline(made: Path) -> None:
    page = only(
        made,
        pdf([text("back to contents", 20, 390, 8), text("What it says", 60, 350, 24), text("45%", 300, 200, 40),
             *[text(f"a line of body text number {row}", 60, 160 - 17 * row) for row in range(5)]]),
    )  # fmt: skip
    assert said(page, "headline") == ["What it says"]


def test_text_of_one_size_has_no_certain_headline(made: Path) -> None:
    page = only(made, pdf([text("all of this", 60, 350), text("is of one size", 60, 300)]))
    assert said(page, "headline") == []


def test_headlines_of_a_deck_share_their_place(made: Path) -> None:
    usual = [
        [text(f"Headline {at}", 60, 360, 24), *[text("body " * 8, 60, 300 - 20 * row) for row in range(4)]]
        for at in range(4)
    ]
    banner = [text("Small headline", 60, 362, 18), text("A banner larger than it", 60, 330, 32)]
    made.write_bytes(pdf(*usual, banner))
    _, pages = read_pages(made)
    assert said(pages[4], "headline") == ["Small headline"]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Annual results", "Annual results"),
        ("Microsoft PowerPoint - final2.pptx", "What it says"),
        ("PowerPoint プレゼンテーション", "What it says"),
        ("スライド 1", "What it says"),
        ("report_final.key", "What it says"),
        ("", "What it says"),
    ],
)
def test_the_title_is_the_one_stated_unless_a_program_made_it_up(made: Path, stated: str, title: str) -> None:
    body = [text("a line of body text", 60, 200 - 17 * row) for row in range(5)]
    made.write_bytes(pdf([text("What it says", 60, 350, 24), *body], title=stated))
    assert read_pages(made)[0] == title


def test_page_labels_are_slide_numbers_where_they_say_more_than_a_count(made: Path) -> None:
    pages = [[text(f"slide {at}", 60, 200)] for at in range(3)]
    made.write_bytes(pdf(*pages, extra="/PageLabels<</Nums[0<</S/D/St 0>>]>>"))
    assert [(page.label, page.numbering) for page in read_pages(made)[1]] == [
        (str(at), "printed") for at in range(3)
    ]
    made.write_bytes(pdf(*pages, extra="/PageLabels<</Nums[0<</S/D>>]>>"))
    assert [page.label for page in read_pages(made)[1]] == [None] * 3


def test_a_page_without_text_is_kept(made: Path) -> None:
    made.write_bytes(pdf([text("words", 60, 200)], ["60 60 100 100 re f"], [text("more", 60, 200)]))
    assert [slide.text for slide in read_deck(made, "deck").slides] == ["words", "", "more"]


def test_pypdf_reads_what_it_can_when_it_reads_alone(made: Path) -> None:
    made.write_bytes(pdf([text("Hello", 60, 200)], title="Said so"))
    title, (page,) = read_pages(made, engines=("pypdf",))
    assert (title, page.text) == ("Said so", "Hello")


@pytest.mark.parametrize(
    "writing",
    [
        "2023年末におけるAIコア産業※は5,784億元の規模。",
        "中国信息通信研究院的统计显示，人工智能核心产业规模达到五千七百亿元",
        "臺灣的人工智慧產業發展迅速，許多企業積極投入研發",
        "The Lazarus Group‘s attack operations targeting Japan, ½ of 45 %",
        "인공지능 산업의 발전 현황과 전망",
        "αx + βy = γ, Δt → 0",
        "⽇本の⼤学⽣ ㍿ ①②③",
        "\uf0a7 bullet of a symbol font\n\uf0a7 another one in this list",
    ],
)
def test_writing_of_any_language_is_plausible(writing: str) -> None:
    assert plausibility(writing) >= ENOUGH


@pytest.mark.parametrize(
    "garbage",
    [
        "N7.$ͷΠϯετʔϧํ๏ ٢ݟҰܚ ౦ژେֶ෺ੑڀݚॴಛ೚ڀݚһʢ1$P.41*ʣ",  # CIDs taken for Unicode
        "\ue021\ue034\ue012\ue044 \ue021\ue078\ue099",  # private glyph numbers
        "\x01\x02\x03\x04 \x05\x06 abc",
        "\ufffd\ufffd\ufffd\ufffd\ufffd ok",
        "㒀㓁䀂䃃䒄䔅䗆䛇䞈䢉䥊䩋䭌䰍䴎䷏",  # characters nobody writes
    ],
)
def test_fluent_garbage_is_not(garbage: str) -> None:
    assert plausibility(garbage) < ENOUGH


def test_text_without_a_character_is_hopeless() -> None:
    assert plausibility(" \n") < HOPELESS


def test_a_page_is_drawn_at_the_width_asked_for(made: Path) -> None:
    made.write_bytes(pdf([text("Hello", 60, 200, 60)]))
    picture = Image.open(io.BytesIO(render_page(made, 1, 360)))
    assert picture.format == "PNG"
    assert abs(picture.width - 360) <= 1
    assert picture.convert("L").getextrema() == (0, 255)  # ink on paper
    with pytest.raises(ReadError, match=r"made\.pdf: has 1 pages, so page 2"):
        render_page(made, 2)


@pytest.mark.parametrize(
    ("name", "title", "count", "page", "known"),
    [
        ("codeblue2021_lazarus_jpen.pdf", "Operations Targeting Japan", 92, 12, "Operation Dream Jobの概要\n\n2020年5月および9月頃"),
        ("issp_mvmc_install_2017.pdf", "mVMCのインストール方法", 25, 4, "1-2. MateriApps Live!のダウンロード"),
        ("keio_happy_writing.pdf", "卒論の書き方", 40, 14, "背景\n\nいまAという分野が注目されており、\n分野AではXという手法が主流である"),
        ("oss_license_misunderstandings_jp.pdf", "OSSライセンス関連でよくある誤解", 72, 6,
         "自社製品に\n同梱して利用してもいいですか？\n\nAnswer\n\nいいえ"),
        ("openchain_survey_2022_jp.pdf", "OpenChain業界調査結果_20220430", 44, 1, "OpenChain業界調査結果"),
        ("gif_report_datamodel.pdf", "451-6-1_報告書データモデル_クラス図", 1, 1, "ad:カタログの主要トピック"),
    ],
)  # fmt: skip
def test_real_decks_are_read_as_they_look(name: str, title: str, count: int, page: int, known: str) -> None:
    found, pages = real(name)
    assert (found, len(pages)) == (title, count)
    assert known in pages[page - 1].text


def test_a_font_without_unicode_is_decoded_where_pypdf_returns_garbage() -> None:
    _, pages = real("issp_mvmc_install_2017.pdf")
    path = DECKS / "issp_mvmc_install_2017.pdf"
    assert plausibility(PdfReader(path).pages[0].extract_text()) < ENOUGH
    assert "東京大学物性研究所" in pages[0].text
    assert "1. sekirei: ISSPシステムB “sekirei”" in "\n".join(page.text for page in pages)


def test_real_slides_show_their_headline_and_number() -> None:
    real("oss_license_misunderstandings_jp.pdf")
    deck = read_deck(DECKS / "oss_license_misunderstandings_jp.pdf", "oss")
    slide = deck.slides[61]
    assert (slide.number, slide.numbering) == ("62", "printed")
    (headline,) = [region for region in slide.regions if region.role == "headline"]
    assert (
        slide.text[headline.start : headline.end]
        == "ライセンス文をSPDX-License-Identifierへ置き換えていいですか？"
    )


def test_a_real_ruled_table_keeps_its_columns() -> None:
    _, pages = real("codeblue2021_lazarus_jpen.pdf")
    assert cells(pages[24]) == [
        ["Offset", "len", "Content"],
        ["0", "4", "Command size"],
        ["4", "-", "Command"],
        ["-", "4", "Module size"],
    ]


def test_the_shipped_deck_is_numbered_by_its_labels_and_its_tables_are_whole() -> None:
    deck = read_deck(SHIPPED, "china")
    assert [slide.number for slide in deck.slides] == [str(number) for number in range(39)]
    assert all(any(region.role == "headline" for region in slide.regions) for slide in deck.slides)
    (table,) = [region for region in deck.slides[7].regions if region.role == "table"]
    row = [deck.slides[7].text[start:end] for start, end in table.rows[2]]
    assert row == [
        "C-EVAL※2",
        "上海交通大学・清華大学らの提案によ\nる中国語評価ベンチマーク",
        "52科目13,948問",
        "他者による再現\n検証可能",
        "12th June,\n2024",
    ]


@pytest.fixture(scope="module")
def shipped() -> tuple[Page, ...]:
    return read_pages(SHIPPED)[1]


@pytest.mark.parametrize(
    ("slide", "shapes", "row"),
    [
        (4, [(4, 2)], ["②コアソフトウェア及び設備", "コンピュータビジョン、機械学習、自然言語処理など"]),
        (12, [(9, 5), (8, 2), (4, 2)], ["2020", "3,466", "1,483", "42.79%", "フランス、パリ（オンライン\n開催）"]),
        (15, [(15, 4)], ["中国", "DeepSeek", "DeepSeek-V2-32k", "1.0"]),
        (16, [(6, 2), (6, 2)], ["運営会社", "人形ロボット(上海)有限公司"]),
        (18, [(7, 2), (3, 5)], ["データ個数", "1,992,498,902個"]),
        (27, [(15, 3)], ["車載電子製品", "チップ", "クアルコム（米）、NVIDIA\n（米）"]),
    ],
)  # fmt: skip
def test_the_tables_of_the_shipped_deck_have_their_rows_and_wrapped_cells(
    shipped: tuple[Page, ...], slide: int, shapes: list[tuple[int, int]], row: list[str]
) -> None:
    page = shipped[slide]  # the cover is slide 0
    tables = [region for region in page.regions if region.role == "table"]
    assert [(len(table.rows), len(table.rows[0])) for table in tables] == shapes
    assert row in [[page.text[a:b] for a, b in cells] for table in tables for cells in table.rows]


def test_figures_of_the_shipped_deck_stand_with_what_they_count(shipped: tuple[Page, ...]) -> None:
    assert sorted(said(shipped[8], "table")) == [
        "1,500以上の\t出展ブース",
        "500以上の\t参加企業",
        "50以上の\t国と地域",
        "業界関係者\t1,300名",
    ]


def test_tables_lose_and_double_no_character_of_their_page(shipped: tuple[Page, ...]) -> None:
    reader = PdfReader(SHIPPED)
    for page in shipped:
        other = reader.pages[page.page - 1].extract_text()
        assert Counter("".join(page.text.split())) == Counter("".join(other.split())), page.page


def test_bullets_beside_a_table_keep_the_order_they_were_written_in(shipped: tuple[Page, ...]) -> None:
    reader = PdfReader(SHIPPED)
    compared = 0
    for page in shipped:
        tables = said(page, "table")
        inside = {bullet for table in tables for bullet in bullets(table)}
        outside = [bullet for bullet in bullets(page.text) if bullet not in inside]
        written = bullets(reader.pages[page.page - 1].extract_text())
        if tables:
            assert outside == [bullet for bullet in written if bullet not in inside], page.page
            compared += len(outside)
    assert compared > 40


def bullets(words: str) -> list[str]:
    """The first characters of every line or cell that begins with a bullet."""
    found = words.replace("\t", "\n").split("\n")
    return ["".join(line.split())[:12] for line in found if line.startswith("•")]
