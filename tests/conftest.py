"""Shared fixtures: the shipped corpus opened once, and the real text export where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa.assistant import Assistant

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "corpus"
EXPORT = ROOT.parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant over the shipped PDF."""
    return Assistant.open(SHIPPED, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant over the real text export of the first deck."""
    if not EXPORT.is_dir():
        pytest.skip("../shared/corpus, the real text export, is not on this machine")
    return Assistant.open(EXPORT, tmp_path_factory.mktemp("index"))
