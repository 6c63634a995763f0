"""What a fact of stock does to those who wait: shown before it is written, and named once it is."""

from __future__ import annotations

from typing import Any

import pytest

from backorder import intake
from backorder.intake import parse
from backorder.ports import After
from tests.contract.shop import Shop, at, day

TABLES = "stock stock_movements stock_counts demands allocations replans tasks receipts incoming"


@pytest.fixture
def held(shop: Shop) -> Shop:
    """Three lines hold two lamps each; four more are stated for day 20, and a fourth line waits for them."""
    shop.purchase("PO-1", {"quantity": 4, "stated_date": day(20)})
    shop.adjust(6)
    for number in (1, 2, 3):
        shop.start(f"O-{number}", 2, ordered_at=at(number - 9))
    shop.start("O-4", 1)
    shop.replan()
    for number in (1, 2, 3, 4):
        shop.review(f"O-{number}")
    shop.speak()
    shop.now = at(1)
    return shop


def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    return {name: shop.rows(f"SELECT * FROM {name}") for name in TABLES.split()}


def count(on_hand: int) -> intake.StockCount:
    return parse(intake.StockCount, {"sku": "LAMP", "on_hand": on_hand, "as_of": at(1)})


def test_a_preview_names_who_loses_units_and_who_hears_and_writes_nothing(held: Shop) -> None:
    before = everything(held)
    booked = held.store.stock.count(count(3), held.now, preview=True)
    assert everything(held) == before
    assert (booked.on_hand, booked.change) == (3, -3)
    assert [(each.backorder, each.units, each.after) for each in booked.effects] == [
        ("O-2/1", -1, day(20)),
        ("O-3/1", -2, day(20)),
    ]
    assert {each.hears for each in booked.effects} == {"apology"}
    assert {each.before for each in booked.effects} == {day(1)}
    held.store.stock.count(count(3), held.now)
    assert held.allocated("O-1", "O-2", "O-3") == [2, 1, 0], "it does what the preview said"
    assert about_to_hear(held, "O-2", "O-3") == ["apology", "apology"]


def about_to_hear(shop: Shop, *orders: str) -> list[str]:
    """The promise that each line's customer is about to be told, once the line has looked."""
    shop.replan()
    for order in orders:
        shop.review(order)
    return [pending.kind.value if (pending := shop.state(order).pending) else "" for order in orders]


def test_who_was_not_told_that_units_were_ready_and_reads_no_worse_date_hears_no_apology(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1", 2)
    shop.speak()
    shop.now = at(1)
    shop.adjust(2)
    assert about_to_hear(shop, "O-1") == ["earlier"]
    booked = shop.store.stock.count(count(0), shop.now, preview=True)
    assert [(each.backorder, each.units, each.hears) for each in booked.effects] == [("O-1/1", -2, "")]
    shop.store.stock.count(count(0), shop.now)
    assert about_to_hear(shop, "O-1") == [""]


def test_the_answer_names_the_lines_that_lose_and_get_units(held: Shop) -> None:
    lost = held.store.stock.count(count(3), held.now)
    assert [(grant.id, grant.units) for grant in lost.lost] == [("O-3/1", 2), ("O-2/1", 1)]
    assert lost.effects == ()
    raw = {"receipt_id": "R-1", "purchase_order": "PO-1", "line": "1", "quantity": 4, "received_at": at(2)}
    held.now = at(2)
    came = held.store.stock.receive(parse(intake.Receipt, raw), held.now)
    assert sum(grant.units for grant in came.given) == 4
    assert held.shelf() == (7, 7)


def test_a_preview_of_more_shows_who_gets_it(held: Shop) -> None:
    raw = {"adjustment_id": "A-9", "sku": "LAMP", "quantity": 1, "reason": "found"}
    booked = held.store.stock.adjust(parse(intake.Adjustment, raw), held.now, preview=True)
    [effect] = booked.effects
    assert (effect.backorder, effect.units, effect.before, effect.after) == ("O-4/1", 1, day(20), day(1))
    assert effect.hears == "earlier"
    assert held.shelf() == (6, 6)


def test_units_added_after_a_cancellation_are_remarked_on(held: Shop) -> None:
    held.cancel("O-1")
    raw = {"adjustment_id": "A-9", "sku": "LAMP", "quantity": 2, "reason": "cancelled order"}
    booked = held.store.stock.adjust(parse(intake.Adjustment, raw), held.now)
    assert booked.remarks == (
        "2 units came back by themselves when lines were cancelled (O-1/1 for one); "
        "if these are the same, take them out again with --quantity=-2",
    )


def test_a_fact_that_was_known_says_so(held: Shop) -> None:
    held.store.stock.count(count(6), held.now)
    again = held.store.stock.count(count(6), held.now)
    assert (again.new, again.change, again.after) == (False, 0, After())
