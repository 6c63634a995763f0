"""What to order today: for the queue, what will be sold and safety; from whoever is expected first."""

from __future__ import annotations

from datetime import timedelta

from backorder.forecasting.demand.periods import PERIODS
from backorder.services.plan_orders import PlannedOrder
from tests.support.days import day
from tests.support.routine import Routine
from tests.support.sales import sales_of
from tests.support.shop import Shop

WEEK = PERIODS["week"]


def planned(shop: Shop, units: int = 5) -> dict[str, PlannedOrder]:
    """The orders of a shop that sold as many lamps in each of the last 30 weeks, and rugs it has no more."""
    weeks = [day(0) - timedelta(weeks=number) for number in range(1, 31)]
    sold = [(sku, each, units) for sku in ("LAMP", "RUG") for each in weeks]
    found = shop.services.order_planning.orders(sales_of(sold), WEEK, day(0), 0.95, 7)
    return {each.sku: each for each in found}


def test_stock_is_that_of_the_products_on_record(shop: Shop) -> None:
    ordered = planned(shop)["LAMP"]
    sold = sales_of([(sku, day(0) - timedelta(weeks=n), 5) for sku in ("LAMP", "RUG") for n in range(1, 31)])
    [found] = shop.services.order_planning.stock(sold, WEEK, day(0), 0.95, 7)
    assert (found.sku, found.reorder_point, found.lead_days) == ("LAMP", ordered.reorder_point, (14, 14))


def test_orders_are_for_the_queue_what_is_expected_and_safety(shop: Shop) -> None:
    routine = Routine(shop)
    shop.product("DESK")
    alone = planned(shop)
    assert alone.keys() == {"LAMP"}
    lamp = alone["LAMP"]
    assert lamp.quantity == lamp.reorder_point
    assert lamp.expected > 5
    assert "expected until the next order arrives" in lamp.words
    assert "acme is on time in" in lamp.words
    routine.open("O-1", sku="LAMP", quantity=2)
    routine.open("O-2", sku="DESK", quantity=3)
    waited = planned(shop)
    assert waited["LAMP"].quantity == lamp.quantity + 2
    assert waited["LAMP"].words.startswith("2 wait, ")
    assert (waited["DESK"].quantity, waited["DESK"].reorder_point) == (3, 0)
    routine.notify(shop.purchase("PO-1", {"quantity": lamp.quantity + 1, "stated_date": day(20)}))
    short = planned(shop)["LAMP"]
    assert short.coming == lamp.quantity + 1
    assert short.quantity >= 1
    routine.notify(shop.purchase("PO-2", {"quantity": 500, "stated_date": day(20)}))
    assert "LAMP" not in planned(shop)


def test_the_supplier_that_is_expected_first_is_asked(shop: Shop) -> None:
    slow = planned(shop)["LAMP"]
    shop.supplier("birch", lead_days=1)
    shop.supplier("acme", lead_days=40, backups=["birch"])
    fast = planned(shop)["LAMP"]
    assert (slow.supplier, fast.supplier) == ("acme", "birch")
    assert fast.expected < slow.expected
    assert "days faster than acme" in fast.words
