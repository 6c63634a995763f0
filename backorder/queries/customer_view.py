"""All that is held of a customer, as they may ask to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection, bindparam, select

from backorder.domain.erasure import answer_by
from backorder.domain.keys import joined
from backorder.queries.suppression_list import suppressions_of
from backorder.queries.views import SuppressionView
from backorder.storage.codec import load_object
from backorder.storage.database import Database
from backorder.storage.isolation import known, sound, words
from backorder.storage.known_addresses import ways_of
from backorder.storage.statements import AnyRow, AnySelect
from backorder.storage.suppressions import written_as
from backorder.storage.tables import (
    backorders,
    consents,
    customers,
    demands,
    inbound_texts,
    message_items,
    messages,
    notes,
    products,
    requests,
    sales,
    sends,
    tasks,
)

T = TypeVar("T")

_MINE = select(backorders.c.id).where(
    backorders.c.customer == bindparam("customer"), backorders.c.erased_at.is_(None)
)
_LINES = (
    select(backorders, products.c.name.label("product"), demands.c.open)
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.id.in_(_MINE))
    .order_by(backorders.c.id)
)
_MESSAGES = (
    select(sends, messages.c.kind, messages.c.state.label("stands"), messages.c.done_at, messages.c.number)
    .join(messages, messages.c.id == sends.c.message)
    .where(messages.c.person == bindparam("person"), sends.c.address.is_not(None))
    .order_by(messages.c.number, sends.c.attempt)
)
_ABOUT = (
    select(message_items.c.message, message_items.c.backorder)
    .join(messages, messages.c.id == message_items.c.message)
    .where(messages.c.person == bindparam("person"))
    .order_by(message_items.c.backorder)
)
_ASKED = (
    select(requests).where(requests.c.backorder.in_(_MINE)).order_by(requests.c.requested_at, requests.c.id)
)
_NOTES = select(notes).where(notes.c.backorder.in_(_MINE)).order_by(notes.c.number)
_CONSENTS = select(consents).where(consents.c.customer == bindparam("customer")).order_by(consents.c.number)
_SALES = (
    select(sales, sales.c.sku.label("id"))
    .where(
        sales.c.order_id.in_(
            select(backorders.c.order_id).where(
                backorders.c.customer == bindparam("customer"), backorders.c.erased_at.is_(None)
            )
        )
    )
    .order_by(sales.c.day, sales.c.order_id, sales.c.sku)
)
_TASKS = (
    select(tasks)
    .where(tasks.c.subject.in_(_MINE) | (tasks.c.subject == bindparam("customer")))
    .order_by(tasks.c.at, tasks.c.id)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLine:
    """An order line. open: units that neither left nor ended."""

    id: str
    sku: str
    product: str
    status: str
    open: int
    ordered_at: datetime | None
    closed_at: datetime | None
    promised_by: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldMessage:
    """A text that was written to them. state, delivery: what became of it. at: when it went, if it did."""

    id: str
    kind: str
    backorders: tuple[str, ...]
    channel: str
    address: str
    state: str
    delivery: str | None
    at: datetime | None
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldRequest:
    """What was asked or reported about a line. said: all of it; evidence: where it is on record."""

    backorder: str
    request: str
    kind: str
    at: datetime | None
    said: Mapping[str, object]
    evidence: str
    verdict: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldNote:
    """What a person wrote down about a line, or in a task (`backorder` is then what the task is about)."""

    backorder: str
    at: datetime | None
    by: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldConsent:
    """What they agreed to, in the words that they read. purpose: to what; evidence: how it came.

    ended_at, ended_by: when they agreed no longer, and who said so; None: it stands.
    """

    at: datetime | None
    purpose: str
    wording: str
    evidence: str
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldText:
    """What they texted, and what was texted back."""

    at: datetime | None
    number: str
    text: str
    answer: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldSale:
    """Units of an order of theirs, also those that never waited, as the shop's list of sales says them."""

    order: str
    sku: str
    day: date | None
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ErasureRequest:
    """They wish to be erased and something of theirs is open. answer_by: the last day for telling them."""

    asked_at: datetime
    answer_by: date


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerData:
    """All that is held of a customer besides who they are and how they are reached."""

    lines: tuple[HeldLine, ...]
    messages: tuple[HeldMessage, ...]
    answers: tuple[HeldRequest, ...]
    notes: tuple[HeldNote, ...]
    consents: tuple[HeldConsent, ...]
    texts: tuple[HeldText, ...]
    sales: tuple[HeldSale, ...]
    suppressions: tuple[SuppressionView, ...]
    erasure: ErasureRequest | None


def held(connection: Connection, database: Database, id: str) -> CustomerData:
    """All that is held of a customer who is on record. What cannot be read is left out, and logged."""
    row = connection.execute(select(customers).where(customers.c.id == id)).one()
    mine = {"customer": id}
    email, phone = (each if isinstance(each, str) else None for each in (row.email, row.phone))
    ways = ways_of(connection, id, email, phone)
    return CustomerData(
        lines=_rows(connection, _LINES, mine, _line, "backorder"),
        messages=_messages(connection, id),
        answers=_rows(connection, _ASKED, mine, _asked, "request"),
        notes=(
            *_rows(connection, _NOTES, mine, _note, "note"),
            *(each for part in _rows(connection, _TASKS, mine, _task, "task") for each in part),
        ),
        consents=tuple(
            HeldConsent(
                at=known(each.at),
                purpose=each.purpose,
                wording=each.wording,
                evidence=each.evidence,
                ended_at=known(each.ended_at),
                ended_by=each.ended_by,
            )
            for each in connection.execute(_CONSENTS, mine)
        ),
        texts=_texts(connection, [way for way in ways if way[0] == "sms"]),
        sales=_rows(connection, _SALES, mine, _sale, "sku"),
        suppressions=tuple(suppressions_of(connection, ways)),
        erasure=_erasure_request(row, database),
    )


def _rows(
    connection: Connection,
    query: AnySelect,
    values: Mapping[str, object],
    view: Callable[[AnyRow], T],
    what: str,
) -> tuple[T, ...]:
    rows = connection.execute(query, values).all()
    return tuple(sound(rows, view, lambda row: (f"{what}/{row.id}", ""))[0])


class _LineRow(Protocol):
    id: str
    sku: str
    phase: str
    open: int
    product: str
    ordered_at: datetime
    closed_at: datetime | None
    promised_by: date | None


def _line(row: _LineRow) -> HeldLine:
    return HeldLine(
        id=row.id,
        sku=row.sku,
        product=words(row.product),
        status=row.phase,
        open=row.open,
        ordered_at=known(row.ordered_at),
        closed_at=known(row.closed_at),
        promised_by=known(row.promised_by),
    )


class _SendRow(Protocol):
    message: str
    kind: str
    channel: str
    address: str
    state: str
    delivery: str | None
    done_at: datetime | None
    subject: str
    text: str


class _TextRow(Protocol):
    at: datetime
    sender: str
    body: str
    answer: str | None


def _messages(connection: Connection, customer: str) -> tuple[HeldMessage, ...]:
    mine, about = {"person": joined("customer", customer)}, dict[str, list[str]]()
    for row in connection.execute(_ABOUT, mine):
        about.setdefault(row.message, []).append(row.backorder)

    def view(row: _SendRow) -> HeldMessage:
        return HeldMessage(
            id=row.message,
            kind=row.kind,
            backorders=tuple(about.get(row.message, ())),
            channel=row.channel,
            address=row.address,
            state=row.state,
            delivery=row.delivery,
            at=known(row.done_at) if row.state == "sent" else None,
            subject=row.subject,
            text=row.text,
        )

    return _rows(connection, _MESSAGES, mine, view, "send")


class _AskedRow(Protocol):
    backorder: str
    id: str
    kind: str
    evidence: str
    verdict: str | None
    requested_at: datetime
    content: str


def _asked(row: _AskedRow) -> HeldRequest:
    return HeldRequest(
        backorder=row.backorder,
        request=row.id,
        kind=row.kind,
        at=known(row.requested_at),
        said=load_object(row.content, "a request"),
        evidence=row.evidence,
        verdict=row.verdict,
    )


class _NoteRow(Protocol):
    backorder: str
    by: str
    text: str
    at: datetime


def _note(row: _NoteRow) -> HeldNote:
    return HeldNote(backorder=row.backorder, at=known(row.at), by=row.by, text=row.text)


class _TaskRow(Protocol):
    detail: str
    subject: str
    at: datetime


def _task(row: _TaskRow) -> list[HeldNote]:
    """What a task says, as far as it is words."""
    detail = load_object(row.detail, "a task")
    by = str(detail.get("done_by", ""))
    parts = [str(detail[name]) for name in ("note", "why") if detail.get(name)]
    return [HeldNote(backorder=row.subject, at=known(row.at), by=by, text=text) for text in parts]


class _SaleRow(Protocol):
    order_id: str
    sku: str
    quantity: int
    day: date


def _sale(row: _SaleRow) -> HeldSale:
    return HeldSale(order=row.order_id, sku=row.sku, day=known(row.day), quantity=row.quantity)


def _texts(connection: Connection, ways: Sequence[tuple[str, str]]) -> tuple[HeldText, ...]:
    numbers = [number for _, number in written_as(connection, ways)]
    query = select(inbound_texts, inbound_texts.c.sid.label("id")).where(inbound_texts.c.sender.in_(numbers))
    query = query.where(inbound_texts.c.body != "").order_by(inbound_texts.c.received_at)

    def view(row: _TextRow) -> HeldText:
        return HeldText(at=known(row.at), number=row.sender, text=row.body, answer=row.answer)

    return _rows(connection, query, {}, view, "text")


class _CustomerRow(Protocol):
    erasure_asked_at: datetime | None


def _erasure_request(row: _CustomerRow, database: Database) -> ErasureRequest | None:
    asked_at = known(row.erasure_asked_at)
    if asked_at is None:
        return None
    return ErasureRequest(asked_at=asked_at, answer_by=answer_by(database.policies.calendar.day(asked_at)))
