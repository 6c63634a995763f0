"""What suppliers state: kept word for word, and shown before it is."""

from __future__ import annotations

from datetime import date

import pytest

from backorder.errors import RefusedError
from tests.support.days import at, day
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, everything, promised, revisions, says, two_lines, word


@pytest.fixture
def routine(shop: Shop) -> Routine:
    return two_lines(shop)


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


@pytest.mark.parametrize(
    "source", ["purchase order", " Purchase  order", "the supplier's link, mail 7, answer A"]
)
def test_nobody_states_a_date_as_the_engine_itself_does(shop: Shop, source: str) -> None:
    """By it the engine knows the order's own date, that the supplier is another one, or whose link it was."""
    shop.purchase()
    for splits in ([(10, day(40))], [(10, None)], []):
        with pytest.raises(
            RefusedError, match=r"source: .* is the engine's own; say how the supplier said it"
        ):
            word(*splits, source=source)
    assert word((10, day(40)), source="purchase order portal").source == "purchase order portal"


def test_the_same_order_again_does_not_take_back_what_the_supplier_said(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, day(25)))
    shop.purchase()
    assert [each[0] for each in revisions(shop)] == [1, 2]
    assert (
        shop.rows("SELECT stated FROM expected_receipts")[0]["stated"]
        == shop.rows("SELECT max(day) AS d FROM stated_dates")[0]["d"]
    )
    shop.purchase("PO-1", {"stated_date": day(30)})
    assert revisions(shop)[-1] == (3, 10, str(day(30)))


def test_more_units_do_not_take_back_what_the_supplier_said(shop: Shop) -> None:
    shop.purchase()
    says(shop, (10, day(25)))
    shop.purchase("PO-1", {"quantity": 12, "stated_date": day(20)})
    assert [each[0] for each in revisions(shop)] == [1, 2]
    rows = shop.rows("SELECT quantity, stated FROM expected_receipts ORDER BY split")
    assert [(row["quantity"], row["stated"] is not None) for row in rows] == [(10, True), (2, False)]


def test_the_parts_of_a_word_come_in_separately(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(says(shop, (5, day(22)), (5, day(30))).after)
    routine.until(shop.now + 3 * HOURS)
    # Each leaves a working day after its part came in; the second line needs units of both.
    assert promised(shop) == [str(day(23)), str(day(31))]
    assert routine.kinds_told() == ["confirmed", "confirmed", "delayed", "delayed"]


def test_what_came_in_since_counts_against_the_earliest_days(shop: Shop) -> None:
    shop.purchase()
    says(shop, (4, day(22)), (6, day(30)))
    shop.receive(5)
    rows = shop.rows("SELECT quantity, stated FROM expected_receipts")
    assert [(row["quantity"], str(row["stated"])) for row in rows] == [(5, str(day(30)))]


def test_what_the_supplier_cannot_supply_is_cancelled(routine: Routine) -> None:
    shop = routine.shop
    routine.notify(shop.receive(4))
    routine.notify(says(shop).after)
    assert shop.rows("SELECT * FROM expected_receipts") == []
    assert shop.rows("SELECT cancelled_at FROM purchase_order_lines")[0]["cancelled_at"] is not None
    assert shop.allocated("O-1", "O-2") == [4, 0]
    routine.until(shop.now + 3 * HOURS)
    assert routine.kinds_told()[-1] == "delayed"
    assert shop.state("O-2").promise is not None
    assert promised(shop)[1] == "None"


def test_the_same_order_again_does_not_bring_it_back(shop: Shop) -> None:
    shop.purchase()
    says(shop)
    shop.purchase()
    assert shop.rows("SELECT * FROM expected_receipts") == []
    shop.purchase("PO-1", {"quantity": 12, "stated_date": day(20)})
    assert [row["quantity"] for row in shop.rows("SELECT * FROM expected_receipts")] == [12]


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
    assert len(shop.rows("SELECT * FROM expected_receipts")) == 2


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
    told = len(routine.kinds_told())
    routine.until(shop.now + 3 * HOURS)
    assert routine.kinds_told()[told:] == ([hears] * 2 if hears else [])


def test_a_preview_says_that_the_buyer_would_be_asked(routine: Routine) -> None:
    shop = routine.shop
    stated = shop.services.dates.preview(word((10, day(60))), shop.now)
    assert stated.waits_for_buyer == "it moves a date by 40 days"
    with pytest.raises(RefusedError, match="add up"):
        shop.services.dates.preview(word((1, day(60))), shop.now)
