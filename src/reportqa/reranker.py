"""A second look at the first candidates: a cross-encoder reads question and passage together.

Off unless a model is named. Source of the idea: Nogueira and Cho, Passage Re-ranking with BERT (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reportqa.errors import ModelError
from reportqa.types import Hit, Rank

RERANKED = 30
"""How many candidates are read again; the time taken grows with it."""


class Reranker(Protocol):
    """Judges how well each text answers a query."""

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """One score a text, higher is better, (texts,)."""
        ...


class CrossEncoderReranker:
    """Any sentence-transformers cross-encoder with a single score a pair, by name or path."""

    def __init__(self, name_or_path: str, device: str | None = None) -> None:
        try:
            from sentence_transformers import CrossEncoder

            self._model: Any = CrossEncoder(name_or_path, device=device)
        except Exception as error:  # the library raises anything from OSError to RuntimeError here
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise ModelError(
                f"reranker {name_or_path!r} cannot be loaded ({type(error).__name__}: {reason}); {_ADVICE}"
            ) from error
        if self._model.num_labels != 1:
            raise ModelError(
                f"reranker {name_or_path!r} gives {self._model.num_labels} scores a pair, not one; {_ADVICE}"
            )
        if _untrained(self._model):
            raise ModelError(f"{name_or_path!r} is no cross-encoder: it has no trained score; {_ADVICE}")

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """One score a text, higher is better, (texts,)."""
        pairs = [(query, text) for text in texts]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float32)


_ADVICE = (
    "give the path of a sentence-transformers cross-encoder, or a name the model hub knows while it can be "
    "reached, or leave --reranker out"
)


def _untrained(model: Any) -> bool:
    """Whether the library had to invent the layer that scores, as it does for a plain language model."""
    names = getattr(getattr(model[0], "model", None), "config", None)
    made_for = getattr(names, "architectures", None) or []
    return len(model) == 1 and not any(name.endswith("ForSequenceClassification") for name in made_for)


def open_reranker(model: str | None) -> CrossEncoderReranker | None:
    """The cross-encoder of that name or path; None for None. Raises ModelError."""
    return CrossEncoderReranker(model) if model else None


def rerank(reranker: Reranker, query: str, hits: Sequence[Hit], texts: Sequence[str]) -> list[Hit]:
    """``hits`` (best first, ``texts`` what is read of each) in the reranker's order, ties as they were.

    Hits exchange their fused scores along with their places, because whoever reads a score expects it
    on the fused scale and falling; the reranker's own score is in ``Hit.ranks``.
    """
    judged = reranker.scores(query, texts)
    order = sorted(range(len(hits)), key=lambda place: (-float(judged[place]), place))
    return [
        replace(
            hits[place],
            score=hits[position - 1].score,
            ranks=(*hits[place].ranks, Rank("reranker", position, float(judged[place]))),
        )
        for position, place in enumerate(order, start=1)
    ]
