"""Stages: when their conditions hold, once in a life, and in which order a turn does things."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from backorder.domain.line.commands import CountCoupon, Verdict
from backorder.domain.line.decide import decide
from backorder.domain.line.events import CouponClaimed, DeliveryRefused, PromiseMade
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.ship_window import delay
from backorder.domain.line.stage_conditions import due_day
from backorder.domain.line.state import Consent, DecisionContext
from backorder.domain.money import Money
from backorder.domain.notifications import Alternative, Kind
from backorder.domain.policy.policy import Stage
from tests.support import lines as b
from tests.support.days import START, day
from tests.support.lines import arrives, at, policy, stage, supply
from tests.support.world import World, begun


def look(**when: int) -> Stage:
    return stage("look", "escalate", **when)


def escalated(world: World) -> list[int]:
    return [(when.date() - START).days for when, each in world.published if each.type == "escalated"]


def test_waited_counts_from_the_day_of_the_order() -> None:
    world = begun(policy(look(waited=30)), arrives(1, 90), ordered=-3).until(at(60))
    assert escalated(world) == [27]


def test_delay_counts_from_the_first_date_ever_told() -> None:
    world = begun(policy(look(delay=10)), arrives(1, 20))
    world.react(supply(at(2), arrives(1, 25)))
    world.react(supply(at(4), arrives(1, 29)))
    world.until(at(5))
    assert escalated(world) == []
    world.react(supply(at(6), arrives(1, 30)))
    assert escalated(world) == [6]


def test_without_a_forecast_the_delay_grows_with_the_days() -> None:
    world = begun(policy(look(delay=10)), arrives(1, 20))
    world.react(supply(at(2)))
    assert escalated(world.until(at(60))) == [30]


def test_a_forecast_that_ran_out_does_not_stop_the_delay() -> None:
    world = begun(policy(look(delay=10)), arrives(1, 20)).until(at(60))
    assert escalated(world) == [30]


def test_overdue_0d_is_the_morning_after() -> None:
    world = begun(policy(look(overdue=0)), arrives(1, 20)).until(at(60))
    assert [when for when, each in world.published if each.type == "escalated"] == [at(21, 10)]


def test_overdue_goes_on_after_full_allocation() -> None:
    world = begun(policy(look(overdue=2)), arrives(1, 20))
    world.react(supply(at(18), allocated=1))
    assert escalated(world.until(at(60))) == [23]


def test_overdue_counts_from_the_missed_day_until_a_new_one_is_told() -> None:
    stages = (look(overdue=5), stage("more", "escalate", overdue=9))
    world = begun(policy(*stages), arrives(1, 20)).until(at(27))
    assert (world.promised, world.state.missed, escalated(world)) == (None, day(20), [26])
    world.react(supply(at(27), arrives(1, 40)))
    assert world.until(at(28)).state.missed is None
    assert escalated(world.until(at(80))) == [26, 50]


def test_overdue_ends_with_the_last_unit_shipped() -> None:
    world = begun(policy(look(overdue=0)), arrives(1, 20))
    world.react(b.ship(at(20), 1))
    assert escalated(world.until(at(60))) == []


@pytest.mark.parametrize(("days", "told"), [(0, 5), (7, 12)])
def test_no_date_counts_from_the_day_on_which_the_date_was_lost(days: int, told: int) -> None:
    world = begun(policy(look(no_date=days)), arrives(1, 40))
    world.react(supply(at(5, 9)))
    assert escalated(world.until(at(30))) == [told]


def test_no_date_counts_a_promise_that_ran_out() -> None:
    world = begun(policy(look(no_date=3)), arrives(1, 20))
    world.until(at(22))
    world.react(supply(at(22)))
    assert escalated(world.until(at(40))) == [24]


@pytest.mark.parametrize("measure", ["delay", "waited", "overdue", "no_date"])
def test_a_stage_happens_once_in_a_life_even_if_its_condition_ends_and_returns(measure: str) -> None:
    world = begun(policy(look(**{measure: 0})), arrives(1, 20))
    for n in range(4):
        world.react(supply(at(30 + 20 * n)))
        world.react(supply(at(40 + 20 * n), arrives(1, 60 + 20 * n)))
    assert len(escalated(world.until(at(200)))) == 1


def test_the_due_day_of_a_delay_is_the_first_day_on_which_it_holds() -> None:
    rules = policy(stage("x", "escalate", delay=7))
    for first, told, forecast in [(10, 10, 12), (10, 10, 17), (10, 20, 12), (10, 30, None), (10, 12, None)]:
        world = begun(rules, arrives(1, first)).until(at(1))
        world.react(supply(at(2), arrives(1, told)))
        world.until(at(3))
        world.react(supply(at(3, 13), *([arrives(1, forecast)] if forecast else [])))
        found = due_day(rules, world.state, rules.stages[0])
        holds = [n for n in range(3, 80) if delay(world.state, day(n)) >= 7]
        assert found is not None
        assert (found - START).days == holds[0], (first, told, forecast)


def test_alternatives_are_offered_with_what_is_in_stock_at_a_price_no_higher_than_paid() -> None:
    dear = Alternative(sku="X", name="Dear", price=Money(Decimal("10.01"), "EUR"))
    foreign = Alternative(sku="Y", name="Foreign", price=Money(Decimal("1.00"), "USD"))
    world = begun(policy(stage("swap", "offer_alternatives", delay=5)), arrives(1, 20))
    world.context = DecisionContext(alternatives=(dear, b.OTHER, foreign))
    world.react(supply(at(5), arrives(1, 25)))
    world.until(at(10))
    assert world.last(Kind.ALTERNATIVES).facts.alternatives == (b.OTHER,)


def test_with_nothing_in_stock_nothing_is_offered_and_the_reason_is_kept() -> None:
    world = begun(policy(stage("swap", "offer_alternatives", delay=5)), arrives(1, 20))
    world.context = DecisionContext()
    world.react(supply(at(5), arrives(1, 25)))
    world.until(at(10))
    assert world.state.is_done("stage/swap")
    assert any("nothing in stock can stand in" in decision.reason for _, decision in world.decisions)


def test_a_coupon_has_a_code_of_its_own_that_the_order_system_hears_of() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5)), arrives(1, 60)).until(at(20))
    facts, code = world.last(Kind.COUPON).facts, "BK-TEST"
    assert (facts.code, facts.valid_until) == (code, day(95))
    assert world.event("coupon_issued") == {"code": code, "percent": "10", "valid_until": "2025-06-06"}


def test_without_marketing_consent_the_code_waits_on_the_page_and_only_then_is_given_out() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5), every=90), arrives(1, 60))
    world.context = DecisionContext(code="BK-TEST")
    world.until(at(20))
    assert world.events("coupon_issued") == []
    assert world.kinds() == ["confirmed"]
    assert world.state.offers[0].code == ""
    claim = CouponClaimed(at=at(21), day=day(21), request="c1", received_at=at(21))
    world.react(claim)
    assert world.event("coupon_issued")["code"] == world.state.offers[0].code == "BK-TEST"
    assert world.kinds() == ["confirmed"]
    assert world.react(replace(claim, at=at(22), request="c2")).verdict is Verdict.IGNORED


def test_a_coupon_that_waits_on_the_page_ends_with_its_days_and_with_the_line() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5), every=90), arrives(1, 200))
    world.context = DecisionContext(code="BK-TEST")
    late = CouponClaimed(at=at(120), day=day(120), request="c1", received_at=at(120))
    assert world.react(late).verdict is Verdict.REJECTED
    other = begun(policy(stage("thanks", "coupon", waited=5), every=90), arrives(1, 60))
    other.context = DecisionContext(code="BK-TEST")
    other.react(b.cancel(at(10)))
    gone = CouponClaimed(at=at(11), day=day(11), request="c1", received_at=at(11))
    assert other.react(gone).verdict is Verdict.REJECTED


def test_a_line_gets_one_coupon() -> None:
    stages = (stage("a", "coupon", waited=1), stage("b", "coupon", waited=5))
    world = begun(policy(*stages, every=90), arrives(1, 60)).until(at(40))
    assert world.events("coupon_issued") == ["coupon_issued"]


@pytest.mark.parametrize("void", [True, False])
def test_a_coupon_is_void_with_its_line_where_the_policy_says_so(void: bool) -> None:
    thanks = replace(stage("thanks", "coupon", waited=5), void_on_cancel=void)
    world = begun(policy(thanks, every=90), arrives(2, 60), units=2).until(at(10))
    world.react(b.cancel(at(10), 1))
    assert world.events("coupon_voided") == []
    world.react(b.cancel(at(11), request="r2"))
    assert world.events("coupon_voided") == ["coupon_voided"] * void
    assert world.last(Kind.CANCELLED).facts.void_code == ("BK-TEST" if void else "")


@pytest.mark.parametrize("upgrade", ["free", "faster"])
def test_better_shipping_is_the_order_system_s_to_do_and_told_once_it_has_taken_it_over(upgrade: str) -> None:
    rules = policy(stage("ship", f"{upgrade}_shipping", waited=5), every=90)
    world = begun(rules, arrives(1, 60), shipping="4.90").until(at(10))
    assert world.event("shipping_upgraded") == {
        "upgrade": upgrade,
        "shipping_paid": "4.90",
        "currency": "EUR",
    }
    assert world.last(Kind.SHIPPING_UPGRADE).awaits == "shipping_upgraded"


def test_shipping_that_cost_nothing_is_not_given_for_nothing() -> None:
    world = begun(policy(stage("ship", "free_shipping", waited=5), every=90), arrives(1, 60)).until(at(10))
    assert world.events("shipping_upgraded") == []


def test_nothing_is_offered_while_the_law_waits_for_an_answer() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5), every=90), arrives(1, 60)).until(at(1))
    world.state = replace(world.state, consent=Consent(state="asked", answer_by=day(40)))
    world.arm()
    assert world.until(at(20)).events("coupon_issued") == []


def test_nothing_is_offered_while_the_question_of_the_law_waits_to_go() -> None:
    """At the door the offer would be refused, and its code given out for nothing."""
    rules = policy(stage("thanks", "coupon", delay=3), every=90)
    world = begun(rules, arrives(1, 10), pack="us-ftc-435", law=12).until(at(5))
    world.down = True
    world.react(supply(at(5), arrives(1, 30)))
    assert world.until(at(10)).events("coupon_issued") == []


def budgeted(given: int, *, agreed: bool = True) -> World:
    """A line whose coupon falls due in March, of a stage that gives out three a month."""
    thanks = replace(stage("thanks", "coupon", waited=5), budget=3)
    world = begun(policy(thanks, every=90), arrives(1, 90)).until(at(1))
    marketing = ("email",) if agreed else ()
    world.context = replace(world.context, coupons={("thanks", "2025-03"): given}, marketing=marketing)
    return world


def counts(world: World) -> list[CountCoupon]:
    return [each for _, made in world.decisions for each in made.commands if isinstance(each, CountCoupon)]


@pytest.mark.parametrize(("given", "last"), [(0, False), (1, False), (2, True)])
def test_a_coupon_counts_for_its_month_once_it_is_given_out(given: int, last: bool) -> None:
    world = budgeted(given).until(at(10))
    assert counts(world) == [CountCoupon(stage="thanks", month="2025-03", last=last)]
    assert world.events("coupon_issued") == ["coupon_issued"]


def test_once_a_months_coupons_are_given_out_the_stage_is_skipped_and_says_why() -> None:
    world = budgeted(3).until(at(40))
    assert (world.events("coupon_issued"), world.state.offers, counts(world)) == ([], (), [])
    said = [made.reason for _, made in world.decisions]
    assert any("the 3 coupons of thanks for 2025-03 are given out" in each for each in said)


def test_a_code_that_waits_on_the_page_counts_when_it_is_asked_for() -> None:
    world = budgeted(3, agreed=False).until(at(10))
    assert (len(world.state.offers), counts(world)) == (1, [])
    claim = CouponClaimed(at=at(10), day=day(10), request="c1", received_at=at(10))
    refused = world.react(claim)
    assert (refused.verdict, "no coupon is left this month" in refused.reason) == (Verdict.REJECTED, True)
    april = replace(claim, at=at(30), day=day(30))
    world.react(april)
    assert counts(world) == [CountCoupon(stage="thanks", month="2025-04", last=False)]


def test_who_has_just_cancelled_a_part_is_offered_nothing_for_two_weeks() -> None:
    rules = policy(stage("thanks", "coupon", waited=5), every=90)
    world = begun(rules, arrives(2, 60), units=2).until(at(4))
    world.react(b.cancel(at(4), 1))
    assert [when for when, tell in world.until(at(40)).gone if tell.kind is Kind.COUPON] == [at(19, 10)]


def test_an_offer_comes_at_least_spacing_after_any_other_message() -> None:
    world = begun(policy(*b.STANDARD), arrives(1, 20))
    world.react(supply(at(5), arrives(1, 40)))
    world.until(at(20))
    assert world.days(Kind.DELAYED, Kind.ALTERNATIVES, Kind.COUPON) == [5, 7, 9]


def test_an_offer_waits_for_the_notice_of_the_delay_while_the_fact_settles() -> None:
    rules = policy(stage("swap", "offer_alternatives", delay=5), spacing=0)
    world = begun(rules, arrives(1, 20)).until(at(4, 12))
    world.react(supply(at(4, 12), arrives(1, 40)))
    told = [(when, tell.kind) for when, tell in world.until(at(6)).gone[1:]]
    settled = at(4, 12) + rules.promise.settle
    assert told == [(settled, Kind.DELAYED), (settled, Kind.ALTERNATIVES)]


def test_an_offer_waits_for_a_notice_of_the_delay_that_gets_lost() -> None:
    rules = policy(stage("swap", "offer_alternatives", delay=5), spacing=0)
    world = begun(rules, arrives(1, 20)).until(at(4))
    world.fates = [((timedelta(0), "not_sent"),)] * 3
    world.react(supply(at(4, 12), arrives(1, 40)))
    told = [tell.kind for _, tell in world.until(at(6)).gone[1:]]
    assert told == [Kind.DELAYED, Kind.ALTERNATIVES]


def test_offers_come_in_the_files_order() -> None:
    stages = (stage("b", "coupon", waited=1), stage("a", "offer_alternatives", waited=1))
    world = begun(policy(*stages, every=90), arrives(1, 60)).until(at(10))
    assert [tell.key for _, tell in world.gone] == ["confirmed", "stage/b", "stage/a"]


def test_after_full_allocation_nothing_is_offered_and_the_line_is_not_ended() -> None:
    stages = (*b.STANDARD, stage("end", "cancel", waited=30))
    world = begun(policy(*stages), arrives(1, 90))
    world.react(supply(at(5), allocated=1))
    world.until(at(60))
    assert {tell.kind for _, tell in world.gone} <= {Kind.CONFIRMED, Kind.EARLIER, Kind.DELAYED}
    assert world.events("ending_due") == []


def test_one_turn_goes_in_order() -> None:
    stages = (stage("look", "escalate", waited=3), stage("end", "cancel", delay=0))
    world = begun(policy(*stages), arrives(1, 20), payment="authorized", expires_at=at(4))
    world.until(at(0, 12))
    late = decide(world.policy, world.state, supply(at(6)))
    names = [type(each).__name__ + "/" + str(getattr(each, "type", "")) for each in late.commands]
    assert names[-5:] == [
        "Publish/authorization_expiring",
        "Tell/",
        "Publish/ending_due",
        "Publish/needs_attention",
        "Publish/escalated",
    ]


def test_an_offer_that_has_not_gone_is_taken_back_when_the_goods_are_there() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5)), arrives(1, 60)).until(at(4))
    world.down = True
    world.react(supply(at(6), allocated=1))
    assert world.withdrawn == ["stage/thanks"]


def test_messages_of_a_stage_are_unsent_until_their_provider_took_them() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5)), arrives(1, 60))
    world.delay = timedelta(hours=1)
    world.until(at(5, 10))
    assert world.state.unsent == ("stage/thanks",)
    assert world.until(at(6)).state.unsent == ()


# --- what the shop does not deliver


def test_who_keeps_what_is_not_delivered_finds_what_could_be_sent_instead_on_the_page_alone() -> None:
    """A message would thank them for waiting, or give them a faster shipment, of what never ships."""
    rules = policy(
        stage("swap", "offer_alternatives", waited=10),
        stage("thanks", "coupon", waited=11),
        stage("free", "free_shipping", waited=12),
        every=90,
    )
    world = begun(rules, b.arrives(1, 60), pack="eu-crd-18", law=20, shipping="4.90").until(at(2))
    world.context = DecisionContext(alternatives=(b.OTHER,), marketing=("email",))
    world.react(DeliveryRefused(at=at(3), day=day(3), request="d", reason="broken", by="eve"))
    world.until(at(4)).react(b.answer(at(4), "keep", indefinite=True))
    world.until(at(30))
    assert [each.kind for each in world.state.offers] == [Kind.ALTERNATIVES]
    assert world.days(Kind.ALTERNATIVES, Kind.COUPON, Kind.SHIPPING_UPGRADE) == []
    assert world.events("coupon_issued", "shipping_upgraded") == []
    world.react(PromiseMade(at=at(30), day=day(30), request="p", by_date=day(50), reason="found another"))
    world.until(at(45))
    assert world.events("coupon_issued", "shipping_upgraded") == ["coupon_issued", "shipping_upgraded"]


def test_a_coupon_that_waits_on_the_page_is_off_while_it_is_not_delivered() -> None:
    world = begun(policy(stage("thanks", "coupon", waited=5), every=90), b.arrives(1, 60), pack="eu-crd-18")
    world.context = DecisionContext(code="BK-TEST")
    world.until(at(9))
    assert [each.code for each in world.state.offers] == [""]
    world.react(DeliveryRefused(at=at(9), day=day(9), request="d", reason="broken", by="eve"))
    claim = CouponClaimed(at=at(10), day=day(10), request="c1", received_at=at(10))
    refused = world.react(claim)
    assert (refused.verdict, refused.refusal) == (Verdict.REJECTED, Refusal.COUPON_OFF)
    assert world.events("coupon_issued") == []
    world.react(PromiseMade(at=at(11), day=day(11), request="p", by_date=day(50), reason="found another"))
    world.react(replace(claim, at=at(12), day=day(12), request="c2"))
    assert world.event("coupon_issued")["code"] == "BK-TEST"


def test_a_code_that_was_given_out_stays_good_where_it_is_not_delivered() -> None:
    rules = policy(replace(stage("thanks", "coupon", waited=5), void_on_cancel=True), every=90)
    world = begun(rules, b.arrives(1, 60), pack="eu-crd-18").until(at(9))
    world.react(DeliveryRefused(at=at(9), day=day(9), request="d", reason="broken", by="eve"))
    world.until(at(20))
    assert [(each.code, each.void) for each in world.state.offers] == [("BK-TEST", False)]
    assert world.events("coupon_voided") == []
