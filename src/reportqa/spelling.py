"""Questions as they are typed: kana without kanji, romaji, homophones, misspelt names.

The corpus itself is the dictionary. Every word and noun phrase it holds is known by its reading;
a question written in kana or romaji is cut into those readings and given their spelling, a phrase
the corpus does not hold takes the spelling of the one that sounds the same (採択立 → 採択率), and
a Latin name it does not hold takes that of the nearest one. Words it knows are never touched.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reportqa.text import detect_language, fold
from reportqa.tokens import tagger

_KANA_ONLY = re.compile(r"[\u3041-\u30ff0-9a-z\s、。,.?!~%]+")
_HIRAGANA = re.compile(r"[\u3041-\u3096]+")
_ROMAJI = re.compile(r"[a-z][a-z' -]*[a-z]")
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
_SYLLABLES = {
    **dict(zip(["a", "i", "u", "e", "o"], "アイウエオ", strict=True)),
    **{
        consonant + vowel: kana
        for consonant, row in {
            "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
            "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド",
            "b": "バビブベボ", "p": "パピプペポ",
        }.items()
        for vowel, kana in zip("aiueo", row, strict=True)
    },
    **{"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ", "wo": "ヲ", "shi": "シ", "chi": "チ", "tsu": "ツ", "fu": "フ", "ji": "ジ"},
    **{
        consonant + vowel: head + small
        for consonant, head in {
            "ky": "キ", "sh": "シ", "ch": "チ", "ny": "ニ", "hy": "ヒ", "my": "ミ", "ry": "リ", "gy": "ギ", "j": "ジ",
            "by": "ビ", "py": "ピ", "sy": "シ", "ty": "チ",
        }.items()
        for vowel, small in zip("auo", "ャュョ", strict=True)
    },
}  # fmt: skip
_SHORTEST = 3
"""Shortest reading, in kana, that is taken for a word, but for pairs of kanji (規模): shorter ones stand for too many."""

_HAN_PAIR = re.compile(r"[\u3400-\u9fff]{2}")
_LONG_VOWEL = re.compile(r"(?<=[オコソトノホモヨロゴゾドボポョウクスツヌフムユルグズブプュ])ウ|ー")


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
                for end in range(start + 1, min(start + 5, len(run)) + 1):
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
    if _KANA_ONLY.fullmatch(folded) and sum(map(len, _HIRAGANA.findall(folded))) >= 6:
        return _cut(_katakana(folded), folded, spellings.by_reading)
    if not known and _ROMAJI.fullmatch(folded.strip(" ?.!")):
        kana = _from_romaji(folded)
        # Romaji seldom writes long vowels (chugoku), so they are left out on both sides.
        spoken = {
            _LONG_VOWEL.sub("", reading): spelling for reading, spelling in spellings.by_reading.items()
        }
        short = _LONG_VOWEL.sub("", kana)
        return _cut(short, short, spoken) if kana else question
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
    return _katakana(surface) if re.fullmatch(r"[\u3041-\u30ff]+", surface) else ""


def _katakana(text: str) -> str:
    return "".join(chr(ord(char) + 0x60) if "\u3041" <= char <= "\u3096" else char for char in text)


def _cut(kana: str, text: str, by_reading: dict[str, str]) -> str:
    """``text`` with the readings of corpus words replaced, covering as much as possible with as few as possible."""
    best: list[tuple[int, int, str]] = [
        (0, 0, "")
    ]  # (uncovered characters, words, spelling) up to each place
    for end in range(1, len(kana) + 1):
        skipped, words, spelt = best[end - 1]
        choices = [(skipped + 1, words, spelt + text[end - 1])]
        for start in range(max(0, end - 24), end - 1):
            surface = by_reading.get(kana[start:end])
            if surface:
                choices.append((best[start][0], best[start][1] + 1, best[start][2] + surface))
        best.append(min(choices, key=lambda choice: choice[:2]))
    return best[-1][2]


def _homophones(folded: str, question: str, spellings: Spellings) -> str:
    """Noun phrases the corpus does not hold, replaced by the one that sounds the same."""
    surfaces = set(spellings.by_reading.values())
    for run in _runs(folded):
        for length in range(len(run), 1, -1):
            for start in range(len(run) - length + 1):
                piece = run[start : start + length]
                surface = "".join(word[0] for word in piece)
                other = spellings.by_reading.get("".join(word[1] for word in piece))
                # Two characters sound like too much else (中計 is no 中継).
                if other and surface not in surfaces and other != surface and len(surface) > 2:
                    return folded.replace(surface, other)
    return question


def _names(question: str, spellings: Spellings, known: frozenset[str]) -> str:
    """Latin names the corpus does not hold, replaced by the nearest it does, one or two letters away."""
    for name in re.findall(r"[a-z][a-z0-9.-]{4,}", fold(question)):
        if name not in known and name not in spellings.names:
            near = difflib.get_close_matches(name, spellings.names, n=1, cutoff=0.86)
            if near:
                question = fold(question).replace(name, near[0])
    return question


def _from_romaji(text: str) -> str:
    """Hepburn or Kunrei romaji as katakana; empty when a piece is no syllable, as in English."""
    kana: list[str] = []
    letters = re.sub(r"[^a-z]", "", text)
    at = 0
    while at < len(letters):
        if letters[at : at + 2] and letters[at] == letters[at + 1 : at + 2] and letters[at] not in "aiueon":
            kana.append("ッ")
            at += 1
            continue
        for size in (3, 2, 1):
            syllable = letters[at : at + size]
            if syllable in _SYLLABLES:
                kana.append(_SYLLABLES[syllable])
                at += size
                break
        else:
            if letters[at] != "n":
                return ""
            kana.append("ン")
            at += 1
    return "".join(kana)
