"""Lines whose customer cancels on their page, and may take that back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backorder.domain.line.events import CancellationTakenBack
from tests.support.lines import answer, arrives, at, policy, supply
from tests.support.world import World, begun


def by_link(when: datetime, units: int | None = None, **others: Any) -> Any:
    return answer(when, "cancel", quantity=units, via="page", **others)


def keeps(when: datetime, units: int | None = None) -> Any:
    return answer(when, "keep", quantity=units, via="page", request="k1")


def take_back(when: datetime, *, request: str = "t1", of: str = "", said: datetime | None = None) -> Any:
    return CancellationTakenBack(
        at=when, day=when.date(), request=request, received_at=said or when, cancellation=of
    )


def allocated(units: int = 2, **blanks: Any) -> World:
    world = begun(policy(), arrives(units, 20), units=units, **blanks).until(at(3))
    world.react(supply(at(3), allocated=units))
    return world.until(at(4))
