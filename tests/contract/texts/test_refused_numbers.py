"""A number that Twilio refuses when it is called is known from then on, as if Twilio had reported it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.twilio_callbacks import status
from backorder.messaging.twilio_codes import load
from backorder.messaging.twilio_sender import TwilioSender
from backorder.ports import Sent
from backorder.storage import tasks
from tests.support.providers import TwilioFake
from tests.support.sending import Desk

PHONE = "+4915123456789"


def refused(desk: Desk, twilio: TwilioFake, status: int, code: int, **customer: Any) -> list[str]:
    """A text whose call is refused. Returns what its line heard."""
    known = {"phone": PHONE, "sms_consent": True, "email": "ann@example.com"}
    desk.shop.start(policy="texts", quantity=3, customer=known | customer)
    sender = TwilioSender(twilio.account_sid, twilio.auth_token, "+15005550006", base_url=twilio.url)
    twilio.next(TwilioFake.fault(status, code))
    message = desk.claimed()
    assert message.outgoing.channel == "sms"
    return desk.record_outcome(message, sender.send(message.outgoing))


def suppressed(desk: Desk) -> list[tuple[str, str, str, str]]:
    rows = desk.shop.rows("SELECT * FROM suppressions WHERE lifted_at IS NULL")
    return [(row["channel"], row["address"], row["cause"], row["by"]) for row in rows]


@pytest.mark.parametrize(
    ("code", "cause"), [(21610, "stop"), (21211, "unusable"), (21614, "unusable"), (30006, "unusable")]
)
def test_nothing_is_texted_there_any_more(desk: Desk, twilio: TwilioFake, code: int, cause: str) -> None:
    assert refused(desk, twilio, 400, code) == []
    assert suppressed(desk) == [("sms", PHONE, cause, "Twilio")]
    [send] = desk.shop.rows("SELECT * FROM sends")
    assert (send["state"], send["code"], send["provider_id"]) == ("failed", str(code), None)
    mail = desk.claimed()
    assert (mail.message, mail.outgoing.channel) == (send["message"], "email")
    desk.record_outcome(mail, Sent(outcome="accepted", provider_id="sg-1"))
    desk.shop.cancel()
    assert desk.claimed().outgoing.channel == "email", "the next one does not try the number"


@pytest.mark.parametrize("code", [21617, 21408, 59999])
def test_the_refusal_of_a_message_says_nothing_of_its_number(
    desk: Desk, twilio: TwilioFake, code: int
) -> None:
    refused(desk, twilio, 400, code)
    assert suppressed(desk) == []


def test_who_has_no_other_way_is_a_persons_to_reach(desk: Desk, twilio: TwilioFake) -> None:
    assert refused(desk, twilio, 400, 21610, email=None) == ["message_failed"]
    assert desk.shop.state().needs == ("unreachable",)
    assert suppressed(desk) == [("sms", PHONE, "stop", "Twilio")]


def test_what_had_arrived_before_goes_no_other_way(desk: Desk, twilio: TwilioFake) -> None:
    """An earlier try turns out to have arrived while this one is under way."""
    known = {"phone": PHONE, "sms_consent": True, "email": "ann@example.com"}
    desk.shop.start(policy="texts", customer=known)
    first = desk.claimed()
    desk.record_outcome(first, Sent(outcome="permanent", code="30007", reason="filtered"))
    second = desk.claimed()
    assert second.outgoing.channel == "email"
    desk.record_outcome(first, Sent(outcome="accepted", provider_id="SM1"))
    arrived = ProviderReport(
        id="twilio/SM1/delivered/",
        provider="Twilio",
        channel="sms",
        event="delivered",
        said=Reported.DELIVERED,
        at=desk.now,
        send=first.outgoing.id,
    )
    gone = replace(arrived, id="mail", channel="email", said=Reported.BOUNCED, send=second.outgoing.id)
    desk.shop.run("UPDATE sends SET state = 'lost' WHERE id = :id", id=first.outgoing.id)
    desk.shop.services.reports.record([arrived], at=desk.shop.now, now=desk.now)
    answer = Sent(outcome="permanent", code="550", reason="no such mailbox", report=gone)
    assert desk.record_outcome(second, answer) == ["message_sent"]
    assert desk.message()["state"] == "sent"


def told(desk: Desk, code: str, send: str, sid: str) -> None:
    """Twilio's callback says that a text failed."""
    fields = [("MessageSid", sid), ("MessageStatus", "undelivered"), ("ErrorCode", code), ("To", PHONE)]
    reports = status(fields, f"send_id={send}", load(), desk.now).reports
    desk.shop.services.reports.record(reports, at=desk.shop.now, now=desk.now)


def asked(desk: Desk) -> list[tuple[str, str, object]]:
    waiting = tasks.waiting(desk.shop.services.engine)
    return [(task.kind, task.subject, task.detail["code"]) for task in waiting]


@pytest.mark.parametrize("code", [21408, 30007, 59999])
def test_a_code_that_is_for_a_person_is_asked_about_once_until_somebody_saw_to_it(
    desk: Desk, twilio: TwilioFake, code: int
) -> None:
    refused(desk, twilio, 400, code)
    task = [("provider_code", f"sms/{code}", str(code))]
    assert asked(desk) == task
    desk.record_outcome(desk.claimed(), Sent(outcome="accepted", provider_id="sg-1"))
    for number in range(2):
        desk.shop.cancel(quantity=1, id=f"C-{number}")
        text = desk.claimed()
        assert text.outgoing.channel == "sms"
        desk.record_outcome(text, Sent(outcome="accepted", provider_id=f"SM{number}"))
        told(desk, str(code), text.outgoing.id, f"SM{number}")
        assert asked(desk) == task
        [open_] = tasks.waiting(desk.shop.services.engine)
        tasks.done(desk.shop.services.engine, open_.id, note="wrote to them", by="Eva", at=desk.shop.now)
        assert asked(desk) == []
        desk.record_outcome(desk.claimed(), Sent(outcome="accepted", provider_id="sg-2"))


@pytest.mark.parametrize("code", [21610, 30006])
def test_a_number_that_takes_no_texts_asks_no_person(desk: Desk, twilio: TwilioFake, code: int) -> None:
    refused(desk, twilio, 400, code)
    assert asked(desk) == []
