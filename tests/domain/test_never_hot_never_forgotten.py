"""A line lives for weeks as production lets it: it never runs hot, and its customer is never forgotten."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.domain.line.decide import decide
from backorder.domain.line.events import Started, SupplyChanged, Ticked
from backorder.domain.line.next_review import next_review
from backorder.domain.line.simulation import Fate
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind, Why
from backorder.domain.policy.policy import Policy
from tests.support import lines as b
from tests.support.days import START, day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))
LIVES = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WEEKS = 9
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MUTE: Fate = ((25 * DAY, "sent"),)
FATES: tuple[Fate, ...] = (
    ((MINUTE, "sent"),),
    ((MINUTE, "sent"),),
    ((5 * HOUR, "sent"),),
    ((MINUTE, "back"), (HOUR, "sent")),
    ((30 * HOUR, "back"),),
    ((HOUR, "unknown"), (HOUR, "not_sent")),
    ((HOUR, "unknown"), (40 * HOUR, "sent")),
    ((MINUTE, "not_sent"),),
    ((2 * HOUR, "not_sent"),),
)
CALLS = {"unreachable", "undelivered"}
LATE = timedelta(days=10)
"""What comes on top of `updates.every`: another message stands in for one, and is lost and late."""
LOOKS_A_DAY = 6


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return policy(
        stage("swap", "offer_alternatives", delay=draw(st.sampled_from([0, 5]))),
        stage("look", "escalate", overdue=draw(st.sampled_from([0, 3]))),
        stage("dark", "escalate", no_date=draw(st.sampled_from([0, 7]))),
        every=draw(st.sampled_from([3, 7, 14])),
        handling=draw(st.sampled_from([0, 1])),
        settle=draw(st.sampled_from([b.SETTLE, timedelta(0)])),
    )


@st.composite
def words_of_a_supplier(draw: st.DrawFn, when: datetime) -> SupplyChanged:
    """A date that moves forth or back, a date that only creeps, none at all, or units that are there."""
    today = (when.date() - START).days
    likely = today + draw(st.sampled_from([-2, 0, 1, 4, 9, 30]))
    by = likely + draw(st.sampled_from([0, 2, 10]))
    return draw(
        st.sampled_from(
            [
                supply(when, arrives(2, likely, by)),
                supply(when, arrives(2, likely, by)),
                supply(when, arrives(2, likely, by), moved_by_time_alone=True),
                supply(when, arrives(1, likely, by)),
                supply(when, arrives(2, None), why=Why.SUPPLIER_UNSURE),
                supply(when, arrives(1, likely, by), allocated=1),
                supply(when),
            ]
        )
    )


@st.composite
def lives(draw: st.DrawFn) -> World:
    """A line of two units over nine weeks; what is not drawn is a supplier that falls silent."""
    fates = (*FATES, MUTE) if draw(st.booleans()) else FATES
    world = World(policy=draw(policies()), state=b.blank(2), now=at(0, 9))
    world.fates = draw(st.lists(st.sampled_from(fates), max_size=40))
    first = draw(words_of_a_supplier(at(0, 9)))
    world.react(Started(at=at(0, 9), day=day(0), supply=first))
    for _ in range(draw(st.integers(0, 7))):
        gap = timedelta(hours=draw(st.sampled_from([1, 3, 24, 26, 24 * 4, 24 * 11])))
        world.react(draw(words_of_a_supplier(world.now + gap)))
    return world.until(max(world.now, at(7 * WEEKS)))


def looks(world: World) -> Counter[date]:
    """How often the line's timer had it looked at, by day."""
    return Counter(event.day for event, _ in world.decisions if isinstance(event, Ticked))


@LIVES
@given(lives())
def test_a_line_never_runs_hot_and_its_customer_is_never_forgotten(world: World) -> None:
    assert_it_rests(world)
    assert_no_pending_promise_outlives_its_message(world)
    if MUTE not in world.handed:
        assert_there_is_news_or_a_person_is_called(world)


def assert_it_rests(world: World) -> None:
    facts = Counter(event.day for event, _ in world.decisions if not isinstance(event, Ticked))
    assert all(count <= LOOKS_A_DAY + facts[on] for on, count in looks(world).items()), world
    assert sum(looks(world).values()) <= 7 * WEEKS * 1.5


def assert_no_pending_promise_outlives_its_message(world: World) -> None:
    pending = world.state.pending
    assert pending is None or pending.key in world.waiting
    told = [tell.revision for _, tell in world.gone if tell.revision is not None]
    assert (world.state.promise.revision if world.state.promise else None) == max(told, default=None)


def assert_there_is_news_or_a_person_is_called(world: World) -> None:
    grace_period = world.policy.updates.every * DAY + LATE
    instants = [at(0, 9), *(when for when, _ in world.gone), world.now]
    for before, after in pairwise(sorted(instants)):
        stood = [made.state for event, made in world.decisions if before <= event.at <= after]
        excused = any(CALLS & set(state.needs) or state.status is not Status.WAITING for state in stood)
        assert excused or after - before <= grace_period, f"{world}\nno news from {before} to {after}"


def test_a_promise_step_that_is_due_while_a_message_is_on_its_way_waits_for_that_message() -> None:
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    world.fates = [MUTE]
    world.react(supply(at(5), arrives(1, 8)))
    world.until(at(28))
    assert sum(looks(world).values()) <= 22
    assert "earlier/2" in world.flying
    world.until(at(31))
    assert (world.promised, world.last(Kind.DELAYED).facts.why) == (None, Why.OVERDUE)


def test_a_date_that_moves_while_its_message_is_on_its_way_wakes_nobody() -> None:
    world = begun(policy(every=100), arrives(1, 20)).until(at(1))
    world.fates = [MUTE]
    world.react(supply(at(5), arrives(1, 40)))
    world.react(supply(at(6), arrives(1, 60)))
    state = replace(world.state, context=replace(world.context, in_flight=True))
    due, _ = next_review(world.policy, state, at(6))
    assert due is not None
    assert due > at(30)
    assert decide(world.policy, state, b.tick(at(6, 13))).commands == ()
    assert world.until(at(32)).promised == 60


def test_a_message_on_its_way_silences_neither_stages_nor_reminders() -> None:
    rules = policy(stage("look", "escalate", waited=9), every=100)
    world = begun(rules, arrives(2, 40), units=2).until(at(1))
    world.fates = [((60 * DAY, "sent"),)] * 2
    world.react(supply(at(5), arrives(2, 60)))
    world.react(b.cancel(at(6), 1))
    world.until(at(30))
    assert world.events("escalated", "refund_overdue") == ["escalated", "refund_overdue"]


@pytest.mark.parametrize("hour", [9, 11])
def test_a_promise_that_has_not_gone_when_its_day_is_over_is_replaced_by_true_words(hour: int) -> None:
    world = begun(policy(every=100), arrives(1, 10)).until(at(1))
    world.down = True
    world.react(supply(at(2), arrives(1, 20)))
    world.until(at(21, hour))
    [planned] = [tell for tell in world.waiting.values() if tell.window is not None]
    assert (planned.facts.by, planned.facts.why) == (
        (day(20), Why.SUPPLY_MOVED) if hour == 9 else (None, Why.OVERDUE)
    )
    world.down = False
    world.until(at(21, hour) + MINUTE)
    assert world.promised == (20 if hour == 9 else None)
    assert sum(looks(world).values()) <= 3


def test_a_window_that_has_begun_before_its_message_went_starts_today() -> None:
    world = begun(policy(every=100), arrives(1, 10)).until(at(1))
    world.down = True
    world.react(supply(at(2), arrives(1, 12, 20)))
    world.until(at(14, 11))
    [planned] = world.waiting.values()
    assert (planned.facts.likely, planned.facts.by) == (day(14), day(20))


def test_a_play_that_never_comes_to_rest_is_a_fault_and_eats_no_machine() -> None:
    world = World(policy=policy(), state=b.blank(), now=at(0, 9))
    world.fates = [((timedelta(0), "back"),)] * 1000
    world.react(b.start(at(0, 9), arrives(1, 20)))
    with pytest.raises(RuntimeError, match="never comes to rest on 2025-03-03"):
        world.until(at(1))
