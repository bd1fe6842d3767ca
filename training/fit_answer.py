"""Fit the weights above the models: of evidence, slides, reading, short answers and confidence.

    python training/fit_answer.py [CORPUS=GOLD ...]

Each pair names a corpus folder and a gold folder or file; the practice decks set apart for it come on top, which
neither the word vectors nor the reader have seen. Weights maximise the probability of the right entry of each
list (listwise, as in ListNet, Cao et al. 2007); what orders a slide's fragments is the best of a grid; the
confidence is the lesser of two logistic regressions. Each step uses what the steps before have found. Prints all as
the constants to put into the modules.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import decks
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from reportqa.answer import confidence, evidence, marked, ranking, short
from reportqa.answer import lists as listed
from reportqa.answer.compose import FACT_CHARS, WIDE_CHARS, choose, compose, facts
from reportqa.answer.evidence import Evidence
from reportqa.answer.question import Question, analyse
from reportqa.answer.tables import extreme_row
from reportqa.assistant import Assistant
from reportqa.evaluation import metrics
from reportqa.reader import Reader, Reading
from reportqa.text import squeeze
from reportqa.types import Hit

T = TypeVar("T")
R = TypeVar("R")
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OFF_TOPIC = Path(__file__).parent / "offtopic.txt"
"""Questions and orders that no deck answers: what people type into any box."""

ELSEWHERE = 3
"""For so many questions to a corpus it is asked one that was put to another."""

OFF_TOPIC_SHARE = 6
"""And one of so many of the everyday questions."""

FOLDS = 8
"""Parts of the questions; each is judged by a model that has not seen it, on any corpus."""

FREEDOM = 0.1
"""Inverse strength with which coefficients are held small."""

SIGNS = dict.fromkeys(
    [
        "native_missing",
        "foreign_missing",
        "figure_missing",
        "name_missing",
        "proper_missing",
        "place_elsewhere",
        "proper_elsewhere",
        "date_elsewhere",
    ],
    -1.0,
)
"""Confidence features that speak against an answer; all others speak for it."""

FREE = frozenset({"foreign", "asked_in_english", "terms"})
"""Features that may speak either way."""

TOPIC_REFUSED = 0.05
"""Share of answerable questions that may be taken for questions to another deck."""

REFUSED = 0.092
"""Share of answerable questions that both models together may refuse."""

SPAN_PENALTY = 0.005
"""Strength with which the weights of the short answer are held small."""

PULL = 0.005
"""Strength of the pull of the evidence weights towards the present ones."""

RANKING_PENALTY = 0.001
"""Strength with which the weights of the slides are held small."""

LISTING_PENALTY = 0.001
"""The same for those of the lists."""


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


Source = tuple[Assistant, list[dict[str, Any]], int]
"""A corpus, the questions put to it, and how often each counts for the confidence."""


class Kept(Reader):
    """A reader that remembers what it has read: the steps of a fit put the same questions to the same pages.

    ``made`` are readings by question and text, made beforehand by all processes; what is missing is read when asked for.
    """

    made: ClassVar[dict[tuple[str, str], Reading]] = {}

    def read_all(self, question: str, texts: Sequence[str]) -> list[Reading]:
        new = [text for text in texts if (question, text) not in self.made]
        read = dict(zip(new, super().read_all(question, new), strict=True)) if new else {}
        return [read[text] if text in read else self.made[question, text] for text in texts]


def read_ahead(found_sources: Sequence[Source]) -> None:
    """Have the slides that each question's answer is looked for on read once."""
    for assistant, _, _ in found_sources:
        assistant._retriever.reader = Kept(assistant._retriever.reader._encoder)
    asked = [(assistant, row) for assistant, rows, _ in found_sources for row in rows]
    for made in in_processes(_read, asked):
        Kept.made |= made


def _same(value: T) -> T:
    return value


def _read(one: tuple[Assistant, dict[str, Any]]) -> dict[tuple[str, str], Reading]:
    assistant, row = one
    retriever = assistant._retriever
    question, hits, found = ranked(row["question"], retriever)
    if not found or not question.terms:
        return {}
    pieces = marked.read_of(question, marked.to_read(hits, found))
    readings = {}
    for asked, sheet in marked.put(question.text, pieces):
        (read,) = retriever.reader.read_all(asked, [sheet.text])
        # What computes the items of a list cannot be sent to another process; the items can.
        readings[asked, sheet.text] = replace(read, items=partial(_same, read.items()))
    return readings


def ranked(text: str, retriever: Any) -> tuple[Question, list[Hit], list[Evidence]]:
    """A question as the program understands it, the slides found for it in order, and their evidence."""
    question = analyse(retriever.respell(text))
    hits = ranking.found(question, retriever)
    return question, *ranking.rank(question, hits, retriever)


def sure_features(text: str, retriever: Any) -> dict[str, float] | None:
    question, hits, found = ranked(text, retriever)
    if not found or not question.terms:
        return None
    hits, again, marks = marked.read(question, hits, found, retriever)
    said = compose(question, again, marks, hits, retriever)
    return confidence.features(question, again, said, retriever)


GOLD_COUNTS, LIFELIKE_COUNTS = 4, 3
"""Gold questions are what confidence is for, and few; ``questions/`` (many twins, few decks) does not count for it."""


def gold_rows(gold: Path) -> list[dict[str, Any]]:
    """Single questions of a gold folder or file."""
    paths = sorted(gold.glob("*.jsonl")) if gold.is_dir() else [gold]
    return [row for path in paths for row in decks.read_rows(path)]


def sources(pairs: list[str]) -> Iterator[Source]:
    """The corpora named on the command line and the practice decks to train on, with their questions."""
    for pair in pairs:
        corpus, gold = (Path(part) for part in pair.split("="))
        counts = GOLD_COUNTS if "gold" in gold.parts else 0
        yield Assistant.open(corpus, Path(tempfile.mkdtemp())), gold_rows(gold), counts
    for corpus in decks.practice("fit"):
        yield corpus.open(), list(corpus.rows), LIFELIKE_COUNTS if decks.is_lifelike(corpus) else 1


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to a corpus that answers it: what was found, which fragments and which slides are right."""

    row: dict[str, Any]
    retriever: Any
    question: Any
    hits: list[Hit]
    found: list[Evidence]
    holds: list[bool]
    right: list[bool]


def cases(found_sources: Sequence[Source]) -> Iterator[Case]:
    """The answerable questions of all corpora that ask for no overview and no slide."""
    for assistant, asked, _ in found_sources:
        retriever = assistant._retriever
        stems = {deck.deck_id: deck.path.stem for deck in assistant.decks}
        for row in asked:
            if not row["slides"]:
                continue
            question = analyse(retriever.respell(row["question"]))
            hits = ranking.found(question, retriever)
            found = evidence.gather(question, hits, retriever)
            if not found or not question.terms or question.intent in ("overview", "slide"):
                continue
            right = [on_gold_slide(hit.passage.slide, row["slides"], stems) for hit in hits]
            gold = {hit.passage.slide for hit, good in zip(hits, right, strict=True) if good}
            answers = [squeeze(answer) for answer in row["answers"]]
            holds = [
                piece.fragment.slide in gold and any(a in squeeze(piece.fragment.text) for a in answers)
                for piece in found
            ]
            yield Case(row, retriever, question, hits, found, holds, right)


def main(pairs: list[str]) -> None:
    found_sources = list(sources(pairs))
    told = list(cases(found_sources))
    _fit_evidence(told)
    _fit_ranking(told)
    read_ahead(found_sources)
    _fit_reading(told)
    _fit_listings(in_processes(_listings, [case for case in told if case.row["kind"] == "list"]))
    wanted = [
        case
        for case in told
        if case.question.intent in ("fact", "comparison")
        and case.row["kind"] in metrics.SHORT_KINDS
        and extreme_row(case.question, case.found, case.retriever) is None
    ]
    _fit_spans([each for each in in_processes(_span_list, wanted) if each.values])
    del told, wanted
    _fit_confidence(_sure([source for source in found_sources if source[2]]))


_TASK: tuple[Callable[[Any], Any], Sequence[Any]] = (lambda each: each, ())
"""What the processes of ``in_processes`` do: they are forked, so that nothing but a place need be sent."""


def in_processes(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """``work`` done to every item by as many processes as there are cores."""
    global _TASK
    _TASK = (work, items)
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        return pool.map(_one, range(len(items)), chunksize=max(1, len(items) // 200))


def _one(place: int) -> Any:
    work, items = _TASK
    return work(items[place])


def rounded(names: Sequence[str], weights: torch.Tensor, places: int = 2) -> dict[str, float]:
    return {name: round(float(value), places) for name, value in zip(names, weights, strict=True)}


def _fit_evidence(told: Sequence[Case]) -> None:
    """Weights of the evidence: which fragment of a slide that answers holds the answer."""
    names = list(evidence.WEIGHTS)
    lists = []
    for case in told:
        gold = {hit.passage.slide for hit, good in zip(case.hits, case.right, strict=True) if good}
        own = [place for place, piece in enumerate(case.found) if piece.fragment.slide in gold]
        held = torch.tensor([float(case.holds[place]) for place in own])
        if held.any():
            rows = [[case.found[place].features[name] for name in names] for place in own]
            lists.append((torch.tensor(rows), held))
    start = torch.tensor([evidence.WEIGHTS[name] for name in names])
    weights = fit_lists(lists, start, 4.0, PULL)
    for label, chosen in (("before", start), ("after", weights)):
        first = [float(right[(features @ chosen).argmax()]) for features, right in lists]
        print(
            f"{len(lists)} questions, best fragment of the slide holds the answer, {label}: {sum(first) / len(first):.3f}"
        )
    evidence.WEIGHTS = rounded(names, weights)
    print("evidence.WEIGHTS =", evidence.WEIGHTS, flush=True)


def _rescored(found: Sequence[Evidence]) -> list[Evidence]:
    scored = [
        replace(piece, score=sum(w * piece.features[n] for n, w in evidence.WEIGHTS.items()))
        for piece in found
    ]
    return sorted(scored, key=lambda piece: -piece.score)


def _fit_ranking(told: Sequence[Case]) -> None:
    """Weights of the slides."""
    lists = []
    for case in told:
        if case.row["kind"] == "multi" or not any(case.right):
            continue
        rows = ranking.features(case.question, case.hits, _rescored(case.found), case.retriever)
        lists.append((torch.tensor([list(row.values()) for row in rows]), torch.tensor(case.right).float()))
        names = list(rows[0])
    every = torch.cat([features for features, _ in lists])
    spread = every.std(0) + 1e-6
    scaled = [(features / spread, right) for features, right in lists]
    weights = fit_lists(scaled, torch.zeros(len(names)), 1.0, RANKING_PENALTY) / spread
    first = [[float(right[0]), float(right[(features @ weights).argmax()])] for features, right in lists]
    before, after = torch.tensor(first).mean(0).tolist()
    print(
        f"{len(lists)} questions whose slide is found at all, it is first: {before:.3f} before, {after:.3f} after"
    )
    ranking.WEIGHTS = rounded(names, weights, 3)
    print("ranking.WEIGHTS =", ranking.WEIGHTS, flush=True)


def _fit_reading(told: Sequence[Case]) -> None:
    """How much the reader's marks count in the order of slides and of fragments, and a row's name: the best of a grid."""
    told = [case for case in told if case.row["kind"] != "multi"]
    marks = [
        {case.found[place].fragment: mark for place, mark in found}
        for case, found in zip(told, in_processes(_marks, told), strict=True)
    ]

    ranked = [
        ranking.ordered(case.question, case.hits, _rescored(case.found), case.retriever) for case in told
    ]

    def read_again(place: int) -> list[Evidence]:
        case = told[place]
        return marked.ordered(case.question, *ranked[place], marks[place], case.retriever)[1]

    def held(somewhere: float) -> tuple[float, ...]:
        marked.SOMEWHERE = somewhere
        best: tuple[float, ...] = ()
        for marked.MARKED in (0.15, 0.3, 0.6, 1.0):
            count = 0
            for place, case in enumerate(told):
                again = read_again(place)
                room = FACT_CHARS if case.question.intent in ("fact", "list") else WIDE_CHARS
                said = [squeeze(piece.fragment.text) for piece in facts(again, room)]
                count += any(squeeze(answer) in text for answer in case.row["answers"] for text in said)
            best = max(best, (count / len(told), somewhere, marked.MARKED))
        return best

    found_best = in_processes(held, (2.0, 2.6, 3.25, 4.0))
    for line in found_best:
        print("quotations hold the answer, SOMEWHERE, MARKED:", line, flush=True)
    _, marked.SOMEWHERE, marked.MARKED = max(found_best)

    def first(named: float) -> float:
        marked.NAMED = named
        count = 0
        for place, case in enumerate(told):
            text = squeeze(read_again(place)[0].fragment.text)
            count += any(squeeze(answer) in text for answer in case.row["answers"])
        return count / len(told)

    grid = (0.0, 0.4, 0.8, 1.2, 1.8)
    rows = list(zip(in_processes(first, grid), grid, strict=True))
    print("first fragment holds the answer, NAMED:", rows, flush=True)
    _, marked.NAMED = max(rows)


def _marks(case: Case) -> list[tuple[int, marked.Mark]]:
    """What is marked in the case's evidence, by place and without the readings, so that it is cheap to send."""
    hits, found = ranking.ordered(case.question, case.hits, _rescored(case.found), case.retriever)
    there = marked.best_marks(case.question, hits, found, case.retriever)
    return [
        (place, replace(there[piece.fragment], cells=()))
        for place, piece in enumerate(case.found)
        if piece.fragment in there
    ]


def _sure(found_sources: Sequence[Source]) -> list[Sure]:
    """Confidence features of every question to every corpus, and of some put to the wrong one."""
    off_topic = OFF_TOPIC.read_text("utf-8").splitlines()
    draw = random.Random(0)
    put = []
    for number, (_, asked, _) in enumerate(found_sources):
        # A question to another deck is one this corpus does not answer.
        own = {row["question"] for row in asked}
        others = [
            row["question"]
            for place, (_, rows, _) in enumerate(found_sources)
            if place != number
            for row in rows
            if row["question"] not in own
        ]
        elsewhere = draw.sample(others, min(len(others), max(20, len(asked) // ELSEWHERE)))
        elsewhere += draw.sample(off_topic, len(off_topic) // OFF_TOPIC_SHARE)
        put.append([*asked, *({"question": text, "slides": []} for text in elsewhere)])

    asked_all = [
        (assistant, row, counts if "answers" in row else 1)
        for (assistant, _, counts), rows in zip(found_sources, put, strict=True)
        for row in rows
    ]

    def judged(one: tuple[Assistant, dict[str, Any], int]) -> list[Sure]:
        assistant, row, counts = one
        values = sure_features(row["question"], assistant._retriever)
        if values is None:
            return []
        return [Sure(row["question"], values, float(bool(row["slides"])), "answers" not in row)] * counts

    return [one for several in in_processes(judged, asked_all) for one in several]


def _span_list(case: Case) -> Spans:
    hits, found = ranking.ordered(case.question, case.hits, _rescored(case.found), case.retriever)
    hits, again, marks = marked.read(case.question, hits, found, case.retriever)
    chosen = choose(case.question, again, marks, hits, case.retriever)
    answers = {squeeze(answer) for answer in case.row["answers"]}
    each = short.features(case.question, chosen.holding, chosen.marked, case.retriever)
    texts = [squeeze(f.piece.fragment.slide.text[slice(*f.span)]) for f, _ in each]
    return Spans(case.row["question"], [values for _, values in each], [text in answers for text in texts])


def _listings(case: Case) -> tuple[list[dict[str, float]], list[float]]:
    """The features of every list on the best slide, and its F1 against the things wanted."""
    hits, found = ranking.ordered(case.question, case.hits, _rescored(case.found), case.retriever)
    _, again, marks = marked.read(case.question, hits, found, case.retriever)
    slide = again[0].fragment.slide
    wanted = [squeeze(answer) for answer in case.row["answers"]]
    right = {hit.passage.slide for hit, good in zip(case.hits, case.right, strict=True) if good}
    values, agreement = [], []
    for listing, row in listed.candidates(case.question, slide, marks, case.retriever):
        said = [squeeze(slide.text[a:b]) for a, b in listing.parts]
        met = metrics.matched(said, wanted) if slide in right else 0
        values.append(row)
        agreement.append(2 * met / (len(wanted) + len(said)))
    return values, agreement


def _fit_listings(found: Sequence[tuple[list[dict[str, float]], list[float]]]) -> None:
    """Weights of the lists: they maximise the F1 to expect of a list drawn with its probability."""
    names = list(listed.WEIGHTS)
    found = [each for each in found if each[0]]
    rows = [torch.tensor([[v[n] for n in names] for v in values]) for values, _ in found]
    good = [torch.tensor(agreement) for _, agreement in found]
    spread = torch.cat(rows).std(0) + 1e-6
    weights = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        each = [
            (torch.softmax((row / spread) @ weights, 0) * f1).sum()
            for row, f1 in zip(rows, good, strict=True)
        ]
        loss = -torch.stack(each).mean() + LISTING_PENALTY * (weights**2).sum()
        loss.backward()
        return loss

    before = torch.tensor([listed.WEIGHTS[n] for n in names])
    optimiser.step(closure)
    after = weights.detach() / spread
    for label, chosen in (("before", before), ("after", after)):
        reached = [float(f1[(row @ chosen).argmax()]) for row, f1 in zip(rows, good, strict=True)]
        print(
            f"{len(rows)} questions for lists, F1 of the one chosen, {label}: {sum(reached) / len(reached):.3f}"
        )
    listed.WEIGHTS = rounded(names, after)
    print("listed.WEIGHTS =", listed.WEIGHTS, flush=True)


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
        return fit_lists(rows, torch.zeros(len(names)), 1.0, SPAN_PENALTY)

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
    for share in (0.0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
        least = sorted(score for score, _ in held)[int(share * len(held))]
        shown = [right for score, right in held if score >= least]
        print(
            f"  shown {len(shown) / len(held):.2f}: right {sum(shown) / len(shown):.2f}, SURE {least + offset:.2f}"
        )
    short.WEIGHTS = rounded(names, weights, 3)
    print("short.WEIGHTS =", short.WEIGHTS, flush=True)


def fit_lists(
    lists: list[tuple[torch.Tensor, torch.Tensor]], start: torch.Tensor, scale: float, pull: float
) -> torch.Tensor:
    """Weights that make one of the right entries of each list likely, pulled towards ``start``."""
    width = max(len(right) for _, right in lists)
    features = torch.stack([torch.nn.functional.pad(f, (0, 0, 0, width - len(f))) for f, _ in lists])
    right = torch.stack([torch.nn.functional.pad(r, (0, width - len(r))) for _, r in lists]) > 0
    there = torch.stack([torch.arange(width) < len(r) for _, r in lists])
    weights = start.clone().requires_grad_(True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scores = (features @ weights * scale).masked_fill(~there, -1e9)
        met = torch.logsumexp(scores.masked_fill(~right, -1e9), dim=1)
        loss = (torch.logsumexp(scores, dim=1) - met).mean() + pull * ((weights - start) ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return weights.detach()


def _fit_confidence(sure: list[Sure]) -> None:
    """Two logistic regressions, their thresholds read off held-out folds, and how both do together there.

    The first tells questions to this corpus, answered or not, from questions to another, the second answered
    questions from those that only sound like it. Either may refuse.
    """
    labels = np.array([row.answerable > 0 for row in sure])
    own = np.array([row.elsewhere is False for row in sure])
    questions = sorted({row.question for row in sure})
    random.Random(0).shuffle(questions)
    folds = {question: place % FOLDS for place, question in enumerate(questions)}
    fold = np.array([folds[row.question] for row in sure])
    passed = np.ones(len(sure), dtype=bool)
    least = np.full(len(sure), np.inf)
    for label, names, rows, wanted, refused in (
        ("TOPIC", list(confidence.TOPIC), np.ones(len(sure), dtype=bool), own, TOPIC_REFUSED),
        ("SAID", sorted({n for row in sure for n in row.values} - {"here"}), own, labels, REFUSED),
    ):
        features = np.array([[row.values[name] for name in names] for row in sure])
        held = np.zeros(len(sure))
        for place in range(FOLDS):
            weights, bias = _logistic(features, wanted, rows & (fold != place), names)
            held[fold == place] = features[fold == place] @ weights + bias
        # Those that the first model refuses count among those refused by both.
        scores = np.where(passed, held, -np.inf)[labels]
        threshold = float(np.quantile(scores, refused, method="higher"))
        passed &= held >= threshold
        least = np.minimum(least, held - threshold)
        weights, bias = _logistic(features, wanted, rows, names)
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
