"""One order line that waits: an inbox, a timer, one activity that reviews and records."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.reviews import Reviews
    from backorder.domain.clock import Clock
    from backorder.ports import LineReviewed, RequestOutcome, Review, Reviewed
    from workflows.options import TRANSACTION, UNASKED
    from workflows.transactions import transact

PHASE = SearchAttributeKey.for_keyword("BackorderPhase")
SKU = SearchAttributeKey.for_keyword("BackorderSku")
ORDER = SearchAttributeKey.for_keyword("BackorderOrder")
SUPPLIER = SearchAttributeKey.for_keyword("BackorderSupplier")
SEARCH_ATTRIBUTES = (PHASE, SKU, ORDER, SUPPLIER)


@dataclass(frozen=True, kw_only=True, slots=True)
class BackorderInput:
    """What the workflow starts with, or goes on with.

    clock: how business time runs. seq, version, status, phase, summary, wake, next: of the last review, when
    it continues as new. look: what the workflow before it may have missed is looked at first.
    """

    backorder: str
    clock: Clock = field(default_factory=Clock)
    seq: int = 0
    version: int = 0
    status: str = "waiting"
    phase: str = "open"
    summary: str = ""
    wake: datetime | None = None
    next: str = ""
    look: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Something asked of the line; what it says is on record in the database under its ID."""

    id: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The case in short, as the workflow holds it."""

    id: str
    status: str
    summary: str
    seq: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """What falls due next, in business time. at None: nothing, unless something new is heard."""

    at: datetime | None
    what: str


@workflow.defn
class BackorderWorkflow:
    """From order to end."""

    @workflow.init
    def __init__(self, start: BackorderInput) -> None:
        self._start = start
        self._clock = start.clock
        self._seq = start.seq
        self._version = start.version
        self._status = start.status
        self._phase = start.phase
        self._wake = start.wake
        self._timer: asyncio.Task[None] | None = None
        self._armed: datetime | None = None
        self._rang: datetime | None = None
        self._next = start.next
        self._summary = start.summary or start.status
        # A line that goes on asks for a look only when its timer fires or it hears something.
        self._supply_changed = start.seq == 0 or start.look
        self._inbox: list[str] = []
        self._outcomes: dict[str, RequestOutcome] = {}
        self._closed = False

    @workflow.run
    async def run(self, start: BackorderInput) -> str:
        """Wait, review, note the result, until the line is closed."""
        self._show()
        while not self._closed or self._inbox:
            await self._something_to_do()
            await self._review()
            await self._continue_as_new_if_asked()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._status

    # --- the inbox

    @workflow.update
    async def request(self, request: Request) -> RequestOutcome:
        """Somebody asks for something: cancel, ship, answer, hold, and so on."""
        if request.id not in self._outcomes:
            self._inbox.append(request.id)
        await workflow.wait_condition(lambda: request.id in self._outcomes)
        return self._outcomes[request.id]

    @request.validator
    def _is_open(self, request: Request) -> None:
        if not request.id or not request.kind:
            raise ValueError("a request has an ID and a kind")
        if self._closed:
            raise ValueError(f"the line is {self._status}")

    @workflow.signal
    def supply_changed(self) -> None:
        """Something about the line's supply changed; the database knows what."""
        self._supply_changed = True

    @workflow.signal
    def reviewed(self, reviewed: LineReviewed) -> None:
        """The line was reviewed in the database, without its workflow."""
        if reviewed.closed:
            self._supply_changed = True  # its own review says whether it is over
        elif reviewed.version > self._version:
            self._take(reviewed)

    @workflow.query
    def case(self) -> Summary:
        """The case in short."""
        return Summary(id=self._start.backorder, status=self._status, summary=self._summary, seq=self._seq)

    @workflow.query
    def upcoming(self) -> Next:
        """What falls due next."""
        return Next(at=self._wake, what=self._next)

    # --- the loop

    def _now(self) -> datetime:
        """Business time; never before what a timer that rang was armed for."""
        now = self._clock.business(workflow.now())
        return max(now, self._rang) if self._rang else now

    def _has_work(self) -> bool:
        return self._supply_changed or bool(self._inbox)

    def _is_due(self) -> bool:
        return self._wake is not None and self._wake <= self._now()

    async def _something_to_do(self) -> None:
        while not self._has_work() and not self._is_due():
            self._arm()
            await workflow.wait_condition(lambda: self._has_work() or not self._is_armed())

    def _is_armed(self) -> bool:
        if self._wake is None:
            return True
        if self._timer is None or self._timer.done():
            return False
        return self._armed is not None and self._armed <= self._wake

    def _arm(self) -> None:
        """Set the timer, unless one is running that rings in time: it is looked at again when it rings."""
        if self._wake is None or self._is_armed():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = self._wake
        self._timer = asyncio.create_task(self._ring(self._wake))

    async def _ring(self, at: datetime) -> None:
        await workflow.sleep(self._clock.wait(at, workflow.now()), summary=self._next)
        self._rang = at

    async def _review(self) -> None:
        requests, self._inbox = self._inbox, []
        supply_changed, self._supply_changed = self._supply_changed, False
        self._seq += 1
        params = Review(
            backorder=self._start.backorder,
            seq=self._seq,
            at=self._now(),
            requests=requests,
            all=supply_changed,
        )
        if requests:
            # An update is on record once its task is done, before anything is made of it.
            reviewed = await workflow.execute_activity_method(Reviews.review_line, params, **TRANSACTION)
        else:
            reviewed = await transact(Reviews.review_line, params, TRANSACTION if self._seq == 1 else UNASKED)
        self._note(reviewed, requests)

    def _note(self, reviewed: Reviewed, requests: list[str]) -> None:
        self._outcomes.update(zip(requests, reviewed.outcomes, strict=True))
        self._seq = reviewed.seq  # further on, if this run began again from an earlier point
        self._clock = reviewed.clock or self._clock
        self._rang = None
        # The answer that is on record of a repeated review may be older than what was heard meanwhile.
        if reviewed.version >= self._version:
            self._take(reviewed)

    def _take(self, reviewed: Reviewed | LineReviewed) -> None:
        self._version = reviewed.version
        self._wake = reviewed.wake
        # Thousands of lines sleep that say the same.
        self._next = intern(reviewed.next)
        self._summary = intern(reviewed.summary)
        self._closed = reviewed.closed
        self._status = intern(reviewed.status)
        if reviewed.phase != self._phase:
            self._phase = intern(reviewed.phase)
            workflow.upsert_search_attributes([PHASE.value_set(reviewed.phase)])
        self._show()

    def _show(self) -> None:
        """Tell whoever looks at Temporal how the line stands."""
        then = f"\n\nNext: {self._next} at {self._wake:%Y-%m-%d %H:%M} UTC" if self._wake else ""
        workflow.set_current_details(f"{self._summary}{then}")

    # --- continuing as new

    async def _continue_as_new_if_asked(self) -> None:
        """Go on in a fresh history when this one is long or a new version of the worker is out."""
        info = workflow.info()
        if not (info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()):
            return
        await workflow.wait_condition(lambda: self._has_work() or workflow.all_handlers_finished())
        if self._closed or self._has_work():
            return
        workflow.continue_as_new(
            BackorderInput(
                backorder=self._start.backorder,
                clock=self._clock,
                seq=self._seq,
                version=self._version,
                status=self._status,
                phase=self._phase,
                summary=self._summary,
                wake=self._wake,
                next=self._next,
            ),
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )
