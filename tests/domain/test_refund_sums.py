"""Refunds add up to the cent to what was paid, never above it, in any currency, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from backorder.domain.line.commands import Verdict
from backorder.domain.line.late_refunds import excess
from backorder.domain.line.ledger import most_for_shipping, outstanding, owed, sent, worth
from backorder.domain.line.sent_back import units_sent_back
from backorder.domain.line.state import Status
from backorder.domain.money import Money, rounded
from backorder.domain.notifications import Kind
from backorder.queries.case_parts import refund_of
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, policy, refund, ship, stage
from tests.support.world import World, begun

RULES = policy(every=90)
NOTHING = Decimal(0)
CURRENCIES = {"JPY": 0, "EUR": 2, "KWD": 3}
MOVES = ("cancel", "ship", "send", "send some", "fail", "cancel earlier", "ship earlier", "cancel long ago")
FLAGS = {"refund_excess", "refund_failed", "refund_due_soon", "refund_overdue"}


@composite
def lives(draw: DrawFn) -> tuple[World, list[tuple[str, int, int]]]:
    """A line that was paid for, perhaps at a discount that no unit shares evenly, and what happens to it."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    units, cent = draw(st.integers(1, 7)), Decimal(1).scaleb(-CURRENCIES[currency])
    paid = draw(st.integers(1, 9_999)) * cent
    moves = st.tuples(st.sampled_from(MOVES), st.integers(1, 3), st.integers(1, 5))
    world = begun(
        RULES,
        arrives(units, 90),
        units=units,
        paid=str(paid),
        price=str(rounded(paid / units, currency)),
        currency=currency,
        pack=draw(st.sampled_from(["none", "us-ftc-435", "eu-crd-18", "plain"])),
        shipping=str(draw(st.sampled_from([0, 5])) * cent),
    )
    return world, draw(st.lists(moves, max_size=9))


def _move(world: World, number: int, what: str, units: int, after: int) -> None:
    """One fact, `after` days on. Money is sent as the order system was asked; some of it does not arrive."""
    when = world.now + timedelta(days=after)
    known = [each for each in world.state.money_sent if each.counts]
    if what.startswith("cancel"):
        came = when - timedelta(days=20 if "ago" in what else 2 if "earlier" in what else 0)
        world.react(cancel(when, units, request=f"c{number}", came=max(came, at(0, 9))))
    elif what.startswith("ship"):
        left = when - timedelta(days=2) if "earlier" in what else when
        world.react(ship(when, units, id=f"s{number}", left=max(left, at(0, 9))))
    elif what == "fail" and known:
        gone = known[units % len(known)]
        world.react(refund(when, str(gone.amount), id=gone.refund, failed=when))
    elif what.startswith("send") and (due := outstanding(world.state)):
        cent = Decimal(1).scaleb(-CURRENCIES[world.state.payment.currency])
        amount = max(cent, rounded(due / 2, world.state.payment.currency)) if "some" in what else due
        world.react(refund(when, str(amount), id=f"f{number}"))


def _adds_up(world: World) -> None:
    state = world.state
    payment, quantity = state.payment, state.quantity
    paid = rounded(payment.line_paid, payment.currency)
    amounts = [each.amount for each in state.refunds]
    assert all(each == rounded(each, payment.currency) for each in amounts), "no part is finer than a cent"
    back = units_sent_back(state)
    assert sum(amounts, NOTHING) == owed(state) == worth(state, quantity.cancelled + back)
    assert worth(state, quantity.ordered) == paid
    assert NOTHING <= owed(state) <= paid
    assert outstanding(state) == max(NOTHING, owed(state) - sent(state))
    if quantity.cancelled + back == quantity.ordered:
        assert owed(state) == paid, "all of it ended: all that was paid goes back"
    if quantity.shipped == quantity.ordered and not back:
        assert owed(state) == NOTHING
    morning = world.now.date() - timedelta(days=1)
    late = [each for each in state.refunds if each.remaining > 0 and each.due_by < morning]
    assert not late or "refund_overdue" in world.until(world.now).state.needs, "a person hears of each"


@given(lives())
def test_refunds_add_up_to_what_was_paid_and_never_above(
    life: tuple[World, list[tuple[str, int, int]]],
) -> None:
    """Cancelled unit by unit, sent in parts, failed and sent again, taken back by what had left before."""
    world, moves = life
    for number, (what, units, after) in enumerate(moves):
        _move(world, number, what, units, after)
        _adds_up(world)
    when = world.now + timedelta(days=1)
    world.react(cancel(when, request="rest"))
    if due := outstanding(world.state):
        world.react(refund(when, str(due), id="last"))
    _adds_up(world)
    state = world.state
    assert outstanding(state) == NOTHING
    assert state.status in (Status.CANCELLED, Status.FULFILLED)
    assert sent(state) >= owed(state)
    if not excess(state):
        shipping = most_for_shipping(state)
        assert sent(state) <= rounded(state.payment.line_paid, state.payment.currency) + shipping
        assert not FLAGS & set(state.needs)
    asked = [Decimal(str(each.data["amount"])) for _, each in world.published if each.type == "refund_due"]
    assert all(each > NOTHING for each in asked)


@pytest.mark.parametrize(("over", "left"), [("0.00", "0.00"), ("1.00", "-1.00")])
def test_shipping_that_rightly_went_back_is_not_too_much(over: str, left: str) -> None:
    world = begun(policy(every=90), arrives(1, 60), paid="10.00", shipping="4.90").until(at(3))
    world.react(cancel(at(3)))
    world.react(refund(at(4), str(Decimal("14.90") + Decimal(over))))
    [view] = [refund_of(world.state, each, day(4)) for each in world.state.refunds]
    assert (str(view.remaining), view.state) == (left, "excess" if Decimal(over) else "sent")


def test_what_is_still_open_of_a_refund_is_said_with_what_went() -> None:
    rules = policy(stage("ship", "free_shipping", waited=5), every=90)
    world = begun(rules, arrives(1, 60), paid="10.125", shipping="1.005", currency="KWD").until(at(10))
    world.react(cancel(at(10)))
    decision = world.react(refund(at(11), "10.125"))
    assert world.state.status is Status.CLOSING
    assert "the refund is complete but for 1.005 KWD" in decision.reason


@pytest.mark.parametrize("payment", ["captured", "authorized"])
def test_art_13_3_what_ends_is_refunded_apart_from_what_the_same_word_sends_back(payment: str) -> None:
    """Two lamps of three have not left; the third has to come back."""
    world = begun(policy(), arrives(3, 40), units=3, pack="eu-crd-18", law=60, payment=payment).until(at(5))
    world.react(ship(at(5), 1))
    world.react(answer(at(6), "withdraw", via="email"))
    told = world.until(at(6, 18)).last(Kind.CANCELLED).facts
    assert (told.quantity, told.not_shipped, told.uncharged) == (2, 2, payment == "authorized")
    assert told.refund == (Money(Decimal(20), "EUR") if payment == "captured" else None)


@pytest.mark.parametrize("order", [("r1", "r2"), ("r2", "r1")])
def test_which_cancellation_takes_the_rounding_follows_their_instants(order: tuple[str, str]) -> None:
    world = begun(policy(), arrives(2, 20), units=2, paid="0.035", currency="KWD").until(at(4))
    came = {"r1": at(2), "r2": at(3)}
    for number, request in enumerate(order):
        world.react(cancel(at(4, 13 + number), 1, request=request, came=came[request]))
    found = {each.request: str(each.amount) for each in world.state.refunds}
    assert found == {"r1": "0.018", "r2": "0.017"}
    asked = [Decimal(str(each.data["amount"])) for _, each in world.published if each.type == "refund_due"]
    assert sum(asked) == Decimal("0.035")


def test_money_is_named_in_minor_units_however_a_report_wrote_it() -> None:
    world = begun(policy(), arrives(2, 20), units=2)
    world.react(cancel(at(6)))
    world.react(refund(at(6, 13), "5"))
    assert [str(each.amount) for each in world.state.money_sent] == ["5.00"]
    decision = world.react(refund(at(6, 14), "20.5", id="f2"))
    assert "5.50 EUR more than owed were sent back" in decision.reason
    again = world.react(refund(at(6, 15), "20.50", id="f2"))
    assert again.verdict is Verdict.IGNORED
    other = world.react(refund(at(6, 15), "4", id="f1"))
    assert other.reason == "refund f1 was reported already, of 5.00 EUR"


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("credit", [False, True], ids=["paid", "on_credit"])
def test_what_was_sent_for_others_since_is_not_taken_for_a_refund_that_failed(
    order: tuple[int, ...], credit: bool
) -> None:
    """16 CFR 435.2: what failed goes by other means, so a person is asked, in whatever order it is told."""
    rules = replace(policy(), billing_cycle=30 if credit else None)
    world = begun(
        rules, arrives(3, 60), units=3, paid="10.000", currency="KWD", pack="us-ftc-435", credit=credit
    )
    for number in range(3):
        world.react(cancel(at(1, 9 + number), 1, request=f"r{number}"))
    facts = (
        refund(at(1, 16), "3.333", id="f1", went=at(1, 12)),
        refund(at(1, 16), "6.668", id="f2", went=at(1, 13)),
        refund(at(1, 16), "3.333", id="f1", failed=at(1, 14)),
    )
    for minute, number in enumerate(order):
        world.react(replace(facts[number], at=at(1, 16) + timedelta(minutes=minute)))
    claims = [(each.request, str(each.remaining), each.failed) for each in world.state.refunds]
    assert sorted(claims) == [("r0", "3.332", True), ("r1", "0.000", False), ("r2", "0.000", False)]
    assert "refund_failed" in world.state.needs
    world.react(refund(at(3), "3.332", id="f3"))
    assert not world.state.needs
