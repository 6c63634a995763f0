"""What a report means for a line: its promise, its message's other way, and what the law wants told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.ports import Claimed, Sent
from tests.support.days import day
from tests.support.reporting_desk import (
    ACCEPTED,
    BOTH,
    GONE_FOR_GOOD,
    PHONE,
    by,
    record,
    report,
    reporting,
    start,
    state,
)
from tests.support.sending import Desk
from tests.support.shop import Shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return reporting(shop)


def test_the_promise_before_stands_again_and_the_books_say_so(desk: Desk) -> None:
    shop = desk.shop
    start(desk)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.state_dates((10, day(24)))
    shop.replan()
    shop.review()
    shop.now += timedelta(hours=3)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    assert by(desk) == day(25)
    record(desk, report(desk, Reported.BOUNCED, message.outgoing.id))
    assert (by(desk), shop.state().needs) == (day(21), ("unreachable",))
    rows = shop.rows('SELECT revision, "by", takes_back, message FROM promises ORDER BY revision')
    first, second, third = rows
    assert [row["takes_back"] for row in rows] == [None, None, 2]
    assert (third["by"], third["message"]) == (first["by"], first["message"])
    assert second["by"] != first["by"]
    events = shop.rows("SELECT data FROM events WHERE type = 'backorder.promised' ORDER BY number")
    assert str(day(21)) in events[-1]["data"]


@pytest.mark.parametrize(
    ("region", "moved", "kept_before"),
    [
        ("DE", True, False),
        ("US", True, False),
        ("BR", True, False),
        ("DE", True, True),
        ("DE", False, False),
    ],
)
def test_a_promise_that_bounces_after_an_update_is_told_anew(
    desk: Desk, region: str, moved: bool, kept_before: bool
) -> None:
    """moved: not the first one. kept_before: a version before gave the row of what stood again the number of
    what was planned with it.
    """
    shop = desk.shop
    start(desk, region=region, phone="+12125550160" if region == "US" else PHONE, sms_consent=True)
    promise = desk.claimed()
    desk.record_outcome(promise, ACCEPTED)
    if moved:
        shop.state_dates((10, day(27)))
        shop.replan()
        shop.review()
        shop.now += timedelta(hours=3)
        promise = desk.claimed()
        desk.record_outcome(promise, ACCEPTED)
    shop.now += timedelta(days=15)
    shop.review()
    desk.record_outcome(desk.claimed(), ACCEPTED)
    record(desk, report(desk, Reported.BOUNCED, promise.outgoing.id))
    assert desk.take() is None, "what it said is told anew, under a key of its own"
    if kept_before:
        shop.unprotect("promises")
        shop.run("UPDATE promises SET revision = revision + 1 WHERE takes_back IS NOT NULL")
    shop.now += timedelta(hours=7)  # a text waits for the day of a whole country
    again = desk.take()
    assert isinstance(again, Claimed)
    assert again.outgoing.channel == "sms"
    desk.record_outcome(again, ACCEPTED)
    assert not shop.rows("SELECT 1 FROM message_items WHERE unapplied IS NOT NULL")
    assert (shop.state().pending, shop.state().needs) == (None, ())
    rows = shop.rows('SELECT revision, takes_back, "by" FROM promises ORDER BY place')
    told = [None, None] if moved else [None]
    assert [row["takes_back"] for row in rows] == [*told, len(told), None]
    assert sorted(row["revision"] for row in rows) == list(range(1, len(told) + 3))
    assert str(rows[-1]["by"]) == str(by(desk))


@pytest.mark.parametrize("copy_first", [True, False])
def test_what_went_two_ways_came_back_only_if_both_did(desk: Desk, copy_first: bool) -> None:
    start(desk, policy="loud", **BOTH)
    mail = desk.claimed()
    desk.record_outcome(mail, ACCEPTED)
    text = desk.claimed()
    desk.record_outcome(text, Sent(outcome="accepted", provider_id="SM1"))
    bounces = [
        report(desk, Reported.BOUNCED, mail.outgoing.id),
        report(desk, Reported.UNUSABLE, text.outgoing.id, channel="sms"),
    ]
    for number, each in enumerate(bounces[::-1] if copy_first else bounces):
        assert by(desk) == day(21), f"{number} of two ways failed"
        record(desk, each)
    assert (by(desk), desk.shop.state().needs) == (None, ("unreachable",))
    assert desk.take() is None


@pytest.mark.parametrize("sent", [GONE_FOR_GOOD, ACCEPTED])
def test_a_mail_that_came_back_while_its_copy_was_under_way(desk: Desk, sent: Sent) -> None:
    start(desk, policy="loud", **BOTH)
    mail = desk.claimed()
    desk.record_outcome(mail, ACCEPTED)
    text = desk.claimed()
    record(desk, report(desk, Reported.BOUNCED, mail.outgoing.id))
    assert by(desk) == day(21), "the copy may arrive"
    desk.record_outcome(text, sent)
    arrived = sent is ACCEPTED
    assert by(desk) == (day(21) if arrived else None)
    assert desk.shop.state().needs == (() if arrived else ("unreachable",))
    assert desk.take() is None


def test_a_text_that_was_refused_is_not_tried_again_once_the_mail_bounces(desk: Desk) -> None:
    """Though its number is on no list: the refusal was of this text."""
    start(desk, policy="loud", **BOTH)
    mail = desk.claimed()
    desk.record_outcome(mail, ACCEPTED)
    desk.record_outcome(desk.claimed(), Sent(outcome="permanent", code="30007", reason="filtered"))
    record(desk, report(desk, Reported.BOUNCED, mail.outgoing.id))
    assert (by(desk), desk.shop.state().needs) == (None, ("unreachable",))
    assert desk.take() is None


def test_the_first_way_takes_over_from_a_copy_that_has_not_gone(desk: Desk) -> None:
    start(desk, policy="loud", **BOTH)
    mail = desk.claimed()
    desk.record_outcome(mail, ACCEPTED)
    record(desk, report(desk, Reported.BOUNCED, mail.outgoing.id))
    text = desk.claimed()
    assert (text.message, text.outgoing.channel) == (mail.message, "sms")
    desk.record_outcome(text, ACCEPTED)
    assert desk.take() is None, "the copy would say the same on the same way"
    assert by(desk) == day(21)


def test_a_line_that_somebody_holds_hears_of_it_with_its_next_review(desk: Desk) -> None:
    shop = desk.shop
    start(desk)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    good = shop.rows("SELECT state FROM backorders")[0]["state"]
    shop.run("UPDATE backorders SET state = '{'")
    found = record(desk, report(desk, Reported.BOUNCED, message.outgoing.id))
    assert "O-1/1" in found.after.backorders
    shop.run("UPDATE backorders SET state = :good", good=good)
    shop.run("DELETE FROM engine_errors")
    shop.review()
    assert (by(desk), shop.state().needs) == (None, ("unreachable",))


def test_a_supplier_who_cannot_be_written_to_is_the_buyers(desk: Desk) -> None:
    shop = desk.shop
    shop.supplier(email="orders@acme.example")
    shop.now += timedelta(days=14)
    shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.now += timedelta(days=1)
    message = desk.claimed("supplier/acme")
    desk.record_outcome(message, ACCEPTED)
    record(desk, report(desk, Reported.BOUNCED, message.outgoing.id))
    kinds = [row["kind"] for row in shop.rows("SELECT kind FROM tasks")]
    assert kinds == ["supplier_unreachable"]


def test_a_supplier_whose_mail_only_waits_after_all_is_not_the_buyers(desk: Desk) -> None:
    shop = desk.shop
    shop.supplier(email="orders@acme.example")
    shop.now += timedelta(days=14)
    shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.now += timedelta(days=1)
    open_ = "SELECT kind FROM tasks WHERE done_at IS NULL"
    for again in (False, True):
        message = desk.claimed("supplier/acme")
        desk.record_outcome(message, ACCEPTED)
        record(desk, report(desk, Reported.FAILED, message.outgoing.id))
        assert shop.rows(open_) == [{"kind": "supplier_unreachable"}]
        record(desk, report(desk, Reported.HELD_UP, message.outgoing.id, code="4.2.2"))
        assert shop.rows(open_) == ([{"kind": "supplier_unreachable"}] if again else [])
        desk.wait(timedelta(hours=1))


# --- what the law wants told


def ask(desk: Desk, **customer: Any) -> str:
    """A line of which the law wants its customer asked, and the send of that question, which was accepted."""
    shop = desk.shop
    of_law = BOTH | {"phone": "+12025550123", "region": "US", "time_zone": "Europe/Berlin"} | customer
    shop.start(policy="plain", ship_by=day(9).isoformat(), customer=of_law)
    shop.now += timedelta(hours=2)
    message = desk.claimed()
    assert desk.message()["kind"] == "consent_request"
    desk.record_outcome(message, ACCEPTED)
    return message.outgoing.id


def delivered(desk: Desk) -> bool:
    [question] = desk.shop.state().questions
    assert question.told_at is not None
    return question.delivered


def test_a_legal_notice_goes_the_second_way_too_after_a_day_without_delivery(desk: Desk) -> None:
    ask(desk)
    assert not delivered(desk)
    desk.shop.now += timedelta(hours=24)
    desk.shop.review()
    copy = desk.claimed()
    assert (copy.outgoing.channel, copy.outgoing.to) == ("sms", "+12025550123")
    assert desk.record_outcome(copy, ACCEPTED) == []
    desk.shop.review()
    assert desk.take() is None
    record(desk, report(desk, Reported.DELIVERED, copy.outgoing.id, channel="sms"))
    assert delivered(desk), "by the second way"


def test_a_copy_that_waits_goes_no_more_once_the_first_is_known_to_have_arrived(desk: Desk) -> None:
    send = ask(desk)
    desk.shop.now += timedelta(hours=24)
    desk.shop.review()
    assert state(desk, 1) == ("planned", "sms")
    record(desk, report(desk, Reported.DELIVERED, send))
    assert delivered(desk)
    assert (state(desk, 1)[0], desk.take()) == ("withdrawn", None)


def test_a_legal_notice_that_arrived_goes_one_way(desk: Desk) -> None:
    send = ask(desk)
    record(desk, report(desk, Reported.DELIVERED, send))
    assert delivered(desk)
    record(desk, report(desk, Reported.COMPLAINED, send))
    assert desk.shop.rows("SELECT what FROM timeline WHERE verdict = 'accepted'")[-1] == {
        "what": "message_delivered"
    }
    desk.shop.now += timedelta(hours=24)
    desk.shop.review()
    assert desk.take() is None


@pytest.mark.parametrize("customer", [{"phone": None}, {"sms_consent": False}])
def test_a_legal_notice_without_a_second_way_is_a_persons_in_time(
    desk: Desk, customer: dict[str, Any]
) -> None:
    ask(desk, **customer)
    for when in (timedelta(hours=24), timedelta(days=6, hours=22, minutes=59)):
        desk.shop.now += when
        desk.shop.review()
        assert (desk.take(), desk.shop.state().needs) == (None, ())
    desk.shop.now += timedelta(minutes=1)
    desk.shop.review()
    assert desk.shop.state().needs == ("notice_unconfirmed",)
    assert len(desk.shop.rows("SELECT * FROM messages")) == 1


def test_a_second_way_that_is_closed_by_then_is_none(desk: Desk) -> None:
    ask(desk)
    record(desk, report(desk, Reported.OPTED_OUT, channel="sms", address="+12025550123"))
    desk.shop.now += timedelta(hours=24)
    desk.shop.review()
    assert len(desk.shop.rows("SELECT * FROM messages")) == 1


@pytest.mark.parametrize("unreadable", ["when it is accepted", "when it is delivered"])
def test_a_line_that_cannot_be_read_hears_later_that_its_notice_arrived(desk: Desk, unreadable: str) -> None:
    shop = desk.shop
    shop.start(policy="plain", ship_by=day(9).isoformat(), customer=BOTH | {"region": "US"})
    shop.now += timedelta(hours=2)
    message = desk.claimed()
    if unreadable == "when it is delivered":
        desk.record_outcome(message, ACCEPTED)
    good = shop.rows("SELECT state FROM backorders")[0]["state"]
    shop.run("UPDATE backorders SET state = '{'")
    if unreadable == "when it is accepted":
        desk.record_outcome(message, ACCEPTED)
    record(desk, report(desk, Reported.DELIVERED, message.outgoing.id))
    shop.run("UPDATE backorders SET state = :good", good=good)
    shop.run("DELETE FROM engine_errors")
    shop.review()
    assert delivered(desk)
