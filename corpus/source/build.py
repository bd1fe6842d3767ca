"""Compile the shipped deck: `python corpus/source/build.py` (needs the `typst` and `pypdf` wheels).

The date inside the PDF is fixed in lib.typ, so the same sources and fonts give the same bytes.
Noto Sans CJK JP is looked for in the system's fonts and in $FONT_PATH.
"""

import os
from pathlib import Path

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

SOURCE = Path(__file__).parent
DECK = SOURCE.parent / "china-ai-2024.pdf"
SLIDES = 39
FONT_FOLDERS = [os.environ.get("FONT_PATH", ""), "/usr/share/fonts/opentype/noto"]


def label_cover(path: Path) -> None:
    """Label the cover "0": PDF counts labels from 1, so Typst leaves the zero out; a prefix can say it."""
    writer = PdfWriter(path, incremental=True)
    labels = writer.root_object["/PageLabels"]["/Nums"]
    labels[1] = DictionaryObject({NameObject("/P"): TextStringObject("0")})
    writer.write(path)


def main() -> None:
    """Write the PDF; stop when a slide has run over its page."""
    folders = [folder for folder in FONT_FOLDERS if folder and Path(folder).is_dir()]
    _, warnings = typst.compile_with_warnings(
        SOURCE / "china-ai-2024.typ", output=DECK, font_paths=folders, timestamp=0
    )
    for warning in warnings:
        print(f"warning: {warning.message}")
    label_cover(DECK)
    reader = PdfReader(DECK)
    expected = [str(number) for number in range(SLIDES)]
    if list(reader.page_labels) != expected:
        raise SystemExit(f"{DECK}: {len(reader.pages)} pages, not {SLIDES}: shorten the slide that runs over")
    print(f"{DECK}: {len(reader.pages)} slides, {DECK.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
