"""Pegging; see `activities.replans.Planner`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from backorder.ports import Replanned
from backorder.services import replan_sku
from backorder.services.put_aside import pause
from backorder.services.review_lines import LinesReview, ReviewedBatch
from backorder.storage.policies import PolicyRepository


class Planner:
    """Pegging; see `activities.replans.Planner`."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies

    def replan(self, sku: str, at: datetime) -> Replanned:
        """Peg a SKU anew."""
        return replan_sku.replan(
            self._engine, self._policies, sku, at=at, day=self._policies.calendar.day(at)
        )

    def put_aside(self, sku: str, error: Exception) -> None:
        """Note that a SKU cannot be pegged."""
        pause(self._engine, f"sku/{sku}", error)

    def review(self, sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        """Review the next few lines."""
        return LinesReview(self._engine, self._policies).review(sku, at, after=after)

    def unnotified(self, sku: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        """Lines that have to be reviewed and were not notified."""
        return replan_sku.unnotified(self._engine, sku, after=after, limit=limit)

    def notified(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        """Lines that were notified."""
        replan_sku.notified(self._engine, sku, lines)
