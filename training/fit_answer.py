"""Fit the evidence weights and the confidence model on the development split.

    python training/fit_answer.py CORPUS=GOLD [CORPUS=GOLD ...]

Each pair names a corpus folder and a gold folder or file. Evidence weights maximise the softmax
probability of fragments that hold a gold answer on a gold slide (listwise, as in ListNet, Cao et
al. 2007), pulled towards the present weights; the confidence is a logistic regression of
answerable against unanswerable. Prints both as the constants to put into the modules.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from reportqa.answer import SLIDES, analyse, confidence, evidence
from reportqa.answer.compose import compose
from reportqa.assistant import Assistant
from reportqa.text import squeeze

WITHOUT = 0.1
"""Weight of an answerable question with its slides taken away, as an unanswerable one."""

ELSEWHERE = 0.3
"""Weight of a question to another deck, as one this corpus does not answer."""

SIGNS = dict.fromkeys(
    [
        "native_missing",
        "native_unknown",
        "foreign_missing",
        "foreign_unknown",
        "figure_missing",
        "name_missing",
        "figure_elsewhere",
        "name_elsewhere",
        "place_elsewhere",
        "span_wanting",
    ],
    -1.0,
)
"""Confidence features that speak against an answer; all others speak for it."""

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


def on_gold_slide(slide: Any, wanted: list[str], stems: dict[str, str]) -> bool:
    return slide.number in wanted or f"{stems[slide.deck_id]}#{slide.number}" in wanted


def sure_features(question: Any, found: Any, hits: Any, retriever: Any) -> dict[str, float]:
    _, short = compose(question, found, hits, retriever)
    return confidence.features(question, found, short, retriever)


def main(pairs: list[str]) -> None:
    lists: list[tuple[torch.Tensor, torch.Tensor]] = []
    sure: list[tuple[list[float], float, float]] = []
    names = list(evidence.WEIGHTS)
    sure_names = list(confidence.COEFFICIENTS)
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
                    sure.append(([values[name] for name in sure_names], 0.0, ELSEWHERE))
        for row in golds[pair]:
            question = analyse(row["question"])
            hits = retriever.search_slides(row["question"], SLIDES)
            found = evidence.gather(question, hits, retriever)
            if not found or not question.terms:
                continue
            values = sure_features(question, found, hits, retriever)
            answerable = float(bool(row["slides"]))
            sure.append(([values[name] for name in sure_names], answerable, 1.0))
            if answerable:
                # The same question with its slides taken away is one the rest does not answer.
                rest = [hit for hit in hits if not on_gold_slide(hit.passage.slide, row["slides"], stems)]
                others = evidence.gather(question, rest, retriever)
                if others:
                    values = sure_features(question, others, rest, retriever)
                    sure.append(([values[name] for name in sure_names], 0.0, WITHOUT))
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
    print(f"{len(lists)} questions for evidence, {len(sure)} for confidence")
    start = torch.tensor([evidence.WEIGHTS[name] for name in names])
    weights = _fit_lists(lists, start)
    for label, chosen in (("before", start), ("after", weights)):
        first = [float(right[(features @ chosen).argmax()]) for features, right in lists]
        print(f"best fragment holds the answer, {label}: {sum(first) / len(first):.3f}")
    print({name: round(float(value), 2) for name, value in zip(names, weights, strict=True)})
    _fit_confidence(sure, sure_names)


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


def _fit_confidence(sure: list[tuple[list[float], float, float]], names: list[str]) -> None:
    features = torch.tensor([values for values, _, _ in sure])
    labels = torch.tensor([label for _, label, _ in sure])
    share = torch.tensor([weight for _, _, weight in sure])
    balance = torch.where(labels > 0, 1 / share[labels > 0].sum(), 1 / share[labels == 0].sum())
    balance = share * balance * len(labels) / 2
    # What covers the question can only help and what misses it can only hurt: the sign of each weight
    # is fixed beforehand, since a few hundred questions would not rule out absurd ones.
    signs = torch.tensor([SIGNS.get(name, 1.0) for name in names])
    roots = torch.full((len(names),), 0.5, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([roots, bias], max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        weights = signs * roots**2
        logits = features @ weights + bias
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels, weight=balance)
        loss = loss + 0.0002 * (weights**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    weights = (signs * roots**2).detach()
    bias = bias.detach()
    probability = torch.sigmoid(features @ weights + bias).detach()
    print("INTERCEPT", round(bias.item(), 2))
    print({name: round(float(value), 2) for name, value in zip(names, weights, strict=True)})
    positive, negative = probability[labels > 0], probability[(labels == 0) & (share == 1)]
    auroc = (positive[:, None] > negative[None, :]).float().mean()
    print(f"AUROC on the fitted split {auroc:.3f}")
    for threshold in (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        print(
            f"threshold {threshold}: false answers {(negative >= threshold).float().mean():.3f}, "
            f"false refusals {(positive < threshold).float().mean():.3f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
