"""What buyers see: kept promises, lead times, reliability, what is late, unconfirmed and short."""

from __future__ import annotations

from datetime import timedelta

from backorder.queries.supply_report import OpenOrder, SupplyReport
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop


def report(shop: Shop, n: float) -> SupplyReport:
    return shop.services.supply_report(at(n))


def kept(shop: Shop, n: float) -> tuple[list[tuple[str, str, int, int]], list[tuple[str, str, int, int]]]:
    """Supplier, month, promises kept and due: by the first promise, and by the last one."""
    found = report(shop, n)
    return (
        [(each.supplier, each.month, each.kept, each.due) for each in found.first],
        [(each.supplier, each.month, each.kept, each.due) for each in found.last],
    )


def names(orders: list[OpenOrder]) -> list[str]:
    return [f"{order.purchase_order}/{order.line}" for order in orders]


def test_an_empty_shop_has_an_empty_report(shop: Shop) -> None:
    found = report(shop, 0)
    assert found.asof == day(0)
    assert not any((found.first, found.last, found.lead_times, found.late, found.unconfirmed, found.short))


def test_promises_are_judged_by_supplier_and_month_once_they_are_due(shop: Shop) -> None:
    routine = Routine(shop)
    shop.supplier("bolt")
    shop.product("DESK", supplier="bolt")
    routine.notify(shop.purchase("PO-1", {"quantity": 2, "stated_date": day(18)}))
    routine.notify(shop.purchase("PO-2", {"sku": "DESK", "stated_date": day(40)}, supplier="bolt"))
    for order, sku in (("O-1", "LAMP"), ("O-2", "LAMP"), ("O-3", "DESK")):
        routine.open(order, sku=sku)
    routine.until(at(15))
    routine.notify(shop.receive(1))
    assert kept(shop, 21) == ([], [])  # promised for day 21: due once that day is over
    assert kept(shop, 22)[0] == [("acme", "2025-03", 1, 2)]
    assert kept(shop, 60)[0] == [("acme", "2025-03", 1, 2), ("bolt", "2025-04", 0, 1)]


def test_a_promise_that_was_renewed_is_broken_by_the_first_and_kept_by_the_last(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase("PO-1", {"stated_date": day(18)}))
    routine.open()
    routine.until(at(10))
    routine.notify(shop.state_dates((10, day(28))))
    routine.until(at(28))
    routine.notify(shop.receive(10))
    first, last = kept(shop, 40)
    assert first == [("acme", "2025-03", 0, 1)]
    assert last == [("acme", "2025-04", 1, 1)]


def test_a_promise_that_the_customer_gave_up_on_in_time_is_not_judged(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase("PO-1", {"stated_date": day(18)}))
    for order in ("O-1", "O-2"):
        routine.open(order, payment="unpaid")
    routine.until(at(5))
    shop.cancel("O-1")
    routine.until(at(30))
    assert kept(shop, 31)[0] == [("acme", "2025-03", 0, 1)]
    shop.cancel("O-2")  # too late: it was broken by then
    assert kept(shop, 31)[0] == [("acme", "2025-03", 0, 1)]


def test_late_and_unconfirmed_orders_are_listed(shop: Shop) -> None:
    shop.supplier("bolt", lead_days=40)
    shop.product("DESK", supplier="bolt", lead_days=9)
    shop.purchase("PO-1", {"stated_date": day(8)}, {"stated_date": day(15)}, {"stated_date": day(30)})
    shop.purchase("PO-2", {"sku": "DESK"}, supplier="bolt")
    shop.purchase("PO-3", {"stated_date": day(15)})
    shop.now = at(9)
    shop.state_dates((10, day(15)), order="PO-3")
    found = report(shop, 10)
    assert names(found.late) == ["PO-1/1", "PO-2/1"]
    assert names(found.unconfirmed) == ["PO-1/2"]
    late = found.late[0]
    assert (late.supplier, late.sku, late.outstanding, late.due) == ("acme", "LAMP", 10, day(8))


def test_what_came_in_or_was_cancelled_or_has_no_date_is_not_late(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.purchase(f"PO-{number}", {"stated_date": day(8)})
    shop.receive(10)
    shop.services.supply.cancel_purchase_order("PO-2", None, shop.now)
    shop.state_dates((10, None), order="PO-3")
    found = report(shop, 30)
    assert (found.late, found.unconfirmed) == ([], [])


def test_a_part_that_is_late_makes_the_line_late(shop: Shop) -> None:
    shop.purchase()
    shop.state_dates((4, day(8)), (6, day(30)))
    assert names(report(shop, 9).late) == ["PO-1/1"]
    shop.receive(4)
    assert names(report(shop, 9).late) == []


def test_what_is_short_is_listed_with_what_is_missing(shop: Shop) -> None:
    shop.product("DESK")
    shop.purchase("PO-1", {"quantity": 3})
    shop.adjust(1)
    shop.open("O-1", 4)
    assert report(shop, 0).short == []
    shop.open("O-2", 2)
    shop.open("O-3", 5, sku="DESK")
    found = report(shop, 0).short
    assert [(each.sku, each.waiting, each.free, each.coming, each.missing) for each in found] == [
        ("DESK", 5, 0, 0, 5),
        ("LAMP", 5, 0, 3, 2),
    ]


def test_lead_times_and_reliability_come_from_the_shops_orders(shop: Shop) -> None:
    for number in range(6):
        shop.purchase(f"PO-{number}", {"stated_date": day(10)})
    for number in range(6):
        shop.now = at(8 + number)
        shop.receive(10, f"R-{number}", order=f"PO-{number}")
    found = report(shop, 30)
    [times] = found.lead_times
    assert (times.supplier, times.orders, times.arrived) == ("acme", 6, 6)
    assert times.p10 <= times.p50 <= times.p90
    [rate] = found.reliability
    assert (rate.on_time, rate.due) == (3, 6)
    assert 0.4 < rate.rate < 0.6


def test_the_day_is_the_shops(shop: Shop) -> None:
    assert shop.services.supply_report(at(0) + timedelta(hours=14, minutes=59)).asof == day(0)
    assert shop.services.supply_report(at(0) + timedelta(hours=15)).asof == day(1)
