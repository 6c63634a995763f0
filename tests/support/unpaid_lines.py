"""Lines of which units come once the authorization has ended, so that they wait for their payment."""

from __future__ import annotations

from typing import Any

from backorder.domain.line.state import Arrival
from backorder.domain.policy.policy import Policy
from tests.support.lines import arrives, at, pay, policy, supply
from tests.support.world import World, begun

PAY_URL = "https://shop.example/pay/1"
"""Where the customer pays."""


def here_and_unpaid(
    rules: Policy,
    here: int,
    *rest: Arrival,
    on: int,
    foretold: tuple[Arrival, ...] = (),
    expires: int = 5,
    **blanks: Any,
) -> World:
    """A world at noon of day `on`, when `here` units of a line were set aside and the others are the rest.

    expires: the day on which the authorization ends. foretold: what was to come since the start; else it
    comes as it was to. blanks: more that a line may have.
    """
    arrivals = foretold or (arrives(here, on), *rest)
    world = begun(
        rules,
        *arrivals,
        units=sum(each.quantity for each in arrivals),
        payment="authorized",
        expires_at=at(expires),
        **blanks,
    ).until(at(on))
    world.react(supply(at(on), *rest, allocated=here))
    return world


def passed_over(
    first: Arrival, *rest: Arrival, every: int = 400, pack: str = "none", law: int | None = None, **rules: Any
) -> World:
    """A world at noon of day 25: what is foretold first came on day 20, and was passed on by day 24, since
    nobody paid. pack, law: the law, and its legal date as a number of days. rules: more of the policy.
    """
    world = here_and_unpaid(
        policy(every=every, **rules),
        first.quantity,
        *rest,
        on=20,
        foretold=(first, *rest),
        pack=pack,
        law=law,
    )
    world.react(pay(at(20, 14), "unpaid", pay_url=PAY_URL))
    world.until(at(25))
    assert world.state.passed_over
    return world
