"""What suppliers state: kept word for word, and what a large move waits for before customers hear of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backorder import schemas
from backorder.domain.supply.approval import Limits
from backorder.errors import RefusedError
from backorder.messaging.letter import Shop as Letterhead
from backorder.ports import Notify
from backorder.schemas import parse
from backorder.services.services import Services
from backorder.services.supplier_dates import Stated
from backorder.storage import tasks
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop

HOURS = timedelta(hours=1)


@pytest.fixture
def routine(shop: Shop) -> Routine:
    """A shop with ten lamps on the way for day 20, and two lines that wait for four of them each."""
    routine = Routine(shop)
    routine.notify(shop.purchase())
    for order in ("O-1", "O-2"):
        routine.open(order, 4)
    return routine


def says(
    shop: Shop, *splits: tuple[int, date | None], by_link: bool = False, order: str = "PO-1", **fields: Any
) -> Stated:
    return shop.services.dates.state(word(*splits, order=order, **fields), shop.now, by_link=by_link)


def word(*splits: tuple[int, date | None], order: str = "PO-1", **fields: Any) -> schemas.StatedDates:
    raw: dict[str, Any] = {"purchase_order": order, "line": "1", "source": "mail", "note": "by Eve"}
    raw["splits"] = [{"quantity": quantity, "date": when} for quantity, when in splits]
    return parse(schemas.StatedDates, raw | {"cannot_supply": not splits} | fields)


def revisions(shop: Shop) -> list[tuple[int, int, str | None]]:
    rows = shop.rows("SELECT revision, quantity, day FROM stated_dates ORDER BY revision, split")
    return [(row["revision"], row["quantity"], row["day"] and str(row["day"])) for row in rows]


def promised(shop: Shop) -> list[str]:
    rows = shop.rows("SELECT promised_by FROM backorders ORDER BY id")
    return [str(row["promised_by"]) for row in rows]


def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    names = "stated_dates incoming approvals tasks replans demands messages purchase_order_lines"
    return {name: shop.rows(f"SELECT * FROM {name}") for name in names.split()}


# --- revisions


def test_every_word_is_kept_with_its_source(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, day(25)))
    says(shop, (4, day(26)), (6, None))
    assert revisions(shop) == [
        (1, 10, str(day(20))),
        (2, 10, str(day(25))),
        (3, 4, str(day(26))),
        (3, 6, None),
    ]
    sources = shop.rows("SELECT DISTINCT source, note FROM stated_dates WHERE revision > 1")
    assert sources == [{"source": "mail", "note": "by Eve"}]
    assert shop.rows("SELECT revision FROM purchase_order_lines") == [{"revision": 3}]


def test_the_same_order_again_does_not_take_back_what_the_supplier_said(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, day(25)))
    shop.purchase()
    assert [each[0] for each in revisions(shop)] == [1, 2]
    assert (
        shop.rows("SELECT stated FROM incoming")[0]["stated"]
        == shop.rows("SELECT max(day) AS d FROM stated_dates")[0]["d"]
    )
    shop.purchase("PO-1", {"stated_date": day(30)})
    assert revisions(shop)[-1] == (3, 10, str(day(30)))


def test_more_units_do_not_take_back_what_the_supplier_said(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, day(25)))
    shop.purchase("PO-1", {"quantity": 12, "stated_date": day(20)})
    assert [each[0] for each in revisions(shop)] == [1, 2]
    rows = shop.rows("SELECT quantity, stated FROM incoming ORDER BY split")
    assert [(row["quantity"], row["stated"] is not None) for row in rows] == [(10, True), (2, False)]


def test_the_parts_of_a_word_come_in_separately(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (5, day(22)), (5, day(30))).after)
    routine.until(shop.now + 3 * HOURS)
    # Each leaves a working day after its part came in; the second line needs units of both.
    assert promised(shop) == [str(day(23)), str(day(31))]
    assert routine.heard() == ["confirmed", "confirmed", "delayed", "delayed"]


def test_what_came_in_since_counts_against_the_earliest_days(shop: Shop) -> None:
    shop.purchase()
    says(shop, (4, day(22)), (6, day(30)))
    shop.receive(5)
    rows = shop.rows("SELECT quantity, stated FROM incoming")
    assert [(row["quantity"], str(row["stated"])) for row in rows] == [(5, str(day(30)))]


def test_what_the_supplier_cannot_supply_is_cancelled(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.receive(4))
    routine.notify(says(shop).after)
    assert shop.rows("SELECT * FROM incoming") == []
    assert shop.rows("SELECT cancelled_at FROM purchase_order_lines")[0]["cancelled_at"] is not None
    assert shop.allocated("O-1", "O-2") == [4, 0]
    routine.until(shop.now + 3 * HOURS)
    assert routine.heard()[-1] == "delayed"
    assert shop.state("O-2").promise is not None
    assert promised(shop)[1] == "None"


def test_the_same_order_again_does_not_bring_it_back(shop: Shop) -> None:
    shop.purchase()
    says(shop)
    shop.purchase()
    assert shop.rows("SELECT * FROM incoming") == []
    shop.purchase("PO-1", {"quantity": 12, "stated_date": day(20)})
    assert [row["quantity"] for row in shop.rows("SELECT * FROM incoming")] == [12]


@pytest.mark.parametrize(
    ("splits", "fault"),
    [
        ([(9, day(25))], r"the splits add up to 9, but 10 units are outstanding"),
        ([(5, day(25)), (6, None)], r"the splits add up to 11, but 10 units are outstanding"),
    ],
)
def test_parts_that_do_not_add_up_are_refused(
    shop: Shop, splits: list[tuple[int, date | None]], fault: str
) -> None:
    shop.purchase()
    with pytest.raises(RefusedError, match=fault):
        says(shop, *splits)
    assert len(revisions(shop)) == 1


def test_a_day_before_the_order_is_refused(shop: Shop) -> None:
    shop.purchase()
    with pytest.raises(RefusedError, match="is before the day of the order"):
        shop.state_dates((10, day(-3)))


def test_a_word_about_nothing_outstanding_is_refused(shop: Shop) -> None:
    shop.purchase()
    with pytest.raises(RefusedError, match="purchase order PO-9 has no line 1"):
        says(shop, (10, day(25)), order="PO-9")
    shop.receive(10)
    for splits in ([(10, day(25))], []):
        with pytest.raises(RefusedError, match="nothing of line 1 of PO-1 is outstanding"):
            says(shop, *splits)
    shop.purchase("PO-2")
    shop.services.supply.cancel_purchase_order("PO-2", None, shop.now)
    with pytest.raises(RefusedError, match="line 1 of PO-2 was cancelled"):
        says(shop, (10, day(25)), order="PO-2")


def test_a_date_far_off_by_mistake_does_not_stop_the_forecasts(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, date(2199, 12, 31)))
    shop.now = at(1)
    shop.purchase("PO-2")
    assert len(shop.rows("SELECT * FROM incoming")) == 2


# --- preview


def test_a_preview_writes_nothing_and_names_who_would_hear_what(routine: Routine) -> None:
    shop = routine.shop
    before = everything(shop)
    stated = shop.services.dates.preview(word((5, day(20)), (5, day(27))), shop.now)
    assert everything(shop) == before
    [effect] = stated.effects
    assert (effect.backorder, effect.position, effect.customer) == ("O-2/1", 2, "ann")
    assert (effect.before, effect.after, effect.days) == (day(20), day(27), 7)
    assert (effect.promised, effect.by, effect.hears) == (day(21), day(28), "delayed")
    assert stated.waits_for_buyer == ""
    assert not stated.after


@pytest.mark.parametrize(
    ("when", "hears"),
    [(day(21), ""), (day(22), "delayed"), (day(19), ""), (day(16), "earlier"), (None, "delayed")],
)
def test_a_preview_says_what_each_would_hear(routine: Routine, when: date | None, hears: str) -> None:
    shop = routine.shop
    stated = shop.services.dates.preview(word((10, when)), shop.now)
    assert {effect.hears for effect in stated.effects} == {hears}
    routine.notify(says(shop, (10, when)).after)
    told = len(routine.heard())
    routine.until(shop.now + 3 * HOURS)
    assert routine.heard()[told:] == ([hears] * 2 if hears else [])


def test_a_preview_says_that_the_buyer_would_be_asked(routine: Routine) -> None:
    shop = routine.shop
    stated = shop.services.dates.preview(word((10, day(60))), shop.now)
    assert stated.waits_for_buyer == "it moves a date by 40 days"
    with pytest.raises(RefusedError, match="add up"):
        shop.services.dates.preview(word((1, day(60))), shop.now)


# --- waiting for the buyer


def test_a_small_move_takes_effect_at_once_and_is_told_once_it_has_settled(routine: Routine) -> None:
    shop = routine.shop
    stated = says(shop, (10, day(50)))  # exactly thirty days
    assert stated.waits_for_buyer == ""
    routine.notify(stated.after)
    routine.until(at(0) + 2 * HOURS - timedelta(minutes=1))
    assert routine.heard() == ["confirmed"] * 2
    routine.until(at(0) + 2 * HOURS)
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_long_move_waits_for_the_buyer_and_nobody_hears_of_it(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM incoming")
    stated = says(shop, (10, day(51)))
    assert stated.waits_for_buyer == "it moves a date by 31 days"
    assert len(stated.effects) == 2
    routine.notify(stated.after)
    routine.until(at(0) + 23 * HOURS)
    assert routine.heard() == ["confirmed"] * 2
    assert shop.rows("SELECT * FROM incoming") == before
    [task] = tasks.waiting(shop.services.engine)
    assert (task.kind, task.subject) == ("approve_date", "PO-1/1")
    assert task.detail["why"] == "it moves a date by 31 days"


def test_a_long_move_in_the_order_itself_waits_as_well(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM incoming")
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    assert shop.services.dates.waiting_for_buyer("PO-1") == [
        "the new date of line 1 waits for the buyer: it moves a date by 31 days"
    ]
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))  # once more, as order systems do
    routine.until(at(0) + 23 * HOURS)
    assert routine.heard() == ["confirmed"] * 2
    assert shop.rows("SELECT * FROM incoming") == before
    routine.until(at(1) + 3 * HOURS)
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2


def test_what_the_buyer_rejected_stays_rejected_when_the_order_is_sent_again(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now))
    before = shop.rows("SELECT * FROM incoming")
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    assert shop.rows("SELECT * FROM incoming") == before
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    routine.notify(shop.purchase("PO-1", {"stated_date": day(30)}))  # ten days are no matter for the buyer
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM incoming")} == {str(day(30))}


def test_a_smaller_move_in_the_order_takes_the_place_of_one_that_waits(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.purchase("PO-1", {"stated_date": day(51)}))
    routine.notify(shop.purchase("PO-1", {"stated_date": day(22)}))
    assert shop.services.dates.waiting_for_buyer("PO-1") == []
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["rejected"]
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM incoming")} == {str(day(22))}


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
    assert routine.heard()[2:] == ["delayed"] * 2
    assert tasks.waiting(shop.services.engine) == []
    [row] = shop.rows("SELECT state, decided_by FROM approvals")
    assert row == {"state": "approved", "decided_by": "Bea"}
    with pytest.raises(RefusedError, match="no date of line 1 of PO-1 waits for approval"):
        shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now)


def test_once_rejected_nothing_changes(routine: Routine) -> None:
    shop = routine.shop
    before = shop.rows("SELECT * FROM demands"), shop.rows("SELECT * FROM incoming")
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now))
    routine.until(at(2))
    assert (shop.rows("SELECT * FROM demands"), shop.rows("SELECT * FROM incoming")) == before
    assert routine.heard() == ["confirmed"] * 2
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
    assert routine.heard() == ["confirmed"] * 2
    routine.until(at(0) + 26 * HOURS)
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2
    assert tasks.waiting(shop.services.engine) == []


def test_a_newer_word_overtakes_one_that_waits(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(says(shop, (10, day(24))).after)
    assert [row["decided_by"] for row in shop.rows("SELECT decided_by FROM approvals")] == ["a newer date"]
    routine.until(at(3))
    assert tasks.waiting(shop.services.engine) == []
    assert promised(shop) == [str(day(25))] * 2
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_supplier_who_says_something_else_every_day_is_heard_after_a_day(routine: Routine) -> None:
    shop = routine.shop
    for hours in range(0, 24, 6):
        routine.until(at(0) + hours * HOURS)
        routine.notify(says(shop, (10, day(60 + hours))).after)
    [waits] = [row for row in shop.rows("SELECT * FROM approvals") if row["state"] == "waiting"]
    assert waits["revision"] == 5
    routine.until(at(1))
    assert str(shop.rows("SELECT stated FROM incoming")[0]["stated"]) == str(day(78))
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
    before = shop.rows("SELECT * FROM incoming")
    stated = says(shop, *splits, by_link=True)
    assert stated.waits_for_buyer == "the supplier stated it through the link"
    assert [each.after for each in stated.effects] == [None, None]
    routine.notify(stated.after)
    routine.until(at(1) - timedelta(minutes=1))
    assert shop.rows("SELECT * FROM incoming") == before
    routine.until(at(1) + 3 * HOURS)
    assert [row["by"] for row in shop.rows("SELECT * FROM incoming")] == [None for _ in splits]
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2


def test_a_date_from_the_suppliers_own_link_always_waits(routine: Routine) -> None:
    shop = routine.shop
    stated = says(shop, (10, day(21)), by_link=True)
    assert stated.waits_for_buyer == "the supplier stated it through the link"
    routine.notify(stated.after)
    routine.until(at(1, 8))
    assert str(shop.rows("SELECT stated FROM incoming")[0]["stated"]) == str(day(20))
    routine.until(at(1, 10))
    assert str(shop.rows("SELECT stated FROM incoming")[0]["stated"]) == str(day(21))


def test_goods_that_come_meanwhile_make_the_decision_pointless(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (10, day(51))).after)
    routine.notify(shop.receive(10))
    routine.until(at(1))
    assert tasks.waiting(shop.services.engine) == []
    assert "delayed" not in routine.heard()
    assert [row["state"] for row in shop.rows("SELECT state FROM approvals")] == ["rejected"]


def test_units_that_come_meanwhile_are_not_expected_twice(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (4, day(52)), (6, day(60))).after)
    routine.notify(shop.receive(3))
    routine.notify(shop.services.dates.decide("PO-1", "1", approve=True, by="Bea", at=shop.now))
    rows = shop.rows("SELECT quantity, stated FROM incoming ORDER BY split")
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
    assert routine.heard("customer/ann") == ["confirmed"]
    assert routine.heard("customer/bob") == ["confirmed", "delayed"]
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
    with pytest.raises(RefusedError, match="no date of line 1 of PO-1 waits for approval"):
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
        with pytest.raises(RefusedError, match="waited for a day and has taken effect"):
            shop.services.dates.decide("PO-1", "1", approve=False, by="Bea", at=shop.now)
        assert shop.marked() == ["LAMP"]
    assert states(shop) == [("expired", "engine")]
    assert {str(row["stated"]) for row in shop.rows("SELECT stated FROM incoming")} == {str(day(51))}
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
    assert routine.heard() == ["confirmed"] * 2 + ["delayed"] * 2
