"""An evaluation as a document (JSON), a table (terminal) and a page (HTML, self-contained)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from reportqa.evaluation import metrics
from reportqa.evaluation.metrics import Estimate
from reportqa.evaluation.run import Outcome

_COLUMNS = (
    "R@1",
    "R@3",
    "RR",
    "nDCG@10",
    "contains",
    "short EM",
    "short F1",
    "evidence precision",
    *metrics.REFUSALS,
)


def document(
    outcomes: Sequence[Outcome], dialogues: Mapping[str, Sequence[Outcome]], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything measured, as JSON values: ``facts`` (corpus, gold, model), metrics and each question.

    ``dialogues`` holds further runs of the follow-up turns by name (raw, standalone).
    """
    values = metrics.per_question(outcomes)
    follow_ups = [o for o in outcomes if o.row.kind == "dialogue" and not o.row.row_id.endswith(".1")]
    runs = {"with rewriting": follow_ups, **dialogues} if follow_ups else {}
    return {
        **facts,
        "overall": _plain(metrics.summarise(values)),
        "by_kind": {k: _plain(v) for k, v in metrics.grouped(outcomes, values, "kind").items()},
        "by_lang": {k: _plain(v) for k, v in metrics.grouped(outcomes, values, "lang").items()},
        "follow_ups": {
            name: _plain(metrics.summarise(metrics.per_question(found))) for name, found in runs.items()
        },
        "auroc": round(metrics.auroc(outcomes), 4),
        "risk_coverage": [[round(c, 4), round(r, 4)] for c, r in metrics.risk_coverage(outcomes, values)],
        "latency_ms": metrics.latency(outcomes),
        "questions": [
            {
                "id": outcome.row.row_id,
                "question": outcome.row.question,
                "lang": outcome.row.lang,
                "kind": outcome.row.kind,
                "slides": outcome.row.slides,
                "answers": outcome.row.answers,
                "ranked": outcome.ranked[:5],
                "cited": outcome.cited,
                "quotes": outcome.quotes,
                "short": outcome.short,
                "items": outcome.items,
                "confidence": round(outcome.confidence, 4),
                "elapsed_ms": round(outcome.elapsed_ms, 2),
                "values": {name: round(value, 4) for name, value in row.items()},
            }
            for outcome, row in zip(outcomes, values, strict=True)
        ],
    }


def baseline(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the gate compares with: ids and values, no texts and no times."""
    return {"questions": [{"id": q["id"], "values": q["values"]} for q in found["questions"]]}


def _plain(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    return {
        name: {key: round(value, 4) for key, value in asdict(estimate).items()}
        for name, estimate in estimates.items()
    }


def table(found: Mapping[str, Any]) -> str:
    """The document as lines for a terminal: overall with intervals, then each kind and language."""
    lines = [f"{found['corpus']}: {len(found['questions'])} questions, model {found['model']}", ""]
    for name, value in found["overall"].items():
        interval = f"[{value['low']:.3f}, {value['high']:.3f}]"
        lines.append(f"{name:20} {value['mean']:.3f}  {interval}  n={value['count']:.0f}")
    lines += [f"{'AUROC':20} {found['auroc']:.3f}", ""]
    lines.append(f"{'':18}" + "".join(f"{name:>19}" for name in _COLUMNS))
    for group in ("by_kind", "by_lang", "follow_ups"):
        for name, row in found[group].items():
            lines.append(f"{name:18}" + "".join(f"{_cell(row.get(column)):>19}" for column in _COLUMNS))
        lines.append("")
    return "\n".join(lines)


def _cell(value: Mapping[str, float] | None) -> str:
    return f"{value['mean']:.2f} [{value['low']:.2f},{value['high']:.2f}]" if value else ""


def page(found: Mapping[str, Any]) -> str:
    """The document as an HTML page that needs nothing else: plots as SVG, every failure spelt out."""
    questions = found["questions"]
    return f"""<!doctype html><meta charset="utf-8"><title>reportqa evaluation</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}}
table{{border-collapse:collapse;width:100%;margin:1rem 0}}td,th{{border-bottom:1px solid #dde3ea;padding:.25rem .5rem;
text-align:left;vertical-align:top}}svg{{margin:.5rem 0;background:#f7f9fb}}.n{{text-align:right}}</style>
<h1>reportqa evaluation</h1><p>{escape(str(found["corpus"]))}, {len(questions)} questions, model
{escape(str(found["model"]))}, {escape(str(found.get("when", "")))}</p>
{_overall(found)}
<h2>By kind</h2><p>R@1 and answer contains gold, with 95 % intervals.</p>{_bars(found["by_kind"])}
<h2>Risk and coverage</h2><p>Share of questions answered, surest first, against the share answered wrongly.</p>
{_curve(found["risk_coverage"])}
<h2>Reliability</h2><p>Confidence against the share of questions that really have an answer.</p>{_curve(_reliability(questions))}
<h2>Latency</h2><p>Median {found["latency_ms"]["p50"]:.1f} ms, 95th percentile {found["latency_ms"]["p95"]:.1f} ms.</p>
{_histogram([question["elapsed_ms"] for question in questions])}
<h2>What went wrong</h2>{_failures(questions)}
"""


def _overall(found: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}<td class=n>{v['mean']:.3f}<td class=n>{v['low']:.3f} – {v['high']:.3f}<td class=n>{v['count']:.0f}"
        for name, v in found["overall"].items()
    )
    return f"<table><tr><th>metric<th class=n>mean<th class=n>95 %<th class=n>n{rows}<tr><td>AUROC<td class=n>{found['auroc']:.3f}<td><td></table>"


def _bars(groups: Mapping[str, Any]) -> str:
    drawn = []
    names = [name for name in groups if "R@1" in groups[name]]
    for place, name in enumerate(names):
        y = 8 + place * 34
        drawn.append(f'<text x="4" y="{y + 16}" font-size="13">{escape(name)}</text>')
        for row, (metric, colour) in enumerate((("R@1", "#0f766e"), ("contains", "#c2762e"))):
            value = groups[name].get(metric)
            if value:
                top = y + row * 13
                low, width, high = (130 + 480 * value[key] for key in ("low", "mean", "high"))
                drawn.append(
                    f'<rect x="130" y="{top}" width="{width - 130:.0f}" height="11" fill="{colour}"/>'
                )
                drawn.append(
                    f'<line x1="{low:.0f}" x2="{high:.0f}" y1="{top + 5}" y2="{top + 5}" stroke="#1b2733"/>'
                )
                drawn.append(
                    f'<text x="{max(width, high) + 5:.0f}" y="{top + 10}" font-size="11">{value["mean"]:.2f}</text>'
                )
    return f'<svg width="680" height="{16 + 34 * len(names)}" role="img">{"".join(drawn)}</svg>'


def _curve(points: Sequence[Sequence[float]]) -> str:
    line = " ".join(f"{40 + 400 * x:.1f},{220 - 200 * y:.1f}" for x, y in points)
    axes = '<path d="M40 20V220H440" fill="none" stroke="#8895a3"/>'
    marks = "".join(
        f'<text x="{36 + 400 * t}" y="236" font-size="11">{t}</text><text x="12" y="{224 - 200 * t}" font-size="11">{t}</text>'
        for t in (0, 0.5, 1)
    )
    return f'<svg width="480" height="245" role="img">{axes}{marks}<polyline points="{line}" fill="none" stroke="#0f766e" stroke-width="2"/></svg>'


def _reliability(questions: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    points = []
    for tenth in range(10):
        inside = [
            q
            for q in questions
            if tenth <= q["confidence"] * 10 < tenth + 1 or (tenth == 9 and q["confidence"] == 1)
        ]
        if inside:
            mean = sum(q["confidence"] for q in inside) / len(inside)
            points.append((mean, sum(bool(q["slides"]) for q in inside) / len(inside)))
    return points


def _histogram(times: Sequence[float]) -> str:
    top = max(times) or 1.0
    counts = [0] * 30
    for time in times:
        counts[min(29, int(30 * time / top))] += 1
    bars = "".join(
        f'<rect x="{40 + 15 * n}" y="{110 - 100 * c / max(counts):.0f}" width="13" height="{100 * c / max(counts):.0f}" fill="#0f766e"/>'
        for n, c in enumerate(counts)
    )
    return f'<svg width="520" height="135" role="img">{bars}<text x="40" y="128" font-size="11">0</text><text x="460" y="128" font-size="11">{top:.0f} ms</text></svg>'


def _failures(questions: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for q in questions:
        values = q["values"]
        if values.get("contains", 1.0) == 1.0 and not values.get("false answer"):
            continue
        right = (
            f"{', '.join(q['slides'])}: {' / '.join(q['answers'])}"
            if q["slides"]
            else "the corpus does not say"
        )
        pairs = zip(q["cited"], q["quotes"], strict=True)
        given = "<br>".join(f"{escape(slide)}: {escape(quote[:160])}" for slide, quote in pairs) or "refused"
        rows.append(
            f"<tr><td>{escape(q['id'])}<td>{escape(q['question'][:200])}<td>{escape(right)}<td>{given}<td class=n>{q['confidence']:.2f}"
        )
    return f"<p>{len(rows)} questions.</p><table><tr><th>id<th>question<th>right<th>given<th>confidence{''.join(rows)}</table>"
