"""The corpus folder: which files are decks, what they are called, what the manifest says of them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from reportqa.errors import CorpusError

MANIFEST = "corpus.toml"
_IGNORED_NAMES = re.compile(r"^(?:\.|~\$|(?:README|LICENSE|CHANGELOG)\b)", re.IGNORECASE)
_UNSUPPORTED = {
    ".ppt": "save it as .pptx or PDF",
    ".key": "export it as PDF",
    ".odp": "export it as PDF or .pptx",
    ".doc": "save it as PDF",
    ".docx": "save it as PDF",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus: its deck id, its path, and what tells whether it changed.

    ``unsupported`` is the advice for a format reportqa knows but does not read, else None.
    """

    deck_id: str
    path: Path
    size: int
    mtime_ns: int
    title: str | None = None
    unsupported: str | None = None


def list_files(folder: Path, suffixes: frozenset[str]) -> list[SourceFile]:
    """The deck files below ``folder`` in path order, hidden ones and READMEs left out.

    Raises CorpusError when the folder is missing, holds no deck, or two decks would share an id.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such corpus folder; name one with --corpus DIR")
    known = suffixes | _UNSUPPORTED.keys()
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in known
        and not any(_IGNORED_NAMES.match(part) for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not paths:
        wanted = ", ".join(sorted(suffixes))
        raise CorpusError(f"{folder}: no deck in this corpus; put files ending in {wanted} there")
    titles = _titles(folder)
    ids = _deck_ids([path.relative_to(folder) for path in paths])
    files = []
    for path, deck_id in zip(paths, ids, strict=True):
        status = path.stat()
        title = titles.get(path.relative_to(folder).as_posix())
        advice = _UNSUPPORTED.get(path.suffix.lower())
        files.append(SourceFile(deck_id, path, status.st_size, status.st_mtime_ns, title, advice))
    return files


def _slug(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name)
    return re.sub(r"[^\w.-]+", "-", folded).strip("-.") or "deck"


def _deck_ids(paths: list[Path]) -> list[str]:
    """The file stem where it is unique, else the whole name, else the path: shortest that tells apart."""
    ids: list[str | None] = [None] * len(paths)
    stems, names = [path.stem for path in paths], [path.name for path in paths]
    for wording in (stems, names, [path.as_posix().replace("/", "-") for path in paths]):
        slugs = [_slug(words) for words in wording]
        counts = Counter(slugs)
        for place, slug in enumerate(slugs):
            if ids[place] is None and counts[slug] == 1 and slug not in ids:
                ids[place] = slug
    if None in ids:
        clash = paths[ids.index(None)]
        raise CorpusError(f"{clash}: another deck of the corpus would get the same id; rename one of them")
    return [deck_id for deck_id in ids if deck_id is not None]


def _titles(folder: Path) -> dict[str, str]:
    """Titles given in the manifest, by file path relative to the corpus folder."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return {}
    try:
        decks = tomllib.loads(manifest.read_text("utf-8")).get("deck", [])
        return {str(deck["file"]): str(deck["title"]) for deck in decks if "file" in deck and "title" in deck}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise CorpusError(f"{manifest}: not a valid manifest ({error}); correct or remove it") from error
