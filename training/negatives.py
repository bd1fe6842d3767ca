"""Hard negatives: passages that BM25 puts high for a question and that are not its passage.

What stays hard for a retriever is the neighbouring paragraph of the same article; random passages of
a batch do not teach that. A passage that shares most of its terms with the right one may be right
too and is left out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

import bm25s
from data import Pair

from reportqa.tokens import grams, terms

DEPTH = 12
ALIKE = 0.6


def mine(pairs: Sequence[Pair], seed: int) -> list[tuple[str, str, str]]:
    """(question, passage, hard negative), one for each pair, in the order given."""
    draw = random.Random(seed)
    found = _candidates(tuple(pairs))
    return [(question, passage, draw.choice(found[place])) for place, (question, passage) in enumerate(pairs)]


@lru_cache(maxsize=1)
def _candidates(pairs: tuple[Pair, ...]) -> list[list[str]]:
    passages = list(dict.fromkeys(p for _, p in pairs))
    words = [[*terms(p), *grams(p)] for p in passages]
    sets = {p: set(w) for p, w in zip(passages, words, strict=True)}
    known = set().union(*words)
    index = bm25s.BM25(backend="numba")
    index.index(words, show_progress=False)
    asked = [[t for t in terms(q) if t in known] or [words[0][0]] for q, _ in pairs]
    ranked, _ = index.retrieve(asked, k=min(DEPTH, len(passages)), show_progress=False, n_threads=2)
    candidates: list[list[str]] = []
    for (_, passage), places in zip(pairs, ranked, strict=True):
        own = sets[passage]
        others = [passages[place] for place in places if passages[place] != passage]
        unlike = [o for o in others if len(own & sets[o]) < ALIKE * min(len(own), len(sets[o]))]
        candidates.append((unlike or others)[:8])
    return candidates
