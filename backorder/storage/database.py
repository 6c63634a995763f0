"""What a query needs to read a shop."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from backorder.storage.policies import PolicyRepository

KEPT = 5000
"""Answers that are remembered."""


class Remembered:
    """What was worked out of rows, for as long as the rows are the same and nothing falls due.

    The rules are pure: of the same rows they make the same, until the first instant that makes a difference.
    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Any, datetime, datetime, Any]] = {}
        self._lock = threading.Lock()

    def recall(self, name: Hashable, made_of: Any, at: datetime) -> Any:
        """What was made of that, if it still holds at an instant; else None."""
        known = self._known.get(name)
        if known is None or not known[1] <= at < known[2] or known[0] != made_of:
            return None
        return known[3]

    def keep(self, name: Hashable, made_of: Any, made: Any, since: datetime, until: datetime) -> None:
        """Remember something from one instant until before another, in place of what had that name."""
        if until <= since:
            return
        with self._lock:
            self._known[name] = (made_of, since, until, made)
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A database, and the policies in it, read by the shop's calendar."""

    engine: Engine
    policies: PolicyRepository
    remembered: Remembered = field(default_factory=Remembered, compare=False)
