"""One reader a format; ``read_deck`` picks it, runs it in a worker and lays out what it read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reportqa.errors import ReadError
from reportqa.types import Deck, Page

SUFFIXES = frozenset({".pdf", ".pptx", ".txt", ".md", ".markdown"})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024  # a PDF may carry this much before its signature

PageReader = Callable[[Path], tuple[str, tuple[Page, ...]]]


def read_deck(path: Path, deck_id: str, *, timeout_s: float = 120.0) -> Deck:
    """The deck in ``path``, its slides numbered and their regions found.

    The file is parsed by a process of its own, for ``timeout_s`` seconds at most and with bounded
    memory. Pages without text are kept with an empty text. Raises ReadError naming the file and what to
    do: an unknown or mistaken format, a password, damage, no text at all, or a limit reached.
    """
    from reportqa.readers.worker import run

    suffix = path.suffix.lower()
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise ReadError(f"{path.name}: not a file but a folder or a device; give the path of a deck")
        with path.open("rb") as file:
            _check(path, suffix, file.read(_HEAD))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReadError(
            f"{path.name}: cannot be opened ({error.strerror}); check the path and its permissions"
        ) from error
    title, slides = run(path, deck_id, timeout_s=timeout_s)
    return Deck(deck_id, title, path, digest, suffix.lstrip("."), slides)


def page_reader(path: Path, engine: str = "any") -> PageReader:
    """The function that reads files of this suffix; ``engine`` names the only library for a PDF."""
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        from reportqa.readers import pdf

        return pdf.read_pages if engine == "any" else partial(pdf.read_pages, engines=(engine,))
    if suffix == ".pptx":
        from reportqa.readers import pptx

        return pptx.read_pages
    from reportqa.readers import plain

    return plain.read_pages


def _check(path: Path, suffix: str, head: bytes) -> None:
    """Refuses what the first bytes show to be something else than the file's name says."""
    if not head:
        raise ReadError(f"{path.name}: the file is empty; get it again")
    if suffix not in SUFFIXES:
        office = "save it as .pptx or PDF" if head.startswith((_OLE, b"PK")) else "export it as PDF"
        raise ReadError(f"{path.name}: {suffix or 'a file without an ending'} is not read; {office}")
    kind = _kind(head)
    if suffix == ".pdf" and kind != "PDF":
        raise ReadError(f"{path.name}: not a PDF but {_named(kind, head)}; get the file again")
    if suffix == ".pptx" and kind == "OLE":
        raise ReadError(
            f"{path.name}: protected by a password, or in the old .ppt format; "
            "open it in PowerPoint, remove the password and save it as .pptx"
        )
    if suffix == ".pptx" and kind != "ZIP":
        raise ReadError(f"{path.name}: not a .pptx file but {_named(kind, head)}; get the file again")
    if suffix not in (".pdf", ".pptx") and kind and head.startswith((b"%PDF-", b"PK\x03\x04", _OLE)):
        raise ReadError(f"{path.name}: not a text file but {_named(kind, head)}; give it its own ending")


def _kind(head: bytes) -> str:
    if b"%PDF-" in head:
        return "PDF"
    if head.startswith(b"PK\x03\x04"):
        return "ZIP"
    if head.startswith(_OLE):
        return "OLE"
    return ""


def _named(kind: str, head: bytes) -> str:
    """What the file is, in words."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page (the download brought the page around the file)"
    if kind == "OLE":
        return "an old or protected Office file"
    if kind == "ZIP":
        return "a ZIP archive or Office file"
    if kind == "PDF":
        return "a PDF"
    text = all(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return "a text file" if text else "something unknown"
