"""How well the reader marks answers in the paragraphs of eval_jaquad_dev, beside two simple baselines.

    python training/evaluate_reader.py --data ../shared/train

Given is the paragraph that holds the answer. Baselines: the whole sentence BM25 likes best, and the phrase
nearest to the longest stretch of text that question and paragraph share.
"""

from __future__ import annotations

import argparse
import difflib
import math
from collections import Counter
from pathlib import Path

import reading

from reportqa.encoder import StaticEncoder
from reportqa.evaluation.metrics import character_f1
from reportqa.phrases import phrases
from reportqa.reader import Reader
from reportqa.text import fold, sentences, squeeze
from reportqa.tokens import terms

ROOT = Path(__file__).resolve().parent.parent
K1, B = 1.2, 0.75


def bm25_sentence(question: str, text: str) -> str:
    """The sentence of ``text`` with the highest BM25, its sentences being the collection."""
    parts = [text[a:b] for a, b in sentences(text)]
    bags = [Counter(terms(part)) for part in parts]
    mean = sum(bag.total() for bag in bags) / len(bags) or 1.0

    def score(bag: Counter[str]) -> float:
        total = 0.0
        for term in terms(question):
            df = sum(term in other for other in bags)
            idf = math.log(1 + (len(bags) - df + 0.5) / (df + 0.5))
            tf = bag[term]
            total += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * bag.total() / mean)) if tf else 0.0
        return total

    return max(zip(parts, bags, strict=True), key=lambda pair: score(pair[1]))[0]


def longest_match(question: str, text: str) -> str:
    """The noun phrase, not of the question, that stands nearest to the longest shared stretch."""
    asked, told = fold(question), fold(text)
    shared = difflib.SequenceMatcher(None, asked, told, autojunk=False).find_longest_match()
    near = [p for p in phrases(told) if p.text not in asked]
    middle = shared.b + shared.size / 2
    return min(near, key=lambda p: abs((p.start + p.end) / 2 - middle)).text if near else ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    options = parser.parse_args()
    judged = reading.development(options.data)
    print("| | EM | F1 |\n|---|---|---|")
    for name, answer in (("BM25 sentence", bm25_sentence), ("longest match", longest_match)):
        exact = overlap = 0.0
        for one in judged:
            given = squeeze(answer(one.question, one.text.partition("\n")[2]))
            wanted = [squeeze(a) for a in one.answers]
            exact += given in wanted
            overlap += max(character_f1(given, a) for a in wanted)
        print(f"| {name} | {exact / len(judged):.3f} | {overlap / len(judged):.3f} |", flush=True)
    measured = reading.measure(Reader(StaticEncoder()), judged)
    print(f"| reader | {measured['EM']:.3f} | {measured['F1']:.3f} |")


if __name__ == "__main__":
    main()
