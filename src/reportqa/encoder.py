"""Text to vectors: the bundled static model without torch, or any sentence-transformers model.

The bundled folder is in sentence-transformers' own format (a ``StaticEmbedding`` module: one
tokenizer, one table), so it can be trained, loaded and judged by that library; here it is read
with tokenizers and numpy alone, because importing torch takes longer than answering.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reportqa.errors import ModelError

Vectors = NDArray[np.float32]

_BATCH = 1024
"""Texts tokenised at a time: bounds the memory for their tokens."""

_MANY = 256
"""From this many texts on the table is worth converting, 32 MB in 10 ms."""

BUNDLED = Path(__file__).parent / "model"
"""The model shipped with the package."""


class Encoder(Protocol):
    """Turns texts into unit vectors. Questions and passages may be prompted differently."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """What tells this model from another; an index built with one cannot be searched with another."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, (texts, dimension)."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, (texts, dimension)."""
        ...


class StaticEncoder:
    """A sentence-transformers folder with a single ``StaticEmbedding`` module, read without torch.

    The vector of a text is the mean of its tokens' vectors. The table stays on disk in half
    precision; only the rows that are asked for are read.
    """

    def __init__(self, folder: Path = BUNDLED) -> None:
        from tokenizers import Tokenizer

        weights, tokenizer = folder / "model.safetensors", folder / "tokenizer.json"
        if not weights.is_file() or not tokenizer.is_file():
            raise ModelError(
                f"{folder}: no static model there; it needs model.safetensors and tokenizer.json"
            )
        self.folder = folder
        self._table = _map_table(weights)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._table.shape[1])

    @property
    def size(self) -> int:
        """How many tokens the vocabulary holds."""
        return len(self._table)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the tokenizer, the table's shape and a sample of its rows."""
        sample = np.ascontiguousarray(self._table[:: max(1, len(self._table) // 256)])
        digest = hashlib.sha256(str(self._table.shape).encode() + sample.tobytes())
        digest.update((self.folder / "tokenizer.json").read_bytes())
        return "static-" + digest.hexdigest()[:16]

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text, one array a text."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.asarray(encoding.ids, dtype=np.int32) for encoding in encoded]

    def token_offsets(self, texts: Sequence[str]) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """Token ids of each text, and where each stands in it: (tokens,) and (tokens, 2)."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [
            (np.asarray(e.ids, dtype=np.int32), np.asarray(e.offsets, dtype=np.int32).reshape(-1, 2))
            for e in encoded
        ]

    def token_vectors(self, ids: NDArray[np.int32]) -> Vectors:
        """The rows of the table for ``ids``, (ids, dimension); their length is the token's weight."""
        return np.asarray(self._table[ids], dtype=np.float32)

    def tokens(self, ids: NDArray[np.int32]) -> list[str]:
        """The tokens of ``ids`` as the tokenizer writes them."""
        return [self._tokenizer.id_to_token(int(place)) or "" for place in ids]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (texts, dimension); a text without tokens is a zero vector."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Reading half precision costs more than adding up: many texts share one table in single precision.
        table = self._table if len(texts) < _MANY else np.asarray(self._table, dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            for place, ids in enumerate(self.token_ids(texts[start : start + _BATCH]), start=start):
                # The sum points where the mean does, and only the direction is kept.
                vectors[place] = table[ids].sum(axis=0, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(norms, 1e-12)
        return unit

    encode_queries = encode_passages


_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
"""What models call the prompt of a passage, in sentence-transformers' order of preference."""


class SentenceTransformerEncoder:
    """Any sentence-transformers model; its own query and document prompts are used where it has them."""

    def __init__(self, name_or_path: str, device: str | None = None) -> None:
        try:
            from sentence_transformers import SentenceTransformer

            self._model: Any = SentenceTransformer(name_or_path, device=device)
        except Exception as error:  # the library raises anything from OSError to RuntimeError here
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise ModelError(
                f"model {name_or_path!r} cannot be loaded ({type(error).__name__}: {reason}); give the path of a "
                "sentence-transformers folder, or a name the model hub knows while it can be reached, or leave "
                "--model out for the bundled model"
            ) from error
        self._name = name_or_path

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def fingerprint(self) -> str:
        """The model's name; for a folder its path and the size and time of each file in it."""
        path = Path(self._name)
        known: list[Any] = [str(path.resolve()) if path.is_dir() else self._name]
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
            known += [
                (str(file.relative_to(path)), file.stat().st_size, file.stat().st_mtime_ns) for file in files
            ]
        return "st-" + hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, with the model's query prompt if it has one."""
        return np.asarray(self._model.encode_query(list(texts), normalize_embeddings=True), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, with the model's document prompt if it has one."""
        # The library gives every model an empty "document" prompt, which hides one called "passage".
        name = next((name for name in _DOCUMENT_PROMPTS if self._model.prompts.get(name)), None)
        return np.asarray(
            self._model.encode_document(list(texts), prompt_name=name, normalize_embeddings=True),
            dtype=np.float32,
        )


def open_encoder(model: str | None = None) -> StaticEncoder | SentenceTransformerEncoder:
    """The bundled model, or any sentence-transformers model by name or path. Raises ModelError.

    A folder that holds nothing but a static embedding is read without torch, as the bundled one is.
    """
    if model is None:
        return StaticEncoder()
    return StaticEncoder(Path(model)) if _is_static(Path(model)) else SentenceTransformerEncoder(model)


def _is_static(folder: Path) -> bool:
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        prompts = config.get("prompts") or {}
    except (OSError, ValueError):
        return False
    alone = len(modules) == 1 and modules[0]["type"].endswith(".StaticEmbedding") and not modules[0]["path"]
    return alone and not any(prompts.values())


def _map_table(path: Path) -> NDArray[Any]:
    """The one tensor of a safetensors file, mapped from disk: (tokens, dimension).

    Format: https://huggingface.co/docs/safetensors, 8 bytes of header length, JSON header, data.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    (entry,) = (value for name, value in header.items() if name != "__metadata__")
    kinds = {"F16": np.float16, "F32": np.float32}
    if entry["dtype"] not in kinds:
        raise ModelError(f"{path}: weights of type {entry['dtype']} are not read; save them as F16 or F32")
    start = 8 + size + entry["data_offsets"][0]
    return np.memmap(path, kinds[entry["dtype"]], "r", start, tuple(entry["shape"]))
