"""Reading cases, messages and lists: on every database, from the very state that decides."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backorder.domain.clock import Clock
from backorder.errors import RefusedError, UnknownBackorderError, UnknownMessageError
from backorder.queries.case_view import case
from backorder.queries.line_list import Filter, lines
from backorder.queries.messages import message
from backorder.queries.views import CaseView, DutyView, LineView, as_json
from backorder.services.record_request import NewRequest
from tests.support.days import at, day
from tests.support.lines import refund
from tests.support.query_plans import asked, plan
from tests.support.shop import Shop

CASE = (
    "id status sku quantity promise forecast delay_days queue_position supply consent duties policy payment "
    "refund offers needs hold contact other_lines next messages notes timeline"
)


def read(shop: Shop, order: str = "O-1") -> CaseView:
    """The case as it stands in the shop's present."""
    found = case(shop.services.database, f"{order}/1", shop.now)
    assert isinstance(found, CaseView)
    return found


def found(shop: Shop, **wanted: object) -> list[str]:
    """The orders that a filter finds."""
    page = lines(shop.services.database, Filter(**wanted), shop.now)  # type: ignore[arg-type]
    return [line.order_id for line in page.lines]


def listed(shop: Shop, order: str = "O-1") -> LineView:
    """The line as a list shows it."""
    (line,) = lines(shop.services.database, Filter(order=order), shop.now).lines
    return line


@pytest.fixture
def waiting(shop: Shop) -> Shop:
    """A shop with ten lamps on order for day 20, and a line for two of them."""
    shop.purchase()
    shop.start(quantity=2)
    return shop


def test_case_names_every_field(waiting: Shop) -> None:
    names = {field.name for field in fields(CaseView)}
    assert set(CASE.split()) <= names
    assert set(as_json(read(waiting))) == names


def test_case_of_a_new_line(waiting: Shop) -> None:
    found = read(waiting)
    assert (found.id, found.status, found.product) == ("O-1/1", "waiting", "Lamp")
    assert (found.quantity.ordered, found.quantity.waiting, found.quantity.allocated) == (2, 2, 0)
    assert found.promise is None  # nothing was told yet
    assert (found.forecast.by, found.queue_position, found.delay_days) == (day(21), 1, 0)
    assert [(each.quantity, each.source, each.purchase_order, each.line) for each in found.supply] == [
        (2, "incoming", "PO-1", "1")
    ]
    assert found.supply[0].by == day(20)
    assert (found.payment.line_paid, found.payment.currency) == (Decimal(20), "EUR")
    assert (found.policy.name, found.contact.email) == ("standard", "ann@example.com")
    assert found.next[0].what == "confirmed"


def test_case_of_a_line_that_was_told(waiting: Shop) -> None:
    waiting.dispatch()
    found = read(waiting)
    assert found.promise is not None
    assert (found.promise.by, found.promise.first_by, found.promise.deliver_by) == (day(21), day(21), day(24))
    assert [(each.kind, each.state, each.channel) for each in found.messages] == [
        ("confirmed", "sent", "email")
    ]
    assert "Lamp" in found.messages[0].subject
    assert "Ann" in found.messages[0].text
    assert found.next[0].what == "still_waiting"
    assert [each.what for each in found.timeline] == ["started", "message_sent"]


def test_a_line_that_was_never_looked_at_shows_what_its_first_look_does(shop: Shop) -> None:
    shop.purchase()
    shop.open()
    assert read(shop).next[0].what == "confirmed"
    assert read(shop).forecast.by == day(21)


def test_unseen_supply_is_decided_before_it_is_shown(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.now = at(3)
    waiting.state_dates((10, day(30)))
    waiting.replan()
    before = read(waiting)
    assert before.forecast.by == day(31)
    assert before.next[0].what == "delayed"
    assert listed(waiting).next is not None
    assert listed(waiting).next.what == "delayed"  # type: ignore[union-attr]
    waiting.review()
    after = read(waiting)
    assert (after.forecast, after.next, after.delay_days) == (before.forecast, before.next, before.delay_days)


def test_next_is_what_then_happens(waiting: Shop) -> None:
    waiting.dispatch()
    foreseen = read(waiting).next[0]
    waiting.now = foreseen.at
    waiting.review()
    waiting.dispatch()
    assert read(waiting).messages[-1].kind == foreseen.what
    assert listed(waiting).next.at == read(waiting).next[0].at  # type: ignore[union-attr]


def test_units_that_arrived_are_shown_before_the_line_looks(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.receive(10)
    found = read(waiting)
    assert (found.status, found.quantity.allocated, found.queue_position) == ("allocated", 2, None)
    assert [(each.quantity, each.source) for each in found.supply] == [(2, "shelf")]
    assert listed(waiting).status == "allocated"


def test_a_line_without_supply_says_so(shop: Shop) -> None:
    shop.start(quantity=3)
    found = read(shop)
    assert [(each.quantity, each.source) for each in found.supply] == [(3, "none")]
    assert (found.forecast.by, found.forecast.why) == (None, "no_supply")


def test_a_forecast_that_ran_out_is_none(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.now = at(25)
    found = read(waiting)
    assert (found.forecast.by, found.forecast.why) == (None, "overdue")
    assert listed(waiting).forecast_by is None


def test_a_request_without_an_outcome_is_shown_with_what_it_leads_to(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.ask("O-1", waiting.cancellation())
    found = read(waiting)
    assert found.status == "waiting"
    assert [each.what for each in found.next][:2] == ["C-1", "cancelled"]
    assert "still_waiting" not in [each.what for each in found.next]


def test_a_line_of_an_older_version_is_read_whole(waiting: Shop) -> None:
    """What its state does not hold follows from its row and its customer's."""
    now = read(waiting)
    [row] = waiting.rows("SELECT state FROM backorders")
    older = json.loads(row["state"])
    del older["terms"]
    waiting.run("UPDATE backorders SET state = :state", state=json.dumps(older))
    assert read(waiting) == now


def test_case_after_the_end(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.cancel()
    found = read(waiting)
    assert (found.status, found.quantity.cancelled, found.queue_position) == ("closing", 2, None)
    assert found.refund is not None
    assert (found.refund.amount, found.refund.remaining, found.refund.state) == (
        Decimal(20),
        Decimal(20),
        "due",
    )
    waiting.now = at(30)
    assert read(waiting).refund.state == "overdue"  # type: ignore[union-attr]
    # Nothing owed is an amount in the currency's digits too.
    waiting.start("O-2", customer={"id": "bob", "name": "Bob", "email": "bob@example.com", "region": "CH"})
    sent = NewRequest(id="F", kind="refund", event=refund(waiting.now, "5.00"), given={"id": "F"})
    waiting.ask("O-2", sent)
    waiting.review("O-2", "F")
    excess = read(waiting, "O-2").refund
    assert excess is not None
    assert (str(excess.amount), str(excess.remaining), excess.state) == ("0.00", "-5.00", "excess")


def test_a_hold_is_shown(waiting: Shop) -> None:
    waiting.ask("O-1", waiting.silence(at(5)))
    waiting.review("O-1", "H-1")
    found = read(waiting)
    assert found.hold is not None
    assert (found.hold.until, found.hold.reason) == (at(5), "asked for it")


def test_other_lines_of_the_same_customer(waiting: Shop) -> None:
    waiting.start("O-2")
    waiting.start("O-3", customer={"id": "bob", "name": "Bob", "email": "bob@example.com", "region": "DE"})
    assert [each.id for each in read(waiting).other_lines] == ["O-2/1"]


def test_messages_go_by_business_time(waiting: Shop) -> None:
    """However long the clock is held afterwards."""
    now = datetime.now(UTC)
    clock = waiting.services.time.set(Clock(epoch=at(0), rate=1000.0))
    waiting.dispatch()
    waiting.services.time.move(clock.held(clock.business(now), now))
    assert read(waiting).messages[0].at == waiting.now


def test_a_message_in_its_own_words(waiting: Shop) -> None:
    waiting.dispatch()
    id = read(waiting).messages[0].id
    whole = message(waiting.services.database, id[:8])
    assert (whole.id, whole.person, whole.backorders) == (id, "customer/ann", ("O-1/1",))
    assert [(each.channel, each.state) for each in whole.sends] == [("email", "sent")]
    assert whole.sends[0].html.startswith("<!")


def test_a_message_that_waits_has_no_words_yet(waiting: Shop) -> None:
    found = read(waiting).messages[0]
    assert (found.state, found.subject, found.at) == ("planned", "", at(0))
    assert message(waiting.services.database, found.id).sends == ()


def test_unknown_cases_and_messages(shop: Shop) -> None:
    with pytest.raises(UnknownBackorderError, match="there is no backorder O-9/1"):
        read(shop, "O-9")
    with pytest.raises(UnknownMessageError, match="there is no message nix"):
        message(shop.services.database, "nix")


def test_a_beginning_that_several_messages_have(waiting: Shop) -> None:
    for number in range(2, 18):  # of 17 IDs two begin with the same of 16 digits
        waiting.start(f"O-{number}")
    digits = Counter(str(row["id"])[0] for row in waiting.rows("SELECT id FROM messages"))
    [(digit, _)] = digits.most_common(1)
    with pytest.raises(UnknownMessageError, match="several messages begin with"):
        message(waiting.services.database, digit)
    with pytest.raises(UnknownMessageError, match="there is no message"):
        message(waiting.services.database, "")


# --- lists


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Lines of several statuses, products, suppliers and customers."""
    bob = {"id": "bob", "name": "Bob", "email": "bob@example.com", "phone": "+441632960961", "region": "GB"}
    shop.supplier("north")
    shop.product("DESK", supplier="north", name="Walnut desk")
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2", customer=bob)
    shop.start("O-3", sku="DESK", customer=bob)
    shop.dispatch()
    shop.dispatch("customer/bob")
    shop.receive(1)
    shop.cancel("O-2")
    return shop


FILTERED: tuple[tuple[dict[str, Any], list[str]], ...] = (
    ({}, ["O-1", "O-2", "O-3"]),
    ({"status": "waiting"}, ["O-3"]),
    ({"status": "allocated"}, ["O-1"]),
    ({"status": "closing"}, ["O-2"]),
    ({"status": "fulfilled"}, []),
    ({"order": "O-2"}, ["O-2"]),
    ({"sku": "LAMP"}, ["O-1", "O-2"]),
    ({"supplier": "north"}, ["O-3"]),
    ({"customer": "bob"}, ["O-2", "O-3"]),
    ({"customer": "bob", "sku": "DESK"}, ["O-3"]),
    ({"needs": True}, []),
    ({"late": True}, []),
    ({"q": "O-3"}, ["O-3"]),
    ({"q": "O-3/1"}, ["O-3"]),
    ({"q": "DESK"}, ["O-3"]),
    ({"q": "walnut"}, ["O-3"]),
    ({"q": "bob@example.com"}, ["O-2", "O-3"]),
    ({"q": "+441632960961"}, ["O-2", "O-3"]),
    ({"q": "bob", "status": "waiting"}, ["O-3"]),
    ({"q": "100%"}, []),
)
"""Filters, and the orders that pass them."""


def test_filters(busy: Shop) -> None:
    assert [(wanted, found(busy, **wanted)) for wanted, _ in FILTERED] == [*FILTERED]


def test_late_lines_come_with_the_longest_ago_first(busy: Shop) -> None:
    busy.start("O-0")
    busy.now = at(1)
    busy.dispatch()
    busy.now = at(40)
    assert found(busy, late=True) == ["O-0", "O-1"]
    busy.run("UPDATE backorders SET promised_by = :day WHERE id = 'O-0/1'", day=day(30).isoformat())
    assert found(busy, late=True) == ["O-1", "O-0"]
    first = lines(busy.services.database, Filter(late=True), busy.now, limit=1)
    rest = lines(busy.services.database, Filter(late=True), busy.now, limit=1, cursor=first.cursor)
    assert [line.order_id for line in (*first.lines, *rest.lines)] == ["O-1", "O-0"]
    assert rest.cursor is None


def test_lines_with_duties_come_with_the_first_to_fall_due_first(busy: Shop) -> None:
    """Their rows name rule and last day, from columns: no other line is read."""
    cal = {"id": "cal", "name": "Cal", "email": "cal@example.com", "region": "US"}
    zoe = {"id": "zoe", "name": "Zoe", "email": "zoe@example.com", "region": "CH"}
    busy.start("O-4", 2, customer=cal, ship_by=day(20).isoformat())
    busy.cancel("O-4", 1)
    busy.start("O-5", customer=zoe)
    busy.dispatch()
    busy.dispatch("customer/cal")
    with asked(busy.services.engine) as statements:
        page = lines(busy.services.database, Filter(duties=True), busy.now)
    shown = [(line.order_id, line.duties[0].rule, line.duties[0].due) for line in page.lines]
    assert shown == [
        ("O-4", "us-ftc-435/refund", day(9)),
        ("O-2", "uk-cra-28/withdrawal_refund", day(14)),
        ("O-1", "eu-crd-18/delivery_notice", day(31)),
        ("O-3", "uk-cra-28/delivery_notice", day(31)),
    ]
    [found] = [each for each in statements if "duty_due IS NOT NULL" in each[0]]
    assert "ix_backorders_duty" in plan(busy.services.engine, *found)
    assert [each.due for each in page.lines[0].duties] == [day(9), day(20), day(20)]
    assert page.lines[0].duties == tuple(
        DutyView(rule=each.rule, due=each.due) for each in read(busy, "O-4").duties
    )
    first = lines(busy.services.database, Filter(duties=True), busy.now, limit=2)
    rest = lines(busy.services.database, Filter(duties=True), busy.now, limit=2, cursor=first.cursor)
    assert [line.order_id for line in (*first.lines, *rest.lines)] == ["O-4", "O-2", "O-1", "O-3"]
    assert found_duties(busy, status="waiting") == ["O-4", "O-3"]
    busy.ship("O-1")
    assert "O-1" not in found_duties(busy)


def found_duties(shop: Shop, **wanted: object) -> list[str]:
    """The orders with a duty, among those that a filter finds."""
    return found(shop, duties=True, **wanted)


def test_pages_follow_each_other(shop: Shop) -> None:
    for number in range(7):
        shop.open(f"O-{number}")
    orders, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = lines(shop.services.database, Filter(), shop.now, cursor=cursor, limit=3)
        orders += [line.order_id for line in page.lines]
        cursor, pages = page.cursor, pages + 1
    assert orders == [f"O-{number}" for number in range(7)]
    assert pages == 3


def test_list_line(waiting: Shop) -> None:
    waiting.dispatch()
    waiting.now = at(1)
    waiting.state_dates((10, day(33)))
    waiting.replan()
    waiting.review()
    line = listed(waiting)
    assert (line.promised_by, line.first_by, line.forecast_by) == (day(21), day(21), day(35))
    assert (line.delay_days, line.queue_position, line.open) == (14, 1, 2)
    assert line.next is not None
    assert (line.next.what, line.next.at) == ("delayed", at(1) + timedelta(hours=2))


def test_faulty_filters_are_named_all_at_once(shop: Shop) -> None:
    with pytest.raises(RefusedError) as refused:
        lines(shop.services.database, Filter(status="open"), shop.now, limit=0)
    assert [fault.split(":")[0] for fault in refused.value.faults] == ["status", "limit"]
    with pytest.raises(RefusedError, match="cursor"):
        lines(shop.services.database, Filter(late=True), shop.now, cursor="nonsense")


def test_json_has_days_instants_and_money_as_text(waiting: Shop) -> None:
    waiting.dispatch()
    plain: dict[str, Any] = as_json(read(waiting))
    assert plain["promise"]["by"] == day(21).isoformat()
    assert plain["ordered_at"] == "2025-03-03T09:00:00Z"
    assert plain["payment"]["unit_price"] == "10.00"


def test_a_list_read_again_shows_what_has_changed_since(waiting: Shop) -> None:
    """What a review wrote for lists is shown, until the line says something else or time does."""
    waiting.dispatch()
    waiting.review()
    shown = listed(waiting)
    assert shown.next is not None
    [stored] = waiting.rows("SELECT listed FROM backorders")
    assert shown.next.what in stored["listed"]
    waiting.run("UPDATE backorders SET listed = NULL")
    assert listed(waiting) == shown
    waiting.run("UPDATE backorders SET listed = 'garbage'")
    assert listed(waiting) == shown
    other = stored["listed"].replace("[]", '["unreachable"]')
    waiting.run("UPDATE backorders SET listed = :listed", listed=other)
    assert listed(waiting).needs == ("unreachable",)
    waiting.run("UPDATE backorders SET line_version = line_version + 1")
    assert listed(waiting) == shown
    waiting.run("UPDATE backorders SET line_version = line_version - 1, listed = :listed", **stored)
    waiting.now = at(60)
    assert listed(waiting).forecast_by is None
    waiting.now = shown.next.at + timedelta(hours=1)
    late = listed(waiting).next
    assert late is not None
    assert late.at == waiting.now
    waiting.now = at(0)
    assert listed(waiting) == shown
    waiting.run("UPDATE customers SET name = 'Eve'")
    assert listed(waiting).customer_name == "Eve"
    waiting.run("UPDATE backorders SET state = 'garbage'")
    assert listed(waiting).fault is not None
