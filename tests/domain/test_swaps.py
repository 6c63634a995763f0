"""Alternatives that customers take: on which terms, held until they are taken over, and given up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backorder.domain.line.commands import FreeAlternative, FreeUnits, ReserveAlternative, Verdict
from backorder.domain.line.duties import duties
from backorder.domain.line.events import CancellationTakenBack, ResendRequested
from backorder.domain.line.ledger import in_vain, owed
from backorder.domain.line.state import Status
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Kind
from tests.domain.swap_lines import RULES, held, offered, took
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import OTHER, arrives, at, cancel, policy, refund, ship, stage, supply
from tests.support.world import World, begun

# --- held


def test_until_it_is_taken_over_the_line_keeps_its_place_and_units() -> None:
    world = offered()
    world.react(supply(at(4), arrives(1, 60), allocated=1))
    decision = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert ReserveAlternative(sku="LAMP-2", quantity=2, until=at(6), request="a1") in decision.commands
    assert not [each for each in decision.commands if isinstance(each, FreeUnits)]
    quantity = world.state.quantity
    assert (world.stands(), quantity.open, quantity.allocated, quantity.substituted) == (
        Status.WAITING,
        2,
        1,
        0,
    )
    assert world.state.refunds == ()
    assert world.last(Kind.ANSWER_RECEIVED).facts.choice == "alternative"
    assert world.event("substituted") == {
        "request": "a1",
        "sku": "LAMP-2",
        "quantity": 2,
        "price": "8.00",
        "currency": "EUR",
        "absorbed": "0.00",
        "held_until": "2025-03-09T12:00:00Z",
    }


def test_art_13_the_difference_of_what_is_taken_instead_goes_back_by_the_right_to_withdraw() -> None:
    world = held(pack="eu-crd-18", law=20)
    took(world)
    assert [each.rule for each in duties(RULES, world.state)] == ["eu-crd-18/withdrawal_refund"]


def test_units_that_come_while_it_is_held_are_not_to_be_shipped_until_it_is_off() -> None:
    world = held()
    world.react(supply(at(5, 13), allocated=2))
    assert world.events("allocated") == []
    took(world, 14, taken=False, reason="damaged")
    assert world.event("allocated") == {"quantity": 2}


def test_units_that_were_to_be_shipped_are_called_back_while_it_is_held() -> None:
    world = offered()
    world.react(supply(at(4, 13), allocated=2))
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert world.event("allocation_withdrawn") == {"quantity": 2}


def test_nothing_else_is_said_and_the_line_does_not_end_while_it_is_held() -> None:
    rules = policy(
        stage("swap", "offer_alternatives", waited=3), stage("enough", "cancel", waited=5), every=5
    )
    world = begun(rules, arrives(2, None), units=2)
    world.takes_over = False
    world.until(at(4))
    world.react(b.answer(at(4), "alternative", sku=OTHER.sku))
    said = len(world.until(at(4, 13)).gone)
    world.until(at(5, 11))
    assert (len(world.gone), world.stands()) == (said, Status.WAITING)


# --- taken over


def test_taken_over_it_ends_the_line_and_the_difference_goes_back() -> None:
    world = held()
    before = replace(b.taken_over(at(5, 13)), request="wrong", received_at=at(3))
    assert "before the customer chose it" in world.react(before).reason
    decision = took(world)
    assert world.stands() is Status.CLOSING
    assert world.event("refund_due")["amount"] == "4.00"
    assert world.last(Kind.SUBSTITUTED).facts.refund == Money(Decimal("4.00"), "EUR")
    assert FreeAlternative(sku="LAMP-2") not in decision.commands
    world.react(refund(at(6), "4.00"))
    assert (world.stands(), world.state.needs) == (Status.SUBSTITUTED, ())


def test_taken_over_it_gives_the_lines_own_units_to_the_next() -> None:
    world = offered()
    world.react(supply(at(4), arrives(1, 60), allocated=1))
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert FreeUnits(quantity=1) in took(world).commands


def test_taken_over_at_once_the_customer_reads_one_message() -> None:
    world = offered()
    world.takes_over = True
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    world.until(at(5, 13))
    assert world.kinds()[-2:] == ["alternatives", "substituted"]


def test_it_is_taken_over_once_however_often_that_is_said() -> None:
    world = held()
    took(world)
    assert took(world, 14).verdict is Verdict.IGNORED
    again = replace(b.taken_over(at(5, 15)), request="another")
    assert world.react(again).verdict is Verdict.IGNORED
    assert world.events("substituted", "refund_due") == ["substituted", "refund_due"]


def test_refused_after_it_was_taken_over_it_is_a_persons_to_see_to() -> None:
    world = held()
    took(world)
    took(world, 14, taken=False)
    assert (world.stands(), world.state.needs) == (Status.CLOSING, ("swap_failed",))


# --- given up


def gave_up(world: World) -> None:
    """The line goes on as before, and everybody hears of it."""
    assert (world.stands(), world.state.swap) == (Status.WAITING, None)
    assert world.state.needs == ("swap_failed",)
    assert world.state.quantity.open == 2
    assert world.last(Kind.SWAP_FAILED).facts.chosen == OTHER
    assert world.state.offers[0].taken == ""
    assert world.state.refunds == ()


def test_refused_the_line_goes_on_with_an_apology_and_a_task() -> None:
    world = held()
    decision = took(world, taken=False, reason="damaged")
    gave_up(world)
    assert "the order system cannot do it" in decision.reason
    assert "damaged" not in decision.reason, "the words of people stand where they can be emptied"
    assert FreeAlternative(sku="LAMP-2") in decision.commands
    assert world.event("substitution_withdrawn") == {
        "request": "a1",
        "sku": "LAMP-2",
        "quantity": 2,
        "reason": "damaged",
    }


def test_silent_for_24_hours_the_line_goes_on_too_and_not_a_minute_before() -> None:
    world = held().until(at(6, 11))
    assert world.state.swap is not None
    world.until(at(6, 12))
    gave_up(world)
    assert world.event("substitution_withdrawn")["reason"] == "the order system was silent"
    assert FreeAlternative(sku="LAMP-2") in world.decisions[-2][1].commands + world.decisions[-1][1].commands


def test_taken_over_too_late_it_counts_for_nothing() -> None:
    world = held().until(at(6, 13))
    assert world.react(b.taken_over(at(6, 14))).verdict is Verdict.RECORDED
    gave_up(world)


def test_given_up_it_can_be_chosen_again() -> None:
    world = held()
    took(world, taken=False)
    world.react(b.answer(at(6), "alternative", sku=OTHER.sku, request="a2"))
    world.react(b.taken_over(at(6, 13), request="a2"))
    assert world.stands() is Status.CLOSING


# --- the customer's other words, and shipments, while it is held


def test_a_keep_later_than_the_choice_ends_it_and_an_earlier_one_does_not() -> None:
    world = held()
    earlier = replace(b.answer(at(5, 13), "keep", request="a0"), received_at=at(5, 11))
    assert world.react(earlier).verdict is Verdict.RECORDED
    assert world.events("substitution_withdrawn") == []
    world.react(b.answer(at(5, 14), "keep", request="a2"))
    assert world.state.swap is None
    assert world.state.needs == ()
    assert world.event("substitution_withdrawn")["reason"] == "the customer changed their mind"
    assert "swap_failed" not in world.kinds()


def test_another_alternative_takes_its_place() -> None:
    second = Alternative(sku="LAMP-3", name="Another one", price=Money(Decimal("9.00"), "EUR"))
    world = begun(RULES, arrives(2, 60), units=2)
    world.takes_over = False
    world.context = replace(world.context, alternatives=(OTHER, second))
    world.until(at(4))
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    decision = world.react(b.answer(at(5, 13), "alternative", sku="LAMP-3", request="a2"))
    assert FreeAlternative(sku="LAMP-2") in decision.commands
    assert world.state.swap is not None
    assert (world.state.swap.chosen, world.state.offers[0].taken) == (second, "LAMP-3")
    world.react(b.taken_over(at(5, 14), request="a1"))
    assert world.state.swap is not None, "what is taken over is not what is held"
    again = world.react(b.answer(at(5, 15), "alternative", sku="LAMP-3", request="a3"))
    assert again.verdict is Verdict.IGNORED


def test_a_cancellation_while_it_is_held_ends_the_line_without_an_apology() -> None:
    world = held()
    world.react(cancel(at(5, 13)))
    assert (world.stands(), world.state.needs) == (Status.CLOSING, ())
    assert world.events("substituted", "substitution_withdrawn") == ["substituted", "substitution_withdrawn"]
    assert world.event("refund_due")["amount"] == "20.00"
    took(world, 14)
    assert world.stands() is Status.CLOSING


@pytest.mark.parametrize("taken", [True, False])
def test_ruled_on_within_the_half_hour_of_a_cancellation_by_link_it_is_off_and_the_half_hour_is_not(
    taken: bool,
) -> None:
    world = held()
    world.react(b.answer(at(5, 13), "cancel", request="a2", via="link"))
    world.react(b.taken_over(at(5, 13, 10), taken=taken))
    assert world.event("substitution_withdrawn")["reason"] == (
        "the customer cancelled after that" if taken else "the order system cannot do it"
    )
    assert ([each.request for each in world.state.revocable], world.state.needs) == (["a2"], ())
    world.until(at(5, 13, 29))
    assert world.events("cancelled", "refund_due") == []
    assert "swap_failed" not in world.kinds()
    world.until(at(5, 13, 30))
    assert (world.state.quantity.cancelled, world.state.quantity.substituted) == (2, 0)
    assert world.event("refund_due")["amount"] == "20.00"


def test_taken_back_after_that_the_line_waits_for_its_own_units() -> None:
    world = held()
    world.react(b.answer(at(5, 13), "cancel", request="a2", via="link"))
    world.react(b.taken_over(at(5, 13, 10)))
    back = CancellationTakenBack(at=at(5, 13, 20), day=day(5), request="t", received_at=at(5, 13, 20))
    assert world.react(back).verdict is Verdict.ACCEPTED
    state = world.until(at(6)).state
    assert (state.quantity.open, state.swap, state.refunds) == (2, None, ())


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("keeps", [False, True])
def test_what_came_to_nothing_meanwhile_is_told_to_who_takes_the_cancellation_back(
    taken: bool, keeps: bool
) -> None:
    """With an apology and a task where the order system refused it, whether or not they had cancelled."""
    world = held()
    world.react(b.answer(at(5, 13), "cancel", request="a2", via="link"))
    world.react(b.taken_over(at(5, 13, 10), taken=taken))
    assert "swap_failed" not in world.until(at(5, 13, 20)).kinds()
    if keeps:
        world.react(b.answer(at(5, 13, 20), "keep", request="a3"))
    else:
        world.react(
            CancellationTakenBack(at=at(5, 13, 20), day=day(5), request="t", received_at=at(5, 13, 20))
        )
    assert world.state.needs == (() if taken else ("swap_failed",))
    facts = world.until(at(5, 14)).last(Kind.SWAP_FAILED).facts
    assert (facts.quantity, facts.chosen, facts.reason) == (2, OTHER, "customer" if taken else "")
    world.until(at(7))
    assert world.kinds().count("swap_failed") == 1


def test_who_lets_the_cancellation_stand_reads_of_no_alternative() -> None:
    world = held()
    world.react(b.answer(at(5, 13), "cancel", request="a2", via="link"))
    world.react(b.taken_over(at(5, 13, 10), taken=False))
    world.until(at(5, 14))
    assert (world.last(Kind.CANCELLED).facts.chosen, world.state.needs) == (None, ())
    assert "swap_failed" not in world.kinds()


@pytest.mark.parametrize(("ruled", "apology"), [(None, False), (True, False), (False, True)])
def test_a_part_that_is_cancelled_ends_it_and_its_customer_reads_why(
    ruled: bool | None, apology: bool
) -> None:
    """They ended it themselves, unless the order system could not do it before that was carried out."""
    world = held()
    world.react(b.answer(at(5, 13), "cancel", quantity=1, request="a2", via="link"))
    said = world.last(Kind.ANSWER_RECEIVED).facts
    assert (said.choice, said.quantity, said.remaining) == ("cancel", 1, 1)
    assert said.refund == Money(Decimal("10.00"), "EUR")
    if ruled is not None:
        world.react(b.taken_over(at(5, 13, 10), taken=ruled))
    world.until(at(5, 14))
    facts = world.last(Kind.SWAP_FAILED).facts
    assert (facts.quantity, facts.chosen, facts.reason) == (1, OTHER, "" if apology else "customer")
    assert world.state.needs == (("swap_failed",) if apology else ())
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 1)


def test_a_part_that_is_cancelled_by_a_call_ends_it_without_an_apology() -> None:
    world = held()
    world.react(cancel(at(5, 13), 1))
    assert world.last(Kind.SWAP_FAILED).facts.reason == "customer"
    assert world.state.needs == ()


def test_a_part_that_the_shop_cancels_ends_it_with_an_apology() -> None:
    world = held()
    world.react(cancel(at(5, 13), 1, by="shop"))
    assert (world.last(Kind.SWAP_FAILED).facts.reason, world.state.needs) == ("", ("swap_failed",))


def test_a_shipment_while_it_is_held_calls_a_person() -> None:
    world = held()
    world.react(ship(at(5, 13), 2))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, ("swap_failed",))
    assert "swap_failed" not in world.kinds()


def test_a_shipment_that_had_left_before_it_was_taken_over_undoes_it() -> None:
    world = held()
    took(world, 14)
    decision = world.react(ship(at(5, 16), 2, left=at(5, 13)))
    assert (world.stands(), world.state.needs) == (Status.FULFILLED, ("swap_failed",))
    assert FreeAlternative(sku="LAMP-2") in decision.commands
    assert owed(world.state) == 0
    assert world.events("substitution_withdrawn") == ["substitution_withdrawn"]


def test_a_swap_that_was_undone_is_not_confirmed_once_more() -> None:
    world = held()
    took(world, 14)
    again = ResendRequested(
        at=at(5, 15),
        day=day(5),
        request="r1",
        message="m",
        key="substituted/a1#resend-2",
        kind=Kind.SUBSTITUTED,
        facts=Facts(),
        state="sent",
        reachable=True,
        by="Eva",
    )
    assert world.react(again).verdict is Verdict.ACCEPTED
    world.react(ship(at(5, 16), 2, left=at(5, 13)))
    refused = world.react(replace(again, at=at(5, 17)))
    assert (refused.verdict, "came to nothing" in refused.reason) == (Verdict.REJECTED, True)


def test_a_shipment_that_left_later_leaves_it_as_it_is() -> None:
    world = held()
    took(world, 14)
    world.react(ship(at(5, 16), 2, left=at(5, 15)))
    assert (world.state.quantity.substituted, in_vain(world.state)) == (2, 2)
    assert world.state.needs == ("shipped_after_cancellation",)


def test_a_part_that_was_cancelled_before_undoes_it_and_the_rest_waits_again() -> None:
    world = held()
    took(world, 14)
    world.react(cancel(at(5, 16), 1, came=at(5, 13)))
    assert world.stands() is Status.WAITING
    assert (world.state.quantity.cancelled, world.state.quantity.open) == (1, 1)
    assert world.last(Kind.SWAP_FAILED).facts.quantity == 1


@pytest.mark.parametrize("via", ["email", "link"])
@pytest.mark.parametrize("swapped", [True, False])
def test_art_13_the_rest_has_what_was_paid_for_delivery_with_it_unless_something_else_came(
    swapped: bool, via: str
) -> None:
    """What goes instead of units was delivered too, and does not come back with those that are kept."""
    world = begun(RULES, arrives(3, 60), units=3, pack="eu-crd-18", law=30, shipping="4.90").until(at(1))
    world.react(ship(at(1), 2))
    world.until(at(4))
    if swapped:
        world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    else:
        world.react(ship(at(5), 1, id="s2"))
    assert world.state.quantity.substituted == swapped
    world.react(b.answer(at(6), "withdraw", request="a2", quantity=1, via=via))
    facts = world.last(Kind.ANSWER_RECEIVED).facts
    assert (facts.choice, facts.quantity, facts.part_of_line) == ("withdraw", 1, True)
    assert facts.shipping == (None if swapped else Money(Decimal("4.90"), "EUR"))
    world.react(b.answer(at(7), "withdraw", request="a3", quantity=1 if swapped else 2, via=via))
    assert world.event("refund_due")["shipping_if_none_shipped"] == ("0.00" if swapped else "4.90")
