"""Everything that is said to the people of one shard, in order, for ever."""

from __future__ import annotations

from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.dispatch import Deliver, Delivered, Dispatcher
    from backorder.domain.clock import Clock
    from workflows.ids import sending_queue
    from workflows.options import SENDING
    from workflows.pauses import pause


@dataclass(frozen=True, kw_only=True, slots=True)
class DispatchInput:
    """Whose messages. clock: how business time runs."""

    shard: int
    clock: Clock = field(default_factory=Clock)


@workflow.defn
class DispatchWorkflow:
    """Sends what is due, sleeps until more is, or until somebody calls."""

    @workflow.init
    def __init__(self, start: DispatchInput) -> None:
        self._called = False

    @workflow.signal
    def message_planned(self) -> None:
        """Something is due sooner than the dispatcher looks; the database knows what."""
        self._called = True

    @workflow.run
    async def run(self, start: DispatchInput) -> None:
        """Deliver, sleep, deliver."""
        while True:
            self._called = False
            delivered = await self._deliver(start)
            workflow.set_current_details(delivered.details)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)
            await pause(delivered.pause, lambda: self._called)

    async def _deliver(self, start: DispatchInput) -> Delivered:
        params = Deliver(shard=start.shard, at=start.clock.business(workflow.now()), clock=start.clock)
        queue = sending_queue(workflow.info().task_queue)
        return await workflow.execute_activity_method(Dispatcher.deliver, params, task_queue=queue, **SENDING)
