"""Practice decks typeset as PDF slides: what the layouts of real decks cost, on questions whose answers we know.

LibreOffice prints PowerPoint decks as they are. Chromium prints each Markdown deck in a design of its own (drawn by its name): one
column, two or cards; tables with all lines, lines between rows, shaded rows, a coloured header or no line at all; numbers, firm and
notes at the foot.
"""

from __future__ import annotations

import html
import random
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt
from pypdf import PdfReader

Form = Literal["written", "pdf", "export"]
"""A deck as it was written; typeset; and the text that pypdf takes out of the typeset one."""

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_CHROMIUM = "chromium", "chromium-browser", "google-chrome"
_NOTE = re.compile(r"<p>(?:※|出所|出典|注|\*|Source|资料来源)[^<]*?</p>")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_BORDERS = (
    "td,th{border:1px solid #888}",
    "tr{border-bottom:1px solid #888}",
    "tr:nth-child(even) td{background:#eef}",
    "th{background:COLOUR;color:#fff} td{border-bottom:1px dotted #aaa}",
    "",
)
# Text that does not fit its slide is set smaller.
_FIT = """<script>for (const b of document.querySelectorAll('.body')) { const f = b.firstElementChild; let s = 15;
while (s > 6 && (f.scrollHeight > b.clientHeight || f.scrollWidth > b.clientWidth + 2)) { s -= .5;
f.style.fontSize = s + 'pt' } }</script>"""


@dataclass(frozen=True, slots=True)
class _Design:
    layouts: tuple[str, ...]
    number: str
    notes_below: bool
    firm: str
    css: str


def as_form(corpus: Path, form: Form) -> bool:
    """Turn the deck in ``corpus`` into ``form``, in its place; False where it is neither Markdown nor PowerPoint.

    Raises CalledProcessError where Chromium (LibreOffice for PowerPoint) fails, and FileNotFoundError where it is not installed.
    """
    if form == "written":
        return True
    found = [*corpus.glob("*.md"), *corpus.glob("*.pptx")]
    for deck in found:
        pdf = deck.with_suffix(".pdf")
        if deck.suffix == ".md":
            _print(_document(deck.stem, deck.read_text("utf-8")), pdf)
        else:
            _convert(deck)
        deck.unlink()
        if form == "export":
            # pypdf leaves zero bytes where a font has no character for a glyph; no text file holds any.
            text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\0", "")
            pdf.with_suffix(".txt").write_text(text, "utf-8")
            pdf.unlink()
    return bool(found)


def _convert(deck: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        raise FileNotFoundError(
            "LibreOffice is not installed: apt-get install libreoffice-impress fonts-noto-cjk"
        )
    with tempfile.TemporaryDirectory() as profile:
        # A profile of its own, since two of one profile get in each other's way.
        command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf"]
        done = subprocess.run(
            [*command, "--outdir", str(deck.parent), str(deck)], check=True, capture_output=True, timeout=120
        )
    if not deck.with_suffix(".pdf").exists():  # it says 0 when it fails, too
        raise subprocess.CalledProcessError(1, command, done.stdout, done.stderr)


def _print(document: str, pdf: Path) -> None:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        raise FileNotFoundError("chromium is not installed: apt-get install chromium fonts-noto-cjk")
    page = pdf.with_suffix(".html")
    page.write_text(document, "utf-8")
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--print-to-pdf={pdf}",
    )
    subprocess.run([chromium, *options, str(page)], check=True, capture_output=True, timeout=120)
    page.unlink()


def _document(name: str, text: str) -> str:
    slides = re.split(r"\n-{3,}\n", text)
    design = _design(name, slides[0])
    pages = [_page(source.strip("\n"), at, len(slides), design, name) for at, source in enumerate(slides, 1)]
    return f"<!doctype html><meta charset=utf-8><style>{design.css}</style>{''.join(pages)}{_FIT}"


def _page(source: str, number: int, count: int, design: _Design, name: str) -> str:
    draw = random.Random(f"{name}{number}")
    before, title, body = _titled(_MARKDOWN.render(source))
    notes = _NOTE.findall(body) if design.notes_below else []
    for note in notes:
        body = body.replace(note, "")
    inner = _arranged(body, draw.choice(design.layouts), draw)
    place, shown = {
        "right": ("right:.4in", f"{number}"),
        "middle": ("left:0;right:0;text-align:center", f"{number}"),
        "of": ("right:.4in", f"{number}/{count}"),
    }[design.number]
    return (
        f"<div class=slide><div class=before>{before}</div><h1>{title}</h1>"
        f"<div class=body><div>{inner}</div></div><div class=notes>{''.join(notes)}</div>"
        f"<div class=firm>{html.escape(design.firm)}</div><div class=number style='{place}'>{shown}</div></div>"
    )


def _titled(body: str) -> tuple[str, str, str]:
    """What stands above the headline, the headline, and what stands below."""
    found = re.search(r"<h1>(.*?)</h1>", body, re.DOTALL)
    return (body[: found.start()], found.group(1), body[found.end() :]) if found else ("", "", body)


def _arranged(body: str, layout: str, draw: random.Random) -> str:
    first, *parts = re.split(r"(?=<h[2-4]>)", body)
    if layout == "cards" and len(parts) >= 2:
        cards = "".join(f"<section class=card>{part}</section>" for part in parts)
        across = min(len(parts), draw.choice([2, 3, 3, 4]))
        return f"{first}<div class=grid style='grid-template-columns:repeat({across},1fr)'>{cards}</div>"
    if layout == "stack":
        return body
    table = _TABLE.search(first)
    if parts and _TAG.sub("", first).strip():
        sides = [first, "".join(parts)]
    elif parts:
        middle = (len(parts) + 1) // 2
        sides = ["".join(parts[:middle]), "".join(parts[middle:])]
    elif table and _TAG.sub("", first.replace(table.group(), "")).strip():
        sides = [table.group(), first.replace(table.group(), "")]
    else:
        return body
    if draw.random() < 0.35:
        sides.reverse()
    return f"<div class=two><div>{sides[0]}</div><div>{sides[1]}</div></div>"


def _design(name: str, cover: str) -> _Design:
    draw = random.Random(name)
    colour = draw.choice(["#1f4e79", "#7a1f2b", "#2e6b3e", "#333", "#5a3d8a"])
    wide, high = draw.choice([("13.333in", "7.5in"), ("10in", "7.5in"), ("11.69in", "8.27in")])
    font = draw.choice(["'Noto Sans CJK JP'", "'Noto Serif CJK JP','Noto Sans CJK JP'"])
    card = draw.choice(["border:1px solid #999", "background:#f2f4f8", f"border-top:3px solid {colour}", ""])
    heading = draw.choice(
        [
            f"background:{colour};color:#fff;text-align:center",
            f"border-bottom:2px solid {colour}",
            f"color:{colour}",
        ]
    )
    headline = draw.choice(["", f"border-bottom:2px solid {colour}", "background:#f0f0f0"])
    aligned = draw.choice(
        ["td:not(:first-child){text-align:right}", "td:not(:first-child){text-align:center}", ""]
    )
    bullet = draw.choice(["disc", "square", '"• "', '"➢ "', '"■ "'])
    borders = draw.choice(_BORDERS).replace("COLOUR", colour)
    css = f"""@page{{size:{wide} {high};margin:0}} *{{box-sizing:border-box}}
body{{margin:0;font-family:{font};font-size:15pt;line-height:1.35}}
.slide{{width:{wide};height:{high};position:relative;page-break-after:always;overflow:hidden;display:flex;
flex-direction:column;padding:.3in .45in .5in}}
h1{{font-size:22pt;color:{colour};margin:0 0 6pt;{headline}}} .before{{font-size:9pt;color:#666}} p{{margin:.3em 0}}
.body{{flex:1;min-height:0;overflow:hidden}} .two{{display:flex;gap:.3in}} .two>div{{flex:1;min-width:0}}
.grid{{display:grid;gap:.15in}} .card{{{card};padding:.08in}} h2,h3{{font-size:1.05em;margin:.2em 0;{heading}}}
ul,ol{{margin:.2em 0;padding-left:1.2em}} ul{{list-style-type:{bullet}}}
table{{border-collapse:collapse;width:100%;font-size:.85em;margin:.3em 0}} td,th{{padding:2px 6px;text-align:left}}
{aligned} {borders} .notes{{font-size:9pt}} .number{{position:absolute;bottom:.15in;font-size:10pt}}
.firm{{position:absolute;bottom:.15in;left:.4in;font-size:8pt;color:#777}}"""
    words = html.unescape(_TAG.sub("", _MARKDOWN.render(cover))).strip().split("\n")[0][:24]
    layouts = draw.choice([("stack",), ("two",), ("cards", "two"), ("stack", "cards", "two")])
    number = draw.choice(["right", "middle", "of"])
    return _Design(layouts, number, draw.random() < 0.7, words if draw.random() < 0.5 else "", css)
