"""Markdown decks: slides, headlines, bullets, tables and speaker notes with their places in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reportqa.readers.blocks import stated_role
from reportqa.types import Page, Region, Role, Span

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<body>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"""^title:[ \t]*(["']?)(?P<title>.+?)\1[ \t]*$""", re.MULTILINE)
_COMMENT = re.compile(r"<!--(?P<body>.*?)(?:-->|\Z)", re.DOTALL)
# Marp's own settings, which a comment may carry instead of a note (Marpit documentation, "Directives").
_DIRECTIVE = re.compile(
    r"[_$]?(?:auto-?scaling|background\w*|class|color|fit|footer|header|headingDivider|html|lang|marp|math"
    r"|paginate|size|style|theme|title|transition)\b(?:[ \t]*:.*)?|prettier-ignore.*|markdownlint.*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)(?:\[[ xX]\][ \t]+)?")
_CELL_BORDER = re.compile(r"(?<!\\)\|")


def read_markdown(text: str) -> tuple[str, tuple[Page, ...]]:
    """The deck's title ("" where it states none) and its pages.

    Slides are parted by top-level horizontal rules (Marp's ``---``); a file without any is parted
    at its level 1 and 2 headings. Blocks are those of CommonMark with tables (markdown-it-py), so a
    ``---`` in a code fence or under a line of text parts nothing. Front matter and comments that
    only hold Marp settings are left out; all other text keeps its glyphs, marks included, and the
    regions cover it without the marks. A comment is a speaker note: role ``note``.
    """
    title = ""
    front = _FRONT_MATTER.match(text)
    if front:
        stated = _TITLE.search(front["body"])
        title = stated["title"].strip() if stated else ""
        text = text[front.end() :]
    text = _COMMENT.sub(lambda match: "" if _is_directive(match["body"]) else match.group(), text)
    pages: list[Page] = []
    for chunk in _slides(text):
        body = chunk.strip("\n")
        if body.strip():
            pages.append(Page(page=len(pages) + 1, text=body, regions=_regions(body)))
    if not title:
        headlines = [(page, region) for page in pages for region in page.regions if region.role == "headline"]
        if headlines:
            page, region = headlines[0]
            title = " ".join(page.text[region.start : region.end].split())
    return title, tuple(pages)


def _is_directive(comment: str) -> bool:
    lines = [line.strip() for line in comment.splitlines() if line.strip()]
    return not lines or all(_DIRECTIVE.fullmatch(line) for line in lines)


def _parse(text: str) -> Sequence[Token]:
    """Block tokens of CommonMark with tables, flattened in document order with their line ranges."""
    from markdown_it import MarkdownIt  # 30 ms that a deck in another format need not pay

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    flat: list[Token] = []
    depth = 0
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        if token.map:
            flat.append(Token(token.type, token.tag, token.level, depth, token.map[0], token.map[1]))
    return flat


@dataclass(frozen=True, slots=True)
class Token:
    """A block of Markdown: lines ``first`` to ``last`` (half-open) and how many lists it stands in."""

    kind: str
    tag: str
    level: int
    depth: int
    first: int
    last: int


def _lines(text: str) -> list[str]:
    """Lines with their ends, as CommonMark counts them: ``splitlines`` also breaks at form feeds."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _slides(text: str) -> list[str]:
    lines = _lines(text)
    tokens = _parse(text)
    rules = [token.first for token in tokens if token.kind == "hr" and token.level == 0]
    if rules:
        starts = [0, *(line + 1 for line in rules)]
        ends = [*rules, len(lines)]
    else:
        headings = [
            token.first
            for token in tokens
            if token.kind == "heading_open" and token.level == 0 and token.tag in ("h1", "h2")
        ]
        starts = sorted({0, *headings})
        ends = [*starts[1:], len(lines)]
    return ["".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


@dataclass(slots=True)
class _Outline:
    """The regions found so far, and what decides the level of the next one."""

    text: str
    starts: list[int]
    regions: list[Region] = field(default_factory=list)
    headline: bool = False
    under: int = 0  # 1 below a sub-heading: its paragraphs hang on it

    def add(self, role: Role, span: Span, level: int = 0) -> None:
        start, end = span
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        if start < end:
            role = stated_role(self.text[start:end]) if role == "body" else role
            self.regions.append(Region(role, start, end, level))


def _regions(text: str) -> tuple[Region, ...]:
    starts = [0]
    for line in _lines(text):
        starts.append(starts[-1] + len(line))
    outline = _Outline(text, starts)
    notes = [match.span() for match in _COMMENT.finditer(text)]
    tokens = _parse(text)
    # Code is text to be read as it stands: "<!--" in a fence is no note.
    code = [token for token in tokens if token.kind in ("fence", "code_block")]
    fences = [(starts[token.first], starts[token.last]) for token in code]
    notes = [note for note in notes if not any(start <= note[0] < end for start, end in fences)]
    for token in tokens:
        start, end = starts[token.first], starts[token.last]
        if token.kind == "heading_open":
            _add_heading(outline, token, start, end, notes)
        elif token.kind in ("paragraph_open", "code_block"):
            if token.depth:
                mark = _ITEM.match(text, start, end)
                start = mark.end() if mark else start
            level = outline.under + token.depth if token.depth else outline.under
            for part in _outside((start, end), notes):
                if not text[part[0] : part[1]].strip().startswith("!["):  # a picture says nothing by itself
                    outline.add("body", part, level)
        elif token.kind == "fence":
            last = text[starts[token.last - 1] : end].strip(" \t>\n")
            closed = token.last - token.first > 1 and set(last) in ({"`"}, {"~"})
            span = starts[token.first + 1], starts[token.last - 1] if closed else end
            outline.add("body", span, outline.under + token.depth)
        elif token.kind == "table_open":
            _add_table(outline, token)
    blocks = [(region.start, region.end) for region in outline.regions]
    for start, end in notes:
        if any(start < last and first < end for first, last in blocks):
            continue  # "<!--" inside a paragraph and "-->" in another: text, not a comment
        closed = text.startswith("-->", end - 3)
        outline.add("note", (start + 4, end - 3 if closed else end))
    regions = sorted(outline.regions, key=lambda region: region.start)
    if not outline.headline and regions and regions[0].role == "body" and regions[0].level == 0:
        regions = regions[1:]  # a slide without a heading: layout may find one in its first paragraph
    return tuple(regions)


def _add_heading(outline: _Outline, token: Token, start: int, end: int, notes: list[Span]) -> None:
    text = outline.text
    if text[start:end].lstrip().startswith("#"):
        line = text[start:end].rstrip()
        closing = re.search(r"[ \t]+#+$", line)
        end = start + (closing.start() if closing else len(line))
        start += len(line) - len(line.lstrip().lstrip("#"))
    else:  # underlined: the last line is the rule
        end = outline.starts[token.last - 1]
    for part in _outside((start, end), notes):
        outline.add("body" if outline.headline else "headline", part)
    outline.under = 1 if outline.headline else 0
    outline.headline = True


def _outside(span: Span, holes: list[Span]) -> list[Span]:
    """``span`` without the comments in it."""
    parts: list[Span] = []
    at = span[0]
    for start, end in holes:
        if at <= start < span[1]:
            parts.append((at, start))
            at = end
    parts.append((at, max(at, span[1])))
    return parts


def _add_table(outline: _Outline, token: Token) -> None:
    text, starts = outline.text, outline.starts
    rows = [
        _cells(text, starts[line], starts[line + 1])
        for line in range(token.first, token.last)
        if line != token.first + 1  # the rule under the header
    ]
    width = len(rows[0])
    aligned = []
    for row in rows:
        end = row[-1][1]
        aligned.append((row + ((end, end),) * width)[:width])
    start = min(cell[0] for row in rows for cell in row)
    end = max(cell[1] for row in rows for cell in row)
    outline.regions.append(Region("table", start, end, outline.under, tuple(aligned)))


def _cells(text: str, start: int, end: int) -> tuple[Span, ...]:
    line = text[start:end]
    borders = [start + match.start() for match in _CELL_BORDER.finditer(line)]
    if line.lstrip().startswith("|"):
        borders = borders[1:]
        start += line.index("|") + 1
    content_end = start + len(text[start:end].rstrip())
    if borders and borders[-1] == content_end - 1:
        content_end = borders.pop()
    cells: list[Span] = []
    lefts = [start, *(border + 1 for border in borders)]
    for left, right in zip(lefts, [*borders, content_end], strict=True):
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        cells.append((left, right))
    return tuple(cells)
