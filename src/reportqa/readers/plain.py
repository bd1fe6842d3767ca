"""Plain text: exports of slide decks (.txt) and Markdown decks (.md, Marp style)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from reportqa.errors import ReadError
from reportqa.layout import recover_pages
from reportqa.readers.markdown import read_markdown
from reportqa.text import unwrap
from reportqa.types import Page

_MAX_BYTES = 64 * 2**20
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LEGACY = ("cp932", "euc_jp", "gb18030", "cp1252")
_MARKDOWN = (".md", ".markdown")
_TITLE_LENGTH = 120
_STRAY = 0.01
"""Zero bytes up to this share of the characters are glyphs an exporter had no letter for; more are no text."""


def read_pages(path: Path) -> tuple[str, tuple[Page, ...]]:
    """The deck's title and its pages; line ends become ``\\n``, everything else stays as it stands but for what
    ``decode`` leaves out.

    Markdown is split into slides by its own marks, any other text by ``layout.recover_pages``.
    Raises ``ReadError`` when the file is empty, too large, or in no encoding we can name.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _MAX_BYTES else b""
    except OSError as error:
        raise ReadError(
            f"{path.name}: cannot be opened ({error.strerror}); check the path and its permissions"
        ) from error
    if size > _MAX_BYTES:
        raise ReadError(
            f"{path.name}: {size / 2**20:.0f} MiB of text is over the limit of 64 MiB; split the file"
        )
    text = decode(data, path.name).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ReadError(f"{path.name}: the file holds no text; remove it or export the deck again")
    if path.suffix.lower() in _MARKDOWN:
        title, pages = read_markdown(text)
    else:
        pages = recover_pages(text)
        title = _first_paragraph(text)
    return title or path.stem, pages


def _first_paragraph(text: str) -> str:
    paragraph = re.split(r"\n\s*\n|\f", text.strip(), maxsplit=1)[0]
    title = " ".join(unwrap(paragraph).split())
    return title if len(title) <= _TITLE_LENGTH else " ".join(paragraph.strip().splitlines()[0].split())


def decode(data: bytes, name: str) -> str:
    """The text behind ``data``: UTF-8 or UTF-16, else the legacy encoding it reads best in.

    A byte order mark decides; then strict UTF-8; then UTF-16 where every other byte is mostly zero;
    then ISO-2022-JP by its escapes; then Shift_JIS (cp932), EUC-JP, GB18030 and Windows-1252, each
    strictly, judged by how much of the outcome is everyday writing of that encoding's language.
    Text that is UTF-8 but for a few bytes is refused, not guessed at; stray zero bytes are left out. Raises
    ``ReadError`` naming ``name`` and the byte offset.
    """
    if data.startswith(_UTF16_BOMS):
        return _strict(data, "utf-16", name)
    if data.startswith(_UTF8_BOM):
        return _strict(data[3:], "utf-8", name, offset=3)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        wide = _without_bom(data)
        if wide is not None:
            return wide
        broken = data.decode("utf-8", errors="replace")
        beyond_ascii = sum(char > "\x7f" for char in broken)
        if b"\0" not in data and broken.count("\ufffd") * 10 > beyond_ascii:
            legacy = _best(data, _LEGACY, 0.2)
            if legacy is not None:
                return legacy
        raise ReadError(
            f"{name}: byte {error.start} is not valid UTF-8, and the file is not UTF-16, Shift_JIS, EUC-JP "
            "or GB18030 either; save it as UTF-8 text"
        ) from error
    if "\0" in text:
        wide = _without_bom(data)
        if wide is not None:
            return wide
        if text.count("\0") > _STRAY * len(text):
            raise ReadError(
                f"{name}: byte {data.index(0)} is a zero byte, so this is not a text file; save it as UTF-8 text"
            )
        return decode(data.replace(b"\0", b""), name)
    if "\x1b$" in text:
        try:
            return data.decode("iso2022_jp_2004")
        except UnicodeDecodeError:
            return text
    return text


def _strict(data: bytes, encoding: str, name: str, offset: int = 0) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{name}: byte {error.start + offset} is not valid {encoding.upper()}, which the file's first "
            "bytes announce; save it as UTF-8 text"
        ) from error


def _without_bom(data: bytes) -> str | None:
    """UTF-16 text without its mark: the white space and Latin letters in it have a zero byte each."""
    if b"\0" not in data or len(data) % 2:
        return None
    return _best(data, ("utf-16-le", "utf-16-be"), 0.4)


def _best(data: bytes, encodings: tuple[str, ...], least: float) -> str | None:
    """The strict reading of ``data`` with the best score above ``least``; the first of equals."""
    best: tuple[float, str] | None = None
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _score(text, encoding)
        if score > least and (best is None or score > best[0]):
            best = (score, text)
    return None if best is None else best[1]


def _score(text: str, encoding: str) -> float:
    """Mean worth of the characters beyond ASCII: 1 for everyday ones, -1 for those of misreadings.

    Kana count for Japanese encodings only: EUC-JP and GB 2312 put them at the same codes, and a
    Chinese text has none. Han count by the level their own standard files them under (level 1 of
    JIS X 0208 and of GB 2312 is what people write daily). Windows-1252 is believed only where its
    quotes, dashes and accents stand between ASCII letters, as in an English or French text.
    """
    worth: list[float] = []
    for before, char, after in _neighbours(text):
        if char < "\x80":
            continue
        if encoding == "cp1252":
            alone = before < "\x80" and after < "\x80"
            worth.append(0.3 if alone and unicodedata.category(char)[0] in "LPS" else -1.0)
        elif "\u3041" <= char <= "\u30ff":
            worth.append(0.4 if encoding == "gb18030" else 1.0)
        elif "\u4e00" <= char <= "\u9fff":
            worth.append(0.6 if encoding.startswith("utf-16") or _is_level_one(char, encoding) else -0.3)
        elif "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e" or "\u2010" <= char <= "\u26ff":
            worth.append(0.4)
        else:
            worth.append(-1.0)
    return sum(worth) / len(worth) if worth else 1.0


def _neighbours(text: str) -> Iterator[tuple[str, str, str]]:
    padded = f" {text[:200_000]} "
    yield from zip(padded, padded[1:], padded[2:], strict=False)


def _is_level_one(char: str, encoding: str) -> bool:
    """Whether the standard behind ``encoding`` lists ``char`` in its first level (rows 16 to 47 or 55)."""
    chinese = encoding == "gb18030"
    try:
        code = char.encode("gb2312" if chinese else "euc_jp")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= (0xD7 if chinese else 0xCF)
