"""A PDF page put into words: lines joined into text frames, frames in reading order, tables as grids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reportqa.layout.marks import SENTENCE_END, bullet_rank, has_letters, is_aside, is_bullet
from reportqa.readers.blocks import Block, Box, Grid, Line, reading_order, stated_role, write_page
from reportqa.readers.cards import Drawn, Look, cards
from reportqa.readers.pdf_aligned import find_aligned
from reportqa.readers.pdf_charts import Chart, find_charts
from reportqa.readers.pdf_glyphs import MOST_GLYPHS, Chunk, Glyph, join_glyphs, read_glyphs
from reportqa.readers.pdf_tables import Grid as Cells
from reportqa.readers.pdf_tables import cell_of, find_cells
from reportqa.types import Region

_SAME_SIZE = 0.88  # text of one frame differs in size by no more than this ratio
_LEADING = 0.7  # ems of empty space between two lines of one frame
_WIDE_LEADING = 0.95  # the same where the upper line clearly runs on
_FULL_LINE = 8.0  # ems: a line shorter than this is no wrapped line
_PROSE = 15.0  # ems: a line this long is prose rather than a table's cell
_MOST_COLUMNS = 4
_FOOT = 0.92  # of the page's height: what stands below is read last
_HEADLINE = 1.2  # a headline is larger than the text of its slide by this ratio
_ROW = 0.04  # of the page's height: lines this close stand beside each other
_LONGEST_HEADLINE = 160
_BOLD = 600  # weight from which letters are bold


@dataclass(frozen=True, slots=True)
class _Frame:
    """Lines drawn one after the other and standing below each other."""

    chunks: tuple[Chunk, ...]
    box: Box

    @property
    def size(self) -> float:
        return max(chunk.size for chunk in self.chunks)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: its middle as a fraction of the page's height, and its size in points."""

    middle: float
    size: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page says, the place of its headline and those of other lines near the top."""

    text: str
    regions: tuple[Region, ...] = ()
    headline: Place | None = None
    upper: tuple[Place, ...] = ()

    def moves(self, usual: Place) -> bool:
        """Whether another line than the headline found stands where the deck's headlines stand."""
        found = self.headline is not None and _alike(self.headline, usual)
        return not found and any(_alike(place, usual) for place in self.upper)


def usual_place(sheets: Sequence[Sheet]) -> Place | None:
    """Where the headlines of a deck stand, if three and two fifths of those that are clear agree."""
    places = [sheet.headline for sheet in sheets if sheet.headline]
    best: Place | None = None
    most = max(2.0, 0.4 * len(places))
    for place in dict.fromkeys(Place(round(one.middle, 2), round(one.size)) for one in places):
        votes = sum(abs(one.middle - place.middle) < 0.02 and _near(one.size, place.size) for one in places)
        if votes > most:
            best, most = place, float(votes)
    return best


def _near(size: float, other: float) -> bool:
    return abs(size - other) <= 0.1 * other


def _alike(place: Place, usual: Place) -> bool:
    """Same place; type may be smaller, as PowerPoint shrinks a title to fit its box."""
    return abs(place.middle - usual.middle) < 0.025 and 0.6 * usual.size <= place.size <= 1.15 * usual.size


def read_sheet(page: Any, usual: Place | None = None) -> Sheet:
    """A pdfium page's text in reading order, with its tables and, where clear, its headline as regions.

    ``usual`` is where the deck's headlines stand; a line there is the headline before any other. No
    glyph is lost or doubled: where a table would change what the page says, it is read without.
    """
    textpage = page.get_textpage()
    try:
        if textpage.count_chars() > MOST_GLYPHS:
            return Sheet(textpage.get_text_bounded().replace("\r\n", "\n"))
        glyphs = read_glyphs(page, textpage)
    finally:
        textpage.close()
    tables = find_cells(page, glyphs)
    tables += find_aligned(glyphs, tables)
    charts = find_charts(glyphs, tables)
    whole = Box(0, 0, *page.get_size())
    sheet = _write(glyphs, tables, charts, whole, usual)
    if tables or charts:
        expected = Counter(glyph.char for glyph in glyphs if not glyph.char.isspace())
        if Counter("".join(sheet.text.split())) != expected:
            sheet = _write(glyphs, [], [], whole, usual)
    return sheet


def _write(
    glyphs: Sequence[Glyph],
    ruled: Sequence[Cells],
    charts: Sequence[Chart],
    page: Box,
    usual: Place | None,
) -> Sheet:
    height = page.bottom
    places = [cell_of(ruled, glyph) for glyph in glyphs]
    for number, chart in enumerate(charts, start=len(ruled)):
        for at, (row, column) in chart.glyphs.items():
            places[at] = number, row, column
    tables = [*ruled, *(chart.cells for chart in charts)]
    chunks = join_glyphs(glyphs, places)
    frames = _frames([chunk for chunk in chunks if chunk.place is None])
    headline = _headline(frames, chunks, height, usual)
    blocks, rest = _cards(frames, headline, page)
    for group in _captioned(rest, headline):
        pieces = []
        for frame in group:
            text = "\n".join(chunk.text for chunk in frame.chunks)
            pieces.append(Line(text, "headline" if frame is headline else stated_role(text)))
        blocks.append(Block(Box.around([frame.box for frame in group]), tuple(pieces)))
    for number, cells in enumerate(tables):
        blocks.append(_table(cells, [chunk for chunk in chunks if _table_of(chunk) == number]))
    ordered = [block for band in _bands(blocks, headline, height) for block in reading_order(band)]
    text, regions = write_page([block.pieces for block in ordered])
    return Sheet(
        text,
        _clear(regions),
        _place(headline, height) if headline else None,
        tuple(_place(frame, height) for frame in frames if _may_head(frame) and frame.box.top < 0.3 * height),
    )


def _clear(regions: Sequence[Region]) -> tuple[Region, ...]:
    """The headline, tables and titles of cards; what else a page has its lines tell better than its frames."""
    kept = ("headline", "table")
    titles = [region for region, after in pairwise(regions) if after.level > region.level]
    return tuple(region for region in regions if region.role in kept or region in titles)


def _cards(frames: Sequence[_Frame], headline: _Frame | None, page: Box) -> tuple[list[Block], list[_Frame]]:
    """Frames that belong together as blocks, and those that stand alone."""
    content = [frame for frame in frames if frame is not headline and frame.box.top <= _FOOT * page.bottom]
    drawn = []
    for frame in content:
        text = "\n".join(chunk.text for chunk in frame.chunks)
        weight, colour = frame.chunks[0].ink
        look = Look(size=round(frame.size, 1), bold=weight >= _BOLD, colour=str(colour))
        drawn.append(Drawn(Block(frame.box, (Line(text, stated_role(text)),)), look, ink=True))
    found = cards(drawn, page)
    taken = {id(content[at]) for places, _ in found for at in places}
    return [card.block for _, card in found], [frame for frame in frames if id(frame) not in taken]


def _place(frame: _Frame, height: float) -> Place:
    return Place((frame.box.top + frame.box.bottom) / 2 / max(height, 1.0), frame.size)


def _may_head(frame: _Frame) -> bool:
    """Whether the frame is worded like a headline: three lines at most, no list item, with letters."""
    return (
        len(frame.chunks) <= 3
        and sum(len(chunk.text) for chunk in frame.chunks) <= _LONGEST_HEADLINE
        and bullet_rank(frame.chunks[0].text) in ("", "number")
        and any(has_letters(chunk.text) for chunk in frame.chunks)
    )


def _bands(blocks: Sequence[Block], headline: _Frame | None, height: float) -> list[list[Block]]:
    """What stands beside or above the headline, the content, and the foot of the page."""
    top: list[Block] = []
    middle: list[Block] = []
    foot: list[Block] = []
    for block in blocks:
        centre = (block.box.top + block.box.bottom) / 2
        if headline and centre <= headline.box.bottom:
            top.append(block)
        else:
            (foot if block.box.top > _FOOT * height else middle).append(block)
    return [top, middle, foot]


def _table_of(chunk: Chunk) -> int | None:
    return chunk.place[0] if isinstance(chunk.place, tuple) else None


def _table(cells: Cells, chunks: Sequence[Chunk]) -> Block:
    inside: dict[Hashable, list[Chunk]] = {}
    for chunk in chunks:
        inside.setdefault(chunk.place[1:], []).append(chunk)  # type: ignore[index]
    rows = []
    for row, line in enumerate(cells):
        texts = []
        for column in range(len(line)):
            blocks = [
                Block(frame.box, tuple(Line(chunk.text) for chunk in frame.chunks))
                for frame in _frames(inside.get((row, column), ()))
            ]
            pieces = [piece for block in reading_order(blocks) for piece in block.pieces]
            texts.append("\n".join(piece.text for piece in pieces if isinstance(piece, Line)))
        rows.append(tuple(texts))
    box = Box.around([cell for line in cells for cell in line if cell])
    return Block(box, (Grid(tuple(rows)),))


def _frames(chunks: Sequence[Chunk]) -> list[_Frame]:
    """Chunks that continue the one before: text frames, since their lines are drawn one after another.

    Where an exporter draws line by line across columns, a long line (15 ems: prose, no table cell) is
    continued by the one right below it as well.
    """
    frames: list[list[Chunk]] = []
    boxes: list[Box] = []
    for chunk in chunks:
        for at in range(len(frames) - 1, max(-1, len(frames) - 1 - _MOST_COLUMNS), -1):
            last = frames[at][-1]
            wide = last.box.right - last.box.left >= _PROSE * last.size
            below = chunk.box.top - last.box.bottom < _LEADING * last.size
            aligned = abs(chunk.box.left - last.box.left) < 0.5 * last.size
            beside = at == len(frames) - 1 or (wide and below and aligned)
            if beside and _continues(frames[at], boxes[at], chunk):
                frames[at].append(chunk)
                boxes[at] = Box.around([boxes[at], chunk.box])
                break
        else:
            frames.append([chunk])
            boxes.append(chunk.box)
    return [_Frame(tuple(frame), box) for frame, box in zip(frames, boxes, strict=True)]


def _captioned(frames: Sequence[_Frame], headline: _Frame | None) -> list[list[_Frame]]:
    """Frames with those drawn right after, close below and centred on them: a figure and its caption.

    They differ in size, so they are no paragraph, but a row of such cards is read card by card.
    """
    groups: list[list[_Frame]] = []
    for frame in frames:
        if groups and headline not in (frame, groups[-1][-1]):
            last = groups[-1][-1]
            small, large = sorted((last.size, frame.size))
            below = frame.box.top - last.box.bottom
            aside = abs(last.box.left + last.box.right - frame.box.left - frame.box.right) / 2
            if -0.8 * large < below < 0.5 * small and aside < 0.5 * small and frame.box.top > last.box.top:
                groups[-1].append(frame)
                continue
        groups.append([frame])
    return groups


def _continues(frame: Sequence[Chunk], box: Box, chunk: Chunk) -> bool:
    last = frame[-1]
    em = max(last.size, chunk.size)
    if min(last.size, chunk.size) < _SAME_SIZE * em:
        return False
    below = chunk.box.top - last.box.bottom
    if not -0.8 * em < below < _WIDE_LEADING * em or chunk.box.top <= last.box.top:
        return False
    if below >= _LEADING * em and not _runs_on(last, chunk):
        return False
    overlap = min(box.right, chunk.box.right) - max(box.left, chunk.box.left)
    return overlap > 0.3 * min(box.right - box.left, chunk.box.right - chunk.box.left)


def _runs_on(upper: Chunk, lower: Chunk) -> bool:
    """Whether widely spaced lines are one paragraph: the upper is full, reaches as far right, and is no end."""
    full = upper.box.right - upper.box.left >= _FULL_LINE * upper.size
    full = full and upper.box.right >= lower.box.right - upper.size
    return (
        full and not SENTENCE_END.search(upper.text) and not (is_bullet(lower.text) or is_aside(lower.text))
    )


def _headline(
    frames: Sequence[_Frame], chunks: Sequence[Chunk], height: float, usual: Place | None
) -> _Frame | None:
    """The text where the deck's headlines stand, else the topmost of the upper fifth that is clearly large
    (of several side by side, the largest).

    Clearly large is 1.2 times the slide's text. Failing that, the largest text in the upper 60 %, as on a
    cover; None where nothing is clear.
    """
    worded = [frame for frame in frames if _may_head(frame)]
    if usual:
        there = [frame for frame in worded if _alike(_place(frame, height), usual)]
        if there:
            return max(there, key=lambda frame: (frame.size, -frame.box.left))
    least = _HEADLINE * _usual_size(chunks)
    clear = [frame for frame in worded if frame.size >= least and frame.box.top < 0.6 * height]
    top = [frame for frame in clear if frame.box.top < 0.2 * height]
    if top:
        first = min(_place(frame, height).middle for frame in top)
        row = [frame for frame in top if _place(frame, height).middle < first + _ROW]
        return max(row, key=lambda frame: (frame.size, -frame.box.left))
    largest = max((frame.size for frame in frames), default=0.0)
    return next((frame for frame in clear if frame.size == largest), None)


def _usual_size(chunks: Sequence[Chunk]) -> float:
    """The size in the middle of all characters."""
    sizes = sorted((chunk.size, len(chunk.text)) for chunk in chunks)
    half = sum(count for _, count in sizes) / 2
    for size, count in sizes:
        half -= count
        if half <= 0:
            return size
    return 0.0
