"""What the reader marks on the slides: for every fragment the span that answers best, and how surely.

The reader reads a slide as a reader does: its headline, then one fragment a line with its wrapped lines
joined. Long slides are read in parts, each under the headline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from reportqa.answer.fragments import Fragment
from reportqa.reader import Reader, Reading
from reportqa.text import Normalised, normalise
from reportqa.types import Span

PART_CHARS = 450
"""Most characters of a slide read at once."""

FLOOR = -20.0
"""Score of a fragment in which nothing can be marked."""


class Cell(NamedTuple):
    """A span of a fragment in what the reader read: its offset in the slide, its text, where that begins."""

    base: int
    text: Normalised
    start: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Mark:
    """The best span of a fragment as offsets into its slide; ``score`` is its logit against "not here"."""

    span: Span | None
    score: float
    cells: tuple[Cell, ...] = ()

    def score_of(self, span: Span) -> tuple[float, bool]:
        """Logit of any span of the fragment, and whether it begins and ends where the reader's tokens do."""
        for cell in self.cells:
            if cell.base <= span[0] and span[1] <= cell.base + cell.text.offsets[-1]:
                a, b = cell.text.place(span[0] - cell.base, span[1] - cell.base)
                return cell.reading.score(cell.start + a, cell.start + b)
        return FLOOR, False


@lru_cache(maxsize=16384)
def _normalised(text: str) -> Normalised:
    return normalise(text)


def marks(question: str, pieces: Sequence[Fragment], reader: Reader) -> list[Mark]:
    """A mark for each fragment; pieces of one slide must stand together and in reading order."""
    found = [Mark(None, FLOOR)] * len(pieces)
    for part in _parts(pieces):
        head = next((p.text for p in pieces if p.slide == pieces[part[0]].slide and p.kind == "headline"), "")
        lines = [[_normalised(pieces[i].slide.text[a:b]) for a, b in pieces[i].spans] for i in part]
        text = _normalised(head).text
        bounds: list[list[int]] = []
        for cells in lines:
            starts = []
            for number, cell in enumerate(cells):
                text += " " if number else "\n"
                starts.append(len(text))
                text += cell.text
            bounds.append(starts)
        reading = reader.read(question, text)
        for place, cells, starts in zip(part, lines, bounds, strict=True):
            best: tuple[float, Span] | None = None
            for (base, _), cell, start in zip(pieces[place].spans, cells, starts, strict=True):
                marked = reading.best(start, start + len(cell.text))
                if marked is not None and (best is None or marked[0] > best[0]):
                    a, b = cell.span(marked[1][0] - start, marked[1][1] - start)
                    best = (marked[0], (base + a, base + b))
            read = tuple(
                Cell(base, cell, start, reading)
                for (base, _), cell, start in zip(pieces[place].spans, cells, starts, strict=True)
            )
            found[place] = Mark(best[1], best[0], read) if best else Mark(None, FLOOR, read)
    return found


def _parts(pieces: Sequence[Fragment]) -> list[list[int]]:
    """Places of fragments read together: of one slide and not too long."""
    parts: list[list[int]] = []
    used = 0
    for place, piece in enumerate(pieces):
        same = bool(parts) and pieces[parts[-1][0]].slide == piece.slide
        if not same or used + len(piece.text) > PART_CHARS:
            parts.append([])
            used = 0
        parts[-1].append(place)
        used += len(piece.text)
    return parts
