"""Two evaluations side by side: paired permutation tests and the questions that flipped."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportqa.evaluation.metrics import HEADLINE, SEED

PERMUTATIONS = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """A headline metric before and after, over the questions both evaluations hold.

    ``p`` is the two-sided p-value of a paired permutation test; ``flipped`` are the ids of the
    questions whose value changed, worse ones first.
    """

    metric: str
    before: float
    after: float
    p: float
    flipped: tuple[str, ...]


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Changes between two evaluation documents (see ``report.document``), one a headline metric."""
    before = {question["id"]: question["values"] for question in old["questions"]}
    after = {question["id"]: question["values"] for question in new["questions"]}
    changes = []
    for metric in HEADLINE:
        shared = [
            row_id
            for row_id, values in after.items()
            if metric in values and metric in before.get(row_id, {})
        ]
        if not shared:
            continue
        was = [before[row_id][metric] for row_id in shared]
        now = [after[row_id][metric] for row_id in shared]
        gains = {row_id: b - a for row_id, a, b in zip(shared, was, now, strict=True) if a != b}
        flipped = tuple(sorted(gains, key=lambda row_id: (gains[row_id], row_id)))
        size = len(shared)
        changes.append(Change(metric, sum(was) / size, sum(now) / size, permutation_p(was, now), flipped))
    return changes


def permutation_p(before: Sequence[float], after: Sequence[float]) -> float:
    """Two-sided p-value that paired values differ by chance alone; the seed is fixed.

    Source: Smucker, Allan and Carterette, A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation (2007).
    """
    differences = [b - a for a, b in zip(before, after, strict=True) if a != b]
    if not differences:
        return 1.0
    generator = random.Random(SEED)
    observed = abs(sum(differences)) - 1e-12
    hits = sum(
        abs(sum(value if generator.random() < 0.5 else -value for value in differences)) >= observed
        for _ in range(PERMUTATIONS)
    )
    return (hits + 1) / (PERMUTATIONS + 1)
