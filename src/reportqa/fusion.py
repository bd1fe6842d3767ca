"""Several rankings into one, by weighted sums of standardised scores.

Scores of different retrievers live on different scales; per question each is brought to zero mean
and unit spread over the candidates, then weighted. Ties are broken by id, so that the same corpus
and question always give the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, pstdev

Scores = Mapping[str, Mapping[int, float]]
"""Retriever name → candidate → that retriever's score; a missing candidate got its lowest."""


def standardise(scores: Mapping[int, float], candidates: list[int]) -> dict[int, float]:
    """z-scores over ``candidates``; a candidate the retriever did not find counts as its lowest."""
    if not scores:
        return dict.fromkeys(candidates, 0.0)
    lowest = min(0.0, min(scores.values()))
    values = [scores.get(candidate, lowest) for candidate in candidates]
    mean, spread = fmean(values), pstdev(values)
    return {c: (v - mean) / spread if spread else 0.0 for c, v in zip(candidates, values, strict=True)}


def fuse(scores: Scores, weights: Mapping[str, float]) -> list[tuple[int, float]]:
    """Candidates with their fused score, best first, ties by candidate number."""
    candidates = sorted({candidate for found in scores.values() for candidate in found})
    totals = dict.fromkeys(candidates, 0.0)
    for name, found in scores.items():
        for candidate, value in standardise(found, candidates).items():
            totals[candidate] += weights[name] * value
    return sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
