"""What a provider reports of a send: in any order, also before the send has returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.twilio_callbacks import status
from backorder.messaging.twilio_codes import load
from backorder.ports import Done, Doubtful, LookedUp
from tests.support.days import day
from tests.support.reporting_desk import (
    ACCEPTED,
    BOTH,
    PHONE,
    UNKNOWN,
    applied,
    by,
    record,
    report,
    reporting,
    start,
    state,
    suppressed,
)
from tests.support.sending import Desk
from tests.support.shop import Shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return reporting(shop)


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize(
    "said", [Reported.ACCEPTED, Reported.DELIVERED, Reported.COMPLAINED, Reported.UNSUBSCRIBED]
)
def test_a_report_settles_a_send_before_it_returns(desk: Desk, said: Reported, returned: bool) -> None:
    start(desk)
    message = desk.claimed()
    if returned:
        desk.record_outcome(message, ACCEPTED)
    assert record(desk, report(desk, said, message.outgoing.id)).new == 1
    assert (state(desk), applied(desk)) == (("sent", "email"), ["message_sent"])
    desk.record_outcome(message, ACCEPTED)
    desk.record_outcome(message, UNKNOWN)
    assert (state(desk), applied(desk)) == (("sent", "email"), ["message_sent"])
    assert by(desk) is not None


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_report_settles_what_nobody_knew(desk: Desk, looks: int) -> None:
    """Also when the message was looked up in vain, and its news told anew."""
    start(desk)
    message = desk.claimed()
    desk.record_outcome(message, UNKNOWN)
    for _ in range(looks):
        desk.wait(desk.shop.services.dispatch.delays.settling)
        found = desk.take()
        if isinstance(found, Doubtful):
            desk._events(Done(taken=found, looked_up=LookedUp(sighting="absent", reason="not known")))
    record(desk, report(desk, Reported.DELIVERED, message.outgoing.id))
    assert state(desk)[0] == "sent"
    assert applied(desk)[-1] == "message_sent"
    assert by(desk) is not None


ENDS = [Reported.DELIVERED, Reported.BOUNCED]


@pytest.mark.parametrize("order", list(permutations([*ENDS, "returned"])))
@pytest.mark.parametrize("ways", [{}, BOTH])
def test_a_bounce_ends_the_same_in_every_order(
    desk: Desk, order: Sequence[object], ways: dict[str, Any]
) -> None:
    start(desk, **ways)
    message = desk.claimed()
    for each in order:
        if isinstance(each, Reported):
            record(desk, report(desk, each, message.outgoing.id))
        else:
            desk.record_outcome(message, ACCEPTED)
    [send] = desk.shop.rows("SELECT state, delivery FROM sends")
    assert (send["state"], send["delivery"]) == ("failed", "bounced")
    assert suppressed(desk) == {("email", "ann@example.com", "hard_bounce")}
    if not ways:
        assert state(desk)[0] == "failed"
        assert (by(desk), desk.shop.state().needs) == (None, ("unreachable",))
        assert desk.take() is None
        return
    assert state(desk) == ("planned", "sms")
    text = desk.claimed()
    assert (text.outgoing.channel, text.outgoing.to) == ("sms", PHONE)
    desk.record_outcome(text, ACCEPTED)
    assert (state(desk), by(desk)) == (("sent", "sms"), day(21))
    assert desk.shop.state().needs == ()


def test_the_same_report_again_changes_nothing(desk: Desk) -> None:
    start(desk)
    message = desk.claimed()
    one = report(desk, Reported.DELIVERED, message.outgoing.id)
    again = ProviderReport(
        id="test/another", provider="Test", channel="email", event="delivered", said=one.said, at=one.at,
        send=one.send,
    )  # fmt: skip
    assert record(desk, one, one).new == 1
    found = record(desk, again, one)
    assert (found.new, found.known, bool(found.after)) == (0, 2, False)
    assert len(desk.shop.rows("SELECT 1 FROM delivery_reports")) == 1


def test_what_is_foreign_is_left_out_and_the_rest_counts(desk: Desk) -> None:
    start(desk)
    message = desk.claimed()
    found = record(
        desk,
        report(desk, Reported.BOUNCED, "of-somebody-else", address="ann@example.com"),
        report(desk, Reported.DELIVERED, provider_id="sg-of-another"),
        report(desk, Reported.BOUNCED, address="stranger@example.com"),
        report(desk, Reported.BOUNCED, message.outgoing.id, channel="sms"),
        report(desk, Reported.DELIVERED, message.outgoing.id),
    )
    assert (found.new, found.known, found.foreign) == (1, 0, 4)
    assert (state(desk)[0], suppressed(desk)) == ("sent", set())


def test_a_late_bounce_without_any_id_is_about_the_address_alone(desk: Desk) -> None:
    start(desk, email="Ann@Bücher.example", **BOTH)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    found = record(desk, report(desk, Reported.BOUNCED, address="ann@XN--BCHER-KVA.example"))
    assert found.new == 1
    assert suppressed(desk) == {("email", "ann@bücher.example", "hard_bounce")}
    assert (state(desk), by(desk)) == (("sent", "email"), day(21))
    desk.shop.cancel()
    assert desk.claimed().outgoing.channel == "sms", "nothing goes there any more"


def test_a_late_bounce_without_any_id_may_be_about_a_supplier(desk: Desk) -> None:
    shop = desk.shop
    shop.supplier("acme", email="orders@bücher.example")
    shop.supplier("mute")
    late = report(desk, Reported.BOUNCED, address="Orders@XN--BCHER-KVA.example")
    found = record(desk, late, report(desk, Reported.BOUNCED, address="stranger@example.com"))
    assert (found.new, found.foreign) == (1, 1)
    assert {cause for _, _, cause in suppressed(desk)} == {"hard_bounce"}


UNSUBSCRIBES = (Reported.UNSUBSCRIBED, Reported.SUBSCRIBED, Reported.UNSUBSCRIBED, Reported.SUBSCRIBED)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_who_unsubscribes_and_subscribes_stands_as_they_said_last(
    desk: Desk, count: int, together: bool
) -> None:
    """In any order of what is reported, in one call or in several."""
    start(desk)
    said = [
        report(desk, each, at=desk.now + timedelta(seconds=place), address=f"a{place}@example.com")
        for place, each in enumerate(UNSUBSCRIBES[:count])
    ]
    off = said[-1].said is Reported.UNSUBSCRIBED
    for turn, order in enumerate(permutations(said)):
        address = f"ann{turn}@example.com"
        desk.shop.run("UPDATE customers SET email = :email", email=address)
        desk.shop.run("UPDATE customer_terms SET term = :email WHERE term LIKE '%@%'", email=address)
        reports = [replace(each, address=address, id=f"{each.id}/{turn}") for each in order]
        for batch in [reports] if together else [[each] for each in reports]:
            assert record(desk, *batch).new == len(batch)
        assert (("email", address, "unsubscribe") in suppressed(desk)) is off, [each.id for each in order]


def test_a_send_is_known_by_the_providers_own_id(desk: Desk) -> None:
    start(desk)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    assert record(desk, report(desk, Reported.DELIVERED, provider_id="sg-1")).new == 1
    assert desk.shop.rows("SELECT delivery FROM sends") == [{"delivery": "delivered"}]


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        (Reported.HELD_UP, set()),
        (Reported.FAILED, set()),
        (Reported.BOUNCED, {"hard_bounce"}),
        (Reported.WITHHELD, {"withheld"}),
        (Reported.COMPLAINED, {"complaint"}),
        (Reported.UNSUBSCRIBED, {"unsubscribe"}),
    ],
)
def test_what_a_report_says_about_the_address(desk: Desk, said: Reported, listed: set[str]) -> None:
    start(desk, **BOTH)
    message = desk.claimed()
    record(desk, report(desk, said, message.outgoing.id))
    assert {cause for _, _, cause in suppressed(desk)} == listed
    desk.record_outcome(desk.claimed(), ACCEPTED) if state(desk)[0] == "planned" else None
    desk.shop.cancel()
    next_one = desk.claimed()
    assert next_one.outgoing.channel == ("sms" if listed & {"hard_bounce", "withheld"} else "email")


def test_a_block_of_the_only_way_is_tried_once_more_and_then_given_up(desk: Desk) -> None:
    start(desk)
    for number in range(2):
        message = desk.claimed()
        desk.record_outcome(message, ACCEPTED)
        record(desk, report(desk, Reported.HELD_UP, message.outgoing.id, code=f"4.2.{number}"))
        if not number:
            assert (state(desk)[0], desk.take()) == ("planned", None)
            assert desk.shop.state().needs == ()
            desk.wait(timedelta(minutes=30))
    assert (state(desk)[0], by(desk)) == ("failed", None)
    assert desk.shop.state().needs == ("unreachable",)
    assert suppressed(desk) == set()


@pytest.mark.parametrize(("code", "wait"), [("30610", timedelta(hours=1)), ("30001", timedelta(minutes=5))])
@pytest.mark.parametrize("email", [None, "ann@example.com"])
def test_quiet_hours_and_a_full_queue_fail_nothing_however_often_they_are_told(
    desk: Desk, code: str, wait: timedelta, email: str | None
) -> None:
    start(desk, policy="texts", email=email, **BOTH)
    for number in range(4):
        message = desk.claimed()
        assert message.outgoing.channel == "sms"
        desk.record_outcome(message, ACCEPTED)
        fields = [("MessageSid", f"SM{number}"), ("MessageStatus", "undelivered"), ("ErrorCode", code)]
        query = f"send_id={message.outgoing.id}"
        record(desk, *status([*fields, ("To", PHONE)], query, load(), desk.now).reports)
        assert (state(desk), desk.take()) == (("planned", "sms"), None)
        assert desk.shop.state().needs == ()
        desk.wait(wait)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    record(desk, report(desk, Reported.HELD_UP, message.outgoing.id, channel="sms", code="30003"))
    assert state(desk) == ("planned", "sms" if email is None else "email"), "the first one of its kind"


def test_an_account_that_is_refused_after_all_fails_nothing_and_pauses_the_channel(desk: Desk) -> None:
    people = ("ann", "ben", "cem")
    for name in people:
        customer = {"id": name, "email": f"{name}@example.com"}
        desk.shop.start(f"O-{name}", policy="plain", customer=customer)
    taken = [desk.claimed(f"customer/{name}") for name in people]
    for message in taken:
        desk.record_outcome(message, ACCEPTED)
    refusals = [report(desk, Reported.SHOP_REFUSED, each.outgoing.id, code="30002") for each in taken]
    for _ in range(2):
        record(desk, *refusals)
    assert [state(desk, number) for number in range(3)] == [("planned", "email")] * 3
    assert [desk.shop.state(f"O-{name}").needs for name in people] == [()] * 3
    assert suppressed(desk) == set()
    [paused] = desk.shop.rows("SELECT paused FROM channels WHERE name = 'email'")
    assert paused["paused"]
    desk.wait(timedelta(minutes=10))
    assert desk.claimed("customer/ann").attempt == 2


@pytest.mark.parametrize("order", list(permutations([Reported.HELD_UP, Reported.BOUNCED])))
def test_a_block_does_not_hide_that_an_address_is_dead(desk: Desk, order: Sequence[Reported]) -> None:
    start(desk)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    for said in order:
        record(desk, report(desk, said, message.outgoing.id))
    desk.wait(timedelta(hours=1))
    assert desk.take() is None
    assert (state(desk)[0], by(desk)) == ("failed", None)


@pytest.mark.parametrize("passing", [Reported.BUSY, Reported.HELD_UP, Reported.SHOP_REFUSED])
@pytest.mark.parametrize("final", [Reported.FAILED, Reported.BOUNCED])
@pytest.mark.parametrize("delay_first", [True, False])
@pytest.mark.parametrize("phone", [None, PHONE])
def test_a_delay_and_a_failure_end_alike_in_either_order(
    desk: Desk, passing: Reported, final: Reported, delay_first: bool, phone: str | None
) -> None:
    """Nothing waits to be tried again of which the provider has said that it gave it up."""
    start(desk, phone=phone, sms_consent=bool(phone))
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    for said in (passing, final) if delay_first else (final, passing):
        record(desk, report(desk, said, message.outgoing.id, code="5" if said is final else ""))
    row = desk.message()
    assert str(row["reason"]).endswith("(5)")
    if phone is None:
        assert (row["state"], by(desk), desk.shop.state().needs) == ("failed", None, ("unreachable",))
    else:
        assert desk.shop.state().needs == ()
        assert desk.claimed().outgoing.channel == "sms"
