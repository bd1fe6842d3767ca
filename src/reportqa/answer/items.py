"""The things of a list one by one: enumerations parted, marks and explanations left off.

A quotation keeps all of it; what is named here is what a reader would count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from reportqa.answer.numbered import marked_until
from reportqa.text import trim
from reportqa.types import Span

LABEL = 25
"""Longest name, in characters, before an explanation."""

PARALLEL = 0.6
"""Share of the items that must have an explanation for it to be one."""

_BLANKS = r"(?<=[^\x00-\x7f])[ \u3000]+(?=\S)"
"""Between labels side by side on a line, none of them English."""

_SEPARATORS = {
    r"\n\s*[•・▪■□●○◆◇➢✓–-]\s*": 2,
    r"[、，;；]|,(?!\d{3})": 2,
    r"[／/]": 2,
    r"→|⇒|➔|▶": 2,
    _BLANKS: 3,
    r"・": 2,
}
"""What parts an enumeration, the surest first, and how many things it takes: a middle dot also joins words."""

_OPEN, _SHUT = "（(「『【〔[“", "）)」』】〕]”"
_QUOTED = re.compile(r"[「『“]([^「」『』“”\n]{1,40})[」』”]")
_BESIDE = re.compile(r"[\s　、，,・と和及び]*|\s*(?:and|&)\s*")
_LEADS = re.compile(r"[:：　\t]|[はがをに]、|(?<=[^\u3041-\u3096\s])は(?=\S)|\s{2,}")
"""What an enumeration stands behind on its line: 提出方法：, 対象は."""

_ENDS = re.compile(
    r"など|等(?:の|を|が|に|、|$)|といった|の[2-9二三四五六七八九十][つ点種社者か]|\bare\b|\betc\b"
)
_GLYPH = re.compile(r"[①-⑳❶-❿➀-➓•・▪■□●○◆◇➢✓]\s*(?=\S)")
_EXPLAINS = re.compile(r"[:：…―—\n\t]|。(?=.)|\s[-–]\s|　")


def parts(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The things that the items of a list name: of one item those it enumerates, of several their names."""
    if len(spans) == 1:
        return enumerated(text, *spans[0])
    beside = [_cut(text, *span, _BLANKS) for span in spans]
    if sum(len(labels) > 2 for labels in beside) >= PARALLEL * len(spans):
        return tuple(label for labels in beside for label in labels)
    said = _unmarked(text, spans)
    cuts = [_EXPLAINS.search(text, *span) for span in said]
    named = [
        trim(text, span[0], cut.start()) if cut and 0 < cut.start() - span[0] <= LABEL else None
        for span, cut in zip(said, cuts, strict=True)
    ]
    if sum(name is not None for name in named) < PARALLEL * len(said):
        return tuple(said)
    return tuple(name or span for name, span in zip(named, said, strict=True))


def enumerated(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The things enumerated in ``text[start:end]``; the whole of it where nothing is."""
    quoted = list(_QUOTED.finditer(text, start, end))
    if len(quoted) > 1 and all(_BESIDE.fullmatch(text, a.end(), b.start()) for a, b in pairwise(quoted)):
        return tuple(match.span(1) for match in quoted)
    inner = _brackets(text, start, end)
    best: list[Span] = []
    for a, b in [(start, end), *inner]:
        for separator, least in _SEPARATORS.items():
            found = _cut(text, a, b, separator)
            if len(found) >= max(len(best) + 1, least):
                best = found
            if len(found) > 2:
                break
    return _bare(text, best) if best else (trim(text, start, end),)


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


def _cut(text: str, start: int, end: int, separator: str) -> list[Span]:
    """``text[start:end]`` parted at separators that stand in no bracket."""
    shut = _brackets(text, start, end)
    places = [
        match.span()
        for match in re.finditer(separator, text[start:end])
        if not any(a <= start + match.start() < b for a, b in shut)
    ]
    at, found = start, []
    for a, b in [*((start + a, start + b) for a, b in places), (end, end)]:
        part = trim(text, at, a)
        if part[0] < part[1]:
            found.append(part)
        at = b
    return found


def _bare(text: str, found: Sequence[Span]) -> tuple[Span, ...]:
    """Parts without what leads up to the first and what goes on behind the last."""
    (start, first), *others = found
    leads = [match.end() for match in _LEADS.finditer(text, start, first)]
    if leads and leads[-1] < first:
        start = leads[-1]
    bare = [trim(text, start, first), *others]
    begin, end = bare[-1]
    after = _ENDS.search(text, begin, end)
    if after is not None and after.start() > begin:
        bare[-1] = trim(text, begin, after.start())
    return tuple(_unmarked(text, bare))


def _unmarked(text: str, spans: Sequence[Span]) -> list[Span]:
    """Items without their marks; figures are marks where most items begin with one."""
    numbers = [marked_until(text, span) for span in spans]
    numbered = sum(end is not None for end in numbers) >= PARALLEL * len(spans)
    found = []
    for span, number in zip(spans, numbers, strict=True):
        glyph = _GLYPH.match(text, *span)
        end = glyph.end() if glyph else number if numbered else None
        found.append(trim(text, end or span[0], span[1]))
    return found
