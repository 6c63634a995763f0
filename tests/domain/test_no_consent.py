"""What is never an agreement to wait: only the customer's own word is, and silence under one law alone."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import CouponClaimed
from backorder.domain.line.state import Consent, DecisionContext
from tests.domain.us_law_lines import ASK, T, us
from tests.support.days import day
from tests.support.lines import arrives, at, pay, policy, stage
from tests.support.world import begun


def test_paying_again_is_no_consent_to_a_date() -> None:
    world = us(arrives(1, T + 40), payment="authorized", expires_at=at(5)).until(at(6))
    assert world.days(ASK) == [0]
    before = (world.state.consent, world.state.questions)
    assert world.react(pay(at(6), "captured")).verdict is Verdict.ACCEPTED
    assert (world.state.consent, world.state.questions) == before
    world.until(at(T + 32))
    assert world.state.cancellations[0].by == "no_consent", "nobody agreed, so the line ends all the same"
    assert world.events("refund_due") == ["refund_due"]


def test_using_a_coupon_is_no_consent_to_a_date() -> None:
    """Shown on the page before the law asks, or taken while it does: the question stays as it was."""
    rules = policy(stage("thanks", "coupon", waited=3), every=90)
    world = begun(rules, arrives(1, 60), pack="us-ftc-435", law=90, region="US")
    world.context = DecisionContext(code="BK-TEST")
    world.until(at(5))
    world.state = replace(world.state, consent=Consent(state="asked", answer_by=day(40)))
    claim = CouponClaimed(at=at(6), day=day(6), request="c1", received_at=at(6))
    world.react(claim)
    assert world.state.consent == Consent(state="asked", answer_by=day(40))
    assert world.state.cancellations == ()
