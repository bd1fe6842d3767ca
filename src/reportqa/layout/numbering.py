"""Pages become slides: the number each one shows, and what recurs on them told from their content."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from reportqa.layout.furniture import edge_lines, section_lines
from reportqa.layout.marks import LEGAL, PAGE_NUMBER, Line, has_letters, is_aside, is_bullet, text_lines
from reportqa.layout.numbers import templates
from reportqa.layout.regions import find_regions
from reportqa.types import Numbering, Page, Region, Role, Slide

_Seen = dict[int, tuple[int, int]]  # place of the page → its number, and which line shows it
# Text with a number typeset at its right edge: not a footer.
_RIGHT_EDGE = re.compile(r"\S(?:\t|\s{3,})\d{1,4}$")
_EDGE = 3  # a page number stands among the first or last lines of its page


def lay_out(deck_id: str, pages: Sequence[Page]) -> tuple[Slide, ...]:
    """The slides of a deck: each page numbered, its regions found around those the reader knows.

    A page's own label is kept. Otherwise the deck's pages are searched for printed numbers: a number in the
    first or last lines that stands at one constant distance from the page's place in the file. It is then
    ``printed`` on the slides that show it and ``inferred`` on the others; without one, the place counts
    (``page``). Numbers are unique within the deck: where printed ones collide, all slides are numbered by place.
    """
    lines = [text_lines(page.text) for page in pages]
    printed = _printed(pages, lines)
    numbers = _numbers(pages, {place: number for place, (number, _) in printed.items()})
    roles = _deck_roles(lines)
    slides = []
    for place, page in enumerate(pages):
        known = list(page.regions)
        furniture = dict(roles[place])
        at = _label_line(page.label, lines[place])
        if at is not None:
            furniture[at] = "footer"
        if place in printed and not _RIGHT_EDGE.search(lines[place][printed[place][1]].text):
            furniture[printed[place][1]] = "footer"
        for at, role in sorted(furniture.items()):
            line = lines[place][at]
            # What the whole deck repeats is no content, though it has a text box to itself.
            if at in roles[place]:
                known = [region for region in known if not _is_that_line(region, line)]
            if all(line.end <= region.start or region.end <= line.start for region in known):
                known.append(Region(role, line.start, line.end))
        number, numbering = numbers[place]
        regions = find_regions(page.text, tuple(sorted(known, key=lambda region: region.start)))
        slides.append(Slide(deck_id, number, page.page, numbering, page.text, regions))
    return tuple(slides)


def _is_that_line(region: Region, line: Line) -> bool:
    return region.role == "body" and line.start <= region.start and region.end <= line.end


def _edge(texts: Sequence[Line]) -> list[int]:
    """Indexes of the first and last lines of a page, where its number may stand."""
    return [*range(min(_EDGE, len(texts))), *range(max(_EDGE, len(texts) - _EDGE), len(texts))]


def _label_line(label: str | None, texts: Sequence[Line]) -> int | None:
    """Which edge line prints the page's known label and nothing else, from the bottom up."""
    for at in reversed(_edge(texts)):
        if (
            label
            and PAGE_NUMBER.fullmatch(texts[at].text)
            and label.strip() in re.findall(r"\d+", texts[at].text)
        ):
            return at
    return None


def _numbers(pages: Sequence[Page], printed: dict[int, int]) -> list[tuple[str, Numbering]]:
    """Label and kind of every page; see ``lay_out``."""
    labels: list[tuple[str, Numbering] | None] = []
    for place, page in enumerate(pages):
        if page.label is not None and page.label.strip():
            labels.append(("".join(page.label.split()), page.numbering or "printed"))
        elif place in printed:
            labels.append((str(printed[place]), "printed"))
        else:
            labels.append(None)
    anchors = {place: int(label[0]) for place, label in enumerate(labels) if label and label[0].isdecimal()}
    counted: list[tuple[str, Numbering]] = []
    for place, (page, label) in enumerate(zip(pages, labels, strict=True)):
        if label is None and anchors:
            anchor = max((at for at in anchors if at < place), default=min(anchors))
            label = str(anchors[anchor] + place - anchor), "inferred"
        counted.append(label or (str(page.page), "page"))
    numbers = [number for number, _ in counted]
    if len(set(numbers)) == len(numbers) and not any(number.startswith("-") for number in numbers):
        return counted
    places = Counter(page.page for page in pages)
    unique = all(count == 1 for count in places.values())
    return [(str(page.page if unique else at), "page") for at, page in enumerate(pages, 1)]


def _printed(pages: Sequence[Page], lines: Sequence[Sequence[Line]]) -> _Seen:
    """Page numbers seen on pages without a label: place → (number, index of its line).

    Every reading of an edge line votes for the distance between its number and the page's place. A wording
    must vote with one voice on three pages (two where it is a copyright line), a bare number on half of all
    pages; the distance with most pages wins.
    """
    votes: dict[tuple[str, str], dict[int, _Seen]] = defaultdict(lambda: defaultdict(dict))
    for place, (page, texts) in enumerate(zip(pages, lines, strict=True)):
        if page.label is not None:
            continue
        for at in _edge(texts):
            for before, after, number in templates(texts[at].text):
                bare = not has_letters(before + after)
                if bare and not (PAGE_NUMBER.fullmatch(texts[at].text) or not before + after):
                    continue
                votes[before, after][number - place].setdefault(place, (number, at))
    best: _Seen = {}
    for (before, after), distances in votes.items():
        total = sum(len(seen) for seen in distances.values())
        distance = max(distances, key=lambda key: len(distances[key]))
        seen = distances[distance]
        worded = has_letters(before + after)
        least = (2 if LEGAL.search(before + after) else 3) if worded else max(2, len(pages) / 2)
        clear = len(seen) >= (0.8 if worded else 0.5) * total
        if len(seen) >= least and clear and distance >= -len(pages) and len(seen) > len(best):
            best = seen
    return best


def _deck_roles(lines: Sequence[Sequence[Line]]) -> list[dict[int, Role]]:
    """Lines that are furniture by what the whole deck shows: page by page, line index → role.

    Section names and breadcrumb paths; copyright lines; and lines that stand at the edge of half of the
    pages, four or more: a breadcrumb above the content, a footer below it.
    """
    roles: list[dict[int, Role]] = [{} for _ in lines]
    flat = [(place, at) for place, texts in enumerate(lines) for at in range(len(texts))]
    for index in section_lines([lines[place][at].text for place, at in flat]):
        place, at = flat[index]
        if len(lines[place]) > 1:
            roles[place].setdefault(at, "breadcrumb")
    counts = edge_lines([[line.text for line in texts] for texts in lines], _EDGE)
    least = max(4, len(lines) / 2)
    for place, texts in enumerate(lines):
        for at, line in enumerate(texts):
            edge = at < _EDGE or at >= len(texts) - _EDGE
            if edge and counts[line.text] >= least and not (is_bullet(line.text) or is_aside(line.text)):
                above = at < _EDGE and at < len(texts) - _EDGE and has_letters(line.text)
                above = above and not LEGAL.search(line.text)
                roles[place].setdefault(at, "breadcrumb" if above else "footer")
        if len(roles[place]) == len(texts):  # never all of a page
            roles[place] = {at: role for at, role in roles[place].items() if LEGAL.search(texts[at].text)}
    return roles
