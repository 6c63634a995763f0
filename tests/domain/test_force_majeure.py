"""India, rules 6(3) and 7(4): a late refund is refused for force majeure alone, by a person with a reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backorder.domain.line.commands import Decision, Verdict
from backorder.domain.line.duties import duties
from backorder.domain.line.events import ForceMajeureDecided
from backorder.domain.line.ledger import outstanding, shipping_to_come
from backorder.domain.line.state import Status
from backorder.domain.money import Money
from backorder.domain.notifications import Kind
from tests.support.days import day
from tests.support.lines import arrives, at, cancel, policy, refund
from tests.support.world import World, begun

T = 20
RULES = policy(every=90)


def bought(pack: str = "in-ecommerce-2020", units: int = 1, shipping: str = "0") -> World:
    arrival = arrives(units, 60)
    return begun(RULES, arrival, units=units, shipping=shipping, pack=pack, law=T, region="IN")


def decide(world: World, when: int, request: str = "m1") -> Decision:
    event = ForceMajeureDecided(
        at=at(when), day=day(when), request=request, reason="the port is closed", by="eve"
    )
    return world.react(event)


def test_a_person_refuses_what_was_cancelled_for_lateness_and_nothing_more_is_asked() -> None:
    world = bought().until(at(T + 1))
    world.react(cancel(at(T + 1)))
    assert world.stands() is Status.CLOSING
    decision = decide(world, T + 2)
    assert decision.verdict is Verdict.ACCEPTED
    assert "force majeure" in decision.reason
    assert "port" not in decision.reason, "a person's words stand beside the request alone"
    assert world.event("refund_refused") == {
        "amount": "10.00",
        "currency": "EUR",
        "shipping_if_none_shipped": "0.00",
    }
    assert (world.stands(), outstanding(world.state), world.state.needs) == (Status.CANCELLED, Decimal(0), ())
    assert duties(RULES, world.state) == ()
    [claim] = world.state.refunds
    assert (claim.refused, claim.remaining, claim.amount) == (True, Decimal(0), Decimal("10.00"))
    assert world.until(at(80)).events("refund_overdue") == []
    assert decide(world, 80).verdict is Verdict.IGNORED


@pytest.mark.parametrize("read", [True, False])
def test_the_customer_reads_that_what_was_to_come_back_does_not(read: bool) -> None:
    """Once, where a message had named the money, or instead of one that had not gone."""
    world = bought().until(at(T + 1))
    world.down = not read
    world.react(cancel(at(T + 1)))
    decide(world, T + 2)
    world.down = False
    world.until(at(80))
    told = [tell.facts for _, tell in world.gone if tell.kind is Kind.CANCELLED]
    money = Money(Decimal("10.00"), "EUR")
    assert [(each.refund, each.kept_back) for each in told] == [(money, None)] * read + [(None, money)]


@pytest.mark.parametrize("parts", [1, 2])
def test_what_was_to_come_back_of_shipping_is_refused_with_it_and_said_to_be(parts: int) -> None:
    """The message before, and the event, had named it: nobody said that it does not come back."""
    world = bought(units=2, shipping="4.90").until(at(T + 1))
    for part in range(parts):
        world.react(cancel(at(T + 1, part + 10), 2 // parts, request=f"c{part}"))
        world.until(at(T + 1, part + 11))
    assert world.event("refund_due")["shipping_if_none_shipped"] == "4.90"
    decide(world, T + 2)
    world.until(at(80))
    refused = [
        each.data["shipping_if_none_shipped"] for _, each in world.published if each.type == "refund_refused"
    ]
    assert refused == ["0.00"] * (parts - 1) + ["4.90"]
    told = [tell.facts for _, tell in world.gone if tell.kind is Kind.CANCELLED][-parts:]
    goods, shipping = Money(Decimal("20.00") / parts, "EUR"), Money(Decimal("4.90"), "EUR")
    whole = Money(goods.amount + shipping.amount, "EUR")
    assert [(each.kept_back, each.shipping) for each in told] == [(goods, None)] * (parts - 1) + [
        (whole, shipping)
    ]
    assert shipping_to_come(world.state) == 0


@pytest.mark.parametrize(("cancelled", "verdict"), [(T, Verdict.REJECTED), (T + 1, Verdict.ACCEPTED)])
def test_what_was_cancelled_by_the_stated_day_is_owed_whatever_delayed_the_goods(
    cancelled: int, verdict: Verdict
) -> None:
    world = bought().until(at(cancelled))
    world.react(cancel(at(cancelled)))
    assert decide(world, cancelled).verdict is verdict


@pytest.mark.parametrize("by", ["shop", "supplier"])
def test_a_sellers_own_cancellation_is_refunded(by: str) -> None:
    world = bought().until(at(T + 1))
    world.react(cancel(at(T + 1), by=by))
    refused = decide(world, T + 1)
    assert refused.verdict is Verdict.REJECTED
    assert "the money stays due" in refused.reason
    assert outstanding(world.state) == Decimal("10.00")


@pytest.mark.parametrize("pack", ["us-ftc-435", "eu-crd-18", "uk-cra-28", "plain", "none"])
def test_no_other_law_lets_a_refund_be_refused(pack: str) -> None:
    world = bought(pack).until(at(T - 5))
    world.react(cancel(at(T - 5)))
    refused = decide(world, T - 5)
    assert refused.verdict is Verdict.REJECTED
    assert "in-ecommerce-2020" in refused.reason
    assert pack in refused.reason
    assert outstanding(world.state) == Decimal("10.00")


def test_without_a_refund_there_is_nothing_to_decide() -> None:
    assert "no refund is owed now" in decide(bought().until(at(T + 1)), T + 1).reason


def test_what_was_sent_in_part_stays_due() -> None:
    world = bought().until(at(T + 1))
    world.react(cancel(at(T + 1)))
    world.react(refund(at(T + 2), "4.00"))
    assert "sent already" in decide(world, T + 3).reason
    assert outstanding(world.state) == Decimal("6.00")


def test_a_decision_refuses_what_is_owed_then_and_nothing_that_comes_later() -> None:
    world = bought(units=2).until(at(T + 1))
    world.react(cancel(at(T + 1), 1, request="r1"))
    decide(world, T + 1)
    world.react(cancel(at(T + 2), 1, request="r2"))
    assert outstanding(world.state) == Decimal("10.00")
    assert [each.refused for each in world.state.refunds] == [True, False]
    world.react(refund(at(T + 3), "10.00"))
    assert (world.stands(), world.state.needs) == (Status.CANCELLED, ())
