"""Reports from the database: what waiting lines are worth, and what is waited for and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backorder.domain.line.events import Answered, RefundSent
from backorder.domain.worth import Assumed, Month, total
from backorder.ports import Notify
from backorder.queries.demand_report import DemandReport, demand_report
from backorder.queries.worth_report import worth_report
from backorder.services.record_request import NewRequest
from backorder.storage.engine import reading
from tests.support.days import at, day
from tests.support.query_plans import asked, read_whole
from tests.support.routine import Routine
from tests.support.shop import Shop
from tests.support.stated_dates import HOURS, says

EVERYBODY = Notify(skus=("LAMP",), shards=(0, 1))
"""Whom a change may concern."""
BEGINS, ENDS = day(-10), day(90)
SWISS = {"customer": {"region": "CH"}}


def months(shop: Shop, since: date = BEGINS, until: date = ENDS, **assumed: object) -> tuple[Month, ...]:
    with reading(shop.services.engine) as connection:
        calendar = shop.services.calendar
        return worth_report(connection, calendar, since, until, Assumed(**assumed)).months  # type: ignore[arg-type]


def demand(shop: Shop, since: date = BEGINS, until: date = ENDS, **more: int) -> DemandReport:
    with reading(shop.services.engine) as connection:
        return demand_report(connection, shop.services.calendar, since, until, shop.now, **more)


def kept_waiting(shop: Shop, order: str, via: str) -> None:
    today = shop.services.calendar.day(shop.now)
    event = Answered(at=shop.now, day=today, request="A-1", choice="keep", received_at=shop.now, via=via)
    shop.ask(order, NewRequest(id="A-1", kind="answer", event=event, given={"choice": "keep"}))
    shop.review(order, "A-1")


@pytest.fixture
def season(shop: Shop) -> Routine:
    """Ten lamps that come late: one line ships, one is cancelled after it heard so, one waits on."""
    routine = Routine(shop)
    routine.notify(shop.purchase())
    for order, customer in (("O-1", "ann"), ("O-2", "bob"), ("O-3", "cid")):
        routine.open(order, 3, customer=SWISS["customer"] | {"id": customer})
    routine.until(at(3))
    routine.notify(says(shop, (10, day(26))).after)
    routine.until(shop.now + 8 * HOURS)
    kept_waiting(shop, "O-1", "link")
    kept_waiting(shop, "O-3", "agent")
    routine.until(at(6))
    shop.cancel("O-2", id="C-2")
    routine.notify(EVERYBODY)
    routine.until(at(8))
    refund = RefundSent(
        at=shop.now, day=day(8), refund="F-1", amount=Decimal("30.00"), sent_at=shop.now, means="card"
    )
    shop.ask("O-2", NewRequest(id="F-1", kind="refund", event=refund, given={}))
    shop.review("O-2", "F-1")
    routine.until(at(26))
    routine.notify(shop.receive(3))
    shop.ship("O-1", 3)
    routine.notify(EVERYBODY)
    routine.until(at(40))
    return routine


def test_what_lines_were_worth_is_counted_from_the_record(season: Routine) -> None:
    shop = season.shop
    for id, evidence in (("T-1", "by the link of send x; now"), ("T-2", "")):
        shop.run(
            "INSERT INTO requests "
            "(backorder, id, kind, content, content_hash, requested_at, evidence, verdict) "
            f"SELECT backorder, '{id}', 'take_back', '{{}}', '', requested_at, '{evidence}', 'accepted' "
            "FROM requests WHERE id = 'C-2'"
        )
    [month] = months(shop, contact_cost=Decimal("4.50"), contact_currency="EUR")
    assert (month.month, month.opened, month.units) == ("2025-03", 3, 9)
    assert (month.kept, month.cancelled, month.open) == (1, 1, 1)
    assert month.cancelled_by == {"customer": 1}
    assert month.cancelled_after == {"delayed": 1}
    assert (month.promised, month.kept_first, month.kept_last) == (1, 0, 1)
    assert month.revenue == {"EUR": Decimal("30.00")}
    assert month.waiting == {"EUR": Decimal("30.00")}
    assert month.refunds == {"EUR": Decimal("30.00")}
    assert (month.contacts_avoided, month.contacts_saved) == (2, {"EUR": Decimal("9.00")}), (
        "an answer and a take-back by link; what a person entered for a caller was a call"
    )
    assert (month.customers, month.ordered_again) == (1, 0)


def test_who_orders_again_after_waiting_is_counted(season: Routine) -> None:
    shop = season.shop
    shop.open("O-9", customer={"id": "ann"})
    march, april = months(shop)
    assert (march.customers, march.ordered_again) == (1, 1)
    assert (april.month, april.opened) == ("2025-04", 1)
    assert total([march, april]).opened == 4
    assert [each.month for each in months(shop, since=day(30))] == ["2025-04"]
    assert months(shop, until=day(0)) == ()


def test_what_is_waited_for_and_why(shop: Shop) -> None:
    """Lamps of which nobody ordered any, desks that come late, chairs of which more was sold, and a sofa that
    was in the books alone.
    """
    for sku in ("DESK", "CHAIR", "SOFA"):
        shop.product(sku)
    desks = {"sku": "DESK", "quantity": 4, "stated_date": day(2)}
    shop.purchase("PO-1", desks, {"sku": "CHAIR", "quantity": 4, "stated_date": day(18)})
    shop.adjust(1, "A-1", sku="SOFA")
    for order, sku, units in (
        ("O-1", "LAMP", 2),
        ("O-2", "DESK", 3),
        ("O-3", "CHAIR", 1),
        ("O-4", "SOFA", 1),
    ):
        shop.start(order, units, sku=sku)
    shop.now = at(10)
    shop.adjust(-1, "A-2", sku="SOFA")
    shop.now = at(12)
    shop.receive(4, order="PO-1", line="1")
    shop.now = at(18)
    shop.receive(4, "R-2", order="PO-1", line="2")
    shop.now = at(20)
    found = demand(shop)
    assert (found.found, found.lines, found.units) == (4, 4, 7)
    causes = {each.sku: (each.main_cause, each.units, each.days) for each in found.skus}
    assert causes == {
        "LAMP": ("nothing_ordered", 2, 20),
        "DESK": ("supplier_late", 3, 12),
        "SOFA": ("stock_counted_down", 1, 20),
        "CHAIR": ("sold_more_than_planned", 1, 18),
    }
    assert [each.sku for each in found.skus] == ["LAMP", "DESK", "CHAIR", "SOFA"]
    assert found.unit_days == 40 + 36 + 10 + 18, "the sofa was set aside for ten days"
    words = {each.sku: each.prevention for each in found.skus}
    assert words["DESK"].startswith("acme delivering on the day stated (10 days late at most)")
    assert words["LAMP"] == "an order of 2 units, 14 days before the first customer's order of 2025-03-03"
    assert [each.sku for each in demand(shop, limit=1).skus] == ["LAMP"]
    assert demand(shop, since=day(1)).lines == 0


def test_each_unit_waits_until_it_is_set_aside_or_given_up(shop: Shop) -> None:
    """Two of five are cancelled after two days, three are set aside after ten; then nobody waits."""
    shop.purchase("PO-1", {"quantity": 3, "stated_date": day(10)})
    shop.start("O-1", 5)
    shop.now = at(2)
    shop.cancel("O-1", 2)
    shop.now = at(10)
    shop.receive(3, order="PO-1")
    shop.now = at(60)
    [sku] = demand(shop).skus
    assert (sku.units, sku.days, sku.unit_days) == (5, 10, 2 * 2 + 3 * 10)
    assert sku.main_cause == "sold_more_than_planned", "three were wanted in the end, and on order"
    assert [each.prevention for each in sku.causes] == [sku.prevention]


def test_a_supplier_who_was_on_time_is_not_to_blame(shop: Shop) -> None:
    """What came on its day went to somebody who was first, and the one who waited got the next delivery."""
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)})
    shop.purchase("PO-2", {"quantity": 2, "stated_date": day(30)})
    shop.start("O-1", 2)
    shop.now = at(1)
    shop.start("O-2", 2, priority=5)
    shop.now = at(10)
    shop.receive(2, order="PO-1")
    shop.now = at(30)
    shop.receive(2, "R-2", order="PO-2")
    [sku] = demand(shop).skus
    assert [each.cause for each in sku.causes] == ["sold_more_than_planned"]


def test_the_date_of_a_supplier_of_before_makes_the_other_no_later(shop: Shop) -> None:
    """It came on the day that it had stated itself."""
    shop.supplier("birch")
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(10)})
    shop.start("O-1", 2)
    shop.now = at(5)
    shop.purchase("PO-1", {"quantity": 2, "stated_date": day(30)}, supplier="birch", drop=True)
    shop.now = at(30)
    shop.receive(2)
    [sku] = demand(shop).skus
    assert "supplier_late" not in [each.cause for each in sku.causes]


def test_units_that_were_there_are_no_backorder(shop: Shop) -> None:
    shop.adjust(5)
    shop.start("O-1", 2)
    assert demand(shop).lines == 0


def test_reports_read_their_stretch_of_time_alone(season: Routine) -> None:
    shop = season.shop
    with asked(shop.services.engine) as statements:
        months(shop)
        demand(shop)
    assert len(statements) > 8
    growing = {"backorders", "requests", "message_items", "allocations", "peggings", "stated_dates"}
    found = read_whole(shop.services.engine, statements)
    assert {statement: tables & growing for statement, tables in found.items() if tables & growing} == {}
