"""What is asked all day long never reads a whole table that grows."""

from __future__ import annotations

from tests.support.days import at, day
from tests.support.query_plans import asked, plan, read_whole
from tests.support.shop import Shop

GROWING = {
    "backorders",
    "demands",
    "messages",
    "message_items",
    "sends",
    "requests",
    "timeline",
    "events",
    "purchase_order_lines",
    "expected_receipts",
    "receipts",
    "stated_dates",
    "stock_movements",
    "stock_counts",
}


def test_the_everyday_queries_use_indexes(shop: Shop) -> None:
    services = shop.services
    services.forecasts.prepare(day(0))  # learns from everything, once a morning
    with asked(services.engine) as statements:
        shop.supplier()
        shop.product()
        shop.purchase()
        shop.start("O-1")
        shop.start("O-2", 3)
        shop.dispatch()
        shop.receive(2)
        shop.replan()
        shop.cancel("O-1")
        shop.ship("O-2")
        shop.adjust(-1)
        services.purchasing.follow_up("PO-1", shop.now)
        services.planner.unnotified("LAMP", after="", limit=9)
        services.reconciler.orphaned(at(1))
        services.reconciler.stalled(at(1))
    assert len({statement for statement, _ in statements}) > 20
    found = read_whole(services.engine, statements)
    assert {statement: tables for statement, tables in found.items() if tables & GROWING} == {}
    # What happened to a product since, which is mostly nothing, not all that ever happened to it.
    since = next(each for each in statements if "UNION ALL" in each[0] and "spared" in each[0])
    assert "ix_stock_movements_sku_happened_at" in plan(services.engine, *since)
