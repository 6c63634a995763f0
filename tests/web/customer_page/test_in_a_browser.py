"""The customer's page in a real browser: each way through it, on a phone and on a screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from backorder.messaging.customer_links import OPT_OUT
from tests.support.browser_visitor import ALL_BUT_COLOURS, PHONE, SCREEN, visiting
from tests.support.customer_page import LINKS, asked, hold_clock, newest_send, path_of, waits_with_choices
from tests.support.days import at, day
from tests.support.hearing import heard, reads_well
from tests.support.page_states import STATES
from tests.support.shop import Shop
from tests.support.web import WebServer


def ruled(shop: Shop, order: str) -> None:
    """What the line's workflow would do with what was asked of it."""
    ids = [each["id"] for each in asked(shop) if each["verdict"] is None]
    shop.review(order, *ids)


# --- each way through the page


def test_somebody_cancels_on_a_phone_without_scripts(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    with visiting(window, served, PHONE, java_script_enabled=False) as ann:
        page = ann.open(path)
        keep = page.get_by_role("button", name="Keep waiting").bounding_box()
        cancel = page.get_by_role("button", name="Cancel", exact=True).bounding_box()
        assert keep is not None
        assert cancel is not None
        assert (keep["width"], keep["height"]) == (cancel["width"], cancel["height"])
        ann.press("Cancel")
        expect(page.get_by_role("heading", level=1)).to_have_text("Cancel?")
        assert asked(shop) == []
        ann.press("Yes, cancel")
        expect(page.get_by_role("status")).to_be_visible()
        ruled(shop, "A-77")
        page.reload()
        ann.press("Take the cancellation back")
        ann.press("Yes, take it back")
        ruled(shop, "A-77")
        page.goto(served.url + path)
        expect(page.get_by_role("button", name="Keep waiting")).to_be_visible()
    assert shop.state("A-77").quantity.open == 2


def test_somebody_keeps_waiting_with_the_keyboard_alone(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    shop.start("A-77")
    with visiting(window, served) as ann:
        page = ann.open(path_of(shop))

        def tab_to(name: str) -> None:
            for _ in range(30):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement.textContent").strip() == name:
                    return
            raise AssertionError(f"the keyboard does not come to {name}")

        tab_to("Keep waiting")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Keep waiting?")
        tab_to("Yes, keep waiting")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()
    ruled(shop, "A-77")
    assert shop.state("A-77").consent.state == "given"


def test_somebody_cancels_a_part(window: Browser, served: WebServer, shop: Shop, at_once: None) -> None:
    shop.start("A-77", 3)
    with visiting(window, served) as ann:
        page = ann.open(path_of(shop))
        page.get_by_text("Cancel only some").click()
        page.get_by_label("How many (1 to 3)?").fill("2")
        ann.press_unfolded()
        expect(page.get_by_text("We cancel 2 × Lamp. The other one stays on order.")).to_be_visible()
        ann.press("Yes, cancel")
        expect(page.get_by_role("status")).to_be_visible()
    ruled(shop, "A-77")
    shop.now = at(0, 9, 31)
    shop.review("A-77")
    assert shop.state("A-77").quantity.cancelled == 2


def test_somebody_changes_the_way_to_them(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    shop.start("A-77")
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        page.get_by_text("Get news by text message").click()
        page.get_by_label("Your number with its country code").fill("+4915123456789")
        page.get_by_label("I agree that Lumen & Oak sends text messages").check()
        ann.press_unfolded()
        ann.check()
        ann.press("Yes, do that")
        expect(page.get_by_text("Text messages: •••789")).to_be_visible()
        ann.press("Stop text messages")
        ann.check()
        ann.press("Yes, do that")
        expect(page.get_by_text("No text messages")).to_be_visible()
        page.get_by_text("Another email address").first.click()
        page.get_by_label("Another email address").fill("ann@new.example")
        ann.press_unfolded()
        ann.press("Yes, do that")
        expect(page.get_by_text("We’re sending a link to the new address.")).to_be_visible()
    assert shop.services.contacts.read("ann").phone == "+4915123456789"


def test_somebody_names_a_last_day_and_then_withdraws_from_the_contract(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    shop.start("A-77", 2)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        page.get_by_text("Wait until a day of your choice").click()
        page.get_by_label("The last day").fill(day(30).isoformat())
        ann.press_unfolded()
        expect(page.get_by_text("we cancel them on the next day")).to_be_visible()
        ann.check()
        ann.press("Yes, keep waiting")
        ruled(shop, "A-77")
        shop.ship("A-77", 2)
        shop.now += timedelta(hours=3)
        hold_clock(shop)
        page.reload()
        ann.press("Withdraw from contract here")
        ann.check()
        ann.press("Confirm withdrawal")
        expect(page.get_by_role("status")).to_be_visible()
        ann.check()
    ruled(shop, "A-77")
    assert shop.state("A-77").last_day == day(30)
    assert len(shop.state("A-77").withdrawals) == 1


def test_somebody_takes_something_else(window: Browser, served: WebServer, shop: Shop, at_once: None) -> None:
    waits_with_choices(shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        expect(page.get_by_text("You get 6,00 € back")).to_be_visible()
        ann.press("Take Ash lamp")
        expect(page.get_by_text("Instead of 3 × Lamp you get 3 × Ash lamp.")).to_be_visible()
        ann.check()
        ann.press("Yes, take it")
        expect(page.get_by_role("status")).to_be_visible()
        ruled(shop, "A-77")
        page.reload()
        expect(page.get_by_text("We send you 3 × Ash lamp instead.")).to_be_visible()
    assert shop.state("A-77").quantity.substituted == 3


def test_somebody_uses_all_that_the_page_offers_besides(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path)

        def did(*buttons: str) -> None:
            for name in buttons:
                ann.press(name)
                ann.check()
            expect(page.get_by_role("status")).to_be_visible()
            ruled(shop, "A-77")
            page.goto(served.url + path)

        did("Send what is here now", "Yes, do that")
        expect(page.get_by_role("button", name="Send what is here now")).to_have_count(0)
        did("Show me the code", "Yes, do that")
        expect(page.get_by_text(shop.state("A-77").offers[-1].code)).to_be_visible()
        page.get_by_text("Tell us what went wrong").first.click()
        page.get_by_role("textbox", name="Tell us what went wrong").fill("It took long.\nToo long.")
        ann.press_unfolded()
        did("Yes, send it")
        expect(page.get_by_text("Ticket T-")).to_be_visible()
        page.get_by_text("How often we write").click()
        page.get_by_label("How often?").select_option("8")
        ann.press_unfolded()
        did("Yes, do that")
        expect(page.get_by_text("How often we write: at most every 8 weeks")).to_be_visible()
    assert shop.state("A-77").allocation_reported == 2
    assert sorted(each["kind"] for each in asked(shop)) == ["claim_coupon", "complain", "send_now"]


def filled_in(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    for field in page.get_by_role("spinbutton").all():
        field.fill("1")
    page.locator("input[type=email]").fill("scanner@example.net")
    page.locator("input[type=tel]").fill("+4915123456780")
    page.locator("input[type=checkbox]").check()
    page.locator("textarea").fill("Buy cheap watches")


def test_a_scanner_that_fetches_renders_and_presses_changes_nothing(
    window: Browser, served: WebServer, shop: Shop, quick_machine: None
) -> None:
    shop.start("A-77", 2, customer={"phone": "+4915123456789", "sms_consent": True})
    with visiting(window, served) as scanner:
        scanner.press_everything(path_of(shop), filled_in)
    assert asked(shop) == []
    ann = shop.services.contacts.read("ann")
    assert (ann.email, ann.phone) == ("ann@example.com", "+4915123456789")
    assert shop.rows("SELECT * FROM suppressions") == []
    assert shop.rows("SELECT * FROM messages WHERE kind = 'confirm_address'") == []


# --- how it looks and reads


@pytest.mark.parametrize("state", STATES)
def test_it_keeps_nobody_out(window: Browser, served: WebServer, shop: Shop, state: str) -> None:
    STATES[state](shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("html")).to_have_attribute("lang", "en-DE")
        reads_well(heard(page))
        ann.check_in_every_look()
        for line in page.locator("article").all():
            heading = (line.locator("h1, .big").text_content() or "").lower()
            for tag in line.locator(".tag").all_text_contents():
                assert tag.lower() not in heading, "what the heading says is said once"
        ann.widen(SCREEN)
        page.emulate_media(media="print")
        expect(page.get_by_text("Order A-77").first).to_be_visible()
        expect(page.get_by_role("button").first).to_be_hidden()
        page.emulate_media(media="screen")
        ann.widen(PHONE)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        reads_well_unfolded(page, state)


def reads_well_unfolded(page: Page, state: str) -> None:
    """As a screen reader has it, with all that can be unfolded."""
    found = heard(page)
    reads_well(found)
    said = [each.name for each in found if each.role == "StaticText"]
    assert said.count("Cancelled") == (1 if state == "cancelled" else 0)
    drawn = [each.name for each in found if each.role in ("image", "img")]
    lines = [each for each in found if each.role == "article"]
    assert len(drawn) <= len(lines)
    assert all(each.startswith("The way from your order on") for each in drawn), drawn


def test_the_other_pages_keep_nobody_out_either(
    window: Browser, served: WebServer, shop: Shop, quick_machine: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    with visiting(window, served, PHONE) as ann:
        ann.open(f"/u/{'x' * 22}")
        ann.check_in_light_and_dark()
        ann.open(f"/u/{LINKS.token(OPT_OUT, newest_send(shop))}")
        ann.check_in_light_and_dark()
        ann.press("Stop the offers")
        expect(ann.page.get_by_role("heading", level=1)).to_have_text("No more offers")
        ann.check_in_light_and_dark()
        ann.open(f"/b/{'x' * 22}")
        ann.check_in_light_and_dark()
        ann.page.get_by_label("Your order number").fill("A-77")
        ann.press("Send me a new link")
        ann.check_in_light_and_dark()
        ann.open(path)
        ann.press("Cancel")
        ann.check_in_light_and_dark()
        ann.press("Yes, cancel")
        expect(ann.page.get_by_role("alert")).to_contain_text("That was very quick")
        ann.check_in_light_and_dark()
    assert asked(shop) == []


def test_no_year_is_broken_on_a_narrow_phone(window: Browser, served: WebServer, shop: Shop) -> None:
    """However long the month's name is; a label gives way to the day."""
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(200)})
    year = """e => {
        const [text, range] = [e.lastChild, document.createRange()];
        range.setStart(text, text.length - 4); range.setEnd(text, text.length);
        return [range.toString(), range.getClientRects().length];
    }"""
    for region, locale in (("US-NY", "en"), ("DE", "de"), ("PT", "pt")):
        customer = {"id": f"ann-{locale}", "email": f"a.{locale}@example.com"}
        customer |= {"region": region, "locale": locale}
        shop.start(f"A-{locale}", 1, sku="RUG", customer=customer, ship_by=day(210))
        with visiting(window, served, PHONE) as ann:
            page = ann.open(path_of(shop, customer["id"]))
            for width in (320, 360):
                ann.widen(width)
                for stop in page.locator(".stops > li > strong").all():
                    assert stop.evaluate(year) == ["2025", 1], (locale, width, stop.inner_text())
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_speaks_each_language_on_a_phone(window: Browser, served: WebServer, shop: Shop) -> None:
    """Up to the second step: whole words, as wide as the phone."""
    with visiting(window, served, PHONE) as ann:
        for locale in ("de", "es", "fr", "hi", "pt"):
            customer = {"id": f"ann-{locale}", "email": f"ann.{locale}@example.com", "locale": locale}
            shop.start(f"A-{locale}", 2, customer=customer)
            page = ann.open(path_of(shop, customer["id"]))
            assert page.locator("html").get_attribute("lang") in (locale, f"{locale}-DE")
            assert "Keep waiting" not in page.inner_text("body")
            ann.check(ALL_BUT_COLOURS)
            ann.widen(SCREEN)
            page.locator(".said summary").click()
            for told in page.locator(".said time").all():
                assert told.evaluate("e => e.offsetHeight") < 30, "the day of a message on one line"
            ann.widen(PHONE)
            door = page.locator(".stop-door strong").first
            assert door.evaluate("e => e.offsetHeight") < 50, "the day at the door on two lines at most"
            for stop in page.locator(".stops li").all():
                tops = "e => [...e.children].map(each => each.getBoundingClientRect().top)"
                label, when = stop.evaluate(tops)
                assert abs(label - when) < 3, "beside what it is the day of"
            with page.expect_navigation():
                page.locator("button[value=cancel]").first.click()
            assert "Cancel?" not in page.inner_text("h1")
            ann.check(ALL_BUT_COLOURS)
