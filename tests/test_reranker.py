"""A cross-encoder, where one is named, decides the order of the first candidates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from reportqa.assistant import Assistant
from reportqa.cli import main
from reportqa.errors import ModelError
from reportqa.reranker import RERANKED, CrossEncoderReranker, open_reranker, rerank
from reportqa.retrieval import HybridRetriever
from reportqa.types import Hit, Passage, Slide

from .conftest import SHIPPED


class Scripted:
    """Scores a text by how often it says 「AI」 and remembers how many it was given."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read.append(len(texts))
        return np.array([text.count("AI") for text in texts], dtype=np.float32)


def random_bert(folder: Path, labels: int = 1, scoring: bool = True) -> Path:
    """A BERT of a few random weights over single characters, saved in ``folder``."""
    pytest.importorskip("sentence_transformers")
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

    folder.mkdir()
    characters = sorted(
        set("価格競争低空経済市場規模病院教育自動運転中国米国企業産業技術AIのはとを0123456789")
    )
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False, model_max_length=128).save_pretrained(
        folder
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_labels=labels,
        initializer_range=0.5,  # the default leaves all scores nearly equal
    )
    (BertForSequenceClassification if scoring else BertModel)(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_bert(tmp_path_factory.mktemp("models") / "tiny")


def test_the_order_is_the_cross_encoders(shipped: Assistant, model: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    query = "価格競争"
    assistant = Assistant.open(SHIPPED, tmp_path, reranker=str(model))
    retriever = assistant._retriever
    plain, hits = shipped._retriever.search(query, RERANKED), retriever.search(query, RERANKED)
    assert {hit.passage.passage_id for hit in hits} == {hit.passage.passage_id for hit in plain}
    texts = [f"{hit.passage.context}\n{hit.passage.text}" for hit in hits]
    scores = CrossEncoder(str(model)).predict([(query, text) for text in texts])
    assert len(set(scores.round(4))) > 10  # this model does tell passages apart
    assert np.all(np.diff(scores) <= 1e-6)
    assert [hit.passage.passage_id for hit in hits] != [hit.passage.passage_id for hit in plain]
    ranks = [hit.ranks[-1] for hit in hits]
    assert [(rank.retriever, rank.position) for rank in ranks] == [("reranker", at + 1) for at in range(30)]
    np.testing.assert_allclose([rank.score for rank in ranks], scores, atol=1e-5)


def test_only_the_first_are_read_again_and_scores_still_fall(shipped: Assistant) -> None:
    scripted = Scripted()
    first = shipped._retriever
    retriever = HybridRetriever(first.index, first.encoder, scripted)
    for k in (3, 80):
        hits, plain = retriever.search("AIの市場", k), first.search("AIの市場", max(k, RERANKED))
        assert len(hits) == k
        assert [hit.score for hit in hits] == [hit.score for hit in plain[:k]]
        assert hits[RERANKED:] == plain[RERANKED:k]
        said = [f"{hit.passage.context}\n{hit.passage.text}".count("AI") for hit in hits[:RERANKED]]
        assert said == sorted(said, reverse=True)
    assert scripted.read == [RERANKED, RERANKED]


def test_equal_scores_leave_the_order_as_it_was() -> None:
    slides = [
        Slide("deck", str(n), n, "page", text) for n, text in enumerate(["x", "AI", "y", "AI"], start=1)
    ]
    hits = [Hit(Passage(f"deck:{s.number}", s, ((0, len(s.text)),)), 4.0 - s.page) for s in slides]
    moved = rerank(Scripted(), "?", hits, [slide.text for slide in slides])
    assert [hit.passage.slide.number for hit in moved] == ["2", "4", "1", "3"]
    assert [hit.score for hit in moved] == [3.0, 2.0, 1.0, 0.0]


def test_no_name_is_no_reranker_and_a_bad_one_says_what_to_do(tmp_path: Path) -> None:
    assert open_reranker(None) is None
    with pytest.raises(ModelError, match=r"no-such-model.*cannot be loaded.*leave --reranker out"):
        open_reranker(str(tmp_path / "no-such-model"))
    with pytest.raises(ModelError, match=r"many.* 3 scores a pair"):
        CrossEncoderReranker(str(random_bert(tmp_path / "many", labels=3)))
    with pytest.raises(ModelError, match=r"plain.*no trained score"):
        CrossEncoderReranker(str(random_bert(tmp_path / "plain", scoring=False)))


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_command_line_takes_a_reranker_and_explains_it(model: Path, tmp_path: Path, by: str) -> None:
    common: list[Any] = ["--corpus", str(SHIPPED), "--index", str(tmp_path)]
    given = ["--reranker", str(model)] if by == "option" else []
    done = CliRunner(env={"REPORTQA_RERANKER": str(model)} if by == "environment" else {}).invoke(
        main, [*common, *given, "search", "--json", "--explain", "価格競争"]
    )
    assert done.exit_code == 0, done.output
    hits = json.loads(done.stdout)["hits"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    positions = [hit["explain"]["reranker"]["rank"] for hit in hits]
    assert positions[0] == 1 and positions == sorted(positions)
