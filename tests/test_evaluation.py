"""Metrics worked out by hand, the gate, the gold checker, drafts from feedback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportqa.cli import main
from reportqa.errors import GoldError
from reportqa.evaluation import gate, metrics
from reportqa.evaluation.compare import permutation_p
from reportqa.evaluation.feedback import draft
from reportqa.evaluation.gold import GoldDialogue, GoldRow, check_gold, load
from reportqa.evaluation.report import baseline, document, page, table
from reportqa.evaluation.run import Outcome, run
from reportqa.types import Answer, Citation, Deck, Hit, Passage, Short, Slide, Turn

from .conftest import SHIPPED

SLIDES = {
    n: Slide("d", n, int(n), "page", text)
    for n, text in {"1": "売上は３億円。", "2": "利益は1億円。"}.items()
}
DECKS = [Deck("d", "t", Path("d.md"), "", "md", tuple(SLIDES.values()))]


def row(
    row_id: str, kind: str = "fact", slides: Sequence[str] = ("1",), answers: Sequence[str] = ("3億円",)
) -> GoldRow:
    return GoldRow(row_id, f"問い{row_id}", "ja", kind, tuple(slides), tuple(answers), "gold.jsonl:1")


def outcome(
    given: GoldRow, ranked: Sequence[str] = (), quotes: Sequence[str] = (), short: str | None = None
) -> Outcome:
    cited = tuple(ranked[:1] * len(quotes))
    return Outcome(given, tuple(ranked), cited, tuple(quotes), short, 0.9 if quotes else 0.1, True, 1.0)


def test_the_best_ranked_sufficient_slide_counts() -> None:
    (values,) = metrics.per_question([outcome(row("a", slides=["2", "9"]), ["7", "9", "2"])])
    assert (values["R@1"], values["R@3"], values["RR"]) == (0.0, 1.0, 0.5)


def test_a_question_over_several_slides_wants_them_all() -> None:
    (values,) = metrics.per_question([outcome(row("a", "multi", ["2", "9"]), ["7", "9", "8", "2"])])
    assert values["R@3"] == 0.5 and values["R@5"] == 1.0


def test_answers_are_compared_without_width_and_white_space() -> None:
    (values,) = metrics.per_question([outcome(row("a"), ["1"], ["売上は３ 億円。"], "３億円")])
    assert values["contains"] == values["short EM"] == values["short F1"] == 1.0
    assert values["evidence precision"] == 1.0 and values["false refusal"] == 0.0


def test_a_list_is_credited_for_each_item_and_charged_for_what_is_none() -> None:
    (values,) = metrics.per_question(
        [outcome(row("a", "list", answers=["あい", "うえ"]), ["1"], ["あいかき"])]
    )
    assert values["contains"] == 0.5 and values["list precision"] == 0.5


def test_the_things_named_of_a_list_are_matched_with_those_wanted() -> None:
    given = outcome(row("a", "list", answers=["北浜大学", "東西倉庫"]), ["1"], ["北浜大学、東西倉庫"])
    (values,) = metrics.per_question(
        [replace(given, items=("北浜大学", "南浜", "北浜大学と東西倉庫の両方である"))]
    )
    assert values["item recall"] == 0.5 and values["item precision"] == pytest.approx(1 / 3)
    (values,) = metrics.per_question([replace(given, items=("北浜大学", "北浜大学", "東西"))])
    assert values["item recall"] == 1.0 and values["item precision"] == pytest.approx(2 / 3)
    (nothing,) = metrics.per_question([given])
    assert nothing["item recall"] == 0.0 and "item precision" not in nothing


def test_character_f1_counts_shared_characters() -> None:
    assert metrics.character_f1("5784億", "5784億元") == pytest.approx(2 * 5 / 11)
    assert metrics.character_f1("", "元") == 0.0


def test_refusals_and_false_answers_are_told_apart() -> None:
    nothing = row("u", "unanswerable", (), ())
    found = metrics.per_question(
        [outcome(nothing, ["1"], ["売上"]), outcome(nothing), outcome(row("a"), ["1"])]
    )
    assert [v.get("false answer") for v in found] == [1.0, 0.0, None]
    assert found[2]["false refusal"] == 1.0 and found[2]["contains"] == 0.0


def test_auroc_counts_pairs_in_the_right_order() -> None:
    sure, unsure = outcome(row("a"), ["1"], ["x"]), outcome(row("b"))
    assert metrics.auroc([sure, unsure, outcome(row("u", "unanswerable", (), ()))]) == 0.75


def test_intervals_are_the_same_twice_and_hold_the_mean() -> None:
    first, second = metrics.estimate([0.0, 1.0, 1.0, 1.0]), metrics.estimate([0.0, 1.0, 1.0, 1.0])
    assert first == second and first.low <= first.mean == 0.75 <= first.high


def test_a_permutation_test_knows_noise_from_change() -> None:
    assert permutation_p([0, 1] * 10, [1, 0] * 10) > 0.5
    assert permutation_p([1] * 20, [0] * 20) < 0.01


def make(ranker: Sequence[str]) -> dict[str, object]:
    outcomes = [outcome(row(str(n)), ranker, ["売上は３億円。"], "３億円") for n in range(20)]
    return document(outcomes, {}, {"corpus": "c", "model": "m"})


def test_the_gate_passes_the_same_run_and_stops_a_broken_ranker() -> None:
    good, broken = make(["1", "2"]), make(["2", "7", "8", "9"])
    assert not any(verdict.reason for verdict in gate.judge(baseline(good), good))
    failed = {v.change.metric: v.reason for v in gate.judge(baseline(good), broken) if v.reason}
    assert "R@1" in failed and "flipped: 0, 1" in failed["R@1"]
    assert "<failure>" in gate.junit(gate.judge(baseline(good), broken))


def test_one_invented_quotation_stops_the_gate() -> None:
    good = make(["1", "2"])
    outcomes = [outcome(row(str(n)), ["1"], ["x"]) for n in range(20)]
    outcomes[3] = replace(outcomes[3], valid=False)
    bad = document(outcomes, {}, {"corpus": "c", "model": "m"})
    assert any(v.change.metric == "validity" and v.reason for v in gate.judge(baseline(good), bad))


def test_table_and_page_show_the_numbers_and_escape_the_deck() -> None:
    outcomes = [outcome(row("a"), ["2"], ["<script>alert(1)</script>"]), outcome(row("b"), ["1"], ["３億円"])]
    found = document(outcomes, {}, {"corpus": "c", "model": "m"})
    assert "R@1                  0.500" in table(found)
    assert "<script>" not in page(found) and "&lt;script&gt;" in page(found)


def test_dialogues_are_asked_with_their_history() -> None:
    seen: list[int] = []

    def ask(question: str, history: Sequence[Turn]) -> Answer:
        seen.append(len(history))
        return Answer(question, "ja", (Citation(SLIDES["1"], ((0, 6),)),), Short(SLIDES["1"], (3, 6)), 0.8)

    def search(query: str, k: int) -> list[Hit]:
        return [Hit(Passage("d#1/0", SLIDES["1"], ((0, 3),)), 1.0)]

    found = run([GoldDialogue("g", (row("g.1"), row("g.2")))], ask, search, DECKS)
    assert seen == [0, 1]
    assert found[0].ranked == ("1",) and found[0].short == "３億円" and found[0].valid


def test_a_citation_that_carries_a_text_of_its_own_is_found_out() -> None:
    forged = Slide("d", "1", 1, "page", "売上は９億円。")

    def ask(question: str, history: Sequence[Turn]) -> Answer:
        return Answer(question, "ja", (Citation(forged, ((0, 7),)),), None, 0.8)

    (found,) = run([row("a")], ask, lambda query, k: [], DECKS)
    assert not found.valid


def test_gold_for_another_corpus_is_refused() -> None:
    with pytest.raises(GoldError, match="in this corpus"):
        run([row("a", slides=["77"])], lambda q, h: Answer(q, "ja"), lambda q, k: [], DECKS)


def test_planted_errors_in_gold_are_found() -> None:
    deck = Deck("d", "t", Path("d.md"), "", "md", tuple(SLIDES.values()))
    dev = [row("a"), row("a", answers=["99億円"]), row("b", "riddle"), row("c", slides=["8"])]
    problems = "\n".join(check_gold(dev, [row("a")], [deck]))
    for expected in (
        "used already",
        "'99億円' does not stand",
        "unknown kind",
        "no slide 8",
        "unanswerable",
        "much like",
    ):
        assert expected in problems


def test_a_bad_gold_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a"}\n', "utf-8")
    with pytest.raises(GoldError, match=r"gold\.jsonl:1"):
        load([path])


def test_feedback_becomes_draft_gold(tmp_path: Path) -> None:
    rows = [
        {"question": "規模は？", "rating": "down", "slides": ["9"], "right_slide": None},
        {"question": "規模は？", "rating": "wrong_slide", "slides": ["9"], "right_slide": "4"},
        {"question": "それは？", "standalone": "WAICの会期は？", "rating": "up", "slides": ["8", "8"]},
    ]
    path = tmp_path / "feedback.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    drafts = draft(path)
    assert [(d["question"], d["slides"]) for d in drafts] == [("規模は？", ["4"]), ("WAICの会期は？", ["8"])]
    printed = CliRunner().invoke(main, ["eval", "draft", str(path)])
    assert printed.exit_code == 0 and len(printed.stdout.splitlines()) == 2


def test_eval_prints_a_table_files_it_and_compares(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": "a", "question": "中国のAIコア産業の規模は？", "lang": "ja", "kind": "fact", "slides": ["4"], "answers": ["5,784億元"]},
        {"id": "b", "question": "カレーの作り方は？", "lang": "ja", "kind": "unanswerable", "slides": [], "answers": []},
    ]  # fmt: skip
    gold.write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    args = [
        "--corpus",
        str(SHIPPED),
        "--index",
        str(tmp_path / "index"),
        "eval",
        str(gold),
        "--out",
        str(tmp_path / "one.json"),
    ]
    first = CliRunner().invoke(main, args)
    assert first.exit_code == 0 and "validity             1.000" in first.stdout
    again = CliRunner().invoke(
        main,
        [
            *args[:-1],
            str(tmp_path / "two.json"),
            "--compare",
            str(tmp_path / "one.json"),
            "--report",
            str(tmp_path / "r.html"),
        ],
    )
    assert again.exit_code == 0 and "p = 1.000" in again.stdout
    assert "<svg" in (tmp_path / "r.html").read_text("utf-8")
