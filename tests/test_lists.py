"""Lists in the shapes slides give them, and the one a question names."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa.answer.lists import listings
from reportqa.assistant import Assistant
from reportqa.types import Slide

DECK = """# 港湾計画の骨子

企画課

---

# 三つの重点施策で荷役を速める

## 岸壁の延長

- 水深を16mに掘り下げる。

## 荷役の自動化

- 遠隔操作のクレーンを入れる。

## 待機時間の短縮

- 予約制のゲートを置く。

---

# 取扱貨物は四つの分野に分かれる

| 分野 | 主な品目 | 割合 |
|---|---|---|
| 食品 | 小麦、大豆、砂糖 | 41% |
| 資材 | 木材、鋼材、セメント | 33% |
| 燃料 | 石炭、重油 | 17% |
| 雑貨 | 衣料、玩具、家具 | 9% |

---

# 協力する機関

協力機関

- 北浜大学
- 海上技術研究所
- 東西倉庫株式会社
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("port")
    (folder / "port.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


def _items(slide: Slide) -> set[tuple[str, ...]]:
    return {tuple(slide.text[a:b] for a, b in listing.items) for listing in listings(slide)}


def test_bullets_columns_boxes_and_enumerations_are_lists(port: Assistant) -> None:
    boxes, table, bullets = (port.slide("port", number) for number in "234")
    assert ("岸壁の延長", "荷役の自動化", "待機時間の短縮") in _items(boxes)
    assert ("食品", "資材", "燃料", "雑貨") in _items(table)
    assert ("木材、鋼材、セメント",) in _items(table)
    assert ("北浜大学", "海上技術研究所", "東西倉庫株式会社") in _items(bullets)


@pytest.mark.parametrize(
    ("question", "wanted", "unwanted"),
    [
        ("重点施策を三つ挙げて", ["岸壁の延長", "荷役の自動化", "待機時間の短縮"], ["小麦"]),
        ("取扱貨物の分野をすべて挙げて", ["食品", "資材", "燃料", "雑貨"], ["北浜大学"]),
        ("資材の主な品目には何がありますか", ["木材、鋼材、セメント"], ["北浜大学"]),
        ("協力機関をすべて教えて", ["北浜大学", "海上技術研究所", "東西倉庫株式会社"], ["小麦"]),
    ],
)
def test_a_list_question_is_answered_by_the_list_it_names(
    port: Assistant, question: str, wanted: list[str], unwanted: list[str]
) -> None:
    quotes = " ".join(citation.quote for citation in port.ask(question).citations)
    assert all(item in quotes for item in wanted)
    assert not any(item in quotes for item in unwanted)


SHOPS = """# 出店計画

店舗開発部

---

# 来年度は三つの都市に店を出す

## 出店する都市

- 仙台
- 金沢
- 高松

## 見送る都市

- 那覇
- 松江

## 体制

- 責任者は山根店舗開発部長
- 予算は4億円
"""


@pytest.mark.parametrize(
    ("question", "wanted", "beside"),
    [
        ("来年度に出店する都市をすべて挙げて", ["仙台", "金沢", "高松"], ["那覇", "山根"]),
        ("Which cities are put off? List them all.", ["那覇", "松江"], ["仙台", "4億円"]),
    ],
)
def test_a_sure_list_is_quoted_without_its_neighbours(
    tmp_path: Path, question: str, wanted: list[str], beside: list[str]
) -> None:
    (tmp_path / "shops.md").write_text(SHOPS, "utf-8")
    said = " ".join(c.quote for c in Assistant.open(tmp_path, tmp_path / "index").ask(question).citations)
    assert all(item in said for item in wanted) and not any(item in said for item in beside)
