"""A deck or a section of it in a few of its own lines: one quotation a slide, in deck order.

Slides are chosen by maximal marginal relevance (Carbonell and Goldstein 1998): near to what the whole
is about, and far from those already chosen. Covers, tables of contents and dividers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reportqa import tokens
from reportqa.answer.compose import headline_citation
from reportqa.answer.fragments import Fragment, fragments
from reportqa.answer.sections import (
    Section,
    find_section,
    is_apart,
    likeness,
    section_number,
    sections,
    without_number,
)
from reportqa.dense import Vectors, unit
from reportqa.errors import ReportQAError
from reportqa.layout.marks import has_letters, width
from reportqa.retrieval import HybridRetriever
from reportqa.text import fold, fold_variants, squeeze, unwrap
from reportqa.types import Citation, Deck, Slide, Span

LIMIT = 10
"""How many slides a digest quotes unless told."""

OVERVIEW = 3
"""How many of them answer a question in the chat."""

RELEVANCE = 0.7
"""Weight of relevance against novelty, λ of the paper."""

MESSAGE_WIDTH = 30
"""A headline of fewer columns is a label; the slide's lead is quoted with it."""

_MOST = 0.5
"""Share of the slides that sections must hold for what stands outside them to be front matter."""

LEAD_WIDTH = 16
"""Narrowest lead, in columns."""

OWN_SUMMARY = 0.3
"""What is added to the relevance of a slide by which the deck sums itself up."""

_SUMMARY_HEAD = re.compile(
    fold_variants(
        r"(?:.{0,12}の)?(?:まとめ|総括|結論|要点|要約|小括|総合考察|おわりに|总结|结论|小结|结语)(?:\s*[(]?\d*[)]?|と.{0,10})"
        r"|(?:executive )?summary|conclusions?|(?:key )?takeaways?|key (?:points|messages|findings)|wrap[- ]?up"
    )
)
_KEY_MESSAGE = re.compile(r"(?:要点|ポイント|まとめ|結論|key (?:message|point)s?|takeaways?|小結)\s*[:】\]]")


def digest(
    deck: Deck, retriever: HybridRetriever, section: str | None = None, limit: int = LIMIT
) -> tuple[Citation, ...]:
    """At most ``limit`` slides of ``deck`` in deck order, each by its headline and, where that is a label, its lead.

    ``section`` names one by its words or its number (第3章, section 3). Raises ReportQAError when the deck
    shows no such section.
    """
    if section is None:
        return _digest(deck.title, _content(deck), retriever, limit)
    found = find_section(deck, section, retriever)
    if found is None:
        known = "; ".join(one.title for one in sections(deck)) or "none that it shows"
        raise ReportQAError(f"deck {deck.deck_id!r} has no section {section!r}; its sections: {known}")
    return _digest(found.title, found.slides, retriever, limit)


def _content(deck: Deck) -> tuple[Slide, ...]:
    """The slides of a deck's sections, where these hold most of it; else all that have a message."""
    said = tuple(slide for slide in deck.slides if not is_apart(slide))
    inside = tuple(slide for section in sections(deck) for slide in section.slides)
    return inside if len(inside) > _MOST * len(said) else said or deck.slides


def _digest(
    title: str, slides: Sequence[Slide], retriever: HybridRetriever, limit: int
) -> tuple[Citation, ...]:
    quoted: dict[str, Citation] = {}
    for slide in slides:
        citation = lead_citation(slide)
        if citation is not None:
            quoted.setdefault(squeeze(citation.quote), citation)
    citations = list(quoted.values())
    if not citations or limit < 1:
        return ()
    encode = retriever.encoder.encode_passages
    # What is quoted counts as much as what else the slide says.
    vectors = unit(encode([c.quote for c in citations]) + encode([_content_text(c.slide) for c in citations]))
    query = unit(unit(vectors.mean(axis=0)) + encode([title])[0])
    own = np.array([_sums_up(citation.slide) for citation in citations], dtype=np.float32)
    gain = vectors @ query + OWN_SUMMARY * own
    chosen = mmr(vectors, gain, limit)
    return tuple(replace(citations[i], score=float(gain[i])) for i in sorted(chosen))


def mmr(vectors: Vectors, gain: Vectors, count: int, relevance: float = RELEVANCE) -> list[int]:
    """Rows of ``vectors`` (n, dimension) in the order they are chosen, at most ``count``; ties to the first.

    ``gain`` (n,) is each row's relevance. Each next row has the largest λ·gain − (1 − λ)·max cosine to a
    chosen one. Source: Carbonell and Goldstein, The use of MMR (1998).
    """
    likest = np.zeros(len(vectors), dtype=np.float32)
    chosen: list[int] = []
    while len(chosen) < min(count, len(vectors)):
        worth = relevance * gain - (1 - relevance) * likest
        worth[chosen] = -np.inf
        best = int(worth.argmax())
        cosines = vectors @ vectors[best]
        likest = np.maximum(likest, cosines) if chosen else cosines
        chosen.append(best)
    return chosen


def _sums_up(slide: Slide) -> bool:
    head = next((r for r in slide.regions if r.role == "headline"), None)
    return head is not None and bool(
        _SUMMARY_HEAD.fullmatch(fold(unwrap(slide.text[head.start : head.end])).strip(" :.。"))
    )


def lead_citation(slide: Slide) -> Citation | None:
    """The slide's headline, with its lead where the headline is only a label; None for an empty slide."""
    citation = headline_citation(slide, 0.0)
    if citation is None or width(unwrap(citation.quote)) >= MESSAGE_WIDTH:
        return citation
    leads = [piece for piece in fragments(slide) if _is_lead(piece, citation.spans)]
    if not leads:
        return citation
    lead = next((piece for piece in leads if _KEY_MESSAGE.match(fold(piece.text))), leads[0])
    return replace(citation, spans=(*citation.spans, *lead.spans))


def _is_lead(piece: Fragment, quoted: Sequence[Span]) -> bool:
    text = unwrap(piece.text)
    return (
        piece.kind in ("sentence", "title")
        and piece.spans != tuple(quoted)
        and width(text) >= LEAD_WIDTH
        and has_letters(text)
    )


def _content_text(slide: Slide) -> str:
    said = (r for r in slide.regions if r.role in ("headline", "body", "table"))
    return "\n".join(unwrap(slide.text[region.start : region.end]) for region in said)


# --- questions ------------------------------------------------------------------------------------

_SUMMARY = re.compile(
    fold_variants(
        r"要点|要約|まとめ(?:て|ると|を)|概要|あらまし|全体像|ポイント|かいつまん|ざっくり|総括|サマリー?|ダイジェスト"
        r"|言いたいこと|結論(?=は|を|$)|主張(?=は|を|$)|主な(?:内容|主張|メッセージ)|どんな(?:内容|話)|何が書(?:いて|かれて)|何(?:について|の話)"
        r"|\bsummar\w+|\boverview|\bdigest\b|\bgist\b|\btl;?dr\b|\b(?:key|main) (?:points?|takeaways?|messages?|ideas?)|\btakeaways?"
        r"|\bwhat(?: is|'s) (?=.{1,60} about\b)|\bwhat does (?=.{1,60} say\b)|\bconclusions?\b|总结|概述|结论|主要内容|概括|摘要|(?:讲|说)了(?:什么|些什么)"
    )
)
_TITLE_ASKED = re.compile(fold_variants(r"何(?:について|の話)|\bwhat(?: is|'s) .{1,60} about\b|讲的是什么"))
_DECK_WORDS = re.compile(
    fold_variants(
        r"この|今回の?|今日の?|本日の?|お?話|一番|最も|著者|講演者|発表者|本(?=資料|講演|発表|報告|レポート|スライド|書)|資料|講演|発表|プレゼン(?:テーション)?|スライド|デッキ|レポート|報告書?"
        r"|文書|ドキュメント|全体|全部|全文|内容|这份|这个|该|整个|文档|文件|报告|演示|幻灯片|演讲"
        r"|\b(?:today's|author'?s?|speaker'?s?|this|these|the|whole|entire|deck|slides?|slide deck|presentation|report|document|talk|all|of|in|it)\b"
    )
)
_POLITE = re.compile(
    fold_variants(
        r"教えて|下さい|ください|お願い(?:します|致します)?|頂け(?:ます|ない)|いただけ(?:ます|ない)|(?:し|みせ|見せ|話し|説明し)て(?:ほしい|欲しい)?|知りたい|簡単に|簡潔に|短く|手短に|一言で"
        r"|\d+\s*(?:つ|点|行|条|points?|lines?|bullets?|sentences?)(?:で|の)?|请|帮我|给我|可以|简单|简要|一下|什么|是|的|吗|几句话"
        r"|\b(?:please|can|could|would|you|give|me|tell|show|us|an?|what's|what|are|is|does|say|briefly|brief|short|in short|about|main|key|quick)\b"
    )
)
_SECTION_ASKED = re.compile(
    fold_variants(
        r"\b(?:section|chapter|part)\s+(?:on|about|covering|called|titled|dealing with)\s+(?P<en>[^?.!]+)"
        r"|(?P<ja>[^、。]+?)(?:の|に関する|についての|という)(?:章|節|セクション|パート|部分)"
        r"|(?:关于)?(?P<zh>[^,，。]+?)的?(?:章节|这一?章|这部分|部分)"
    )
)
_ADVICE = re.compile(
    fold_variants(
        r"what (?:actions?|steps?|measures?) should (?P<en2>.{2,40}?) take\b"
        r"|how should (?P<en3>.{2,40}?) (?:act|respond|react|proceed|prepare)\b"
        r"|(?P<ja2>[^、。]{2,30}?)(?:が|の)(?:取る|とる|す|なす)べき(?:こと|行動|対応|対策|道|施策)"
        r"|what (?:should|can|must|could|ought) (?P<en>.{2,40}?) (?:to )?do\b"
        r"|(?P<ja>[^、。]{2,30}?)(?:は|が)(?:何を|なにを|どう|どのように|いかに)[^、。]{0,12}(?:べき|すれば(?:良い|よい|いい))"
        r"|(?P<zh>[^,，。]{2,20}?)(?:应该|应当|该|应)(?:做什么|怎么做|怎么办|如何做|如何应对)"
    )
)
_ADVISED = 0.4
"""How near a section's title must come to the one who asks what to do, for it to be the answer."""

_MEANT = 0.35
"""The same for a section asked for as one (the section on …)."""

_COVERED = 0.6
"""Share of a title that a topic must say to stand for its section without the word section."""


def overview_answer(
    question: str, retriever: HybridRetriever, here: Slide | None = None
) -> tuple[Citation, ...]:
    """At most three quotations, one a slide, for a request that means a whole deck or a whole section.

    Empty when the question is about anything narrower, or when several decks could be meant. Then the deck
    of ``here``, the slide last cited, is: this deck, chapter 3.
    """
    decks = retriever.index.decks
    current = tuple(deck for deck in decks if len(decks) == 1 or (here and deck.deck_id == here.deck_id))
    folded = fold(question).strip()
    advice = _ADVICE.search(folded)
    if advice is not None:
        return _section_answer(decks, _named(advice), retriever, _ADVISED)
    if not _SUMMARY.search(folded):
        return ()
    if section_number(folded) is not None:
        return _numbered_answer(current, folded, retriever) or _numbered_answer(decks, folded, retriever)
    topic = _topic(folded)
    asked = _SECTION_ASKED.search(_SUMMARY.sub(" ", folded))
    if asked is not None and _topic(_named(asked)):
        return _section_answer(decks, _topic(_named(asked)), retriever, _MEANT)
    if not topic:
        return _deck_answer(current[0], folded, retriever) if current else ()
    for deck in decks:
        if _covers(topic, deck.title):
            return _deck_answer(deck, folded, retriever)
    for deck in decks:
        for section in sections(deck):
            if _covers(topic, section.title):
                return _digest(section.title, section.slides, retriever, OVERVIEW)
    return ()


def _deck_answer(deck: Deck, folded: str, retriever: HybridRetriever) -> tuple[Citation, ...]:
    """The deck's digest; what it is about says its cover first."""
    found = _digest(deck.title, _content(deck), retriever, OVERVIEW)
    cover = headline_citation(deck.slides[0], 1.0) if _TITLE_ASKED.search(folded) else None
    return (cover, *(c for c in found if c.slide != cover.slide))[:OVERVIEW] if cover else found


def _numbered_answer(decks: Sequence[Deck], folded: str, retriever: HybridRetriever) -> tuple[Citation, ...]:
    """The section of that number, if just one deck has it; a remaining topic must name the deck."""
    topic = _topic(without_number(folded))
    meant = [deck for deck in decks if not topic or _covers(topic, deck.title)]
    found = [s for deck in meant if (s := find_section(deck, folded, retriever)) is not None]
    return _digest(found[0].title, found[0].slides, retriever, OVERVIEW) if len(found) == 1 else ()


def _section_answer(
    decks: Sequence[Deck], name: str, retriever: HybridRetriever, least: float
) -> tuple[Citation, ...]:
    found: list[tuple[float, Section]] = []
    for deck in decks:
        section = find_section(deck, name, retriever)
        if section is not None:
            found.append((likeness(name, [section.title], retriever)[0], section))
    if not found:
        return ()
    score, section = max(found, key=lambda pair: pair[0])
    return _digest(section.title, section.slides, retriever, OVERVIEW) if score >= least else ()


def _named(match: re.Match[str]) -> str:
    return next(group for group in match.groupdict().values() if group).strip()


def _topic(folded: str) -> str:
    """What a request for a summary is about, beyond the summary, the deck and politeness; often nothing."""
    rest = folded
    for words in (_SUMMARY, _DECK_WORDS, _POLITE):
        rest = words.sub(" ", rest)
    rest = re.sub(r"^[\s、,の]+|[\s、,?。!.をはがのにで]+$", "", rest)
    return rest if tokens.terms(rest) else ""


def _covers(topic: str, title: str) -> bool:
    """Whether the topic is this title, or most of it."""
    own, other = squeeze(topic), squeeze(title)
    return bool(own) and own in other and len(own) >= _COVERED * len(other)
