"""States of an earlier version: one refund, one instant of cancellation, and shipments by ID alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NotRequired, TypedDict, cast

from backorder.storage.stored_state import PlainState

_CANCELLED, _REFUND, _SHIPPED = '"cancelled_at":', '"refund":{', '"shipments":["'


def is_old(text: str) -> bool:
    """Whether a state was written before each fact had its own instant."""
    return _CANCELLED in text or _REFUND in text or _SHIPPED in text


class _OldQuantity(TypedDict):
    ordered: int
    shipped: NotRequired[int]
    cancelled: NotRequired[int]
    substituted: NotRequired[int]


class _OldPayment(TypedDict):
    line_paid: str


class _OldRefund(TypedDict):
    amount: str
    vested_at: str
    told: NotRequired[str]
    sent: NotRequired[Sequence[tuple[str, str]]]


class OldState(TypedDict):
    """What is read here of such a state; all else of it stays as it is. shipments: by ID alone, or as now."""

    opened_at: str
    quantity: _OldQuantity
    payment: _OldPayment
    cancelled_at: NotRequired[str | None]
    refund: NotRequired[_OldRefund | None]
    shipments: NotRequired[Sequence[str | Mapping[str, object]]]


def renewed(old: OldState) -> PlainState:
    """The state with a record for what it says of its units and money, as far as it is known."""
    quantity, opened_at = old["quantity"], old["opened_at"]
    at, refund = old.get("cancelled_at") or opened_at, old.get("refund")
    state = {name: value for name, value in old.items() if name not in ("cancelled_at", "refund")}
    if cancelled := quantity.get("cancelled", 0):
        state["cancellations"] = [_cancellation(cancelled, at)]
    if substituted := quantity.get("substituted", 0):
        price = _price(old, refund, cancelled, substituted)
        entry = {"request": "earlier", "units": substituted, "received_at": at, "price": str(price)}
        state["substitutions"] = [entry]
    shipments = [each for each in old.get("shipments", ()) if isinstance(each, str)]
    state["shipments"] = [
        {"id": id, "quantity": 0 if number else quantity.get("shipped", 0), "shipped_at": opened_at}
        for number, id in enumerate(shipments)
    ]
    if refund is not None:
        sent = refund.get("sent", ())
        state["money_sent"] = [
            {"refund": id, "amount": amount, "sent_at": refund["vested_at"]} for id, amount in sent
        ]
        state |= {"refund_told": refund.get("told", "0"), "owed_most": refund["amount"]}
        owed = {name: value for name, value in refund.items() if name not in ("told", "sent")}
        state["refunds"] = [owed | {"request": "earlier", "sent": [*sent]}]
    return cast("PlainState", state)


def _price(old: OldState, refund: _OldRefund | None, cancelled: int, substituted: int) -> Decimal:
    """What the substitute cost, from what was owed for the difference."""
    one = Decimal(old["payment"]["line_paid"]) / old["quantity"]["ordered"]
    back = Decimal(refund["amount"]) - one * cancelled if refund else Decimal(0)
    return one * substituted - max(Decimal(0), back)


def _cancellation(units: int, at: str) -> Mapping[str, object]:
    return {
        "request": "earlier",
        "key": "cancelled/earlier",
        "asked": units,
        "units": units,
        "received_at": at,
        "by": "shop",
    }
