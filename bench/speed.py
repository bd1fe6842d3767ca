"""How fast it answers, as ratios against peers timed in the same run.

    python bench/speed.py [--corpus corpus]

Cold: a whole process from start to answer, against a Python that only imports numpy and faiss, and
against one that only imports what the usual pipeline needs before it can load a model. Warm: the
time of one question in an open assistant, retrieval and answering apart.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from reportqa.answer import answer, search
from reportqa.assistant import Assistant
from reportqa.encoder import StaticEncoder

QUESTION = "中国のAIコア産業の規模は？"
QUESTIONS = [
    QUESTION,
    "GPT-4oの価格は？",
    "低空経済とは",
    "How many companies exhibited at WAIC2024?",
    "テスラの取り組みは？",
]


def timed(action: Callable[[], object], repeats: int) -> float:
    """Median seconds of ``repeats`` runs."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return median(times)


def process(*args: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *args], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    corpus = parser.parse_args().corpus
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder)
        started = time.perf_counter()
        assistant = Assistant.open(corpus, index)
        slides = sum(len(deck.slides) for deck in assistant.decks)
        print(f"build: {time.perf_counter() - started:.2f} s for {slides} slides")

        ask = ("-m", "reportqa", "--corpus", str(corpus), "--index", folder, "ask", QUESTION)
        cold = timed(process(*ask), 7)
        print(f"cold question: {cold:.3f} s")
        for name, code in (
            ("bare Python", "pass"),
            ("import numpy, faiss", "import numpy, faiss"),
            ("import langchain_text_splitters, faiss, sentence_transformers",
             "import langchain_text_splitters, faiss, sentence_transformers"),
        ):  # fmt: skip
            peer = timed(process("-c", code), 3)
            print(f"  {cold / peer:6.2f} x  {name} ({peer:.3f} s)")

    retriever = assistant._retriever
    for question in QUESTIONS * 2:
        assistant.ask(question)
    whole = median(timed(lambda q=q: answer(q, retriever), 9) for q in QUESTIONS)
    slides = median(timed(lambda q=q: search(q, retriever, 6), 9) for q in QUESTIONS)
    first = median(timed(lambda q=q: retriever.search_slides(q, 6), 9) for q in QUESTIONS)
    print(
        f"warm question: {whole * 1000:.1f} ms; search {slides * 1000:.1f} ms, before reading {first * 1000:.1f} ms"
    )

    encoder = StaticEncoder()
    loading = timed(StaticEncoder, 7)
    texts = [passage.text for passage in retriever.index.passages]
    batch = (texts * (2000 // len(texts) + 1))[:2000]
    rate = len(batch) / timed(lambda: encoder.encode_passages(batch), 5)
    query = timed(lambda: encoder.encode_queries([QUESTION]), 99)
    print(
        f"encoder: loads in {loading * 1000:.0f} ms, {rate:,.0f} passages/s, a question in {query * 1000:.2f} ms"
    )


if __name__ == "__main__":
    main()
