"""Rows that are handed on from one module to another, as types: a table's own, with all of its columns.

They cost nothing while a program runs: a row is what the database's driver gives. A test compares them with
the tables.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


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


class OrderedLineRow(Protocol):
    """A line of a purchase order."""

    purchase_order: str
    line: str
    sku: str
    quantity: int
    received: int
    destination: str
    cancelled_at: datetime | None
    cancel_reason: str | None
    revision: int
    tranches: str | None
    due: date | None
    stated_length: int | None
    stated_head: str | None


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


class DemandRow(Protocol):
    """What a line demands."""

    backorder: str
    sku: str
    priority: int
    ordered_at: datetime
    partial: str
    open: int
    allocated: int
    claim: bool
    passed_over: bool
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
    channel: str
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


class SupplierRow(Protocol):
    """A supplier."""

    id: str
    name: str
    email: str | None
    lead_days: int
    backups: str
    locale: str | None
    updated_at: datetime


class Person(Protocol):
    """Whose words are kept."""

    id: str
    name: str
    email: str | None
    phone: str | None
