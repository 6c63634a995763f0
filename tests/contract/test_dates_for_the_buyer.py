"""Dates that wait for the buyer before customers hear of them, and who hears of them then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backorder.domain.supply.approval import Limits
from backorder.errors import RefusedError, RejectedError
from backorder.messaging.message_content import Shop as Letterhead
from backorder.ports import Notify
from backorder.queries.task_words import task_in_words
from backorder.services.services import Services
from backorder.storage import tasks
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, promised, revisions, says, two_lines, word


@pytest.fixture
def routine(shop: Shop) -> Routine:
    return two_lines(shop)


# --- waiting for the buyer


def test_a_small_move_takes_effect_at_once_and_is_told_once_it_has_settled(routine: Routine) -> None:
    shop = routine.shop
    stated = says(shop, (10, day(50)))  # exactly thirty days
    assert stated.waits_for_buyer == ""
    routine.notify(stated.after)
    routine.until(at(0) + 2 * HOURS - timedelta(minutes=1))
    assert routine.kinds_told() == ["confirmed"] * 2
    routine.until(at(0) + 2 * HOURS)
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_long_move_waits_for_the_buyer_and_nobody_hears_of_it(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM expected_receipts")
    stated = says(shop, (10, day(51)))
    assert stated.waits_for_buyer == "it moves a date by 31 days"
    assert len(stated.effects) == 2
    routine.notify(stated.after)
    routine.until(at(0) + 23 * HOURS)
    assert routine.kinds_told() == ["confirmed"] * 2
    assert shop.rows("SELECT * FROM expected_receipts") == before
    [task] = tasks.waiting(shop.services.engine)
    assert (task.kind, task.subject) == ("approve_date", "PO-1/1")
    assert task.detail["why"] == "it moves a date by 31 days"
    asks = f"a new date waits: it moves a date by 31 days; 10 units on {day(51)}. They wrote: by Eve"
    assert task_in_words(task.kind, task.subject, task.detail) == asks


@pytest.mark.parametrize(
    ("splits", "said"),
    [
        ([(1, day(24)), (9, None)], f"1 unit on {day(24)}, 9 units without a date"),
        ([], "none of it can be supplied"),
    ],
)
def test_whoever_approves_a_word_reads_what_it_says(
    routine: Routine, splits: list[tuple[int, date | None]], said: str
) -> None:
    """A supplier wrote it down, and nobody at the shop has read it yet."""
    says(routine.shop, *splits, by_link=True, note="late\nagain")
    [task] = tasks.waiting(routine.shop.services.engine)
    why = "a new date waits: the supplier stated it through the link"
    assert task_in_words(task.kind, task.subject, task.detail) == f"{why}; {said}. They wrote: late again"
    before = {"why": "it concerns 3 lines", "revision": 2}
    assert task_in_words(task.kind, task.subject, before) == "a new date waits: it concerns 3 lines"


def test_a_long_move_in_the_order_itself_waits_as_well(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM expected_receipts")
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    assert shop.services.dates.waiting_for_buyer("PO-1") == [
        "the new date of line 1 waits for the buyer: it moves a date by 31 days"
    ]
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))  # once more, as order systems do
    routine.until(at(0) + 23 * HOURS)
    assert routine.kinds_told() == ["confirmed"] * 2
    assert shop.rows("SELECT * FROM expected_receipts") == before
    routine.until(at(1) + 3 * HOURS)
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2


def test_what_the_buyer_rejected_stays_rejected_when_the_order_is_sent_again(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now))
    before = shop.rows("SELECT * FROM expected_receipts")
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    assert shop.rows("SELECT * FROM expected_receipts") == before
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    routine.notify(shop.purchase("PO-1", {"stated_date": day(30)}))  # ten days are no matter for the buyer
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM expected_receipts")} == {str(day(30))}


def test_a_smaller_move_in_the_order_takes_the_place_of_one_that_waits(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    routine.notify(shop.purchase("PO-1", {"stated_date": day(22)}))
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["rejected"]
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM expected_receipts")} == {str(day(22))}


def test_a_new_order_with_a_late_date_is_no_move(routine: Routine) -> None:
    shop = routine.shop
    shop.purchase("PO-2", {"stated_date": day(90)})
    assert shop.services.dates.waiting_for_buyer("PO-2") == []


def test_once_approved_it_is_told(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.until(at(0) + 5 * HOURS)
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now))
    routine.until(shop.now + 2 * HOURS)
    assert routine.kinds_told()[2:] == ["delayed"] * 2
    assert tasks.waiting(shop.services.engine) == []
    [row] = shop.rows("SELECT state, decided_by FROM approvals")
    assert row == {"state": "approved", "decided_by": "Bea"}
    assert not shop.services.dates.decide("PO-1", "1", approve=True, by="Amy", at=shop.now), "said again"
    with pytest.raises(RejectedError, match="no date of line 1 of PO-1 waits for approval"):
        shop.services.dates.decide("PO-1", "1", approve=False, by="Amy", at=shop.now)
    with pytest.raises(RefusedError, match="PO-1 has no line 9"):
        shop.services.dates.decide("PO-1", "9", approve=True, by="Bea", at=shop.now)
    assert shop.rows("SELECT state, decided_by FROM approvals") == [row]


def test_once_rejected_nothing_changes(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM demands"), shop.rows("SELECT * FROM expected_receipts")
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now))
    routine.until(at(2))
    assert (shop.rows("SELECT * FROM demands"), shop.rows("SELECT * FROM expected_receipts")) == before
    assert routine.kinds_told() == ["confirmed"] * 2
    assert tasks.waiting(shop.services.engine) == []
    assert len(revisions(shop)) == 2  # it stays on record that it was said


def test_after_a_day_without_a_decision_it_takes_effect(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.until(at(0) + 24 * HOURS - timedelta(minutes=1))
    assert shop.marked() == []
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["waiting"]
    routine.until(at(0) + 24 * HOURS)
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["expired"]
    assert routine.kinds_told() == ["confirmed"] * 2
    routine.until(at(0) + 26 * HOURS)
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2
    assert tasks.waiting(shop.services.engine) == []


def test_nothing_waits_past_noon_of_the_working_day_before_a_limit_of_the_law(shop: Shop) -> None:
    """A customer who does not know of a later day agrees to the one before by saying nothing."""
    shop.purchase("PO-1", {"stated_date": day(8)})
    shop.start("O-1", ship_by=day(10).isoformat(), customer={"region": "US"})
    shop.start("O-2", customer={"region": "CH"})
    shop.now = at(9, 8)
    assert says(shop, (10, day(60)), by_link=True).waits_for_buyer
    shop.now = at(9, 9)
    says(shop, (10, day(70)), by_link=True)
    untils = shop.rows("SELECT until FROM approvals ORDER BY revision")
    assert [str(row["until"])[:16].replace("T", " ") for row in untils] == ["2025-03-12 12:00"] * 2
    shop.now = at(9, 13)
    assert not says(shop, (10, day(120)), by_link=True).waits_for_buyer, "there is no time left to ask in"
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals ORDER BY revision")][
        -1
    ] == "expired"


def test_a_newer_word_overtakes_one_that_waits(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(says(shop, (10, day(24))).after)
    assert [row["decided_by"] for row in shop.rows("SELECT decided_by FROM approvals")] == ["a newer date"]
    routine.until(at(3))
    assert tasks.waiting(shop.services.engine) == []
    assert promised(shop) == [str(day(25))] * 2
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_supplier_who_says_something_else_every_day_is_heard_after_a_day(routine: Routine) -> None:
    shop = routine.shop
    for hours in range(0, 24, 6):
        routine.until(at(0) + hours * HOURS)
        routine.notify(says(shop, (10, day(60 + hours))).after)
    [waits] = [row for row in shop.rows("SELECT * FROM approvals") if row["state"] == "waiting"]
    assert waits["revision"] == 5
    routine.until(at(1))
    assert str(shop.rows("SELECT stated FROM expected_receipts")[0]["stated"]) == str(day(78))
    shop.now = at(1, 5)
    says(shop, (10, day(120)))
    shop.now = at(2, 6)  # nobody looked when the day was over
    said = says(shop, (10, day(170)))
    assert said.waits_for_buyer == "it moves a date by 50 days", "from what took effect meanwhile"
    states = [row["state"] for row in shop.rows("SELECT state FROM approvals ORDER BY revision")]
    assert states == ["rejected", "rejected", "rejected", "expired", "expired", "waiting"]


def test_a_day_more_every_day_waits_for_the_buyer_once_it_adds_up(routine: Routine) -> None:
    shop = routine.shop
    for number in range(1, 31):
        routine.until(at(number))
        stated = says(shop, (10, day(20 + number)))
        assert stated.waits_for_buyer == "", number
        routine.notify(stated.after)
    routine.until(at(31))
    assert shop.services.dates.preview(word((10, day(51))), shop.now).waits_for_buyer
    stated = says(shop, (10, day(51)))
    assert stated.waits_for_buyer == f"little by little it has moved by 31 days, from {day(20)}"
    routine.notify(stated.after)
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now))
    assert says(shop, (10, day(52))).waits_for_buyer == "", "the buyer knows of day 51"


@pytest.mark.parametrize("splits", [[(10, None)], []])
def test_a_link_that_takes_the_date_or_the_goods_away_waits_for_the_buyer(
    routine: Routine, splits: list[tuple[int, date | None]]
) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM expected_receipts")
    stated = says(shop, *splits, by_link=True)
    assert stated.waits_for_buyer == "the supplier stated it through the link"
    assert [each.after for each in stated.effects] == [None, None]
    routine.notify(stated.after)
    routine.until(at(1) - timedelta(minutes=1))
    assert shop.rows("SELECT * FROM expected_receipts") == before
    routine.until(at(1) + 3 * HOURS)
    assert [row["by"] for row in shop.rows("SELECT * FROM expected_receipts")] == [None for _ in splits]
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_date_from_the_suppliers_own_link_always_waits(routine: Routine) -> None:
    shop = routine.shop
    stated = says(shop, (10, day(21)), by_link=True)
    assert stated.waits_for_buyer == "the supplier stated it through the link"
    routine.notify(stated.after)
    routine.until(at(1, 8))
    assert str(shop.rows("SELECT stated FROM expected_receipts")[0]["stated"]) == str(day(20))
    routine.until(at(1, 10))
    assert str(shop.rows("SELECT stated FROM expected_receipts")[0]["stated"]) == str(day(21))


def test_goods_that_come_meanwhile_make_the_decision_pointless(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(shop.receive(10))
    routine.until(at(1))
    assert tasks.waiting(shop.services.engine) == []
    assert "delayed" not in routine.kinds_told()
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["rejected"]


def test_units_that_come_meanwhile_are_not_expected_twice(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (4, day(52)), (6, day(60))).after)
    routine.notify(shop.receive(3))
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now))
    rows = shop.rows("SELECT quantity, stated FROM expected_receipts ORDER BY split")
    assert [(row["quantity"], str(row["stated"])) for row in rows] == [(1, str(day(52))), (6, str(day(60)))]


def test_a_move_that_concerns_many_lines_waits(services: Services) -> None:
    few = Services(
        services.engine,
        services.calendar,
        Letterhead(name="S", url="", postal_address=""),
        limits=Limits(lines=2),
    )
    shop = Shop(few)
    shop.supplier()
    shop.product()
    shop.purchase("PO-1", {"quantity": 3, "stated_date": day(20)})
    for number in range(3):
        shop.start(f"O-{number}")
    assert says(shop, (1, day(20)), (2, day(22))).waits_for_buyer == ""
    stated = says(shop, (3, day(23)))
    assert stated.waits_for_buyer == "it concerns 3 lines"
    assert [effect.backorder for effect in stated.effects] == ["O-0/1", "O-1/1", "O-2/1"]
    assert says(shop, (3, None)).waits_for_buyer == "it concerns 3 lines"
    assert says(shop).waits_for_buyer == "it concerns 3 lines"
    assert shop.rows("SELECT cancelled_at FROM purchase_order_lines") == [{"cancelled_at": None}]


# --- who hears of it


def test_only_those_whose_date_moved_are_told(shop: Shop) -> None:
    routine = Routine(shop)
    routine.notify(shop.purchase("PO-1", {"quantity": 2, "stated_date": day(20)}))
    routine.notify(shop.purchase("PO-2", {"quantity": 2, "stated_date": day(24)}))
    for number, person in enumerate(("ann", "bob"), start=1):
        routine.open(f"O-{number}", 2, customer={"id": person, "email": f"{person}@example.com"})
    looks = dict(routine.looks)
    routine.notify(says(shop, (2, day(40)), order="PO-2").after)
    routine.until(at(1))
    assert routine.kinds_told("customer/ann") == ["confirmed"]
    assert routine.kinds_told("customer/bob") == ["confirmed", "delayed"]
    assert routine.looks["O-1/1"] == looks["O-1/1"]
    assert promised(shop) == [str(day(21)), str(day(42))]  # day 20 is a Sunday, day 40 a Saturday


def states(shop: Shop) -> list[tuple[str, str]]:
    rows = shop.rows("SELECT state, decided_by FROM approvals ORDER BY revision")
    return [(row["state"], row["decided_by"]) for row in rows]


def test_the_same_word_again_asks_the_buyer_once_and_waits_no_longer(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (4, day(51)), (6, None), by_link=True).after)
    [task] = tasks.waiting(shop.services.engine)
    routine.until(at(0) + 20 * HOURS)
    again = says(shop, (4, day(51)), (6, None), by_link=True)
    assert again.waits_for_buyer == "the supplier stated it through the link"
    assert len(again.effects) == 2
    assert [each.id for each in tasks.waiting(shop.services.engine)] == [task.id]
    assert len(shop.rows("SELECT * FROM approvals")) == 1
    routine.until(at(1) + timedelta(minutes=1))
    assert states(shop) == [("expired", "engine")]


def test_goods_that_cannot_be_had_and_are_said_so_again_wait_once(routine: Routine) -> None:
    shop = routine.shop
    for _ in range(2):
        routine.notify(says(shop, by_link=True).after)
    assert len(shop.rows("SELECT * FROM approvals")) == 1
    routine.notify(says(shop, (10, None), by_link=True).after)
    assert [state for state, _ in states(shop)] == ["rejected", "waiting"], "another word than the first one"


@pytest.mark.parametrize("how", ["order", "line", "elsewhere", "came"])
def test_nothing_waits_for_the_buyer_once_nothing_is_outstanding(routine: Routine, how: str) -> None:
    shop = routine.shop
    shop.supplier("bolt")
    says(shop, (10, day(51)))
    match how:
        case "came":
            shop.receive(10)
        case "elsewhere":
            shop.services.purchasing.reassign("PO-1", "1", "bolt", "PO-2", shop.now)
        case _:
            line = "1" if how == "line" else None
            shop.services.supply.cancel_purchase_order("PO-1", line, shop.now)
    # At once, also while no worker looks at the order.
    assert states(shop) == [("rejected", "nothing is outstanding")]
    assert tasks.waiting(shop.services.engine) == []
    with pytest.raises(RejectedError, match="no date of line 1 of PO-1 waits for approval"):
        shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now)


@pytest.mark.parametrize("approve", [True, False])
def test_who_decides_after_the_day_finds_that_it_took_effect(routine: Routine, approve: bool) -> None:
    shop = routine.shop
    says(shop, (10, day(51)))
    shop.now = at(1, 10)  # no worker looked when the day was over
    if approve:
        after = shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now)
        assert after.skus == ("LAMP",)
    else:
        with pytest.raises(RejectedError, match="waited for its time and has taken effect"):
            shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now)
        assert shop.marked() == ["LAMP"]
    assert states(shop) == [("expired", "engine")]
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM expected_receipts")} == {str(day(51))}
    assert tasks.waiting(shop.services.engine) == []


def test_signals_that_arrive_in_the_wrong_order_tell_the_latest_date_once(routine: Routine) -> None:
    """A signal says that there is news, never what: an older one finds nothing that is not known by then."""
    shop = routine.shop
    first = says(shop, (10, day(25))).after
    shop.replan()
    older = shop.unnotified()
    second = says(shop, (10, day(23))).after
    shop.replan()
    newer = shop.unnotified()
    assert older == newer == ["O-1/1", "O-2/1"]
    shop.now += HOURS
    for after in (Notify(backorders=tuple(newer)), Notify(backorders=tuple(older)), second, first):
        routine.notify(after)
    looks = {
        order: shop.demand(order)["supply_version"] == shop.demand(order)["acknowledged"]
        for order in ("O-1", "O-2")
    }
    assert looks == {"O-1": True, "O-2": True}
    routine.until(at(3))
    assert promised(shop) == [str(day(24))] * 2
    assert routine.kinds_told() == ["confirmed"] * 2 + ["delayed"] * 2
