"""How sure an answer is: whether what is asked for, and of whom, really stands on the slide.

A logistic model over a handful of features, fitted on the development split by
``training/fit_answer.py``. Its output is the probability that the question is answered. A question
in another language than the slide shares no words with it, so the features that count words have
weights of their own there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from reportqa.answer.evidence import Evidence
from reportqa.answer.question import Question
from reportqa.answer.words import holds
from reportqa.phrases import phrases
from reportqa.retrieval import HybridRetriever
from reportqa.text import detect_language, fold, squeeze
from reportqa.types import Short, Slide

THRESHOLD = 0.55
"""Below this probability the answer is "the corpus does not say"."""

INTERCEPT = -3.88
COEFFICIENTS: Mapping[str, float] = {
    "native_slide_words": 0.91,
    "native_fragment_words": 0.0,
    "native_missing": -0.5,
    "native_unknown": -0.0,
    "foreign_slide_words": 0.0,
    "foreign_fragment_words": 0.0,
    "foreign_missing": -2.81,
    "foreign_unknown": -0.0,
    "foreign": 2.04,
    "slide_meaning": 3.63,
    "fragment_meaning": 1.08,
    "weakest_on_slide": 2.08,
    "weakest_in_fragment": 0.33,
    "figure_missing": -2.67,
    "name_missing": -0.55,
    "figure_elsewhere": -0.34,
    "name_elsewhere": -0.2,
    "place_elsewhere": -0.0,
    "span_found": 0.0,
    "span_wanting": -1.91,
    "margin": 0.36,
}

_TYPED = ("number", "money", "percent", "date", "person")
# A Latin name in a question: letters with digits (GPT-4o), or a capital that no sentence start explains.
_NAME = re.compile(
    r"[A-Za-z]+[-.]?\d[\w.-]*|[A-Za-z]*[A-Z]{2,}[\w-]*|(?<=[a-z,;:'\"] )[A-Z][\w-]+|(?<=[^\x00-\x7f])[A-Za-z][\w-]+",
    re.ASCII,
)


def features(
    question: Question, evidence: Sequence[Evidence], short: Short | None, retriever: HybridRetriever
) -> dict[str, float]:
    """What the confidence is computed from; all but ``margin`` lie between 0 and 1.

    ``short`` is the short answer that would be given: a question for a price, a date or a person
    whose best evidence holds none is probably not answered by it.
    """
    best = evidence[0]
    slide = best.fragment.slide
    importance = {
        term: retriever.idf(term) * (0.3 if term in question.asking else 1.0) for term in question.terms
    }
    total = sum(importance.values()) or 1.0
    context = "\n".join(best.fragment.context)
    whole, piece = f"{slide.text}\n{context}", f"{best.fragment.text}\n{context}"
    absent = {term: weight for term, weight in importance.items() if not holds(term, whole)}
    weights = retriever.query_weights(question.text)
    meaning = retriever.similarities(question.text, [whole])[0]
    # Twins of a deck (PDF and PPTX, yearly editions) say the same: they are no rivals.
    said = squeeze(best.fragment.text)
    rivals = (e for e in evidence if e.fragment.slide != slide and squeeze(e.fragment.text) != said)
    other = next(rivals, None)
    unknown = sum(w for t, w in absent.items() if not retriever.index.lexical.document_frequency(t))
    foreign = _is_foreign(question, slide)
    typed = question.intent == "fact" and question.expected in _TYPED
    words = {
        "slide_words": 1 - sum(absent.values()) / total,
        "fragment_words": best.features["all_words"],
        "missing": max(absent.values(), default=0.0) / total,
        "unknown": unknown / total,
    }
    weakest = _weakest(question, whole, piece, retriever)
    return {
        **{f"native_{name}": 0.0 if foreign else value for name, value in words.items()},
        **{f"foreign_{name}": value if foreign else 0.0 for name, value in words.items()},
        "foreign": float(foreign),
        "slide_meaning": float(meaning @ weights),
        "fragment_meaning": best.features["all_meaning"],
        "weakest_on_slide": weakest[0],
        "weakest_in_fragment": weakest[1],
        "figure_missing": float(any(t[0].isdigit() for t in absent)),
        "name_missing": float(any(name not in fold(whole) for name in _names(question))),
        "figure_elsewhere": float(any(t[0].isdigit() and not holds(t, piece) for t in question.terms)),
        "name_elsewhere": float(any(name not in fold(piece) for name in _names(question))),
        "place_elsewhere": float(any(place not in fold(piece) for place in _places(question))),
        "span_found": float(typed and short is not None),
        "span_wanting": float(typed and short is None),
        "margin": min(best.score - other.score, 3.0) if other else 1.0,
    }


def confidence(values: Mapping[str, float]) -> float:
    """Probability, 0 to 1, that the best evidence answers the question."""
    logit = INTERCEPT + sum(COEFFICIENTS[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-logit))


def _names(question: Question) -> list[str]:
    return [fold(match.group()).strip() for match in _NAME.finditer(question.text)]


def _places(question: Question) -> list[str]:
    """Places a Japanese question names: a fragment about another place does not answer it."""
    if question.language != "ja":
        return []
    return [phrase.text for phrase in phrases(fold(question.text)) if phrase.category == "place"]


def _is_foreign(question: Question, slide: Slide) -> bool:
    return question.language != detect_language(slide.text)


def _weakest(question: Question, whole: str, piece: str, retriever: HybridRetriever) -> tuple[float, float]:
    """How well the worst covered subject term is covered, on the slide and in the fragment's place."""
    subject = [term for term in question.terms if term not in question.asking]
    similar = retriever.term_similarities(subject, [whole, piece])
    worst = []
    for row, text in zip(similar, (whole, piece), strict=True):
        covered = [1.0 if holds(t, text) else float(value) for t, value in zip(subject, row, strict=True)]
        worst.append(min(covered, default=1.0))
    return worst[0], worst[1]
