"""A coupon that was void with an ending counts again once that ending is off.

The order system hears it, and who had read that the code is void hears so in a message that waits for the
order system. A message that waits for nobody names no code.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.line.commands import Withdraw
from backorder.domain.line.coupons import void_coupons
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.saying import Saying
from backorder.domain.line.still_true import as_it_stands
from backorder.domain.notifications import Facts, Kind
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
    _, again = world.until(at(12, 23)).gone[-1]
    assert (again.kind, again.awaits) == (Kind.COUPON_RESTORED, "coupon_issued")
    assert (again.facts.part_of_line, again.facts.valid_until) == (True, world.state.offers[0].valid_until)
    assert (again.facts.code, again.facts.percent) == ("", None), "it goes also to who wants no promotions"


def test_an_agreement_that_came_in_time_brings_the_code_back() -> None:
    world = given()
    world.react(answer(at(10, 12), "keep", until=day(20)))
    world.until(at(21, 11))
    assert world.events("coupon_voided") == ["coupon_voided"]
    world.react(replace(answer(at(21, 12), "keep", request="a2"), received_at=at(20, 12)))
    assert world.events("coupon_issued") == ["coupon_issued"] * 2
    told = world.last(Kind.ANSWER_RECEIVED).facts
    assert (told.uncancelled, told.code) == (2, "")
    assert world.until(at(21, 23)).kinds()[-2:] == ["answer_received", "coupon_restored"]
    assert not world.last(Kind.COUPON_RESTORED).facts.part_of_line


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("late_word", [True, False])
def test_a_code_that_a_version_before_made_void_is_said_to_count_again(gone: bool, late_word: bool) -> None:
    """It did not note the message that said so, which was that of the last cancellation."""
    world = given()
    if late_word:
        world.react(answer(at(10, 12), "keep", until=day(20)))
        world.until(at(20, 23))
    world.down = not gone
    if not late_word:
        world.react(cancel(at(11)))
    world.until(at(21, 11))
    world.state = world.state.replace(
        offers=tuple(replace(each, void_told="") for each in world.state.offers)
    )
    assert [each.void for each in world.state.offers] == [True]
    if late_word:
        world.react(replace(answer(at(21, 12), "keep", request="a2"), received_at=at(20, 12)))
    else:
        world.react(ship(at(21, 12), 1, left=at(10, 23)))
    assert [each.void for each in world.state.offers] == [False]
    told = [*(tell for _, tell in world.gone), *world.waiting.values()]
    assert (Kind.COUPON_RESTORED in {tell.kind for tell in told}) == gone


def test_who_has_not_read_that_the_code_is_void_is_not_told_that_it_counts_again() -> None:
    world = given()
    world.down = True
    world.react(cancel(at(11)))
    world.react(ship(at(12), 1, left=at(10, 23)))
    assert world.events("coupon_issued") == ["coupon_issued"] * 2
    world.mailbox_works()
    kinds = world.until(at(13)).kinds()
    assert "coupon_restored" not in kinds
    assert not any(tell.facts.void_code for _, tell in world.gone)


def test_what_is_said_of_a_code_that_is_void_once_more_is_taken_back() -> None:
    world = given()
    world.react(cancel(at(11)))
    world.until(at(11, 23))
    world.down = True
    world.react(ship(at(12), 1, left=at(10, 23)))
    assert "coupon_restored/thanks/1" in world.waiting
    [offer] = world.state.offers
    world.state = world.state.replace(quantity=replace(world.state.quantity, shipped=0, cancelled=2))
    builder = DecisionBuilder(world.policy, world.seen(), world.now, day(12))
    assert void_coupons(builder, "cancelled/again") == "BK-TEST"
    assert Withdraw(key="coupon_restored/thanks/1") in builder.commands
    saying = Saying(key="coupon_restored/thanks/1", kind=Kind.COUPON_RESTORED, facts=Facts())
    assert as_it_stands(builder, saying) is None
    assert offer.restored == 1


def test_that_a_code_counts_again_is_said_no_more_once_its_last_day_is_over() -> None:
    world = given()
    world.react(cancel(at(11)))
    world.until(at(11, 23)).react(ship(at(12), 1, left=at(10, 23)))
    told = world.last(Kind.COUPON_RESTORED)
    saying = Saying(key=told.key, kind=told.kind, facts=told.facts)
    until = told.facts.valid_until
    assert until is not None
    for today, said in ((until, saying), (until + timedelta(days=1), None)):
        assert as_it_stands(DecisionBuilder(world.policy, world.state, at(12), today), saying) == said


def test_a_message_that_a_code_is_void_says_so_in_other_words_too() -> None:
    """What becomes of the money is put into words anew before the message goes."""
    world = given()
    world.down = True
    world.react(cancel(at(11)))
    key, builder = (
        world.last(Kind.CANCELLED).key,
        DecisionBuilder(world.policy, world.seen(), at(11), day(11)),
    )
    assert void_coupons(builder, key) == "BK-TEST"
    assert void_coupons(builder, "cancelled/another") == ""
    assert builder.commands == []


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
