"""What people say of answers, one JSON object a line in a local file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from reportqa.types import Answer

Rating = Literal["up", "down", "wrong_slide"]


def record(path: Path, answer: Answer, rating: Rating, right_slide: str | None = None) -> None:
    """Append one row: time (UTC), question, standalone, rating, cited slides, right slide, decks.

    One ``write`` of a file opened for appending, so rows of several servers do not mix. Raises
    OSError where the file cannot be written.
    """
    cited = answer.citations or answer.nearest
    row = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": answer.question,
        "standalone": answer.standalone,
        "rating": rating,
        "found": answer.found,
        "slides": [citation.slide.number for citation in cited],
        "right_slide": (right_slide or "").strip() or None,
        "deck": sorted({citation.slide.deck_id for citation in cited}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, (json.dumps(row, ensure_ascii=False) + "\n").encode())
    finally:
        os.close(handle)
