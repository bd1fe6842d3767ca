"""Embedding search: FAISS over one vector a passage, and late interaction over one a token.

``DenseIndex`` is an exact inner-product search (FAISS ``IndexFlatIP``) over unit vectors.
``TokenIndex`` keeps the token ids of each passage, and a passage is scored by what its tokens offer
each token of the question, weighted by the length of the question token's vector. Source of the
scoring: Khattab and Zaharia, ColBERT (2020), here over static vectors; the window is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def build(vectors: Vectors, path: Path) -> None:
    """Write the FAISS index of ``vectors`` (n, dimension), unit length, to ``path``."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(path))


class DenseIndex:
    """An opened FAISS index; ``search`` returns places in the passage list it was built from."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path))

    def search(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        """The ``k`` best ``(place, cosine)`` for a unit vector (dimension,), ties in passage order."""
        scores, places = self._index.search(vector.reshape(1, -1), min(k, self._index.ntotal))
        pairs = [(int(p), float(s)) for p, s in zip(places[0], scores[0], strict=True) if p >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


class TokenIndex:
    """Token ids of every passage, flattened; ``bounds[i]:bounds[i + 1]`` are those of passage ``i``."""

    def __init__(self, ids: NDArray[np.int32], bounds: NDArray[np.int64]) -> None:
        self.ids = ids
        self.bounds = bounds

    @classmethod
    def of(cls, id_lists: Sequence[NDArray[np.int32]]) -> TokenIndex:
        """Flatten one array of token ids a passage."""
        bounds = np.concatenate([[0], np.cumsum([len(ids) for ids in id_lists])]).astype(np.int64)
        flat = np.concatenate([np.zeros(0, np.int32), *id_lists]).astype(np.int32)
        return cls(flat, bounds)

    @classmethod
    def load(cls, path: Path) -> TokenIndex:
        """Read what ``save`` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["ids"], arrays["bounds"])

    def save(self, path: Path) -> None:
        """Write both arrays to ``path`` (.npz)."""
        np.savez(path, ids=self.ids, bounds=self.bounds)

    def tokens(self, place: int) -> NDArray[np.int32]:
        """Token ids of one passage."""
        return self.ids[self.bounds[place] : self.bounds[place + 1]]


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; rows of zeros stay zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(norms, 1e-12)
    return scaled


def best_matches(query: Vectors, groups: Sequence[NDArray[np.int32]], table: Vectors) -> Vectors:
    """For each group of rows of ``table`` its best cosine with each query token: (groups, query tokens).

    ``query`` and ``table`` hold unit rows; ``groups`` hold row numbers of ``table``. Empty groups score 0.
    """
    best = np.zeros((len(groups), len(query)), dtype=np.float32)
    filled = [place for place, group in enumerate(groups) if len(group)]
    if not filled or not len(query):
        return best
    similarity = table @ query.T
    flat = np.concatenate([groups[place] for place in filled])
    starts = np.cumsum([0, *(len(groups[place]) for place in filled[:-1])])
    best[filled] = np.maximum.reduceat(similarity[flat], starts, axis=0)
    return best


WINDOW = 8
"""How many tokens to either side count as near."""


def windowed_maxsim(
    query: Vectors, weights: Vectors, groups: Sequence[NDArray[np.int32]], table: Vectors
) -> Vectors:
    """Late interaction that prefers passages where the question's words stand together; (groups,).

    ``query`` and ``table`` hold unit rows, ``weights`` the lengths of the query's token vectors,
    ``groups`` the row of ``table`` at each position of a passage, in order. A token's match at a
    position counts its own cosine and, as much again, how well the whole question is matched within
    ``WINDOW`` positions; each token takes its best position. Scores lie in [-1, 1].
    """
    if not len(query) or not groups:
        return np.zeros(len(groups), dtype=np.float32)
    matches, starts, share = _windowed(query, weights, groups, table)
    best: Vectors = np.maximum.reduceat(matches, starts, axis=0)
    return np.asarray(_weighted(best, share) / 2, dtype=np.float32)


def windowed_positions(
    query: Vectors, weights: Vectors, group: NDArray[np.int32], table: Vectors
) -> NDArray[np.int64]:
    """Where in one passage, not empty, ``windowed_maxsim`` lets each query token match; (query tokens,)."""
    matches, _, _ = _windowed(query, weights, [group], table)
    positions: NDArray[np.int64] = matches[: len(group)].argmax(axis=0)
    return positions


def _windowed(
    query: Vectors, weights: Vectors, groups: Sequence[NDArray[np.int32]], table: Vectors
) -> tuple[Vectors, NDArray[np.int64], Vectors]:
    """What a match counts at each position of all groups, where each group starts, the query's weights."""
    similarity = table @ query.T
    # A row below any cosine, repeated between passages, so that windows end with their passage.
    gap = np.full(WINDOW, len(similarity))
    line = np.concatenate([part for group in groups for part in (group, gap)])
    starts = np.cumsum([0, *(len(group) + WINDOW for group in groups[:-1])])
    found = np.vstack([similarity, np.full((1, len(query)), -1, np.float32)])[line]
    share = weights / max(float(weights.sum()), 1e-12)
    return found + _weighted(_window_maximum(found), share)[:, None], starts, share


def _weighted(rows: Vectors, share: Vectors) -> Vectors:
    """``rows @ share`` of finite numbers, for which some BLAS builds raise a flag all the same."""
    with np.errstate(invalid="ignore"):
        result: Vectors = rows @ share
    return result


def _window_maximum(rows: Vectors) -> Vectors:
    """Maximum over the rows at most ``WINDOW`` away, by doubling: a pass for each power of two."""
    padded = np.pad(rows, ((WINDOW, WINDOW), (0, 0)), constant_values=-1)
    width, wanted = 1, 2 * WINDOW + 1
    while 2 * width <= wanted:
        padded = np.maximum(padded[:-width], padded[width:])
        width *= 2
    if wanted > width:
        padded = np.maximum(padded[: width - wanted], padded[wanted - width :])
    return padded
