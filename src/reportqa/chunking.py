"""Decks into passages: pieces of one slide, small enough to be compared with a question."""

from __future__ import annotations

from langchain_text_splitters import RecursiveCharacterTextSplitter

from reportqa.layout import COVER
from reportqa.types import Deck, Passage, Slide, Span

PASSAGE_CHARS = 360
"""Longest passage, in characters of source text: about a third of a full slide."""

_SEPARATORS = ["\n\n", "\n", "。", "．", ". ", "、", " ", ""]


def split_deck(deck: Deck) -> list[Passage]:
    """The passages of ``deck`` in reading order; none crosses a slide, none is empty.

    Ids are ``deck_id#number/place`` with a zero-padded place, so that sorting by id is reading
    order within a slide. Footers are left out: they repeat on every slide and answer nothing.
    """
    return [passage for slide in deck.slides for passage in _split_slide(deck, slide)]


def slide_context(deck: Deck, slide: Slide) -> str:
    """What stands above every line of a slide: deck title, section path and headline."""
    roles = ("breadcrumb", "headline")
    parts = [slide.text[r.start : r.end] for role in roles for r in slide.regions if r.role == role]
    return "\n".join([deck.title, *parts, *([COVER] if slide.page == 1 else [])])


def _split_slide(deck: Deck, slide: Slide) -> list[Passage]:
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=PASSAGE_CHARS,
        chunk_overlap=0,
        length_function=len,
        separators=_SEPARATORS,
        keep_separator="end",
        add_start_index=True,
    )
    spans: list[Span] = []
    for start, end in _body_ranges(slide):
        for chunk in splitter.create_documents([slide.text[start:end]]):
            span = (start + chunk.metadata["start_index"], 0)
            span = (span[0], span[0] + len(chunk.page_content))
            if slide.text[span[0] : span[1]] != chunk.page_content:
                raise AssertionError(f"splitter lost its place on slide {slide.number} of {slide.deck_id}")
            spans.append(span)
    context = slide_context(deck, slide)
    return [
        Passage(f"{slide.deck_id}#{slide.number}/{place:03}", slide, (span,), context)
        for place, span in enumerate(spans)
    ]


def _body_ranges(slide: Slide) -> list[Span]:
    """The slide's text without its footers."""
    ranges: list[Span] = []
    at = 0
    for region in slide.regions:
        if region.role == "footer":
            ranges.append((at, region.start))
            at = region.end
    ranges.append((at, len(slide.text)))
    return [(start, end) for start, end in ranges if slide.text[start:end].strip()]
