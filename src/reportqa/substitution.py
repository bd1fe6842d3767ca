"""What takes whose place in a question: a name a name's, a figure that of a figure written alike, a word that of
the word most like it.

``last`` is always a folded question and ``cased`` the same as written, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from reportqa import tokens
from reportqa.encoder import Encoder, StaticEncoder, Vectors
from reportqa.phrases import Phrase, latin_names, phrases, proper_nouns
from reportqa.text import detect_language, fold_variants
from reportqa.types import Span

NAMES = re.compile(r"\b(?:[A-Z][\w.-]*|[\w.-]*\d[\w.-]*)(?:\s+(?:[A-Z][\w.-]*|\d[\w.-]*))*")
"""Names of an English question: words with a capital or a figure."""

_ZH_CUT = re.compile(
    fold_variants(
        r"的|在|和|是|了|吗|呢|哪|什么|多少|几|有|与|向|被|把|对|为|谁|必须|须|应当|可以|能否|是否|[,，。？?！!、\s]+"
    )
)
"""Where a Chinese question is cut into phrases: at function words and punctuation."""

FIGURE = re.compile(r"\d")
_QUOTED = re.compile(r"[「『\"“]")
_ALIKE = 0.35
"""Cosine above which two words are taken to be of a kind (英国 and 米国)."""


class Swap(NamedTuple):
    """The last question with another thing in the place of what it told of.

    ``likely`` where that is likelier meant than an attribute of what it told of.
    """

    question: str
    likely: bool


def in_place(last: str, cased: str, phrase: str, name: bool, encoder: Encoder) -> Swap | None:
    """The last question with ``phrase`` for its like: a name takes a name's place, a word that of the word most like it.

    What was asked of the subject stays: 「ベガは？」 after 「シリウスの部品はいつまで？」. A word that is most like what
    was asked asks for something else of the same subject.
    """
    told, asked = told_and_asked(last, cased, name)
    if not told:
        return None
    likely = True
    if name:
        category = _category(phrase)
        names = told
        if detect_language(cased) != "en":
            names = [s for s in told if is_name(cased[slice(*s)], last[slice(*s)])]
        same = [s for s in names if category != "other" and _category(last[slice(*s)]) == category]
        span = (same or names or told)[0]
        likely = bool(names) or category != "place"
    elif isinstance(encoder, StaticEncoder):
        scores = _likeness(phrase, last, [*told, *asked], encoder)
        span = told[int(scores[: len(told)].argmax())]
        likely = int(scores.argmax()) < len(told)
    else:
        span = told[0]
    return Swap(_put(phrase, cased, span), likely)


def replace_alike(
    last: str, cased: str, phrase: str, own: Sequence[tokens.Token], encoder: Encoder
) -> str | None:
    """The last question with the word most like the new one put in its place, or None.

    In English as many words as the new ones are.
    """
    if not isinstance(encoder, StaticEncoder):
        return None
    kind = kind_of(own[-1] if own[0].kind == "word" else own[0])
    if detect_language(cased) == "en":
        size = len(own)
        spans = [
            (run[at].start, run[at + size - 1].end) for run in runs(last) for at in range(len(run) - size + 1)
        ]
    else:
        spans = [(t.start, t.end) for t in tokens.tokenise(last) if t.kind != "part" and kind_of(t) == kind]
    if not spans:
        return None
    scores = _likeness(phrase, last, spans, encoder)
    best = int(scores.argmax())
    # Figures, product names and places are of a kind whatever their vectors say.
    if kind == "word" and float(scores[best]) < _ALIKE:
        return None
    return _put(phrase, cased, spans[best])


def like_shaped(phrase: str, last: str, cased: str) -> str | None:
    """The last question with ``phrase`` for other figures in the same writing: 第3回 for 第8回, 128k for 32k."""
    if not FIGURE.search(phrase):
        return None
    shape = r"\d[\d,.]*".join(re.escape(part) for part in re.split(r"\d[\d,.]*", phrase))
    found = re.search(rf"(?<![a-z\d.]){shape}(?![a-z\d])", last)
    return _put(phrase, cased, found.span()) if found else None


def _put(phrase: str, cased: str, span: Span) -> str:
    return f"{cased[: span[0]]}{phrase}{cased[span[1] :]}"


def _likeness(phrase: str, last: str, spans: Sequence[Span], encoder: StaticEncoder) -> Vectors:
    """The cosine of ``phrase`` with each span of the last question, (spans,)."""
    vectors = encoder.encode_passages([phrase, *(last[slice(*span)] for span in spans)])
    scores: Vectors = vectors[1:] @ vectors[0]
    return scores


def is_name(text: str, phrase: str) -> bool:
    """Whether a phrase, in ``text`` as written, names somebody or something."""
    found = phrases(phrase)
    return bool(
        latin_names(text)
        or proper_nouns(phrase)
        or _QUOTED.search(text)
        or (found and found[0].category != "other")
    )


def told_and_asked(last: str, cased: str, name: bool) -> tuple[list[Span], list[Span]]:
    """The phrases of the last question that say what it is about, and the one it asked for if that is one.

    Of an English question only its names where a ``name`` looks for its like.
    """
    language = detect_language(cased)
    if language == "en":
        names = [m.span() for m in NAMES.finditer(cased) if m.start()]
        return names if name else [(run[0].start, run[-1].end) for run in runs(last)], []
    if language == "zh":
        found = zh_phrases(last)
        return (found[:-1], found[-1:]) if len(found) > 1 else (found, [])
    said = [p for p in phrases(last) if tokens.terms(p.text)]
    spans = [(p.start, p.end) for p in said]
    asked = len(said) > 1 and asks_attribute(last, said[-1])
    return (spans[:-1], spans[-1:]) if asked else (spans, [])


def zh_phrases(question: str) -> list[Span]:
    """Where the phrases of a folded Chinese question stand: what is longer than one character between its cuts.

    The Japanese dictionary, which tells ``phrases``, does not know Chinese.
    """
    cuts = [place for match in _ZH_CUT.finditer(question) for place in match.span()]
    bounds = [0, *cuts, len(question)]
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if b - a > 1]


def asks_attribute(last: str, phrase: Phrase) -> bool:
    """Whether the last noun is what was asked of the subject: 〜の価格は, not followed by a verb."""
    rest = last[phrase.end :]
    return bool(
        re.fullmatch(
            r"(?:は|を教えて|って|を|とは|が|はどこ|はいつ|は誰|はいくら|は何[^\s、。]{0,4}?)?(?:ですか|でしたか|か|なの|の)?[^\w]*",
            rest,
        )
    )


def _category(phrase: str) -> str:
    found = phrases(phrase)
    return "number" if FIGURE.search(phrase) else found[0].category if found else "other"


def kind_of(token: tokens.Token) -> str:
    """What may take a word's place: a figure a figure's, a Latin name a Latin name's, a place a place's."""
    if token.kind != "word":
        return token.kind
    found = phrases(token.term)
    return "place" if found and found[0].category == "place" else "word"


def runs(english: str) -> list[list[tokens.Token]]:
    """Words that mean something, as long as nothing but a blank stands between them."""
    found: list[list[tokens.Token]] = []
    for token in tokens.tokenise(english):
        if token.kind == "part":
            continue
        if found and english[found[-1][-1].end : token.start] == " ":
            found[-1].append(token)
        else:
            found.append([token])
    return found
