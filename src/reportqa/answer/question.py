"""What a question asks for: its intent, the type and unit of the expected answer, its subject.

Rules are phrase lists of three languages, kept in one table each. They know question words and
units, never topics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from reportqa import tokens
from reportqa.answer.abbreviation import asks_expansion, short_form
from reportqa.dates import mentions
from reportqa.leafing import PAGE
from reportqa.text import detect_language, fold, fold_variants
from reportqa.types import Language

Intent = Literal["fact", "list", "definition", "overview", "comparison", "slide"]
Expected = Literal[
    "number",
    "money",
    "percent",
    "date",
    "address",
    "phone",
    "person",
    "who",
    "organisation",
    "place",
    "name",
    "reason",
    "any",
]

_INTENTS: tuple[tuple[Intent, str], ...] = (
    (
        "slide",
        rf"(?:slide|スライド|ページ|頁|page|第|{PAGE})\s*(?:no\.?\s*)?\d+\s*(?:枚目|ページ|頁|页|張|张|番)?\s*(?:を|の内容|は何|見せ|表示|show|$)"
        r"|\d+\s*(?:枚目|ページ目?|頁|页)(?:を|の内容|は何|見せ|表示|$)",
    ),
    (
        "overview",
        r"要点|要約|まとめて|まとめると|概要|あらまし|全体像|ポイント(?:は|を)|かいつまんで|ざっくり|(?<!のは)どんな内容|何が書|何について|総括"
        r"|summar|overview|key (?:points?|takeaways?|messages?)|main (?:points?|message|idea)|takeaway|what is this (?:deck|report|presentation)"
        r"|总结|概述|概要|要点|主要内容|概括|摘要",
    ),
    (
        "definition",
        r"とは(?:何|なに|なん|どう|どの|どん|$|[?？。、]|具体)|って(?:何|なに|なん|どういう)|の?定義|の略|意味(?:は|を|$)|何の略|何を指"
        r"|^\s*what (?:is|are) (?:(?! of | for | in | on | per | at |(?<!so) called| named)[^?]){1,40}\?*$|what does .{1,60} (?:mean|stand for)|definition|define|stands? for|meaning of"
        r"|是什么意思|什么是|指的是什么|的定义|是指什么|何谓|全称|指什么",
    ),
    (
        "comparison",
        r"違い|差は|差が|比較|比べ|対比|どちら|どっち|上回|下回|より(?:多|少|高|低|安)|\bvs\.?\b|versus|compar|differ|difference|than\b|which is (?:more|less|higher|lower)"
        r"|区别|相比|比较|对比|差异|哪个更",
    ),
    (
        "list",
        r"一覧|列挙|挙げ|すべて|全て|全部(?!で)|それぞれ|どれとどれ|何と何|どのような[^?？]*(?:が|は)(?:あ|挙|含|並|何)|(?:種類|項目|要素|要件|条件|特徴|機能|分野|効果|対策|提言|例)(?:は|を|に)"
        r"|(?:[2-9]|1\d|[二三四五六七八九十])(?:つ|点|種類|項目|分野|段階|本柱)(?:の(?!うち)[^?？]{1,12})?(?:は|を|とは|って|あ|教えて|[?？。]?$)|[2-9二三四五六七八九十]つの(?!うち)|手順|手続きの流れ|流れは|ステップは|内訳は|事柄|どこと|誰と誰"
        r"|にはどんな|どんな(?:もの|分野|種類|項目|機能|テーマ|要素|内容|要件|条件)|何と何|はどんな[^?？]*がある|何があ|構成する|含まれ"
        r"|\b(?:what|which)\s+(?:[a-z-]+\s+){0,4}?[a-z]{2,}[a-rt-z]s\s+(?:do|does|did|are|were|can|should|must|make|have|has|will|need|apply|count)\b"
        r"|(?:^|please |you )list\b|\b(?:show|give)\b.*\blist\b|\b(?:and|to) list (?!in\b|on\b)|\b(?:an?|the) list of|\blist (?:the|all|every|each|them|out)\b|what are|which .*\b(?:are|were)\b|name (?:the|all|two|three|four|five)|what must|what (?:kinds?|types?|sorts?) of|\ball (?:the|of)|examples of"
        r"|有哪些|哪些|列出|列举|包括|哪[两几三四五六七八九]|分别|步骤|流程|(?:两|三|四|五|六)(?:个|项|种|大|层|点).{0,8}(?:什么|哪)",
    ),
)
_EXPECTED: tuple[tuple[Expected, str], ...] = (
    (
        "phone",
        r"電話番号|電話は?[?。]?$|内線(?:番号)?(?:は|を|って|$|[?])|ファクス番号|fax番号|\b(?:tele)?phone number|\b(?:extension|fax) number|电话号码|电话(?:是)?多少|分机",
    ),
    (
        "address",
        r"(?<![a-z])urls?(?![a-z])|アドレス|リンク先?(?:は|を|$)|(?:ウェブ|web)?サイトは(?:どこ|何)|ホームページ|\bweb ?(?:site|page)|\blink to\b|\b(?:web|e-?mail|mail) address|address of|网址|链接|网站(?:是|地址)|邮箱",
    ),
    (
        "percent",
        r"何\s*(?:%|パーセント|％)|割合|比率|率は|率が|率を|シェア|何割|percentage|per ?cent|what share|proportion|ratio|how accurate|accuracy|rate\b|百分|占比|比例|率是|多少%|份额",
    ),
    (
        "money",
        r"いくら|価格|料金|値段|費用|金額|コスト|報酬|売上|単価|お値段|何(?:元|円|ドル)|how expensive|price|cost|how much|fee|revenue|market size|价格|多少钱|费用|金额|报酬|收费",
    ),
    (  # how long, before how late: 何年かかった is no date
        "number",
        r"何(?:年|[かカヶケ箇]月|日|週)(?:間|かか|を?要|くらい|ぐらい|ほど|も(?:か|必))|how many (?:years|months|weeks|days)|几(?:年|个月|天)(?:时间|才|内)|花了几|(?:用|需要?)了?几",
    ),
    (
        "date",
        r"いつ|会期|何年|何月|何日|日付|時期|年月|発売日|施行日|期日|日程|when\b|what (?:year|date|month|day)|which (?:year|month)|何时|什么时候|哪年|哪一年|几月|时间是|日期",
    ),
    (
        "number",
        r"何[百千万億兆]*(?:社|人|名|個|件|台|体|種|つ|カ国|か国|ヶ国|本|回|枚|倍|秒|分|時間|ページ|問|科目|部門|機関|項目|両|メートル|m|位|番)|いくつ|どのくらい|どれくらい|どれだけ|どの程度|規模|[数量](?:は|を|が|って|$|[?？])|件数|人数|社数|総数|何[万億]|年数|期間|解像度"
        r"|how (?:many|long|large|big|fast|high|far|often)|number of|size of|scale of|amount|多少|几(?:个|家|种|年|台|位|名|次|项)|数量|规模|多大|多久|多长|多高",
    ),
    (
        "person",
        r"which (?:\w+ ){0,3}(?:professor|researcher|scientist|minister|president|ceo|person|author)|誰|だれ|氏名|人物|社長|会長|ceo|[市町村区院学校所館店園局部課室]長(?![さいくけ期時])|理事長|知事|大臣|責任者|講演者|発表者|著者|担当者|首相|主讲人|作者",
    ),
    ("who", r"\bwho\b|\bwhose\b|谁"),
    (
        "organisation",
        r"(?:組織|会社|企業|機関|大学|研究所|メーカー|団体|シンクタンク|部署|サプライヤー|社)(?:は|って|とは|が)?(?:どこ|何(?!社)|どれ)|(?:企業|会社|メーカー|機関|研究所|シンクタンク|サプライヤー)は?[?。]?$|どの(?:企業|会社|メーカー|機関|大学|団体|組織|チーム|ブランド|シンクタンク)|どこの(?:企業|会社|メーカー|機関|大学)|何という(?:会社|企業|機関)|(?:会社|企業|機関|団体|発行元|出版社|運営元|運営会社|開発元)(?:は|名|はどこ)|which (?:company|firm|organi[sz]ation|institution|university|vendor|maker)|哪家|哪个(?:公司|机构|企业|大学)",
    ),
    (
        "place",
        r"どこ|場所|開催地|所在|都市|国は|何国|どの国|where\b|which (?:country|city|place)|venue|哪里|在哪|哪个(?:国家|城市)|地点",
    ),
    (
        "reason",
        r"なぜ|なんで(?!す|し|も|あ|ござ)|何故|理由|原因|どうして|背景|why\b|reason|cause|为什么|原因|为何",
    ),
    (
        "name",
        r"何という|何と(?:呼|い)|名前|名称|[^\s]名(?:は|を|って|$)|どの(?:モデル|製品|サービス|法律|規定)|what is .* (?:called|named)|name of|which (?:model|product|service|law)|叫什么|名称|哪个(?:模型|产品)",
    ),
)
# Words that say how something is asked or counted; they need not stand on the slide.
_ASKING = frozenset(
    fold_variants(
        "要点 要約 概要 概要 定義 意味 違い 比較 比べる 一覧 列挙 挙げる 全て すべて 具体的 教える 説明 説明為る いくつ 幾つ 数 割合 比率 "
        "当たり 毎 per 理由 原因 種類 内容 名前 名称 何れ位 どれ位 程度 略 指す 呼ぶ 誰 年 月 日 幾ら 値段 "
        "summary overview definition meaning list difference compare number reason name percentage date kind "
        "最も 一番 高い 安い 低い 多い 少ない 大きい 小さい 長い 短い 最高 最大 最小 最低 最多 最安 上位 "
        "highest lowest cheapest expensive most least largest biggest smallest "
        "多少 什么 哪些 哪 几 如何 请问 是 的 了 在 有 和 与 吗"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    ``terms`` are its content terms; ``asking`` those among them that only say what kind of thing
    is wanted; ``units`` are counters the answer should carry (社, %, 元), folded. ``asks_source``:
    the publisher is what is asked for. ``asks_expansion``: a full name is, of ``abbreviation`` where one is named.
    """

    text: str
    language: Language
    intent: Intent
    expected: Expected
    terms: tuple[str, ...]
    asking: frozenset[str]
    units: tuple[str, ...]
    asks_source: bool = False
    asks_expansion: bool = False
    abbreviation: str | None = None

    @property
    def asks_contents(self) -> bool:
        """Whether it asks what the deck consists of and nothing else."""
        folded = fold(self.text)
        return (
            _CONTENTS.search(folded) is not None and not set(tokens.terms(_FRONT.sub(" ", folded))) - _FILLING
        )

    @property
    def asks_document(self) -> bool:
        """Whether it asks about the deck itself: who made it, when, which version."""
        return _ITSELF.search(fold(self.text)) is not None

    @property
    def subject(self) -> tuple[str, ...]:
        """The terms that say what the question is about, not what kind of thing is wanted."""
        return tuple(term for term in self.terms if term not in self.asking)


_ONE_THING = (
    r"何[百千万億兆]*(?:社|人|名|個|件|台|体|種|つ|[カかヶ]国|本|回|枚|倍|秒|分|時間|問|円|元|ドル|歳|割|校|店|箇所|か所|カ所|年|月|日|週|番|版|%|パーセント)(?!か(?!かっ))"
    r"|いくつ(?!か)|いくら|いつ(?!も|でも|か)|なぜ|なんで(?!す|し|も|あ|ござ)|何故|どうして|(?:誰|だれ)(?!でも|か|も)"
    r"|(?:一番|いちばん|最も|もっとも(?!らし)|番目に(?:多|少|大|小|高|低|長|短))[^?]*(?:何|なに|なん)"
    r"|^(?:how (?:many|much|long|often)|why|when|who)\b|多少|为什么|谁"
)
"""A question word for one thing: the last one of a question tells what is wanted, whatever was said before it; in English
it stands first."""

_EACH = r"それぞれ|どこと|誰と|何と何|どれとどれ|[2-9二三四五六七八九](?:つ|点|個)(?!のうち|目)|各[^?]{0,6}(?:何|いくつ)|分别|\b(?:each|respectively)\b"
"""Words that ask for several things, or for one of several."""

_DOCUMENT = r"(?:資料|スライド|デッキ|報告書|レポート|発表|講演|講習|講義|faq|ガイド|手引き?|冊子|文書|ドキュメント|プレゼン|中計|説明会)"
_CONTENTS = re.compile(
    fold_variants(
        r"目次|もくじ|アジェンダ|章立て|章は(?:何|どん)|(?:何|どんな|いくつの|全部の)章|どんな(?:章|部|パート|セクション)"
        r"|(?:資料|スライド|デッキ|報告書|レポート|発表|講演|講習|講義|説明会|faq|ガイド|冊子|文書)の(?:構成|流れ|項目|見出し)"
        rf"|{_DOCUMENT}は?[^。?？]{{0,20}}(?:分かれ|構成され|から成|からな)"
        r"|table of contents|\bagenda\b|\b(?:what|which|list the) (?:chapters|sections|parts)\b|(?:chapters|sections) (?:of|in) (?:this|the)"
        r"|目录|章节|议程|(?:分为|分成|包括)(?:哪|几)(?:些|几)?(?:个)?(?:章|部分)"
    )
)
_FRONT = re.compile(
    rf"{_CONTENTS.pattern}|{_DOCUMENT}|章|構成|項目|見出し|テーマ|部分|"
    + fold_variants(
        r"(?:この|本|当|今回の|全体の)|\b(?:chapters?|sections?|parts?|deck|document|presentation|report|talk|slides?|faq|guide)\b|这份|资料|文档|报告"
    )
)
_FILLING = frozenset(
    fold_variants(
        "全て 全部 一覧 挙げる 見せる 教える 大きい 分かれる 成る 幾つ 有る 二 三 四 五 六 七 2 3 4 5 6 7 8 つ 順 名前 名称 中身 内容 何 全体 show list give me all 有 哪些 列出"
    ).split()
)
_ITSELF = re.compile(
    fold_variants(
        rf"(?:この|本|当|これ|今回の){_DOCUMENT}?[^。?？]{{0,8}}(?:作った|作成|まとめ|書いた|執筆|監修|作者|著者|日付|いつ(?:の|付|作|発|時点|更)|何版|バージョン"
        rf"|更新日|改訂|タイトル|題名|発行|誰が|だれが)|{_DOCUMENT}[をの](?:作った|作成|まとめた|書いた|執筆|監修|作者|著者|日付|版|バージョン|最終更新|更新日|題名|タイトル|発行)"
        r"|発表者|講演者|登壇者|作成者|報告者|何版|最終更新日"
        r"|\bwho (?:wrote|made|put together|prepared|presented|authored|compiled|gave)\b|\b(?:who (?:is|are|was)|names? of) the (?:author|presenter|speaker|lecturer)s?\b"
        r"|\b(?:this|the) (?:deck|document|presentation|report|talk|faq|slides?|guide|handout|lecture|briefing)\b.{0,12}\b(?:version|dated|written|published|updated|title)\b"
        r"|\b(?:which|what) version (?:is|of) (?:this|the)|\b(?:version|date|title) of (?:this|the) (?:deck|document|presentation|report|talk|faq|guide)"
        r"|(?:这份|本|该)(?:资料|文档|报告|演示|幻灯片|faq|材料).{0,8}(?:谁|作者|日期|哪天|版本|什么时候|更新)|作者(?:是|叫)|主讲人|汇报人|第几版"
    )
)


_UNIT_ASKED = re.compile(
    r"何[百千万億兆]*\s*(社|人|名|個|件|台|体|種類?|つ|[カかヶ]国|本|回|枚|倍|秒|分|時間|問|科目|部門|機関|項目|両|メートル|位|元|円|ドル|%|割|年|月|日|歳|ページ|[ァ-ヶー]{2,8}|か所|カ所|箇所)"
)
_UNIT_WORDS = (
    (r"多少(?:名|人)|几(?:名|人)", ("人", "名")),
    (r"多少个|几个|多少種|几種", ("個", "種", "以上", "つ")),
    (r"企業数|社数|how many (?:\w+ )*(?:compan|firm|vendor|supplier)|多少家|几家", ("社", "企業", "機関")),
    (r"人数|how many (?:\w+ )*(?:people|person|attendee|expert)|多少人|几人", ("人", "名", "者")),
    (r"how many (?:\w+ )*(?:countr)|多少个?国家", ("国",)),
    (r"how many (?:\w+ )*(?:second)|多少秒", ("秒",)),
    (r"how many (?:\w+ )*(?:robot|vehicle|unit)|多少台", ("台", "体", "両")),
)


_SOURCE_ASKED = re.compile(
    fold_variants(
        r"出所|出典|ソース|典拠|引用元|(?:資料|データ|調査|統計|記事|論文)(?:に基づ|によ(?:る|り)|が元|を元|から|は(?:どこ|何|誰))"
        r"|(?:どこ|何|誰|どの\w{1,8})の(?:資料|データ|調査|統計|記事|論文)|\bsources?\b|according to (?:whom|what|which)|来源|出处|根据什么|依据"
    )
)


@cache
def _compiled(rule: str) -> re.Pattern[str]:
    """A rule in folded Chinese forms; each half of a long question is taken apart by all of them."""
    return re.compile(fold_variants(rule))


def analyse(question: str) -> Question:
    """Take ``question`` apart. Never fails: what is not recognised is a fact question of any type."""
    folded = fold(question).strip()
    intent = _intent(folded)
    expected: Expected = next((name for name, rule in _EXPECTED if _compiled(rule).search(folded)), "any")
    if (
        intent == "definition"
        and expected in ("number", "money", "percent", "date")
        and detect_language(question) == "en"
    ):
        intent = "fact"  # "What is GPT-4o's price?" asks for a figure, not for a meaning
    if intent == "definition":
        expected = "any"
    terms = tuple(dict.fromkeys(_terms(folded)))
    units = [match.group(1) for match in _UNIT_ASKED.finditer(folded)]
    units += [unit for rule, found in _UNIT_WORDS if _compiled(rule).search(folded) for unit in found]
    if expected == "percent":
        units.append("%")
    expands = expected in ("any", "name", "organisation") and asks_expansion(question)
    return Question(
        text=question,
        language=detect_language(question),
        intent=intent,
        expected=expected,
        terms=terms,
        asking=frozenset(term for term in terms if term in _ASKING),
        units=tuple(dict.fromkeys(units)),
        asks_source=intent != "overview" and _SOURCE_ASKED.search(folded) is not None,
        asks_expansion=expands,
        abbreviation=short_form(question) if expands else None,
    )


def _intent(folded: str) -> Intent:
    """What is wanted; a question word for one thing behind the words of a list, a meaning or a summary is stronger."""
    clause = max(folded.rstrip("?.! ").rfind(mark) for mark in ",.;?")
    for intent, rule in _INTENTS:
        found = [match.span() for match in _compiled(rule).finditer(folded)]
        if not found:
            continue
        if intent in ("overview", "definition", "list") and not _compiled(_EACH).search(folded):
            one = [match.span() for match in _compiled(_ONE_THING).finditer(folded)]
            # In English the word stands first and holds to the end of its clause.
            first = bool(one) and one[0][0] == 0 and folded[: one[0][1]].isascii()
            first = first and (clause < 0 or found[-1][0] < clause)
            if one and (one[-1][1] >= found[-1][1] or first):
                return "fact"
        return intent
    return "fact"


def _terms(folded: str) -> Iterator[str]:
    """The terms of a question; a date is one, in its most exact form, and its parts are none."""
    dated = mentions(folded)
    left = list(dated)
    for token in tokens.tokenise(folded):
        while left and left[0].start <= token.start:
            yield left.pop(0).terms[0]
        if not any(each.start <= token.start and token.end <= each.end for each in dated):
            yield token.term
    yield from (each.terms[0] for each in left)
