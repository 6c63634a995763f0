"""One purchase order, from order to last receipt: an inbox, a timer, one activity that follows it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.purchase_orders import FollowUp, PurchaseOrders
    from backorder.domain.clock import Clock
    from backorder.ports import FollowedUp
    from workflows.options import TRANSACTION


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseOrderInput:
    """Which order. clock: how business time runs. wake: the next look, when it continues as new."""

    order: str
    clock: Clock = field(default_factory=Clock)
    wake: datetime | None = None


@workflow.defn
class PurchaseOrderWorkflow:
    """Forecast daily, ask the supplier, expedite, escalate; the rules are the activity's."""

    @workflow.init
    def __init__(self, start: PurchaseOrderInput) -> None:
        self._start = start
        self._clock = start.clock
        self._wake = start.wake
        # An order that goes on looks again only when its timer fires or it hears something.
        self._dirty = start.wake is None

    @workflow.signal
    def purchase_order_changed(self) -> None:
        """Something about the order changed; the database knows what."""
        self._dirty = True

    @workflow.run
    async def run(self, start: PurchaseOrderInput) -> None:
        """Wait, follow up, note when to look again, until nothing is outstanding."""
        while True:
            await self._something_to_do()
            followed_up = await self._follow_up()
            self._wake = followed_up.wake
            self._clock = followed_up.clock or self._clock
            workflow.set_current_details(f"{followed_up.open} lines outstanding")
            if followed_up.closed and not self._dirty:
                return
            if workflow.info().is_continue_as_new_suggested() and not self._dirty:
                workflow.continue_as_new(
                    PurchaseOrderInput(order=start.order, clock=self._clock, wake=self._wake)
                )

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    async def _something_to_do(self) -> None:
        if self._dirty:
            return
        if self._wake is None:
            await workflow.wait_condition(lambda: self._dirty)
            return
        wait = self._clock.wait(self._wake, workflow.now())
        if wait > timedelta(0):
            try:
                await workflow.wait_condition(lambda: self._dirty, timeout=wait)
            except TimeoutError:
                return

    async def _follow_up(self) -> FollowedUp:
        rang = not self._dirty and self._wake is not None
        self._dirty = False
        now = max(self._now(), self._wake) if rang and self._wake else self._now()
        params = FollowUp(order=self._start.order, at=now)
        return await workflow.execute_activity_method(
            PurchaseOrders.follow_up_purchase_order, params, **TRANSACTION
        )
