"""Lists whose items a slide numbers: ①②③, 1. 2. 3., 課題1 課題2, Step 1 Step 2, wherever the items stand.

Boxes side by side and the cells of a grid are read in an order of their own; their numbers say what belongs together.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from reportqa.answer.fragments import Fragment
from reportqa.text import trim
from reportqa.types import Span

LEAST = 3
"""Fewest items with bare figures for marks: 1 and 2 alone may be anything."""

_CIRCLED = "①-⑳❶-❿➀-➓㈠-㈩⑴-⒇"
_INSIDE = re.compile(rf"[{_CIRCLED}]")
_MARK = re.compile(
    rf"[(（【\[]?(?P<word>[^\W\d_]{{0,8}}?)[\s　.\-–:：#]?(?P<number>\d{{1,2}}(?!\d)|[{_CIRCLED}Ⅰ-Ⅻⅰ-ⅻ])"
    r"(?P<after>[.．)）:：、】\]章部節点]*)(?P<blank>[\s　]*)"
)
"""A mark at the beginning of a text: a word or none, a number, and signs."""


class Numbered(NamedTuple):
    """An item with its mark, the mark's number, and the fragment it stands in."""

    number: int
    piece: Fragment
    span: Span


def numbered(pieces: Sequence[Fragment]) -> Iterator[list[Numbered]]:
    """Every run of items numbered from one on without a gap, in the order of their numbers."""
    alike: dict[tuple[str, ...], list[Numbered]] = defaultdict(list)
    for piece in pieces:
        if piece.kind == "headline":
            continue
        for span in piece.spans:
            for sort, item in _marked(piece, span):
                alike[sort].append(item)
    for sort, items in alike.items():
        for run in _from_one(items):
            if len(run) >= (2 if sort[0] else LEAST):
                yield run


def marked_until(text: str, span: Span) -> int | None:
    """Where the text begins behind a mark that is set apart from it; None where there is none or nothing else."""
    mark = _MARK.match(text, *span)
    return mark.end() if mark and (mark["after"] or mark["blank"]) and mark.end() < span[1] else None


def _marked(piece: Fragment, span: Span) -> Iterator[tuple[tuple[str, ...], Numbered]]:
    """The items that begin in ``span``, each with the sort of its mark, whose first part is empty for bare figures."""
    text = piece.slide.text
    inside = [match.start() for match in _INSIDE.finditer(text, *span)]
    for at, end in pairwise([*inside, span[1]] if inside else []):
        item = trim(text, at, end)
        if item[1] - at > 1:
            yield ("circled",), Numbered(_value(text[at]), piece, item)
    first = _MARK.match(text, *span)
    if inside or first is None or first.end() == span[1]:
        return
    word, number, after = first["word"], first["number"], first["after"]
    # 5%, 3つの and 1Q are no marks.
    if not word and not after and not first["blank"] and number.isascii():
        return
    sort = "figure" if number.isascii() else "roman"
    marked = word.casefold() or ("" if sort == "figure" else sort)
    yield (marked, sort, after), Numbered(_value(number), piece, span)


def _value(number: str) -> int:
    return int(number) if number.isascii() else int(unicodedata.numeric(number))


def _from_one(items: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Runs that begin with each one: all that follows up to the next, where it counts without a gap."""
    ones = [place for place, item in enumerate(items) if item.number == 1]
    for at, end in pairwise([*ones, len(items)] if ones else []):
        run = sorted(items[at:end], key=lambda item: item.number)
        if [item.number for item in run] == list(range(1, len(run) + 1)):
            yield run
