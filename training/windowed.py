"""Windowed MaxSim with its gradient, compiled: what the loss needs and torch has no operation for.

A question token q finds its best place j in a passage, where a place is the better the more of the whole
question stands around it:

    best(q) = max over j of  cos(q, p_j) + share * sum over q' of w(q') * max over |d| <= window of cos(q', p_(j+d))
    score   = sum over q of w(q) * best(q) / (1 + share)          with weights w summing to one

``share`` 0 is plain MaxSim. The window gives word vectors, which know no context, a notion of phrase.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
NEGLIGIBLE = 1e-7
"""Pairs whose gradient is below this are skipped: nearly all pairs, once training is under way."""


class WindowedMaxSim(torch.autograd.Function):
    """(questions, passages) scores from cosines (question tokens, words) and weights (question tokens,)."""

    @staticmethod
    def forward(
        context: Any,
        cosines: Tensor,
        weights: Tensor,
        asked: Ints,
        words: Ints,
        told: Ints,
        window: int,
        share: float,
    ) -> Tensor:
        """``asked`` and ``told`` bound questions and passages; ``words`` is the column at each position."""
        fixed = (asked, words, told, window, share)
        scores, places = _score(cosines.detach().numpy(), weights.detach().numpy(), *fixed)
        context.save_for_backward(cosines, weights)
        context.fixed = (places, *fixed)
        return torch.from_numpy(scores)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        cosines, weights = context.saved_tensors
        found = _gradient(gradients[0].contiguous().numpy(), cosines.numpy(), weights.numpy(), *context.fixed)
        return torch.from_numpy(found[0]), torch.from_numpy(found[1]), None, None, None, None, None


@numba.njit(parallel=True, fastmath=True, cache=True)
def _score(
    cosines: Floats, weights: Floats, asked: Ints, words: Ints, told: Ints, window: int, share: float
) -> tuple[Floats, Ints]:
    """Scores, and for each question token and passage the position it chose."""
    questions, passages = len(asked) - 1, len(told) - 1
    scores = np.zeros((questions, passages), np.float32)
    places = np.zeros((len(cosines), passages), np.int64)
    for question in numba.prange(questions):
        first, count = asked[question], asked[question + 1] - asked[question]
        for passage in range(passages):
            start, length = told[passage], told[passage + 1] - told[passage]
            similar = np.empty((count, length), np.float32)
            around = np.zeros(length, np.float32)
            for token in range(count):
                row = similar[token]
                line = cosines[first + token]
                for place in range(length):
                    row[place] = line[words[start + place]]
                if share > 0:
                    near = row.copy()
                    for distance in range(1, min(window, length - 1) + 1):
                        for place in range(length - distance):
                            near[place] = max(near[place], row[place + distance])
                            near[place + distance] = max(near[place + distance], row[place])
                    around += weights[first + token] * near
            total = 0.0
            for token in range(count):
                best, chosen = -1e9, 0
                for place in range(length):
                    value = similar[token, place] + share * around[place]
                    if value > best:
                        best, chosen = value, place
                places[first + token, passage] = start + chosen
                total += weights[first + token] * best
            scores[question, passage] = total / (1 + share)
    return scores, places


@numba.njit(parallel=True, fastmath=True, cache=True)
def _gradient(
    gradients: Floats,
    cosines: Floats,
    weights: Floats,
    places: Ints,
    asked: Ints,
    words: Ints,
    told: Ints,
    window: int,
    share: float,
) -> tuple[Floats, Floats]:
    """Gradients of the cosines and of the weights. Rows belong to one question each, so threads never meet."""
    by_cosine = np.zeros_like(cosines)
    by_weight = np.zeros_like(weights)
    for question in numba.prange(len(asked) - 1):
        for passage in range(len(told) - 1):
            gradient = gradients[question, passage] / (1 + share)
            if abs(gradient) < NEGLIGIBLE:
                continue
            for token in range(asked[question], asked[question + 1]):
                place = places[token, passage]
                passed = gradient * weights[token]
                by_cosine[token, words[place]] += passed
                value = cosines[token, words[place]]
                if share > 0:
                    low, high = max(told[passage], place - window), min(told[passage + 1], place + window + 1)
                    for other in range(asked[question], asked[question + 1]):
                        best = low
                        for near in range(low + 1, high):
                            if cosines[other, words[near]] > cosines[other, words[best]]:
                                best = near
                        nearest = cosines[other, words[best]]
                        value += share * weights[other] * nearest
                        by_cosine[other, words[best]] += share * passed * weights[other]
                        by_weight[other] += share * passed * nearest
                by_weight[token] += gradient * value
    return by_cosine, by_weight
