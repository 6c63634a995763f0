"""Money that is missing while a line is on hold: nobody asks for it until the hold is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backorder.domain.line.requests import LONGEST_HOLD
from backorder.domain.notifications import Kind
from tests.support.lines import arrives, at, hold, pay, policy, supply
from tests.support.world import World, begun

URL = "https://shop.example/pay/1"


def arrived() -> World:
    """Two units came on day 20, and the authorization had ended on day 5."""
    world = begun(policy(), arrives(2, 20), units=2, payment="authorized", expires_at=at(5)).until(at(20))
    world.react(supply(at(20), allocated=2))
    return world


@pytest.mark.parametrize("length", [timedelta(hours=12), timedelta(days=2), timedelta(days=29), LONGEST_HOLD])
@pytest.mark.parametrize("url", ["", URL])
def test_who_cannot_be_asked_in_a_hold_has_as_long_as_anybody_once_they_are(
    length: timedelta, url: str
) -> None:
    """It was asked for in the night, or is only to be asked for; nothing goes to the next meanwhile."""
    world = arrived()
    world.down = True
    world.react(pay(at(20, 12), "unpaid", pay_url=url))
    over = at(20, 13) + length
    world.react(hold(at(20, 13), over))
    world.down = False
    named = over + timedelta(days=3)
    world.until(named.replace(hour=23, minute=59))
    assert [max(when, over) == when for when, tell in world.gone if tell.kind is Kind.PAYMENT_DUE] == [True]
    assert (world.state.passed_over, world.state.quantity.allocated) == (False, 2)
    world.until((named + timedelta(days=1)).replace(hour=10))
    assert (world.state.passed_over, world.state.quantity.allocated) == (True, 0)


def test_who_was_asked_before_a_hold_has_no_longer_for_it() -> None:
    world = arrived()
    world.react(pay(at(20, 12), "unpaid", pay_url=URL))
    world.until(at(20, 13))
    world.react(hold(at(20, 13), at(40)))
    assert world.until(at(24)).state.passed_over


def test_what_nobody_could_be_asked_for_is_kept_no_longer_than_30_days_from_the_end_of_a_hold() -> None:
    world = arrived()
    world.down = True
    world.react(hold(at(20, 13), at(40)))
    assert not world.until(at(69)).state.passed_over
    assert world.until(at(71)).state.passed_over


def test_a_hold_that_is_shortened_lets_go_what_waited_for_its_end() -> None:
    world = arrived()
    world.react(hold(at(20, 13), at(40)))
    world.react(pay(at(20, 14), "unpaid", pay_url=URL))
    world.react(hold(at(21), at(25)))
    world.until(at(30))
    assert [when for when, tell in world.gone if tell.kind is Kind.PAYMENT_DUE] == [at(25)]


def test_the_order_system_hears_until_when_units_are_kept_for_who_could_not_be_asked() -> None:
    """It would take them for gone on the day that it was told first; nobody is told of a day that moves."""
    world = arrived()
    world.down = True
    world.react(hold(at(20, 13), at(40)))
    told = [dict(each.data) for _, each in world.published if each.type == "authorization_due"]
    assert [(each["amount"], each["until"]) for each in told] == [
        ("20.00", "2025-03-27T10:00:00Z"),
        ("20.00", "2025-04-16T10:00:00Z"),
    ]
    assert world.state.payment_due is not None
    assert world.state.payment_due.until == at(43)
    assert Kind.PAYMENT_DUE.value not in world.kinds()
