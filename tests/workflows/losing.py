"""A worker that is lost after a commit, before anybody is woken: once for every key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from activities.reviews import Reviews
from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import After
from starter.temporal import TemporalWakes
from tests.workflows.shop import Shop


class LostError(RuntimeError):
    """The worker is gone."""


class LosesTheFirst:
    """Wakes that fail the first time they are asked for the same."""

    def __init__(self, wakes: TemporalWakes) -> None:
        self._wakes = wakes
        self.seen: set[After] = set()

    async def wake(self, after: After) -> Collection[str]:
        """Fail, or wake."""
        if after not in self.seen:
            self.seen.add(after)
            raise LostError
        return await self._wakes.wake(after)


def losing_the_first(shop: Shop) -> Callable[[ThreadPoolExecutor], Any]:
    """A shop's activities, of which every review's waking fails once."""
    usual = shop.activities

    def losing(executor: ThreadPoolExecutor) -> Any:
        wakes = LosesTheFirst(TemporalWakes(shop.client, shop.clock, shop.queue))
        reviews = Reviews(shop.store.cases, wakes, Threads(executor), Timing(shop.store.clock))
        return [reviews.review, *(each for each in usual(executor) if each.__name__ != "review")]

    return losing
