"""Text as people compare it, with a way back to the text as it stands.

``normalise`` folds what looks the same into the same characters and remembers, for every folded
character, which source characters it came from. Matching happens on the folded side, quoting on
the source side.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from reportqa.types import Language, Span

# NFKC already maps the Kangxi block (U+2F00-2FD5) to unified ideographs, but not the CJK Radicals
# Supplement, which exporters of Japanese PDFs emit for the same reason. Only the radicals that are
# whole characters of everyday text are listed.
_RADICALS = str.maketrans(
    "⺠⻁⻄⻑⻘⻝⻤⻨⻩⻭⻲⻯⻫⻬⻅⻆⻋⻓⻔⻙⻚⻛⻜⻢⻥⻦",
    "民虎西長青食鬼麦黄歯亀竜斉齐见角车长门韦页风飞马鱼鸟",
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_QUOTES = str.maketrans("“”„‘’‚", "\"\"\"'''")
_TILDE = str.maketrans("〜∼˜", "~~~")


def _variants() -> dict[int, str]:
    """Chinese character forms and their Japanese form (产 → 産): one folded character for both."""
    lines = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
    return {ord(line[0]): line[1] for line in lines if not line.startswith("#")}


_VARIANTS = _variants()

_CJK = r"\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2e80-\u2fdf"
_CJK_CHAR = re.compile(f"[{_CJK}]")
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WRAP = re.compile(r"[ \t\u3000]*\n\s*")
# A full stop ends a sentence unless digits stand on both sides (12.5%, 3.2万個) or a letter follows
# directly (wisemodel.cn); a Japanese or Chinese stop always does, with its closing bracket.
_SENTENCE_END = re.compile(r"[。！？!?]+[」』）)\"”]*|(?<=[^\d\s.])\.(?=\s)|(?<=\d)\.(?=\s+[A-Z])")


_COLUMN_CHARS = 45
"""A line longer than this was never wrapped by the column of a table."""

_LINE = re.compile(r"[^\n]+")
_STOPPED = re.compile(r"[。！？!?:：]")
BULLETS = "•‣◦⁃∙·●○■□▪▫◆◇▶►▷▸➢➤✓✔♦❖\uf000-\uf0ff"
"""Glyphs that begin an item and say nothing, as part of a character class; from U+F000 on stand those of symbol fonts."""

CIRCLED = "①-⑳❶-❿➀-➓⓫-⓴㈠-㈩⑴-⒇"
"""Numbers that begin an item, likewise."""

_BEGINS = re.compile(rf"[{BULLETS}{CIRCLED}・※＊*【（(「–-]|\d+[.)）]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Folded text and its map home: ``offsets[i]`` is the source offset of folded character ``i``.

    ``offsets`` has one entry more than ``text`` has characters, the last being the source length.
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The source span behind folded characters ``start`` to ``end`` (half-open, not empty)."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no text at {start}:{end} of {len(self.text)} folded characters")
        last = self.offsets[end - 1]
        after = end
        # Several folded characters may share one source character (㍿ → 株式会社): end behind it.
        while after < len(self.text) and self.offsets[after] == last:
            after += 1
        return self.offsets[start], self.offsets[after] if after < len(self.text) else self.offsets[-1]

    def place(self, start: int, end: int) -> Span:
        """The folded characters that stand for the source characters ``start`` to ``end`` (half-open)."""
        last = len(self.text)
        return bisect_left(self.offsets, start, hi=last), bisect_left(self.offsets, end, hi=last)


@lru_cache(maxsize=65536)
def _fold_cluster(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", cluster)
    folded = folded.translate(_RADICALS).translate(_DASHES).translate(_QUOTES).translate(_TILDE)
    return folded.translate(_VARIANTS).lower()


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """NFKC, radicals, Chinese character forms, dashes, quotes and letter case folded; white space kept.

    Equal to ``normalise(text).text`` up to white space, and faster where no way back is needed.
    """
    return "".join(_fold_cluster(cluster) for cluster in _clusters(text))


def fold_variants(text: str) -> str:
    """Chinese character forms replaced by the Japanese form; nothing else, so patterns may pass."""
    return text.translate(_VARIANTS)


def unfold_variants(text: str) -> str:
    """Characters that have a Chinese form in that form (産 → 产): what ``fold_variants`` undoes."""
    return text.translate(_chinese())


@cache
def _chinese() -> dict[int, str]:
    return {ord(japanese): chr(chinese) for chinese, japanese in reversed(_VARIANTS.items())}


def katakana(text: str) -> str:
    """``text`` with its hiragana as katakana."""
    return "".join(chr(ord(char) + 0x60) if "\u3041" <= char <= "\u3096" else char for char in text)


def squeeze(text: str) -> str:
    """Folded text without white space: the form in which two wordings are compared for equality."""
    return "".join(fold(text).split())


def _clusters(text: str) -> list[str]:
    """Base characters with the combining marks that NFKC would compose them with (カ + ゛)."""
    clusters: list[str] = []
    for char in text:
        if clusters and (unicodedata.combining(char) or char in "ﾞﾟ"):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def normalise(text: str) -> Normalised:
    """Fold ``text``, join wrapped lines and collapse white space, keeping the map to the source.

    A line break between two CJK characters vanishes, any other run of white space becomes one
    space. Source: Unicode Standard Annex #15 (NFKC); the wrap rule is ours.
    """
    chars: list[str] = []
    offsets: list[int] = []
    position = 0
    pending: tuple[int, bool] | None = None  # a white-space run: where it starts, whether it breaks a line
    for cluster in _clusters(text):
        folded = _fold_cluster(cluster)
        if folded.isspace() or not folded:
            breaks = "\n" in cluster or "\r" in cluster or "\x0b" in cluster
            pending = (pending[0], pending[1] or breaks) if pending else (position, breaks)
        else:
            if pending and chars:
                both_cjk = _CJK_CHAR.match(chars[-1]) and _CJK_CHAR.match(folded[0])
                if not (pending[1] and both_cjk):
                    chars.append(" ")
                    offsets.append(pending[0])
            pending = None
            for char in folded:
                chars.append(char)
                offsets.append(position)
        position += len(cluster)
    offsets.append(position)
    return Normalised("".join(chars), tuple(offsets))


def unwrap(text: str) -> str:
    """Source glyphs for reading: line breaks inside CJK text vanish, others become a space."""

    def join(match: re.Match[str]) -> str:
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        return "" if _CJK_CHAR.match(before) and _CJK_CHAR.match(after) else " "

    return _WRAP.sub(join, text.strip())


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of ``text[start:end]``, without surrounding white space.

    Numbers (12.5%, 3.2万個), host names and brackets stay whole; a line break ends no sentence.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    at = start
    depth = 0
    for match in _SENTENCE_END.finditer(text, start, end):
        depth = _depth(text[at : match.start()])
        if depth > 0:  # a stop inside an open bracket belongs to the bracketed remark
            continue
        _append(spans, text, at, match.end())
        at = match.end()
    _append(spans, text, at, end)
    return spans


def paragraphs(text: str, start: int, end: int) -> list[Span]:
    """Spans of the paragraphs of ``text[start:end]``, without surrounding white space.

    A line break ends one unless it only wraps a line: the line before is nearly as long as the longest,
    not too long for a column, and no stop or bullet marks the break.
    """
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    longest = max((b - a for a, b in lines), default=0)
    spans: list[Span] = []
    before = 0  # length of the line before
    for line in lines:
        a, b = trim(text, *line)
        if a < b:
            wraps = bool(spans) and 0.8 * longest <= before < _COLUMN_CHARS
            if wraps and not _STOPPED.match(text[spans[-1][1] - 1]) and not _BEGINS.match(text, a):
                spans[-1] = (spans[-1][0], b)
            else:
                spans.append((a, b))
        before = line[1] - line[0]
    return spans


def _depth(text: str) -> int:
    opened = sum(text.count(char) for char in "「『（(")
    return opened - sum(text.count(char) for char in "」』）)")


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    trimmed = trim(text, start, end)
    if trimmed[0] < trimmed[1]:
        spans.append(trimmed)


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space at either end."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


_ZH_WORDS = re.compile(
    r"什么|哪|多少|几|吗|呢|谁|怎么|怎样|如何|为什么|是否|有没有|请问|哪些|哪个|的是|这|们|"
    r"[产业规发应关开对车电务动币额亿个报东网认证亚书说读术种华与为长门问间从会来时国际后应币场级类]"
)


_EN_WORDS = re.compile(
    r"\b(?:what|which|who|when|where|why|how|is|are|was|were|do|does|did|the|of|in|for|and|tell|list)\b", re.I
)


def detect_language(text: str) -> Language:
    """``ja`` where kana stand, ``zh`` for Han without kana, ``en`` otherwise.

    An English sentence stays English when it names something in Japanese (What is 低空経済?). Han
    without kana is Japanese when it is a bare keyword (市場規模) and Chinese when it holds simplified
    forms or Chinese function words.
    """
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    latin = len(re.findall(r"[A-Za-z]", text))
    if (not kana and not han) or (latin > kana + han and _EN_WORDS.search(text)):
        return "en"
    if kana:
        return "ja"
    return "zh" if _ZH_WORDS.search(text) else "ja"
