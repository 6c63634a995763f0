"""Open purchase orders: forecast daily, confirmed, chased, handed to the buyer, given to another supplier."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backorder import schemas
from backorder.domain.calendar import Calendar
from backorder.errors import RefusedError
from backorder.forecasting.history import PastOrder
from backorder.ports import Notify, Orphaned, Sent
from backorder.schemas import parse
from backorder.storage import tasks
from backorder.storage.tasks import Task
from tests.support.days import START, at, day
from tests.support.routine import Routine
from tests.support.senders import Recorder
from tests.support.shop import PROMOTIONS, Shop

MAIL = "orders@acme.example"
NO_LAW = {"region": "CH"}
"""Where no law asks for a message of its own."""


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop whose supplier can be written to."""
    shop.supplier(email=MAIL)
    return Routine(shop)


def messages(routine: Routine) -> list[tuple[int, str]]:
    """On which day which kind of message went to the supplier."""
    kinds = routine.kinds_told("supplier/acme")
    days = [(when.date() - START).days for when, person, _ in routine.gone if person == "supplier/acme"]
    return list(zip(days, kinds, strict=True))


def worklist(shop: Shop) -> list[Task]:
    return tasks.waiting(shop.services.engine)


def says(shop: Shop, *splits: tuple[int, date | None], by_link: bool = False) -> Notify:
    raw: dict[str, Any] = {"purchase_order": "PO-1", "line": "1", "source": "mail"}
    raw["splits"] = [{"quantity": quantity, "date": when} for quantity, when in splits]
    return shop.services.dates.state(parse(schemas.StatedDates, raw), shop.now, by_link=by_link).after


def past(*leads: int, supplier: str = "acme", stated: int | None = None, ago: int = 400) -> list[PastOrder]:
    """Orders of the past, one a day, with their lead times."""
    return [
        PastOrder(
            supplier,
            "",
            day(number - ago),
            stated=day(number - ago + stated) if stated else None,
            arrived=day(number - ago + lead),
        )
        for number, lead in enumerate(leads)
    ]


# --- asking and chasing


def test_the_supplier_is_asked_before_the_date(routine: Routine) -> None:
    """In their own language."""
    routine.shop.supplier(email=MAIL, locale="de_CH")
    routine.notify(routine.shop.purchase())
    routine.until(at(13, 5))
    assert messages(routine) == []
    routine.until(at(13, 7))
    assert messages(routine) == [(13, "confirm_date")]
    [(_, _, message)] = routine.gone
    assert message.to == MAIL
    assert "PO-1" in message.subject
    assert "Bitte" in message.text


def test_it_is_chased_a_bounded_number_of_times_then_the_buyer_gets_it(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(29))
    late = [(21, "late"), (24, "late"), (27, "late")]
    assert messages(routine) == [(13, "confirm_date"), *late]
    assert worklist(shop) == []
    routine.until(at(90))
    assert messages(routine) == [(13, "confirm_date"), *late]
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("supplier_silent", "PO-1/1")
    assert task.at == at(30, 6)
    assert task.detail == {
        "supplier": "acme",
        "why": "acme does not answer",
        "chases": 3,
        "due": str(day(20)),
        "outstanding": 10,
        "backups": [],
    }


def test_a_look_that_is_repeated_does_nothing_twice(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    for number in range(35):
        routine.until(at(number))
        for _ in range(3):
            routine.notify(Notify(orders=("PO-1",)))
    assert [kind for _, kind in messages(routine)] == ["confirm_date", "late", "late", "late"]
    assert len(worklist(shop)) == 1


def test_a_confirmed_date_is_not_asked_about_again(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(13))
    routine.notify(says(shop, (10, day(20))))
    routine.until(at(20))
    assert messages(routine) == [(13, "confirm_date")]


def test_a_new_date_is_asked_about_and_chased_anew(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(31))
    assert [task.kind for task in worklist(shop)] == ["supplier_silent"]
    before = len(messages(routine))
    routine.notify(says(shop, (10, day(45))))
    assert worklist(shop) == []  # the supplier spoke
    routine.until(at(47))
    assert messages(routine)[before:] == [(38, "confirm_date"), (46, "late")]


def test_a_part_is_chased_at_once_and_the_chase_ends(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(5))
    for _ in range(2):  # the same day, again and again
        routine.notify(shop.receive(4).and_also(Notify(orders=("PO-1",))))
    assert messages(routine) == [(5, "confirm_date")]
    [(_, _, message)] = routine.gone
    assert "6" in message.text
    routine.until(at(60))
    asked = [(5, "confirm_date"), (8, "confirm_date"), (11, "confirm_date")]
    assert messages(routine) == asked
    [task] = worklist(shop)
    assert (task.at, task.detail["outstanding"]) == (at(14, 6), 6)


def test_a_part_that_was_announced_is_not_chased(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.notify(says(shop, (4, day(5)), (6, day(20))))
    routine.until(at(5))
    routine.notify(shop.receive(4))
    routine.until(at(12))
    assert messages(routine) == []
    routine.until(at(13))
    assert messages(routine) == [(13, "confirm_date")]


def test_fewer_units_than_announced_are_chased(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.notify(says(shop, (4, day(5)), (6, day(20))))
    routine.until(at(5))
    routine.notify(shop.receive(3))
    assert messages(routine) == [(5, "confirm_date")]


def test_a_supplier_who_cannot_say_is_asked_again_so_often(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(2))
    routine.notify(says(shop, (10, None)))
    routine.until(at(60))
    assert messages(routine) == [(day_, "confirm_date") for day_ in (9, 12, 15)]
    assert "when will it arrive" in routine.gone[0][2].subject
    [task] = worklist(shop)
    assert task.detail["due"] is None


def test_each_line_is_looked_after_on_its_own(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(10)}, {"stated_date": day(30)}))
    routine.until(at(10))
    routine.notify(shop.receive(10))
    routine.until(at(24))
    assert messages(routine) == [(3, "confirm_date"), (23, "confirm_date")]
    steps = shop.rows("SELECT backorder, step FROM message_items ORDER BY backorder")
    assert [(row["backorder"], row["step"]) for row in steps] == [
        ("purchase-order/PO-1/1", "ask/1/0/0"),
        ("purchase-order/PO-1/2", "ask/1/0/0"),
    ]


def test_nobody_is_chased_while_the_buyer_thinks_about_the_answer(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(20, 12))
    routine.notify(says(shop, (10, day(60)), by_link=True))
    routine.until(at(21, 11))
    assert messages(routine) == [(13, "confirm_date")]
    assert [task.kind for task in worklist(shop)] == ["approve_date"]


def test_the_lead_time_counts_where_nothing_was_stated(routine: Routine) -> None:
    shop = routine.shop
    shop.product(lead_days=30)
    routine.notify(shop.purchase("PO-1", {}))
    routine.until(at(24))
    assert messages(routine) == [(23, "confirm_date")]


# --- a supplier who cannot be written to


def test_the_buyer_asks_a_supplier_without_an_email_address(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase())
    routine.until(at(14))
    assert routine.gone == []
    [task] = worklist(shop)
    assert (task.kind, task.subject, task.at) == ("supplier_unreachable", "PO-1/1", at(13, 6))
    assert task.detail["why"] == "no email address is known"
    routine.until(at(60))
    [task] = worklist(shop)
    assert (task.kind, task.at) == ("supplier_silent", at(21, 6))
    assert task.detail["why"] == "acme has no email address and was not asked"


def test_the_buyer_hears_of_a_message_that_bounced(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    shop.now = at(13, 7)
    _, after = shop.services.purchasing.follow_up("PO-1", shop.now)
    assert after.shards == (shop.services.dispatch.shard_of("supplier/acme"),)
    shop.out = Recorder(Sent(outcome="permanent", code="550", reason="there is no such mailbox"))
    shop.dispatch("supplier/acme")
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("supplier_unreachable", "PO-1/1")
    assert task.detail == {
        "supplier": "acme",
        "why": "there is no such mailbox",
        "due": str(day(20)),
        "outstanding": 10,
    }


# --- the backups


def test_the_buyer_gets_the_backups_the_best_first(routine: Routine) -> None:
    shop = routine.shop
    shop.supplier(email=MAIL, backups=["slow", "fast", "ghost", "acme"])
    shop.supplier("slow", lead_days=20)
    shop.supplier("fast", lead_days=20)
    shop.services.forecasts.import_history(
        past(*[20] * 40, supplier="acme", stated=20, ago=150)
        + past(*[19, 20] * 20, supplier="fast", stated=20, ago=150)
        + past(*[25, 60] * 20, supplier="slow", stated=20, ago=150)
    )
    routine.notify(shop.purchase())
    routine.until(at(31))
    [task] = worklist(shop)
    backups = task.detail["backups"]
    assert isinstance(backups, list)
    assert [each["supplier"] for each in backups] == ["fast", "slow"]
    assert backups[0]["on_time"] > 0.6 > backups[1]["on_time"]
    assert str(day(30)) < backups[0]["likely"] <= backups[0]["by"] < backups[1]["by"]
    assert "40 of 40 due orders were on time" in backups[0]["words"]


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
    shop.run("UPDATE incoming SET likely = :day, by = :day", day=str(day(80)))
    shop.run(
        "INSERT INTO replans (sku, cause, moved_by_time_alone, at) "
        "SELECT sku, 'forecast', true, since FROM demands"
    )
    shop.replan()
    demand = shop.demand()
    assert (bool(demand["moved_by_time_alone"]), str(demand["since"])[:10]) == (False, str(day(1)))


# --- the end


def test_an_order_that_came_in_is_looked_at_no_more(routine: Routine) -> None:
    shop = routine.shop
    shop.purchase()
    shop.receive(10)
    followed_up, _ = shop.services.purchasing.follow_up("PO-1", at(1))
    assert (followed_up.closed, followed_up.wake, followed_up.open) == (True, None, 0)
    routine.until(at(90))
    assert routine.gone == []


def test_an_unknown_order_has_come_to_its_end(shop: Shop) -> None:
    assert shop.services.purchasing.follow_up("PO-9", at(0))[0].closed


def test_what_waited_for_the_buyer_is_taken_off_the_list_at_the_end(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase())
    routine.until(at(31))
    assert len(worklist(shop)) == 1
    routine.notify(shop.receive(10))
    assert worklist(shop) == []


def test_an_order_that_nobody_looks_at_is_found(shop: Shop) -> None:
    shop.purchase()
    shop.replan()
    nothing = Orphaned(unstarted=(), after=Notify())
    assert shop.services.reconciler.orphaned(at(0, 10)).after.orders == ("PO-1",)
    shop.services.purchasing.follow_up("PO-1", at(0))
    assert shop.services.reconciler.orphaned(at(1, 5)) == nothing
    assert shop.services.reconciler.orphaned(at(1, 7)).after.orders == ("PO-1",)
    shop.services.purchasing.follow_up("PO-1", at(1, 7))
    for stated in (day(22), day(90)):  # the second one waits for the buyer
        shop.now += timedelta(hours=1)
        says(shop, (10, stated))
        shop.replan()
        assert shop.services.reconciler.orphaned(shop.now + timedelta(minutes=1)).after.orders == ("PO-1",)
        shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.receive(10)
    shop.replan()
    shop.services.purchasing.follow_up("PO-1", shop.now)
    assert shop.services.reconciler.orphaned(at(90)) == nothing


def test_nothing_comes_long_before_it_was_ordered(shop: Shop) -> None:
    shop.purchase()
    for early in (at(-2), at(-365 * 6)):
        with pytest.raises(
            RefusedError, match=r"received_at: .* is before PO-1 was ordered, .* is the year right"
        ):
            shop.receive(1, received_at=early)
    shop.receive(1, received_at=at(0) - timedelta(hours=20))
    assert shop.stock() == (1, 0), "clocks differ"


def test_an_order_that_is_overdue_many_times_its_lead_time_is_remarked_on(shop: Shop) -> None:
    supply = shop.services.supply
    line = {"line": "1", "sku": "LAMP", "quantity": 10}

    def placed(id: str, ordered: int, **more: Any) -> tuple[str, ...]:
        raw = {"id": id, "supplier": "acme", "ordered_at": at(ordered), "lines": [line | more]}
        return supply.put_purchase_order(parse(schemas.PurchaseOrder, raw), shop.now).remarks

    assert placed("PO-1", -60) == ()
    [words] = placed("PO-2", -365)
    assert "days ago: is the year right?" in words
    assert placed("PO-3", -365, stated_date=day(10)) == (), "it was said to take so long"


def test_more_than_was_ordered_is_flagged(shop: Shop) -> None:
    shop.purchase()
    shop.receive(12)
    shop.receive(12)
    [task] = worklist(shop)
    assert (task.kind, task.subject) == ("over_received", "PO-1/1")
    came = {"ordered": 10, "received": 12, "receipt": "R-1", "quantity": 12}
    assert task.detail == came | {"cancelled": False}


def test_what_comes_after_the_line_was_cancelled_is_flagged(shop: Shop) -> None:
    shop.purchase()
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    shop.receive(2)
    [task] = worklist(shop)
    assert (task.kind, task.detail["cancelled"]) == ("over_received", True)
    assert shop.stock() == (2, 0)


def test_what_came_in_stays_history_when_the_rest_is_cancelled(shop: Shop) -> None:
    shop.purchase("PO-1", {}, {})
    shop.receive(10)
    shop.services.supply.cancel_purchase_order("PO-1", None, shop.now)
    rows = shop.rows("SELECT line, cancelled_at FROM purchase_order_lines ORDER BY line")
    assert [row["cancelled_at"] is None for row in rows] == [True, False]


# --- another supplier


def test_another_supplier_takes_over_and_nobody_hears_that_there_is_no_date(routine: Routine) -> None:
    shop = routine.shop
    shop.supplier("bolt", lead_days=9)
    routine.notify(shop.purchase())
    routine.open("O-1", 3)
    routine.notify(shop.receive(1))
    before = shop.rows("SELECT * FROM peggings ORDER BY number")
    history = [row["arrivals"] for row in before]
    routine.until(at(2))
    routine.notify(shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now))
    rows = shop.rows("SELECT purchase_order, quantity FROM incoming")
    assert rows == [{"purchase_order": "PO-2", "quantity": 9}]
    routine.until(at(4))
    assert set(routine.kinds_told()) <= {"confirmed", "earlier"}
    kept = [row["arrivals"] for row in shop.rows("SELECT * FROM peggings ORDER BY number")]
    assert kept[: len(history)] == history
    assert "PO-2/1" in kept[-1]
    assert "PO-1/1" in "".join(kept)
    order = shop.rows("SELECT supplier, ordered_on FROM purchase_orders WHERE id = 'PO-2'")
    assert [(row["supplier"], str(row["ordered_on"])) for row in order] == [("bolt", str(day(2)))]


def test_reassigning_leaves_no_moment_without_supply(shop: Shop) -> None:
    """Both halves are one transaction: whatever pegs the SKU sees the one order or the other."""
    shop.supplier("bolt")
    shop.purchase()
    shop.replan()
    shop.start()
    after = shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now)
    assert (set(after.skus), set(after.orders)) == ({"LAMP"}, {"PO-1", "PO-2"})
    shop.replan()
    assert shop.demand()["why"] is None
    assert "PO-2/1" in shop.demand()["arrivals"]


@pytest.mark.parametrize(
    ("line", "supplier", "new", "fault"),
    [
        ("9", "bolt", "PO-2", "line 9 of PO-1 is not open"),
        ("1", "bolt", "PO-1", "there is a purchase order PO-1 already"),
        ("1", "ghost", "PO-2", 'supplier: "ghost" is unknown'),
    ],
)
def test_a_reassignment_that_cannot_be_changes_nothing(
    shop: Shop, line: str, supplier: str, new: str, fault: str
) -> None:
    shop.supplier("bolt")
    shop.purchase()
    before = shop.rows("SELECT * FROM purchase_order_lines"), shop.rows("SELECT * FROM incoming")
    with pytest.raises(RefusedError, match=fault):
        shop.services.purchasing.reassign("PO-1", line, supplier, new, shop.now)
    assert (shop.rows("SELECT * FROM purchase_order_lines"), shop.rows("SELECT * FROM incoming")) == before


# --- priority


def test_a_line_that_is_moved_up_is_served_first_and_only_those_it_passes_are_told(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"quantity": 2, "stated_date": day(20)}))
    routine.notify(shop.purchase("PO-2", {"quantity": 9, "stated_date": day(40)}))
    for number in (1, 2, 3):
        routine.until(at(0) + timedelta(minutes=number))
        routine.open(f"O-{number}", customer={"id": f"c{number}", "email": "c@example.com"})
    moving, why = shop.services.moving, "promised on the phone"
    seen = moving.prioritise("O-3/1", 5, by="Eve", reason=why, at=shop.now, preview=True)
    assert (seen.effects[0].backorder, seen.effects[0].position) == ("O-3/1", 1)
    assert shop.rows("SELECT * FROM timeline WHERE what = 'priority_changed'") == []
    done = moving.prioritise("O-3/1", 5, by="Eve", reason=why, at=shop.now)
    assert done.after == Notify(skus=("LAMP",))
    routine.notify(done.after)
    routine.until(at(1))
    assert [routine.kinds_told(f"customer/c{number}")[1:] for number in (1, 2, 3)] == [
        [],
        ["delayed"],
        ["earlier"],
    ]
    assert [shop.demand(f"O-{number}")["position"] for number in (1, 2, 3)] == [2, 3, 1]
    [entry] = shop.rows("SELECT by, detail FROM timeline WHERE what = 'priority_changed'")
    assert entry == {"by": "Eve", "detail": "priority 0 becomes 5"}
    [note] = shop.rows('SELECT "by", text FROM notes')
    assert note == {"by": "Eve", "text": "priority 0 becomes 5: promised on the phone"}
    assert not moving.prioritise("O-3/1", 5, by="Eve", reason="again", at=shop.now).after
    routine.notify(shop.receive(1))
    assert shop.allocated("O-1", "O-2", "O-3") == [0, 0, 1]
