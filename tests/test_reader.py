"""The reader marks answers, says "not here", and its marks lead back to the slide's own text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from reportqa.answer.fragments import fragments
from reportqa.answer.marked import PART_CHARS, marks, sheets
from reportqa.encoder import StaticEncoder
from reportqa.layout import find_regions
from reportqa.reader import Reader
from reportqa.reader.grid import named
from reportqa.reader.inputs import tokenise
from reportqa.types import Region, Slide

TEXT = """北浜駅の歴史
1912年に開業し、1931年に地下へ移された。
駅舎を設計したのは建築家の大森茂である。
一日の乗降客は約8万人にのぼる。"""


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEncoder())


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("北浜駅が開業したのは何年ですか？", "1912年"),
        ("駅舎を設計したのは誰ですか？", "大森茂"),
        ("一日の乗降客は何人ですか？", "8万人"),
    ],
)
def test_the_answer_is_marked(reader: Reader, question: str, wanted: str) -> None:
    score, (start, end) = reader.read(question, TEXT).best() or (0.0, (0, 0))
    assert wanted in TEXT[start:end] and end - start <= len(wanted) + 4
    assert score > 0


def test_what_is_not_there_scores_less_than_what_is(reader: Reader) -> None:
    found = reader.read("駅舎を設計したのは誰ですか？", TEXT).best()
    missing = reader.read("空港の滑走路の長さは何メートルですか？", TEXT).best()
    assert found is not None and missing is not None and found[0] > missing[0]


def test_a_page_is_surer_to_answer_than_any_one_span(reader: Reader) -> None:
    reading = reader.read("駅舎を設計したのは誰ですか？", TEXT)
    elsewhere = reader.read("空港の滑走路の長さは何メートルですか？", TEXT)
    best = reading.best()
    assert (
        best is not None
        and reading.page.somewhere >= best[0]
        and reading.page.somewhere > elsewhere.page.somewhere
    )


def test_a_page_says_what_it_tells_and_not_what_it_only_comes_near_to(reader: Reader) -> None:
    told = [
        reader.read(question, TEXT).page.said for question in ("駅舎を設計したのは誰ですか？", "開業は何年？")
    ]
    near = [
        reader.read(question, TEXT).page.said
        for question in ("駅舎を解体したのは誰ですか？", "駅舎の建設費はいくらですか？")
    ]
    assert min(told) > max(near)


LISTED = """植物園の案内
四つの庭がある
岩の庭
水の庭
薬草の庭
竹の庭
園長は柏木みどりである。"""


def test_a_question_for_a_list_is_known_and_its_items_are_found(reader: Reader) -> None:
    several = reader.read("庭を四つとも教えて", LISTED)
    one = reader.read("植物園の園長は誰ですか？", LISTED)
    assert several.page.several > one.page.several
    items, other = (
        several.listed(LISTED.index(text), LISTED.index(text) + len(text))
        for text in ("水の庭", "柏木みどり")
    )
    assert items[0] / items[1] > other[0] / other[1]
    found = [LISTED[a:b] for a, b in several.runs(0, len(LISTED), 0.0)]
    assert any("薬草の庭" in text for text in found) and not any("柏木" in text for text in found)


def test_a_mark_can_be_asked_for_within_bounds(reader: Reader) -> None:
    line = TEXT.index("一日")
    found = reader.read("北浜駅が開業したのは何年ですか？", TEXT).best(line, len(TEXT))
    assert found is not None and found[1][0] >= line


def test_texts_read_together_are_read_as_each_alone(reader: Reader) -> None:
    texts = [TEXT, "空港の概要\n滑走路は3,000メートルある。", "", TEXT[::-1]]
    question = "駅舎を設計したのは誰ですか？"
    for together, text in zip(reader.read_all(question, texts), texts, strict=True):
        alone = reader.read(question, text)
        assert np.array_equal(together.starts, alone.starts) and np.array_equal(together.ends, alone.ends)
        assert together.nowhere == alone.nowhere


def test_texts_read_at_the_same_time_leave_the_libraries_their_threads(reader: Reader) -> None:
    reader.read("何？", TEXT)
    before = threadpool_info()
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda times: reader.read("開業は何年？", TEXT * times).items(), [1, 2, 3] * 20))
    assert threadpool_info() == before


def test_a_text_without_tokens_has_no_mark(reader: Reader) -> None:
    assert reader.read("何？", "").best() is None


def test_marks_are_spans_of_the_slide_across_wrapped_lines(reader: Reader) -> None:
    text = "北浜駅の歴史\n駅舎を設計したのは建築家の大森\n茂である。\n乗降客は約8万人にのぼる。"
    slide = Slide("deck", "1", 2, "page", text, find_regions(text))
    pieces = fragments(slide)
    found = marks("駅舎を設計したのは誰ですか？", pieces, reader)
    best = max(found, key=lambda mark: mark.score)
    assert best.span is not None and "大森\n茂" in text[best.span[0] : best.span[1]]
    assert len(found) == len(pieces)


def test_a_long_slide_is_read_in_parts_and_none_is_lost(reader: Reader) -> None:
    lines = [
        f"{year}年には新しい路線が{year - 1900}本ひらかれ、沿線の町がにぎわった。"
        for year in range(1950, 1990)
    ]
    text = "路線の歩み\n" + "\n".join(lines)
    slide = Slide("deck", "1", 2, "page", text, find_regions(text))
    assert len(text) > 2 * PART_CHARS
    found = marks("1988年にひらかれた路線は何本ですか？", fragments(slide), reader)
    assert all(mark.span is not None for mark in found)


def _table_slide(header: list[str], rows: list[list[str]], head: str = "工場の一覧") -> Slide:
    """A slide with one table, its cells one a line."""
    text = head
    spans = []
    for row in [header, *rows]:
        cells = []
        for cell in row:
            text += "\n"
            cells.append((len(text), len(text) + len(cell)))
            text += cell
        spans.append(tuple(cells))
    first, last = spans[0][0][0], spans[-1][-1][1]
    regions = (Region("headline", 0, len(head)), Region("table", first, last, rows=tuple(spans)))
    return Slide("deck", "1", 2, "page", text, regions)


def test_a_token_of_a_table_knows_its_column() -> None:
    text = "一覧\n工場\t\t人数\n岩見沢\t北海道\t480"
    (tokens,) = tokenise(StaticEncoder(), [text])
    column = {text[a:b]: int(c) for a, b, c in zip(tokens.starts, tokens.ends, tokens.columns, strict=True)}
    assert column["人数"] == 3 and column["北海道"] == 2 and column["480"] == 3
    assert int(tokens.columns[0]) == 0  # the headline is no row


def test_a_cell_knows_how_much_of_its_header_and_its_label_is_asked() -> None:
    text = "輸出\n国\t2022年\t2023年\n日本\t18.6\t19.2\n中国\t3.1\t44.4\n出所は協会"
    encoder = StaticEncoder()
    (tokens,) = tokenise(encoder, [text])
    scores = np.array(
        [text[a:b] in ("2023", "日本") for a, b in zip(tokens.starts, tokens.ends, strict=True)]
    )
    told = named(tokens.grid, scores.astype(np.float32))

    def of(word: str) -> list[float]:
        return [
            float(value) for value in told[tokens.touching(text.index(word), text.index(word) + len(word))[0]]
        ]

    header, header_beside, label, label_beside = of("19.2")
    assert header > 0 and header_beside > 0 and label == 1 and label_beside == 1
    assert of("44.4")[0] == header and of("44.4")[2] == 0 and of("44.4")[3] == -1
    assert of("18.6")[0] < header and of("18.6")[1] < 0
    assert of("出所") == of("輸出") == of("2023年") == [0, 0, 0, 0]  # no cell has a header or a label there


def test_tables_apart_have_headers_of_their_own() -> None:
    text = "一覧\n工場\t人数\n小松\t395\n次は支店\n支店\t開設\n浜北\t1998年"
    (tokens,) = tokenise(StaticEncoder(), [text])
    found = tokens.grid
    assert found is not None

    def cell(word: str, of: str = "cells") -> int:
        return int(getattr(found, of)[tokens.touching(text.index(word), text.index(word) + len(word))[0]])

    assert cell("395", "heads") == cell("人数") and cell("1998年", "heads") == cell("開設")
    assert cell("1998年", "labels") == cell("浜北") and cell("次は支店") == -1
    assert tokenise(StaticEncoder(), ["一覧\n小松 395"])[0].grid is None


def test_an_empty_cell_keeps_the_columns_after_it() -> None:
    slide = _table_slide(["工場", "所在地", "人数"], [["小松", "", "395"], ["浜北", "静岡県", "720"]])
    (sheet,) = sheets(fragments(slide))
    assert "小松\t\t395" in sheet.text and "浜北\t静岡県\t720" in sheet.text
    for starts, cells in zip(sheet.starts, sheet.cells, strict=True):
        assert [sheet.text[a : a + len(cell.text)] for a, cell in zip(starts, cells, strict=True)] == [
            cell.text for cell in cells
        ]
