"""Lists on a slide: what is listed, and under which words.

A slide lists in many shapes: bullets under a title, boxes side by side, a run of short labels, a column
of a table, an enumeration inside a sentence. Each becomes a head and its items, and the head that the
question names best wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from reportqa.answer.fragments import Fragment, fragments, header_row
from reportqa.answer.marked import Mark, bounded
from reportqa.answer.question import Question
from reportqa.answer.words import holds, text_terms
from reportqa.reader import FLOOR
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants
from reportqa.types import Slide, Span

LABEL_CHARS = 25
"""Longest text, in characters, that is a label rather than a statement."""

ITEMS = (2, 24)
"""Fewest and most items of a list; more is a slide, not a list."""

LIKELY = (-0.8, 0.0, 0.8)
"""Log-odds from which on tokens are taken for parts of items."""

WEIGHTS: Mapping[str, float] = {
    "named": 1.63,
    "around": 0.93,
    "own_meaning": 4.54,
    "above_meaning": 3.55,
    "exact": 3.34,
    "counted": 3.47,
    "many": -0.07,
    "repeats": -5.58,
    "marks": 3.42,
    "surest": 0.39,
    "headless": -2.08,
    "density": 5.69,
    "expected": 13.78,
}
"""Weight of each feature of ``candidates``."""

_ENUMERATED = re.compile(
    r"[^、，,;；／/]+(?:[、，,;；／/・][^、，,;；／/・]+){2,}|(?:^|\n)[•・].*(?:\n[•・].*)+"
)
_NAMED = re.compile(r"『[^』]+』|「[^」]+」|(?:(?<=\s)|^)[^\s、。『「]{2,14}(?=\s|$)")
"""Names in brackets or labels set apart by blanks, one after the other on a line."""

_STATEMENT = re.compile(r"[。.]\s*$")
_COUNT = re.compile(
    fold_variants(
        r"([2-9]|1\d|二|三|四|五|六|七|八|九|十)\s*(?:つ|点|種|個|項目|分野|段階|ステップ|本柱|大|个|種類|区分)|\b(two|three|four|five|six|seven|eight|nine|ten)\b"
    )
)
_NUMERALS = {
    **{c: n for n, c in enumerate("二三四五六七八九十", start=2)},
    **{
        w: n
        for n, w in enumerate(
            ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=2
        )
    },
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list on a slide: the spans of its items and of the words it stands under, and the texts compared.

    ``count`` is how many items there are; an enumeration is one span of several.
    """

    head: tuple[Span, ...]
    items: tuple[Span, ...]
    above: str
    title: str
    count: int


def best_listing(
    question: Question, slide: Slide, read: Mapping[Fragment, Mark], retriever: HybridRetriever
) -> tuple[Listing, float] | None:
    """The list of ``slide`` that answers best, and how probably; None where there is none.

    Lists of the same items under other heads count together.
    """
    found = candidates(question, slide, read, retriever)
    if not found:
        return None
    scores = np.array([sum(WEIGHTS[n] * v for n, v in values.items()) for _, values in found])
    powers = np.exp(scores - scores.max())
    best = found[int(scores.argmax())][0]
    alike = [set(listing.items) == set(best.items) for listing, _ in found]
    return best, float(powers[alike].sum() / powers.sum())


def candidates(
    question: Question, slide: Slide, read: Mapping[Fragment, Mark], retriever: HybridRetriever
) -> list[tuple[Listing, dict[str, float]]]:
    """Every list of ``slide`` with what speaks for it; ``read`` is what the reader marks there."""
    cells = [(span, mark) for piece, mark in read.items() if piece.slide == slide for span in piece.spans]
    found = [*listings(slide), *_read_as_list(read, slide)] if cells else []
    if not found:
        return []
    subject = question.subject or question.terms
    importance = {term: retriever.idf(term) for term in subject}
    total = sum(importance.values()) or 1.0
    weights = retriever.query_weights(question.text)
    own = retriever.similarities(question.text, [listing.title for listing in found]) @ weights
    above = retriever.similarities(question.text, [listing.above for listing in found])
    listed = [" ".join(slide.text[a:b] for a, b in item.items) for item in found]
    wanted = _wanted(question)
    # Many lists share items.
    told = {
        span: _told(span, cells)
        for span in dict.fromkeys([*(span for span, _ in cells), *(i for each in found for i in each.items)])
    }
    every = sum(told[span].likely for span, _ in cells) + 1e-6
    result = []
    for place, listing in enumerate(found):
        title = text_terms(listing.title)
        marks = [told[item].certainty for item in listing.items]
        likely = sum(told[item].likely for item in listing.items)
        tokens = sum(told[item].tokens for item in listing.items)
        values = {
            "named": sum(w for t, w in importance.items() if holds(t, listing.title)) / total,
            "around": sum(w for t, w in importance.items() if holds(t, listing.above)) / total,
            "own_meaning": float(own[place]),
            "above_meaning": float(above[place] @ weights),
            "exact": len(title & set(question.terms)) / len(title) if title else 0.0,
            "counted": float(wanted is not None and listing.count == wanted),
            "many": min(listing.count, 12) / 12,
            "repeats": _repeats(question, listed[place]),
            "marks": sum(marks) / len(marks),
            "surest": max(marks),
            "headless": float(not listing.head),
            # Precision and F1 to expect of its tokens, as the reader takes the question.
            "density": likely / max(tokens, 1),
            "expected": 2 * likely / (max(tokens, 1) + every),
        }
        result.append((listing, values))
    return result


@lru_cache(maxsize=4096)
def listings(slide: Slide) -> tuple[Listing, ...]:
    """Every list on ``slide``, in no particular order."""
    pieces = fragments(slide)
    found = [*_children(slide, pieces), *_boxes(slide, pieces), *_labels(slide, pieces), *_columns(slide)]
    found += _enumerations(slide, pieces)
    return tuple(listing for listing in found if ITEMS[0] <= listing.count <= ITEMS[1])


def _read_as_list(read: Mapping[Fragment, Mark], slide: Slide) -> Iterator[Listing]:
    """What the reader takes for the list asked for, however it is laid out: whole cells, or words of them."""
    own = [(p, mark) for p, mark in read.items() if p.slide == slide and p.kind != "headline"]
    shares = [(span, mark.listed_in(span)) for piece, mark in own for span in piece.spans]
    found = [[span for span, (likely, tokens) in shares if likely > tokens / 2]]
    found += [[run for _, mark in own for run in mark.runs(least)] for least in LIKELY]
    for items in found:
        if ITEMS[0] <= len(items) <= ITEMS[1]:
            yield Listing((), tuple(sorted(items)), "", "", len(items))


def _children(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Bullets under a title; all bullets of the slide under its headline."""
    regions = slide.regions
    for head in pieces:
        if head.kind != "title":
            continue
        level = regions[head.region].level
        under = []
        for piece in pieces:
            region = regions[piece.region]
            if piece.region <= head.region:
                continue
            if region.role != "body" or region.level <= level:
                break
            under.append(piece)
        top = min((regions[piece.region].level for piece in under), default=0)
        yield _listing(head, [piece for piece in under if regions[piece.region].level == top])
    headline = next((piece for piece in pieces if piece.kind == "headline"), None)
    bullets = [
        piece for piece in pieces if piece.kind in ("sentence", "title") and regions[piece.region].level > 0
    ]
    if headline and bullets and len({piece.context for piece in bullets}) == 1:
        yield _listing(headline, bullets)


def _boxes(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Titles side by side, each over its own bullets, under the label before them or the headline."""
    titles = [piece for piece in pieces if piece.kind == "title"]
    for level in {slide.regions[piece.region].level for piece in titles}:
        same = [piece for piece in titles if slide.regions[piece.region].level == level]
        first = pieces.index(same[0])
        before = [
            p for p in pieces[:first] if p.kind == "sentence" and slide.regions[p.region].level == level
        ]
        headline = [piece for piece in pieces if piece.kind == "headline"]
        for head in [*before[-4:], *headline]:
            yield _listing(head, same)


def _labels(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Runs of short labels of one level, under their first, under what stands before, or the headline."""
    run: list[Fragment] = []
    headline = next((piece for piece in pieces if piece.kind == "headline"), None)
    for place, piece in enumerate([*pieces, None]):
        level = slide.regions[run[0].region].level if run else None
        fits = (
            piece is not None
            and piece.kind == "sentence"
            and _is_label(piece.text)
            and (level is None or slide.regions[piece.region].level == level)
        )
        if fits:
            assert piece is not None
            run.append(piece)
            continue
        if len(run) >= ITEMS[0]:
            before = pieces[place - len(run) - 1] if place > len(run) else None
            if before is not None and before.kind in ("title", "sentence"):
                yield _listing(before, run)
            if headline is not None:
                yield _listing(headline, run)
            # A label inside the run may head those behind it.
            for at in range(len(run) - 2):
                yield _listing(run[at], run[at + 1 :])
        run = []


def _is_label(text: str) -> bool:
    """Short, or several short ones of one line."""
    return not _STATEMENT.search(text) and (
        len(text) <= LABEL_CHARS or (re.search(r"[\s　]", text) is not None and len(text) <= 3 * LABEL_CHARS)
    )


def _columns(slide: Slide) -> Iterator[Listing]:
    """The columns of a table under their headers, and each row's cells behind its label."""
    headline = " ".join(slide.text[r.start : r.end] for r in slide.regions if r.role == "headline")
    for place, table in enumerate(slide.regions):
        if table.role != "table":
            continue
        before = [r for r in slide.regions[:place] if r.role == "body"]
        titles = [r for r in before if r.level == 0][-1:]
        caption = " ".join(slide.text[r.start : r.end] for r in dict.fromkeys([*titles, *before[-1:]]))
        above = f"{headline}\n{caption}"
        header = header_row(slide, table)
        rows = [row for row in table.rows if row != header]
        for column in range(max((len(row) for row in table.rows), default=0)):
            cells = [row[column] for row in rows if column < len(row) and row[column][0] < row[column][1]]
            cells = list(dict.fromkeys(cells))
            head = (header[column],) if column < len(header) and header[column][0] < header[column][1] else ()
            title = " ".join(slide.text[a:b] for a, b in head) or caption
            yield Listing(head, tuple(cells), above, title, len(cells))
        if len(header) > ITEMS[0] and header[0][0] < header[0][1]:
            cells = [cell for cell in header[1:] if cell[0] < cell[1]]
            yield Listing(
                (header[0],),
                tuple(cells),
                above,
                slide.text[header[0][0] : header[0][1]],
                len(cells),
            )
        for row in rows:
            filled = [cell for cell in row if cell[0] < cell[1]]
            for at in range(len(filled) - 2 if len(filled) > 2 else 0):
                label = slide.text[filled[at][0] : filled[at][1]]
                rest = tuple(filled[at + 1 :])
                yield Listing((filled[at],), rest, above, label, len(rest))


def _enumerations(slide: Slide, pieces: Sequence[Fragment]) -> Iterator[Listing]:
    """Sentences, cells and lines of labels that name three things or more; the whole of it is quoted."""
    for place, piece in enumerate(pieces):
        if piece.kind == "headline":
            continue
        # In a diagram the label of a line may stand before it or behind.
        beside = [p for p in (*pieces[max(0, place - 1) : place], *pieces[place + 1 : place + 2])]
        labels = [p.text for p in beside if p.kind in ("sentence", "title") and _is_label(p.text)]
        for number, (start, end) in enumerate(piece.spans):
            text = slide.text[start:end]
            named = [part for part in _NAMED.findall(text) if part.strip()]
            if _ENUMERATED.search(text):
                count, above = 1 + len(re.findall("[、，,;；／/・•]", text)), "\n".join(piece.context)
            elif len(named) >= 3 and not _STATEMENT.search(text):
                count, above = len(named), "\n".join([*piece.context, *labels])
            else:
                continue
            label = " ".join(slide.text[a:b] for a, b in piece.spans[:number])
            yield Listing(piece.spans[:number], ((start, end),), above, f"{label} {text}", count)


def _listing(head: Fragment, items: Sequence[Fragment]) -> Listing:
    spans = tuple(span for item in items for span in item.spans)
    return Listing(head.spans, spans, "\n".join(head.context), head.text, len(items))


class Told(NamedTuple):
    """What the reader makes of an item: how surely, -1 to 1, it finds an answer in it, how many of its tokens are
    probably of the list asked for, and how many it has."""

    certainty: float
    likely: float
    tokens: int


def _told(item: Span, cells: Sequence[tuple[Span, Mark]]) -> Told:
    around = [mark for (start, end), mark in cells if start <= item[0] and item[1] <= end]
    listed = max((mark.listed_in(item) for mark in around), key=lambda each: each[1], default=(0.0, 0))
    return Told(bounded(max((mark.best_in(item) for mark in around), default=FLOOR)), *listed)


def _wanted(question: Question) -> int | None:
    """How many items the question says there are: 4つのテーマ, three proposals."""
    match = _COUNT.search(fold(question.text))
    if match is None:
        return None
    word = match.group(1) or match.group(2)
    return int(word) if word.isdigit() else _NUMERALS[word]


def _repeats(question: Question, item: str) -> float:
    """Share of an item's terms that the question already says."""
    said = text_terms(item)
    return len(said & set(question.terms)) / len(said) if said else 0.0
