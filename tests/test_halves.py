"""Questions that ask two things at once, which stand on two slides."""

from __future__ import annotations

import pytest

from reportqa.answer.halves import JOINTS, halves
from reportqa.assistant import Assistant

DECK = """# 港湾再編の進め方

企画課

---

# 北浜港は2031年に水深16mの岸壁を開く

- 岸壁の工事は2028年10月に始まる
- 事業費は820億円、国が6割を負担する

---

# 南浦港の責任者は港湾局の立花 志乃

- 相談窓口は港湾局の再編推進室
- 住民説明会は年4回

---

# 荷役は遠隔操作に移る

1. 操作室を管理棟に集める
2. クレーン12基を改造する
3. 夜間の荷役を始める

- 事故は年に7件から1件へ減った
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("port")
    (folder / "port.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, tmp_path_factory.mktemp("index"))


def test_a_question_comes_apart_where_it_joins_two_things() -> None:
    assert ("北浜港の事業費", "南浦港の責任者は？") in halves("北浜港の事業費と南浦港の責任者は？")
    assert ("When does Kitahama open", "who leads Minamiura?") in halves(
        "When does Kitahama open and who leads Minamiura?"
    )
    assert halves("違反が見つかったときの処置は") == []  # と of とき joins nothing


def test_a_long_text_comes_apart_at_its_end() -> None:
    before = "こんにちは、" * 300 + "事業費"
    found = halves(before + "と責任者は？")
    assert len(found) == JOINTS and (before, "責任者は？") in found


def test_both_slides_of_a_question_about_two_things_are_cited(port: Assistant) -> None:
    answer = port.ask("北浜港の岸壁の事業費と、南浦港の責任者は？")
    assert {citation.slide.number for citation in answer.citations} == {"2", "3"}
    said = " ".join(citation.quote for citation in answer.citations)
    assert "820億円" in said and "立花 志乃" in said


def test_a_question_about_one_thing_stays_on_its_slide(port: Assistant) -> None:
    answer = port.ask("北浜港の岸壁の工事は、いつ始まりますか")
    assert {citation.slide.number for citation in answer.citations} == {"2"}


def test_numbers_of_a_list_are_no_titles_over_its_lines(port: Assistant) -> None:
    said = " ".join(c.quote for c in port.ask("荷役を遠隔操作に移す手順をすべて挙げて").citations)
    assert all(
        step in said for step in ("操作室を管理棟に集める", "クレーン12基を改造する", "夜間の荷役を始める")
    )
    assert "1." not in said.split()
