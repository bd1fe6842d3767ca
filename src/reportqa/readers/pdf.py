"""PDF decks: pdfium reads glyphs and their places, pypdf stands in where pdfium cannot.

pdfium is first because it decodes fonts pypdf turns to garbage, gives each glyph its place (exporters
of slides write shapes in the order they were drawn, not read) and opens damaged files. pypdf knows
filters pdfium does not, and bounds what a stream may unpack to; see ``worker`` for what bounds pdfium.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from reportqa.errors import ReadError
from reportqa.readers.pdf_pages import Place, Sheet, read_sheet, usual_place
from reportqa.readers.pdf_plausible import ENOUGH, HOPELESS, plausibility
from reportqa.types import Page

_MOST_PAGES = 5_000
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_NO_TITLE = re.compile(
    r"(?:microsoft (?:power ?point|word)\b.*|(?:power ?point )?(?:プレゼンテーション|presentation|演示文稿|簡報)\d*"
    r"|(?:スライド|slides?|幻灯片|投影片)\s*\d*|(?:タイトル|無題|名称未設定|untitled|title|document|文書)\s*\d*|[\W\d_]*)",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.(?:pptx?|pdf|docx?|key|odp|indd|ai|tex|dvi)$", re.IGNORECASE)
_LONGEST_TITLE = 160


def read_pages(path: Path, engines: Sequence[str] = ("pdfium", "pypdf")) -> tuple[str, tuple[Page, ...]]:
    """The deck's title and its pages; a page without readable text is kept with an empty text.

    Each page is read by the first of ``engines``; where that fails, finds nothing or finds what looks
    garbled, the other reads it too and the more plausible text stands. What neither can decode is
    treated as a picture. A page's label is the file's own where labels say more than a count from 1.
    Raises ReadError when no engine opens the file, naming the reason and what to do.
    """
    readers: list[_Engine] = []
    refusals: list[str] = []
    for name in engines:
        try:
            readers.append(_ENGINES[name](path))
            if name == "pdfium" and readers[0].count:
                break
        except ReadError:
            raise
        except MemoryError:
            raise
        except Exception as error:  # whatever a damaged file makes a parser raise
            refusals.append(_brief(error))
    if not readers:
        raise ReadError(
            f"{path.name}: damaged beyond repair ({'; '.join(refusals)}); open it in a PDF viewer and print it to a "
            "new PDF, or get the file again"
        )
    first = readers[0]
    if not first.count:
        raise ReadError(f"{path.name}: the PDF has no pages; export the deck again")
    if first.count > _MOST_PAGES:
        raise ReadError(
            f"{path.name}: {first.count} pages are over the limit of {_MOST_PAGES}; split the file"
        )
    if len(readers) == 1 and isinstance(first, _Pdfium) and "pypdf" in engines:
        readers.append(_Late(path))
    opened = [_best(readers, index) for index in range(first.count)]
    if not any(opened):
        raise ReadError(
            f"{path.name}: damaged, none of its {first.count} pages can be opened; open it in a PDF viewer and "
            "print it to a new PDF, or get the file again"
        )
    sheets = [sheet or Sheet("") for sheet in opened]
    if isinstance(first, _Pdfium):
        first.usual = usual_place(sheets)
        if first.usual:
            sheets = [
                (_best(readers, index) or sheet) if sheet.moves(first.usual) else sheet
                for index, sheet in enumerate(sheets)
            ]
    labels = _labels(first)
    pages = tuple(
        Page(index + 1, sheet.text, label, "printed" if label else None, sheet.regions)
        for index, (sheet, label) in enumerate(zip(sheets, labels, strict=True))
    )
    return _title(first.title(), pages, path), pages


class _Engine:
    """One library's view of a document; its methods raise whatever the library raises."""

    count = 0

    def title(self) -> str:
        return ""

    def label(self, index: int) -> str:
        return ""

    def page(self, index: int) -> Sheet:
        raise NotImplementedError


class _Pdfium(_Engine):
    def __init__(self, path: Path) -> None:
        import pypdfium2

        try:
            self.document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            if error.err_code == _PASSWORD:
                raise _locked(path) from error
            if error.err_code == _SECURITY:
                raise ReadError(
                    f"{path.name}: protected by a certificate, not a password; save a copy without protection"
                ) from error
            raise
        self.count = len(self.document)
        self.usual: Place | None = None

    def title(self) -> str:
        return str(self.document.get_metadata_value("Title"))

    def label(self, index: int) -> str:
        return str(self.document.get_page_label(index))

    def page(self, index: int) -> Sheet:
        sheet = self.document[index]
        try:
            return read_sheet(sheet, self.usual)
        finally:
            sheet.close()


class _Pypdf(_Engine):
    def __init__(self, path: Path) -> None:
        from pypdf import PdfReader

        self.reader = PdfReader(path)
        if self.reader.is_encrypted and not self.reader.decrypt(""):
            raise _locked(path)
        self.count = len(self.reader.pages)

    def title(self) -> str:
        title = self.reader.metadata.title if self.reader.metadata else None
        return title if isinstance(title, str) else ""

    def label(self, index: int) -> str:
        return self.reader.page_labels[index] if "/PageLabels" in self.reader.root_object else ""

    def page(self, index: int) -> Sheet:
        return Sheet(_clean(self.reader.pages[index].extract_text()))


class _Late(_Engine):
    """pypdf, opened only when a page asks for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine: _Pypdf | None = None

    def page(self, index: int) -> Sheet:
        if self.engine is None:
            self.engine = _Pypdf(self.path)
        return self.engine.page(index)


_ENGINES: dict[str, Callable[[Path], _Engine]] = {"pdfium": _Pdfium, "pypdf": _Pypdf}


def _locked(path: Path) -> ReadError:
    return ReadError(
        f"{path.name}: protected by a password; open it with the password and save a copy without"
    )


def _best(engines: Sequence[_Engine], index: int) -> Sheet | None:
    """The page's text from the first engine that makes sense of it, else the most plausible, else an empty one.

    None where no engine could open the page: unlike a picture, damage is nothing OCR can help with.
    """
    best: Sheet | None = None
    reached = HOPELESS
    for engine in engines:
        try:
            sheet = engine.page(index)
        except MemoryError:
            raise
        except Exception:  # this engine cannot read this page: the next one may
            continue
        best = best or Sheet("")
        score = plausibility(sheet.text)
        if score > reached:
            best, reached = sheet, score
        if score >= ENOUGH:
            break
    return best


def _clean(text: str) -> str:
    """Text without lone surrogates and control characters, so that it can be written and shown."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)


def _labels(engine: _Engine) -> list[str | None]:
    """The file's page labels; None for all where it has none, or where they only count from 1."""
    labels: list[str | None] = []
    for index in range(engine.count):
        try:
            labels.append(_clean(engine.label(index)).strip() or None)
        except Exception:  # a damaged label tree is no reason to refuse the text
            return [None] * engine.count
    if labels == [str(index + 1) for index in range(engine.count)]:
        return [None] * engine.count
    return labels


def _title(stated: str, pages: Sequence[Page], path: Path) -> str:
    """The stated title unless it is a program's wording or a file's name, else the first headline."""
    title = " ".join(_clean(stated).split())
    sensible = not _NO_TITLE.fullmatch(title) and len(title) <= _LONGEST_TITLE and plausibility(title) == 1
    if sensible and not _EXTENSION.search(title):
        return title
    first = pages[0]
    for region in first.regions:
        if region.role == "headline":
            return " ".join(first.text[region.start : region.end].split())
    return _EXTENSION.sub("", title) if sensible else path.stem


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def render_page(path: Path, page: int, width_px: int = 960) -> bytes:
    """A PNG of one page (1-based), ``width_px`` wide; a page more than four times as high is cut to fit.

    Raises ReadError where the file or page cannot be drawn. Not for several threads at once: pdfium is
    not made for it.
    """
    import pypdfium2

    document = None
    try:
        document = pypdfium2.PdfDocument(path)
        if not 1 <= page <= len(document):
            raise ReadError(f"{path.name}: has {len(document)} pages, so page {page} cannot be drawn")
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(width_px / max(width, 1.0), 4 * width_px / max(height, 1.0))
        buffer = io.BytesIO()
        sheet.render(scale=scale).to_pil().save(buffer, "PNG")
        return buffer.getvalue()
    except (pypdfium2.PdfiumError, OSError, ValueError) as error:
        raise ReadError(
            f"{path.name}: page {page} cannot be drawn ({_brief(error)}); repair the file"
        ) from error
    finally:
        if document is not None:
            document.close()
