"""Facts of stock that are on record: whether one is said again, and what is left of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, func, select

from backorder.storage.same_content import must_agree
from backorder.storage.tables import (
    receipts,
    stock_movements,
    supply_returns,
)

if TYPE_CHECKING:
    from backorder.schemas import Adjustment, Incoming, Receipt, SupplyReturn
    from backorder.storage.rows import ReceiptRow


def received_before(connection: Connection, receipt: Receipt) -> bool:
    """Whether a receipt was booked before. Raises ConflictError if it was with other content."""
    row = receipt_of(connection, receipt.receipt_id, receipt.purchase_order, receipt.line)
    if row is None:
        return False
    where = f"line {receipt.line} of {receipt.purchase_order}"
    kept = {"quantity": row.quantity, "received_at": row.received_at}
    _must_agree(f"receipt {receipt.receipt_id} was booked before, for {where}", kept, receipt)
    return True


def returned_before(connection: Connection, sent: SupplyReturn) -> bool:
    """Whether a return was booked before. Raises ConflictError if it was with other content."""
    row = connection.execute(select(supply_returns).where(_return(sent))).one_or_none()
    if row is None:
        return False
    kept = {"receipt_id": row.receipt, "quantity": row.quantity, "replacement": row.replacement}
    kept["returned_at"] = _as_given(sent.returned_at, row.returned_at, row.at)
    _must_agree(f"return {sent.return_id} was booked before", kept, sent)
    return True


def adjusted_before(connection: Connection, adjustment: Adjustment) -> bool:
    """Whether an adjustment was booked before. Raises ConflictError if it was with other content."""
    row = connection.execute(select(stock_movements).where(_adjustment(adjustment))).one_or_none()
    if row is None:
        return False
    kept = {"quantity": row.quantity, "reason": row.reason}
    kept["at"] = _as_given(adjustment.at, row.happened_at, row.at)
    _must_agree(f"adjustment {adjustment.adjustment_id} was booked before", kept, adjustment)
    return True


def is_returned(connection: Connection, sent: SupplyReturn) -> bool:
    """Whether a return has its ID on record, with whatever content."""
    return connection.execute(select(supply_returns).where(_return(sent))).first() is not None


def is_adjusted(connection: Connection, adjustment: Adjustment) -> bool:
    """Whether an adjustment has its ID on record, with whatever content."""
    return connection.execute(select(stock_movements).where(_adjustment(adjustment))).first() is not None


def left_of(connection: Connection, sent: SupplyReturn) -> int:
    """How many units of a receipt have not gone back."""
    row = receipt_of(connection, sent.receipt_id, sent.purchase_order, sent.line)
    mine = (
        (supply_returns.c.receipt == sent.receipt_id)
        & (supply_returns.c.purchase_order == sent.purchase_order)
        & (supply_returns.c.line == sent.line)
    )
    gone = connection.execute(select(func.coalesce(func.sum(supply_returns.c.quantity), 0)).where(mine))
    came = row.quantity if row is not None else 0
    return came - int(gone.scalar_one())


def receipt_of(connection: Connection, document: str, order: str, line: str) -> ReceiptRow | None:
    """The row of a receipt; None where there is none."""
    mine = (receipts.c.id == document) & (receipts.c.purchase_order == order) & (receipts.c.line == line)
    return connection.execute(select(receipts).where(mine)).one_or_none()


def _return(sent: SupplyReturn) -> ColumnElement[bool]:
    return and_(
        supply_returns.c.id == sent.return_id,
        supply_returns.c.purchase_order == sent.purchase_order,
        supply_returns.c.line == sent.line,
    )


def _adjustment(adjustment: Adjustment) -> ColumnElement[bool]:
    return and_(
        stock_movements.c.sku == adjustment.sku,
        stock_movements.c.kind == "adjustment",
        stock_movements.c.reference == adjustment.adjustment_id,
    )


def _must_agree(what: str, kept: Mapping[str, object], fact: Incoming) -> None:
    """Raises ConflictError for each field that was given with another value than the one that is kept."""
    given = fact.model_dump(include=fact.model_fields_set & kept.keys(), exclude_none=True)
    must_agree(what, {name: kept[name] for name in given}, given)


def _as_given(given: datetime | None, kept: datetime | None, at: datetime) -> datetime | None:
    """When something happened, as it was said: what is kept is never later than when it was written down."""
    happened = kept or at
    return given if given is not None and given >= at == happened else happened
