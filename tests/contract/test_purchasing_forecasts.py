"""The day's forecast of purchase orders: what creeps, what is told of it, and when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backorder.domain.calendar import Calendar
from tests.contract.purchasing_days import MAIL, past, says
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import PROMOTIONS, Shop


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop whose supplier can be written to."""
    shop.supplier(email=MAIL)
    return Routine(shop)


NO_LAW = {"region": "CH"}
"""Where no law asks for a message of its own."""


# --- the day's forecast


def test_a_forecast_that_stands_still_marks_nothing(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    for number in range(1, 20):
        followed_up, after = shop.services.purchasing.follow_up("PO-1", at(number, 6))
        assert followed_up.wake == at(number + 1, 6)
        assert (after.skus, shop.marked()) == ((), [])


def test_a_forecast_that_creeps_marks_a_drift_once_a_day(routine: Routine) -> None:
    shop = routine.shop
    shop.services.forecasts.import_history(past(*range(20, 60)))
    shop.purchase("PO-1", {})
    shop.replan()
    _, after = shop.services.purchasing.follow_up("PO-1", at(30, 6))
    assert after.skus == ("LAMP",)
    assert [
        (row["cause"], bool(row["moved_by_time_alone"])) for row in shop.rows("SELECT * FROM replans")
    ] == [("forecast", True)]
    shop.replan()
    _, after = shop.services.purchasing.follow_up("PO-1", at(30, 18))
    assert not after.skus
    assert shop.marked() == []


def test_a_creeping_date_is_told_in_time_and_without_chatter(routine: Routine) -> None:
    """Forty days past the likely one, with a forecast that moves nearly every morning."""
    shop, days = routine.shop, 70
    shop.services.forecasts.import_history(past(*range(15, 65)))
    routine.notify(shop.purchase("PO-1", {}))
    routine.open(customer=NO_LAW)
    moved = 0
    for number in range(1, days):
        before = shop.demand()["arrivals"]
        routine.until(at(number, 13))
        moved += shop.demand()["arrivals"] != before
        slip, left = later_than(shop, "promised_by"), (line_day(shop, "promised_by") - shop.now.date()).days
        assert slip < 2 or left > 5, f"day {number}: {slip} days of slip, {left} days before the promised one"
        assert slip < 1 or left > 1, f"day {number}: {slip} days of slip on the eve of the promised day"
    assert moved > 30
    told = [kind for kind in routine.kinds_told() if kind == "delayed"]
    assert 1 <= len(told) <= 5
    assert routine.looks["O-1/1"] < days / 2


def later_than(shop: Shop, told: str) -> int:
    """Days from the promised day, or the first one, to the one that the newest forecast says."""
    arrival = date.fromisoformat(shop.demand()["arrivals"].split('"')[3])
    return (Calendar().add_working_days(arrival, 1) - line_day(shop, told)).days


def line_day(shop: Shop, name: str) -> date:
    return date.fromisoformat(str(shop.rows("SELECT * FROM backorders")[0][name]))


def test_a_drift_is_told_only_shortly_before_the_promised_day(routine: Routine) -> None:
    shop = routine.shop
    shop.services.forecasts.import_history(past(*range(15, 65)))
    routine.notify(shop.purchase("PO-1", {}))
    routine.open(customer=NO_LAW)
    promised = line_day(shop, "promised_by")
    slipped = False
    while "delayed" not in routine.kinds_told():
        slipped = slipped or later_than(shop, "promised_by") >= 2
        routine.until(shop.now + timedelta(hours=1))
    assert slipped
    assert shop.now.date() == promised - timedelta(days=5)
    assert shop.now.hour == 10


def test_a_delay_that_a_stage_waits_for_wakes_the_line(routine: Routine) -> None:
    """The policy gives a coupon for ten days of delay: the line has to look once the forecast says so."""
    shop = routine.shop
    shop.services.forecasts.import_history(past(*range(15, 65)))
    routine.notify(shop.purchase("PO-1", {}))
    routine.open(customer=NO_LAW | {"marketing_consent": PROMOTIONS})
    while later_than(shop, "first_by") < 10:
        assert not shop.state().is_done("stage/thanks")
        routine.until(shop.now + timedelta(days=1))
        assert shop.now < at(80)
    assert shop.state().is_done("stage/thanks")


def test_a_fact_that_was_not_looked_at_yet_is_no_drift(shop: Shop) -> None:
    shop.services.forecasts.import_history(past(*range(15, 65), stated=30))
    shop.purchase("PO-1", {"stated_date": day(30)})
    shop.replan()
    shop.start()
    shop.dispatch()
    shop.now = at(1)
    says(shop, (10, day(36)))
    shop.replan()
    assert not shop.demand()["moved_by_time_alone"]
    shop.now = at(3, 6)
    shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.run("UPDATE expected_receipts SET likely = :day, by = :day", day=str(day(80)))
    shop.run(
        "INSERT INTO replans (sku, cause, moved_by_time_alone, at) "
        "SELECT sku, 'forecast', true, since FROM demands"
    )
    shop.replan()
    demand = shop.demand()
    assert (bool(demand["moved_by_time_alone"]), str(demand["since"])[:10]) == (False, str(day(1)))
