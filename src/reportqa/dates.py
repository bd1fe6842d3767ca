"""Dates in any writing: what a text says of days, months, years and quarters, and a question in the slides' writing.

People ask for a day as they would say it, decks write it as their template does: 2018年6月13日, 2018/Jun/13, R6.3.31,
FY24 2Q. ``mentions`` gives a date the same terms whatever its writing, for matching; ``rewrite`` puts a question into
the writing that texts have, for whatever compares words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from reportqa.text import fold


class Mention(NamedTuple):
    """A date in folded text and the terms that it is known by, the most exact first.

    2024-03-05 (03-05, 2024-03, m03, 2024), fy2024 (2024), quarter2, half1.
    """

    start: int
    end: int
    terms: tuple[str, ...]


MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
"""Their English names, folded."""

_NAMED = rf"(?:{'|'.join(f'{month[:3]}(?:{month[3:]})?' for month in MONTHS)}|sept)\.?"
_QUARTERS = dict(zip(("first", "second", "third", "fourth", *"一二三四"), "12341234", strict=True))
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988, "s": 1925}
"""The year before each era's first, by its name and its sign."""

LAST_YEAR = 2099
"""No slide names a later one; 令和99年 is none."""

_FULL = r"(?:19|20)\d\d"
_ERA = r"(?P<era>令和|平成|昭和|(?<![a-z])[rhs])\s?(?P<n>元|[1-9]\d?)"
_MONTH_DAY = r"(?P<m>\d{1,2})\s?月(?!間|期)(?:\s?(?P<d>\d{1,2})\s?[日号])?"
_SHORT_YEAR = r"(?<![\d.])'?(?P<short>\d\d)"

_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        # With a year: 2024年3月5日, 令和6年3月, 24年4月末, R6.3.31, 2018/Jun/13, 2024-03, 5 Mar 2024, March 5, 2024.
        rf"(?:(?<!\d)(?P<y>{_FULL})|{_ERA}|{_SHORT_YEAR})\s?年\s?{_MONTH_DAY}",
        rf"(?<![\d./-])(?P<y>{_FULL})(?P<sign>[/.-])(?:(?P<m>\d{{1,2}})|(?P<name>{_NAMED}))(?P=sign)(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<![\d./-])(?P<y>{_FULL})(?:[/-](?:(?P<m>\d{{1,2}})|(?P<name>{_NAMED}))|\.(?P<m2>0\d|1[012]))(?![\d./-]*\d)",
        r"(?<![a-z\d])(?P<era>[rhs])(?P<n>[1-9]\d?)[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})(?!\d)",
        r"(?<![a-z\d])(?P<era>r)(?P<n>[1-9]\d?)[./](?P<m>\d{1,2})(?!\d)",
        r"(?<![\d./-])'?(?P<short>\d\d)/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?![\d/])",
        rf"(?<![\d./-])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y>{_FULL})(?![\d/])",
        rf"(?<![a-z\d])(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?(?P<name>{_NAMED}),?[ -](?:(?P<y>{_FULL})|'?(?P<short>\d\d))(?!\d|:\d\d)",
        rf"(?<![a-z])(?P<name>{_NAMED}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? ?(?P<y>{_FULL})(?!\d)",
        rf"(?<![a-z])(?P<name>{_NAMED})(?:,? (?P<y>{_FULL})|[ -]?'(?P<short>\d\d)|-(?P<short2>\d\d))(?!\d)",
        r"(?<![\d./-])'?(?P<short>2\d)/(?P<m>0[1-9]|1[012])(?![\d/])",
        # Without: 6月13日, 6/13 (or a fraction, which is taken for a date everywhere), 13th June, March 5, 3月.
        rf"(?<![\d/.]){_MONTH_DAY}",
        r"(?<![a-z\d./-])(?P<m>\d{1,2})/(?P<d>\d{1,2})(?![a-z\d./%-])",
        rf"(?<![a-z\d])(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<name>{_NAMED})(?![a-z\d])",
        rf"(?<![a-z])(?P<name>{_NAMED}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.%a-z])",
        r"(?<![a-z])(?P<name>january|february|april|june|july|august|september|october|november|december)(?![a-z])",
    )
)
_PERIODS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ERA}\s?年(?:(?P<whole>度)|(?P<march>3月期))",
        rf"(?<!\d)(?:(?P<y>{_FULL})|(?P<short>\d\d))\s?年(?P<march>3月期)",
        r"(?<!\d)(?P<fiscal>(?:19|20)?\d\d)\s?(?:年度|財年|会計年度)|(?<![a-z])(?:fy|fiscal(?: year)?)[ -]?'?(?P<fiscal2>(?:20)?\d\d)(?!\d)",
        r"(?<!\d)第?(?P<q>[1-4一二三四])\s?(?:四半期|季度)|(?<![a-z.\d])(?P<q2>[1-4])q(?!\d)|(?<![a-z])q(?P<q3>[1-4])(?!\d)"
        r"|(?<![a-z])(?P<q4>first|second|third|fourth)[ -]quarter",
        r"(?P<first>(?<![売以値])上半?期(?![間待限末])|上半年|前半期|(?<![a-z\d])1h(?=\d\d(?!\d)|fy|[^a-z\d]|$)|(?<![a-z])h1(?![a-z\d])|(?<![a-z])first half(?![a-z]))"
        r"|(?P<second>(?<![売以値])下半?期(?![間待限末])|下半年|後半期|(?<![a-z\d])2h(?=\d\d(?!\d)|fy|[^a-z\d]|$)|(?<![a-z])h2(?![a-z\d])|(?<![a-z])second half(?![a-z]))",
        rf"{_ERA}\s?年(?!間|生)|{_SHORT_YEAR}年(?=[末初春夏秋冬])",
        rf"(?<![\d.,/-])(?P<y>{_FULL})(?![\d.,/]|-\d|\s?[件人円個名社台枚本%万億])",
    )
)
_MAYBE = re.compile(rf"[\d元]|[上下前後]半?[期年]|{_NAMED}|quarter|half|四半期|季度")


@lru_cache(maxsize=65536)
def mentions(folded: str) -> tuple[Mention, ...]:
    """The dates of folded text, in order; none overlaps another, the more exact writing wins."""
    if not _MAYBE.search(folded):
        return ()
    found: list[Mention] = []
    taken = bytearray(len(folded))
    for pattern, terms_of in (*((each, _date) for each in _DATES), *((each, _period) for each in _PERIODS)):
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            terms = terms_of({name.rstrip("234"): text for name, text in match.groupdict().items() if text})
            if terms:
                found.append(Mention(start, end, terms))
                taken[start:end] = b"\1" * (end - start)
    return tuple(sorted(found))


def _date(said: Mapping[str, str]) -> tuple[str, ...]:
    if "a" in said:
        return _either_way(int(said["a"]), int(said["b"]), said["y"])
    name = said.get("name")
    month = 1 + _month(name) if name else int(said["m"])
    day, year = int(said.get("d", 0)), _year(said)
    if not 1 <= month <= 12 or day > 31 or (year or 0) > LAST_YEAR:
        return ()
    terms = [f"{year}-{month:02}-{day:02}"] if year and day else []
    terms += [f"{month:02}-{day:02}"] if day else []
    terms += [f"{year}-{month:02}"] if year else []
    return (*terms, f"m{month:02}", *([str(year)] if year else []))


def _either_way(first: int, second: int, year: str) -> tuple[str, ...]:
    """3/5/2024 is a day of March or of May: both, where it can be."""
    pairs = dict.fromkeys([(first, second), (second, first)])
    possible = [(month, day) for month, day in pairs if 1 <= month <= 12 and 1 <= day <= 31]
    return (*(f"{year}-{month:02}-{day:02}" for month, day in possible), *([year] if possible else []))


def _period(said: Mapping[str, str]) -> tuple[str, ...]:
    if "q" in said:
        return (f"quarter{_QUARTERS.get(said['q'], said['q'])}",)
    if "first" in said or "second" in said:
        return ("half1" if "first" in said else "half2",)
    fiscal = int(said.get("fiscal", 0))
    year = fiscal + 2000 * (fiscal < 100) if fiscal else _year(said)
    if year is None or year > LAST_YEAR:
        return ()
    if "march" in said:
        return f"fy{year - 1}", f"{year}-03", "m03", str(year)
    return (f"fy{year}", str(year)) if fiscal or "whole" in said else (str(year),)


def _year(said: Mapping[str, str]) -> int | None:
    if "era" in said:
        return _ERAS[said["era"]] + (1 if said["n"] == "元" else int(said["n"]))
    return int(said["y"]) if "y" in said else 2000 + int(said["short"]) if "short" in said else None


def _month(name: str) -> int:
    return next(place for place, month in enumerate(MONTHS) if month.startswith(name[:3].lower()))


def rewrite(question: str, texts: Sequence[str]) -> str:
    """``question`` with each date that ``texts`` write only otherwise in the first of their writings, folded.

    A text that only says it more exactly has no writing of its own for it. Nothing changes where folding would move the
    rest of the question.
    """
    folded = fold(question)
    asked = mentions(folded)
    if not asked or len(folded) != len(question):
        return question
    written = [fold(text) for text in texts]
    for start, end, terms in reversed(asked):
        if any(folded[start:end] in text for text in written):
            continue
        others = (text[a:b] for text in written for a, b, known in mentions(text) if known[0] == terms[0])
        other = next(others, None)
        if other is not None:
            end += other.endswith("年") and question.startswith("年", end)
            parted = " " * (other[-1:].isascii() and question[end : end + 1].isalnum())
            question = f"{question[:start]}{other}{parted}{question[end:]}"
    return question


def is_date(term: str) -> bool:
    """Whether a term is one of those that ``mentions`` gives."""
    return _TERM.fullmatch(term) is not None or _YEAR.fullmatch(term) is not None


def holds(term: str, said: frozenset[str]) -> bool | None:
    """Whether a text of the terms ``said`` names the date ``term``, its parts apart if need be; None for no date.

    A table has the year in its title and the month in its rows; a slide that names no year means that of its deck.
    """
    match = _TERM.fullmatch(term)
    if match is None:
        return None
    if term in said:
        return True
    year, day = match["year"], match["day"] or match["month"]
    if match["fiscal"]:
        return match["fiscal"] in said  # often only the year is written
    if year is None or day is None:
        return False
    part = day if "-" in day else f"m{day}"
    return part in said and (year in said or not any(_YEAR.fullmatch(each) for each in said))


_YEAR = re.compile(r"(?:19|20)\d\d(?:-\d\d)?")
_TERM = re.compile(
    r"fy(?P<fiscal>\d{4})|(?P<year>\d{4})-(?:(?P<day>\d\d-\d\d)|(?P<month>\d\d))|\d\d-\d\d|m\d\d|quarter[1-4]|half[12]"
)
