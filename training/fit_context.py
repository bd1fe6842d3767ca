"""Fit which reading of a follow-up is meant: the weights of ``reportqa/context.py``.

    python training/fit_context.py        # half an hour on two cores

The conversations of the practice decks set apart for fitting and of every fourth deck to train on are held with the
program; each follow-up that the deck answers is read in every way, and the right readings are those whose quotations
hold the answer. Listwise softmax; prints the constants to put into the module.
"""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass

import decks
import numpy as np
import torch
from fit_answer import fit_lists, rounded
from numpy.typing import NDArray

from reportqa import context
from reportqa.dialogue import readings
from reportqa.evaluation import gold
from reportqa.text import squeeze
from reportqa.types import Answer, Turn

TRAINING_DECKS = 4
"""One of so many decks to train on takes part: the reader knows them, but conversations are few."""

PENALTY = 2.0
"""Strength with which the weights are held small."""

FIRST_SLIDE = 0.3
"""What finding the right slide is worth where holding the answer is worth 1."""


@dataclass(frozen=True, slots=True)
class Read:
    """A follow-up: the features of its readings and what each is worth."""

    values: list[dict[str, float]]
    worth: list[float]


def held(corpus: decks.Practice) -> list[Read]:
    """The follow-ups of one deck's conversations that it answers."""
    assistant = corpus.open()
    stems = {deck.deck_id: deck.path.stem for deck in assistant.decks}
    found = []
    for dialogue in gold.load([decks.FOLDER / f"{corpus.name}.jsonl"]):
        history: list[Turn] = []
        for row in dialogue.turns if isinstance(dialogue, gold.GoldDialogue) else ():
            if history and row.slides:
                asked = [turn for turn in history if turn.answer.reply is None]
                read = readings(row.question, asked, assistant._retriever.encoder)
                heard = {each: assistant._heard(row.question, each, asked) for each in read.kinds}
                if len(heard) > 1 and not any(each.settled for each in heard.values()):
                    values = [context.features(each, read, heard[each]) for each in heard]
                    found.append(Read(values, [_worth(heard[each].answer, row, stems) for each in heard]))
            history.append(Turn(row.question, assistant.ask(row.question, history)))
    return found


def _worth(answer: Answer, row: gold.GoldRow, stems: dict[str, str]) -> float:
    said = squeeze(" ".join(citation.quote for citation in answer.citations))
    slides = [f"{stems[c.slide.deck_id]}#{c.slide.number}" for c in (*answer.citations, *answer.nearest)]
    holds = any(squeeze(wanted) in said for wanted in row.answers)
    return float(holds) + FIRST_SLIDE * float(slides[:1] != [] and slides[0] in row.slides)


def fitted(reads: list[Read]) -> dict[str, float]:
    """Weights under which the best readings of each follow-up are likeliest."""
    names = list(reads[0].values[0])
    lists = [
        (
            torch.tensor([[v[n] for n in names] for v in read.values]),
            torch.tensor([float(worth == max(read.worth)) for worth in read.worth]),
        )
        for read in reads
        if min(read.worth) < max(read.worth)
    ]
    weights = fit_lists(lists, torch.zeros(len(names)), 1.0, PENALTY / len(lists))
    return rounded(names, weights)


def share(reads: list[Read], weights: dict[str, float]) -> float:
    """How often a best reading comes first."""

    def first(read: Read) -> bool:
        scores: NDArray[np.float64] = np.array([sum(weights[n] * v[n] for n in v) for v in read.values])
        return read.worth[int(scores.argmax())] == max(read.worth)

    return sum(map(first, reads)) / len(reads)


def main() -> None:
    corpora = decks.practice("fit") + decks.practice("train")[::TRAINING_DECKS]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        reads = [read for several in pool.imap_unordered(held, corpora) for read in several]
    halves = [reads[::2], reads[1::2]]
    for one, other in (halves, halves[::-1]):
        print(
            f"{len(other)} follow-ups: best reading first {share(other, fitted(one)):.3f}, as shipped",
            end=" ",
        )
        print(f"{share(other, dict(context.WEIGHTS)):.3f}")
    for name, value in fitted(reads).items():
        print(f'    "{name}": {value},')


if __name__ == "__main__":
    main()
