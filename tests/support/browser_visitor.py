"""Somebody who opens pages in a real browser, on a phone or on a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.web import WebServer

PHONE, SCREEN = 360, 1200
HIGH = 900
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that light and dark make a difference to."""
ALL_RULES: Mapping[str, Any] = {}
COLOURS_ALONE: Mapping[str, Any] = {"runOnly": COLOURS}
ALL_BUT_COLOURS: Mapping[str, Any] = {"rules": {rule: {"enabled": False} for rule in COLOURS}}


class Visitor:
    """Somebody with a browser. Nothing may be fetched from elsewhere, and nothing may go wrong unsaid."""

    def __init__(self, context: BrowserContext, url: str, wide: int) -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._url = url
        self._wide = wide
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

    def press_unfolded(self) -> None:
        """Press the button of what is unfolded, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.locator("details[open]").get_by_role("button").click()

    def widen(self, wide: int) -> None:
        """Make the window so many pixels wide."""
        self._wide = wide
        self.page.set_viewport_size({"width": wide, "height": HIGH})

    def check(self, rules: Mapping[str, Any] = ALL_RULES) -> None:
        """Nothing sticks out, nothing is fetched from elsewhere, and nothing keeps anybody out."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self._wide
        assert all(each.startswith((self._url, "data:")) for each in self.asked)
        assert self.wrong == []
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = AxeResults(
            self.page.evaluate("rules => axe.run(rules)", {"resultTypes": ["violations"], **rules})
        )
        assert found.violations_count == 0, found.generate_report()

    def check_in_light_and_dark(self) -> None:
        """`check` as wide as the window is; the page stays, and is left in light."""
        self.page.emulate_media(color_scheme="dark")
        self.check(COLOURS_ALONE)
        self.page.emulate_media(color_scheme="light")
        self.check()

    def check_in_every_look(self) -> None:
        """`check` on a phone and on a screen, in light and dark; the page stays, and is left as it was."""
        before = self._wide
        for wide in (PHONE, SCREEN):
            self.widen(wide)
            self.check_in_light_and_dark()
        self.widen(before)

    def press_everything(self, path: str, fill: Callable[[Page], None]) -> None:
        """Fill in a page and press each of its buttons, and the first of each page that follows; then open
        all that it leads to.
        """
        page = self.open(path)
        for number in range(page.get_by_role("button").count()):
            self.open(path)
            fill(page)
            page.get_by_role("button").nth(number).click()
            for _ in range(2):
                page.get_by_role("button").first.click()
        self.open(path)
        for address in page.evaluate("[...document.links].map(each => each.href)"):
            if address.startswith(self._url):
                page.goto(address)


@contextmanager
def visiting(window: Browser, web: WebServer, wide: int = SCREEN, **options: Any) -> Iterator[Visitor]:
    """A visitor whose browser is so many pixels wide."""
    context = window.new_context(viewport={"width": wide, "height": HIGH}, **options)
    try:
        yield Visitor(context, web.url, wide)
    finally:
        context.close()
