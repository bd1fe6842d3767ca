"""Why a passage was found: the terms it shares with the query, its ranks, which token met which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportqa.retrieval import HybridRetriever
from reportqa.types import Hit, Rank

STRONGEST = 8
"""How many token matches of a passage are kept."""

RETRIEVERS = ("bm25", "pooled", "maxsim")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the query that stands in a passage, and what it adds to the BM25 score.

    ``field`` is ``terms`` for the passage itself, ``context`` for its title, section and headline,
    ``grams`` for a pair of characters.
    """

    term: str
    field: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """A token of the query and the passage token late interaction matched it with.

    ``weight`` is the query token's share of the question; all tokens of a question share 1.
    """

    query: str
    passage: str
    cosine: float
    weight: float

    @property
    def strength(self) -> float:
        """What the match itself counts for: cosine times weight."""
        return self.cosine * self.weight


@dataclass(frozen=True, slots=True)
class Explanation:
    """A hit and why it was found for ``query``, which is the query in the corpus's spelling.

    ``terms`` add up to the BM25 score, most first. ``matches`` are the strongest, strongest first, and
    None for a model without token vectors.
    """

    query: str
    hit: Hit
    terms: tuple[Term, ...]
    matches: tuple[Match, ...] | None

    @property
    def ranks(self) -> dict[str, Rank | None]:
        """How each retriever placed the passage; None where it did not propose it.

        ``reranker`` is among them where one read the passage.
        """
        found: dict[str, Rank | None] = dict.fromkeys(RETRIEVERS)
        return found | {rank.retriever: rank for rank in self.hit.ranks}


def explain(retriever: HybridRetriever, query: str, hits: Sequence[Hit]) -> list[Explanation]:
    """Why ``retriever`` found each of ``hits`` for ``query``, in the same order."""
    places = {passage.passage_id: place for place, passage in enumerate(retriever.index.passages)}
    return [_explain(retriever, query, hit, places[hit.passage.passage_id]) for hit in hits]


def _explain(retriever: HybridRetriever, query: str, hit: Hit, place: int) -> Explanation:
    shared = retriever.index.lexical.contributions(query, place)
    terms = sorted(
        (Term(term, field, score) for (term, field), score in shared.items()),
        key=lambda found: (-found.score, found.term, found.field),
    )
    rows = retriever.token_matches(query, hit.passage)
    if rows is None:
        return Explanation(query, hit, tuple(terms), None)
    # Sorting is stable: equally strong matches keep the order of the query.
    matches = sorted((Match(*row) for row in rows), key=lambda match: -match.strength)
    return Explanation(query, hit, tuple(terms), tuple(matches[:STRONGEST]))
