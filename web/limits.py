"""How often a key may call: a bucket of its own that fills again, in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import ceil

from web.failures import too_many

WINDOW_S = 10
"""The bucket holds what may be asked within so many seconds."""
MOST_KEYS = 10_000


class RateLimits:
    """rate: requests a second of one key, over a while."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1, int(rate * WINDOW_S))
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> Mapping[str, str]:
        """Count a request. Returns the headers that say what is left. Raises HttpError 429."""
        now = time.monotonic()
        # Last again: who asked longest ago is forgotten first, whose bucket is the fullest.
        left, since = self._left.pop(key, (float(self._most), now))
        left = min(self._most, left + (now - since) * self._rate)
        if left < 1:
            self._left[key] = left, now
            wait = ceil((1 - left) / self._rate)
            raise too_many(wait, self._headers(0, wait))
        if len(self._left) >= MOST_KEYS:
            del self._left[next(iter(self._left))]
        self._left[key] = (left - 1, now)
        return self._headers(int(left - 1), ceil((self._most - left + 1) / self._rate))

    def _headers(self, left: int, reset: int) -> dict[str, str]:
        return {
            "ratelimit-limit": str(self._most),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(reset),
        }
