"""Taking a cancellation back on the customer's page, over HTTP."""

from __future__ import annotations

import re

from tests.support.customer_page import asked, hidden, hold_clock, path_of, plain
from tests.support.days import at
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent


def test_a_cancellation_is_taken_back_within_half_an_hour(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path = path_of(shop)
    browser = visitor()
    before = browser.get(path).text
    confirm = browser.post(path, data=hidden(before, "cancel"))
    browser.post(path, data=hidden(confirm.text, "cancel"))
    shop.review("A-77", asked(shop)[0]["id"])
    found = browser.get(path)
    assert "Take the cancellation back" in plain(found)
    assert 'value="keep"' not in found.text
    assert 'value="withdraw"' in before
    assert 'value="withdraw"' not in found.text, "nothing is left to withdraw from"
    for do in ("cancel", "withdraw"):  # from a page of before: no promise about money comes first
        late = browser.post(path, data=hidden(before, do))
        assert (late.status_code, "This is cancelled already." in plain(late)) == (409, True), do
    confirm = browser.post(path, data=hidden(found.text, "take_back"))
    assert "as if it had never been" in plain(confirm)
    assert browser.post(path, data=hidden(confirm.text, "take_back")).status_code == 303
    assert "What you can do" not in plain(browser.get(path)), "nothing until the line has heard of it"
    [taken_back] = [each for each in asked(shop) if each["kind"] == "take_back"]
    shop.review("A-77", taken_back["id"])
    assert 'value="keep"' in browser.get(path).text
    assert shop.state("A-77").quantity.open == 2
    assert shop.state("A-77").revocable == ()


def test_what_is_cancelled_in_two_words_can_be_taken_back_for_half_an_hour_each(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 5)
    path, browser = path_of(shop), visitor()
    for minute, units in ((0, "2"), (20, "3")):
        shop.now = at(0, 10, minute)
        hold_clock(shop)
        chosen(browser, path, "cancel", quantity=units)
        [waits] = [each["id"] for each in asked(shop) if each["verdict"] is None]
        shop.review("A-77", waits)
    until = re.findall(r"You cancelled (.*?) a moment ago. Until (.*?) you can", plain(browser.get(path)))
    assert until == [("2 of 5", "11:30"), ("3 of 5", "11:50")], "by the clocks of Germany"
    shop.now = at(0, 10, 31)
    hold_clock(shop)
    shop.review("A-77")
    words = plain(browser.get(path))
    assert "As you asked, we’ve cancelled 2 × Lamp" in words
    assert "You cancelled this a moment ago. Until 11:50 you can take that back" in words
    assert "reached us on 3 March 2025 at 11:00 (GMT+1)" in sent(shop, "cancelled")[0]["text"]
    chosen(browser, path, "take_back")
    [waits] = [each["id"] for each in asked(shop) if each["verdict"] is None]
    shop.review("A-77", waits)
    assert "take that back" not in plain(browser.get(path))
    assert (shop.state("A-77").quantity.cancelled, shop.state("A-77").quantity.open) == (2, 3)


def ruled(shop: Shop) -> None:
    """Rule on what was asked for last."""
    [waits] = [each["id"] for each in asked(shop) if each["verdict"] is None]
    shop.review("A-77", waits)


def test_a_button_pressed_again_after_its_choice_was_undone_says_so(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """With the browser's Back, after changing one's mind: it did nothing, and said nothing."""
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    cancels = hidden(browser.post(path, data=hidden(browser.get(path).text, "cancel")).text, "cancel")
    for _ in range(2):  # pressed twice, it counts once
        assert browser.post(path, data=cancels).status_code == 303
    ruled(shop)
    assert browser.post(path, data=cancels).status_code == 303, "it stands"
    takes_back = hidden(
        browser.post(path, data=hidden(browser.get(path).text, "take_back")).text, "take_back"
    )
    assert browser.post(path, data=takes_back).status_code == 303
    ruled(shop)
    again = browser.post(path, data=cancels)
    assert (again.status_code, "Something has changed" in plain(again)) == (409, True)
    assert chosen(browser, path, "cancel").status_code == 303
    ruled(shop)
    again = browser.post(path, data=takes_back)
    assert (again.status_code, "Something has changed" in plain(again)) == (409, True)
