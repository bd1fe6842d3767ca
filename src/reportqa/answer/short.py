"""The short answer: the span inside the quotations that answers by itself, or none.

Every figure, name, cell and clause of the quoted fragments is a candidate, and so is what the reader marks.
A linear model, fitted on the development questions by ``training/fit_answer.py``, weighs what speaks for each:
its type and unit, the words around it, its column, and the reader's opinion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reportqa.answer.abbreviation import spelt
from reportqa.answer.evidence import Evidence
from reportqa.answer.fragments import Fragment, header_row
from reportqa.answer.marked import Mark, bounded
from reportqa.answer.question import Question
from reportqa.answer.spans import ACCEPTS, FIGURES, SpanKind, candidates, parts, wider
from reportqa.answer.tables import Told, column_fit, is_category, row_of, told
from reportqa.answer.typed import echoes, has_asked_unit, nearness, surroundings
from reportqa.answer.words import text_terms
from reportqa.retrieval import HybridRetriever
from reportqa.text import BULLETS, fold, trim
from reportqa.types import Short, Slide, Span

SURE = 2.55
"""A candidate that scores less is not shown: rather no short answer than a doubtful one."""

LABEL_CHARS = 14
"""How far before a candidate the label that names it may begin."""

WEIGHTS: Mapping[str, float] = {
    "evidence": 0.357,
    "first": 0.746,
    "typed": 0.99,
    "typed_rank": -0.211,
    "figure_wanted": 0.441,
    "figure_missing": -0.637,
    "figure_for_name": -1.172,
    "figure_untyped": -0.254,
    "unit": 0.175,
    "unit_missing": -0.058,
    "around": -0.693,
    "own": -0.034,
    "near": 1.022,
    "echo": -1.627,
    "said": -0.724,
    "logit": 4.45,
    "exact": 2.206,
    "label": 0.29,
    "row": 0.18,
    "headline": -0.002,
    "title": 0.356,
    "length": 0.057,
    "long": -0.542,
    "tiny": -0.953,
    "bare": 0.029,
    "column": 0.599,
    "category": -1.39,
    "row_named": 2.33,
    "row_meaning": 3.508,
    "column_unit": 1.333,
    "column_named": 1.849,
    "column_meaning": 4.242,
    "is_number": 1.087,
    "is_money": 1.269,
    "is_percent": 1.185,
    "is_date": 0.576,
    "is_url": 2.597,
    "is_phone": 3.196,
    "is_quoted": 1.104,
    "is_product": 0.658,
    "is_person": 0.724,
    "is_place": -0.193,
    "is_organisation": 0.173,
    "is_other": 0.161,
    "is_piece": 0.903,
    "is_clause": 0.328,
    "is_wide": -0.345,
}
"""Weight of each feature of ``scored``."""

_BULLET = re.compile(rf"[{BULLETS}※❶-❿](?!\s*[{BULLETS}])\s*(?=\S)")
"""The mark before an item; alone in a cell it is what the cell says, twice (○○社) it stands for a name."""

_NAMES = ("person", "who", "organisation", "place", "name")


class Found(NamedTuple):
    """A candidate of a quoted fragment."""

    piece: Evidence
    mark: Mark
    span: Span
    kinds: frozenset[str]


def short_answer(
    question: Question, picked: Sequence[Evidence], read: Sequence[Mark], retriever: HybridRetriever
) -> Short | None:
    """The span that answers by itself; None rather than a doubtful one."""
    if question.intent in ("list", "overview"):
        return None
    # What is said of a thing is quoted whole; what its abbreviation is short for is a name.
    if question.intent == "definition" and not question.asks_expansion:
        return None
    if question.abbreviation and (found := _expansion(question.abbreviation, picked)):
        return found
    scored = [
        (sum(WEIGHTS[name] * value for name, value in values.items()), found)
        for found, values in features(question, picked, read, retriever)
    ]
    best = max(scored, key=lambda pair: pair[0], default=None)
    if best is None or best[0] < SURE:
        return None
    return Short(best[1].piece.fragment.slide, best[1].span)


def _expansion(abbreviation: str, picked: Sequence[Evidence]) -> Short | None:
    """The words that most surely spell ``abbreviation``; of equal ones those of the better fragment."""
    found = [
        (words.doubt, place, Short(piece.fragment.slide, words.span))
        for place, piece in enumerate(picked)
        if (words := spelt(abbreviation, piece.fragment.slide.text, piece.fragment.spans))
    ]
    return min(found, key=lambda each: each[:2])[2] if found else None


def features(
    question: Question, picked: Sequence[Evidence], read: Sequence[Mark], retriever: HybridRetriever
) -> list[tuple[Found, dict[str, float]]]:
    """Every candidate of the quoted fragments with what speaks for it."""
    found = [each for piece, mark in zip(picked, read, strict=True) for each in _found(piece, mark)]
    if not found:
        return []
    slide_text = [each.piece.fragment.slide.text for each in found]
    texts = [text[each.span[0] : each.span[1]] for text, each in zip(slide_text, found, strict=True)]
    around = [surroundings(each.piece.fragment, each.span) for each in found]
    weights = retriever.query_weights(question.text)
    meaning = retriever.similarities(question.text, [*around, *texts]) @ weights
    accepted = ACCEPTS.get(question.expected, ())
    rows = [each.piece.fragment for each in found if each.piece.fragment.kind == "row"]
    about = {table: told(question, *table, retriever) for table in {(row.slide, row.region) for row in rows}}
    result = []
    for place, (each, text) in enumerate(zip(found, texts, strict=True)):
        fragment = each.piece.fragment
        folded = fold(text).strip()
        said = text_terms(text)
        figure = any(c.isnumeric() for c in text)
        right = [rank for rank, kind in enumerate(accepted) if kind in each.kinds]
        counted = has_asked_unit(question, fragment.slide.text, each.span)
        logit, exact = each.mark.score_of(each.span)
        named = _label(question, fragment, each.span, picked)
        cell = _cell(question, fragment, each.span, about)
        untyped = question.expected in ("any", "reason")
        values = {
            "evidence": each.piece.score - picked[0].score,
            "first": float(each.piece is picked[0]),
            "typed": float(bool(right)),
            "typed_rank": float(right[0]) if right else 0.0,
            "figure_wanted": float(question.expected in FIGURES and figure),
            "figure_missing": float(question.expected in FIGURES and not figure),
            "figure_for_name": float(question.expected in _NAMES and folded[:1].isdigit()),
            "figure_untyped": float(untyped and folded[:1].isdigit()),
            "unit": float(bool(question.units) and counted),
            "unit_missing": float(bool(question.units) and not counted),
            "around": float(meaning[place]),
            "own": float(meaning[len(found) + place]),
            "near": nearness(question, fragment, each.span, retriever),
            "echo": float(echoes(question, folded)),
            "said": len(said & set(question.terms)) / len(said) if said else 0.0,
            "logit": bounded(logit),
            "exact": float(exact),
            "label": named,
            "row": float(fragment.kind == "row"),
            "headline": float(fragment.kind == "headline"),
            "title": float(fragment.kind == "title"),
            "length": math.log(len(folded) + 1),
            "long": float(len(folded) > 20),
            "tiny": float(len(folded) < 2),
            "bare": float(folded.replace(",", "").replace(".", "").isdigit()),
            **cell,
            **{f"is_{kind}": float(kind in each.kinds) for kind in _KINDS},
        }
        result.append((each, values))
    return result


_KINDS = (*SpanKind.__args__, "piece", "clause", "wide")  # type: ignore[attr-defined]


def _found(piece: Evidence, mark: Mark) -> list[Found]:
    text = piece.fragment.slide.text
    kinds: dict[Span, set[str]] = {}
    for start, end in piece.fragment.spans:
        for candidate in candidates(text, start, end):
            kinds.setdefault(trim(text, *candidate.span), set()).add(candidate.kind)
            if candidate.kind in FIGURES:
                for span in wider(text, candidate.span, start, end):
                    kinds.setdefault(trim(text, *span), set()).update([candidate.kind, "wide"])
        for span, kind in parts(text, start, end):
            kinds.setdefault(span, set()).add(kind)
    if mark.span is not None:
        kinds.setdefault(trim(text, *mark.span), set()).add("marked")
    bare: dict[Span, set[str]] = {}
    for (start, end), found in kinds.items():
        bullet = _BULLET.match(text, start, end)
        bare.setdefault((bullet.end() if bullet else start, end), set()).update(found)
    return [Found(piece, mark, span, frozenset(found)) for span, found in bare.items() if span[0] < span[1]]


def _label(question: Question, fragment: Fragment, span: Span, picked: Sequence[Evidence]) -> float:
    """How much of the words just before a candidate the question says: 価格 36.2, 運営会社 | X社."""
    text = fragment.slide.text
    place = next(i for i, (a, b) in enumerate(fragment.spans) if a <= span[0] < b)
    before = fold(text[fragment.spans[place][0] : span[0]]).strip(" :：\n")
    if not before and place:
        before = fold(text[slice(*fragment.spans[place - 1])])
    terms = text_terms(before[-LABEL_CHARS:])
    return len(terms & set(question.terms)) / len(terms) if terms else 0.0


def _cell(
    question: Question, fragment: Fragment, span: Span, about: Mapping[tuple[Slide, int], Told]
) -> dict[str, float]:
    """What row and column of a cell say: whether the question names or means them, whether the column only sorts the rows."""
    values = dict.fromkeys(_CELL, 0.0)
    at = row_of(fragment)
    if at is None:
        return values
    slide = fragment.slide
    table = slide.regions[fragment.region]
    place = next((i for i, (a, b) in enumerate(table.rows[at]) if a <= span[0] < b), None)
    header = header_row(slide, table)
    if place is None or (header and at == 0):
        return values
    said = about[slide, fragment.region]
    values["category"] = float(is_category(slide, table, place))
    values["row_named"], values["row_meaning"] = said.rows[at]
    if place < len(header):
        title = slide.text[slice(*header[place])]
        values["column"] = column_fit(question, title)
        values["column_unit"] = float(any(unit in fold(title) for unit in question.units))
        values["column_named"], values["column_meaning"] = said.columns[place]
    return values


_CELL = (
    "column",
    "category",
    "row_named",
    "row_meaning",
    "column_unit",
    "column_named",
    "column_meaning",
)
