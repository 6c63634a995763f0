"""What a text's status at Twilio means, in a callback and in a look-up alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backorder.domain.delivery_reports import MEANINGS, Reported
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.twilio_codes import Codes, Treatment

STATUSES: Mapping[str, Reported] = {
    "accepted": Reported.ACCEPTED,
    "scheduled": Reported.ACCEPTED,
    "queued": Reported.ACCEPTED,
    "sending": Reported.ACCEPTED,
    "sent": Reported.ACCEPTED,
    "delivered": Reported.DELIVERED,
    "read": Reported.DELIVERED,
}
"""States of a text that say that it goes on well."""
FAILURES = frozenset({"failed", "undelivered", "partially_delivered", "canceled"})
"""States that say it did not arrive, or not whole; its code says why."""
TREATMENTS: Mapping[Treatment, Reported] = {
    "suppress": Reported.OPTED_OUT,
    "unusable": Reported.UNUSABLE,
    "later": Reported.HELD_UP,
    "back_off": Reported.BUSY,
    "quiet": Reported.BUSY,
    "pause": Reported.SHOP_REFUSED,
    "alert": Reported.FAILED,
}
"""What a failure says, by what its code asks for."""


def report_of(
    sid: str, status: str, code: str, codes: Codes, *, at: datetime, send: str, address: str
) -> ProviderReport | None:
    """What Twilio says of a text; None for a status that means nothing to us.

    code: Twilio's, "" for none. at: machine time. send: our ID of it; "" where none is named.
    """
    event = status.lower()
    said = _said(event, code, codes)
    if said is None:
        return None
    return ProviderReport(
        # A failure may first be told without its code.
        id=f"twilio/{sid}/{event}/{code}",
        provider="Twilio",
        channel="sms",
        event=event,
        said=said,
        at=at,
        send=send,
        provider_id=sid,
        address=address,
        code=code,
        wait=_wait(code, codes) if said is Reported.BUSY else None,
        asks=said is Reported.FAILED and bool(code),
    )


def refusal_of(send: str, address: str, code: str, codes: Codes, *, at: datetime) -> ProviderReport | None:
    """What a call says that was refused for good: of the number, or that a person has to look.

    None for what passes.
    """
    said = _said("failed", code, codes)
    if said is None or MEANINGS[said].passes:
        return None
    return ProviderReport(
        id=f"twilio-refused/{send}/{code}",
        provider="Twilio",
        channel="sms",
        event="refused",
        said=said,
        at=at,
        send=send,
        address=address,
        code=code,
        asks=said is Reported.FAILED,
    )


def _said(event: str, code: str, codes: Codes) -> Reported | None:
    if event in FAILURES:
        number = _number(code)
        return TREATMENTS[codes.treatment(number)] if number is not None else Reported.FAILED
    return STATUSES.get(event)


def _wait(code: str, codes: Codes) -> float | None:
    number = _number(code)
    return None if number is None else codes.waits.get(codes.treatment(number))


def _number(code: str) -> int | None:
    return int(code) if code.isascii() and code.isdecimal() else None
