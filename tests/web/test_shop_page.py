"""The script for a shop's page, in a real browser, on a page of another origin than the API's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import pages
from tests.support.databases import NewDatabase
from tests.support.shop import Shop
from tests.support.web import WebServer

SCRIPT = '<script src="{api}/static/availability.js" data-key="{key}" defer {more}></script>'


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Which database it is makes no difference to a page."""
    return new_database("sqlite")


@contextmanager
def visited(window: Browser, web: WebServer, body: str, *, key: str = "", more: str = "") -> Iterator[Page]:
    """A page of a shop that loads the script. Nothing may go wrong on it that nobody says."""
    script = SCRIPT.format(api=web.url, key=key or web.key("storefront"), more=more)
    content = f'<!doctype html><html lang="en-GB"><head>{script}</head><body>{body}</body></html>'
    errors: list[Any] = []
    with pages({"/": content}) as url:
        page = window.new_page(locale="en-US")
        page.on("pageerror", lambda error: errors.append(error))
        try:
            page.goto(url)
            yield page
        finally:
            page.close()
    assert errors == []


def product(sku: str, attributes: str = "", content: str = "Ask us") -> str:
    return f'<p id="{sku}" data-backorder-sku="{sku}" {attributes}>{content}</p>'


def offer(page: Page, sku: str) -> Mapping[str, Any]:
    """What is said of a product for whoever reads the page by machine."""
    found = page.locator(f"#{sku} + script[type='application/ld+json']").text_content()
    said: Mapping[str, Any] = json.loads(found or "")
    return said


@pytest.fixture
def goods(stock: Shop) -> Shop:
    """Lamps are on their way, a desk is there, sofas are not sold while they are not."""
    stock.purchase("PO-1", {"quantity": 4})
    stock.product("DESK")
    stock.adjust(1, sku="DESK")
    stock.product("SOFA", sell_without_date=False)
    return stock


def test_a_page_shows_each_product_in_words_and_for_machines(
    window: Browser, web: WebServer, goods: Shop
) -> None:
    (lamp,) = goods.services.availability.views(["LAMP"], 1, web.desk.now())
    assert lamp.window is not None
    by = lamp.window.by
    priced = 'data-backorder-price="10.00" data-backorder-currency="EUR" data-backorder-name="Lamp"'
    body = product("LAMP", priced) + product("DESK", priced) + product("SOFA", priced) + product("VASE")
    body += product("NONE") + product("")
    # What a page has wrong about one product costs the others nothing, and that one as little as can be.
    body = (
        product("LAMP", f'{priced} lang="en_GB" data-backorder-quantity-from="#1"') + body.split("</p>", 1)[1]
    )
    with visited(window, web, body) as page:
        expect(page.locator("#DESK")).to_have_text("In stock")
        expect(page.locator("#NONE")).to_have_text("Ask us")
        expect(page.locator("#SOFA")).to_have_text("Not available")
        expect(page.locator("#VASE")).to_have_text("Ask us")
        said = page.locator("#LAMP").get_by_role("time").all_text_contents()
        assert said[-1] == f"{by.day} {by:%B} {by.year}"
        expect(page.locator("#LAMP time").last).to_have_attribute("datetime", by.isoformat())
        expect(page.get_by_role("status")).to_have_count(6)
        expect(page.locator("[aria-busy]")).to_have_count(0)
        assert offer(page, "LAMP") == {
            "@context": "https://schema.org",
            "@type": "Product",
            "sku": "LAMP",
            "name": "Lamp",
            "offers": {
                "@type": "Offer",
                "price": "10.00",
                "priceCurrency": "EUR",
                "availability": "https://schema.org/BackOrder",
                "availabilityStarts": by.isoformat(),
            },
        }
        assert offer(page, "DESK")["offers"]["availability"] == "https://schema.org/InStock"
        assert offer(page, "SOFA")["offers"]["availability"] == "https://schema.org/OutOfStock"


def test_texts_and_dates_are_those_of_the_page(window: Browser, web: WebServer, goods: Shop) -> None:
    (lamp,) = goods.services.availability.views(["LAMP"], 1, web.desk.now())
    assert lamp.window is not None
    by = lamp.window.by
    german = 'lang="de" data-backorder-text-backorder="Versand bis {by} <b>"'
    same = 'data-backorder-text-backorder-by="Versand bis {by} <b>"'
    more = 'data-text-in-stock="Auf Lager ({free})"'
    body = product("LAMP", f"{german} {same}") + product("DESK")
    with visited(window, web, body, more=more) as page:
        expect(page.locator("#DESK")).to_have_text("Auf Lager (1)")
        expect(page.locator("#LAMP")).to_contain_text(f"Versand bis {by.day}. ")
        expect(page.locator("#LAMP")).to_contain_text("<b>")
        assert page.locator("#LAMP b").count() == 0


def test_it_asks_anew_when_the_quantity_changes(window: Browser, web: WebServer, goods: Shop) -> None:
    body = '<input id="units" type="number" value="1">'
    body += product("DESK", 'data-backorder-quantity-from="#units"')
    with visited(window, web, body) as page:
        expect(page.locator("#DESK")).to_have_text("In stock")
        page.locator("#units").fill("3")
        page.locator("#units").dispatch_event("change")
        expect(page.locator("#DESK")).to_have_text("On backorder: there is no date yet")
        expect(page.locator("#DESK")).to_have_attribute("data-backorder-status", "backorder_no_date")
        page.locator("#units").fill("0")
        page.locator("#units").dispatch_event("change")
        expect(page.locator("#DESK")).to_have_text("Ask us")
        expect(page.locator("[data-backorder-status]")).to_have_count(0)
        page.locator("#units").fill("1")
        page.evaluate("BackorderAvailability.refresh(document.getElementById('DESK'))")
        expect(page.locator("#DESK")).to_have_text("In stock")


def test_what_the_page_says_by_itself_stays_where_nothing_is_answered(
    window: Browser, web: WebServer, goods: Shop
) -> None:
    listening = """<script>addEventListener("backorder:error", (event) => {
        document.title = event.target.id + ": " + event.detail.message; });</script>"""
    with visited(window, web, listening + product("LAMP"), key="bo_live_nobody_knows") as page:
        expect(page).to_have_title("LAMP: availability: HTTP 401")
        expect(page.locator("#LAMP")).to_have_text("Ask us")
        expect(page.locator("[aria-busy]")).to_have_count(0)
