"""Gold questions: reading them, and checking that they are worth measuring with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportqa.errors import GoldError
from reportqa.text import squeeze
from reportqa.types import Deck, Slide

KINDS = frozenset(
    [
        "fact",
        "paraphrase",
        "table",
        "list",
        "definition",
        "overview",
        "comparison",
        "multi",
        "keyword",
        "noise",
        "dialogue",
        "unanswerable",
    ]
)
LANGUAGES = frozenset({"ja", "en", "zh"})
NEAR_DUPLICATE = 0.6
"""Jaccard similarity of character pairs from which two questions count as the same."""

UNANSWERABLE_SHARE = 0.2
"""Least share of unanswerable questions."""

DIVIDER_CHARS = 40
"""A slide with less text than this is a divider and needs no question."""


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One question: the slides that suffice (``number`` or ``stem#number``) and the accepted answers.

    Unanswerable rows have neither. ``place`` is the file and line it came from.
    """

    row_id: str
    question: str
    lang: str
    kind: str
    slides: tuple[str, ...]
    answers: tuple[str, ...]
    place: str
    standalone: str | None = None


@dataclass(frozen=True, slots=True)
class GoldDialogue:
    """A conversation: its turns are rows with ids ``id.1``, ``id.2`` and kind ``dialogue``."""

    row_id: str
    turns: tuple[GoldRow, ...]


Gold = GoldRow | GoldDialogue


def load(paths: Iterable[Path]) -> list[Gold]:
    """All rows of the given files, and of the ``.jsonl`` files of given folders, in order.

    Raises GoldError naming file and line.
    """
    found: list[Gold] = []
    for path in paths:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        for file in files:
            try:
                lines = file.read_text("utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise GoldError(f"{file}: cannot be read as UTF-8 text ({error})") from error
            found += [_parse(line, f"{file}:{n}") for n, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise GoldError(f"no gold questions in {', '.join(map(str, paths)) or 'nothing'}")
    return found


def rows(gold: Iterable[Gold]) -> list[GoldRow]:
    """Every question, the turns of dialogues included."""
    return [row for item in gold for row in (item.turns if isinstance(item, GoldDialogue) else (item,))]


def _parse(line: str, place: str) -> Gold:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise GoldError(f"{place}: not JSON ({error})") from error
    try:
        if "turns" not in value:
            return _row(value, str(value["id"]), value["lang"], value["kind"], place)
        turns = enumerate(value["turns"], start=1)
        parsed = [_row(t, f"{value['id']}.{n}", value["lang"], "dialogue", place) for n, t in turns]
        return GoldDialogue(str(value["id"]), tuple(parsed))
    except (KeyError, TypeError) as error:
        raise GoldError(f"{place}: a gold row lacks {error}") from error


def _row(value: dict[str, Any], row_id: str, lang: str, kind: str, place: str) -> GoldRow:
    slides, answers = tuple(map(str, value["slides"])), tuple(map(str, value["answers"]))
    return GoldRow(row_id, value["question"], lang, kind, slides, answers, place, value.get("standalone"))


def check_gold(dev: Sequence[Gold], test: Sequence[Gold], decks: Sequence[Deck]) -> list[str]:
    """One sentence for each thing wrong with the gold set of one deck; empty when all is well."""
    everything = rows([*dev, *test])
    problems = [problem for row in everything for problem in _format_problems(row)]
    seen: dict[str, str] = {}
    for row in everything:
        if row.row_id in seen:
            problems.append(f"{row.place}: id {row.row_id} is used already at {seen[row.row_id]}")
        seen[row.row_id] = row.place
    texts = {slide.number: squeeze(slide.text) for deck in decks for slide in deck.slides}
    bodies = {slide.number: squeeze(_body(slide)) for deck in decks for slide in deck.slides}
    problems += [problem for row in everything for problem in _answer_problems(row, texts)]
    singles = [row for row in everything if row.kind != "dialogue"]
    share = sum(row.kind == "unanswerable" for row in singles) / len(singles)
    if share < UNANSWERABLE_SHARE:
        problems.append(
            f"only {share:.0%} of the questions are unanswerable; {UNANSWERABLE_SHARE:.0%} are wanted"
        )
    used = {slide for row in everything for slide in row.slides}
    problems += [
        f"slide {number} has no question"
        for number, text in bodies.items()
        if number not in used and len(text) >= DIVIDER_CHARS
    ]
    return problems + _duplicates(rows(dev), rows(test))


def _body(slide: Slide) -> str:
    """The slide's text without its footers."""
    return "".join(slide.text[r.start : r.end] for r in slide.regions if r.role != "footer")


def _format_problems(row: GoldRow) -> list[str]:
    problems = []
    if row.kind not in KINDS:
        problems.append(f"{row.place}: unknown kind {row.kind!r}")
    if row.lang not in LANGUAGES:
        problems.append(f"{row.place}: unknown language {row.lang!r}")
    if not row.question.strip():
        problems.append(f"{row.place}: empty question")
    if bool(row.slides) != bool(row.answers):
        problems.append(f"{row.place}: slides and answers go together")
    if (row.kind == "unanswerable") and row.slides:
        problems.append(f"{row.place}: an unanswerable question has no slides")
    return problems


def _answer_problems(row: GoldRow, texts: dict[str, str]) -> list[str]:
    unknown = [f"{row.place}: there is no slide {slide}" for slide in row.slides if slide not in texts]
    held = [texts.get(slide, "") for slide in row.slides]
    missing = [
        f"{row.place}: {answer!r} does not stand on slide {', '.join(row.slides)}"
        for answer in row.answers
        if not any(squeeze(answer) in text for text in held)
    ]
    return unknown + missing


def _duplicates(dev: Sequence[GoldRow], test: Sequence[GoldRow]) -> list[str]:
    """Questions of the test split too much like one of the development split; follow-ups are alike by nature."""

    def pairs(row: GoldRow) -> frozenset[str]:
        text = squeeze(row.standalone or row.question)
        return frozenset(text[i : i + 2] for i in range(len(text) - 1))

    known = [(row, pairs(row)) for row in dev]
    found = []
    for row in test:
        own = pairs(row)
        for other, theirs in known:
            both = len(own & theirs)
            if both and both / len(own | theirs) >= NEAR_DUPLICATE:
                found.append(f"{row.place}: much like {other.row_id} of the other split")
    return found
