"""Slides out of a text export whose page breaks are lost.

Signals, from sure to weak, each a convention of exporters or of slides in general:

* form feeds, or separator lines that name the page (``<!-- Slide number: 3 -->``, ``--- Page 3 ---``);
* printed page numbers: wording that recurs with one rising number. Between two of them the number of
  slides is known, so exactly that many best-scoring starts are taken; elsewhere a threshold decides;
* header and footer lines that recur without a number (a copyright line, a link back to the contents);
* breadcrumbs and section names: every content slide has one, near its top, so a slide starts at the nearest
  possible place above it;
* section headings that are announced in a table of contents: dividers, a slide each;
* the seam that a dropped form feed leaves: a line that is indented, with no blank line before it, in a
  file where such lines are rare;
* wide gaps, and lines that read like headlines.

Whether a printed number opens or closes its slide is read from the gaps around it (the page break is on
the wider side) and from which end of the file such a line stands at; where nothing speaks, it closes it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from reportqa.layout.furniture import breadcrumbs, recurring, section_headings
from reportqa.layout.marks import (
    LEGAL,
    SENTENCE_END,
    Line,
    is_aside,
    is_bullet,
    is_headline,
    text_lines,
    width,
)
from reportqa.layout.numbers import Chain, find_chain
from reportqa.types import Numbering, Page

_THRESHOLD = 3.0
_REACH = 40  # a breadcrumb stands at most this many lines below the start of its slide
_PLAIN_HEADING = re.compile(r"#{1,2}\s+\S|第\s?[0-9０-９一二三四五六七八九十]{1,3}\s?[章部編]")


def recover_pages(text: str) -> tuple[Page, ...]:
    """The slides of a plain-text export, in order; no character but white space is lost between them.

    ``Page.label`` and ``Page.numbering`` are set where the export prints page numbers: ``printed`` where the
    number stands on that slide, ``inferred`` where it follows from its neighbours. With form feeds, or
    without any printed number, they are None and ``lay_out`` numbers the pages. A file without any signal is
    one page. See the module's docstring for what is assumed.
    """
    text = text.removeprefix("\ufeff")
    if "\f" in text:
        parts = text.split("\f")
        while parts and not parts[-1].strip():
            parts.pop()
        return tuple(Page(number, part.strip("\r\n")) for number, part in enumerate(parts, 1))
    lines = text_lines(text)
    if not lines:
        return ()
    words = [line.text for line in lines]
    chain = find_chain(words)
    starts = _starts(lines, words, chain)
    ends = [*starts[1:], len(lines)]
    labels = _labels(starts, chain)
    return tuple(
        Page(number, text[lines[first].start : lines[last - 1].end], label, numbering)
        for number, (first, last, (label, numbering)) in enumerate(zip(starts, ends, labels, strict=True), 1)
    )


@dataclass(frozen=True, slots=True)
class _Furniture:
    """Lines that open and close pages: sets of line indexes, and whether numbers open their page.

    ``regular`` says that lines other than the number stand on nearly every slide: then the page ends with
    them, and a number apart from them stands anywhere on its page.
    """

    heads: frozenset[int]
    feet: frozenset[int]
    opens: bool
    regular: bool


def _starts(lines: Sequence[Line], words: Sequence[str], chain: Chain | None) -> list[int]:
    """Indexes of the lines that open a slide; the first line always does."""
    scores = _scores(lines, words, chain)
    if not chain:
        chosen = [at for at in range(1, len(lines)) if scores[at] >= _THRESHOLD]
        return [0, *(chosen or _plain_headings(lines))]
    chosen = []
    first_line, first = chain.numbers[0]
    last_line, _ = chain.numbers[-1]
    if first <= len(lines):
        sure = first - 1 if first <= 4 else 0
        chosen += _best(scores, range(1, first_line + 1), sure, first)
    for (line, number), (next_line, next_number) in pairwise(chain.numbers):
        count = next_number - number
        chosen += _best(scores, range(line + 1, next_line + 1), count, count)
    chosen += _best(scores, range(last_line + 1, len(lines)), 0, len(lines))
    return [0, *sorted(chosen)]


def _best(scores: Sequence[float], window: range, least: int, most: int) -> list[int]:
    """The ``least`` best starts in the window whatever their score, up to ``most`` above the threshold."""
    ranked = sorted(window, key=lambda at: (-scores[at], at))
    return [at for place, at in enumerate(ranked[:most]) if place < least or scores[at] >= _THRESHOLD]


def _scores(lines: Sequence[Line], words: Sequence[str], chain: Chain | None) -> list[float]:
    """How much speaks for a slide starting at each line."""
    scores = [0.0] * len(lines)
    crumbs = breadcrumbs(words)
    headings = section_headings(words)
    furniture = _furniture(lines, words, chain)
    seams = _seams(lines)
    numbered = {line for line, _ in chain.numbers} if chain else set()
    edges = _edges(words, furniture, numbered)
    owners = _owners(lines, crumbs, seams, edges, headings)
    least = median([width(words[at]) for at in owners]) / 2 if owners else 30
    usual = sorted(line.gap for line in lines)[int(0.9 * len(lines))]
    for at in range(1, len(lines)):
        line, before = lines[at], lines[at - 1]
        if at in owners:
            scores[at] += 4
        if at in headings:
            scores[at] += 4
        if at in edges:
            scores[at] += 3.5
        if at in seams:
            scores[at] += 2
        if chain and (at if furniture.opens else at - 1) in numbered:
            scores[at] += 1 if furniture.regular else 3
        if line.gap > usual:
            scores[at] += min(1.5, 0.5 * (line.gap - usual))
        scores[at] += _wording(line, before, at - 1 in crumbs, least)
    return scores


def _wording(line: Line, before: Line, after_crumb: bool, least: float) -> float:
    """What the line's own words and the line before it say for or against a slide starting here."""
    score = 0.0
    if is_headline(line.text, int(max(24, least))):
        score += 1
    if is_aside(line.text):
        score -= 3
    if is_bullet(line.text):
        score -= 1
    if SENTENCE_END.search(line.text):
        score -= 1
    if width(line.text) <= 4:
        score -= 1
    if after_crumb:  # a slide is more than a breadcrumb
        score -= 3
    if is_bullet(before.text) and line.gap == 0:  # more likely what hangs under the bullet
        score -= 1
    return score


def _edges(words: Sequence[str], furniture: _Furniture, numbered: set[int]) -> frozenset[int]:
    """Lines before which furniture sees a page break: behind a block of footers, before a block of headers.

    Two blocks may touch (slides that are pictures export nothing else): a block ends where a line recurs.
    """
    found = set()
    for marks, closing in ((furniture.feet, True), (furniture.heads, False)):
        first = 0  # where the current block began
        seen: set[str] = set()
        for at in range(len(words) + 1):
            name = "#" if at in numbered else words[at] if at < len(words) else ""
            inside = at in marks
            if seen and (not inside or name in seen):
                alone = furniture.regular and seen == {"#"}
                if not alone:
                    found.add(at if closing else first)
                seen.clear()
            if inside:
                first = at if not seen else first
                seen.add(name)
    return frozenset(found - {0, len(words)})


def _seams(lines: Sequence[Line]) -> frozenset[int]:
    """Indented lines without a blank line before them, where these are rare: traces of form feeds."""
    found = frozenset(at for at, line in enumerate(lines) if at and line.indent == 1 and line.gap == 0)
    indented = sum(line.indent > 0 for line in lines)
    return found if len(found) >= 2 and indented <= max(4, 0.1 * len(lines)) else frozenset()


def _owners(
    lines: Sequence[Line],
    crumbs: frozenset[int],
    seams: frozenset[int],
    edges: frozenset[int],
    headings: dict[int, str],
) -> frozenset[int]:
    """The line that opens the slide of each breadcrumb.

    That is the nearest seam above it (or at it), or the line after a footer, but not above the breadcrumb or
    section heading before; without these, the first line of the paragraph that the breadcrumb closes.
    """
    owners = set()
    floor = 0
    for crumb in sorted(crumbs):
        if crumb - 1 in crumbs:
            continue
        passed = max((at + 1 for at in headings if at < crumb), default=0)
        lowest = max(floor, passed, crumb - _REACH)
        places = range(crumb, lowest - 1, -1)
        seam = next((at for at in places if at in seams and not is_aside(lines[at].text)), None)
        edge = next((at for at in places if at in edges), None)
        if seam is not None or edge is not None:
            owners.add(max(at for at in (seam, edge) if at is not None))
        else:
            owners.add(_paragraph_start(lines, crumb, lowest))
        floor = crumb + 1
    return frozenset(owners - {0})


def _paragraph_start(lines: Sequence[Line], crumb: int, lowest: int) -> int:
    """First line of the up to three lines that stand together right above a breadcrumb and read as one."""
    start = crumb
    while start - 1 >= lowest and crumb - start < 3:
        above = lines[start - 1].text
        if lines[start].gap > (1 if start == crumb else 0):
            break
        # A line that wraps fills its column: a short one does not run on into the next.
        if start < crumb and width(above) < max(40, 0.9 * width(lines[start].text)):
            break
        if is_bullet(above) or is_aside(above) or SENTENCE_END.search(above) or LEGAL.search(above):
            break
        start -= 1
    return start


def _furniture(lines: Sequence[Line], words: Sequence[str], chain: Chain | None) -> _Furniture:
    """Which recurring lines open pages and which close them: copyright lines and lines beside page numbers.

    Where numbers close pages, so do lines before them and a line that follows the very first; another line
    behind them opens pages if text follows its last place. Without numbers the file's two ends tell.
    """
    numbers = [line for line, _ in chain.numbers] if chain else []
    numbered = frozenset(numbers)
    repeats = recurring(words, max(3, len(numbers) // 3))
    opens = _opens(lines, chain, {at for places in repeats.values() for at in places}) if chain else False
    heads: set[int] = set()
    feet: set[int] = set()
    marks = set(numbered)
    for line, places in sorted(repeats.items(), key=lambda item: not LEGAL.search(item[0])):
        legal = bool(LEGAL.search(line))
        after = sum(at - 1 in marks for at in places)
        before = sum(at + 1 in marks for at in places)
        beside = after + before >= 0.5 * len(places)
        if not legal and not beside:
            continue
        if numbers and not opens:
            follows = places[0] - 2 <= numbers[0] < places[0] and after > 0
            closes = follows or (beside and (legal or before > after)) or _trailing(lines, places) < 0.15
        elif numbers:
            closes = before > after and places[-1] > numbers[-1]
        else:
            closes = places[0] > 0 and _trailing(lines, places) < 0.3
        (feet if closes else heads).update(places)
        if closes != opens:
            marks.update(places)
    regular = bool(numbers) and len(heads if opens else feet) >= 0.8 * len(numbers)
    if chain:
        (heads if opens else feet).update(numbered)
    return _Furniture(frozenset(heads), frozenset(feet), opens, regular)


def _trailing(lines: Sequence[Line], places: Sequence[int]) -> float:
    """How much text follows the last of the places, as a share of what usually stands between two."""
    steps = [later - earlier for earlier, later in pairwise(places)]
    return (len(lines) - 1 - places[-1]) / max(1.0, median(steps)) if steps else 1.0


def _opens(lines: Sequence[Line], chain: Chain, repeated: set[int]) -> bool:
    """Whether the printed numbers stand at the start of their slides rather than at the end.

    A number with no text before it opens the file's first slide, one with no text behind it closes the last.
    With text on both sides: a number 0 closes its slide, for none can precede it. Where almost every slide
    is numbered from 1 they open them (an unnumbered cover, which counts as 0, is common; an unnumbered last
    slide after a numbered cover is not). Where few are, the break is on the side of the wider gap.
    """
    numbers = [line for line, _ in chain.numbers]
    marks = repeated | set(numbers)
    if chain.opens:
        return True
    if (numbers[0] == 0) != (numbers[-1] == len(lines) - 1):
        return numbers[0] == 0
    if all(at in marks for at in range(numbers[-1], len(lines))) or (
        len(numbers) > 2 and _dense(chain) and _trailing(lines, numbers) < 0.6
    ):
        return False
    if all(at in marks for at in range(numbers[0] + 1)):
        return True
    first = chain.numbers[0][1]
    if first == 0:
        return False
    if first == 1 and _dense(chain):
        return True
    gaps = [lines[at].gap - lines[at + 1].gap for at in numbers if 0 < at < len(lines) - 1]
    return bool(gaps) and median(gaps) > 0


def _dense(chain: Chain) -> bool:
    """Whether nearly every slide prints its number."""
    return len(chain.numbers) >= 0.8 * (chain.numbers[-1][1] - chain.numbers[0][1] + 1)


def _plain_headings(lines: Sequence[Line]) -> list[int]:
    """Starts where nothing else speaks: Markdown or chapter headings, if there are at least two."""
    headings = [at for at, line in enumerate(lines) if _PLAIN_HEADING.match(line.text)]
    found = [at for at in headings if at and width(lines[at].text) <= 80]
    return found if len(found) >= 2 else []


def _labels(starts: Sequence[int], chain: Chain | None) -> list[tuple[str | None, Numbering | None]]:
    """The number of each slide: read where it is printed, counted from the nearest printed one elsewhere."""
    if not chain:
        return [(None, None)] * len(starts)
    printed: dict[int, int] = {}
    for line, number in chain.numbers:
        printed.setdefault(bisect_right(starts, line) - 1, number)
    known = sorted(printed)
    labels: list[tuple[str | None, Numbering | None]] = []
    for place in range(len(starts)):
        if place in printed:
            labels.append((str(printed[place]), "printed"))
            continue
        anchor = max((at for at in known if at < place), default=known[0])
        labels.append((str(printed[anchor] + place - anchor), "inferred"))
    return labels
