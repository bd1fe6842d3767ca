"""Names across scripts: Latin letters in the question, kana or kanji in the deck, and the other way round."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa.assistant import Assistant
from reportqa.naming import loose
from reportqa.sounds import latin

DECK = """# 会社とまち

---

# ミントロケッツは52人で家庭用ゲームを作る

- ミントロケッツの従業員は52人、本社は板橋
- 代表作は『デイブとダイバー』

---

# 岩手と尼崎の2拠点で作る

- 岩手の工場では装置を24台動かす
- 尼崎のデータセンターの契約は2026年3月まで

---

# Pelimoto は2022年に破産した

- Pelimoto の負債は5,700万ユーロ
- ロボットは1台も残らなかった
- 社員の不満が成功の邪魔をした。指紋の担当は佐藤一郎
- 監査は Merritt が行った
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("names")
    (folder / "names.md").write_text(DECK, "utf-8")
    return Assistant.open(folder, folder / "index")


@pytest.mark.parametrize(
    ("letters", "kana"),
    [
        ("mintrockets", "ミントロケッツ"),
        ("cardina", "カルディナ"),
        ("pelimoto", "ペリモト"),
        ("tesla", "テスラ"),
        ("oracle", "オラクル"),
        ("slack", "スラック"),
        ("japan", "ジャパン"),
    ],
)
def test_a_name_sounds_the_same_in_both_scripts(letters: str, kana: str) -> None:
    assert loose(letters) == loose(latin(kana))


def test_slack_is_not_silk() -> None:
    assert loose("slack") != loose(latin("シルク"))


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("How many people work at Mint Rockets?", "How many people work at ミントロケッツ?"),
        ("How many machines run at the Iwate plant?", "How many machines run at the 岩手 plant?"),
        ("Until when is the Amagasaki data center leased?", "Until when is the 尼崎 data center leased?"),
        ("ペリモトの負債はいくら？", "pelimotoの負債はいくら？"),
        ("What is Iwate's output?", "What is 岩手's output?"),
    ],
)
def test_names_are_asked_for_as_the_deck_writes_them(
    assistant: Assistant, question: str, understood: str
) -> None:
    answer = assistant.ask(question)
    assert answer.found and answer.standalone == understood


def test_the_answer_is_in_the_language_of_the_question(assistant: Assistant) -> None:
    answer = assistant.ask("How many people work at Mint Rockets?")
    assert answer.language == "en" and answer.short is not None and answer.short.text == "52人"


@pytest.mark.parametrize(
    "question",
    [
        "How many people work at Zuse Robotics?",  # no such name
        "What do the slides say of robots?",  # words of the language
        "ロボットは何台残った？",  # as the deck writes it
        "How many did Pelimoto make?",
        "What does the Human Resources department do?",  # 不満 is read so
        "Who is Simon?",  # and 指紋
        "メリットは何ですか？",
    ],
)
def test_what_the_deck_writes_so_or_not_at_all_stays(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).standalone is None
