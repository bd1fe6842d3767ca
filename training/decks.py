"""Our own practice decks: decks that never existed and what people would ask of them.

``decks/`` holds each deck as a file reportqa reads and its questions as gold rows beside it (same name,
``.jsonl``).
"""

from __future__ import annotations

import atexit
import json
import random
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

from reportqa.answer.fragments import fragments
from reportqa.assistant import Assistant
from reportqa.index import searched_text
from reportqa.text import squeeze

FOLDER = Path(__file__).parent / "decks"

Split = Literal["train", "fit", "held"]
"""What models are trained on, what the few weights above them are fitted on, and what neither has seen."""

NEIGHBOURS = 8
"""Passages found for a question among which a hard negative is drawn."""


@dataclass(frozen=True, slots=True)
class Practice:
    """A deck alone in its corpus, and the gold rows asked of it.

    With several decks in a corpus half the questions ("who is the speaker?") would have several answers.
    """

    name: str
    corpus: Path
    rows: tuple[dict[str, Any], ...]

    def open(self) -> Assistant:
        """The corpus, indexed beside itself."""
        return Assistant.open(self.corpus, self.corpus.with_suffix(".index"))


def practice(split: Split, folder: Path = FOLDER) -> list[Practice]:
    """The decks of a split, eight, one and one of ten; which they are depends on their names alone."""
    root = Path(tempfile.mkdtemp(prefix="practice-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    found = []
    for rows in sorted(folder.glob("*.jsonl")):
        place = crc32(rows.stem.encode()) % 10
        if split == {0: "held", 5: "fit"}.get(place, "train"):
            corpus = root / rows.stem
            corpus.mkdir()
            for deck in folder.glob(f"{rows.stem}.*"):
                if deck != rows:
                    shutil.copy(deck, corpus)
            found.append(Practice(rows.stem, corpus, tuple(read_rows(rows))))
    return found


def is_lifelike(deck: Practice) -> bool:
    """Whether a deck was made to look like the ones people have: PowerPoint, not Markdown."""
    return any(deck.corpus.glob("*.pptx"))


def is_pair(row: dict[str, Any]) -> bool:
    """Whether a row is one of two questions that differ in one thing, of which the deck answers the first alone."""
    return _PAIR.search(row.get("id", "")) is not None  # turns of a dialogue have none


_PAIR = re.compile(r"-p\d\d$")


def pairs(corpora: Sequence[Practice], rounds: int, draw: random.Random) -> list[tuple[str, str, str]]:
    """(question, what answers it, a passage found for it that does not), twice a round for each question.

    What answers is once the passage, once the line in its place: with the words it hangs under.
    """
    found = []
    for corpus in corpora:
        assistant = corpus.open()
        retriever = assistant._retriever
        stems = {deck.deck_id: deck.path.stem for deck in assistant.decks}
        for row in corpus.rows:
            answers = [squeeze(answer) for answer in row["answers"]]
            right, wrong, lines = [], [], []
            for passage in retriever.index.passages:
                if f"{stems[passage.slide.deck_id]}#{passage.slide.number}" not in row["slides"]:
                    continue
                if any(answer in squeeze(passage.text) for answer in answers):
                    right.append(searched_text(passage))
                    lines += [
                        "\n".join([*piece.context, piece.text])
                        for piece in fragments(passage.slide)
                        if any(answer in squeeze(piece.text) for answer in answers)
                    ]
            for hit in retriever.search(row["question"], NEIGHBOURS):
                name = f"{stems[hit.passage.slide.deck_id]}#{hit.passage.slide.number}"
                if name not in row["slides"] and not any(a in squeeze(hit.passage.text) for a in answers):
                    wrong.append(searched_text(hit.passage))
            for side in (right, lines):
                for _ in range(rounds if side and wrong else 0):
                    found.append((row["question"], draw.choice(side), draw.choice(wrong)))
    return found


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Gold rows of a file; a dialogue yields its standalone questions."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if "turns" in row:
            yield from ({**turn, "question": turn["standalone"], "kind": "dialogue"} for turn in row["turns"])
        else:
            yield row
