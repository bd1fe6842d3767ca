"""Late interaction as a training loss: in-batch softmax over weighted MaxSim.

The score of a passage for a question is what the retriever computes (see ``windowed``), with a token's
weight being its share of the question's vector lengths: so the length of a row of the table becomes
the weight of its token, learned with its direction.
MaxSim: Khattab and Zaharia 2020 (ColBERT, arXiv:2004.12832), without the encoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from torch import Tensor, nn
from torch.nn import functional
from windowed import WindowedMaxSim

Features = dict[str, Tensor]


class MaxSimLoss(nn.Module):
    """Softmax cross-entropy over the weighted MaxSim of each question with every passage of the batch.

    Identical passages in a batch are not held against each other. ``limit`` bounds how many pairs of
    a batch are compared, since the cost grows with its square; ``scale`` is the inverse temperature;
    ``window`` and ``near`` are the window and the share of ``windowed``, plain MaxSim where ``near`` is 0.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        scale: float = 40.0,
        limit: int = 256,
        window: int = 8,
        near: float = 0.0,
    ) -> None:
        super().__init__()
        self.model = model
        self.window = window
        self.near = near
        self.scale = scale
        self.limit = limit

    def forward(self, sentence_features: Iterable[Features], labels: Tensor | None = None) -> Tensor:
        questions, *documents = list(sentence_features)
        asked = _split(questions)[: self.limit]
        told = [ids for side in documents for ids in _split(side)[: self.limit]]
        asked, told, kept = _drop_empty(asked, told)
        table = self.model[0].embedding.weight
        scores = self.scale * weighted_maxsim(table, asked, told, self.window, self.near)
        target = torch.tensor(kept)
        clash = _same(told)[target]
        clash[torch.arange(len(target)), target] = False
        return functional.cross_entropy(scores.masked_fill(clash, -1e4), target)


class PooledAndMaxSim(nn.Module):
    """Matryoshka InfoNCE on the pooled vectors plus ``share`` times the MaxSim loss on their tokens."""

    def __init__(
        self,
        model: SentenceTransformer,
        dimensions: Sequence[int],
        share: float,
        pooled_scale: float = 20.0,
        maxsim_scale: float = 40.0,
        limit: int = 256,
        window: int = 8,
        near: float = 0.0,
    ) -> None:
        super().__init__()
        ranking = MultipleNegativesRankingLoss(model, scale=pooled_scale)
        self.pooled = MatryoshkaLoss(model, ranking, list(dimensions))
        self.maxsim = MaxSimLoss(model, maxsim_scale, limit, window, near)
        self.share = share
        self.dimensions = len(dimensions)

    def forward(self, sentence_features: Iterable[Features], labels: Tensor | None = None) -> Tensor:
        features = list(sentence_features)
        loss = self.pooled(features, labels) / self.dimensions
        return loss + self.share * self.maxsim(features) if self.share else loss


def weighted_maxsim(
    table: Tensor, asked: list[Tensor], told: list[Tensor], window: int, share: float
) -> Tensor:
    """(questions, passages) scores in [-1, 1]; every list entry holds at least one token id."""
    words, places = torch.unique(torch.cat(told), return_inverse=True)
    vectors = functional.embedding(torch.cat(asked), table)
    norms = vectors.norm(dim=1)
    cosines = (vectors / norms[:, None]) @ functional.normalize(functional.embedding(words, table)).T
    lengths = torch.tensor([len(ids) for ids in asked])
    owner = torch.repeat_interleave(torch.arange(len(asked)), lengths)
    weights = norms / torch.zeros(len(asked)).index_add(0, owner, norms)[owner]
    bounds = [np.cumsum([0, *(len(ids) for ids in side)]) for side in (asked, told)]
    return WindowedMaxSim.apply(cosines, weights, bounds[0], places.numpy(), bounds[1], window, share)


def _split(features: Features) -> list[Tensor]:
    return list(torch.tensor_split(features["input_ids"], features["offsets"][1:]))


def _drop_empty(asked: list[Tensor], told: list[Tensor]) -> tuple[list[Tensor], list[Tensor], list[int]]:
    """Pairs with a side that has no tokens taken out; and where each question's passage stands."""
    full = [i for i, ids in enumerate(asked) if len(ids) and len(told[i])]
    place = {old: new for new, old in enumerate(i for i, ids in enumerate(told) if len(ids))}
    return [asked[i] for i in full], [ids for ids in told if len(ids)], [place[i] for i in full]


def _same(told: list[Tensor]) -> Tensor:
    """Which passages have the same tokens, (passages, passages)."""
    keys = torch.tensor([hash(tuple(ids.tolist())) for ids in told])
    return keys[:, None] == keys[None, :]
