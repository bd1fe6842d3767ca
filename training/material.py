"""Gather all that the reader learns from into one file, so that the machine that trains it needs little.

    python training/material.py --data ../shared/train       # a quarter of an hour; writes training/runs/reader-material.xz

Here the data folder is read, practice decks are opened and searched, questions are glossed. What comes out are
questions with pages of text, and tokens.
"""

from __future__ import annotations

import argparse
import lzma
import multiprocessing
import os
import pickle
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import data
import decks
import language
import negatives
import numpy as np
import reading
import translated
from reading import ELSEWHERE, Asked, Example, Material, Posed

from reportqa.answer import marked
from reportqa.answer.fragments import fragments
from reportqa.encoder import StaticEncoder
from reportqa.reader import inputs as seen
from reportqa.text import sentences, squeeze

ROOT = Path(__file__).resolve().parent.parent
FREQUENT = 4096
"""How many of the commonest tokens get a vector of their own on top of the static one."""

SHARES = {
    "train_ja_clean": 1.0,
    "train_en_ja_section": 0.5,
    "train_en_ja_parallel": 0.6,
    "train_zh_ja": 0.7,
}
"""How much of each file is taken to learn language from."""

PAIRS = 0.75
"""And how much of all that."""

ASKED, TOLD = 64, 300
"""Most tokens of the first and of the second text of a pair."""

OCCURRENCES = 4
"""An answer that stands more often than this on a page says nothing about where the answer stands."""

STRANGE = 5
"""For so many questions to a deck it is asked one meant for another."""

NEIGHBOURS = 4
"""How many of the slides found for a question are read besides the right one."""


def posed(
    corpora: Sequence[decks.Practice], glossaries: Sequence[translated.Glossary] = (), seed: int = 7
) -> list[Posed]:
    """The questions to our own decks, and some meant for others, with the pages the reader would be given.

    Japanese ones are glossed with ``glossaries``.
    """
    draw = random.Random(seed)
    every = [(corpus.name, row) for corpus in corpora for row in corpus.rows]
    strange = [
        [
            {**row, "kind": ELSEWHERE, "slides": [], "answers": []}
            for name, row in draw.sample(every, len(corpus.rows) // STRANGE)
            if name != corpus.name
        ]
        for corpus in corpora
    ]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        found = [
            one
            for several in pool.starmap(_posed, zip(corpora, strange, strict=True), chunksize=1)
            for one in several
        ]
    return [
        replace(
            one, glosses=tuple(filter(None, (translated.gloss(one.question, g, draw) for g in glossaries)))
        )
        if language == "ja"
        else one
        for language, one in found
    ]


def _posed(corpus: decks.Practice, strange: Sequence[dict[str, Any]]) -> list[tuple[str, Posed]]:
    """The questions with the language of each."""
    assistant = corpus.open()
    retriever = assistant._retriever
    slides = {f"{deck.path.stem}#{s.number}": s for deck in assistant.decks for s in deck.slides}
    found = []
    for row in (*corpus.rows, *strange):
        gold = [slides[name] for name in row["slides"] if name in slides]
        question = retriever.respell(row["question"])
        hits = [hit.passage.slide for hit in retriever.search_slides(question, NEIGHBOURS)]
        answers = [squeeze(answer) for answer in row["answers"]]
        right, wrong = [], []
        for slide in dict.fromkeys([*gold, *hits]):
            for asked, sheet in marked.put(question, fragments(slide)):
                spans = occurrences(row, sheet.text) if slide in gold else ()
                page = Example(asked, tuple(sheet.text.split("\n")), spans, tuple(row["answers"]))
                if spans:
                    right.append(page)
                # Where the answer stands but says nothing about its place, the page teaches nothing.
                elif not any(answer in squeeze(sheet.text) for answer in answers):
                    wrong.append(page)
        if right or not row["slides"]:
            found.append((row["lang"], Posed(question, row["kind"], tuple(right), tuple(wrong))))
    return found


def occurrences(row: dict[str, Any], text: str) -> tuple[tuple[int, int, int], ...]:
    """Where the accepted answers stand below a page's headline; the first that stands there, or every item of a list."""
    answers = [squeeze(answer) for answer in row["answers"]]
    items = row["kind"] in ("list", "comparison", "multi", "overview")
    found: list[tuple[int, int, int]] = []
    for answer in answers:
        here = []
        for number, line in enumerate(text.split("\n")):
            kept = [i for i, c in enumerate(line) if not c.isspace()]
            bare = "".join(line[i] for i in kept)
            at = bare.find(answer) if number else -1
            while at >= 0 and answer:
                if not _within_figure(bare, at, at + len(answer)):
                    here.append((number, kept[at], kept[at + len(answer) - 1] + 1))
                at = bare.find(answer, at + 1)
        if len(here) <= OCCURRENCES:
            found += here
        if found and not items:
            break
    return tuple(found)


def _within_figure(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts a figure: 12 in 3,125 is no 12."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(
        (text[start].isdigit() and re.search(r"\d[.,]?$", before))
        or (text[end - 1].isdigit() and re.match(r"[.,]?\d", after))
    )


def paragraphs(folder: Path, glossaries: Sequence[translated.Glossary], seed: int) -> list[Asked]:
    """All JaQuAD training questions with a hard negative each, and glosses in English and Chinese."""
    found: list[Asked] = []
    for row in data.rows(folder, "jaquad_train_spans"):
        context: str = row["context"]
        spans = tuple(sentences(context))
        for qa in row["qas"]:  # type: ignore[attr-defined]
            found.append(Asked(qa["q"], row["title"], context, spans, qa["start"][0], qa["a"][0], ""))
    mined = negatives.mine([(a.question, a.context) for a in found], seed)
    found = [replace(a, negative=n) for a, (_, _, n) in zip(found, mined, strict=True)]
    draw = random.Random(seed)
    return [
        replace(a, glosses=tuple(translated.gloss(a.question, g, draw) for g in glossaries)) for a in found
    ]


def pairs(folder: Path, practice: Sequence[Posed], encoder: StaticEncoder, seed: int) -> language.Texts:
    """Pairs of the data folder, JaQuAD's paragraphs and the pages of practice decks, in random order."""
    draw = random.Random(seed)
    found: dict[tuple[str, str], None] = {}
    for name, share in SHARES.items():
        rows = data.pairs(folder, name)
        found.update(dict.fromkeys(draw.sample(rows, int(share * len(rows)))))
    pages = dict.fromkeys(page.lines for one in practice for page in (*one.right, *one.wrong))
    found.update(dict.fromkeys((lines[0], "\n".join(lines[1:])) for lines in pages if len(lines) > 1))
    chosen = draw.sample([*found], int(PAIRS * len(found)))
    asked = [ids[:ASKED] for ids in encoder.token_ids([a for a, _ in chosen])]
    flat, firsts, columns, bounds = [], [], [], [0]
    for ids, tokens in zip(asked, seen.tokenise(encoder, [told for _, told in chosen]), strict=True):
        if len(ids) and len(tokens.ids) > 2:
            flat += [ids, tokens.ids[:TOLD]]
            firsts += [np.zeros(len(ids), bool), (np.diff(tokens.lines, prepend=-1) > 0)[:TOLD]]
            columns += [np.zeros(len(ids), np.uint8), tokens.columns[:TOLD].astype(np.uint8)]
            bounds += [bounds[-1] + len(ids), bounds[-1] + len(ids) + len(flat[-1])]
    return language.Texts(
        np.concatenate(flat).astype(np.uint16),
        np.concatenate(firsts),
        np.concatenate(columns),
        np.array(bounds, np.int32),
    )


def gather(folder: Path, encoder: StaticEncoder, seed: int) -> Material:
    """Questions with the pages read for them, texts, and the commonest tokens, most common first."""
    glossaries = [translated.Glossary(folder, code, encoder) for code in ("en", "zh")]
    asked = paragraphs(folder, glossaries, seed)
    practice = shared(posed(decks.practice("train"), glossaries, seed))
    texts = pairs(folder, practice, encoder, seed)
    counts: Counter[int] = Counter()
    contexts = dict.fromkeys(one.context for one in asked)
    pages = dict.fromkeys("\n".join(page.lines) for one in practice for page in one.right)
    for ids in encoder.token_ids([*(one.question for one in asked), *(one.question for one in practice)]):
        counts.update(ids.tolist())
    for ids in encoder.token_ids([*contexts, *pages]):
        counts.update(ids.tolist())
    commonest = [token for token, _ in counts.most_common(FREQUENT)]
    return Material(asked, practice, texts, data.other_ways(ROOT / "training/words"), commonest)


def shared(practice: list[Posed]) -> list[Posed]:
    """The same questions; pages met by several are one object, which keeps the file small."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def one(page: Example) -> Example:
        return replace(page, lines=known.setdefault(page.lines, page.lines))

    return [replace(p, right=tuple(map(one, p.right)), wrong=tuple(map(one, p.wrong))) for p in practice]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    parser.add_argument("--out", type=Path, default=reading.MATERIAL)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(options.out, "wb") as file:
        pickle.dump(gather(options.data, StaticEncoder(), options.seed), file)


if __name__ == "__main__":
    main()
