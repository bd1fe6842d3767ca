from pathlib import Path

import pytest

from reportqa.answer.abbreviation import short_form, spelt
from reportqa.answer.question import analyse
from reportqa.assistant import Assistant


@pytest.mark.parametrize(
    ("word", "text", "words"),
    [
        ("SRE", "※ SRE：Site Reliability Engineering。運用を設計する職", "Site Reliability Engineering"),
        ("OSS", "OSS Open Source Software", "Open Source Software"),
        ("OSS", "OSS support station", None),
        ("OSS", "OSS\tOpen\tSource\tSoftware", None),
        ("OSS", "OSS\n- Open\n- Source\n- Software", None),
        ("SROI", "事業の Social Return on Investment は2.4", "Social Return on Investment"),
        ("TCO", "Total Cost of Ownership", "Total Cost of Ownership"),
        ("GPT", "Generative Pre-trained Transformer", "Generative Pre-trained Transformer"),
        ("VEX", "a Vulnerability Exploitability eXchange statement", "Vulnerability Exploitability eXchange"),
        ("RedCap", "RedCap（Reduced Capability）", "Reduced Capability"),
        ("TEU", "TEU: a twenty-foot equivalent unit", "twenty-foot equivalent unit"),
        ("TEU", "the team enters under", None),
        ("AI", "an idea of AI; Artificial Intelligence", "Artificial Intelligence"),
        ("CRM", "CRM wants creative minds", None),
        ("UI", "UX/UI の改善。UI: User Interface", "User Interface"),
        ("KGI", "KPI/KGI: Key Performance Indicator / Key Goal Indicator", "Key Goal Indicator"),
        (
            "SRE",
            "Sales Revenue Estimates 2024. SRE（Site Reliability Engineering）",
            "Site Reliability Engineering",
        ),
        ("DX", "DX（Digital Transformation）", "Digital Transformation"),
        ("OSS", "OSS：Ｏｐｅｎ　Ｓｏｕｒｃｅ　Ｓｏｆｔｗａｒｅ", "Ｏｐｅｎ　Ｓｏｕｒｃｅ　Ｓｏｆｔｗａｒｅ"),
        ("OTD", "OTD = on-time delivery", "on-time delivery"),
        ("KIDC", "川口鋳物デジタル共同体（KIDC）", None),
    ],
)
def test_the_words_that_spell_an_abbreviation(word: str, text: str, words: str | None) -> None:
    asked = analyse(f"{word}は何の略？").abbreviation
    assert asked is not None
    found = spelt(asked, text, [(0, len(text))])
    assert (text[slice(*found.span)] if found else None) == words


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What does RAG stand for?", "RAG"),
        ("what does rag stand for", "RAG"),
        ("In AI, what does RAG stand for?", "RAG"),
        ("ＯＳＳとは何の略？", "OSS"),
        ("SDGsは何の略", "SDG"),
        ("OSS的全称是什么？", "OSS"),
        ("What do OSS and RAG stand for?", None),
        ("Open Source Softwareの略称は？", None),
        ("What does V2X stand for?", None),
        ("NTTデータの全称は？", None),
        ("Which cities do the site code prefixes stand for?", None),
    ],
)
def test_the_abbreviation_asked_for(question: str, word: str | None) -> None:
    assert short_form(question) == word


@pytest.mark.parametrize(
    "question",
    ["CEOの略歴は？", "会場の略図は？", "OSSの略称は？", "OSSとは？", "What do the symbols stand for?"],
)
def test_other_questions_ask_for_no_expansion(question: str) -> None:
    assert not analyse(question).asks_expansion


DECK = """# 運用の手引き

情報基盤室

---

# 監視のしくみ

- 障害が起きたら SRE が5分以内に応答する
- 記録は90日のあいだ残す

---

# 用語

- SRE：サービスを止めずに育てる技術者（Site Reliability Engineering）
- SLO：利用者と約束する水準
"""


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("terms")
    (folder / "terms.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize("question", ["SREは何の略？", "What does SRE stand for?", "SRE的全称是什么？"])
def test_what_an_abbreviation_stands_for_is_a_short_answer(terms: Assistant, question: str) -> None:
    answer = terms.ask(question)
    assert answer.short is not None and answer.short.text == "Site Reliability Engineering"


def test_a_meaning_is_quoted_whole_without_a_short_answer(terms: Assistant) -> None:
    answer = terms.ask("SREとは？")
    assert answer.short is None
    assert "サービスを止めずに育てる技術者" in answer.citations[0].quote
