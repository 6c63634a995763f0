"""Every event that programs hear of, for ever: one dispatcher, since positions are given by one writer."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.events import DeliverEvents, EventDispatcher, EventsDelivered
    from workflows.ids import sending_queue
    from workflows.options import SENDING
    from workflows.pauses import pause


@dataclass(frozen=True, kw_only=True, slots=True)
class EventDispatchInput:
    """Nothing that it would have to be told: there is one, and the database knows the rest."""


@workflow.defn
class EventDispatchWorkflow:
    """Places what was written and sends what is due, sleeps until more is, or until somebody calls."""

    @workflow.init
    def __init__(self, start: EventDispatchInput) -> None:
        self._called = False

    @workflow.signal
    def event_published(self) -> None:
        """An event was written, or is due sooner than the dispatcher looks; the database knows which."""
        self._called = True

    @workflow.run
    async def run(self, start: EventDispatchInput) -> None:
        """Deliver, sleep, deliver."""
        while True:
            self._called = False
            delivered = await self._deliver()
            workflow.set_current_details(delivered.details)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)
            await pause(delivered.pause, lambda: self._called)

    async def _deliver(self) -> EventsDelivered:
        queue = sending_queue(workflow.info().task_queue)
        return await workflow.execute_activity_method(
            EventDispatcher.deliver_events, DeliverEvents(at=workflow.now()), task_queue=queue, **SENDING
        )
