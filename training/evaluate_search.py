"""How well the program itself searches the public development sets: as ``reportqa search`` does, reader and all.

python training/evaluate_search.py [--data ../shared/train] [--limit N]

``evaluate.py`` measures the model alone. Here each set is a deck, each of its passages a slide.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from data import EVALUATIONS
from evaluate import development_set

from reportqa.assistant import Assistant

DEPTH = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/train"))
    parser.add_argument("--limit", type=int, default=1_000_000, help="questions asked of each set")
    options = parser.parse_args()
    for name in EVALUATIONS:
        questions, passages, relevant = development_set(options.data, name, options.limit)
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder) / "corpus"
            corpus.mkdir()
            (corpus / "deck.txt").write_text("\f".join(passages), "utf-8")
            assistant = Assistant.open(corpus, Path(folder) / "index")
            if len(assistant.decks[0].slides) != len(passages):
                raise SystemExit(f"{name}: a passage is not one slide")
            first = reciprocal = 0.0
            for question, place in zip(questions, relevant, strict=True):
                found = [hit.passage.slide.page - 1 for hit in assistant.search(question, DEPTH)]
                rank = found.index(place) + 1 if place in found else None
                first += rank == 1
                reciprocal += 1 / rank if rank else 0.0
        count = len(questions)
        print(f"{name}: R@1 {first / count:.3f}, MRR@{DEPTH} {reciprocal / count:.3f} ({count} questions)")


if __name__ == "__main__":
    main()
