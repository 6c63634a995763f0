"""Alternatives that customers take: on which terms, held until they are taken over, and given up."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backorder.domain.line.commands import FreeAlternative, FreeUnits, ReserveAlternative, Verdict
from backorder.domain.line.events import Event, ResendRequested
from backorder.domain.line.ledger import in_vain, owed
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.state import DecisionContext, Status
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Facts, Kind
from backorder.errors import RejectedError
from backorder.problems import problem
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import OTHER, arrives, at, cancel, policy, refund, ship, stage, supply
from tests.support.world import World, begun

EXAMPLES = int(os.environ.get("BACKORDER_EXAMPLES", "50"))
RULES = policy(stage("swap", "offer_alternatives", waited=3))


def offered(**more: Any) -> World:
    """Two lamps that wait; something else is offered on day 3, and the order system answers for itself."""
    world = begun(RULES, arrives(2, 60), units=2, **more)
    world.takes_over = False
    return world.until(at(4))


def held(**more: Any) -> World:
    """The customer has taken it on day 5."""
    world = offered(**more)
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    return world


def took(world: World, hour: int = 13, *, taken: bool = True, **more: Any) -> Any:
    return world.react(b.taken_over(at(5, hour), taken=taken, **more))


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
        "absorbed": "0",
        "held_until": "2025-03-09T12:00:00Z",
    }


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


def test_a_cancellation_by_link_ends_it_even_if_it_is_taken_over_within_the_half_hour() -> None:
    world = held()
    world.react(b.answer(at(5, 13), "cancel", request="a2", via="link"))
    world.react(b.taken_over(at(5, 13, 10)))
    assert (world.state.quantity.cancelled, world.state.quantity.substituted) == (2, 0)


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


# --- questions of the law


def asked() -> World:
    """A line under the US rule whose customer has to agree to day 60 until day 40."""
    world = begun(RULES, arrives(2, 60), units=2, pack="us-ftc-435", law=10).until(at(1))
    assert world.state.consent.state == "asked"
    world.takes_over = False
    world.state = replace(
        world.state,
        offers=(offered().state.offers[0],),
    )
    return world


def test_a_choice_before_the_deadline_answers_the_question() -> None:
    world = asked().until(at(40, 11))
    world.react(b.answer(at(40, 12), "alternative", sku=OTHER.sku))
    world.until(at(41, 11))
    assert world.stands() is Status.WAITING, "the deadline is over, and the answer came in time"
    world.react(b.taken_over(at(41, 11, 30)))
    assert world.state.quantity.substituted == 2


def test_a_choice_after_the_deadline_comes_too_late() -> None:
    world = asked().until(at(40, 23))
    late = b.answer(at(41, 1), "alternative", sku=OTHER.sku)
    assert world.react(late).verdict is Verdict.RECORDED
    assert world.state.swap is None


def test_given_up_after_the_deadline_nobody_has_agreed_to_wait() -> None:
    world = asked().until(at(40, 11))
    world.react(b.answer(at(40, 12), "alternative", sku=OTHER.sku))
    world.until(at(42))
    assert world.stands() is Status.CLOSING
    assert [each.by for each in world.state.cancellations] == ["no_consent"]
    assert world.state.needs == ("swap_failed",)
    assert "swap_failed" not in world.kinds(), "it would say that the line goes on"


# --- on which terms


def at_price(world: World, price: str) -> World:
    now = replace(OTHER, price=Money(Decimal(price), "EUR"))
    world.context = replace(world.context, alternatives=(now,))
    return world


def test_another_price_by_now_is_refused_with_the_new_terms_and_taken_once_they_were_shown() -> None:
    world = at_price(offered(), "9.00")
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert refused.verdict is Verdict.REJECTED
    assert refused.terms is not None
    terms = refused.terms
    assert (terms.sku, terms.quantity, terms.price, terms.currency) == ("LAMP-2", 2, "9.00", "EUR")
    assert (terms.refund, terms.available) == ("2.00", True)
    world.react(
        b.answer(at(5), "alternative", sku=OTHER.sku, request="a2", price=Decimal("9.00"), quantity=2)
    )
    assert world.state.swap is not None
    assert world.state.swap.chosen.price.amount == Decimal("9.00")


def test_what_is_gone_is_refused_with_that() -> None:
    world = offered()
    world.context = DecisionContext()
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert (refused.verdict, refused.reason) == (Verdict.REJECTED, "LAMP-2 is not in stock any more")
    assert refused.terms is not None
    assert not refused.terms.available


def test_other_units_by_now_are_refused_with_the_new_terms() -> None:
    world = offered()
    world.react(cancel(at(4), 1))
    refused = world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert refused.terms is not None
    assert (refused.terms.quantity, refused.terms.refund) == (1, "2.00")
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku, request="a2", quantity=1))
    assert world.state.swap is not None


def test_what_is_dearer_than_was_paid_is_offered_only_where_the_policy_absorbs_it() -> None:
    dear = replace(OTHER, price=Money(Decimal("10.50"), "EUR"))
    context = DecisionContext(alternatives=(dear,))
    for absorbed, told in ((Decimal("4.99"), 0), (Decimal(5), 1)):
        rules = policy(stage("swap", "offer_alternatives", waited=3), absorb=absorbed)
        world = begun(rules, arrives(2, 60), units=2, context=context).until(at(4))
        assert world.kinds().count("alternatives") == told
    world.takes_over = False
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert world.event("substituted")["absorbed"] == "1.00"
    took(world)
    assert owed(world.state) == 0, "the customer pays nothing more, and gets nothing back"


@pytest.mark.parametrize(("paid", "price", "told"), [("18.00", "9.00", 1), ("18.00", "9.01", 0)])
def test_what_was_paid_decides_and_not_the_price_on_the_list(paid: str, price: str, told: int) -> None:
    context = DecisionContext(alternatives=(replace(OTHER, price=Money(Decimal(price), "EUR")),))
    world = begun(RULES, arrives(2, 60), units=2, paid=paid, context=context).until(at(4))
    assert world.kinds().count("alternatives") == told


def test_programs_read_the_new_terms_with_the_refusal() -> None:
    refused = at_price(offered(), "9.00").react(b.answer(at(5), "alternative", sku=OTHER.sku))
    found = problem(RejectedError(refused.reason, terms=refused.terms))
    terms = found["terms"]
    assert isinstance(terms, dict)
    assert (found["status"], terms["price"], terms["quantity"]) == (409, "9.00", 2)
    assert "terms" not in problem(RejectedError("no unit is open any more"))


# --- facts in any order


@dataclass(frozen=True)
class Story:
    """Facts with their instants, and the place among their instants at which the swap is ruled on."""

    facts: tuple[Event, ...]
    ruled_at: datetime
    taken: bool
    captured: bool

    def told(self, order: list[int], place: int, *, twice: bool) -> World:
        """The line after all that, told in that order; the ruling is the place-th thing that is told."""
        world = held(payment="captured" if self.captured else "unpaid")
        facts = [self.facts[number] for number in order]
        minute = 0
        for number in range(len(facts) + 1):
            if number == place:
                world.now = max(world.now, self.ruled_at)
                ruling = replace(b.taken_over(self.ruled_at, taken=self.taken), at=world.now)
                for _ in range(1 + twice):
                    world.react(ruling)
            if number < len(facts):
                minute += 1
                # Facts of later instants than the ruling are told after it.
                event = replace(facts[number], at=max(world.now, at(5, 12, 1)))
                for _ in range(1 + twice):
                    world.react(event)
        return world


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, list[int], int]:
    # Never at the very instant of the ruling: of two things at one instant nobody can say which was first.
    minutes = draw(st.permutations(range(3, 50, 2)))
    ruled = 2 * draw(st.integers(1, 25))
    facts: list[Event] = []
    for number in range(draw(st.integers(0, 2))):
        asked = draw(st.sampled_from([None, 1]))
        facts.append(cancel(at(5), asked, request=f"r{number}", came=at(5, 13, minutes[number])))
    if draw(st.booleans()):
        facts.append(ship(at(5), draw(st.sampled_from([1, 2])), left=at(5, 13, minutes[5])))
    story = Story(
        facts=tuple(facts),
        ruled_at=at(5, 13, ruled),
        taken=draw(st.booleans()),
        captured=draw(st.booleans()),
    )
    order = draw(st.permutations(range(len(facts))))
    return story, list(order), draw(st.integers(0, len(facts)))


def instant_of(event: Event) -> datetime:
    found: datetime = getattr(event, "received_at", None) or getattr(event, "shipped_at")  # noqa: B009
    return found


def outcome(world: World) -> dict[str, Any]:
    state = world.until(world.now + timedelta(days=2)).state
    return {"units": state.quantity, "owed": owed(state), "status": state.status, "in vain": in_vain(state)}


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.booleans())
def test_whatever_is_told_first_and_twice_it_comes_to_one_end(
    drawn: tuple[Story, list[int], int], twice: bool
) -> None:
    story, order, place = drawn
    by_instant = sorted(range(len(story.facts)), key=lambda number: instant_of(story.facts[number]))
    before = sum(instant_of(each) <= story.ruled_at for each in story.facts)
    straight = story.told(by_instant, before, twice=False)
    # What happened later than the ruling cannot be told before it.
    known = [number for number in order if instant_of(story.facts[number]) <= story.ruled_at]
    later = [number for number in order if number not in known]
    other = story.told(known + later, min(place, len(known)), twice=twice)
    assert outcome(other) == outcome(straight)


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.booleans())
def test_what_is_set_aside_is_given_back_exactly_where_the_swap_is_off(
    drawn: tuple[Story, list[int], int], twice: bool
) -> None:
    story, order, place = drawn
    known = [number for number in order if instant_of(story.facts[number]) <= story.ruled_at]
    later = [number for number in order if number not in known]
    world = story.told(known + later, min(place, len(known)), twice=twice)
    outcome(world)
    commands = [each for _, decision in world.decisions for each in decision.commands]
    freed = sum(isinstance(each, FreeAlternative) for each in commands)
    assert freed == (0 if world.state.quantity.substituted else 1)
    assert len(world.events("substitution_withdrawn")) == freed
    assert owed(world.state) <= world.state.payment.line_paid
    assert world.kinds().count("substituted") <= 1
    assert day(5) <= world.now.date()


def test_beside_a_question_of_the_law_alternatives_are_on_the_page_alone() -> None:
    """Nothing is sent; a choice before the deadline answers the question."""
    asked = begun(RULES, arrives(2, 60), units=2, pack="us-ftc-435", law=20, region="US").until(at(4))
    question = open_question(asked.state)
    assert question is not None
    assert question.silence == "cancelled"
    [offer] = asked.state.offers
    assert (offer.kind, [each.sku for each in offer.alternatives]) == (Kind.ALTERNATIVES, [OTHER.sku])
    assert asked.days(Kind.ALTERNATIVES) == []
    asked.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    assert (asked.state.quantity.substituted, open_question(asked.state)) == (2, None)
    assert asked.until(at(90)).days(Kind.CANCELLED) == []
