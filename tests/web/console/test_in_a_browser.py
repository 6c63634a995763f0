"""The console in a real browser, without scripts: on a phone and on a screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from backorder.schemas import NoteText, parse
from backorder.storage.notes import about_line
from tests.support.browser_visitor import PHONE, SCREEN, Visitor, visiting
from tests.support.customer_page import asked
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.web import WebServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Which database it is makes no difference to what a browser shows."""


def come_in(visitor: Visitor, key: str, path: str = "/console/") -> None:
    """Sign in on the way to a page."""
    visitor.open(path)
    visitor.page.get_by_label("Key").fill(key)
    visitor.press("Sign in")


def test_every_page_fits_and_keeps_nobody_out(window: Browser, web: WebServer, shop: Shop) -> None:
    shop.state_dates((10, day(90)))
    shop.run("UPDATE products SET name = :name", name="\u202e" + "W" * 3000)
    left = parse(NoteText, {"request_id": "n", "text": "W" * 4000, "actor": "W" * 60})
    about_line(shop.services.engine, "A-1/1", left, shop.now)
    shop.start("A-3", customer={"id": "cy", "region": "US", "contact": "none", "email": None}, ship_by=day(1))
    with visiting(window, web, PHONE) as eva:
        eva.open("/console/")
        eva.check_in_every_look()
        come_in(eva, web.key("admin", name="Eva"))
        for path in (
            "/console/",
            "/console/lines",
            "/console/lines/A-1/1",
            "/console/lines/A-3/1",
            "/console/products",
            "/console/products/LAMP",
            "/console/purchase-orders",
            "/console/purchase-orders/PO-1",
            "/console/purchase-orders/PO-1/1",
            "/console/nowhere",
        ):
            eva.open(path)
            eva.check_in_every_look()


@pytest.mark.parametrize("wide", [PHONE, SCREEN])
def test_an_agent_finds_a_line_and_cancels_a_part(
    window: Browser, web: WebServer, shop: Shop, wide: int
) -> None:
    with visiting(window, web, wide, java_script_enabled=False) as eva:
        come_in(eva, web.key("agent", name="Eva"))
        page = eva.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
        page.get_by_label("Who is it about?").fill("Bob Ray")
        page.get_by_role("search", name="Find a line").get_by_role("button", name="Find").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A-2/1")
        page.get_by_text("Cancel", exact=True).click()
        page.locator("#cancel-quantity").fill("2")
        page.locator("details[open]").get_by_role("button", name="Look at what it leads to").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing was done yet")
        page.locator("#cancel-reason").fill("found another")
        page.locator("details[open]").get_by_role("button", name="Look at what it leads to").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cancel 2 units?")
        eva.press("Yes, cancel")
        expect(page.get_by_role("status")).to_contain_text("under way")
        (request,) = asked(shop)
        shop.review("A-2", request["id"])
        page.reload()
        expect(page.get_by_role("status")).to_have_text("It is cancelled.")
        eva.press("Sign out")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("wide", [PHONE, SCREEN])
def test_a_buyer_approves_a_date_by_keyboard(window: Browser, web: WebServer, shop: Shop, wide: int) -> None:
    shop.state_dates((10, day(90)))
    with visiting(window, web, wide, java_script_enabled=False) as bo:
        come_in(bo, web.key("supply", name="Bo"), "/console/purchase-orders/PO-1/1")
        page = bo.page
        expect(page.get_by_role("heading", level=2).first).to_have_text("A new date waits for you")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.get_by_role("button", name="Approve …").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Approve this date?")
        bo.press("Yes, approve it")
        expect(page.get_by_role("status")).to_contain_text("approved")
    assert [each["state"] for each in shop.rows("SELECT state FROM approvals")] == ["approved"]
