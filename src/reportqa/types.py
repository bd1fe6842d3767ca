"""The values that flow down the corridor: Deck → Slide → Passage → Hit → Citation → Answer.

All are frozen. A span is a pair of offsets into ``Slide.text``, so whatever points at text
points at the *source* text and a quotation can be sliced but never composed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Span = tuple[int, int]
"""Half-open ``(start, end)`` offsets, in characters, into ``Slide.text``."""

Numbering = Literal["printed", "inferred", "page"]
"""How ``Slide.number`` is known: read off the slide, deduced from neighbours, or the page count."""

Role = Literal["headline", "breadcrumb", "body", "table", "note", "source", "footer"]
"""What a region of a slide is: ``note`` is a ※ remark, ``source`` an 出所 line."""

Language = Literal["ja", "en", "zh"]


@dataclass(frozen=True, slots=True)
class Region:
    """One logical block of a slide: a headline, a bullet with its wrapped lines, a box title, a table.

    ``level`` is the depth in the slide's outline: 0 for a paragraph or box title, 1 for a bullet
    under it, 2 for a sub-bullet. The parent of a region is the nearest earlier one of smaller level.
    ``rows`` is filled for tables only: cell spans, row by row, header row included.
    """

    role: Role
    start: int
    end: int
    level: int = 0
    rows: tuple[tuple[Span, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a reader hands it to ``layout``: text, and whatever structure the format states.

    ``label`` is the slide number the file itself gives (a PDF page label, a PPTX number field) and
    ``numbering`` how it is known; both are None where the reader leaves numbering to ``layout``.
    ``regions`` are those the reader knows for sure (a PPTX title, a ruled table); layout finds the rest.
    """

    page: int
    text: str
    label: str | None = None
    numbering: Numbering | None = None
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide. ``text`` holds the source glyphs, untouched; regions cover it in reading order."""

    deck_id: str
    number: str
    page: int
    numbering: Numbering
    text: str
    regions: tuple[Region, ...] = ()

    def __hash__(self) -> int:
        # Slides are keys wherever evidence is grouped; hashing every region each time took a tenth of an answer.
        return hash((self.deck_id, self.page))


@dataclass(frozen=True, slots=True)
class Deck:
    """One source file. ``deck_id`` is a slug without white space, unique in its corpus."""

    deck_id: str
    title: str
    path: Path
    sha256: str
    reader: str
    slides: tuple[Slide, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of the corpus that could not be read, and the reason a person can act on."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable piece of one slide; ``context`` is searched with it and never quoted."""

    passage_id: str
    slide: Slide
    spans: tuple[Span, ...]
    context: str = ""

    @property
    def text(self) -> str:
        """The passage's own source text, its spans joined by a line break."""
        return "\n".join(self.slide.text[start:end] for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Rank:
    """How one retriever placed a passage: 1-based position and its own score."""

    retriever: str
    position: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query; ``score`` is the fused score, higher is better."""

    passage: Passage
    score: float
    ranks: tuple[Rank, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation and where it stands. ``quote`` is sliced from the slide: it cannot be invented."""

    slide: Slide
    spans: tuple[Span, ...]
    score: float = 0.0
    source: Span | None = None

    @property
    def quote(self) -> str:
        """The cited text, verbatim; several spans are joined by one space."""
        return " ".join(self.slide.text[start:end] for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Short:
    """The shortest answer inside the quotations, or one thing of a list: a span of a cited slide."""

    slide: Slide
    span: Span

    @property
    def text(self) -> str:
        """The span's text, verbatim."""
        return self.slide.text[self.span[0] : self.span[1]]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: what the question calls it and what the corpus says of it, None for nothing."""

    name: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the corpus says to a question. Without citations it says nothing: see ``found``.

    ``nearest`` are the slides closest to the question, given when nothing was found.
    ``standalone`` is the follow-up question as it was understood and ``carried`` what it took over; ``joined`` where
    that is the last question and this one in one.
    ``sides`` are those of a comparison; their quotations are among the citations.
    ``items`` are the things of the list asked for, one by one, each inside a quotation; none where it is unsure which
    list that is.
    ``reply`` is what the program itself says to a text that asks nothing of the corpus (a greeting).
    """

    question: str
    language: Language
    citations: tuple[Citation, ...] = ()
    short: Short | None = None
    confidence: float = 0.0
    nearest: tuple[Citation, ...] = ()
    standalone: str | None = None
    carried: tuple[str, ...] = ()
    elapsed_ms: float = 0.0
    sides: tuple[Side, ...] = ()
    items: tuple[Short, ...] = ()
    reply: str | None = None
    joined: bool = False

    @property
    def found(self) -> bool:
        """Whether the corpus answers the question."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation: the question as asked and the answer given."""

    question: str
    answer: Answer


class Retriever(Protocol):
    """Anything that ranks passages for a query."""

    def search(self, query: str, k: int) -> list[Hit]:
        """The ``k`` best hits, best first; ties are broken by passage id."""
        ...
