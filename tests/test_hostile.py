"""Files that are damaged, locked, mistaken or meant to hurt: read, or refused with a reason, in bounded time."""

from __future__ import annotations

import io
import os
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfWriter

from reportqa.errors import ReadError
from reportqa.readers import read_deck, worker
from reportqa.types import Deck
from tests.test_read_pdf import pdf, text

HOSTILE = Path(__file__).parents[1] / ".." / "shared" / "hostile"

READ = {  # what a person sees when opening the file
    "badxref__pdfjs__issue19800.pdf": "Hello world",
    "badxref__pdfminersix__simple3.pdf": "あいうえお",
    "badxref__qpdf__bad11.pdf": "Salad",
    "badxref__qpdf__bad39.pdf": "Potato",
    "cjk__pdfjs__SimFang-variant.pdf": "全 世 界 无 产 者",
    "cjk__pdfjs__XiaoBiaoSong.pdf": "关 于 红 军 作 战 的 原 则",
    "cjk__pdfjs__arial_unicode_en_cidfont.pdf": "This is an Arial Unicode PDF\nfrom OpenOffice",
    "cjk__pdfjs__noembed-eucjp.pdf": "あいうえお",
    "cjk__pdfjs__noembed-identity.pdf": "ABC あいうえお 123",
    "cjk__pdfjs__noembed-sjis.pdf": "あいうえお",
    "cjk__pdfminersix__issue-449-vertical.pdf": "Vertical",
    "content__pdfjs__poppler-90-0-fuzzed.pdf": "Key",
    "content__qpdf__eof-in-inline-image.pdf": "Potato",
    "content__safedocs__Dialect-ContentStreamsWithIndirectRefs.pdf": "Inside marked content",
    "encrypted__OpenChain-JWG__SBOM-related-doc-org-20231004-r1-action2.pdf": "SBOM関連の文書と組織の関係図",
    "geometry__pdfjs__boundingBox_invalid.pdf": "Empty /MediaBox",
    "slow__OpenPDF__Brotli-Prototype-FileA.pdf": "SHEET INDEX",
    "slow__pdfjs__bug1978317.pdf": "Hello World",
    "slow__pdfjs__issue12810.pdf": "PDFM PDF EDITOR",
    "truncated__pdfjs__issue6069.pdf": "Missing value for startxref",
}
REFUSED = {
    "badxref__pdfjs__PDFBOX-4352-0.pdf": "OCR",
    "badxref__qpdf__issue-335a.pdf": "not a PDF",
    "content__pdfjs__filled-background.pdf": "OCR",
    "content__pdfjs__operator_list_cycle.pdf": "OCR",
    "encrypted__pdfbox__AES256ExposedMeta.pdf": "certificate",
    "encrypted__pdfjs__issue3371.pdf": "password",
    "encrypted__pdfminersix__rc4-40.pdf": "password",
    "encrypted__pypdf__r2-user-password.pdf": "password",
    "encrypted__pypdf__r6-both-passwords.pdf": "password",
    "encrypted__pypdf__r6-user-password.pdf": "password",
    "notpdf__OpenChain-JWG__OpenChain_JWG_Activities_CC0_20190205.pdf": "a web page",
    "notpdf__qpdf__bad.pdf": "a text file",
    "pagetree__pdfjs__issue19484_1.pdf": "damaged",
    "pagetree__pdfjs__poppler-937-0-fuzzed.pdf": "none of its 1 pages can be opened",
    "pagetree__qpdf__c-empty.pdf": "no pages",
    "truncated__pdfjs__bug1020226.pdf": "damaged",
    "truncated__pdfjs__poppler-85140-0.pdf": "OCR",
    "truncated__qpdf__398060137.fuzz.pdf": "not a PDF",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some deck.pdf"


def refusal(path: Path, **limits: float) -> str:
    with pytest.raises(ReadError) as caught:
        read_deck(path, "deck", **limits)
    assert str(caught.value).startswith(f"{path.name}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


Readings = dict[str, "Future[Deck]"]


@pytest.fixture(scope="module")
def readings() -> Iterator[Readings]:
    """Every hostile file, being read: three at a time, each by a worker of its own."""
    paths = sorted(HOSTILE.glob("*.pdf"))
    if not paths:
        pytest.skip("the hostile files are not part of the repository (../shared/hostile is absent)")
    with ThreadPoolExecutor(3) as pool:
        yield {path.name: pool.submit(read_deck, path, "deck", timeout_s=60) for path in paths}


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_read(name: str, readings: Readings) -> None:
    assert READ[name] in "\n".join(slide.text for slide in readings[name].result().slides)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_reason(name: str, readings: Readings) -> None:
    with pytest.raises(ReadError) as caught:
        readings[name].result()
    assert str(caught.value).startswith(f"{name}: ")
    assert REFUSED[name] in str(caught.value)


def test_every_hostile_file_ends_well(readings: Readings) -> None:
    for name in set(readings) - set(READ) - set(REFUSED):  # the others are tested above
        try:
            assert readings[name].result().slides
        except ReadError as error:
            assert str(error).startswith(f"{name}: ")


def test_a_file_cut_short_is_read_or_refused(file: Path) -> None:
    whole = pdf([text("first", 60, 200)], [text("second", 60, 200)])
    file.write_bytes(whole[: whole.rindex(b"startxref")])  # where the table of objects stands is not said
    assert [slide.text for slide in read_deck(file, "deck").slides] == ["first", "second"]
    file.write_bytes(whole[:60])
    assert "get the file again" in refusal(file)


def test_an_empty_file_is_refused(file: Path) -> None:
    file.write_bytes(b"")
    assert "the file is empty" in refusal(file)


def test_text_with_the_ending_of_a_pdf_is_refused(file: Path) -> None:
    file.write_bytes("これはテキスト".encode())
    assert "not a PDF" in refusal(file)


def test_a_missing_file_is_refused(file: Path) -> None:
    assert "cannot be opened" in refusal(file)


def test_a_folder_or_a_pipe_named_like_a_deck_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.pdf").mkdir()
    os.mkfifo(tmp_path / "pipe.pdf")  # opening it would wait for a writer
    for name in ("folder.pdf", "pipe.pdf"):
        assert "not a file" in refusal(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data", "advice"),
    [
        ("old.ppt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as .pptx or PDF"),
        ("locked.pptx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "remove the password"),
        ("page.pptx", b"<!DOCTYPE html><html></html>", "a web page"),
        ("deck.txt", b"%PDF-1.7\n", "give it its own ending"),
        ("deck.key", b"PK\x03\x04", "is not read"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_told_what_to_do(
    tmp_path: Path, name: str, data: bytes, advice: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert advice in refusal(path)


def test_an_empty_password_opens_a_deck_and_any_other_is_asked_to_be_removed(file: Path) -> None:
    for password in ("", "secret"):
        locked = PdfWriter(clone_from=io.BytesIO(pdf([text("for your eyes", 60, 200)])))
        locked.encrypt(password, "owner", algorithm="AES-256")
        locked.write(file)
        if password:
            assert "protected by a password" in refusal(file)
        else:
            assert read_deck(file, "deck").slides[0].text == "for your eyes"


def test_pages_nobody_can_open_are_damage_and_no_pictures(file: Path) -> None:
    whole = pdf([text("first", 60, 200)])
    file.write_bytes(whole.replace(b"/Kids[5 0 R]", b"/Kids[9 0 R]"))  # there is no object 9
    said = refusal(file)
    assert "damaged" in said and "OCR" not in said


def test_pages_that_hold_only_pictures_are_sent_to_ocr(file: Path) -> None:
    file.write_bytes(pdf(["60 60 100 100 re f"], ["60 60 100 100 re f"]))
    assert "no text on any of its 2 pages" in refusal(file)
    assert "OCR" in refusal(file)


def test_time_is_limited(file: Path) -> None:
    file.write_bytes(pdf([text("words", 60, 200)]))
    started = time.monotonic()
    assert "took longer than" in refusal(file, timeout_s=0.01)
    assert time.monotonic() - started < 5


def bomb(gibibytes: float) -> bytes:
    """A PDF whose second page unpacks to so much."""
    squeezer = zlib.compressobj(9)
    blank = b" " * 2**20
    data = b"".join(squeezer.compress(blank) for _ in range(int(gibibytes * 1024))) + squeezer.flush()
    whole = pdf([text("quiet", 60, 200)], ["PLACE"])
    place = zlib.compress(b"PLACE")
    return whole.replace(f"/Length {len(place)}/".encode(), f"/Length {len(data)}/".encode()).replace(
        place, data
    )


def test_a_page_that_unpacks_without_end_costs_that_page_and_bounded_memory(file: Path) -> None:
    resource = pytest.importorskip("resource")
    file.write_bytes(bomb(1.5))
    limit = 2**29
    _, slides = worker.run(file, "deck", timeout_s=60, memory_bytes=limit)
    assert [slide.text for slide in slides] == ["quiet", ""]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < worker.MEMORY_BYTES


def test_a_worker_that_dies_is_an_error_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(pdf([text("words", 60, 200)]))
    monkeypatch.setattr(worker.sys, "executable", "/bin/false")
    assert "the reader stopped with status 1" in refusal(file)


def test_the_answer_of_a_worker_may_hold_slides_and_nothing_else() -> None:
    import pickle

    with pytest.raises(pickle.UnpicklingError, match="no part of a slide"):
        worker._Plain(io.BytesIO(pickle.dumps(("ok", Path("/"))))).load()
