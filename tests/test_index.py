"""The index is built whole or not at all, and brought up to date when the corpus changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportqa import index as index_module
from reportqa.assistant import Assistant
from reportqa.chunking import split_deck
from reportqa.errors import CorpusError, IndexBuildError
from reportqa.verify import problems

PLAN = (
    "# 販売計画\n\n- 2031年の販売台数は12万台を見込む。\n\n---\n\n# 人員\n\n- 開発部門の人員は340名である。\n"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "plan.md").write_text(PLAN, "utf-8")
    return folder


def built(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_fresh_index_is_opened_and_not_built_again(corpus: Path, tmp_path: Path) -> None:
    Assistant.open(corpus, tmp_path / "index")
    before = built(tmp_path / "index")
    Assistant.open(corpus, tmp_path / "index")
    assert built(tmp_path / "index") == before
    assert len(before) == 2  # the build and CURRENT


def test_a_new_deck_is_found_and_unchanged_decks_are_not_read_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Assistant.open(corpus, tmp_path / "index")
    (corpus / "costs.md").write_text("# 費用\n\n- 広告費は7億円である。\n", "utf-8")
    import reportqa.readers

    read: list[str] = []
    original = reportqa.readers.read_deck

    def spy(path: Path, deck_id: str) -> object:
        read.append(path.name)
        return original(path, deck_id)

    monkeypatch.setattr(reportqa.readers, "read_deck", spy)
    assistant = Assistant.open(corpus, tmp_path / "index")
    assert read == ["costs.md"]
    assert assistant.ask("広告費はいくら？").citations[0].slide.deck_id == "costs"


def test_a_changed_deck_answers_with_its_new_text(corpus: Path, tmp_path: Path) -> None:
    Assistant.open(corpus, tmp_path / "index")
    (corpus / "plan.md").write_text(PLAN.replace("340", "1,275"), "utf-8")
    answer = Assistant.open(corpus, tmp_path / "index").ask("開発部門の人員は何名？")
    assert answer.short is not None and answer.short.text == "1,275名"


def test_a_failed_build_leaves_the_old_index_in_place(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Assistant.open(corpus, tmp_path / "index")
    before = built(tmp_path / "index")
    (corpus / "more.md").write_text("# 追加\n\n本文。\n", "utf-8")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_module.dense, "build", full_disk)
    with pytest.raises(IndexBuildError, match="No space left"):
        Assistant.open(corpus, tmp_path / "index")
    assert built(tmp_path / "index") == before


def test_a_damaged_index_is_built_again(corpus: Path, tmp_path: Path) -> None:
    Assistant.open(corpus, tmp_path / "index")
    (tmp_path / "index" / "CURRENT").write_text("built-gone", "utf-8")
    assert Assistant.open(corpus, tmp_path / "index").ask("販売台数は？").found


def test_nothing_is_published_when_no_file_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 no more")
    with pytest.raises(CorpusError, match=r"broken\.pdf"):
        Assistant.open(folder, tmp_path / "index")
    assert not (tmp_path / "index").exists() or built(tmp_path / "index") == set()


def test_an_empty_corpus_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no deck in this corpus.*\.pdf"):
        Assistant.open(tmp_path, tmp_path / "index")


def test_twins_get_ids_that_tell_them_apart(corpus: Path, tmp_path: Path) -> None:
    (corpus / "plan.txt").write_text("販売計画\n2031年の販売台数は12万台を見込む。\n", "utf-8")
    ids = [deck.deck_id for deck in Assistant.open(corpus, tmp_path / "index").decks]
    assert ids == ["plan.md", "plan.txt"]


def test_verify_notices_a_file_changed_behind_the_index(corpus: Path, tmp_path: Path) -> None:
    assistant = Assistant.open(corpus, tmp_path / "index")
    assert problems(assistant) == []
    (corpus / "plan.md").write_text(PLAN + "\n追記\n", "utf-8")
    assert "has changed" in problems(assistant)[0]


def test_passages_stay_on_their_slide_and_are_its_own_text(shipped: Assistant) -> None:
    passages = [passage for deck in shipped.decks for passage in split_deck(deck)]
    assert len({p.passage_id for p in passages}) == len(passages)
    for passage in passages:
        assert passage.text.strip()
        assert not any(char.isspace() for char in passage.passage_id)
    covered = "".join(p.text for p in passages)
    assert "5,784億元" in covered and "DeepSeek-V2-32k" in covered
