"""Follow-ups are made to stand alone; a change of topic is left alone."""

from __future__ import annotations

import pytest

from reportqa.dialogue import rewrite
from reportqa.encoder import open_encoder
from reportqa.types import Answer, Turn


def follow_up(before: str, question: str) -> str:
    history = [Turn(before, Answer(before, "ja"))]
    return rewrite(question, history, open_encoder(None)).question


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("2021年の採択数は？", "2022年は？", "2022年の採択数"),
        ("電気バスの単価は？", "では水素バスは？", "水素バスの単価"),
        ("GPT-4oの価格は？", "ではMoonshot-v1-128kは？", "moonshot-v1-128kの価格"),
        ("米国のAI企業の割合は？", "英国は？", "英国のai企業の割合"),
    ],
)
def test_an_ellipsis_takes_the_place_of_its_like(before: str, question: str, wanted: str) -> None:
    assert wanted in follow_up(before, question).lower()


def test_a_pronoun_carries_the_subject_and_says_so() -> None:
    history = [Turn("wisemodel.cnとは？", Answer("", "ja"))]
    found = rewrite("その運営会社は？", history, open_encoder(None))
    assert "wisemodel.cn" in found.question and "運営会社" in found.question
    assert "wisemodel.cn" in found.carried


def test_a_full_question_drops_the_old_topic() -> None:
    question = "新薬の開発コストは何%削減されましたか？"
    assert follow_up("GPT-4oの価格は？", question) == question


def test_a_subject_with_an_attribute_is_a_question_of_its_own() -> None:
    question = "GPT-4oの価格は？"
    assert follow_up("中国のAIコア産業の規模は？", question) == question


def test_without_history_nothing_is_changed() -> None:
    assert rewrite("それは何？", [], open_encoder(None)).question == "それは何？"
