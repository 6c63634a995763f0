"""Receipts by document and line, and what of them goes back to the supplier."""

from __future__ import annotations

import pytest

from backorder.errors import ConflictError, RefusedError
from backorder.ports import Notify
from backorder.storage import tasks
from tests.support.audit import faults
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop


def outstanding(shop: Shop) -> list[tuple[int, str, str | None]]:
    """What is on its way: units, the day they were ordered on, the day stated for them."""
    rows = shop.rows("SELECT * FROM expected_receipts ORDER BY purchase_order, line, split")
    return [(row["quantity"], str(row["ordered_on"]), row["stated"] and str(row["stated"])) for row in rows]


def test_a_document_has_a_receipt_for_each_line(shop: Shop) -> None:
    shop.product("DESK")
    shop.purchase("PO-1", {}, {"sku": "DESK"}, {})
    for line, quantity in (("1", 4), ("2", 3), ("3", 2)):
        assert shop.receive(quantity, line=line)
        assert not shop.receive(quantity, line=line), "the same again"
    assert (shop.stock(), shop.stock("DESK")) == ((6, 0), (3, 0))
    with pytest.raises(
        ConflictError, match=r"R-1 was booked before, for line 2 of PO-1, .*: quantity is 3, not 4"
    ):
        shop.receive(4, line="2")


def test_a_receipt_that_was_a_mistake_is_taken_back_from_the_queues_tail(shop: Shop) -> None:
    shop.purchase()
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.receive(4)
    shop.now = at(1)
    booked = shop.send_back(3, replacement=True)
    assert [(grant.id, grant.units) for grant in booked.lost] == [("O-2/1", 2), ("O-1/1", 1)]
    assert booked.after == Notify(skus=("LAMP",), orders=("PO-1",))
    assert shop.allocated("O-1", "O-2") == [1, 0]
    assert shop.stock() == (1, 1)
    shop.replan()
    assert shop.demand("O-2")["why"] is None, "they are still to come"
    assert outstanding(shop) == [(6, str(day(0)), str(day(20))), (3, str(day(1)), None)]


def test_an_order_line_that_was_closed_is_open_again_where_others_are_due(shop: Shop) -> None:
    shop.purchase()
    shop.receive(10)
    assert outstanding(shop) == []
    shop.now = at(30)
    shop.send_back(4, replacement=True)
    assert outstanding(shop) == [(4, str(day(30)), None)], "nothing is stated about them"
    followed_up, _ = shop.services.purchasing.follow_up("PO-1", shop.now)
    assert (followed_up.open, followed_up.closed) == (1, False)
    shop.receive(4, "R-2")
    assert outstanding(shop) == []
    assert shop.stock() == (10, 0)


def test_the_supplier_of_a_replacement_is_chased_from_the_day_of_the_return(shop: Shop) -> None:
    shop.supplier(email="orders@acme.example")
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.until(at(10))
    routine.notify(shop.receive(10))
    routine.until(at(30))
    routine.notify(shop.send_back(4, replacement=True).after)
    routine.until(at(43))
    assert routine.kinds_told("supplier/acme") == ["confirm_date"]
    routine.until(at(46))
    assert routine.kinds_told("supplier/acme") == ["confirm_date", "late"]


def test_what_went_back_for_good_is_not_owed_any_more(shop: Shop) -> None:
    shop.purchase()
    shop.receive(10)
    shop.send_back(4)
    assert outstanding(shop) == []
    assert shop.stock() == (6, 0)
    shop.purchase()
    assert outstanding(shop) == [], "the same order again changes nothing"


def test_of_a_cancelled_line_only_the_replacement_is_due(shop: Shop) -> None:
    shop.purchase()
    shop.receive(6)
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    shop.now = at(3)
    shop.send_back(2, replacement=True)
    assert outstanding(shop) == [(2, str(day(3)), None)]


def test_what_came_beyond_the_order_can_go_back_and_the_task_is_done(shop: Shop) -> None:
    shop.purchase()
    shop.receive(12)
    [task] = tasks.waiting(shop.services.engine)
    assert task.kind == "over_received"
    shop.send_back(2)
    assert tasks.waiting(shop.services.engine) == []
    assert shop.rows("SELECT received FROM purchase_order_lines") == [{"received": 10}]
    assert outstanding(shop) == []


def test_the_same_return_again_changes_nothing(shop: Shop) -> None:
    shop.purchase()
    shop.receive(4)
    shop.send_back(1)
    again = shop.send_back(1)
    assert (again.new, again.after) == (False, Notify())
    with pytest.raises(ConflictError, match="B-1 was booked before"):
        shop.send_back(2)
    assert shop.stock() == (3, 0)


def test_a_return_that_cannot_be_is_refused(shop: Shop) -> None:
    shop.purchase()
    shop.receive(4)
    shop.send_back(3)
    with pytest.raises(RefusedError, match="only 1 unit of receipt R-1 can still go back"):
        shop.send_back(2, "B-2")
    with pytest.raises(RefusedError, match="there is no receipt R-7 of line 1 of PO-1; book it first, with"):
        shop.send_back(1, "B-2", receipt="R-7")
    with pytest.raises(RefusedError, match="PO-1 has no line 9"):
        shop.send_back(1, "B-2", line="9")
    shop.adjust(-1)
    with pytest.raises(RefusedError, match="only 0 units are on hand; count the shelf first"):
        shop.send_back(1, "B-2")


def test_a_mistake_that_a_count_has_found_already_changes_the_order_alone(shop: Shop) -> None:
    shop.purchase()
    shop.receive(10)
    shop.now = at(1)
    shop.count(0)
    shop.now = at(2)
    booked = shop.send_back(10, replacement=True, returned_at=at(0, 12))
    assert booked.change == 0
    assert "is in it: on hand stays 0" in booked.remarks[0]
    assert shop.stock() == (0, 0)
    assert outstanding(shop) == [(10, str(day(2)), None)]


def test_goods_go_back_after_they_came_and_on_a_day_without_a_time_at_the_earliest_then(shop: Shop) -> None:
    shop.now = at(2)
    shop.purchase()
    shop.receive(4, received_at=at(1, 8))
    with pytest.raises(RefusedError, match="returned_at: receipt R-1 came at 2025-03-04 08:00 UTC, so that"):
        shop.send_back(1, returned_at=at(0, 23))
    assert shop.send_back(1, returned_at=at(1, 0)).change == -1
    assert not shop.send_back(1, returned_at=at(1, 0)).new, "the same again"
    assert shop.stock() == (3, 0)


def test_goods_that_never_came_cannot_be_those_that_shipped(shop: Shop) -> None:
    """Their receipt is reversed by its own instant, though nothing of it is on hand any more."""
    shop.purchase()
    shop.start("O-1", 4)
    shop.now = at(1, 8)
    shop.receive(4)
    shop.now = at(1, 10)
    shop.ship("O-1", 4)
    with pytest.raises(RefusedError, match=r"only 0 units are on hand; .* or say with returned_at when they"):
        shop.send_back(4)
    booked = shop.send_back(4, returned_at=at(1, 8))
    assert (booked.change, shop.stock()) == (0, (0, 0))
    assert booked.remarks == ("4 units that left later were not on the shelf; they count as from outside",)
    assert faults(shop.services.engine, 0) == []


def test_a_receipt_of_another_instant_is_another_receipt_or_a_mistake(shop: Shop) -> None:
    shop.purchase()
    shop.now = at(1)
    shop.receive(4, received_at=at(0, 10))
    with pytest.raises(ConflictError, match=r"R-1 was booked before, .*: received_at is 2025-03-03"):
        shop.receive(4, received_at=at(0, 11))
    assert shop.stock() == (4, 0)
