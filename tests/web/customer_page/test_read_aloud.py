"""The customer's page as a screen reader has it: what there is, what it is called, and in which order.

How each state of it reads is looked at where each is looked at with eyes (`test_in_a_browser`).
"""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.browser_visitor import PHONE, visiting
from tests.support.customer_page import path_of
from tests.support.hearing import heard, reads_well
from tests.support.shop import Shop
from tests.support.web import WebServer


def test_the_way_through_the_page_begins_with_where_it_stands(
    window: Browser, served: WebServer, shop: Shop
) -> None:
    shop.start("A-77", 2)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        found = heard(page)
        order = [(each.role, each.name) for each in found if each.role in ("heading", "button", "image")]
        assert [name for _, name in order] == [
            "Ships by 24 March 2025",
            "The way from your order on 3 March 2025 to your door: today is 3 March 2025, it leaves us by"
            " 24 March 2025, and it is with you by 27 March 2025.",
            "What you can do",
            "Keep waiting",
            "Cancel",
            "If you do nothing",
            "Changed your mind?",
            "Withdraw from contract here",
            "Not happy with something?",
            "How we reach you",
            "Talk to a person",
        ]
        regions = [each.name for each in found if each.role == "region"]
        assert regions[0] == "What you can do", "what is one line's needs no name of the line"


def test_what_happened_is_heard_first(window: Browser, served: WebServer, shop: Shop, at_once: None) -> None:
    """The title is what a screen reader says of a page that was loaded."""
    shop.start("A-77", 2)
    with visiting(window, served, PHONE, java_script_enabled=False) as ann:
        page = ann.open(path_of(shop))
        assert page.title() == "Order A-77 · Lumen & Oak"
        ann.press("Cancel")
        assert page.title() == "Cancel? · Lumen & Oak"
        reads_well(heard(page))
        ann.press("Yes, cancel")
        [said] = [each for each in heard(page) if each.role == "status"]
        assert page.title() == f"{page.get_by_role('status').inner_text()} · Order A-77 · Lumen & Oak", said


def test_a_page_on_which_something_failed_reads_well(
    window: Browser, served: WebServer, shop: Shop, unlimited: None
) -> None:
    """What its fault says, and that it is said at its field, is looked at with the other forms."""
    shop.start("A-77", 3)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        page.get_by_text("Cancel only some").click()
        page.evaluate("document.querySelectorAll('form').forEach(each => { each.noValidate = true; })")
        page.get_by_label("How many (1 to 3)?").fill("9")
        ann.press_unfolded()
        found = heard(page)
        reads_well(found)
        [field] = [each for each in found if each.focused and each.role != "RootWebArea"]
        assert (field.role, field.invalid) == ("spinbutton", True)
