"""The one tokenizer: what counts as a term, for the index, for questions and for matching alike.

Japanese is cut by MeCab with UniDic (fugashi, unidic-lite) into lemmas; a loanword also yields the
English word it comes from, which UniDic states (モデル-model), so an English question meets a
katakana slide without any model. Latin names and numbers are cut by rule, because dictionaries
tear product names apart: ``DeepSeek-V2-32k`` is one term, and also its parts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from reportqa.dates import mentions
from reportqa.text import fold, fold_variants

if TYPE_CHECKING:
    from fugashi import Tagger

Kind = Literal["word", "latin", "number", "part"]


class Token(NamedTuple):
    """One term and the folded text it stands for: ``folded[start:end]``.

    ``kind`` is ``word`` for Japanese, ``latin`` for names and English, ``number`` for figures
    (thousands separators removed), ``part`` for an additional term at the same place (the English
    origin of a loanword, a part of a product name).
    """

    term: str
    start: int
    end: int
    kind: Kind


_PIECE = re.compile(
    r"(?P<number>\d[\d,]*(?:\.\d+)?(?![a-z]))"
    r"|(?P<latin>[a-z0-9à-ÿ][a-z0-9à-ÿ'&]*(?:[-_.+/][a-z0-9à-ÿ]+)*\+*)"
    r"|(?P<cjk>[\u3005-\u3007\u3041-\u3096\u30a1-\u30ff\u3400-\u9fff\uf900-\ufaff]+)"
)
_PART = re.compile(r"[a-zà-ÿ]+|\d+[a-z]*")
_HAN_RUN = re.compile(r"[\u3400-\u9fff\u3005]{2,}")
_KATAKANA_RUN = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]{3,}")
_SKIPPED_POS = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白", "接続詞", "感動詞", "フィラー"})
# Words that ask or hold a sentence together and say nothing about its subject.
_STOP = frozenset(
    fold_variants(
        "為る 有る 居る 成る 無い 事 物 者 様 其れ 此れ 何れ 何 何処 何時 誰 幾つ 幾ら 御 因る 於く 就く 関する 対する 言う "
        "教える 下さる 頂く 知る 呉れる 出来る 此の 其の 彼の どの どんな どう 如何 何故 等 と 為 所 時 通り 中 "
        "的 是 在 了 吗 呢 和 与 多少 什么 哪 哪些 哪个 谁 怎么 怎样 请 问 这 那 个 几 个 及 "
        "a an and are as at be by do does did for from had has have how in is it its me of on or that the their "
        "there these they this to was we were what when where which who whom whose why will with would you your "
        "can could should much many please tell about than i any also into if so not no"
    ).split()
)


@lru_cache(maxsize=1)
def tagger() -> Tagger:
    """MeCab with UniDic, loaded on first use (20 ms) and shared."""
    from fugashi import Tagger

    return Tagger()


def tokenise(text: str) -> list[Token]:
    """The terms of ``text`` in order, with offsets into ``fold(text)`` (or into ``text`` if folded).

    Function words, punctuation and question words are left out.
    """
    folded = fold(text)
    tokens: list[Token] = []
    for match in _PIECE.finditer(folded):
        start, end = match.span()
        if match.lastgroup == "number":
            tokens.append(Token(match.group().replace(",", "").rstrip("."), start, end, "number"))
        elif match.lastgroup == "latin":
            tokens.extend(_latin(match.group(), start))
        else:
            tokens.extend(_japanese(match.group(), start))
    return tokens


def terms(text: str) -> list[str]:
    """The terms of ``text``, repeated as often as they occur; behind them those its dates have in any writing."""
    dated = [term for mention in mentions(fold(text)) for term in mention.terms]
    return [*(token.term for token in tokenise(text)), *dated]


def grams(text: str) -> list[str]:
    """Character pairs of the Han and katakana runs: a net for what segmentation cuts differently.

    Chinese questions, compounds and misspelt words meet Japanese text here.
    """
    folded = fold(text)
    runs = [*_HAN_RUN.findall(folded), *_KATAKANA_RUN.findall(folded)]
    return [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


def _latin(name: str, start: int) -> list[Token]:
    end = start + len(name)
    if name in _STOP:
        return []
    tokens = [Token(_stem(name), start, end, "latin")]
    parts = [match for match in _PART.finditer(name) if match.group() not in _STOP]
    if len(parts) > 1:
        tokens += [Token(m.group(), start + m.start(), start + m.end(), "part") for m in parts]
    return tokens


def _stem(word: str) -> str:
    """English plural and possessive removed; nothing cleverer, since names must survive."""
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies") and word.isalpha():
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "sui" and word.isalpha():
        return word[:-1]
    return word


@lru_cache(maxsize=16384)
def _analyse(run: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    at = 0
    for node in tagger()(run):
        start = run.index(node.surface, at)
        end = at = start + len(node.surface)
        feature = node.feature
        if feature.pos1 in _SKIPPED_POS:
            continue
        lemma, _, origin = (feature.lemma or node.surface).partition("-")
        term = fold(lemma)
        if term in _STOP or (feature.pos2 == "非自立可能" and feature.pos1 == "動詞"):
            continue
        tokens.append(Token(term, start, end, "word"))
        origin = fold(origin).strip()
        if origin.isascii() and len(origin) > 2:
            tokens.append(Token(_stem(origin.split()[0]), start, end, "part"))
    return (*tokens, *_katakana_names(run, tokens))


def _japanese(run: str, start: int) -> list[Token]:
    return [Token(t.term, t.start + start, t.end + start, t.kind) for t in _analyse(run)]


def _katakana_names(run: str, tokens: list[Token]) -> list[Token]:
    """Whole katakana words that the dictionary only knew in pieces (ファー|ウェイ → ファーウェイ).

    Foreign names are rarely in a dictionary, and their pieces are words they have nothing to do with.
    """
    known = {(token.start, token.end) for token in tokens}
    return [
        Token(match.group(), match.start(), match.end(), "part")
        for match in _KATAKANA_RUN.finditer(run)
        if match.span() not in known
    ]
