"""The gate of CI: no headline metric may drop beyond its noise, no quotation may be invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from reportqa.evaluation.compare import Change, compare

SIGNIFICANT = 0.05
"""p-value under which a drop is not noise."""

TOLERATED = 0.01
"""A drop up to this size is let through whatever its p-value."""

LOWER_IS_BETTER = frozenset({"false answer", "false refusal"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one metric; ``reason`` is empty when it passes."""

    change: Change
    reason: str


def judge(baseline: Mapping[str, Any], now: Mapping[str, Any]) -> list[Verdict]:
    """A verdict for each headline metric of ``now`` against the committed ``baseline``."""
    return [Verdict(change, _reason(change)) for change in compare(baseline, now)]


def _reason(change: Change) -> str:
    if change.metric == "validity" and change.after < 1.0:
        return "a quotation is not the slide's own text: " + ", ".join(change.flipped or ("see the report",))
    drop = change.after - change.before if change.metric in LOWER_IS_BETTER else change.before - change.after
    if drop <= TOLERATED or change.p >= SIGNIFICANT:
        return ""
    worse = change.flipped[::-1] if change.metric in LOWER_IS_BETTER else change.flipped
    return f"worse by {drop:.3f} (p = {change.p:.3f}); flipped: {', '.join(worse[:20])}"


def markdown(verdicts: list[Verdict]) -> str:
    """The verdicts as a job summary."""
    lines = ["| metric | baseline | now | p | verdict |", "|---|---|---|---|---|"]
    for verdict in verdicts:
        change = verdict.change
        numbers = f"{change.before:.3f} | {change.after:.3f} | {change.p:.3f}"
        lines.append(f"| {change.metric} | {numbers} | {verdict.reason or 'ok'} |")
    return "\n".join(lines) + "\n"


def junit(verdicts: list[Verdict]) -> str:
    """The verdicts as JUnit XML, one test case a metric."""
    failed = sum(bool(verdict.reason) for verdict in verdicts)
    cases = "".join(
        f"<testcase classname='reportqa.gate' name={quoteattr(verdict.change.metric)}>"
        + (f"<failure>{escape(verdict.reason)}</failure>" if verdict.reason else "")
        + "</testcase>"
        for verdict in verdicts
    )
    return (
        f"<testsuite name='reportqa gate' tests='{len(verdicts)}' failures='{failed}'>{cases}</testsuite>\n"
    )
