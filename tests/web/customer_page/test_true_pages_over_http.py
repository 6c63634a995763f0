"""What the page says of a line is true of it as it stands, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backorder.ports import LookedUp, Sent
from tests.support.customer_page import asked, hidden, hold_clock, path_of, plain, waits_with_choices
from tests.support.days import at, day
from tests.support.sending import desk_by
from tests.support.shop import Shop
from tests.web.customer_page.pages_over_http import Visitor, chosen, sent

QUICK = """
name = "quick"
[updates]
gather = "0s"
"""
QUEUE = "You keep your place in the queue for 2 × Lamp"
HERE = "2 × Lamp stay set aside for you"
REFUSED = "Your order for 2 × Lamp stays open, though we have told you that we won’t deliver them"


@pytest.mark.parametrize(("state", "said"), [("waits", QUEUE), ("is here", HERE), ("is refused", REFUSED)])
def test_who_waits_until_a_day_of_their_own_reads_what_becomes_of_the_order(
    shop: Shop, visitor: Visitor, at_once: None, state: str, said: str
) -> None:
    """Nobody keeps a place for what is set aside already, or will not be delivered."""
    shop.start("A-77", 2)
    path = path_of(shop)
    if state == "is here":
        shop.receive(2)
        shop.review("A-77")
    if state == "is refused":
        shop.refuse_delivery("A-77")
        shop.now += timedelta(hours=3)
        hold_clock(shop)
        path = path_of(shop)
    browser = visitor()
    form = hidden(browser.get(path).text, "keep")
    words = plain(browser.post(path, data=form | {"until": day(20).isoformat()}))
    ends = "Your last day is then" if state == "is refused" else "If they haven’t left us by"
    assert f"{said}. {ends} {day(20).day} March 2025" in words
    assert "We remind you two days before." in words
    without = plain(browser.post(path, data=form))
    assert f"{said}{'.' if state == 'is refused' else ', and you agree to wait'}" in without
    assert "queue" not in words + without or state == "waits"


def test_no_reminder_is_announced_where_none_comes(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    form = hidden(browser.get(path).text, "keep") | {"until": day(1).isoformat()}
    words = plain(browser.post(path, data=form))
    assert "If they haven’t left us by" in words
    assert "We remind you" not in words


def test_what_is_set_aside_stays_so_where_a_cancellation_is_taken_back(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    shop.receive(2)
    shop.review("A-77")
    confirm = plain(browser.post(path, data=hidden(browser.get(path).text, "cancel")))
    assert "After that, what was set aside for you goes to the next customer." in confirm
    assert chosen(browser, path, "cancel").status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    words = plain(browser.post(path, data=hidden(browser.get(path).text, "take_back")))
    assert f"as if it had never been: {HERE}." in words
    assert "queue" not in words


@pytest.mark.parametrize(
    ("region", "said"),
    [("US-CA", "You asked us to cancel Lamp."), ("DE", "You have withdrawn from the contract")],
)
def test_a_cancellation_that_came_too_late_is_a_withdrawal_where_there_is_that_right(
    shop: Shop, visitor: Visitor, at_once: None, region: str, said: str
) -> None:
    shop.start("A-77", 1, customer={"region": region})
    path, browser = path_of(shop), visitor()
    assert chosen(browser, path, "cancel").status_code == 303
    shop.ship("A-77", 1)
    assert said in plain(browser.get(path))


def test_what_is_not_true_any_more_was_not_told_like_that(shop: Shop, visitor: Visitor) -> None:
    shop.start("A-77", 1)
    path, browser = path_of(shop), visitor()
    assert "We told you this on" in plain(browser.get(path))
    promise = shop.state("A-77").promise
    assert promise is not None
    assert promise.by is not None
    shop.now = at((promise.by - day(0)).days + 1) + timedelta(hours=-3)
    hold_clock(shop)
    words = plain(browser.get(path))
    assert "We’re sorry: it hasn’t." in words
    assert "We told you this on" not in words


def test_a_date_that_may_have_been_told_since_is_not_said_to_be_told_first(
    shop: Shop, visitor: Visitor
) -> None:
    """Nobody knows whether the mail about another one went: the day before stands, until one is told."""
    desk = desk_by(shop, QUICK)
    shop.start("A-77", 1, policy="quick")
    path, browser = path_of(shop), visitor()
    shop.state_dates((10, day(30)))
    shop.replan()
    shop.review("A-77")
    shop.now += timedelta(days=1)
    hold_clock(shop)
    desk.now = datetime.now(UTC)
    desk.record_outcome(desk.claimed(), Sent(outcome="unknown", code="timeout", reason="no answer"))
    words = plain(browser.get(path))
    assert "We don’t know whether our last message about the date reached you." in words
    assert "We told you this on" not in words
    desk.wait(shop.services.dispatch.delays.settling)
    desk.look_up(LookedUp(sighting="absent", reason="not known there"))
    shop.review("A-77")
    shop.dispatch()
    assert "We told you this on" in plain(browser.get(path)), "the new one"


@pytest.mark.parametrize(
    ("shipped", "said"),
    [
        (0, "We send you 3 × Ash lamp instead."),
        (1, "Instead of the other 2 we send you 2 × Ash lamp."),
        (2, "Instead of the other one we send you Ash lamp."),
    ],
)
def test_something_else_that_is_to_come_is_named_also_where_a_part_has_left(
    shop: Shop, visitor: Visitor, at_once: None, shipped: int, said: str
) -> None:
    waits_with_choices(shop)
    path, browser = path_of(shop), visitor()
    if shipped:
        shop.ship("A-77", shipped)
    assert chosen(browser, path, "alternative").status_code == 303
    shop.review("A-77", *(each["id"] for each in asked(shop) if each["kind"] == "answer"))
    words = plain(browser.get(path))
    assert said in words
    assert "It’s the difference to what you paid." in words


def test_435_2_b_a_last_day_after_the_date_that_is_agreed_ends_nothing_later(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """Who keeps reads the date to which they agree, and what ends the line first, before and afterwards."""
    shop.state_dates((10, day(75)))
    shop.start("A-77", 2, customer={"region": "US"}, ship_by=day(40))
    shop.dispatch()
    shop.now = at(1)
    hold_clock(shop)
    path, browser = path_of(shop), visitor()
    consent = shop.state("A-77").consent
    assert consent.state == "asked"
    assert consent.until is not None
    agreed, own = consent.until, day(150)
    form = hidden(browser.get(path).text, "keep") | {"until": own.isoformat()}
    confirm = browser.post(path, data=form)
    by, on, last = (
        f"{each:%B} {each.day}, {each.year}" for each in (agreed, agreed + timedelta(days=1), own)
    )
    without = plain(browser.post(path, data=hidden(browser.get(path).text, "keep")))
    assert f"and you agree to wait until {by}. You can still cancel" in without
    assert f"We cancel them on {on} and give back what you paid for them, unless they ship or" in without
    words = plain(confirm)
    assert f"and you agree to wait until {by}. We cancel them on {on} and give back" in words
    assert f"or you agree to a later date before that. After {last} we cancel in any case." in words
    assert browser.post(path, data=hidden(confirm.text, "keep")).status_code == 303
    shop.review("A-77", asked(shop)[-1]["id"])
    words = plain(browser.get(path))
    assert f"keep waiting until {by}, and that you don’t want them any more after {last}" in words
    assert "If you do nothing You keep your place in the queue, and we write to you again on" in words
    assert f"We cancel them on {on}" not in words, "they are asked again before that"
    shop.dispatch()
    [mail] = sent(shop, "answer_received")
    assert f"We’ll cancel them on {on} and give you your money back, unless they ship" in mail["text"]


def test_435_2_b_a_question_whose_silence_agrees_is_asked_on_the_page_until_its_last_day(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    """As the notice says it, and no ending is named before which the customer is asked again."""
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(30)})
    shop.start("A-77", 2, sku="RUG", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    path, browser, question = path_of(shop), visitor(), shop.state("A-77").questions[-1]
    assert (question.silence, shop.state("A-77").consent.state) == ("agreed", "implied")
    assert question.by is not None
    by, last = (f"{each:%B} {each.day}, {each.year}" for each in (question.by, question.answer_by))
    [notice] = sent(shop, "consent_request")
    meant = f"If we don’t hear from you by {last}, we’ll take it that you agree to"
    assert meant in " ".join(notice["text"].split())
    words = plain(browser.get(path))
    assert "We need your answer" in words
    assert "Please choose You decide: keep waiting, or cancel and get a prompt refund." in words
    assert f"If you do nothing {meant} wait until {by} and keep them on order." in words
    assert "We cancel them" not in words
    shop.now = at((question.answer_by - day(0)).days + 1, 20)
    hold_clock(shop)
    assert "What you can do" in plain(browser.get(path)), "no answer was one"
    shop.now = at(1)
    hold_clock(shop)
    assert chosen(browser, path, "keep").status_code == 303
    [keep] = asked(shop)
    shop.review("A-77", keep["id"])
    kept = plain(browser.get(path))
    assert f"What you can do You told us that you keep waiting until {by}." in kept
    assert "If you do nothing You keep your place in the queue, and we write to you again on" in kept
