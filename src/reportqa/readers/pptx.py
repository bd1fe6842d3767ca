"""PowerPoint files: what the slide says, in the order a person reads it, with the structure it states.

python-pptx gives exact text, tables and charts. Three things it leaves out are read from the XML
here: SmartArt (a part of its own), formulas (inside ``mc:AlternateContent``) and the order of reading.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from reportqa.errors import ReadError
from reportqa.readers.blocks import (
    Block,
    Box,
    Grid,
    Line,
    Piece,
    reading_order,
    stated_role,
    write_page,
)
from reportqa.readers.cards import Drawn, Look, joined
from reportqa.readers.charts import chart_grids
from reportqa.types import Page

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_XML_BYTES = 256 * 2**20
_MAX_BYTES = 2**30
_MAX_PARTS = 50_000
_LONGEST_HEADING = 80
_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
_FOOTERS = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER)
# What PowerPoint itself writes as the document title when nobody typed one.
_NO_TITLE = re.compile(
    r"\s*(PowerPoint\s*(Presentation|プレゼンテーション|演示文稿|簡報)|(Slide|スライド|幻灯片|投影片)\s*\d+"
    r"|(Presentation|プレゼンテーション|演示文稿|簡報)\s*\d*)?\s*",
    re.IGNORECASE,
)


def read_pages(path: Path) -> tuple[str, tuple[Page, ...]]:
    """The deck's title and one page per slide, hidden slides included.

    A page's text is the title, then the shapes in reading order, then footers and, after a blank
    line, the speaker notes. ``label`` is set where the slide shows its number (a ``slidenum`` field
    or number placeholder): first slide number of the file plus the slide's place, as PowerPoint
    counts. Raises ``ReadError`` for a damaged, encrypted, oversized or foreign file.
    """
    _check_container(path)
    try:
        presentation: Any = Presentation(str(path))
        slides = list(presentation.slides)
        whole = Box(0, 0, float(presentation.slide_width or 0), float(presentation.slide_height or 0))
        first_number = int(presentation.part._element.get("firstSlideNum", "1"))
    except Exception as error:  # python-pptx raises whatever its parser meets: KeyError, XMLSyntaxError, ...
        raise ReadError(
            f"{path.name}: not a readable PowerPoint file ({_brief(error)}); "
            "open it in PowerPoint or LibreOffice and save it again as .pptx"
        ) from error
    pages: list[Page] = []
    for index, slide in enumerate(slides):
        try:
            pages.append(_read_slide(slide, whole, index + 1, first_number + index))
        except Exception as error:
            raise ReadError(
                f"{path.name}: page {index + 1} is damaged ({_brief(error)}); "
                "open the file in PowerPoint or LibreOffice, repair the slide and save it again"
            ) from error
    if not pages:
        raise ReadError(f"{path.name}: the presentation has no slides; add one or remove the file")
    return _deck_title(presentation, pages, path), tuple(pages)


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:120]


def _check_container(path: Path) -> None:
    """Refuse what must not reach the parser: other formats, encrypted files and zip bombs.

    The sizes a zip states are upper bounds of what ``zipfile`` will unpack, so they can be trusted.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise ReadError(
            f"{path.name}: cannot be opened ({error.strerror}); check the path and its permissions"
        ) from error
    if magic == _OLE_MAGIC:
        raise ReadError(
            f"{path.name}: protected by a password, or in the old .ppt format; "
            "open it in PowerPoint, remove the password and save it as .pptx"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ReadError(
            f"{path.name}: damaged or not a .pptx file ({_brief(error)}); get the file again or save it anew"
        ) from error
    markup = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    total = sum(entry.file_size for entry in entries)
    if markup > _MAX_XML_BYTES or total > _MAX_BYTES or len(entries) > _MAX_PARTS:
        raise ReadError(
            f"{path.name}: unpacks to {total / 2**20:.0f} MiB in {len(entries)} parts, more than the limit "
            f"of {_MAX_BYTES / 2**20:.0f} MiB ({_MAX_XML_BYTES / 2**20:.0f} MiB of XML); "
            "split the deck or remove its media"
        )


def _deck_title(presentation: Any, pages: Sequence[Page], path: Path) -> str:
    """The cover's headline, else the document's title property, else the cover's first line."""
    cover = pages[0]
    for region in cover.regions:
        if region.role == "headline":
            return " ".join(cover.text[region.start : region.end].split())
    stated = presentation.core_properties.title or ""
    if not _NO_TITLE.fullmatch(stated):
        return " ".join(stated.split())
    first_line = next((line for line in cover.text.splitlines() if line.strip()), "")
    return " ".join(first_line.split()) or path.stem


def _read_slide(slide: Any, whole: Box, page: int, number: int) -> Page:
    _unwrap_alternates(slide.shapes._spTree)
    headline: list[Piece] = []
    footers: list[Piece] = []
    drawn: list[Drawn] = []
    for place, shape in enumerate(slide.shapes):
        kind = shape.placeholder_format.type if shape.is_placeholder else None
        if kind in _TITLES and not headline:
            text = "\n".join(line.text for line in _frame_lines(shape._element, number))
            headline = [Line(text, role="headline")] if text else []
        elif kind in _FOOTERS:
            footers += [Line(line.text, role="footer") for line in _frame_lines(shape._element, number)]
        else:
            drawn += _drawn(shape, slide.part, _UNMOVED, number, place)
    blocks = _grouped(joined(drawn, whole))
    ordered = [block.pieces for block in reading_order(blocks)]
    if not headline and _is_heading(blocks):
        headline = [replace(line, role="headline") for line in ordered.pop(0) if isinstance(line, Line)]
    notes = _notes(slide, number)
    label = _shown_number(slide, number)
    text, regions = write_page([tuple(headline), *ordered, tuple(footers), tuple(notes)])
    return Page(
        page=page, text=text, label=label, numbering="printed" if label is not None else None, regions=regions
    )


def _is_heading(blocks: Sequence[Block]) -> bool:
    """Whether the first block, on a slide without a title, stands for one.

    It is one short paragraph, and every other block lies below it: so people title a slide whose layout
    has no title placeholder, or who typed into a text box of their own.
    """
    if len(blocks) < 2:
        return False
    first, *others = reading_order(blocks)
    line = first.pieces[0]
    if len(first.pieces) != 1 or not isinstance(line, Line):
        return False
    below = all(other.box.top >= first.box.bottom for other in others)
    return below and line.role == "body" and len(line.text) <= _LONGEST_HEADING


def _unwrap_alternates(tree: Any) -> None:
    """Put the content PowerPoint shows in place of each ``mc:AlternateContent``.

    python-pptx does not look inside, and loses every text box that holds a formula.
    """
    for alternate in list(tree.iter(f"{_MC}AlternateContent")):
        parent = alternate.getparent()
        chosen = alternate.find(f"{_MC}Choice")
        if chosen is None or not len(chosen):
            chosen = alternate.find(f"{_MC}Fallback")
        for child in list(chosen) if chosen is not None else []:
            alternate.addprevious(child)
        parent.remove(alternate)


def _shown_number(slide: Any, number: int) -> str | None:
    """The number printed on the slide, or None. A typed-in number stands; a field is counted anew."""
    tree = slide.shapes._spTree
    if any(field.get("type") == "slidenum" for field in tree.iter(f"{_A}fld")):
        return str(number)
    for shape in slide.placeholders:
        if shape.placeholder_format.type == PP_PLACEHOLDER.SLIDE_NUMBER and shape.has_text_frame:
            digits = re.search(r"\d+", shape.text_frame.text)
            if digits:
                return digits.group()
    return None


def _notes(slide: Any, number: int) -> list[Piece]:
    if not slide.has_notes_slide:
        return []
    placeholder = slide.notes_slide.notes_placeholder
    if placeholder is None:
        return []
    lines = _frame_lines(placeholder._element, number)
    return [Line(line.text, role="note", level=line.level) for line in lines]


# --- shapes ---------------------------------------------------------------------------------------

Move = tuple[float, float, float, float]
"""From a group's own coordinates to the slide's: ``x * sx + dx``, ``y * sy + dy`` as (sx, dx, sy, dy)."""

_UNMOVED: Move = (1.0, 0.0, 1.0, 0.0)


def _drawn(
    shape: Any, part: Any, move: Move, number: int, place: int, *, grouped: bool = False
) -> Iterator[Drawn]:
    """The blocks of a shape, one a frame; those of a group know its ``place`` among the slide's shapes."""
    element = shape._element
    if element.tag == qn("p:grpSp"):
        inner = _group_move(element, move)
        for child in shape.shapes:
            yield from _drawn(child, part, inner, number, place, grouped=True)
        return
    pieces = tuple(_pieces(shape, part, number))
    if pieces:
        yield Drawn(Block(_box(shape, move), pieces), _look(element), place if grouped else None)


def _look(element: Any) -> Look:
    """How a shape is drawn, as far as it says itself."""
    properties = element.find(qn("p:spPr"))
    fills = ("solidFill", "gradFill", "pattFill")
    filled = properties is not None and any(properties.find(f"{_A}{fill}") is not None for fill in fills)
    run = next(element.iter(f"{_A}rPr"), None)
    if run is None:
        return Look(filled)
    colour = run.find(f"{_A}solidFill")
    stated = "" if colour is None or not len(colour) else str(colour[0].get("val", ""))
    size = run.get("sz", "0")
    return Look(filled, int(size) / 100 if size.isdecimal() else 0.0, run.get("b") in ("1", "true"), stated)


def _grouped(drawn: Sequence[Drawn]) -> list[Block]:
    """The blocks in their order, those of a group as one, read in order inside."""
    groups: dict[Any, list[Block]] = {}
    for at, one in enumerate(drawn):
        groups.setdefault(("alone", at) if one.inside is None else one.inside, []).append(one.block)
    return [
        Block(
            Box.around([block.box for block in blocks]),
            tuple(piece for block in reading_order(blocks) for piece in block.pieces),
        )
        for blocks in groups.values()
    ]


def _group_move(group: Any, move: Move) -> Move:
    """The move of a group's children: scaled from its child extents, mirrored where it is flipped."""
    transform = group.find(f"{qn('p:grpSpPr')}/{_A}xfrm")
    if transform is None:
        return move
    points = {child.tag.rsplit("}", 1)[1]: child.attrib for child in transform}
    if not {"off", "ext", "chOff", "chExt"} <= set(points):
        return move
    result: list[float] = []
    axes = (("x", "cx", "flipH", move[0], move[1]), ("y", "cy", "flipV", move[2], move[3]))
    for axis, extent, flip, scale, shift in axes:
        child_extent = float(points["chExt"][extent]) or 1.0
        ratio = float(points["ext"][extent]) / child_extent
        origin = float(points["off"][axis]) - float(points["chOff"][axis]) * ratio
        if transform.get(flip) in ("1", "true"):
            far = 2 * float(points["off"][axis]) + float(points["ext"][extent])
            ratio, origin = -ratio, far - origin
        result += [ratio * scale, origin * scale + shift]
    return result[0], result[1], result[2], result[3]


def _box(shape: Any, move: Move) -> Box:
    left, top = float(shape.left or 0), float(shape.top or 0)
    width, height = float(shape.width or 0), float(shape.height or 0)
    turned = abs(float(getattr(shape, "rotation", 0.0)) % 180 - 90) < 45
    if turned:  # the stated box is that of the shape before it was turned about its centre
        left, top = left + (width - height) / 2, top + (height - width) / 2
        width, height = height, width
    xs = sorted((left * move[0] + move[1], (left + width) * move[0] + move[1]))
    ys = sorted((top * move[2] + move[3], (top + height) * move[2] + move[3]))
    return Box(xs[0], ys[0], xs[1], ys[1])


def _pieces(shape: Any, part: Any, number: int) -> Iterator[Piece]:
    element = shape._element
    if getattr(shape, "has_table", False):
        yield _table(element, number)
    elif getattr(shape, "has_chart", False):
        chart = shape.chart._chartSpace
        title = chart.find(f"{qn('c:chart')}/{qn('c:title')}/{qn('c:tx')}")
        if title is not None:
            yield from _paragraphs(title.iter(f"{_A}p"), number)
        yield from chart_grids(chart)
    elif (diagram := element.find(f".//{_DGM}relIds")) is not None:
        yield from _smart_art(part, diagram.get(qn("r:dm")), number)
    else:
        yield from _frame_lines(element, number)


def _table(element: Any, number: int) -> Grid:
    """Cell texts row by row; a cell that a merge covers is empty, so columns stay aligned."""
    rows = []
    for row in element.iter(f"{_A}tr"):
        cells = []
        for cell in row.iterchildren(f"{_A}tc"):
            covered = cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true")
            lines = [] if covered else _paragraphs(cell.iter(f"{_A}p"), number)
            cells.append("\n".join(line.text for line in lines))
        rows.append(tuple(cells))
    return Grid(tuple(rows))


def _smart_art(part: Any, relation: str | None, number: int) -> Iterator[Line]:
    """The texts of a SmartArt diagram as an outline, from its data part.

    Nodes hang on their parents through ``parOf`` connections (the default type) in ``srcOrd`` order
    (ECMA-376 part 1, 21.4); presentation and transition points repeat or hold no text of the author's.
    """
    if relation is None:
        return
    model = parse_xml(part.related_part(relation).blob)
    points = {point.get("modelId"): point for point in model.iter(f"{_DGM}pt")}
    children: dict[str, list[tuple[int, str]]] = {}
    for link in model.iter(f"{_DGM}cxn"):
        if link.get("type", "parOf") == "parOf":
            place = (int(link.get("srcOrd", "0")), link.get("destId"))
            children.setdefault(link.get("srcId"), []).append(place)
    roots = [name for name, point in points.items() if point.get("type") == "doc"]
    nodes = [name for name, point in points.items() if point.get("type", "node") in ("node", "asst")]
    seen: set[str] = set()
    # Nodes on no tree still show on the slide: they follow in file order.
    stack = [(name, 0) for name in reversed(nodes)] + [(name, -1) for name in roots]
    while stack:
        name, level = stack.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        stack += [(child, level + 1) for _, child in sorted(children.get(name, []), reverse=True)]
        if level >= 0:
            for line in _paragraphs(points[name].iter(f"{_A}p"), number):
                yield Line(line.text, line.role, level + line.level)


# --- text -----------------------------------------------------------------------------------------


def _frame_lines(element: Any, number: int) -> list[Line]:
    body = element.find(qn("p:txBody"))
    return [] if body is None else _paragraphs(body.iterchildren(f"{_A}p"), number)


def _paragraphs(paragraphs: Iterator[Any], number: int) -> list[Line]:
    """One line per paragraph that says something.

    A bulleted paragraph after an unbulleted one of the same frame is one level deeper: the box's
    title and what stands under it carry the same ``lvl`` in most decks.
    """
    lines: list[Line] = []
    titled = False
    for paragraph in paragraphs:
        text = _paragraph_text(paragraph, number)
        if not text:
            continue
        properties = paragraph.find(f"{_A}pPr")
        level = 0 if properties is None else int(properties.get("lvl", "0"))
        bulleted = properties is not None and any(
            properties.find(f"{_A}{mark}") is not None for mark in ("buChar", "buAutoNum", "buBlip")
        )
        lines.append(Line(text, stated_role(text), level + (1 if bulleted and titled else 0)))
        titled = titled or not bulleted
    return lines


def _paragraph_text(paragraph: Any, number: int) -> str:
    """Runs, fields, line breaks and the letters of formulas; a slide number field is counted anew."""
    parts: list[str] = []
    for child in paragraph:
        if child.tag == f"{_A}br":
            parts.append("\n")
        elif child.tag == f"{_A}fld" and child.get("type") == "slidenum":
            parts.append(str(number))
        elif child.tag in (f"{_A}r", f"{_A}fld"):
            parts.append("".join(text.text or "" for text in child.iterchildren(f"{_A}t")))
        else:
            parts.append("".join(text.text or "" for text in child.iter(f"{_M}t")))
    lines = "".join(parts).replace("\v", "\n").replace("\t", " ").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
