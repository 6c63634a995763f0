"""SendGrid's event webhook: its signature over the raw bytes, and what its events mean."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from backorder.domain.contacts import without_contacts
from backorder.domain.delivery_reports import Reported
from backorder.domain.texts import without_live_links
from backorder.messaging.provider_reports import (
    LONGEST_REASON,
    Brought,
    ProviderReport,
    brought,
    id_of,
    plain,
)
from backorder.messaging.sendgrid_sender import SEND_ID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

PATH = "/webhooks/sendgrid/events"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
LARGEST = 8 * 1024 * 1024
"""Bytes of a call, at most; SendGrid's own are well below one megabyte."""
KEPT_TRYING = timedelta(hours=48)
"""How old a call may be. SendGrid tries for a day; what stops a replay is that each event counts once."""
AHEAD = timedelta(minutes=10)
"""How far SendGrid's clock may be before ours."""
_NAME = "SendGrid"
_LONGEST_NUMBER = 40
"""Digits of a number, at most; Python refuses the whole call over one of some thousands."""
_BEHIND = re.compile(r"\.(?:filter|recvd)")
"""What follows the X-Message-Id of a send in an event's sg_message_id."""

EVENTS: Mapping[str, Reported] = {
    "processed": Reported.ACCEPTED,
    "deferred": Reported.ACCEPTED,
    "delivered": Reported.DELIVERED,
    "open": Reported.DELIVERED,
    "click": Reported.DELIVERED,
    "spamreport": Reported.COMPLAINED,
    "unsubscribe": Reported.UNSUBSCRIBED,
    "group_unsubscribe": Reported.UNSUBSCRIBED,
    "group_resubscribe": Reported.SUBSCRIBED,
}
"""Events that mean the same whatever else they say."""
BOUNCES: Mapping[str, Reported] = {"bounce": Reported.BOUNCED, "": Reported.BOUNCED}
"""A bounce by its type; any other type, such as blocked, is trouble that passes."""
DROPS: Mapping[str, Reported] = {
    "bounced address": Reported.BOUNCED,
    "invalid": Reported.BOUNCED,
    "unsubscribed address": Reported.WITHHELD,
    "spam reporting address": Reported.WITHHELD,
    "recipient list over package quota": Reported.SHOP_REFUSED,
}
"""A drop by its reason; any other reason says nothing about the address."""


def public_key(text: str) -> EllipticCurvePublicKey:
    """SendGrid's verification key, as its settings page shows it. Raises ValueError for what is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("this is no verification key of SendGrid's; it begins with MFkw")
    return key


def verified(
    keys: Sequence[str], signature: str | None, timestamp: str | None, body: bytes, now: datetime
) -> bool:
    """Whether SendGrid signed exactly these bytes, with one of the keys. now: machine time. Never raises."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    if not signature or not timestamp or not _is_fresh(timestamp, now):
        return False
    try:
        signed = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    for key in keys:
        try:
            public_key(key).verify(signed, timestamp.encode() + body, ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return True
    return False


def _is_fresh(timestamp: str, now: datetime) -> bool:
    at = _instant(timestamp)
    return at is not None and now - KEPT_TRYING <= at <= now + AHEAD


def events(body: bytes, now: datetime) -> Brought:
    """What a call brings. Raises ValueError for what is no array of JSON."""
    try:
        found = json.loads(body, parse_int=_number)
    except RecursionError:
        raise ValueError("this is nested too deeply") from None
    if not isinstance(found, list):
        raise ValueError("this is no array")
    return brought(_report(entry, now) for entry in found)


def _number(digits: str) -> int | None:
    """A whole number; None for one that nothing here means, and that Python may not even read."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _report(entry: object, now: datetime) -> ProviderReport | None:
    """One entry; None for what is odd, or means nothing to us."""
    if not isinstance(entry, dict):
        return None
    id, event = id_of(entry.get("sg_event_id")), id_of(entry.get("event"))
    reported, at = _said(event, entry), _instant(entry.get("timestamp"))
    if not id or reported is None or at is None or at > now + timedelta(days=1):
        return None
    kind = plain(entry.get("type"), 32)
    return ProviderReport(
        id=f"sendgrid/{id}",
        provider=_NAME,
        channel="email",
        event=f"{event}/{kind}" if kind else event,
        said=reported,
        at=at,
        send=id_of(entry.get(SEND_ID)),
        provider_id=_BEHIND.split(id_of(entry.get("sg_message_id")))[0],
        address=plain(entry.get("email"), 320),
        code=plain(entry.get("status"), 16),
        reason=without_contacts(without_live_links(plain(entry.get("reason"), LONGEST_REASON))),
    )


def _said(event: str, entry: Mapping[str, object]) -> Reported | None:
    if event == "bounce":
        return BOUNCES.get(plain(entry.get("type"), 32).lower(), Reported.HELD_UP)
    if event == "dropped":
        return DROPS.get(plain(entry.get("reason"), LONGEST_REASON).strip().lower(), Reported.FAILED)
    return EVENTS.get(event)


def _instant(value: object) -> datetime | None:
    """Seconds since 1970, as digits or a number, from the year 2000 on."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isascii() or not text.isdecimal() or len(text) > 11:
        return None
    found = datetime.fromtimestamp(int(text), UTC) if int(text) < 32_000_000_000 else None
    return found if found is not None and found.year >= 2000 else None
