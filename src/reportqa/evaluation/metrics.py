"""Outcomes as numbers: per question, then as means with bootstrap intervals.

Ranking measures come from ir-measures; the others are defined here, each in its docstring.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reportqa.evaluation.run import Outcome
from reportqa.text import squeeze

NAMED = ("item recall", "item precision")
RANKING = ("R@1", "R@3", "R@5", "RR", "nDCG@10")
ANSWERS = ("contains", "list precision", *NAMED, "short EM", "short F1", "evidence precision")
REFUSALS = ("false answer", "false refusal")
HEADLINE = (
    "R@1",
    "R@3",
    "RR",
    "contains",
    "short EM",
    "short F1",
    "evidence precision",
    *REFUSALS,
    "validity",
)
"""The metrics of the summary line and of the gate."""

ALL_ITEMS = frozenset({"list", "comparison"})
"""Kinds whose accepted answers are all wanted; elsewhere any one will do."""

SHORT_KINDS = frozenset({"fact", "table", "paraphrase", "keyword", "noise", "dialogue"})
"""Kinds that one span can answer."""

RESAMPLES = 1000
SEED = 20240822

Values = dict[str, float]
"""Metric name → value for one question; a metric that does not apply is missing."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over ``count`` questions with its bootstrap 95 % interval."""

    mean: float
    low: float
    high: float
    count: int


def per_question(outcomes: Sequence[Outcome]) -> list[Values]:
    """The values of every outcome, in order."""
    ranking = _ranking(outcomes)
    return [{**ranking.get(o.row.row_id, {}), **_answer_values(o)} for o in outcomes]


def _ranking(outcomes: Sequence[Outcome]) -> dict[str, Values]:
    """ir-measures over qrels of sufficient slides; all sufficient slides are relevant, and R@k asks for one.

    Any one of the sufficient slides is enough (unless the kind is ``multi``), so R@k and nDCG are taken
    against the best-ranked of them.
    """
    import ir_measures

    measures = [ir_measures.parse_measure(name) for name in RANKING]
    qrels, run = [], []
    for outcome in outcomes:
        row = outcome.row
        if not row.slides:
            continue
        ranked = outcome.ranked
        wanted = list(row.slides)
        if row.kind != "multi":
            first = next((slide for slide in ranked if slide in row.slides), row.slides[0])
            wanted = [first]
            ranked = tuple(slide for slide in ranked if slide == first or slide not in row.slides)
        qrels += [ir_measures.Qrel(row.row_id, slide, 1) for slide in wanted]
        run += [ir_measures.ScoredDoc(row.row_id, slide, -float(place)) for place, slide in enumerate(ranked)]
    found: dict[str, Values] = {}
    for metric in ir_measures.iter_calc(measures, qrels, run):
        found.setdefault(metric.query_id, {})[str(metric.measure)] = float(metric.value)
    empty = dict.fromkeys(RANKING, 0.0)
    return {o.row.row_id: found.get(o.row.row_id, empty) for o in outcomes if o.row.slides}


def _answer_values(outcome: Outcome) -> Values:
    row = outcome.row
    values: Values = {"validity": float(outcome.valid)}
    if not row.slides:
        values["false answer"] = float(outcome.found)
        return values
    values["false refusal"] = float(not outcome.found)
    said = squeeze(" ".join(outcome.quotes))
    wanted = [squeeze(answer) for answer in row.answers]
    held = [answer in said for answer in wanted]
    if row.kind in ALL_ITEMS:
        values["contains"] = sum(held) / len(held)
    elif row.kind == "multi":
        values["contains"] = float(any(held) and set(row.slides) <= set(outcome.cited))
    else:
        values["contains"] = float(any(held))
    if outcome.found:
        values["evidence precision"] = sum(slide in row.slides for slide in outcome.cited) / len(
            outcome.cited
        )
        if row.kind == "list":
            values["list precision"] = min(
                1.0, sum(len(a) for a, h in zip(wanted, held, strict=True) if h) / len(said)
            )
    if row.kind == "list":
        values |= _item_values([squeeze(item) for item in outcome.items], wanted)
    if row.kind in SHORT_KINDS:
        short = squeeze(outcome.short or "")
        values["short EM"] = float(short in wanted)
        values["short F1"] = max(character_f1(short, answer) for answer in wanted)
    return values


def _item_values(items: Sequence[str], wanted: Sequence[str]) -> Values:
    met = matched(items, wanted)
    return {"item recall": met / len(wanted), **({"item precision": met / len(items)} if items else {})}


def matched(items: Sequence[str], wanted: Sequence[str]) -> int:
    """How many of the squeezed things wanted are named by one of ``items`` each, the same one before any other."""
    left = list(wanted)
    rest = []
    for item in items:
        if item in left:
            left.remove(item)
        else:
            rest.append(item)
    for item in rest:
        named = next((answer for answer in left if _names(item, answer)), None)
        if named is not None:
            left.remove(named)
    return len(wanted) - len(left)


def _names(item: str, wanted: str) -> bool:
    """Whether one text holds the other and is at most twice as long: a whole paragraph names nothing, 10 is not 10%."""
    short, long = sorted((item, wanted), key=len)
    return short in long and len(long) <= 2 * len(short) and not short.replace(".", "").isdecimal()


def character_f1(given: str, wanted: str) -> float:
    """F1 over the multiset of characters, as JaQuAD's evaluation has it for Japanese."""
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0


def estimate(values: Sequence[float], mean: Callable[[Sequence[float]], float] | None = None) -> Estimate:
    """Mean with a percentile bootstrap interval (Efron 1979); the seed is fixed: same values, same interval."""
    generator = random.Random(SEED)
    average = mean or (lambda sample: sum(sample) / len(sample))
    draws = sorted(average(generator.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low, high = draws[int(0.025 * RESAMPLES)], draws[int(0.975 * RESAMPLES) - 1]
    return Estimate(average(values), low, high, len(values))


def summarise(values: Sequence[Values]) -> dict[str, Estimate]:
    """Each metric over the questions it applies to."""
    names = (*RANKING, *ANSWERS, *REFUSALS, "validity")
    columns = {name: [row[name] for row in values if name in row] for name in names}
    return {name: estimate(column) for name, column in columns.items() if column}


def grouped(
    outcomes: Sequence[Outcome], values: Sequence[Values], key: str
) -> dict[str, dict[str, Estimate]]:
    """``summarise`` for each ``kind`` or ``lang``, in order of name."""
    groups: dict[str, list[Values]] = {}
    for outcome, row in zip(outcomes, values, strict=True):
        groups.setdefault(getattr(outcome.row, key), []).append(row)
    return {name: summarise(groups[name]) for name in sorted(groups)}


def auroc(outcomes: Iterable[Outcome]) -> float:
    """Chance that an answerable question gets more confidence than an unanswerable one; ties count half."""
    rows = list(outcomes)
    yes = [o.confidence for o in rows if o.row.slides]
    no = [o.confidence for o in rows if not o.row.slides]
    if not yes or not no:
        return float("nan")
    wins = sum((y > n) + 0.5 * (y == n) for y in yes for n in no)
    return wins / (len(yes) * len(no))


def risk_coverage(outcomes: Sequence[Outcome], values: Sequence[Values]) -> list[tuple[float, float]]:
    """Share answered → share of those answered wrongly, from the surest question on.

    Source: El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification (2010).
    """
    wrong = [1.0 - row.get("contains", 0.0) for row in values]
    order = sorted(range(len(wrong)), key=lambda place: -outcomes[place].confidence)
    points, errors = [], 0.0
    for count, place in enumerate(order, start=1):
        errors += wrong[place]
        points.append((count / len(order), errors / count))
    return points


def latency(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    """Median and 95th percentile of the time an answer took, in milliseconds."""
    times = sorted(outcome.elapsed_ms for outcome in outcomes)
    return {"p50": times[len(times) // 2], "p95": times[int(0.95 * (len(times) - 1))]}
