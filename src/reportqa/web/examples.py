"""Questions to start with: only such as the corpus answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from reportqa.assistant import Assistant
from reportqa.errors import ReportQAError
from reportqa.render import headline
from reportqa.text import detect_language
from reportqa.types import Deck, Language

# Asked first, in three languages; a corpus that does not answer one never shows it.
_KNOWN = (
    "中国のAIコア産業の規模は？",
    "GPT-4oの価格は？",
    "What does the report say about WAIC 2024?",
    "中国的人工智能核心产业规模是多少？",
)
_PATTERNS: dict[Language, str] = {
    "ja": "「{}」の要点は？",
    "en": "What does it say about “{}”?",
    "zh": "关于“{}”有哪些要点？",
}
_LONGEST_HEADLINE = 30


def example_questions(assistant: Assistant, count: int = 4) -> list[str]:
    """At most ``count`` questions the corpus answers: the known ones, then some made of its headlines."""
    answered = (question for question in _candidates(assistant.decks) if _answers(assistant, question))
    return list(islice(answered, count))


def _candidates(decks: Sequence[Deck]) -> Iterator[str]:
    yield from _KNOWN
    seen: set[str] = set()
    # One of each deck in turn, so that a corpus of many shows several.
    for titles in zip_longest(*(_headlines(deck) for deck in decks)):
        for title in titles:
            if title and title not in seen:
                seen.add(title)
                yield _PATTERNS[detect_language(title)].format(title)


def _headlines(deck: Deck) -> Iterator[str]:
    """Short headlines of every third slide after the cover: neighbours are about the same thing."""
    for slide in deck.slides[1::3][:12]:
        title = headline(slide)
        if title and title != deck.title and len(title) <= _LONGEST_HEADLINE:
            yield title


def _answers(assistant: Assistant, question: str) -> bool:
    try:
        return assistant.ask(question).found
    except ReportQAError:
        return False
