"""A shop whose messages providers report of: three policies, and short names for what is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backorder.domain.delivery_reports import Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.twilio_callbacks import status
from backorder.messaging.twilio_codes import load
from backorder.ports import Claimed, Sent
from backorder.services.record_reports import Recorded
from tests.support.sending import Desk, desk_by
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


def reporting(shop: Shop) -> Desk:
    """A shop that tells by mail first, by text first, or by both, as a line's policy says."""
    return desk_by(shop, POLICY, TWICE, TEXTS)


def start(desk: Desk, *, policy: str = "plain", **customer: Any) -> None:
    """A line, which is about to be confirmed."""
    desk.shop.start(policy=policy, customer=customer)


def report(desk: Desk, said: Reported, send: str = "", **fields: object) -> ProviderReport:
    """What a provider says of a send."""
    values = {"channel": "email", "event": said.value, "at": desk.now, "code": ""} | fields
    id = f"test/{said}/{send}/{values['channel']}/{values['code']}/{fields.get('address', '')}"
    return ProviderReport(id=id, provider="Test", said=said, send=send, **values)  # type: ignore[arg-type]


def texted(desk: Desk, message: Claimed, name: str, code: str) -> Sequence[ProviderReport]:
    """What Twilio says of a text. name, code: the status and its code, "" for none."""
    send = message.outgoing
    fields = [("MessageSid", f"SM-{send.id}"), ("MessageStatus", name), ("ErrorCode", code), ("To", send.to)]
    return status(fields, f"send_id={send.id}", load(), desk.now).reports


def record(desk: Desk, *reports: ProviderReport) -> Recorded:
    """Take reports in."""
    return desk.shop.services.reports.record(reports, at=desk.shop.now, now=desk.now)


def applied(desk: Desk) -> list[str]:
    """What lines heard of their messages, in order."""
    names = ("message_sent", "message_failed", "message_not_sent", "message_unknown")
    rows = desk.shop.rows("SELECT what FROM timeline ORDER BY number")
    return [row["what"] for row in rows if row["what"] in names]


def suppressed(desk: Desk) -> set[tuple[str, str, str]]:
    """Channel, address and cause of all that is closed."""
    rows = desk.shop.rows("SELECT * FROM suppressions WHERE lifted_at IS NULL")
    return {(row["channel"], row["address"], row["cause"]) for row in rows}


def state(desk: Desk, number: int = 0) -> tuple[object, object]:
    """State and channel of a message, by its place."""
    message = desk.message(number)
    return message["state"], message["channel"]


def by(desk: Desk) -> object:
    """The day that the line has been told."""
    promise = desk.shop.state().promise
    return promise.by if promise else None
