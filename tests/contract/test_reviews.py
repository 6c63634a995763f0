"""The transaction that reviews a line: all of it or nothing, once for each key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.line.commands import Decision, Publish
from backorder.domain.line.decide import decide
from backorder.domain.line.events import Ticked
from backorder.domain.line.state import Status
from backorder.ports import Review
from backorder.services.review_line import review
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop

EVERYTHING = (
    "backorders",
    "demands",
    "stock",
    "stock_movements",
    "allocations",
    "requests",
    "promises",
    "messages",
    "message_items",
    "sends",
    "events",
    "timeline",
    "replans",
)


def everything(shop: Shop) -> list[object]:
    """All that a review could write."""
    return [shop.rows(f"SELECT * FROM {table}") for table in EVERYTHING]


def test_a_repeated_review_answers_what_it_answered_and_changes_nothing(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    shop.ask("O-1", shop.cancellation())
    first = shop.review("O-1", "C-1", seq=2)
    before = everything(shop)
    shop.now += timedelta(days=3)
    assert shop.review("O-1", "C-1", seq=2)[0] == first[0]
    assert everything(shop) == before
    assert [outcome.verdict for outcome in first[0].outcomes] == ["accepted"]
    assert first[1].skus == ("LAMP",)


def test_the_first_review_tells_the_customer_what_to_expect(shop: Shop) -> None:
    shop.purchase()
    reviewed = shop.start()
    assert reviewed.status == "waiting"
    assert shop.rows("SELECT kind, state FROM messages") == [{"kind": "confirmed", "state": "planned"}]
    assert reviewed.wake is not None
    assert reviewed.wake > shop.now


def test_a_line_that_has_its_units_before_it_begins_tells_everyone(shop: Shop) -> None:
    shop.adjust(2)
    assert shop.start(quantity=2).status == "allocated"
    events = [row["type"] for row in shop.rows("SELECT type FROM events")]
    assert "backorder.allocated" in events
    assert shop.rows("SELECT verdict FROM timeline") == [{"verdict": "accepted"}]


def test_what_decides_is_what_is_read(shop: Shop) -> None:
    shop.purchase()
    shop.start(quantity=3)
    shop.dispatch()
    [row] = shop.rows("SELECT phase, promised_by, first_by, needs FROM backorders")
    state = shop.state()
    assert state.promise is not None
    assert str(row["promised_by"]) == str(row["first_by"]) == str(state.promise.by)
    assert (row["phase"], bool(row["needs"])) == ("open", False)


def test_an_error_in_the_middle_leaves_nothing_behind(shop: Shop) -> None:
    shop.adjust(2)
    shop.start("O-1", 2)
    before = everything(shop)
    new_request = shop.cancellation()
    shop.ask("O-1", new_request)
    asked = everything(shop)

    def break_off() -> None:
        with shop.services.lines.case("O-1/1", seq=2, units=True) as case:
            case.record(
                new_request.event, decide(case.policy, case.state, new_request.event), request=new_request.id
            )
            case.finish(None, (None, ""))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert everything(shop) == asked
    assert asked != before
    assert shop.review("O-1", "C-1", seq=2)[0].status == "closing"


def test_a_request_is_ruled_once(shop: Shop) -> None:
    shop.start(quantity=3)
    shop.ask("O-1", shop.cancellation(1))
    first = shop.review("O-1", "C-1")[0]
    second = shop.review("O-1", "C-1")[0]
    assert first.outcomes == second.outcomes
    assert shop.state().quantity.cancelled == 1
    [row] = shop.rows("SELECT verdict, reason FROM requests")
    assert (row["verdict"], row["reason"]) == (first.outcomes[0].verdict, first.outcomes[0].reason)


def test_a_request_that_never_came_through_is_heard_with_all(shop: Shop) -> None:
    shop.start(quantity=3)
    shop.ask("O-1", shop.cancellation(1))
    review(shop.services.lines, Review(backorder="O-1/1", seq=2, at=shop.now, all=True))
    assert shop.state().quantity.cancelled == 1
    assert shop.rows("SELECT verdict FROM requests") == [{"verdict": "accepted"}]


def test_a_rejected_request_changes_nothing_but_is_on_record(shop: Shop) -> None:
    shop.start(quantity=2)
    before = shop.state()
    shop.ask("O-1", shop.cancellation(9))
    [outcome] = shop.review("O-1", "C-1")[0].outcomes
    assert (outcome.verdict, outcome.reason) == (
        "rejected",
        "9 units were asked for, but only 2 are still open",
    )
    # That they asked is noted with the customer: nobody is offered anything for a while after that.
    assert shop.state().replace(context=before.context) == before
    assert [row["verdict"] for row in shop.rows("SELECT verdict FROM timeline ORDER BY number")][-1] == (
        "rejected"
    )


def test_a_look_that_finds_nothing_leaves_no_trace(shop: Shop) -> None:
    shop.start()
    before = len(shop.rows("SELECT * FROM timeline"))
    shop.review()
    shop.review()
    assert len(shop.rows("SELECT * FROM timeline")) == before


def test_a_promise_is_kept_with_its_evidence_once_it_was_told(shop: Shop) -> None:
    shop.purchase()
    shop.start(quantity=2)
    assert shop.rows("SELECT * FROM promises") == []
    shop.dispatch()
    [promise] = shop.rows("SELECT * FROM promises")
    assert promise["revision"] == 1
    assert "PO-1/1" in promise["evidence"]
    assert promise["message"] == shop.rows("SELECT id FROM messages")[0]["id"]


def test_a_promise_is_not_taken_back_once_it_is_on_its_way(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    claimed = Desk(shop).claimed()
    assert shop.state().context.in_flight
    shop.now += timedelta(hours=1)
    shop.state_dates((10, day(60)))
    shop.replan()
    shop.review()
    states = shop.rows("SELECT kind, state FROM messages ORDER BY number")
    assert states[0] == {"kind": "confirmed", "state": "claimed"}
    assert claimed


def test_a_promise_that_is_not_true_any_more_is_replaced_before_it_goes(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    shop.state_dates((10, day(60)))
    shop.replan()
    shop.review()
    messages = shop.dispatch()
    assert len(messages) == 1
    assert shop.state().promise is not None
    states = {row["state"] for row in shop.rows("SELECT state FROM messages")}
    assert states <= {"sent", "withdrawn"}


def test_the_same_key_again_replaces_the_message_that_has_not_gone(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    with shop.services.lines.case("O-1/1") as case:
        state = case.state
        assert state.pending is not None
        tick = Ticked(at=shop.now, day=day(0))
        decision = decide(case.policy, state, tick)
        [row] = shop.rows("SELECT step FROM message_items")
        assert row["step"] == state.pending.key
        case.record(tick, Decision(state=state, commands=decision.commands, reason="again"))
        case.finish(None, (None, ""))
    assert len(shop.rows("SELECT * FROM messages")) == 1


def test_events_for_the_order_system_keep_the_order_in_which_they_were_decided(shop: Shop) -> None:
    shop.adjust(2)
    shop.start(quantity=2)
    shop.ship(quantity=2)
    types = [row["type"] for row in shop.rows("SELECT type FROM events ORDER BY number")]
    assert types.index("backorder.allocated") < types.index("backorder.shipped")
    with shop.services.lines.case("O-1/1") as case:
        commands = tuple(Publish(type=f"test_{number}") for number in range(5))
        tick = Ticked(at=shop.now, day=day(0))
        case.record(tick, Decision(state=case.state, commands=commands, reason="test"))
        case.finish(None, (None, ""))
    types = [row["type"] for row in shop.rows("SELECT type FROM events ORDER BY number")]
    assert types[-5:] == [f"backorder.test_{number}" for number in range(5)]


def test_a_line_that_has_ended_is_closed_for_good(shop: Shop) -> None:
    shop.start(payment="unpaid")
    shop.cancel()
    [row] = shop.rows("SELECT phase, closed_at FROM backorders")
    assert row["phase"] == "cancelled"
    assert row["closed_at"] is not None
    assert shop.state().status is Status.CANCELLED
    assert shop.demand()["open"] == 0


def test_a_fact_after_the_end_is_recorded_and_changes_nothing_else(shop: Shop) -> None:
    shop.start(payment="unpaid")
    shop.cancel()
    before = shop.state()
    shop.ask("O-1", shop.silence(at(5)))
    [outcome] = shop.review("O-1", "H-1")[0].outcomes
    assert outcome.verdict in ("recorded", "ignored", "rejected")
    assert shop.state() == before


def test_who_has_to_be_woken_earlier_is_named(shop: Shop) -> None:
    """A decision outside of the line's workflow that allows less sleep than the workflow takes."""
    shop.purchase()
    shop.start()
    wake = shop.now + timedelta(minutes=1)
    with shop.services.lines.case("O-1/1") as case:
        tick = Ticked(at=shop.now, day=day(0))
        case.record(tick, Decision(state=case.state, commands=(), reason="test"))
        after = case.finish(None, (wake, ""))
    assert after.backorders == ("O-1/1",)


def test_a_line_keeps_the_policy_version_it_started_with(shop: Shop) -> None:
    with shop.services.engine.begin() as connection:
        shop.services.policies.load(connection, 'name = "p"\n[updates]\nevery = "7d"')
    shop.start("O-1", policy="p")
    with shop.services.engine.begin() as connection:
        shop.services.policies.load(connection, 'name = "p"\n[updates]\nevery = "9d"')
    shop.start("O-2", policy="p")
    assert shop.services.lines.read("O-1/1")[0].updates.every == 7
    assert shop.services.lines.read("O-2/1")[0].updates.every == 9
