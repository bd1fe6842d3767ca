"""Follow-up questions made to stand alone, with what they took over made visible.

A follow-up leaves out what the last question already said. Three ways of leaving out are undone:
the ellipsis (「では英国は？」), where the new word takes the place of its like in the last question;
the pronoun (「その会社は…」), which gives way to the last subject; and the bare attribute
(「場所はどこ？」), before which the last subject is put. Besides, any follow-up may be meant as it stands, or
need the whole of the last question. Which reading holds is for the slides to say (``reportqa.context``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from reportqa import tokens
from reportqa.encoder import Encoder
from reportqa.leafing import asked_step
from reportqa.phrases import latin_names, phrases, proper_nouns
from reportqa.substitution import (
    FIGURE,
    NAMES,
    Swap,
    asks_attribute,
    in_place,
    is_name,
    kind_of,
    like_shaped,
    replace_alike,
    runs,
    told_and_asked,
    zh_phrases,
)
from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Answer, Language, Slide, Turn

_OPENING = re.compile(
    fold_variants(
        r"^(?:では|じゃあ?|それでは|それなら|そして|あと|次に|ちなみに|一方|逆に|そもそも|(?:and )?what about"
        r"|(?:and )?how about|and|then|so|那么|那(?![里儿边个些]))[、,\s]*"
    )
)
_SWITCH = re.compile(
    r"^(?:ところで|それはそうと|それはさておき|話は?変わ(?:って|りますが|るけど)|別件(?:ですが|で)?|by the way|btw|another question|on another (?:note|topic)|別の話(?:で|ですが|だけど)?|话说|顺便(?:问一下|问问|问)?|对了|另外|换个话题)"
    r"[、,，:：\s]*",
    re.IGNORECASE,
)
"""What says that the last question is done with: ところで, by the way, 另外."""

_PRONOUN = re.compile(
    fold_variants(
        r"(?P<of>その(?!他|後|ため|結果|まま|うち)|(?<!ど)この(?!資料|講演|レポート|報告|スライド|よう|まま)|同(?=国|法|年|大会)|其(?!中)|该)"
        r"|(?P<same>同じ[^のはがをに、,?？]{1,8}|the same \w+|同一[个家款]\w{1,4}?(?=的|在|还|有|是))"
        r"|(?P<topic>同(?:社|氏|校|省|庁))"
        r"|(?P<it>それら?(?!ぞれ|から|まで|で|なら)|これら?(?!から|まで)|あれ(?!ば)|そこ(?!で[、,])|そちら|こちら|前者|後者|彼(?:女|ら)?|它们?|他们?|她们?|那里|那儿|那边)"
        r"|\b(?P<whose>its|their|his|her)\b"
        r"|\b(?P<they>it|they|them|he|she|(?:that|this) (?:one|company|firm|city|country|product|model|person|plan|project|service|shop|store|plant|site|system)"
        r"|those|these|(?:that|there)(?=[?.!]*$)"
        r"|(?:(?<=\bis )|(?<=\bwas )|(?<=\bdid )|(?<=\bdoes )|(?<=\bwill )|(?<=\bcan ))that)\b"
    )
)
_NOT_PRONOUN = re.compile(r"\b(?:what is it|is it (?:true|possible)|how is it)\b")
_TAIL = re.compile(
    r"(?:のは|は|って|の場合は?|だと|なら|だったら|では|についても?|も|の?(?:ほう|方)は|はどう(?:ですか|なの|だった|なっていますか)?|呢)?[?？。!！\s]*"
)
_TOPIC = re.compile(r"(?:に|で|と|から|へ)?は")
_QUESTION_WORD = re.compile(
    fold_variants(
        r"いつ|どこ|どれ|どの|どんな|どう|誰|だれ|何|なに|なん|なぜ|いくら|いくつ|\b(?:who|what|when|where|which|why|how)\b"
        r"|什么|谁|哪|多少|几|怎|为何"
    )
)
_NO_NAME = re.compile(r"\d|://|@")
_MAX_ELLIPSIS_TERMS = 3
_ENDS = "?？。!！. "
_AND: Mapping[Language, str] = {"ja": "？", "en": "? ", "zh": "？"}
"""What stands between the last question and this one where they are read together."""

_CASE = frozenset(["方", "場合", "件"])
"""What 「32kのほうは」 and 「日本の場合は」 say without meaning anything by it."""

_ASKED = frozenset(
    [
        "数",
        "割合",
        "率",
        "名前",
        "場所",
        "会社",
        "企業",
        "国",
        "年",
        "時期",
        "価格",
        "料金",
        "値段",
        "理由",
        "人",
        "誰",
        "もの",
        "物",
        "本",
        "方",
    ]
)
"""Words a bare follow-up may consist of without naming a subject."""


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be understood alone, the words it took over, and the slide it came from.

    ``near`` is the slide of the last answer, where a follow-up is likely to be answered; None for a
    question that stood alone already. ``step`` is 1 or -1 where the slide after or before ``near`` is
    asked for, and 0 otherwise. ``joined``: it is the last question and this one in one.
    """

    question: str
    carried: tuple[str, ...] = ()
    near: Slide | None = None
    step: int = 0
    joined: bool = False


TURNS = 12
"""How many of the last questions are looked back to."""

BOTH_CHARS = 300
"""Longest text of two questions in one."""

KINDS = ("worded", "other", "alone", "both")
"""The readings of a question, by the names they have in ``Readings``; what the wording says is tried first."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The ways to understand a question.

    ``worded`` is what the wording says and ``other`` what it may say besides; ``alone`` is the question as it
    stands and ``both`` the last question and this one, None where nothing was asked before, another topic is announced
    or the next slide is asked for, ``both`` also where the two are too long. ``ellipsis``: the question is a bare
    phrase; ``names_another``: it names something new.
    """

    worded: Standalone
    other: Standalone | None = None
    alone: Standalone | None = None
    both: Standalone | None = None
    ellipsis: bool = False
    names_another: bool = False

    @property
    def kinds(self) -> dict[Standalone, frozenset[str]]:
        """Each reading once, and which of the four it is."""
        found: dict[Standalone, frozenset[str]] = {}
        for kind in KINDS:
            each = getattr(self, kind)
            if each is not None:
                found[each] = found.get(each, frozenset()) | {kind}
        return found


def readings(question: str, history: Sequence[Turn], encoder: Encoder) -> Readings:
    """The ways to understand ``question`` after ``history`` (oldest first).

    Where the wording leaves a question as it is, the last subject may be put before it all the same
    (「e-Learningの長さは？」 after a question about one company's courses); a pronoun may also mean the last answer.
    """
    switched = _SWITCH.sub("", question.strip())
    if switched and switched != question.strip():
        return Readings(Standalone(switched))
    step = asked_step(question)
    if step:
        return Readings(Standalone(question, near=last_cited(history), step=step))
    if not history:
        return Readings(Standalone(question))
    given = _taken_apart(question, history[-TURNS:], encoder)
    worded, *others = _by_wording(given, encoder)
    together = f"{given.asked.rstrip(_ENDS)}{_AND[given.language]}{given.body}"
    both = Standalone(together, (given.asked,), given.near, joined=True)
    return Readings(
        worded,
        others[0] if others else None,
        Standalone(question),
        both if len(together) <= BOTH_CHARS else None,
        given.ellipsis,
        _names_another(question, given.last, given.near),
    )


class _FollowUp(NamedTuple):
    """A question and the one before it, ``asked``: folded as ``last``, and as written where folding kept its length.

    ``body`` is the question folded and without its opening (では), ``own`` its words; ``near`` is the slide of the
    last answer.
    """

    question: str
    language: Language
    body: str
    own: Sequence[tokens.Token]
    pronoun: re.Match[str] | None
    ellipsis: bool
    asked: str
    last: str
    cased: str
    answer: Answer
    near: Slide | None


def _taken_apart(question: str, history: Sequence[Turn], encoder: Encoder) -> _FollowUp:
    asked, before = _asked(history, encoder), history[-1]
    last = fold(asked).rstrip("?。!. ")
    folded = fold(question).strip()
    body = _OPENING.sub("", folded)
    own = [t for t in tokens.tokenise(body) if t.kind != "part" and t.term not in _CASE]
    cited = before.answer.citations
    return _FollowUp(
        question,
        detect_language(question),
        body,
        own,
        _pronoun(question, body, own, last),
        bool(own) and _is_ellipsis(body, own, opened=body != folded),
        asked,
        last,
        asked if len(fold(asked)) == len(asked) else last,
        before.answer,
        cited[0].slide if cited else None,
    )


def _asked(history: Sequence[Turn], encoder: Encoder) -> str:
    """The last question as it was understood.

    Of one that was read together with the question before it only its own wording made to stand alone: two questions
    in one would become three.
    """
    before = history[-1]
    if not before.answer.joined:
        return before.answer.standalone or before.question
    if len(history) == 1:
        return before.question
    given = _taken_apart(before.question, history[:-1], encoder)
    rebuilt = _by_wording(given, encoder)[0]
    # Of 「なぜ？」 nothing can be carried on.
    return rebuilt.question if rebuilt.carried or len(given.own) > 1 else before.answer.carried[0]


def _by_wording(given: _FollowUp, encoder: Encoder) -> tuple[Standalone, ...]:
    """What the wording says, likeliest first: one or two readings."""
    question, body, own, language = given.question, given.body, given.own, given.language
    last, cased, near, pronoun = given.last, given.cased, given.near, given.pronoun
    swap: Swap | None = None
    if pronoun is None and given.ellipsis:
        phrase = body[own[0].start : own[-1].end]
        name = is_name(question, phrase)
        # A compound takes the place of a whole phrase: 土木整備部 that of 福祉保健部.
        word = not name and (len(own) == 1 or language == "en")
        replaced = like_shaped(phrase, last, cased)
        if not replaced and word:
            replaced = replace_alike(last, cased, phrase, own, encoder)
        if replaced:
            return (_kept(replaced, last, near),)
        swap = in_place(last, cased, phrase, name, encoder)
    subject = _subject(last, cased, own)
    if swap:
        put = _kept(swap.question, last, near)
        if not subject:
            return (put,)
        joined = Standalone(_join(subject, body, None, language), (subject,), near)
        return (put, joined) if swap.likely else (joined, put)
    if not subject:
        return (Standalone(question),)
    if pronoun is None and not _is_bare(body, own, language):
        topic = _topic(subject)
        nameless = language == "en" and not told_and_asked(last, cased, name=True)[0]
        if nameless or language != detect_language(given.asked) or _names_another(question, last, near):
            return (Standalone(question),)
        return Standalone(question), Standalone(_join(topic, body, None, language), (topic,), near)
    kind = pronoun and pronoun.lastgroup
    subject = _topic(subject) if kind == "topic" else subject
    first = Standalone(_join(subject, body, pronoun, language), (subject,), near)
    short = given.answer.short
    named = short.text if pronoun and short and not _NO_NAME.search(short.text) else None
    if named is None:
        return (first,)
    second = Standalone(_join(named, body, pronoun, language), (named,), near)
    return (second, first) if kind == "same" else (first, second)


def _kept(replaced: str, last: str, near: Slide | None) -> Standalone:
    """The last question with another word in it; the rest of it is what was carried over."""
    return Standalone(replaced, tuple(p.text for p in phrases(last) if p.text in fold(replaced)), near)


def _topic(subject: str) -> str:
    """A subject up to its first noun phrase that is no date or figure: what the rest of it is said of."""
    found = phrases(fold(subject))
    end = next((p.end for p in found if not FIGURE.search(p.text)), found[-1].end if found else len(subject))
    return subject[:end] if len(fold(subject)) == len(subject) else subject


def _names_another(question: str, last: str, near: Slide | None) -> bool:
    """Whether a question names somebody or something that neither the last question nor its slide does."""
    known = f"{last}\n{fold(near.text) if near else ''}"
    return any(not _says(name, known) for name in (*latin_names(question), *proper_nouns(fold(question))))


def _says(name: str, folded: str) -> bool:
    """Whether folded text says a name, and not as a part of another (EPS is not said by DeepSeek)."""
    return re.search(rf"(?<![a-z\d]){re.escape(name)}(?![a-z\d])", folded) is not None


def last_cited(history: Sequence[Turn]) -> Slide | None:
    """The slide that the latest answer with a citation quotes first; None before any."""
    return next((turn.answer.citations[0].slide for turn in reversed(history) if turn.answer.found), None)


def _pronoun(question: str, body: str, own: Sequence[tokens.Token], last: str) -> re.Match[str] | None:
    """The pronoun that means something said before: one with no noun of its own question to mean.

    In English and Chinese the subject comes late (what did it cost), so only a new name stands for a noun.
    """
    found = None if _NOT_PRONOUN.search(body) else _PRONOUN.search(body)
    if found is None:
        return None
    if detect_language(question) != "ja":
        before = question[: found.start()]
        named = any(not _says(name, last) for name in (*latin_names(before), *proper_nouns(fold(before))))
    else:
        named = any(token.end <= found.start() for token in own)
    return None if named else found


def _is_ellipsis(body: str, own: Sequence[tokens.Token], opened: bool) -> bool:
    """A bare noun phrase, perhaps with a particle: nothing is said about it."""
    if len(own) > _MAX_ELLIPSIS_TERMS or _QUESTION_WORD.search(body[: own[-1].end]):
        return False
    of = any(body[a.end : b.start] == "の" for a, b in pairwise(own))
    if of and kind_of(own[0]) not in ("number", "place"):
        return False  # 「豆包の価格は？」 names its subject and asks for an attribute
    bare = _TAIL.fullmatch(body[own[-1].end :]) is not None and own[0].start <= 6
    return bare and (detect_language(body) != "en" or opened)


def _is_bare(body: str, own: Sequence[tokens.Token], language: str) -> bool:
    """Whether a question names no subject of its own: one common word, or two of asking."""
    if language == "zh":
        said_zh = zh_phrases(body)
        return len(said_zh) <= 1 and all(end - start <= 3 for start, end in said_zh)
    said = [token for token in own if token.term not in _ASKED]
    if any(token.kind != "word" or kind_of(token) == "place" for token in said):
        return False
    return len(said) <= 1


def _subject(last: str, cased: str, own: Sequence[tokens.Token]) -> str:
    """What the last question was about: its words up to the attribute it asked for.

    An English question is about its names, where it has some; a Chinese one about its first phrase
    that is not said again.
    """
    said = {token.term for token in own}
    language = detect_language(cased)
    if language == "en":
        names = [m.group() for m in NAMES.finditer(cased) if m.start() and m.group().lower() not in said]
        if names:
            return " ".join(names)
        said_on = [run for run in runs(last) if not {token.term for token in run} <= said]
        longest = max(said_on, key=len, default=[])
        return last[longest[0].start : longest[-1].end] if longest else ""
    if language == "zh":
        pieces = [piece for a, b in zh_phrases(last) if (piece := last[a:b]) not in said]
        return next((piece for piece in pieces if not FIGURE.match(piece)), "".join(pieces[:1]))
    found = [p for p in phrases(last) if tokens.terms(p.text)]
    while found and set(tokens.terms(found[-1].text)) <= said:
        found = found[:-1]
    while found and set(tokens.terms(found[0].text)) <= said:
        found = found[1:]
    if not found:
        return ""
    # The topic stands before は; what follows is said or asked of it.
    topic = _TOPIC.search(last)
    before = [phrase for phrase in found if topic and phrase.end <= topic.start()]
    found = before or found
    if len(found) > 1 and asks_attribute(last, found[-1]):
        found = found[:-1]
    return cased[found[0].start : found[-1].end]


def _join(subject: str, body: str, pronoun: re.Match[str] | None, language: str) -> str:
    of = {"en": " ", "zh": "的"}.get(language, "の")
    if pronoun is None:
        return f"{subject}{of}{body}"
    put = {"of": f"{subject}{of}", "whose": f"{subject}'s"}.get(pronoun.lastgroup or "", subject)
    return body[: pronoun.start()] + put + body[pronoun.end() :]
