"""Printed page numbers: lines that recur with nothing but one rising number changed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportqa.layout.marks import LEGAL, has_letters

_DIGITS = re.compile(r"\d{1,4}(?!\d)")
_FAR = 60
_PAGE_WORD = re.compile(r"page|slide|ページ|頁|页|スライド", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?:<!--|#|-{2,}|={2,}|\*{2,}|\[)\s*.{0,20}$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chain:
    """Page numbers found in a sequence of lines: ``(line index, number)``, both rising.

    ``opens`` is True where the wording itself (``<!-- Slide number: 3 -->``, ``--- Page 3 ---``) says
    that the line stands before its page.
    """

    numbers: tuple[tuple[int, int], ...]
    opens: bool


def templates(line: str) -> list[tuple[str, str, int]]:
    """Every reading of the line as wording around one number: (before, after, number).

    ``12 / 39`` reads as 12 before `` / 39`` and as 39 after ``12 / ``; a line with more than ten numbers
    or longer than 160 characters is text, not a footer.
    """
    if len(line) > 160:
        return []
    found = list(_DIGITS.finditer(line))
    if len(found) > 10:
        return []
    readings = [
        (" ".join(line[: match.start()].split()), " ".join(line[match.end() :].split()), int(match.group()))
        for match in found
    ]
    aside = re.search(r"(?:\t|\s{3,})(\d{1,4})$", line)
    if aside:  # typeset exports put a number at the right edge of the last line of text
        readings.append(("", "", int(aside.group(1))))
    return readings


def find_chain(lines: Sequence[str]) -> Chain | None:
    """The best rising chain of page numbers among ``lines``, or None.

    A chain must span at least half of the lines, and leave at least one line for every page it counts.
    Wording with letters needs three occurrences (two where it names a page or a copyright); a bare number
    (``7``, ``- 7 -``, ``7 / 39``) needs three, most of them one apart, for charts print rising numbers too.
    """
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for index, line in enumerate(lines):
        for before, after, number in templates(line):
            groups[before, after].append((index, number))
    counts = Counter(lines)
    often = [counts[line] >= 3 and has_letters(line) for line in lines]
    company = [
        (0.5 if LEGAL.search(line) else 0.3) if again else 0.0
        for line, again in zip(lines, often, strict=True)
    ]
    # A page number often stands next to another line that recurs on every page.
    beside = [max(left, right) for left, right in zip([0.0, *company], [*company[1:], 0.0], strict=False)]
    best: tuple[float, Chain] | None = None
    for (before, after), found in groups.items():
        if len(found) < 2:
            continue
        wording = before + after
        worded = has_letters(wording)
        named = bool(_PAGE_WORD.search(wording) or LEGAL.search(wording))
        score, numbers = _rising(found, beside, 0.7 if worded else 0.2)
        if len(numbers) < (2 if named else 3) or not _spans(numbers, len(lines), named):
            continue
        steps = [later[1] - earlier[1] for earlier, later in pairwise(numbers)]
        if not worded and steps.count(1) < 0.6 * len(steps):
            continue
        if best is None or score > best[0]:
            opens = bool(_SEPARATOR.match(before)) and (named or not worded)
            best = score, Chain(tuple(numbers), opens)
    return best[1] if best else None


def _rising(
    found: list[tuple[int, int]], beside: Sequence[float], far: float
) -> tuple[float, list[tuple[int, int]]]:
    """The strictly rising subsequence of greatest worth: 1 for a step of one, ``far`` for a longer one."""
    ends: dict[int, tuple[float, int]] = {}  # number -> worth and place of the best chain ending in it
    back: list[int] = []
    worth: list[float] = []
    for place, (line, number) in enumerate(found):
        best, previous = 0.0, -1
        reach: Sequence[int] = range(max(0, number - _FAR), number)
        for value in reach:
            if value not in ends:
                continue
            score, origin = ends[value]
            if found[origin][0] == line:
                continue
            gain = score + (1.0 if value == number - 1 else far)
            if gain > best:
                best, previous = gain, origin
        best += beside[line]
        back.append(previous)
        worth.append(best)
        if number not in ends or best >= ends[number][0]:
            ends[number] = best, place
    place = max(range(len(found)), key=lambda at: (worth[at], at))
    score = worth[place]
    chain: list[tuple[int, int]] = []
    while place >= 0:
        chain.append(found[place])
        place = back[place]
    return score, chain[::-1]


def _spans(numbers: list[tuple[int, int]], lines: int, named: bool) -> bool:
    (first_line, first), (last_line, last) = numbers[0], numbers[-1]
    if last - first > last_line - first_line:
        return False
    if first > first_line + 3 and last - first + 1 != len(numbers):
        return False
    if named and len(numbers) >= 3:
        return last_line - first_line >= 0.3 * lines
    return last_line - first_line >= 0.5 * lines or (lines <= 12 and last_line > first_line)
