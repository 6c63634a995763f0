"""What a person takes back is told anew tomorrow, and what they have said again says nothing new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backorder.domain.line.commands import Decision, Tell, Verdict
from backorder.domain.line.events import MessageNotSent, ResendRequested
from backorder.domain.line.message_keys import attempt_key, attempt_of, is_resend, original_key
from backorder.domain.line.money_facts import SentRefund
from backorder.domain.line.state import Arrival
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy
from tests.domain.us_law_lines import T, us
from tests.support.days import day
from tests.support.lines import (
    answer,
    arrives,
    at,
    blank,
    cancel,
    failed,
    hold,
    not_sent,
    pay,
    policy,
    refund,
    ship,
    stage,
    start,
    supply,
    taken_over,
)
from tests.support.world import World, begun

LOOK = 10  # the hour of a day's look


def told(*arrivals: Arrival, rules: Policy | None = None, units: int = 1) -> World:
    """A line whose first promise has gone."""
    return begun(rules or policy(), *arrivals, units=units).until(at(0, 12))


def untold(*arrivals: Arrival) -> World:
    """A line whose first message waits."""
    world = World(policy=policy(), state=blank(), now=at(0, 9), down=True)
    world.react(start(at(0, 9), *arrivals))
    assert list(world.waiting) == ["confirmed"]
    return world


def resend(world: World, tell: Tell, on: int = 1, *, hour: int = 15, **changes: Any) -> Decision:
    """Eva asks to have a message sent again. Returns the decision; the world lives on with it."""
    fields: dict[str, Any] = {
        "request": "R-1",
        "message": "m-1",
        "key": attempt_key(tell.key, 2),
        "kind": tell.kind,
        "facts": tell.facts,
        "revision": tell.revision,
        "state": "sent",
        "reachable": True,
        "by": "Eva",
    }
    when = at(on, hour)
    return world.react(ResendRequested(at=when, day=when.date(), **(fields | changes)))


def refused(decision: Decision) -> str:
    """Why it was refused; nothing changed."""
    assert decision.verdict is Verdict.REJECTED
    assert decision.commands == ()
    return decision.reason


def take_back(world: World, key: str, on: int = 0, hour: int = 12) -> Decision:
    """Eva takes a message back."""
    when = at(on, hour)
    world.waiting.pop(key)
    return world.react(
        MessageNotSent(at=when, day=when.date(), key=key, reason="confirmed was taken back", by="Eva")
    )


@pytest.mark.parametrize(
    "key", ["confirmed", "delayed/3", "still_waiting/2025-03-17/2", "shipped/S#2", "stage/x"]
)
def test_a_key_and_its_attempts(key: str) -> None:
    assert (attempt_of(key), is_resend(key), original_key(key)) == (1, False, key)
    again = attempt_key(key, 2)
    assert (attempt_of(again), is_resend(again), original_key(again)) == (2, True, key)
    assert attempt_key(again, 3) == attempt_key(key, 3), "an attempt of an attempt is one of the first"


def test_what_stands_is_said_again_and_promises_nothing_new() -> None:
    world = told(arrives(1, 20))
    first = world.last(Kind.CONFIRMED)
    before = world.state
    decision = resend(world, first)
    assert (decision.verdict, decision.reason.split("; ")[0]) == (Verdict.ACCEPTED, "confirmed is sent again")
    again = world.last(Kind.CONFIRMED)
    assert (again.key, again.facts) == ("confirmed#resend-2", first.facts)
    assert (again.revision, again.window) == (None, None)
    world.until(at(2))
    after = world.state
    assert (after.promise, after.revision, after.pending) == (before.promise, before.revision, None)
    assert after.last_contacts.dated == day(1), "a quiet customer is one who was not written to"
    assert [each.type for _, each in world.published].count("promised") == 1


def test_a_resend_of_a_delay_is_no_new_delay() -> None:
    world = told(arrives(1, 20))
    world.react(supply(at(1), arrives(1, 40)))
    world.until(at(2))
    delayed = world.state.last_contacts.delayed
    resend(world, world.last(Kind.DELAYED), 3)
    world.until(at(4))
    assert world.state.last_contacts.delayed == delayed == day(1)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("planned", "it has not gone yet"),
        ("claimed", "it is being sent right now"),
        ("unknown", "nobody knows yet whether it went"),
        ("failed", "it reached nobody; what still holds of it goes once"),
        ("withdrawn", "it reached nobody: it was taken back"),
        ("read", "read"),
    ],
)
def test_what_was_never_sent_is_not_sent_again(state: str, words: str) -> None:
    world = told(arrives(1, 20))
    assert words in refused(resend(world, world.last(Kind.CONFIRMED), state=state))


def test_who_cannot_be_reached_is_not_written_to() -> None:
    world = told(arrives(1, 20))
    assert "no usable email" in refused(resend(world, world.last(Kind.CONFIRMED), reachable=False))


def test_an_overtaken_promise_is_not_told_again() -> None:
    world = told(arrives(1, 20))
    first = world.last(Kind.CONFIRMED)
    world.react(supply(at(1), arrives(1, 40)))
    assert world.state.pending is not None, "it settles"
    assert "a newer message about the date is on its way" in refused(resend(world, first, 1, hour=13))
    world.until(at(2))
    assert "overtaken" in refused(resend(world, first, 3))
    assert resend(world, world.last(Kind.DELAYED), 3).verdict is Verdict.ACCEPTED


def test_an_ended_lines_date_is_not_told_again_but_its_end_is() -> None:
    world = told(arrives(2, 20), units=2)
    first = world.last(Kind.CONFIRMED)
    world.react(cancel(at(1), 1, request="c1"))
    world.until(at(2))
    assert "it speaks of 2 units, and 1 is open by now" in refused(resend(world, first, 3))
    world.react(cancel(at(3, 16), 1, request="c2"))
    world.until(at(4))
    assert "it names a date, and the line is closing" in refused(resend(world, first, 5))
    assert resend(world, world.last(Kind.CANCELLED), 5).verdict is Verdict.ACCEPTED


def test_a_cancellation_that_a_shipment_withdrew_is_not_told_again() -> None:
    world = begun(policy(), allocated=1)
    world.until(at(1))
    world.react(cancel(at(1, 13), request="c1"))
    world.until(at(2))
    told = world.last(Kind.CANCELLED)
    world.react(ship(at(2, 13), 1, left=at(1, 8)))
    assert "have shipped" in refused(resend(world, told, 3))
    assert resend(world, world.last(Kind.SHIPPED), 3).verdict is Verdict.ACCEPTED


def test_a_refund_that_did_not_arrive_is_not_confirmed_again() -> None:
    world = begun(policy(), state=replace(blank(), money_sent=(_failed("f1"),)))
    tell = replace(world.last(Kind.CONFIRMED), kind=Kind.REFUNDED, key="refunded/f1")
    assert "did not arrive" in refused(resend(world, tell))
    assert resend(world, replace(tell, key="refunded/f2")).verdict is Verdict.ACCEPTED


def _failed(id: str) -> SentRefund:
    return SentRefund(refund=id, amount=refund(at(0), "1").amount, sent_at=at(0), failed_at=at(0))


def answered() -> tuple[World, Tell]:
    """A question of the law whose customer has answered it since."""
    world = begun(policy(), arrives(1, 60), law=10, pack="us-ftc-435").until(at(2))
    asked = world.last(Kind.CONSENT_REQUEST)
    world.react(answer(at(2), "keep"))
    return world, asked


def paid() -> tuple[World, Tell]:
    """A payment that was asked for, and came."""
    world = begun(policy(), arrives(2, 5), units=2, payment="authorized", expires_at=at(3))
    world.react(supply(at(4), allocated=2))
    due = world.until(at(5, 12)).last(Kind.PAYMENT_DUE)
    world.react(pay(at(5, 13), "authorized", at(20)))
    return world, due


def paid_since() -> tuple[World, Tell]:
    """A question of the law that said that nothing is paid, or charged, before the payment came."""
    world = begun(policy(), arrives(1, 3), law=20, pack="us-ftc-435", payment="authorized", expires_at=at(1))
    world.react(supply(at(3), allocated=1))
    world.react(pay(at(3, 13), "unpaid", pay_url="https://shop.example/pay/1"))
    world.until(at(8)).react(supply(at(8), arrives(1, 40)))
    asked = world.until(at(9)).last(Kind.CONSENT_REQUEST)
    assert resend(world, asked, 9, request="R-0").verdict is Verdict.ACCEPTED, "so far it holds"
    world.react(pay(at(10), "captured"))
    return world, asked


def failed_swap() -> tuple[World, Tell]:
    """A line that went on after its swap had failed, and was cancelled then."""
    world = begun(policy(stage("swap", "offer_alternatives", delay=0)), arrives(1, 20))
    world.takes_over = False
    world.until(at(3)).react(answer(at(4), "alternative", sku="LAMP-2", request="alt"))
    world.react(taken_over(at(4, 13), request="alt", taken=False))
    sorry = world.until(at(4, 14)).last(Kind.SWAP_FAILED)
    world.react(cancel(at(5)))
    return world, sorry


def kept() -> tuple[World, Tell]:
    """A keep that was acknowledged, and a cancellation after it."""
    world = told(arrives(1, 20))
    world.react(answer(at(1), "keep"))
    noted = world.until(at(1, 13)).last(Kind.ANSWER_RECEIVED)
    world.react(cancel(at(2)))
    return world, noted


def part_shipped() -> tuple[World, Tell]:
    """A part that left, and the rest of it that was cancelled then."""
    world = told(arrives(1, 2), arrives(1, 9), rules=policy(partial="ship"), units=2)
    world.react(supply(at(2), arrives(1, 9), allocated=1))
    world.react(ship(at(3), 1))
    part = world.until(at(3, 13)).last(Kind.PART_SHIPPED)
    assert resend(world, part, 3, request="R-0").verdict is Verdict.ACCEPTED, "so far it holds"
    world.react(cancel(at(4)))
    return world, part


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        (answered, "what it asks was answered"),
        (paid, "nothing has to be paid any more"),
        (paid_since, "what it says of the payment is not so any more"),
        (failed_swap, "holds no more"),
        (kept, "holds no more"),
        (part_shipped, "it speaks of 1 unit to come, and 0 are open by now"),
    ],
)
def test_what_was_overtaken_is_not_said_again(
    situation: Callable[[], tuple[World, Tell]], words: str
) -> None:
    world, said = situation()
    assert words in refused(resend(world, said, 11))


def test_a_question_whose_silence_agrees_is_asked_again_while_it_is_open() -> None:
    world = begun(policy(), arrives(1, 8), law=10, pack="us-ftc-435")
    world.react(supply(at(3), arrives(1, 30)))
    asked = world.until(at(6)).last(Kind.CONSENT_REQUEST)
    assert asked.facts.silence == "agreed"
    assert resend(world, asked, 7).verdict is Verdict.ACCEPTED


def test_a_refund_that_a_message_names_otherwise_by_now_is_not_said_again() -> None:
    world = told(arrives(2, 20), units=2)
    world.react(cancel(at(1), 1, request="c1"))
    cancelled = world.until(at(2)).last(Kind.CANCELLED)
    assert resend(world, cancelled, 3).verdict is Verdict.ACCEPTED
    assert "the last day for the money that it names is over" in refused(
        resend(world, cancelled, 16, request="R-2")
    )
    world.react(refund(at(17), "10.00"))
    assert resend(world, cancelled, 18, request="R-3").verdict is Verdict.ACCEPTED, "it came, as was said"


def test_an_offer_is_made_again_while_it_can_be_taken() -> None:
    world = told(arrives(1, 40), rules=policy(stage("swap", "offer_alternatives", waited=1)))
    world.until(at(5))
    offer = world.last(Kind.ALTERNATIVES)
    assert resend(world, offer, 6).verdict is Verdict.ACCEPTED
    world.until(at(7))
    [offered] = [on for on in world.days(Kind.ALTERNATIVES) if on < 6]
    assert world.state.last_contacts.offer == day(offered)
    world.context = replace(world.context, alternatives=())
    assert "not in stock any more" in refused(resend(world, offer, 8, request="R-2"))
    world.react(supply(at(9), allocated=1))
    assert "the line is allocated" in refused(resend(world, offer, 10, request="R-3"))


def test_a_coupon_is_sent_again_while_it_is_valid_and_wanted() -> None:
    world = told(arrives(1, 40), rules=policy(stage("thanks", "coupon", waited=1)))
    world.until(at(5))
    coupon = world.last(Kind.COUPON)
    assert resend(world, coupon, 6).verdict is Verdict.ACCEPTED
    over = replace(coupon, facts=replace(coupon.facts, valid_until=date(2025, 3, 4)))
    assert "not valid any more" in refused(resend(world, over, 7))
    world.context = replace(world.context, marketing=())
    assert "does not agree to promotions" in refused(resend(world, coupon, 8))


def test_a_hold_holds_a_resend_too() -> None:
    world = told(arrives(1, 20))
    world.react(hold(at(1, 9), at(3, 9)))
    assert "it goes once the hold is over" in resend(world, world.last(Kind.CONFIRMED)).reason
    world.until(at(4))
    assert [when for when, _ in world.gone] == [at(0, 9), at(3, 9)]


def test_a_resend_that_does_not_arrive_calls_a_person() -> None:
    world = told(arrives(1, 20))
    key = attempt_key("confirmed", 2)
    assert world.react(not_sent(at(1), key)).state.needs == ("undelivered",)
    assert "unreachable" in world.react(failed(at(2), key)).state.needs


def test_what_a_person_took_back_is_told_anew_on_the_next_day() -> None:
    """Not at once, which would make it useless, nor never: a customer is not left without news."""
    world = untold(arrives(1, 20))
    decision = take_back(world, "confirmed")
    assert decision.commands == ()
    assert world.state.pending is None
    world.down = False
    world.until(at(0, 23))
    assert world.gone == []
    world.until(at(1, LOOK))
    assert [(when, tell.key) for when, tell in world.gone] == [(at(1, LOOK), "confirmed/2")]
    assert world.state.needs == (), "nobody has to look: a person did it"


def test_what_is_not_true_any_more_by_then_is_not_told() -> None:
    """A delay is taken back, and the supplier finds the goods after all."""
    world = told(arrives(1, 20))
    world.down = True
    world.react(supply(at(1, 8), arrives(1, 40)))
    [key] = world.waiting
    take_back(world, key, on=1)
    world.react(supply(at(1, 14), arrives(1, 20)))
    world.down = False
    world.until(at(5))
    assert world.kinds() == ["confirmed"]


def test_what_an_answer_left_out_is_asked_for_while_it_is_open_only() -> None:
    world = us(arrives(3, T + 40), units=3).until(at(1))
    world.react(answer(at(2), "keep", quantity=1))
    first = world.last(Kind.ANSWER_RECEIVED)
    assert first.facts.unanswered == 2
    world.until(at(3)).react(answer(at(3), "keep", request="a2", quantity=2))
    assert "still to be answered" in refused(resend(world, first, on=4))
