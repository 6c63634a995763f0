"""A counted shelf: what is on hand follows, and what is set aside with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest

from backorder import schemas
from backorder.domain.line.events import Shipped
from backorder.errors import ConflictError, RefusedError
from backorder.ports import Notify
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from tests.support.audit import faults
from tests.support.days import at, day
from tests.support.shop import Shop


def test_what_is_there_serves_the_queue(shop: Shop) -> None:
    shop.start("O-1", 2)
    assert shop.count(3) == Notify(skus=("LAMP",))
    assert shop.allocated("O-1") == [2]
    assert shop.stock() == (3, 2)


def test_what_is_not_there_is_taken_back_from_the_queues_tail(shop: Shop) -> None:
    shop.adjust(4)
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.count(3)
    assert shop.allocated("O-1", "O-2") == [2, 1]
    assert shop.unnotified() == ["O-2/1"]
    assert shop.stock() == (3, 3)


def test_what_moved_since_comes_on_top(shop: Shop) -> None:
    shop.adjust(5)
    counted = shop.now
    shop.now = counted + timedelta(hours=1)
    shop.adjust(-1, "A-2")
    shop.count(7, counted)
    assert shop.stock() == (6, 0)


def test_the_same_count_again_changes_nothing(shop: Shop) -> None:
    counted = shop.now
    shop.count(3, counted)
    shop.now = counted + timedelta(hours=1)
    shop.adjust(-1, "A-2")
    assert shop.count(3, counted) == Notify()
    assert shop.stock() == (2, 0)
    with pytest.raises(ConflictError, match="was counted at"):
        shop.count(4, counted)


def test_a_count_that_finds_what_is_known_says_nothing_new(shop: Shop) -> None:
    shop.adjust(2)
    assert shop.count(2) == Notify()
    assert shop.stock() == (2, 0)


def test_a_count_that_cannot_be_is_refused(shop: Shop) -> None:
    shop.adjust(5)
    counted = shop.now
    shop.now = at(0, 12)
    shop.adjust(-5, "A-2")
    with pytest.raises(RefusedError, match="on_hand: 5 units left since then"):
        shop.count(0, counted)
    with pytest.raises(RefusedError, match="no known product"):
        shop.count(1, sku="NOTHING")
    assert shop.stock() == (0, 0)


def test_a_count_older_than_another_is_kept_and_changes_nothing(shop: Shop) -> None:
    shop.now = at(0, 12)
    shop.count(5, at(0, 11))
    older = shop.services.stock.count(parse(schemas.StockCount, level(9, at(0, 10))), shop.now)
    assert older.remarks == ("a newer count, of 2025-03-03 11:00 UTC, counts already: on hand stays 5",)
    assert shop.stock() == (5, 0)


def test_who_counts_by_a_clock_that_is_ahead_counted_when_it_was_told(shop: Shop) -> None:
    ahead = shop.now + timedelta(hours=5)
    shop.count(5, ahead)
    shop.now += timedelta(hours=1)
    shop.adjust(2)
    assert shop.stock() == (7, 0)
    assert not shop.count(5, ahead), "the same count again"


def test_goods_cannot_have_come_later_than_they_were_booked(shop: Shop) -> None:
    """Their day is wrong by one; somebody counts them the same evening."""
    shop.purchase()
    shop.receive(10, received_at=at(1))
    shop.now += timedelta(hours=1)
    shop.count(10)
    assert shop.stock() == (10, 0)


def test_a_parcel_that_was_counted_and_is_posted_later_is_not_there_twice(shop: Shop) -> None:
    shop.now = at(0, 13)
    shop.count(7, at(0, 12))
    raw = {"adjustment_id": "A-1", "sku": "LAMP", "quantity": 2, "reason": "a parcel", "at": at(0, 11)}
    booked = shop.services.stock.adjust(parse(schemas.Adjustment, raw), shop.now)
    assert booked.remarks == (
        "it happened before the count of 2025-03-03 12:00 UTC and is in it: on hand stays 7",
    )
    assert shop.stock() == (7, 0)
    assert sum(row["quantity"] for row in shop.rows("SELECT quantity FROM stock_movements")) == 7


def test_a_shipment_that_was_told_after_the_count_that_missed_it_leaves_the_rest_free(shop: Shop) -> None:
    shop.adjust(3)
    shop.start("O-1", 2)
    shop.now = at(0, 12)
    shop.count(1, at(0, 11))
    assert shop.allocated("O-1") == [1]
    left = Shipped(at=shop.now, day=day(0), shipment="S-1", quantity=1, shipped_at=at(0, 10))
    shop.ask("O-1", NewRequest(id="shipment-S-1", kind="ship", event=left, given={"quantity": left.quantity}))
    shop.review("O-1", "shipment-S-1")
    assert shop.stock() == (1, 1), "what was counted is there, and goes to who waits"
    assert shop.allocated("O-1") == [1]


def test_what_is_there_is_the_same_whatever_is_told_first(shop: Shop) -> None:
    """Facts of one day, told at its end in any order; who is refused tells again when the others have told.

    The line that ships gets no units set aside, so that each order of telling is the same world.
    """
    orders = [Random(number).sample(range(12), 12) for number in range(12)]
    for number, told in enumerate([list(range(12)), *orders]):
        sku, order, purchase = f"SKU-{number}", f"O-{number}", f"PO-{number}"
        shop.now = at(0, 6)
        shop.product(sku)
        shop.adjust(10, f"first-{number}", sku)
        shop.purchase(purchase, {"sku": sku})
        shop.start(order, 99, sku=sku, policy="skip")
        shop.receive(4, f"before-{number}", order=purchase)
        shop.now = at(0, 20)
        come, go = partial(shop.receive, order=purchase), partial(shop.send_back, order=purchase)
        left = partial(ships, shop, order)
        facts: list[Callable[[], object]] = [
            partial(left, 16, at(0, 7)),  # 2 of them from outside
            partial(shop.count, 13, at(0, 8), sku),
            partial(left, 2, at(0, 9)),
            partial(come, 5, f"R-{number}", received_at=at(0, 10)),
            partial(go, 1, receipt=f"before-{number}", returned_at=at(0, 11)),
            partial(shop.adjust, -2, f"A-{number}", sku, at(0, 12)),
            partial(shop.count, 12, at(0, 13), sku),
            partial(shop.adjust, 3, f"B-{number}", sku, at(0, 14)),
            partial(left, 20, at(0, 15)),  # 5 of them from outside
            partial(come, 6, f"Q-{number}", received_at=at(0, 16)),
            partial(left, 4, at(0, 17)),
            partial(shop.adjust, -1, f"C-{number}", sku, at(0, 18)),
        ]
        tell_all([facts[which] for which in told])
        assert (shop.stock(sku), from_outside(shop, sku)) == ((1, 0), 7), told
    assert faults(shop.services.engine, 10 * 13) == []


def tell_all(facts: Sequence[Callable[[], object]]) -> None:
    """Tell facts in that order; those that are refused again after the others."""
    left = list(facts)
    while left:
        refused = []
        for tell in left:
            try:
                tell()
            except RefusedError:
                refused.append(tell)
        assert len(refused) < len(left), "nobody is heard any more"
        left = refused


def ships(shop: Shop, order: str, units: int, left: datetime) -> None:
    id = f"S-{left.isoformat()}"
    event = Shipped(at=shop.now, day=shop.now.date(), shipment=id, quantity=units, shipped_at=left)
    shop.ask(order, NewRequest(id=id, kind="ship", event=event, given={"quantity": units}))
    shop.review(order, id)


def from_outside(shop: Shop, sku: str = "LAMP") -> int:
    """Units that left and never were on the shelf."""
    query = "SELECT quantity FROM stock_movements WHERE kind = 'outside' AND sku = :sku"
    return sum(row["quantity"] for row in shop.rows(query, sku=sku))


def test_a_receipt_that_is_told_after_the_shipment_that_it_explains_counts_without_it(shop: Shop) -> None:
    shop.purchase()
    shop.start("O-1", 2)
    shop.start("O-2", 9, policy="ship")
    shop.now = at(1, 12)
    ships(shop, "O-1", 2, at(1, 10))
    assert (shop.stock(), from_outside(shop)) == ((0, 0), 2)
    booked = shop.services.stock.receive(receipt(10, at(1, 9)), shop.now)
    assert (booked.change, booked.on_hand) == (8, 8)
    assert booked.remarks == ("2 units that left later had counted as from outside; they were on the shelf",)
    assert (shop.allocated("O-2"), from_outside(shop)) == ([8], 0)
    shop.receive(1, "R-2", received_at=at(1, 11))
    assert shop.stock() == (9, 9), "what came after the shipment cannot be what left"
    assert faults(shop.services.engine, 0) == []


def test_units_that_others_hold_are_not_what_left_and_what_is_told_later_explains_it(shop: Shop) -> None:
    shop.purchase()
    shop.start("O-1", 2)
    shop.start("O-2", 3)
    shop.now = at(1, 12)
    shop.receive(2, received_at=at(1, 8))
    ships(shop, "O-2", 3, at(1, 10))
    assert (shop.stock(), shop.allocated("O-1"), from_outside(shop)) == ((2, 2), [2], 3)
    shop.receive(5, "R-2", received_at=at(1, 9))
    assert (shop.stock(), shop.allocated("O-1"), from_outside(shop)) == ((4, 2), [2], 0)
    assert faults(shop.services.engine, 0) == []


def test_what_is_missing_by_a_count_told_late_is_taken_back_from_the_queues_tail(shop: Shop) -> None:
    shop.adjust(5)
    for number in (1, 2, 3):
        shop.start(f"O-{number}", 3 if number == 1 else 1, ordered_at=at(number - 9))
    shop.now = at(1, 12)
    ships(shop, "O-1", 3, at(1, 10))
    booked = shop.services.stock.count(parse(schemas.StockCount, level(4, at(1, 9))), shop.now)
    assert [(grant.id, grant.units) for grant in booked.lost] == [("O-3/1", 1)]
    assert (shop.stock(), shop.unnotified()) == ((1, 1), ["O-3/1"])
    booked = shop.services.stock.count(parse(schemas.StockCount, level(2, at(1, 8))), shop.now)
    assert "a newer count" in booked.remarks[0]
    late = shop.services.stock.count(
        parse(schemas.StockCount, level(2, at(1) + timedelta(minutes=30))), shop.now
    )
    assert [(grant.id, grant.units) for grant in late.lost] == [("O-2/1", 1)]
    assert late.remarks == ("1 unit that left later was not on the shelf; it counts as from outside",)
    assert faults(shop.services.engine, 5) == []


def test_units_that_left_before_the_others_came_are_not_of_them(shop: Shop) -> None:
    """The line held units of the receipt; by its instant it shipped others, and the next line has these."""
    shop.purchase()
    shop.start("O-1", 2)
    shop.start("O-2", 2)
    shop.now = at(1, 12)
    shop.receive(2, received_at=at(1, 10))
    assert shop.allocated("O-1", "O-2") == [2, 0]
    ships(shop, "O-1", 2, at(1, 8))
    assert (shop.stock(), shop.allocated("O-2"), from_outside(shop)) == ((2, 2), [2], 2)
    assert "O-2/1" in shop.unnotified()
    assert shop.marked() == ["LAMP"]


def test_goods_that_left_on_a_day_left_after_those_that_came_on_it(shop: Shop) -> None:
    """Who ships names a day, whose beginning is before everything that came on it."""
    shop.purchase()
    shop.start("O-1", 2)
    shop.now = at(1, 12)
    shop.receive(5, received_at=at(1, 9))
    shop.now = at(2, 12)
    ships(shop, "O-1", 2, at(1, 0))
    assert (shop.stock(), from_outside(shop)) == ((3, 0), 0)


def test_facts_of_one_product_leave_another_alone(shop: Shop) -> None:
    shop.product("DESK")
    shop.purchase("PO-1", {}, {"sku": "DESK"})
    shop.start("O-1", 2)
    shop.start("O-2", 2, sku="DESK")
    shop.now = at(1, 12)
    ships(shop, "O-1", 2, at(1, 10))
    ships(shop, "O-2", 2, at(1, 10))
    shop.receive(5, received_at=at(1, 9))
    assert (shop.stock(), shop.stock("DESK")) == ((3, 0), (0, 0))
    assert (from_outside(shop), from_outside(shop, "DESK")) == (0, 2)


def receipt(quantity: int, came: datetime) -> schemas.Receipt:
    raw = {"receipt_id": "R-1", "purchase_order": "PO-1", "line": "1", "quantity": quantity}
    return parse(schemas.Receipt, raw | {"received_at": came})


def level(on_hand: int, as_of: datetime) -> dict[str, object]:
    return {"sku": "LAMP", "on_hand": on_hand, "as_of": as_of}


def test_goods_that_were_counted_before_they_were_booked_are_not_there_twice(shop: Shop) -> None:
    """They arrived at seven, somebody counted at eight, and they are booked at nine."""
    shop.purchase()
    shop.start("O-1", 2)
    arrived, counted = shop.now + timedelta(hours=7), shop.now + timedelta(hours=8)
    shop.now = shop.now + timedelta(hours=9)
    shop.count(3, counted)
    shop.receive(3, received_at=arrived)
    assert shop.stock() == (3, 2)
    assert shop.rows("SELECT received FROM purchase_order_lines")[0]["received"] == 3


def test_goods_that_were_booked_late_count_from_their_arrival(shop: Shop) -> None:
    """They arrived at seven, are booked at nine, and the count of eight, with them in it, comes at ten."""
    shop.purchase()
    arrived, counted = shop.now + timedelta(hours=7), shop.now + timedelta(hours=8)
    shop.now = shop.now + timedelta(hours=9)
    shop.receive(3, received_at=arrived)
    shop.count(3, counted)
    assert shop.stock() == (3, 0)
