"""A real browser, and pages of another origin that it visits."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, sync_playwright

INSTALLED = ("chromium", "chromium-browser", "google-chrome")
"""Browsers of the system that are taken before the one that playwright would bring."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    found = next(filter(None, map(shutil.which, INSTALLED)), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def pages(found: Mapping[str, str]) -> Iterator[str]:
    """A server of pages, by path, at an origin of its own. Yields its URL."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = found.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((content or "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
