"""Whether text decoded from a PDF is writing or garbage that merely looks like text.

A font without a map to Unicode makes an engine guess: the result is fluent, but in no language.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reportqa.layout.marks import has_letters
from reportqa.text import fold

ENOUGH = 0.9
"""Text at least this plausible is taken without asking a second engine."""

HOPELESS = 0.5
"""Text no more plausible than this is treated as a picture: nobody could read a quotation from it."""

_CHARSETS = ("cp932", "gb2312", "big5", "euc_kr", "gbk")
_TOGETHER = frozenset(
    ("LATIN", "GREEK", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "MATHEMATICAL", "IDEOGRAPHIC")
)
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")


def plausibility(text: str) -> float:
    """How much of ``text`` is writing, from 0 to 1; text without any character scores 0.

    Counted as garbage: control and unassigned characters and U+FFFD; private-use characters unless
    they open a line as symbol fonts' bullets do; every letter of a word that mixes scripts no language
    mixes (Greek with Arabic; not kana with Latin); Chinese characters that the one everyday character
    set (Japanese, simplified, traditional, Korean) which holds most of the page's characters lacks.
    """
    visible = sum(not char.isspace() for char in text)
    if not visible:
        return 0.0
    garbage = sum(_is_odd(char) for char in text)
    garbage += sum(
        unicodedata.category(char) == "Co" for line in text.splitlines() for char in line.strip()[1:]
    )
    for word in _WORD.findall(text):
        scripts = {_script(char) for char in word} - {""}
        if len(scripts) > 1 and not scripts <= _TOGETHER:
            garbage += len(word)
    han = "".join(_HAN.findall(fold(text)) if has_letters(text) else [])
    if len(han) >= 8:
        garbage += min(len(han) - _encodable(han, charset) for charset in _CHARSETS)
    return max(0.0, 1 - garbage / visible)


def _is_odd(char: str) -> bool:
    return char == "\ufffd" or (
        unicodedata.category(char) in ("Cc", "Cn", "Cs") and char not in "\n\t\r\x0b\x0c"
    )


@lru_cache(maxsize=16384)
def _script(char: str) -> str:
    """The script a letter belongs to by its Unicode name; empty for marks that go with any."""
    name = unicodedata.name(char, "")
    first = name.split()[0].split("-")[0] if name else ""
    if first in ("HALFWIDTH", "FULLWIDTH"):
        return name.split()[1].split("-")[0]
    return (
        "" if first in ("MODIFIER", "FEMININE", "MASCULINE", "SUPERSCRIPT", "SUBSCRIPT", "SQUARE") else first
    )


def _encodable(text: str, charset: str) -> int:
    return len(text.encode(charset, errors="ignore").decode(charset, errors="ignore"))
