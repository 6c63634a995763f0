"""What the page says of a line of which a part was cancelled, and can still be taken back, over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from tests.support.customer_page import (
    asked,
    hidden,
    hold_clock,
    newest_send,
    path_of,
    plain,
    waits_with_choices,
)
from tests.support.days import at, day
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent


def ruled(shop: Shop) -> None:
    """Rule on what was asked for last, five minutes later."""
    [waits] = [each["id"] for each in asked(shop) if each["verdict"] is None]
    shop.now += timedelta(minutes=5)
    hold_clock(shop)
    shop.review("A-77", waits)


def swaps_are_held(shop: Shop) -> None:
    """Until the order system, which has not read of it yet, has taken it over."""
    reads = parse(NewApiKey, {"name": "shop", "roles": ["orders"], "acknowledges": True})
    api_keys.create(shop.services.engine, reads, datetime.now(UTC))


def cancelled(shop: Shop, browser: httpx.Client, *units: int) -> str:
    """A page of five lamps of which some were cancelled on it, one word after the other."""
    shop.start("A-77", 5)
    path = path_of(shop)
    for count in units:
        assert chosen(browser, path, "cancel", quantity=str(count)).status_code == 303
        ruled(shop)
    return path


def test_who_keeps_the_others_reads_how_many_those_are(shop: Shop, visitor: Visitor, at_once: None) -> None:
    """The page, the second step, the mail and what comes of it say the same."""
    browser = visitor()
    path = cancelled(shop, browser, 2)
    confirm = browser.post(path, data=hidden(browser.get(path).text, "keep"))
    assert "You keep your place in the queue for 3 × Lamp, and you agree to wait" in plain(confirm)
    done = browser.post(path, data=hidden(confirm.text, "keep"))
    ruled(shop)
    words = plain(browser.get(done.headers["location"]))
    assert "We have your answer." in words
    assert "You cancelled 2 of 5 a moment ago" in words
    said = sent(shop, "answer_received")[-1]["text"]
    assert "You chose to keep waiting for 3 × Lamp" in said
    shop.now += timedelta(hours=1)
    hold_clock(shop)
    shop.review("A-77")
    assert shop.state("A-77").quantity.open == 3


@pytest.mark.parametrize("units", [(1, 2), (2, 2), (2,)])
def test_no_part_that_can_be_taken_back_is_all_that_ends(
    shop: Shop, visitor: Visitor, at_once: None, units: tuple[int, ...]
) -> None:
    browser = visitor()
    words = plain(browser.get(cancelled(shop, browser, *units)))
    stands = f"Your cancellation of {sum(units)} of 5 stands."
    assert f"If you do nothing {stands} For the rest you keep your place in the queue" in words
    assert "We cancel them" not in words


def test_a_withdrawal_names_the_units_that_are_not_cancelled(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    browser = visitor()
    path = cancelled(shop, browser, 1)
    words = plain(browser.post(path, data=hidden(browser.get(path).text, "withdraw")))
    assert "You withdraw from the contract for 4 × Lamp" in words


def test_who_cancels_a_part_of_what_they_swapped_reads_that_the_swap_is_off(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """On the page of before, in another window: the one of now offers no part."""
    swaps_are_held(shop)
    waits_with_choices(shop)
    path, browser = path_of(shop), visitor()
    before = hidden(browser.get(path).text, "cancel") | {"quantity": "1"}
    assert chosen(browser, path, "alternative").status_code == 303
    ruled(shop)
    confirm = browser.post(path, data=before)
    assert "The swap is off with it: Ash lamp won’t be sent instead." in plain(confirm)
    browser.post(path, data=hidden(confirm.text, "cancel"))
    ruled(shop)
    said = sent(shop, "answer_received")[-1]["text"]
    assert "You asked us to cancel 1 × Lamp" in said
    assert "Back to you" in said
    shop.now += timedelta(hours=1)
    hold_clock(shop)
    shop.review("A-77")
    [off] = [each["text"] for each in sent(shop, "swap_failed")]
    assert "You’ve cancelled a part since, so the swap is off." in off
    assert "sorry" not in off
    assert shop.state("A-77").needs == ()


@pytest.mark.parametrize("choice", ["alternative", "cancel"])
def test_no_answer_is_asked_of_who_has_given_one(
    shop: Shop, visitor: Visitor, at_once: None, choice: str
) -> None:
    """A question of the law is open until what was chosen instead is carried out."""
    swaps_are_held(shop)
    shop.product("LAMP-2", name="Ash lamp", price="8.00")
    shop.product("RUG", alternatives=["LAMP-2"])
    shop.count(5, sku="LAMP-2")
    shop.start("A-77", 2, sku="RUG", policy="lawful", customer={"region": "US-CA"}, ship_by=day(10))
    for hour in (11, 12):
        shop.now = at(1, hour)
        hold_clock(shop)
        shop.review("A-77")
        newest_send(shop)
    path, browser = path_of(shop), visitor()
    before = plain(browser.get(path))
    assert "We need your answer" in before
    assert chosen(browser, path, choice).status_code == 303
    ruled(shop)
    words = plain(browser.get(path))
    assert not re.search("We need your answer|Please choose", words)


@pytest.mark.parametrize(
    ("choice", "units", "said"),
    [
        ("alternative", "", "We carry out what you asked for."),
        ("cancel", "", "We carry out what you asked for."),
        ("cancel", "1", "We carry out what you asked for. For the rest you keep your place in the queue"),
    ],
)
def test_what_was_asked_for_happens_if_nothing_more_is_done(
    shop: Shop, visitor: Visitor, at_once: None, choice: str, units: str, said: str
) -> None:
    """Nobody who has cancelled keeps a place, nor who takes something else."""
    waits_with_choices(shop)
    path, browser = path_of(shop), visitor()
    typed = {"quantity": units} if units else {}
    assert chosen(browser, path, choice, **typed).status_code == 303
    words = plain(browser.get(path))
    assert f"If you do nothing {said}" in words
    assert ("your place in the queue" in words) is bool(units)


def test_what_was_chosen_instead_comes_unless_the_order_system_cannot(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    swaps_are_held(shop)
    waits_with_choices(shop)
    path, browser = path_of(shop), visitor()
    assert chosen(browser, path, "alternative").status_code == 303
    ruled(shop)
    words = plain(browser.get(path))
    said = "We send you Ash lamp instead. If that can’t be done, your order goes on as before"
    assert f"If you do nothing {said}" in words
    assert "your place in the queue" not in words
