"""A real browser (Debian's Chromium) and a real site for the tests that click."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.site import Site
from tests.engine.conftest import books_of, empty_books, small_books  # noqa: F401 - fixtures

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def site(small_books: Any, tmp_path: Any) -> Iterator[Site]:  # noqa: F811
    """The small demo, served; no worker yet."""
    with small_books.copy() as scratch:
        running = Site(scratch, tmp_path)
        try:
            running.serve()
            yield running
        finally:
            running.stop()


@pytest.fixture
def browser() -> Iterator[Any]:
    """A browser without a window."""
    if not CHROMIUM:
        pytest.skip("needs Chromium (apt install chromium, or CHROMIUM=/path): CI has it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page on which no script may fail and nothing may be missing."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    opened.set_default_timeout(15_000)
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(f"{said.text} {said.location}") if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    assert wrong == []
