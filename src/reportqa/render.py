"""Answers, hits and slides as JSON, Markdown and terminal text: one place for every front end.

Whatever leaves here as a quotation is checked against its slide once more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reportqa.explain import Explanation
from reportqa.text import unwrap
from reportqa.types import Answer, Citation, Deck, Hit, Language, Slide, Span

_LABELS: dict[str, dict[Language, str]] = {
    "not_found": {
        "ja": "資料には書かれていません。",
        "en": "The corpus does not say.",
        "zh": "资料中没有提到。",
    },
    "nearest": {"ja": "近いスライド", "en": "Nearest slides", "zh": "最接近的幻灯片"},
    "slide": {"ja": "スライド", "en": "slide", "zh": "幻灯片"},
    "source": {"ja": "出所", "en": "Source", "zh": "来源"},
    "understood": {"ja": "次の質問として理解しました", "en": "Understood as", "zh": "理解为"},
}
_SOURCE_MARK = re.compile(r"^\s*(?:写真)?(?:出所|出典|資料|来源|source)\s*[:：]\s*", re.IGNORECASE)


def label(name: str, language: Language) -> str:
    """A word of the interface in the language of the question."""
    return _LABELS[name][language]


def verify_quote(citation: Citation) -> None:
    """Raise AssertionError unless the quotation is the slide's own text at its spans."""
    text = citation.slide.text
    spans = citation.spans
    inside = bool(spans) and all(0 <= start < end <= len(text) for start, end in spans)
    if not inside or citation.quote != " ".join(text[start:end] for start, end in spans):
        raise AssertionError(f"a quotation left its slide: {citation.slide.deck_id}#{citation.slide.number}")


def headline(slide: Slide) -> str:
    """The slide's headline on one line, else its first line of text."""
    region = next((r for r in slide.regions if r.role == "headline"), None)
    if region is not None:
        return unwrap(slide.text[region.start : region.end])
    return next((line.strip() for line in slide.text.splitlines() if line.strip()), "")


def source_line(citation: Citation) -> str | None:
    """The publisher line that covers the quotation, without its mark (出所：), on one line."""
    if citation.source is None:
        return None
    start, end = citation.source
    return _SOURCE_MARK.sub("", unwrap(citation.slide.text[start:end]))


def permalink(deck: Deck, slide: Slide, span: Span) -> str:
    """A reference that names the exact text: ``deck_id@sha8#s12:340-398``."""
    return f"{deck.deck_id}@{deck.sha256[:8]}#s{slide.number}:{span[0]}-{span[1]}"


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation as design.md's JSON contract has it."""
    verify_quote(citation)
    slide = citation.slide
    return {
        "deck": slide.deck_id,
        "slide": slide.number,
        "page": slide.page,
        "numbering": slide.numbering,
        "spans": [list(span) for span in citation.spans],
        "quote": citation.quote,
        "headline": headline(slide),
        "source": source_line(citation),
        "score": round(citation.score, 4),
    }


def citation_line(citation: Citation) -> str:
    """A citation on one line, its slide number first."""
    verify_quote(citation)
    return f"{citation.slide.number:>4}  {_readable(citation)}"


def answer_text(answer: Answer) -> str:
    """The quotations, one a line, or the reply, or the refusal in the language of the question."""
    if answer.reply is not None:
        return answer.reply
    if not answer.found:
        return label("not_found", answer.language)
    return "\n".join(citation.quote for citation in answer.citations)


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as design.md's JSON contract has it."""
    return {
        "question": answer.question,
        "lang": answer.language,
        "found": answer.found,
        "confidence": round(answer.confidence, 4),
        "answer": answer_text(answer),
        "short": answer.short.text if answer.short else None,
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [citation_json(citation) for citation in answer.nearest],
        "standalone": answer.standalone,
        "carried": list(answer.carried),
        "elapsed_ms": round(answer.elapsed_ms, 3),
        **({"items": [item.text for item in answer.items]} if answer.items else {}),
        **({"comparison": _comparison_json(answer)} if answer.sides else {}),
    }


def _comparison_json(answer: Answer) -> list[dict[str, Any]]:
    return [{"side": s.name, "quote": s.citation.quote if s.citation else None} for s in answer.sides]


def answer_terminal(answer: Answer) -> str:
    """An answer for a terminal: short answer, quotations with their slide, sources."""
    if answer.reply is not None:
        return answer.reply
    language = answer.language
    lines: list[str] = []
    if answer.standalone:
        lines += [f"({label('understood', language)}: {answer.standalone})", ""]
    if not answer.found:
        lines.append(label("not_found", language))
        if answer.nearest:
            lines += ["", f"{label('nearest', language)}:"]
            lines += [
                f"  {_place(citation, language)}  {headline(citation.slide)}" for citation in answer.nearest
            ]
        return "\n".join(lines)
    if answer.short:
        lines += [unwrap(answer.short.text), ""]
    elif answer.items:
        lines += [*(f"・{unwrap(item.text)}" for item in answer.items), ""]
    if answer.sides:
        lines += [*(f"{name}: {said}" for name, said in _sides(answer)), ""]
    for citation in answer.citations:
        verify_quote(citation)
        lines.append(f"「{_readable(citation)}」")
        lines.append(f"    {_place(citation, language)}  {headline(citation.slide)}")
        source = source_line(citation)
        if source:
            lines.append(f"    {label('source', language)}: {source}")
    return "\n".join(lines)


def answer_markdown(answer: Answer) -> str:
    """An answer in Markdown: quotations as block quotes, each with its slide."""
    if answer.reply is not None:
        return _plain(answer.reply)
    language = answer.language
    lines: list[str] = []
    if answer.standalone:
        lines += [f"*{label('understood', language)}: {_plain(answer.standalone)}*", ""]
    if not answer.found:
        lines += [label("not_found", language), ""]
        lines += [f"- {_place(c, language)}: {_plain(headline(c.slide))}" for c in answer.nearest]
        return "\n".join(lines).strip()
    if answer.short:
        lines += [f"**{_plain(unwrap(answer.short.text))}**", ""]
    elif answer.items:
        lines += [*(f"- **{_plain(unwrap(item.text))}**" for item in answer.items), ""]
    if answer.sides:
        names, said = zip(*_sides(answer), strict=True)
        lines += [_row(names), _row(["---"] * len(names)), _row(said), ""]
    for citation in answer.citations:
        verify_quote(citation)
        lines += [f"> {_plain(_readable(citation))}", ">", f"> — {_place(citation, language)}", ""]
        source = source_line(citation)
        if source:
            lines[-1:] = [f"> {label('source', language)}: {_plain(source)}", ""]
    return "\n".join(lines).strip()


def _sides(answer: Answer) -> list[tuple[str, str]]:
    """What is said of each side of a comparison; a dash where the corpus says nothing."""
    return [(side.name, f"「{_readable(side.citation)}」" if side.citation else "—") for side in answer.sides]


def _row(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return (
        "| "
        + " | ".join(cell if set(cell) == {"-"} else _plain(cell).replace("|", "\\|") for cell in cells)
        + " |"
    )


def hit_json(hit: Hit) -> dict[str, Any]:
    """A search hit as design.md's JSON contract has it."""
    slide = hit.passage.slide
    return {
        "deck": slide.deck_id,
        "slide": slide.number,
        "page": slide.page,
        "numbering": slide.numbering,
        "score": round(hit.score, 4),
        "text": hit.passage.text,
    }


def hit_terminal(hit: Hit) -> str:
    """A search hit in two lines: score, slide and headline, then how its passage begins."""
    slide = hit.passage.slide
    place = f"{hit.score:7.3f}  {slide.deck_id} #{slide.number}  {headline(slide)}"
    return f"{place}\n         {unwrap(hit.passage.text)[:160]}"


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """A search hit with ``explain``: ranks are null where a retriever did not propose the passage.

    ``matches`` is null for a model without token vectors.
    """
    ranks = {
        name: {"rank": rank.position, "score": round(rank.score, 4)} if rank else None
        for name, rank in explanation.ranks.items()
    }
    terms = [{"term": t.term, "field": t.field, "score": round(t.score, 4)} for t in explanation.terms]
    matches = explanation.matches and [
        {
            "query": m.query,
            "passage": m.passage,
            "cosine": round(m.cosine, 4),
            "weight": round(m.weight, 4),
        }
        for m in explanation.matches
    ]
    explained = {"query": explanation.query, "terms": terms, **ranks, "matches": matches}
    return {**hit_json(explanation.hit), "explain": explained}


def explanation_terminal(explanation: Explanation) -> str:
    """A search hit for a terminal, and below it the ranks, terms and token matches."""
    ranks = ", ".join(
        f"{name} {rank.position} ({rank.score:.3f})" if rank else f"{name} -"
        for name, rank in explanation.ranks.items()
    )
    terms = ", ".join(f"{t.term} {t.score:.2f} ({t.field})" for t in explanation.terms)
    if explanation.matches is None:
        matches = "this model has no token vectors to match"
    else:
        matches = ", ".join(
            f"{m.query} → {m.passage} {m.cosine:.2f} × {m.weight:.2f}" for m in explanation.matches
        )
    lines = {"query": explanation.query, "ranks": ranks, "terms": terms or "-", "tokens": matches or "-"}
    below = "\n".join(f"         {name}: {value}" for name, value in lines.items())
    return f"{hit_terminal(explanation.hit)}\n{below}"


def slide_json(slide: Slide) -> dict[str, Any]:
    """A slide as design.md's JSON contract has it."""
    return {
        "deck": slide.deck_id,
        "slide": slide.number,
        "page": slide.page,
        "numbering": slide.numbering,
        "headline": headline(slide),
        "text": slide.text,
    }


def _readable(citation: Citation) -> str:
    """The quotation on one line, its spans set apart."""
    return " / ".join(unwrap(citation.slide.text[start:end]) for start, end in citation.spans)


def _place(citation: Citation, language: Language) -> str:
    slide = citation.slide
    return f"[{slide.deck_id}, {label('slide', language)} {slide.number}]"


def _plain(text: str) -> str:
    """Deck text that Markdown and HTML leave alone."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text)
    return escaped.replace("&", "&amp;")
