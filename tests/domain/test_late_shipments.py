"""India, rules 6(3) and 7(4): who cancels what left too late is heard by a person, and told so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind
from tests.support.lines import answer, arrives, at, cancel, policy, ship
from tests.support.world import World, begun

T, TRANSIT = 20, 3
"""The day by whose end it was to be there, and the days that a parcel travels."""
RULES = policy(every=90)
FLAG = "cancelled_after_late_shipment"


def bought(pack: str = "in-ecommerce-2020", units: int = 1) -> World:
    world = begun(RULES, arrives(units, 40), units=units, pack=pack, law=T, region="IN")
    assert RULES.promise.transit == TRANSIT
    return world


def told(world: World) -> list[tuple[str, bool]]:
    """What acknowledgements say: the choice, and whether it is one of what left too late."""
    return [(t.facts.choice, t.facts.left_late) for _, t in world.gone if t.kind is Kind.ANSWER_RECEIVED]


@pytest.mark.parametrize("left", [T - TRANSIT, T - TRANSIT + 1])
@pytest.mark.parametrize("way", ["cancel", "answer", "withdraw"])
def test_a_cancellation_of_what_left_too_late_is_a_persons(left: int, way: str) -> None:
    """On either side of the last day on which a parcel can leave that is there in time."""
    world = bought()
    world.react(ship(at(left), 1))
    came = at(T + 2)
    event = cancel(came) if way == "cancel" else answer(came, "cancel" if way == "answer" else way)
    late = left + TRANSIT > T
    assert world.react(event).verdict is (Verdict.ACCEPTED if late else Verdict.RECORDED)
    assert world.state.needs == ((FLAG,) if late else ())
    assert told(world.until(at(T + 3))) == ([("cancel", True)] if late else [])
    assert world.stands() is Status.FULFILLED
    assert world.react(event).verdict is (Verdict.IGNORED if late else Verdict.RECORDED)
    assert world.event("needs_attention")["flag"] == FLAG if late else True


@pytest.mark.parametrize("pack", ["us-ftc-435", "plain", "none"])
def test_where_no_law_gives_that_right_it_is_recorded(pack: str) -> None:
    world = bought(pack)
    world.react(ship(at(T - 1), 1))
    assert world.react(cancel(at(T + 2))).verdict is Verdict.RECORDED
    assert world.state.needs == ()


@pytest.mark.parametrize("by", ["shop", "supplier"])
def test_only_the_customers_word_calls_a_person(by: str) -> None:
    world = bought()
    world.react(ship(at(T - 1), 1))
    assert world.react(cancel(at(T + 2), by=by)).verdict is Verdict.RECORDED


def test_a_cancellation_that_turns_out_to_have_come_after_the_late_shipment_is_a_persons_too() -> None:
    """Whatever is told first: the parcel takes it back, and with it the refund."""
    world = bought()
    world.react(cancel(at(T + 2)))
    world.react(ship(at(T + 3), 1, left=at(T + 1)))
    assert world.stands() is Status.FULFILLED
    assert world.state.needs == (FLAG,)


def test_units_that_left_too_late_and_are_named_beside_open_ones_are_a_persons() -> None:
    world = bought(units=3)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T), 1, request="c1"))
    assert world.state.needs == (), "the one that had not left"
    world = bought(units=3)
    world.react(ship(at(T - 1), 2))
    world.react(cancel(at(T), 3, request="c1"))
    assert world.state.quantity.cancelled == 1
    assert world.state.needs == (FLAG,)


def test_a_day_that_the_customer_agreed_to_is_the_stated_one() -> None:
    world = bought().until(at(T - 10))
    world.react(replace(answer(at(T - 10), "keep"), until=None, indefinite=True))
    world.react(ship(at(T + 10), 1))
    assert world.react(cancel(at(T + 12))).verdict is Verdict.RECORDED
