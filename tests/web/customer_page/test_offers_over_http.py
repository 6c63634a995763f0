"""Offers on customers' pages, over HTTP: coupons for waiting, and what could be sent instead."""

from __future__ import annotations

import pytest

from backorder.domain.notifications import Kind
from backorder.messaging.page import reader
from tests.support.customer_page import asked, hidden, path_of, plain, waits_with_choices
from tests.support.days import day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen
from web.customer_page.page_line import Instead


def test_a_coupons_code_is_given_out_once_it_is_asked_for(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """Who agreed to no promotions finds it on the page, behind a button."""
    waits_with_choices(shop)
    path = path_of(shop)
    assert shop.rows("SELECT * FROM events WHERE type = 'backorder.coupon_issued'") == []
    browser = visitor()
    found = browser.get(path)
    assert "off your next order" in plain(found)
    assert "doesn’t mean that you agree to wait" in plain(found)
    assert "BK-" not in found.text
    assert chosen(browser, path, "coupon").status_code == 303
    assert 'value="coupon"' not in browser.get(path).text, "it was pressed, though nobody has acted on it"
    shop.review("A-77", asked(shop)[-1]["id"])
    [issued] = shop.rows("SELECT * FROM events WHERE type = 'backorder.coupon_issued'")
    offer = shop.state("A-77").offers[-1]
    assert offer.code in issued["data"]
    found = browser.get(path)
    assert offer.code in plain(found)
    assert 'value="coupon"' not in found.text
    assert shop.state("A-77").consent.state == "none"


def test_other_units_than_were_shown_are_named_with_what_comes_back_for_them(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """The price is what it was: it was said that it "now costs" that."""
    waits_with_choices(shop, 4)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "alternative")
    assert form["quantity"] == "4"
    shop.cancel("A-77", 1)
    found = browser.post(path, data=form)
    assert found.status_code == 409
    words = "The offer has changed, so nothing was done. It is now 3 × Ash lamp for "
    assert f"{words}8,00 € each, and you would get 6,00 € back. Please choose again." in plain(found)
    again = browser.post(path, data=hidden(found.text, "alternative"))
    assert "Instead of 3 × Lamp you get 3 × Ash lamp." in plain(again)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_new_terms_are_true_of_other_units_and_of_another_price(language: str) -> None:
    """They name what is to be had now: the units, the price of one, and what comes back of what was paid."""
    words = reader(language).words
    several = words.new_terms(Instead("L", "Lamp", "€8.00", "€4.00", "8.00"), "2")
    one = words.new_terms(Instead("L", "Lamp", "€8.00", "", "8.00"), "1")
    gone = words.new_terms(Instead("L", "Lamp", "", "", "8.00"), "1")
    for said in ("2 × Lamp", "€8.00", "€4.00"):
        assert said in several
    assert "1 × Lamp" in one
    assert "€8.00" in one
    assert "×" not in gone


@pytest.mark.parametrize("claimed", [False, True])
def test_no_coupon_thanks_for_waiting_for_what_is_not_delivered(
    shop: Shop, visitor: Visitor, at_once: None, claimed: bool
) -> None:
    """A code that was given out stays good, and stays on the page."""
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "coupon")
    if claimed:
        chosen(browser, path, "coupon")
        shop.review("A-77", asked(shop)[-1]["id"])
    shop.refuse_delivery("A-77")
    found = browser.get(path)
    assert 'value="coupon"' not in found.text
    assert ("off your next order" in plain(found)) is claimed
    [code] = [each.code for each in shop.state("A-77").offers if each.kind is Kind.COUPON]
    assert bool(code) is claimed
    if claimed:
        assert code in plain(found)
        return
    late = browser.post(path, data=form)
    assert late.status_code == 409, plain(late)
    assert "The coupon was for the wait, which is over." in plain(late)
    shop.promise("A-77", day(40))
    assert 'value="coupon"' in browser.get(path).text


def test_what_is_not_to_be_had_as_it_was_shown_is_shown_anew(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    first = browser.get(path)
    confirm = browser.post(path, data=hidden(first.text, "alternative"))
    assert "Instead of 3 × Lamp you get 3 × Ash lamp." in plain(confirm)
    shop.product("LAMP-2", name="Ash lamp", price="9.50")
    for page in (first, confirm):
        found = browser.post(path, data=hidden(page.text, "alternative"))
        assert found.status_code == 409
        assert "It is now 3 × Ash lamp for 9,50 € each, and you would get 1,50 € back." in plain(found)
        assert "Please choose again" in plain(found)
    assert asked(shop) == []
    confirm = browser.post(path, data=hidden(found.text, "alternative"))
    shop.count(0, sku="LAMP-2")
    found = browser.post(path, data=hidden(confirm.text, "alternative"))
    assert found.status_code == 409
    assert "Ash lamp is no longer available" in plain(found)
    assert 'value="alternative"' not in found.text
    assert asked(shop) == []


def test_no_coupon_is_shown_to_who_has_just_complained(shop: Shop, visitor: Visitor, at_once: None) -> None:
    """An old page that still has its button reads why, and no code is given out."""
    waits_with_choices(shop)
    path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "coupon")
    chosen(browser, path, "complaint", text="Where is it?")
    shop.review("A-77", asked(shop)[-1]["id"])
    assert 'value="coupon"' not in browser.get(path).text
    late = browser.post(path, data=form)
    assert late.status_code == 409, plain(late)
    assert "shortly after a complaint" in plain(late)
    assert shop.rows("SELECT * FROM events WHERE type = 'backorder.coupon_issued'") == []


def test_no_coupon_is_shown_to_who_has_just_cancelled_another_order(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path = path_of(shop)
    shop.start("B-78")
    browser = visitor()
    assert 'value="coupon"' in browser.get(path).text
    shop.cancel("B-78")
    assert 'value="coupon"' not in browser.get(path).text
