"""Laws with a clock of delivery: one notice the day after, silence changes nothing, withdrawals count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.line.duties import duties
from backorder.domain.line.legal_dates import legal_date
from backorder.domain.line.state import Status
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy_file import breaches_of
from tests.support.days import day
from tests.support.lines import answer, arrives, at, cancel, policy, refund, ship
from tests.support.world import World, begun

T = 20
RULES = policy(every=90)
LAWS = ("eu-crd-18", "uk-cra-28", "in-ecommerce-2020")


def bought(pack: str = "eu-crd-18", **fields: object) -> World:
    return begun(RULES, arrives(1, 40), pack=pack, law=T, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("pack", LAWS)
def test_art_18_2_the_customer_reads_once_on_the_day_after_what_they_may_do(pack: str) -> None:
    world = bought(pack).until(at(T + 1, 9))
    assert world.days(Kind.CONSENT_REQUEST) == []
    world.until(at(T + 1, 10))
    assert world.days(Kind.CONSENT_REQUEST) == [T + 1]
    facts = world.last(Kind.CONSENT_REQUEST).facts
    assert (facts.silence, facts.answer_by, facts.ends_on, facts.by) == ("nothing", None, None, day(40))
    assert world.until(at(40)).days(Kind.CONSENT_REQUEST) == [T + 1]


@pytest.mark.parametrize("pack", LAWS)
def test_silence_neither_cancels_nor_agrees(pack: str) -> None:
    world = bought(pack).until(at(200))
    assert world.stands() is Status.WAITING
    assert legal_date(RULES, world.state) == day(T)


def test_only_the_customers_own_keep_moves_the_day() -> None:
    world = bought().until(at(T + 2))
    world.hear(answer(at(T + 2), "keep"))
    assert legal_date(RULES, world.state) == day(40) + timedelta(days=RULES.promise.transit)
    assert world.until(at(80)).days(Kind.CONSENT_REQUEST) == [T + 1, 44]


def test_an_essential_day_is_named_in_the_notice() -> None:
    assert bought(essential=True).until(at(T + 2)).last(Kind.CONSENT_REQUEST).facts.essential


@pytest.mark.parametrize("pack", ["eu-crd-18", "uk-cra-28"])
def test_art_9_and_reg_29_a_cancel_after_the_shipment_withdraws_from_the_contract(pack: str) -> None:
    world = bought(pack).until(at(5))
    world.hear(ship(at(5), 1))
    world.hear(cancel(at(9), request="w1", came=at(8)))
    assert world.event("withdrawn") == {
        "quantity": 1,
        "received_at": "2025-03-11T12:00:00Z",
        "reason": "one is enough",
    }
    assert world.last(Kind.ANSWER_RECEIVED).facts.choice == "withdraw"
    assert (world.stands(), world.state.withdrawals) == (Status.FULFILLED, ("w1",))
    world.hear(answer(at(10), "cancel", request="w2"))
    assert world.state.withdrawals == ("w1", "w2")


@pytest.mark.parametrize(("pack", "right"), [("eu-crd-18", False), ("us-ftc-435", True), ("plain", True)])
def test_art_16_without_the_right_to_withdraw_a_cancel_after_the_shipment_is_noted(
    pack: str, right: bool
) -> None:
    world = bought(pack, withdrawal=right).until(at(5))
    world.hear(ship(at(5), 1))
    world.hear(cancel(at(9)))
    assert world.events("withdrawn") == []


def test_a_case_names_its_duties_with_their_last_days() -> None:
    assert [(each.rule, each.due) for each in duties(RULES, bought().state)] == [
        ("eu-crd-18/delivery_notice", day(T + 1))
    ]
    us = begun(RULES, arrives(1, 10), pack="us-ftc-435", law=T)
    assert [(each.rule, each.due) for each in duties(RULES, us.state)] == [
        ("us-ftc-435/delay_notice", day(T)),
        ("us-ftc-435/ship_or_cancel", day(T)),
    ]
    us.hear(cancel(at(3)))
    assert [each.rule for each in duties(RULES, us.state)] == ["us-ftc-435/refund"]
    us.hear(refund(at(4), "10.00"))
    assert duties(RULES, us.state) == ()


ENDING = '[[stages]]\nid = "x"\nwhen = { waited = "90d" }\ndo = "cancel"\n'


@pytest.mark.parametrize(
    ("pack", "refused"), [("auto", True), ("eu-crd-18", True), ("us-ftc-435", False), ("none", False)]
)
def test_a_policy_that_cancels_silently_breaks_a_law_by_which_silence_never_cancels(
    pack: str, refused: bool
) -> None:
    found = breaches_of(f'name = "x"\n{ENDING}[duties]\npack = "{pack}"\n')
    assert bool(found) is refused
    if found:
        assert (found[0].line, "art. 18(1)" in found[0].problem) == (5, True)
    assert breaches_of(f'name = "x"\n[duties]\npack = "{pack}"\n') == []
