"""A question about two things that stand on two slides: taken apart, and its other slide found.

「Aの開始時期とBの責任者は？」 asks twice. Where another slide found says one half better than the slide that
leads, and that one says the other half, both are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reportqa.answer.evidence import Evidence, gather
from reportqa.answer.question import Question, analyse
from reportqa.answer.words import covered
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants
from reportqa.types import Hit, Slide

SLIDES = 3
"""How many of the slides found are looked at besides the one each half finds for itself."""

COVERED = 0.4
"""How much of its half of the question the other slide must say, 0 to 1."""

OWN = 0.5
"""How much of the other half the slide that leads must say."""

FIRST = 0.3
"""What it is worth to be the first slide found for a half by itself."""

BETTER = 0.2
"""How much better the other slide must say its half than the slide that leads, with ``FIRST``."""

JOINTS = 12
"""At so many places a question is taken apart, its last ones: what is asked stands at the end of a long text."""

_JOINT = re.compile(
    r"、?(?:と(?![きもしはのすかこりっ]|い[うっ])|および|及び|ならびに|並びに|また|かつ|それに|そして)、?|、|,?\s+and\s+|;\s*|[,，]?(?:以及|并且|和|与|及)|[，。?？]\s*"
)
_EACH = re.compile(fold_variants(r"それぞれ|両方|双方|\beach\b|\bboth\b|respectively|分别|各自|各在"))


def halves(text: str) -> list[tuple[str, str]]:
    """The ways to take a question apart where it joins two things."""
    return [(text[: m.start()], text[m.end() :]) for m in [*_JOINT.finditer(text)][-JOINTS:]]


def other_half(
    question: Question, hits: Sequence[Hit], first: Slide, retriever: HybridRetriever
) -> list[Evidence]:
    """The fragments, best first, of the slide that says the half ``first`` does not; empty for most questions.

    A half must name something and ask something of it: two content words, one where the question says "each".
    """
    fewest = 1 if _EACH.search(fold(question.text)) else 2
    found = {hit.passage.slide for hit in hits}
    best: tuple[float, Question, Hit] | None = None
    for pair in halves(question.text):
        asked = [analyse(half) for half in pair]
        if any(len(half.subject) < fewest for half in asked):
            continue
        here = [_said(half, first, retriever) for half in asked]
        for own, own_here, rest_here in zip(asked, here, here[::-1], strict=True):
            if rest_here < OWN:
                continue
            alone = [hit for hit in retriever.search_slides(own.text, 1) if hit.passage.slide in found]
            known = {hit.passage.slide for hit in alone}
            for hit in [*alone, *(hit for hit in hits[:SLIDES] if hit.passage.slide not in known)]:
                slide = hit.passage.slide
                there = _said(own, slide, retriever)
                gain = there - own_here + FIRST * (slide in known)
                if slide != first and there >= COVERED and gain >= (best[0] if best else BETTER):
                    best = (gain, own, hit)
    return gather(best[1], [best[2]], retriever) if best else []


def _said(question: Question, slide: Slide, retriever: HybridRetriever) -> float:
    """How much of what the question is about the slide says, 0 to 1, weighted by idf."""
    weights = [retriever.idf(term) for term in question.subject]
    (row,) = covered(question.subject, [slide.text], retriever)
    return float(row @ weights) / (sum(weights) or 1.0)
