"""What comes next, and when the line wakes up for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from backorder.domain.line.next_review import next_review, wake
from backorder.domain.line.published_events import BESIDE
from backorder.domain.line.state import DecisionContext
from backorder.domain.line.upcoming import HORIZON, TASKS_NAMED, upcoming
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import T, us
from tests.support import lines as b
from tests.support.lines import arrives, at, policy, ship, stage, supply
from tests.support.world import World, begun, foreseen


def test_upcoming_names_a_season_as_it_then_happens() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20))
    world.react(supply(at(3), arrives(1, 35)))
    named = foreseen(world, limit=30)
    world.until(named[-1][0])
    happened = [(when, tell.kind.value) for when, tell in world.gone[1:]]
    happened += [(when, each.type) for when, each in world.published if each.type not in BESIDE]
    happened += [
        (when, str(each.data["flag"]))
        for when, each in world.published
        if each.type == "needs_attention" and each.data["flag"] in TASKS_NAMED
    ]
    assert sorted(named) == sorted(happened)
    assert {what for _, what in named} >= {"delayed", "alternatives", "coupon", "escalated", "cancelled"}


def test_a_message_that_waits_to_go_comes_first() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(1))
    world.react(supply(at(3), arrives(1, 35)))
    first = upcoming(world.policy, world.state, world.now)[0]
    assert (first.at, first.what, first.why) == (at(3, 14), "delayed", "the message is waiting to go")


def test_a_message_that_will_be_taken_back_is_not_named() -> None:
    rules = policy(stage("end", "cancel", no_date=1), every=90, settle=timedelta(days=4))
    world = begun(rules, arrives(1, 20)).until(at(3, 9))
    world.react(supply(at(3, 12)))
    assert world.state.pending is not None
    assert "delayed" not in [what for _, what in foreseen(world)]


def test_a_refund_that_a_person_has_to_send_is_named_once_it_is_asked_for_and_when_it_is_late() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(1))
    world.react(b.cancel(at(2)))
    rows = upcoming(world.policy, world.state, world.until(at(2, 20)).now)
    named = {row.what: row.at for row in rows}
    assert {"refund_due_soon", "refund_overdue"} <= named.keys()
    assert named["refund_due_soon"] == next_review(world.policy, world.state, world.now)[0]
    assert named["refund_due_soon"] < named["refund_overdue"]


def test_nothing_is_upcoming_after_the_end() -> None:
    world = begun(policy(), arrives(1, 20))
    world.react(ship(at(3), 1))
    assert foreseen(world) == []
    assert wake(world.policy, world.state, world.now) is None


def test_upcoming_ends_with_its_limit_and_its_horizon() -> None:
    world = begun(policy(), arrives(1, 500)).until(at(1))
    assert len(foreseen(world, limit=5)) == 5
    assert max(when for when, _ in foreseen(world, limit=1000)) <= world.now + HORIZON


def test_repetitions_are_one_row_and_an_ending_is_named_however_far_it_is() -> None:
    rules = policy(stage("look", "escalate", waited=30), stage("end", "cancel", waited=90))
    world = begun(rules, payment="unpaid").until(at(1))
    rows = upcoming(world.policy, world.state, world.now, limit=2)
    assert [(row.what, row.at, row.again) for row in rows] == [
        ("still_waiting", at(7, 10), 3),
        ("escalated", at(30, 10), 0),
        ("ending_due", at(88, 10), 0),
        ("cancelled", at(90, 10), 0),
    ]
    assert rows[0].last == at(28, 10)


def test_the_timer_is_armed_for_what_follows_the_message_that_waits_to_go() -> None:
    world = begun(policy(), arrives(1, 20))
    assert world.state.pending is not None
    assert next_review(world.policy, world.state, world.now) == (at(7, 10), "still_waiting")


def test_the_line_wakes_for_what_falls_due_before_a_message_may_go() -> None:
    rules = policy(stage("look", "escalate", waited=4), settle=timedelta(days=1))
    world = begun(rules, arrives(1, 20)).until(at(3))
    world.react(supply(at(3, 12), arrives(1, 40)))
    assert next_review(world.policy, world.state, world.now) == (at(4, 10), "stage/look")


def test_the_line_does_not_wake_for_what_a_message_makes_due_it_is_done_when_the_message_has_gone() -> None:
    world = begun(policy(stage("look", "escalate", delay=0))).until(at(5))
    world.react(supply(at(5, 12), arrives(1, 30)))
    assert next_review(world.policy, world.state, world.now) == (at(12, 10), "still_waiting")
    assert world.until(at(5, 14)).events("escalated") == ["escalated"]


def test_a_line_with_nothing_to_come_sleeps() -> None:
    world = begun(policy(), arrives(1, 20)).until(at(30))
    world.refuses = True
    world.until(at(60))
    assert world.state.needs == ("unreachable",)
    assert wake(world.policy, world.state, world.now) is None


ACTIONS: list[tuple[str, Callable[[World], object]]] = [
    ("slips", lambda world: world.react(supply(at(9), arrives(1, 50)))),
    ("good news", lambda world: world.react(supply(at(9), arrives(1, 15)))),
    ("dateless", lambda world: world.react(supply(at(9)))),
    ("allocated", lambda world: world.react(supply(at(9), allocated=1))),
    ("held", lambda world: world.react(b.hold(at(9), at(21)))),
    ("cancelled", lambda world: world.react(b.cancel(at(9)))),
]


@pytest.mark.parametrize(("name", "act"), ACTIONS)
def test_running_hourly_says_the_same_as_running_when_the_line_wakes(
    name: str, act: Callable[[World], object]
) -> None:
    def lived(hours: int) -> list[tuple[str, datetime]]:
        world = begun(policy(*b.STANDARD), arrives(1, 20)).until(at(8))
        act(world)
        for _ in range(0, 24 * 60, hours):
            world.react(b.tick(world.now + timedelta(hours=hours)))
        return [(tell.key, when) for when, tell in world.gone]

    assert lived(1) == lived(24 * 60)


def test_upcoming_asks_what_could_be_offered_now() -> None:
    world = begun(policy(stage("swap", "offer_alternatives", waited=5), every=90), arrives(1, 60))
    bare = replace(world.state, context=DecisionContext())
    assert Kind.ALTERNATIVES.value in [what for _, what in foreseen(world)]
    assert Kind.ALTERNATIVES.value not in [each.what for each in upcoming(world.policy, bare, world.now)]


def test_what_the_law_asks_of_a_person_by_the_clock_is_named_with_its_day_and_comes_first() -> None:
    world = us(arrives(1, T - 2), context=DecisionContext(by_hand=True)).until(at(1))
    rows = upcoming(world.policy, world.seen(), world.now)
    look, what = next_review(world.policy, world.seen(), world.now)
    assert (rows[0].at, rows[0].what) == (look, what) == (look, "legal_notice")
    world.until(rows[0].at)
    assert "legal_notice" in world.state.needs
    assert "legal_notice" not in [row.what for row in upcoming(world.policy, world.seen(), world.now)]


def test_units_that_leave_or_are_cancelled_by_law_are_named_with_the_day_on_which_a_person_is_called() -> (
    None
):
    world = us(allocated=1).until(at(1))
    named = [row.what for row in upcoming(world.policy, world.seen(), world.now)]
    assert named.index("ship_by_law") < named.index("ships_or_ends") < named.index("cancelled")
    assert named.count("cancelled") == 1
