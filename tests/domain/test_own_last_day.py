"""A customer named a last day: all that is said to them while it counts says so, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backorder.domain.line.commands import Tell
from backorder.domain.line.events import DeliveryRefused, ResendRequested
from backorder.domain.line.message_keys import attempt_key
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind
from backorder.queries.case_parts import consent_of
from tests.domain.swap_lines import held, took
from tests.support.days import day
from tests.support.lines import answer, arrives, at, policy, ship, stage, supply
from tests.support.world import World, begun

LAST = 28


def _named(*arrivals_on: int, units: int = 1, last: int = LAST, **more: Any) -> World:
    """A line whose customer named a last day on day 3."""
    arrivals = [arrives(1, each) for each in arrivals_on]
    world = begun(policy(partial="ship"), *arrivals, units=units, **more).until(at(3))
    world.react(answer(at(3, 12), "keep", until=day(last), request="named"))
    return world


def _part_shipped() -> World:
    world = _named(10, 40, units=2)
    world.react(ship(at(10), 1))
    return world


def _swap_failed() -> World:
    world = held()
    world.state = world.state.replace(last_day=day(LAST), last_day_said_at=at(3))
    took(world, taken=False, reason="damaged")
    return world


def _refused() -> World:
    world = _named(40, pack="eu-crd-18", law=45)
    world.react(DeliveryRefused(at=at(5), day=day(5), request="r", reason="", by="clerk"))
    return world


def _not_there() -> World:
    world = _named(40)
    world.react(supply(at(5), allocated=1))
    world.react(supply(at(6), arrives(1, 40)))
    return world


def _offered() -> World:
    world = begun(policy(stage("swap", "offer_alternatives", waited=6)), arrives(1, 40)).until(at(3))
    world.react(answer(at(3, 12), "keep", until=day(LAST)))
    return world.until(at(6))


@pytest.mark.parametrize(
    ("situation", "kind"),
    [
        (_offered, Kind.ALTERNATIVES),
        (_part_shipped, Kind.PART_SHIPPED),
        (_swap_failed, Kind.SWAP_FAILED),
        (_refused, Kind.CONSENT_REQUEST),
        (_not_there, Kind.APOLOGY),
    ],
)
def test_what_goes_on_until_their_own_last_day_says_so(situation: Callable[[], World], kind: Kind) -> None:
    world = situation()
    facts = world.until(world.now.replace(hour=18)).last(kind).facts
    assert (facts.last_day, facts.ends_on, facts.refundable) == (day(LAST), day(LAST + 1), True)


@pytest.mark.parametrize(
    ("own", "moved", "answer_by"),
    [
        (20, 80, 20),  # before the law's own: without a word it ends after their day
        (69, 80, 69),
        (70, 80, 70),  # the law's is no later: naming a day of their own was no consent to an earlier notice
        (75, 80, 70),
        (20, None, 20),
    ],
)
def test_435_2_b_a_question_says_when_it_really_ends_without_an_answer(
    own: int, moved: int | None, answer_by: int
) -> None:
    world = _named(10, last=own, pack="us-ftc-435", law=40)
    world.react(supply(at(5), *([arrives(1, moved)] if moved else [])))
    facts = world.until(at(6)).last(Kind.CONSENT_REQUEST).facts
    said = (facts.silence, facts.answer_by, facts.ends_on, facts.last_day)
    assert said == ("cancelled", day(answer_by), day(answer_by + 1), None)
    case = consent_of(world.state)
    assert (case.state, case.silence, case.answer_by, case.ends_on) == ("asked", *said[:3])
    assert world.until(at(answer_by + 1, 9)).stands() is Status.WAITING
    assert world.until(at(answer_by + 1, 12)).days(Kind.CANCELLED) == [answer_by + 1]


@pytest.mark.parametrize("own", [LAST, 35])
def test_who_agreed_to_wait_until_a_last_day_agrees_no_more_once_it_is_over(own: int) -> None:
    """It ended as they had said, like a cancellation on that day."""
    world = begun(policy(), arrives(1, 60), pack="us-ftc-435", law=20).until(at(3))
    stood = [consent_of(world.state).state]
    world.react(answer(at(3, 13), "keep", until=day(own), revision=world.state.revision))
    stood.append(consent_of(world.state).state)
    world.until(at(own + 1, 12))
    assert world.state.quantity.open == 0
    assert [*stood, consent_of(world.state).state] == ["asked", "given", "refused"]


@pytest.mark.parametrize(("again", "told"), [(33, 33), (None, None)])
def test_a_message_that_has_not_gone_tells_of_the_day_that_was_named_since(
    again: int | None, told: int | None
) -> None:
    """Planned, it settles; meanwhile the customer names another day, or none any more."""
    world = _named(30)
    world.react(supply(at(5), arrives(1, 45)))
    changed: dict[str, Any] = {"until": day(again)} if again else {"indefinite": True}
    world.react(answer(at(5, 13), "keep", request="again", **changed))
    world.until(at(6))
    assert world.days(Kind.DELAYED) == [5]
    assert world.last(Kind.DELAYED).facts.last_day == (day(told) if told else None)


def test_a_message_that_was_planned_before_they_named_a_day_tells_of_it() -> None:
    world = begun(policy(), arrives(1, 10)).until(at(3))
    world.react(supply(at(5), arrives(1, 45)))
    world.react(answer(at(5, 13), "keep", until=day(LAST)))
    assert world.until(at(6)).last(Kind.DELAYED).facts.last_day == day(LAST)


@pytest.mark.parametrize(
    ("kind", "moved"),
    [(Kind.DELAYED, 60), (Kind.EARLIER, 30), (Kind.STILL_WAITING, 40), (Kind.APOLOGY, 0)],
)
def test_what_names_a_last_day_that_is_another_by_now_is_not_said_again(kind: Kind, moved: int) -> None:
    world = _not_there() if kind is Kind.APOLOGY else _named(40)
    if moved:
        world.react(supply(at(5), arrives(1, moved)))
    said = world.until(at(18)).last(kind)
    assert said.facts.last_day == day(LAST)
    world.react(answer(at(18, 13), "keep", until=day(LAST + 2), request="again"))
    assert "is not the customer's any more" in _resent(world, said)


@pytest.mark.parametrize(("own", "ends"), [(12, False), (11, True)])
def test_a_date_after_the_last_day_that_was_named_since_is_not_said_again(own: int, ends: bool) -> None:
    world = begun(policy(), arrives(1, 12)).until(at(1))
    world.react(answer(at(1, 13), "keep", until=day(own)))
    assert ("named since" in _resent(world, world.last(Kind.CONFIRMED))) is ends


def _resent(world: World, said: Tell) -> str:
    """Why Eva cannot have it sent again, or that it is."""
    when = world.now + timedelta(hours=1)
    asked = ResendRequested(
        at=when,
        day=when.date(),
        request="R-1",
        message="m-1",
        key=attempt_key(said.key, 2),
        kind=said.kind,
        facts=said.facts,
        revision=said.revision,
        state="sent",
        reachable=True,
        by="Eva",
    )
    return world.react(asked).reason
