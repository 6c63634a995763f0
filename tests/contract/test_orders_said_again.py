"""A purchase order that is said again, as order systems do every night, changes nothing by itself."""

from __future__ import annotations

from typing import Any

import pytest

from backorder import schemas
from backorder.errors import RefusedError
from backorder.schemas import parse
from backorder.storage import tasks
from tests.support.days import at, day
from tests.support.shop import Shop


def order(shop: Shop, *lines: dict[str, Any], **fields: Any) -> schemas.PurchaseOrder:
    """PO-1, as it comes in now; it does not say when it was ordered."""
    raw = {
        "id": "PO-1",
        "supplier": "acme",
        "lines": lines or ({"line": "1", "sku": "LAMP", "quantity": 10},),
    }
    return parse(schemas.PurchaseOrder, raw | fields, now=shop.now, usual={"ordered_at": shop.now})


def kept(shop: Shop) -> dict[str, Any]:
    names = ("purchase_order_lines", "expected_receipts", "stated_dates")
    found: dict[str, Any] = {name: shop.rows(f"SELECT * FROM {name}") for name in names}
    return found | {"ordered": shop.rows("SELECT ordered_at, ordered_on FROM purchase_orders")}


def test_an_order_that_does_not_say_when_it_was_placed_keeps_its_day(shop: Shop) -> None:
    dated = {"line": "1", "sku": "LAMP", "quantity": 10, "stated_date": str(day(5))}
    shop.services.supply.put_purchase_order(order(shop, dated), shop.now)
    before = kept(shop)
    shop.now = at(9)  # the stated day is over
    shop.services.supply.put_purchase_order(order(shop, dated), shop.now)
    assert kept(shop)["ordered"] == before["ordered"]
    assert kept(shop)["stated_dates"] == before["stated_dates"]
    with pytest.raises(RefusedError, match=f"{day(-4)} is before the order, {day(0)}"):
        shop.services.supply.put_purchase_order(order(shop, dated | {"stated_date": str(day(-4))}), shop.now)
    said = order(shop, dated, ordered_at=at(-3).isoformat())
    shop.services.supply.put_purchase_order(said, shop.now)
    assert str(kept(shop)["ordered"][0]["ordered_on"]) == str(day(-3))


def test_an_order_of_which_more_came_than_was_ordered_can_be_said_again(shop: Shop) -> None:
    shop.purchase()
    shop.receive(12)
    shop.purchase()
    with pytest.raises(RefusedError, match="12 units were received already"):
        shop.purchase("PO-1", {"quantity": 9})
    shop.purchase("PO-1", {"quantity": 15})
    [line] = shop.rows("SELECT quantity, received FROM purchase_order_lines")
    assert (line["quantity"], line["received"]) == (15, 12)


def test_a_receipt_of_a_cancelled_line_that_went_back_whole_needs_nobody(shop: Shop) -> None:
    shop.purchase()
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    shop.receive(2, "R-1")
    shop.receive(3, "R-2")
    assert len(tasks.waiting(shop.services.engine)) == 2
    shop.send_back(1, "B-1", receipt="R-1")
    assert len(tasks.waiting(shop.services.engine)) == 2
    shop.send_back(1, "B-2", receipt="R-1")
    [left] = tasks.waiting(shop.services.engine)
    assert left.detail["receipt"] == "R-2"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["1", "01"], "lines: 01 and 1 are one number written in several ways"),
        (["1", "1"], "lines: named twice: 1"),
        ([], "lines: at least one has to be said"),
        ([str(number) for number in range(1, 1002)], "lines: 1,000 are the most, not 1,001"),
    ],
)
def test_lines_that_cannot_be_told_apart_or_are_too_many(shop: Shop, lines: list[str], fault: str) -> None:
    raw = {"id": "PO-1", "supplier": "acme", "ordered_at": at(0)}
    rows = [{"line": name, "sku": "LAMP", "quantity": 1} for name in lines]
    with pytest.raises(RefusedError) as refused:
        parse(schemas.PurchaseOrder, raw | {"lines": rows})
    assert refused.value.faults == (fault,)


def test_a_fault_of_a_line_is_named_once(shop: Shop) -> None:
    with pytest.raises(RefusedError) as refused:
        order(shop, {"line": "1", "sku": "LAMP", "quantity": "5.5"})
    assert [fault.partition(":")[0] for fault in refused.value.faults] == ["lines.0.quantity"]
