"""Which reading of a follow-up or of a long message is meant, and how sure its answer is.

Each is answered. For a follow-up a linear model, fitted on practice conversations by ``training/fit_context.py``, weighs how
the reading was made against what came of it: whether the page found is of this deck and says what is asked, as the
reader takes it with that question, and how far its slide is before the next. Of a long message's readings the surest is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reportqa.answer import Heard
from reportqa.answer.confidence import THRESHOLD
from reportqa.answer.marked import bounded
from reportqa.dialogue import KINDS, Readings, Standalone
from reportqa.types import Answer

WEIGHTS: Mapping[str, float] = {
    "here": 1.63,
    "said": 1.03,
    "lead": 0.93,
    "alone": 0.35,
    "alone_ellipsis": -0.02,
    "alone_names_another": 0.06,
    "worded": 0.34,
    "worded_ellipsis": 0.25,
    "worded_names_another": 0.16,
    "other": -0.4,
    "other_ellipsis": -0.26,
    "other_names_another": 0.11,
    "both": 0.48,
    "both_ellipsis": -0.21,
    "both_names_another": -0.38,
}
"""Weight of each feature of ``features``."""

WORDED = 1.0
"""How often the log-odds of what the wording says count beside those of the reading chosen.

Of several readings one is answered by chance sooner than one of one, and together with the last question any
question is answered where that was.
"""

CERTAIN = 7.0
"""Log-odds beyond this say no more."""

LEAD = 0.5
"""What a point between the first and the second slide counts beside the log-odds of a long message's reading."""

ALONE = 1.0
"""What the part that asks has over readings with more of the message."""


def meant(read: Readings, heard: Mapping[Standalone, Heard]) -> tuple[Standalone, Answer]:
    """The reading of ``read`` that is probably meant and its answer; ``heard`` holds those to all of them."""
    reading = max(heard, key=lambda each: _score(features(each, read, heard[each])))
    chosen = heard[reading]
    own = chosen.answer.confidence
    worded = heard[read.worded]
    share = WORDED if worded.hits else 0.0  # 「なぜ？」 by itself asks for nothing
    total = _log_odds(own) + share * _log_odds(worded.answer.confidence)
    return reading, _as_sure(chosen, total / (1 + share))


def meant_of_parts(heard: Sequence[Heard]) -> tuple[int, Answer]:
    """Which of the readings of a long message is meant and its answer; ``heard`` holds those to all, the part that asks first.

    An answer that hangs on what is read along is less sure: the chosen one's log-odds are averaged with those of all.
    """
    sure = [_log_odds(each.answer.confidence) for each in heard]
    chosen = max(
        range(len(heard)), key=lambda place: sure[place] + LEAD * heard[place].lead + ALONE * (place == 0)
    )
    return chosen, _as_sure(heard[chosen], (sure[chosen] + sum(sure) / len(sure)) / 2)


def _as_sure(heard: Heard, log_odds: float) -> Answer:
    """The answer heard with this confidence, refused where that is too little."""
    sure = 1 / (1 + math.exp(-log_odds))
    if heard.answer.found and sure >= THRESHOLD:
        return replace(heard.answer, confidence=sure)
    return heard.refused(min(heard.answer.confidence, sure))


def features(each: Standalone, read: Readings, heard: Heard) -> dict[str, float]:
    """What speaks for a reading, all of the order of 1."""
    kinds = read.kinds[each]
    values = {
        "here": bounded(heard.page.here),
        "said": bounded(heard.page.said),
        "lead": heard.lead / 5,
    }
    for kind in KINDS:
        values[kind] = float(kind in kinds)
        values[f"{kind}_ellipsis"] = float(kind in kinds and read.ellipsis)
        values[f"{kind}_names_another"] = float(kind in kinds and read.names_another)
    return values


def _score(values: Mapping[str, float]) -> float:
    return sum(WEIGHTS[name] * value for name, value in values.items())


def _log_odds(probability: float) -> float:
    if not 0 < probability < 1:
        return math.copysign(CERTAIN, probability - 0.5)
    return max(-CERTAIN, min(CERTAIN, math.log(probability / (1 - probability))))
