"""Purchase orders that are said again as another supplier's: it owes what is outstanding from then on."""

from __future__ import annotations

import json

import pytest

from backorder.forecasting.history import PastOrder
from backorder.queries.past_orders import past_orders
from backorder.schemas import Supplier, parse
from backorder.storage.engine import reading
from tests.contract.purchasing_days import MAIL, says, worklist
from tests.support.days import START, at, day
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import word
from tests.support.supply import expected

OTHER = {"id": "birch", "name": "B", "lead_days": 40, "email": "desk@birch.example"}


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop with two suppliers who can be written to."""
    shop.supplier(email=MAIL)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    return Routine(shop)


def asked(routine: Routine, supplier: str = "birch") -> list[tuple[int, str]]:
    """On which day which kind of message went to a supplier."""
    kinds = routine.kinds_told(f"supplier/{supplier}")
    days = [
        (when.date() - START).days for when, person, _ in routine.gone if person == f"supplier/{supplier}"
    ]
    return list(zip(days, kinds, strict=True))


def tranches(shop: Shop) -> list[object]:
    return [each["tranches"] for each in shop.rows("SELECT tranches FROM purchase_order_lines ORDER BY line")]


def test_the_other_supplier_is_asked_where_the_one_of_before_was_silent(routine: Routine) -> None:
    """Nothing was stated: its silence is not the new one's, and it is late only by its own lead time."""
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {}))
    routine.until(at(90))
    [task] = worklist(shop)
    assert task.kind == "supplier_silent"
    routine.notify(shop.purchase("PO-1", {}, supplier="birch"))
    assert tranches(shop) == [f'[[10, "{day(90)}"]]'.replace(", ", ",")]
    routine.until(at(92))
    assert (worklist(shop), asked(routine)) == ([], [])
    routine.until(at(200))
    assert [kind for _, kind in asked(routine)] == ["confirm_date", "late", "late", "late"]
    assert asked(routine)[0][0] > 115
    [task] = worklist(shop)
    assert task.detail["why"] == "birch does not answer"


def test_what_the_supplier_of_before_said_is_no_answer_of_the_other(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {}))
    routine.until(at(13))
    routine.notify(says(shop, (10, day(20))))
    routine.notify(shop.purchase("PO-1", {"stated_date": day(20)}, supplier="birch"))
    routine.until(at(19))
    assert [kind for _, kind in asked(routine)] == ["confirm_date"]


def test_units_of_another_supplier_count_from_the_day_of_its_own_order(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.receive(4)
    shop.now = at(30)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    shop.purchase("PO-1", {}, supplier="birch", ordered=25)
    assert [str(day(25)) in str(each) for each in tranches(shop)] == [True]
    assert str(day(30)) not in str(tranches(shop))
    shop.purchase("PO-1", {}, supplier="birch", ordered=25)
    assert expected(shop) == [(6, None)]


def test_what_is_ordered_in_the_same_move_counts_from_the_day_of_the_new_order(shop: Shop) -> None:
    """Units besides, a line besides, and one that was cancelled; what had come keeps the day of its own."""
    shop.purchase("PO-1", {}, {"quantity": 5}, {"quantity": 3}, {"quantity": 6})
    shop.receive(10, id="R-1")
    shop.receive(4, id="R-2", line="4")
    shop.services.supply.cancel_purchase_order("PO-1", "3", shop.now)
    shop.now = at(30)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    lines = [{"quantity": each} for each in (12, 7, 3, 6, 2)]
    shop.purchase("PO-1", *lines, supplier="birch", ordered=25)
    assert [json.loads(str(each)) for each in tranches(shop)] == [
        [[10, str(day(0))], [2, str(day(25))]],
        [[7, str(day(25))]],
        [[3, str(day(25))]],
        [[4, str(day(0))], [2, str(day(25))]],
        [[2, str(day(25))]],
    ]
    assert [(each.supplier, each.ordered) for each in learnt(shop)] == [("birch", day(25))] * 5
    shop.purchase("PO-1", *lines, {"quantity": 1}, supplier="birch", ordered=25)
    assert json.loads(str(tranches(shop)[-1])) == [[1, str(day(30))]], "it joined the order later"


def test_what_came_whole_keeps_the_day_of_its_own_order(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.now = at(20)
    shop.receive(10)
    shop.now = at(30)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    shop.purchase("PO-1", {}, supplier="birch", ordered=25)
    assert [json.loads(str(each)) for each in tranches(shop)] == [[[10, str(day(0))]]]
    assert learnt(shop) == []


def test_what_one_supplier_could_not_supply_is_ordered_from_another(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.state_dates()
    shop.purchase("PO-1", {})
    assert expected(shop) == [], "it cannot supply it, however often that is said"
    shop.now = at(30)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    shop.purchase("PO-1", {}, supplier="birch")
    assert expected(shop) == [(10, None)]
    assert str(day(30)) in str(tranches(shop))


def test_the_date_of_the_supplier_of_before_confirms_none_of_the_other(shop: Shop) -> None:
    """Said a week ahead, it would count as an answer; what the other one says does."""
    shop.purchase("PO-1", {"stated_date": day(40)})
    shop.now = at(34)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    shop.state_dates((10, day(40)))
    assert shop.services.supply_report(at(35)).unconfirmed == []
    shop.purchase("PO-1", {"stated_date": day(40)}, supplier="birch")
    [order] = shop.services.supply_report(at(35)).unconfirmed
    assert (order.supplier, order.due) == ("birch", day(40))
    shop.state_dates((10, day(40)))
    assert shop.services.supply_report(at(35)).unconfirmed == []


def test_the_first_date_of_the_other_supplier_is_no_move_of_the_one_of_before(routine: Routine) -> None:
    """It is measured from what customers were told, and not from a day that somebody else had named."""
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(20)}))
    routine.open("O-1", 4)
    routine.until(at(10))
    routine.notify(shop.purchase("PO-1", {}, supplier="birch", drop=True))
    routine.until(at(12))
    [(_, by)] = expected(shop)
    assert by is None, "nothing is stated"
    assert shop.services.dates.preview(word((10, day(60))), shop.now).waits_for_buyer == ""


def learnt(shop: Shop) -> list[PastOrder]:
    with reading(shop.services.engine) as connection:
        return past_orders(connection)


def moved(shop: Shop, **line: object) -> None:
    """On day 30, to another supplier."""
    shop.now = at(30)
    shop.services.supply.put_supplier(parse(Supplier, OTHER), shop.now)
    shop.purchase("PO-1", line, supplier="birch")


def test_what_came_of_the_supplier_of_before_says_nothing_of_the_other(shop: Shop) -> None:
    """It was fast: four units within ten days. The other one is known by what it delivers itself."""
    shop.purchase("PO-1", {"stated_date": day(9)})
    shop.now = at(10)
    shop.receive(4)
    [before] = learnt(shop)
    assert (before.supplier, before.stated, before.arrived) == ("acme", day(9), None)
    moved(shop, stated_date=day(70))
    [open_] = learnt(shop)
    assert open_ == PastOrder("birch", before.destination, day(30), day(70), None)
    shop.now = at(80)
    shop.receive(6, id="R-2")
    assert learnt(shop) == [PastOrder("birch", before.destination, day(30), day(70), day(80))]


def test_what_came_whole_of_the_supplier_of_before_is_none_of_the_others(shop: Shop) -> None:
    shop.purchase("PO-1", {})
    shop.now = at(10)
    shop.receive(12)
    [before] = learnt(shop)
    assert (before.supplier, before.arrived) == ("acme", day(10))
    moved(shop)
    assert learnt(shop) == []
    moved(shop, quantity=20)
    shop.now = at(60)
    shop.receive(8, id="R-2")
    assert learnt(shop) == [PastOrder("birch", before.destination, day(30), None, day(60))]
