"""The shipped gold set is in order, on the shipped deck and on the real export alike."""

from __future__ import annotations

import pytest

from reportqa.assistant import Assistant
from reportqa.evaluation.gold import check_gold, load, rows

from .conftest import ROOT

GOLD = ROOT / "eval" / "gold"


@pytest.mark.parametrize("which", ["shipped", "export"])
def test_the_gold_set_holds(which: str, request: pytest.FixtureRequest) -> None:
    assistant: Assistant = request.getfixturevalue(which)
    assert check_gold(load([GOLD / "dev"]), load([GOLD / "test"]), assistant.decks) == []


def test_it_is_as_large_as_promised() -> None:
    assert len(rows(load([GOLD / "dev", GOLD / "test"]))) >= 250
    assert len(rows(load([GOLD / "second"]))) >= 60
