"""Japanese questions put into English and Chinese word by word, with dictionaries alone.

Natural questions exist in Japanese only. A static model sees a question as a bag of words, so a gloss
in the wrong order ("manga artist who born place where") teaches it what a good translation would:
that these English words ask for that Japanese passage. Source of the idea: word-by-word translated
queries in dictionary-based cross-lingual retrieval (Ballesteros and Croft 1997).
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import jaconv
import numpy as np
from data import Pair, pairs, pivot, rows

from reportqa.encoder import StaticEncoder
from reportqa.text import fold
from reportqa.tokens import tagger

LONGEST = 3
"""Most morphemes looked up as one word."""

CHOICES = 4
"""Most translations of one word to draw from."""

COMMON = 20
"""An English word rarer than this in all the texts is nobody's choice of word."""

LISTED = 0.2
"""What a dictionary's word is given above its cosine."""

NEAR = 0.42
"""A translation must come to at least this score."""

ASKING = {
    "en": {
        "誰": "who", "何時": "when", "何処": "where", "何": "what", "何故": "why", "どの": "which", "何方": "which",
        "幾つ": "how many", "幾ら": "how much", "どう": "how", "如何": "how", "どんな": "what kind of",
        "何人": "how many people", "何年": "what year", "何月": "what month", "何日": "what day",
    },
    "zh": {
        "誰": "谁", "何時": "什么时候", "何処": "哪里", "何": "什么", "何故": "为什么", "どの": "哪个", "何方": "哪个",
        "幾つ": "多少", "幾ら": "多少钱", "どう": "怎么", "如何": "怎样", "どんな": "什么样的",
        "何人": "多少人", "何年": "哪年", "何月": "几月", "何日": "哪天",
    },
}  # fmt: skip
_REMARK = re.compile(r"[(《〈（\[{〔][^)》〉）\]}〕]*[)》〉）\]}〕]")
_KEPT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞", "接尾辞", "接頭辞", "連体詞"})
_KANA = re.compile(r"[\u3041-\u30ff]+")


def translate(questions: Iterable[Pair], words: Glossary, seed: int) -> list[Pair]:
    """The questions in the glossary's language with their Japanese passages, in the order given."""
    draw = random.Random(seed)
    return [(glossed, p) for q, p in questions if (glossed := gloss(q, words, draw))]


def gloss(question: str, words: Glossary, draw: random.Random) -> str:
    """One question word by word; words the dictionary lacks keep their characters or their sound."""
    nodes = [
        (fold(n.surface), fold((n.feature.lemma or n.surface).partition("-")[0]), n.feature)
        for n in tagger()(question)
    ]
    language = words.language
    said: list[str] = []
    at = 0
    while at < len(nodes):
        for length in range(min(LONGEST, len(nodes) - at), 0, -1):
            part = nodes[at : at + length]
            surface = "".join(s for s, _, _ in part)
            lemma = "".join(s for s, _, _ in part[:-1]) + part[-1][1]
            asked = ASKING[language].get(lemma) or ASKING[language].get(surface)
            wanted = all(_said(node[2]) for node in part) and not surface.isascii()
            # A name is not translated, except for one every dictionary has.
            named = any(node[2].pos2 == "固有名詞" for node in part) and not words.listed(lemma)
            found = words.find(lemma) if wanted and not named and length < 3 else []
            if length > 1 and found and words.find(part[0][1]) and not words.listed(lemma):
                found = []
            if asked or found:
                said.append(asked or draw.choice(found or [""]))
                at += length
                break
        else:
            said.append(_untranslated(*nodes[at], language))
            at += 1
    return ("" if language == "zh" else " ").join(word for word in said if word)


def _said(feature: object) -> bool:
    """Whether a morpheme means something by itself."""
    pos, kind = feature.pos1, feature.pos2  # type: ignore[attr-defined]
    return pos in _KEPT and not (pos == "動詞" and kind == "非自立可能")


def _untranslated(surface: str, lemma: str, feature: object, language: str) -> str:
    pos, origin = feature.pos1, (feature.lemma or "").partition("-")[2]  # type: ignore[attr-defined]
    if surface.isascii():
        return surface
    if not _said(feature):
        return ""
    if language == "zh":
        return _KANA.sub("", surface)
    if origin.isascii() and len(origin) > 2:
        return origin.lower()
    kana = feature.kana  # type: ignore[attr-defined]
    return jaconv.kana2alphabet(jaconv.kata2hira(kana)) if kana and pos == "名詞" else ""


class Glossary:
    """Translations of Japanese words: what the dictionaries say and what a trained model thinks near.

    The dictionaries lack many common words and rank none; a model trained on parallel text knows
    which English word stands where a Japanese one does. Each makes up for the other.
    """

    def __init__(self, folder: Path, language: str, teacher: StaticEncoder) -> None:
        self.language = language
        self._teacher = teacher
        self._senses: dict[str, set[str]] = {}
        self._remembered: dict[str, list[str]] = {}
        if language == "zh":
            for chinese, japanese in pivot(folder):
                self._senses.setdefault(fold(japanese), set()).add(chinese)
            counts = Counter(word for senses in self._senses.values() for word in senses)
        else:
            counts = _english_words(folder)
            for english, senses in pairs(folder, "train_en_ja_words"):
                for sense in re.split(r"[・,、;；/\s]+", _REMARK.sub("", senses)):
                    word = fold(sense).lstrip("…~をのに")
                    if 0 < len(word) <= 8 and english.isascii():
                        self._senses.setdefault(word, set()).add(english.lower())
        self._words = [w for w, n in counts.items() if len(w) > 1 and (language == "zh" or n >= COMMON)]
        self._place = {word: place for place, word in enumerate(self._words)}
        self._bonus = np.array([0.02 * math.log(counts[w]) for w in self._words], np.float32)
        self._vectors = teacher.encode_passages(self._words)

    def find(self, word: str) -> list[str]:
        """The likeliest translations of ``word``, best first; empty when nothing is near."""
        if word not in self._remembered:
            self._remembered[word] = self._find(word)
        return self._remembered[word]

    def listed(self, word: str) -> bool:
        """Whether a dictionary has ``word``."""
        return word in self._senses

    def _find(self, word: str) -> list[str]:
        own = [place for sense in self._senses.get(word, ()) if (place := self._place.get(sense)) is not None]
        vector = self._teacher.encode_passages([word])[0]
        if self.language == "zh":
            # Words written alike mean alike in Chinese: only the dictionaries are asked.
            scores = dict(zip(own, (self._vectors[own] @ vector).tolist(), strict=True))
        else:
            near = self._vectors @ vector + self._bonus
            near[own] += LISTED
            scores = {int(place): float(near[place]) for place in np.argsort(-near)[:CHOICES]}
        best = sorted(scores, key=lambda place: -scores[place])[:CHOICES]
        return [self._words[p] for p in best if scores[p] > max(NEAR, scores[best[0]] - 0.15)]


def _english_words(folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name in ("train_en_ja_parallel", "train_en_ja_heading", "train_zh_en_words"):
        for row in rows(folder, name):
            counts.update(re.findall(r"[a-z]+", row["p" if name.startswith("train_zh") else "q"].lower()))
    return counts
