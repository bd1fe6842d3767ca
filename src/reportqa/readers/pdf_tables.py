"""Ruled tables of a PDF page: cells between lines, found with pdfplumber's table geometry.

Only lines and boxes that are drawn count, read through pdfium like the text, so a cell holds the very
same glyphs as the page. A table is taken only where it is beyond doubt: see ``find_cells``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from reportqa.readers.blocks import Box
from reportqa.readers.pdf_glyphs import Glyph, page_transform

Grid = tuple[tuple[Box | None, ...], ...]
"""Cells row by row; None where a merged cell covers the place."""

_Point = tuple[float, float]
_Matrix = tuple[float, float, float, float, float, float]
_Edge = dict[str, Any]

_TOLERANCE = 3.0  # points within which lines meet
_MOST_OBJECTS = 20_000
_MOST_EDGES = 800
_MOST_CROSSINGS = 2_500
_DEEPEST = 6
_THIN = 3.0  # points: a filled box this thin is a drawn line


def find_cells(page: Any, glyphs: Sequence[Glyph]) -> list[Grid]:
    """The ruled tables of a page, top to bottom, as cells.

    A table has two rows and two columns or more, its cells fill its outline without holes, most cells
    (60 %) hold text, and none holds a page's worth of it: grids of charts, frames and boxes side by side
    are not tables. Drawings with very many lines are not searched.
    """
    edges = list(_edges(page))
    if len([edge for edge in edges if edge["orientation"] == "v"]) < 3 or len(edges) < 6:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    if len(edges) > 10 * _MOST_EDGES:
        return []
    merged = merge_edges(edges, _TOLERANCE, _TOLERANCE, _TOLERANCE, _TOLERANCE)
    merged = [edge for edge in merged if max(edge["width"], edge["height"]) >= _TOLERANCE]
    if len(merged) > _MOST_EDGES:
        return []
    crossings = edges_to_intersections(merged, _TOLERANCE, _TOLERANCE)
    if len(crossings) > _MOST_CROSSINGS:
        return []
    found = []
    for cells in cells_to_tables(intersections_to_cells(crossings)):
        grid = _grid([Box(*cell) for cell in cells], glyphs)
        while grid and len(grid) > 2 and sum(map(bool, grid[0])) == 1 < len(grid[0]):
            grid = grid[1:]  # a bar across the whole table is its title
        if grid:
            found.append(grid)
    return found


def cell_of(grids: Sequence[Grid], glyph: Glyph) -> tuple[int, int, int] | None:
    """Which table, row and column a glyph's middle stands in."""
    x, y = (glyph.box.left + glyph.box.right) / 2, (glyph.box.top + glyph.box.bottom) / 2
    for table, grid in enumerate(grids):
        for row, cells in enumerate(grid):
            for column, cell in enumerate(cells):
                if cell and cell.left <= x < cell.right and cell.top <= y < cell.bottom:
                    return table, row, column
    return None


def _grid(cells: Sequence[Box], glyphs: Sequence[Glyph]) -> Grid | None:
    tops = sorted({cell.top for cell in cells})
    lefts = sorted({cell.left for cell in cells})
    if len(tops) < 2 or len(lefts) < 2 or len(tops) > 120 or len(lefts) > 40:
        return None
    outline = Box.around(cells)
    area = (outline.right - outline.left) * (outline.bottom - outline.top)
    covered = sum((cell.right - cell.left) * (cell.bottom - cell.top) for cell in cells)
    if not 0.97 * area <= covered <= 1.03 * area:
        return None
    at = {(cell.top, cell.left): cell for cell in cells}
    grid: Grid = tuple(tuple(at.get((top, left)) for left in lefts) for top in tops)
    counts = dict.fromkeys(at, 0)
    inked = [glyph for glyph in glyphs if not glyph.char.isspace()]
    for glyph in inked:
        place = cell_of([grid], glyph)
        if place:
            counts[tops[place[1]], lefts[place[2]]] += 1
    filled = [count for count in counts.values() if count]
    rows = [sum(counts.get((top, left), 0) for left in lefts) for top in tops]
    columns = [sum(counts.get((top, left), 0) for top in tops) for left in lefts]
    if len(filled) < max(4, 0.6 * len(cells)) or max(filled) > 600:
        return None
    if sum(map(bool, rows)) < 2 or sum(map(bool, columns)) < 2:
        return None
    return grid


def _edges(page: Any) -> Iterator[_Edge]:
    """Level and upright lines of the page, as the dictionaries pdfplumber works on."""
    from pypdfium2 import raw

    transform = page_transform(page)
    width, height = page.get_size()
    budget = [_MOST_OBJECTS]
    for line, points in _paths(
        raw, page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, None, budget
    ):
        shown = [transform(x, y) for x, y in points]
        lefts, tops = [x for x, _ in shown], [y for _, y in shown]
        box = Box(min(lefts), min(tops), max(lefts), max(tops))
        wide, high = box.right - box.left, box.bottom - box.top
        if wide > 0.95 * width and high > 0.9 * height:
            continue  # the page's own frame or ground
        if not line and min(wide, high) < _THIN:
            middle_x, middle_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            shown = (
                [(middle_x, box.top), (middle_x, box.bottom)]
                if high > wide
                else [(box.left, middle_y), (box.right, middle_y)]
            )
        elif not line:
            shown = [*shown, shown[0]]  # a fill closes its outline
        for (x1, y1), (x2, y2) in pairwise(shown):
            upright = abs(x1 - x2) < 0.5 and abs(y1 - y2) > 1
            level = abs(y1 - y2) < 0.5 and abs(x1 - x2) > 1
            if upright or level:
                yield _edge((x1, y1), (x2, y2), upright)


def _edge(start: _Point, end: _Point, upright: bool) -> _Edge:
    x0, x1 = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    if upright:
        x0 = x1 = (x0 + x1) / 2
    else:
        top = bottom = (top + bottom) / 2
    return {
        "object_type": "line", "orientation": "v" if upright else "h",
        "x0": x0, "x1": x1, "top": top, "bottom": bottom, "width": x1 - x0, "height": bottom - top,
    }  # fmt: skip


def _paths(
    raw: Any,
    parent: Any,
    count: Callable[[Any], int],
    get: Callable[[Any, int], Any],
    outer: _Matrix | None,
    budget: list[int],
    depth: int = 0,
) -> Iterator[tuple[bool, list[_Point]]]:
    """Drawn outlines made of straight lines: whether it is stroked, and its points in page coordinates."""
    import ctypes

    for index in range(max(0, count(parent))):
        budget[0] -= 1
        if budget[0] < 0:
            return
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            inner = _compose(_matrix(raw, item), outer)
            yield from _paths(
                raw, item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, budget, depth + 1
            )
        if kind != raw.FPDF_PAGEOBJ_PATH:
            continue
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, fill, stroke)
        segments = raw.FPDFPath_CountSegments(item)
        if not (fill.value or stroke.value) or not 2 <= segments <= 2000:
            continue
        matrix = _compose(_matrix(raw, item), outer)
        for points in _outlines(raw, item, segments):
            yield bool(stroke.value), [_apply(matrix, point) for point in points]


def _outlines(raw: Any, path: Any, segments: int) -> Iterator[list[_Point]]:
    """The parts of a path that have no curve; a closed one ends where it began."""
    import ctypes

    points: list[_Point] = []
    straight = True
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(segments):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if straight and len(points) > 1:
                yield points
            points, straight = [], True
        elif kind != raw.FPDF_SEGMENT_LINETO:
            straight = False
        points.append((x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment) and points:
            points.append(points[0])
    if straight and len(points) > 1:
        yield points


def _matrix(raw: Any, item: Any) -> _Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return 1, 0, 0, 1, 0, 0
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _compose(inner: _Matrix, outer: _Matrix | None) -> _Matrix:
    if outer is None:
        return inner
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def _apply(matrix: _Matrix, point: _Point) -> _Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f
