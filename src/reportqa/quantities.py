"""Figures and years of a question in the way Japanese slides write them: 578.4 billion → 5784億, 令和6年 → 2024年."""

from __future__ import annotations

import re
from decimal import Decimal

_ENGLISH = re.compile(
    r"(?<![\d.])(\d+(?:,\d{3})*(?:\.\d+)?)\s*(million|billion|trillion|mn|bn)\b", re.IGNORECASE
)
_SCALES = {
    "million": (Decimal(100), "万"),
    "mn": (Decimal(100), "万"),
    "billion": (Decimal(10), "億"),
    "bn": (Decimal(10), "億"),
    "trillion": (Decimal(1), "兆"),
}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_ERA_YEAR = re.compile(r"(令和|平成|昭和)\s*(元|\d{1,2})\s*年")


def restate(question: str) -> str:
    """``question`` with English scales and Japanese eras restated; anything else is left as it is."""
    restated = _ENGLISH.sub(lambda match: _scaled(match.group(1), match.group(2).lower()), question)
    return _ERA_YEAR.sub(lambda match: f"{_ERAS[match.group(1)] + _year(match.group(2))}年", restated)


def _scaled(figure: str, scale: str) -> str:
    factor, unit = _SCALES[scale]
    value = Decimal(figure.replace(",", "")) * factor
    if unit != "兆" and value >= 10000 and value % 10000 == 0:
        value, unit = value / 10000, {"万": "億", "億": "兆"}[unit]
    return f"{value.normalize():f}{unit}"


def _year(word: str) -> int:
    return 1 if word == "元" else int(word)
