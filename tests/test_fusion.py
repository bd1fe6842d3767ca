"""Rank fusion and late interaction, on numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reportqa import dense
from reportqa.assistant import Assistant
from reportqa.encoder import StaticEncoder
from reportqa.fusion import fuse, standardise


def test_a_candidate_one_retriever_missed_counts_as_its_lowest() -> None:
    assert standardise({1: 4.0}, [1, 2]) == {1: 1.0, 2: -1.0}


def test_the_better_supported_candidate_wins() -> None:
    ranked = fuse({"a": {1: 2.0, 2: 1.0}, "b": {2: 9.0, 3: 8.0}}, {"a": 1.0, "b": 1.0})
    assert [candidate for candidate, _ in ranked] == [2, 1, 3]


def test_ties_are_broken_by_place_whatever_the_order_of_the_scores() -> None:
    one = fuse({"a": {5: 1.0, 3: 1.0}}, {"a": 1.0})
    other = fuse({"a": {3: 1.0, 5: 1.0}}, {"a": 1.0})
    assert one == other
    assert [candidate for candidate, _ in one] == [3, 5]


def test_faiss_returns_the_nearest_first_and_no_more_than_there_are(tmp_path: Path) -> None:
    vectors = dense.unit(np.array([[1, 0], [1, 1], [0, 1]], dtype=np.float32))
    dense.build(vectors, tmp_path / "v.faiss")
    found = dense.DenseIndex(tmp_path / "v.faiss").search(vectors[0], 10)
    assert [place for place, _ in found] == [0, 1, 2]


def test_late_interaction_takes_each_question_tokens_best_match() -> None:
    table = np.eye(3, dtype=np.float32)
    query = np.array([[1, 0, 0], [0, 0.6, 0.8]], dtype=np.float32)
    groups = [np.array([0, 1], np.int32), np.array([2], np.int32), np.array([], np.int32)]
    best = dense.best_matches(query, groups, table)
    assert np.allclose(best, [[1.0, 0.6], [0.0, 0.8], [0.0, 0.0]])


def test_words_that_stand_together_count_more_than_the_same_words_apart() -> None:
    table = np.eye(3, dtype=np.float32)
    query, weights = table[:2], np.array([1.0, 1.0], np.float32)
    together = np.array([0, 1, *[2] * 30], np.int32)
    apart = np.array([0, *[2] * 30, 1], np.int32)
    near, far = dense.windowed_maxsim(query, weights, [together, apart], table)
    assert np.isclose(near, 1.0) and np.isclose(far, 0.75)


def test_a_token_said_twice_counts_as_one_of_twice_the_weight(shipped: Assistant) -> None:
    retriever = shipped._retriever
    query = "GPT-4oの価格とGPT-4oの開発元"
    ids = retriever._token_ids(query)
    groups = [retriever._rows[a:b] for a, b in retriever._bounds(range(20))]
    assert isinstance(retriever.encoder, StaticEncoder)
    vectors = retriever.encoder.token_vectors(ids)
    said = dense.windowed_maxsim(
        dense.unit(vectors), np.linalg.norm(vectors, axis=1), groups, retriever._corpus_tokens[0]
    )
    assert len(set(ids.tolist())) < len(ids)
    assert np.allclose(retriever._maxsim(query, groups), said, atol=1e-5)


def test_token_index_survives_the_disk(tmp_path: Path) -> None:
    index = dense.TokenIndex.of([np.array([4, 5], np.int32), np.array([], np.int32), np.array([6], np.int32)])
    index.save(tmp_path / "t.npz")
    again = dense.TokenIndex.load(tmp_path / "t.npz")
    assert [again.tokens(place).tolist() for place in range(3)] == [[4, 5], [], [6]]
