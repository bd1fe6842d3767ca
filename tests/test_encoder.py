"""The bundled model without torch gives what sentence-transformers gives; other models keep their prompts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reportqa.encoder import BUNDLED, SentenceTransformerEncoder, StaticEncoder, open_encoder
from reportqa.errors import ModelError
from reportqa.text import fold

TEXTS = [
    "中国の生成AIモデルの価格競争はどうなっていますか？",
    "2023年のAI産業の市場規模は5,784億元（前年比13.9%増）",
    "What is the market size of China's AI industry?",
    "人工智能产业的市场规模是多少？",
    "DeepSeek-V2-32k ⽇本 ﾃﾞｰﾀ㍿ 🦀 \n\t",
    "",
    "   ",
]


@pytest.fixture(scope="module")
def library() -> Any:
    """sentence_transformers, imported once (seconds) for the tests that compare with it."""
    return pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder()


def test_encodes_as_sentence_transformers_does(encoder: StaticEncoder, library: Any) -> None:
    model = library.SentenceTransformer(str(BUNDLED), device="cpu").float()
    expected = model.encode(TEXTS, normalize_embeddings=True)
    assert encoder.dimension == model.get_embedding_dimension()
    np.testing.assert_allclose(encoder.encode_queries(TEXTS), expected, atol=1e-4)
    np.testing.assert_allclose(encoder.encode_passages(TEXTS), expected, atol=1e-4)


def test_many_texts_are_encoded_as_each_alone(encoder: StaticEncoder) -> None:
    texts = [f"スライド{i}の見出し" * (i % 3) for i in range(1100)]
    together = encoder.encode_passages(texts)
    assert together.shape == (1100, encoder.dimension)
    for place in (0, 1, 1023, 1024, 1099):
        np.testing.assert_allclose(together[place], encoder.encode_passages([texts[place]])[0], atol=1e-6)


def test_no_texts_are_no_rows(encoder: StaticEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_a_text_is_the_direction_of_the_sum_of_its_tokens(encoder: StaticEncoder) -> None:
    (ids,) = encoder.token_ids([TEXTS[0]])
    total = encoder.token_vectors(ids).sum(axis=0)
    np.testing.assert_allclose(
        total / np.linalg.norm(total), encoder.encode_queries([TEXTS[0]])[0], atol=1e-5
    )


def test_words_that_say_what_is_asked_weigh_more_than_words_that_ask(encoder: StaticEncoder) -> None:
    (ids,) = encoder.token_ids(["市場規模は何ですか"])
    weights = dict(zip(encoder.tokens(ids), np.linalg.norm(encoder.token_vectors(ids), axis=1), strict=True))
    asking = max(weight for token, weight in weights.items() if token in "は何ですか")
    assert min(weight for token, weight in weights.items() if token in "市場規模") > asking


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("⽇本の⻑期計画", "日本の長期計画"),
        ("ＡＩ　モデル", "ai モデル"),
        ("产业规模", "産業規模"),
        ("ﾃﾞｰﾀ", "データ"),
    ],
    ids=["radicals", "full width", "simplified", "half width"],
)
def test_folds_what_the_lexical_side_folds(encoder: StaticEncoder, one: str, other: str) -> None:
    np.testing.assert_array_equal(encoder.token_ids([one])[0], encoder.token_ids([other])[0])
    np.testing.assert_array_equal(encoder.token_ids([one])[0], encoder.token_ids([fold(one)])[0])


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("市場規模はどのくらいですか", "マーケットの大きさは1兆円に達した", "社員食堂の献立が新しくなった"),
        (
            "Which hospitals use artificial intelligence?",
            "人工知能を導入している病院",
            "電気自動車の輸出台数",
        ),
        ("电动汽车的出口", "電気自動車の輸出台数", "人工知能を導入している病院"),
    ],
    ids=["paraphrase", "english", "chinese"],
)
def test_meets_a_japanese_slide_across_wording_and_language(
    encoder: StaticEncoder, question: str, right: str, wrong: str
) -> None:
    near, far = encoder.encode_passages([right, wrong]) @ encoder.encode_queries([question])[0]
    assert near > far + 0.1


def test_loads_and_encodes_without_torch() -> None:
    code = (
        "import sys; from reportqa.encoder import open_encoder; open_encoder(None).encode_queries(['質問']);"
        "print([m for m in ('torch', 'sentence_transformers', 'transformers', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_folder_fits_the_repository() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.is_file()) <= 20_000_000


def test_another_static_folder_has_another_fingerprint(encoder: StaticEncoder, tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert StaticEncoder(folder).fingerprint == encoder.fingerprint
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100000] + bytes(100000))
    assert StaticEncoder(folder).fingerprint != encoder.fingerprint


def test_a_static_folder_needs_no_torch_but_prompts_do(library: Any, tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert isinstance(open_encoder(str(folder)), StaticEncoder)
    model = library.SentenceTransformer(
        str(folder), device="cpu", prompts={"query": "検索: ", "document": "本文: "}
    )
    prompted = tmp_path / "prompted"
    model.float().save_pretrained(str(prompted), create_model_card=False)

    other = open_encoder(str(prompted))
    assert isinstance(other, SentenceTransformerEncoder)
    plain = StaticEncoder(folder)
    np.testing.assert_allclose(
        other.encode_queries(["価格"]), plain.encode_queries(["検索: 価格"]), atol=1e-4
    )
    np.testing.assert_allclose(
        other.encode_passages(["価格"]), plain.encode_passages(["本文: 価格"]), atol=1e-4
    )
    assert other.dimension == plain.dimension
    assert other.fingerprint != plain.fingerprint


@pytest.mark.parametrize("name", ["document", "passage", "corpus"])
def test_a_passage_is_prompted_whatever_the_model_calls_it(library: Any, tmp_path: Path, name: str) -> None:
    folder = _copy(tmp_path)
    config = folder / "config_sentence_transformers.json"
    prompts = {"query": "query: ", name: "passage: "}
    config.write_text(json.dumps({**json.loads(config.read_text("utf-8")), "prompts": prompts}), "utf-8")
    model, plain = open_encoder(str(folder)), StaticEncoder()
    assert isinstance(model, SentenceTransformerEncoder)
    for found, prompted in (
        (model.encode_queries(["価格"]), "query: 価格"),
        (model.encode_passages(["価格"]), "passage: 価格"),
    ):
        # The library keeps half-precision weights as they are; without the prompt it is off by 0.1.
        np.testing.assert_allclose(found, plain.encode_queries([prompted]), atol=1e-3)


@pytest.mark.parametrize("normalised", [True, False], ids=["with Normalize", "without"])
def test_vectors_have_length_one_whether_or_not_the_model_sees_to_it(
    library: Any, tmp_path: Path, normalised: bool
) -> None:
    from sentence_transformers.sentence_transformer.modules import Normalize

    bundled = library.SentenceTransformer(str(BUNDLED), device="cpu").float()
    assert float(np.linalg.norm(bundled.encode(["市場規模"])[0])) != pytest.approx(1.0, abs=0.01)
    modules = [*bundled, Normalize()] if normalised else [*bundled]
    folder = tmp_path / "model"
    library.SentenceTransformer(
        modules=modules, device="cpu", prompts={"query": "検索: ", "document": ""}
    ).save_pretrained(str(folder), create_model_card=False)
    model = open_encoder(str(folder))
    assert isinstance(model, SentenceTransformerEncoder)
    for vectors in (model.encode_queries(["市場規模", "AI"]), model.encode_passages(["市場規模", "AI"])):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_model_that_is_nowhere_says_what_to_do(library: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "no-such-model")
    with pytest.raises(ModelError, match=r"no-such-model.*sentence-transformers folder"):
        open_encoder(missing)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        StaticEncoder(tmp_path)


def _copy(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    for file in BUNDLED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
