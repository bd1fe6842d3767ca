"""The command line as a user and another program meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reportqa.assistant import Assistant
from reportqa.cli import main

from .conftest import SHIPPED

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    index = tmp_path_factory.mktemp("index")

    def invoke(*args: str, corpus: Path = SHIPPED, index: Path = index, **kwargs: object) -> Result:
        return CliRunner().invoke(main, ["--corpus", str(corpus), "--index", str(index), *args], **kwargs)  # type: ignore[arg-type]

    return invoke


def test_a_question_is_answered_with_its_slide(run: Run) -> None:
    result = run("ask", "中国のAIコア産業の規模は？")
    assert result.exit_code == 0
    assert "5,784億元" in result.stdout
    assert "スライド 4]" in result.stdout


def test_json_keeps_the_contract_and_quotes_are_the_slides_own_text(run: Run) -> None:
    row = json.loads(run("ask", "--json", "中国のAIコア産業の規模は？").stdout)
    assert set(row) == {
        "question", "lang", "found", "confidence", "answer", "short", "citations", "nearest", "standalone",
        "carried", "elapsed_ms",
    }  # fmt: skip
    assert row["found"] and row["short"] == "5,784億元"
    for citation in row["citations"]:
        slide = json.loads(run("show", citation["deck"], citation["slide"], "--json").stdout)
        assert citation["quote"] == " ".join(slide["text"][a:b] for a, b in citation["spans"])


def test_a_question_the_corpus_does_not_answer_exits_with_1_and_names_the_nearest_slides(run: Run) -> None:
    result = run("ask", "--json", "カレーライスの作り方を教えて")
    assert result.exit_code == 1
    row = json.loads(result.stdout)
    assert not row["found"] and row["citations"] == [] and row["nearest"]


def test_errors_exit_with_2_and_one_line_that_says_what_to_do(run: Run, tmp_path: Path) -> None:
    result = run("ask", "規模は？", corpus=tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "no such corpus folder" in result.stderr and "--corpus" in result.stderr
    assert run("show", "china-ai-2024", "99").exit_code == 2
    assert run("ask", " ").exit_code == 2


def test_a_batch_answers_each_row_and_dialogues_turn_by_turn(run: Run, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "question": "中国のAIコア産業の規模は？"},
        {"id": "b", "turns": [{"question": "GPT-4oの価格は？"}, {"question": "では豆包Pro-32kは？"}]},
    ]
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    answered = [json.loads(line) for line in run("ask", "--batch", str(path)).stdout.splitlines()]
    assert [row["id"] for row in answered] == ["a", "b"]
    assert "5,784億元" in answered[0]["answer"]
    assert len(answered[1]["turns"]) == 2
    assert "豆包" in answered[1]["turns"][1]["standalone"]


def test_a_bad_batch_line_is_named_before_anything_is_answered(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    path.write_text('{"id": 1, "question": "規模は？"}\n{"id": 2}\n', "utf-8")
    result = run("ask", "--batch", str(path))
    assert result.exit_code == 2 and result.stdout == ""
    assert "batch.jsonl:2" in result.stderr


def test_search_gives_one_row_a_slide_best_first(run: Run) -> None:
    hits = json.loads(run("search", "--json", "-k", "4", "低空経済").stdout)["hits"]
    slides = [hit["slide"] for hit in hits]
    assert slides[0] == "8" and len(slides) == len(set(slides)) == 4
    assert [h["score"] for h in hits] == sorted((h["score"] for h in hits), reverse=True)


def test_decks_lists_what_was_read_and_what_was_not(run: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "plan.md").write_text(
        "# 計画\n\n売上は3億円だった。\n\n---\n\n# 結果\n\n利益は1億円だった。\n", "utf-8"
    )
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing here")
    (corpus / "old.ppt").write_bytes(b"\xd0\xcf\x11\xe0")
    result = run("decks", "--json", corpus=corpus, index=tmp_path / "index")
    rows = {Path(row["path"]).name: row for row in json.loads(result.stdout)["decks"]}
    assert rows["plan.md"]["slides"] == 2 and rows["plan.md"]["skipped"] is None
    assert "broken.pdf" in rows["broken.pdf"]["skipped"]
    assert ".pptx or PDF" in rows["old.ppt"]["skipped"]


def test_the_query_path_imports_no_heavy_library(shipped: Assistant, tmp_path: Path) -> None:
    assert shipped.decks  # the fixture has shown that the corpus can be indexed
    code = (
        "import sys; from click.testing import CliRunner; from reportqa.cli import main;"
        f"args = ['--corpus', {str(SHIPPED)!r}, '--index', {str(tmp_path)!r}, 'ask', '中国のAIコア産業の規模は？'];"
        "CliRunner().invoke(main, args) if '{build}' == 'yes' else None;"
        "r = CliRunner().invoke(main, args); assert r.exit_code == 0, r.output;"
        "print(sorted({'torch', 'sentence_transformers', 'gradio', 'langchain_text_splitters'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code.replace("{build}", "yes")], check=True, capture_output=True)
    warm = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert warm.stdout.strip() == "[]"


def test_every_command_has_help_and_is_in_the_readme() -> None:
    readme = (SHIPPED.parent / "README.md").read_text("utf-8")
    for name, command in main.commands.items():
        assert command.help, f"{name} has no help"
        assert f"`{name}" in readme or f"reportqa {name}" in readme, f"{name} is not in README.md"
