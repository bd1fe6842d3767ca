"""What asks nothing of the corpus: greetings and thanks, answered in kind since a refusal would be rude, and orders."""

from __future__ import annotations

import re

from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Answer, Language

_SAID: tuple[tuple[Language, str, str], ...] = (
    (
        "ja",
        r"こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|お早うございます|初めまして|はじめまして|やあ|どうも|お疲れ様(?:です)?|お世話になります|よろしく(?:お願い(?:し|致し|いたし)ます)?",
        r"(?:どうも|本当に|大変|とても)?(?:ありがと(?:う|うございま(?:す|した)|ー|さん)|有難う(?:ございま(?:す|した))?|有り難う(?:ございま(?:す|した))?)"
        r"|感謝(?:します|です|致します)|(?:とても|大変)?助かり(?:ました|ます)|助かった|サンキュー|お疲れ様でした|さようなら|では[、]?また",
    ),
    (
        "zh",
        r"[你您]好|大家好|早上好|早安|下午好|晚上好|嗨|哈喽",
        r"(?:非常|十分|多)?(?:感谢|谢谢|多谢|谢了|辛苦了)(?:[你您]们?|了|啦|大家)?|再见",
    ),
    (
        "en",
        r"hello|hi|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|nice to meet you|how are you",
        r"(?:many |ok |okay |great |cool )?thanks?(?: you| so much| very much| a lot| again)*|thx|cheers|much appreciated|(?:good)?bye|see you",
    ),
)
_ADDRESSED = r"(?:there|again|everyone|all|reportqa|皆さん|みなさん)"
_REPLIES: dict[Language, tuple[str, str]] = {
    "ja": (
        "こんにちは。資料について質問してください。答えはすべて資料からの引用です。",
        "どういたしまして。ほかにも資料について質問があればどうぞ。",
    ),
    "zh": (
        "您好。请就资料内容提问，所有回答均为资料原文引用。",
        "不客气。如对资料还有其他问题，请继续提问。",
    ),
    "en": (
        "Hello. Ask me about the slides; every answer is a quotation from them.",
        "You are welcome. Ask on if there is more you want to know from the slides.",
    ),
}
_BETWEEN = r"[\s、,。.!?~ー〜☆♪…\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]*"
_ORDER = re.compile(
    fold_variants(
        r"(?:please )?(?:ignore|disregard|forget) .{0,30}(?:above|previous|prior|earlier|instructions?|prompt)"
        r"|(?:上記|以上|これまで|ここまで|前|今まで).{0,6}(?:指示|命令|内容|会話).{0,4}(?:無視|忘れ)|(?:忽略|无视|忘记).{0,6}(?:指令|指示|内容|对话)"
        r"|system\s*:|(?:from now on,? )?you are (?:now )?an?\b|(?:pretend|act) (?:to be|as|like)\b"
        r"|(?:これから|今から)?あなたは.{1,20}です|你(?:现在)?是一?[个名位]"
    )
)
"""How a text begins that tells the program what to be or to forget."""


def _alone(words: str) -> re.Pattern[str]:
    one = f"(?:{words})(?:{_BETWEEN}{_ADDRESSED})?"
    return re.compile(fold_variants(f"{_BETWEEN}{one}(?:{_BETWEEN}(?:{one}))*{_BETWEEN}"))


_GREETING = {language: _alone(hello) for language, hello, _ in _SAID}
_EITHER = {language: _alone(f"{hello}|{thanks}") for language, hello, thanks in _SAID}


def courtesy(text: str) -> Answer | None:
    """A friendly reply to a text that is a greeting or thanks and nothing else, in its language; else None.

    A text that gives the program orders and has no question mark asks nothing of the corpus: no reply and no citation.
    """
    folded = fold(text).strip()
    if _ORDER.match(folded) and "?" not in folded:
        return Answer(text, detect_language(text))
    for language, pattern in _EITHER.items():
        if pattern.fullmatch(folded):
            greeted = _GREETING[language].fullmatch(folded) is not None
            return Answer(text, language, reply=_REPLIES[language][0 if greeted else 1])
    return None
