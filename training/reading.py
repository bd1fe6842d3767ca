"""Training examples for the reader: questions, windows of text made to look like slides, answer spans.

JaQuAD asks of paragraphs of an encyclopedia. A slide is a headline over short lines, so each paragraph
is cut down to some of its sentences, one a line under the article's title. Half of what the reader
sees does not answer: the paragraph without its answering sentence, a neighbour BM25 finds, or the
question with one of its names or figures exchanged (after SQuAD 2.0, Rajpurkar et al. 2018).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import data
import language

from reportqa.evaluation.metrics import character_f1
from reportqa.reader import Reader
from reportqa.text import sentences, squeeze

MATERIAL = Path(__file__).parent / "runs/reader-material.xz"
"""Where ``material.py`` puts what the reader learns from."""

TABBED = 0.7
"""In so many of the tables made up from JaQuAD's questions cells are told apart."""

WINDOW = (80, 320)
"""Fewest and most characters of a window, drawn anew for each question and epoch."""

_NAME = re.compile(
    r"[ァ-ヴー]{3,}|[A-Za-z][A-Za-z0-9.-]{2,}|\d+(?:,\d+)*|[「『][^」』]{2,20}[」』]|[一-龥]{3,6}"
)
_ATTRIBUTE = re.compile(
    r"^(?P<subject>[^、。?？]{2,24}?)の(?P<attribute>[^、。のはがを?？]{1,10})(?:は|って|とは)、?"
    r"(?:何|なに|なん|誰|だれ|いつ|どこ|どの|どれ|いくつ|いくら|[?？]|$)"
)
_ENDING = re.compile(r"(?:のである|である|であった|でした|です|だった|。)+$")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the lines of a window (the first is its headline) and the answers as offsets into them.

    ``answers`` are (line, start, end), any of which is right; none where the window does not answer. Cells of a table
    are parted by tabs. ``accepted`` are all answers that would be right, on this page or not. The others are what the
    heads of the reader learn, None where there is nothing to learn:
    ``said``, the window says what is asked, against windows nearest to a question that nothing answers; ``here``, the question
    is put to this deck; ``several``, it asks for a list, whose items are then the answers.
    """

    question: str
    lines: tuple[str, ...]
    answers: tuple[tuple[int, int, int], ...]
    accepted: tuple[str, ...] = ()
    said: bool | None = None
    here: bool | None = None
    several: bool | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the data set with its paragraph cut into sentences."""

    question: str
    title: str
    context: str
    spans: tuple[tuple[int, int], ...]
    start: int
    text: str
    negative: str
    glosses: tuple[str, ...] = ()


def epoch(asked: Sequence[Asked], draw: random.Random) -> list[Example]:
    """One window with the answer for each question, and for two of three one without."""
    names = [m.group() for a in asked for m in _NAME.finditer(a.question)]
    examples = []
    for one in asked:
        question = _worded(one, draw)
        found = _answering(one, draw)
        if found is not None:
            examples.append(replace(found, question=question))
        kind = draw.random()
        if kind < 0.25:
            other = _without(one, draw)
        elif kind < 0.5:
            other = _elsewhere(one, draw)
        elif kind < 0.7 and found is not None:
            other = _exchanged(one.question, found, names, draw)
        else:
            continue
        if other is not None:
            examples.append(other if other.question else replace(other, question=question))
    draw.shuffle(examples)
    return examples


@dataclass(frozen=True, slots=True)
class Fact:
    """A question of the form "what is the ATTRIBUTE of SUBJECT" taken apart, with its answer."""

    asked: Asked
    subject: str
    attribute: str


def facts(asked: Sequence[Asked]) -> list[Fact]:
    """The questions that ask for an attribute of a subject: about one in six."""
    found = []
    for one in asked:
        match = _ATTRIBUTE.match(one.question)
        if match and match["attribute"][-1] not in "とやが" and len(one.text) <= 30:
            found.append(Fact(one, match["subject"].strip("『』「」 "), match["attribute"]))
    return found


def slides(told: Sequence[Fact], draw: random.Random) -> list[Example]:
    """Each fact once on a made-up slide: as a row of a table or as a labelled value; one of four left out.

    Paragraphs teach what an answer looks like; tables and labels, that its row and its column or its
    label must both be met.
    """
    alike: dict[str, list[Fact]] = {}
    together: dict[str, list[Fact]] = {}
    for fact in told:
        alike.setdefault(fact.attribute, []).append(fact)
        together.setdefault(fact.asked.title, []).append(fact)
    examples = []
    for fact in told:
        missing = draw.random() < 0.25
        build = _table if len(alike[fact.attribute]) > 2 and draw.random() < 0.6 else _labels
        others = alike[fact.attribute] if build is _table else together[fact.asked.title]
        others = [f for f in others if f.subject != fact.subject or f.attribute != fact.attribute]
        chosen = draw.sample(others, min(len(others), draw.randint(1, 6)))
        lines, answer = build(fact, chosen, list(told), missing, draw)
        if answer is not None or missing:
            examples.append(Example(_worded(fact.asked, draw), tuple(lines), (answer,) if answer else ()))
    return examples


def _table(
    fact: Fact, others: Sequence[Fact], told: list[Fact], missing: bool, draw: random.Random
) -> tuple[list[str], tuple[int, int, int] | None]:
    """Rows of subjects under the attribute, some with a second column; or the table turned on its side."""
    rows = list(others) if missing else [*others, fact]
    draw.shuffle(rows)
    gap = "\t" if draw.random() < TABBED else " "
    second = draw.choice(told).attribute if draw.random() < 0.5 else ""
    extra = {id(row): draw.choice(told).asked.text if second else "" for row in rows}
    first = draw.random() < 0.5
    lines = [
        draw.choice([f"{fact.attribute}の一覧", fact.attribute, "主な例", draw.choice(told).asked.title])
    ]
    if draw.random() < 0.2:  # on its side: subjects in the header, one line of values
        lines.append(gap.join([draw.choice(["項目", ""]), *(row.subject for row in rows)]).strip(" "))
        cells = [fact.attribute]
    else:
        header = [second, fact.attribute] if second and first else [fact.attribute, second]
        lines.append(gap.join(["名称", *(title for title in header if title)]))
        cells = []
    answer = None
    for row in rows:
        value, other = row.asked.text, extra[id(row)]
        if cells:
            start = len(gap.join(cells)) + 1
            cells.append(value)
        else:
            before = gap.join(part for part in [row.subject, other if first else ""] if part)
            start = len(before) + 1
            lines.append(gap.join(part for part in [before, value, "" if first else other] if part))
        if row is fact:
            answer = (len(lines) if cells else len(lines) - 1, start, start + len(value))
    if cells:
        lines.append(gap.join(cells))
    return lines, answer


def _labels(
    fact: Fact, others: Sequence[Fact], told: list[Fact], missing: bool, draw: random.Random
) -> tuple[list[str], tuple[int, int, int] | None]:
    """The subject as the headline, its attributes as labels with their values, sentences between them."""
    rows = list(others) if missing else [*others, fact]
    parts = [
        fact.asked.context[a:b].replace("\n", " ")
        for a, b in fact.asked.spans
        if fact.asked.text not in fact.asked.context[a:b] and b - a < 90
    ]
    mixed: list[Fact | str] = [*rows, *draw.sample(parts, min(len(parts), draw.randint(0, 2)))]
    draw.shuffle(mixed)
    lines, answer = [fact.subject if draw.random() < 0.7 else fact.asked.title], None
    mark = draw.choice(["：", ": ", " ", "\n", "は"])
    for row in mixed:
        if isinstance(row, str):
            lines.append(_ENDING.sub("", row))
            continue
        label = row.attribute if row.subject == lines[0] else f"{row.subject}の{row.attribute}"
        if mark == "\n":
            lines += [label, row.asked.text]
            start = 0
        else:
            lines.append(f"{label}{mark}{row.asked.text}")
            start = len(label) + len(mark)
        if row is fact:
            answer = (len(lines) - 1, start, start + len(row.asked.text))
    return lines, answer


def _worded(one: Asked, draw: random.Random) -> str:
    """The question as asked, as a gloss, or as bare words."""
    kind = draw.random()
    if one.glosses and kind < 0.2:
        return one.glosses[0]
    if one.glosses and kind < 0.32:
        return one.glosses[1]
    if kind < 0.38:
        return one.question.rstrip("?？。")
    return one.question


def _answering(one: Asked, draw: random.Random) -> Example | None:
    end = one.start + len(one.text)
    place = next((i for i, (a, b) in enumerate(one.spans) if a <= one.start and end <= b), None)
    if place is None:
        return None
    return _window(one, place, draw)


def _window(one: Asked, place: int, draw: random.Random) -> Example:
    """Sentences around the answering one, as lines under the title."""
    limit = draw.randint(*WINDOW)
    low = high = place
    total = one.spans[place][1] - one.spans[place][0]
    while total < limit and (low > 0 or high < len(one.spans) - 1):
        down = high < len(one.spans) - 1 and (low == 0 or draw.random() < 0.5)
        low, high = (low, high + 1) if down else (low - 1, high)
        added = one.spans[high if down else low]
        total += added[1] - added[0]
    chosen = list(range(low, high + 1))
    if draw.random() < 0.3:
        draw.shuffle(chosen)
    telegraphic = draw.random() < 0.5
    lines, answer = [one.title], None
    for i in chosen:
        a, b = one.spans[i]
        text = one.context[a:b].replace("\n", " ")
        if i == place:
            answer = (len(lines), one.start - a, one.start - a + len(one.text))
        if telegraphic:
            cut = _ENDING.sub("", text)
            text = cut if answer is None or i != place or len(cut) >= answer[2] else text
        lines.append(text)
    return Example("", tuple(lines), (answer,) if answer else ())


def _without(one: Asked, draw: random.Random) -> Example | None:
    """The paragraph without any sentence that holds the answer's text."""
    kept = [one.context[a:b].replace("\n", " ") for a, b in one.spans if one.text not in one.context[a:b]]
    if not kept:
        return None
    limit, at, lines = draw.randint(*WINDOW), draw.randrange(len(kept)), [one.title]
    for text in [*kept[at:], *kept[:at]]:
        if sum(map(len, lines)) >= limit:
            break
        lines.append(text)
    return Example("", tuple(lines), ())


def _elsewhere(one: Asked, draw: random.Random) -> Example | None:
    """A part of the neighbour that BM25 finds."""
    parts = [one.negative[a:b].replace("\n", " ") for a, b in sentences(one.negative)]
    parts = [part for part in parts if one.text not in part]
    if not parts:
        return None
    limit, at, lines = draw.randint(*WINDOW), draw.randrange(len(parts)), [one.title]
    for text in parts[at:]:
        if sum(map(len, lines)) >= limit:
            break
        lines.append(text)
    return Example("", tuple(lines), ())


def _exchanged(question: str, found: Example, names: Sequence[str], draw: random.Random) -> Example | None:
    """The same window asked about another name or figure than the one it tells of."""
    text = "\n".join(found.lines)
    own = [m for m in _NAME.finditer(question) if m.group() in text]
    if not own:
        return None
    old = draw.choice(own)
    for _ in range(40):
        new = draw.choice(names)
        alike = new[0].isdigit() == old.group()[0].isdigit() and new.isascii() == old.group().isascii()
        if alike and new not in text and new != old.group():
            if new[0].isdigit() and len(new) != len(old.group()):
                continue
            return Example(question[: old.start()] + new + question[old.end() :], found.lines, ())
    return None


@dataclass(frozen=True, slots=True)
class Posed:
    """A practice question of a kind: the pages that answer it and those that look as if they did.

    Of kind ``ELSEWHERE`` where it was meant for another deck.
    """

    question: str
    kind: str
    right: tuple[Example, ...]
    wrong: tuple[Example, ...]
    glosses: tuple[str, ...] = ()


ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Material:
    """All the reader learns from."""

    asked: list[Asked]
    practice: list[Posed]
    texts: language.Texts
    ways: dict[str, list[str]]
    commonest: list[int]


def practised(
    questions: Sequence[Posed], ways: Mapping[str, Sequence[str]], draw: random.Random
) -> list[Example]:
    """One page that answers and one or two that do not for each question, and some that nearly do.

    A page that answers may lose some of its other lines, so that it is another page each time; without the
    line that answers, or asked about another name, it does not answer; nor does a page of another deck. Any
    page may get lines of another and other figures, any question other words (``ways``: everyday wordings of
    the words of reports).
    """
    names = [m.group() for one in questions for page in one.right[:1] for m in _NAME.finditer(page.question)]
    examples = []
    for one in questions:
        chosen: list[Example] = []
        other = None
        if one.right:
            page = replace(draw.choice(one.right), said=True, here=True, several=asks_several(one))
            chosen.append(thinned(page, draw) if draw.random() < THINNED else page)
            kind = draw.random()
            if kind < EMPTIED:
                other = _emptied(page)
            elif kind < EMPTIED + EXCHANGED:
                other = _exchanged(page.question, page, names, draw)
        if other is None and draw.random() < STRANGE and (pages := draw.choice(questions).right):
            other = Example(one.question, draw.choice(pages).lines, ())
        # A page that does not answer a question of its deck is not like one nobody answers: it does not teach that.
        if one.kind == ELSEWHERE:
            wrong = [replace(page, here=False) for page in one.wrong[:1]]
        elif not one.right:
            wrong = [replace(page, said=False) for page in one.wrong]
        else:
            wrong = list(one.wrong)
        wrong = draw.sample(wrong, min(len(wrong), draw.randint(1, 2)))
        chosen += wrong if other is None else [other, *wrong[1:]]
        for page in chosen:
            if one.wrong and draw.random() < CROWDED:
                page = _crowded(page, draw.choice(one.wrong), draw)
            # An exchanged name is not in the gloss.
            glosses = one.glosses if page.question == one.question else ()
            page = replace(page, question=_reworded(page.question, glosses, ways, draw))
            if draw.random() < RENUMBERED:
                page = _renumbered(page, draw)
            # Last: a figure that a line break cuts could not be found again.
            examples.append(ruffled(page, draw) if draw.random() < RUFFLED else page)
    draw.shuffle(examples)
    return examples


THINNED, EMPTIED, EXCHANGED = 0.4, 0.3, 0.15
"""Of the pages that answer so many lose other lines, are met without the answer, or asked about another name."""

STRANGE = 0.2
"""So many of the other questions are asked of a page of another deck."""

CROWDED, RUFFLED, RENUMBERED, REWORDED, GLOSSED = 0.3, 0.3, 0.4, 0.3, 0.2
"""Of all pages so many get lines of another page, are laid out badly or get other figures, of all questions so many a
word in other words, or all words in English or Chinese."""

MOST_CHARS = 600
"""No page gets more lines when it is longer."""

_SUPERLATIVE = re.compile(
    r"最|一番|いちばん|順|以上|以下|超|未満|より|多い|少な|高い|低い|[a-z]est\b|most|least|than|over|[大小多少高低]于|几",
    re.I,
)


def asks_several(one: Posed) -> bool | None:
    """Whether a list is asked for; what has several answers without being called a list says nothing of it."""
    if one.kind == "list":
        return True
    page = one.right[0]
    return None if len({page.lines[line][a:b] for line, a, b in page.answers}) > 1 else False


def _crowded(page: Example, other: Example, draw: random.Random) -> Example:
    """The page with a few lines in a row of another one among its own."""
    if sum(map(len, page.lines)) > MOST_CHARS or len(other.lines) < 2:
        return page
    at = draw.randrange(1, len(other.lines))
    more = other.lines[at : at + draw.randint(1, 4)]
    place = draw.randint(1, len(page.lines))
    return replace(
        page,
        lines=(*page.lines[:place], *more, *page.lines[place:]),
        answers=tuple((line + len(more) if line >= place else line, a, b) for line, a, b in page.answers),
    )


def _renumbered(page: Example, draw: random.Random) -> Example:
    """The page and its question with other figures of as many digits, the same for the same.

    Not where figures are compared: the largest is another then.
    """
    if _SUPERLATIVE.search(page.question):
        return page
    found: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        figure = match.group()
        if figure not in found:
            first = str(draw.randint(1, 9)) if figure[0] != "0" else "0"
            found[figure] = first + "".join(str(draw.randrange(10)) for _ in figure[1:])
        return found[figure]

    question, *lines = (re.sub(r"[0-9]+", other, text) for text in (page.question, *page.lines))
    return replace(page, question=question, lines=tuple(lines))


def _reworded(
    question: str, glosses: Sequence[str], ways: Mapping[str, Sequence[str]], draw: random.Random
) -> str:
    """The question word by word in another language, or with one of its words said otherwise."""
    kind = draw.random()
    if glosses and kind < GLOSSED:
        return draw.choice(glosses)
    if kind > 1 - REWORDED:
        known = [m.group() for m in re.finditer(r"[一-龥ァ-ヴー]{2,}", question) if m.group() in ways]
        if known:
            word = draw.choice(known)
            return question.replace(word, draw.choice(ways[word]), 1)
    return question


def thinned(page: Example, draw: random.Random) -> Example:
    """The page without some of the lines that do not answer."""
    holding = {line for line, _, _ in page.answers}
    share = draw.uniform(0.1, 0.6)
    kept = [
        place for place in range(len(page.lines)) if place == 0 or place in holding or draw.random() >= share
    ]
    places = {old: new for new, old in enumerate(kept)}
    answers = tuple((places[line], a, b) for line, a, b in page.answers)
    return replace(page, lines=tuple(page.lines[place] for place in kept), answers=answers)


def _emptied(page: Example) -> Example | None:
    """The page without the lines that answer; None where the rest of it still says the answer."""
    holding = {line for line, _, _ in page.answers}
    left = tuple(line for place, line in enumerate(page.lines) if place not in holding)
    said = squeeze("\n".join(left))
    if len(left) < 2 or any(squeeze(answer) in said for answer in page.accepted):
        return None
    return Example(page.question, left, (), said=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a line and the answers in it."""

    text: str
    answers: tuple[tuple[int, int], ...]

    def cut(self, places: Sequence[int]) -> list[_Piece]:
        """Cut before ``places``, but inside no answer."""
        free = [p for p in places if 0 < p < len(self.text) and not any(a < p < b for a, b in self.answers)]
        return [
            _Piece(self.text[i:j], tuple((a - i, b - i) for a, b in self.answers if i <= a and b <= j))
            for i, j in zip([0, *free], [*free, len(self.text)], strict=True)
        ]


def _together(pieces: Sequence[_Piece]) -> _Piece:
    """Pieces with a blank between each two."""
    text, answers = "", []
    for number, piece in enumerate(pieces):
        text += " " if number else ""
        answers += [(len(text) + a, len(text) + b) for a, b in piece.answers]
        text += piece.text
    return _Piece(text, tuple(answers))


def ruffled(page: Example, draw: random.Random) -> Example:
    """The page as a text export might have left it.

    Cells stand in a line or under each other, row by row or column by column; other lines are broken, some run together and
    all change places; something else is taken for the headline.
    """
    head, *body = (
        _Piece(line, tuple((a, b) for at, a, b in page.answers if at == place))
        for place, line in enumerate(page.lines)
    )
    across, aligned = draw.random() < 0.7, draw.random() < 0.5
    lines: list[_Piece] = []
    table: list[list[_Piece]] = []
    for piece in [*body, _Piece("", ())]:
        cells = [
            _Piece(cell.text.rstrip("\t"), cell.answers)
            for cell in piece.cut([i + 1 for i, c in enumerate(piece.text) if c == "\t"])
        ]
        if "\t" in piece.text and across:
            lines += [_together(cells)] if aligned else cells
        elif "\t" in piece.text:
            table.append(cells)
        else:
            for column in zip_longest(*table, fillvalue=_Piece("", ())):
                lines += [_together(column)] if draw.random() < 0.4 else column
            table = []
            size = draw.randint(6, 16) if draw.random() < 0.5 else len(piece.text) // 2 + 1
            broken = len(piece.text) > 8 and draw.random() < 0.3
            lines += piece.cut(range(size, len(piece.text), size)) if broken else [piece]
    joined: list[_Piece] = []
    for piece in (line for line in lines if line.text):
        if joined and len(joined[-1].text) + len(piece.text) < 40 and draw.random() < 0.25:
            joined[-1] = _together([joined[-1], piece])
        else:
            joined.append(piece)
    if len(joined) > 4 and draw.random() < 0.5:
        place = draw.randrange(1, len(joined))
        joined = joined[place:] + joined[:place]
    if joined and not joined[0].answers and draw.random() < 0.3:
        head, joined[0] = joined[0], head
    answers = tuple((place, a, b) for place, line in enumerate([head, *joined]) for a, b in line.answers)
    return replace(page, lines=tuple(line.text for line in [head, *joined]), answers=answers)


@dataclass(frozen=True, slots=True)
class Judged:
    """A development question: its paragraph as slide lines, and the answers accepted."""

    question: str
    text: str
    answers: tuple[str, ...]


def development(folder: Path) -> list[Judged]:
    """The JaQuAD development questions, each with the paragraph that answers it under its title."""
    return [
        Judged(row["q"], f"{row['title']}\n{row['p']}", tuple(row["a"]))
        for row in data.rows(folder, "eval_jaquad_dev")
    ]


def measure(reader: Reader, judged: Sequence[Judged]) -> dict[str, float]:
    """Exact match and character F1 of the best span, and how often "not here" would win."""
    exact = overlap = nowhere = 0.0
    for one in judged:
        found = reader.read(one.question, one.text).best()
        score, (start, end) = found if found else (0.0, (0, 0))
        given = squeeze(one.text[start:end])
        wanted = [squeeze(answer) for answer in one.answers]
        exact += given in wanted
        overlap += max(character_f1(given, answer) for answer in wanted)
        nowhere += score < 0
    count = len(judged)
    return {
        "EM": round(exact / count, 3),
        "F1": round(overlap / count, 3),
        "not here": round(nowhere / count, 3),
    }
