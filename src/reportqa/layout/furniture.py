"""What recurs through a deck: section names above headlines, header and footer lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from reportqa.layout.marks import (
    CRUMB_SEPARATOR,
    LEGAL,
    NUMBERED_HEADING,
    has_letters,
    is_aside,
    is_bullet,
    is_crumb,
    width,
)

_TRAILING_NUMBER = re.compile(r"[\s.…・·]*\d{1,3}$")


def section_headings(lines: Sequence[str]) -> dict[int, str]:
    """Numbered headings (``2. Market``) announced elsewhere: line index → title without its number.

    A heading counts where its title also stands as a line of its own, bare or with a number stuck to its
    end, before it (a table of contents) or after it (a breadcrumb). The items of a list do not: a heading has
    no numbered neighbour.
    """
    bare = Counter(line for line in lines)
    listed = Counter(_TRAILING_NUMBER.sub("", line) for line in lines)
    roots = Counter(CRUMB_SEPARATOR.split(line)[0].strip() for line in lines if is_crumb(line))
    found: dict[int, str] = {}
    numbered = [bool(NUMBERED_HEADING.match(line)) for line in lines]
    for index, line in enumerate(lines):
        match = NUMBERED_HEADING.match(line)
        if not match or width(line) > 90 or LEGAL.search(line):
            continue
        if any(numbered[max(0, index - 1) : index]) or any(numbered[index + 1 : index + 2]):
            continue
        title = line[match.end() :].strip()
        if width(title) >= 6 and has_letters(title) and (bare[title] or listed[title] or roots[title]):
            found[index] = title
    # A table of contents prints the numbers too: then the heading is the last line of that wording.
    last = {title: index for index, title in found.items()}
    return {index: title for title, index in last.items()}


def section_lines(lines: Sequence[str]) -> set[int]:
    """Indexes of sure breadcrumbs.

    Paths whose first part opens two of them or names a section; and the name of a numbered section as a line
    of its own behind its heading, if it stands there twice or also opens paths.
    """
    paths = {index for index, line in enumerate(lines) if is_crumb(line)}
    opening = {index: CRUMB_SEPARATOR.split(lines[index])[0].strip() for index in paths}
    roots = Counter(opening.values())
    titles = {title: index for index, title in section_headings(lines).items()}
    found = {index for index, root in opening.items() if roots[root] >= 2 or root in titles}
    named = [index for index, line in enumerate(lines) if line in titles and index > titles[line]]
    often = Counter(lines[index] for index in named)
    return found | {index for index in named if often[lines[index]] >= 2 or roots[lines[index]]}


def breadcrumbs(lines: Sequence[str]) -> frozenset[int]:
    """Indexes of breadcrumb lines: the sure ones, and lines of some length that recur at least three times,
    far apart, beside a line that reads like a headline."""
    found = section_lines(lines)
    for line, places in recurring(lines, 3).items():
        if not 8 <= width(line) <= 60 or not has_letters(line) or LEGAL.search(line):
            continue
        if found & set(places) or is_aside(line) or is_bullet(line) or "://" in line:
            continue
        beside = sum(_headline_near(lines, place) for place in places)
        if beside >= 0.8 * len(places):
            found |= set(places)
    return frozenset(found)


def _headline_near(lines: Sequence[str], place: int) -> bool:
    for other in (place - 1, place + 1):
        if 0 <= other < len(lines):
            line = lines[other]
            if width(line) >= 40 and not (is_bullet(line) or is_aside(line) or LEGAL.search(line)):
                return True
    return False


def recurring(lines: Sequence[str], least: int) -> dict[str, list[int]]:
    """Lines that stand at least ``least`` times in the file, spread over it: line → indexes.

    Spread means: half of the neighbours stand two lines apart or more.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        places[line].append(index)
    found = {}
    for line, indexes in places.items():
        if len(indexes) < least:
            continue
        steps = [later - earlier for earlier, later in pairwise(indexes)]
        if median(steps) >= 2:
            found[line] = indexes
    return found


def edge_lines(pages: Iterable[Sequence[str]], reach: int = 3) -> Counter[str]:
    """On how many pages each line stands among the first or last ``reach`` lines."""
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update(set(lines[:reach]) | set(lines[-reach:]))
    return counts
