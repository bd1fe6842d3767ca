"""The shipped deck: 39 slides, cover 0 to 38; the real export: the same numbers."""

from __future__ import annotations

import pytest

from reportqa.assistant import Assistant
from reportqa.text import squeeze

NUMBERS = [str(number) for number in range(39)]

# Facts of the deck by slide, in the form both the original and our retelling give them.
FACTS = [
    ("4", "5,784億元"),
    ("5", "140個"),
    ("8", "1,500以上の"),
    ("11", "45体"),
    ("12", "3,937"),
    ("15", "DeepSeek-V2-32k"),
    ("15", "434.7"),
    ("18", "5,531個"),
    ("23", "70%"),
    ("24", "3.2万個"),
    ("27", "76秒"),
    ("29", "2023年8月15日"),
]


@pytest.mark.parametrize("which", ["shipped", "export"])
def test_slides_are_numbered_as_printed(which: str, request: pytest.FixtureRequest) -> None:
    assistant: Assistant = request.getfixturevalue(which)
    assert [slide.number for slide in assistant.decks[0].slides] == NUMBERS


@pytest.mark.parametrize("which", ["shipped", "export"])
@pytest.mark.parametrize(("number", "fact"), FACTS)
def test_facts_stand_on_their_slide(
    which: str, number: str, fact: str, request: pytest.FixtureRequest
) -> None:
    assistant: Assistant = request.getfixturevalue(which)
    slide = assistant.slide(assistant.decks[0].deck_id, number)
    assert squeeze(fact) in squeeze(slide.text)


@pytest.mark.parametrize("which", ["shipped", "export"])
def test_the_size_of_the_core_industry_is_answered_from_slide_4(
    which: str, request: pytest.FixtureRequest
) -> None:
    assistant: Assistant = request.getfixturevalue(which)
    answer = assistant.ask("中国のAIコア産業の規模は？")
    assert answer.short is not None and answer.short.text == "5,784億元"
    assert answer.citations[0].slide.number == "4"
    assert answer.citations[0].source is not None
