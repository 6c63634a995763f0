"""The customer's page as a screen reader has it: what there is, what it is called, and in which order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from playwright.sync_api import Browser

from tests.support.browser_visitor import PHONE, visiting
from tests.support.customer_page import path_of
from tests.support.hearing import CONTROLS, LANDMARKS, Heard, heard
from tests.support.page_states import STATES
from tests.support.shop import Shop
from tests.support.web import WebServer


def reads_well(found: list[Heard]) -> None:
    """What holds for each page: places and buttons that can be told apart, and headings in steps."""
    levels = [each.level for each in found if each.role == "heading"]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    places = [(each.role, each.name) for each in found if each.role in LANDMARKS]
    assert [role for role, _ in places].count("main") == 1
    assert max(Counter(places).values()) == 1, places
    controls = [each for each in found if each.role in CONTROLS]
    assert all(each.name for each in controls), controls
    same = Counter((each.role, each.name, each.description) for each in controls)
    assert max(same.values(), default=1) == 1, same
    assert "–" not in {each.name for each in found}, "a dash alone says nothing"


@pytest.mark.parametrize("state", STATES)
def test_each_state_reads_well(window: Browser, served: WebServer, shop: Shop, state: str) -> None:
    STATES[state](shop)
    with visiting(window, served, PHONE) as ann:
        page = ann.open(path_of(shop))
        reads_well(heard(page))
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        found = heard(page)
        reads_well(found)
        said = [each.name for each in found if each.role == "StaticText"]
        assert said.count("Cancelled") == (1 if state == "cancelled" else 0), (
            "once, though it stands there twice"
        )
        drawn = [each.name for each in found if each.role in ("image", "img")]
        lines = [each for each in found if each.role == "article"]
        assert len(drawn) <= len(lines)
        assert all(each.startswith("The way from your order on") for each in drawn), drawn


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
