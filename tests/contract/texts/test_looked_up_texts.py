"""What Twilio says became of a text that is looked up counts as if it had reported it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder.messaging.twilio_callbacks import status
from backorder.messaging.twilio_codes import load
from backorder.messaging.twilio_sender import TwilioSender
from backorder.ports import Done, Doubtful, LookedUp
from tests.support.providers import Drop, TwilioFake
from tests.support.sending import ANN, Desk

PHONE = "+4915123456789"


def looked_up(desk: Desk, twilio: TwilioFake, **customer: Any) -> tuple[list[str], LookedUp]:
    """A text whose answer is lost is looked up. Returns what its line heard, and what was found."""
    known = {"phone": PHONE, "sms_consent": True, "email": "ann@example.com"}
    desk.shop.start(policy="texts", customer=known | customer)
    sender = TwilioSender(twilio.account_sid, twilio.auth_token, "+15005550006", base_url=twilio.url)
    message = desk.claimed()
    twilio.next(Drop(taken=True))
    desk.record_outcome(message, sender.send(message.outgoing))
    desk.wait(desk.shop.services.dispatch.delays.settling)
    found = desk.take()
    assert isinstance(found, Doubtful)
    said = sender.find(found.outgoing, found.since)
    assert said.sighting == "found"
    return desk._events(Done(taken=found, looked_up=said)), said


@pytest.mark.parametrize(
    ("code", "cause"), [(30005, "unusable"), (21610, "stop"), (30004, None), (99999, None), (None, None)]
)
@pytest.mark.parametrize("state", ["failed", "undelivered", "canceled"])
def test_a_text_that_did_not_arrive_is_followed_by_a_mail(
    desk: Desk, twilio: TwilioFake, state: str, code: int | None, cause: str | None
) -> None:
    twilio.stands = (state, code)
    assert looked_up(desk, twilio)[0] == []
    [send] = desk.shop.rows("SELECT * FROM sends")
    assert (send["state"], send["delivery"], send["code"]) == (
        "failed",
        "bounced",
        str(code) if code else None,
    )
    listed = [row["cause"] for row in desk.shop.rows("SELECT cause FROM suppressions")]
    assert listed == ([cause] if cause else [])
    assert desk.claimed().outgoing.channel == "email"


def test_who_has_no_other_way_is_a_persons_to_reach(desk: Desk, twilio: TwilioFake) -> None:
    twilio.stands = ("undelivered", 30005)
    assert looked_up(desk, twilio, email=None)[0] == ["message_failed"]
    assert desk.shop.state().needs == ("unreachable",)


def test_a_phone_that_is_off_is_tried_once_more(desk: Desk, twilio: TwilioFake) -> None:
    twilio.stands = ("undelivered", 30003)
    assert looked_up(desk, twilio, email=None)[0] == []
    assert desk.message()["state"] == "planned"
    desk.wait(timedelta(minutes=30))
    assert desk.claimed().outgoing.channel == "sms"


@pytest.mark.parametrize("code", [30002, 30032, 30034])
def test_an_account_that_is_refused_counts_against_the_channel(
    desk: Desk, twilio: TwilioFake, code: int
) -> None:
    twilio.stands = ("failed", code)
    assert looked_up(desk, twilio)[0] == []
    [channel] = desk.shop.rows("SELECT * FROM channels")
    assert (channel["name"], channel["account_errors"], bool(channel["refuses_later"])) == ("sms", 1, True)
    assert desk.message()["state"] == "planned"


@pytest.mark.parametrize(("state", "delivery"), [("delivered", "delivered"), ("sent", None), ("odd", None)])
def test_what_is_well_was_accepted(desk: Desk, twilio: TwilioFake, state: str, delivery: str | None) -> None:
    twilio.stands = (state, None)
    assert looked_up(desk, twilio)[0] == ["message_sent"]
    [send] = desk.shop.rows("SELECT * FROM sends")
    assert (send["state"], send["delivery"]) == ("sent", delivery)
    assert send["provider_id"]


def test_the_callback_that_comes_after_it_says_nothing_new(desk: Desk, twilio: TwilioFake) -> None:
    twilio.stands = ("failed", 30005)
    _, said = looked_up(desk, twilio)
    fields = [("MessageSid", said.provider_id), ("MessageStatus", "failed"), ("ErrorCode", "30005")]
    brought = status([*fields, ("To", PHONE)], "", load(), desk.now)
    recorded = desk.shop.services.reports.record(brought.reports, at=desk.shop.now, now=desk.now)
    assert (recorded.new, recorded.known) == (0, 1)


def test_a_text_that_failed_is_not_taken_for_another_one(desk: Desk, twilio: TwilioFake) -> None:
    """Two lines with the same product: what is known of the first one says nothing about the second."""
    twilio.stands = ("undelivered", 30004)
    _, said = looked_up(desk, twilio, email=None)
    desk.shop.start("O-2", policy="texts", customer={"phone": PHONE, "sms_consent": True, "email": None})
    second = desk.claimed()
    twilio.next(Drop())
    sender = TwilioSender(twilio.account_sid, twilio.auth_token, "+15005550006", base_url=twilio.url)
    desk.record_outcome(second, sender.send(second.outgoing))
    desk.wait(desk.shop.services.dispatch.delays.settling)
    found = desk.take(ANN)
    assert isinstance(found, Doubtful)
    assert found.outgoing.others == {said.provider_id}
    assert sender.find(found.outgoing, found.since).sighting == "absent"
