"""Which list of a slide a question asks for: the one whose head it names best and whose items the reader marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from reportqa.answer.fragments import Fragment
from reportqa.answer.listings import ITEMS, Listing, listings
from reportqa.answer.marked import Mark, bounded
from reportqa.answer.question import Question
from reportqa.answer.words import holds, text_terms
from reportqa.reader import FLOOR
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants
from reportqa.types import Slide, Span

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
    "unnamed": -2.08,
    "density": 5.69,
    "expected": 13.78,
}
"""Weight of each feature of ``candidates``."""

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
    alike = [set(listing.parts) == set(best.parts) for listing, _ in found]
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
        for span in dict.fromkeys([*(span for span, _ in cells), *(i for each in found for i in each.parts)])
    }
    every = sum(told[span].likely for span, _ in cells) + 1e-6
    result = []
    for place, listing in enumerate(found):
        title = text_terms(listing.title)
        marks = [told[part].certainty for part in listing.parts]
        likely = sum(told[part].likely for part in listing.parts)
        tokens = sum(told[part].tokens for part in listing.parts)
        values = {
            "named": sum(w for t, w in importance.items() if holds(t, listing.title)) / total,
            "around": sum(w for t, w in importance.items() if holds(t, listing.above)) / total,
            "own_meaning": float(own[place]),
            "above_meaning": float(above[place] @ weights),
            "exact": len(title & set(question.terms)) / len(title) if title else 0.0,
            "counted": float(wanted is not None and len(listing.parts) == wanted),
            "many": min(len(listing.parts), 12) / 12,
            "repeats": _repeats(question, listed[place]),
            "marks": sum(marks) / len(marks),
            "surest": max(marks),
            "unnamed": float(not listing.title and not listing.above),
            # Precision and F1 to expect of its tokens, as the reader takes the question.
            "density": likely / max(tokens, 1),
            "expected": 2 * likely / (max(tokens, 1) + every),
        }
        result.append((listing, values))
    return result


def _read_as_list(read: Mapping[Fragment, Mark], slide: Slide) -> Iterator[Listing]:
    """What the reader takes for the list asked for, however it is laid out: whole cells, or words of them."""
    own = [(p, mark) for p, mark in read.items() if p.slide == slide and p.kind != "headline"]
    shares = [(span, mark.listed_in(span)) for piece, mark in own for span in piece.spans]
    found = [[span for span, (likely, tokens) in shares if likely > tokens / 2]]
    found += [[run for _, mark in own for run in mark.runs(least)] for least in LIKELY]
    for items in found:
        if ITEMS[0] <= len(items) <= ITEMS[1]:
            yield Listing(slide, (), tuple(sorted(items)), "", "")


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
