"""Questions as they are typed: homophones, misspelt names and words; ``sounds`` reads those without any kanji.

The corpus itself is the dictionary. Every word and noun phrase it holds is known by its reading; a phrase
it does not hold takes the spelling of the one that sounds the same (採択立 → 採択率), and a Latin name
it does not hold takes that of the nearest one. Words it knows are never touched.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from reportqa.text import detect_language, fold, katakana
from reportqa.tokens import tagger

_HIRAGANA = re.compile(r"[\u3041-\u3096]+")
_CONTENT = ("名詞", "動詞", "形容詞", "形状詞", "接尾辞", "接頭辞")
_LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "エー",
            "ビー",
            "シー",
            "ディー",
            "イー",
            "エフ",
            "ジー",
            "エイチ",
            "アイ",
            "ジェー",
            "ケー",
            "エル",
            "エム",
            "エヌ",
            "オー",
            "ピー",
            "キュー",
            "アール",
            "エス",
            "ティー",
            "ユー",
            "ブイ",
            "ダブリュー",
            "エックス",
            "ワイ",
            "ゼット",
        ],
        strict=True,
    )
)
LONGEST = 5
"""Most words of a phrase that is known by its reading."""

_SHORTEST = 3
"""Shortest reading, in kana, that is taken for a word, but for pairs of kanji (規模): shorter ones stand for too many."""

_HAN_PAIR = re.compile(r"[\u3400-\u9fff]{2}")


@dataclass(frozen=True, slots=True)
class Spellings:
    """What the corpus holds: spelling by reading (katakana), and its Latin names."""

    by_reading: dict[str, str]
    names: tuple[str, ...]


def collect(texts: Iterable[str]) -> Spellings:
    """The spellings of ``texts``; of several with one reading the most frequent wins, ties by code point."""
    counts: dict[str, Counter[str]] = {}
    names: Counter[str] = Counter()
    for text in texts:
        for run in _runs(fold(text)):
            for start in range(len(run)):
                for end in range(start + 1, min(start + LONGEST, len(run)) + 1):
                    reading = "".join(word[1] for word in run[start:end])
                    surface = "".join(word[0] for word in run[start:end])
                    long_enough = len(reading) >= _SHORTEST or _HAN_PAIR.fullmatch(surface)
                    if long_enough and not _HIRAGANA.fullmatch(surface):
                        counts.setdefault(reading, Counter())[surface] += 1
        names.update(name for name in re.findall(r"[a-z][a-z0-9.-]{4,}", fold(text)))
    best = {reading: min(found, key=lambda s: (-found[s], s)) for reading, found in counts.items()}
    return Spellings(best, tuple(sorted(names)))


def respell(question: str, spellings: Spellings, known: frozenset[str]) -> str:
    """``question`` in the corpus's spelling; unchanged when nothing is misspelt.

    ``known`` are the terms of the question that the corpus holds; they stay as they are.
    """
    folded = fold(question)
    if detect_language(question) != "zh":  # whose words are read otherwise
        question = _homophones(folded, question, spellings)
    return _names(question, spellings, known)


def to_json(spellings: Spellings) -> list[object]:
    """The spellings as JSON values; ``from_json`` reads them back."""
    return [spellings.by_reading, list(spellings.names)]


def from_json(value: list[Any]) -> Spellings:
    """What ``to_json`` wrote."""
    return Spellings(dict(value[0]), tuple(value[1]))


def _runs(folded: str) -> list[list[tuple[str, str]]]:
    """Runs of content words as (surface, reading in katakana); anything else ends a run."""
    runs: list[list[tuple[str, str]]] = [[]]
    for node in tagger()(folded):
        reading = _reading(node.surface, node.feature.kana)
        if node.feature.pos1 in _CONTENT and reading:
            runs[-1].append((node.surface, reading))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _reading(surface: str, kana: str | None) -> str:
    if kana and kana != "*":
        return kana
    if surface.isascii() and surface.isalpha() and len(surface) <= 4:
        return "".join(_LETTERS[letter] for letter in surface)
    return katakana(surface) if re.fullmatch(r"[\u3041-\u30ff]+", surface) else ""


def _homophones(folded: str, question: str, spellings: Spellings) -> str:
    """Noun phrases the corpus does not hold, replaced by the one that sounds the same."""
    surfaces = set(spellings.by_reading.values())
    for run in _runs(folded):
        for length in range(min(len(run), LONGEST), 1, -1):
            for start in range(len(run) - length + 1):
                piece = run[start : start + length]
                surface = "".join(word[0] for word in piece)
                other = spellings.by_reading.get("".join(word[1] for word in piece))
                # Two characters sound like too much else (中計 is no 中継).
                if other and surface not in surfaces and other != surface and len(surface) > 2:
                    return folded.replace(surface, other)
    return question


def _names(question: str, spellings: Spellings, known: frozenset[str]) -> str:
    """Latin names the corpus does not hold, replaced by the nearest it does, one or two letters away.

    Any other word of an English question that is a letter away from one of the dictionary is that (pyspellchecker: the
    most frequent such word; Norvig, How to Write a Spelling Corrector, 2007). A capital makes a name.
    """
    english = detect_language(question) == "en"
    for name in re.findall(r"[a-z][a-z0-9.-]{3,}[a-z0-9]", fold(question)):
        if name in known or name in spellings.names:
            continue
        near = difflib.get_close_matches(name, spellings.names, n=1, cutoff=0.86)
        word = near[0] if near else None
        if english and name.isalpha() and (near or f" {name}" in question):
            word = None if is_english(name) else word or _corrected(name)
        if word:
            within = re.compile(rf"(?<![a-z]){re.escape(name)}(?![a-z])", re.IGNORECASE)
            text = question if within.search(question) else fold(question)
            question = within.sub(word, text)
    return question


COMMON = 2000
"""How often, in the dictionary's own count, a word occurs that a rarer one is taken for."""


def _corrected(word: str) -> str | None:
    """The common word of English that ``word`` is a slip of; a name in small letters mostly is none."""
    found = _english().correction(word)
    return found if found and found[0] == word[0] and _english()[found] >= COMMON else None


_ENDINGS = re.compile(r"(?:e?[rd]|e?rs|e?s|ing|ings|ly|ised?|ises|ising)$")


def is_english(word: str) -> bool:
    """Whether a word is one of English, or made of one: funders, modernised."""
    ending = _ENDINGS.search(word)
    made = {word[: ending.start()] + more for more in ("", "e", "ize")} if ending else set()
    return word in _english() or any(len(stem) > 3 and stem in _english() for stem in made)


@cache
def _english() -> Any:
    from spellchecker import SpellChecker  # a tenth of a second, which only such a question takes

    return SpellChecker(language="en", distance=1)
