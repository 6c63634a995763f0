"""Rows that queries read, as types: the columns that a reader needs. They cost nothing while it runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from backorder.storage.rows import OrderedLineRow


class LeadTimeRow(Protocol):
    """A product, and how long its supplier says it takes."""

    name: str
    lead_days: int | None


class GivenRow(Protocol):
    """Units that a line was given, or lost."""

    backorder: str
    quantity: int
    cause: str
    at: datetime


class ReceivedRow(Protocol):
    """Goods that came in."""

    purchase_order: str
    line: str
    received_on: date
    quantity: int


class WaitedLineRow(Protocol):
    """A line that may have waited."""

    state: str
    closed_at: datetime | None
    ordered_at: datetime
    opened_at: datetime
    id: str
    sku: str
    phase: str


class OrderedRow(Protocol):
    """A line of a purchase order, with its order."""

    lead_days: int | None
    ordered_on: date
    supplier: str
    purchase_order: str
    line: str
    quantity: int


class SupplyLineRow(OrderedLineRow, Protocol):
    """A line of a purchase order, with its order."""

    supplier: str
    ordered_on: date


class QueuedRow(Protocol):
    """A line that waits for units."""

    backorder: str
    position: int | None
    priority: int
    open: int
    allocated: int
    arrivals: str


class StockRow(Protocol):
    """A product's units."""

    sku: str
    name: str
    supplier: str
    on_hand: int
    allocated: int
    backorder_limit: int | None
    sell_without_date: bool
    incoming: int
    waiting: int
