"""Which of the slides found is the one asked for: what retrieval says of each and how good its evidence is.

Retrieval compares the question with passages; a reader also looks whether some line in its place answers,
and whether the slide says the whole question. A linear model weighs both (listwise, as in ListNet, Cao et
al. 2007; fitted by ``training/fit_answer.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from reportqa.answer.evidence import Evidence, gather
from reportqa.answer.question import Question, analyse
from reportqa.answer.sections import contents
from reportqa.answer.words import holds, importance
from reportqa.retrieval import HybridRetriever
from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Hit, Passage, Rank, Slide

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

POINTS = 1.5
"""What a table of contents loses: what it names is said elsewhere."""

COVER = 2.0
"""What the first slide gains where the question is about the deck itself: who made it, when."""

FRONTS = 3
"""Most such slides that are looked at though nothing was found there."""

NEAR = 1.0
"""What a follow-up adds to the score of the slide the last answer stood on."""


_CONTENTS = re.compile(
    fold_variants(
        r"目次|アジェンダ|章|構成|一覧|流れ|目録|索引|テーマ|何ページ|何枚目|\bcontents\b|\bagenda\b|\bchapters?\b|\bsections?\b"
        r"|\bindex\b|\boutline\b|\btopics?\b|目录|章节|议程|提纲"
    )
)
"""Words of a question for the contents."""

_CHAPTERS = re.compile(
    fold_variants(
        r"目次|アジェンダ|章立て|\bcontents\b|\bagenda\b|\bchapters?\b|\bsections\b|\boutline\b|目录|章节|议程"
    )
)
"""Words of a question for the chapters themselves, which a list of contents names."""


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
    gathered: Sequence[Evidence],
    retriever: HybridRetriever,
    near: Slide | None = None,
) -> tuple[list[Hit], list[Evidence]]:
    """``rank`` for the evidence ``gathered`` on the slides of ``hits``."""
    if not gathered:
        return list(hits), list(gathered)
    slides = [hit.passage.slide for hit in hits]
    if retriever.reranker:
        scores = [hit.score for hit in hits]
    else:
        rows = features(question, hits, gathered, retriever)
        pointing = _pointing(slides, retriever)
        asked = fold(question.text)
        points, cover = -POINTS, COVER * question.asks_document
        if pointing and question.intent == "list" and _CHAPTERS.search(asked):
            points, cover = COVER, 0.0
        elif _CONTENTS.search(asked):
            points = 0.0
        scores = [
            sum(WEIGHTS[name] * value for name, value in row.items())
            + points * (slide in pointing)
            + cover * (slide.page == 1)
            for row, slide in zip(rows, slides, strict=True)
        ]
    scores = [score + NEAR * (slide == near) for score, slide in zip(scores, slides, strict=True)]
    top = max(scores)
    behind = {hit.passage.slide: SHARE * (score - top) for hit, score in zip(hits, scores, strict=True)}
    again = [replace(piece, score=piece.score + behind[piece.fragment.slide]) for piece in gathered]
    return reordered(hits, scores), sorted(again, key=lambda piece: -piece.score)


def found(question: Question, retriever: HybridRetriever, k: int = SLIDES) -> list[Hit]:
    """The best passage of each of the ``k`` best slides, best first.

    A question about the deck itself shares few words with its cover: it takes the last place
    of those that are ranked.
    """
    hits = retriever.search_slides(question.text, k)
    if not question.asks_document:
        return hits
    here = {hit.passage.slide for hit in hits}
    decks = list(dict.fromkeys(hit.passage.slide.deck_id for hit in hits))[:FRONTS]
    covers: dict[Slide, Passage] = {}
    for passage in retriever.index.passages:
        slide = passage.slide
        if slide.page == 1 and slide.deck_id in decks and slide not in here:
            covers.setdefault(slide, passage)
    lowest = min((hit.score for hit in hits), default=0.0)
    place = min(k, SLIDES) - len(covers)
    return [*hits[:place], *(Hit(passage, lowest) for passage in covers.values()), *hits[place:]][:k]


def _pointing(slides: Sequence[Slide], retriever: HybridRetriever) -> set[Slide]:
    """Those of ``slides`` that are tables of contents of their decks."""
    named = {slide.deck_id for slide in slides}
    return {
        slide for deck in retriever.index.decks if deck.deck_id in named for slide in contents(deck.slides)
    }


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
    question = analyse(query)
    hits = found(question, retriever, max(k, SLIDES))
    if retriever.reranker:
        return hits[:k]
    ranked, _ = rank(question, hits[:SLIDES], retriever)
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
