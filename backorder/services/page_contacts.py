"""What customers change on their page about the way to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert

from backorder.domain.notifications import Kind
from backorder.domain.suppression import Cause
from backorder.ports import Notify
from backorder.services.change_customer import Also
from backorder.services.suppress_address import suppress, suppress_within
from backorder.services.write_beside import plan_beside
from backorder.storage import marketing_consents
from backorder.storage.engine import writing
from backorder.storage.suppressions import Entry
from backorder.storage.tables import consents

BY = "the customer"
"""Who changes it, as a timeline names them."""
TEXTS = "texts"
"""What somebody agrees to who gives their number on the page."""


def telling_before(customer: str, lines: Sequence[str], at: datetime) -> Also:
    """The address of before is told that news goes to another one. lines: what it is about."""

    def tell(connection: Connection, before: Mapping[str, Any]) -> Notify:
        address = before["email"]
        if not address or not lines:
            return Notify()
        return plan_beside(connection, customer, lines, Kind.ADDRESS_CHANGED, at, address=address)

    return tell


def keeping_consent(customer: str, wording: str, evidence: str, at: datetime) -> Also:
    """The consent to texts is kept, in the words that were read."""

    def keep(connection: Connection, before: Mapping[str, Any]) -> Notify:
        row = {"customer": customer, "purpose": TEXTS, "wording": wording, "evidence": evidence, "at": at}
        connection.execute(insert(consents), row)
        return Notify()

    return keep


def stop_texts(engine: Engine, number: str, send: str, now: datetime) -> None:
    """No text goes to a number any more, as if its owner had texted STOP. now: machine time."""
    entry = Entry(channel="sms", address=number, cause=Cause.STOP, at=now, by=BY, evidence=f"link/{send}")
    suppress(engine, entry)


def stop_promotions(
    engine: Engine, customer: str, channel: str, address: str, send: str, now: datetime
) -> None:
    """No promotion goes to a customer by a channel any more, nor to the address of what they read; everything
    else does. address: "" where it is not on record any more; they may be reached at another one by now.
    """
    evidence = f"link/{send}"
    with writing(engine) as connection:
        if address:
            entry = Entry(
                channel=channel, address=address, cause=Cause.UNSUBSCRIBE, at=now, by=BY, evidence=evidence
            )
            suppress_within(connection, [entry])
        marketing_consents.end(connection, [customer], channel, now, BY)
