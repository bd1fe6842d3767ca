"""The network, computed with numpy alone.

Each token is its static vector, what it matches on the other side, and what stands around it. Blocks of
convolution, attention and a feed-forward layer (QANet, Yu et al. 2018) end in two numbers a token: how
well an answer begins there and how well it ends there. The first position stands for "not here" (BERT
on SQuAD 2.0, Devlin et al. 2019). On what it has understood stand four heads of one hidden layer each: whether the page
says what is asked, whether the question is put to this deck at all, whether it asks for a list, and which tokens belong
to that; the last has a block of its own in place of the reader's last one, computed only where a list is wanted. Trained
by ``training/train_reader.py``, ``training/learn_on.py``, ``training/train_said.py`` and ``training/train_lists.py``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from reportqa.encoder import StaticEncoder
from reportqa.reader.inputs import Floats, Inputs, Ints, Tokens, inputs, tokenise, unit
from reportqa.types import Span

WEIGHTS = Path(__file__).parent
"""Where the weights shipped with the package lie."""

KERNEL = 7
HEADS = 4
REMEMBERED = 20_000
"""How many texts' tokens are kept in memory before all are forgotten."""

SPAN_TOKENS = 16
"""Most tokens of a short answer."""

QUESTION_TOKENS = 256
"""Most tokens of a question that are read, half of them its first and half its last; what lies between is rarely asked."""

FLOOR = -20.0
"""Log-odds where there is nothing to read."""


class Page(NamedTuple):
    """What the reader makes of a text as a whole, all log-odds.

    ``somewhere``: that an answer begins plus that one ends anywhere on it against "not here", which tells it from other
    texts; ``said``: that it says what is asked, which tells it from texts nearest to a question nobody answers;
    ``here``: that the question is put to its deck at all; ``several``: that a list is asked for.
    """

    somewhere: float = FLOOR
    said: float = FLOOR
    here: float = FLOOR
    several: float = FLOOR


UNREAD = Page()


@dataclass(frozen=True, slots=True)
class Reading:
    """Start and end logits of a text's tokens, and the logit of "not here" for the sum of both.

    ``page`` is what is made of the whole text; ``items()`` are the log-odds of every token that it belongs to the list
    asked for.
    """

    tokens: Tokens
    starts: Floats
    ends: Floats
    nowhere: float
    page: Page
    items: Callable[[], Floats]

    def best(self, start: int = 0, end: int = 1 << 30) -> tuple[float, Span] | None:
        """The best span inside ``text[start:end]`` and its score against "not here"; None without tokens."""
        inside = self.tokens.within(start, end)
        if not len(inside):
            return None
        a, b = int(inside[0]), int(inside[-1]) + 1
        total = self.starts[a:b, None] + self.ends[None, a:b]
        total = np.where(np.tril(np.triu(np.ones_like(total)), SPAN_TOKENS - 1) > 0, total, -1e9)
        first, last = np.unravel_index(int(total.argmax()), total.shape)
        span = (int(self.tokens.starts[a + first]), int(self.tokens.ends[a + last]))
        return float(total[first, last]) - self.nowhere, span

    def listed(self, start: int, end: int) -> tuple[float, int]:
        """How many tokens of ``text[start:end]`` are probably of the list asked for, and how many there are."""
        inside = self.tokens.touching(start, end)
        return float((1 / (1 + np.exp(-self.items()[inside]))).sum()), len(inside)

    def runs(self, start: int, end: int, least: float) -> list[Span]:
        """Stretches of ``text[start:end]`` whose tokens are all of the list asked for with log-odds of ``least``."""
        inside = self.tokens.within(start, end)
        likely = inside[self.items()[inside] >= least]
        parts = np.split(likely, np.flatnonzero(np.diff(likely) > 1) + 1) if len(likely) else []
        return [(int(self.tokens.starts[part[0]]), int(self.tokens.ends[part[-1]])) for part in parts]

    def score(self, start: int, end: int) -> tuple[float, bool]:
        """The score of ``text[start:end]`` and whether it begins and ends with a token."""
        inside = self.tokens.touching(start, end)
        if not len(inside):
            return -math.inf, False
        a, b = int(inside[0]), int(inside[-1])
        exact = bool(self.tokens.starts[a] == start and self.tokens.ends[b] == end)
        return float(self.starts[a] + self.ends[b]) - self.nowhere, exact


class Reader:
    """Reads slides for the answer to a question. The weights lie on disk as bytes, 5 MB."""

    def __init__(self, encoder: StaticEncoder, folder: Path = WEIGHTS) -> None:
        self._encoder = encoder
        self._folder = folder
        self._remembered: dict[str, Tokens] = {}

    def read(self, question: str, text: str) -> Reading:
        """Where ``text`` answers ``question``; its first line is its headline."""
        return self.read_all(question, [text])[0]

    def read_all(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """``read`` for several texts, each by a thread of its own while there are cores."""
        asked = self._encoder.token_ids([question])[0]
        if len(asked) > QUESTION_TOKENS:
            asked = np.concatenate([asked[: QUESTION_TOKENS // 2], asked[-QUESTION_TOKENS // 2 :]])
        tokens = [self._tokens(text) for text in texts]
        with _one_thread_a_product():
            if len(texts) < 2:
                return [self._read(asked, each) for each in tokens]
            _ = self._weights, self._heads, self._own  # loaded once, not by every thread
            with ThreadPoolExecutor(min(len(texts), os.cpu_count() or 1)) as threads:
                return list(threads.map(partial(self._read, asked), tokens))

    def _read(self, asked: Ints, tokens: Tokens) -> Reading:
        if not len(asked) or not len(tokens.ids):
            nothing = np.full(len(tokens.ids), FLOOR, np.float32)
            return Reading(tokens, nothing, nothing, 0.0, UNREAD, lambda: nothing)
        before = self._understood(
            inputs(asked, tokens, unit(self._encoder, asked), unit(self._encoder, tokens.ids))
        )
        x = _norm(_block(before, self._weights, f"blocks.{self._layers - 1}."), self._weights, "last")
        logits = _linear(x, self._weights, "ends")
        starts, ends = logits[len(asked) + 2 :].T
        nowhere = float(logits[0].sum())
        # Sums over all places, so that an answer said twice or with unclear ends counts in full: tells the page that
        # answers from others better than the best span does.
        somewhere = float(np.logaddexp.reduce(starts) + np.logaddexp.reduce(ends)) - nowhere
        seen = seen_by_heads(x, len(asked), somewhere)
        page = Page(somewhere, *(float(self._head(name, seen)) for name in ("said", "here", "several")))
        items = lru_cache(maxsize=1)(partial(self._items, before, len(asked)))
        return Reading(tokens, starts, ends, nowhere, page, items)

    def _items(self, before: Floats, asked: int) -> Floats:
        """Log-odds of each token of the text, from the positions as they are before the last block."""
        with _one_thread_a_product():
            x = _norm(_block(before, self._heads, "items.block."), self._heads, "items.last")
            told, question = x[2 + asked :], x[1 : 1 + asked].mean(axis=0)
            return self._head("items", np.concatenate([told, np.broadcast_to(question, told.shape)], axis=1))

    def _head(self, name: str, x: Floats) -> Floats:
        w = self._heads
        hidden = np.maximum(_linear(x, w, f"{name}.0"), 0)
        return _linear(hidden, w, f"{name}.1")[..., 0]

    def _tokens(self, text: str) -> Tokens:
        """Tokens of ``text``, remembered: a slide meets many questions."""
        found = self._remembered.get(text)
        if found is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._remembered[text] = tokenise(self._encoder, [text])[0]
        return found

    def _understood(self, given: Inputs) -> Floats:
        """Each position in its place before the last block, (positions, width)."""
        w = self._weights
        x = (
            self._vectors(given.ids) @ w["static.weight"].T
            + w["static.bias"]
            + w["own.weight"][self._own[given.ids]]
            + w["kind.weight"][given.kinds]
            + w["part.weight"][given.parts]
            + given.matches @ w["match.weight"].T
            + w["match.bias"]
            + given.aligned @ w["aligned.weight"].T
            + w["aligned.bias"]
        )
        x += w["column.weight"][given.columns]
        for block in range(self._layers - 1):
            x = _block(x, w, f"blocks.{block}.")
        return x

    def _vectors(self, ids: Ints) -> Floats:
        vectors: Floats = self._encoder.token_vectors(ids) * self._weights["scale"]
        return vectors

    @cached_property
    def _weights(self) -> dict[str, Floats]:
        return weights(self._folder / "reader.safetensors")

    @cached_property
    def _heads(self) -> dict[str, Floats]:
        return weights(self._folder / "heads.safetensors")

    @cached_property
    def _layers(self) -> int:
        return layers(self._weights)

    @cached_property
    def _own(self) -> Ints:
        """Token id → its row among the commonest tokens; 0 for the others."""
        rows = np.zeros(self._encoder.size, np.int32)
        order = self._weights["frequent"].astype(np.int64)
        rows[order[1:]] = np.arange(1, len(order))
        return rows


def _block(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    padded = np.pad(_norm(x, w, f"{name}norms.0"), ((KERNEL // 2, KERNEL // 2), (0, 0)))
    near = np.broadcast_to(w[f"{name}depth.bias"], x.shape).copy()
    part = np.empty_like(near)
    for i, weight in enumerate(np.ascontiguousarray(w[f"{name}depth.weight"].T)):
        near += np.multiply(padded[i : i + len(x)], weight, out=part)
    x = x + _linear(np.maximum(near, 0, out=near), w, f"{name}point")
    # (3, heads, positions, size of a head)
    attend = _linear(_norm(x, w, f"{name}norms.1"), w, f"{name}attend").reshape(len(x), 3, HEADS, -1)
    q, k, v = attend.transpose(1, 2, 0, 3)
    scores = (q / np.sqrt(np.float32(q.shape[2]))) @ k.transpose(0, 2, 1)
    scores -= scores.max(axis=2, keepdims=True)
    shares = np.exp(scores, out=scores)
    seen = (shares @ v) / shares.sum(axis=2, keepdims=True)
    x = x + _linear(seen.transpose(1, 0, 2).reshape(x.shape), w, f"{name}merge")
    wide = _linear(_norm(x, w, f"{name}norms.2"), w, f"{name}widen")
    result: Floats = x + _linear(np.maximum(wide, 0, out=wide), w, f"{name}narrow")
    return result


def seen_by_heads(x: Floats, asked: int, somewhere: float) -> Floats:
    """What the heads of a page are given of ``x``, the positions as understood, of which the question has ``asked``.

    The first position, the mean of the question, the place between both, the most of the page in each dimension and
    ``somewhere``.
    """
    first, question, between, told = x[0], x[1 : 1 + asked].mean(axis=0), x[1 + asked], x[2 + asked :]
    return np.concatenate([first, question, between, told.max(axis=0), [np.float32(somewhere / 10)]])


_LIMITED = Lock()


@contextmanager
def _one_thread_a_product() -> Iterator[None]:
    """The matrices are small: threads inside a product cost more than they save, far more on a busy machine.

    The limit is the process's, hence the lock: of two that overlap the second takes the first one's limit for what was
    there before it and leaves that behind for good.
    """
    with _LIMITED, _pools().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _pools() -> ThreadpoolController:
    return ThreadpoolController()


def weights(path: Path) -> dict[str, Floats]:
    """The weights of a file by their names, in single precision."""
    from safetensors.numpy import load_file

    state = load_file(str(path))
    return {name: _whole(value, state.get(f"{name}.step")) for name, value in state.items()}


def layers(w: Mapping[str, Floats]) -> int:
    """How many blocks a reader with the weights ``w`` has."""
    return 1 + max(int(name.split(".")[1]) for name in w if name.startswith("blocks."))


def _whole(value: Floats, step: Floats | None) -> Floats:
    """A weight in single precision; rows kept as bytes are multiplied by their step."""
    if step is not None:
        return value.astype(np.float32) * step[:, None]
    return value.astype(np.float32) if value.dtype == np.float16 else value


def _linear(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    result: Floats = x @ w[f"{name}.weight"].T
    result += w[f"{name}.bias"]
    return result


def _norm(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", centred, centred) / x.shape[1] + 1e-5)
    centred *= (1 / spread)[:, None]
    centred *= w[f"{name}.weight"]
    centred += w[f"{name}.bias"]
    result: Floats = centred
    return result
