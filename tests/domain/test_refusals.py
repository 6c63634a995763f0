"""Why what a customer asks for is not done: one true reason for each, and none where it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import (
    CancellationTakenBack,
    Complained,
    CouponClaimed,
    Event,
    SendNowRequested,
)
from backorder.domain.line.refusals import REFUSALS, Refusal
from backorder.domain.notifications import Alternative
from tests.support import lines as b
from tests.support.days import day
from tests.support.lines import OTHER, arrives, at, policy, ship, stage, supply
from tests.support.world import World, begun

KEEPS = policy(every=100)
SPLITS = policy(every=100, split_by_customer=True)
SWAPS = policy(stage("swap", "offer_alternatives", waited=3), every=100)
THANKS = policy(replace(stage("thanks", "coupon", waited=3), budget=1), every=100)


def waits(rules: object = KEEPS, allocated: int = 0) -> World:
    """Two lamps that wait until day 60."""
    return begun(rules, arrives(2 - allocated, 60), units=2, allocated=allocated).until(at(4))  # type: ignore[arg-type]


def after(world: World, *events: Event) -> World:
    for each in events:
        world.react(each)
    return world


def by_link(when: datetime, choice: str = "cancel", **more: object) -> Event:
    return b.answer(when, choice, request=f"l-{when:%d%H%M}", via="link", **more)


def ahead(when: datetime) -> Event:
    return SendNowRequested(at=when, day=when.date(), request="n-1", received_at=when)


def back(when: datetime) -> Event:
    return CancellationTakenBack(at=when, day=when.date(), request="t-1", received_at=when)


def code(when: datetime) -> Event:
    return CouponClaimed(at=when, day=when.date(), request="c-1", received_at=when)


def complained(when: datetime) -> Event:
    return Complained(at=when, day=when.date(), request="x-1", received_at=when)


def in_stock(world: World, *others: Alternative) -> World:
    """Products that could be sent instead, by now."""
    world.context = replace(world.context, alternatives=others)
    return world


def thanked(given: int = 0, **law: Any) -> World:
    """A coupon waits on the page, since its customer agreed to no promotions. given: codes of the month."""
    world = begun(THANKS, arrives(2, 60), units=2, **law)
    world.context = replace(world.context, marketing=(), coupons={("thanks", "2025-03"): given})
    return world.until(at(4))


NOW, LATER = at(5), at(5, 13)
ENDED = {
    "keep": by_link(LATER, "keep"),
    "cancel": by_link(LATER),
    "send now": ahead(LATER),
}
SITUATIONS: dict[str, tuple[Callable[[], World], Event, Refusal]] = {
    **{
        f"{name}, but it left": (lambda: after(waits(), ship(NOW, 2)), event, Refusal.SHIPPED)
        for name, event in ENDED.items()
    },
    **{
        f"{name}, but it is cancelled": (lambda: after(waits(), b.cancel(NOW)), event, Refusal.CANCELLED)
        for name, event in ENDED.items()
    },
    "keep, but something else goes out": (
        lambda: after(in_stock(waits(SWAPS), OTHER), b.answer(NOW, "alternative", sku=OTHER.sku)),
        by_link(LATER, "keep"),
        Refusal.SWAPPED,
    ),
    "more than there are": (waits, by_link(LATER, quantity=3), Refusal.FEWER),
    "none": (waits, by_link(LATER, quantity=0), Refusal.FEWER),
    "keep more than there are": (waits, by_link(LATER, "keep", quantity=3), Refusal.FEWER),
    "keep until a day that is over": (
        waits,
        by_link(LATER, "keep", until=day(4)),
        Refusal.DAY_OVER,
    ),
    "a last day for some": (waits, by_link(LATER, "keep", quantity=1, until=day(9)), Refusal.DAY_FOR_ALL),
    "keep, said before a cancellation": (
        lambda: after(waits(), by_link(LATER)),
        replace(b.answer(at(5, 13, 5), "keep", request="a-9"), received_at=NOW),
        Refusal.OVERTAKEN,
    ),
    "what was never offered": (waits, b.answer(LATER, "alternative", sku="RUG"), Refusal.NOT_OFFERED),
    "what is sold out": (
        lambda: in_stock(waits(SWAPS)),
        b.answer(LATER, "alternative", sku=OTHER.sku),
        Refusal.SOLD_OUT,
    ),
    "what is offered at another price": (
        lambda: in_stock(
            waits(SWAPS), replace(OTHER, price=replace(OTHER.price, amount=OTHER.price.amount - 1))
        ),
        b.answer(LATER, "alternative", sku=OTHER.sku),
        Refusal.OTHER_TERMS,
    ),
    "take back after half an hour": (
        lambda: after(waits(), by_link(NOW, quantity=1)).until(NOW + timedelta(hours=1)),
        back(NOW + timedelta(hours=2)),
        Refusal.TAKE_BACK_OVER,
    ),
    "take back what is not cancelled": (waits, back(LATER), Refusal.NOT_CANCELLED),
    "take back twice": (
        lambda: after(waits(), by_link(NOW), back(at(5, 12, 10))),
        back(at(5, 12, 20)),
        Refusal.DONE,
    ),
    "send now, by a policy without": (lambda: waits(allocated=1), ahead(LATER), Refusal.NOT_SPLIT),
    "send now, but all is there": (
        lambda: after(waits(SPLITS), supply(NOW, allocated=2)),
        ahead(LATER),
        Refusal.ALL_HERE,
    ),
    "send now, but nothing is there": (lambda: waits(SPLITS), ahead(LATER), Refusal.NONE_HERE),
    "send now, but it is cancelled for now": (
        lambda: after(waits(SPLITS, 1), by_link(LATER)),
        ahead(at(5, 13, 5)),
        Refusal.CANCELLED,
    ),
    "a code without a coupon": (waits, code(LATER), Refusal.NO_COUPON),
    "a code after its last day": (thanked, code(at(100)), Refusal.COUPON_OVER),
    "a code after the end": (lambda: after(thanked(), b.cancel(NOW)), code(LATER), Refusal.COUPON_OFF),
    "a code just after a complaint": (
        lambda: after(thanked(), complained(NOW)),
        code(LATER),
        Refusal.COUPON_RESTS,
    ),
    "a code while the law has them asked": (
        lambda: after(thanked(pack="us-ftc-435", law=60), supply(NOW, arrives(2, 120))),
        code(at(6)),
        Refusal.COUPON_RESTS,
    ),
    "a code when there is none left": (lambda: thanked(1), code(LATER), Refusal.COUPONS_GONE),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_refusal_says_its_one_reason(name: str) -> None:
    begin, event, refusal = SITUATIONS[name]
    world = begin().until(event.at)
    before = world.state
    decision = world.react(event)
    assert decision.refusal is refusal, decision.reason
    assert decision.verdict is not Verdict.ACCEPTED
    assert decision.commands == ()
    assert (decision.state.quantity, decision.state.status) == (before.quantity, before.status)


def test_every_reason_has_a_situation_and_a_meaning() -> None:
    """An answer after its last day is tried where the law asks for one."""
    met = {refusal for *_, refusal in SITUATIONS.values()}
    assert met | {Refusal.TOO_LATE} == set(Refusal) == set(REFUSALS)


@pytest.mark.parametrize("event", [by_link(LATER, "keep"), by_link(LATER), ship(LATER, 1)])
def test_what_is_done_has_no_refusal(event: Event) -> None:
    assert waits().react(event).refusal is None


def test_consent_covers_what_was_shown_and_a_revision_that_nobody_told_is_none() -> None:
    world = waits()
    newest = world.state.revision
    for choice in ("keep", "alternative"):
        early = b.answer(at(5), choice, request=f"{choice}-99", sku=OTHER, revision=newest + 1)
        assert world.react(early).verdict is Verdict.REJECTED
    assert world.state.consent.state == "none"
    assert world.react(b.answer(at(5), "keep", request="k", revision=newest)).verdict is Verdict.ACCEPTED
    # Who cancels says so of the goods, whatever date was shown.
    assert world.react(b.answer(at(6), "cancel", request="c", revision=99)).verdict is Verdict.ACCEPTED
