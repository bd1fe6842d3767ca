"""The built index of a corpus: built, brought up to date and opened, published whole or not at all.

A build is written into a folder of its own beside the others and becomes visible by renaming one
small file, ``CURRENT``, over the old one. A reader therefore sees the old index or the new one.
``index/README.md`` says what each file is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reportqa import dense, lexical, spelling
from reportqa.corpus import MANIFEST, SourceFile, list_files
from reportqa.dense import DenseIndex, TokenIndex
from reportqa.encoder import Encoder, StaticEncoder
from reportqa.errors import CorpusError, IndexBuildError, ReadError
from reportqa.lexical import LexicalIndex
from reportqa.types import Deck, Passage, Region, Skipped, Slide

FORMAT = 10
"""Raised whenever reading, layout, chunking, tokens or the files change: old indexes are rebuilt."""

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what) while a build runs."""

_CURRENT = "CURRENT"


@dataclass(frozen=True, slots=True)
class Index:
    """An opened index: the decks as read, their passages, and the two search engines over them.

    ``tokens`` is None for a model without token vectors.
    """

    decks: tuple[Deck, ...]
    skipped: tuple[Skipped, ...]
    passages: tuple[Passage, ...]
    lexical: LexicalIndex
    dense: DenseIndex
    tokens: TokenIndex | None
    spellings: spelling.Spellings


def open_index(corpus: Path, folder: Path, encoder: Encoder, progress: Progress | None = None) -> Index:
    """The index of ``corpus`` kept in ``folder``, built or brought up to date first where needed.

    Files are compared by size and time first and by content where those differ; unchanged decks are
    not read again. Raises CorpusError when no file of the corpus can be read, IndexBuildError when
    the folder cannot be written.
    """
    from reportqa.readers import SUFFIXES

    files = list_files(corpus, SUFFIXES)
    stamp = _stamp(corpus, files, encoder)
    current = _current(folder)
    if current is None or _manifest(current).get("stamp") != stamp:
        current = _build(files, folder, encoder, stamp, current, progress)
    return _load(current)


def searched_text(passage: Passage) -> str:
    """What of a passage is turned into vectors: its context and its own text."""
    return f"{passage.context}\n{passage.text}"


def _stamp(corpus: Path, files: Sequence[SourceFile], encoder: Encoder) -> dict[str, Any]:
    """What an index depends on; equal stamps mean the index is fresh."""
    manifest = corpus / MANIFEST
    return {
        "format": FORMAT,
        "model": encoder.fingerprint,
        "manifest": hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else None,
        "files": [[f.deck_id, str(f.path.resolve()), f.size, f.mtime_ns] for f in files],
    }


def _current(folder: Path) -> Path | None:
    """The published index in ``folder``, if there is one."""
    try:
        built = folder / (folder / _CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return built if (built / "manifest.json").is_file() else None


def _manifest(built: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((built / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest


def _build(
    files: Sequence[SourceFile],
    folder: Path,
    encoder: Encoder,
    stamp: dict[str, Any],
    previous: Path | None,
    progress: Progress | None,
) -> Path:
    decks, skipped = _read_all(files, _decks_by_hash(previous, stamp), progress)
    if not decks:
        reasons = "\n".join(f"  {skip.reason}" for skip in skipped)
        raise CorpusError(f"no file of the corpus could be read:\n{reasons}")
    from reportqa.chunking import split_deck

    passages = [passage for deck in decks for passage in split_deck(deck)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    except OSError as error:
        raise IndexBuildError(
            f"{folder}: cannot write the index there ({error}); name another with --index DIR"
        ) from error
    try:
        _write(building, decks, skipped, passages, encoder, stamp)
        return _publish(building, folder)
    except OSError as error:
        raise IndexBuildError(f"{folder}: writing the index failed ({error})") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _read_all(
    files: Sequence[SourceFile], known: dict[str, Deck], progress: Progress | None
) -> tuple[list[Deck], list[Skipped]]:
    """Every deck that can be read, in file order, and why the others cannot."""
    from reportqa.readers import read_deck

    def read(file: SourceFile) -> Deck | Skipped:
        if file.unsupported:
            return Skipped(file.path, f"{file.path}: this format is not read; {file.unsupported}")
        try:
            sha256 = hashlib.sha256(file.path.read_bytes()).hexdigest()
            deck = known.get(f"{file.deck_id}:{sha256}") or read_deck(file.path, file.deck_id)
        except ReadError as error:
            return Skipped(file.path, str(error))
        except OSError as error:
            return Skipped(file.path, f"{file.path}: cannot be opened ({error.strerror})")
        return replace(deck, path=file.path, title=file.title or deck.title)

    decks: list[Deck] = []
    skipped: list[Skipped] = []
    # Each deck is read by a process of its own, so threads are enough to keep the cores busy.
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for done, (file, result) in enumerate(zip(files, pool.map(read, files), strict=True), start=1):
            (decks if isinstance(result, Deck) else skipped).append(result)  # type: ignore[arg-type]
            if progress:
                progress(done, len(files), file.path.name)
    return decks, skipped


def _write(
    folder: Path,
    decks: Sequence[Deck],
    skipped: Sequence[Skipped],
    passages: Sequence[Passage],
    encoder: Encoder,
    stamp: dict[str, Any],
) -> None:
    lexical.build(passages, folder / "lexical")
    texts = [searched_text(passage) for passage in passages]
    dense.build(encoder.encode_passages(texts), folder / "dense.faiss")
    if isinstance(encoder, StaticEncoder):
        TokenIndex.of(encoder.token_ids(texts)).save(folder / "tokens.npz")
    slides = {id(slide): place for place, slide in enumerate(s for deck in decks for s in deck.slides)}
    words = spelling.collect(slide.text for deck in decks for slide in deck.slides)
    _write_json(folder / "spellings.json", spelling.to_json(words))
    _write_json(folder / "decks.json", [_deck_row(deck) for deck in decks])
    _write_json(
        folder / "passages.json", [[p.passage_id, slides[id(p.slide)], p.spans, p.context] for p in passages]
    )
    skips = [[str(skip.path), skip.reason] for skip in skipped]
    _write_json(folder / "manifest.json", {"stamp": stamp, "skipped": skips})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _publish(building: Path, folder: Path) -> Path:
    """Give the finished build its name and point ``CURRENT`` at it; older builds go."""
    built = folder / building.name.replace(".building-", "built-")
    building.rename(built)
    pointer = folder / f".{built.name}"
    pointer.write_text(built.name, "utf-8")
    pointer.replace(folder / _CURRENT)
    for old in folder.glob("built-*"):
        if old != built:
            shutil.rmtree(old, ignore_errors=True)
    return built


def _load(built: Path) -> Index:
    manifest = _manifest(built)
    decks = tuple(_deck(row) for row in json.loads((built / "decks.json").read_text("utf-8")))
    slides = [slide for deck in decks for slide in deck.slides]
    rows = json.loads((built / "passages.json").read_text("utf-8"))
    passages = tuple(
        Passage(passage_id, slides[place], tuple((a, b) for a, b in spans), context)
        for passage_id, place, spans, context in rows
    )
    token_file = built / "tokens.npz"
    return Index(
        decks=decks,
        skipped=tuple(Skipped(Path(path), reason) for path, reason in manifest["skipped"]),
        passages=passages,
        lexical=LexicalIndex(built / "lexical"),
        dense=DenseIndex(built / "dense.faiss"),
        tokens=TokenIndex.load(token_file) if token_file.is_file() else None,
        spellings=spelling.from_json(json.loads((built / "spellings.json").read_text("utf-8"))),
    )


def _decks_by_hash(built: Path | None, stamp: dict[str, Any]) -> dict[str, Deck]:
    """Decks of an earlier build that may be taken over unread: same format, same titles in the manifest."""
    before = _manifest(built).get("stamp", {}) if built else {}
    if built is None or any(before.get(name) != stamp[name] for name in ("format", "manifest")):
        return {}
    try:
        decks = [_deck(row) for row in json.loads((built / "decks.json").read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {f"{deck.deck_id}:{deck.sha256}": deck for deck in decks}


def _deck_row(deck: Deck) -> dict[str, Any]:
    return {
        "deck_id": deck.deck_id,
        "title": deck.title,
        "path": str(deck.path),
        "sha256": deck.sha256,
        "reader": deck.reader,
        "slides": [
            [
                s.number,
                s.page,
                s.numbering,
                s.text,
                [[r.role, r.start, r.end, r.level, r.rows] for r in s.regions],
            ]
            for s in deck.slides
        ],
    }


def _deck(row: dict[str, Any]) -> Deck:
    slides = tuple(
        Slide(row["deck_id"], number, page, numbering, text, tuple(_region(*region) for region in regions))
        for number, page, numbering, text, regions in row["slides"]
    )
    return Deck(row["deck_id"], row["title"], Path(row["path"]), row["sha256"], row["reader"], slides)


def _region(role: Any, start: int, end: int, level: int, rows: list[list[list[int]]]) -> Region:
    return Region(role, start, end, level, tuple(tuple((a, b) for a, b in row) for row in rows))
