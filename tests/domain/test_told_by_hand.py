"""To whom nothing can be written: what happens, and what they have to hear of it a person is asked to say."""

from __future__ import annotations

from datetime import datetime

import pytest

from backorder.domain.line.commands import Tell
from backorder.domain.line.events import NoticeGiven
from backorder.domain.line.state import DecisionContext
from tests.domain.us_law_lines import T, us
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, policy, refund, ship
from tests.support.world import World, begun

TELL = "tell_customer"
BY_HAND = DecisionContext(by_hand=True)


def called(world: World, when: datetime, *, came: datetime | None = None, request: str = "n") -> bool:
    """A person calls, and records it. Returns whether something is still to be said."""
    world.react(
        NoticeGiven(
            at=when,
            day=when.date(),
            request=request,
            as_of=came or when,
            medium="call",
            by_date=None,
            offered=False,
        )
    )
    return TELL in world.state.needs


def nothing_written(world: World) -> bool:
    return not any(isinstance(each, Tell) for _, made in world.decisions for each in made.commands)


def test_that_money_went_back_after_an_ending_for_no_consent_is_a_persons_to_say() -> None:
    world = us(arrives(1, T + 40), context=BY_HAND).until(at(T + 1, 11))
    assert world.state.cancellations[0].by == "no_consent"
    assert not called(world, at(T + 1, 12)), "of the ending they have heard"
    world.react(refund(at(T + 3), "10.00"))
    assert TELL in world.state.needs
    assert called(world, at(T + 3, 14), came=at(T + 3, 11), request="n2"), (
        "that call was before the money went"
    )
    assert not called(world, at(T + 3, 15), request="n3")
    assert nothing_written(world)


def test_money_that_went_in_part_is_said_once_all_of_it_did() -> None:
    world = begun(policy(every=90), arrives(2, 20), units=2, context=BY_HAND).until(at(2))
    world.react(cancel(at(2)))
    world.react(refund(at(3), "5.00"))
    assert TELL not in world.state.needs
    world.react(refund(at(4), "15.00", id="f2"))
    assert TELL in world.state.needs
    assert not called(world, at(5))


def test_a_last_day_is_reminded_of_by_a_person_and_so_is_that_it_passed() -> None:
    world = begun(policy(every=90), arrives(1, 40), context=BY_HAND).until(at(3))
    world.react(answer(at(3), "keep", until=day(20), via="phone"))
    assert TELL not in world.until(at(18, 9)).state.needs
    assert TELL in world.until(at(18, 11)).state.needs
    assert called(world, at(18, 13), came=at(17)), "that call was before"
    assert not called(world, at(18, 14), request="n2")
    assert TELL not in world.until(at(21, 9)).state.needs, "once is enough"
    world.until(at(21, 11))
    assert (world.state.quantity.open, TELL in world.state.needs) == (0, True)
    assert not called(world, at(21, 12), request="n3")
    assert nothing_written(world)


@pytest.mark.parametrize("how", ["cancelled", "shipped"])
def test_what_the_customer_said_or_holds_in_their_hands_nobody_calls_about(how: str) -> None:
    world = begun(policy(every=90), arrives(1, 10), context=BY_HAND).until(at(3))
    world.react(answer(at(3), "keep", until=day(20), via="phone"))
    world.react(cancel(at(4)) if how == "cancelled" else ship(at(4), 1))
    assert TELL not in world.until(at(25)).state.needs
