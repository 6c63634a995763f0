"""What to order today: for the queue, what will be sold and safety; from whoever is best, in its packs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backorder import schemas
from backorder.domain.money import Money
from backorder.domain.supply.order_plan import PlanningRules
from backorder.errors import RefusedError
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sale import Sale
from backorder.forecasting.demand.stock_backtest import run_stock_backtest
from backorder.queries import planned_skus as queries
from backorder.queries.planned_skus import PlannedSkus, Wanted, planned_skus
from backorder.schemas import parse
from backorder.services.keep_supplier_price import keep_supplier_price
from backorder.services.lead_history import lead_history
from backorder.services.place_orders import place_orders
from backorder.services.plan_orders import OrderPlan, PlannedOrder
from backorder.storage.engine import reading
from tests.support.days import day
from tests.support.routine import Routine
from tests.support.sales import sales_of
from tests.support.shop import Shop

RULES = PlanningRules()


def plan(shop: Shop, rules: PlanningRules = RULES, skus: Sequence[str] = ("LAMP", "RUG")) -> OrderPlan:
    """The plan of a shop that sold five of each in each of the last 30 weeks; rugs it has no more."""
    weeks = [day(0) - timedelta(weeks=number) for number in range(1, 31)]
    sold = [(sku, each, 5) for sku in skus for each in weeks]
    return shop.services.order_planning.orders(sales_of(sold), day(0), rules)


def planned(
    shop: Shop, rules: PlanningRules = RULES, skus: Sequence[str] = ("LAMP", "RUG")
) -> dict[str, PlannedOrder]:
    return {each.sku: each for each in plan(shop, rules, skus).orders}


def asks(shop: Shop, supplier: str, sku: str = "LAMP", **said: Any) -> None:
    """What a supplier asks for a product."""
    price = parse(schemas.SupplierPrice, {"supplier": supplier, "sku": sku} | said)
    keep_supplier_price(shop.services.engine, price, shop.now)


def test_stock_is_that_of_the_products_on_record(shop: Shop) -> None:
    ordered = planned(shop)["LAMP"]
    sold = sales_of([(sku, day(0) - timedelta(weeks=n), 5) for sku in ("LAMP", "RUG") for n in range(1, 31)])
    [found] = shop.services.order_planning.stock(sold, day(0), RULES)
    assert (found.sku, found.reorder_point, found.lead_days) == ("LAMP", ordered.reorder_point, (14, 14))
    assert found.safety_stock == ordered.safety_stock == found.reorder_point - round(found.expected)
    assert "acme states 14 days; fewer than 5 orders have arrived" in found.lead
    assert found.method.startswith("mixed of")
    shop.product("DESK")
    [new, _] = shop.services.order_planning.stock(sold, day(0), RULES)
    assert new.method.startswith("no sale yet")
    nothing = shop.services.order_planning.stock(sales_of([]), day(0), RULES)
    assert {(each.reorder_point, each.lead_days) for each in nothing} == {(0, (14, 14))}
    shop.product(lead_days=28)
    [_, longer] = shop.services.order_planning.stock(sold, day(0), RULES)
    assert longer.lead_days == (28, 28)


def test_orders_are_for_the_queue_what_is_expected_and_safety(shop: Shop) -> None:
    routine = Routine(shop)
    shop.product("DESK")
    alone = planned(shop)
    assert alone.keys() == {"LAMP"}
    lamp = alone["LAMP"]
    assert lamp.quantity == lamp.reorder_point
    assert lamp.expected > 5
    assert "expected until the next order arrives" in lamp.words
    assert "how reliable acme is nobody knows yet" in lamp.words
    routine.open("O-1", sku="LAMP", quantity=2)
    routine.open("O-2", sku="DESK", quantity=3)
    waited = planned(shop)
    assert waited["LAMP"].quantity == lamp.quantity + 2
    assert waited["LAMP"].words.startswith("2 wait, ")
    assert (waited["DESK"].quantity, waited["DESK"].reorder_point) == (3, 0)
    assert "no sale yet" in waited["DESK"].words
    routine.notify(shop.purchase("PO-1", {"quantity": lamp.quantity + 1, "stated_date": day(20)}))
    short = planned(shop)["LAMP"]
    assert short.coming == lamp.quantity + 1
    assert short.quantity >= 1
    routine.notify(shop.purchase("PO-2", {"quantity": 500, "stated_date": day(20)}))
    assert "LAMP" not in planned(shop)
    routine.notify(shop.state_dates((500, None), order="PO-2"))
    undated = planned(shop)["LAMP"]
    assert (undated.quantity, undated.undated, undated.later) == (short.quantity, 500, 0)
    assert "500 on order have no date and do not count" in undated.words
    routine.notify(shop.state_dates((500, day(200)), order="PO-2"))
    late = planned(shop)["LAMP"]
    assert (late.quantity, late.undated, late.later) == (short.quantity, 0, 500)
    assert "500 on order come too late to count" in late.words


def test_with_no_sales_what_waits_is_ordered_and_the_plan_says_so(shop: Shop) -> None:
    Routine(shop).open("O-1", sku="LAMP", quantity=2)
    shop.product("DESK")
    [order] = shop.services.order_planning.orders(sales_of([]), day(0), RULES).orders
    assert (order.sku, order.quantity, order.expected) == ("LAMP", 2, 0)
    assert order.words.endswith("no sales before this week: only what waits is counted")
    tight = replace(RULES, budget=Money(Decimal("1.00"), "EUR"))
    asks(shop, "acme", price="0.90", currency="EUR")
    cut = shop.services.order_planning.orders(sales_of([]), day(0), tight)
    assert [each.quantity for each in cut.orders] == [1]
    assert cut.orders[0].words.count("cut from 2 to 1") == 1


def test_the_supplier_that_is_best_by_days_reliability_and_price_is_asked(shop: Shop) -> None:
    slow = planned(shop)["LAMP"]
    shop.supplier("birch", lead_days=1)
    shop.supplier("acme", lead_days=40, backups=["birch", "nobody"])
    fast = planned(shop)["LAMP"]
    assert (slow.supplier, fast.supplier) == ("acme", "birch")
    assert fast.expected < slow.expected
    assert "birch is 39 days faster than acme" in fast.words
    assert "price not considered: none on record of acme, birch" in fast.words
    asks(shop, "acme", price="5.00", currency="EUR")
    asks(shop, "birch", price="9.00", currency="EUR", pack_size=12)
    dear = planned(shop)["LAMP"]
    assert (dear.supplier, dear.price, dear.cost) == ("acme", Decimal(5), dear.quantity * Decimal(5))
    assert "acme is 39 days slower than birch but 4.00 EUR a unit cheaper" in dear.words
    soon = planned(shop, replace(RULES, day_worth=5))["LAMP"]
    assert (soon.supplier, soon.quantity % 12) == ("birch", 0)
    asks(shop, "birch", pack_size=12)
    assert planned(shop)["LAMP"].words.count("none on record of birch") == 1


def test_packs_and_minimums_are_those_of_the_product_unless_the_supplier_has_its_own(shop: Shop) -> None:
    needed = planned(shop)["LAMP"].needed
    shop.product(pack_size=10, minimum_order=100)
    lamp = planned(shop)["LAMP"]
    assert (lamp.needed, lamp.quantity, lamp.pack_size, lamp.minimum_order) == (needed, 100, 10, 100)
    assert f"{needed} needed, 100 ordered: at least 100, in packs of 10" in lamp.words
    asks(shop, "acme", pack_size=7, minimum_order=1)
    own = planned(shop)["LAMP"]
    assert own.quantity == -(-needed // 7) * 7
    assert own.price is None


def test_a_budget_orders_first_what_avoids_most_shortage_for_its_money(shop: Shop) -> None:
    skus = ("LAMP", "DESK", "CHAIR", "VASE")
    for sku in skus[1:]:
        shop.product(sku)
    asks(shop, "acme", "LAMP", price="1.00", currency="EUR")
    asks(shop, "acme", "DESK", price="100.00", currency="EUR")
    asks(shop, "acme", "CHAIR", price="1.00", currency="USD")
    every = planned(shop, skus=skus)
    assert every.keys() == set(skus)
    lamps = every["LAMP"].quantity
    rules = replace(RULES, budget=Money(Decimal(lamps + 350), "EUR"))
    found = plan(shop, rules, skus)
    assert {each.sku: each.quantity for each in found.orders} == {"LAMP": lamps, "DESK": 3}
    assert "cut from" in next(each for each in found.orders if each.sku == "DESK").words
    left = {each.sku: each.why for each in found.left_out}
    assert left["CHAIR"] == "acme asks USD for it, and the budget is in EUR"
    assert "what acme asks for it is not on record" in left["VASE"]
    assert found.budget is not None
    assert (found.budget.spent, found.budget.left) == (Decimal(lamps + 300), Decimal(50))
    written = place_orders(shop.services.supply, found.orders, shop.now)
    assert [each.fault for each in written] == [""]
    again = plan(shop, rules, skus)
    assert again.orders == (), "what was ordered on that day counts"
    assert again.budget is not None
    assert again.budget.before == found.budget.spent


def test_orders_on_record_are_no_longer_short_and_never_placed_twice(shop: Shop) -> None:
    shop.supplier("birch", lead_days=3)
    shop.product("DESK", supplier="birch")
    Routine(shop).open("O-1", sku="LAMP", quantity=2)
    skus = ("LAMP", "DESK")
    first = plan(shop, skus=skus)
    assert {each.sku: (each.purchase_order, each.line) for each in first.orders} == {
        "LAMP": (f"acme-{day(0)}", "1"),
        "DESK": (f"birch-{day(0)}", "1"),
    }
    placed = place_orders(shop.services.supply, first.orders, shop.now)
    assert {each.id: (each.lines, each.fault) for each in placed} == {
        f"acme-{day(0)}": (1, ""),
        f"birch-{day(0)}": (1, ""),
    }
    assert {sku for each in placed for sku in each.after.skus} == set(skus)
    assert plan(shop, skus=skus).orders == ()
    twice = place_orders(shop.services.supply, first.orders, shop.now)
    assert all("already" in each.fault and not each.after for each in twice)
    assert len(shop.rows("SELECT * FROM purchase_order_lines")) == 2
    Routine(shop).open("O-2", sku="LAMP", quantity=7)
    [more] = plan(shop, skus=skus).orders
    assert (more.purchase_order, more.quantity) == (f"acme-{day(0)}-2", 7)


def test_a_product_that_cannot_be_read_stops_no_other(shop: Shop) -> None:
    shop.product("DESK")
    shop.supplier("birch")
    shop.product("VASE", supplier="birch")
    shop.run("UPDATE suppliers SET backups = 'nonsense' WHERE id = 'birch'")
    found = plan(shop, skus=("LAMP", "DESK", "VASE"))
    assert {each.sku for each in found.orders} == {"LAMP", "DESK"}
    [left] = found.left_out
    assert (left.sku, left.why.startswith("it cannot be planned: ")) == ("VASE", True)


def test_a_whole_shops_plan_is_worked_out_once_for_as_long_as_it_stands(shop: Shop) -> None:
    kept, services = shop.services.kept_plans, shop.services
    Routine(shop).open("O-1", sku="LAMP", quantity=2)
    first = kept.orders(day(0), RULES)
    assert [each.quantity for each in first[0].orders] == [2]
    assert kept.orders(day(0), RULES) is first
    assert kept.orders(day(0), replace(RULES, service=0.9)) is not first
    assert kept.orders(day(0), RULES) is first
    weeks = [Sale(sku="LAMP", day=day(0) - timedelta(weeks=number), quantity=5) for number in range(1, 31)]
    changes: dict[str, Callable[[], object]] = {
        "sales": lambda: services.sales.keep(weeks, shop.now),
        "a price": lambda: asks(shop, "acme", price="4.00", currency="EUR"),
        "stock": lambda: shop.adjust(3),
        "a line": lambda: shop.open("O-2", 4),
        "a purchase order": lambda: shop.purchase("PO-1", {"quantity": 4}),
        "a date": lambda: shop.state_dates((4, day(30))),
        "a product": lambda: shop.product(pack_size=12),
        "a supplier": lambda: shop.supplier(lead_days=28),
    }
    for what, change in changes.items():
        before = kept.orders(day(0), RULES)
        shop.now += timedelta(minutes=1)
        change()
        assert kept.orders(day(0), RULES) is not before, what


def test_a_backtest_knows_the_lead_time_of_each_product_on_record(shop: Shop) -> None:
    shop.product("DESK", lead_days=28)
    weeks = [day(0) - timedelta(weeks=number) for number in range(1, 61)]
    sold = sales_of([(sku, each, 5) for sku in ("LAMP", "DESK", "RUG") for each in weeks])
    services = shop.services
    mine, leads, kinds = lead_history(services.engine, services.forecasts, sold, day(0))
    assert (mine.skus, kinds.tolist()) == (["DESK", "LAMP"], [0, 1])
    assert [sorted(set(each)) for each in leads(day(-100)).known] == [[28.0], [14.0]]
    found = run_stock_backtest(mine, PERIODS["week"], leads, 7, 0.9, kinds)
    assert found is not None
    assert (found.items, found.ours.service) == (2, 1.0)
    with pytest.raises(RefusedError, match="there are no sales of products on record"):
        lead_history(services.engine, services.forecasts, sales_of([("RUG", day(-9), 5)]), day(0))


def test_a_page_is_planned_beside_a_part_of_a_large_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.supplier("birch")
    for number in range(6):
        shop.product(f"DESK-{number}", supplier="birch" if number % 2 else "acme")
    shop.services.sales.keep([Sale(sku="RUG", day=day(-9), quantity=5)], shop.now)
    shop.open("O-1", sku="LAMP")

    def asked(cursor: str | None = None, limit: int = 3, **wanted: Any) -> PlannedSkus:
        with reading(shop.services.engine) as connection:
            return planned_skus(connection, Wanted(**wanted), of="plan", cursor=cursor, limit=limit)

    first = asked(sold=True)
    assert (first.skus, first.beside, first.remarks) == (["DESK-0", "DESK-1", "DESK-2"], None, ())
    second = asked(first.next, sold=True)
    third = asked(second.next, sold=True)
    assert [*second.skus, *third.skus] == ["DESK-3", "DESK-4", "DESK-5", "LAMP", "RUG"]
    assert (third.next, asked(third.next, 9).skus[-1]) == (None, "LAMP")
    assert asked(supplier="birch").skus == ["DESK-1", "DESK-3", "DESK-5"]
    named = asked(skus=["RUG", "LAMP", "DESK-9"])
    assert (named.skus, len(named.remarks)) == (["LAMP"], 1)
    assert named.remarks[0].startswith("2 SKUs are no product on record and left out, since nobody says who")
    assert named.remarks[0].endswith('`backorder supply product` does: "DESK-9", "RUG"')
    asks(shop, "birch", price="4.00", currency="EUR")
    shop.run("UPDATE suppliers SET backups = '[\"acme\"]' WHERE id = 'birch'")
    assert asked(supplier="birch", any=True, limit=9).skus == ["DESK-1", "DESK-3", "DESK-5", "LAMP"]
    assert len(asked(supplier="acme", any=True, limit=9).skus) == 7
    monkeypatch.setattr(queries, "BESIDE", 2)
    assert asked(skus=["LAMP"]).beside == ["DESK-0", "DESK-3", "LAMP"]
    assert asked().remarks[0] == "forecast beside 2 of the shop's 7 products, evenly spread by SKU"
    assert asked().remarks[1].startswith("1 SKU is no product on record"), "what was sold"
    assert len(asked(sold=True).remarks) == len(asked(asked().next).remarks) == 1
    with pytest.raises(RefusedError, match="cursor: this is no cursor of this list"):
        asked("none")
