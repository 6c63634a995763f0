"""The end of purchase orders, other suppliers, and lines that are moved up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backorder import schemas
from backorder.errors import BackorderError, ConflictError, RefusedError, RejectedError
from backorder.ports import Notify, Orphaned
from backorder.schemas import parse
from tests.contract.purchasing_days import MAIL, says, worklist
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop whose supplier can be written to."""
    shop.supplier(email=MAIL)
    return Routine(shop)


# --- the end


def test_an_order_that_came_in_is_looked_at_no_more(routine: Routine) -> None:
    shop = routine.shop
    shop.purchase()
    shop.receive(10)
    followed_up, _ = shop.services.purchasing.follow_up("PO-1", at(1))
    assert (followed_up.closed, followed_up.wake, followed_up.open) == (True, None, 0)
    routine.until(at(90))
    assert routine.gone == []


def test_an_unknown_order_has_come_to_its_end(shop: Shop) -> None:
    assert shop.services.purchasing.follow_up("PO-9", at(0))[0].closed


def test_what_waited_for_the_buyer_is_taken_off_the_list_at_the_end(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(31))
    assert len(worklist(shop)) == 1
    routine.notify(shop.receive(10))
    assert worklist(shop) == []


def test_an_order_that_nobody_looks_at_is_found(shop: Shop) -> None:
    shop.purchase()
    shop.replan()
    nothing = Orphaned(unstarted=(), after=Notify())
    assert shop.services.reconciler.orphaned(at(0, 10)).after.orders == ("PO-1",)
    shop.services.purchasing.follow_up("PO-1", at(0))
    assert shop.services.reconciler.orphaned(at(1, 5)) == nothing
    assert shop.services.reconciler.orphaned(at(1, 7)).after.orders == ("PO-1",)
    shop.services.purchasing.follow_up("PO-1", at(1, 7))
    for stated in (day(22), day(90)):  # the second one waits for the buyer
        shop.now += timedelta(hours=1)
        says(shop, (10, stated))
        shop.replan()
        assert shop.services.reconciler.orphaned(shop.now + timedelta(minutes=1)).after.orders == ("PO-1",)
        shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.receive(10)
    shop.replan()
    shop.services.purchasing.follow_up("PO-1", shop.now)
    assert shop.services.reconciler.orphaned(at(90)) == nothing


def test_nothing_comes_long_before_it_was_ordered(shop: Shop) -> None:
    shop.purchase()
    for early in (at(-2), at(-365 * 6)):
        with pytest.raises(
            RefusedError, match=r"received_at: .* is before PO-1 was ordered, .* is the year right"
        ):
            shop.receive(1, received_at=early)
    shop.receive(1, received_at=at(0) - timedelta(hours=20))
    assert shop.stock() == (1, 0), "clocks differ"


def test_an_order_that_is_overdue_many_times_its_lead_time_is_remarked_on(shop: Shop) -> None:
    supply = shop.services.supply
    line = {"line": "1", "sku": "LAMP", "quantity": 10}

    def placed(id: str, ordered: int, **more: Any) -> tuple[str, ...]:
        raw = {"id": id, "supplier": "acme", "ordered_at": at(ordered), "lines": [line | more]}
        return supply.put_purchase_order(parse(schemas.PurchaseOrder, raw), shop.now).remarks

    assert placed("PO-1", -60) == ()
    [words] = placed("PO-2", -365)
    assert "days ago: is the year right?" in words
    assert placed("PO-3", -365, stated_date=day(10)) == (), "it was said to take so long"


def test_more_than_was_ordered_is_flagged(shop: Shop) -> None:
    shop.purchase()
    shop.receive(12)
    shop.receive(12)
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("over_received", "PO-1/1")
    came = {"ordered": 10, "received": 12, "receipt": "R-1", "quantity": 12}
    assert task.detail == came | {"cancelled": False}


def test_what_comes_after_the_line_was_cancelled_is_flagged(shop: Shop) -> None:
    shop.purchase()
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    shop.receive(2)
    [task] = worklist(shop)
    assert (task.kind, task.detail["cancelled"]) == ("over_received", True)
    assert shop.stock() == (2, 0)


def test_what_came_in_stays_history_when_the_rest_is_cancelled(shop: Shop) -> None:
    shop.purchase("PO-1", {}, {})
    shop.receive(10)
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    rows = shop.rows("SELECT line, cancelled_at FROM purchase_order_lines ORDER BY line")
    assert [row["cancelled_at"] is None for row in rows] == [True, False]


# --- another supplier


def test_another_supplier_takes_over_and_nobody_hears_that_there_is_no_date(routine: Routine) -> None:
    shop = routine.shop
    shop.supplier("bolt", lead_days=9)
    routine.notify(shop.purchase())
    routine.open("O-1", 3)
    routine.notify(shop.receive(1))
    before = shop.rows("SELECT * FROM peggings ORDER BY number")
    history = [row["arrivals"] for row in before]
    routine.until(at(2))
    routine.notify(shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now))
    rows = shop.rows("SELECT purchase_order, quantity FROM expected_receipts")
    assert rows == [{"purchase_order": "PO-2", "quantity": 9}]
    routine.until(at(4))
    assert set(routine.kinds_told()) <= {"confirmed", "earlier"}
    kept = [row["arrivals"] for row in shop.rows("SELECT * FROM peggings ORDER BY number")]
    assert kept[: len(history)] == history
    assert "PO-2/1" in kept[-1]
    assert "PO-1/1" in "".join(kept)
    order = shop.rows("SELECT supplier, ordered_on FROM purchase_orders WHERE id = 'PO-2'")
    assert [(row["supplier"], str(row["ordered_on"])) for row in order] == [("bolt", str(day(2)))]


def test_reassigning_leaves_no_moment_without_supply(shop: Shop) -> None:
    """Both halves are one transaction: whatever pegs the SKU sees the one order or the other."""
    shop.supplier("bolt")
    shop.purchase()
    shop.replan()
    shop.start()
    after = shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now)
    assert (set(after.skus), set(after.orders)) == ({"LAMP"}, {"PO-1", "PO-2"})
    shop.replan()
    assert shop.demand()["why"] is None
    assert "PO-2/1" in shop.demand()["arrivals"]


@pytest.mark.parametrize(
    ("line", "supplier", "new", "fault"),
    [
        ("9", "bolt", "PO-2", RefusedError(["purchase_order, line: purchase order PO-1 has no line 9"])),
        ("1", "bolt", "PO-1", ConflictError("there is a purchase order PO-1 already")),
        ("1", "ghost", "PO-2", RefusedError(['supplier: "ghost" is unknown'])),
    ],
)
def test_a_reassignment_that_cannot_be_changes_nothing(
    shop: Shop, line: str, supplier: str, new: str, fault: BackorderError
) -> None:
    shop.supplier("bolt")
    shop.purchase()
    before = shop.rows("SELECT * FROM purchase_order_lines"), shop.rows("SELECT * FROM expected_receipts")
    with pytest.raises(type(fault), match=str(fault)):
        shop.services.purchasing.reassign("PO-1", line, supplier, new, shop.now)
    assert (
        shop.rows("SELECT * FROM purchase_order_lines"),
        shop.rows("SELECT * FROM expected_receipts"),
    ) == before


def test_who_orders_elsewhere_again_is_told_what_was_ordered_and_nothing_is_ordered_twice(shop: Shop) -> None:
    """Said again it is done already; anything else under that order's ID, or of that line, is not."""
    reassign = shop.services.purchasing.reassign
    shop.supplier("bolt")
    shop.purchase()
    assert reassign("PO-1", "1", "bolt", "PO-2", shop.now)
    kept = shop.rows("SELECT * FROM purchase_order_lines")
    assert not reassign("PO-1", "1", "bolt", "PO-2", shop.now)
    with pytest.raises(ConflictError, match="there is a purchase order PO-2 already"):
        reassign("PO-1", "1", "acme", "PO-2", shop.now)
    with pytest.raises(RejectedError, match="line 1 of PO-1 is not open"):
        reassign("PO-1", "1", "bolt", "PO-3", shop.now)
    assert shop.rows("SELECT * FROM purchase_order_lines") == kept


# --- priority


def test_a_line_that_is_moved_up_is_served_first_and_only_those_it_passes_are_told(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"quantity": 2, "stated_date": day(20)}))
    routine.notify(shop.purchase("PO-2", {"quantity": 9, "stated_date": day(40)}))
    for number in (1, 2, 3):
        routine.until(at(0) + timedelta(minutes=number))
        routine.open(f"O-{number}", customer={"id": f"c{number}", "email": "c@example.com"})
    moving, why = shop.services.moving, "promised on the phone"
    seen = moving.prioritise("O-3/1", 5, by="Eve", reason=why, at=shop.now, preview=True)
    assert (seen.effects[0].backorder, seen.effects[0].position) == ("O-3/1", 1)
    assert shop.rows("SELECT * FROM timeline WHERE what = 'priority_changed'") == []
    done = moving.prioritise("O-3/1", 5, by="Eve", reason=why, at=shop.now)
    assert done.after == Notify(skus=("LAMP",))
    routine.notify(done.after)
    routine.until(at(1))
    assert [routine.kinds_told(f"customer/c{number}")[1:] for number in (1, 2, 3)] == [
        [],
        ["delayed"],
        ["earlier"],
    ]
    assert [shop.demand(f"O-{number}")["position"] for number in (1, 2, 3)] == [2, 3, 1]
    [entry] = shop.rows("SELECT by, detail FROM timeline WHERE what = 'priority_changed'")
    assert entry == {"by": "Eve", "detail": "priority 0 becomes 5"}
    [note] = shop.rows('SELECT "by", text FROM notes')
    assert note == {"by": "Eve", "text": "priority 0 becomes 5: promised on the phone"}
    assert not moving.prioritise("O-3/1", 5, by="Eve", reason="again", at=shop.now).after
    routine.notify(shop.receive(1))
    assert shop.allocated("O-1", "O-2", "O-3") == [0, 0, 1]
