"""Slides out of text exports: the real deck's boundaries and numbers, and exports of other kinds."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from reportqa.layout import lay_out, recover_pages
from reportqa.types import Page

SHARED = Path(__file__).resolve().parents[2] / "shared"
EXPORT = SHARED / "corpus" / "nri-378-china-ai-2024.txt"


def squeezed(text: str) -> str:
    return "".join(text.split())


def starts(pages: list[str] | tuple[Page, ...]) -> set[int]:
    """Where slides start, counted in visible characters; empty pages and the first one left out."""
    found, at = set(), 0
    for page in pages:
        length = len(squeezed(page if isinstance(page, str) else page.text))
        if length:
            found.add(at)
        at += length
    return found - {0}


def precision_recall(pages: list[str], text: str) -> tuple[float, float]:
    truth, found = starts(pages), starts(recover_pages(text))
    return len(truth & found) / max(1, len(found)), len(truth & found) / max(1, len(truth))


@pytest.fixture(scope="module")
def deck() -> str:
    if not EXPORT.is_file():
        pytest.skip("../shared/corpus, the real text export, is not on this machine")
    return EXPORT.read_text(encoding="utf-8")


# --- the real deck: 39 slides, cover 0 to last 38 -------------------------------------------------


def test_the_deck_has_39_slides_numbered_0_to_38(deck: str) -> None:
    assert [page.label for page in recover_pages(deck)] == [str(number) for number in range(39)]


def test_six_numbers_are_printed_and_the_others_inferred(deck: str) -> None:
    numbering = {page.label: page.numbering for page in recover_pages(deck)}
    printed = {"1", "2", "3", "13", "31", "35"}
    assert {label for label, how in numbering.items() if how == "printed"} == printed
    assert {how for label, how in numbering.items() if label not in printed} == {"inferred"}


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [
        (0, "中国AI産業の最新動向及び", "李 智慧 エキスパート"),
        (1, "1Copyright", "2024年4月"),
        (2, "2Copyright", "日本企業への示唆"),
        (3, "3Copyright", "最新動向と発展要因"),
        (4, "中国のAIコア産業は", "講演資料より引用"),
        (5, "中国産のAI基盤モデルが", "評価報告書を作成する。"),
        (6, "多くの汎用型モデルや", "Moonshot AI云从"),
        (7, "凡例：", "4位以下"),
        (8, "世界人工知能大会に", "経済活動を指す。"),
        (10, "中国において「AI", "のAIエージェント"),
        (11, "生成AIとロボットを", "写真出所：筆者撮影"),
        (12, "世界トップレベルの", "紹介される場である。"),
        (13, "13Copyright", "勤務地"),
        (14, "中国AI産業の発展要因│", "基盤モデル・プラットフォーム"),
        (15, "国 企業名 モデル名", "2024年7月26日時点）"),
        (18, "（参考）上海市公共データ", "オープンデータの概要"),
        (19, "ソリューション開発", "AIモデル開発"),
        (20, "２．", "代表的な応用事例"),
        (21, "AI活用の深度と", "記載されていない活用例"),
        (22, "電力設備検査、", "spider&for=pc"),
        (23, "HIT候補", "20%向上させる"),
        (27, "Xiaomi（シャオミ）は", "百度（中）"),
        (28, "３．", "政策動向"),
        (29, "中国は他国に先駆けて", "技術を指す。"),
        (31, "31Copyright", "よりNRI作成"),
        (32, "近年中国は", "中国の主な動き"),
        (34, "４．", "日本企業への示唆"),
        (35, "35Copyright", "次頁にて詳説"),
        (37, "中国製のAI搭載ロボット", "ニュースよりNRI作成"),
        (38, "データセキュリティ規制に", "各種公開資料よりNRI作成"),
    ],
)
def test_a_slide_of_the_deck_starts_and_ends_where_it_does(
    deck: str, number: int, first: str, last: str
) -> None:
    text = recover_pages(deck)[number].text
    assert text.startswith(first)
    assert text.endswith(last)


def test_without_its_footers_the_deck_keeps_its_content_slides(deck: str) -> None:
    whole = {squeezed(page.text) for page in recover_pages(deck) if "Copyright" not in page.text}
    bare = "\n".join("" if "Copyright" in line else line for line in deck.split("\n"))
    pages = recover_pages(bare)
    assert all(page.label is None for page in pages)
    kept = whole & {squeezed(page.text) for page in pages}
    assert len(kept) >= len(whole) - 2  # only the cover, whose end nothing marks, and slide 12 may change


def test_without_indents_most_starts_of_the_deck_survive(deck: str) -> None:
    flat = "\n".join(line.strip() for line in deck.split("\n"))
    truth, found = starts(recover_pages(deck)), starts(recover_pages(flat))
    assert len(truth & found) >= 0.7 * len(truth)


def test_form_feeds_decide_alone(deck: str) -> None:
    pages = recover_pages(deck)
    again = recover_pages("\f".join(page.text for page in pages))
    assert [page.text for page in again] == [page.text for page in pages]
    slides = lay_out("deck", again)  # the numbers are then read from the pages themselves
    assert [slide.number for slide in slides] == [str(number) for number in range(39)]
    assert sum(slide.numbering == "printed" for slide in slides) == 6


# --- other decks: their PDFs exported with the page breaks taken out ------------------------------


@pytest.mark.parametrize("layout", [True, False])
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("openchain_survey_2022_jp", 0.95),
        ("oss_license_misunderstandings_jp", 0.95),
        ("issp_mvmc_install_2017", 0.95),
        ("keio_happy_writing", 0.8),
        ("codeblue2021_lazarus_jpen", 0.7),
    ],
)
def test_exports_of_other_decks_without_form_feeds(name: str, least: float, layout: bool) -> None:
    path = SHARED / "decks" / f"{name}.pdf"
    tool = shutil.which("pdftotext")
    if not path.is_file() or not tool:
        pytest.skip("../shared/decks or pdftotext is not on this machine")
    command = [tool, *(["-layout"] if layout else []), str(path), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
    pages = text.removesuffix("\f").split("\f")
    assert len(recover_pages(text)) == len(pages)
    precision, recall = precision_recall(pages, "".join(pages))
    assert precision >= least
    assert recall >= least


# --- conventions, one by one ----------------------------------------------------------------------

TOPICS = [
    "The harbour grows",
    "Ferries run on time",
    "Tickets got cheaper",
    "Crews are trained",
    "What comes next",
]
BODIES = [
    "Two new piers opened.",
    "Delays fell by half.",
    "A day pass costs 4 euros.",
    "Every crew drills.",
    "More.",
]


def exported(number: str, place: str) -> str:
    """A made-up deck as text, with ``number`` (holding N) printed at the top or the bottom of every slide."""
    slides = []
    for page, (topic, body) in enumerate(zip(TOPICS, BODIES, strict=True), 1):
        line = number.replace("N", str(page))
        slides.append(f"{line}\n{topic}\n\n{body}" if place == "top" else f"{topic}\n\n{body}\n\n{line}")
    return "\n\n".join(slides) + "\n"


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("© 2031 Harbour Lab N", "bottom"),
        ("NCopyright (C) Harbour Lab. All rights reserved.", "bottom"),
        ("N / 5", "bottom"),
        ("- N -", "bottom"),
        ("Page N", "bottom"),
        ("N ページ", "bottom"),
        ("N", "bottom"),
        ("Page N of 5", "top"),
        ("--- Slide N ---", "top"),
        ("<!-- Slide number: N -->", "top"),
        ("N", "top"),
    ],
)
def test_printed_numbers_part_slides(number: str, place: str) -> None:
    pages = recover_pages(exported(number, place))
    assert [(page.label, page.numbering) for page in pages] == [(str(n), "printed") for n in range(1, 6)]
    assert all(topic in page.text for topic, page in zip(TOPICS, pages, strict=True))
    assert all(body in page.text for body, page in zip(BODIES, pages, strict=True))


def test_a_number_missing_on_one_slide_is_inferred() -> None:
    text = exported("Harbour Lab, page N", "bottom").replace("Harbour Lab, page 3", "")
    text = text.replace("Crews are trained", "\n\n\nCrews are trained")
    pages = recover_pages(text)
    assert [page.label for page in pages] == ["1", "2", "3", "4", "5"]
    assert [page.numbering for page in pages][2] == "inferred"
    assert pages[2].text.startswith("Tickets") and pages[3].text.startswith("Crews")


def test_a_copyright_line_closes_slides_without_any_number() -> None:
    line = "© Harbour Lab, all rights reserved"
    text = "\n\n".join(f"{topic}\n\n{body}\n\n{line}" for topic, body in zip(TOPICS, BODIES, strict=True))
    pages = recover_pages(text)
    assert [page.text.split("\n")[0] for page in pages] == TOPICS
    assert {page.label for page in pages} == {None}


def test_breadcrumbs_and_seams_part_slides() -> None:
    text = (
        " The first of our long headlines says what the piers have cost so far\n"
        "Harbour│Piers\n\n• Steel\n• Concrete\n"
        " Diagram label\n\nThe second long headline tells how many people the ferries carry\n"
        "Harbour│Ferries\n\n• 4,000 a day\nSource: our own count\n"
        " The third long headline is about the price of a ticket and its future\n"
        "Harbour│Tickets\n\n• 4 euros\n"
    )
    pages = recover_pages(text)
    assert [page.text.split("\n")[0][:13] for page in pages] == [
        "The first of ",
        "Diagram label",
        "The third lon",
    ]


def test_rising_numbers_in_a_chart_are_not_page_numbers() -> None:
    text = (
        "Ticket prices over the years\n\n1\n2\n3\n4\n\nPrices doubled.\nNothing else changed.\nThey stay.\n"
        + ("A closing remark that is not numbered.\n" * 6)
    )
    assert len(recover_pages(text)) == 1


def test_a_text_without_any_signal_is_one_slide() -> None:
    text = "Just a note.\nIt has two lines.\n\nAnd a second paragraph."
    (page,) = recover_pages(text)
    assert page == Page(1, text)
    assert recover_pages(" \n\n") == ()


def test_form_feeds_keep_empty_pages_in_the_count() -> None:
    assert [page.text for page in recover_pages("one\n\f\ntwo\n\f\f four\n\f")] == ["one", "two", "", " four"]


def test_no_visible_character_of_the_deck_is_lost(deck: str) -> None:
    for text in (deck, deck.replace("Copyright", ""), "\n".join(deck.split()), deck.replace("\n\n", "\n")):
        assert squeezed("".join(page.text for page in recover_pages(text))) == squeezed(text)


@pytest.mark.parametrize("number", ["© 2031 Harbour Lab N", "N / 5", "no number", "--- Slide N ---", "N\n40"])
def test_no_visible_character_is_lost(number: str) -> None:
    text = exported(number, "bottom")
    assert squeezed("".join(page.text for page in recover_pages(text))) == squeezed(text)


def test_three_hundred_slides_take_no_time() -> None:
    body = "\n".join(f"• point {n} of the harbour plan, with its costs of {n * 7} euros" for n in range(20))
    text = "\n\n".join(f"Topic {n}\n{body}\n\n© Harbour Lab {n}" for n in range(1, 301))
    began = time.perf_counter()
    slides = lay_out("deck", recover_pages(text))
    assert time.perf_counter() - began < 3  # a fifth of a second here; quadratic work would take a minute
    assert [slide.number for slide in slides] == [str(number) for number in range(1, 301)]
