"""What came of one word for several lines is said in one message, and at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest

from backorder.domain.line.events import Answered
from backorder.ports import Claimed, Review
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.storage.engine import writing
from tests.support.days import day
from tests.support.policies import POLICY
from tests.support.sending import Desk
from tests.support.shop import Shop
from tests.support.text_answers import ACCEPTED, ANN, LATER, linked, sent, text_of

LINES = ("O-1/1", "O-1/2")
SKUS = {"1": "LAMP", "2": "DESK", "3": "CHAIR"}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    with writing(shop.services.engine) as connection:
        shop.services.policies.load(connection, POLICY.replace('gather = "0s"', 'gather = "1m"'))
    return linked(shop)


def asked(desk: Desk, *, lines: str = "12", **more: Any) -> str:
    """A text asks of some lines of an order at once."""
    shop = desk.shop
    for sku in list(SKUS.values())[1:]:
        shop.product(sku)
        shop.purchase(f"PO-{sku}", {"stated_date": day(30), "sku": sku})
    for line in lines:
        customer = ANN | more
        wanted = shop.line("O-1", customer=customer, ship_by=day(22), line_id=line, sku=SKUS[line])
        shop.services.intake.open(wanted, shop.now)
    for hours in (0, 3):
        shop.now += timedelta(hours=hours)
        for line in lines:
            review(shop.services.lines, Review(backorder=f"O-1/{line}", seq=1 + hours, at=shop.now))
        shop.now += timedelta(minutes=2)
        words = sent(desk)
    desk.wait(LATER)
    shop.now += LATER
    return words


def answers(desk: Desk, body: str) -> str | None:
    """They text; no line has ruled on it yet. Returns what is texted back by itself."""
    text = text_of(body, "SM1")
    return desk.shop.services.texts.take(text, at=desk.shop.now, now=desk.now).answer


def rules(desk: Desk, line: str) -> None:
    shop = desk.shop
    review(shop.services.lines, Review(backorder=f"O-1/{line}", seq=9, at=shop.now, requests=["text-SM1"]))


def goes(desk: Desk) -> str | None:
    """The next text that goes now, None for none."""
    message = desk.take()
    if not isinstance(message, Claimed):
        return None
    desk.record_outcome(message, ACCEPTED)
    return message.outgoing.text


@pytest.mark.parametrize("body", ["1", "2"])
def test_one_digit_for_two_lines_is_acknowledged_by_one_text_at_once(desk: Desk, body: str) -> None:
    assert "Reply 1 to keep all 2" in asked(desk)
    assert answers(desk, body) is None
    rules(desk, "1")
    assert goes(desk) is None, "the other line is still to rule on it"
    rules(desk, "2")
    words = goes(desk)
    assert words is not None
    kept = "We'll keep all 2 on order for you until Apr 3, 2025: Lamp, Desk."
    gone = (
        "cancelled: Lamp, Desk, as you asked. You get back €20.00 in all, sent by Mar 12, 2025 at the latest."
    )
    assert f"{kept if body == '1' else gone} https://orders.test/b/..." in words
    assert goes(desk) is None


def test_a_line_that_takes_long_is_waited_for_no_longer_than_any_sibling(desk: Desk) -> None:
    asked(desk)
    answers(desk, "1")
    rules(desk, "1")
    desk.shop.now += timedelta(seconds=61)
    words = goes(desk)
    assert words is not None
    assert ("Lamp" in words, "Desk" in words) == (True, False)
    rules(desk, "2")
    words = goes(desk)
    assert words is not None
    assert ("Lamp" in words, "Desk" in words) == (False, True)


def test_a_line_that_had_ended_is_told_beside_the_one_that_is_kept(desk: Desk) -> None:
    """One text says at once what the digit changed nothing about, one what it did."""
    asked(desk)
    shop = desk.shop
    shop.ask("O-1", shop.cancellation())
    shop.review("O-1", "C-1", seq=8)
    assert "cancelled" in sent(desk)
    answer = answers(desk, "1")
    assert answer is not None
    assert answer.startswith("Fell: nothing was changed about Lamp: this was cancelled on ")
    rules(desk, "1")
    rules(desk, "2")
    shop.now += timedelta(minutes=2)
    words = goes(desk)
    assert words is not None
    assert "We'll keep Desk on order for you until" in words
    assert "Lamp" not in words
    assert goes(desk) is None


def test_lines_that_had_ended_in_different_ways_hear_no_more_than_is_true_of_both(desk: Desk) -> None:
    asked(desk)
    shop = desk.shop
    shop.ask("O-1", shop.cancellation())
    shop.review("O-1", "C-1", seq=8)
    shop.now += timedelta(days=1)
    shop.services.requests.record("O-1/2", shop.cancellation(id="C-2"), shop.now)
    review(shop.services.lines, Review(backorder="O-1/2", seq=8, at=shop.now, requests=["C-2"]))
    sent(desk)
    answer = answers(desk, "1")
    assert answer is not None
    assert answer.startswith("Fell: nothing was changed. https://orders.test/b/")


@pytest.mark.parametrize("choice", ["keep", "cancel"])
def test_one_request_under_one_id_for_two_lines_is_one_message_too(
    desk: Desk, choice: Literal["keep", "cancel"]
) -> None:
    """As a person or a program records it, line by line."""
    asked(desk)
    shop = desk.shop
    for line in LINES:
        event = Answered(
            at=shop.now,
            day=shop.services.policies.calendar.day(shop.now),
            request="CALL-7",
            choice=choice,
            received_at=shop.now,
            revision=1 if choice == "keep" else None,
            via="phone",
        )
        new = NewRequest(id="CALL-7", kind="answer", event=event, given={"choice": choice})
        shop.services.requests.record(line, new, shop.now)
    for line in LINES:
        assert goes(desk) is None
        review(shop.services.lines, Review(backorder=line, seq=9, at=shop.now, requests=["CALL-7"]))
    words = goes(desk)
    assert words is not None
    assert all(name in words for name in ("Lamp", "Desk"))
    assert goes(desk) is None


def test_two_requests_about_two_lines_are_answered_each_by_itself(desk: Desk) -> None:
    asked(desk)
    shop = desk.shop
    for number, line in enumerate(LINES):
        shop.services.requests.record(line, shop.cancellation(id=f"C-{number}"), shop.now)
        review(shop.services.lines, Review(backorder=line, seq=9, at=shop.now, requests=[f"C-{number}"]))
    both = [goes(desk), goes(desk)]
    found = [(words is not None and "Lamp" in words, words is not None and "Desk" in words) for words in both]
    assert sorted(found) == [(False, True), (True, False)]
