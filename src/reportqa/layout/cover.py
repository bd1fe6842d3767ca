"""The first slide of a deck."""

from __future__ import annotations

COVER = "表紙 題名 タイトル 講演者 発表者 著者 所属 発表日 日付 発行元 cover title speaker presenter author date publisher"
"""What people call the things on a deck's first slide, where they stand without these labels."""
