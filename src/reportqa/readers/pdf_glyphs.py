"""Glyphs of a PDF page through pdfium, and the pieces of line they stand together in."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from reportqa.layout.marks import BULLET
from reportqa.readers.blocks import Box

MOST_GLYPHS = 60_000  # beyond, no page a person reads; its text is taken as pdfium orders it
_CJK = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_AUTOMATIC = (0.15, 0.3)  # ems by which programs set figures and Latin words apart from CJK characters
_FEWEST_JOINTS = 3
_MOST_JOINTS = 0.7  # of them that are set apart so where a program does it
_BULLET_GAP = 5.0  # ems between a bullet and its text, which stands at a tab stop


class Gap(NamedTuple):
    """Ems of empty space that part two runs: between words of letters, and between characters that stand without spaces."""

    words: float
    characters: float


COLUMNS = Gap(1.2, 1.2)
"""What parts two columns of text."""


Ink = tuple[int, int]
"""Weight (100 to 900, or what a file says instead) and colour (red, green and blue as one number)."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as drawn: its box in points (y growing downwards), its size, what comes before it.

    ``broken``: pdfium begins a new line here. ``spaced``: pdfium sees a gap of a space before it. ``ink`` is the weight
    and the colour it is drawn with.
    """

    char: str
    box: Box
    size: float
    broken: bool
    spaced: bool
    ink: Ink = (0, 0)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Characters side by side in one line; ``place`` is the table cell they stand in, if any.

    ``first`` is the place of its first glyph among those that were joined, ``last`` the one behind its last.
    """

    text: str
    box: Box
    size: float
    place: Hashable = None
    first: int = 0
    last: int = 0
    ink: Ink = (0, 0)


def page_transform(page: Any) -> Callable[[float, float], tuple[float, float]]:
    """From the page's own coordinates to points from the top left corner of the page as it is shown."""
    from pypdfium2 import raw

    width, height = page.get_size()
    size = 100_000

    def shown(x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page.raw, 0, 0, size, size, 0, x, y, across, down)
        return across.value * width / size, down.value * height / size

    (x0, y0), (x1, y1), (x2, y2) = shown(0, 0), shown(1000, 0), shown(0, 1000)
    a, b, c, d = (x1 - x0) / 1000, (x2 - x0) / 1000, (y1 - y0) / 1000, (y2 - y0) / 1000
    return lambda x, y: (x0 + a * x + b * y, y0 + c * x + d * y)


def read_glyphs(page: Any, textpage: Any) -> list[Glyph]:
    """The characters of a page in the order of its content, those outside the page left out.

    Control characters are left out, a hyphen that pdfium marks as one at a line's end stays a hyphen,
    and what is no character becomes U+FFFD.
    """
    from pypdfium2 import raw

    transform = page_transform(page)
    width, height = page.get_size()
    handle = textpage.raw
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    glyphs: list[Glyph] = []
    broken = spaced = False
    for index in range(textpage.count_chars()):
        char = _character(raw.FPDFText_GetUnicode(handle, index))
        generated = raw.FPDFText_IsGenerated(handle, index) == 1
        if not char or char in "\r\n":
            broken = broken or char in ("\r", "\n")
            continue
        if generated and char == " ":
            spaced = True
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, loose):
            continue
        x1, y1 = transform(loose.left, loose.bottom)
        x2, y2 = transform(loose.right, loose.top)
        box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        if (
            width > 1
            and height > 1
            and (box.right < 0 or box.bottom < 0 or box.left > width or box.top > height)
        ):
            continue
        size = float(raw.FPDFText_GetFontSize(handle, index))
        if raw.FPDFText_GetMatrix(handle, index, matrix):
            size *= math.hypot(matrix.c, matrix.d)
        ink = _ink(handle, index)
        glyphs.append(Glyph(char, box, size if 0.1 < size < 5000 else 10.0, broken, spaced, ink))
        broken = spaced = False
    return _unspaced(glyphs)


def _unspaced(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs without the gaps that nobody typed: those between CJK characters and others, where nearly all have them."""
    joints = {
        at: (new.box.left - last.box.right) / max(min(last.size, new.size), 0.5)
        for at, (last, new) in enumerate(pairwise(glyphs), start=1)
        if _is_wide(last.char) != _is_wide(new.char)
        and not (last.char.isspace() or new.char.isspace())
        and abs(last.box.bottom - new.box.bottom) < 0.5 * new.size
    }
    apart = {at for at, gap in joints.items() if _AUTOMATIC[0] < gap < _AUTOMATIC[1]}
    if len(joints) < _FEWEST_JOINTS or len(apart) < _MOST_JOINTS * len(joints):
        return list(glyphs)
    return [
        replace(glyph, spaced=False, broken=False) if at in apart else glyph
        for at, glyph in enumerate(glyphs)
    ]


def _ink(handle: Any, index: int) -> Ink:
    from pypdfium2 import raw

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFText_GetFillColor(handle, index, red, green, blue, alpha)
    return raw.FPDFText_GetFontWeight(handle, index), (red.value << 16) + (green.value << 8) + blue.value


def _character(code: int) -> str:
    if code in (0x02, 0xFFFE, 0xAD):
        return "-"
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code == 0xFFFF:
        return "\ufffd"
    char = chr(code)
    if char == "\t":
        return " "
    return "" if unicodedata.category(char) == "Cc" and char not in "\r\n" else char


def join_glyphs(glyphs: Sequence[Glyph], places: Sequence[Hashable], gap: Gap = COLUMNS) -> list[Chunk]:
    """Runs of glyphs side by side, in the order of the content; ``places`` gives each glyph's table cell.

    A run ends where the next glyph stands on another line, in another cell, or further away than a
    word does: than ``gap``. pdfium's own line breaks count only where geometry agrees: it joins columns and text
    frames that share a base line, and breaks lines whose glyphs touch.
    """
    chunks: list[Chunk] = []
    run: list[Glyph] = []
    place: Hashable = None
    for at, (glyph, here) in enumerate(zip(glyphs, places, strict=True)):
        if run and (here != place or _parted(run, glyph, gap)):
            chunks += _chunk(run, place, at)
            run = []
        run.append(glyph)
        place = here
    return chunks + (_chunk(run, place, len(glyphs)) if run else [])


def _parted(run: list[Glyph], new: Glyph, widest: Gap) -> bool:
    last = run[-1]
    em = max(min(last.size, new.size), 0.5)
    heights = min(last.box.bottom - last.box.top, new.box.bottom - new.box.top)
    overlap = min(last.box.bottom, new.box.bottom) - max(last.box.top, new.box.top)
    if overlap > 0.5 * heights:
        gap = new.box.left - last.box.right
        if gap < 0 and new.broken:
            return gap < -0.3 * em
        back = last.box.left - new.box.right
        dense = _CJK.match(last.char) and _CJK.match(new.char)
        most = widest.characters if dense else widest.words
        return max(gap, back) > most * em and not (gap < _BULLET_GAP * em and _is_mark(run))
    if new.broken:
        return True
    aside = abs((last.box.left + last.box.right) - (new.box.left + new.box.right)) / 2
    between = max(new.box.top - last.box.bottom, last.box.top - new.box.bottom)
    return aside > 0.5 * em or between > em  # else a glyph below or above: vertical or turned text


def _is_mark(run: Sequence[Glyph]) -> bool:
    """Whether the run holds a list mark and nothing else."""
    text = "".join(glyph.char for glyph in run).strip()
    match = BULLET.match(text + " x") if 0 < len(text) <= 5 else None
    return bool(match) and match is not None and match.end() > len(text)


def _is_wide(char: str) -> bool:
    """Whether a character is one of Chinese or Japanese, their signs among them; Korean is written with spaces."""
    return (
        unicodedata.east_asian_width(char) in "WF"
        and unicodedata.category(char) != "So"
        and not "\uac00" <= char <= "\ud7a3"
    )


def _chunk(run: Sequence[Glyph], place: Hashable, end: int) -> list[Chunk]:
    parts: list[str] = []
    before: Glyph | None = None
    for glyph in run:
        if before is not None and not before.char.isspace() and not glyph.char.isspace():
            gap = max(glyph.box.left - before.box.right, before.box.left - glyph.box.right)
            em = min(glyph.size, before.size)
            if (glyph.spaced and gap > 0.1 * em) or gap > (0.25 if glyph.broken else 0.6) * em:
                parts.append(" ")
        parts.append(glyph.char)
        before = glyph
    text = "".join(parts).strip()
    inked = [glyph for glyph in run if not glyph.char.isspace()]
    if not inked:
        return []
    box = Box.around([glyph.box for glyph in inked])
    size = median(glyph.size for glyph in inked)
    return [Chunk(text, box, size, place, end - len(run), end, inked[0].ink)]
