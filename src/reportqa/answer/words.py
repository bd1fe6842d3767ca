"""Whether a text says a term: the comparison all evidence rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reportqa import dates, tokens
from reportqa.answer.question import Question
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold

_YEAR = re.compile(r"20\d\d")

_COUNTRIES = {
    "日本": "日",
    "中国": "中",
    "米国": "米",
    "アメリカ": "米",
    "英国": "英",
    "イギリス": "英",
    "ドイツ": "独",
    "フランス": "仏",
    "韓国": "韓",
    "インド": "印",
    "ロシア": "露",
    "台湾": "台",
}
"""What slides write for a country in brackets and pairs: BOSCH（独）, 日米."""


@lru_cache(maxsize=65536)
def text_terms(text: str) -> frozenset[str]:
    """The distinct terms of a text, remembered: fragments meet many questions."""
    return frozenset(tokens.terms(text))


def holds(term: str, text: str) -> bool:
    """Whether ``text`` says ``term``: as a term, or inside a compound for words of two Han or more."""
    said = text_terms(text)
    if term in said:
        return True
    dated = dates.holds(term, said)
    if dated is not None:
        return dated
    if len(term) == 1 and term.isdigit() and f"0{term}" in text_terms(text):
        return True  # dates in figures: 2020/04
    if _YEAR.fullmatch(term) and f"{term[2:]}年" in fold(text):  # slides shorten years: 24年4月末
        return True
    if len(term) < 2 or term.isascii():
        return False
    folded = fold(text)
    return term in folded or (term in _COUNTRIES and _abbreviates(_COUNTRIES[term], folded))


_PAIRS = re.compile(
    r"米中|日米|米日|日韓|米韓|英米|米英|独仏|日英|日独|日仏|日台|日印|日中(?=両|間|関係|企業|連携|韓)"
)


@lru_cache(maxsize=65536)
def _abbreviates(sign: str, folded: str) -> bool:
    bracketed = re.search(rf"[(・]{sign}[)・]", folded) is not None
    return bracketed or any(sign in pair for pair in _PAIRS.findall(folded))


def importance(question: Question, retriever: HybridRetriever) -> dict[str, float]:
    """How much each term of the question tells: its idf, less for words that only say what is wanted."""
    return {term: retriever.idf(term) * (0.3 if term in question.asking else 1.0) for term in question.terms}


def covered(terms: Sequence[str], texts: Sequence[str], retriever: HybridRetriever) -> NDArray[np.float64]:
    """How well each text says each term: 1 in its words, else as near as it comes in meaning; (texts, terms)."""
    found = retriever.term_similarities(terms, texts).astype(np.float64)
    for row, text in zip(found, texts, strict=True):
        row[[holds(term, text) for term in terms]] = 1.0
    return found
