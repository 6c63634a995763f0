"""A customer who is erased, as the tests of it know her: who she is, and what befalls her orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from backorder.domain.line.events import CancelRequested, RefundSent, Shipped
from backorder.services.record_request import NewRequest
from backorder.storage.engine import reading
from backorder.storage.tables import metadata
from tests.support.shop import Shop

MARK = "quillfeather"
"""Stands in whatever a person of this shop says, and nowhere else."""
PHONE = "+4915123456789"
ZOE: dict[str, Any] = {
    "id": "zoe",
    "name": f"Zoe {MARK.title()}",
    "email": f"zoe@{MARK}.example",
    "phone": PHONE,
    "sms_consent": True,
    "region": "DE-BY",
    "time_zone": "Europe/Berlin",
}


def everything(shop: Shop) -> str:
    """All that stands in the database, in small letters."""
    with reading(shop.services.engine) as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    return "\n".join(map(repr, rows)).lower()


def ask(shop: Shop, order: str, kind: str, event: Any, evidence: str = "") -> str:
    id = f"{kind}-{shop.rows('SELECT count(*) AS n FROM requests')[0]['n']}"
    shop.ask(order, NewRequest(id=id, kind=kind, event=event, given={"said": MARK}, evidence=evidence))
    shop.review(order, id)
    return id


def when(shop: Shop) -> dict[str, Any]:
    return {"at": shop.now, "day": shop.now.date()}


def cancelled(shop: Shop, order: str) -> None:
    cancel = CancelRequested(
        **when(shop),
        request=f"C-{order}",
        quantity=None,
        reason=f"{MARK} said no",
        by="customer",
        received_at=shop.now,
    )
    ask(shop, order, "cancel", cancel, f"letter of {MARK}")


def refunded(shop: Shop, order: str, amount: str = "10.00") -> None:
    refund = RefundSent(
        **when(shop), refund=f"RF-{order}", amount=Decimal(amount), sent_at=shop.now, means=f"card of {MARK}"
    )
    ask(shop, order, "refund", refund)


def shipped(shop: Shop, order: str) -> None:
    ship = Shipped(
        **when(shop),
        shipment=f"S-{order}",
        quantity=1,
        shipped_at=shop.now,
        carrier="DHL",
        tracking=f"JD{MARK}",
    )
    ask(shop, order, "ship", ship)


def swept(shop: Shop) -> bool:
    """Whether Zoe is erased, once a sweep has looked at those who wait."""
    shop.services.reconciler.expire(shop.now)
    return shop.rows("SELECT erased_at FROM customers WHERE id = 'zoe'")[0]["erased_at"] is not None
