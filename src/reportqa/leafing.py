"""Which slide a text asks to see: the one of a number (「スライド15」), the next, the previous, the last one (「次のスライド」)."""

from __future__ import annotations

import re

from reportqa.text import fold, fold_variants

PAGE = r"(?<![a-z0-9.])pp?\."
"""Short for a page, part of a pattern; P12 may be a product."""

# p.05 may be a probability.
_NUMBER = re.compile(
    rf"(?:slide|スライド|ページ|頁|page|幻灯片|{PAGE}(?!\s*0\d))\s*(?:no\.?\s*)?(\d+)(?!\.?\d)|(?:第\s*)?(\d+)\s*(?:枚目|ページ目?|頁|页|张)"
)
_SHOW = (
    r"(?:の(?:内容|中身))?(?:を?(?:見せて?|見て|見たい|表示(?:して)?|開いて|出して|お願い(?:します)?)?"
    r"(?:ください|下さい|くれますか|もらえますか|です|します)?|は(?:何(?:ですか)?|どう(?:ですか)?)?|に?(?:進んで|戻って|行って)(?:ください|下さい)?)"
)
_THEN = r"(?:その|では|じゃあ|この|ひとつ|一つ|1つ|一個|1個|一枚|1枚)*[、,]?\s*"
_PAGE = r"の?(?:スライド|ページ|頁|枚)(?:目)?"
_GO = r"(?:please )?(?:show|go(?: back)? to|see|view|what(?:'s| is) on)?\s*(?:me )?(?:the )?"
_LOOK = r"(?:那么?|请|给我|我要|我想)*(?:看看?|翻到|显示|打开)?(?:一下)?"
_NEXT = re.compile(
    fold_variants(
        rf"{_THEN}(?:次|つぎ){_PAGE}{_SHOW}|次へ(?:進んで)?(?:ください|下さい)?"
        rf"|{_GO}(?:next|following) (?:slide|page)(?: please)?|next(?: one)?(?: please)?"
        rf"|{_LOOK}下一(?:页|张)(?:的?内容|幻灯片|ppt)*呢?"
    )
)
_PREVIOUS = re.compile(
    fold_variants(
        rf"{_THEN}(?:前|まえ){_PAGE}{_SHOW}|前へ(?:戻って)?(?:ください|下さい)?"
        rf"|{_GO}(?:previous|preceding|prior) (?:slide|page)(?: please)?|previous(?: one)?(?: please)?"
        rf"|{_LOOK}[上前]一(?:页|张)(?:的?内容|幻灯片|ppt)*呢?"
    )
)


_END = re.compile(
    fold_variants(
        rf"{_THEN}(?:(?:この)?(?:資料|デッキ)の)?(?:(最初|先頭|1枚目|一枚目)|最後|最終|ラスト|末尾){_PAGE}"
        rf"(?:{_SHOW}|に?は?(?:何|なに|なん)(?:と|が|て)?(?:書いて|書かれて|載って)?(?:いる|ある|います|あります)?(?:の|か|ですか)?|の(?:内容|中身)は?)"
        rf"|(?:{_GO}|what does the )(?:(first|opening)|last|final|closing) (?:slide|page)(?: please| say)?"
        rf"|{_LOOK}(?:(第一|首)|最后一?|最後一?)[页頁张張](?:的?内容|幻灯片|ppt|写了?什么|是什么)*呢?"
    )
)


def asked_end(question: str) -> int | None:
    """0 where the first slide is asked for and nothing else, -1 for the last one, else None."""
    match = _END.fullmatch(fold(question).strip(" \t\n、,。.!?"))
    return None if match is None else 0 if any(match.groups()) else -1


def asked_number(text: str) -> str | None:
    """The number of the slide that ``text`` names, as written there ("15", "03"); None where it names none."""
    match = _NUMBER.search(fold(text))
    return (match.group(1) or match.group(2)) if match else None


def same_number(printed: str, named: str | None) -> bool:
    """Whether the number printed on a slide is the one named, if any: 03 is 3."""
    return bool(named and printed.lstrip("0") == named.lstrip("0"))


def asked_step(question: str) -> int:
    """1 where the next slide is asked for and nothing else, -1 for the previous one, else 0."""
    asked = fold(question).strip(" \t\n、,。.!?")
    return 1 if _NEXT.fullmatch(asked) else -1 if _PREVIOUS.fullmatch(asked) else 0
