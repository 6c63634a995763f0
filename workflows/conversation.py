"""Everything that is said to one person, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.conversations import Conversations, Dispatch, Dispatched
    from backorder.domain.clock import Clock
    from workflows.ids import sending_queue
    from workflows.options import SENDING
    from workflows.transactions import transact


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationInput:
    """Whom to write to: `customer/{id}` or `supplier/{id}`. clock: how business time runs.

    first: the business instant before which nothing is due, unless a signal says otherwise. kept: messages
    stay in the database, as far as who starts it knows, so that handing them over is a transaction.
    """

    person: str
    clock: Clock = field(default_factory=Clock)
    first: datetime | None = None
    kept: bool = False


@workflow.defn
class ConversationWorkflow:
    """Notifier when something is to be said, says what is due in order, and ends when nothing is pending."""

    @workflow.init
    def __init__(self, start: ConversationInput) -> None:
        self._start = start
        self._news = False
        self._kept = start.kept

    @workflow.signal
    def message_planned(self) -> None:
        """There is a message for the person; the database knows which."""
        self._news = True

    @workflow.run
    async def run(self, start: ConversationInput) -> None:
        """Say what is due, wait for what is not, until nothing is left."""
        if start.first is not None:
            wait = start.clock.machine(start.first - start.clock.business(workflow.now()))
            if wait > timedelta(0):
                await self._rest(wait)
        while True:
            self._news = False
            now = start.clock.business(workflow.now())
            dispatched = await self._dispatch(Dispatch(person=start.person, at=now, clock=start.clock))
            if dispatched.pause is None and not self._news:
                return
            if dispatched.pause:
                await self._rest(timedelta(seconds=dispatched.pause))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    ConversationInput(person=start.person, clock=start.clock, kept=self._kept)
                )

    async def _dispatch(self, ask: Dispatch) -> Dispatched:
        if self._kept:
            dispatched = await transact(Conversations.dispatch_stored, ask, SENDING)
            if not dispatched.outside:
                return dispatched
            self._kept = False
        queue = sending_queue(workflow.info().task_queue)
        return await workflow.execute_activity_method(
            Conversations.dispatch_messages, ask, task_queue=queue, **SENDING
        )

    async def _rest(self, pause: timedelta) -> None:
        """Wait. What failed is left alone by its row, whoever says that there is news."""
        try:
            await workflow.wait_condition(lambda: self._news, timeout=pause)
        except TimeoutError:
            return
