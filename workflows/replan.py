"""Pegging one SKU anew after any change of its supply or its queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.replans import NotifyLines, Replan, Replans
    from backorder.domain.clock import Clock
    from workflows.options import FAN_OUT, TRANSACTION
    from workflows.transactions import transact


MORE_TO_COME = timedelta(milliseconds=250)
"""Changes come in bursts: who keeps changing the same SKU is waited for, that long, then twice as long."""
AT_MOST = timedelta(seconds=4)
"""No longer than that: customers wait to hear of their new dates."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplanInput:
    """Which SKU. clock: how business time runs."""

    sku: str
    clock: Clock = field(default_factory=Clock)


@workflow.defn
class ReplanWorkflow:
    """While dirty: peg anew, then wake the lines that it concerns."""

    @workflow.init
    def __init__(self, start: ReplanInput) -> None:
        self._dirty = True

    @workflow.signal
    def dirty(self) -> None:
        """Something changed; the database knows what."""
        self._dirty = True

    @workflow.run
    async def run(self, start: ReplanInput) -> None:
        """Any number of changes while one replanning runs, or just after it, are one more replanning."""
        pause = MORE_TO_COME
        while self._dirty:
            self._dirty = False
            now = start.clock.business(workflow.now())
            replanned = await transact(Replans.replan_sku, Replan(sku=start.sku, at=now), TRANSACTION)
            if replanned.unnotified:
                await self._notify_lines(start.sku)
            if self._dirty:
                await workflow.sleep(pause)
                pause = min(2 * pause, AT_MOST)
            if self._dirty and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)

    async def _notify_lines(self, sku: str) -> None:
        after = ""
        while True:
            ask = NotifyLines(sku=sku, after=after)
            notified = await workflow.execute_activity_method(Replans.notify_lines, ask, **FAN_OUT)
            after = notified.after
            if not after:
                return
