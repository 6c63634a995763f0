"""Rows that are handed on from one module to another, as types: a table's own, with all of its columns.

They cost nothing while a program runs: a row is what the database's driver gives. A test compares them with
the tables.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from backorder.domain.policy.policy import Partial
from backorder.ports import Channel
from backorder.storage.tables.purchase_orders import OrderedLineRow as OrderedLineRow


class MessageRow(Protocol):
    """A message."""

    number: int
    id: str
    person: str
    kind: str
    state: str
    not_before: datetime
    created_at: datetime
    recorded_at: datetime | None
    done_at: datetime | None
    attempts: int
    channel: str | None
    template: str | None
    try_at: datetime | None
    other_try_at: datetime | None
    fallback_at: datetime | None
    looks: int
    absences: int
    reason: str | None
    shard: int
    priority: int
    version: int
    also: str | None
    copy_of: str | None
    awaits: str | None
    address: str | None


class StockRow(Protocol):
    """Units of a SKU."""

    sku: str
    on_hand: int
    allocated: int
    version: int


class CustomerRow(Protocol):
    """A customer."""

    id: str
    kind: str
    name: str
    email: str | None
    phone: str | None
    contact: str
    locale: str | None
    time_zone: str | None
    region: str
    sms_consent: bool
    marketing_consent: bool
    update_days: int | None
    updated_at: datetime
    complained_at: datetime | None
    cancelled_at: datetime | None
    erasure_asked_at: datetime | None
    erased_at: datetime | None
    address_asked: str | None


class DemandRow(Protocol):
    """What a line demands."""

    backorder: str
    sku: str
    priority: int
    ordered_at: datetime
    partial: Partial
    open: int
    allocated: int
    claim: bool
    passed_over: bool
    delivery_refused: bool
    arrivals: str
    allocated_on: date | None
    why: str | None
    since: datetime
    moved_by_time_alone: bool
    position: int | None
    supply_units: int | None
    units_ahead: int | None
    id_order: str
    supply_version: int
    acknowledged: int
    notified: int


class SendRow(Protocol):
    """An attempt to send a message."""

    id: str
    message: str
    channel: Channel
    attempt: int
    state: str
    address: str | None
    subject: str
    html: str
    text: str
    provider_id: str | None
    code: str | None
    reason: str | None
    claimed_at: datetime
    recorded_at: datetime | None
    delivery: str | None
    digits: bool
    digest: str | None
    salt: str | None
    reported_length: int | None
    reported_head: str | None


class RequestRow(Protocol):
    """A request of a line."""

    backorder: str
    id: str
    kind: str
    content: str
    content_hash: str
    evidence: str
    requested_at: datetime
    verdict: str | None
    reason: str | None
    decided_at: datetime | None
    salt: str | None
    terms: str | None
    refusal: str | None
    asked_by: str | None


class Person(Protocol):
    """Whose words are kept."""

    id: str
    name: str
    email: str | None
    phone: str | None


class ItemRow(Protocol):
    """What a message says of one line."""

    backorder: str
    step: str
    message: str
    facts: str
    revision: int | None
    window: str | None
    evidence: str
    unapplied: str | None


class BackorderRow(Protocol):
    """A line."""

    id: str
    order_id: str
    line_id: str
    sku: str
    customer: str
    supplier: str
    policy: str
    policy_version: str
    content_hash: str
    content: str | None
    phase: str
    ordered_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    promised_by: date | None
    first_by: date | None
    needs: bool
    opening: str
    state: str
    listed: str | None
    seq: int
    result: str | None
    wake_at: datetime | None
    look_at: datetime | None
    line_version: int
    told_version: int
    untold_since: datetime | None
    chained: int
    head: str
    erased_at: datetime | None
    duties: str | None
    duty_due: date | None


class ProductRow(Protocol):
    """A product."""

    sku: str
    name: str
    category: str
    price: Decimal
    currency: str
    supplier: str
    lead_days: int | None
    alternatives: str
    backorder_limit: int | None
    sell_without_date: bool
    pack_size: int | None
    minimum_order: int | None
    updated_at: datetime


class ExpectedReceiptRow(Protocol):
    """A part of a line of a purchase order that is on its way."""

    purchase_order: str
    line: str
    split: int
    sku: str
    quantity: int
    ordered_on: date | None
    stated: date | None
    likely: date | None
    by: date | None
    basis: str
    words: str


class DeliveryRow(Protocol):
    """A delivery of an event to a receiver."""

    receiver: str
    event: str
    position: int
    backorder: str
    state: str
    attempts: int
    first_at: datetime | None
    due_at: datetime
    claimed_until: datetime | None
    acknowledged_at: datetime | None
    reason: str | None


class ReceiptRow(Protocol):
    """Goods that came in."""

    id: str
    purchase_order: str
    line: str
    quantity: int
    received_at: datetime
    received_on: date


class EventDeliveryRow(DeliveryRow, Protocol):
    """A delivery with its event."""

    type: str
    data: str
    at: datetime


class SaidRow(ItemRow, Protocol):
    """What a message says of one line, with that line. order_id, product: None beside no line."""

    order_id: str
    product: str
    policy: str
    policy_version: str
    erased_at: datetime | None


class PendingRow(MessageRow, Protocol):
    """A message that is not over. aside: until when it rests, since it could not be read."""

    aside: datetime | None


class HeadRow(Protocol):
    """A message that is due. aside: until when it rests, since it could not be read."""

    id: str
    person: str
    version: int
    aside: datetime | None


class LineStateRow(Protocol):
    """A line's state, and the units that are set aside for it."""

    state: str
    allocated: int


class GatheredRow(ItemRow, Protocol):
    """What a message says of one line, with its order and policy; None beside no line."""

    order_id: str | None
    policy: str | None
    policy_version: str | None
    erased_at: datetime | None
