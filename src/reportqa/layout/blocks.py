"""Wrapped lines joined into blocks: which line runs on into the next, and which opens something new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportqa.layout.marks import (
    NOTE,
    SENTENCE_END,
    SOURCE,
    URL,
    URL_LINE,
    Line,
    bullet_rank,
    has_letters,
    width,
)
from reportqa.types import Role

_INLINE_BULLET = re.compile(r"[•●■◆➢➤\ue000-\uf8ff]\s")
_LABEL = re.compile(r"[A-Za-z][a-z]{2,11}: \S")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_KATAKANA = re.compile(r"[\u30a1-\u30fc]")
# The end of a word cut in two.
_KATAKANA_TAIL = re.compile(r"[\u30a1-\u30fc]{1,3}(?:[、。，・のをにはでが]|$)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_OPEN_END = re.compile(
    r"[がのをにはでとやもてし、，,・／/（(「『“&＆→\-–—]$|\b(?:and|or|of|the|to|for|in|with|a|an|by|on)$"
)
_CLOSING_START = re.compile(r"[」』）)】〕、。，．・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ％%]")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: ``rank`` is its bullet mark, ``under`` that it hangs under a box title."""

    role: Role
    start: int
    end: int
    rank: str
    under: bool


class _Open:
    """A block still being read: its first and last line, its widest line, and brackets left open."""

    def __init__(self, role: Role, rank: str, under: bool, line: Line) -> None:
        self.role: Role = role
        self.rank = rank
        self.under = under
        self.first = line
        self.last = line
        self.count = 0
        self.widest = 0
        self.depth = 0
        self.add(line)

    def add(self, line: Line) -> None:
        self.last = line
        self.count += 1
        self.widest = max(self.widest, width(line.text))
        self.depth += sum(line.text.count(char) for char in "（(「『")
        self.depth -= sum(line.text.count(char) for char in "）)」』")


def blocks_of(text: str, lines: Sequence[Line], barriers: set[int]) -> list[Block]:
    """The blocks of neighbouring lines, in order; ``barriers`` are line starts that must open one."""
    pieces = [piece for line in lines for piece in _split(line)]
    pieces = _split_addresses(text, pieces)
    column = max((width(piece.text) for piece in pieces), default=0)
    opened: list[_Open] = []
    for number, piece in enumerate(pieces):
        role, rank = _kind(piece.text)
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        listed = following is not None and following.gap == 0 and bool(bullet_rank(following.text))
        current = opened[-1] if opened else None
        if current and piece.start not in barriers and _runs_on(current, piece, role, rank, column, listed):
            current.add(piece)
            continue
        under = bool(current and role == "body" and not rank and piece.gap == 0 and _is_title(current, piece))
        if current and not under and role == "body" and not rank and piece.gap == 0:
            under = current.under and current.role == "body" and not current.rank
        opened.append(_Open(role, rank, under, piece))
    return [Block(b.role, b.first.start, b.last.end, b.rank, b.under) for b in opened]


def _kind(text: str) -> tuple[Role, str]:
    if SOURCE.match(text) or URL_LINE.match(text):
        return "source", ""
    if NOTE.match(text):
        return "note", ""
    return "body", bullet_rank(text)


def _split(line: Line) -> list[Line]:
    """The line cut before bullets, notes with a colon and sources that an export set behind other text."""
    cuts = [0]
    for match in re.finditer(r"(?<=\S)[\s、]+(?=\S)", line.text):
        mark = _INLINE_BULLET.match(line.text, match.end())
        note = NOTE.match(line.text, match.end())
        colon = note is not None and bool(re.search(r"[：:]\s*$", note.group()))
        if mark or colon or SOURCE.match(line.text, match.end()):
            cuts.append(match.end())
    parts = []
    for place, (cut, after) in enumerate(zip(cuts, [*cuts[1:], len(line.text)], strict=True)):
        part = line.text[cut:after]
        kept = part.rstrip(" \t\u3000")
        start = line.start + cut
        parts.append(Line(start, start + len(kept), kept, line.indent, 1 if place else line.gap))
    return parts


def _split_addresses(text: str, pieces: Sequence[Line]) -> list[Line]:
    """Pieces cut where a note mark is stuck to the end of a web address, which no address contains."""
    if "://" not in text:
        return list(pieces)
    cuts = [match.end() for match in URL.finditer(text) if NOTE.match(text, match.end())]
    result: list[Line] = []
    for piece in pieces:
        edges = [piece.start, *(cut for cut in cuts if piece.start < cut < piece.end), piece.end]
        for start, end in pairwise(edges):
            gap = piece.gap if start == piece.start else 1
            result.append(Line(start, end, text[start:end], piece.indent, gap))
    return result


def _is_title(block: _Open, piece: Line) -> bool:
    """Whether the open block is a box title above ``piece``: one line, no sentence, clearly narrower."""
    if block.rank or block.role != "body" or block.count != 1 or block.under:
        return False
    title = block.first.text
    if (
        not has_letters(title)
        or SENTENCE_END.search(title)
        or re.search(r"[がのをにはとやへ、，,・（(「]$", title)
    ):
        return False
    # In a column of text a line that wraps falls short of the next by two or three characters at most.
    return width(title) <= min(0.85 * width(piece.text), width(piece.text) - 8) and width(piece.text) >= 20


def _runs_on(block: _Open, piece: Line, role: Role, rank: str, column: int, listed: bool) -> bool:
    """Whether ``piece`` goes on with the open block; ``listed`` says that a list item follows directly."""
    last = block.last.text
    if block.role == "note" and role == "body" and piece.gap == 0 and block.first.text.endswith(("：", ":")):
        return True  # a note that ends in a colon owns the list under it
    if role == "source" and block.role == "source":
        return piece.gap == 0 and not SOURCE.match(piece.text) and bool(re.search(r"[：:]$", last))
    if role != "body" or rank:
        return False
    if block.role == "source":
        if piece.gap:
            return False
        full = not SENTENCE_END.search(last) and width(last) >= 0.9 * column
        return full or _mid_address(last, piece.text)
    if piece.gap == 0:
        if _KATAKANA.search(last[-1]) and _KATAKANA_TAIL.match(piece.text):
            return True
        if _is_title(block, piece) or _LABEL.match(piece.text):
            return False
        if not block.rank and piece.indent and not block.last.indent:
            return False
        if SENTENCE_END.search(last):  # a paragraph goes on where its column is full
            title = listed and width(piece.text) < 0.6 * block.widest and not SENTENCE_END.search(piece.text)
            return width(last) >= max(24, 0.9 * block.widest) and not title
        if block.count == 1 or _OPEN_END.search(last):
            return True
        # A line that wraps fills its column; a short one is the last. Right above a list, where box titles
        # stand, even a little room decides.
        return width(last) >= (0.82 if listed else 0.6) * block.widest
    return piece.gap == 1 and _wraps(block, piece)


def _mid_address(last: str, text: str) -> bool:
    return bool(re.search(r"https?://[!-~]*$|^[!-~]+$", last) and re.match(r"[!-~]+$", text))


def _wraps(block: _Open, piece: Line) -> bool:
    """Whether a line behind one blank line is the tail of the block's last line.

    It is where the sentence is open and the words themselves run on: the block ends in a particle, comma or
    open bracket, the piece begins with hiragana or a closing mark, or a word is cut inside one script.
    """
    last = block.last.text
    if SENTENCE_END.search(last) or re.search(r"[：:]$", last) or width(last) < 12:
        return False
    if width(last) < 0.8 * block.widest:
        return False
    text = piece.text
    if block.depth > 0:
        return True
    if _CLOSING_START.match(text) or _OPEN_END.search(last):
        return bool(block.rank or block.role == "note" or width(last) >= 24)
    if _HIRAGANA.match(text) and not re.search(r"[るたいだ]$", last):
        return True
    if re.search(r"[a-z,]$", last) and re.match(r"[a-z]", text):
        return True
    if not block.rank and block.role == "body":  # a word cut in two is trusted in bullets and notes alone
        return False
    same = any(script.search(last[-1]) and script.match(text) for script in (_KATAKANA, _HAN))
    sentence = width(text) >= 24 or bool(SENTENCE_END.search(text)) or width(text) <= 2
    return same and sentence and width(last) >= 30
