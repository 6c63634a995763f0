"""Shipping that became free while a line waited: what comes back of it, what is told, and by when."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from backorder.domain.line.duties import duties
from backorder.domain.line.free_shipping import (
    all_is_sent,
    asks_for_free_shipping,
    free_shipping_claim,
    free_shipping_left,
    shipping_failed,
)
from backorder.domain.line.late_refunds import excess
from backorder.domain.line.ledger import NOTHING, outstanding, shipping_sent
from backorder.domain.line.state import Status
from backorder.domain.money import Money
from backorder.domain.notifications import Kind
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import arrives, at, policy, stage
from tests.support.world import World, begun


def test_shipping_that_became_free_does_not_come_back_twice() -> None:
    rules = policy(stage("ship", "free_shipping", waited=5), every=90)
    world = begun(rules, arrives(1, 60), shipping="4.90").until(at(10))
    world.react(b.refund(at(10), "4.90"))
    assert world.state.needs == ()
    world.react(b.cancel(at(11)))
    assert world.event("refund_due")["shipping_if_none_shipped"] == "0.00"


@pytest.mark.parametrize("before", [0, 1])
def test_shipping_that_became_free_takes_nothing_from_what_the_goods_cost(before: int) -> None:
    """What came back of it is beside the refund, also where a part had been given back before."""
    rules = policy(stage("ship", "free_shipping", waited=5), every=90)
    world = begun(rules, arrives(2, 60), units=2, shipping="4.90").until(at(3))
    if before:
        world.react(b.cancel(at(3), 1, request="c1", by="shop"))
        world.react(b.refund(at(4), "10.00", id="f1"))
    world.until(at(9))
    world.react(b.refund(at(10), "4.90", id="f2"))
    assert (outstanding(world.state), shipping_sent(world.state)) == (NOTHING, Decimal("4.90"))
    world.react(b.cancel(at(11)))
    assert world.event("refund_due")["amount"] == f"{20 - 10 * before}.00"
    facts = world.last(Kind.CANCELLED).facts
    assert facts.refund == Money(Decimal(20 - 10 * before), "EUR")
    assert facts.refund_sent is None
    assert (shipping_sent(world.state), excess(world.state)) == (Decimal("4.90"), NOTHING)
    world.react(b.refund(at(12), f"{20 - 10 * before}.00", id="f3"))
    assert (outstanding(world.state), excess(world.state)) == (NOTHING, NOTHING)
    assert world.state.needs == ()
    assert world.last(Kind.REFUNDED).facts.refund == facts.refund
    world.react(b.refund(at(13), "1.00", id="f4"))
    assert (excess(world.state), shipping_sent(world.state)) == (Decimal("1.00"), Decimal("4.90"))


def free_shipping(paid: str = "10.00", **fields: Any) -> World:
    """A line whose shipping becomes free on the fifth day."""
    rules = policy(stage("ship", "free_shipping", waited=5), every=90)
    return begun(rules, arrives(1, 60), paid=paid, shipping="4.90", **fields)


def test_who_cancels_reads_that_shipping_which_became_free_comes_back_too() -> None:
    """Its own message may never have gone, and goes no more once the line is over."""
    world = free_shipping().until(at(10))
    world.react(b.cancel(at(10)))
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.refund, facts.shipping) == (Money(Decimal(10), "EUR"), Money(Decimal("4.90"), "EUR"))
    assert facts.upgrade == "free", "whatever else of the order ships"
    assert world.event("refund_due")["shipping_if_none_shipped"] == "0.00", "it was asked for before"


def test_what_was_never_taken_for_free_shipping_does_not_come_back() -> None:
    world = free_shipping(payment="authorized").until(at(7))
    world.react(b.pay(at(8), "captured"))
    world.react(b.cancel(at(10)))
    assert world.last(Kind.CANCELLED).facts.shipping is None


@pytest.mark.parametrize("sent", [("14.90",), ("10.00", "4.90"), ("4.90", "10.00")])
def test_all_that_goes_back_after_the_end_is_told_with_free_shipping(sent: tuple[str, ...]) -> None:
    world = free_shipping().until(at(10))
    world.react(b.cancel(at(10)))
    for number, amount in enumerate(sent):
        world.react(b.refund(at(11 + number), amount, id=f"f{number}"))
    told = [tell.facts.refund for _, tell in world.until(at(20)).gone if tell.kind is Kind.REFUNDED]
    assert sum(each.amount for each in told if each) == Decimal("14.90")
    assert (outstanding(world.state), excess(world.state)) == (NOTHING, NOTHING)


def test_who_still_waits_hears_of_no_refund_of_what_they_wait_for() -> None:
    world = free_shipping().until(at(10))
    world.react(b.refund(at(10), "4.90", id="f1"))
    assert Kind.REFUNDED.value not in world.until(at(12)).kinds()
    world.react(b.cancel(at(12)))
    assert world.last(Kind.CANCELLED).facts.shipping is None
    world.react(b.refund(at(13), "10.00", id="f2"))
    assert world.last(Kind.REFUNDED).facts.refund == Money(Decimal(10), "EUR")


@pytest.mark.parametrize("waived", [True, False])
def test_what_went_with_the_goods_before_the_cancellation_was_known_is_told_with_them(waived: bool) -> None:
    """The customer reads what arrived, and of none of it again."""
    world = free_shipping() if waived else begun(policy(every=90), arrives(1, 60), shipping="4.90")
    world.until(at(8)).react(b.refund(at(8), "14.90", id="f1", went=at(8)))
    world.react(b.cancel(at(9)))
    facts = world.last(Kind.CANCELLED).facts
    assert facts.refund == Money(Decimal("14.90"), "EUR")
    assert (facts.refund_sent_on, facts.refund_sent, facts.shipping) == (day(8), None, None)
    world.until(at(12)).react(b.refund(at(12), "1.00", id="f2"))
    assert Kind.REFUNDED.value not in world.until(at(14)).kinds()
    assert excess(world.state) == Decimal("1.00")


def test_what_went_with_a_part_of_the_goods_before_is_told_with_it() -> None:
    world = free_shipping().until(at(8))
    world.react(b.refund(at(8), "8.00", id="f1", went=at(8)))
    world.react(b.cancel(at(9)))
    facts = world.last(Kind.CANCELLED).facts
    assert (facts.refund, facts.refund_sent) == (
        Money(Decimal("6.90"), "EUR"),
        Money(Decimal("8.00"), "EUR"),
    )


@pytest.mark.parametrize("sent", ["", "10.00"])
def test_free_shipping_has_the_last_day_of_the_goods_it_was_paid_with(sent: str) -> None:
    """Everything that was paid, standard delivery included, goes back in time (CRD art. 13)."""
    world = free_shipping(pack="eu-crd-18", region="DE", law=80).until(at(10))
    world.react(b.cancel(at(10)))
    [claim] = [each for each in world.state.refunds if each.amount]
    if sent:
        world.react(b.refund(at(11), sent, id="f1"))
    assert world.state.status == "closing", "it is not settled"
    assert [each.due for each in duties(world.policy, world.state)][-1] == claim.due_by
    days = (claim.due_by - day(0)).days
    assert "refund_due_soon" in world.until(at(days)).state.needs
    assert world.until(at(days, 23)).events("refund_overdue") == []
    world.until(at(days + 1, 12))
    assert world.event("refund_overdue")["remaining"] == ("4.90" if sent else "14.90")
    assert "refund_overdue" in world.state.needs
    if not sent:
        world.react(b.refund(at(days + 2), "10.00", id="f1"))
        assert "refund_overdue" in world.state.needs
    world.react(b.refund(at(days + 2), "4.90", id="f2"))
    assert (world.state.needs, world.state.status) == ((), Status.CANCELLED)
    assert duties(world.policy, world.state) == ()


def test_free_shipping_has_no_last_day_while_the_line_waits_or_where_all_of_it_shipped() -> None:
    """No law gives money back of what is not cancelled: the order system was asked, and acknowledges it."""
    world = free_shipping().until(at(50))
    assert duties(world.policy, world.state) == ()
    world.react(b.ship(at(50), 1))
    assert world.state.status is Status.FULFILLED
    assert world.until(at(90)).events("refund_overdue") == []
    calendar = world.policy.calendar
    assert free_shipping_left(calendar, world.state)
    assert not asks_for_free_shipping(calendar, world.state), "an erasure would wait for ever"
    over = free_shipping().until(at(10))
    over.react(b.cancel(at(10)))
    assert asks_for_free_shipping(calendar, over.state)
    over.react(b.refund(at(11), "14.90"))
    assert not asks_for_free_shipping(calendar, over.state)


@pytest.mark.parametrize("sent", [("4.90", "10.00"), ("14.90",), ("10.00", "4.90")])
@pytest.mark.parametrize("waived", [True, False])
def test_shipping_that_did_not_arrive_is_asked_for_again_with_the_goods(
    sent: tuple[str, ...], waived: bool
) -> None:
    """A refund that failed is sent by other means, whatever it was for (16 CFR 435.2, CRD art. 13)."""
    world = free_shipping() if waived else begun(policy(every=90), arrives(1, 60), shipping="4.90")
    world.until(at(10)).react(b.cancel(at(10)))
    for number, amount in enumerate(sent):
        world.react(b.refund(at(11, number), amount, id=f"f{number}"))
    assert world.state.status is Status.CANCELLED
    for number, amount in enumerate(sent):
        asked = world.events("refund_due")
        world.react(b.refund(at(12, number), amount, id=f"f{number}", failed=at(12, number)))
        again = world.events("refund_due")
        assert len(again) == len(asked) + 1, "each time once"
    assert "refund_failed" in world.state.needs
    assert shipping_failed(world.state) == Decimal("4.90")
    fresh = [dict(each.data) for _, each in world.published if each.type == "refund_due"][1:]
    amounts = [Decimal(str(each["amount"])) for each in fresh]
    beside = [Decimal(str(each["shipping_if_none_shipped"])) for each in fresh]
    assert sum(Decimal(str(each["goods"])) for each in fresh) == Decimal("10.00")
    assert (sum(amounts), sum(beside)) == (Decimal("14.90"), NOTHING), "it was owed, or it had not gone"
    world.react(b.refund(at(13), "14.90", id="f9"))
    assert (world.state.needs, world.state.status) == ((), Status.CANCELLED)
    assert shipping_failed(world.state) == NOTHING


@pytest.mark.parametrize("reported", [20, 25])
def test_shipping_alone_that_did_not_arrive_has_a_new_last_day_and_a_person(reported: int) -> None:
    """It counts from the failure, also where that is reported later: event, case and duty name one day."""
    world = free_shipping(pack="eu-crd-18", region="DE", law=80).until(at(10))
    world.react(b.cancel(at(10)))
    world.react(b.refund(at(11), "10.00", id="f1"))
    world.react(b.refund(at(12), "4.90", id="f2"))
    world.until(at(reported)).react(b.refund(at(reported), "4.90", id="f2", failed=at(20)))
    claim = free_shipping_claim(world.policy, world.state)
    assert claim is not None
    assert (claim.amount, claim.due_by, claim.failed) == (Decimal("4.90"), day(34), True)
    assert world.event("refund_due") == {
        "amount": "4.90",
        "currency": "EUR",
        "due_by": day(34).isoformat(),
        "goods": "0.00",
        "shipping_if_none_shipped": "0.00",
    }
    assert "refund_failed" in world.state.needs


def test_shipping_that_went_by_itself_and_did_not_arrive_has_a_limit() -> None:
    """A refund that failed starts a new limit, by other means (16 CFR 435.2, CRD art. 13)."""
    fields: dict[str, Any] = {"pack": "eu-crd-18", "region": "DE", "law": 80}
    world = begun(policy(every=90), arrives(1, 60), shipping="4.90", **fields).until(at(10))
    world.react(b.cancel(at(10)))
    world.react(b.refund(at(11), "10.00", id="f1"))
    world.react(b.refund(at(12), "4.90", id="f2"))
    world.until(at(20)).react(b.refund(at(20), "4.90", id="f2", failed=at(20)))
    assert world.state.status is Status.CLOSING
    assert not all_is_sent(world.state)
    assert [each.due for each in duties(world.policy, world.state)] == [day(34)]
    asked = world.event("refund_due")
    assert (asked["amount"], asked["due_by"]) == ("4.90", day(34).isoformat())
    assert "refund_due_soon" in world.until(at(34, 23)).state.needs
    assert world.events("refund_overdue") == []
    world.until(at(35, 12))
    assert world.event("refund_overdue")["remaining"] == "4.90"
    assert "refund_overdue" in world.state.needs
    world.react(b.refund(at(36), "4.90", id="f3"))
    assert (world.state.needs, world.state.status) == ((), Status.CANCELLED)
    assert all_is_sent(world.state)
    assert duties(world.policy, world.state) == ()


def test_each_sum_that_went_back_is_told_with_its_own_day_and_means() -> None:
    """Who pays back in two steps names both (16 CFR 435.2: the buyer is told date and amount)."""
    world = begun(policy(every=90), arrives(1, 60), paid="10.00", shipping="4.90").until(at(10))
    world.react(b.cancel(at(10)))
    world.react(b.refund(at(11), "3.33", id="f1"))
    world.react(replace(b.refund(at(13), "11.57", id="f2"), means="PayPal"))
    facts = world.last(Kind.REFUNDED).facts
    assert facts.refund == Money(Decimal("14.90"), "EUR")
    first, second = facts.refunds
    assert (first.amount, first.on) == (Money(Decimal("3.33"), "EUR"), day(11))
    assert (second.amount, second.on, second.means) == (Money(Decimal("11.57"), "EUR"), day(13), "PayPal")


@pytest.mark.parametrize("over", ["0.00", "2.00"])
def test_a_sum_of_which_a_part_was_too_much_is_told_as_it_went(over: str) -> None:
    """No day and no means are said of money that did not go so; what was owed in no part is no news."""
    world = begun(policy(every=90), arrives(1, 60), paid="10.00").until(at(10))
    world.react(b.cancel(at(10)))
    world.react(b.refund(at(11), "2.00", id="f1"))
    last = Decimal("8.00") + Decimal(over)
    world.react(replace(b.refund(at(13), str(last), id="f2"), means="bank transfer"))
    world.react(b.refund(at(14), "5.00", id="f3"))
    [facts] = [tell.facts for _, tell in world.until(at(15)).gone if tell.kind is Kind.REFUNDED]
    assert facts.refund == Money(2 + last, "EUR")
    assert [(each.amount.amount, each.on, each.means) for each in facts.refunds] == [
        (Decimal("2.00"), day(11), "card"),
        (last, day(13), "bank transfer"),
    ]


def test_what_went_since_one_that_failed_is_told_whole() -> None:
    """The one that failed was known, and what had gone beside it was not."""
    world = begun(policy(every=90), arrives(2, 60), units=2, paid="20.00").until(at(10))
    world.react(b.cancel(at(10), 1))
    world.react(b.refund(at(11), "10.00", id="f1"))
    world.react(b.cancel(at(12), 1, request="r2"))
    world.react(b.refund(at(13), "5.00", id="f2"))
    world.react(b.refund(at(14), "10.00", id="f1", failed=at(14)))
    world.react(b.refund(at(15), "15.00", id="f3"))
    facts = world.until(at(16)).last(Kind.REFUNDED).facts
    assert [(each.amount.amount, each.on) for each in facts.refunds] == [
        (Decimal(5), day(13)),
        (Decimal(15), day(15)),
    ]


def test_sums_of_one_day_and_means_are_told_as_one() -> None:
    world = begun(policy(every=90), arrives(1, 60), paid="10.00").until(at(10))
    world.react(b.cancel(at(10)))
    for id in ("f1", "f2"):
        world.react(b.refund(at(11), "5.00", id=id))
    facts = world.last(Kind.REFUNDED).facts
    assert (facts.refund, facts.refund_sent_on, facts.refunds) == (Money(Decimal(10), "EUR"), day(11), ())
