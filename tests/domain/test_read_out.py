"""When a person has something to read out on a call so that it counts as a legal notice, and what."""

from __future__ import annotations

import pytest

from backorder.domain.line.events import DeliveryRefused
from backorder.domain.line.read_out import facts_to_read_out
from backorder.domain.line.state import DecisionContext
from backorder.domain.notifications import Facts, Kind, Why
from tests.support.days import day
from tests.support.lines import answer, arrives, at, policy, ship
from tests.support.world import World, begun

T = 20
RULES = policy(every=90)


def us(*arrivals: object, **fields: object) -> World:
    return begun(RULES, *arrivals, pack="us-ftc-435", law=T, region="US", **fields)  # type: ignore[arg-type]


def said(world: World) -> Facts | None:
    return facts_to_read_out(RULES, world.state, world.now)


def test_the_open_question_is_read_out_as_it_was_written() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    written, spoken = world.last(Kind.CONSENT_REQUEST).facts, said(world)
    assert spoken is not None
    assert (spoken.by, spoken.answer_by, spoken.ends_on, spoken.silence, spoken.refund) == (
        written.by,
        written.answer_by,
        written.ends_on,
        written.silence,
        written.refund,
    )


def test_who_cannot_be_written_to_hears_what_a_notice_would_ask() -> None:
    world = us(arrives(1, T + 40), context=DecisionContext(by_hand=True)).until(at(1))
    assert "legal_notice" in world.state.needs
    spoken = said(world)
    assert spoken is not None
    assert (spoken.by, spoken.answer_by, spoken.silence) == (day(T + 40), day(T + 30), "cancelled")


def test_nothing_is_read_out_while_the_law_wants_nothing_said() -> None:
    world = us(arrives(1, T)).until(at(1))
    assert said(world) is None
    assert said(world.until(at(T - 3, 11))) is not None
    world.react(ship(at(T - 3, 12), 1))
    assert said(world) is None


def test_an_answer_ends_it() -> None:
    world = us(arrives(1, T + 40)).until(at(1))
    world.react(answer(at(2), "keep"))
    assert said(world) is None


@pytest.mark.parametrize(("when", "is_said"), [(T, False), (T + 1, True)])
def test_under_a_clock_of_delivery_it_is_read_out_once_the_day_has_passed(when: int, is_said: bool) -> None:
    world = begun(RULES, arrives(1, 40), pack="eu-crd-18", law=T, region="DE").until(at(when))
    assert (said(world) is not None) is is_said


def test_a_refusal_is_read_out_until_it_was_told_and_answered() -> None:
    """Who said what they want is not asked again on their next call."""
    world = begun(RULES, arrives(1, T), pack="eu-crd-18", law=T, region="DE").until(at(2))
    world.down = True
    world.react(
        DeliveryRefused(at=at(2), day=day(2), request="d1", reason="nobody makes it any more", by="eve")
    )
    assert said(world) is not None, "nothing of it has gone"
    world.down = False
    world.until(at(4))
    spoken = said(world)
    assert spoken is not None
    assert spoken.why is Why.REFUSED
    world.react(answer(at(5), "keep", until=day(T + 5)))
    assert said(world) is None


def test_a_line_without_a_law_has_nothing_to_read_out() -> None:
    assert said(begun(RULES, arrives(1, 90)).until(at(80))) is None
