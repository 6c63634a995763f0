"""A counted shelf: what is on hand follows, and what is set aside with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.errors import ConflictError, RefusedError
from backorder.ports import After
from tests.contract.shop import Shop, at


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


def test_a_count_that_cannot_be_is_refused_with_every_fault(shop: Shop) -> None:
    shop.adjust(5)
    shop.now = at(0, 12)
    shop.count(5, at(0, 11))
    shop.adjust(-5, "A-2")
    with pytest.raises(RefusedError) as refused:
        shop.count(0, at(0, 10))
    assert len(refused.value.faults) == 2
    with pytest.raises(RefusedError, match="still to come"):
        shop.count(0, at(0, 13))
    with pytest.raises(RefusedError, match="no known product"):
        shop.count(1, sku="NOTHING")
    assert shop.shelf() == (0, 0)


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
