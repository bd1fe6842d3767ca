"""The things of a list one by one: enumerations parted, marks and explanations left off.

A quotation keeps all of it; what is named here is what a reader would count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from reportqa.answer.numbered import counted_until
from reportqa.layout.marks import BULLET, URL
from reportqa.text import trim
from reportqa.types import Span

LABEL = 25
"""Longest text, in characters, that is a label rather than a statement: a name before its explanation."""

PARALLEL = 0.6
"""Share of the items that must have an explanation for it to be one."""

LONGEST = 400
"""Longest text, in characters, that is looked through for an enumeration."""

WORDS = 5
"""Most words of a thing in an English enumeration; more are a clause."""

_BLANKS = r"(?<=[^\x00-\x7f])[ \u3000]+(?=\S)"
"""Between labels side by side on a line, none of them English."""

_SEPARATORS = {
    rf"\n\s*(?={BULLET.pattern})": 2,
    r"[、，;；]|,(?!\d)(?=[^\x00-\x7f])|(?<=[^\x00-\x7f]),": 2,
    r",\s+": 3,
    r"／|(?<=[^\x00-\x7f])/(?!\d)|(?<!\d)/(?=[^\x00-\x7f])|\s/\s": 2,
    r"→|⇒|➔|▶": 2,
    _BLANKS: 3,
    r"(?<![\u30a1-\u30fc])・|・(?![\u30a1-\u30fc])": 2,
}
"""What parts an enumeration, the surest first, and how many things it takes; a middle dot also joins foreign names."""

_OPEN, _SHUT = "（(「『【〔[“", "）)」』】〕]”"
_QUOTED = re.compile(r"[「『“]([^「」『』“”\n]{1,40})[」』”]")
_BESIDE = re.compile(r"[\s　、，,・と和及び]*|\s*(?:and|&)\s*")
_LEADS = re.compile(
    r"[:：](?!//)(?!\d)|[　\t]|[はがをに]、|(?<=[^\u3041-\u3096\s])は(?=\S)|包括|\s{2,}|\bare\s"
)
"""What an enumeration stands behind on its line: 提出方法：, 対象は."""

_ENDS = re.compile(
    r"など|(?<![高中初均平同上下特])等(?:の|を|が|に|、|$|[^\u3041-\u3096])|といった|のそれぞれ|の各"
    r"|の[2-9二三四五六七八九十][つ点種社者か]|(?:で(?:す|ある)|である)?[。.]$|\betc\b"
)
_JOINT = re.compile(
    r"\s*(?:\b(?:and|or)\s|および|及び|ならびに|並びに|以及|(?<=[^\x00-\x7f])[和与])\s*"
    r"|(?<=[\u4e00-\u9fff\u30a1-\u30fc])[とや](?=[\u4e00-\u9fff\u30a1-\u30fcA-Z])"
)
"""Between the last two things."""

_CLAUSE = re.compile(
    r"(?:[はがをにでてず]|おり|ため|ので|から)$|。.|^(?:it|they|we|he|she|which|who|but)\b", re.IGNORECASE
)
"""The end or the beginning of what is no thing but part of a sentence, and the end of one inside."""

_EXPLAINS = re.compile(r"(?:(?<!\d)[:：]|[:：](?!\d))(?!//)|[…―—\n\t　]|。(?=.)|\s[-–]\s")


def parts(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The things that the items of a list name: of one item those it enumerates, of several their names."""
    if len(spans) == 1:
        return enumerated(text, *spans[0])
    said = unmarked(text, spans)
    beside = [_cut(text, *span, _BLANKS, _shut(text, *span)) for span in said]
    if sum(len(labels) > 3 for labels in beside) >= PARALLEL * len(said):
        return tuple(label for labels in beside for label in labels)
    cuts = [_EXPLAINS.search(text, *span) for span in said]
    named = [
        trim(text, span[0], cut.start()) if cut and 0 < cut.start() - span[0] <= LABEL else None
        for span, cut in zip(said, cuts, strict=True)
    ]
    if sum(name is not None for name in named) < PARALLEL * len(said):
        return tuple(said)
    return tuple(name or span for name, span in zip(named, said, strict=True))


def enumerated(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The things enumerated in ``text[start:end]``, or in a bracket there; the whole of it where nothing is."""
    whole = (trim(text, start, end),)
    if end - start > LONGEST:
        return whole
    quoted = list(_QUOTED.finditer(text, start, end))
    if len(quoted) > 1 and all(_BESIDE.fullmatch(text, a.end(), b.start()) for a, b in pairwise(quoted)):
        return tuple(match.span(1) for match in quoted)
    inside = [_parted(text, a, b) for a, b in _brackets(text, start, end)]
    several = [found for found in inside if len(found) > 2]
    found = _parted(text, start, end)
    return tuple(several[0] if several and len(found) < 3 else found) or whole


def _parted(text: str, start: int, end: int) -> list[Span]:
    """``text[start:end]`` at its surest separators, without what leads up to it and goes on behind; empty for prose."""
    shut = _shut(text, start, end)
    for separator, least in _SEPARATORS.items():
        found = _joined(text, _cut(text, start, end, separator, shut))
        if len(found) >= least:
            break
    else:
        return []
    bare = _led(text, found)
    for place, (a, b) in enumerate(bare):
        after = _ENDS.search(text, a, b)
        if after is not None:
            bare[place:] = [trim(text, a, after.start())] if after.start() > a else []
            break
    bare = _joined(text, bare)
    if len(bare) < 2:
        return []
    words = max(len(text[a:b].split()) for a, b in bare)
    prose = any(_CLAUSE.search(text[a:b]) for a, b in bare) or (text[start:end].isascii() and words > WORDS)
    return [] if prose else unmarked(text, bare)


def _joined(text: str, found: Sequence[Span]) -> list[Span]:
    """Two parts or more with the last one taken apart where it joins two."""
    if len(found) < 2:
        return [*found]
    *others, (start, end) = found
    joint = _JOINT.search(text, start, end)
    if joint is None:
        return [*found]
    both = [trim(text, start, joint.start()), trim(text, joint.end(), end)]
    return [*others, *((a, b) for a, b in both if a < b)]


def _led(text: str, found: Sequence[Span]) -> list[Span]:
    """Parts without what leads up to the first; where another is led up to as well (大阪は5、東京は3) nothing is left off."""
    (start, first), *others = found
    leads = [match.end() for match in _LEADS.finditer(text, start, first) if match.end() < first]
    # What stands in a bracket leads up to nothing.
    before = [(a, next((at for at in range(a, b) if text[at] in _OPEN), b)) for a, b in others]
    if not leads or any(_LEADS.search(text, *span) for span in before):
        return [*found]
    return [trim(text, leads[-1], first), *others]


def _brackets(text: str, start: int, end: int) -> list[Span]:
    """What stands in each bracket of ``text[start:end]``, the outermost ones alone."""
    found, depth, opened = [], 0, start
    for at in range(start, end):
        if text[at] in _OPEN:
            opened = at + 1 if depth == 0 else opened
            depth += 1
        elif text[at] in _SHUT and depth:
            depth -= 1
            if depth == 0:
                found.append((opened, at))
    return found


def _shut(text: str, start: int, end: int) -> list[Span]:
    """Where nothing is parted: brackets and addresses; all of a text too long for an enumeration."""
    if end - start > LONGEST:
        return [(start, end)]
    return [*_brackets(text, start, end), *(match.span() for match in URL.finditer(text, start, end))]


def _cut(text: str, start: int, end: int, separator: str, shut: Sequence[Span]) -> list[Span]:
    """``text[start:end]`` parted at separators that stand in none of ``shut``."""
    places = [
        (start + match.start(), start + match.end()) for match in re.finditer(separator, text[start:end])
    ]
    at, found = start, []
    for a, b in [*(p for p in places if not any(i <= p[0] < j for i, j in shut)), (end, end)]:
        part = trim(text, at, a)
        if part[0] < part[1]:
            found.append(part)
        at = b
    return found


def unmarked(text: str, spans: Sequence[Span]) -> list[Span]:
    """Items without a stop at the end and without their marks: bullets, and numbers that count them (課題1, 課題2)."""
    counted = counted_until(text, spans)
    found = []
    for span, number in zip(spans, counted, strict=True):
        bullet = BULLET.match(text, *span)
        said = trim(text, bullet.end() if bullet else number or span[0], span[1] - text.endswith("。", *span))
        found.append(said if said[0] < said[1] else span)
    return found
