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

from reportqa.sounds import Words, latin
from reportqa.spelling import Spellings, is_english
from reportqa.text import fold

ALIKE = 0.85
"""How alike two names sound at least, as the share of letters they have in common in one order."""

SHORTEST = 4
"""Letters of a name, as it sounds; one that is no longer must sound the same."""

MOST_WORDS = 3
"""Words of a name in Latin letters, at most."""

_WORDS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z'’-]*[A-Za-z](?![A-Za-z0-9])")
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
        return word in self._spellings.names

    def of_latin(self, name: str) -> str | None:
        """What the corpus writes in kana or kanji for a folded Latin name; kanji must be read exactly so."""
        found = self._words.named(name) or _nearest(loose(name), self._katakana)
        return None if found and found.isascii() else found

    def of_katakana(self, name: str) -> str | None:
        """What the corpus writes in Latin letters for a name in katakana."""
        return _nearest(loose(latin(name)), self._latin)

    @cached_property
    def _katakana(self) -> Mapping[str, str]:
        return {
            loose(latin(name)): name
            for name in self._spellings.by_reading.values()
            if _KATAKANA.fullmatch(name)
        }

    @cached_property
    def _latin(self) -> Mapping[str, str]:
        return {loose(name): name for name in self._spellings.names if name.isalpha()}


def _nearest(sound: str, names: Mapping[str, str]) -> str | None:
    if len(sound) < SHORTEST:
        return None
    if sound in names:
        return names[sound]
    if len(sound) == SHORTEST:
        return None
    near = difflib.get_close_matches(sound, _likely(sound, names), n=1, cutoff=ALIKE)
    return names[near[0]] if near else None


def _likely(sound: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name[:1] == sound[:1] and len(name) > SHORTEST)


def renamed(question: str, names: Names, known: Callable[[str], bool], says: Callable[[str], bool]) -> str:
    """``question`` with the names that the corpus writes in another script as it writes them.

    ``known`` tells whether a folded Latin word is one of the corpus or of the language: what is not is a name, and so is
    what has a capital within a sentence. ``says`` tells whether a text stands in the corpus.
    """
    found = question
    for name in _latin_names(question, known):
        if not all(names.holds(word) or len(word) <= SHORTEST for word in fold(name).split()):
            other = names.of_latin(fold(name))
            found = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", other, found) if other else found
    for word in _KATAKANA.findall(question):
        if not says(word) and (other := names.of_katakana(word)):
            found = found.replace(word, other)
    return found


def _latin_names(question: str, known: Callable[[str], bool]) -> list[str]:
    """The Latin words that may be names, those that stand together first, then one by one."""
    words = list(_WORDS.finditer(question))
    begins = {match.end() for match in _BEGINNING.finditer(question)}
    named = [
        (word.group()[0].isupper() and word.start() not in begins)
        or not (known(folded := fold(word.group())) or is_english(folded))
        for word in words
    ]
    found = []
    for count in range(MOST_WORDS, 0, -1):
        for at in range(len(words) - count + 1):
            together = question[words[at].start() : words[at + count - 1].end()]
            if all(named[at : at + count]) and len(together.split()) == count:
                found.append(together)
    return found
