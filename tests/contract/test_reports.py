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
from backorder.ports import Done, Doubtful, LookedUp, Sent
from backorder.services.record_reports import Recorded
from backorder.storage.engine import writing
from tests.support.days import day
from tests.support.sending import Desk
from tests.support.shop import Shop

PHONE = "+4915123456789"
BOTH: dict[str, Any] = {"phone": PHONE, "sms_consent": True}
ACCEPTED = Sent(outcome="accepted", provider_id="sg-1")
UNKNOWN = Sent(outcome="unknown", code="timeout", reason="no answer")
GONE_FOR_GOOD = Sent(outcome="permanent", code="21211", reason="no such number")
POLICY = """
name = "plain"
[updates]
gather = "0s"
"""
TEXTS = POLICY.replace("plain", "texts") + 'channels = ["sms", "email"]\n'
TWICE = POLICY.replace("plain", "loud") + 'both = ["confirmed"]\n'


@pytest.fixture
def desk(shop: Shop) -> Desk:
    with writing(shop.services.engine) as connection:
        for policy in (POLICY, TWICE, TEXTS):
            shop.services.policies.load(connection, policy)
    shop.purchase()
    return Desk(shop)


def start(desk: Desk, *, policy: str = "plain", **customer: Any) -> None:
    desk.shop.start(policy=policy, customer=customer)


def report(desk: Desk, said: Reported, send: str = "", **fields: object) -> ProviderReport:
    values = {"channel": "email", "event": said.value, "at": desk.now, "code": ""} | fields
    id = f"test/{said}/{send}/{values['channel']}/{values['code']}/{fields.get('address', '')}"
    return ProviderReport(id=id, provider="Test", said=said, send=send, **values)  # type: ignore[arg-type]


def record(desk: Desk, *reports: ProviderReport) -> Recorded:
    return desk.shop.services.reports.record(reports, at=desk.shop.now, now=desk.now)


def applied(desk: Desk) -> list[str]:
    names = ("message_sent", "message_failed", "message_not_sent", "message_unknown")
    rows = desk.shop.rows("SELECT what FROM timeline ORDER BY number")
    return [row["what"] for row in rows if row["what"] in names]


def suppressed(desk: Desk) -> set[tuple[str, str, str]]:
    rows = desk.shop.rows("SELECT * FROM suppressions WHERE lifted_at IS NULL")
    return {(row["channel"], row["address"], row["cause"]) for row in rows}


def state(desk: Desk, number: int = 0) -> tuple[object, object]:
    message = desk.message(number)
    return message["state"], message["channel"]


def by(desk: Desk) -> object:
    promise = desk.shop.state().promise
    return promise.by if promise else None


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
