"""``reportqa eval``: measure, compare, gate, check the gold set, draft gold from feedback."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportqa.errors import GoldError

if TYPE_CHECKING:
    from reportqa.cli import Settings

GOLD = Path("eval/gold")
BASELINE = Path("eval/baseline.json")
RESULTS = Path("eval/results")


class _Eval(click.Group):
    """A group whose own arguments are gold files, so that ``reportqa eval FILE`` needs no subcommand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not any(arg in self.commands for arg in args):
            args = ["run", *args] if not {"-h", "--help"} & set(args) else args
        return super().parse_args(ctx, args)


@click.group("eval", cls=_Eval, no_args_is_help=False)
def eval_command() -> None:
    """Measure retrieval, answers and refusals on gold questions.

    Without a subcommand it runs the questions: reportqa eval [GOLD…] [--split dev|test|all]
    [--json] [--report OUT.html] [--compare OLD.json] [--out NEW.json].
    """


_split = click.option(
    "--split",
    type=click.Choice(["dev", "test", "all"]),
    default="all",
    show_default=True,
    help="Which split.",
)


@eval_command.command("run", hidden=True)
@click.argument("gold", nargs=-1, type=click.Path(path_type=Path))
@_split
@click.option("--json", "as_json", is_flag=True, help="Print the whole evaluation as JSON.")
@click.option("--report", type=click.Path(path_type=Path), help="Write a self-contained HTML page.")
@click.option("--compare", "old", type=click.Path(path_type=Path), help="Compare with an earlier --out file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where the evaluation is filed.  [default: eval/results/DATE.json]",
)
@click.pass_obj
def run_command(
    settings: Settings,
    gold: tuple[Path, ...],
    split: str,
    as_json: bool,
    report: Path | None,
    old: Path | None,
    out: Path | None,
) -> int:
    """Run the gold questions and print the table."""
    from reportqa.evaluation import report as reporting
    from reportqa.evaluation.compare import compare

    earlier = _read(old) if old else None
    found = _measure(settings, gold or _default(split))
    target = out or RESULTS / f"{found['corpus']}-{split}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    if report:
        report.write_text(reporting.page(found), "utf-8")
    if as_json or settings.json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return 0
    click.echo(reporting.table(found))
    if earlier:
        for change in compare(earlier, found):
            click.echo(f"{change.metric:20} {change.before:.3f} → {change.after:.3f}  p = {change.p:.3f}")
            if change.flipped:
                click.echo(f"{'':20} flipped: {', '.join(change.flipped)}")
    click.echo(f"filed as {target}")
    return 0


@eval_command.command()
@click.pass_obj
def check(settings: Settings) -> int:
    """Check the gold set against the corpus: format, verbatim answers, coverage, near-duplicates."""
    from reportqa.evaluation.gold import check_gold, load

    problems = check_gold(load([GOLD / "dev"]), load([GOLD / "test"]), settings.open().decks)
    click.echo("\n".join(problems) if problems else "the gold set is in order")
    return 2 if problems else 0


@eval_command.command()
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    default=BASELINE,
    show_default=True,
    help="What to compare with.",
)
@click.option("--update", is_flag=True, help="Write the present numbers as the new baseline.")
@click.option(
    "--summary",
    type=click.Path(path_type=Path),
    envvar="GITHUB_STEP_SUMMARY",
    help="Append a Markdown summary here.",
)
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write JUnit XML here.")
@click.pass_obj
def gate(
    settings: Settings, baseline: Path, update: bool, summary: Path | None, junit_file: Path | None
) -> int:
    """Fail when a headline metric drops beyond its noise or a quotation is not verbatim."""
    from reportqa.evaluation import gate as gating
    from reportqa.evaluation import report as reporting

    found = _measure(settings, _default("all"))
    if update:
        baseline.write_text(json.dumps(reporting.baseline(found), ensure_ascii=False), "utf-8")
        click.echo(f"wrote {baseline}")
        return 0
    verdicts = gating.judge(_read(baseline), found)
    text = gating.markdown(verdicts)
    click.echo(text, nl=False)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)
    if junit_file:
        junit_file.write_text(gating.junit(verdicts), "utf-8")
    return 1 if any(verdict.reason for verdict in verdicts) else 0


@eval_command.command()
@click.argument("feedback", type=click.Path(path_type=Path))
def draft(feedback: Path) -> int:
    """Turn the web chat's FEEDBACK file into draft gold rows on standard output."""
    from reportqa.evaluation.feedback import draft as draft_rows

    for row in draft_rows(feedback):
        click.echo(json.dumps(row, ensure_ascii=False))
    return 0


def _default(split: str) -> tuple[Path, ...]:
    return tuple(GOLD / name for name in (("dev", "test") if split == "all" else (split,)))


def _measure(settings: Settings, paths: tuple[Path, ...]) -> dict[str, Any]:
    """Run gold files over the settings' corpus, follow-ups also without and with gold rewriting."""
    from reportqa.evaluation.gold import load
    from reportqa.evaluation.report import document
    from reportqa.evaluation.run import run, run_alone

    gold = load(paths)
    assistant = settings.open()
    outcomes = run(gold, assistant.ask, assistant.search, assistant.decks)
    dialogues = {
        name: found
        for name, standalone in (("without rewriting", False), ("gold standalone", True))
        if (found := run_alone(gold, assistant.ask, assistant.search, assistant.decks, standalone=standalone))
    }
    facts = {
        "corpus": settings.corpus.resolve().name,
        "gold": [str(path) for path in paths],
        "model": " + ".join(filter(None, (settings.model or "bundled", settings.reranker))),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return document(outcomes, dialogues, facts)


def _read(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise GoldError(
            f"{os.fspath(path)}: not an evaluation file ({error}); make one with --out"
        ) from error
    return value
