"""The sections of a deck, and which of them a person means by a number or by some words.

A section opens at a divider: a slide with little more than a title that is numbered, stands in the
table of contents or recurs as the breadcrumb of what follows. Decks that show their agenda again
before each item, that only carry breadcrumbs, or that number their headlines are read too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from reportqa import tokens
from reportqa.layout.marks import CRUMB_SEPARATOR, SENTENCE_END, has_letters, width
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants, squeeze, unwrap
from reportqa.types import Deck, Region, Slide


@dataclass(frozen=True, slots=True)
class Section:
    """Slides that belong together. ``number`` is printed on the divider, None where none is.

    ``slides`` are those with content, in deck order; a divider is one of them only when nothing follows it.
    """

    title: str
    number: int | None
    slides: tuple[Slide, ...]


DIVIDER_WIDTH = 110
"""Widest text of a divider, in half-width columns."""

POINTING = 3
"""How many lines of a table of contents, if not called so, are headlines of other slides; half of its lines at least."""

LEAST_LIKENESS = 0.25
"""How near a section's title must come to the words it is named by, as a mean cosine of their terms."""

MARGIN = 0.1
"""How much nearer it must come than any other section's."""

_TOC = re.compile(
    fold_variants(
        r"(?:.{0,16}\s)?(?:目次|もくじ|アジェンダ|コンテンツ|本日の(?:内容|トピック|流れ|アジェンダ|目次)|目录|目錄"
        r"|(?:table of )?contents|index|agenda|outline)\s*(?:[(]?\d+\s*/\s*\d+[)]?)?"
    )
)
_BACK = re.compile(
    fold_variants(
        r"(?:ご?清聴)?.{0,8}ありがとうございました|(?:the )?end|thank(?:s| you).{0,24}|q\s*&\s*a|質疑応答|谢谢.{0,6}|感谢.{0,8}"
        r"|(?:更新|改訂|改版)履歴|用語集|参考(?:文献|資料|情報)|付録|附录|参考资料|references?|bibliography|glossary|appendix"
        r"|(?:revision|change) history"
    )
)
_HAN = "一二三四五六七八九十"
_NUMBER = rf"\d{{1,2}}|[{_HAN}]{{1,3}}|[ivx]{{1,4}}\b"
_UNIT = "(?:章|部(?!門|分|品|長|署|会)|節|节|編|编|セクション)"
_NUMBERED = re.compile(
    fold_variants(
        rf"(?:第\s*({_NUMBER})\s*{_UNIT}|(?:chapter|section|part)\s*({_NUMBER})|({_NUMBER})\s*(?:[、:]|\.(?!\d)|\s))[.、:\s]*"
    )
)
_MENTION = re.compile(
    fold_variants(
        rf"第\s*({_NUMBER})\s*{_UNIT}|\b(?:chapter|section|part)\s*(?:no\.?\s*)?({_NUMBER})|({_NUMBER})\s*{_UNIT}"
        r"|(\d{1,2})\s*(?:つ目|番目|個目|st|nd|rd|th)\s*の?\s*(?:章|節|セクション|パート|section|chapter|part)"
        r"|(?:セクション|チャプター|パート)\s*(\d{1,2})"
    )
)
_ORDINAL = re.compile(
    fold_variants(
        r"\b(first|second|third|fourth|fifth|last|final)\s+(?:section|chapter|part)\b|(最初|最後|最后)(?:の|一)?(?:章|節|セクション|パート|部分)"
    )
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "最初": 1}
_EDGE_NUMBER = re.compile(r"^[\s\d.、:)]+|[\s\d.…・]+$")


def is_apart(slide: Slide) -> bool:
    """Whether a slide holds no message of its own: cover, contents, thanks, references, empty."""
    if slide.page == 1 or not _said(slide):
        return True
    title = fold(unwrap(_text(slide, _first(slide)))).strip()
    return bool(_TOC.fullmatch(title) or _BACK.fullmatch(title.rstrip("!。. ")))


@lru_cache(maxsize=64)
def contents(slides: tuple[Slide, ...]) -> frozenset[Slide]:
    """The slides of a deck that only say where things stand: called so, or of lines that are other slides' headlines."""
    heads = {slide: squeeze(_strip_number(_text(slide, _first(slide)))) for slide in slides if _said(slide)}
    found = []
    for slide in heads:
        lines = _bare_lines(slide)
        others = {head for other, head in heads.items() if other != slide}
        pointing = sum(line in others for line in lines)
        if _is_toc(slide) or (pointing >= POINTING and 2 * pointing >= len(lines)):
            found.append(slide)
    return frozenset(found)


def sections(deck: Deck) -> tuple[Section, ...]:
    """The deck's top-level sections in order; empty where it shows none."""
    opened = _dividers(deck) or _repeated_agenda(deck)
    if opened:
        return _between(deck, opened, own=False)
    return _runs(deck, whole=False) or _between(deck, _numbered_headlines(deck), own=True)


def find_section(deck: Deck, name: str, retriever: HybridRetriever) -> Section | None:
    """The section called ``name``: its number (第3章, section 3, 第三章, 3), else its words in any language.

    Words may also name a part of a section that has a breadcrumb of its own. None where no section, or no
    one section more than another, answers to the name.
    """
    known = sections(deck)
    number = section_number(name)
    if number is not None:
        return _numbered(known, number)
    parts = _runs(deck, whole=False) + _runs(deck, whole=True)
    return _called(known, name, retriever) or _called(parts, name, retriever)


def section_number(name: str) -> int | None:
    """Which section a text asks for by number: 3 for 第三章, "chapter III", "3"; -1 for the last; else None."""
    folded = fold(name).strip()
    ordinal = _ORDINAL.search(folded)
    if ordinal:
        return _ORDINALS.get(ordinal.group(1) or ordinal.group(2), -1)
    match = _MENTION.search(folded) or re.fullmatch(f"({_NUMBER})", folded)
    return _value(next(group for group in match.groups() if group)) if match else None


def without_number(text: str) -> str:
    """``text``, folded, without what names a section by its number."""
    return _MENTION.sub(" ", _ORDINAL.sub(" ", fold(text)))


def likeness(name: str, titles: Sequence[str], retriever: HybridRetriever) -> list[float]:
    """How well each title answers to ``name``: above 1 where one wording holds the other, else a mean cosine."""
    own = squeeze(name)
    near = retriever.term_similarities(tokens.terms(name), list(titles)).mean(axis=1) if titles else []
    found = []
    for title, score in zip(titles, near, strict=True):
        other = squeeze(title)
        inside = min(len(own), len(other)) / max(len(own), len(other), 1) if own and other else 0.0
        held = len(min(own, other, key=len)) > 1 and (own in other or other in own)
        found.append(1 + inside if held else float(score))
    return found


def _called(known: Sequence[Section], name: str, retriever: HybridRetriever) -> Section | None:
    if not known or not tokens.terms(name):
        return None
    scores = likeness(name, [section.title for section in known], retriever)
    ranked = sorted(range(len(known)), key=lambda place: -scores[place])
    best = ranked[0]
    others = [scores[place] for place in ranked[1:] if known[place].title != known[best].title]
    if scores[best] < LEAST_LIKENESS or any(scores[best] - other < MARGIN for other in others):
        return None
    return known[best]


def _numbered(known: Sequence[Section], number: int) -> Section | None:
    if number == -1:
        return known[-1] if known else None
    printed = [section for section in known if section.number is not None]
    for section in printed:
        if section.number == number:
            return section
    return known[number - 1] if not printed and 0 < number <= len(known) else None


Opening = tuple[int, str, int | None]
"""Where a section opens: place among the deck's slides, title, printed number."""


def _between(deck: Deck, opened: Sequence[Opening], own: bool) -> tuple[Section, ...]:
    """Sections from one opening to the next; ``own``: the opening slide has content itself."""
    found = []
    bounds = [*(place for place, _, _ in opened), len(deck.slides)]
    for (place, title, number), end in zip(opened, bounds[1:], strict=True) if opened else ():
        inside = [slide for slide in deck.slides[place + (not own) : end] if not is_apart(slide)]
        found.append(Section(title, number, tuple(inside) or (deck.slides[place],)))
    return tuple(found)


def _dividers(deck: Deck) -> list[Opening]:
    listed = {line for slide in deck.slides if _is_toc(slide) for line in _bare_lines(slide)}
    crumbs = [_crumb(slide) for slide in deck.slides]
    found: list[Opening] = []
    for place, slide in enumerate(deck.slides):
        if is_apart(slide) or not _is_short(slide):
            continue
        texts = [unwrap(_text(slide, region)) for region in _said(slide)]
        number, title = _numbered_title(" ".join(text for text in texts if has_letters(text)))
        alone = [_value(text) for text in map(fold, texts) if re.fullmatch(r"\s*\d{1,2}\s*", text)]
        if number is None and len(alone) == 1:  # the number stands in a box of its own
            number = alone[0]
        following = {squeeze(crumb[0]) for crumb in crumbs[place + 1 : place + 3] if crumb}
        if number is not None or squeeze(title) in listed or squeeze(title) in following:
            found.append((place, title, number))
    return found if len(found) > 1 else []


def _repeated_agenda(deck: Deck) -> list[Opening]:
    """An agenda of n items shown n times without a title of its own: the i-th time opens the i-th item."""
    shown: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, slide in enumerate(deck.slides):
        lines = _bare_lines(slide)
        if 3 <= len(lines) <= 12 and not _is_toc(slide) and slide.page > 1:
            shown[lines].append(place)
    for lines, places in shown.items():
        if len(places) == len(lines):
            titles = [
                _strip_number(unwrap(_text(deck.slides[places[0]], r))) for r in _said(deck.slides[places[0]])
            ]
            titles = [title for title in titles if has_letters(title)]
            return [(place, titles[i], i + 1) for i, place in enumerate(places)]
    return []


def _numbered_headlines(deck: Deck) -> list[Opening]:
    """Headlines 1., 2., 3. … in this order, none left out."""
    found: list[Opening] = []
    for place, slide in enumerate(deck.slides):
        if is_apart(slide):
            continue
        number, title = _numbered_title(unwrap(_text(slide, _first(slide))))
        if number == len(found) + 1:
            found.append((place, title, number))
    return found if len(found) > 1 else []


def _runs(deck: Deck, whole: bool) -> tuple[Section, ...]:
    """Neighbouring slides with the same breadcrumb: its first part, or all of it where ``whole``.

    A breadcrumb on most slides (a link back to the contents) tells no section from another.
    """
    names = [" ".join(crumb) if whole else crumb[0] for slide in deck.slides if (crumb := _crumb(slide))]
    counts = Counter(names)
    if len(counts) < 2 or max(counts.values()) > 0.8 * len(deck.slides):
        return ()
    found = []
    for name, run in groupby(
        (slide for slide in deck.slides if _crumb(slide)),
        key=lambda slide: " ".join(_crumb(slide)) if whole else _crumb(slide)[0],
    ):
        slides = tuple(slide for slide in run if not is_apart(slide))
        if slides:
            title = _crumb(slides[0])[-1] if whole else name
            found.append(Section(title, None, slides))
    return tuple(found)


def _crumb(slide: Slide) -> tuple[str, ...]:
    for region in slide.regions:
        if region.role == "breadcrumb":
            parts = CRUMB_SEPARATOR.split(unwrap(_text(slide, region)))
            return tuple(part.strip() for part in parts if part.strip())
    return ()


def _is_toc(slide: Slide) -> bool:
    return bool(_said(slide)) and bool(_TOC.fullmatch(fold(unwrap(_text(slide, _first(slide)))).strip()))


def _is_short(slide: Slide) -> bool:
    """A title and perhaps its number, no sentence, no table, no source."""
    said = _said(slide)
    texts = [unwrap(_text(slide, region)) for region in said]
    return (
        0 < len(said) <= 4
        and not any(region.role in ("table", "source") for region in slide.regions)
        and sum(width(text) for text in texts) <= DIVIDER_WIDTH
        and not any(SENTENCE_END.search(text) and text[-1:] in "。．." for text in texts)
        and not any(region.level for region in said)
    )


def _said(slide: Slide) -> list[Region]:
    """What a slide says itself, its headline first: no breadcrumb, footer, note, source, bare mark."""
    said = [region for region in slide.regions if region.role in ("headline", "body", "table")]
    return sorted(
        (region for region in said if any(char.isalnum() for char in _text(slide, region))),
        key=lambda region: region.role != "headline",
    )


def _first(slide: Slide) -> Region:
    return _said(slide)[0]


def _text(slide: Slide, region: Region) -> str:
    return slide.text[region.start : region.end]


def _bare_lines(slide: Slide) -> tuple[str, ...]:
    """The slide's lines as they compare, sorted, without the numbers at their ends."""
    lines: Iterable[str] = (
        line
        for region in _said(slide)
        if region.role != "table"
        for line in _text(slide, region).splitlines()
    )
    return tuple(sorted(bare for line in lines if has_letters(bare := squeeze(_strip_number(line)))))


def _strip_number(line: str) -> str:
    return _EDGE_NUMBER.sub("", line.strip()).strip()


def _numbered_title(text: str) -> tuple[int | None, str]:
    """A title's number and what follows it, with the source's glyphs."""
    match = _NUMBERED.match(fold(text))
    if match is None or match.end() >= len(text):
        return None, text
    value = _value(next(group for group in match.groups() if group))
    # Folding may change lengths before the title: cut the source by what remains.
    rest = fold(text)[match.end() :]
    start = next((at for at in range(len(text)) if fold(text[at:]) == rest), 0)
    return value, text[start:].strip()


def _value(number: str) -> int:
    """12 for 12, 十二, xii."""
    number = number.strip()
    if number.isdigit():
        return int(number)
    if number[0] in _HAN:
        tens, _, ones = number.partition("十") if "十" in number else ("", "", number)
        return (10 * (_HAN.index(tens) + 1 if tens else 1) if "十" in number else 0) + (
            _HAN.index(ones) + 1 if ones else 0
        )
    values = [{"i": 1, "v": 5, "x": 10}[char] for char in number]
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))
