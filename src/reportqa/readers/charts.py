"""Native PowerPoint charts as tables: series across, categories down, numbers as the chart shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from pptx.oxml.ns import qn

from reportqa.dates import MONTHS
from reportqa.readers.blocks import Grid

_NUMBER_FORMAT = re.compile(
    r"""(?P<head>(?:"[^"]*")?[¥$€£]?)(?P<comma>#,##)?[0#](?:\.(?P<decimals>[0#]+))?"""
    r"""(?P<percent>%?)(?P<tail>(?:"[^"]*")?)"""
)
_DATE_FORMAT = re.compile(r'(?:[ymd]|"[^"]*"|[\s/.,年月日-])+')
_DATE_PART = re.compile(r'y+|m+|d+|"([^"]*)"')
_SYSTEM_DATE = "m/d/yyyy"
"""What a file says for the short date of the reader's system; East Asian ones begin with the year."""

_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of a workbook's dates; right from March 1900 on, before which Excel counts a day that never was."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_DAY, _LAST_DAY = 61, 2_958_465
_MAX_POINTS = 5000


def chart_grids(chart_space: Any) -> Iterator[Grid]:
    """One grid for each set of series that share their categories (or x values).

    The header row is an empty cell and the series names; each further row a category and its values.
    """
    shared: dict[tuple[str, ...], list[tuple[str, dict[int, str]]]] = {}
    for series in chart_space.iter(qn("c:ser")):
        categories = _labels(series)
        values = _values(series)
        if not values:
            continue
        if not categories:
            categories = tuple(str(point + 1) for point in range(max(values) + 1))
        shared.setdefault(categories, []).append((_name(series), values))
    for categories, columns in shared.items():
        header = ("", *(name for name, _ in columns))
        rows = [
            (category, *(values.get(point, "") for _, values in columns))
            for point, category in enumerate(categories)
        ]
        yield Grid((header, *(row for row in rows if any(row))))


def _name(series: Any) -> str:
    text = series.find(qn("c:tx"))
    return "" if text is None else _clean(" ".join(value.text or "" for value in text.iter(qn("c:v"))))


def _clean(text: str) -> str:
    return " ".join(text.split())


def _labels(series: Any) -> tuple[str, ...]:
    """Category labels by point; the levels of a nested axis are joined, the outer one first."""
    axis = series.find(qn("c:cat"))
    if axis is None:
        axis = series.find(qn("c:xVal"))
    if axis is None:
        return ()
    code = _format_code(axis)
    numeric = axis.find(f".//{qn('c:numCache')}") is not None
    levels = [_points(level) for level in axis.iter(qn("c:lvl"))] or [_points(axis)]
    count = max((max(level) + 1 for level in levels if level), default=0)
    labels = []
    for point in range(min(count, _MAX_POINTS)):
        inner = levels[0].get(point, "")
        # An outer label is stated once, at the first point it covers.
        outer = [
            level[max(covering)] for level in levels[1:] if (covering := [at for at in level if at <= point])
        ]
        label = " ".join([*reversed(outer), show_number(inner, code) if numeric else inner])
        labels.append(_clean(label))
    return tuple(labels)


def _values(series: Any) -> dict[int, str]:
    axis = series.find(qn("c:val"))
    if axis is None:
        axis = series.find(qn("c:yVal"))
    if axis is None:
        return {}
    code = _format_code(axis)
    shown = series.find(f"{qn('c:dLbls')}/{qn('c:numFmt')}")
    if shown is not None and shown.get("sourceLinked") not in ("1", "true"):
        code = shown.get("formatCode") or code
    return {point: show_number(value, code) for point, value in _points(axis).items()}


def _format_code(axis: Any) -> str:
    code = axis.findtext(f".//{qn('c:formatCode')}") or "General"
    language = axis.getroottree().getroot().find(qn("c:lang"))
    eastern = language is not None and (language.get("val") or "").startswith(("ja", "zh", "ko"))
    return "yyyy/m/d" if code == _SYSTEM_DATE and eastern else code


def _points(parent: Any) -> dict[int, str]:
    points: dict[int, str] = {}
    for point in parent.iter(qn("c:pt")):
        at = int(point.get("idx", "0"))
        if 0 <= at < _MAX_POINTS:
            points[at] = point.findtext(qn("c:v")) or ""
    return points


def show_number(value: str, code: str) -> str:
    """A stored number as its format code shows it: thousands, decimals, percent, fixed words.

    Days are counted from 1900 and shown as the code says. Codes beyond these (times, fractions, conditions) leave the
    number as it is stored, without the noise of binary fractions (0.28999999999999998 is 0.29).
    """
    try:
        number = Decimal(repr(float(value)))
    except (InvalidOperation, ValueError):
        return _clean(value)
    if not number.is_finite() or abs(number) > 10**18:
        return _clean(value)
    code = re.sub(r"\[\$([^-\]]*)[^\]]*\]", r'"\1"', code.split(";")[0])  # [$¥-411] names a currency
    code = re.sub(r"_.|\*.|\[[^\]]*\]|\\", "", code).strip()  # padding, colours and conditions, escapes
    match = _NUMBER_FORMAT.fullmatch(code)
    if not match and _is_date(code.lower()) and _FIRST_DAY <= number <= _LAST_DAY:
        return _show_date(_DAY_ZERO + timedelta(days=int(number)), code.lower())
    if not match:
        plain = f"{number:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if match["percent"]:
        number *= 100
    decimals = match["decimals"] or ""
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}" if match["comma"] else f"{rounded:f}"
    if decimals:  # a # shows a digit only where there is one
        optional = len(decimals) - len(decimals.rstrip("#"))
        while optional and text.endswith("0"):
            text, optional = text[:-1], optional - 1
        text = text.rstrip(".")
    return match["head"].replace('"', "") + text + match["percent"] + match["tail"].replace('"', "")


def _is_date(code: str) -> bool:
    return (
        _DATE_FORMAT.fullmatch(code) is not None
        and re.search("[ym]", re.sub('"[^"]*"', "", code)) is not None
    )


def _show_date(day: date, code: str) -> str:
    month, weekday = MONTHS[day.month - 1].title(), _WEEKDAYS[day.weekday()]
    shown = {
        "y": f"{day:%y}",
        "yy": f"{day:%y}",
        "m": str(day.month),
        "mm": f"{day:%m}",
        "mmm": month[:3],
        "mmmm": month,
        "d": str(day.day),
        "dd": f"{day:%d}",
        "ddd": weekday[:3],
        "dddd": weekday,
    }

    def part(match: re.Match[str]) -> str:
        if match.group().startswith('"'):
            return match.group(1)
        if match.group().startswith("yyy"):
            return str(day.year)
        return shown.get(match.group(), match.group())

    return _DATE_PART.sub(part, code).strip()
