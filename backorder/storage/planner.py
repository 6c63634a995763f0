"""Pegging; see `activities.replans.Planner`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from backorder.ports import Replanned
from backorder.storage import replanning
from backorder.storage.aside import pause
from backorder.storage.policies import PolicyShelf


class Planner:
    """Pegging; see `activities.replans.Planner`."""

    def __init__(self, engine: Engine, shelf: PolicyShelf) -> None:
        self._engine = engine
        self._shelf = shelf

    def replan(self, sku: str, at: datetime) -> Replanned:
        """Peg a SKU anew."""
        return replanning.replan(self._engine, self._shelf, sku, at=at, day=self._shelf.calendar.day(at))

    def put_aside(self, sku: str, error: Exception) -> None:
        """Note that a SKU cannot be pegged."""
        pause(self._engine, f"sku/{sku}", error)

    def uncalled(self, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        """Lines that have to look and were not called to do so."""
        return replanning.uncalled(self._engine, sku, after=after, limit=limit)

    def called(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        """Lines that were called to look."""
        replanning.called(self._engine, sku, lines)
