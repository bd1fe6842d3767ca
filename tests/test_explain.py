"""Why a slide was found: shared terms, ranks, and which token of the question met which of the slide."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from reportqa.assistant import Assistant
from reportqa.cli import main
from reportqa.encoder import StaticEncoder
from reportqa.explain import STRONGEST, explain
from reportqa.index import open_index
from reportqa.render import explanation_json, explanation_terminal
from reportqa.retrieval import HybridRetriever

from .conftest import SHIPPED


class Pooled:
    """A model with one vector a text and none a token: the bundled one behind a narrower door."""

    fingerprint = "pooled-only"

    def __init__(self) -> None:
        self._model = StaticEncoder()
        self.dimension = self._model.dimension
        self.encode_queries = self._model.encode_queries
        self.encode_passages = self._model.encode_passages


def test_a_japanese_term_is_named_with_what_it_adds(shipped: Assistant) -> None:
    first = shipped.explain("GPT-4oの価格は？", 3)[0]
    assert first.hit.passage.slide.number == "15"
    assert {("価格", "terms"), ("gpt-4o", "terms")} <= {(term.term, term.field) for term in first.terms}
    exact = next(match for match in first.matches or () if match.query == "価格")
    assert exact.passage == "価格" and exact.cosine == pytest.approx(1.0, abs=1e-3)


def test_an_english_word_meets_the_japanese_word_it_means(shipped: Assistant) -> None:
    first = shipped.explain("What is the price of a model?", 1)[0]
    matched = {match.query: match for match in first.matches or ()}
    assert matched["price"].passage == "価格"
    assert 0.4 < matched["price"].cosine < 0.99


@pytest.mark.parametrize("query", ["低空経済の市場規模", "AI hospitals", "电动汽车出口", "生成AI", "🦀"])
def test_hits_are_those_of_the_search_and_terms_add_up_to_the_score(shipped: Assistant, query: str) -> None:
    explained = shipped.explain(query, 6)
    assert [found.hit for found in explained] == shipped.search(query, 6)
    scores = [found.hit.score for found in explained]
    assert scores == sorted(scores, reverse=True)
    for found in explained:
        if rank := found.ranks["bm25"]:
            assert sum(term.score for term in found.terms) == pytest.approx(rank.score, rel=1e-4)
        assert found.matches is not None and len(found.matches) <= STRONGEST
        strengths = [match.strength for match in found.matches]
        assert strengths == sorted(strengths, reverse=True)


def test_a_better_rank_goes_with_a_better_score_of_each_retriever(shipped: Assistant) -> None:
    explained = shipped.explain("自動運転の実証", 10)
    for name in ("bm25", "pooled", "maxsim"):
        ranks = sorted((r.position, r.score) for found in explained if (r := found.ranks[name]))
        assert len(ranks) > 2
        assert [score for _, score in ranks] == sorted((score for _, score in ranks), reverse=True)


def test_matches_are_the_ones_the_ranker_scored(shipped: Assistant) -> None:
    encoder = StaticEncoder()
    found = shipped.explain("価格競争", 1)[0]
    (asked,) = encoder.token_ids(["価格競争"])
    weights = np.linalg.norm(encoder.token_vectors(asked), axis=1)
    assert {m.query: round(m.weight, 4) for m in found.matches or ()} == {
        token: round(float(weight / weights.sum()), 4)
        for token, weight in zip(encoder.tokens(asked), weights, strict=True)
    }
    text = f"{found.hit.passage.context}\n{found.hit.passage.text}"
    offered = set(encoder.tokens(encoder.token_ids([text])[0]))
    assert {match.passage for match in found.matches or ()} <= offered


def test_a_model_without_token_vectors_says_so(tmp_path: Path) -> None:
    encoder = Pooled()
    retriever = HybridRetriever(open_index(SHIPPED, tmp_path, encoder), encoder)
    first = explain(retriever, "価格競争", retriever.search_slides("価格競争", 1))[0]
    assert first.matches is None and first.ranks["maxsim"] is None and first.ranks["pooled"]
    assert explanation_json(first)["explain"]["matches"] is None
    assert "no token vectors" in explanation_terminal(first)


def test_the_command_line_explains_for_people_and_programs(tmp_path: Path) -> None:
    def run(*args: str) -> str:
        done = CliRunner().invoke(
            main, ["--corpus", str(SHIPPED), "--index", str(tmp_path), "search", "-k", "2", *args]
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    explained = json.loads(run("--json", "--explain", "価格競争"))["hits"]
    plain = json.loads(run("--json", "価格競争"))["hits"]
    assert [{k: v for k, v in hit.items() if k != "explain"} for hit in explained] == plain
    for hit in explained:
        row = hit["explain"]
        assert set(row) == {"query", "terms", "bm25", "pooled", "maxsim", "evidence", "matches"}
        assert set(row["bm25"]) == {"rank", "score"}
        assert set(row["matches"][0]) == {"query", "passage", "cosine", "weight"}
    shown = run("--explain", "価格競争")
    assert "価格 → 価格 1.00" in shown and "bm25 1 (" in shown

    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": "a", "question": "価格競争"}\n', "utf-8")
    assert json.loads(run("--explain", "--batch", str(batch))) == {"id": "a", "hits": explained}
