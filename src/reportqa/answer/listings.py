"""Every list on a slide: what is listed, and under which words.

A slide lists in many shapes: bullets under a title, boxes side by side, numbered items wherever they stand, a run of
short labels, a column of a table or the rows of it that say the same, an enumeration inside a sentence. Each becomes a
head and its items; which one a question means ``lists`` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby

from reportqa.answer.fragments import Fragment, fragments, header_row
from reportqa.answer.items import LABEL, enumerated, parts
from reportqa.answer.numbered import numbered
from reportqa.layout.marks import bullet_rank
from reportqa.types import Slide, Span

ITEMS = (2, 24)
"""Fewest and most items of a list; more is a slide, not a list."""

_NAMED = re.compile(r"『[^』]+』|「[^」]+」|(?:(?<=\s)|^)[^\s、。『「]{2,14}(?=\s|$)")
"""Names in brackets or labels set apart by blanks, one after the other on a line."""

_STATEMENT = re.compile(r"[。.]\s*$")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list on a slide: the spans quoted for its items and of the words it stands under, and the texts compared.

    ``parts`` are the things listed one by one: those of an enumeration, which is quoted in one, and of other items the
    names without numbers and explanations.
    """

    slide: Slide
    head: tuple[Span, ...]
    items: tuple[Span, ...]
    above: str
    title: str
    parts: tuple[Span, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        few = 0 < len(self.items) <= ITEMS[1]
        object.__setattr__(self, "parts", parts(self.slide.text, self.items) if few else self.items)


@lru_cache(maxsize=4096)
def listings(slide: Slide) -> tuple[Listing, ...]:
    """Every list on ``slide``, in no particular order."""
    pieces = fragments(slide)
    makers = (_children, _boxes, _labels, _bulleted, _numbered, _firsts, _enumerations)
    found = [listing for make in makers for listing in make(slide, pieces)]
    found += _tables(slide)
    return tuple(listing for listing in found if ITEMS[0] <= len(listing.parts) <= ITEMS[1])


def _listing(head: Fragment, items: Sequence[Fragment]) -> Listing:
    spans = tuple(span for item in items for span in item.spans)
    return Listing(head.slide, head.spans, spans, "\n".join(head.context), head.text)


def _headline(pieces: Sequence[Fragment]) -> Fragment | None:
    return next((piece for piece in pieces if piece.kind == "headline"), None)


def _over(pieces: Sequence[Fragment], first: Fragment) -> list[Fragment]:
    """What a list may stand under that begins with ``first``: what stands before it, and the headline."""
    place = pieces.index(first)
    heads = (pieces[place - 1] if place else None, _headline(pieces))
    return [head for head in dict.fromkeys(heads) if head is not None]


def _children(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Bullets under a title; all bullets of the slide under its headline."""
    regions = slide.regions
    for head in pieces:
        if head.kind != "title":
            continue
        level = regions[head.region].level
        under = []
        for piece in pieces:
            region = regions[piece.region]
            if piece.region <= head.region:
                continue
            if region.role != "body" or region.level <= level:
                break
            under.append(piece)
        top = min((regions[piece.region].level for piece in under), default=0)
        yield _listing(head, [piece for piece in under if regions[piece.region].level == top])
    headline = _headline(pieces)
    bullets = [
        piece for piece in pieces if piece.kind in ("sentence", "title") and regions[piece.region].level > 0
    ]
    if headline and bullets and len({piece.context for piece in bullets}) == 1:
        yield _listing(headline, bullets)


def _boxes(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Titles side by side, each over its own bullets, under the label before them or the headline."""
    titles = [piece for piece in pieces if piece.kind == "title"]
    for level in {slide.regions[piece.region].level for piece in titles}:
        same = [piece for piece in titles if slide.regions[piece.region].level == level]
        first = pieces.index(same[0])
        before = [
            p for p in pieces[:first] if p.kind == "sentence" and slide.regions[p.region].level == level
        ]
        headline = [piece for piece in pieces if piece.kind == "headline"]
        for head in [*before[-4:], *headline]:
            yield _listing(head, same)


def _labels(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Runs of short labels of one level, under their first, under what stands before, or the headline."""
    run: list[Fragment] = []
    headline = _headline(pieces)
    for place, piece in enumerate([*pieces, None]):
        level = slide.regions[run[0].region].level if run else None
        fits = (
            piece is not None
            and piece.kind == "sentence"
            and _is_label(piece.text)
            and (level is None or slide.regions[piece.region].level == level)
        )
        if fits:
            assert piece is not None
            run.append(piece)
            continue
        if len(run) >= ITEMS[0]:
            before = pieces[place - len(run) - 1] if place > len(run) else None
            if before is not None and before.kind in ("title", "sentence"):
                yield _listing(before, run)
            if headline is not None:
                yield _listing(headline, run)
            # A label inside the run may head those behind it.
            for at in range(max(0, len(run) - 1 - ITEMS[1]), len(run) - 2):
                yield _listing(run[at], run[at + 1 :])
        run = []


def _is_label(text: str) -> bool:
    """Short, or several short ones of one line."""
    return not _STATEMENT.search(text) and (
        len(text) <= LABEL or (re.search(r"[\s　]", text) is not None and len(text) <= 3 * LABEL)
    )


def _bulleted(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Lines with the same bullet, under the line before the first; those with another bullet between them are below them."""
    before: Fragment | None = None
    stretch: list[tuple[str, list[Fragment]]] = []
    paragraphs = [list(group) for _, group in groupby(pieces, lambda piece: piece.region)]
    for lines in [*paragraphs, []]:
        region = slide.regions[lines[0].region] if lines else None
        mark = bullet_rank(slide.text[region.start : region.end]) if region and region.role == "body" else ""
        if mark:
            stretch.append((mark, lines))
            continue
        if before is not None and stretch:
            yield from _by_bullet(before, stretch)
        before, stretch = lines[-1] if lines else None, []


def _by_bullet(head: Fragment, stretch: Sequence[tuple[str, Sequence[Fragment]]]) -> Iterator[Listing]:
    """The lines with the first bullet under ``head``; runs with another under the line before them."""
    outer = stretch[0][0]
    yield _listing(head, [_whole(lines) for mark, lines in stretch if mark == outer])
    for inner, group in groupby(stretch, lambda each: each[0]):
        lines = [each for _, each in group]
        if inner == outer:
            head = lines[-1][0]
        else:
            yield _listing(head, [_whole(each) for each in lines])


def _whole(lines: Sequence[Fragment]) -> Fragment:
    """The sentences of one bullet as one."""
    return replace(lines[0], spans=((lines[0].spans[0][0], lines[-1].spans[-1][1]),))


def _numbered(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Items that carry numbers, under what stands before the first and under the headline."""
    for run in numbered(pieces):
        spans = tuple(item.span for item in run)
        for head in _over(pieces, run[0].piece):
            yield Listing(slide, head.spans, spans, "\n".join(head.context), head.text)


def _firsts(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """The first lines of boxes one after the other, and the other lines of each under its first.

    A box is what stands between empty lines; where a paragraph has several sentences its first may name the rest.
    """
    body = [piece for piece in pieces if piece.kind in ("sentence", "title")]
    boxes: list[list[Fragment]] = []
    for piece in body:
        gap = slide.text[boxes[-1][-1].spans[-1][1] : piece.spans[0][0]] if boxes else "\n\n"
        if re.search(r"\n\s*\n", gap):
            boxes.append([])
        boxes[-1].append(piece)
    paragraphs = [list(group) for _, group in groupby(body, lambda piece: piece.region)]
    for blocks in (boxes, paragraphs):
        for several, group in groupby(blocks, lambda block: len(block) > 1):
            run = list(group)
            if not several:
                continue
            firsts = [block[0] for block in run]
            if len(firsts) >= ITEMS[0]:
                yield from (_listing(head, firsts) for head in _over(pieces, firsts[0]))
    for block in boxes:
        yield _listing(block[0], block[1:])


def _tables(slide: Slide) -> Iterator[Listing]:
    """The columns of a table under their headers, each row's cells behind its label, and rows that say the same."""
    headline = " ".join(slide.text[r.start : r.end] for r in slide.regions if r.role == "headline")
    for place, table in enumerate(slide.regions):
        if table.role != "table":
            continue
        before = [r for r in slide.regions[:place] if r.role == "body"]
        titles = [r for r in before if r.level == 0][-1:]
        caption = " ".join(slide.text[r.start : r.end] for r in dict.fromkeys([*titles, *before[-1:]]))
        above = f"{headline}\n{caption}"
        header = header_row(slide, table)
        rows = [row for row in table.rows if row != header]
        yield from _columns(slide, header, rows, above, caption)
        yield from _filtered(slide, header, rows, above)
        cells = tuple(cell for row in rows for cell in row if cell[0] < cell[1])
        yield Listing(slide, (), cells, headline, caption)
        if len(header) > ITEMS[0] and header[0][0] < header[0][1]:
            yield _of_row(slide, header, 0, above)
        for row in rows:
            filled = [cell for cell in row if cell[0] < cell[1]]
            for at in range(max(0, len(filled) - 1 - ITEMS[1]), len(filled) - 2):
                yield _of_row(slide, filled, at, above)


def _of_row(slide: Slide, cells: Sequence[Span], at: int, above: str) -> Listing:
    """The cells behind one of a row, under it."""
    rest = tuple(cell for cell in cells[at + 1 :] if cell[0] < cell[1])
    return Listing(slide, (cells[at],), rest, above, slide.text[slice(*cells[at])])


def _columns(
    slide: Slide, header: Sequence[Span], rows: Sequence[Sequence[Span]], above: str, caption: str
) -> Iterator[Listing]:
    for column in range(max((len(row) for row in rows), default=0)):
        cells = [row[column] for row in rows if column < len(row) and row[column][0] < row[column][1]]
        head = (header[column],) if column < len(header) and header[column][0] < header[column][1] else ()
        title = " ".join(slide.text[a:b] for a, b in head) or caption
        yield Listing(slide, head, tuple(dict.fromkeys(cells)), above, title)


def _filtered(
    slide: Slide, header: Sequence[Span], rows: Sequence[Sequence[Span]], above: str
) -> Iterator[Listing]:
    """The labels of the rows that say the same in one column: those that are done, those marked ○."""
    for column in range(1, max((len(row) for row in rows), default=0)):
        alike: dict[str, list[Sequence[Span]]] = {}
        for row in rows:
            said = slide.text[slice(*row[column])].strip() if column < len(row) else ""
            if said and row[0][0] < row[0][1]:
                alike.setdefault(said, []).append(row)
        for said, same in alike.items():
            if ITEMS[0] <= len(same) < len(rows):
                title = slide.text[slice(*header[column])] if column < len(header) else ""
                named = tuple(row[0] for row in same)
                yield Listing(slide, (same[0][column],), named, above, f"{title} {said}")


def _enumerations(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Sentences, cells and lines of labels that name several things; the whole of it is quoted."""
    for place, piece in enumerate(pieces):
        if piece.kind == "headline":
            continue
        # In a diagram the label of a line may stand before it or behind.
        beside = [p for p in (*pieces[max(0, place - 1) : place], *pieces[place + 1 : place + 2])]
        labels = [p.text for p in beside if p.kind in ("sentence", "title") and _is_label(p.text)]
        for number, (start, end) in enumerate(piece.spans):
            text = slide.text[start:end]
            if len(enumerated(slide.text, start, end)) > 1:
                above = "\n".join(piece.context)
            elif len(_NAMED.findall(text)) >= 3 and not _STATEMENT.search(text):
                above = "\n".join([*piece.context, *labels])
            else:
                continue
            label = " ".join(slide.text[a:b] for a, b in piece.spans[:number])
            head = piece.spans[:number]
            yield Listing(slide, head, ((start, end),), above, f"{label} {text}")
