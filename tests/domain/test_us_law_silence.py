"""Silence, money and the end of a line under the US delay rule (16 CFR 435.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backorder.domain.calendar import Calendar
from backorder.domain.line.ledger import outstanding
from backorder.domain.line.legal_dates import is_over
from backorder.domain.line.state import DecisionContext
from backorder.domain.notifications import Kind
from tests.domain.us_law_lines import RULES, T, us
from tests.support.days import day
from tests.support.lines import (
    accepted,
    answer,
    arrives,
    at,
    blank,
    cancel,
    pay,
    policy,
    refund,
    stage,
    supply,
)
from tests.support.world import begun

ZONES = (
    *("UTC", "America/New_York", "America/Santiago", "America/St_Johns", "Pacific/Honolulu", "Pacific/Apia"),
    *("Pacific/Chatham", "Europe/Berlin", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe"),
)


# --- silence


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("UTC", T + 31),
        ("America/New_York", T + 31),
        ("Pacific/Honolulu", T + 31),
        ("Pacific/Pago_Pago", T + 32),
    ],
)
def test_a_deadline_ends_with_its_day_at_the_shop_or_at_the_customer(zone: str, ends: int) -> None:
    """In Honolulu the day ends at 10:00 at the shop, sharp: the look at 10:00 is the next one."""
    world = us(arrives(1, T + 40), context=DecisionContext(zones=(zone,))).until(at(T + 40))
    assert world.days(Kind.CANCELLED) == [ends]


def test_nothing_new_is_asked_while_the_last_day_is_not_over_at_the_customer_alone() -> None:
    """It would count for nothing, and was asked until the line stood still for being told too often."""
    world = us(arrives(1, T + 40), context=DecisionContext(zones=("Pacific/Pago_Pago",)))
    world.until(at(T + 31, 1)).react(supply(at(T + 31, 1), arrives(1, T + 60)))
    world.until(at(T + 31, 8)).react(answer(at(T + 31, 8), "keep"))
    assert (world.days(Kind.CONSENT_REQUEST), world.state.consent.state) == ([0], "given")
    world.until(at(T + 32))
    assert world.days(Kind.CONSENT_REQUEST) == [0, T + 31], (
        "once the date they read is agreed, about the new one"
    )


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.sampled_from(ZONES),
    st.lists(st.sampled_from(ZONES), max_size=3),
)
@example(date(2026, 3, 7), "America/New_York", ["Europe/Berlin"])  # the day before the clocks are set
@example(date(2026, 10, 25), "Europe/Berlin", ["Australia/Lord_Howe"])  # a day of 25 hours
@example(date(2026, 9, 5), "America/Santiago", [])  # its midnight does not exist
def test_a_day_is_over_once_it_is_over_everywhere_also_when_clocks_are_set(
    on: date, shop: str, zones: list[str]
) -> None:
    rules = replace(RULES, calendar=Calendar(zone=shop))
    state = replace(blank(), context=DecisionContext(zones=tuple(zones)))
    over, places = is_over(rules, state, on), [ZoneInfo(each) for each in (shop, *zones)]
    assert all(over.astimezone(place).date() > on for place in places)
    before = (over.astimezone(UTC) - timedelta(seconds=1)).astimezone
    assert any(before(place).date() <= on for place in places), "and not a moment later"


def test_the_look_of_the_day_after_is_too_early_where_the_customers_day_ends_later() -> None:
    rules = replace(RULES, calendar=Calendar(zone="Asia/Tokyo"))
    world = begun(rules, arrives(1, T + 40), pack="us-ftc-435", law=T)
    world.context = replace(world.context, zones=("America/New_York",))
    world.until(at(T + 40))
    # Midnight in New York is 04:00 UTC, 13:00 in Tokyo: after the look at 10:00 there.
    (ended,) = [when for when, tell in world.gone if tell.kind is Kind.CANCELLED]
    assert ended == datetime(2025, 4, 24, 1, tzinfo=UTC)


def test_the_right_to_the_refund_arises_with_the_deadline_not_with_the_day_of_recording() -> None:
    world = us(arrives(1, T + 40)).until(at(T + 31, 11))
    (owed,) = world.state.refunds
    assert owed.vested_at == at(T + 31, 0) - timedelta(seconds=1)  # on the last day for an answer
    assert owed.due_by == day(T + 30 + 9)  # seven working days, the first of them the day after


@pytest.mark.parametrize("who", ["law", "own day"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Honolulu"])
def test_a_refund_is_counted_from_the_day_after_the_deadline_wherever_its_day_ends(
    who: str, zone: str
) -> None:
    tokyo = replace(RULES, calendar=Calendar(zone="Asia/Tokyo"))
    law = {"pack": "us-ftc-435", "law": T, "region": "US"} if who == "law" else {}
    context = DecisionContext(zones=(zone,))
    world = begun(tokyo, arrives(1, T + 80), context=context, **law)  # type: ignore[arg-type]
    if who == "own day":
        world.until(at(1)).react(answer(at(1), "keep", until=day(T + 30)))
    world.until(at(T + 33))
    (owed,) = world.state.refunds
    assert (tokyo.calendar.day(owed.vested_at), owed.due_by) == (day(T + 30), day(T + 39))
    captured = begun(tokyo, arrives(1, T + 80), context=context, payment="authorized", **law)  # type: ignore[arg-type]
    if who == "own day":
        captured.until(at(1)).react(answer(at(1), "keep", until=day(T + 30)))
    captured.until(at(T + 40)).react(pay(at(T + 40), "captured"))
    (owed,) = captured.state.refunds
    assert owed.vested_at == at(T + 40)  # money that is taken later is owed from then on


def test_an_ending_is_announced_and_withdrawn_if_the_customer_agrees() -> None:
    world = us(arrives(1, T + 40)).until(at(T + 29, 11))
    assert world.event("ending_due") == {"stage": "no_consent", "on": day(T + 31).isoformat()}
    world.react(answer(at(T + 29, 12), "keep"))
    assert world.event("ending_withdrawn") == {"stage": "no_consent", "on": day(T + 31).isoformat()}


def test_435_2_c_5_a_notice_that_was_never_told_ends_the_line_the_day_after_the_legal_date() -> None:
    world = us(arrives(1, T + 10))
    world.down = True
    world.until(at(T + 1, 11))
    assert world.state.cancellations[0].by == "no_consent"
    assert world.state.cancellations[0].received_at == at(T + 1, 0)


# --- money


def test_435_1_b_a_coupon_that_was_given_lowers_no_refund() -> None:
    thanks = policy(stage("thanks", "coupon", waited=3), every=90)
    world = begun(thanks, arrives(2, T), units=2, pack="us-ftc-435", law=T).until(at(5))
    assert world.days(Kind.COUPON) == [3]
    world.react(cancel(at(6)))
    assert [each.amount for each in world.state.refunds] == [Decimal("20.00")]


@pytest.mark.parametrize(
    "means",
    [
        *(
            "coupon",
            "Store credit ",
            "voucher",
            "STORE_CREDIT",
            "storeCredit",
            "Gift-Voucher",
            "store credits",
        ),
        *("shop balance", "credit balance", "reward_points", "Warengutschein", "Shop-Guthaben", "avoir"),
        *("Bon d’achat", "vale de compra", "cupón", "crédito na loja"),
    ],
)
def test_435_1_b_store_credit_never_takes_the_place_of_a_refund(means: str) -> None:
    world = us(arrives(1, T)).until(at(2))
    world.react(cancel(at(2)))
    refused = world.react(replace(refund(at(3), "10.00"), means=means))
    assert not accepted(refused)
    assert "no money" in refused.reason
    assert outstanding(world.state) == Decimal("10.00")
    assert accepted(world.react(refund(at(3), "10.00", id="f2")))
    assert not accepted(world.react(replace(refund(at(3), "10.00", id="f3"), means=means, agreed=True)))


@pytest.mark.parametrize("means", ["credit", "wallet", "gift card", "credit card", "UPI", "Gutschrift"])
def test_what_may_be_money_by_its_name_is_taken_for_it(means: str) -> None:
    world = us(arrives(1, T)).until(at(2))
    world.react(cancel(at(2)))
    assert accepted(world.react(replace(refund(at(3), "10.00"), means=means)))


@pytest.mark.parametrize(
    ("pack", "taken"),
    [("plain", True), ("in-ecommerce-2020", True), ("eu-crd-18", False), ("uk-cra-28", False)],
)
def test_art_13_1_and_reg_34_7_store_credit_is_a_refund_only_where_the_customer_agreed_to_it(
    pack: str, taken: bool
) -> None:
    world = begun(RULES, arrives(1, T), pack=pack).until(at(2))
    world.react(cancel(at(2)))
    credit = replace(refund(at(3), "10.00"), means="store_credit")
    decision = world.react(credit)
    assert accepted(decision) is taken
    assert taken or "expressly agreed" in decision.reason
    assert outstanding(world.state) == (Decimal(0) if taken else Decimal("10.00"))
    assert taken or accepted(world.react(replace(credit, agreed=True)))
    assert outstanding(world.state) == 0
    failed = replace(refund(at(4), "10.00", failed=at(4)), means="store_credit")
    assert accepted(world.react(failed)), "that it did not arrive is so, whoever agreed to it"
    assert outstanding(world.state) == Decimal("10.00")
