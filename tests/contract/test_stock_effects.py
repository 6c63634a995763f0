"""What a fact of stock does to those who wait: shown before it is written, and named once it is."""

from __future__ import annotations

from typing import Any

import pytest

from backorder import schemas
from backorder.errors import RefusedError
from backorder.ports import Notify
from backorder.schemas import parse
from backorder.services.record_stock import Booked
from backorder.services.services import Rehearsal, Services
from backorder.services.supplier_dates import DatesEffect
from tests.support.days import at, day
from tests.support.shop import Shop

TABLES = "stock stock_movements stock_counts demands allocations replans tasks receipts expected_receipts"


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
    shop.dispatch()
    shop.now = at(1)
    return shop


def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    return {name: shop.rows(f"SELECT * FROM {name}") for name in TABLES.split()}


def count(on_hand: int) -> schemas.StockCount:
    return parse(schemas.StockCount, {"sku": "LAMP", "on_hand": on_hand, "as_of": at(1)})


def test_a_preview_names_who_loses_units_and_who_hears_and_writes_nothing(held: Shop) -> None:
    before = everything(held)
    booked = held.services.stock.count(count(3), held.now, preview=True)
    assert everything(held) == before
    assert (booked.on_hand, booked.change) == (3, -3)
    assert [(each.backorder, each.units, each.after) for each in booked.effects] == [
        ("O-2/1", -1, day(20)),
        ("O-3/1", -2, day(20)),
    ]
    assert {each.hears for each in booked.effects} == {"apology"}
    assert {each.before for each in booked.effects} == {day(1)}
    held.services.stock.count(count(3), held.now)
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
    shop.dispatch()
    shop.now = at(1)
    shop.adjust(2)
    assert about_to_hear(shop, "O-1") == ["earlier"]
    booked = shop.services.stock.count(count(0), shop.now, preview=True)
    assert [(each.backorder, each.units, each.hears) for each in booked.effects] == [("O-1/1", -2, "")]
    shop.services.stock.count(count(0), shop.now)
    assert about_to_hear(shop, "O-1") == [""]


def test_the_answer_names_the_lines_that_lose_and_get_units(held: Shop) -> None:
    lost = held.services.stock.count(count(3), held.now)
    assert [(grant.id, grant.units) for grant in lost.lost] == [("O-3/1", 2), ("O-2/1", 1)]
    assert lost.effects == ()
    raw = {"receipt_id": "R-1", "purchase_order": "PO-1", "line": "1", "quantity": 4, "received_at": at(2)}
    held.now = at(2)
    came = held.services.stock.receive(parse(schemas.Receipt, raw), held.now)
    assert sum(grant.units for grant in came.given) == 4
    assert held.stock() == (7, 7)


def test_a_preview_of_more_shows_who_gets_it(held: Shop) -> None:
    raw = {"adjustment_id": "A-9", "sku": "LAMP", "quantity": 1, "reason": "found"}
    booked = held.services.stock.adjust(parse(schemas.Adjustment, raw), held.now, preview=True)
    [effect] = booked.effects
    assert (effect.backorder, effect.units, effect.before, effect.after) == ("O-4/1", 1, day(20), day(1))
    assert effect.hears == "earlier"
    assert held.stock() == (6, 6)


def test_units_added_after_a_cancellation_are_remarked_on(held: Shop) -> None:
    held.cancel("O-1")
    raw = {"adjustment_id": "A-9", "sku": "LAMP", "quantity": 2, "reason": "cancelled order"}
    booked = held.services.stock.adjust(parse(schemas.Adjustment, raw), held.now)
    assert booked.remarks == (
        "2 units came back by themselves when lines were cancelled (O-1/1 for one); "
        "if these are the same, take them out again with --quantity=-2",
    )


def test_a_fact_that_was_known_says_so(held: Shop) -> None:
    held.services.stock.count(count(6), held.now)
    again = held.services.stock.count(count(6), held.now)
    assert (again.new, again.change, again.after) == (False, 0, Notify())


def effects_of(booked: Booked | DatesEffect) -> list[tuple[Any, ...]]:
    return [(each.backorder, each.units, each.before, each.after, each.hears) for each in booked.effects]


FACTS = (
    (schemas.Receipt, {"purchase_order": "PO-1", "line": "1", "quantity": 2, "received_at": at(1)}),
    (schemas.Adjustment, {"sku": "LAMP", "quantity": -3, "reason": "broken"}),
    (schemas.Adjustment, {"sku": "LAMP", "quantity": 1, "reason": "found"}),
    (schemas.StockCount, {"sku": "LAMP", "on_hand": 4, "as_of": at(1)}),
    (schemas.SupplyReturn, {"purchase_order": "PO-1", "line": "1", "receipt_id": "R-0", "quantity": 1}),
    (schemas.StatedDates, {"purchase_order": "PO-1", "line": "1", "source": "mail"}),
)
"""A fact of each kind; what names it, and the date that is stated, is said with it."""


def fact(number: int, kind: int, outstanding: int) -> schemas.Incoming:
    model, raw = FACTS[kind]
    names = {"receipt_id": f"R-{number}", "adjustment_id": f"X-{number}", "return_id": f"B-{number}"}
    said = {name: value for name, value in names.items() if name in model.model_fields and name not in raw}
    if model is schemas.StatedDates:
        said |= {"splits": [{"quantity": outstanding, "date": day(20 + number)}]}  # type: ignore[dict-item]
    return parse(model, raw | said)


def tell(books: Services | Rehearsal, told: schemas.Incoming, when: Any) -> Booked | DatesEffect:
    match told:
        case schemas.Receipt():
            return books.stock.receive(told, when, effects=True)
        case schemas.SupplyReturn():
            return books.stock.send_back(told, when, effects=True)
        case schemas.StockCount():
            return books.stock.count(told, when, effects=True)
        case schemas.StatedDates():
            return books.dates.state(told, when)
    assert isinstance(told, schemas.Adjustment)
    return books.stock.adjust(told, when, effects=True)


@pytest.mark.parametrize("order", [(0, 5, 1, 3), (1, 5, 3, 2, 0), (2, 1, 4, 5)])
def test_a_rehearsal_of_many_facts_says_what_then_happens(held: Shop, order: tuple[int, ...]) -> None:
    """Each fact is tried on what those before it led to, and nothing of it stays."""
    held.purchase("PO-1", {"quantity": 8, "stated_date": day(20)})
    held.receive(1, "R-0")
    held.replan()
    before, outstanding = everything(held), 7
    facts = []
    for number, kind in enumerate(order, start=1):
        facts.append(fact(number, kind, outstanding))
        outstanding -= 2 * (kind == 0)
    with held.services.rehearsal(held.now) as rehearsal:
        tried = [effects_of(tell(rehearsal, each, held.now)) for each in facts]
    assert everything(held) == before
    done = []
    for each in facts:
        held_before = {row["backorder"]: row["allocated"] for row in held.rows("SELECT * FROM demands")}
        done.append(effects_of(tell(held.services, each, held.now)))
        for backorder, units, *_ in done[-1]:
            now = held.allocated(backorder.partition("/")[0])[0]
            assert now - held_before[backorder] == units, "the units that it names are those that moved"
    assert done == tried
    assert any(done)


def test_a_fact_that_cannot_be_leaves_the_rehearsal_as_it_was(held: Shop) -> None:
    with held.services.rehearsal(held.now) as rehearsal:
        for wrong in ({"sku": "SOFA"}, {"quantity": -99}):
            raw = {"adjustment_id": "A-8", "sku": "LAMP", "quantity": -1, "reason": "broken"} | wrong
            with pytest.raises(RefusedError):
                rehearsal.stock.adjust(parse(schemas.Adjustment, raw), held.now)
        raw = {"adjustment_id": "A-9", "sku": "LAMP", "quantity": -1, "reason": "broken"}
        found = rehearsal.stock.adjust(parse(schemas.Adjustment, raw), held.now, effects=True)
    assert [(each.backorder, each.units) for each in found.effects] == [("O-3/1", -1)]
