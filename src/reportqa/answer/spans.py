"""Short answers: figures with their units, dates, names, as spans of a quotation."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from reportqa.answer.question import Expected
from reportqa.dates import mentions
from reportqa.phrases import phrases
from reportqa.text import normalise, trim
from reportqa.types import Span

SpanKind = Literal[
    "number",
    "money",
    "percent",
    "date",
    "url",
    "phone",
    "quoted",
    "product",
    "person",
    "place",
    "organisation",
    "other",
]

_NUMBER = r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
_SCALE = r"(?:[千百十]*[兆億万千百](?:\d[\d,]*[万千]?)?)?"
_COUNTER = (
    r"(?:社|人分|人|名|個|件|台|体|種類以上|種類|種|つ|[カかヶヵ]国|か所|箇所|カテゴリー|本|回|枚|倍|秒|分野|分|時間|問|科目|部門|機関|項目|両|"
    r"ヶ月|か月|カ月|カ月間|年間|週間|日間|割|位|歳|ブース|トークン|シナリオ|メートル|km|m|gb|tb|トン|ページ|単位|モデル|国|ポイント|"
    r"k|b|m|x|billion|million|thousand|trillion|"
    r"people|companies|countries|years?|months?|days?|hours?|minutes?|seconds?|times|models?|slides?|個|家|次|亿|万)"
)
_TIME = r"\s?(?:年|[カかヶヵ]月|日|時間|分|秒|hours?|minutes?|h|min|小时|分钟)"
_YEAR = re.compile(r"(?:19|20)\d{2}")
_PERIOD = re.compile(r"quarter|half")
_SURELY = re.compile(r"(?:19|20)\d\d|[年月日]|期|[a-z]{3}")
_MONTH = (
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_SIGN = r"(?:[△▲]|(?<![a-z0-9.])[+±-])?"
_MORE = r"(?:\s?(?:以上|以下|以内|未満|超|余り|前後|強|弱|台|分の\d+))?"
_CURRENCY = r"(?:人民元|元|円|ドル|米ドル|ユーロ|usd|rmb|dollars?|yuan|yen)"

_RULES: tuple[tuple[SpanKind, str], ...] = (
    (
        "url",
        r"https?://[^\s、。,）)」』>\u3040-\u9fff]+|(?<![a-z0-9.@/])(?:[a-z0-9-]+\.)+(?:com|org|net|io|jp|cn|eu|gov|edu|dev|ai|info)(?:/[^\s、。,）)」』>\u3040-\u9fff]*)?(?![a-z0-9.-])|[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    ),
    (
        "phone",
        r"(?<![\d-])(?:\+\d{1,3}[ -]\(?0?\)?\d{1,4}|\(?0\d{1,4}\)?)(?:[ -]|(?<=\)))\d{1,4}[ -](?!(?:19|20)\d\d(?!\d))\d{3,4}(?![\d-])"
        r"|(?<=内線)[ :]?\d{3,5}(?!\d)|(?<=\bext\. )\d{3,5}(?!\d)",
    ),
    (
        "date",
        r"(?:(?:19|20)?\d{2}年(?:度)?(?:\d{1,2}月(?:\d{1,2}日)?|末|初|上期|下期|前半|後半)?|令和\d+年|(?:19|20)\d{2}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}月\d{1,2}日)(?:末|頃|時点)?(?:\s?[~-]\s?\d{1,2}(?:年|月|日)(?:\d{1,2}[月日])*)?",
    ),
    (
        "date",
        rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s)?{_MONTH},?\s\d{{4}}|{_MONTH}\s\d{{1,2}}(?:,?\s\d{{4}})?(?!\d)|"
        r"(?:(?:early|mid|late)[ -])?\b(?:19|20)\d{2}\b",
    ),
    ("date", r"(?<!\d)\d{1,2}:\d{2}(?:\s?(?:-|~|to|から)\s?\d{1,2}:\d{2})?(?!\d)"),
    ("percent", rf"{_SIGN}{_NUMBER}(?:[-~]{_NUMBER})?\s?(?:%|パーセント|割|percent){_MORE}"),
    (
        "money",
        rf"(?:[$¥€£]\s?)?{_SIGN}{_NUMBER}{_SCALE}(?:\s?(?:billion|million|trillion|thousand))?\s?{_CURRENCY}(?:/[^\s、。,)）のがをにはでともや]{{1,8}})?{_MORE}|[$¥€£]\s?{_NUMBER}{_SCALE}(?:\s?(?:billion|million|trillion))?|無料|無償|free\b",
    ),
    (
        "person",
        r"(?<![^\W\d_])[a-zà-ž][a-zà-ž'-]+(?: [a-zà-ž][a-zà-ž.'-]*){1,2}(?=\s?(?:氏|教授|博士|さん|会長|社長|先生|首相|大統領|ceo\b))",
    ),
    ("product", r"(?<![a-z0-9])[a-z][a-z.&-]*\d[a-z0-9.-]*"),
    ("number", rf"{_NUMBER}{_TIME}(?:\s?{_NUMBER}{_TIME})+"),
    ("number", rf"(?<![a-z])(?:約|およそ)?{_SIGN}{_NUMBER}(?:[-~]{_NUMBER})?{_SCALE}\s?{_COUNTER}?{_MORE}"),
    ("quoted", r"(?<=「)[^」]{2,60}(?=」)|(?<=『)[^』]{2,60}(?=』)|(?<=\")[^\"]{2,60}(?=\")"),
)
_PATTERNS = tuple((kind, re.compile(rule)) for kind, rule in _RULES)

PIECE_CHARS = 40
"""Longest part of a fragment that is an answer by itself."""

_REMARK = re.compile(r"[（(][^（）()]{1,6}[）)]\s*$")
_LABEL = re.compile(r"[:：]\s*")
_CLAUSE = re.compile(r"[^、。，,；;：:()（）\n]{2,30}")

ACCEPTS: dict[Expected, tuple[SpanKind, ...]] = {
    "percent": ("percent",),
    "money": ("money",),
    "date": ("date",),
    "number": ("number", "money", "percent"),
    "person": ("person",),
    "organisation": ("organisation",),
    "who": ("person", "organisation"),
    "place": ("place",),
    "name": ("quoted", "product"),
    "address": ("url",),
    "phone": ("phone",),
}
"""Which kinds of span may answer which kind of question; the others get no short answer."""


FIGURES: tuple[SpanKind, ...] = ("number", "money", "percent", "date")
"""The kinds that are figures."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of the slide's text that could be a short answer; ``folded`` is its folded text."""

    span: Span
    kind: SpanKind
    folded: str


def candidates(text: str, start: int, end: int) -> list[Candidate]:
    """Every typed span of ``text[start:end]``, with offsets into ``text``, in reading order."""
    return [
        Candidate((start + span[0], start + span[1]), kind, folded)
        for span, kind, folded in _candidates(text[start:end])
    ]


def parts(text: str, start: int, end: int) -> list[tuple[Span, str]]:
    """Other spans of ``text[start:end]`` that may answer: itself if short, what follows a label, its clauses."""
    found: list[tuple[Span, str]] = []
    if end - start <= PIECE_CHARS:
        found.append(((start, end), "piece"))
        remark = _REMARK.search(text, start, end)
        if remark and remark.start() > start:
            found.append(((start, remark.start()), "piece"))
    for label in _LABEL.finditer(text, start, end):
        line = text.find("\n", label.end(), end)
        found.append(((label.end(), line if line >= 0 else end), "piece"))
    found += [(match.span(), "clause") for match in _CLAUSE.finditer(text, start, end)]
    return [
        (span, kind) for (a, b), kind in found if 0 < (span := trim(text, a, b))[1] - span[0] <= PIECE_CHARS
    ]


_BEFORE = re.compile(
    r"(?:最大|最小|最長|最短|最低|約|およそ|毎[年月週日]|年間|月間|1日|[年月週]|每[年月天]|最多|大约|"
    r"\b(?:up to|about|around|over|nearly|approximately|approx\.|at least|at most|more than|less than|from))\s?$",
    re.IGNORECASE,
)
_WEEKDAY = (
    r"\s?[(（](?:[月火水木金土日]曜?日?|(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)\.?)(?:[・,、]?祝)?[)）]"
)
_CLOCK = r"\s?\d{1,2}:\d{2}"
_UNTIL = r"\s?(?:to|[-–~～〜]|から)\s?"
_AFTER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_WEEKDAY}(?:{_CLOCK}(?:{_UNTIL}{_CLOCK})?)?|{_CLOCK}",
        rf"(?:{_WEEKDAY})?{_UNTIL}\d+(?:[,.:/年月]\d+)*[^\W\d_ぁ-ゟ]{{0,3}}(?:{_WEEKDAY})?",
        r"\s?[a-zμσΩ°]{1,8}(?:/[a-zμ]{1,8})*(?![a-z])|/?[^\W\d_ぁ-ゟ]{1,8}(?:/[^\W\d_ぁ-ゟ]{1,8})*",
    )
)


def wider(text: str, span: Span, start: int, end: int) -> list[Span]:
    """A figure with what says how it is meant before it and what it counts behind: 最大 72時間, 21万 総トン."""
    before = _BEFORE.search(text, max(start, span[0] - 16), span[0])
    lows = dict.fromkeys([span[0], before.start() if before else span[0]])
    ends = [span[1], *(after.end() for pattern in _AFTER if (after := pattern.match(text, span[1], end)))]
    found = dict.fromkeys((low, high) for low in lows for high in ends)
    return [each for each in found if each != span and each[1] - each[0] <= PIECE_CHARS]


@lru_cache(maxsize=16384)
def _candidates(text: str) -> tuple[tuple[Span, SpanKind, str], ...]:
    normal = normalise(text)
    found: list[tuple[Span, SpanKind, str]] = []
    taken: list[tuple[int, int, SpanKind]] = []
    dates = mentions(normal.text)
    spans = [(date.start, date.end) for date in dates]
    for one, other in itertools.pairwise(dates):
        # FY24 2Q, 2024年上期: each by itself and both as one.
        parted = normal.text[one.end : other.start].strip(" の-/年度")
        if not parted and bool(_PERIOD.match(one.terms[0])) != bool(_PERIOD.match(other.terms[0])):
            spans.append((one.start, other.end))
    for at, to in spans:
        # 2/3 may be a share, H2 a name: only what can be nothing but a date leaves no figure inside.
        if _SURELY.search(normal.text, at, to):
            taken.append((at, to, "date"))
        found.append((normal.span(at, to), "date", normal.text[at:to]))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(normal.text):
            at, to = match.span()
            to -= len(match.group()) - len(match.group().rstrip())
            # A figure inside a date is no figure; inside a quoted title anything may stand.
            if any(a <= at and to <= b and k != "quoted" and kind != k for a, b, k in taken):
                continue
            if kind == "number" and _YEAR.fullmatch(normal.text[at:to]):
                continue
            taken.append((at, to, kind))
            found.append((normal.span(at, to), kind, normal.text[at:to]))
    for phrase in phrases(normal.text):
        if phrase.category != "person" and len(phrase.text) <= 2 and phrase.category != "place":
            continue  # 会社, 場所: a kind of thing, not the name of one
        found.append((normal.span(phrase.start, phrase.end), phrase.category, phrase.text))
    return tuple(sorted(set(found)))
