"""How sure an answer is: whether what is asked for, and of whom, really stands on the slide.

Two logistic models, fitted on the development split by ``training/fit_answer.py``: whether the question
is put to this corpus at all, and whether what it asks is said there. Either may refuse; one model for
both did worse on both. A question in another language than the slide shares no words with it, so the
features that count words have weights of their own there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from reportqa import dates
from reportqa.answer.compose import Composed
from reportqa.answer.evidence import Evidence
from reportqa.answer.marked import bounded
from reportqa.answer.question import Question
from reportqa.answer.ranking import is_foreign
from reportqa.answer.words import covered, holds, importance
from reportqa.phrases import latin_names, phrases, proper_nouns
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold

THRESHOLD = 0.5
"""Below this confidence the answer is "the corpus does not say"."""

ALIKE = 0.5
"""From this cosine on a text says a name in other words; 35 % of the names an answering slide does not say
come so near to it, 8 % of those of questions that are not answered."""

TOPIC_INTERCEPT = -0.28
TOPIC: Mapping[str, float] = {
    "asked_in_english": -0.16,
    "foreign": -0.9,
    "foreign_missing": -0.95,
    "here": 5.53,
    "native_missing": -1.79,
    "weakest_on_slide": 3.54,
}
"""What tells a question to this corpus from a question to another."""

SAID_INTERCEPT = 0.55
SAID: Mapping[str, float] = {
    "asked_in_english": 0.23,
    "date_elsewhere": -0.74,
    "figure_missing": -0.62,
    "foreign": -0.02,
    "foreign_missing": -0.0,
    "intent_comparison": -0.36,
    "intent_definition": 3.03,
    "intent_fact": -1.15,
    "intent_list": 0.56,
    "intent_overview": 2.19,
    "name_missing": -0.52,
    "native_missing": -0.0,
    "place_elsewhere": -0.5,
    "proper_elsewhere": -0.1,
    "proper_missing": -0.57,
    "said": 8.21,
    "terms": 0.77,
    "weakest_in_fragment": 1.78,
    "weakest_on_slide": 0.0,
}
"""What tells a question that is answered from one that only sounds like it."""

_INTENTS = ("fact", "list", "definition", "comparison", "overview")


def features(
    question: Question,
    evidence: Sequence[Evidence],
    said: Composed,
    retriever: HybridRetriever,
) -> dict[str, float]:
    """What the confidence is computed from, all of the order of 1; ``said`` is what would be answered."""
    best = evidence[0]
    slide = best.fragment.slide
    terms = importance(question, retriever)
    total = sum(terms.values()) or 1.0
    context = "\n".join(best.fragment.context)
    # Two sides of a comparison, two slides of a question about two things: together they say it.
    beside = [c for c in said.citations if said.sides or c.slide != slide]
    whole = "\n".join([slide.text, context, *dict.fromkeys(c.slide.text for c in beside if c.slide != slide)])
    piece = "\n".join([best.fragment.text, context, *(c.quote for c in beside)])
    absent = {term: weight for term, weight in terms.items() if not holds(term, whole)}
    foreign = is_foreign(question, slide)
    missing = max(absent.values(), default=0.0) / total
    # The worst covered word of the subject, on the slide and in the fragment's place.
    subject = covered(question.subject, [whole, piece], retriever) if question.subject else np.ones((2, 1))
    return {
        "native_missing": 0.0 if foreign else missing,
        "foreign_missing": missing if foreign else 0.0,
        "foreign": float(foreign),
        "weakest_on_slide": float(subject[0].min()),
        "weakest_in_fragment": float(subject[1].min()),
        "terms": len(question.terms) / 10,
        # One of a kind is no figure: 1回, 1本.
        "figure_missing": float(any((t[0].isdigit() and t != "1") or dates.is_date(t) for t in absent)),
        "date_elsewhere": float(any(dates.is_date(t) and not holds(t, piece) for t in terms)),
        "proper_elsewhere": float(_unmet(_proper(question), piece, retriever)),
        "name_missing": float(any(not _says(name, whole) for name in latin_names(question.text))),
        "proper_missing": float(_unmet(_proper(question), whole, retriever)),
        "place_elsewhere": float(_unmet(_places(question), piece, retriever)),
        "said": bounded(said.page.said),
        "here": bounded(said.page.here),
        **{f"intent_{name}": float(question.intent == name) for name in _INTENTS},
        "asked_in_english": float(question.language == "en"),
    }


def confidence(values: Mapping[str, float]) -> float:
    """How sure the answer is, 0 to 1: the lesser of being on the subject and of being said.

    Both models are shifted so that their thresholds stand at THRESHOLD.
    """
    topic = TOPIC_INTERCEPT + sum(weight * values[name] for name, weight in TOPIC.items())
    said = SAID_INTERCEPT + sum(weight * values[name] for name, weight in SAID.items())
    return 1 / (1 + math.exp(-min(topic, said)))


_EVENT = re.compile(r"([a-z]+)((?:19|20)\d\d)")
"""The name of an event and its year in one: icra2018."""


def _says(name: str, text: str) -> bool:
    """Whether ``text`` says a folded Latin name, or the two parts of one that ends in a year."""
    event = _EVENT.fullmatch(name)
    return name in fold(text) or (event is not None and all(holds(part, text) for part in event.groups()))


def _unmet(names: Sequence[str], text: str, retriever: HybridRetriever) -> bool:
    """Whether ``text`` neither says one of ``names`` nor anything that means it (アメリカ, 米国)."""
    unsaid = [name for name in names if not holds(name, text)]
    return bool(unsaid) and float(retriever.term_similarities(unsaid, [text]).min()) < ALIKE


def _proper(question: Question) -> list[str]:
    """Names a Japanese or Chinese question says in its own script: what is asked of another is not answered."""
    return [] if question.language == "en" else list(proper_nouns(fold(question.text)))


def _places(question: Question) -> list[str]:
    """Places a Japanese question names: a fragment about another place does not answer it."""
    if question.language != "ja":
        return []
    return [phrase.text for phrase in phrases(fold(question.text)) if phrase.category == "place"]
