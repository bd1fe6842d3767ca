"""Follow-up questions made to stand alone, with what they took over made visible.

A follow-up leaves out what the last question already said. Three ways of leaving out are undone:
the ellipsis (「では英国は？」), where the new word takes the place of its like in the last question;
the pronoun (「その会社は…」), which gives way to the last subject; and the bare attribute
(「場所はどこ？」), before which the last subject is put. A question that names its own subject is
taken as it is: a change of topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reportqa import tokens
from reportqa.encoder import Encoder, StaticEncoder
from reportqa.phrases import Phrase, phrases
from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Slide, Turn

_OPENING = re.compile(
    r"^(?:では|じゃあ?|それでは|それなら|そして|あと|次に|ちなみに|一方|逆に|そもそも|(?:and )?what about|(?:and )?how about|and|then|so|那么?|那)[、,\s]*"
)
_PRONOUN = re.compile(
    fold_variants(
        r"(?P<of>その(?!他|後|ため|結果)|この(?!資料|講演|レポート|報告|スライド)|同(?=社|国|法|年|氏|大会)|其(?!中)|该)"
        r"|(?P<it>それら?|これら?|あれ|そこ|そちら|こちら|前者|後者|彼女?|它们?|他们?|她们?)"
        r"|\b(?P<whose>its|their|his|her)\b|\b(?P<they>it|they|them|he|she|that one|this one|those|these)\b"
    )
)
_NOT_PRONOUN = re.compile(r"\b(?:what is it|is it (?:true|possible)|how is it)\b")
_TAIL = re.compile(
    r"(?:は|って|の場合は?|だと|では|についても?|も|の?(?:ほう|方)は|はどう(?:ですか|なの|だった|なっていますか)?|呢)?[?？。!！\s]*"
)
_NAMES = re.compile(r"\b(?:[A-Z][\w.-]*|[\w.-]*\d[\w.-]*)(?:\s+(?:[A-Z][\w.-]*|\d[\w.-]*))*")
_ZH_CUT = re.compile(
    fold_variants(r"的|在|和|是|了|吗|呢|哪|什么|多少|几|有|与|向|被|把|对|为|谁|[,，。？?！!、\s]+")
)
_TOPIC = re.compile(r"(?:に|で|と|から|へ)?は")
_SHOW = (
    r"(?:の(?:内容|中身))?(?:を?(?:見せて?|見て|見たい|表示(?:して)?|開いて|出して|お願い(?:します)?)?"
    r"(?:ください|下さい|くれますか|もらえますか|です|します)?|は(?:何(?:ですか)?|どう(?:ですか)?)?|に?(?:進んで|戻って|行って)(?:ください|下さい)?)"
)
_THEN = r"(?:その|では|じゃあ|この|ひとつ|一つ|1つ|一個|1個|一枚|1枚)*[、,]?\s*"
_PAGE = r"の?(?:スライド|ページ|頁|枚)(?:目)?"
_GO = r"(?:please )?(?:show|go(?: back)? to|see|view|what(?:'s| is) on)?\s*(?:me )?(?:the )?"
_LOOK = r"(?:那么?|请|给我|我要|我想)*(?:看看?|翻到|显示|打开)?(?:一下)?"
_NEXT = re.compile(
    fold_variants(
        rf"{_THEN}(?:次|つぎ){_PAGE}{_SHOW}|次へ(?:進んで)?(?:ください|下さい)?"
        rf"|{_GO}(?:next|following) (?:slide|page)(?: please)?|next(?: one)?(?: please)?"
        rf"|{_LOOK}下一(?:页|张)(?:的?内容|幻灯片|ppt)*呢?"
    )
)
_PREVIOUS = re.compile(
    fold_variants(
        rf"{_THEN}(?:前|まえ){_PAGE}{_SHOW}|前へ(?:戻って)?(?:ください|下さい)?"
        rf"|{_GO}(?:previous|preceding|prior) (?:slide|page)(?: please)?|previous(?: one)?(?: please)?"
        rf"|{_LOOK}[上前]一(?:页|张)(?:的?内容|幻灯片|ppt)*呢?"
    )
)
_MAX_ELLIPSIS_TERMS = 3
_ALIKE = 0.35
"""Cosine above which two words are taken to be of a kind (英国 and 米国)."""

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
    asked for, and 0 otherwise.
    """

    question: str
    carried: tuple[str, ...] = ()
    near: Slide | None = None
    step: int = 0


def rewrite(question: str, history: Sequence[Turn], encoder: Encoder) -> Standalone:
    """``question`` made to stand alone after ``history`` (oldest first); unchanged if it already does."""
    if not history:
        return Standalone(question)
    step = asked_step(question)
    cited = last_cited(history)
    if step and cited is not None:
        return Standalone(question, near=cited, step=step)
    answer = history[-1].answer
    asked = answer.standalone or history[-1].question
    last = fold(asked).rstrip("?。!. ")
    cased = asked if len(fold(asked)) == len(asked) else last  # as written, where folding kept its length
    near = answer.citations[0].slide if answer.citations else None
    folded = fold(question).strip()
    body = _OPENING.sub("", folded)
    own = [token for token in tokens.tokenise(body) if token.kind != "part"]
    pronoun = None if _NOT_PRONOUN.search(body) else _PRONOUN.search(body)
    if pronoun is None and own and _is_ellipsis(body, own, opened=body != folded):
        replaced = _replace(last, cased, body, own, encoder)
        if replaced:
            kept = tuple(p.text for p in phrases(last) if p.text in fold(replaced))
            return Standalone(replaced, kept, near)
    if pronoun is None and not _is_bare(own):
        return Standalone(question)
    subject = _subject(last, cased, own)
    if not subject:
        return Standalone(question)
    return Standalone(_join(subject, body, pronoun), (subject,), near)


def last_cited(history: Sequence[Turn]) -> Slide | None:
    """The slide that the latest answer with a citation quotes first; None before any."""
    return next((turn.answer.citations[0].slide for turn in reversed(history) if turn.answer.found), None)


def asked_step(question: str) -> int:
    """1 where the next slide is asked for and nothing else, -1 for the previous one, else 0."""
    asked = fold(question).strip(" \t\n、,。.!?")
    return 1 if _NEXT.fullmatch(asked) else -1 if _PREVIOUS.fullmatch(asked) else 0


def _is_ellipsis(body: str, own: Sequence[tokens.Token], opened: bool) -> bool:
    """A bare noun phrase, perhaps with a particle: nothing is said about it."""
    if len(own) > _MAX_ELLIPSIS_TERMS:
        return False
    if (
        len(own) > 1
        and body[own[-2].end : own[-1].start] == "の"
        and _kind(own[0]) not in ("number", "place")
    ):
        return False  # 「豆包の価格は？」 names its subject and asks for an attribute
    bare = _TAIL.fullmatch(body[own[-1].end :]) is not None and own[0].start <= 6
    return bare and (detect_language(body) != "en" or opened)


def _is_bare(own: Sequence[tokens.Token]) -> bool:
    """Whether a question names no subject of its own: one common word, or two of asking."""
    said = [token for token in own if token.term not in _ASKED]
    if any(token.kind != "word" or _kind(token) == "place" for token in said):
        return False
    return len(said) <= 1


def _subject(last: str, cased: str, own: Sequence[tokens.Token]) -> str:
    """What the last question was about: its words up to the attribute it asked for.

    An English question is about its names, where it has some; Chinese is cut at function words,
    since the Japanese dictionary does not know it.
    """
    said = {token.term for token in own}
    language = detect_language(cased)
    if language == "en":
        names = [m.group() for m in _NAMES.finditer(cased) if m.start() and m.group().lower() not in said]
        if names:
            return " ".join(names)
        return " ".join(t.term for t in tokens.tokenise(last) if t.kind != "part" and t.term not in said)
    if language == "zh":
        pieces = [piece for piece in _ZH_CUT.split(last) if len(piece) > 1 and piece not in said]
        return pieces[0] if pieces else ""
    found = [p for p in phrases(last) if not set(tokens.terms(p.text)) <= said and tokens.terms(p.text)]
    if not found:
        return ""
    # The topic stands before は; what follows is said or asked of it.
    topic = _TOPIC.search(last)
    before = [phrase for phrase in found if topic and phrase.end <= topic.start()]
    found = before or found
    if len(found) > 1 and _asks_attribute(last, found[-1]):
        found = found[:-1]
    return cased[found[0].start : found[-1].end]


def _asks_attribute(last: str, phrase: Phrase) -> bool:
    """Whether the last noun is what was asked of the subject: 〜の価格は, not followed by a verb."""
    rest = last[phrase.end :]
    return bool(
        re.fullmatch(
            r"(?:は|を教えて|って|を|とは|が|はどこ|はいつ|は誰|はいくら|は何)?(?:ですか|でしたか|か|なの|の)?[^\w]*",
            rest,
        )
    )


def _join(subject: str, body: str, pronoun: re.Match[str] | None) -> str:
    if pronoun is None:
        return f"{subject} {body}" if subject.isascii() else f"{subject}の{body}"
    put = {"of": f"{subject}の", "whose": f"{subject}'s"}.get(pronoun.lastgroup or "", subject)
    return body[: pronoun.start()] + put + body[pronoun.end() :]


def _kind(token: tokens.Token) -> str:
    """What may take a word's place: a figure a figure's, a Latin name a Latin name's, a place a place's."""
    if token.kind != "word":
        return token.kind
    found = phrases(token.term)
    return "place" if found and found[0].category == "place" else "word"


def _replace(last: str, cased: str, body: str, own: Sequence[tokens.Token], encoder: Encoder) -> str | None:
    """The last question with the word most like the new one put in its place, or None."""
    if not isinstance(encoder, StaticEncoder):
        return None
    before = [token for token in tokens.tokenise(last) if token.kind != "part"]
    phrase = body[own[0].start : own[-1].end]
    kind = _kind(own[-1] if own[0].kind == "word" else own[0])
    same = [token for token in before if _kind(token) == kind]
    if not same:
        return None
    vectors = encoder.encode_passages([phrase, *(last[t.start : t.end] for t in same)])
    scores = vectors[1:] @ vectors[0]
    best = int(scores.argmax())
    # Figures, product names and places are of a kind whatever their vectors say.
    if kind == "word" and float(scores[best]) < _ALIKE:
        return None
    target = same[best]
    end = target.end
    if kind == "number":  # a figure goes with its counter: 2022年 takes the place of 2021年
        follower = next((t for t in before if t.start == target.end), None)
        end = follower.end if follower and len(own) > 1 else target.end
    return f"{cased[: target.start]}{phrase}{cased[end:]}"
