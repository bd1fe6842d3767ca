"""How well the program answers long messages, beside the plain question each of them asks.

python training/evaluate_messages.py [held | fit]

``messages/`` holds 120 (held) and 90 messages that helpers wrote around questions to lifelike practice decks without
sight of the slides: e-mails and chats of 60 to 500 characters, in three languages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import decks

from reportqa.text import squeeze

FOLDER = Path(__file__).parent / "messages"


def main(split: decks.Split = "held") -> None:
    rows = [json.loads(line) for line in (FOLDER / f"{split}.jsonl").read_text("utf-8").splitlines()]
    totals = {
        form: dict.fromkeys(("right slide", "contains", "short EM", "refused"), 0)
        for form in ("question", "message")
    }
    for corpus in decks.practice(split):
        asked = [row for row in rows if row["deck"] == corpus.name]
        if not asked:
            continue
        assistant = corpus.open()
        stems = {deck.deck_id: deck.path.stem for deck in assistant.decks}
        for row in asked:
            wanted = [squeeze(answer) for answer in row["answers"]]
            for form, total in totals.items():
                answer = assistant.ask(row[form])
                slides = [f"{stems[c.slide.deck_id]}#{c.slide.number}" for c in answer.citations]
                quoted = squeeze("".join(c.quote for c in answer.citations))
                total["right slide"] += bool(slides) and slides[0] in row["slides"]
                total["contains"] += any(text in quoted for text in wanted)
                total["short EM"] += answer.short is not None and squeeze(answer.short.text) in wanted
                total["refused"] += not answer.found
    print(f"{len(rows)} messages")
    for form, total in totals.items():
        print(f"{form:9}" + "".join(f"{name:>13} {count / len(rows):.3f}" for name, count in total.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])  # type: ignore[arg-type]
