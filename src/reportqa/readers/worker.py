"""Reading in a process of its own, with a limit on time and on memory.

Decks come from anywhere, and parsers of PDF and Office files hang, crash and swell on damaged ones.
``run`` starts ``python -m reportqa.readers.worker``, which sets its own limits, reads one file and
sends back its slides; whatever happens to it becomes a ReadError that names the file.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportqa.errors import ReadError
from reportqa.types import Slide

MEMORY_BYTES = 2 * 2**30
_MOST_CHARACTERS = 50_000_000
_OK, _REFUSED, _MEMORY, _BROKEN = "ok", "refused", "memory", "broken"
_PLAIN_TYPES = frozenset({"Slide", "Region"})

Read = tuple[str, tuple[Slide, ...]]
"""A deck's title and its slides."""


def run(path: Path, deck_id: str, *, timeout_s: float, memory_bytes: int = MEMORY_BYTES) -> Read:
    """Title and slides of ``path``, read within ``timeout_s`` seconds and ``memory_bytes`` of address space.

    A PDF on which pdfium crashes or runs out of memory is read once more by pypdf alone, which bounds
    what a stream unpacks to. Raises ReadError naming the file and what to do.
    """
    deadline = time.monotonic() + timeout_s
    kind, value = _start(path, deck_id, "any", timeout_s, memory_bytes)
    if kind in (_MEMORY, _BROKEN) and path.suffix.lower() == ".pdf":
        left = deadline - time.monotonic()
        if left > 0:
            again, found = _start(path, deck_id, "pypdf", left, memory_bytes)
            if again == _OK:
                kind, value = again, found
    if kind == _OK:
        title, slides = value
        return title, slides
    if kind == _REFUSED:
        raise ReadError(value)
    if kind == _MEMORY:
        raise ReadError(
            f"{path.name}: needs more than {memory_bytes / 2**30:.1f} GiB of memory to read; split the file or "
            "print it to a new PDF"
        )
    raise ReadError(f"{path.name}: {value}; open it in a viewer, print it to a new PDF and try again")


def _start(path: Path, deck_id: str, engine: str, timeout_s: float, memory_bytes: int) -> tuple[str, Any]:
    """What became of one worker: a kind and its value."""
    command = [sys.executable, "-P", "-m", "reportqa.readers.worker", str(path), deck_id, engine]
    command += [str(int(timeout_s) + 1), str(memory_bytes)]
    source = str(Path(__file__).parents[2])  # so that the worker finds this very package
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _REFUSED, (
            f"{path.name}: reading took longer than {timeout_s:.0f} s and was stopped; "
            "split the file or print it to a new PDF"
        )
    except OSError as error:
        return _REFUSED, f"{path.name}: no process could be started to read it ({error.strerror}); try again"
    try:
        kind, value = _Plain(io.BytesIO(done.stdout)).load()
    except Exception:  # nothing, or half an answer: it died
        return _BROKEN, f"the reader stopped with status {done.returncode}"
    return str(kind), value


class _Plain(pickle.Unpickler):
    """Loads slides and nothing else: the bytes come from a process that read a stranger's file."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "reportqa.types" and name in _PLAIN_TYPES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a slide")


def _limit(seconds: int, memory_bytes: int) -> None:
    """Bounds this process; a system without such limits still has the parent's clock."""
    try:
        import resource
    except ImportError:
        return
    for what, bound in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, seconds),  # for when the parent is gone
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            _, hard = resource.getrlimit(what)
            bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            resource.setrlimit(what, (bound, hard))
        except (OSError, ValueError):
            continue


def _read(path: Path, deck_id: str, engine: str) -> Read:
    from reportqa.layout import lay_out
    from reportqa.readers import page_reader

    title, pages = page_reader(path, engine)(path)
    if not any(page.text.strip() for page in pages):
        raise ReadError(
            f"{path.name}: no text on any of its {len(pages)} pages, only pictures or fonts without a key to "
            "their characters; run OCR over it first (for example ocrmypdf)"
        )
    if sum(len(page.text) for page in pages) > _MOST_CHARACTERS:
        raise ReadError(f"{path.name}: more than {_MOST_CHARACTERS} characters of text; split the file")
    return title, lay_out(deck_id, pages)


def _answer(path: Path, deck_id: str, engine: str) -> tuple[str, Any]:
    try:
        return _OK, _read(path, deck_id, engine)
    except ReadError as error:
        return _REFUSED, str(error)
    except MemoryError:
        return _MEMORY, ""
    except RecursionError:
        return _BROKEN, "it is nested too deeply to read"
    except Exception as error:  # anything a parser may raise
        told = " ".join(str(error).split())[:160]
        return _BROKEN, f"damaged or of an unknown kind ({type(error).__name__}: {told})"


def main(arguments: Sequence[str]) -> None:
    """Reads one file and writes the answer to standard output, where nothing else may write."""
    path, deck_id, engine, seconds, memory_bytes = arguments
    _limit(int(seconds), int(memory_bytes))
    channel = os.dup(1)
    os.dup2(2, 1)
    answer = _answer(Path(path), deck_id, engine)
    with os.fdopen(channel, "wb") as out:
        pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
    os._exit(0)  # closing a damaged document may crash, and the answer is out


if __name__ == "__main__":
    main(sys.argv[1:])
