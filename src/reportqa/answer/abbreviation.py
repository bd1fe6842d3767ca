"""What an abbreviation is short for: the words whose beginnings spell it (after Schwartz and Hearst 2003)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from reportqa.text import BULLETS, fold, fold_variants
from reportqa.types import Span

_ASKS = re.compile(
    fold_variants(
        r"何の(?:略|頭文字)|何を略|正式な?名|\bstands? for\b|\bshort for\b|\babbreviation (?:of|for)\b|\bacronym (?:of|for)\b"
        r"|全称|什么的(?:缩写|简称)"
    ),
    re.IGNORECASE,
)
"""Asks what an abbreviation is short for; 「略称は？」 asks the reverse."""

_NEAR = 24
"""So many characters before or behind its expansion an abbreviation may stand where nothing but its letters speaks for it."""

_LONGEST_SMALL = 5
"""A longer word in small letters is no abbreviation."""

_SHORT_FORM = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,8}(?![A-Za-z0-9])")
_JOINED = re.compile(r"\s*(?:と|や|、|,|&|/|・|and|or|和|与|跟)\s*")
_LETTER = r"[^\W\d_\u3040-\u9fff]"
_BLANK = r"[^\S\n\t]"
_GAP = rf"(?:{_BLANK}?[-‐–/／,&・]{_BLANK}?|{_BLANK}+|\n(?!{_BLANK}*[{BULLETS}・※*–-]))"
_SMALL = r"(?:an?|and|as|at|by|for|from|in|is|it|of|on|or|the|to|with)(?![\w-])"
"""Words that hardly spell anything: an AI is not "an idea", nor the cost of ownership a TCO at its "of"."""


def asks_expansion(question: str) -> bool:
    """Whether ``question`` asks what an abbreviation is short for; in English it has to name one."""
    asked = _ASKS.search(fold(question))
    return asked is not None and (not asked.group().isascii() or short_form(question) is not None)


def spelt(question: str, text: str, spans: Sequence[Span]) -> Span | None:
    """The words inside one of ``spans`` of ``text`` that spell the abbreviation the question asks for."""
    word = short_form(question)
    if word is None:
        return None
    return next((found for start, end in spans for found in _expansions(word, text, start, end)), None)


def short_form(question: str) -> str | None:
    """The abbreviation a question asks for, the last one before the words that ask; None where it asks for two."""
    shown = unicodedata.normalize("NFKC", question)
    asked = _ASKS.search(fold_variants(shown))
    found = [*_SHORT_FORM.finditer(shown)]
    capitals = [match for match in found if sum(map(str.isupper, match.group())) > 1]
    before = [match for match in capitals or found if asked and match.end() <= asked.start()]
    chosen = before[-1] if before else next(iter(capitals), None)
    if not asked or chosen is None:
        return None
    if len(before) > 1 and _JOINED.fullmatch(shown, before[-2].end(), chosen.start()):
        return None
    word = chosen.group()
    if word[-1] == "s" and word[:-1].isupper():
        return word[:-1]  # SDGs
    if word.islower():  # "rag" may be one, "prefixes" is a word
        return word.upper() if len(word) <= _LONGEST_SMALL else None
    return word


def _expansions(word: str, text: str, start: int, end: int) -> Iterator[Span]:
    """Words with capitals where the abbreviation has its letters; then any, where it stands near them."""
    capitals, letters = _spellings(word)
    alone = re.compile(rf"(?<!{_LETTER}){word}(?!{_LETTER})", re.IGNORECASE)
    for pattern in (capitals, letters):
        for match in pattern.finditer(text, start, end):
            low, high = match.span()
            near = alone.search(text, max(0, low - _NEAR), low) or alone.search(text, high, high + _NEAR)
            if re.search(_GAP, match.group()) and (near or (pattern is capitals and len(word) > 2)):
                yield low, high


@lru_cache(maxsize=64)
def _spellings(word: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of words each of which begins with the next letter, or has it as a capital inside (eXchange).

    Between two of them one may be left out: Return on Investment, twenty-foot equivalent unit. A small letter of the
    abbreviation goes on with a word (RedCap).
    """
    fresh = rf"(?!{word}(?!{_LETTER}))(?!{_SMALL})"
    left_out = rf"(?:{_LETTER}+{_GAP})??" if len(word) > 2 else ""
    begun = rf"{_LETTER}*{_GAP}{left_out}{fresh}"

    def spelling(inside: bool) -> str:
        found = rf"(?<!{_LETTER}){fresh}{word[0]}"
        for place, letter in enumerate(word[1:], 2):
            ways = [begun + letter]
            if letter.islower():
                ways += [letter]
            elif inside:
                ways += [rf"{_LETTER}*?{letter}", rf"{_LETTER}*{_GAP}{_LETTER}*?{letter}"]
            if inside and place < len(word):  # SROI: Social Return on Investment
                ways += [rf"{_LETTER}*{_GAP}(?={_SMALL}){letter.lower()}"]
            found += f"(?:{'|'.join(ways)})"
        return rf"{found}{_LETTER}*(?!{_LETTER})"

    return re.compile(spelling(True)), re.compile(spelling(False), re.IGNORECASE)
