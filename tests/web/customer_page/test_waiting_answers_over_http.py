"""What the page says and offers while an answer waits to be ruled on: never the same once more."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest

from backorder.messaging import formats
from backorder.messaging.page import reader
from backorder.schemas import DeliveryRefusal
from backorder.services.record_request import NewRequest
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
from tests.web.customer_page.pages_over_http import Visitor, chosen

HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
REQUESTS = re.compile(r'<section class="requests"(.*?)</section>', re.DOTALL)
ENDLESS = "however long|wie lange|haga falta|qu’il faudra|जितना समय|for preciso"
"""How the languages say that somebody waits without a last day."""


def offered(page: httpx.Response) -> set[str]:
    """What the page lets a customer choose of their order."""
    article = page.text.partition("<article")[2].partition("</article")[0]
    return set(re.findall(r'name="do" value="(\w+)"', article)) - {"complaint", "withdraw", "coupon"}


def forms(page: httpx.Response) -> int:
    """How many forms ask to keep waiting, with a day of their own or without."""
    return page.text.count('name="do" value="keep"')


def lawful(shop: Shop) -> str:
    """A line of which the law asks whether it may come later. Returns the path of its page."""
    shop.product("RUG")
    shop.start("A-77", 2, sku="RUG", policy="lawful", customer={"region": "US-CA"}, ship_by=day(10))
    for hour in (11, 12):
        shop.now = at(1, hour)
        hold_clock(shop)
        shop.review("A-77")
        newest_send(shop)
    return path_of(shop)


def ruled(shop: Shop) -> None:
    shop.review("A-77", *(each["id"] for each in asked(shop) if each["verdict"] is None))


def test_a_cancellation_that_waits_is_the_heading_and_is_not_offered_again(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    before = browser.get(path)
    assert offered(before) == {"keep", "cancel"}
    assert "Leaves us" in plain(before)
    assert chosen(browser, path, "cancel").status_code == 303
    page = browser.get(path)
    words = plain(page)
    assert "In progress We have your cancellation 2 × Lamp" in words
    assert "You asked us to cancel 2 × Lamp. That came in on 3 March 2025 at" in words
    assert not re.search("Ships|Leaves us|We told you this", words), "it leaves no more"
    assert offered(page) == {"keep"}, "who wants it after all says so"
    limit = r"keep your order, tell us by \d+:\d\d: that takes your cancellation back. Keep waiting"
    assert re.search(limit, words)
    shop.now += timedelta(minutes=31)
    hold_clock(shop)
    late = browser.get(path)
    assert offered(late) == set(), "nobody takes it back any more"
    assert "takes your cancellation back" not in plain(late)
    shop.now -= timedelta(minutes=21)
    hold_clock(shop)
    assert chosen(browser, path, "keep").status_code == 303
    page = browser.get(path)
    assert offered(page) == {"cancel", "keep"}
    assert forms(page) == 1, "to name a last day is more than they have said"
    assert "We have your cancellation" not in plain(page), "the later word counts"
    shop.now += timedelta(minutes=35)  # the worker comes back when the half hour is over
    hold_clock(shop)
    ruled(shop)
    shop.now += timedelta(minutes=10)
    hold_clock(shop)
    shop.review("A-77")
    assert shop.state("A-77").quantity.open == 2


def test_a_question_that_is_answered_is_not_asked_while_the_answer_waits(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    path, browser = lawful(shop), visitor()
    words = plain(browser.get(path))
    assert "We need your answer" in words
    assert "Please choose" in words
    assert chosen(browser, path, "keep").status_code == 303
    page = browser.get(path)
    words = plain(page)
    assert not re.search("We need your answer|Please choose|If we don’t have your agreement", words)
    assert "In progress" in words
    assert "You chose to keep waiting for 2 ×" in words
    assert forms(page) == 1
    assert "cancel" in offered(page)


@pytest.mark.parametrize("language", ["en-US", "de", "es", "fr", "hi", "pt"])
def test_who_agreed_until_a_day_is_not_said_to_wait_for_ever(
    shop: Shop, visitor: Visitor, at_once: None, language: str
) -> None:
    shop.product("RUG")
    shop.purchase("PO-2", {"sku": "RUG", "stated_date": day(50)})
    who = {"region": "US-CA", "locale": language}
    shop.start("A-77", 2, sku="RUG", policy="lawful", customer=who, ship_by=day(10))
    shop.now = at(0, 14)
    hold_clock(shop)
    shop.review("A-77")
    newest_send(shop)
    path, browser = path_of(shop), visitor()
    confirm = browser.post(path, data=hidden(browser.get(path).text, "keep"))
    assert browser.post(path, data=hidden(confirm.text, "keep")).status_code == 303
    asked_for = REQUESTS.search(browser.get(path).text)
    assert asked_for is not None
    assert not re.search(ENDLESS, asked_for[1])
    ruled(shop)
    until = shop.state("A-77").consent.until
    assert until is not None
    words = formats.day(until, reader(language).locale)
    assert words in plain(confirm), "what they confirmed"
    assert words in " ".join(html.unescape(asked_for[1]).split()), "is what they read until it is carried out"


def test_a_part_that_is_cancelled_leaves_the_question_about_the_rest(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    path, browser = lawful(shop), visitor()
    assert chosen(browser, path, "cancel", quantity="1").status_code == 303
    page = browser.get(path)
    assert "We need your answer" in plain(page)
    assert offered(page) == {"keep", "cancel"}
    assert 'name="quantity"' not in page.text, "that some of it goes was said"


def test_a_last_day_that_waits_may_be_another_or_none(shop: Shop, visitor: Visitor, at_once: None) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    assert chosen(browser, path, "keep", until=day(30).isoformat()).status_code == 303
    page = browser.get(path)
    assert offered(page) == {"keep", "cancel"}
    assert forms(page) == 2


def test_something_else_that_was_chosen_is_not_offered_beside_what_it_replaces(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    waits_with_choices(shop)
    path, browser = path_of(shop), visitor()
    assert offered(browser.get(path)) == {"keep", "cancel", "send_now", "alternative"}
    assert chosen(browser, path, "alternative").status_code == 303
    page = browser.get(path)
    assert "In progress You chose something else" in plain(page)
    assert offered(page) == {"cancel"}


def test_a_cancellation_that_is_taken_back_is_none_while_that_waits(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    assert chosen(browser, path, "cancel").status_code == 303
    ruled(shop)
    assert offered(browser.get(path)) == {"take_back"}
    assert chosen(browser, path, "take_back").status_code == 303
    page = browser.get(path)
    words = plain(page)
    assert "You’ve changed your mind. We keep 2 × Lamp on order for you." in words
    assert "you can still take it back" not in words
    assert "Leaves us" in words, "it is on order as before"
    assert offered(page) == set(), "nothing until the line has heard of it"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_what_was_received_is_the_heading_in_every_language(
    shop: Shop, visitor: Visitor, at_once: None, language: str
) -> None:
    shop.start("A-77", 2, customer={"id": "ann", "email": "ann@example.com", "locale": language})
    path, browser = path_of(shop), visitor()
    before = HEADING.search(browser.get(path).text)
    assert chosen(browser, path, "withdraw").status_code == 303
    page = browser.get(path)
    after = HEADING.search(page.text)
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    assert 'class="way"' not in page.text
    assert offered(page) == {"keep"}
    for withdrawn in (True, False):
        says = " ".join(str(reader(language).words.keeps_after_all(withdrawn, "11:30")).split())
        found = re.search(re.escape(says).replace("11:30", ".{4,20}?"), plain(page))
        assert bool(found) == withdrawn, "of a withdrawal"


def test_nothing_is_waited_for_where_nothing_is_delivered(
    shop: Shop, visitor: Visitor, at_once: None
) -> None:
    shop.start("A-77", 2)
    path, browser = path_of(shop), visitor()
    assert chosen(browser, path, "keep").status_code == 303
    ruled(shop)
    shop.review("A-77")
    assert "You told us that you keep waiting until 24 March 2025." in plain(browser.get(path))
    refusal = DeliveryRefusal(request_id="d1", reason="nobody makes it any more")
    event = refusal.event(shop.now, day(0))
    shop.ask("A-77", NewRequest(id="d1", kind=refusal.kind, event=event, given=refusal.content()))
    shop.review("A-77", "d1")
    shop.now += timedelta(hours=3)
    hold_clock(shop)
    shop.review("A-77")
    newest_send(shop)
    words = plain(browser.get(path))
    assert "we won’t deliver 2 × Lamp" in words
    assert "keep waiting" not in words


def test_a_fault_names_the_form_as_it_stands_there(shop: Shop, visitor: Visitor, unlimited: None) -> None:
    """Who has a number already finds "Another number for text messages", and nothing about getting news."""
    texts = {"phone": "+4915123456789", "sms_consent": True}
    shop.start("A-77", 2, customer={"id": "ann", "email": "ann@example.com", **texts})
    path, browser = path_of(shop), visitor()
    label = "Another number for text messages"
    assert label in plain(browser.get(path))
    answer = browser.post(path, data={"do": "phone", "value": "12", "agreed": "yes"})
    assert answer.status_code == 422
    assert f"Something under “{label}” was missing or can’t be read." in plain(answer)
    assert "Get news by text message" not in answer.text
