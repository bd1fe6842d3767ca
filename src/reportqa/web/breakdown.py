"""Why the search found these slides, as a closed HTML block: every character of deck and question escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reportqa.explain import Explanation
from reportqa.render import headline
from reportqa.types import Language
from reportqa.web.labels import word

_TERMS = 8
"""How many terms of a slide are shown."""


def breakdown(explanations: Sequence[Explanation], language: Language) -> str:
    """A block to open: for each slide what BM25, the passage's vector and its tokens had to say."""
    if not explanations:
        return ""
    slides = "".join(_slide(explanation, language) for explanation in explanations)
    return f'<details class="rq-why"><summary>{word("why", language)}</summary>{slides}</details>'


def _slide(explanation: Explanation, language: Language) -> str:
    slide = explanation.hit.passage.slide
    number = f'<span class="rq-slide">{word("slide", language)} {escape(slide.number)}</span>'
    details = {"bm25": _terms(explanation), "maxsim": _matches(explanation, language)}
    lines = "".join(
        f"<div>{word(f'why_{name}', language)} "
        f"{word('why_rank', language, rank=rank.position if rank else '-')}"
        f"{f': {escape(details[name])}' if details.get(name) else ''}</div>"
        for name, rank in explanation.ranks.items()
    )
    return f'<div class="rq-why-slide">{number} <span>{escape(headline(slide))}</span>{lines}</div>'


def _terms(explanation: Explanation) -> str:
    """The shared terms with what each adds in all fields together, most first."""
    totals: dict[str, float] = {}
    for term in explanation.terms:
        totals[term.term] = totals.get(term.term, 0.0) + term.score
    ordered = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{term} {score:.1f}" for term, score in ordered[:_TERMS])


def _matches(explanation: Explanation, language: Language) -> str:
    if explanation.matches is None:
        return word("why_no_tokens", language)
    return ", ".join(f"{match.query} → {match.passage} {match.cosine:.2f}" for match in explanation.matches)
