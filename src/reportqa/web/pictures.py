"""Pictures of slides, the quoted lines marked as with a highlighter, kept as long as the server runs."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

from reportqa.errors import ReportQAError
from reportqa.types import Deck, Slide, Span

_DRAWING = Lock()  # pdfium draws one page at a time, and a half-written picture must not be shown
_WIDTH = 1440
"""Pixels: sharp on a panel 720 wide at twice the density."""

_MARKER = (255, 236, 140)


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="reportqa-slides-")


def picture(deck: Deck, slide: Slide, spans: Sequence[Span] = ()) -> Path | None:
    """A PNG of the slide with ``spans`` of its text marked.

    None where the deck has no pictures to show (text, PowerPoint, a page that cannot be drawn). A span
    that cannot be found on the page goes unmarked.
    """
    if deck.path.suffix.lower() != ".pdf":
        return None
    marked = hashlib.sha256(repr(sorted(spans)).encode()).hexdigest()[:12] if spans else "plain"
    path = Path(_folder().name) / f"{deck.sha256[:16]}-{slide.page}-{marked}.png"
    with _DRAWING:
        if not path.exists():
            from reportqa.readers.pdf import render_page

            try:
                drawn = render_page(deck.path, slide.page, _WIDTH)
            except (ReportQAError, OSError):  # the text is shown instead
                return None
            path.write_bytes(_mark(drawn, deck.path, slide, spans))
    return path


def _mark(png: bytes, path: Path, slide: Slide, spans: Sequence[Span]) -> bytes:
    """The picture with a highlighter drawn over the spans: white turns yellow, ink stays."""
    from PIL import Image, ImageChops, ImageDraw

    from reportqa.readers.places import quote_boxes

    try:
        boxes = quote_boxes(path, slide.page, [slide.text[start:end] for start, end in spans])
    except ReportQAError:
        boxes = ()
    if not boxes:
        return png
    image = Image.open(io.BytesIO(png)).convert("RGB")
    marker = Image.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(marker)
    for box in boxes:
        left, right = box.left * image.width - 2, box.right * image.width + 2
        pen.rounded_rectangle((left, box.top * image.height, right, box.bottom * image.height), 4, _MARKER)
    out = io.BytesIO()
    ImageChops.multiply(image, marker).save(out, "PNG")
    return out.getvalue()
