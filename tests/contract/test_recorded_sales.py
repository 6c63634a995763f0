"""What was sold, as it is on record: imported as often as one likes, and counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from backorder.domain.calendar import Calendar
from backorder.errors import RefusedError
from backorder.forecasting.demand.sale import Sale
from backorder.forecasting.demand.sales import Sales
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
    return shop.services.sales.keep(found, shop.now)


def read(shop: Shop, zone: str = "UTC") -> Sales:
    """All that is on record."""
    with reading(shop.services.engine) as connection:
        return recorded_sales(connection, Calendar(zone=zone))


def sold(shop: Shop, zone: str = "UTC", sku: str = "LAMP") -> dict[date, int]:
    """Units of a SKU by day."""
    found = read(shop, zone)
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
    assert kept(shop, file) == ImportedSales(rows=5, products=1, new=4, without_order=2)
    before = {day(-9): 6, day(-8): -1, day(-7): 0}
    assert sold(shop) == before
    assert kept(shop, file) == ImportedSales(rows=5, products=1, new=0, without_order=2)
    assert sold(shop) == before
    assert kept(shop, [sale(-7, 2), sale(-8, 4), sale(-6, 1)]).new == 1
    assert sold(shop) == before | {day(-8): 4, day(-7): 2, day(-6): 1}
    rows = shop.rows("SELECT day, in_stock FROM sales WHERE order_id = '' ORDER BY day")
    assert [bool(row["in_stock"]) for row in rows] == [True] * 4


def without_stock(shop: Shop) -> tuple[dict[str, list[tuple[date, date]]], tuple[str, ...]]:
    """The days without stock by SKU, and what is said of gaps in the record of them."""
    with reading(shop.services.engine) as connection:
        found = recorded_sales(connection, Calendar())
    outs: dict[str, list[tuple[date, date]]] = {}
    assert found.outs is not None
    for item, first, until in zip(found.outs.item, found.outs.first, found.outs.until, strict=True):
        outs.setdefault(found.skus[item], []).append(
            (date.fromordinal(int(first)), date.fromordinal(int(until)))
        )
    return outs, found.remarks


def test_days_without_stock_are_those_of_the_shops_own_record(shop: Shop) -> None:
    """Units that are set aside for somebody are not free, and neither is what was never told."""
    for sku in ("DESK", "RUG"):
        shop.product(sku)
    kept(shop, [sale(n, 2, sku=sku) for n in (0, 20) for sku in ("DESK", "LAMP", "RUG", "VASE")])
    shop.purchase()
    shop.now = at(3)
    shop.count(4)
    shop.count(0, sku="DESK")
    shop.now = at(5)
    shop.adjust(-4)
    shop.start("O-1", 3, ordered_at=at(5))
    shop.now = at(9)
    shop.receive(3)
    shop.now = at(11)
    shop.ship("O-1", 3)
    shop.now = at(14)
    shop.adjust(1, "A-2")
    found, remarks = without_stock(shop)
    assert found == {"DESK": [(day(4), date.max)], "LAMP": [(day(6), day(14))]}
    assert remarks == (
        "of 2 products no stock is on record; all of their days count as days with stock",
        "of 2 products stock is on record only from after the first sale on; days before count as with stock",
    )


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
    # Sold and cancelled on one day, it came to nothing; a row of nothing alone undoes what was said.
    kept(shop, [sale(0, 4, "O-1"), sale(0, -4, "O-1")])
    assert sold(shop) == own | others | {day(0): 0}
    kept(shop, [sale(0, 0, "O-1")])
    assert sold(shop) == own | others


def test_a_row_without_an_order_holds_the_lines_of_its_product_and_day(shop: Shop) -> None:
    shop.start("O-1", 3)
    shop.start("O-2", 1)
    shop.start("O-3", 2, ordered_at=at(-1, 23))
    shop.product("NEW")
    kept(shop, [sale(0, 3, sku="RUG"), sale(0, 3), sale(0, -1)])
    assert sold(shop) == {day(-1): 2, day(0): 3}
    found = read(shop)
    assert found.skus == ["LAMP", "NEW", "RUG"]
    assert found.remarks[0].startswith("3 units of lines that waited here are taken for a part")
    assert found.until == day(0).toordinal()
    # The whole week, where rows are about weeks: they stand on one weekday.
    kept(shop, [sale(0, 0), *(sale(-1 - 7 * number, 9) for number in range(9))])
    kept(shop, [sale(0, 0, sku="RUG")])
    assert sum(sold(shop).values()) == 81


def test_of_two_imports_at_once_the_one_that_began_later_counts(shop: Shop) -> None:
    """Their batches come in turns; what one says of a SKU, day and order is added up by none but itself."""
    sales = shop.services.sales
    first, second = sales.begin(shop.now), sales.begin(shop.now + timedelta(seconds=1))
    assert first.keep([sale(-9, 2), sale(-8, 5)]) == ["new", "new"]
    assert second.keep([sale(-9, 2)]) == ["already there"]
    assert first.keep([sale(-9, 3), sale(-8, 1)]) == ["overtaken", "updated"]
    assert second.keep([sale(-9, 3)]) == ["updated"]
    rows = shop.rows("SELECT quantity FROM sales ORDER BY day")
    assert [row["quantity"] for row in rows] == [5, 6]
    assert sales.begin(shop.now + timedelta(seconds=2)).keep([sale(-9, 5)]) == ["already there"]
