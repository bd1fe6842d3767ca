"""Fit the evidence weights and the confidence model on the development split.

    python training/fit_answer.py CORPUS=GOLD [CORPUS=GOLD ...]

Each pair names a corpus folder and a gold folder or file. Evidence weights maximise the softmax
probability of fragments that hold a gold answer on a gold slide (listwise, as in ListNet, Cao et
al. 2007), pulled towards the present weights; the confidence is the lesser of two logistic
regressions. Prints both as the constants to put into the modules.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from reportqa.answer import SLIDES, analyse, confidence, evidence, marked, short
from reportqa.answer.compose import choose, compose
from reportqa.answer.tables import extreme_row
from reportqa.assistant import Assistant
from reportqa.text import squeeze

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OFF_TOPIC = Path(__file__).parent / "offtopic.txt"
"""Questions and orders that no deck answers: what people type into any box."""

FOLDS = 8
"""Parts of the questions; each is judged by a model that has not seen it, on any corpus."""

FREEDOM = 0.1
"""Inverse strength with which coefficients are held small."""

SIGNS = dict.fromkeys(
    [
        "native_missing",
        "native_unknown",
        "foreign_missing",
        "foreign_unknown",
        "figure_missing",
        "name_missing",
        "proper_missing",
        "unit_wanting",
        "figure_elsewhere",
        "name_elsewhere",
        "place_elsewhere",
        "span_wanting",
    ],
    -1.0,
)
"""Confidence features that speak against an answer; all others speak for it."""

FREE = frozenset({"foreign", "asked_in_english", "terms"})
"""Features that may speak either way."""

TOPIC_REFUSED = 0.11
"""Share of answerable questions that may be taken for questions to another deck."""

SAID_WRONGLY = 0.29
"""Share of the unanswerable questions that may be answered."""

SPAN_PENALTY = 0.005
"""Strength with which the weights of the short answer are held small."""

PULL = 0.02
"""Strength of the pull towards the present weights."""


def rows(gold: Path) -> Iterator[dict[str, Any]]:
    """Single questions of a gold folder or file; a dialogue yields its standalone questions."""
    for path in sorted(gold.glob("*.jsonl")) if gold.is_dir() else [gold]:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            if "turns" in row:
                for turn in row["turns"]:
                    yield {**turn, "question": turn["standalone"], "kind": "dialogue"}
            else:
                yield row


@dataclass(frozen=True, slots=True)
class Sure:
    """A question, its confidence features on a corpus, whether that corpus answers it, whether it was put to another."""

    question: str
    values: dict[str, float]
    answerable: float
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Spans:
    """A question, the features of every candidate for its short answer, and which of them are right."""

    question: str
    values: list[dict[str, float]]
    right: list[bool]


def on_gold_slide(slide: Any, wanted: list[str], stems: dict[str, str]) -> bool:
    return slide.number in wanted or f"{stems[slide.deck_id]}#{slide.number}" in wanted


def sure_features(question: Any, found: Any, hits: Any, retriever: Any) -> dict[str, float]:
    again, marks = marked.read(question, found, retriever.reader)
    said = compose(question, again, marks, hits, retriever)
    return confidence.features(question, again, said, hits, retriever)


def main(pairs: list[str]) -> None:
    lists: list[tuple[torch.Tensor, torch.Tensor]] = []
    spans: list[Spans] = []
    sure: list[Sure] = []
    names = list(evidence.WEIGHTS)
    golds = {pair: list(rows(Path(pair.split("=")[1]))) for pair in pairs}
    for pair in pairs:
        corpus = Path(pair.split("=")[0])
        assistant = Assistant.open(corpus, Path(tempfile.mkdtemp()))
        retriever = assistant._retriever
        stems = {deck.deck_id: deck.path.stem for deck in assistant.decks}
        for other, elsewhere in golds.items():
            if other.split("=")[1] == pair.split("=")[1]:
                continue
            for row in elsewhere:  # a question to another deck is one this corpus does not answer
                question = analyse(row["question"])
                hits = retriever.search_slides(row["question"], SLIDES)
                found = evidence.gather(question, hits, retriever)
                if found and question.terms:
                    values = sure_features(question, found, hits, retriever)
                    sure.append(Sure(row["question"], values, 0.0, elsewhere=True))
        for line in OFF_TOPIC.read_text("utf-8").splitlines():
            question = analyse(line)
            hits = retriever.search_slides(line, SLIDES)
            found = evidence.gather(question, hits, retriever)
            if found and question.terms:
                sure.append(Sure(line, sure_features(question, found, hits, retriever), 0.0, elsewhere=True))
        for row in golds[pair]:
            question = analyse(row["question"])
            hits = retriever.search_slides(row["question"], SLIDES)
            found = evidence.gather(question, hits, retriever)
            if not found or not question.terms:
                continue
            values = sure_features(question, found, hits, retriever)
            answerable = float(bool(row["slides"]))
            sure.append(Sure(row["question"], values, answerable))
            if not answerable or question.intent in ("overview", "slide"):
                continue
            answers = [squeeze(answer) for answer in row["answers"]]
            right = [
                float(
                    on_gold_slide(piece.fragment.slide, row["slides"], stems)
                    and any(answer in squeeze(piece.fragment.text) for answer in answers)
                )
                for piece in found
            ]
            if any(right):
                features = [[piece.features[name] for name in names] for piece in found]
                lists.append((torch.tensor(features), torch.tensor(right)))
            if question.intent in ("fact", "comparison") and extreme_row(question, found) is None:
                spans.append(_span_list(row, question, found, hits, retriever))
    print(f"{len(lists)} questions for evidence, {len(sure)} for confidence")
    start = torch.tensor([evidence.WEIGHTS[name] for name in names])
    weights = _fit_lists(lists, start)
    for label, chosen in (("before", start), ("after", weights)):
        first = [float(right[(features @ chosen).argmax()]) for features, right in lists]
        print(f"best fragment holds the answer, {label}: {sum(first) / len(first):.3f}")
    print({name: round(float(value), 2) for name, value in zip(names, weights, strict=True)})
    _fit_spans([each for each in spans if each.values])
    _fit_confidence(sure)


def _span_list(row: dict[str, Any], question: Any, found: Any, hits: Any, retriever: Any) -> Spans:
    again, marks = marked.read(question, found, retriever.reader)
    chosen = choose(question, again, marks, hits, retriever)
    answers = {squeeze(answer) for answer in row["answers"]}
    each = short.features(question, chosen.picked, chosen.marked, retriever)
    texts = [squeeze(f.piece.fragment.slide.text[slice(*f.span)]) for f, _ in each]
    return Spans(row["question"], [values for _, values in each], [text in answers for text in texts])


def _fit_spans(spans: list[Spans]) -> None:
    """Weights of the short answer, listwise as above, and the score below which it is more often wrong than right."""
    names = list(spans[0].values[0])
    every = torch.tensor([[values[n] for n in names] for each in spans for values in each.values])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    lists = [
        (
            (torch.tensor([[values[n] for n in names] for values in each.values]) - mean) / spread,
            torch.tensor(each.right, dtype=torch.float32),
        )
        for each in spans
    ]

    def fit(rows: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
        weights = torch.zeros(len(names), requires_grad=True)
        optimiser = torch.optim.LBFGS([weights], max_iter=150, line_search_fn="strong_wolfe")

        def closure() -> torch.Tensor:
            optimiser.zero_grad()
            losses = []
            for features, right in rows:
                losses.append(
                    -torch.logsumexp(torch.log_softmax(features @ weights, dim=0)[right > 0], dim=0)
                )
            loss = torch.stack(losses).mean() + SPAN_PENALTY * (weights**2).sum()
            loss.backward()
            return loss

        optimiser.step(closure)
        return weights.detach()

    questions = sorted({each.question for each in spans})
    random.Random(0).shuffle(questions)
    fold = {question: place % FOLDS for place, question in enumerate(questions)}
    held: list[tuple[float, float]] = []
    for place in range(FOLDS):
        weights = fit(
            [
                row
                for row, each in zip(lists, spans, strict=True)
                if fold[each.question] != place and any(each.right)
            ]
        )
        for (features, right), each in zip(lists, spans, strict=True):
            if fold[each.question] == place:
                scores = features @ weights
                best = int(scores.argmax())
                held.append((float(scores[best]), float(right[best])))
    print(f"short answer right on held-out folds: {sum(right for _, right in held) / len(held):.3f}")
    weights = fit([row for row, each in zip(lists, spans, strict=True) if any(each.right)]) / spread
    offset = float(mean @ weights)
    for share in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
        least = sorted(score for score, _ in held)[int(share * len(held))]
        shown = [right for score, right in held if score >= least]
        print(
            f"  shown {len(shown) / len(held):.2f}: right {sum(shown) / len(shown):.2f}, SURE {least + offset:.2f}"
        )
    print("WEIGHTS =", {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)})


def _fit_lists(lists: list[tuple[torch.Tensor, torch.Tensor]], start: torch.Tensor) -> torch.Tensor:
    weights = start.clone().requires_grad_(True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        losses = []
        for features, right in lists:
            scores = torch.log_softmax(features @ weights * 4, dim=0)
            losses.append(-torch.logsumexp(scores[right > 0], dim=0))
        loss = torch.stack(losses).mean() + PULL * ((weights - start) ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return weights.detach()


def _fit_confidence(sure: list[Sure]) -> None:
    """Two logistic regressions, their thresholds read off held-out folds, and how both do together there.

    The first tells questions to this corpus from questions to another, the second answered questions from
    those that only sound like it. Either may refuse.
    """
    labels = np.array([row.answerable > 0 for row in sure])
    own = np.array([row.elsewhere is False for row in sure])
    questions = sorted({row.question for row in sure})
    random.Random(0).shuffle(questions)
    folds = {question: place % FOLDS for place, question in enumerate(questions)}
    fold = np.array([folds[row.question] for row in sure])
    passed = np.ones(len(sure), dtype=bool)
    least = np.full(len(sure), np.inf)
    for label, names, rows, asked, wanted in (
        ("TOPIC", list(confidence.TOPIC), np.ones(len(sure), dtype=bool), labels, TOPIC_REFUSED),
        ("SAID", sorted({n for row in sure for n in row.values}), own, ~labels & own, 1 - SAID_WRONGLY),
    ):
        features = np.array([[row.values[name] for name in names] for row in sure])
        held = np.zeros(len(sure))
        for place in range(FOLDS):
            weights, bias = _logistic(features, labels, rows & (fold != place), names)
            held[fold == place] = features[fold == place] @ weights + bias
        # Questions that the first model refuses need no refusal from the second.
        asked = asked & passed
        share = wanted if label == "TOPIC" else 1 - SAID_WRONGLY * (~labels & own).sum() / asked.sum()
        threshold = float(np.quantile(held[asked], share))
        passed &= held >= threshold
        least = np.minimum(least, held - threshold)
        weights, bias = _logistic(features, labels, rows, names)
        print(f"{label}_INTERCEPT =", round(float(bias) - threshold, 2))
        print(f"{label} =", {n: round(float(w), 2) for n, w in zip(names, weights, strict=True)})
    positive, negative = least[labels & own], least[~labels & own]
    auroc = (positive[:, None] > negative[None, :]).mean()
    print(f"held-out folds: AUROC {auroc:.3f}, false answers {(negative >= 0).mean():.3f}, ", end="")
    print(
        f"false refusals {(positive < 0).mean():.3f}, answers to other decks {(least[~own] >= 0).mean():.3f}"
    )


def _logistic(features: Floats, labels: Bools, rows: Bools, names: list[str]) -> tuple[Floats, float]:
    """Coefficients and intercept for the features as they are, both classes with the same weight.

    What covers the question can only help and what misses it can only hurt: the sign of each coefficient is
    fixed beforehand, since a few hundred questions would not rule out absurd ones.
    """
    scaler = StandardScaler().fit(features[rows])
    scaled = torch.tensor(scaler.transform(features[rows]))
    wanted = torch.tensor(labels[rows]).double()
    share = torch.where(wanted > 0, 0.5 / wanted.mean(), 0.5 / (1 - wanted).mean())
    signs = torch.tensor([0.0 if n in FREE or n.startswith("intent_") else SIGNS.get(n, 1.0) for n in names])
    roots = torch.full((len(names),), 0.2, dtype=torch.double, requires_grad=True)
    bias = torch.zeros(1, dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([roots, bias], max_iter=300, line_search_fn="strong_wolfe")

    def signed() -> torch.Tensor:
        return torch.where(signs == 0, roots, signs * roots**2)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            scaled @ signed() + bias, wanted, weight=share, reduction="sum"
        )
        loss = loss + (signed() ** 2).sum() / (2 * FREEDOM)
        loss.backward()
        return loss

    optimiser.step(closure)
    weights = signed().detach().numpy() / scaler.scale_
    return weights, float(bias.item() - scaler.mean_ @ weights)


if __name__ == "__main__":
    main(sys.argv[1:])
