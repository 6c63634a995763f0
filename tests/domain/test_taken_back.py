"""A promise that a provider took and that came back: the one before stands again."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from backorder.domain.line.commands import Decision, Publish
from backorder.domain.line.decide import decide
from backorder.domain.line.events import (
    ContactChanged,
    Event,
    MessageFailed,
    MessageNotSent,
    MessageSent,
    NoticeGiven,
)
from backorder.domain.line.state import State, Window
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import World, begun

RULES = policy(every=100)


def told_twice() -> World:
    """A line promised for day 20, then for day 30 by a delay told on day 5."""
    world = begun(RULES, arrives(1, 20)).until(at(1))
    world.react(supply(at(5, 12), arrives(1, 30)))
    return world.until(at(6))


def failed(key: str, revision: int) -> MessageFailed:
    return MessageFailed(at=at(6, 1), day=day(6), key=key, reason="it came back", revision=revision)


def test_the_promise_before_stands_again_under_a_number_of_its_own() -> None:
    world = told_twice()
    decision = world.react(failed("delayed/2", 2))
    state = decision.state
    assert state.promise is not None
    assert (state.promise.by, state.promise.revision, state.revision) == (day(20), 3, 3)
    assert state.promise.told_on == day(0)
    assert state.first_by == day(20)
    assert state.needs == ("unreachable",)
    assert (state.last_contacts.delayed, state.last_contacts.dated) == (None, day(0))
    assert "the promise before stands again" in decision.reason
    told = {"revision": 3, "likely": str(day(20)), "by": str(day(20))}
    assert published(decision) == [
        ("promised", told),
        ("promise_changed", told | {"previous_likely": str(day(30)), "previous_by": str(day(30))}),
        ("needs_attention", {"flag": "unreachable", "reason": "no channel reached the customer"}),
    ]


def published(decision: Decision) -> list[tuple[str, object]]:
    return [(each.type, each.data) for each in decision.commands if isinstance(each, Publish)]


def test_the_first_promise_leaves_none_and_is_told_anew_once_somebody_is_reached() -> None:
    world = begun(RULES, arrives(1, 20)).until(at(1))
    state = world.react(failed("confirmed", 1)).state
    assert (state.promise, state.first_by, state.needs) == (None, None, ("unreachable",))
    told = world.react(ContactChanged(at=at(7), day=day(7), fields=("email",), reached=True, by="Eva"))
    assert [each.key for each in told.commands if hasattr(each, "key")] == ["confirmed/3"]
    world.until(at(8))
    assert (world.promised, world.state.first_by) == (20, day(20))


def test_a_later_message_counts_though_the_one_before_was_restored() -> None:
    """It was on its way when the older one came back."""
    world = told_twice()
    world.delay = b.SETTLE
    world.react(supply(at(6, 10), arrives(1, 40)))
    world.until(at(6, 13))
    assert world.state.pending is not None
    assert world.state.pending.revision == 3
    world.react(failed_at(at(6, 13), "delayed/2", 2))
    assert world.promised == 20
    world.until(at(7))
    assert (world.promised, world.gone[-1][1].key) == (40, "delayed/3"), "told once"


def failed_at(when: object, key: str, revision: int) -> MessageFailed:
    return MessageFailed(at=when, day=day(6), key=key, reason="it came back", revision=revision)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [MessageFailed, MessageNotSent])
def test_what_was_overtaken_takes_back_nothing_that_stands(event: type[Event]) -> None:
    world = told_twice()
    lost = event(at=at(6, 1), day=day(6), key="confirmed", reason="came back", revision=1)  # type: ignore[call-arg]
    state = world.react(lost).state
    assert state.promise is not None
    assert (state.promise.by, state.promise.revision) == (day(30), 2)
    assert state.first_by == day(30), "the first date that anybody read"


def state_after(events: tuple[Event, ...]) -> State:
    state = begun(RULES, arrives(1, 20)).until(at(1)).state
    for event in events:
        state = decide(RULES, state, event).state
    return state


def test_whichever_comes_back_first_the_same_promise_stands() -> None:
    told: list[Event] = [
        MessageSent(
            at=at(number),
            day=day(number),
            key=f"delayed/{number}",
            kind=Kind.DELAYED,
            revision=number,
            window=Window(likely=None, by=day(20 + number)),
        )
        for number in (2, 3)
    ]
    for gone in ([3], [2, 3], [1, 3], [1, 2, 3], [1, 2], [2]):
        lost = [failed(f"delayed/{number}", number) for number in gone]
        ends = [state_after((*told, *order)) for order in permutations(lost)]
        promised = {(each.promise.by if each.promise else None, each.first_by) for each in ends}
        left = [number for number in (1, 2, 3) if number not in gone]
        by = [day(20) if number == 1 else day(20 + number) for number in left]
        assert promised == {(by[-1], by[0]) if by else (None, None)}


@pytest.mark.parametrize("by_a_person", [True, False])
def test_what_turns_out_to_have_arrived_does_not_stand_over_what_was_told_since(by_a_person: bool) -> None:
    """It came back, another day was told, by a call or in a message, and then a provider had it after all."""
    world = begun(RULES, arrives(1, 20)).until(at(1))
    window = world.state.promise.window if world.state.promise else None
    world.react(failed_at(at(6, 1), "confirmed", 1))
    said: Event = NoticeGiven(
        at=at(7), day=day(7), request="N", as_of=at(7), medium="letter", by_date=day(28), offered=False
    )
    if not by_a_person:
        later = Window(likely=None, by=day(28))
        said = MessageSent(
            at=at(7), day=day(7), key="confirmed/3", kind=Kind.CONFIRMED, revision=3, window=later
        )
    world.react(said)
    again = MessageSent(
        at=at(8), day=day(8), key="confirmed", kind=Kind.CONFIRMED, revision=1, window=window, again=True
    )
    decision = world.react(again)
    assert decision.state.promise is not None
    assert (world.promised, decision.state.promise.revision) == (28, 3)
    assert [name for name, _ in published(decision) if name.startswith("promise")] == []
    assert [each.promise.revision for each in decision.state.told] == [1, 3], "it is among what was told"


def test_a_failure_heard_twice_takes_back_once() -> None:
    world = told_twice()
    world.react(failed("delayed/2", 2))
    assert world.react(failed("delayed/2", 2)).state.promise == world.state.promise
    assert world.promised == 20


def test_an_offer_that_reaches_nobody_says_nothing_about_the_other_ways() -> None:
    """A coupon goes only by channels for which the customer agreed; their dates go by the others."""
    world = begun(policy(stage("thanks", "coupon", waited=1)), arrives(1, 20))
    world.until(at(0, 12))
    world.fates = [((timedelta(0), "failed"),)]
    world.until(at(2))
    assert "coupon" not in world.kinds()
    assert world.state.needs == ()
    world.react(supply(at(3), arrives(1, 40)))
    assert world.until(at(4)).kinds()[-1] == "delayed"


@pytest.mark.parametrize("law", [None, 10])
def test_what_is_found_after_it_was_told_anew_stands_once_the_newer_one_came_back(law: int | None) -> None:
    """Nobody knew whether it had gone; it had, and silence to a notice of the law has its meaning."""
    minute = timedelta(minutes=1)
    world = begun(policy(every=100), arrives(1, 8), law=law, pack="us-ftc-435" if law else "none")
    world.until(at(2))
    world.fates = [
        ((5 * minute, "unknown"), (5 * minute, "sent")),
        ((minute, "accepted"), (3000 * minute, "bounced")),
    ]
    world.react(supply(at(3), arrives(1, 30)))
    state = world.until(at(6)).state
    assert [tell.revision for _, tell in world.gone] == [1, 3, 2]
    assert state.promise is not None
    assert (state.promise.by, [each.promise.revision for each in state.told]) == (day(30), [1, 2])
    assert world.until(at(12)).state.status == "waiting"
    assert world.state.consent.state == ("implied" if law else "none")
