"""Pegging one SKU anew after any change of its supply or its queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.replans import LinesTold, Replan, Replans, ReviewLines, TellLines
    from backorder.domain.clock import Clock
    from workflows.options import REVIEWING, TELLING, TRANSACTION
    from workflows.transactions import transact


MORE_TO_COME = timedelta(milliseconds=250)
"""Changes come in bursts: who keeps changing the same SKU is waited for, that long, then twice as long."""
AT_MOST = timedelta(seconds=4)
"""No longer than that: customers wait to hear of their new dates."""
TELLS_MEANWHILE = "tell lines while changes go on"
"""The patch since which a product that never stops changing keeps no line's workflow in the dark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplanInput:
    """Which SKU. clock: how business time runs."""

    sku: str
    clock: Clock = field(default_factory=Clock)


@workflow.defn
class ReplanWorkflow:
    """While dirty: peg anew and review the lines that it concerns; then tell their workflows."""

    @workflow.init
    def __init__(self, start: ReplanInput) -> None:
        self._start = start
        self._dirty = True
        self._untold = False
        self._telling: workflow.ActivityHandle[LinesTold] | None = None

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
            await self._replan()
            if self._dirty and self._untold and workflow.patched(TELLS_MEANWHILE):
                await self._go_on_telling()
            if self._dirty:
                await workflow.sleep(pause)
                pause = min(2 * pause, AT_MOST)
            if self._dirty and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)
            await self._tell_lines()

    async def _replan(self) -> None:
        replanned = await transact(
            Replans.replan_sku, Replan(sku=self._start.sku, at=self._now()), TRANSACTION
        )
        self._untold = self._untold or replanned.untold or replanned.unnotified
        if replanned.unnotified:
            await self._review_lines()

    async def _review_lines(self) -> None:
        after = ""
        while True:
            params = ReviewLines(sku=self._start.sku, at=self._now(), after=after)
            reviewed = await workflow.execute_activity_method(Replans.review_lines, params, **REVIEWING)
            after = reviewed.after
            if not after:
                return

    async def _tell_lines(self) -> None:
        """Tell the lines' workflows. It takes its time: what changes meanwhile is not kept waiting by it."""
        while not self._dirty:
            await self._go_on_telling()
            if self._telling is None:
                return
            await workflow.wait_condition(lambda: self._dirty or self._is_told())

    async def _go_on_telling(self) -> None:
        """Have an activity tell those that are still to be told, unless one is at it."""
        if self._telling is not None and self._telling.done():
            told, self._telling = await self._telling, None
            self._untold = self._untold or not told.over
        if self._telling is None and self._untold:
            self._untold = False
            params = TellLines(sku=self._start.sku, at=self._now())
            self._telling = workflow.start_activity_method(Replans.tell_lines, params, **TELLING)

    def _is_told(self) -> bool:
        return self._telling is not None and self._telling.done()

    def _now(self) -> datetime:
        return self._start.clock.business(workflow.now())
