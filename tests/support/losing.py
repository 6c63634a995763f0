"""A worker that is lost after a commit, before anybody is woken: once for every key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from activities.reviews import Reviews
from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import Notify
from backorder.services.review_line import LineReview
from starter.temporal import TemporalNotifier
from tests.support.live_shop import LiveShop


class LostError(RuntimeError):
    """The worker is gone."""


class LosesTheFirst:
    """Notifier that fail the first time they are asked for the same."""

    def __init__(self, notifier: TemporalNotifier) -> None:
        self._notifier = notifier
        self.seen: set[Notify] = set()

    async def notify(self, after: Notify) -> Collection[str]:
        """Fail, or wake."""
        if after not in self.seen:
            self.seen.add(after)
            raise LostError
        return await self._notifier.notify(after)


def losing_the_first(shop: LiveShop) -> Callable[[ThreadPoolExecutor], Any]:
    """A shop's activities, of which every review's waking fails once."""
    usual = shop.activities

    def losing(executor: ThreadPoolExecutor) -> Any:
        notifier = LosesTheFirst(TemporalNotifier(shop.client, shop.clock, shop.queue))
        reviews = Reviews(
            LineReview(shop.services.lines), notifier, Threads(executor), Timing(shop.services.clock)
        )
        return [reviews.review_line, *(each for each in usual(executor) if each.__name__ != "review_line")]

    return losing
