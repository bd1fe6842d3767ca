"""Lists whose items a slide numbers: ①②③, 1. 2. 3., 課題1 課題2, Step 1 Step 2, wherever the items stand.

Boxes side by side and the cells of a grid are read in an order of their own; their numbers say what belongs together.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from reportqa.answer.fragments import Fragment
from reportqa.text import CIRCLED, trim
from reportqa.types import Span

LEAST = 3
"""Fewest items with bare figures for marks: 1 and 2 alone may be anything."""

_INSIDE = re.compile(rf"(?<![^\s、。，；;|（(「])[{CIRCLED}]")
"""A circled number that begins something: what stands in a sentence (①と②) only refers to it."""

_MARK = re.compile(
    rf"[(（【\[]?(?P<word>[^\W\d_]{{0,8}}?)[\s　.\-–:：#]?(?P<number>\d{{1,2}}(?!\d)|[{CIRCLED}Ⅰ-Ⅻⅰ-ⅻ])"
    r"(?P<after>(?:[.．:：](?!\d)|[)）、】\]章部節点])*)(?P<blank>[\s　]*)(?=\S)"
)
"""A mark at the beginning of a text: a word or none, a number, and signs."""

Sort = tuple[str, ...]
"""What the marks of one list have in common; the first part is empty for bare figures."""


class Numbered(NamedTuple):
    """An item with its mark, the mark's number, and the fragment it stands in."""

    number: int
    piece: Fragment
    span: Span


def numbered(pieces: Sequence[Fragment]) -> Iterator[list[Numbered]]:
    """Every run of items numbered from one on without a gap, in the order of their numbers."""
    alike: dict[Sort, list[Numbered]] = defaultdict(list)
    for piece in pieces:
        if piece.kind != "headline":
            for span in piece.spans:
                for sort, item in _numbered_in(piece, span):
                    alike[sort].append(item)
    for sort, items in alike.items():
        ones = [place for place, item in enumerate(items) if item.number == 1]
        for at, end in pairwise([*ones, len(items)]):
            first: dict[int, Numbered] = {}
            for item in items[at:end]:
                first.setdefault(item.number, item)
            if _counts(first) and len(first) >= (2 if sort[0] else LEAST):
                yield [first[number] for number in sorted(first)]


def counted_until(text: str, spans: Sequence[Span]) -> list[int | None]:
    """Where each text begins behind a number that counts them from one on; None for all where the numbers do not.

    Names with a number of their own are told by that (Windows 10, A4), and by what would be left being the same.
    """
    marks = [_mark(text, span) for span in spans]
    known = [mark for mark in marks if mark is not None]
    numbers = [mark.number for mark in known]
    left = {text[mark.end : end] for mark, (_, end) in zip(marks, spans, strict=True) if mark is not None}
    alike = len({mark.sort for mark in known}) == 1 and _counts(numbers)
    if not alike or len(left) < len(numbers) or 2 * len(known) <= len(spans):
        return [None] * len(spans)
    return [mark.end if mark else None for mark in marks]


class _Mark(NamedTuple):
    """``end`` is where the text behind it begins."""

    sort: Sort
    number: int
    end: int


def _mark(text: str, span: Span) -> _Mark | None:
    """The mark at the beginning of ``span``, set apart from what follows; figures need more than being there: 5%, 3つの."""
    found = _MARK.match(text, *span)
    if found is None or found.end() >= span[1]:
        return None
    figure = found["number"].isdecimal()
    if figure and not found["after"] and not found["blank"]:
        return None
    number = int(found["number"]) if figure else int(unicodedata.numeric(found["number"]))
    sort = "figure" if figure else "sign"
    return _Mark(
        (found["word"].casefold() or ("" if figure else sort), sort, found["after"]), number, found.end()
    )


def _numbered_in(piece: Fragment, span: Span) -> Iterator[tuple[Sort, Numbered]]:
    """The items that begin in ``span``, each with the sort of its mark."""
    text = piece.slide.text
    inside = [match.start() for match in _INSIDE.finditer(text, *span)]
    for at, end in pairwise([*inside, span[1]]):
        item = trim(text, at, end)
        if item[1] - at > 1:
            yield ("circled",), Numbered(int(unicodedata.numeric(text[at])), piece, item)
    mark = None if inside else _mark(text, span)
    if mark:
        yield mark.sort, Numbered(mark.number, piece, span)


def _counts(numbers: Iterable[int]) -> bool:
    """Whether numbers are 1, 2, 3 and so on, in any order."""
    return all(number == place for place, number in enumerate(sorted(numbers), start=1))
