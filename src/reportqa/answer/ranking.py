"""Which of the slides found is the one asked for: what retrieval says of each and how good its evidence is.

Retrieval compares the question with passages; a reader also looks whether some line in its place answers,
and whether the slide says the whole question. A linear model weighs both (listwise, as in ListNet, Cao et
al. 2007; fitted by ``training/fit_answer.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from reportqa.answer.evidence import Evidence, gather
from reportqa.answer.question import Question, analyse
from reportqa.answer.words import holds, importance
from reportqa.retrieval import HybridRetriever
from reportqa.text import detect_language
from reportqa.types import Hit, Rank, Slide

WEIGHTS: Mapping[str, float] = {
    "fused": 0.23,
    "bm25": 0.076,
    "pooled": 1.616,
    "maxsim": 3.827,
    "words": 1.725,
    "meaning": 2.648,
    "weakest": 1.926,
    "headline": -0.293,
    "foreign_fused": 0.244,
    "foreign_bm25": -0.175,
    "foreign_pooled": -0.233,
    "foreign_maxsim": 0.204,
    "foreign_words": -2.179,
    "foreign_meaning": -2.262,
    "foreign_weakest": 3.426,
    "foreign_headline": 0.707,
    "best": 1.748,
    "second": 0.269,
    "third": 0.413,
    "fit": 0.055,
    "expected": 0.155,
    "own_words": 0.15,
    "own_meaning": -0.395,
    "defines": 0.094,
    "length": -0.837,
    "first": -1.549,
}
"""Weight of each feature of ``features``."""

SLIDES = 8
"""How many slides are searched for evidence."""

SHARE = 0.35
"""What a point of a slide's score is worth in the score of its fragments."""

NEAR = 1.0
"""What a follow-up adds to the score of the slide the last answer stood on."""


def rank(
    question: Question, hits: Sequence[Hit], retriever: HybridRetriever, near: Slide | None = None
) -> tuple[list[Hit], list[Evidence]]:
    """``hits``, one a slide, in the order in which their slides answer, and all evidence on them, best first.

    Hits exchange their fused scores along with their places, as a reranker's do; the score that orders them
    is in ``Hit.ranks`` under "evidence". Where a cross-encoder has read the slides its order stands. ``near``
    is the slide a follow-up comes from; it is preferred among equals.
    """
    return ordered(question, hits, gather(question, hits, retriever), retriever, near)


def ordered(
    question: Question,
    hits: Sequence[Hit],
    found: Sequence[Evidence],
    retriever: HybridRetriever,
    near: Slide | None = None,
) -> tuple[list[Hit], list[Evidence]]:
    """``rank`` for the evidence ``found`` on the slides of ``hits``."""
    if not found:
        return list(hits), list(found)
    if retriever.reranker:
        scores = [hit.score for hit in hits]
    else:
        rows = features(question, hits, found, retriever)
        scores = [sum(WEIGHTS[name] * value for name, value in row.items()) for row in rows]
    scores = [score + NEAR * (hit.passage.slide == near) for score, hit in zip(scores, hits, strict=True)]
    top = max(scores)
    behind = {hit.passage.slide: SHARE * (score - top) for hit, score in zip(hits, scores, strict=True)}
    again = [replace(piece, score=piece.score + behind[piece.fragment.slide]) for piece in found]
    return reordered(hits, scores), sorted(again, key=lambda piece: -piece.score)


def reordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """``hits`` in the order of ``scores``, with the fused scores and the ranks that go with their places."""
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    fused = sorted((hit.score for hit in hits), reverse=True)
    return [
        replace(
            hits[place],
            score=fused[position - 1],
            ranks=(
                *(rank for rank in hits[place].ranks if rank.retriever != "evidence"),
                Rank("evidence", position, scores[place]),
            ),
        )
        for position, place in enumerate(order, start=1)
    ]


def search_slides(query: str, retriever: HybridRetriever, k: int) -> list[Hit]:
    """The best passage of each of the ``k`` best slides, the first ``SLIDES`` of them in the order of ``rank``.

    None of them is read: see ``reportqa.answer.search``.
    """
    hits = retriever.search_slides(query, max(k, SLIDES))
    if retriever.reranker:
        return hits[:k]
    ranked, _ = rank(analyse(query), hits[:SLIDES], retriever)
    return [*ranked, *hits[SLIDES:]][:k]


def evidence_score(hit: Hit) -> float:
    """The score that orders ranked hits."""
    return _score(hit, "evidence")


def features(
    question: Question, hits: Sequence[Hit], found: Sequence[Evidence], retriever: HybridRetriever
) -> list[dict[str, float]]:
    """What speaks for the slide of each hit, mostly in comparison with the best of them."""
    slides = [hit.passage.slide for hit in hits]
    whole = [f"{hit.passage.context}\n{hit.passage.slide.text}" for hit in hits]
    heads = [_headline(slide) for slide in slides]
    weights = retriever.query_weights(question.text)
    similar = retriever.similarities(question.text, [*whole, *heads])
    meaning, head = similar[: len(hits)] @ weights, similar[len(hits) :] @ weights
    heavy = weights >= np.median(weights)
    weakest = similar[: len(hits), heavy].min(axis=1) if heavy.any() else np.ones(len(hits))
    terms = importance(question, retriever)
    total = sum(terms.values()) or 1.0
    said = [sum(w for t, w in terms.items() if holds(t, text)) / total for text in whole]
    retrieved = {name: _beside([_score(hit, name) for hit in hits]) for name in ("bm25", "pooled", "maxsim")}
    grouped: dict[Slide, list[Evidence]] = {slide: [] for slide in slides}
    for piece in found:
        grouped[piece.fragment.slide].append(piece)
    top = max(piece.score for piece in found)
    nothing = min(piece.score for piece in found) - top
    best_hit, best_said, best_meaning = max(hit.score for hit in hits), max(said), float(meaning.max())
    rows = []
    for place, (hit, slide) in enumerate(zip(hits, slides, strict=True)):
        pieces = sorted(grouped[slide], key=lambda piece: -piece.score)
        lines = [piece.score - top for piece in pieces[:3]] or [nothing]
        row = {
            "fused": hit.score - best_hit,
            **{name: values[place] for name, values in retrieved.items()},
            "words": said[place] - best_said,
            "meaning": float(meaning[place]) - best_meaning,
            "weakest": float(weakest[place]),
            "headline": float(head[place]),
        }
        foreign = is_foreign(question, slide)
        rows.append(
            {
                **row,
                **{f"foreign_{name}": value if foreign else 0.0 for name, value in row.items()},
                "best": lines[0],
                "second": lines[min(1, len(lines) - 1)],
                "third": lines[-1],
                "fit": max((piece.features["span_fit"] for piece in pieces), default=0.0),
                "expected": max((piece.features["expected"] for piece in pieces), default=0.0),
                "own_words": max((piece.features["own_words"] for piece in pieces), default=0.0),
                "own_meaning": max((piece.features["own_meaning"] for piece in pieces), default=0.0),
                "defines": max((piece.features["defines"] for piece in pieces), default=0.0),
                "length": math.log(len(slide.text) + 1),
                "first": float(slide.page == 1),
            }
        )
    return rows


def is_foreign(question: Question, slide: Slide) -> bool:
    """Whether the slide is in another language than the question: then they share few words."""
    return question.language != detect_language(slide.text)


def _score(hit: Hit, retriever: str) -> float:
    return next((rank.score for rank in hit.ranks if rank.retriever == retriever), 0.0)


def _beside(scores: Sequence[float]) -> list[float]:
    """Scores as shares of the best one's, minus one."""
    best = max(scores)
    return [score / best - 1 if best > 0 else 0.0 for score in scores]


def _headline(slide: Slide) -> str:
    parts = [slide.text[r.start : r.end] for r in slide.regions if r.role in ("headline", "breadcrumb")]
    return "\n".join(parts)
