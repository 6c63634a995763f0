"""The supplier's page in a real browser: the whole way from the mail, on a phone and on a screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_visitor import ALL_BUT_COLOURS, PHONE, Visitor, visiting
from tests.support.days import day
from tests.support.shop import Shop
from tests.support.supplier_page import MAIL, asks, newest_send, path_of, waiting, words
from tests.support.web import WebServer


def several(shop: Shop) -> None:
    """Four lines of two orders: one in parts, one without a date, one of a single unit."""
    shop.product("VASE", name="Celadon vase, hand-thrown, with a lid that fits no other vase of the series")
    shop.purchase(
        "PO-2026-000881",
        {"sku": "VASE", "quantity": 1200, "stated_date": day(20)},
        {"quantity": 1, "stated_date": day(20)},
        {"quantity": 6, "stated_date": day(20)},
    )
    shop.state_dates((400, day(20)), (800, day(34)), order="PO-2026-000881")
    asks(shop, "PO-1", "PO-2026-000881")


def test_the_whole_way_from_the_mail_on_a_phone_without_scripts(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    asks(shop)
    links = shop.services.links
    assert links is not None
    with visiting(window, served, PHONE, java_script_enabled=False) as eve:
        mail = served.as_("").get(f"/outbox/{newest_send(shop)}/mail").text
        assert f'href="{links.base}{path_of(shop)}"' in mail, "the outbox shows a link that works"
        page = eve.open(path_of(shop))
        expect(page.get_by_role("heading", level=1)).to_have_text("Does this date still hold?")
        page.get_by_text("In parts, on several days").click()
        page.get_by_label("Units").nth(0).fill("4")
        page.get_by_label("Arrives with us on").nth(1).fill(str(day(25)))
        page.get_by_label("Units").nth(1).fill("5")
        eve.press("Continue")
        expect(page.get_by_role("alert")).to_contain_text("These are 9 of 10 units.")
        expect(page.get_by_label("Units").nth(0)).to_have_value("4")
        page.get_by_label("Units").nth(1).fill("6")
        eve.press("Continue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Send this?")
        expect(page.get_by_text("4 by 28 March 2025")).to_be_visible()
        assert len(words(shop)) == 1
        eve.press("Change something")
        expect(page.get_by_label("Units").nth(1)).to_have_value("6")
        eve.press("Continue")
        eve.press("Yes, send it")
        expect(page.get_by_role("status")).to_contain_text("Thank you!")
        expect(page.get_by_text("We’re looking at it.")).to_be_visible()
        expect(page.get_by_role("button", name="Continue", exact=True)).to_have_count(0)
        page.reload()
        page.get_by_text("Say something else").click()
        page.get_by_text("We can’t say yet").click()
        eve.press("Continue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Send this?")
    assert words(shop)[1:] == [(2, 4, day(25)), (2, 6, None)]
    assert waiting(shop) == ["PO-1/1"]


def test_enter_in_a_field_goes_on_and_a_choice_opens_its_fields(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    several(shop)
    with visiting(window, served) as eve:
        page = eve.open(path_of(shop))
        expect(page.get_by_label("Arrives with us on").first).to_be_hidden()
        first = page.locator("fieldset").first
        first.get_by_text("On another day").click()
        day_of_first = first.get_by_label("Arrives with us on").first
        expect(day_of_first).to_be_visible()
        first.get_by_text("In parts, on several days").click()
        expect(day_of_first).to_be_hidden()
        eve.check()
        units = first.get_by_label("Units")
        units.nth(0).fill("10")
        with page.expect_navigation():
            units.nth(0).press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Send this?")
        expect(page.get_by_text("You leave 3 lines unanswered")).to_be_visible()


def test_one_button_is_enough_where_nothing_changed(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    several(shop)
    with visiting(window, served, PHONE) as eve:
        page = eve.open(path_of(shop))
        eve.press("All dates still hold")
        expect(page.get_by_text("still holds.")).to_have_count(3)
        eve.press("Yes, send it")
        expect(page.get_by_role("status")).to_contain_text("It’s noted.")
    assert waiting(shop) == []
    assert words(shop, "PO-2026-000881", "1")[-2:] == [(3, 400, day(20)), (3, 800, day(34))]


def filled_in(page: Page) -> None:
    for choice in page.locator("input[type=radio]").all():
        choice.check()


def test_a_scanner_that_follows_links_and_presses_buttons_says_nothing(
    window: Browser, served: WebServer, shop: Shop, quick_machine: None
) -> None:
    several(shop)
    before = shop.rows("SELECT * FROM stated_dates")
    with visiting(window, served) as scanner:
        scanner.press_everything(path_of(shop), filled_in)
    assert shop.rows("SELECT * FROM stated_dates") == before
    assert shop.rows("SELECT * FROM approvals") == []


# --- how it looks and reads


def faulty(eve: Visitor, page: Page) -> None:
    """The page with a fault at a field, and the second step."""
    fieldset = page.locator("fieldset").first
    fieldset.get_by_text("In parts, on several days").click()
    fieldset.get_by_label("Units").first.fill("99999")
    eve.press("Continue")
    expect(page.get_by_role("alert")).to_be_visible()


STATES: dict[str, Callable[[Shop], None]] = {
    "one line": asks,
    "several lines": several,
    "late": lambda shop: asks(shop, on=22),
}


@pytest.mark.parametrize("state", STATES)
def test_it_keeps_nobody_out(window: Browser, served: WebServer, shop: Shop, state: str) -> None:
    STATES[state](shop)
    with visiting(window, served, PHONE) as eve:
        page = eve.open(path_of(shop))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        eve.check_in_every_look()
        faulty(eve, page)
        eve.check_in_every_look()
        page.locator("fieldset").first.get_by_text("We can’t say yet").click()
        eve.press("Continue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Send this?")
        eve.check_in_every_look()


def test_a_link_that_opens_nothing_keeps_nobody_out(window: Browser, served: WebServer) -> None:
    with visiting(window, served, PHONE) as eve:
        eve.open(f"/s/{'x' * 22}")
        eve.check_in_light_and_dark()


def test_every_language_fits_a_phone(window: Browser, served: WebServer, shop: Shop) -> None:
    several(shop)
    path = path_of(shop)
    with visiting(window, served, PHONE) as eve:
        for locale in ("de", "es", "fr", "hi", "pt"):
            shop.supplier(email=MAIL, locale=locale)
            page = eve.open(path)
            expect(page.locator("html")).to_have_attribute("lang", locale)
            eve.check(ALL_BUT_COLOURS)
            page.locator("input[value=parts]").first.check()
            page.locator(".go").click()
            expect(page.get_by_role("alert")).to_be_visible()
            eve.check(ALL_BUT_COLOURS)
