"""Training and evaluation pairs: reading, filtering and mixing.

Every file is xz-compressed JSON lines with ``q`` (question, heading or source sentence) and ``p``
(passage or translation). What is left out, and why, is said beside each filter.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

Pair = tuple[str, str]

_REMARK = re.compile(r"[(《〈（\[{〔][^)》〉）\]}〕]*[)》〉）\]}〕]")

_ENTRY = re.compile(r"(?P<word>\S+)(?: \[[^\]]+\])? /(?P<meanings>.+)/$")
_ASIDE = re.compile(r"\([^)]*\)|\{[^}]*\}")

EVALUATIONS = (
    "eval_jaquad_dev",
    "eval_docs_ja_heading2section",
    "eval_docs_en_slug2ja_section",
    "eval_zh_ja_para",
)
TRAINING = (
    "train_ja_clean",
    "train_en_ja_section",
    "train_en_ja_heading",
    "train_en_ja_parallel",
    "train_en_ja_words",
    "train_zh_ja",
    "train_zh_en_words",
    "train_ja_para_syn",
)
GENERIC_AFTER = 6
"""A heading above more than this many different sections ("next steps") says nothing about any of them."""

RATIOS = {"train_en_ja_parallel": (0.8, 4.5), "train_zh_ja": (0.3, 1.5)}
"""Length of the source over length of the translation; pairs outside were aligned by position and are wrong."""

EDICT_CHARACTERS = (12, 60)
"""Longest word and meaning taken from EDICT, in characters."""

PASSAGE_CHARACTERS = 600
"""Longer passages are cut here in training: the slides we serve are shorter."""


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of one file of the data folder."""
    path = folder / f"{name}.jsonl.xz"
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; name the data folder with --data")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def pairs(folder: Path, name: str) -> list[Pair]:
    """The pairs of one training file, filtered and without repetitions, in file order."""
    found = dict.fromkeys(
        (row["q"].strip(), row["p"].strip()[:PASSAGE_CHARACTERS]) for row in rows(folder, name)
    )
    kept: list[Pair] = [(q, p) for q, p in found if q and p and q != p]
    if name in RATIOS:
        low, high = RATIOS[name]
        kept = [(q, p) for q, p in kept if min(len(q), len(p)) < 12 or low <= len(q) / len(p) <= high]
    if name in ("train_ja_clean", "train_en_ja_section"):
        uses = Counter(q for q, _ in kept)
        kept = [(q, p) for q, p in kept if uses[q] <= GENERIC_AFTER]
    return kept


def questions(folder: Path) -> list[Pair]:
    """Natural Japanese questions with the paragraph that answers them (JaQuAD, NIILC)."""
    wanted = ("qa", "qa_evidence")
    return [(r["q"], r["p"][:PASSAGE_CHARACTERS]) for r in rows(folder, "train_ja_clean") if r["t"] in wanted]


def headings(folder: Path) -> list[Pair]:
    """Japanese headings with the section below them."""
    asked = {q for q, _ in questions(folder)}
    return [(q, p) for q, p in pairs(folder, "train_ja_clean") if q not in asked]


def answer_sentences(folder: Path) -> list[Pair]:
    """JaQuAD questions with one sentence: the one that holds the answer.

    Slides are made of short blocks, paragraphs of an encyclopedia are not.
    """
    from reportqa.text import sentences

    found: list[Pair] = []
    for row in rows(folder, "jaquad_train_spans"):
        context: str = row["context"]
        spans = sentences(context)
        for qa in row["qas"]:  # type: ignore[attr-defined]
            for start, end in spans:
                if start <= qa["start"][0] < end and end - start > len(qa["a"][0]) + 8:
                    found.append((qa["q"], context[start:end]))
    return found


def monolingual(folder: Path) -> Iterator[str]:
    """All training text, one passage, sentence or heading at a time, without repetitions."""
    seen: set[int] = set()
    for name in TRAINING:
        for row in rows(folder, name):
            for text in (row["q"], row["p"]):
                if (key := hash(text)) not in seen:
                    seen.add(key)
                    yield text


def sample(texts: Iterable[str], characters: int, seed: int) -> list[str]:
    """A random choice of ``texts`` of about ``characters`` characters in all."""
    shuffled = sorted(set(texts))
    random.Random(seed).shuffle(shuffled)
    chosen: list[str] = []
    for text in shuffled:
        if characters <= 0:
            break
        chosen.append(text)
        characters -= len(text)
    return chosen


class Entry(NamedTuple):
    """A Japanese word, one of its English meanings, and whether the dictionary calls it common."""

    japanese: str
    english: str
    common: bool


def edict(path: Path) -> list[Entry]:
    """EDICT, word by meaning: 270,000 words in the EUC-JP file of Debian's package ``edict``.

    Meanings that are sentences and words that are phrases are left out.
    """
    found: dict[tuple[str, str], bool] = {}
    for line in path.read_text("euc-jp", errors="replace").splitlines():
        entry = _ENTRY.match(line.strip())
        if entry is None or "？" in entry["word"] or len(entry["word"]) > EDICT_CHARACTERS[0]:
            continue
        for meaning in entry["meanings"].split("/"):
            english = _ASIDE.sub("", meaning).strip()
            if 0 < len(english) < EDICT_CHARACTERS[1]:
                key = (entry["word"], english)
                found[key] = found.get(key, False) or "(P)" in entry["meanings"]
    return [Entry(*key, common) for key, common in found.items()]


def edict_pairs(entries: list[Entry]) -> list[Pair]:
    """English meanings with their Japanese words, common words twice."""
    return [(e.english, e.japanese) for e in entries for _ in range(1 + e.common)]


def edict_synonyms(entries: list[Entry]) -> list[Pair]:
    """Japanese words that share a meaning of several English words with few others."""
    found: list[Pair] = []
    for english, words in _meanings(entries).items():
        alike = [word for word in words if len(word) > 1]
        if " " in english and 2 <= len(alike) <= 4:
            found += [
                (a, b) for a in alike for b in alike if a < b and not (set(a) >= set(b) or set(b) >= set(a))
            ]
    return found


def edict_pivot(folder: Path, entries: list[Entry]) -> list[Pair]:
    """Chinese words with Japanese words through one English meaning, as ``pivot`` does.

    Kept where both share a character, else where at most three common words have the meaning.
    """
    from reportqa.text import fold

    meanings = _meanings(entries)
    found: list[Pair] = []
    for chinese, glosses in pairs(folder, "train_zh_en_words"):
        own = set(fold(chinese))
        for english in re.split(r"[;/,]", _ASIDE.sub("", glosses)):
            words = meanings.get(fold(english).strip().removeprefix("to "), {})
            short = {word: common for word, common in words.items() if len(word) <= 8}
            close = [word for word in short if own & set(fold(word))]
            common = [word for word in short if short[word]]
            found += [(chinese, word) for word in close or (common if len(common) <= 3 else ())]
    return list(dict.fromkeys(found))


def _meanings(entries: list[Entry]) -> dict[str, dict[str, bool]]:
    from reportqa.text import fold

    found: dict[str, dict[str, bool]] = {}
    for entry in entries:
        found.setdefault(fold(entry.english).removeprefix("to "), {})[entry.japanese] = entry.common
    return found


def wordings(folder: Path) -> list[Pair]:
    """Our thesaurus: everyday Japanese, English and Chinese for the words of reports, with the word."""
    found: list[Pair] = []
    for word, ways, foreign in _thesaurus(folder):
        found += [(way, word) for way in (*ways, *foreign)]
        found += [(one, ways[place % len(ways)]) for place, one in enumerate(foreign) if ways]
    return [pair for pair in dict.fromkeys(found) if pair[0] != pair[1]]


def other_ways(folder: Path) -> dict[str, list[str]]:
    """Everyday Japanese for each word of the thesaurus."""
    return {word: ways for word, ways, _ in _thesaurus(folder) if ways}


def _thesaurus(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Lines of ``word | other ways, everyday ones among them | English | Chinese``."""
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            parts = [part.strip() for part in line.split("|")]
            if len(parts) == 4:
                yield parts[0], _items(parts[1]), [*_items(parts[2]), *_items(parts[3])]


def _items(field: str) -> list[str]:
    return [item.strip() for item in re.split(r"[、,，;；]", field) if item.strip()]


def pivot(folder: Path) -> list[Pair]:
    """Chinese words with Japanese words, joined through a shared English word of the two dictionaries.

    An English word of many senses joins what does not belong together, so a pair is kept only where
    the two words share a character (企业, 企業) or the English word has at most two short senses.
    """
    from reportqa.text import fold

    senses: dict[str, list[str]] = {}
    for english, japanese in pairs(folder, "train_en_ja_words"):
        senses.setdefault(english.lower(), []).append(_REMARK.sub("", japanese).strip())
    found: list[Pair] = []
    for chinese, gloss in pairs(folder, "train_zh_en_words"):
        english = _REMARK.sub("", gloss).strip().lower().removeprefix("to ")
        short = [japanese for japanese in senses.get(english, ()) if 0 < len(japanese) <= 8]
        own = set(fold(chinese))
        close = [japanese for japanese in short if own & set(fold(japanese))]
        found += [(chinese, japanese) for japanese in close or (short if len(short) <= 2 else ())]
    return list(dict.fromkeys(found))
