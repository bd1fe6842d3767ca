"""BM25 over terms, through tantivy.

Three fields: the passage's own terms, the terms of its context (title, section, headline) at less
weight, and character pairs as a net under segmentation. Source of the ranking function: Robertson
and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import tantivy

from reportqa import tokens
from reportqa.types import Passage

BOOSTS = {"terms": 1.0, "context": 0.35, "grams": 0.3}
"""How much a match in each field counts."""

_ANALYSER = "reportqa_terms"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("place", stored=True, indexed=True, fast=True)
    for field in BOOSTS:
        builder.add_text_field(field, stored=False, tokenizer_name=_ANALYSER, index_option="freq")
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    # Terms are cut by our tokenizer and joined by spaces: tantivy only has to split them again.
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_ANALYSER, analyser)
    return index


def build(passages: Sequence[Passage], folder: Path) -> None:
    """Write the BM25 index of ``passages`` into the empty or missing ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    index = _register(tantivy.Index(_schema(), path=str(folder)))
    writer = index.writer(heap_size=30_000_000, num_threads=1)
    for place, passage in enumerate(passages):
        document = tantivy.Document()
        document.add_unsigned("place", place)
        document.add_text("terms", " ".join(tokens.terms(passage.text)))
        document.add_text("context", " ".join(tokens.terms(passage.context)))
        document.add_text("grams", " ".join(tokens.grams(passage.text)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex:
    """An opened BM25 index; ``search`` returns places in the passage list it was built from."""

    def __init__(self, folder: Path) -> None:
        self._index = _register(tantivy.Index.open(str(folder)))
        self._schema = _schema()
        self._searcher = self._index.searcher()

    def document_frequency(self, term: str) -> int:
        """How many passages hold ``term`` themselves or in their context."""
        return max(self._searcher.doc_freq("terms", term), self._searcher.doc_freq("context", term))

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """The ``k`` best ``(place, score)``, best first, ties in passage order; no match, no entry."""
        clauses = [(tantivy.Occur.Should, clause) for _, _, clause in self._clauses(query)]
        if not clauses:
            return []
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=k, count=False)
        scored = [(self._searcher.doc(address)["place"][0], score) for score, address in found.hits]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))

    def contributions(self, query: str, place: int) -> dict[tuple[str, str], float]:
        """What each ``(term, field)`` adds to the score of that passage for ``query``; the sum is the score."""
        here = tantivy.Query.term_query(self._schema, "place", place)
        ((_, address),) = self._searcher.search(here, limit=1).hits
        found: dict[tuple[str, str], float] = {}
        for word, field, clause in self._clauses(query):
            both = tantivy.Query.boolean_query([(tantivy.Occur.Must, clause), (tantivy.Occur.Must, here)])
            if self._searcher.search(both, limit=1).hits:
                score = json.loads(clause.explain(self._searcher, address).to_json())["value"]
                found[word, field] = found.get((word, field), 0.0) + float(score)
        return found

    def _clauses(self, query: str) -> list[tuple[str, str, tantivy.Query]]:
        """``(term, field, query)`` for each term of ``query``, as often as it stands there."""
        terms = tokens.terms(query)
        words = {"terms": terms, "context": terms, "grams": tokens.grams(query)}
        return [
            (word, field, tantivy.Query.boost_query(self._match(field, word), BOOSTS[field]))
            for field in words
            for word in words[field]
        ]

    def _match(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, word, index_option="freq")
