"""The command line. Exit status as grep: 0 answered, 1 the corpus does not say, 2 error."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportqa import __version__
from reportqa.errors import GoldError, ReportQAError

if TYPE_CHECKING:
    from reportqa.assistant import Assistant
    from reportqa.index import Progress
    from reportqa.types import Turn


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options, as every command sees them in ``ctx.obj``."""

    corpus: Path
    index: Path
    json: bool
    model: str | None
    reranker: str | None

    def open(self) -> Assistant:
        """The assistant over the chosen corpus; long builds show a bar on a terminal."""
        from reportqa.assistant import Assistant

        return Assistant.open(self.corpus, self.index, self.model, _progress(), self.reranker)


class _Group(click.Group):
    """A click group that prints reportqa's errors as one message and exits with 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "eval"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "eval":  # imported only when asked for: other commands should start at once
            from reportqa.cli_eval import eval_command

            return eval_command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            status = super().invoke(ctx)
        except ReportQAError as error:
            click.echo(f"reportqa: {error}", err=True)
            status = 2
        ctx.exit(status if isinstance(status, int) else 0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    default=Path("corpus"),
    show_default=True,
    envvar="REPORTQA_CORPUS",
    help="Folder of decks: PDF, PPTX, text exports, Markdown.",
)
@click.option(
    "--index",
    type=click.Path(path_type=Path),
    default=None,
    envvar="REPORTQA_INDEX",
    help="Folder of the built index.  [default: index, or a folder below it for another corpus]",
)
@click.option(
    "--model",
    default=None,
    envvar="REPORTQA_MODEL",
    help="Any sentence-transformers model, by name or path, instead of the bundled one.",
)
@click.option(
    "--reranker",
    default=None,
    envvar="REPORTQA_RERANKER",
    help="A sentence-transformers cross-encoder, by name or path, that reorders the first candidates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def main(
    ctx: click.Context,
    corpus: Path,
    index: Path | None,
    model: str | None,
    reranker: str | None,
    as_json: bool,
) -> None:
    """Ask a report, get the answer in its own words, with the slide it stands on."""
    ctx.obj = Settings(corpus, index or _default_index(corpus), as_json, model, reranker)


def _default_index(corpus: Path) -> Path:
    """``index`` for the corpus of this folder; any other corpus gets a folder of its own below it."""
    if corpus == Path("corpus"):
        return Path("index")
    path = str(corpus.resolve())
    return Path("index") / f"{corpus.resolve().name}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@main.command()
@click.argument("question", required=False)
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    help='JSON Lines of {"id","question"} or {"id","turns"}; - is standard input.',
)
@_json_option
@click.pass_obj
def ask(settings: Settings, question: str | None, batch: Path | None, as_json: bool) -> int:
    """Answer QUESTION with quotations and their slides."""
    from reportqa.render import answer_json, answer_terminal

    if batch is not None:
        _batch(settings, batch, _answer_row)
        return 0
    if question is None:
        raise click.UsageError("give a QUESTION or --batch FILE")
    answer = settings.open().ask(question)
    if as_json or settings.json:
        _print_json(answer_json(answer))
    else:
        click.echo(answer_terminal(answer))
    return 0 if answer.found else 1


@main.command()
@click.argument("query", required=False)
@click.option(
    "-k", "count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many slides."
)
@click.option(
    "--batch", type=click.Path(path_type=Path), help='JSON Lines of {"id","question"}; - is standard input.'
)
@click.option("--explain", is_flag=True, help="Say why: terms, scores and ranks, which token met which.")
@_json_option
@click.pass_obj
def search(
    settings: Settings, query: str | None, count: int, batch: Path | None, explain: bool, as_json: bool
) -> int:
    """Find the slides nearest to QUERY, best first."""
    from reportqa.render import explanation_json, explanation_terminal, hit_json, hit_terminal

    def rows(assistant: Assistant, query: str) -> list[dict[str, Any]]:
        if explain:
            return [explanation_json(found) for found in assistant.explain(query, count)]
        return [hit_json(hit) for hit in assistant.search(query, count)]

    if batch is not None:
        _batch(settings, batch, lambda a, given: {"id": given["id"], "hits": rows(a, given["question"])})
        return 0
    if query is None:
        raise click.UsageError("give a QUERY or --batch FILE")
    assistant = settings.open()
    if as_json or settings.json:
        hits = rows(assistant, query)
        _print_json({"hits": hits})
        return 0 if hits else 1
    if explain:
        lines = [explanation_terminal(found) + "\n" for found in assistant.explain(query, count)]
    else:
        lines = [hit_terminal(hit) for hit in assistant.search(query, count)]
    for line in lines:
        click.echo(line)
    return 0 if lines else 1


@main.command()
@click.pass_obj
def index(settings: Settings) -> int:
    """Build the index or bring it up to date, and say what it holds."""
    assistant = settings.open()
    slides = sum(len(deck.slides) for deck in assistant.decks)
    if settings.json:
        _print_json({"decks": len(assistant.decks), "slides": slides, "skipped": len(assistant.skipped)})
    else:
        click.echo(f"{len(assistant.decks)} decks, {slides} slides in {settings.index}")
    for skip in assistant.skipped:
        click.echo(f"reportqa: skipped: {skip.reason}", err=True)
    return 0


@main.command()
@_json_option
@click.pass_obj
def decks(settings: Settings, as_json: bool) -> int:
    """List the decks of the corpus and the files that could not be read."""
    assistant = settings.open()
    rows: list[dict[str, Any]] = [
        {
            "deck": d.deck_id,
            "title": d.title,
            "path": str(d.path),
            "slides": len(d.slides),
            "reader": d.reader,
            "skipped": None,
        }
        for d in assistant.decks
    ]
    rows += [
        {"deck": None, "title": None, "path": str(s.path), "slides": 0, "reader": None, "skipped": s.reason}
        for s in assistant.skipped
    ]
    if as_json or settings.json:
        _print_json({"decks": rows})
        return 0
    for row in rows:
        if row["skipped"]:
            click.echo(f"skipped  {row['skipped']}")
        else:
            click.echo(f"{row['deck']}  {row['slides']} slides  {row['reader']}  {row['title']}")
    return 0


@main.command()
@click.argument("deck")
@click.argument("slide")
@_json_option
@click.pass_obj
def show(settings: Settings, deck: str, slide: str, as_json: bool) -> int:
    """Print the text of SLIDE (its printed number) of DECK."""
    from reportqa.render import slide_json

    found = settings.open().slide(deck, slide)
    if as_json or settings.json:
        _print_json(slide_json(found))
    else:
        click.echo(found.text)
    return 0


@main.command()
@click.argument("deck")
@click.option("--section", "-s", default=None, help="Only this section, by its words or its number (第3章).")
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many slides."
)
@_json_option
@click.pass_obj
def digest(settings: Settings, deck: str, section: str | None, count: int, as_json: bool) -> int:
    """Print DECK in its own headlines and lead messages, one slide a line, in deck order."""
    from reportqa.render import citation_json, citation_line

    citations = settings.open().digest(deck, section, count)
    if as_json or settings.json:
        _print_json({"deck": deck, "citations": [citation_json(citation) for citation in citations]})
    else:
        for citation in citations:
            click.echo(citation_line(citation))
    return 0 if citations else 1


@main.command()
@_json_option
@click.pass_obj
def verify(settings: Settings, as_json: bool) -> int:
    """Check the index against the corpus: every file unchanged, every region and passage in its slide."""
    from reportqa.verify import problems

    found = problems(settings.open())
    if as_json or settings.json:
        _print_json({"problems": found})
    else:
        click.echo("\n".join(found) if found else "the index agrees with the corpus")
    return 2 if found else 0


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--feedback",
    type=click.Path(path_type=Path),
    default=Path("feedback/web.jsonl"),
    show_default=True,
    help="Where ratings from the chat are kept.",
)
@click.pass_obj
def serve(settings: Settings, host: str, port: int, feedback: Path) -> int:
    """Serve the web chat."""
    from reportqa.web import serve as serve_web

    serve_web(settings.open(), host, port, feedback)
    return 0


def _answer_row(assistant: Assistant, given: dict[str, Any]) -> dict[str, Any]:
    from reportqa.render import answer_json
    from reportqa.types import Turn

    if "turns" not in given:
        return {"id": given["id"], **answer_json(assistant.ask(given["question"]))}
    history: list[Turn] = []
    for turn in given["turns"]:
        answer = assistant.ask(turn["question"], history)
        history.append(Turn(turn["question"], answer))
    return {"id": given["id"], "turns": [answer_json(turn.answer) for turn in history]}


def _batch(
    settings: Settings, path: Path, answer_row: Callable[[Assistant, dict[str, Any]], dict[str, Any]]
) -> None:
    """Answer a file of questions, one JSON row each; a bad line is an error naming it, before any answer."""
    rows = list(_rows(path))
    assistant = settings.open()
    for place, row in rows:
        try:
            _print_json(answer_row(assistant, row))
        except ReportQAError as error:
            raise GoldError(f"{place}: {error}") from error


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise GoldError(f"{place}: not JSON ({error})") from error
        if not isinstance(row, dict) or "id" not in row or not _has_questions(row):
            raise GoldError(f'{place}: a row needs "id" and "question", or "id" and "turns" of questions')
        yield place, row


def _has_questions(row: dict[str, Any]) -> bool:
    if isinstance(row.get("turns"), list):
        return all(isinstance(t, dict) and isinstance(t.get("question"), str) for t in row["turns"])
    return isinstance(row.get("question"), str)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _progress() -> Progress | None:
    """A one-line progress display for a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        return None

    def show_line(done: int, total: int, name: str) -> None:
        end = "\n" if done == total else ""
        click.echo(f"\r\x1b[Kreading {done}/{total} {name[:60]}", nl=False, err=True)
        click.echo(end, nl=False, err=True)

    return show_line
