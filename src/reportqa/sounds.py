"""Questions written by their sound: kana without kanji, romaji, pinyin.

A run of sounds is cut into the words it most probably is: those of the corpus, by their readings, and those of the bundled
model's vocabulary, each at the cost its unigram model gives it (as kana-kanji conversion does; Mori et al. 1999). Which
words a reading stands for is known from UniDic and from pypinyin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reportqa.encoder import BUNDLED
from reportqa.text import fold, katakana, unfold_variants
from reportqa.tokens import tagger

if TYPE_CHECKING:
    from fugashi import UnidicNode

Lexicon = Mapping[tuple[str, ...], tuple[float, str]]
"""What a sequence of sounds is written as, and at what cost: minus the logarithm of its probability."""

UNKNOWN = 14.0
"""Cost of a sound no word begins with; the rarest token of the vocabulary costs as much."""

OWN = {2: 9.0, 3: 6.0}
"""Cost of a word or phrase of the corpus by the number of its sounds."""

OWN_LONG = 5.0

LONGEST = 24
"""Most sounds of a word."""

SINGLE = 3.0
"""What a Chinese word of one character costs more: nearly any run of syllables is a row of them."""

MANY = 0.7
"""Share of a question's Latin words that must be syllables for it to be read as such."""

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]+")
_KATAKANA = re.compile(r"[\u30a1-\u30fc]+")
_RUN = re.compile(r"[\u3041-\u3096][\u3041-\u3096\u30fc]*")
_BEGINNING = re.compile(r"(?<![\u3400-\u9fff々\u3041-\u3096])[\u3041-\u3096][\u3041-\u3096\u30fc]{2,}")
_FOLLOWS = re.compile(r"$|[はがをにでとものへや]|から|まで|です|って|だ")
_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_HAN = re.compile(r"[\u3400-\u9fff々]+")
_WORD = re.compile(r"[a-z0-9]+(?:['.-][a-z0-9]+)*|[^a-z0-9]+")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_SPAN = 400
"""Longest question, in characters, that is read by its sound."""

_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]+\b|(?<=[a-z] )[A-Z][A-Za-z0-9]+")
_PARTICLE = re.compile(r"\b(?:no|wa|ga|w?o|ni|ka|tte|nan|nani|desu|doko|itsu|ikura|dare|ha)\b")
_FUNCTION = re.compile(r"\b(?:de|shi|shenme|shen|duo|duoshao|ji|shei|shui|zai|zen|zenme|nar?|ge)\b")
_ENGLISH = frozenset(
    [
        "you",
        "he",
        "she",
        "me",
        "can",
        "do",
        "name",
        "game",
        "make",
        "machine",
        "long",
        "men",
        "one",
        "a",
        "i",
        "are",
        "have",
    ]
)
"""English words that sound like Chinese."""

_LONG_VOWEL = re.compile(r"(?<=[オコソトノホモヨロゴゾドボポョウクスツヌフムユルグズブプュ])ウ|(?<=オ)オ|ー")
_SPOKEN = {"wa": "ハ", "o": "ヲ", "e": "ヘ"}
"""Particles that are not written as they sound."""

_COUNTED = {
    **{"ガツ": "月", "ニチ": "日", "ネン": "年", "ナン": "何", "ナニ": "何", "ニン": "人", "ダレ": "誰", "エン": "円"},
    **{
        f"ナン{reading}": f"何{counter}"
        for reading, counter in {
            "シャ": "社", "ニン": "人", "メイ": "名", "ケン": "件", "ダイ": "台", "カイ": "回", "コ": "個", "ホン": "本", "ボン": "本", "マイ": "枚", "バイ": "倍",
            "パーセント": "%", "ネン": "年", "ガツ": "月", "ニチ": "日", "ジ": "時", "プン": "分", "エン": "円", "バン": "番", "カゲツ": "カ月", "カコク": "カ国",
            "ヨウビ": "曜日",
        }.items()
    },
}  # fmt: skip
"""Readings that the words alone do not have."""

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
            "by": "ビ", "py": "ピ", "sy": "シ", "ty": "チ", "zy": "ジ", "jy": "ジ",
        }.items()
        for vowel, small in zip("auo", "ャュョ", strict=True)
    },
    **{"she": "シェ", "che": "チェ", "je": "ジェ", "fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ", "ti": "ティ", "di": "ディ"},
}  # fmt: skip


_MORE_LETTERS = {
    "ウィ": "wi", "ウェ": "we", "ウォ": "wo", "ヴァ": "va", "ヴィ": "vi", "ヴェ": "ve", "ヴォ": "vo", "トゥ": "tu", "ドゥ": "du",
    "ツァ": "tsa", "クァ": "kwa", "デュ": "dyu", "フュ": "fyu", "テュ": "tyu", "ヴ": "v", "ン": "n", "ァ": "a", "ィ": "i",
    "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo", "ヂ": "ji", "ヅ": "zu", "ヲ": "o",
}  # fmt: skip
"""What foreign names have besides, and what stands alone."""


class Words:
    """The corpus's words by their sounds: ``by_reading`` in katakana. Built when the first question asks for them."""

    def __init__(self, by_reading: Mapping[str, str]) -> None:
        self._by_reading = by_reading

    @cached_property
    def kana(self) -> Lexicon:
        """By their readings as they stand."""
        return self._read(lambda reading: reading)

    @cached_property
    def romaji(self) -> Lexicon:
        """By readings with vowels as short as romaji writes them (chugoku)."""
        return self._read(_shortened)

    @cached_property
    def pinyin(self) -> Lexicon:
        """By the syllables of Chinese."""
        found: dict[tuple[str, ...], tuple[float, str]] = {}
        for surface in self._by_reading.values():
            if _HAN.fullmatch(surface) and len(surface) > 1:
                _add(found, _pinyin(surface), OWN.get(len(surface) + 1, OWN_LONG), surface)
        return found

    def in_romaji(self, name: str) -> str | None:
        """What the corpus writes for a folded name in romaji; None where it has no such."""
        found = self.romaji.get(tuple(_shortened(_from_romaji(name))))
        return found[1] if found else None

    def in_pinyin(self, name: str) -> str | None:
        """What the corpus writes, character by character, for a folded name in pinyin; None where it has no such."""
        found = self.pinyin.get(tuple(_syllables(name)))
        return found[1] if found else None

    def _read(self, heard: Callable[[str], str]) -> Lexicon:
        found: dict[tuple[str, ...], tuple[float, str]] = {}
        for reading, surface in self._by_reading.items():
            sounds = heard(reading)
            if len(sounds) > 1:
                _add(found, tuple(sounds), OWN.get(len(sounds), OWN_LONG), surface)
        return found


def spelt(
    question: str, words: Words, known: frozenset[str], says: Callable[[str], bool] = lambda text: False
) -> str | None:
    """A question written by its sound in the spelling of its words, folded; None where it is written otherwise.

    ``words`` are those of the corpus, ``known`` the terms of the question that the corpus holds, and ``says`` tells whether
    a text stands in it.
    """
    folded = fold(question)
    if len(folded) > _SPAN:
        return None
    written = (
        _halfway(folded, words) if _HAN.search(folded) else _by_sound(question, folded, words, known, says)
    )
    return None if written == folded else written


def _by_sound(
    question: str, folded: str, words: Words, known: frozenset[str], says: Callable[[str], bool]
) -> str | None:
    if len(_HIRAGANA.findall(folded)) >= 6:
        return _RUN.sub(lambda run: _from_kana(run.group(), words, says), folded)
    pieces = _WORD.findall(folded)
    latin = [piece for piece in pieces if _LATIN.fullmatch(piece)]
    if len(latin) < 3 or _KANA.search(folded):
        return None
    capitals = {fold(name) for name in _CAPITALS.findall(question)} if question != question.upper() else set()
    names = capitals | {
        word for word in known if len(word) > 3
    }  # gemini could be romaji; short ones are that
    if _PARTICLE.search(folded):
        kana = {word: _SPOKEN.get(word) or _from_romaji(word) for word in latin}
        if sum(bool(kana[word]) for word in latin) >= MANY * len(latin):
            heard = {
                word: tuple(_shortened(read)) for word, read in kana.items() if read and word not in names
            }
            return _joined(pieces, heard, words.romaji, _general_romaji(), _hiragana)
    if _FUNCTION.search(folded):
        syllables = {word: tuple(_syllables(word)) for word in latin}
        chinese = sum(bool(syllables[word]) and word not in _ENGLISH for word in latin)
        # Any other word makes it English: nearly every word of that has a syllable of no Chinese.
        if chinese >= MANY * len(latin) and all(syllables[word] or word in names | known for word in latin):
            heard = {word: read for word, read in syllables.items() if read and word not in names}
            return _joined(pieces, heard, words.pinyin, _general_pinyin(), lambda sound: f" {sound} ")
    return None


def _from_kana(run: str, words: Words, says: Callable[[str], bool]) -> str:
    """A run of hiragana as its words; what the dictionary reads as a verb, an adjective or the like stays in kana.

    So do names, and words that the corpus itself writes so; a word of the corpus stands wherever the latter do not.
    """
    inflected, own = set[int](), set[int]()
    at = 0
    for node in tagger()(run):
        places = range(at, at := at + len(node.surface))
        if (
            node.feature.pos1 in ("動詞", "形容詞", "感動詞", "副詞", "連体詞")
            or node.feature.pos2 == "固有名詞"
        ):
            inflected.update(places)
        if len(node.surface) > 2 and node.feature.pos1 == "名詞" and says(node.surface):
            own.update(places)
    return "".join(
        _cheapest(
            katakana(run),
            {0},
            words.kana,
            _general_hiragana(),
            _hiragana,
            closed=inflected | own,
            own_closed=own,
        )
    )


def _is_adverb(kana: str) -> bool:
    """Whether it is a word that tells when or how, mostly written in kana (きのう, いがい)."""
    nodes = list(tagger()(kana))
    return len(nodes) == 1 and (nodes[0].feature.pos1 == "副詞" or "可能" in str(nodes[0].feature.pos3))


def _joined(
    pieces: Sequence[str],
    heard: Mapping[str, tuple[str, ...]],
    own: Lexicon,
    general: Lexicon,
    unknown: Callable[[str], str],
) -> str:
    """``pieces`` with each run of those ``heard`` spelt out; the spaces within a run are left out."""
    found: list[str] = []
    run: list[str] = []
    joints = {0}
    for piece in [*pieces, ""]:
        if piece in heard:
            run += heard[piece]
            joints.add(len(run))
        elif piece.strip() or not piece:
            found += [*_cheapest(run, joints, own, general, unknown), piece]
            run, joints = [], {0}
    return "".join(found).strip()


def _halfway(folded: str, words: Words) -> str:
    """A text some words of which are in kana (きぎょうの数), those that begin a run and are compounds of the corpus spelt."""

    def word(run: re.Match[str]) -> str:
        kana = run.group()
        for end in range(len(kana), 2, -1):
            _, surface = words.kana.get(tuple(katakana(kana[:end])), (0.0, ""))
            if (
                sum(map(len, _HAN.findall(surface))) > 1
                and _FOLLOWS.match(kana, end)
                and not _is_adverb(kana[:end])
            ):
                return surface + kana[end:]
        return kana

    return _BEGINNING.sub(word, folded)


def _cheapest(
    sounds: Sequence[str],
    joints: Collection[int],
    own: Lexicon,
    general: Lexicon,
    unknown: Callable[[str], str],
    *,
    closed: Collection[int] = (),
    own_closed: Collection[int] = (),
) -> list[str]:
    """The words that ``sounds`` most probably are; one that goes over a joint of written words begins and ends at one.

    At ``closed`` places words with kanji of the general lexicon do not stand, and at ``own_closed`` ones none of the corpus.
    """
    last_joint = [0] * (len(sounds) + 1)  # the last joint before each place
    for place in range(1, len(sounds) + 1):
        last_joint[place] = place - 1 if place - 1 in joints else last_joint[place - 1]
    costs, steps = [0.0], [(0, "")]
    for end in range(1, len(sounds) + 1):
        best = costs[end - 1] + UNKNOWN, end - 1, unknown(sounds[end - 1])
        for start in range(max(0, end - LONGEST), end):
            if last_joint[end] > start and not (start in joints and end in joints):
                continue
            key = tuple(sounds[start:end])
            for lexicon, shut in ((own, own_closed), (general, closed)):
                if key not in lexicon:
                    continue
                more, surface = lexicon[key]
                kept = not _HAN.search(surface) or not any(place in shut for place in range(start, end))
                if kept and costs[start] + more < best[0]:
                    best = costs[start] + more, start, surface
        costs.append(best[0])
        steps.append(best[1:])
    found: list[str] = []
    end = len(sounds)
    while end:
        end, surface = steps[end]
        found.append(surface)
    return found[::-1]


@cache
def _vocabulary() -> tuple[tuple[str, float], ...]:
    """The tokens of the bundled vocabulary that are Japanese or Chinese, with their cost."""
    model = json.loads((BUNDLED / "tokenizer.json").read_text("utf-8"))["model"]
    return tuple(
        (token, -score) for token, score in model["vocab"] if _HAN.fullmatch(token) or _KANA.fullmatch(token)
    )


def _is_word(token: str) -> bool:
    """Whether a token is one of Japanese by itself, and no piece of longer words."""
    if _HAN.fullmatch(token) and len(token) == 1:
        (node,) = tagger()(token)
        return bool(node.feature.pos1 == "名詞" and node.feature.goshu == "和")
    return (
        _HIRAGANA.match(token) is not None
        or len(token.replace("ー", "")) > 2
        or (_HAN.fullmatch(token) is not None and all(_stands(node) for node in tagger()(token)))
    )


def _stands(node: UnidicNode) -> bool:
    """Whether a part of a token is a word of Japanese: single characters are its affixes, or Chinese (可以)."""
    return len(node.surface) > 1 or node.feature.pos1 in ("接頭辞", "接尾辞")


@cache
def _general_kana() -> Lexicon:
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for token, cost in _vocabulary():
        reading = katakana(token) if _KANA.fullmatch(token) else _read(token)
        if reading and _is_word(token):
            _add(found, tuple(reading), cost, token)
    for reading, word in _COUNTED.items():
        _add(found, tuple(reading), 6.0, word)
    return found


@cache
def _general_hiragana() -> Lexicon:
    """Without words in katakana, which nobody writes so."""
    return {key: value for key, value in _general_kana().items() if not _KATAKANA.fullmatch(value[1])}


@cache
def _general_romaji() -> Lexicon:
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for key, (cost, surface) in _general_kana().items():
        _add(found, tuple(_shortened("".join(key))), cost, surface)
    return found


@cache
def _general_pinyin() -> Lexicon:
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for token, cost in _vocabulary():
        if _HAN.fullmatch(token):
            _add(found, _pinyin(token), cost + SINGLE * (len(token) == 1), token)
    _add(found, ("shei",), 6.0, "谁")  # which is also read shui
    return found


def _add(
    found: dict[tuple[str, ...], tuple[float, str]], key: tuple[str, ...], cost: float, surface: str
) -> None:
    if key not in found or cost < found[key][0]:
        found[key] = cost, surface


def _read(word: str) -> str:
    """The reading of a word in katakana, empty where the dictionary lacks a part of it."""
    parts = [node.feature.kana for node in tagger()(word)]
    return "".join(parts) if all(part and part != "*" for part in parts) else ""


def _pinyin(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(syllable.replace("ü", "v") for syllable in lazy_pinyin(unfold_variants(word)))


@cache
def _toneless() -> frozenset[str]:
    """The syllables of Chinese without their tones."""
    return frozenset((Path(__file__).parent / "pinyin.txt").read_text("ascii").split())


def _syllables(word: str) -> list[str]:
    """A Latin word as syllables of Chinese, as few as can be; empty where it is none."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(word) + 1):
        choices = [
            [*found, word[start:end]]
            for start in range(max(0, end - 6), end)
            if (found := best[start]) is not None and word[start:end] in _toneless()
        ]
        best.append(min(choices, key=len, default=None))
    return best[-1] or []


@cache
def _letters() -> Mapping[str, str]:
    # Of several spellings of a sound the first: sha, not sya.
    return {kana: letters for letters, kana in reversed(_SYLLABLES.items())} | _MORE_LETTERS


def latin(kana: str) -> str:
    """A word of katakana in Latin letters, without long vowels and doubled consonants (ロケッツ → roketsu)."""
    found: list[str] = []
    at = 0
    while at < len(kana):
        size = 2 if kana[at : at + 2] in _letters() else 1
        found.append(_letters().get(kana[at : at + size], ""))
        at += size
    return "".join(found)


def _shortened(kana: str) -> str:
    return _LONG_VOWEL.sub("", kana)


def _hiragana(kana: str) -> str:
    return chr(ord(kana) - 0x60) if "\u30a1" <= kana <= "\u30f6" else kana


def _from_romaji(word: str) -> str:
    """A word of Hepburn or Kunrei romaji as katakana; empty when a piece is no syllable, as in English."""
    kana: list[str] = []
    letters = word.replace("'", "")
    at = 0
    while at < len(letters):
        doubled = letters[at] == letters[at + 1 : at + 2] and letters[at] not in "aiueon"
        if doubled or letters[at : at + 3] == "tch":
            kana.append("ッ")
            at += 1
            continue
        for size in (3, 2, 1):
            if letters[at : at + size] in _SYLLABLES:
                kana.append(_SYLLABLES[letters[at : at + size]])
                at += size
                break
        else:
            if letters[at] != "n":
                return ""
            kana.append("ン")
            at += 1
    return "".join(kana)
