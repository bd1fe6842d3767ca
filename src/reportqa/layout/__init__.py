"""Slide text → regions; slides and printed numbers out of text exports.

``export`` parts a text export into slides by printed ``numbers`` and recurring ``furniture``; ``numbering`` gives
every page of any reader its slide number; ``regions`` finds what stands on a slide, with ``blocks`` (wrapped
lines) and ``tables`` (flattened columns); ``outline`` says what hangs under what. ``marks`` knows the signs.
"""

from __future__ import annotations

from reportqa.layout.cover import COVER
from reportqa.layout.export import recover_pages
from reportqa.layout.numbering import lay_out
from reportqa.layout.outline import parents
from reportqa.layout.regions import find_regions

__all__ = ["COVER", "find_regions", "lay_out", "parents", "recover_pages"]
