"""Figures and years of a question in the way Japanese slides write them: 578.4 billion → 5784億, 令和6年 → 2024年."""

from __future__ import annotations

import re
from collections.abc import Callable
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


_ROUND = re.compile(r"(?<![\d.,〇一二三四五六七八九十百千万])(1000?|10|[十百千])(?=[万億兆])")
_ORDINAL = re.compile(
    r"第(\d{1,2}|[一二三四五六七八九]|十[一二三四五六七八九]?)(?=[回章部条期四位次版段項編巻種節話番])"
)
_DIGITS = "〇一二三四五六七八九"


def rewrite(question: str, says: Callable[[str], bool]) -> str:
    """``question`` with round figures and ordinals in their other writing where only that is in the corpus.

    100万 and 百万, 第3回 and 第三回. ``says`` tells whether a text stands in the corpus.
    """
    for pattern, other in ((_ROUND, _other_round), (_ORDINAL, _other_ordinal)):
        for match in reversed(list(pattern.finditer(question))):
            start, end = match.span()
            counter = question[end : end + 1]
            written = other(match.group(1))
            if not says(match.group() + counter) and says(written + counter):
                question = question[:start] + written + question[end:]
    return question


def _other_round(figure: str) -> str:
    if figure.isascii():
        return "一十百千"[len(figure) - 1]
    return str(10 ** "一十百千".index(figure))


def _other_ordinal(figure: str) -> str:
    if figure.isdecimal():  # in either width
        tens, ones = divmod(int(figure), 10)
        return (
            "第" + (_DIGITS[tens] if tens > 1 else "") + "十" * (tens > 0) + (_DIGITS[ones] if ones else "")
        )
    ten, one = "十" in figure, figure.removeprefix("十")
    return f"第{10 * ten + (_DIGITS.index(one) if one else 0)}"


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
