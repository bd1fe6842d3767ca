"""Ratings from the web chat turned into draft gold rows for a person to finish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reportqa.errors import GoldError
from reportqa.text import detect_language


def draft(path: Path) -> list[dict[str, Any]]:
    """One draft row for each distinct question of a feedback file (JSON Lines), the latest rating winning.

    A question rated right keeps its cited slides, one with a corrected slide takes that, any other
    gets none. Answers are left empty: a person reads the slide and fills them in. Raises GoldError
    naming the line.
    """
    latest: dict[str, dict[str, Any]] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = json.loads(line)
                question = str(row.get("standalone") or row["question"])
                latest[question] = {**row, "rating": str(row["rating"])}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise GoldError(f"{path}:{number}: not a rating ({error})") from error
    return [_row(number, question, row) for number, (question, row) in enumerate(latest.items(), start=1)]


def _row(number: int, question: str, row: dict[str, Any]) -> dict[str, Any]:
    slides: list[str] = []
    if row["rating"] == "up":
        slides = list(dict.fromkeys(str(number) for number in row.get("slides") or []))
    elif row.get("right_slide"):
        slides = [str(row["right_slide"])]
    return {
        "id": f"draft-{number:03}",
        "question": question,
        "lang": detect_language(question),
        "kind": "fact",
        "slides": slides,
        "answers": [],
        "note": f"from feedback: {row['rating']}; fill in the answers",
    }
