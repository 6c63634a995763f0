"""How many imports are under way at once in this process: each holds a thread for as long as it takes."""

from __future__ import annotations

from collections import Counter

from web.failures import HttpError

MOST_OF_A_KEY, MOST = 4, 16
AGAIN_S = 5
"""Seconds after which to try again."""


class ImportSlots:
    """For the loop's own thread."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def take(self, key: str) -> None:
        """Begin one of a key. Raises HttpError 429."""
        if self._open[key] >= MOST_OF_A_KEY or self._open.total() >= MOST:
            whose = "of this key " if self._open[key] >= MOST_OF_A_KEY else ""
            words = f"too many imports {whose}are under way; again in {AGAIN_S} s"
            raise HttpError(429, words, {"retry-after": str(AGAIN_S)})
        self._open[key] += 1

    def give_back(self, key: str) -> None:
        """One of a key is over."""
        self._open[key] -= 1
        self._open += Counter()  # of who has none nothing is kept
