"""What an abbreviation is short for: the words whose beginnings spell it (after Schwartz and Hearst 2003)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from reportqa.text import BULLETS, fold_variants
from reportqa.types import Span

_ASKS = re.compile(
    fold_variants(
        r"(?:何|なん)の(?:略(?!図|歴)|頭文字)|何を略|正式な?名|\bstands? for\b|\bshort for\b"
        r"|\ban (?:abbreviation|acronym) (?:of|for)\b|全称|什么的(?:缩写|简称)"
    ),
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:[^A-Za-z0-9ァ-ヴ一-龥、。,?？]|[的是]){0,8}(?:英文|英語の?)?")
"""What may stand between an abbreviation and the words that ask for it: the OSS of 「OSSライセンスの正式名称」 is not asked for."""

_SHORT_FORM = re.compile(r"(?<![A-Za-z0-9&-])[A-Za-z]{2,8}(?![A-Za-z0-9&-])")
_JOINED = re.compile(r"\s*(?:と|や|、|,|&|/|・|and|or|和|与|跟)\s*")
_WORD = re.compile(r"[^\W\d_\u3040-\u9fff]+")
_GAP = re.compile(rf"[^\S\n\t]?[-‐–/,&・][^\S\n\t]?|[^\S\n\t]+|\n(?![^\S\n]*[{BULLETS}・※*–-])")
_BESIDE = re.compile(r"[\s:(=、,)]{0,4}")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    ]
)
_SOUNDS = ("x", "ex", "trans", "cross")
"""Beginnings an X stands for: User Experience, Digital Transformation."""

_NEAR = 24
"""So many characters before or behind its expansion an abbreviation may stand where only its letters speak for it."""

_LONGEST_SMALL = 5
"""A longer word in small letters is no abbreviation."""


class Spelt(NamedTuple):
    """``words`` words that spell an abbreviation; ``doubt`` is 0 beside it, 1 near it, 2 where capitals alone speak for them."""

    doubt: int
    words: int
    span: Span


def asks_expansion(question: str) -> bool:
    """Whether ``question`` asks for the full name of something; in English it has to name an abbreviation."""
    _, asked = _asked(question)
    return asked is not None and (not asked.group().isascii() or short_form(question) is not None)


def _asked(question: str) -> tuple[str, re.Match[str] | None]:
    """The question in narrow letters, and the words in it that ask for a full name."""
    shown = unicodedata.normalize("NFKC", question)
    return shown, _ASKS.search(fold_variants(shown))


def short_form(question: str) -> str | None:
    """The abbreviation whose words are asked for; None where there is none, or two."""
    shown, asked = _asked(question)
    # What something is called officially need not be what its letters stand for.
    if asked is None or asked.group().startswith("正式"):
        return None
    found = [m for m in _SHORT_FORM.finditer(shown, 0, asked.start()) if m.group() not in _SMALL]
    if not found or not _BETWEEN.fullmatch(shown, found[-1].end(), asked.start()):
        return None
    if len(found) > 1 and _JOINED.fullmatch(shown, found[-2].end(), found[-1].start()):
        return None
    word = found[-1].group()
    if word[-1] == "s" and word[:-1].isupper():
        return word[:-1]  # SDGs
    if word.islower():  # "rag" may be one, "prefixes" is a word
        return word.upper() if len(word) <= _LONGEST_SMALL else None
    return word


def spelt(short: str, text: str, spans: Sequence[Span]) -> Spelt | None:
    """The words inside one of ``spans`` of ``text`` that most surely spell the abbreviation ``short``."""
    narrow = text.translate(_WIDE)
    found = (each for start, end in spans for each in _expansions(short, narrow, start, end))
    return min(found, default=None)


def _expansions(short: str, text: str, start: int, end: int) -> Iterator[Spelt]:
    """Every run of words of ``text[start:end]`` that spells ``short``."""
    words = list(_WORD.finditer(text, start, end))
    alone = re.compile(rf"(?<![A-Za-z]){short}(?![A-Za-z])", re.IGNORECASE)
    for first in range(len(words)):
        last = _last(short, text, words, first)
        if last is None or last == first:
            continue
        low, high = words[first].start(), words[last].end()
        before = [*alone.finditer(text, max(0, low - _NEAR), low)][-1:]
        behind = [*alone.finditer(text, high, high + _NEAR)][:1]
        gaps = [text[m.end() : low] for m in before] + [text[high : m.start()] for m in behind]
        beside = any(_BESIDE.fullmatch(gap) for gap in gaps)
        near = bool(gaps) and (len(short) > 2 or text[low].isupper())
        if beside or near or (len(short) > 2 and all(_titled(w, text) for w in words[first : last + 1])):
            yield Spelt(0 if beside else 1 if near else 2, last - first + 1, (low, high))


def _last(short: str, text: str, words: Sequence[re.Match[str]], first: int) -> int | None:
    """Where a run from ``first`` on has spelt all of ``short``: with each word a letter, or a capital inside a word
    (eXchange), small letters of ``short`` going on with a word (RedCap), and at most one word in a row left out."""

    @cache
    def spell(at: int, place: int, letter: int) -> int | None:
        """The last word, when ``place`` of the word ``at`` has just been the letter before ``letter``."""
        if letter == len(short):
            return at
        word = words[at].group()
        wanted = short[letter]
        for to in _next(short, text, words, at):
            if begins(to, letter) and (found := spell(to, 0, letter + 1)) is not None:
                return found
            inside = words[to].group().find(wanted, 1) if wanted.isupper() else -1
            mixed = to == at + 1 and inside > 0 and not words[to].group().isupper()
            if mixed and (found := spell(to, inside, letter + 1)) is not None:
                return found
        onward = place + 1 if wanted.islower() else word.find(wanted, place + 1)
        if 0 < onward < len(word) and word[onward] == wanted and not word.isupper():
            return spell(at, onward, letter + 1)
        return None

    def begins(at: int, letter: int) -> bool:
        word, wanted = words[at].group().casefold(), short[letter]
        sounds = _SOUNDS if wanted == "X" else (wanted.casefold(),)
        # The cost of ownership is no TCO at its "of".
        within = 0 < letter < len(short) - 1 or not _small(words[at], text)
        return within and word.startswith(sounds) and word != short.casefold()

    return spell(first, 0, 1) if begins(first, 0) else None


def _next(short: str, text: str, words: Sequence[re.Match[str]], at: int) -> list[int]:
    """The word after ``at`` and the one after that, as far as they go on with it; one with a capital first."""
    found: list[int] = []
    for to in range(at + 1, min(at + 2 + (len(short) > 2), len(words))):
        joined = _GAP.fullmatch(text, words[to - 1].end(), words[to].start())
        if not joined or words[to].group() == short:
            break
        found.append(to)
    return sorted(found, key=lambda to: words[to].group().islower())


def _small(word: re.Match[str], text: str) -> bool:
    return word.group() in _SMALL and text[word.end() : word.end() + 1] != "-"


def _titled(word: re.Match[str], text: str) -> bool:
    """Whether a word has a capital or may do without in a title: a small one, one behind a hyphen."""
    return (
        not word.group().islower()
        or word.group() in _SMALL
        or text[max(0, word.start() - 1) : word.start()] == "-"
    )
