"""The outbox's page: each message as its reader sees it, on somebody's own machine alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from backorder.storage.engine import writing
from tests.support.browser import browser
from tests.support.shop import Shop
from tests.support.web import WebServer, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""A page of one's own machine, which has SQLite."""

PHONE = "+4915123456789"
POLICY = """
name = "plain"
[updates]
gather = "0s"
quiet_hours = "00:00-00:00"
channels = ["{}", "{}"]
"""


@pytest.fixture
def page(stock: Shop) -> Iterator[WebServer]:
    stock.purchase()
    for number, way in enumerate(("email", "sms", "email")):
        with writing(stock.services.engine) as connection:
            other = "sms" if way == "email" else "email"
            stock.services.policies.load(connection, POLICY.format(way, other))
        person: dict[str, Any] = {"id": f"p{number}", "name": f"<Per&son {number}>", "phone": PHONE}
        person |= {"email": f"p{number}@example.com", "sms_consent": True}
        stock.start(f"O-{number}", policy="plain", customer=person)
        stock.dispatch(f"customer/p{number}")
    with serving(stock.services, embedded=True) as web:
        yield web


def test_it_is_there_on_the_own_machine_alone(page: WebServer, stock: Shop) -> None:
    found = page.as_("").get("/outbox/")
    assert found.status_code == 200
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert "<Per" not in found.text
    assert "&lt;Per&amp;son 0&gt;" in found.text
    assert page.as_("").get("/outbox/", headers={"host": "shop.example"}).status_code == 404
    moved = page.as_("").get("/outbox?q=o-1")
    assert (moved.status_code, page.as_("").get("/outbox?q=o-1", follow_redirects=True).url.raw_path) == (
        308,
        b"/outbox/?q=o-1",
    )
    with serving(stock.services) as elsewhere:
        for path in ("/outbox", "/outbox/", "/outbox/style.css"):
            assert elsewhere.as_("").get(path).status_code == 404


def test_a_search_and_pages(page: WebServer) -> None:
    def orders(**asked: str) -> list[str]:
        text = page.as_("").get("/outbox/", params=asked).text
        return [each for each in ("O-0/1", "O-1/1", "O-2/1") if f">{each}<" in text]

    assert orders() == ["O-0/1", "O-1/1", "O-2/1"]
    assert orders(q="o-1") == ["O-1/1"]
    assert orders(q="SON 2") == ["O-2/1"]
    assert orders(q="100%") == []
    bad = page.as_("").get("/outbox/", params={"cursor": "x"})
    assert (bad.status_code, bad.headers["content-type"]) == (422, "application/problem+json")


def test_a_mail_runs_no_script_and_fetches_nothing(page: WebServer, stock: Shop) -> None:
    [send, *_] = [row["id"] for row in stock.rows("SELECT id FROM sends WHERE channel = 'email'")]
    found = page.as_("").get(f"/outbox/{send}/mail")
    assert found.status_code == 200
    assert "sandbox" in found.headers["content-security-policy"]
    assert '<base target="_blank">' in found.text
    assert page.as_("").get("/outbox/none/mail").status_code == 404


def announced(view: Page) -> tuple[list[str], list[str]]:
    """A page's errors, and what it asks for, as they come."""
    wrong: list[str] = []
    asked: list[str] = []
    view.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    view.on("request", lambda request: asked.append(request.url))
    return wrong, asked


def test_it_reads_well_in_a_browser(page: WebServer) -> None:
    with browser() as opened:
        view = opened.new_page(viewport={"width": 1200, "height": 900})
        wrong, asked = announced(view)
        view.goto(f"{page.url}/outbox/?width=narrow")
        for wide in (1200, 360):
            view.set_viewport_size({"width": wide, "height": 900})
            assert view.locator("article").count() == 3
            assert view.evaluate("document.documentElement.scrollWidth") <= wide, "nothing sticks out"
            assert "PER" in view.frame_locator("iframe").first.locator("body").inner_text().upper()
            assert view.locator(".bubble").count() == 1
            assert view.locator("iframe").first.bounding_box()["width"] <= 360  # type: ignore[index]
    assert wrong == []
    assert all(httpx.URL(each).host == "127.0.0.1" for each in asked)
