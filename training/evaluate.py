"""How well a static model retrieves: pooled cosine, weighted MaxSim, BM25 and their sum.

    python training/evaluate.py src/reportqa/model --data ../shared/train

The four development sets are held out from training. Only the first 1,200 questions of each are
asked (1,000 for Chinese), against all passages of the set.
"""

from __future__ import annotations

import argparse
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from data import EVALUATIONS, rows
from numpy.typing import NDArray

from reportqa.dense import windowed_maxsim
from reportqa.encoder import StaticEncoder

ROOT = Path(__file__).resolve().parent.parent
CANDIDATES = 100
CHUNK = 128
WEIGHTS = [1.0, 0.3, 1.0]

Scores = NDArray[np.float32]


@lru_cache
def development_set(folder: Path, name: str, limit: int) -> tuple[list[str], list[str], list[int]]:
    """Questions, distinct passages, and the passage of each question."""
    found = [(row["q"], row["p"]) for row in rows(folder, name)]
    passages = list(dict.fromkeys(p for _, p in found))
    place = {p: i for i, p in enumerate(passages)}
    return [q for q, _ in found[:limit]], passages, [place[p] for _, p in found[:limit]]


def pooled(encoder: StaticEncoder, questions: list[str], passages: list[str]) -> Scores:
    """Cosine of the mean vectors, (questions, passages)."""
    return encoder.encode_queries(questions) @ encoder.encode_passages(passages).T


def maxsim(encoder: StaticEncoder, questions: list[str], passages: list[str], power: float = 1.0) -> Scores:
    """Sum over question tokens of |q|^power × best cosine with a passage token, (questions, passages)."""
    asked = encoder.token_ids(questions)
    told = [np.unique(ids) if len(ids) else np.zeros(1, np.int32) for ids in encoder.token_ids(passages)]
    words, places = np.unique(np.concatenate(told), return_inverse=True)
    starts = np.cumsum([0, *(len(ids) for ids in told[:-1])])
    table = _unit(encoder.token_vectors(words))
    tokens = np.unique(np.concatenate(asked))
    vectors = encoder.token_vectors(tokens)
    weights = np.zeros((len(questions), len(tokens)), np.float32)
    for row, ids in enumerate(asked):
        np.add.at(weights[row], np.searchsorted(tokens, ids), 1.0)
    weights *= np.linalg.norm(vectors, axis=1) ** power
    vectors = _unit(vectors)
    total = np.zeros((len(questions), len(passages)), np.float32)
    for start in range(0, len(tokens), CHUNK):
        similarity = table @ vectors[start : start + CHUNK].T
        best = np.maximum.reduceat(similarity[places], starts, axis=0)
        total += weights[:, start : start + CHUNK] @ best.T
    return total


@lru_cache
def bm25(folder: Path, name: str, limit: int) -> Scores:
    """BM25 over the terms of ``reportqa.tokens``, (questions, passages)."""
    import bm25s

    from reportqa.tokens import terms

    questions, passages, _ = development_set(folder, name, limit)
    index = bm25s.BM25()
    corpus = [terms(p) for p in passages]
    index.index(corpus, show_progress=False)
    known = set().union(*corpus)
    empty = np.zeros(len(passages), np.float32)
    asked = [[t for t in terms(q) if t in known] for q in questions]
    return np.stack([index.get_scores(ts).astype(np.float32) if ts else empty for ts in asked])


def fused(scores: list[Scores], weights: list[float]) -> Scores:
    """Weighted sum of z-scores over the union of each ranking's first hundred; the rest stays last."""
    total = np.full(scores[0].shape, -1e9, np.float32)
    depth = min(CANDIDATES, scores[0].shape[1] - 1)
    for row in range(len(total)):
        candidates = np.unique([np.argpartition(-s[row], depth)[:depth] for s in scores])
        candidates = candidates[np.all([s[row, candidates] > -1e8 for s in scores], axis=0)]
        total[row, candidates] = 0
        for score, weight in zip(scores, weights, strict=True):
            values = score[row, candidates]
            total[row, candidates] += weight * (values - values.mean()) / max(float(values.std()), 1e-9)
    return total


def quality(scores: Scores, relevant: list[int]) -> dict[str, float]:
    """R@1 and MRR@10; a tie counts against the ranker."""
    own = scores[np.arange(len(relevant)), relevant]
    rank = (scores >= own[:, None]).sum(axis=1)
    return {"R@1": float((rank == 1).mean()), "MRR@10": float(np.where(rank <= 10, 1 / rank, 0).mean())}


def windowed(
    encoder: StaticEncoder, questions: list[str], passages: list[str], proposed: list[Scores]
) -> Scores:
    """Windowed MaxSim (``dense.windowed_maxsim``) of the first hundred of each ``proposed`` ranking; the rest stays last."""
    told = [ids if len(ids) else np.zeros(1, np.int32) for ids in encoder.token_ids(passages)]
    words, places = np.unique(np.concatenate(told), return_inverse=True)
    groups = np.split(places, np.cumsum([len(ids) for ids in told])[:-1])
    table = _unit(encoder.token_vectors(words))
    depth = min(CANDIDATES, len(passages) - 1)
    total = np.full((len(questions), len(passages)), -1e9, np.float32)
    for row, ids in enumerate(encoder.token_ids(questions)):
        candidates = np.unique([np.argpartition(-scores[row], depth)[:depth] for scores in proposed])
        vectors = encoder.token_vectors(ids)
        weights = np.linalg.norm(vectors, axis=1)
        chosen = [groups[c].astype(np.int32) for c in candidates]
        total[row, candidates] = windowed_maxsim(_unit(vectors), weights, chosen, table)
    return total


def measure(
    encoder: StaticEncoder, folder: Path, limit: int = 1200, lexical: bool = True
) -> dict[str, dict[str, dict[str, float]]]:
    """Development set → ranker → measure → value."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for name in EVALUATIONS:
        questions, passages, relevant = development_set(folder, name, limit)
        found = {
            "pooled": pooled(encoder, questions, passages),
            "maxsim": maxsim(encoder, questions, passages),
        }
        found["bm25"] = bm25(folder, name, limit)
        found["windowed"] = windowed(encoder, questions, passages, [found["bm25"], found["pooled"]])
        three = [found["bm25"], found["pooled"]]
        found["fused maxsim"] = fused([*three, found["maxsim"]], WEIGHTS)
        found["fused windowed"] = fused([*three, found["windowed"]], WEIGHTS)
        found["fused windowed, half bm25"] = fused([*three, found["windowed"]], [0.5, *WEIGHTS[1:]])
        result[name] = {ranker: quality(scores, relevant) for ranker, scores in found.items()}
    return result


HEADLINE = dict(zip(EVALUATIONS, ("R@1", "MRR@10", "MRR@10", "R@1"), strict=True))


def table(result: dict[str, dict[str, dict[str, float]]]) -> str:
    """The headline measures as a Markdown table, one ranker a row."""
    rankers = list(next(iter(result.values())))
    head = ["ranker", *(f"{name.removeprefix('eval_')} {HEADLINE[name]}" for name in result)]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for ranker in rankers:
        values = [f"{result[name][ranker][HEADLINE[name]]:.3f}" for name in result]
        lines.append(f"| {' | '.join([ranker, *values])} |")
    return "\n".join(lines)


def _unit(vectors: Scores) -> Scores:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=ROOT / "src/reportqa/model")
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    parser.add_argument("--limit", type=int, default=1200, help="questions asked of each set")
    parser.add_argument("--json", action="store_true", help="all measures as JSON")
    options = parser.parse_args()
    result = measure(StaticEncoder(options.model), options.data, options.limit)
    print(json.dumps(result, indent=1) if options.json else table(result))


if __name__ == "__main__":
    main()
