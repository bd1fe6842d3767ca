"""How well the program answers what is asked of our practice decks.

python training/evaluate_decks.py [held | fit | train] [written | pdf | export] [all | markdown | lifelike]

``pdf`` and ``export``: as PDF, and the text taken out of that (see ``typeset.py``); ``lifelike``: those in PowerPoint.
"""

from __future__ import annotations

import sys
from typing import Literal

import decks
import typeset

from reportqa.evaluation import gold, metrics
from reportqa.evaluation.run import Outcome, run

Kind = Literal["all", "markdown", "lifelike"]

COLUMNS = (
    "R@1",
    "R@3",
    "contains",
    "short EM",
    "short F1",
    "evidence precision",
    "false answer",
    "false refusal",
)


def main(split: decks.Split = "held", form: typeset.Form = "written", kind: Kind = "all") -> None:
    outcomes: list[Outcome] = []
    for corpus in decks.practice(split):
        if kind != "all" and decks.is_lifelike(corpus) != (kind == "lifelike"):
            continue
        if not typeset.as_form(corpus.corpus, form):
            continue
        assistant = corpus.open()
        rows = gold.load([decks.FOLDER / f"{corpus.name}.jsonl"])
        outcomes += run(rows, assistant.ask, assistant.search, assistant.decks)
    values = metrics.per_question(outcomes)
    tables = {"all": metrics.summarise(values)}
    tables |= metrics.grouped(outcomes, values, "lang") | metrics.grouped(outcomes, values, "kind")
    print(f"{len(outcomes)} questions, AUROC {metrics.auroc(outcomes):.3f}, {metrics.latency(outcomes)}")
    print(" " * 14 + " ".join(f"{name[:9]:>9}" for name in COLUMNS))
    for name, table in tables.items():
        cells = [f"{table[c].mean:9.3f}" if c in table else " " * 9 for c in COLUMNS]
        print(f"{name:14}" + " ".join(cells) + f" {max(e.count for e in table.values()):6}")


if __name__ == "__main__":
    main(*sys.argv[1:])
