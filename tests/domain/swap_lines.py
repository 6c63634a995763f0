"""Lines whose customer chose an alternative."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support import lines as b
from tests.support.lines import OTHER, arrives, at, policy, stage
from tests.support.world import World, begun

RULES = policy(stage("swap", "offer_alternatives", waited=3))


def offered(**more: Any) -> World:
    """Two lamps that wait; something else is offered on day 3, and the order system answers for itself."""
    world = begun(RULES, arrives(2, 60), units=2, **more)
    world.takes_over = False
    return world.until(at(4))


def held(**more: Any) -> World:
    """The customer has taken it on day 5."""
    world = offered(**more)
    world.react(b.answer(at(5), "alternative", sku=OTHER.sku))
    return world


def took(world: World, hour: int = 13, *, taken: bool = True, **more: Any) -> Any:
    return world.react(b.taken_over(at(5, hour), taken=taken, **more))


# --- questions of the law


def asked() -> World:
    """A line under the US rule whose customer has to agree to day 60 until day 40."""
    world = begun(RULES, arrives(2, 60), units=2, pack="us-ftc-435", law=10).until(at(1))
    assert world.state.consent.state == "asked"
    world.takes_over = False
    world.state = replace(
        world.state,
        offers=(offered().state.offers[0],),
    )
    return world
