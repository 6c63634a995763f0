"""What was sold, as it is on record: imported as often as one likes, and counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest

from backorder.domain.calendar import Calendar
from backorder.errors import RefusedError
from backorder.forecasting.demand.sale import Sale
from backorder.queries.recorded_sales import recorded_sales
from backorder.services import import_sales
from backorder.services.import_sales import ImportedSales
from backorder.storage.engine import reading
from tests.support.days import at, day
from tests.support.shop import Shop


def sale(n: int, quantity: int, order: str = "", sku: str = "LAMP", *, in_stock: bool = True) -> Sale:
    """What was sold on day n."""
    return Sale(sku=sku, day=day(n), quantity=quantity, order=order, in_stock=in_stock)


def kept(shop: Shop, found: Iterable[Sale]) -> ImportedSales:
    """What an import leads to."""
    return shop.services.sales.keep(found)


def sold(shop: Shop, zone: str = "UTC", sku: str = "LAMP") -> dict[date, int]:
    """Units of a SKU by day."""
    with reading(shop.services.engine) as connection:
        found = recorded_sales(connection, Calendar(zone=zone))
    units: Counter[date] = Counter()
    for item, on, quantity in zip(found.item, found.day, found.quantity, strict=True):
        if found.skus[item] == sku:
            units[date.fromordinal(int(on))] += int(quantity)
    return dict(units)


@pytest.mark.parametrize("batch", [1, 1000])
def test_the_same_file_again_changes_nothing_and_a_newer_one_corrects(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(import_sales, "BATCH", batch)
    file = [sale(-9, 2), sale(-9, 3), sale(-9, 1, "A-1"), sale(-8, -1), sale(-7, 0, in_stock=False)]
    assert kept(shop, file) == ImportedSales(rows=5, products=1, new=4)
    before = {day(-9): 6, day(-8): -1, day(-7): 0}
    assert sold(shop) == before
    assert kept(shop, file) == ImportedSales(rows=5, products=1, new=0)
    assert sold(shop) == before
    assert kept(shop, [sale(-7, 2), sale(-8, 4), sale(-6, 1)]).new == 1
    assert sold(shop) == before | {day(-8): 4, day(-7): 2, day(-6): 1}
    rows = shop.rows("SELECT day, in_stock FROM sales WHERE order_id = '' ORDER BY day")
    assert [bool(row["in_stock"]) for row in rows] == [True] * 4


def test_a_line_counts_on_its_day_and_a_sale_of_its_order_instead_of_it(shop: Shop) -> None:
    with pytest.raises(RefusedError, match="no sales on record"):
        sold(shop)
    shop.start("O-1", 3)
    shop.start("O-2", 2, ordered_at=at(-1, 23))
    shop.cancel("O-2", 1)
    own = {day(-1): 1, day(0): 3}
    assert sold(shop) == own
    assert sold(shop, "Asia/Tokyo") == {day(0): 4}
    # Another product of the order, an order that is not here, what came back: none of them is this sale.
    kept(shop, [sale(0, 2, "O-2", "RUG"), sale(1, 7, "O-9"), sale(2, -1, "O-2")])
    others = {day(1): 7, day(2): -1}
    assert sold(shop) == own | others
    assert sold(shop, sku="RUG") == {day(0): 2}
    # It was sold with two units from the shelf, which never waited.
    kept(shop, [sale(0, 5, "O-1")])
    assert sold(shop) == own | others | {day(0): 5}
