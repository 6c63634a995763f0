"""What is remembered of many things by many threads at once: never too much, and nothing goes wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from backorder.services import availability
from backorder.storage import database
from backorder.storage.database import Remembered
from tests.support.days import at
from tests.support.shop import Shop


def test_threads_may_remember_at_the_same_time() -> None:
    found, numbers = Remembered(), count()

    def keep(_thread: int) -> None:
        for _ in range(3 * database.KEPT):
            found.keep(next(numbers), "row", "made", at(0), at(1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(8)))
    last = next(numbers) - 1
    kept = [number for number in range(last + 1) if found.recall(number, "row", at(0))]
    assert len(kept) == database.KEPT
    assert found.recall(kept[0], "another row", at(0)) is None
    assert found.recall(kept[0], "row", at(1)) is None


def test_more_products_than_are_remembered_are_answered_all_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "KEPT", 2)
    skus = [f"S-{number}" for number in range(5)]
    for sku in skus:
        shop.product(sku)
    for _ in range(2):
        found = shop.services.availability.ask(skus, 1, shop.now)
        assert [each.sku for each in found] == skus
        assert all(each.version for each in found)
    assert len(shop.services.availability._known) == 2
