"""The whole way once, as a person takes it: a real server, a real browser, the shipped report."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reportqa.web.chat import build
from reportqa.web.server import launch
from tests.test_web import Scripted

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to run as root with one
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,1000",
    "--lang=ja",
)
ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed (see .ci/run)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A ``reportqa serve`` of its own process over the shipped corpus."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("serve")
    command = [sys.executable, "-c", "from reportqa.cli import main; main()"]
    command += ["--corpus", str(ROOT / "corpus"), "--index", str(folder / "index")]
    command += ["serve", "--port", str(port)]
    log = folder / "log.txt"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, log.read_text()
                time.sleep(0.25)
        else:
            pytest.fail(f"the server did not come up: {log.read_text()}")
        yield url
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    selenium = pytest.importorskip(
        "selenium.webdriver", reason="selenium is not installed: pip install .[test]"
    )
    from selenium.webdriver.chrome.service import Service

    os.environ["SE_OFFLINE"] = "true"
    options = selenium.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = selenium.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def wait_for(browser: Any, selector: str, text: str = "") -> Any:
    """The first element of ``selector`` that shows ``text``; fails after 20 seconds."""
    from selenium.webdriver.support.ui import WebDriverWait

    def found(driver: Any) -> Any:
        return next(
            (item for item in driver.find_elements("css selector", selector) if text in item.text), None
        )

    return WebDriverWait(browser, 20, ignored_exceptions=[_stale()]).until(
        found, f"no {selector} with {text!r}"
    )


def _stale() -> type[Exception]:
    from selenium.common.exceptions import StaleElementReferenceException

    return StaleElementReferenceException


def ask(browser: Any, question: str) -> None:
    box = wait_for(browser, "#rq-question textarea")
    box.send_keys(question)
    box.send_keys("\ue007")  # Enter


def called_hosts(browser: Any) -> set[str]:
    """Host and port of every request the page sent, sockets included."""
    hosts = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            params = message["params"]
            url = urlsplit(params.get("url") or params["request"]["url"])
            if url.scheme in ("http", "https", "ws", "wss"):
                hosts.add(url.netloc)
    return hosts


def picture_width(browser: Any) -> int:
    """Width of the slide's picture in its own pixels; 0 while it loads or when it is broken."""
    images = browser.find_elements("css selector", "#rq-picture img")
    return int(images[0].get_property("naturalWidth")) if images else 0


def test_a_question_is_answered_with_its_slide_and_no_other_host_is_called(
    address: str, browser: Any
) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(address)
    ask(browser, "中国のAIコア産業の規模は？")
    assert wait_for(browser, "#rq-chat .rq-short").text == "5,784億元"
    assert wait_for(browser, "#rq-chat .rq-card .rq-slide", "スライド").text == "スライド 4"
    assert "5,784億元" in wait_for(browser, "#rq-chat .rq-card mark").text
    assert wait_for(browser, "#rq-head .rq-slide", "スライド").text == "スライド 4"
    WebDriverWait(browser, 20).until(picture_width, "the slide's picture did not load")
    assert picture_width(browser) > 1000
    first = browser.find_element("css selector", "#rq-picture img").get_property("src")

    wait_for(browser, "#rq-next").click()
    wait_for(browser, "#rq-head .rq-slide", "スライド 5")
    WebDriverWait(browser, 20).until(
        lambda driver: (
            picture_width(driver)
            and first != driver.find_element("css selector", "#rq-picture img").get_property("src")
        ),
        "the next slide's picture did not load",
    )
    wait_for(browser, "#rq-chat .rq-card").click()
    wait_for(browser, "#rq-head .rq-slide", "スライド 4")

    assert called_hosts(browser) == {urlsplit(address).netloc}
    blocked = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert blocked == []


def test_a_hostile_deck_is_shown_as_text_and_a_wrong_slide_can_be_reported(
    browser: Any, tmp_path: Path
) -> None:
    from selenium.common.exceptions import NoAlertPresentException

    path = tmp_path / "feedback.jsonl"
    demo = build(Scripted(tmp_path / "bad.txt"), path)  # type: ignore[arg-type]
    try:
        address = launch(demo, "127.0.0.1", block=False)
        browser.get(address)
        ask(browser, "規模は？")
        assert "![x](http://example.com/x.png)" in wait_for(browser, "#rq-chat .rq-card").text
        shown = wait_for(browser, "#rq-slide-text .rq-text", "規模").text
        assert "見出し<img src=x onerror=alert(1)>" in shown and "出所：<script>alert(1)</script>" in shown
        assert "5,784億元" in wait_for(browser, "#rq-slide-text mark").text
        assert browser.find_elements("css selector", "#rq-chat .rq-card img, #rq-slide-text img") == []
        with pytest.raises(NoAlertPresentException):
            browser.switch_to.alert.accept()

        wait_for(browser, "#rq-wrong").click()
        wait_for(browser, "#rq-right input, #rq-right textarea").send_keys("7")
        wait_for(browser, "#rq-report").click()
        wait_for(browser, ".toast-body", "記録しました")
        row = json.loads(path.read_text(encoding="utf-8"))
        assert (row["rating"], row["right_slide"], row["slides"]) == ("wrong_slide", "7", ["0", "1"])

        ask(browser, "成長率は？")
        wait_for(browser, "#rq-chat .rq-understood", "規模は？ 成長率は？")
        wait_for(browser, "#rq-forget", "引き継がず").click()
        wait_for(browser, "#rq-chat", "5,784億元")
        assert called_hosts(browser) == {urlsplit(address).netloc}
    finally:
        demo.close()
