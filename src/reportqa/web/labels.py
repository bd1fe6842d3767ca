"""The words of the interface, in the language of the question."""

from __future__ import annotations

from reportqa.types import Language

_WORDS: dict[str, dict[Language, str]] = {
    "title": {"ja": "資料に聞く", "en": "Ask the report", "zh": "问问资料"},
    "lead": {
        "ja": "答えはすべて資料からの引用です。書かれていないことには答えません。",
        "en": "Every answer is a quotation from the slides. What they do not say is not answered.",
        "zh": "所有回答均为资料原文引用。资料中没有的内容不作回答。",
    },
    "ask": {"ja": "質問を入力", "en": "Ask a question", "zh": "请输入问题"},
    "send": {"ja": "聞く", "en": "Ask", "zh": "提问"},
    "clear": {"ja": "新しい会話", "en": "New conversation", "zh": "新对话"},
    "slide": {"ja": "スライド", "en": "Slide", "zh": "幻灯片"},
    "page": {"ja": "{page}／{pages}ページ", "en": "page {page} of {pages}", "zh": "第{page}页，共{pages}页"},
    "previous": {"ja": "← 前", "en": "← Previous", "zh": "← 上一张"},
    "next": {"ja": "次 →", "en": "Next →", "zh": "下一张 →"},
    "source": {"ja": "出所", "en": "Source", "zh": "来源"},
    "citations": {"ja": "引用", "en": "Citations", "zh": "引用"},
    "nearest": {"ja": "近いスライド", "en": "Nearest slides", "zh": "最接近的幻灯片"},
    "not_found": {
        "ja": "この資料には書かれていません。",
        "en": "The slides do not say.",
        "zh": "资料中没有提到。",
    },
    "not_found_hint": {
        "ja": "近い内容のスライドは次のとおりです。",
        "en": "These slides come closest.",
        "zh": "以下是内容最接近的幻灯片。",
    },
    "understood": {"ja": "次の質問として理解", "en": "Understood as", "zh": "理解为"},
    "carried": {"ja": "前の質問から", "en": "carried over", "zh": "沿用上文"},
    "forget": {
        "ja": "前の質問を引き継がずに聞き直す",
        "en": "Forget the context and ask again",
        "zh": "不沿用上文，重新提问",
    },
    "empty": {
        "ja": "質問を入力してください。",
        "en": "Please type a question.",
        "zh": "请输入问题。",
    },
    "too_long": {
        "ja": "質問が長すぎます（{length}字）。{limit}字以内で聞いてください。",
        "en": "That question is too long ({length} characters). Please stay within {limit}.",
        "zh": "问题过长（{length}字）。请控制在{limit}字以内。",
    },
    "error": {
        "ja": "答えを探せませんでした：{reason}",
        "en": "The question could not be answered: {reason}",
        "zh": "无法查找答案：{reason}",
    },
    "panel": {
        "ja": "引用したスライドがここに表示されます。",
        "en": "The cited slide appears here.",
        "zh": "引用的幻灯片将显示在这里。",
    },
    "quote": {"ja": "引用箇所", "en": "Quoted text", "zh": "引用原文"},
    "slide_text": {"ja": "スライドの本文", "en": "Text of the slide", "zh": "幻灯片文字"},
    "why": {"ja": "検索の内訳", "en": "Why these slides", "zh": "检索依据"},
    "why_bm25": {"ja": "語の一致", "en": "shared words", "zh": "词语匹配"},
    "why_pooled": {"ja": "文の意味", "en": "meaning of the passage", "zh": "段落语义"},
    "why_maxsim": {"ja": "語の意味", "en": "meaning of the words", "zh": "词语语义"},
    "why_evidence": {"ja": "スライド上の根拠", "en": "evidence on the slide", "zh": "页面依据"},
    "why_reranker": {"ja": "読み直し", "en": "second reading", "zh": "重新排序"},
    "why_rank": {"ja": "{rank}位", "en": "rank {rank}", "zh": "第{rank}位"},
    "why_no_tokens": {
        "ja": "このモデルには語ごとのベクトルがありません",
        "en": "this model has no vectors of single words",
        "zh": "此模型没有词级向量",
    },
    "good": {"ja": "役に立った", "en": "Helpful", "zh": "有帮助"},
    "bad": {"ja": "違う", "en": "Not right", "zh": "不对"},
    "wrong_slide": {"ja": "スライドが違う", "en": "Wrong slide", "zh": "幻灯片不对"},
    "right_slide": {
        "ja": "正しいスライド番号（分かれば）",
        "en": "The right slide number, if you know it",
        "zh": "正确的幻灯片编号（如果知道）",
    },
    "report": {"ja": "送る", "en": "Send", "zh": "提交"},
    "thanks": {"ja": "記録しました。", "en": "Noted, thank you.", "zh": "已记录，谢谢。"},
    "not_saved": {
        "ja": "記録できませんでした：{reason}",
        "en": "This could not be recorded: {reason}",
        "zh": "未能记录：{reason}",
    },
}


def word(name: str, language: Language, **values: object) -> str:
    """The interface's word ``name`` in ``language``, its {placeholders} filled from ``values``."""
    return _WORDS[name][language].format(**values)
