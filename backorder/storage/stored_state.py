"""The state of a line as JSON has it: what those read of it who only count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict

from backorder.domain.json_types import JsonObject


class PlainQuantity(TypedDict, total=False):
    """Units. What is 0 is not written, but for those that were ordered."""

    ordered: Required[int]
    shipped: int
    cancelled: int
    substituted: int


class PlainPayment(TypedDict, total=False):
    """Money, as texts."""

    state: Required[str]
    currency: Required[str]
    line_paid: Required[str]
    unit_price: str
    shipping_paid: str


class PlainPrice(TypedDict):
    """An amount of money, as a text."""

    amount: str
    currency: str


class PlainAlternative(TypedDict):
    """A product that was offered."""

    sku: str
    name: str
    price: PlainPrice


class PlainOffer(TypedDict, total=False):
    """An offer. on: a day; percent: of a coupon, a text."""

    kind: Required[str]
    key: Required[str]
    on: Required[str]
    percent: str
    code: str | None
    alternatives: Sequence[PlainAlternative]


class PlainShipment(TypedDict):
    """Units that left. shipped_at: an instant."""

    id: str
    quantity: int
    shipped_at: str


class PlainSubstitution(TypedDict, total=False):
    """Units that became others. received_at, taken_over_at: instants; price: of them all, a text."""

    request: Required[str]
    units: Required[int]
    price: Required[str]
    received_at: Required[str]
    taken_over_at: str | None


class PlainCancellation(TypedDict, total=False):
    """Units that ended. received_at: an instant."""

    request: Required[str]
    key: str
    asked: int
    units: int
    by: Required[str]
    received_at: Required[str]


class PlainWindow(TypedDict):
    """The window of a promise; days."""

    likely: str | None
    by: str | None


class PlainPromise(TypedDict):
    """A promise. told_at: an instant."""

    window: PlainWindow
    told_at: str


class PlainTold(TypedDict, total=False):
    """A promise as it was told. kind: of the message."""

    promise: Required[PlainPromise]
    kind: str | None


class PlainSent(TypedDict, total=False):
    """Money that went back, a text. failed_at: the instant at which it turned out not to have."""

    refund: Required[str]
    amount: Required[str]
    sent_at: Required[str]
    failed_at: str | None


class PlainState(TypedDict, total=False):
    """A state as it is stored; what has its usual value is not written."""

    quantity: Required[PlainQuantity]
    payment: Required[PlainPayment]
    shipments: Sequence[PlainShipment]
    substitutions: Sequence[PlainSubstitution]
    cancellations: Sequence[PlainCancellation]
    offers: Sequence[PlainOffer]
    told: Sequence[PlainTold]
    money_sent: Sequence[PlainSent]
    first_by: str
    closed: str
    decided: str
    opened_at: str
    terms: JsonObject
