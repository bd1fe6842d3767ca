"""Names across scripts: what a question writes in Latin letters and the corpus in kana or kanji, or the other way round.

Mint Rockets is ミントロケッツ, ペリモト is Pelimoto, Kashihara is 柏原. Both are written down as they sound, roughly: letters that
Japanese does not tell apart become one, vowels that it puts between consonants go. What then is nearly the same is the same
name (as in phonetic matching of transliterated names; Knight and Graehl 1998).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache

from reportqa.phrases import proper_nouns
from reportqa.sounds import Words, latin
from reportqa.spelling import Spellings, is_english
from reportqa.text import fold
from reportqa.tokens import tagger, terms
from reportqa.types import Span

ALIKE = 0.85
"""How alike two names sound at least, as the share of letters they have in common in one order."""

SHORTEST = 4
"""Letters of a name, as it sounds."""

LONG = 6
"""One that is shorter must sound the same."""

MOST_WORDS = 3
"""Words of a name in Latin letters, at most."""

_WORDS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{4,}(?![A-Za-z0-9])")
_BEGINNING = re.compile(r"(?:^|[.!?。！？\n])\W*")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{3,}")
_LOOSE = [
    (re.compile(pattern), said)
    for pattern, said in (
        (r"[^a-z]", ""),
        (r"tch", "ch"),
        (r"sch", "sh"),
        (r"ph", "f"),
        (r"ght", "t"),
        (r"ck|q(?!u)", "k"),
        (r"qu", "kw"),
        (r"x", "ks"),
        (r"th", "s"),
        (r"^kn", "n"),
        (r"^wr", "r"),
        (r"d?ge$", "ji"),
        (r"dg", "j"),
        (r"[ts]ion", "shon"),
        (r"c(?=[eiy])", "s"),
        (r"g(?=[eiy])", "j"),
        (r"c(?!h)", "k"),
        (r"v", "b"),
        (r"l", "r"),
        (r"ee|ea", "i"),
        (r"oo|ou", "u"),
        (r"y(?![aiueo])", "i"),
        (r"(?<=[^aiueo])e$", ""),
        (r"sh", "s"),
        (r"ch|ts", "t"),
        (r"j", "z"),
        (r"f", "h"),
        (r"(?<=[^aiueo])h", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=[kgszhbpmrt])u(?=[^aiueo]|$)|(?<=[td])o(?=[^aiueo]|$)", ""),
        (r"m(?=[bp])", "n"),
    )
]


@lru_cache(maxsize=65536)
def loose(letters: str) -> str:
    """A name in small Latin letters as Japanese ears hear it: carmelite → karmerit, karumeraito → karmerait."""
    for pattern, said in _LOOSE:
        letters = pattern.sub(said, letters)
    return letters


class Names:
    """The names of a corpus by their sound. Built when a question first says one that the corpus does not."""

    def __init__(self, spellings: Spellings, words: Words) -> None:
        self._spellings = spellings
        self._words = words

    def holds(self, word: str) -> bool:
        """Whether the corpus itself writes a folded Latin word, of five letters at least, so."""
        return word in self._written

    def of_latin(self, name: str, *, is_word: bool) -> str | None:
        """What the corpus writes in kana or kanji for a folded Latin name, or for a word of the language.

        Kanji must be read exactly so; what a word is read like must be a proper name (Human is no 不満).
        """
        read = self._words.in_romaji(name)
        if read and (not is_word or read.startswith(proper_nouns(read)[:1])):
            return read
        return _nearest(loose(name), self._katakana) or (None if is_word else self._words.in_pinyin(name))

    def of_katakana(self, name: str) -> str | None:
        """What the corpus writes in Latin letters for a name in katakana.

        Where it is a word of the dictionary, which knows where that comes from, it must be that.
        """
        found = _nearest(loose(latin(name)), self._latin)
        origins = [term for term in terms(name) if term.isascii()] if len(tagger()(name)) == 1 else []
        return found if not origins or difflib.get_close_matches(found or "", origins, 1, ALIKE) else None

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset(self._spellings.names)

    @cached_property
    def _katakana(self) -> Mapping[str, str]:
        names = self._spellings.by_reading.values()
        return {loose(latin(name)): name for name in names if _KATAKANA.fullmatch(name)}

    @cached_property
    def _latin(self) -> Mapping[str, str]:
        return {loose(name): name for name in self._spellings.names if name.isalpha()}


def _nearest(sound: str, names: Mapping[str, str]) -> str | None:
    if len(sound) < SHORTEST:
        return None
    if sound in names or len(sound) < LONG:
        return names.get(sound)
    near = difflib.get_close_matches(sound, _likely(sound, names), n=1, cutoff=ALIKE)
    return names[near[0]] if near else None


def _likely(sound: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name[:1] == sound[:1] and len(name) >= LONG)


def renamed(question: str, names: Names, known: Callable[[str], bool], says: Callable[[str], bool]) -> str:
    """``question`` with the names that the corpus writes in another script as it writes them.

    ``known`` tells whether a folded Latin word is one of the corpus or of the language: what is not is a name, and so is
    what has a capital within a sentence. ``says`` tells whether a text stands in the corpus.
    """
    found: dict[Span, str] = {}
    for start, end in _latin_names(question, known):
        words = fold(question[start:end]).split()
        if any(a < end and start < b for a, b in found) or all(
            names.holds(word) or (len(word) <= SHORTEST and known(word)) for word in words
        ):
            continue
        is_word = len(words) == 1 and (known(words[0]) or is_english(words[0]))
        if other := names.of_latin(" ".join(words), is_word=is_word):
            found[start, end] = other
    for match in _KATAKANA.finditer(question):
        if not says(fold(match.group())) and (other := names.of_katakana(match.group())):
            found[match.span()] = other
    for start, end in sorted(found, reverse=True):
        question = question[:start] + found[start, end] + question[end:]
    return question


def _latin_names(question: str, known: Callable[[str], bool]) -> list[Span]:
    """The Latin words that may be names, those that stand together first, then one by one."""
    words = list(_WORDS.finditer(question))
    begins = {match.end() for match in _BEGINNING.finditer(question)}
    named = [
        (word.group()[0].isupper() and word.start() not in begins)
        or not (len(word.group()) <= SHORTEST or known(folded := fold(word.group())) or is_english(folded))
        for word in words
    ]
    return [
        (first.start(), last.end())
        for count in range(MOST_WORDS, 0, -1)
        for at, (first, last) in enumerate(zip(words, words[count - 1 :], strict=False))
        if all(named[at : at + count]) and len(question[first.start() : last.end()].split()) == count
    ]
