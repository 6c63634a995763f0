"""A form that came to nothing: unfolded, with what was typed, its fault named, and the focus on the field.

What an older browser sends, which checks nothing of a form by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser_visitor import PHONE, visiting
from tests.support.customer_page import asked, path_of, waits_with_choices
from tests.support.shop import Shop
from tests.support.web import WebServer

HOSTILE = 'a"><b id="in">&\'</textarea><script>1</script>'
"""What must stay text wherever it is shown once more."""
NO_NUMBER = "This must be a phone number that can take text messages, with its country code."
UNREAD = "was missing or can’t be read. Please look at what you typed and try again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A form as somebody filled it in. summary: what unfolds it; label: of the field; fault: what is said;
    beside: what is said beside the field, where that is something else.
    """

    summary: str
    label: str
    typed: str
    fault: str
    beside: str = ""


FORMS = {
    "no number": Filled(
        summary="Cancel only some",
        label="How many (1 to 3)?",
        typed="two",
        fault=f"Something under “Cancel only some” {UNREAD}",
    ),
    "no units": Filled(
        summary="Cancel only some",
        label="How many (1 to 3)?",
        typed="",
        fault=f"Something under “Cancel only some” {UNREAD}",
    ),
    "too many": Filled(
        summary="Cancel only some",
        label="How many (1 to 3)?",
        typed="7",
        fault="Fewer pieces are still to come than you named.",
    ),
    "no day": Filled(
        summary="Wait until a day of your choice",
        label="The last day",
        typed="next week",
        fault=f"Something under “Wait until a day of your choice” {UNREAD}",
    ),
    "no words": Filled(
        summary="Tell us what went wrong",
        label="Tell us what went wrong",
        typed="",
        fault=f"Something under “Tell us what went wrong” {UNREAD}",
    ),
    "no address": Filled(
        summary="Another email address",
        label="Another email address",
        typed=HOSTILE,
        fault=f"Something under “Another email address” {UNREAD}",
        beside="This must be an email address, like name@example.com.",
    ),
    "no phone": Filled(
        summary="Get news by text message",
        label="Your number with its country code",
        typed="call me",
        fault=f"Something under “Get news by text message” {UNREAD}",
        beside=NO_NUMBER,
    ),
}


def unfolded_unchecked(page: Page, summary: str) -> Locator:
    """A form that is unfolded, in a browser that lets everything through."""
    page.locator("summary", has_text=summary).click()
    page.evaluate("""() => {
        document.querySelectorAll('form').forEach(each => { each.noValidate = true; });
        document.querySelectorAll('input[min]').forEach(each => { each.type = 'text'; });
    }""")
    return page.locator("details[open]")


def sent(page: Page, filled: Filled) -> None:
    """Fill in a form and send it."""
    unfolded = unfolded_unchecked(page, filled.summary)
    unfolded.get_by_label(filled.label).fill(filled.typed)
    if unfolded.get_by_role("checkbox").count():
        unfolded.get_by_role("checkbox").check()
    with page.expect_navigation():
        unfolded.get_by_role("button").click()


@pytest.mark.parametrize("filled", FORMS.values(), ids=FORMS)
def test_what_was_typed_is_there_still(
    window: Browser, served: WebServer, shop: Shop, unlimited: None, filled: Filled
) -> None:
    waits_with_choices(shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        sent(page, filled)
        [note] = page.get_by_role("alert").all_inner_texts()
        assert filled.fault in note
        assert page.title().startswith(note), "who cannot see the page hears the fault first"
        unfolded = page.locator("details[open]")
        expect(unfolded).to_have_count(1)
        field = unfolded.get_by_label(filled.label)
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
        expect(field).to_have_value(filled.typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        described = (field.get_attribute("aria-describedby") or "").split()
        assert page.locator(f"#{described[0]}").inner_text() == (filled.beside or note)
        expect(page.locator("[aria-invalid]")).to_have_count(1)
        expect(page.locator(f"#{described[0]}")).to_be_in_viewport()
        expect(page.locator("#in")).to_have_count(0)
        ann.check_in_light_and_dark()
    assert asked(shop) == []


def test_a_tick_that_is_missing_is_asked_for_and_never_put_there(
    window: Browser, served: WebServer, shop: Shop, unlimited: None
) -> None:
    """The number stays; consent is given by whoever gives it, each time."""
    waits_with_choices(shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        unfolded_unchecked(page, FORMS["no phone"].summary)
        page.get_by_label("Your number with its country code").fill("+4915123456789")
        ann.press_unfolded()
        expect(page.get_by_label("Your number with its country code")).to_have_value("+4915123456789")
        tick = page.get_by_role("checkbox")
        expect(tick).to_be_focused()
        expect(tick).not_to_be_checked()
        expect(tick).to_have_attribute("aria-invalid", "true")
        expect(tick).to_have_accessible_description(re.compile("^Please tick this"))
        expect(page.locator("[aria-invalid]")).to_have_count(1)
        ann.check_in_light_and_dark()


def test_of_two_fields_with_a_fault_each_says_its_own_and_the_first_has_the_focus(
    window: Browser, served: WebServer, shop: Shop, unlimited: None
) -> None:
    """A number that was wrong was marked at the tick that was missing too."""
    waits_with_choices(shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        unfolded_unchecked(page, FORMS["no phone"].summary)
        page.get_by_label("Your number with its country code").fill("12")
        ann.press_unfolded()
        number, tick = page.get_by_label("Your number with its country code"), page.get_by_role("checkbox")
        expect(number).to_be_focused()
        expect(number).to_have_accessible_description(NO_NUMBER)
        page.keyboard.press("Tab")
        expect(tick).to_be_focused()
        expect(tick).to_have_accessible_description(re.compile("^Please tick this"))
        for each in (number, tick):
            expect(each).to_have_attribute("aria-invalid", "true")
        ann.check_in_light_and_dark()


def test_an_order_number_that_is_wrong_is_asked_for_again_where_it_is_typed(
    window: Browser, served: WebServer, shop: Shop, at_once: None
) -> None:
    shop.start("A-77", 2)
    with visiting(window, served, PHONE, java_script_enabled=False) as ann:
        page = ann.open(path_of(shop))
        ann.press("Cancel")
        for typed in ("", "A-78"):
            page.context.clear_cookies()
            if typed:
                page.get_by_label("Last four characters").fill(typed)
            ann.press("Yes, cancel")
            expect(page.get_by_label("Last four characters")).to_be_focused()
            assert page.title().startswith(page.get_by_role("alert").inner_text())
        expect(page.get_by_label("Last four characters")).to_have_attribute("aria-invalid", "true")
    assert asked(shop) == []
