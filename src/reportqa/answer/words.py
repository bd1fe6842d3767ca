"""Whether a text says a term: the comparison all evidence rests on."""

from __future__ import annotations

import re
from functools import lru_cache

from reportqa import tokens
from reportqa.text import fold

_YEAR = re.compile(r"20\d\d")


@lru_cache(maxsize=65536)
def text_terms(text: str) -> frozenset[str]:
    """The distinct terms of a text, remembered: fragments meet many questions."""
    return frozenset(tokens.terms(text))


def holds(term: str, text: str) -> bool:
    """Whether ``text`` says ``term``: as a term, or inside a compound for words of two Han or more."""
    if term in text_terms(text):
        return True
    if len(term) == 1 and term.isdigit() and f"0{term}" in text_terms(text):
        return True  # dates in figures: 2020/04
    if _YEAR.fullmatch(term):  # slides shorten years: 24年4月末
        return f"{term[2:]}年" in fold(text)
    return len(term) >= 2 and not term.isascii() and term in fold(text)
