"""A counted shelf: what is on hand follows, and what is set aside with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from random import Random

import pytest

from backorder import intake
from backorder.domain.events import Shipped
from backorder.errors import ConflictError, RefusedError
from backorder.intake import parse
from backorder.ports import After
from backorder.storage.intake import Wish
from tests.contract.shop import Shop, at, day


def test_what_is_there_serves_the_queue(shop: Shop) -> None:
    shop.start("O-1", 2)
    assert shop.count(3) == After(skus=("LAMP",))
    assert shop.allocated("O-1") == [2]
    assert shop.shelf() == (3, 2)


def test_what_is_not_there_is_taken_back_from_the_queues_tail(shop: Shop) -> None:
    shop.adjust(4)
    for number in (1, 2):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.count(3)
    assert shop.allocated("O-1", "O-2") == [2, 1]
    assert shop.uncalled() == ["O-2/1"]
    assert shop.shelf() == (3, 3)


def test_what_moved_since_comes_on_top(shop: Shop) -> None:
    shop.adjust(5)
    counted = shop.now
    shop.now = counted + timedelta(hours=1)
    shop.adjust(-1, "A-2")
    shop.count(7, counted)
    assert shop.shelf() == (6, 0)


def test_the_same_count_again_changes_nothing(shop: Shop) -> None:
    counted = shop.now
    shop.count(3, counted)
    shop.now = counted + timedelta(hours=1)
    shop.adjust(-1, "A-2")
    assert shop.count(3, counted) == After()
    assert shop.shelf() == (2, 0)
    with pytest.raises(ConflictError, match="was counted at"):
        shop.count(4, counted)


def test_a_count_that_finds_what_is_known_says_nothing_new(shop: Shop) -> None:
    shop.adjust(2)
    assert shop.count(2) == After()
    assert shop.shelf() == (2, 0)


def test_a_count_that_cannot_be_is_refused(shop: Shop) -> None:
    shop.adjust(5)
    counted = shop.now
    shop.now = at(0, 12)
    shop.adjust(-5, "A-2")
    with pytest.raises(RefusedError, match="on_hand: 5 units left since then"):
        shop.count(0, counted)
    with pytest.raises(RefusedError, match="no known product"):
        shop.count(1, sku="NOTHING")
    assert shop.shelf() == (0, 0)


def test_a_count_older_than_another_is_kept_and_changes_nothing(shop: Shop) -> None:
    shop.now = at(0, 12)
    shop.count(5, at(0, 11))
    older = shop.store.stock.count(parse(intake.StockCount, level(9, at(0, 10))), shop.now)
    assert older.remarks == ("a newer count, of 2025-03-03 11:00 UTC, counts already: on hand stays 5",)
    assert shop.shelf() == (5, 0)


def test_who_counts_by_a_clock_that_is_ahead_counted_when_it_was_told(shop: Shop) -> None:
    ahead = shop.now + timedelta(hours=5)
    shop.count(5, ahead)
    shop.now += timedelta(hours=1)
    shop.adjust(2)
    assert shop.shelf() == (7, 0)
    assert not shop.count(5, ahead), "the same count again"


def test_goods_cannot_have_come_later_than_they_were_booked(shop: Shop) -> None:
    """Their day is wrong by one; somebody counts them the same evening."""
    shop.purchase()
    shop.receive(10, received_at=at(1))
    shop.now += timedelta(hours=1)
    shop.count(10)
    assert shop.shelf() == (10, 0)


def test_a_parcel_that_was_counted_and_is_posted_later_is_not_there_twice(shop: Shop) -> None:
    shop.now = at(0, 13)
    shop.count(7, at(0, 12))
    raw = {"adjustment_id": "A-1", "sku": "LAMP", "quantity": 2, "reason": "a parcel", "at": at(0, 11)}
    booked = shop.store.stock.adjust(parse(intake.Adjustment, raw), shop.now)
    assert booked.remarks == (
        "it happened before the count of 2025-03-03 12:00 UTC and is in it: on hand stays 7",
    )
    assert shop.shelf() == (7, 0)
    assert sum(row["quantity"] for row in shop.rows("SELECT quantity FROM stock_movements")) == 7


def test_a_shipment_that_was_told_after_the_count_that_missed_it_leaves_the_rest_free(shop: Shop) -> None:
    shop.adjust(3)
    shop.start("O-1", 2)
    shop.now = at(0, 12)
    shop.count(1, at(0, 11))
    assert shop.allocated("O-1") == [1]
    left = Shipped(at=shop.now, day=day(0), shipment="S-1", quantity=1, shipped_at=at(0, 10))
    shop.ask("O-1", Wish(id="shipment-S-1", kind="ship", event=left, given={"quantity": left.quantity}))
    shop.review("O-1", "shipment-S-1")
    assert shop.shelf() == (1, 1), "what was counted is there, and goes to who waits"
    assert shop.allocated("O-1") == [1]


def test_what_is_there_is_the_same_whatever_is_told_first(shop: Shop) -> None:
    """Receipts, returns, shipments, adjustments and counts of one day, told at its end in any order."""
    shop.product("LAMP")
    orders = list(permutations(range(7)))
    for number, told in enumerate(Random(7).sample(orders, 12)):
        sku, order = f"SKU-{number}", f"O-{number}"
        shop.now = at(0, 6)
        shop.product(sku)
        shop.adjust(10, f"first-{number}", sku)
        shop.purchase(f"PO-{number}", {"sku": sku})
        shop.start(order, 2, sku=sku)
        shop.now = at(0, 6) + timedelta(minutes=1)
        shop.receive(4, f"before-{number}", order=f"PO-{number}")
        shop.now = at(0, 20)
        facts: list[Callable[[], object]] = [
            partial(shop.count, 13, at(0, 8), sku),
            partial(left_at, shop, order, at(0, 9)),
            partial(shop.receive, 5, f"R-{number}", order=f"PO-{number}", received_at=at(0, 10)),
            partial(
                shop.send_back,
                1,
                order=f"PO-{number}",
                receipt=f"before-{number}",
                returned_at=at(0, 11),
            ),
            partial(shop.adjust, -2, f"A-{number}", sku, at(0, 12)),
            partial(shop.count, 12, at(0, 13), sku),
            partial(shop.adjust, 3, f"B-{number}", sku, at(0, 14)),
        ]
        for which in told:
            facts[which]()
        assert shop.shelf(sku)[0] == 15, told


def left_at(shop: Shop, order: str, when: datetime) -> None:
    event = Shipped(at=shop.now, day=day(0), shipment="S-1", quantity=2, shipped_at=when)
    shop.ask(order, Wish(id="shipment-S-1", kind="ship", event=event, given={"quantity": event.quantity}))
    shop.review(order, "shipment-S-1")


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
    assert shop.shelf() == (3, 2)
    assert shop.rows("SELECT received FROM purchase_order_lines")[0]["received"] == 3


def test_goods_that_were_booked_late_count_from_their_arrival(shop: Shop) -> None:
    """They arrived at seven, are booked at nine, and the count of eight, with them in it, comes at ten."""
    shop.purchase()
    arrived, counted = shop.now + timedelta(hours=7), shop.now + timedelta(hours=8)
    shop.now = shop.now + timedelta(hours=9)
    shop.receive(3, received_at=arrived)
    shop.count(3, counted)
    assert shop.shelf() == (3, 0)
