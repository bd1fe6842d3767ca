"""Which pieces of the best slides answer the question: every fragment scored in its place.

A slide is twenty short fragments; the one that answers often shares no word with the question,
because the words stand in the headline, the row label or the column header. So each fragment is
compared with the question twice: by itself, and together with what it hangs under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reportqa import tokens
from reportqa.answer.abbreviation import spelt
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.question import Question
from reportqa.answer.spans import ACCEPTS
from reportqa.answer.typed import Fitting, best_spans
from reportqa.answer.words import holds, importance, text_terms
from reportqa.layout.figures import is_figure
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold
from reportqa.types import Hit

CONTEXT_SHARE = 0.8
"""What a match in the context is worth against one in the fragment itself."""

LABEL_CHARS = 25
"""Longest text, in characters, that is a label rather than a statement."""

WEIGHTS: Mapping[str, float] = {
    "own_words": -0.47,
    "all_words": 0.58,
    "own_grams": -0.07,
    "all_grams": -0.24,
    "own_meaning": 0.14,
    "all_meaning": 3.98,
    "expected": 0.44,
    "span_fit": 0.44,
    "unit": 0.12,
    "defines": 0.59,
    "heads_list": -1.12,
    "headline": -0.14,
    "title": 0.11,
    "note": -0.15,
    "source": 1.03,
    "row": 0.01,
    "brief": -0.18,
}
"""Weight of each feature of ``Evidence.features``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fragment with its score for a question and the features the score is made of."""

    fragment: Fragment
    score: float
    features: Mapping[str, float]


@lru_cache(maxsize=65536)
def text_grams(text: str) -> frozenset[str]:
    """The distinct character pairs of a text's Han and katakana runs, remembered."""
    return frozenset(tokens.grams(text))


def _shared(asked: frozenset[str], text: str) -> float:
    """Share of the question's character pairs that stand in ``text``."""
    return len(asked & text_grams(text)) / len(asked) if asked else 0.0


def gather(question: Question, hits: Sequence[Hit], retriever: HybridRetriever) -> list[Evidence]:
    """All fragments of the slides of ``hits``, best first; ties in reading order."""
    if not hits:
        return []
    pieces = [
        fragment
        for hit in hits
        for fragment in fragments(hit.passage.slide)
        # Publishers repeat the words of a slide's subject; they are evidence only when asked for.
        if question.asks_source or fragment.kind != "source"
    ]
    if not pieces:
        return []
    terms = importance(question, retriever)
    total = sum(terms.values()) or 1.0
    weights = retriever.query_weights(question.text)
    own, context = _similarities(question, pieces, retriever)
    together = np.maximum(own, CONTEXT_SHARE * context)
    asked = text_grams(question.text)
    fitting = best_spans(question, pieces, retriever)
    found = []
    around: dict[str, set[str]] = {}
    for place, fragment in enumerate(pieces):
        above = "\n".join(fragment.context)
        if above not in around:
            around[above] = {term for term in terms if holds(term, above)}
        here = {term for term in terms if holds(term, fragment.text)}
        in_own = sum(weight for term, weight in terms.items() if term in here)
        in_all = sum(weight for term, weight in terms.items() if term in here or term in around[above])
        features = {
            "own_words": in_own / total,
            "all_words": in_all / total,
            "own_grams": _shared(asked, fragment.text),
            "all_grams": _shared(asked, f"{fragment.text}\n{above}"),
            "own_meaning": float(own[place] @ weights),
            "all_meaning": float(together[place] @ weights),
            **_shape(question, fragment, fitting[place]),
        }
        found.append(
            Evidence(fragment, sum(WEIGHTS[name] * value for name, value in features.items()), features)
        )
    order = {id(e): place for place, e in enumerate(found)}
    return sorted(found, key=lambda e: (-e.score, order[id(e)]))


def _similarities(
    question: Question, pieces: Sequence[Fragment], retriever: HybridRetriever
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Best cosines of each question token in the fragments and in their contexts."""
    contexts = list(dict.fromkeys("\n".join(fragment.context) for fragment in pieces))
    places = {text: place for place, text in enumerate(contexts)}
    all_texts = [*(fragment.text for fragment in pieces), *contexts]
    best = retriever.similarities(question.text, all_texts)
    rows = [len(pieces) + places["\n".join(fragment.context)] for fragment in pieces]
    return best[: len(pieces)], best[rows]


def _shape(question: Question, fragment: Fragment, fitting: Fitting | None) -> dict[str, float]:
    """Features of form: is there a span of the expected type, a definition, a list; what kind is it."""
    return {
        "expected": float(fitting is not None) if question.expected in ACCEPTS else 0.5,
        "span_fit": fitting.score if fitting else 0.0,
        "unit": float(fitting is not None and bool(question.units)),
        "defines": float(question.intent == "definition" and _defines(question, fragment)),
        "heads_list": _heads_list(question, fragment),
        "headline": float(fragment.kind == "headline"),
        "title": float(fragment.kind == "title"),
        "note": float(fragment.kind == "note" and question.intent != "definition"),
        "row": float(fragment.kind == "row"),
        "source": float(fragment.kind == "source"),
        "brief": float(len(fragment.text) < 8),
    }


def _heads_list(question: Question, fragment: Fragment) -> float:
    """For a list question, how much of a short label the question names: 共通の社会課題."""
    said = text_terms(fragment.text)
    if question.intent != "list" or not said or len(fragment.text) > LABEL_CHARS:
        return 0.0
    return len(said & set(question.terms)) / len(said)


_DEFINING = (
    "とは",
    "を指す",
    "の略",
    "のこと",
    "と定義",
    "の定義",
    "means",
    "refers to",
    "stands for",
    "is defined as",
    "是指",
    "指的是",
)


def _defines(question: Question, fragment: Fragment) -> bool:
    """Whether the fragment explains one of the question's words: 〜とは, 〜の略, X: …, X (…), or spells it."""
    if question.abbreviation and spelt(question.abbreviation, fragment.slide.text, fragment.spans):
        return True
    if len(fragment.spans) == 2:  # a term and what it means, side by side
        label, meaning = (fragment.slide.text[a:b] for a, b in fragment.spans)
        if _is_subject(label, question) and not is_figure(meaning.replace(" ", "")):
            return True
    folded = fold(fragment.text)
    explained = fold(" ".join(fragment.context)) if fragment.kind == "note" else folded[:40]
    if not any(term in folded[:40] or term in explained for term in question.subject):
        return False
    if any(mark in folded for mark in _DEFINING):
        return True
    return fragment.kind == "note" or any(
        f"{term}:" in folded or f"{term}(" in folded for term in question.subject
    )


def _is_subject(label: str, question: Question) -> bool:
    """Whether a label says what the question is about and nothing else."""
    said = text_terms(label)
    return bool(said) and said <= set(question.subject) and len(said) * 2 > len(question.subject)
