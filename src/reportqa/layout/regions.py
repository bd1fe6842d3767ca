"""Regions of one slide's text: headline, breadcrumb, blocks, notes, sources, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from reportqa.layout.blocks import Block, blocks_of
from reportqa.layout.marks import (
    NOTE,
    PAGE_NUMBER,
    SOURCE,
    URL_LINE,
    Line,
    bullet_rank,
    has_letters,
    is_crumb,
    is_footer,
    is_small_glyph,
    text_lines,
    width,
)
from reportqa.layout.tables import find_tables
from reportqa.types import Region, Role


def find_regions(text: str, known: Sequence[Region] = ()) -> tuple[Region, ...]:
    """The regions of ``text`` in reading order: they do not overlap and cover all text between them.

    ``known`` regions are kept as they are, the rest is found around them. Wrapped lines form one region; a
    bullet, a note (※, 注：), a source (出所：, a bare address) or a box title opens a new one. The headline is
    the lines next to the breadcrumb, or else the first plain block. Levels: 0 for a title or paragraph, 1 for
    a bullet or for text right under a box title, 2 for a smaller bullet under a bigger one.

    A table whose columns the export wrote one after the other is one ``table`` region over its first run, or
    the run under its header; its ``rows`` point at cells anywhere on the slide, and the other runs are
    ``table`` regions without rows.
    """
    regions = list(known)
    fixed = sorted((region.start, region.end) for region in known)
    crumbed = any(region.role == "breadcrumb" for region in known)
    lines: list[Line] = []
    at = 0
    for start, end in [*fixed, (len(text), len(text))]:
        part = text_lines(text, at, max(at, start))
        if part and lines:
            part[0] = replace(part[0], gap=max(part[0].gap, 1))
        lines += part
        at = max(at, end)
    taken: set[int] = set()
    for table in find_tables(lines):
        spans = [(lines[first].start, lines[last - 1].end) for first, last in table.runs]
        if any(begin < end and start < stop for begin, stop in spans for start, end in fixed):
            continue  # it reaches over a region the reader knows better
        for place, (first, last) in enumerate(table.runs):
            rows = table.rows if place == 0 else ()
            regions.append(Region("table", lines[first].start, lines[last - 1].end, 0, rows))
            taken.update(range(first, last))
    roles = {at: role for at in range(len(lines)) if at not in taken and (role := _furniture(at, lines))}
    if known:
        # What a format writes around the regions its reader knows (#, -, |, 1.) is markup, not text.
        marks = [at for at in range(len(lines)) if at not in taken and at not in roles]
        roles |= {at: "footer" for at in marks if not _says(text[lines[at].start : lines[at].end])}
    for at, role in roles.items():
        regions.append(Region(role, lines[at].start, lines[at].end))
    free = [at for at in range(len(lines)) if at not in taken and at not in roles]
    if not any(region.role == "headline" for region in known):
        headline = _headline(text, lines, free, roles, known if crumbed else ())
        if headline:
            regions.append(Region("headline", lines[headline[0]].start, lines[headline[-1]].end))
            free = [at for at in free if at not in headline]
    titles = [region.end for region in known if region.role == "body"]
    for stretch in _stretches(free):
        blocks = blocks_of(text, [lines[at] for at in stretch], _barriers(fixed, lines, stretch))
        regions += _under(titles, text, _leveled(blocks))
    return tuple(sorted(regions, key=lambda region: (region.start, region.end)))


def _furniture(at: int, lines: Sequence[Line]) -> Role | None:
    """The role of a line that stands apart from the slide's content, or None."""
    line = lines[at]
    if is_crumb(line.text) and not any(is_crumb(other.text) for other in lines[:at]):
        drawn = not re.search(r"\s[|>]\s", line.text)  # these two signs stand in code and formulas as well
        return "breadcrumb" if drawn or at < 3 else None
    if is_footer(line.text):
        return "footer"
    edge = at in (0, len(lines) - 1) and len(lines) > 2
    if edge and PAGE_NUMBER.fullmatch(line.text) and not line.text.isdecimal():
        return "footer"
    return None


def _plain(line: Line) -> bool:
    text = line.text
    return not (bullet_rank(text) or NOTE.match(text) or SOURCE.match(text) or URL_LINE.match(text)) and (
        has_letters(text)
    )


def _headline(
    text: str, lines: Sequence[Line], free: Sequence[int], roles: dict[int, Role], known: Sequence[Region]
) -> list[int]:
    """Lines of the headline: up to three plain ones together above the breadcrumb, else those below it."""
    crumbs = [(lines[at].start, lines[at].end) for at, role in roles.items() if role == "breadcrumb"]
    crumbs += [(region.start, region.end) for region in known if region.role == "breadcrumb"]
    free_set = set(free)
    for start, end in sorted(crumbs):
        above = [at for at in free if lines[at].end <= start]
        if above and _plain(lines[above[-1]]) and _together(text[lines[above[-1]].end : start]):
            chosen = [above[-1]]
            while (
                len(chosen) < 3
                and chosen[0] - 1 in free_set
                and lines[chosen[0]].gap == 0
                and _plain(lines[chosen[0] - 1])
                and width(lines[chosen[0] - 1].text) >= 0.8 * width(lines[chosen[0]].text)
            ):
                chosen.insert(0, chosen[0] - 1)
            return chosen
        below = [at for at in free if lines[at].start >= end]
        if below and _plain(lines[below[0]]) and not text[end : lines[below[0]].start].strip():
            return _wrapped(lines, below[0], free_set)
    first = next((at for at in free if _plain(lines[at]) and not _in_bullet(lines, at)), None)
    if free and has_letters(lines[free[0]].text):
        ranked = bullet_rank(lines[free[0]].text)
        if ranked == "number" or (ranked and len(free) == 1):  # a numbered heading on top, as on a divider
            first = free[0]
    return [] if first is None else _wrapped(lines, first, free_set)


def _in_bullet(lines: Sequence[Line], at: int) -> bool:
    """Whether the line stands right under a list item, as the wrapped rest of one does."""
    while at > 0 and lines[at].gap == 0:
        at -= 1
        if bullet_rank(lines[at].text):
            return True
    return False


def _together(between: str) -> bool:
    """Whether only white space with at most one blank line stands between two lines."""
    return not between.strip() and between.count("\n") <= 2


def _wrapped(lines: Sequence[Line], first: int, free: set[int]) -> list[int]:
    chosen = [first]
    while (
        len(chosen) < 2
        and chosen[-1] + 1 in free
        and lines[chosen[-1] + 1].gap == 0
        and _plain(lines[chosen[-1] + 1])
        and width(lines[chosen[-1]].text) >= max(20, width(lines[chosen[-1] + 1].text))
        and not re.search(r"[。.:：]$", lines[chosen[-1]].text)
    ):
        chosen.append(chosen[-1] + 1)
    return chosen


_ITEM_NUMBER = re.compile(r"\s*\d{1,9}[.)]\s*")


def _says(line: str) -> bool:
    return any(character.isalnum() for character in line) and not _ITEM_NUMBER.fullmatch(line)


def _stretches(free: Sequence[int]) -> list[list[int]]:
    """Indexes grouped where they follow each other without a line of another role between them."""
    stretches: list[list[int]] = []
    for at in free:
        if stretches and stretches[-1][-1] == at - 1:
            stretches[-1].append(at)
        else:
            stretches.append([at])
    return stretches


def _barriers(fixed: Sequence[tuple[int, int]], lines: Sequence[Line], stretch: Sequence[int]) -> set[int]:
    """Line starts that must open a block because a known region stands right before them."""
    ends = [end for _, end in fixed]
    found = set()
    for before, at in pairwise(stretch):
        if any(lines[before].end <= end <= lines[at].start for end in ends):
            found.add(lines[at].start)
    return found


def _under(titles: Sequence[int], text: str, regions: Sequence[Region]) -> list[Region]:
    """The regions, those on the lines right below one of ``titles``, which are given by their ends, one level deeper."""
    found: list[Region] = []
    ends = {*titles}
    for region in regions:
        under = region.start - 1 in ends and text[region.start - 1] == "\n"
        if under:
            ends.add(region.end)
        found.append(replace(region, level=region.level + under))
    return found


def _leveled(blocks: Sequence[Block]) -> list[Region]:
    """Blocks as regions, with their level in the outline."""
    regions: list[Region] = []
    bigger = False  # a bigger bullet has opened since the last title
    numbered = False
    for block in blocks:
        level = 0
        if block.role == "body":
            rank = block.rank
            small = is_small_glyph(rank)
            if rank:
                level = 2 if small and (bigger or numbered) else 1
                bigger = bigger or not small
            elif block.under:
                level = 1
            else:
                bigger = numbered = False
        regions.append(Region(block.role, block.start, block.end, level))
    return regions
