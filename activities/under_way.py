"""What a worker's activities let each other know of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MassReview:
    """Whether a replanning reviews lines in this worker right now.

    What reviews and what sends share the processor and, on SQLite, the one place to write.
    """

    def __init__(self) -> None:
        self._count = 0

    @property
    def is_under_way(self) -> bool:
        """Whether one is."""
        return self._count > 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """One more, until the block ends."""
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
