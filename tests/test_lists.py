"""Lists in the shapes slides give them, and the one a question names."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa.answer.fragments import fragments
from reportqa.answer.items import parts
from reportqa.answer.listings import listings
from reportqa.answer.numbered import numbered
from reportqa.assistant import Assistant
from reportqa.render import answer_json, answer_markdown, answer_terminal
from reportqa.types import Slide
from reportqa.web import cards

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


@pytest.mark.parametrize(
    ("line", "things"),
    [
        (
            "提出方法　郵送、FAX、窓口持参（電話・口頭は不可）",
            ["郵送", "FAX", "窓口持参（電話・口頭は不可）"],
        ),
        ("③スマート製品（製造、金融、家庭などの分野で使うもの）", ["製造", "金融", "家庭"]),
        ("『港湾法』 『海岸法』 『水先法』", ["港湾法", "海岸法", "水先法"]),
        ("申請 → 審査 →\n契約 → 提出", ["申請", "審査", "契約", "提出"]),
        ("採用：運用（那覇）、開発（神戸）", ["運用（那覇）", "開発（神戸）"]),
        ("• 素案の作成\n• 壁打ち\n• 設計の手伝い", ["素案の作成", "壁打ち", "設計の手伝い"]),
        ("資源環境 道路交通 社会保障・就職", ["資源環境", "道路交通", "社会保障・就職"]),
        ("1,234億円、5,678億円", ["1,234億円", "5,678億円"]),
        ("受付 10:30、14:00、16:30", ["受付 10:30", "14:00", "16:30"]),
        ("2024/4/1、2024/5/1", ["2024/4/1", "2024/5/1"]),
        ("The pillars are speed, quality, and cost.", ["speed", "quality", "cost"]),
        ("包括北京、上海和广州等城市", ["北京", "上海", "广州"]),
        ("小中学校、高校、大学である。", ["小中学校", "高校", "大学"]),
        ("本社は大阪、支社は東京", ["本社は大阪", "支社は東京"]),
    ],
)
def test_an_enumeration_is_parted_into_the_things_it_names(line: str, things: list[str]) -> None:
    assert [line[a:b] for a, b in parts(line, [(0, len(line))])] == things


@pytest.mark.parametrize(
    "line",
    [
        "Northern Ireland and Wales",
        "Smith, John",
        "https://example.com/a/b/c",
        "24/7 support",
        "レオナルド・ダ・ヴィンチ",
        "売上は、前年より増えたが、利益は減った。",
        "Founded in 2010, the company has grown, and it now leads its market",
        "増減\n-3%\n-5%",
        "リスクと機会",
    ],
)
def test_what_only_looks_like_an_enumeration_stays_whole(line: str) -> None:
    assert parts(line, [(0, len(line))]) == ((0, len(line)),)


@pytest.mark.parametrize(
    ("lines", "things"),
    [
        (["方針Ⅰ　幹をつくる", "方針Ⅱ　人を集める"], ["幹をつくる", "人を集める"]),
        (["小さく買う：まず顧客になる", "早く返す：1か月以内"], ["小さく買う", "早く返す"]),
        (["第1部　全体像", "第2部　お金の出し手"], ["全体像", "お金の出し手"]),
        (["a) rice", "b) corn"], ["rice", "corn"]),
        (["３ 運用", "１ 企画", "２ 開発"], ["運用", "企画", "開発"]),
        *[
            (names, names)
            for names in [
                ["3 か国で販売", "12 拠点に展開"],
                ["3.5億円", "4.2億円", "5.1億円"],
                ["10:30 開会", "11:00 講演"],
                ["Windows 11 Pro", "Windows 10 Home"],
                ["A4 用紙", "B5 封筒"],
                ["Q1 売上", "Q2 売上"],
                ["https://a.jp/x", "https://b.jp/y"],
                ["１１月 計画", "１２月 実施"],
                ["山田 太郎 部長", "佐藤 花子 課長"],
            ]
        ],
    ],
)
def test_things_of_a_list_are_named_without_numbers_and_explanations(
    lines: list[str], things: list[str]
) -> None:
    text = "\n".join(lines)
    starts = [text.index(line) for line in lines]
    spans = [(at, at + len(line)) for at, line in zip(starts, lines, strict=True)]
    assert [text[a:b] for a, b in parts(text, spans)] == things


SHAPES = """# 港の課題

担当課

---

# 四つの課題と対策

課題1 混雑

課題3 騒音

課題2 老朽化

課題4 人手不足

対策

・夜間の荷役
◦照明
・荷主との調整

見送る策

・埋め立て

---

# 対策の進み具合

| 対策 | 期限 | 状況 |
|---|---|---|
| 予約制のゲート | 2024年4月 | 完了 |
| 岸壁の延長 | 2026年3月 | 着手 |
| 電動クレーン | 2024年9月 | 完了 |

---

# 三つの担い手

港湾局
許可と検査を受け持つ。

船会社
荷を運び、岸壁の料金を払う。

荷主
荷を託し、運賃を払う。

---

# なぜ荷役は遅れるのか

岸壁が短い。大型船が着くと後の船は沖で待たなければならず、待つ時間は一隻あたり平均で九時間に達しており、隣の港の三倍である。荷主はこれをひどく嫌い、急ぎの荷は初めから隣の港に向ける。

書類が多い。一隻の入港に四十七枚の書類がいり、その半分は同じことを別の窓口に書くもので、電子申請はまだ三割にとどまっている。係員も足りず、昼休みの一時間のあいだ窓口は閉じたままである。

人が足りない。クレーンの運転士は十年で三分の二に減り、いま働く人の平均の年齢は五十四歳で、養成には一人あたり四年の歳月がかかる。若い人は来ないし、来てもたいていは三年でやめてしまう。
"""


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("shapes")
    (folder / "shapes.txt").write_text(SHAPES.replace("\n---\n", "\f"), "utf-8")
    (folder / "table.md").write_text(SHAPES, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


def test_numbers_say_what_belongs_together_wherever_it_stands(shapes: Assistant) -> None:
    slide = shapes.slide("table", "2")
    (run,) = numbered(fragments(slide))
    assert [slide.text[slice(*item.span)] for item in run] == [
        "課題1 混雑",
        "課題2 老朽化",
        "課題3 騒音",
        "課題4 人手不足",
    ]


def test_lines_with_the_same_bullet_and_rows_that_say_the_same_are_lists(shapes: Assistant) -> None:
    named = {
        tuple(slide.text[a:b] for a, b in listing.parts)
        for slide in (shapes.slide("shapes", "2"), shapes.slide("table", "3"))
        for listing in listings(slide)
    }
    assert ("夜間の荷役", "荷主との調整") in named
    assert ("予約制のゲート", "電動クレーン") in named


def test_first_lines_of_boxes_and_first_sentences_of_paragraphs_are_lists(shapes: Assistant) -> None:
    slides = (shapes.slide("shapes", "4"), shapes.slide("table", "5"))
    named = {
        tuple(slide.text[a:b] for a, b in listing.parts) for slide in slides for listing in listings(slide)
    }
    assert ("港湾局", "船会社", "荷主") in named
    assert ("岸壁が短い", "書類が多い", "人が足りない") in named


def test_the_things_of_a_list_are_named_one_by_one_inside_what_is_quoted(port: Assistant) -> None:
    answer = port.ask("協力機関をすべて教えて")
    assert [item.text for item in answer.items] == ["北浜大学", "海上技術研究所", "東西倉庫株式会社"]
    assert all(item.text in answer.citations[0].quote for item in answer.items)
    assert answer_json(answer)["items"] == [item.text for item in answer.items]
    assert "・北浜大学\n・海上技術研究所" in answer_terminal(answer)
    assert "- **北浜大学**" in answer_markdown(answer)
    assert "<li>北浜大学</li>" in cards.lead(answer)
    assert "<mark>東西倉庫株式会社</mark>" in cards.card(answer.citations[0], 1, answer, None)
    assert "items" not in answer_json(port.ask("燃料の割合は？"))
