"""What is quoted, what is short, and when the answer is that the corpus does not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportqa.answer.compose import FACT_CHARS
from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import fragments, header_row
from reportqa.answer.question import analyse
from reportqa.answer.spans import FIGURES, candidates, wider
from reportqa.answer.tables import extreme_row, named
from reportqa.answer.words import holds
from reportqa.assistant import Assistant
from reportqa.layout import find_regions
from reportqa.layout.marks import is_bullet
from reportqa.render import answer_json, answer_markdown, verify_quote
from reportqa.types import Answer, Citation, Region, Slide

DECK = """# 青葉市の公共交通計画

交通政策課

---

# バス路線の再編で利用者は増えた

- 2030年度の利用者数は延べ412万人で、前年度より6.5%多い。
- 路線は38本から29本に減った。
- 運行は青葉交通株式会社が担う。

※ デマンドバスとは、予約に応じて走る乗合の小型バスを指す。

出所：青葉市「公共交通白書」

---

# 車両の購入費

| 車種 | 台数 | 単価(万円) |
|---|---|---|
| 電気バス | 14 | 6,200 |
| 水素バス | 3 | 9,800 |
| 小型バス | 25 | 1,450 |

---

# 運転手を確保する三つの方策

- 免許取得費用の補助
- 短時間勤務の導入
- 社宅の提供
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("city")
    (folder / "city.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize(
    ("question", "short", "slide"),
    [
        ("2030年度の利用者数は何人？", "412万人", "2"),
        ("利用者は何%増えた？", "6.5%", "2"),
        ("バスの運行を担う会社は？", "青葉交通株式会社", "2"),
        ("水素バスの単価は？", "9,800", "3"),
        ("電気バスは何台？", "14", "3"),
        ("単価が最も安い車種は？", "小型バス", "3"),
    ],
)
def test_short_answers(city: Assistant, question: str, short: str, slide: str) -> None:
    answer = city.ask(question)
    assert answer.short is not None and short in answer.short.text
    assert answer.citations[0].slide.number == slide


def test_a_table_answer_quotes_the_whole_row(city: Assistant) -> None:
    quote = city.ask("水素バスの単価は？").citations[0].quote
    assert "水素バス" in quote and "9,800" in quote and "電気バス" not in quote


FORM = (
    ("会社名", "青葉交通", "掲載", "可"),
    ("記載者", "浅野 葉子", "記載日", "2030/5/24"),
    (
        "実施事項",
        "安全講座を営業所ごとに年一回ひらき、延べ四百人の運転手と整備士が受けている。\n"
        "救急講習は消防署の協力で隔年に行い、教材は https://aoba.example.com/kyukyu で配る。\n"
        "新人には路線ごとの危険箇所の地図を渡し、先輩が三か月のあいだ同乗して教える。",
        "",
        "",
    ),
    ("課題", "冬の講師が足りない", "", ""),
    ("よくする話", "安全は会社の信用", "", ""),
)


def table_slide(cells: Sequence[Sequence[str]]) -> Slide:
    """A slide that is one table, as the readers leave it: cells parted by tabs, their spans in a region."""
    text = ""
    rows = []
    for line in cells:
        spans = []
        for cell in line:
            spans.append((len(text), len(text) + len(cell)))
            text += cell + "\t"
        text = text[:-1] + "\n"
        rows.append(tuple(spans))
    return Slide("deck", "2", 2, "page", text, (Region("table", 0, len(text), rows=tuple(rows)),))


def test_a_long_cell_is_quoted_by_the_line_under_the_form_it_belongs_to() -> None:
    pieces = {piece.text: piece for piece in fragments(table_slide(FORM))}
    line = next(piece for text, piece in pieces.items() if text.startswith("救急講習"))
    assert "四百人" not in line.text and any("青葉交通" in above for above in line.context)
    assert "記載者 浅野 葉子 記載日 2030/5/24" in pieces  # a short row stays one piece


def test_a_form_has_no_header_and_a_table_has() -> None:
    table = table_slide([("車種", "台数", "単価"), ("電気バス", "14", "6,200"), ("水素バス", "3", "9,800")])
    assert header_row(table, table.regions[0]) == table.regions[0].rows[0]
    assert header_row(table_slide(FORM), table_slide(FORM).regions[0]) == ()


def test_a_merged_label_stands_over_the_rows_below_it() -> None:
    rows = [
        ("地区", "営業所", "台数"),
        ("北部", "若葉", "31"),
        ("", "青葉", "24"),
        ("南部", "港", "9"),
        ("", "浜", "4"),
    ]
    above = {piece.text: piece.context for piece in fragments(table_slide(rows))}
    assert "北部" in above["青葉 24"] and "南部" in above["浜 4"]
    assert "北部" not in above["浜 4"] and "北部" not in above["南部 港 9"]


def test_addresses_are_found_whole() -> None:
    text = "教材は https://aoba.example.com/kyukyu で、質問は info@aoba.example.jp へ。"
    found = [c.folded for c in candidates(text, 0, len(text)) if c.kind == "url"]
    assert found == ["https://aoba.example.com/kyukyu", "info@aoba.example.jp"]
    assert analyse("教材のURLは？").expected == "address"


PORTS = """# 港ごとの貨物の取扱量

| 港 | 取扱量(千t) | 前年差(千t) | 最大水深(m) |
|---|---|---|---|
| 東港 | 310 | +12 | 14 |
| 西港 | 540 | ▲30 | 11 |
| 南港 | 95 | +3 | 9 |
| 合計 | 945 | ▲15 | — |
"""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("ports")
    (folder / "ports.md").write_text(PORTS, "utf-8")
    return Assistant.open(folder, folder.with_suffix(".index"))


@pytest.mark.parametrize(
    ("asked", "short"),
    [
        ("取扱量が一番多い港は？", "西港"),  # and no total
        ("前年差が最も小さい港は？", "西港"),  # ▲ is less than nothing
        ("取扱量がいちばん少ないのはどの港？", "南港"),
    ],
)
def test_the_row_with_the_most_or_the_least_answers(ports: Assistant, asked: str, short: str) -> None:
    answer = ports.ask(asked)
    assert answer.short is not None and answer.short.text == short
    assert [citation.quote.split()[0] for citation in answer.citations] == [short]


def test_the_highest_rank_is_the_first(tmp_path: Path) -> None:
    rows = [
        "| 国 | 英語力の順位 | 技術者(万人) |",
        "|---|---|---|",
        "| ミャンマー | 93 | 3 |",
        "| フィリピン | 22 | 22 |",
    ]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "ranks.md").write_text(
        "\n".join(["# 各国の人材", "", *rows, "| ベトナム | 58 | 53 |"]), "utf-8"
    )
    ask = Assistant.open(corpus, tmp_path / "index").ask
    for asked, country in (
        ("英語力の順位が一番高い国は？", "フィリピン"),
        ("英語力の順位が最も低い国は？", "ミャンマー"),
    ):
        short = ask(asked).short
        assert short is not None and short.text == country


def test_a_term_beside_its_meaning_is_quoted_whole(tmp_path: Path) -> None:
    rows = ["| 用語 | 意味 |", "|---|---|", "| 断り | 相手の依頼に応じない意を伝える行為 |"]
    rows.append("| 見かけ上の時間 | 世代差を、過去から現在への変化の反映とみなす考え方（apparent time） |")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "terms.md").write_text("\n".join(["# 用語の確認", "", *rows]), "utf-8")
    answer = Assistant.open(corpus, tmp_path / "index").ask("「見かけ上の時間」とは")
    assert "世代差を、過去から現在への変化の反映とみなす考え方（apparent time）" in answer.citations[0].quote


@pytest.mark.parametrize(
    ("asked", "rows", "quoted", "short"),
    [
        (
            "Which company has the most staff?",
            [
                ("Company", "Revenue", "Staff"),
                ("Shell", "380", "90"),
                ("TotalEnergies", "410", "100"),
                ("Total", "790", "190"),
            ],
            "TotalEnergies 410 100",
            "TotalEnergies",
        ),
        (
            "台数が一番多い地区は？",
            [
                ("地区", "営業所", "台数"),
                ("北部", "若葉", "31"),
                ("", "青葉", "54"),
                ("南部", "港", "9"),
                ("", "浜", "4"),
            ],
            "北部 青葉 54",
            "北部",
        ),
    ],
    ids=["a name that begins like a total", "a label merged over several rows"],
)
def test_the_label_of_the_row_with_the_most(
    ports: Assistant, asked: str, rows: list[tuple[str, ...]], quoted: str, short: str
) -> None:
    slide = table_slide(rows)
    pieces = [Evidence(piece, 1.0, {}) for piece in fragments(slide)]
    found = extreme_row(analyse(asked), pieces, ports._retriever)
    assert found is not None and found[0].text == quoted and slide.text[slice(*found[1])] == short


def test_a_column_of_maxima_asks_for_no_row_with_the_most(ports: Assistant) -> None:
    slide = ports.decks[0].slides[0]
    question = analyse("南港の最大水深は？")
    pieces = [Evidence(piece, 1.0, {}) for piece in fragments(slide)]
    assert extreme_row(question, pieces, ports._retriever) is None


@pytest.mark.parametrize(
    ("asked", "rows", "best"),
    [
        ("第3便の運賃は？", ["第1便", "第2便", "第3便"], 2),
        ("How many boats were rated D?", ["A", "B", "C", "D"], 3),
        ("2029年の便数", ["2028年", "2029年", "2030年"], 1),
    ],
)
def test_texts_are_told_apart_by_what_they_do_not_share(asked: str, rows: list[str], best: int) -> None:
    values = named(analyse(asked), rows)
    assert max(range(len(rows)), key=values.__getitem__) == best
    assert all((value > 0) == (place == best) for place, value in enumerate(values))


def test_rows_that_the_question_does_not_name_are_equal() -> None:
    assert named(analyse("What is a ferry for?"), ["A", "B", "C"]) == [0, 0, 0]


def test_a_definition_quotes_the_note(city: Assistant) -> None:
    assert "予約に応じて" in city.ask("デマンドバスとは？").citations[0].quote


def test_a_list_quotes_all_items_and_no_more(city: Assistant) -> None:
    answer = city.ask("運転手を確保する方策を挙げて")
    quotes = " ".join(citation.quote for citation in answer.citations)
    assert all(item in quotes for item in ("免許取得費用の補助", "短時間勤務の導入", "社宅の提供"))


def test_a_comparison_shows_both_sides_and_a_blank_for_what_is_not_there(city: Assistant) -> None:
    both = city.ask("電気バスと水素バスの単価を比べて")
    assert [side.name for side in both.sides] == ["電気バス", "水素バス"]
    assert all(side.citation and side.citation in both.citations for side in both.sides)
    one = city.ask("電気バスと路面電車の単価の違いは？")
    assert [side.citation is None for side in one.sides] in ([False, True], [])
    assert "comparison" in answer_json(both) and "comparison" not in answer_json(city.ask("路線は何本？"))


def test_the_room_for_a_fact_is_kept(city: Assistant) -> None:
    answer = city.ask("バスの運行を担う会社は？")
    assert len(answer.citations) <= 3
    assert sum(len(citation.quote) for citation in answer.citations) <= FACT_CHARS + 3


def test_a_note_explains_the_word_that_carries_its_mark() -> None:
    text = "料金の見直し\n新しい料金はMaaS※1で払える。\n※1 移動を一つのサービスとしてまとめる仕組み。"
    slide = Slide("deck", "1", 2, "page", text, find_regions(text))
    note = next(piece for piece in fragments(slide) if piece.kind == "note")
    assert any("MaaS" in context for context in note.context)


def test_where_a_figure_is_asked_the_short_answer_holds_one(city: Assistant) -> None:
    for question in ("路線は何本に減った？", "水素バスは何台？", "利用者数の伸びは何%？"):
        short = city.ask(question).short
        assert short is None or any(character.isnumeric() for character in short.text)


def test_the_publisher_travels_with_the_quotation(city: Assistant) -> None:
    row = answer_json(city.ask("路線は何本に減った？"))
    assert row["citations"][0]["source"] == "青葉市「公共交通白書」"


def test_a_slide_can_be_asked_for_by_number(city: Assistant) -> None:
    answer = city.ask("スライド3を見せて")
    assert answer.citations[0].slide.number == "3"
    assert (
        not city.ask("スライド99を見せて").citations
        or "99" in city.ask("スライド99を見せて").citations[0].quote
    )
    more = city.ask("100ページを超える計画では路線は何本に減った？")
    assert more.found or more.nearest  # it asks for more than a slide and is looked for
    assert not city.ask("スライド99を見せて").nearest


@pytest.mark.parametrize(
    "question", ["鉄道の運賃はいくら？", "市長の名前は？", "明日の天気は？", "How do I bake bread?"]
)
def test_what_the_deck_does_not_say_is_not_answered(city: Assistant, question: str) -> None:
    answer = city.ask(question)
    assert not answer.found and answer.short is None


def test_the_refusal_speaks_the_language_of_the_question(city: Assistant) -> None:
    assert answer_json(city.ask("How do I bake bread?"))["answer"] == "The corpus does not say."
    assert answer_json(city.ask("怎么做红烧肉？"))["answer"] == "资料中没有提到。"


def test_the_same_question_gives_the_same_answer(city: Assistant) -> None:
    first, second = (replace(city.ask("路線は何本？"), elapsed_ms=0) for _ in range(2))
    assert first == second


@settings(deadline=None)  # the first question written by its sound builds a lexicon
@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_question_breaks_it_and_every_quote_is_the_slides_own_text(city: Assistant, question: str) -> None:
    row = answer_json(city.ask(question))
    for citation in row["citations"] + row["nearest"]:
        slide = city.slide(citation["deck"], citation["slide"])
        assert citation["quote"] == " ".join(slide.text[a:b] for a, b in citation["spans"])


def test_a_quotation_that_left_its_slide_is_never_rendered() -> None:
    slide = Slide("deck", "1", 1, "page", "短い文。")
    with pytest.raises(AssertionError, match="left its slide"):
        verify_quote(Citation(slide, ((0, 99),)))


def test_deck_text_cannot_inject_markup() -> None:
    slide = Slide("deck", "1", 1, "page", "<img src=x onerror=alert(1)> **太字**")
    shown = answer_markdown(Answer("?", "ja", (Citation(slide, ((0, len(slide.text)),)),)))
    assert "<img" not in shown.replace("\\<img", "") and "\\*\\*" in shown


@pytest.mark.parametrize(
    ("question", "intent", "expected"),
    [
        ("AI企業は何社ありますか", "fact", "number"),
        ("GPT-4oの価格は？", "fact", "money"),
        ("いつ施行されたか", "fact", "date"),
        ("低空経済とは", "definition", "any"),
        ("What is the share of China?", "fact", "any"),
        ("How many companies took part?", "fact", "number"),
        ("中国和美国有什么区别？", "comparison", "any"),
        ("第3章を要約して", "overview", "any"),
        ("スライド15を見せて", "slide", "any"),
        ("開発に何年かかった？", "fact", "number"),
        ("設立は何年？", "fact", "date"),
        ("店を満員にするための4つの打ち手", "list", "any"),
        ("4つのうち住む人が多いのはどこ", "fact", "place"),
        ("会計士は全部で何人？", "fact", "number"),
        # The last question word tells what is wanted.
        ("アジア企業の投資調査って何社が答えた？", "fact", "number"),
        ("全部引っ込める羽目になったのはなぜ", "fact", "reason"),
        ("漏洞报告流程由谁负责？", "fact", "person"),
        ("How many of the candidates plan to list in Hong Kong?", "fact", "number"),
        ("What is the old reservation system called?", "fact", "name"),
        ("2番目に多い用途って何", "fact", "any"),
        ("低空経済って何", "definition", "any"),
        ("3つの工場はそれぞれ何人？", "list", "number"),
        ("理由を3つ挙げて", "list", "reason"),
        ("効果をいくつか教えて", "list", "number"),
        ("最も重要な対策は何と何ですか", "list", "any"),
        ("DXとはなんであるか", "definition", "any"),
        ("When applying, which documents are required?", "list", "date"),
        ("Show me the risk list", "list", "any"),
    ],
)
def test_questions_are_taken_apart(question: str, intent: str, expected: str) -> None:
    found = analyse(question)
    assert (found.intent, found.expected) == (intent, expected)


def test_figures_keep_their_units_and_scales() -> None:
    text = "約3.2万個、5,784億元、56.2％、2024年7月4日～6日、1,500以上、3年"
    found = {text[c.span[0] : c.span[1]] for c in candidates(text, 0, len(text)) if c.kind != "other"}
    assert {"約3.2万個", "5,784億元", "56.2％", "2024年7月4日～6日", "1,500以上"} <= found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("営業利益は△3.4億円", "△3.4億円"),
        ("契約は＋410件", "＋410件"),
        ("Up to 15 million yen a site", "15 million yen"),
        ("signed in February 2024", "February 2024"),
        ("on Sept. 3, 2025", "Sept. 3, 2025"),
        ("works from 22:00 to 06:00", "22:00 to 06:00"),
        ("入電が3時間12分遅れた", "3時間12分"),
        ("Nov. 2nd, 2020 v1.0", "Nov. 2nd, 2020"),
        ("FY24 2Qは12.3億円", "FY24 2Q"),
        ("2024年 上期に着工", "2024年 上期"),
        ("配当は12/5から", "12/5"),
        ("収束判定値は1e-8", "1e-8"),
    ],
)
def test_a_figure_is_found_whole(text: str, wanted: str) -> None:
    found = {text[slice(*c.span)] for c in candidates(text, 0, len(text)) if c.kind != "other"}
    assert wanted in found


def test_a_word_that_begins_like_a_month_is_no_date() -> None:
    text = "market 12 grew, separate 3 and decks 4"
    assert not [c for c in candidates(text, 0, len(text)) if c.kind == "date"]


def test_what_may_be_a_share_or_a_name_is_not_only_a_date() -> None:
    found = {
        (c.folded, c.kind) for text in ("2/3が賛成", "Unitree H1") for c in candidates(text, 0, len(text))
    }
    assert {("2", "number"), ("3", "number"), ("h1", "product")} <= found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("停電でも最大72時間は動く", "最大72時間"),
        ("解体能力は21万総トン", "21万総トン"),
        ("判断を31分短縮", "31分短縮"),
        ("barrier of 1.2 kJ/mol here", "1.2 kJ/mol"),
        ("締め切りは6月26日 23:59", "6月26日 23:59"),
        ("調査は2024/9/9(月)~9/27(金)に", "2024/9/9(月)~9/27(金)"),
        ("次回は2026/Feb/10(火)15:30", "2026/Feb/10(火)15:30"),
        ("2024年9月9日(月)～2024年9月27日(金)", "2024年9月9日(月)～2024年9月27日(金)"),
        ("2024/9/9~2024/9/27.", "2024/9/9~2024/9/27"),
        ("限速 23 km/h", "23 km/h"),
    ],
)
def test_a_figure_may_take_its_neighbours_along(text: str, wanted: str) -> None:
    figures = [c.span for c in candidates(text, 0, len(text)) if c.kind in FIGURES]
    assert wanted in {text[slice(*span)] for each in figures for span in wider(text, each, 0, len(text))}


@pytest.mark.parametrize(
    ("term", "text", "said"),
    [
        ("4", "2020/04/16", True),
        ("4", "2020/14/16", False),
        ("2024", "24年4月末", True),
        ("施行", "施行日", True),
    ],
)
def test_a_term_is_said_in_the_writings_slides_use(term: str, text: str, said: bool) -> None:
    assert holds(term, text) is said


def test_a_short_answer_leaves_its_bullet_behind(shipped: Assistant) -> None:
    answer = shipped.ask("上海市のオープンデータで申請が要るのはどの区分？")
    assert answer.short is not None
    mark = answer.citations[0].slide.text[: answer.short.span[0]].rstrip()[-1]
    assert is_bullet(f"{mark} {answer.short.text}") and not is_bullet(answer.short.text)


RATED = """# 駅前広場の三案を比べる

検討会

---

# 三案の評価

| 案 | 安全性 | 費用 | 増減 |
|---|---|---|---|
| ①案 | ◎ | 3億円 | -5% |
| ②案 | ○ | 2億円 | +8% |
| ③案 | △ | 4億円 | -12% |

---

# 凡例

◎は特に優れることを示す

–5.2ポイントの低下は2年ぶり
"""


def test_a_mark_that_says_something_is_no_bullet(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (tmp_path / "rated.md").write_text(RATED, "utf-8")
    rated = Assistant.open(tmp_path, tmp_path_factory.mktemp("index"))

    def short(question: str) -> str:
        answer = rated.ask(question)
        return answer.short.text if answer.short else ""

    assert [short(f"{plan}の安全性は？") for plan in ("①案", "②案")] == ["◎", "○"]
    assert short("安全性が◎なのはどの案？") == "①案" and short("③案の増減は？") == "-12%"
    said = [piece.text for piece in fragments(rated.decks[0].slides[2])]
    assert "◎は特に優れることを示す" in said and "–5.2ポイントの低下は2年ぶり" in said
