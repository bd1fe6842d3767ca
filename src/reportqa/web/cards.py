"""Answers, citations and slides as HTML that is safe by construction: every deck character is escaped.

Each function returns one line without line breaks, so that Markdown takes it as one block of HTML
and looks for no marks inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reportqa.render import headline, source_line
from reportqa.text import unwrap
from reportqa.types import Answer, Citation, Deck, Language, Short, Slide, Span
from reportqa.web.labels import word


def header(language: Language) -> str:
    """The page's title and what it promises."""
    title, promise = word("title", language), word("lead", language)
    return f'<header class="rq-header"><h1>{title}</h1><p>{promise}</p></header>'


def welcome(decks: Sequence[Deck]) -> str:
    """What one can ask about: the titles of the first decks, and how many slides each has."""
    titles = "".join(
        f'<div class="rq-welcome-deck">{_flow(deck.title)}<span>{len(deck.slides)}</span></div>'
        for deck in decks[:4]
    )
    more = f'<div class="rq-welcome-deck">… +{len(decks) - 4}</div>' if len(decks) > 4 else ""
    return f'<div class="rq-welcome">{titles}{more}</div>'


def lit(card_html: str) -> str:
    """A citation's card as the one whose slide is shown."""
    return card_html.replace('class="rq-card', 'class="rq-lit rq-card', 1)


def asked(question: str) -> str:
    """What the person asked, as they typed it."""
    return f'<div class="rq-asked">{_lines(question.strip())}</div>'


def told(text: str) -> str:
    """A remark of the program's own: a friendly refusal, an error."""
    return f'<div class="rq-told">{_lines(text)}</div>'


def lead(answer: Answer) -> str:
    """What stands above the quotations: how the question was understood, and the short answer or the things of a list."""
    if answer.reply is not None:
        return told(answer.reply)
    language = answer.language
    parts: list[str] = []
    if answer.standalone:
        carried = "、".join(answer.carried) if language != "en" else ", ".join(answer.carried)
        note = (
            f' <span class="rq-carried">{word("carried", language)}: {_flow(carried)}</span>'
            if carried
            else ""
        )
        parts.append(
            f'<div class="rq-understood">{word("understood", language)}: '
            f"<b>{_flow(answer.standalone)}</b>{note}</div>"
        )
    if not answer.found:
        hint = f'<div class="rq-hint">{word("not_found_hint", language)}</div>' if answer.nearest else ""
        parts.append(f'<div class="rq-none">{word("not_found", language)}</div>{hint}')
    elif answer.short:
        parts.append(f'<div class="rq-short">{_flow(unwrap(answer.short.text))}</div>')
    elif answer.items:
        named = "".join(f"<li>{_flow(unwrap(item.text))}</li>" for item in answer.items)
        parts.append(f'<ul class="rq-items">{named}</ul>')
    return "".join(parts) + _sides(answer)


def _sides(answer: Answer) -> str:
    """The sides of a comparison under each other, a dash where the corpus says nothing of one."""
    if not answer.sides:
        return ""
    rows = "".join(
        f"<dt>{_flow(side.name)}</dt><dd>{quotation(side.citation) if side.citation else '—'}</dd>"
        for side in answer.sides
    )
    return f'<dl class="rq-sides">{rows}</dl>'


def card(citation: Citation, place: int, answer: Answer, deck: Deck | None, repeated: bool = False) -> str:
    """One citation: the quotation with the short answer marked, its slide and its source.

    ``place`` is its 1-based number under the answer; ``deck`` is named where the corpus has several.
    A ``repeated`` one stands right under another of the same slide: it names only the number.
    """
    language = answer.language
    kind = "rq-card" if answer.found else "rq-card rq-near"
    source = source_line(citation)
    number = f'<span class="rq-slide">{word("slide", language)} {escape(citation.slide.number)}</span>'
    about = ""
    if not repeated:
        about = f'<span class="rq-head">{_flow(headline(citation.slide))}</span>'
        about += f'<span class="rq-deck">{_flow(deck.title)}</span>' if deck else ""
    below = ""
    if source and not repeated:
        below = f'<div class="rq-source">{word("source", language)}: {_flow(source)}</div>'
    return (
        f'<div class="{kind}"><div class="rq-quote">{quotation(citation, _marked(answer))}</div>'
        f'<div class="rq-ref"><span class="rq-chip">{place}</span>{number}{about}</div>{below}</div>'
    )


def _marked(answer: Answer) -> Sequence[Short]:
    """What is marked in the quotations: the short answer, else the things of the list."""
    return (answer.short,) if answer.short else answer.items


def quotation(citation: Citation, marked: Sequence[Short] = ()) -> str:
    """The quoted spans for reading, what is ``marked`` shown where it stands inside one."""
    parts: list[str] = []
    for start, end in citation.spans:
        inside = [
            m.span for m in marked if m.slide == citation.slide and start <= m.span[0] < m.span[1] <= end
        ]
        parts.append(_marked_flow(citation.slide.text, (start, end), sorted(inside)))
    return '<span class="rq-gap"> … </span>'.join(parts)


def _marked_flow(text: str, span: Span, marked: Sequence[Span]) -> str:
    # Unwrapping trims the ends of what it is given, so the parts are cut out of the whole.
    start = span[0]
    whole = unwrap(text[start : span[1]])
    parts: list[str] = []
    at = 0
    for a, b in marked:
        middle = unwrap(text[a:b])
        found = whole.find(middle, max(at, len(unwrap(text[start:a]))))
        if found >= 0:
            parts.append(f"{_flow(whole[at:found])}<mark>{_flow(middle)}</mark>")
            at = found + len(middle)
    return "".join([*parts, _flow(whole[at:])])


def slide_head(slide: Slide, deck: Deck, language: Language) -> str:
    """Which slide is shown: its number, headline, deck and place in the file."""
    place = word("page", language, page=slide.page, pages=len(deck.slides))
    return (
        f'<div class="rq-panel-head"><span class="rq-slide">{word("slide", language)} '
        f'{escape(slide.number)}</span><span class="rq-head">{_flow(headline(slide))}</span>'
        f'<div class="rq-deck">{_flow(deck.title)} · {place}</div></div>'
    )


def slide_text(slide: Slide, spans: Sequence[Span]) -> str:
    """The slide's whole text as it stands, with ``spans`` marked; overlapping spans become one."""
    text = slide.text
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        start = max(start, at)
        if start >= end:
            continue
        parts.append(f"{_lines(text[at:start])}<mark>{_lines(text[start:end])}</mark>")
        at = end
    parts.append(_lines(text[at:]))
    return f'<div class="rq-text">{"".join(parts)}</div>'


def quoted(citation: Citation, answer: Answer) -> str:
    """The quotation below the slide's picture."""
    label = word("quote" if answer.found else "nearest", answer.language)
    return (
        f'<div class="rq-below"><div class="rq-label">{label}</div>'
        f'<div class="rq-quote">{quotation(citation, _marked(answer))}</div></div>'
    )


def nothing_shown(language: Language) -> str:
    """What the panel says before the first answer."""
    return f'<div class="rq-nothing">{word("panel", language)}</div>'


def _flow(text: str) -> str:
    """Escaped text on one line; the TAB between table cells becomes a thin bar."""
    cells = [escape(" ".join(cell.split())) if cell.strip() else "" for cell in text.split("\t")]
    if len(cells) == 1:
        # A part of a line keeps the blanks at its ends: the next part follows directly.
        return escape(text.replace("\n", " "))
    return '<span class="rq-cell"></span>'.join(cells)


def _lines(text: str) -> str:
    return _flow_lines(escape(text))


def _flow_lines(escaped: str) -> str:
    return escaped.replace("\t", '<span class="rq-cell"></span>').replace("\r", "").replace("\n", "<br>")
