"""The marks by which a line of a slide shows what it is: bullets, notes, sources, footers, breadcrumbs.

Everything here is a convention of slides in general (Japanese, English, Chinese), not of one deck.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from reportqa.text import BULLETS, CIRCLED
from reportqa.types import Span

# Arrows, signs and whatever exporters leave in the private-use area: at the beginning of a line they are bullets.
_GLYPHS = f"{BULLETS}◎➔→⇒☑✕✖★☆▲▼△▽\ue000-\uf8ff"
_CIRCLED = f"{CIRCLED}⓪"
BULLET = re.compile(
    rf"(?:[{_GLYPHS}]\s*(?!\s*[{_GLYPHS}])(?=\S)|・(?!・)\s*(?=\S)|[-–—*]\s+(?=\S)|[{_CIRCLED}]\s*(?=\S)"
    r"|[(（]?(?:\d{1,2}|[a-zA-Z])[.)．）](?:\s+(?=\S)|(?=[^\s\d.,%A-Za-z])))"
)
_SUB_GLYPHS = "•◦⁃∙○□▫◇▷▸·・-–—*✓➢➤"
NOTE = re.compile(
    r"(?:※|＊\s?\d|\*\d|[(（]\s?(?:[*＊※]\s?\d*|注\s?\d*|備考)\s?[)）]"
    r"|(?:注記?|備考|附注|备注)\s?\d{0,2}\s?[：:）)．]|(?:Notes?|N\.B\.|NB)\s?\d{0,2}\s?[:：.]\s)"
)
SOURCE = re.compile(
    r"[（(【\[]?\s?(?:写真|画像|図表?|グラフ|データ|両図|上図|左図|右図|数据|资料|資料|圖片|图片)?(?:の|とも)?"
    r"(?:出所|出典|引用元?|参考文献|来源|來源|資料|Data [Ss]ources?|Sources?|SOURCES?|Reference|出處|出处)"
    r"\s?(?:[：:]|[）)\]】]\s?[：:]?\s?)(?=\s*\S|$)"
)
URL_LINE = re.compile(r"https?://[!-~]+$")
URL = re.compile(r"https?://[!-~]+(?:\n[!-~]+(?=[\n※]|$))*")
_RESERVED = r"all rights reserv|無断転載|無断複製|不許複製|版权所有|版權所有|保留所有权利"
LEGAL = re.compile(
    r"©|\(c\)\s|（c）|copy ?right\b|confidential|proprietary|\bCC0\b|\bCC[ -]BY|社外秘|" + _RESERVED,
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"[\W\d]*(?:©|copy ?right\s*[©(（\d]|\(c\)\s*\d{4}|（c）\s*\d{4})|.*(?:" + _RESERVED + ")"
    r"|[\W\d]*(?:strictly |company )?(?:confidential|proprietary|社外秘)[\W\d]*$",
    re.IGNORECASE,
)
PAGE_NUMBER = re.compile(
    r"(?:[-–—~・<‹]\s?)?(?:(?:page|slide|p\.?|ページ|頁|スライド|第)\s?)?#?\d{1,4}"
    r"(?:\s?(?:/|of|／|\|)\s?\d{1,4})?(?:\s?(?:ページ|頁|页|枚目))?(?:\s?[-–—~・>›])?",
    re.IGNORECASE,
)
CRUMB_SEPARATOR = re.compile(r"\s?[│｜┃›»＞]\s?|\s[|>]\s")
_NO_NAME = re.compile(r"[\\¥\"“”=*{}<\[\]]|://|。$")
NUMBERED_HEADING = re.compile(
    r"(?:第\s?)?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,2}|[IVX]{1,4})[章部節编編节]?[．.、:：\s]\s*(?=\S)"
)
SENTENCE_END = re.compile(r"[。．！？!?；;]\s*[」』）)”\"]*$|\.\s*[)”\"]*$")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with text: trimmed offsets, how far it is indented, how many blank lines precede it."""

    start: int
    end: int
    text: str
    indent: int
    gap: int


def text_lines(text: str, start: int = 0, end: int | None = None) -> list[Line]:
    """The lines of ``text[start:end]`` that hold text, blank lines counted into ``gap``."""
    end = len(text) if end is None else end
    lines: list[Line] = []
    gap = 0
    at = start
    for raw in re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text[start:end]):
        stripped = raw.strip()
        if stripped:
            indent = len(raw) - len(raw.lstrip())
            begin = at + indent
            lines.append(Line(begin, begin + len(stripped), stripped, indent, gap))
            gap = 0
        else:
            gap += 1
        at += len(raw) + (2 if text.startswith("\r\n", at + len(raw)) else 1)
    return lines


def fields_of(line: Line, separator: str = r"\s+") -> tuple[Span, ...]:
    """The line cut at each ``separator``, as spans of the text it comes from."""
    spans = []
    at = 0
    for match in [*re.finditer(separator, line.text), None]:
        end = match.start() if match else len(line.text)
        spans.append((line.start + at, line.start + end))
        at = match.end() if match else end
    return tuple(spans)


def text_of(line: Line, span: Span) -> str:
    """What a span of the text says, which lies in the line."""
    return line.text[span[0] - line.start : span[1] - line.start]


@lru_cache(maxsize=16384)
def width(text: str) -> int:
    """How wide the text stands, in half-width columns: a CJK character counts two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def has_letters(text: str) -> bool:
    """Whether the text holds a letter or ideograph, not only digits and signs."""
    return bool(_LETTER.search(text))


def is_bullet(text: str) -> bool:
    """Whether the line opens a list item."""
    return bool(BULLET.match(text))


def is_aside(text: str) -> bool:
    """Whether the line opens a note or a source line, or is a bare address."""
    return bool(NOTE.match(text) or SOURCE.match(text) or URL_LINE.match(text))


def is_footer(text: str) -> bool:
    """Whether the line reads like a copyright footer, with or without a page number."""
    return bool(_FOOTER.match(text)) and width(text) <= 140


def is_crumb(text: str) -> bool:
    """Whether the line is a path of short names with separators (``Section│Topic``)."""
    if len(text) > 160:
        return False
    parts = CRUMB_SEPARATOR.split(text)
    return (
        2 <= len(parts) <= 5
        and all(part.strip() and has_letters(part) and width(part) <= 60 for part in parts)
        and not is_bullet(text)
        and not is_aside(text)
        and not _NO_NAME.search(text)
    )


def is_cellular(text: str) -> bool:
    """Whether the line may hold cells of a table: no list item, aside, path or footer, and no end of a sentence."""
    marked = is_bullet(text) or is_aside(text) or is_crumb(text) or is_footer(text)
    return not marked and not SENTENCE_END.search(text)


def is_headline(text: str, least: int = 24) -> bool:
    """Whether the line reads like a slide's message: long enough, and not a bullet, note, source or field."""
    return (
        width(text) >= least
        and has_letters(text)
        and not is_bullet(text)
        and not is_aside(text)
        and not is_footer(text)
        and not re.match(r"[A-Za-z]{2,12}:\s", text)
    )


def bullet_rank(text: str) -> str:
    """The kind of a list item's mark: its glyph, or its sort of number; empty without a mark."""
    match = BULLET.match(text)
    if not match:
        return ""
    mark = match.group().strip()
    if re.fullmatch(rf"[{_CIRCLED}]", mark):
        return "circled"
    if any(char.isdigit() for char in mark):
        return "number"
    return "letter" if mark[:1].isalpha() or mark[1:2].isalpha() else mark


def is_small_glyph(rank: str) -> bool:
    """Whether this glyph is the smaller one where two kinds of bullets meet on a slide."""
    return rank in _SUB_GLYPHS
