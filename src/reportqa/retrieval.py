"""The hybrid retriever: BM25 and FAISS propose passages, late interaction reorders them.

How much each is trusted depends on how much of the question the lexicon covers: an English
question to a Japanese deck shares a few Latin names with it, and those must not outvote meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reportqa import dates, dense, naming, quantities, sounds, spelling, tokens
from reportqa.encoder import BUNDLED, Encoder, StaticEncoder
from reportqa.fusion import fuse
from reportqa.index import Index, searched_text
from reportqa.reader import Reader
from reportqa.reranker import RERANKED, Reranker, rerank
from reportqa.text import detect_language, fold
from reportqa.types import Hit, Passage, Rank

CANDIDATES = 100
"""How many passages each first-stage retriever proposes."""

WEIGHTS = {"bm25": 0.5, "pooled": 0.6, "maxsim": 1.0}
"""Weight of each retriever's standardised score when the lexicon covers the whole question."""


DATED = 8
"""How many passages that name a date are asked for their writing of it."""

NEAREST = 5
"""How many of the passages found tell how near a text comes to any."""

REMEMBERED = 50_000
"""How many texts' token ids are kept in memory before all are forgotten."""


_LATIN = re.compile(r"[a-z]{5,}")
_WIDE = {ord("0") + figure: ord("０") + figure for figure in range(10)}


class HybridRetriever:
    """Ranks the passages of an opened index. Implements ``Retriever``."""

    def __init__(self, index: Index, encoder: Encoder, reranker: Reranker | None = None) -> None:
        self.index = index
        self.encoder = encoder
        self.reranker = reranker
        self._remembered_ids: dict[str, NDArray[np.int32]] = {}

    @cached_property
    def reader(self) -> Reader:
        """The network that marks answers; it reads with the bundled vectors whichever model searches."""
        bundled = isinstance(self.encoder, StaticEncoder) and self.encoder.folder == BUNDLED
        return Reader(self.encoder if bundled else StaticEncoder())  # type: ignore[arg-type]

    def search(self, query: str, k: int) -> list[Hit]:
        """The ``k`` best passages, best first, ties by passage order."""
        if self.reranker is None:
            return self._fused(query, k)
        hits = self._fused(query, max(k, RERANKED))
        if not hits:
            return []
        texts = [searched_text(hit.passage) for hit in hits[:RERANKED]]
        return [*rerank(self.reranker, query, hits[:RERANKED], texts), *hits[RERANKED:]][:k]

    def _fused(self, query: str, k: int) -> list[Hit]:
        found = {
            "bm25": dict(self.index.lexical.search(query, CANDIDATES)),
            "pooled": dict(self.index.dense.search(self.encoder.encode_queries([query])[0], CANDIDATES)),
        }
        if self.index.tokens is not None:
            candidates = sorted({place for scores in found.values() for place in scores})
            groups = [self._rows[a:b] for a, b in self._bounds(candidates)]
            scores = self._maxsim(query, groups)
            found["maxsim"] = dict(zip(candidates, scores.tolist(), strict=True))
        weights = dict(WEIGHTS, bm25=WEIGHTS["bm25"] * (0.25 + 0.75 * self.coverage(query)))
        ranks = {name: _ranks(name, scores) for name, scores in found.items()}
        return [
            Hit(
                self.index.passages[place],
                score,
                tuple(ranks[name][place] for name in found if place in ranks[name]),
            )
            for place, score in fuse(found, weights)[:k]
        ]

    def search_slides(self, query: str, k: int) -> list[Hit]:
        """The best passage of each of the ``k`` best slides, best first."""
        best: dict[tuple[str, int], Hit] = {}
        for hit in self.search(query, 4 * CANDIDATES):
            best.setdefault(slide_key(hit.passage), hit)
            if len(best) == k:
                break
        return list(best.values())

    def nearness(self, text: str) -> float:
        """How near ``text`` comes to any passage: the best late-interaction score of those found for it.

        For a model without token vectors the best cosine.
        """
        name = "pooled" if self.index.tokens is None else "maxsim"
        found = self._fused(text, NEAREST)
        return max((rank.score for hit in found for rank in hit.ranks if rank.retriever == name), default=0.0)

    def idf(self, term: str) -> float:
        """Inverse document frequency of ``term`` over passages, as BM25 has it, never negative."""
        count = len(self.index.passages)
        frequency = self.index.lexical.document_frequency(term)
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))

    def respell(self, query: str) -> str:
        """``query`` in the corpus's spelling where it is kana, romaji, pinyin, a slip or a figure written otherwise."""
        said = sounds.spelt(query, self._words, self._known(query), self._says)
        query = self._redated(quantities.rewrite(quantities.restate(said or query), self._says))
        if said:
            return query
        known = self._known(query) | self._english(query)
        query = naming.renamed(query, self._names, known.__contains__, self._is_written)
        if known.issuperset(tokens.terms(query)):
            return query
        return spelling.respell(query, self.index.spellings, known)

    @cached_property
    def _names(self) -> naming.Names:
        return naming.Names(self.index.spellings, self._words)

    @cached_property
    def _words(self) -> sounds.Words:
        return sounds.Words(self.index.spellings.by_reading)

    def _english(self, query: str) -> frozenset[str]:
        """The Latin words of ``query`` that the bundled vocabulary holds whole: no slips, and no dictionary need be read."""
        if not isinstance(self.encoder, StaticEncoder):
            return frozenset()
        words = _LATIN.findall(fold(query))
        return frozenset(word for word in words if len(self._token_ids(word)) == 1)

    def _known(self, query: str) -> frozenset[str]:
        """The terms of ``query`` that the corpus holds."""
        return frozenset(t for t in tokens.terms(query) if self.index.lexical.document_frequency(t))

    def _is_written(self, word: str) -> bool:
        """Whether a word stands in the corpus, or is one of the bundled vocabulary, whose vector knows what it means."""
        common = isinstance(self.encoder, StaticEncoder) and len(self._token_ids(word)) == 1
        return common or self._says(word)

    def _says(self, text: str) -> bool:
        """Whether ``text`` stands in the corpus, in figures of either width."""
        wide = text.translate(_WIDE)
        return any(text in p.text or wide in p.text for p in self.index.passages)

    def _redated(self, query: str) -> str:
        """``query`` with its dates in the writing of the passages that name them."""
        folded = fold(query)
        asked = [folded[start:end] for start, end, _ in dates.mentions(folded)]
        places = [place for date in asked for place, _ in self.index.lexical.search(date, DATED)]
        said = dates.rewrite(query, [self.index.passages[place].text for place in dict.fromkeys(places)])
        # A short question would become one in another language.
        return said if detect_language(said) == detect_language(query) else query

    def coverage(self, query: str) -> float:
        """Share of the query's terms, weighted by idf, that stand anywhere in the corpus; 0 to 1."""
        weights = {term: self.idf(term) for term in tokens.terms(query)}
        total = sum(weights.values())
        known = sum(w for term, w in weights.items() if self.index.lexical.document_frequency(term))
        return known / total if total else 0.0

    def similarities(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers each token of ``query``: best cosine, (texts, query tokens)."""
        if not isinstance(self.encoder, StaticEncoder):
            pooled = self.encoder.encode_passages(list(texts)) @ self.encoder.encode_queries([query])[0]
            return np.asarray(pooled, dtype=np.float32).reshape(-1, 1)
        return self._best_cosines(self._token_ids(query), texts)

    def _best_cosines(self, asked: NDArray[np.int32], texts: Sequence[str]) -> NDArray[np.float32]:
        groups = [self._token_ids(text) for text in texts]
        unique, rows = np.unique(np.concatenate(groups), return_inverse=True)
        bounds = np.cumsum([0, *(len(group) for group in groups)])
        places = [rows[a:b].astype(np.int32) for a, b in pairwise(bounds)]
        return dense.best_matches(self._unit_rows(asked), places, self._unit_rows(unique))

    def term_similarities(self, terms: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """How near each text comes to each term: mean over the term's tokens of the best cosine, (texts, terms)."""
        if not terms:
            return np.ones((len(texts), 0), dtype=np.float32)
        if not isinstance(self.encoder, StaticEncoder):
            return self.encoder.encode_passages(list(texts)) @ self.encoder.encode_queries(list(terms)).T
        asked = [self._token_ids(term) for term in terms]  # term by term, so that each keeps its own tokens
        best = self._best_cosines(np.concatenate(asked), texts)
        bounds = pairwise(np.cumsum([0, *map(len, asked)]).tolist())
        columns = [best[:, a:b].mean(axis=1) if a < b else np.zeros(len(texts)) for a, b in bounds]
        return np.stack(columns, axis=1).astype(np.float32)

    def query_weights(self, query: str) -> NDArray[np.float32]:
        """Weight of each token of ``query``, as many as ``similarities`` has columns, summing to 1."""
        if not isinstance(self.encoder, StaticEncoder):
            return np.ones(1, dtype=np.float32)
        norms = np.linalg.norm(self.encoder.token_vectors(self._token_ids(query)), axis=1)
        weights: NDArray[np.float32] = norms / max(float(norms.sum()), 1e-12)
        return weights

    def token_matches(self, query: str, passage: Passage) -> list[tuple[str, str, float, float]] | None:
        """The passage token that late interaction lets each token of ``query`` match.

        Rows of ``(query token, passage token, cosine, weight)`` in the order of the query, weights as
        ``query_weights`` has them; None for a model without token vectors.
        """
        if self.index.tokens is None or not isinstance(self.encoder, StaticEncoder):
            return None
        asked = self._token_ids(query)
        offered = self._token_ids(searched_text(passage))
        if not len(asked) or not len(offered):
            return []
        unit, table, weights = self._unit_rows(asked), self._unit_rows(offered), self.query_weights(query)
        places = dense.windowed_positions(unit, weights, np.arange(len(offered), dtype=np.int32), table)
        cosines = np.sum(unit * table[places], axis=1)
        names = self.encoder.tokens(asked), self.encoder.tokens(offered[places])
        return list(zip(*names, cosines.tolist(), weights.tolist(), strict=True))

    def _token_ids(self, text: str) -> NDArray[np.int32]:
        """Token ids of ``text``, remembered: the fragments of a slide meet many questions."""
        assert isinstance(self.encoder, StaticEncoder)
        found = self._remembered_ids.get(text)
        if found is None:
            if len(self._remembered_ids) >= REMEMBERED:
                self._remembered_ids.clear()
            found = self._remembered_ids[text] = self.encoder.token_ids([text])[0]
        return found

    def _unit_rows(self, ids: NDArray[np.int32]) -> dense.Vectors:
        """Unit vectors of tokens, each computed once: (ids, dimension)."""
        assert isinstance(self.encoder, StaticEncoder)
        table, known = self._unit_table
        missing = ids[~known[ids]]
        if len(missing):
            table[missing] = dense.unit(self.encoder.token_vectors(missing))
            known[missing] = True
        rows: dense.Vectors = table[ids]
        return rows

    @cached_property
    def _unit_table(self) -> tuple[dense.Vectors, NDArray[np.bool_]]:
        assert isinstance(self.encoder, StaticEncoder)
        shape = (self.encoder.size, self.encoder.dimension)
        return np.empty(shape, dtype=np.float32), np.zeros(self.encoder.size, dtype=np.bool_)

    @cached_property
    def _corpus_tokens(self) -> tuple[dense.Vectors, NDArray[np.int32]]:
        """Unit vectors of the distinct tokens of the corpus, and each token's row among them."""
        assert self.index.tokens is not None
        unique, rows = np.unique(self.index.tokens.ids, return_inverse=True)
        return self._unit_rows(unique), rows.astype(np.int32)

    @property
    def _rows(self) -> NDArray[np.int32]:
        return self._corpus_tokens[1]

    def _bounds(self, places: Sequence[int]) -> list[tuple[int, int]]:
        assert self.index.tokens is not None
        bounds = self.index.tokens.bounds
        return [(int(bounds[place]), int(bounds[place + 1])) for place in places]

    def _maxsim(self, query: str, groups: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        assert isinstance(self.encoder, StaticEncoder)
        # A token said again matches where it did before: it counts again and is looked for once.
        ids, counts = np.unique(self._token_ids(query), return_counts=True)
        vectors = self.encoder.token_vectors(ids)
        weights = (np.linalg.norm(vectors, axis=1) * counts).astype(np.float32)
        return dense.windowed_maxsim(dense.unit(vectors), weights, groups, self._corpus_tokens[0])


def _ranks(name: str, scores: dict[int, float]) -> dict[int, Rank]:
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return {place: Rank(name, position, score) for position, (place, score) in enumerate(ordered, start=1)}


def slide_key(passage: Passage) -> tuple[str, int]:
    """What identifies a slide: its deck and its page."""
    return passage.slide.deck_id, passage.slide.page
