"""Pages in a real browser: Debian's Chromium by Playwright, with every console message and request written down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"wide": (1280, 900), "narrow": (390, 844), "least": (320, 640)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


class Watched:
    """A page, what it said on the console, and what it asked the network for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        page.on("console", lambda m: self.said.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.said.append(f"error: {e}"))
        page.on("request", lambda r: self.asked.append(r.url))
        page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))

    def draw_all(self) -> None:
        """Scroll to each chart and wait until it answers."""
        figures = self.page.locator("figure[data-chart]")
        for i in range(figures.count()):
            figures.nth(i).scroll_into_view_if_needed()
            figures.nth(i).locator(".draw > div svg").wait_for(state="attached")
        self.page.evaluate("scrollTo(0, 0)")


Opener = Callable[..., Any]


@pytest.fixture
def opened(browser: Any) -> Opener:
    @contextmanager
    def opening(path: Path, *, size: str = "wide", scheme: str = "light", scripts: bool = True) -> Iterator[Watched]:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=scripts, offline=True
        )
        watched = Watched(context.new_page())
        watched.page.set_default_timeout(300_000)  # a busy machine is slow, not wrong
        watched.page.goto(path.resolve().as_uri())
        try:
            yield watched
        finally:
            context.close()

    return opening
