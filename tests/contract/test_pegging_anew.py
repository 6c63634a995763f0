"""After a change of supply: whose lines look again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from backorder.storage import queues
from tests.support.days import at, day
from tests.support.shop import Shop


def arrivals(shop: Shop, order: str) -> Any:
    """The days on which a line's units arrive, as it saw them last."""
    return [each.by for each in shop.state(order).arrivals]


def shares(shop: Shop) -> list[tuple[int, int]]:
    """Of the supply that serves each line last: its units, and those that are pegged to lines before."""
    rows = shop.rows("SELECT supply_units, units_ahead FROM demands ORDER BY backorder")
    return [(row["supply_units"], row["units_ahead"]) for row in rows]


def test_only_lines_whose_supply_changed_look_again(shop: Shop) -> None:
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)}, {"quantity": 9, "stated_date": day(20)})
    for number in (1, 2, 3):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    joined = shares(shop)
    assert joined == [(2, 0), (2, 1), (9, 0)]
    shop.replan()
    assert shares(shop) == joined, "whoever joins a queue is told what pegging all of it would say"
    for number in (1, 2, 3):
        shop.review(f"O-{number}")
    before = {row["backorder"]: row["supply_version"] for row in shop.rows("SELECT * FROM demands")}
    shop.state_dates((9, day(33)), line="2")
    assert shop.replan() == (3, 1)
    after = {row["backorder"]: row["supply_version"] for row in shop.rows("SELECT * FROM demands")}
    assert [id for id in after if after[id] != before[id]] == ["O-3/1"]
    assert shop.unnotified() == ["O-3/1"]
    shop.review("O-3")
    assert shop.unnotified() == []
    shop.cancel("O-1")
    shop.replan()
    assert shares(shop)[1:] == [(2, 0), (2, 1)]


def _queue(shop: Shop) -> list[tuple[str, int, int, int]]:
    """Who waits, at which place, and with which share of what serves it."""
    rows = shop.rows("SELECT * FROM demands WHERE open > allocated ORDER BY position")
    return [(row["backorder"], row["position"], row["supply_units"], row["units_ahead"]) for row in rows]


def test_where_somebody_leaves_a_short_queue_the_others_move_up_at_once_unless_one_has_to_look(
    shop: Shop,
) -> None:
    shop.purchase("PO-1", {"quantity": 3, "stated_date": day(10)}, {"quantity": 9, "stated_date": day(20)})
    for number in range(1, 4):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    shop.replan()
    shop.ship("O-1")
    assert shop.marked() == []
    assert (moved := _queue(shop)) == [("O-2/1", 1, 3, 0), ("O-3/1", 2, 3, 1)]
    shop.run(
        "INSERT INTO replans (sku, cause, moved_by_time_alone, at) "
        "SELECT 'LAMP', 'queue', false, since FROM demands LIMIT 1"
    )
    assert shop.replan() == (2, 0)
    assert _queue(shop) == moved, "who moves up stands where pegging all anew would put them"
    for number in range(4, 7):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    assert [place[2:] for place in _queue(shop)] == [(3, 0), (3, 1), (3, 2), (9, 0), (9, 1)]
    before = _queue(shop)
    shop.ship("O-2", id="S-2")
    assert shop.marked() == ["LAMP"], "O-5 gets what O-2 left, and has to look"
    assert _queue(shop) == before[1:]
    shop.ship("O-3", id="S-3")
    assert _queue(shop) == before[2:], "nobody moves before what is marked is pegged"
    shop.replan()
    assert shop.unnotified() == ["O-5/1", "O-6/1"]


def test_a_long_queue_is_not_pegged_by_who_leaves_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "SHORT", 1)
    shop.purchase("PO-1", {"quantity": 9, "stated_date": day(10)})
    for number in range(1, 4):
        shop.start(f"O-{number}", ordered_at=at(number - 9))
    shop.replan()
    shop.ship("O-1")
    assert shop.marked() == ["LAMP"]


def test_a_sku_stays_marked_until_it_was_pegged(shop: Shop) -> None:
    shop.purchase()
    shop.open()
    shop.state_dates((10, day(30)))
    assert shop.marked() == ["LAMP"]
    assert shop.services.reconciler.orphaned(at(1)).after.skus == ("LAMP",)
    assert shop.replan()[0] == 1
    assert shop.marked() == []
    assert shop.replan() == (0, 0)


def test_pages_of_lines_to_wake_come_in_order_and_end(shop: Shop) -> None:
    for number in range(5):
        shop.open(f"O-{number}")
    planner = shop.services.planner
    first = planner.unnotified("LAMP", after="", limit=3)
    second = planner.unnotified("LAMP", after=first[-1][0], limit=3)
    assert first + second == [(f"O-{number}/1", 1) for number in range(5)]


def test_who_was_called_is_called_again_only_when_something_changes(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.start("O-2")
    shop.state_dates((10, day(30)))
    assert shop.services.planner.replan("LAMP", shop.now).unnotified
    shop.services.planner.notified("LAMP", shop.services.planner.unnotified("LAMP", after="", limit=9))
    assert shop.unnotified() == []
    assert shop.services.reconciler.orphaned(at(1)).after.backorders == ()
    assert not shop.services.planner.replan("LAMP", shop.now).unnotified
    shop.state_dates((10, day(40)))
    shop.replan()
    assert shop.unnotified() == ["O-1/1", "O-2/1"]


def test_a_replanning_whose_answer_was_lost_finds_whom_it_did_not_call(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.state_dates((10, day(30)))
    shop.replan()
    again = shop.services.planner.replan("LAMP", shop.now)
    assert (again.changed, again.unnotified) == (0, True)


def test_who_is_called_while_the_supply_changes_once_more_is_called_again(shop: Shop) -> None:
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.start("O-1")
    shop.state_dates((10, day(30)))
    shop.replan()
    page = shop.services.planner.unnotified("LAMP", after="", limit=9)
    shop.state_dates((10, day(40)))
    shop.replan()
    shop.services.planner.notified("LAMP", page)
    assert shop.unnotified() == ["O-1/1"]


def test_a_line_without_supply_has_no_date(shop: Shop) -> None:
    shop.start()
    assert arrivals(shop, "O-1") == []
    assert shop.state().supply_why == "no_supply"
    shop.purchase("PO-1", {"stated_date": day(20)})
    shop.state_dates((10, None))
    shop.replan()
    shop.review()
    assert shop.state().supply_why == "supplier_unsure"


def test_a_day_is_a_day(shop: Shop) -> None:
    shop.purchase()
    [row] = shop.rows("SELECT * FROM expected_receipts")
    assert date.fromisoformat(str(row["stated"])) == day(20)
