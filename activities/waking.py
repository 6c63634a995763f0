"""Waking whom a batch concerns; what it has under way does not depend on whether they can be called."""

from __future__ import annotations

import logging

from activities.repeated_failures import RepeatedFailures
from backorder.failures import in_words, kind_of
from backorder.ports import Notifier, Notify

log = logging.getLogger(__name__)


class Waking:
    """Wakes whom commits of a dispatcher concern. Who cannot be called is found by the sweep."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._repeated_failures = RepeatedFailures()

    async def wake(self, after: Notify) -> None:
        """Call them, if anybody; a failure is said now and then."""
        if not after:
            return
        try:
            await self._notifier.notify(after)
        except Exception as error:  # noqa: BLE001 the sweep finds them all
            times = self._repeated_failures.again(kind_of(error))
            if times is not None:
                words = "whom a batch concerns is left to the sweep: %s [%s times since last said]"
                log.warning(words, in_words(error), times, extra={"error": kind_of(error), "times": times})
