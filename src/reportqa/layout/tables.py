"""Tables that a text export flattened: rows of fields, parallel runs, records with recurring keys.

A table is rebuilt only where the counts agree exactly; where they do not, its lines stay what they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportqa.layout.figures import figure_rows
from reportqa.layout.marks import (
    Line,
    fields_of,
    has_letters,
    is_aside,
    is_bullet,
    is_cellular,
    is_footer,
    text_of,
    width,
)
from reportqa.types import Span

_NUMERIC = re.compile(
    r"[△▲±+\-−~約]?[$¥￥€£]?\d[\d,.]*\s?(?:%|％|‰|pt|倍|円|元|ドル|万|億|兆|人|社|件|個|台|年|月|日|[kKMGT]?[BbWhgms]{0,2})?"
    r"(?:円|元|ドル|人|社|件|個|台)?$"
)
_SHORT = 40
_KEY = 16


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cell spans, and the runs of lines (first, last + 1) that hold them, the main run first."""

    rows: tuple[tuple[Span, ...], ...]
    runs: tuple[tuple[int, int], ...]


def find_tables(lines: Sequence[Line]) -> list[Table]:
    """The tables among the lines, none sharing a line with another."""
    found: list[Table] = []
    taken: set[int] = set()
    rowwise = sorted(
        [*_field_tables(lines), *_figure_tables(lines)], key=lambda t: (-len(t.rows), -len(t.rows[0]))
    )
    for tables in (rowwise, _parallel_tables(lines), _record_tables(lines)):
        for table in tables:
            own = {at for first, last in table.runs for at in range(first, last)}
            if not own & taken:
                found.append(table)
                taken |= own
    return found


def _figure_tables(lines: Sequence[Line]) -> list[Table]:
    return [Table(rows, ((first, last),)) for rows, first, last in figure_rows(lines)]


def _field_tables(lines: Sequence[Line]) -> list[Table]:
    """Neighbouring lines with the same number of fields: three fields or more, three lines or more.

    Fields are parted by tabs, by two spaces or more (two fields are then enough), or by single spaces. But for
    tabs, a column of numbers must run through all lines below the header. See ``_whole`` for rows that do not
    fit, and ``_numbered_list`` and ``_signs`` for what only looks like a table.
    """
    found: list[Table] = []
    for separator, least, tabbed in ((r"\s*\t\s*", 2, True), (r"\s{2,}", 2, False), (r"\s+", 3, False)):
        splits = [fields_of(line, separator) for line in lines]
        first = 0
        while first < len(lines):
            count = len(splits[first])
            last = first + 1
            while last < len(lines) and len(splits[last]) == count and lines[last].gap <= 1:
                last += 1
            if count >= least and last - first >= 2:
                texts = [[text_of(lines[at], span) for span in splits[at]] for at in range(first, last)]
                rows = (0, len(texts)) if tabbed else _numeric_rows(texts)
                begin, end = first + rows[0], first + rows[1]
                marked = any(is_aside(line.text) or is_bullet(line.text) for line in lines[begin:end])
                shown = texts[rows[0] : rows[1]]
                if end - begin >= 2 and not (marked or _numbered_list(shown) or _signs(shown)):
                    table = _whole(lines, splits, begin, end)
                    if table and len(table.rows) >= (2 if tabbed else 3):
                        found.append(table)
            first = max(last, found[-1].runs[0][1]) if found and found[-1].runs[0][0] >= first else last
    kept: list[Table] = []
    for table in found:
        (first, last) = table.runs[0]
        if all(last <= other.runs[0][0] or other.runs[0][1] <= first for other in kept):
            kept.append(table)
    return kept


def _whole(lines: Sequence[Line], splits: Sequence[tuple[Span, ...]], begin: int, end: int) -> Table | None:
    """The table with the rows whose last cell holds the separator itself; None where a row is torn off.

    A neighbouring line with more fields is a row if its first fields are numbers where the table's are and the
    table's last column is words. If it only ends in a number as the rows do, its cells cannot be told apart,
    and a table that misses a row is no table.
    """
    count = len(splits[begin])
    body = range(begin + 1, end)
    numeric = [
        all(_NUMERIC.match(text_of(lines[at], splits[at][column])) for at in body) for column in range(count)
    ]
    rows = list(splits[begin:end])
    for step, at in ((-1, begin - 1), (1, end)):
        while 0 <= at < len(lines) and lines[max(at, at - step)].gap <= 1:
            fields = splits[at]
            kinds = [bool(_NUMERIC.match(text_of(lines[at], span))) for span in fields]
            if len(fields) < count or is_aside(lines[at].text) or is_bullet(lines[at].text):
                break
            if any(numeric[:-1]) and not numeric[-1] and kinds[: count - 1] == numeric[:-1]:
                row = (*fields[: count - 1], (fields[count - 1][0], lines[at].end))
                rows.insert(0 if step < 0 else len(rows), row)
                at += step
            elif len(fields) > count and numeric[-1] and kinds[-1]:
                return None
            else:
                break
        begin, end = (at + 1, end) if step < 0 else (begin, at)
    return Table(tuple(rows), ((begin, end),))


def _numeric_rows(texts: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The longest stretch of rows through which a column of numbers runs, with the row of words above it."""
    best = (0, 0)
    for column in range(len(texts[0])):
        first = 0
        for at in range(len(texts) + 1):
            if at < len(texts) and _NUMERIC.match(texts[at][column]):
                continue
            if at - first > best[1] - best[0]:
                best = (first, at)
            first = at + 1
    first, last = best
    headed = 0 < first < last and not any(_NUMERIC.match(cell) for cell in texts[first - 1])
    return (first - 1, last) if headed else best


def _numbered_list(texts: Sequence[Sequence[str]]) -> bool:
    """A list rather than a table: the first column counts on by one, and no other column is numbers."""
    counts = [row[0].rstrip(".)．") for row in texts]
    if not all(count.isdecimal() and len(count) <= 2 for count in counts):
        return False
    steps = {int(later) - int(earlier) for earlier, later in pairwise(counts)}
    others = range(1, len(texts[0]))
    return steps <= {1} and not any(all(_NUMERIC.match(row[column]) for row in texts) for column in others)


def _signs(texts: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds nothing but signs, as between the sides of equations."""
    return any(not any(char.isalnum() for row in texts for char in row[c]) for c in range(len(texts[0])))


def _is_axis(line: Line) -> bool:
    """Tick labels of a chart: three numbers or more with equal steps."""
    fields = line.text.split()
    if len(fields) < 3 or not all(re.fullmatch(r"-?\d[\d,]*(?:\.\d+)?%?", field) for field in fields):
        return False
    values = [float(field.replace(",", "").rstrip("%")) for field in fields]
    steps = {round(later - earlier, 6) for earlier, later in pairwise(values)}
    return len(steps) == 1 and steps != {0.0}


def _short(line: Line) -> bool:
    return width(line.text) <= _SHORT and is_cellular(line.text) and not _is_axis(line)


def _parallel_tables(lines: Sequence[Line]) -> list[Table]:
    """Columns written one after the other: runs of short lines, equally long, three lines or more.

    The slide's runs of three lines and more must all have the same length, but for a header line of two
    fields or more above one of them that names all columns of words; and one run must be numbers, or such a header
    be there. A run whose lines hold two fields is split where the header says so.
    """
    titled = len(lines) > 1 and lines[1].gap > 0 and " " not in lines[0].text  # a headline, not a column
    runs = [run for run in _runs(lines, 1 if titled else 0) if run[1] - run[0] >= 3]
    if len(runs) < 2:
        return []
    lengths = Counter(last - first for first, last in runs)
    length = min(lengths)
    header: tuple[Span, ...] = ()
    headed = -1
    for place, (first, last) in enumerate(runs):
        if last - first == length:
            continue
        fields = fields_of(lines[first])
        if headed >= 0 or last - first != length + 1 or len(fields) < 2 or lines[first + 1].gap == 0:
            return []
        if any(_NUMERIC.match(text_of(lines[first], span)) for span in fields):
            return []
        header, headed = fields, place
    bodies = [(first + (place == headed), last) for place, (first, last) in enumerate(runs)]
    numeric = [sum(bool(_NUMERIC.match(line.text)) for line in lines[a:b]) >= 0.6 * length for a, b in bodies]
    worded = len(bodies) - sum(numeric)
    split = len(header) - worded + 1 if header else 1
    if not ((any(numeric) and worded) or header) or not (1 <= split <= 3) or (header and not worded):
        return []
    columns: list[list[Span]] = []
    names: list[Span] = []
    unused = list(header)
    widest = headed if header and not numeric[headed] else numeric.index(False) if worded else 0
    for place, (first, last) in enumerate(bodies):
        cells = [_first_fields(line, split if place == widest else 1) for line in lines[first:last]]
        if any(cell is None for cell in cells):
            return []
        for column in range(split if place == widest else 1):
            columns.append([cell[column] for cell in cells if cell])
            at = columns[-1][0][0]
            names.append(unused.pop(0) if unused and not numeric[place] else (at, at))
    order = list(range(len(columns)))
    if header:  # columns with a name first
        order.sort(key=lambda at: names[at][0] == names[at][1])
    rows = [tuple(columns[column][row] for column in order) for row in range(length)]
    if header:
        rows.insert(0, tuple(names[column] for column in order))
    main = max(range(len(runs)), key=lambda place: (place == headed, -place))
    ordered = (runs[main], *(run for place, run in enumerate(runs) if place != main))
    return [Table(tuple(rows), ordered)]


def _first_fields(line: Line, count: int) -> tuple[Span, ...] | None:
    """The line as ``count`` fields, the last one taking the rest; None where it has fewer."""
    fields = fields_of(line)
    if len(fields) < count:
        return None
    return (*fields[: count - 1], (fields[count - 1][0], line.end))


def _runs(lines: Sequence[Line], begin: int) -> list[tuple[int, int]]:
    """Runs of short lines from ``begin`` on; a run is cut where three numbers follow words, or three words numbers."""
    numeric = [bool(_NUMERIC.match(line.text)) for line in lines]
    runs: list[tuple[int, int]] = []
    first: int | None = None
    for at in range(begin, len(lines) + 1):
        inside = at < len(lines) and _short(lines[at]) and (first is None or lines[at].gap <= 2)
        if first is not None and inside:
            turned = numeric[at] != numeric[at - 1] and numeric[at : at + 3] == [numeric[at]] * 3
            if turned and all(_short(line) for line in lines[at : at + 3]):
                runs.append((first, at))
                first = at
        if not inside and first is not None:
            runs.append((first, at))
            first = None
        if first is None and at < len(lines) and _short(lines[at]):
            first = at
    return runs


def _record_tables(lines: Sequence[Line]) -> list[Table]:
    """Records side by side that became one after the other: the same keys in the same order, twice or more.

    A key is a short line, or the first field of a line; a key that wraps takes two lines. All keys that recur
    must agree in number and order, and be three or more. Titles over bullets are an outline, not a record.
    """
    places: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        key = line.text.split()[0]
        if width(key) <= _KEY and has_letters(key) and key[-1] not in "。、" and not is_bullet(key):
            places.setdefault(key, []).append(at)
    keys = {key: found for key, found in places.items() if len(found) >= 2}
    counts = {len(found) for found in keys.values()}
    if len(keys) < 3 or len(counts) != 1:
        return []
    order = sorted(keys, key=lambda key: keys[key][0])
    records = list(zip(*(keys[key] for key in order), strict=True))
    flat = [at for record in records for at in record]
    if flat != sorted(set(flat)):
        return []
    ends = [*(record[0] for record in records[1:]), _record_end(lines, records[-1][-1])]
    if any(is_bullet(line.text) for line in lines[flat[0] : ends[-1]]):
        return []
    groups = _wrapped_keys(lines, order, records)
    tables = [_record(lines, record, groups, end) for record, end in zip(records, ends, strict=True)]
    whole = [table for table in tables if table is not None]
    return whole if len(groups) >= 3 and len(whole) == len(records) else []


def _wrapped_keys(
    lines: Sequence[Line], order: Sequence[str], records: Sequence[tuple[int, ...]]
) -> list[tuple[int, int]]:
    """First and last place (in ``order``) of each key: neighbours without a value between them are one."""
    groups: list[tuple[int, int]] = []
    for index in range(len(order)):
        joined = index > 0 and all(
            record[index] == record[index - 1] + 1 and lines[record[index - 1]].text == order[index - 1]
            for record in records
        )
        if joined:
            groups[-1] = (groups[-1][0], index)
        else:
            groups.append((index, index))
    return groups


def _record(
    lines: Sequence[Line], record: Sequence[int], groups: Sequence[tuple[int, int]], end: int
) -> Table | None:
    """One record as rows of key and value; None where a key has no value."""
    rows: list[tuple[Span, ...]] = []
    stops = [*(record[first] for first, _ in groups[1:]), end]
    for (first, last), stop in zip(groups, stops, strict=True):
        key_line = lines[record[last]]
        fields = fields_of(key_line)
        after = record[last] + 1
        if len(fields) == 1 and after >= stop:
            return None
        start = fields[1][0] if len(fields) > 1 else lines[after].start
        rows.append(((lines[record[first]].start, fields[0][1]), (start, lines[stop - 1].end)))
    return Table(tuple(rows), ((record[0], end),))


def _record_end(lines: Sequence[Line], last_key: int) -> int:
    at = last_key + 1
    while at < len(lines) and not is_aside(lines[at].text) and not is_footer(lines[at].text):
        at += 1
    return at
