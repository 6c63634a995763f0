"""A coupon that was void with an ending counts again once that ending is off.

The order system hears it, and the page shows the code: a message that waits for nobody names none.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.notifications import Kind
from tests.support.days import at, day
from tests.support.lines import answer, arrives, cancel, policy, ship, stage
from tests.support.world import World, begun


def given(**fields: object) -> World:
    """A line whose customer has a code that ends with it, on the tenth day."""
    thanks = replace(stage("thanks", "coupon", waited=5), void_on_cancel=True)
    return begun(policy(thanks, every=90), arrives(2, 60), units=2, **fields).until(at(10))  # type: ignore[arg-type]


def test_a_parcel_that_had_left_before_the_cancellation_brings_the_code_back() -> None:
    world = given()
    world.react(cancel(at(11)))
    world.until(at(11, 23)).react(ship(at(12), 1, left=at(10, 23)))
    assert world.events("coupon_issued", "coupon_voided") == [
        "coupon_issued",
        "coupon_voided",
        "coupon_issued",
    ]
    assert world.event("coupon_issued")["code"] == "BK-TEST"
    assert [offer.void for offer in world.state.offers] == [False]
    told = world.last(Kind.SHIPPED).facts
    assert (told.uncancelled, told.code) == (1, "")
    assert world.kinds().count(Kind.COUPON.value) == 1


def test_an_agreement_that_came_in_time_brings_the_code_back() -> None:
    world = given()
    world.react(answer(at(10, 12), "keep", until=day(20)))
    world.until(at(21, 11))
    assert world.events("coupon_voided") == ["coupon_voided"]
    world.react(replace(answer(at(21, 12), "keep", request="a2"), received_at=at(20, 12)))
    assert world.events("coupon_issued") == ["coupon_issued"] * 2
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.uncancelled, told.code) == (2, "")


def test_a_code_that_an_erasure_has_emptied_does_not_count_again() -> None:
    world = given()
    world.react(cancel(at(11)))
    world.state = world.state.replace(offers=tuple(replace(each, code="") for each in world.state.offers))
    world.until(at(11, 23)).react(ship(at(12), 1, left=at(10, 23)))
    assert world.events("coupon_issued") == ["coupon_issued"]


@pytest.mark.parametrize(("left", "again"), [(at(10, 23), True), (at(12), False)])
def test_a_code_that_is_over_or_whose_ending_stands_stays_void(left: object, again: bool) -> None:
    world = given()
    world.react(cancel(at(11)))
    over = tuple(replace(each, valid_until=day(11)) for each in world.state.offers)
    if again:
        world.state = world.state.replace(offers=over)
    world.react(ship(at(12), 1, left=left))  # type: ignore[arg-type]
    assert world.events("coupon_issued") == ["coupon_issued"]
    assert [offer.void for offer in world.state.offers] == [True]
