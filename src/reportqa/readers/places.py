"""Where a quotation stands on the picture of its PDF page."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportqa.errors import ReadError
from reportqa.readers.blocks import Box
from reportqa.text import squeeze

_SHORTEST = 2
"""A lone character (a table's "―", a digit) may stand anywhere; it is looked for only right after a match."""


def quote_boxes(path: Path, page: int, quotes: Sequence[str]) -> tuple[Box, ...]:
    """Boxes around ``quotes`` on a page (1-based), one a line, as fractions of the page's shown size.

    Each line and cell of a quotation is searched for on its own, in pdfium's text, folded and without
    white space: readers order a page's text in different ways, but within a line they agree. What
    cannot be found has no box. Raises ``ReadError`` where pdfium cannot open the page. Not for use
    from several threads at once: pdfium is not made for it.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise ReadError(
            f"{path.name}: cannot be opened to mark a quotation ({error}); open it again"
        ) from error
    try:
        sheet = document[page - 1]
        text = sheet.get_textpage()
        folded, owners = _folded_characters(text)
        found = _find(quotes, folded, owners)
        boxes = _lines(text, sorted(set(found)))
        return tuple(_shown(sheet, box) for box in boxes)
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise ReadError(f"{path.name}: page {page} cannot be searched ({error}); repair the file") from error
    finally:
        document.close()


def _folded_characters(text: Any) -> tuple[str, list[int]]:
    """The page's text folded without white space, and for each character the index pdfium knows it by."""
    from pypdfium2 import raw

    folded: list[str] = []
    owners: list[int] = []
    for index in range(text.count_chars()):
        for char in squeeze(chr(raw.FPDFText_GetUnicode(text.raw, index))):
            folded.append(char)
            owners.append(index)
    return "".join(folded), owners


def _find(quotes: Sequence[str], folded: str, owners: list[int]) -> list[int]:
    """The characters of the quotations' lines and cells, each where it stands nearest to the rarest of them.

    A word of a table row may stand all over the page; the row's own is the one beside its other cells.
    """
    pieces = [squeeze(piece) for quote in quotes for piece in re.split(r"[\n\t]+", quote)]
    places = [_occurrences(piece, folded) if len(piece) >= _SHORTEST else [] for piece in pieces]
    known = [place for place, at in enumerate(places) if at]
    if not known:
        return []
    anchor = min(known, key=lambda place: (len(places[place]), -len(pieces[place])))
    chosen = {anchor: places[anchor][0]}
    # Outwards from the rarest: what is quoted before it stands before it, if it stands there at all.
    bound = chosen[anchor]
    for place in reversed([place for place in known if place < anchor]):
        before = [at for at in places[place] if at + len(pieces[place]) <= bound]
        chosen[place] = bound = before[-1] if before else _nearest(places[place], bound)
    bound = chosen[anchor] + len(pieces[anchor])
    for place in [place for place in known if place > anchor]:
        after = [at for at in places[place] if at >= bound]
        chosen[place] = after[0] if after else _nearest(places[place], bound)
        bound = chosen[place] + len(pieces[place])
    indexes: list[int] = []
    end = -1
    for place, piece in enumerate(pieces):
        if place in chosen:
            start = chosen[place]
        elif piece and end >= 0 and folded.startswith(piece, end):
            start = end
        else:
            continue
        end = start + len(piece)
        indexes += owners[start:end]
    return indexes


def _nearest(places: Sequence[int], bound: int) -> int:
    return min(places, key=lambda place: abs(place - bound))


def _occurrences(piece: str, folded: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(piece), folded)]


def _lines(text: Any, indexes: list[int]) -> list[Box]:
    """Boxes of the characters in page units (y growing upwards), those that stand side by side as one."""
    boxes: list[Box] = []
    for index in indexes:
        left, bottom, right, top = text.get_charbox(index, loose=True)
        box = Box(left, bottom, right, top)
        height = max(top - bottom, 0.1)
        last = boxes[-1] if boxes else None
        beside = last and abs(last.top - bottom) < height / 2 and -height <= left - last.right < height
        if last and beside:
            boxes[-1] = Box.around([last, box])
        else:
            boxes.append(box)
    return boxes


def _shown(sheet: Any, box: Box) -> Box:
    """The box as the page is shown: cropped, rotated, y growing downwards, in fractions of its size."""
    from pypdfium2 import raw

    size = 100_000
    corners: list[tuple[float, float]] = []
    for x, y in ((box.left, box.top), (box.right, box.bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(sheet.raw, 0, 0, size, size, 0, x, y, across, down)
        corners.append((across.value / size, down.value / size))
    (x1, y1), (x2, y2) = corners
    return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
