"""What a customer's page shows: all lines of one order of theirs, from the very cases that decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from sqlalchemy import Connection, bindparam, func, select

from backorder.domain.keys import parts
from backorder.domain.line.events import Answered
from backorder.domain.line.state import CLOSED
from backorder.domain.notifications import Kind
from backorder.domain.page_limits import OPENS_FOR
from backorder.domain.policy.policy import CHANNELS
from backorder.domain.suppression import SUPPRESSIONS
from backorder.queries.answer_preview import answer_preview
from backorder.queries.asked_by_customer import AskedByCustomer, asked_by_customer
from backorder.queries.case_parts import contact_of, ways_to
from backorder.queries.case_view import case
from backorder.queries.served_from import ServedFrom, served_from
from backorder.queries.suppression_list import suppressions_of
from backorder.queries.views import CaseView, ContactView
from backorder.storage import asked_addresses
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import Apart, Failure, known, readable
from backorder.storage.marketing_consents import is_given
from backorder.storage.tables import backorders, customers, message_items, messages, sends

_SENT = (
    select(messages.c.person, messages.c.kind, sends.c.channel, sends.c.address, backorders.c.order_id)
    .join(messages, messages.c.id == sends.c.message)
    .join(message_items, message_items.c.message == messages.c.id)
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .where(sends.c.id == bindparam("send"))
    .order_by(backorders.c.id)
    .limit(1)
)
_LINES = (
    select(backorders.c.id, backorders.c.phase, backorders.c.closed_at)
    .where(backorders.c.order_id == bindparam("order"), backorders.c.customer == bindparam("customer"))
    .where(backorders.c.erased_at.is_(None))
    .order_by(func.length(backorders.c.line_id), backorders.c.line_id)
)
_CUSTOMER = select(
    customers,
    customers.c.id.label("customer"),
    *(is_given(each).label(f"promotes_by_{each}") for each in CHANNELS),
).where(customers.c.id == bindparam("customer"))


_PROMOTED = (
    select(sends.c.channel, sends.c.address, messages.c.person)
    .join(messages, messages.c.id == sends.c.message)
    .where(sends.c.id == bindparam("send"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """Whose link it is. send: of the message with it; kind: of that; channel, address: how it went.

    counts: False where it can make the address theirs no more, which it did or was to do once.
    """

    send: str
    kind: str
    order: str
    customer: str
    channel: str
    address: str
    counts: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerOrder:
    """An order as its customer's page shows it. unreadable: lines that cannot be shown now.

    served: from what lines are served, as it was told, by their IDs. asked: what was asked of them and is not
    ruled on yet, or came to nothing lately.
    """

    linked: Linked
    contact: ContactView
    lines: tuple[CaseView, ...]
    unreadable: int
    seen_at: datetime
    served: Mapping[str, ServedFrom]
    asked: Mapping[str, tuple[AskedByCustomer, ...]]

    def line(self, id: str) -> CaseView | None:
        """The line with that ID, if it is of this order and this customer."""
        return next((each for each in self.lines if each.id == id), None)


def linked(connection: Connection, send: str, at: datetime) -> Linked | None:
    """Whose link that of a send is. None where it opens nothing (any more). at: a business instant."""
    found = connection.execute(_SENT, {"send": send}).first()
    if found is None or not found.person.startswith("customer/"):
        return None
    customer = parts(found.person)[1]
    lines = connection.execute(_LINES, {"order": found.order_id, "customer": customer}).all()
    if not lines or is_over(lines, at) or _is_erased(connection, customer):
        return None
    return Linked(
        send=send,
        kind=found.kind,
        order=found.order_id,
        customer=customer,
        channel=found.channel,
        address=found.address or "",
        counts=found.kind != Kind.CONFIRM_ADDRESS or asked_addresses.counts(connection, customer, send),
    )


def _is_erased(connection: Connection, customer: str) -> bool:
    row = connection.execute(_CUSTOMER, {"customer": customer}).one()
    return row.erased_at is not None


class _EndRow(Protocol):
    phase: str
    closed_at: datetime | None


def is_over(lines: Iterable[_EndRow], at: datetime) -> bool:
    """Whether all has ended, and long ago."""
    if any(line.phase not in CLOSED for line in lines):
        return False
    ended = [known(line.closed_at) for line in lines]
    return all(each is not None and each + OPENS_FOR < at for each in ended)


def customer_order(database: Database, found: Linked, at: datetime) -> CustomerOrder:
    """All lines of an order that are its customer's, as they stand at a business instant."""
    with reading(database.engine) as connection:
        rows = connection.execute(_LINES, {"order": found.order, "customer": found.customer}).all()
        customer = readable(connection.execute(_CUSTOMER, {"customer": found.customer}).one())
        contact = contact_of(customer, suppressions_of(connection, ways_to(customer)))
    cases = [case(database, row.id, at) for row in rows]
    lines = tuple(each for each in cases if isinstance(each, CaseView))
    with reading(database.engine) as connection:
        served = served_from(connection, lines)
        asked = asked_by_customer(connection, [each.id for each in lines], at)
    return CustomerOrder(
        linked=found,
        contact=contact,
        lines=lines,
        unreadable=len(cases) - len(lines),
        seen_at=at,
        served=served,
        asked={
            line: tuple(_as_confirmed(database, line, each, at) for each in asked[line]) for line in asked
        },
    )


def _as_confirmed(database: Database, line: str, asked: AskedByCustomer, at: datetime) -> AskedByCustomer:
    """What was asked; a "keep" that waits with the day that it agrees to, as it was read before.

    Where that cannot be found out it names no day, and is not said to have none.
    """
    event = asked.event
    if asked.refusal or not isinstance(event, Answered) or event.choice != "keep" or event.until:
        return asked
    failures: list[Failure] = []
    with Apart(failures, f"backorder/{line}", line):
        found = answer_preview(database, line, event, at)
        if found.possible and found.agreed:
            return replace(asked, agreed_until=found.until, endless=found.until is None)
    return asked


def language_of(connection: Connection, customer: str) -> tuple[str, str]:
    """The locale and the region of a customer, "" where they are not known."""
    row = connection.execute(_CUSTOMER, {"customer": customer}).one()
    return row.locale or "", row.region


@dataclass(frozen=True, kw_only=True, slots=True)
class OptOut:
    """By which way no promotion shall come any more: that by which one came. send: the one with the link.

    address: where it came, "" where that is not on record any more. stopped: the reader has said so already.
    """

    send: str
    customer: str
    channel: str
    address: str
    locale: str
    region: str
    stopped: bool


def opt_out_of(connection: Connection, send: str) -> OptOut | None:
    """What the link of a send lets somebody out of. It works as long as the send is on record."""
    row = connection.execute(_PROMOTED, {"send": send}).one_or_none()
    role, *ids = parts(row.person) if row is not None else ("",)
    if row is None or role != "customer":
        return None
    locale, region = language_of(connection, ids[0])
    channel, address = row.channel, row.address or ""
    return OptOut(
        send=send,
        customer=ids[0],
        channel=channel,
        address=address,
        locale=locale,
        region=region,
        stopped=_is_stopped(connection, ids[0], channel, address),
    )


def _is_stopped(connection: Connection, customer: str, channel: str, address: str) -> bool:
    """Whether the reader has ended promotions there; without an address, whether they agree to none."""
    if address:
        listed = suppressions_of(connection, [(channel, address)])
        return any(SUPPRESSIONS[each.cause].opts_out for each in listed if each.cause in SUPPRESSIONS)
    agrees = select(customers.c.id).where(customers.c.id == customer, is_given(channel))
    return connection.execute(agrees).first() is None


def shown(line: CaseView) -> str:
    """What names the state of a line that a page showed, so that an answer says to what it was given."""
    quantity, promise = line.quantity, line.promise
    what = [
        promise.revision if promise else 0,
        quantity.ordered,
        quantity.shipped,
        quantity.cancelled,
        quantity.substituted,
        line.consent.state,
        line.consent.answer_by,
        [each.request for each in line.revocable],
        line.send_now,
        [
            (offer.kind, offer.taken, [(a.sku, str(a.price), a.available) for a in offer.alternatives])
            for offer in line.offers
        ],
    ]
    return sha256(repr(what).encode()).hexdigest()[:16]
