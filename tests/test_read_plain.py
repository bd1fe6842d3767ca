"""Plain text and Markdown decks, in the encodings and with the marks people really use."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa.errors import ReadError
from reportqa.readers.markdown import read_markdown
from reportqa.readers.plain import decode, read_pages
from reportqa.types import Page

EXPORT = Path(__file__).parents[1] / ".." / "shared" / "corpus" / "nri-378-china-ai-2024.txt"
JAPANESE = "中国のAIコア産業の規模は5,784億元に達した。\n出所：中国信息通信研究院の統計より作成\n"
CHINESE = "2023年，中国人工智能核心产业规模达到5784亿元。\n数据来源：中国信息通信研究院\n"


def said(page: Page) -> list[tuple[str, int, str]]:
    return [(region.role, region.level, page.text[region.start : region.end]) for region in page.regions]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp", "gb18030"]
)
def test_japanese_is_read_in_every_encoding_in_use(encoding: str) -> None:
    assert decode(JAPANESE.encode(encoding), "report.txt") == JAPANESE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gb2312"])
def test_chinese_is_read_in_every_encoding_in_use(encoding: str) -> None:
    assert decode(CHINESE.encode(encoding), "report.txt") == CHINESE


def test_english_with_windows_quotes_is_not_taken_for_shift_jis() -> None:
    text = "The model\u2019s price fell \u2013 \u201csharply\u201d, said the lab in Z\u00fcrich."
    assert decode(text.encode("cp1252"), "report.txt") == text


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "gb18030", "utf-16"])
def test_the_real_report_survives_a_trip_through_a_legacy_encoding(encoding: str) -> None:
    if not EXPORT.exists():
        pytest.skip("the real text export is not part of the repository (../shared/corpus is absent)")
    text = EXPORT.read_text(encoding="utf-8").encode(encoding, errors="ignore").decode(encoding)
    assert decode(text.encode(encoding), "report.txt") == text


def test_a_damaged_utf8_file_is_refused_with_the_byte_where_it_breaks() -> None:
    data = JAPANESE.encode() * 3
    broken = data[:61] + b"\xff" + data[61:]
    with pytest.raises(ReadError, match=r"^report\.txt: byte 6[0-2] is not valid UTF-8.*save it as UTF-8"):
        decode(broken, "report.txt")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))
    with pytest.raises(ReadError, match=r"^image\.txt: byte 0 "):
        read_pages(path)


def test_stray_zero_bytes_of_an_exporter_cost_nothing_but_themselves() -> None:
    for encoding in ("utf-8", "iso2022_jp"):
        data = (JAPANESE * 20).replace("。", "\0。", 1).encode(encoding)
        assert decode(data, "report.txt") == JAPANESE * 20
    with pytest.raises(ReadError, match=r"^report\.txt: byte 3 is a zero byte"):
        decode("\0".join(JAPANESE).encode(), "report.txt")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(" \n\n")
    with pytest.raises(ReadError, match="holds no text"):
        read_pages(path)


def test_a_text_export_is_titled_by_its_cover_with_the_line_wrap_joined() -> None:
    if not EXPORT.exists():
        pytest.skip("the real text export is not part of the repository (../shared/corpus is absent)")
    title, pages = read_pages(EXPORT)
    assert title == "中国AI産業の最新動向及び日本企業への示唆"
    assert pages


MARP = """---
marp: true
title: "生成AIの動向"
paginate: true
---
<!-- _class: lead -->
# <!-- fit --> 生成AIの動向

2024年8月

---

## 市場規模 ##

- 5,784億元に達した
  - 前年比 13.9％
    続きの行
- 企業数は世界２位
1. 番号つき

### 内訳
本文の段落。

| 国 | 割合 |
|:--|--:|
| 中国 | 16％ |
| 米国 | |

<!--
ここで市場の定義を話す。
-->

```python
---
x = "<!-- not a note -->"
```

価格の見出し
---

下線の見出しは区切りではない。

***
最後のスライド
"""


def test_marp_slides_are_parted_by_rules_only() -> None:
    title, pages = read_markdown(MARP)
    assert title == "生成AIの動向"
    assert [page.page for page in pages] == [1, 2, 3]
    assert pages[0].text == "# <!-- fit --> 生成AIの動向\n\n2024年8月".replace("<!-- fit --> ", " ")
    assert pages[2].text == "最後のスライド"


def test_markdown_regions_leave_out_the_marks_and_keep_the_outline() -> None:
    page = read_markdown(MARP)[1][1]
    assert said(page)[:6] == [
        ("headline", 0, "市場規模"),
        ("body", 1, "5,784億元に達した"),
        ("body", 2, "前年比 13.9％\n    続きの行"),
        ("body", 1, "企業数は世界２位"),
        ("body", 1, "番号つき"),
        ("body", 0, "内訳"),
    ]
    assert ("body", 1, "本文の段落。") in said(page)
    assert ("note", 0, "ここで市場の定義を話す。") in said(page)
    assert ("body", 1, '---\nx = "<!-- not a note -->"') in said(page)
    assert ("body", 0, "価格の見出し") in said(page)
    assert [region.role for region in page.regions].count("note") == 1


def test_a_pipe_table_gives_aligned_cell_spans_into_the_source() -> None:
    page = read_markdown(MARP)[1][1]
    (table,) = [region for region in page.regions if region.role == "table"]
    cells = [[page.text[start:end] for start, end in row] for row in table.rows]
    assert cells == [["国", "割合"], ["中国", "16％"], ["米国", ""]]


def test_cells_may_hold_escaped_pipes_and_lack_outer_ones() -> None:
    page = read_markdown("a | b\n--|--\n1 \\| 2 | 3\nonly\n")[1][0]
    (table,) = page.regions
    cells = [[page.text[start:end] for start, end in row] for row in table.rows]
    assert cells == [["a", "b"], ["1 \\| 2", "3"], ["only", ""]]


def test_without_rules_the_headings_of_level_one_and_two_part_the_slides(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    text = "前書き\n\n# 第一章\n\n本文\n\n### 小見出し\n\n## 第二節\n\n```\n# コメント\n```\n"
    path.write_text(text, encoding="utf-8")
    title, pages = read_pages(path)
    assert title == "第一章"
    assert [page.text.splitlines()[0] for page in pages] == ["前書き", "# 第一章", "## 第二節"]


def test_an_unclosed_comment_or_fence_swallows_nothing_beyond_the_deck() -> None:
    _, pages = read_markdown("# a\n\ntext\n\n---\n\n# b\n\n<!-- never closed\n\n---\n")
    assert said(pages[0])[0] == ("headline", 0, "a")
    assert any(role == "note" and "never closed" in text for role, _, text in said(pages[1]))
    _, pages = read_markdown("# a\n\n```\ncode\n---\nlast line\n")
    assert said(pages[0])[1] == ("body", 0, "code\n---\nlast line")
