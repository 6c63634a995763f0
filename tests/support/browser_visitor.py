"""Somebody who opens pages in a real browser, on a phone or on a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.web import WebServer

PHONE, SCREEN = 360, 1200


class Visitor:
    """Somebody with a browser. Nothing may be fetched from elsewhere, and nothing may go wrong unsaid."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._url = url
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def open(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self._url + path)
        return self.page

    def press(self, name: str) -> None:
        """Press a button, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def check(self, wide: int) -> None:
        """Nothing sticks out, nothing is fetched from elsewhere, and nothing keeps anybody out."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= wide
        assert all(each.startswith((self._url, "data:")) for each in self.asked)
        assert self.wrong == []
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()


@contextmanager
def visiting(window: Browser, web: WebServer, wide: int = SCREEN, **options: Any) -> Iterator[Visitor]:
    """A visitor whose browser is so many pixels wide."""
    context = window.new_context(viewport={"width": wide, "height": 900}, **options)
    try:
        yield Visitor(context, web.url)
    finally:
        context.close()
