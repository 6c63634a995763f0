"""Saying a repeated failure once, then counting."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

EVERY_S = 60.0
"""Seconds between two lines about the same failure."""


class RepeatedFailures:
    """Decides what is worth a line. now: monotonic seconds."""

    def __init__(self, every: float = EVERY_S, now: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._now = now
        self._said: dict[Hashable, tuple[float, int]] = {}

    def again(self, what: Hashable) -> int | None:
        """How often it happened since it was last said, 1 for the first time; None: keep quiet this time."""
        now = self._now()
        at, quiet = self._said.get(what, (now - self._every, 0))
        if now - at < self._every:
            self._said[what] = (at, quiet + 1)
            return None
        self._said[what] = (now, 0)
        return quiet + 1
