"""What holds for every line, whatever happens to it and in whatever order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backorder.domain.line.authorizations import PASSED_ON
from backorder.domain.line.commands import (
    Decision,
    FreeUnits,
    PassOver,
    Publish,
    SecondWay,
    ShipUnits,
    Tell,
    Verdict,
    Withdraw,
)
from backorder.domain.line.decide import decide
from backorder.domain.line.due_steps import steps
from backorder.domain.line.events import (
    Complained,
    Event,
    MessageNotSent,
    SendNowRequested,
    Started,
    SupplyChanged,
)
from backorder.domain.line.ledger import owed
from backorder.domain.line.next_review import wake
from backorder.domain.line.published_events import BESIDE
from backorder.domain.line.state import ENDED, OPEN, Arrival, DecisionContext, State
from backorder.domain.line.step import Step
from backorder.domain.line.table import TABLE
from backorder.domain.line.upcoming import TASKS_NAMED, folded, future, upcoming
from backorder.domain.notifications import Facts, Kind, Why
from backorder.domain.policy.policy import Policy
from tests.support import lines as b
from tests.support.asking import once_it_asks
from tests.support.days import START, day
from tests.support.world import World, begun, foreseen

ADAPTER = TypeAdapter(State)
OWED = {Kind.CANCELLED, Kind.SHIPPED, Kind.PART_SHIPPED, Kind.REFUNDED, Kind.SUBSTITUTED}
RECORDED = (Verdict.RECORDED, Verdict.REJECTED, Verdict.IGNORED)
EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))
LIVES = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MEASURES = ("delay", "waited", "overdue", "no_date")
DOINGS = ("offer_alternatives", "coupon", "escalate", "cancel")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    stages = [
        b.stage(f"s{n}", draw(st.sampled_from(DOINGS)), **{draw(st.sampled_from(MEASURES)): days})
        for n, days in enumerate(draw(st.lists(st.sampled_from([0, 1, 3, 8, 20, 40]), max_size=5)))
    ]
    return b.policy(
        *stages,
        partial=draw(st.sampled_from(["hold", "ship", "skip"])),
        split_by_customer=draw(st.booleans()),
        every=draw(st.sampled_from([7, 7, 1, 3])),
        spacing=draw(st.sampled_from([2, 2, 0, 30])),
        handling=draw(st.sampled_from([0, 1])),
        settle=draw(st.sampled_from([b.SETTLE, timedelta(0), timedelta(days=1)])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    units = draw(st.integers(1, 5))
    state = b.blank(
        units,
        ordered=draw(st.sampled_from([0, 0, -1, -40])),
        payment=draw(st.sampled_from(["captured", "captured", "authorized", "unpaid"])),
        paid=draw(st.sampled_from(["10.00", "0.03", "0.00"])),
        expires_at=draw(st.sampled_from([None, b.at(6), b.at(1)])),
    )
    world = World(policy=draw(policies()), state=state, now=b.at(0, 9))
    by_hand = draw(st.integers(0, 9)) == 0
    world.context = world.context.replaced({"by_hand": by_hand})
    world.delay = draw(st.sampled_from([timedelta(0), timedelta(hours=5), timedelta(days=3)]))
    first = draw(supplies(b.at(0, 9), units))
    told = draw(st.sampled_from([None, None, -2, -30]))
    world.react(
        Started(
            at=b.at(0, 9),
            day=day(0),
            supply=first,
            promised_by=None if told is None else day(told + draw(st.integers(0, 40))),
            told_at=None if told is None else b.at(told),
            told_on=None if told is None else day(told),
        )
    )
    return world


@st.composite
def supplies(draw: st.DrawFn, when: datetime, units: int) -> SupplyChanged:
    allocated = draw(st.sampled_from([0, 0, 0, units // 2, units]))
    left, arrivals = units - allocated, list[Arrival]()
    today = (when.date() - START).days
    ahead = 0
    while left > 0 and len(arrivals) < 2 and draw(st.integers(0, 5)):
        count = draw(st.integers(1, left))
        ahead += draw(st.sampled_from([0, 1, 2, 5, 15, 30]))
        by = today + ahead + draw(st.sampled_from([-3, 0, 1, 4]))
        arrivals.append(b.arrives(count, min(today + ahead, by), by))
        left -= count
    return b.supply(
        when,
        *arrivals,
        allocated=allocated,
        moved_by_time_alone=draw(st.booleans()),
        why=draw(st.sampled_from([None, Why.SUPPLIER_UNSURE])),
    )


@st.composite
def happenings(draw: st.DrawFn, when: datetime, state: State, n: int) -> Event:
    units = state.quantity.ordered
    some = st.sampled_from([1, 1, 2, units, units + 1])
    earlier = when - timedelta(days=draw(st.sampled_from([0, 0, 5])))
    choice = draw(st.integers(0, 13))
    if choice <= 4:
        return draw(supplies(when, min(units, max(1, state.quantity.open))))
    if choice == 5:
        return b.tick(when)
    if choice == 6:
        return b.cancel(when, draw(st.sampled_from([None, 1, 2])), request=f"r{draw(st.integers(0, n))}")
    if choice <= 8:
        return b.ship(when, draw(some), id=f"s{draw(st.integers(0, n))}", left=earlier)
    if choice == 9:
        what = draw(st.sampled_from(["keep", "keep", "cancel", "alternative"]))
        return b.answer(when, what, request=f"a{n}", sku=b.OTHER.sku)
    if choice == 10:
        return b.hold(when, when + timedelta(days=draw(st.sampled_from([1, 10, 30]))))
    if choice == 11:
        amount = draw(st.sampled_from(["1.00", "10.00", "3.33", "0.01"]))
        return b.refund(when, amount, id=f"f{draw(st.integers(0, n))}")
    if choice == 12:
        return SendNowRequested(at=when, day=when.date(), request=f"n{n}", received_at=when)
    return b.pay(when, draw(st.sampled_from(["captured", "authorized", "unpaid"])), b.at(60))


@st.composite
def lives(draw: st.DrawFn) -> World:
    """A line that has lived through up to nine happenings."""
    world = draw(worlds())
    for n in range(draw(st.integers(0, 9))):
        hours = draw(st.sampled_from([0, 1, 3, 20, 24, 70, 200, 500]))
        world.until(world.now + timedelta(hours=hours))
        world.down = draw(st.integers(0, 9)) == 0
        world.refuses = draw(st.integers(0, 9)) == 0
        waiting = sorted(world.waiting.keys() - world.flying)
        if waiting and draw(st.integers(0, 3)) == 0:
            take_back(world, draw(st.sampled_from(waiting)))
        world.react(draw(happenings(world.now, world.state, n)))
    world.down = False
    return world


def take_back(world: World, key: str) -> None:
    """A person takes back a message that has not gone."""
    tell = world.waiting.pop(key)
    words = f"{tell.kind.value} was taken back before it went"
    world.react(MessageNotSent(at=world.now, day=world.now.date(), key=key, reason=words, by="Eva"))


@LIVES
@given(lives())
def test_no_step_is_told_twice(world: World) -> None:
    world.until(world.now + timedelta(days=150))
    told = Counter(tell.key for _, tell in world.gone)
    assert [key for key, count in told.items() if count > 1] == []


@LIVES
@given(lives())
def test_a_message_is_planned_anew_only_if_it_was_taken_back_or_failed(world: World) -> None:
    world.until(world.now + timedelta(days=100))
    planned: set[str] = set()
    for _, decision in world.decisions:
        for command in decision.commands:
            if isinstance(command, Withdraw):
                planned.discard(command.key)
            elif isinstance(command, Tell):
                assert command.key not in planned
                planned.add(command.key)


@LIVES
@given(lives())
def test_nothing_but_what_an_ending_owes_is_planned_or_sent_after_the_outcome_is_decided(
    world: World,
) -> None:
    world.until(world.now + timedelta(days=100))
    decided = False
    for _, decision in world.decisions:
        tells = [command for command in decision.commands if isinstance(command, Tell)]
        over = decision.state.status not in OPEN
        if decided and over:
            assert {tell.kind for tell in tells} <= OWED
        decided = over
    if world.stands() not in OPEN and not world.delay:
        assert {tell.kind for tell in world.waiting.values()} <= OWED | {Kind.ANSWER_RECEIVED}


@LIVES
@given(lives())
def test_units_always_add_up_and_move_only_with_a_command(world: World) -> None:
    before = None
    for event, decision in world.decisions:
        quantity = decision.state.quantity
        parts = (quantity.waiting, quantity.allocated, quantity.shipped, quantity.cancelled)
        assert sum(parts) + quantity.substituted == quantity.ordered
        assert min(parts) >= 0
        assert 0 <= decision.state.allocation_reported <= quantity.allocated
        ahead = decision.state.ahead
        assert ahead is None or 0 < ahead.units <= quantity.allocated
        if before is not None and not isinstance(event, SupplyChanged | Started):
            freed = sum(each.quantity for each in decision.commands if isinstance(each, FreeUnits))
            taken = sum(each.allocated for each in decision.commands if isinstance(each, ShipUnits))
            assert before.quantity.allocated - quantity.allocated == freed + taken
        before = decision.state


@LIVES
@given(lives())
def test_a_line_only_goes_where_the_table_leads(world: World) -> None:
    world.until(world.now + timedelta(days=100))
    status = world.decisions[0][1].state.status
    for event, decision in world.decisions[1:]:
        assert decision.state.status in TABLE[status][type(event)].leads_to, (event, decision.reason)
        status = decision.state.status


@LIVES
@given(lives())
def test_what_is_not_accepted_changes_nothing_and_says_why(world: World) -> None:
    before = None
    for _, decision in world.decisions:
        assert decision.reason
        if before is not None and decision.verdict in RECORDED:
            remembered = {"to_keep": before.to_keep}
            kept = tuple(each for each in decision.state.done if not each[0].startswith("again/"))
            assert decision.state.replace(context=before.context, done=kept, **remembered) == before.replace(
                done=tuple(each for each in before.done if not each[0].startswith("again/"))
            )
            assert decision.commands == ()
        before = decision.state


@LIVES
@given(lives())
def test_a_state_survives_json(world: World) -> None:
    world.until(world.now + timedelta(days=3))
    kept = replace(world.state, context=DecisionContext())  # what lies around the line is read anew each time
    raw = ADAPTER.dump_python(world.state, mode="json", exclude={"context"})
    assert ADAPTER.validate_python(raw) == kept
    assert ADAPTER.validate_json(ADAPTER.dump_json(world.state, exclude={"context"})) == kept


@LIVES
@given(lives())
def test_the_steps_that_a_decision_hands_over_are_those_of_its_state(world: World) -> None:
    world.until(world.now + timedelta(days=60))
    handed = [(event.at, made) for event, made in world.decisions if made.owed is not None]
    assert handed
    for at, made in handed:
        assert [listed(step) for step in made.owed or ()] == [
            listed(step) for step in steps(world.policy, made.state, at)
        ]


def listed(step: Step) -> tuple[object, ...]:
    return step.at, step.rank, step.what, step.why, step.writes, step.until


def done_by_itself(event: Event, decision: Decision) -> Iterator[tuple[datetime, str]]:
    """What a decision does that is no message, as `upcoming` names it."""
    for command in decision.commands:
        if isinstance(command, Publish) and command.type not in BESIDE:
            yield event.at, command.type
        elif isinstance(command, Publish) and command.data.get("flag") in TASKS_NAMED:
            yield event.at, str(command.data["flag"])
        elif isinstance(command, SecondWay):
            yield event.at, "second_way"
        elif isinstance(command, PassOver) and command.on:
            yield event.at, PASSED_ON


def settled_in(world: World) -> World:
    """The same line from now on, with a mailbox that works; `upcoming` names what is still to be decided."""
    world.mailbox_works()
    return world


def overtaken_by_its_day() -> World:
    """The day in a promise passes while a provider has it: what it leaves to be said was decided before."""
    begin = b.at(0, 9)
    rules = b.policy(handling=1, every=1, settle=timedelta(0))
    world = World(policy=rules, state=b.blank(2), now=begin, delay=timedelta(days=3))
    first = b.supply(begin, allocated=2)
    told: dict[str, Any] = {"promised_by": day(11), "told_at": b.at(-2), "told_on": day(-2)}
    world.react(Started(at=begin, day=day(0), supply=first, **told))
    world.react(b.supply(b.at(3, 7), b.arrives(1, 5, 9), b.arrives(1, 5)))
    return world


@LIVES
@given(lives())
@example(overtaken_by_its_day())
def test_upcoming_names_exactly_what_decide_then_does(world: World) -> None:
    world = settled_in(world)
    named = foreseen(world, limit=10)
    if world.stands() in ENDED:
        assert named == []
        return
    begin, messages, decisions = world.now, len(world.gone), len(world.decisions)
    world.until(max([begin, *(when for when, _ in named)]))
    known = [each for event, made in world.decisions[decisions:] for each in done_by_itself(event, made)]
    went = [(when, tell.kind.value) for when, tell in world.gone[messages:]]
    end = max((when for when, _ in named), default=begin)
    assert Counter(each for each in named if each[0] < end) == Counter(
        each for each in known + went if each[0] < end
    )
    assert Counter(named) <= Counter(known + went)
    if len(named) < 10:
        assert Counter(named) == Counter(known + went)


@LIVES
@given(lives())
@example(overtaken_by_its_day())
def test_updates_that_are_leaped_over_are_named_as_if_they_were_played(world: World) -> None:
    state, policy, now = world.seen(), world.policy, world.now
    played = list(folded(future(policy, state, now)))
    assert upcoming(policy, state, now, limit=len(played)) == played


@LIVES
@given(lives())
def test_a_tick_before_the_line_wakes_does_nothing(world: World) -> None:
    state = world.seen()
    alarm = wake(world.policy, state, world.now)
    horizon = world.now + timedelta(days=30)
    last = min(alarm, horizon) if alarm else horizon
    if state.pending is not None:
        last = min(last, max(world.now, state.pending.not_before))
    for share in (0.0, 0.3, 0.7, 0.999):
        when = world.now + (last - world.now) * share
        if when >= last:
            continue
        decision = decide(world.policy, state, b.tick(when))
        assert (decision.commands, decision.state) == ((), state)


@settings(LIVES, max_examples=EXAMPLES // 2)
@given(lives())
def test_ticking_every_hour_says_the_same_as_ticking_when_the_line_wakes(world: World) -> None:
    world = settled_in(world)
    twin = World(policy=world.policy, state=world.state, now=world.now, waiting=dict(world.waiting))
    twin.alarm, twin.context = world.alarm, world.context.replaced({"gone": frozenset(world.sent)})
    world.gone.clear()
    end = world.now + timedelta(days=25)
    while twin.now < end:
        twin.react(b.tick(twin.now + timedelta(hours=1)))
    world.until(twin.now)
    assert [(tell.key, when) for when, tell in twin.gone] == [(tell.key, when) for when, tell in world.gone]


@LIVES
@given(lives(), st.data())
def test_hearing_of_the_same_supply_twice_changes_nothing(world: World, data: st.DataObject) -> None:
    news = data.draw(supplies(world.now, max(1, world.state.quantity.open)))
    once = decide(world.policy, world.state, news)
    twice = decide(world.policy, once.state, news)
    assert (twice.state, twice.commands) == (once.state, ())


@LIVES
@given(lives())
def test_an_offer_keeps_its_distance_from_the_message_before_it(world: World) -> None:
    world = settled_in(world)
    world.gone.clear()
    world.until(world.now + timedelta(days=120))
    spacing = timedelta(days=world.policy.updates.spacing)
    for (before, _), (when, tell) in pairwise(world.gone):
        if tell.kind in (Kind.ALTERNATIVES, Kind.COUPON):
            assert when.date() - before.date() >= spacing


@LIVES
@given(lives(), st.integers(1, 30))
def test_a_worker_that_was_down_catches_up_with_one_message_at_most(world: World, days: int) -> None:
    world = settled_in(world)
    if world.state.status not in OPEN or world.policy.updates.spacing == 0:
        return
    late = world.now + timedelta(days=days)
    decision = decide(
        world.policy, replace(world.state, context=DecisionContext(marketing=("email",))), b.tick(late)
    )
    tells = [each for each in decision.commands if isinstance(each, Tell)]
    # What has to be paid again is asked for beside news of the goods.
    tells = [each for each in tells if each.kind is not Kind.PAYMENT_DUE]
    assert len(tells) <= 1


@LIVES
@given(lives())
def test_money_that_goes_back_never_exceeds_what_was_paid(world: World) -> None:
    world.until(world.now + timedelta(days=60))
    assert Decimal(0) <= owed(world.state) <= world.state.payment.line_paid


def every_event(when: datetime) -> list[Any]:
    return [
        Started(at=when, day=when.date(), supply=b.supply(when)),
        b.tick(when),
        b.supply(when),
        b.cancel(when),
        b.ship(when, 1),
        b.answer(when, "keep"),
        b.hold(when, when + timedelta(days=1)),
        b.refund(when, "1.00"),
        b.pay(when, "captured"),
        b.sent(when, Tell(key="x", kind=Kind.COUPON, not_before=when, facts=Facts())),
        b.failed(when, "x"),
        b.unknown(when, "x"),
        b.not_sent(when, "x"),
    ]


@LIVES
@given(lives())
def test_every_event_is_answered_at_any_time_even_a_little_out_of_order(world: World) -> None:
    for event in every_event(world.now - timedelta(hours=3)):
        decision = decide(world.policy, world.state, event)
        assert isinstance(decision.verdict, Verdict)
        assert all(isinstance(each, object) for each in decision.commands)


@LIVES
@given(lives())
def test_what_is_left_out_until_a_decision_asks_makes_no_difference(world: World) -> None:
    policy, when = world.policy, world.now
    stages = [replace(each, budget=int(each.do == "coupon")) for each in policy.stages]
    policy = replace(policy, stages=tuple(stages))
    months = [f"2025-{number:02}" for number in range(3, 13)]
    given = {(stage.id, month): number % 2 for number, stage in enumerate(stages) for month in months}
    state = world.seen().replace(context=world.seen().context.replace(coupons=given))
    complaint = Complained(at=when, day=when.date(), request="c-late", received_at=when)
    for event in [*every_event(when), complaint, b.tick(when + timedelta(days=20))]:
        at_once = decide(policy, state, event)
        asked, lacked = once_it_asks(policy, state, event)
        assert asked == at_once, lacked
        assert len(set(lacked)) == len(lacked), "nothing is asked for twice"


@pytest.mark.parametrize("stages", [0, 60])
def test_many_stages_that_fall_due_at_once_come_to_rest(stages: int) -> None:
    rules = b.policy(*(b.stage(f"s{n}", "escalate", waited=n) for n in range(stages)))
    world = begun(rules, b.arrives(1, 90), ordered=-80)
    assert len(world.events("escalated")) == stages


def test_publish_has_no_leading_word() -> None:
    world = begun(b.policy(*b.STANDARD), b.arrives(1, 90))
    assert all(not each.type.startswith("backorder.") for _, each in world.published)
    assert all(isinstance(each, Publish) for _, each in world.published)
