"""States of an earlier version: one refund, one instant of cancellation, and shipments by ID alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

_CANCELLED, _REFUND, _SHIPPED = '"cancelled_at":', '"refund":{', '"shipments":["'


def is_old(text: str) -> bool:
    """Whether a state was written before each fact had its own instant."""
    return _CANCELLED in text or _REFUND in text or _SHIPPED in text


def renewed(state: dict[str, Any]) -> Any:
    """The state with a record for what it says of its units and money, as far as it is known."""
    quantity, opened_at = state["quantity"], state["opened_at"]
    at = state.pop("cancelled_at", None) or opened_at
    refund = state.pop("refund", None)
    if cancelled := quantity.get("cancelled", 0):
        state["cancellations"] = [_cancellation(cancelled, at)]
    if substituted := quantity.get("substituted", 0):
        price = _price(state, refund, cancelled, substituted)
        entry = {"request": "earlier", "units": substituted, "received_at": at, "price": str(price)}
        state["substitutions"] = [entry]
    shipments = [each for each in state.pop("shipments", ()) if isinstance(each, str)]
    state["shipments"] = [
        {"id": id, "quantity": 0 if number else quantity.get("shipped", 0), "shipped_at": opened_at}
        for number, id in enumerate(shipments)
    ]
    if refund is not None:
        sent = [
            {"refund": id, "amount": amount, "sent_at": refund["vested_at"]}
            for id, amount in refund.pop("sent", ())
        ]
        told = refund.pop("told", "0")
        state |= {"money_sent": sent, "refund_told": told, "owed_most": refund["amount"]}
        state["refunds"] = [refund | {"request": "earlier", "sent": _parts(sent)}]
    return state


def _price(state: dict[str, Any], refund: dict[str, Any] | None, cancelled: int, substituted: int) -> Decimal:
    """What the substitute cost, from what was owed for the difference."""
    one: Decimal = Decimal(state["payment"]["line_paid"]) / state["quantity"]["ordered"]
    back: Decimal = Decimal(refund["amount"]) - one * cancelled if refund else Decimal(0)
    return one * substituted - max(Decimal(0), back)


def _cancellation(units: int, at: str) -> dict[str, Any]:
    return {
        "request": "earlier",
        "key": "cancelled/earlier",
        "asked": units,
        "units": units,
        "received_at": at,
        "by": "shop",
    }


def _parts(sent: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["refund"], each["amount"]) for each in sent]
