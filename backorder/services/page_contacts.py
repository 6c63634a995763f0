"""What customers change on their page about the way to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert

from backorder.domain.notifications import Kind
from backorder.domain.suppression import Cause
from backorder.errors import LinkUsedError
from backorder.ports import Notify
from backorder.queries.suppression_list import suppressions_of
from backorder.queries.views import SuppressionView
from backorder.services.ask_by_another_way import ask_by_another_way
from backorder.services.change_customer import Also, First
from backorder.services.suppress_address import lift_within, lock_speakers, suppress_within
from backorder.services.write_beside import plan_beside
from backorder.storage import asked_addresses, dispatchers, marketing_consents
from backorder.storage.engine import reading, writing
from backorder.storage.policies import PolicyRepository
from backorder.storage.suppressions import BY_PAGE, SuppressionEntry
from backorder.storage.tables import consents

BY = "the customer"
"""Who changes it, as a timeline names them."""
TEXTS = "texts"
"""What somebody agrees to who gives their number on the page."""


def using_link(customer: str, send: str) -> First:
    """The link of a send is used, which makes an address theirs. It raises LinkUsedError where it counts no
    more.
    """

    def use(connection: Connection) -> None:
        if not asked_addresses.counts(connection, customer, send):
            raise LinkUsedError
        asked_addresses.let_none_count(connection, customer)

    return use


def telling_before(customer: str, lines: Sequence[str], new: str, at: datetime) -> Also:
    """The address of before is told that news goes to another one. lines: what it is about."""

    def tell(connection: Connection, before: Mapping[str, object]) -> Notify:
        address = before["email"]
        if not address or address == new or not lines:
            return Notify()
        return plan_beside(connection, customer, lines, Kind.ADDRESS_CHANGED, at, address=str(address))

    return tell


@dataclass(frozen=True, kw_only=True, slots=True)
class TextsAgreed:
    """Somebody agrees on their page to texts to a number. wording: in the words that they read.

    at: business time; now: machine time.
    """

    customer: str
    number: str
    wording: str
    evidence: str
    at: datetime
    now: datetime


def keeping_consent(policies: PolicyRepository, agreed: TextsAgreed) -> Also:
    """The consent is kept, and what was stopped on a page goes on. One STOP by text stays: see `closed`."""

    def keep(connection: Connection, before: Mapping[str, object]) -> Notify:
        row = {"customer": agreed.customer, "purpose": TEXTS, "wording": agreed.wording}
        connection.execute(insert(consents), row | {"evidence": agreed.evidence, "at": agreed.at})
        if not _is_stopped_here(suppressions_of(connection, [("sms", agreed.number)])):
            return Notify()
        way = ("sms", agreed.number)
        _, after = lift_within(
            connection, policies, *way, by=BY, at=agreed.at, now=agreed.now, causes=[Cause.STOP]
        )
        return after

    return keep


def closed(engine: Engine, number: str) -> Cause | None:
    """Why no text may go to a number, whatever is agreed to on a page; None: it may.

    Who texted STOP is let in again by a text alone: their carrier keeps it, too.
    """
    with reading(engine) as connection:
        found = suppressions_of(connection, [("sms", number)])
    causes = {each.cause for each in found if each.covers == "all" and not _is_stopped_here([each])}
    return Cause(min(causes)) if causes else None


def _is_stopped_here(found: Sequence[SuppressionView]) -> bool:
    return any(each.cause == Cause.STOP and each.evidence.startswith(BY_PAGE) for each in found)


def stop_texts(
    engine: Engine, policies: PolicyRepository, number: str, send: str, at: datetime, now: datetime
) -> Notify:
    """No text goes to a number any more, as if its owner had texted STOP. at: business time; now: machine
    time. Returns whom to wake.
    """
    entry = SuppressionEntry(
        channel="sms", address=number, cause=Cause.STOP, at=now, by=BY, evidence=f"{BY_PAGE}{send}"
    )
    with writing(engine) as connection:
        lock_speakers(connection, [entry])
        after = ask_by_another_way(connection, policies, "sms", number, by=BY, at=at)
        suppress_within(connection, [entry])
        return dispatchers.wake(connection, after)


def stop_promotions(
    engine: Engine, customer: str, channel: str, address: str, send: str, now: datetime
) -> None:
    """No promotion goes to a customer by a channel any more, nor to the address of what they read; everything
    else does. address: "" where it is not on record any more; they may be reached at another one by now.
    """
    evidence, entries = f"{BY_PAGE}{send}", list[SuppressionEntry]()
    if address:
        entry = SuppressionEntry(
            channel=channel, address=address, cause=Cause.UNSUBSCRIBE, at=now, by=BY, evidence=evidence
        )
        entries.append(entry)
    with writing(engine) as connection:
        lock_speakers(connection, entries, besides=[customer])
        suppress_within(connection, entries)
        marketing_consents.end(connection, [customer], channel, now, BY)
