"""What comes in, checked by itself and by the record in one go: the one place that knows who checks what.

Calls and commands name all of it at once; services refuse the same by the same functions, under their locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from backorder.errors import RefusedError
from backorder.problems import parted
from backorder.services import cancel_lines, record_faults, stock_faults
from backorder.storage.policies import PolicyRepository

if TYPE_CHECKING:
    from backorder.schemas import Incoming


def known_faults(
    connection: Connection, policies: PolicyRepository, said: Incoming, at: datetime, about: str = ""
) -> list[str]:
    """What the record knows to be wrong with what somebody said, of which parts may be None; see `sound`.

    at: the business instant of now. about: the line, or the purchase order, of which it was said, where it
    does not name that itself.
    """
    return [
        *_of_supply(connection, policies, said),
        *_of_stock(connection, policies, said, at),
        *_of_lines(connection, policies, said, at, about),
        *_of_an_order(connection, said, about),
    ]


def with_known(error: RefusedError, known: Iterable[str]) -> RefusedError:
    """The faults of what was refused by itself, and what the record knows of the rest.

    Of what is wrong by itself already the record says nothing more.
    """
    places = {parted(fault)[0] for fault in error.faults}
    more = [fault for fault in known if parted(fault)[0] not in places]
    return RefusedError(list(dict.fromkeys([*error.faults, *more])))


def _of_supply(connection: Connection, policies: PolicyRepository, said: Incoming) -> list[str]:
    from backorder import schemas
    from backorder.schemas.what_if import SupplierMove

    match said:
        case schemas.Product():
            return record_faults.of_product(connection, said)
        case schemas.SupplierPrice():
            return record_faults.of_supplier_price(connection, said)
        case schemas.PurchaseOrder():
            return record_faults.of_purchase_order(connection, said, policies.calendar)
        case schemas.StatedDates():
            return record_faults.of_dates(connection, said)
        case SupplierMove():
            return record_faults.of_supplier(connection, said.supplier)
    return []


def _of_stock(connection: Connection, policies: PolicyRepository, said: Incoming, at: datetime) -> list[str]:
    from backorder import schemas

    match said:
        case schemas.Receipt():
            return stock_faults.of_receipt(connection, said)
        case schemas.SupplyReturn():
            return stock_faults.of_return(connection, said, policies.calendar, at)
        case schemas.Adjustment():
            return stock_faults.of_adjustment(connection, said, at)
        case schemas.StockCount():
            return stock_faults.of_count(connection, said, at)
    return []


def _of_lines(
    connection: Connection, policies: PolicyRepository, said: Incoming, at: datetime, about: str
) -> list[str]:
    from backorder import schemas
    from backorder.schemas.bulk import BulkCancellation
    from backorder.schemas.by_hand import PauseRequest

    match said:
        case schemas.RefundReport():
            return record_faults.of_refund(connection, about, said.amount)
        case schemas.PolicyMove():
            return record_faults.of_policy(connection, policies, said.value)
        case schemas.HoldRequest():
            return record_faults.of_hold(said.until, at)
        case schemas.ChannelPause() | PauseRequest():
            return record_faults.of_pause(said.until, at)
        case BulkCancellation():
            return cancel_lines.faults_of(connection, said)
    return []


def _of_an_order(connection: Connection, said: Incoming, order: str) -> list[str]:
    from backorder.schemas.purchase_order_calls import (
        DateDecision,
        LineReassignment,
        PurchaseOrderCancellation,
    )

    match said:
        case DateDecision():
            return record_faults.of_order_line(connection, order, said.line)
        case LineReassignment():
            return record_faults.of_reassignment(connection, order, said.line, said.supplier)
        case PurchaseOrderCancellation():
            return record_faults.of_cancelled_order(connection, order, said.line)
    return []
