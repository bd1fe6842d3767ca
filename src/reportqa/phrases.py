"""Noun phrases and what they name: people, places, organisations, anything else.

Built on UniDic's word classes: a run of nouns, affixes and Latin words is a phrase; UniDic marks
personal and place names, and organisations show by their last word (社, 大学, 研究院, Inc).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from reportqa.dates import mentions
from reportqa.text import fold
from reportqa.tokens import tagger

if TYPE_CHECKING:
    from fugashi import UnidicNode

Category = Literal["person", "place", "organisation", "other"]


class Phrase(NamedTuple):
    """A noun phrase at ``folded[start:end]``."""

    text: str
    start: int
    end: int
    category: Category


_TITLE_WORDS = frozenset(
    [
        "氏",
        "さん",
        "教授",
        "首相",
        "大統領",
        "会長",
        "社長",
        "総裁",
        "ceo",
        "cto",
        "博士",
        "議長",
        "大臣",
        "主席",
        "先生",
        "エキスパート",
        "研究員",
    ]
)
_ORGANISATION = re.compile(
    r"(?:社|会社|公司|大学|研究院|研究所|実験室|センター|集団|グループ|協会|学会|委員会|省|庁|局|弁公室|銀行|工業会|機構|機関|院|ラボ|電網|所|協議会|連盟|財団|inc\.?|ltd\.?|corp\.?|university|institute|foundation|laborator(?:y|ies)|project)$"
)
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]")
_WORD = re.compile(r"[a-z0-9][a-z0-9.&'+_/-]*")
_FOREIGN = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]{3,}")
# A Latin name: letters with digits (GPT-4o), or a capital that no sentence start explains.
_LATIN_NAME = re.compile(
    r"[A-Za-z]+[-.]?\d[\w.-]*|[A-Za-z]*[A-Z]{2,}[\w-]*|(?<=[a-z,;:'\"] )[A-Z][\w-]+|(?<=[^\x00-\x7f])[A-Za-z][\w-]+",
    re.ASCII,
)


_WORDS = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=4096)
def phrases(folded: str) -> tuple[Phrase, ...]:
    """The noun phrases of folded text, in order; function words, verbs and punctuation end one."""
    found: list[Phrase] = []
    run: list[tuple[str, int, int, str]] = []
    at = 0
    for node in tagger()(folded):
        start = folded.index(node.surface, at)
        gap = bool(run) and start > run[-1][2] and not _one_name(run[-1], node)
        at = start + len(node.surface)
        feature = node.feature
        joined = node.surface in "・-." and run and start == run[-1][2]
        nominal = feature.pos1 in ("名詞", "接頭辞", "接尾辞") or (
            feature.pos1 == "記号" and len(node.surface) == 1 and "\u3400" <= node.surface <= "\u9fff"
        )
        if not (nominal or joined) or gap:
            found += _close(folded, run)
            run = []
        if nominal or joined:
            run.append((node.surface, start, at, str(feature.pos3 or "")))
    return (*found, *_close(folded, run))


def latin_names(text: str) -> list[str]:
    """The names in Latin script that ``text`` says, folded; FY24 and March are dates."""
    folded = fold(text)
    dated = {word for start, end, _ in mentions(folded) for word in _WORDS.findall(folded[start:end])}
    names = [fold(match.group()).strip() for match in _LATIN_NAME.finditer(text)]
    return [name for name in names if name not in dated]


@lru_cache(maxsize=4096)
def proper_nouns(folded: str) -> tuple[str, ...]:
    """The names that folded text says in Japanese or Chinese script.

    What the dictionary lacks in katakana is nearly always the name of somebody or something.
    """
    return tuple(
        node.surface
        for node in tagger()(folded)
        if len(node.surface) > 1
        and not node.surface.isascii()
        and (node.feature.pos2 == "固有名詞" or (node.is_unk and _FOREIGN.fullmatch(node.surface)))
    )


def _one_name(last: tuple[str, int, int, str], node: UnidicNode) -> bool:
    """Whether words on both sides of a space belong together: Latin words, family and given name."""
    latin = _WORD.fullmatch(node.surface) and _WORD.fullmatch(last[0])
    return bool(latin) or (last[3] == "人名" and node.feature.pos3 == "人名")


def _close(folded: str, run: list[tuple[str, int, int, str]]) -> list[Phrase]:
    while run and run[-1][0] in "・-.":
        run = run[:-1]
    if not run:
        return []
    start, end = run[0][1], run[-1][2]
    while start and _KATAKANA.match(folded[start]) and _KATAKANA.match(folded[start - 1]):
        start -= 1  # the dictionary tore a foreign name and took its head for a particle (シャ|オミ)
    text = folded[start:end]
    person = _person(run)
    if person:
        return [Phrase(folded[person[0] : person[1]], *person, "person")]
    if len(text) > 2 and _ORGANISATION.search(text):
        return [Phrase(text, start, end, "organisation")]
    if run[0][3] == "地名" or all(word[3] == "地名" for word in run):
        return [Phrase(text, start, end, "place")]
    return [Phrase(text, start, end, "other")]


def _person(run: list[tuple[str, int, int, str]]) -> tuple[int, int] | None:
    """The name before a title (井賢棟|氏), or a run of UniDic's personal names and nothing else."""
    titled = next((place for place, word in enumerate(run) if fold(word[0]) in _TITLE_WORDS), None)
    names = [place for place, word in enumerate(run) if word[3] == "人名"]
    if titled and not names and all(_WORD.fullmatch(word[0]) for word in run[:titled]):
        return run[0][1], run[titled - 1][2]
    if not names or _ORGANISATION.search("".join(word[0] for word in run)):
        return None
    first = names[0]
    if titled is not None and titled > first:
        return run[first][1], run[titled - 1][2]
    if len(names) >= 2 and names == list(range(first, first + len(names))):
        return run[first][1], run[names[-1]][2]
    return None
