"""People who sign in to the console, without a window."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import httpx

from tests.support.waiting import DEADLINE_S
from tests.support.web import TLS, WebServer

_FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_NOTE = re.compile(r'<p class="note [a-z]+" role="status">(.*?)</p>', re.DOTALL)


class Clerk:
    """Somebody with a browser. key: what they sign in with."""

    def __init__(self, web: WebServer, key: str) -> None:
        self.key = key
        self.browser = httpx.Client(
            base_url=web.url, timeout=DEADLINE_S, verify=TLS, headers={"origin": web.url}
        )

    def sign_in(self, **sent: str) -> httpx.Response:
        """Show the key."""
        form = self.form("/console/sign-in", "/console/sign-in")
        return self.browser.post("/console/sign-in", data=form | {"key": self.key} | sent)

    def see(self, path: str, **asked: str) -> httpx.Response:
        """Look at a page."""
        return self.browser.get(path, params=asked or None)

    def form(self, path: str, action: str) -> dict[str, str]:
        """What a form of a page sends before anything is filled in."""
        return form_of(self.see(path).text, action)

    def send(self, path: str, action: str, **typed: str) -> httpx.Response:
        """Fill in a form of a page and send it."""
        return self.browser.post(action, data=self.form(path, action) | typed)

    def confirm(self, shown: httpx.Response, action: str) -> httpx.Response:
        """Take the second step of a form."""
        assert shown.status_code == 200, shown.text
        return self.browser.post(action, data=form_of(shown.text, action))

    def close(self) -> None:
        """Close the browser."""
        self.browser.close()


def form_of(text: str, action: str) -> dict[str, str]:
    """What a form of a page sends before anything is filled in."""
    for found, fields in _FORM.findall(text):
        if html.unescape(found) == action:
            return {name: html.unescape(value) for name, value in _HIDDEN.findall(fields)}
    raise AssertionError(f"the page has no form for {action}")


def forms_of(text: str) -> set[str]:
    """Where the forms of a page are sent."""
    return {html.unescape(action) for action, _ in _FORM.findall(text)}


def note_of(answer: httpx.Response) -> str:
    """What a page says was done."""
    found = _NOTE.search(answer.text)
    return html.unescape(found[1]) if found else ""


Signing = Callable[..., Clerk]
"""Has somebody sign in with a new key of some roles."""
Coming = Callable[..., Clerk]
"""Has somebody come with a key, who has not signed in."""
