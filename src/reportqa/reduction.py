"""What of a long message is the question: people also write why they ask, and excuse themselves for it.

A message is cut into sentences and the clauses that lead up to something (「…のですが、」); one of them asks. It is read alone
and with those beside it that come nearest to the corpus, for it may say "it" of what they name. In the field: reduction of
verbose queries (Gupta and Bendersky, Information Retrieval with Verbose Queries, 2015).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reportqa.dates import mentions
from reportqa.phrases import latin_names, proper_nouns
from reportqa.text import detect_language, fold, fold_variants, sentences
from reportqa.tokens import tagger
from reportqa.types import Span

SHORT = 40
"""A message of fewer characters is one question, however many sentences it has."""

BRIEF = 6
"""A part of so few characters belongs to the one that asks: 「それぞれ？」, 「全部教えて」."""

MOST = 24
"""A message of more parts is a pasted document and read as it stands."""

NEAR = 0.4
"""From this nearness on another question of the message is put to the corpus, not to the reader."""

BESIDE = 2
"""Most other parts that the one that asks is read with."""

_LEADING = re.compile(
    r"(?<=です)(?:が|けれども|けれど|けど|ので|から|し)[、,]|(?<=ます)(?:が|けれども|けれど|けど|ので|から|し)[、,]"
    r"|(?<=[ただん])(?:けれども|けれど|けど|ので)[、,]|(?<=[しでた]た)が[、,]|\n+|[;；]"
    r"|,(?= (?:so|but|and) (?:i|we|could|can|please|do|would|what|how|who|when|where|which)\b)"
    r"|[，,](?=(?:我|请|麻烦|想|所以|但是?|不过|因为|不好意思|谢谢))",
    re.IGNORECASE,
)
"""Where a clause ends that leads up to the next one; the match belongs to it."""

_COURTESY = re.compile(
    fold_variants(
        r"(?:(?:お手数|恐れ入り|恐縮|すみません|すいません|失礼|質問|お願い|教えて|よろしく|お世話|ちょっと|少し|一つ|ひとつ|お(?:聞き|伺い|尋ね)"
        r"|(?:聞|知り|伺い)たい|こんにち[はわ]|こんばん[はわ]|はじめまして|初めまして|です|ます|ください|下さい|いたし|致し|なって|なり|おり|[しおんのにでてが]|けれど|けど|ので)[、,。.!\s]*)++"
        r"|(?:(?:hi|hello|hey|dear|there|all|team|please|help|thanks?|you|so|very|much|in|advance|quick|question|sorry|excuse|bear|with|me|best|regards|good|morning|afternoon|i|have|a|one)\b[\s,.!:;-]*)++"
        r"|(?:(?:请问|[你您]好|麻烦|打扰|不好意思|谢谢|感谢|请教|请|告诉|帮忙?|一下|[想问您你了我])[，,。.!\s:：]*)++"
    )
)
"""A part that says nothing but that something is asked."""

_OPENER = re.compile(
    fold_variants(
        r"(?:(?:(?:どうも|本当に|大変)?ありがとう(?:ございま(?:す|した))?|助かり(?:ます|ました)|なるほど(?:です)?ね?|[わ分]かりました|了解(?:です|しました)?|承知(?:です|しました)?"
        r"|そう(?:なん)?(?:ですか|ですね|か|なんだ)|へえ?ー?|ふむ+|(?:うん|はい)(?!、いいえ)|オッケー|すごい(?:です)?ね?|す[みい]ません(?:が|けど)?|失礼します|質問です(?:が|けど)?|教えて(?:ください|下さい|ほしい(?:んです)?(?:が|けど))"
        r"|(?:非常|十分)?(?:谢谢|多谢|感谢)[你您了啦]*|好[的吧]?|明白了?|了解了?|知道了|原来如此|[嗯哦对]+|不好意思|[你您]好|(?:请|想(?:请)?|麻烦)问(?:一下)?"
        r"|(?:many |ok |okay |great )?thanks?(?: you| a lot| a million| so much| very much| again)*|thx|ok(?:ay)?|(?:got|gotcha) ?(?:it)?|i see|great|interesting|nice|cool|perfect|understood|good to know"
        r"|hi|hello|hey)(?: there| all| team)?(?:[、,，。.!！:：…~〜\s]*[、,，。.!！:：…~〜\n]\s*)"
        r"|(?:hi|hello|hey)(?: there| all| team)? (?=(?:who|whose|what|when|where|which|why|how|can|could|would|do|does|did|is|are|was|were|please|i)\b)|(?:a |one |just a )*quick question[:,. -]+|please help[,.! ]+|(?:please|pls),? (?:(?:tell me|let me know)[,: ]+)?"
        r"|(?:(?:could|can|would|will) you|do you)(?: please| kindly| happen to| possibly)* (?:(?:tell me|let me know|remind me)[,: ]+|know[,: ]+(?=(?:who|whose|what|when|where|which|why|how|if)\b))"
        r"|i(?: was| am|'m)? (?:just )?wonder(?:ing)?[,: ]+|i(?: would|'d)? (?:like|want|need) to know[,: ]+)+"
    ),
    re.IGNORECASE,
)
"""How a message politely begins, or takes note of the last answer."""

_CLOSER = re.compile(r"(?<=\w)(?:, | )(?:please|pls|thanks|thank you)[.!]*$", re.IGNORECASE)

_QUESTION_WORD = re.compile(
    fold_variants(
        r"か[。、\s]*$|(?:の|っけ|かな|かしら|でしょう)$|いつ(?!も|か|でも)|どこ(?!か(?!ら))|どれ|どの|どんな|どう(?:い|や|な|で|し|だ)|どちら|どっち"
        r"|誰(?!か|も|でも)|だれ|何(?!か[^月国所]|も|でも|度も)|なん[のでに]|なぜ|いくら|いくつ"
        r"|\b(?:who|whose|whom|what|when|where|which|why|how)\b|什么|谁|哪|多少|几(?=[个家年种位次项天月])|怎|为何|吗"
    )
)
_DOUBTS = re.compile(
    fold_variants(
        r"確かめ|確認し|分から|わから|迷って|自信|思い出せ|覚えて|\b(?:not sure|know|understand|check|remember|wonder)|不知道|不确定|不清楚|忘了|记不"
    )
)
"""What makes a question word part of a remark (「どちらが正しいのか確かめたい」) where there is no question mark."""

_REQUEST = re.compile(
    fold_variants(
        r"教えて|知りたい|挙げて|一覧|聞かせ|伺いたい|頂け|いただけ|要約|まとめて|見せて|説明し|比較し|比べて|示して|紹介し|開いて|表示し"
        r"|\b(?:tell me|give me|i need (?:to know|the)|looking for|missing|list|show|explain|summari[sz]e|compare|describe|open|(?:next|previous) (?:slide|page))\b"
        r"|告诉|确认|列出|总结|概括|介绍|说明|比较|给我看|看一下"
    )
)
_TOPIC = re.compile(
    fold_variants(
        r"について|に関して|に関する|のこと(?:で|です)|を調べ|の話(?:です|で)|\b(?:about|regarding|concerning|looking (?:up|into)|researching)\b|关于"
    )
)
"""Says what the question is about."""


def readings(message: str, nearness: Callable[[str], float]) -> tuple[str, ...]:
    """The part of ``message`` that asks, alone and with those beside it; the message itself where it is one question.

    ``nearness`` tells how near a text comes to any passage of the corpus. Each reading keeps what states the topic or a
    date: without it something else would be asked.
    """
    message = _opened(message) or message
    parts = _parts(message)
    if len(parts) == 1 or len(message) < SHORT or len(parts) > MOST:
        return (parts[0] if len(parts) == 1 else message,)
    scores = [nearness(part) for part in parts]
    asks = [_asks(part) for part in parts]
    core = max(range(len(parts)), key=lambda place: (asks[place], scores[place]))
    kept = {
        place
        for place, part in enumerate(parts)
        if place == core
        or len(part) <= BRIEF
        or _states(part)
        or (asks[place] == 3 and scores[place] >= NEAR)
    }
    others = sorted(set(range(len(parts))) - kept, key=lambda place: -scores[place])[:BESIDE]
    space = " " if detect_language(message) == "en" else ""
    found = [kept | set(others[:count]) for count in range(len(others) + 1)]
    return tuple(space.join(parts[place] for place in sorted(places)) for places in found)


_ABBREVIATED = re.compile(
    r"(?:^|[^A-Za-z])(?:[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]|vs|inc|co|ltd|corp|dr|mrs?|ms|no|fig|st|prof|approx|e\.g|i\.e)\.$",
    re.IGNORECASE,
)
"""A full stop that ends no sentence."""


def _sentences(message: str) -> list[Span]:
    """Sentences; one of English goes on behind an abbreviation, and where the next word has a small letter."""
    found: list[Span] = []
    for start, end in sentences(message):
        before = message[found[-1][0] : found[-1][1]] if found else ""
        if before.endswith(".") and (_ABBREVIATED.search(before) or message[start].islower()):
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _parts(message: str) -> list[str]:
    """Sentences and leading clauses that say more than that something is asked; the message where none does."""
    found: list[str] = []
    for start, end in _sentences(message):
        at = start
        for match in _LEADING.finditer(message, start, end):
            found.append(message[at : match.end()].strip())
            at = match.end()
        found.append(message[at:end].strip())
    return [part for part in map(_opened, found) if part and not _COURTESY.fullmatch(fold(part))] or [message]


def _opened(text: str) -> str:
    """``text`` without a polite beginning or end."""
    text = _CLOSER.sub("", text)
    opener = _OPENER.match(fold_variants(text.replace("’", "'")))  # which keeps every place
    return text[opener.end() :] if opener else text


def _asks(part: str) -> int:
    """3 for a question mark, 2 for a question word, 1 for a request or a bare noun phrase, 0 for a remark."""
    folded = fold(part)
    if "?" in folded:
        return 3
    if _QUESTION_WORD.search(folded) and not _DOUBTS.search(folded):
        return 2
    return int(_REQUEST.search(folded) is not None or _ends_in_noun(folded))


def _ends_in_noun(folded: str) -> bool:
    words = list(tagger()(folded))
    return bool(words) and words[-1].feature.pos1 in ("名詞", "接尾辞")


def _states(part: str) -> bool:
    """Whether it names a date, or whom or what the question is about."""
    folded = fold(part)
    named = bool(latin_names(part) or proper_nouns(folded))
    return bool(mentions(folded)) or (named and _TOPIC.search(folded) is not None)
