"""What would come of something that has not happened: true to what then happens, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import select

from backorder.errors import RefusedError
from backorder.schemas import Receipt, parse
from backorder.schemas.what_if import SupplierMove
from backorder.services import what_if
from backorder.services.what_if import Consequences, WhatIfs, new_receipt_id
from backorder.storage.engine import reading
from backorder.storage.tables import metadata
from tests.support.days import day
from tests.support.query_plans import asked
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, says, two_lines, word


@pytest.fixture
def routine(shop: Shop) -> Routine:
    return two_lines(shop)


def every_row(shop: Shop) -> dict[str, Sequence[Any]]:
    """All that the database holds."""
    with reading(shop.services.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def move(**fields: Any) -> SupplierMove:
    return parse(SupplierMove, {"supplier": "acme"} | fields)


def arriving(quantity: int, shop: Shop) -> Receipt:
    raw = {"receipt_id": new_receipt_id(), "purchase_order": "PO-1", "line": "1", "quantity": quantity}
    return parse(Receipt, raw | {"received_at": shop.now})


QUESTIONS: dict[str, Callable[[WhatIfs, Shop], Consequences]] = {
    "a date": lambda ask, shop: ask.date(word((5, day(20)), (5, day(27))), shop.now),
    "a date for the buyer": lambda ask, shop: ask.date(word((10, day(90))), shop.now),
    "no supply": lambda ask, shop: ask.date(word(), shop.now),
    "a receipt": lambda ask, shop: ask.receipt(arriving(10, shop), shop.now),
    "too much": lambda ask, shop: ask.receipt(arriving(12, shop), shop.now),
    "a late supplier": lambda ask, shop: ask.supplier(move(days=9), shop.now),
    "an early supplier": lambda ask, shop: ask.supplier(move(days=-9), shop.now),
    "a silent supplier": lambda ask, shop: ask.supplier(move(no_date=True), shop.now),
    "a supplier who is gone": lambda ask, shop: ask.supplier(move(cannot_supply=True), shop.now),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_not_one_row_changes(routine: Routine, question: str) -> None:
    before = every_row(routine.shop)
    assert sum(map(len, before.values())) > 20
    found = QUESTIONS[question](routine.shop.services.what_if, routine.shop)
    assert found.effects
    assert every_row(routine.shop) == before


@pytest.mark.parametrize("question", ["a date", "no supply"])
def test_a_date_leads_to_what_was_said_of_it(routine: Routine, question: str) -> None:
    shop = routine.shop
    found = QUESTIONS[question](shop.services.what_if, shop)
    before = len(routine.kinds_told())
    routine.notify(says(shop, *([(5, day(20)), (5, day(27))] if question == "a date" else [])).after)
    routine.until(shop.now + 3 * HOURS)
    told = routine.kinds_told()[before:]
    assert {kind: told.count(kind) for kind in sorted(set(told))} == found.hears


def test_the_queue_is_told_before_and_after(routine: Routine) -> None:
    ask, shop = routine.shop.services.what_if, routine.shop
    [moved] = ask.date(word((5, day(20)), (5, day(27))), shop.now).moved
    assert asdict(moved.before) == {"lines": 2, "units": 8, "dateless": 0, "last": day(20)}
    assert asdict(moved.after) == {"lines": 2, "units": 8, "dateless": 0, "last": day(27)}
    assert [(each.backorder, each.days, each.hears) for each in moved.effects] == [("O-2/1", 7, "delayed")]
    [moved] = ask.receipt(arriving(5, shop), shop.now).moved
    assert [(each.backorder, each.units) for each in moved.effects] == [("O-1/1", 4), ("O-2/1", 1)]
    assert (moved.after.lines, moved.after.units, moved.after.dateless) == (1, 3, 0)
    [moved] = ask.date(word(), shop.now).moved
    assert asdict(moved.after) == {"lines": 2, "units": 8, "dateless": 2, "last": None}


def test_a_date_that_the_buyer_would_see_first_is_said_to_be_one(routine: Routine) -> None:
    found = QUESTIONS["a date for the buyer"](routine.shop.services.what_if, routine.shop)
    [waits] = found.waits_for_buyer
    assert (waits.purchase_order, waits.line, waits.why) == ("PO-1", "1", "it moves a date by 70 days")
    assert found.hears == {"delayed": 2}


def test_a_supplier_moves_all_that_they_owe_and_nobody_elses(
    routine: Routine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days count from the stated day, or from the likely one; what the others owe stays as it is."""
    shop = routine.shop
    shop.supplier("bolt")
    shop.product("DESK")
    shop.purchase("PO-2", {"sku": "DESK", "quantity": 2, "stated_date": None}, {"sku": "DESK", "quantity": 2})
    shop.purchase("PO-3", {"sku": "DESK", "quantity": 4, "stated_date": day(18)}, supplier="bolt")
    for order in ("O-3", "O-4"):
        shop.start(order, 4, sku="DESK")
    found = shop.services.what_if.supplier(move(days=9), shop.now)
    assert [each.sku for each in found.moved] == ["DESK", "LAMP"]
    lamps = [(each.before, each.after) for each in found.moved[1].effects]
    assert lamps == [(day(20), day(29))] * 2
    desks = [(each.backorder, each.before, each.after) for each in found.moved[0].effects]
    # The desks of the other supplier come first then, and serve the one who is first in the queue.
    assert desks == [("O-3/1", day(14), day(18)), ("O-4/1", day(18), day(23))]
    monkeypatch.setattr(what_if, "LINES_A_PART", 1)
    counted: list[tuple[int, int]] = []
    with asked(shop.services.engine) as statements:
        parted = shop.services.what_if.supplier(move(days=9), shop.now, lambda *steps: counted.append(steps))
    assert counted == [(done, 5) for done in range(1, 6)]
    # A line is asked what its customer hears once, however many purchase orders of its product move.
    assert sum("FROM backorders JOIN demands" in words for words, _ in statements) == len(parted.moved)
    assert (parted.moved, parted.waits_for_buyer) == (found.moved, found.waits_for_buyer)
    assert [each.partition(":")[0] for each in parted.remarks] == [
        "3 purchase-order lines of 2 products were tried in 2 parts"
    ]
    gone = shop.services.what_if.supplier(move(supplier="bolt", cannot_supply=True), shop.now)
    assert [each.after for each in gone.effects][-1] is None
    nothing = shop.services.what_if.supplier(move(supplier="bolt", days=1), shop.now)
    assert nothing.moved


def test_what_cannot_be_is_refused_in_words(routine: Routine) -> None:
    ask, now = routine.shop.services.what_if, routine.shop.now
    with pytest.raises(RefusedError, match='supplier: "nobody" is unknown'):
        ask.supplier(move(supplier="nobody", days=1), now)
    with pytest.raises(RefusedError, match="purchase order PO-9 has no line 1"):
        ask.date(word((1, day(20)), order="PO-9"), now)
    with pytest.raises(RefusedError, match="the splits add up to 1, but 10 units are outstanding"):
        ask.date(word((1, day(20))), now)
    with pytest.raises(RefusedError, match="say one of them"):
        move()
    with pytest.raises(RefusedError, match="days: 366 is out of bounds; it must be -365 to 365"):
        move(days=366)
    with pytest.raises(RefusedError, match="must not be 0"):
        move(days=0)
    routine.shop.supplier("bolt")
    assert ask.supplier(move(supplier="bolt", days=1), now).remarks == ("nothing of bolt's is on its way",)
