"""The typed client: the only door to backorders from outside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from backorder import schemas
from backorder.domain.clock import Clock
from backorder.errors import BackorderError
from backorder.ports import Notify, RequestOutcome, Review, Reviewed
from backorder.services.cancel_lines import BulkRequest, record_all
from backorder.services.change_customer import Also, Changed, First
from backorder.services.open_line import Opened
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review_or_put_aside
from backorder.services.services import Services, machine_now
from starter.attendance import Stranded
from starter.event_client import EventActions
from starter.message_client import MessageActions
from starter.supply_client import SupplyFacts
from starter.temporal import MADE_BY, TemporalNotifier, is_away, is_current
from starter.temporal_circuit_breaker import CircuitBreaker, behind_breaker
from workflows.backorder import (
    ORDER,
    PHASE,
    SKU,
    SUPPLIER,
    BackorderInput,
    BackorderWorkflow,
    Request,
)
from workflows.ids import TASK_QUEUE, backorder_id, summary

log = logging.getLogger(__name__)
_CONFLICT = {
    False: WorkflowIDConflictPolicy.FAIL,
    True: WorkflowIDConflictPolicy.TERMINATE_EXISTING,
}
"""What happens to the run in the place of a new one, by whether it is an older program's."""
LONGEST_WAIT_S = 20.0
"""How long a request waits for its outcome before it is left to the sweep."""
WOKEN = 500
"""Workflows that are woken at once, at most; the sweep wakes the others within a minute or two."""
ONE_CALL_S = 5.0
"""How long one call for an outcome may take: where a run goes on in a new one, its answer can be lost."""
_UNRULED = RequestOutcome(verdict="pending", reason="it is on record and is ruled on once a worker is there")


@dataclass(frozen=True, kw_only=True, slots=True)
class StartedLine:
    """A backorder that is on record. new: it was not before. running: its workflow is known to run.

    closed: it has ended. flags: what a new one needs of a person because its product was not for sale like
    that. warnings: what the person should know of what was taken all the same.
    """

    id: str
    new: bool
    running: bool
    closed: bool = False
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedOutcome(RequestOutcome):
    """What became of a request that was asked of a line. request: its ID among those of the line."""

    request: str


class Backorders(SupplyFacts, MessageActions, EventActions):
    """Starts backorders, asks things of them, and reports facts of supply.

    now: the machine's time; tests that skip time hand in their own. grace_period: seconds that a request
    waits for its outcome. breaker: stands before all calls to Temporal; None where each is made.
    """

    def __init__(
        self,
        client: Client,
        services: Services,
        *,
        clock: Clock | None = None,
        task_queue: str = TASK_QUEUE,
        now: Callable[[], datetime] = machine_now,
        grace_period: float = LONGEST_WAIT_S,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        client = behind_breaker(client, breaker) if breaker is not None else client
        self._client = client
        self._breaker = breaker
        services.keep_zone()
        self._clock: Callable[[], Clock] = (lambda: clock) if clock else services.clock
        self._queue = task_queue
        self._stranded = Stranded(client, task_queue)
        self._machine_now = now
        self._longest_wait = grace_period
        super().__init__(services, TemporalNotifier(client, self._clock(), task_queue))

    def now(self) -> datetime:
        """Business time."""
        return self._clock().business(self._machine_now())

    @property
    def is_away(self) -> bool:
        """Whether Temporal did not answer lately, so that nobody asks it now."""
        return self._breaker is not None and self._breaker.is_open

    async def look_for_temporal(self) -> None:
        """Ask Temporal for no more than an answer. Raises RPCError, or RuntimeError where it is away."""
        await self._client.service_client.check_health()

    async def wake(self, after: Notify) -> None:
        """Wake whom something concerns that was written beside this client."""
        await self._wake(after)

    # --- lines

    async def start(self, line: schemas.OrderLine) -> StartedLine:
        """Put a line on record and start its workflow; the same line again changes nothing.

        Raises ConflictError for the same ID with other content, RefusedError for an unknown SKU or policy.
        While Temporal is away the line is on record, and a sweep starts it later.
        """
        opened = await asyncio.to_thread(self._services.intake.open, line, self.now())
        running = not opened.closed and await self.begin(opened)
        log.info(
            "started %s", opened.id, extra={"backorder": opened.id, "sku": opened.sku, "new": opened.new}
        )
        await self._wake(Notify(skus=opened.skus))
        return StartedLine(
            id=opened.id,
            new=opened.new,
            running=running,
            closed=opened.closed,
            flags=opened.flags,
            warnings=(*line.warnings, *opened.warnings),
        )

    async def record(self, lines: Sequence[schemas.OrderLine]) -> list[Opened | BackorderError]:
        """Put lines on record, in one transaction; their workflows are not started.

        Returns what became of each, in their order: an order with a faulty line is refused whole, and stops
        none of the others.
        """
        found = await asyncio.to_thread(self._services.intake.open_orders, lines, self.now())
        skus = {sku for each in found if isinstance(each, Opened) for sku in each.skus}
        await self._wake(Notify(skus=tuple(sorted(skus))))
        return found

    async def begin(self, opened: Opened) -> bool:
        """Start the workflow of a line that is on record, unless it began already.

        Returns whether it is known to run, or has no need to any more: what does not run is started by a
        sweep, once Temporal is there.
        """
        if opened.closed:
            return True
        return await (self._runs(opened.id) if opened.started else self._begin(opened))

    async def restart(
        self, backorder: str, *, late: bool = False, anew: bool = False, ended: bool = False
    ) -> bool:
        """Start the workflow of a line unless it runs, whatever became of the one before: its row is open.

        One whose history an older program began, or that waits for a version of the workers that is gone, is
        ended in the same call. anew: whatever it is that runs.
        late: the line should have looked at itself by now, so that a workflow that sleeps is told to.
        ended: the line had ended and goes on, so that nobody wonders where its workflow is.
        Returns whether it was started. It goes on from where the line is.
        """
        found = await self._workflow(backorder)
        older = found is not None and _is_running(found) and (anew or await self._is_lost(found, backorder))
        if _is_running(found) and not older:
            if late and found is not None and _sleeps(found):
                log.warning("%s was stalled; it is woken", backorder, extra={"backorder": backorder})
                await self._notifier.notify(Notify(backorders=(backorder,)))
            return False
        known = await asyncio.to_thread(self._services.intake.known, backorder)
        if known.closed:
            return False
        try:
            await self._run(known, WorkflowIDReusePolicy.ALLOW_DUPLICATE, _CONFLICT[older])
        except WorkflowAlreadyStartedError:
            return False
        if found is None and not known.started:
            log.info("%s was on record alone; it is started", backorder, extra={"backorder": backorder})
        elif ended:
            log.info("%s goes on after its end", backorder, extra={"backorder": backorder})
        elif not older:
            log.warning("%s had no workflow; it is started again", backorder, extra={"backorder": backorder})
        return True

    async def _is_lost(self, found: WorkflowExecutionDescription, backorder: str) -> bool:
        """Whether nobody here can go on with a run that is open."""
        if not await self._stranded.holds(found):
            return not await is_current(found)
        words = "%s waits for workers of a version that is gone; it is begun anew"
        log.warning(words, backorder, extra={"backorder": backorder})
        return True

    async def _begin(self, opened: Opened) -> bool:
        """Start the workflow of a new line. Returns whether it is known to run."""
        try:
            await self._run(opened, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except WorkflowAlreadyStartedError:
            return await self._runs(opened.id)
        except (RPCError, RuntimeError) as error:
            if not is_away(error):
                raise
            log.warning("Temporal is away; %s is on record and starts when it is back", opened.id)
            return False
        return True

    async def _runs(self, backorder: str) -> bool:
        """Whether a line's workflow is known to run."""
        return _is_running(await self._workflow(backorder))

    async def _workflow(self, backorder: str) -> WorkflowExecutionDescription | None:
        """What Temporal says of a line's workflow; None where it has none, or is away."""
        try:
            return await self._client.get_workflow_handle(backorder_id(backorder)).describe()
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return None
            if not is_away(error):
                raise
            return None

    async def _run(
        self,
        opened: Opened,
        reuse: WorkflowIDReusePolicy,
        conflict: WorkflowIDConflictPolicy = WorkflowIDConflictPolicy.FAIL,
    ) -> None:
        await self._client.start_workflow(
            BackorderWorkflow.run,
            BackorderInput(
                backorder=opened.id,
                clock=self._clock(),
                seq=opened.seq,
                status=opened.status.value,
                look=opened.started,
            ),
            id=backorder_id(opened.id),
            task_queue=self._queue,
            id_conflict_policy=conflict,
            id_reuse_policy=reuse,
            memo=MADE_BY,
            static_summary=summary(f"{opened.name} ({opened.sku}), order {opened.order_id}"),
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(PHASE, "open"),
                    SearchAttributePair(SKU, opened.sku),
                    SearchAttributePair(ORDER, opened.order_id),
                    SearchAttributePair(SUPPLIER, opened.supplier),
                ]
            ),
        )

    async def cancel(self, backorder: str, cancellation: schemas.Cancellation) -> AskedOutcome:
        """Cancel a line or a part of it."""
        return await self._ask(backorder, cancellation)

    async def ask_all(
        self, backorders: Sequence[str], cancellation: schemas.Cancellation, bulk: BulkRequest
    ) -> Mapping[str, str] | None:
        """Put a cancellation of several lines on record, in one transaction; they rule on it afterwards.

        bulk: of what it is a part. Returns its ID among the requests of each line; None where the lines have
        to be chosen anew. Raises ConflictError for the same ID with other content.
        """
        now = self.now()
        event = cancellation.event(now, self._services.calendar.day(now))
        new_request = NewRequest(
            id=cancellation.key, kind=cancellation.kind, event=event, given=cancellation.content()
        )
        return await asyncio.to_thread(record_all, self._services.engine, backorders, new_request, bulk)

    async def wake_lines(self, backorders: Sequence[str]) -> None:
        """Wake the workflows of lines of which something was asked: the first of many; a sweep the others."""
        await self._wake(Notify(backorders=tuple(backorders[:WOKEN])))

    async def ship(self, backorder: str, shipment: schemas.Shipment) -> AskedOutcome:
        """Report a shipment."""
        return await self._ask(backorder, shipment)

    async def answer(self, backorder: str, answer: schemas.Answer) -> AskedOutcome:
        """Hand in what the customer answered."""
        return await self._ask(backorder, answer, answer.evidence)

    async def take_back(self, backorder: str, taken_back: schemas.TakeBack) -> AskedOutcome:
        """Take back what the customer cancelled by link a moment ago."""
        return await self._ask(backorder, taken_back)

    async def swap(self, backorder: str, outcome: schemas.SwapOutcome) -> AskedOutcome:
        """Say that the order system has taken an alternative over that the customer chose, or cannot."""
        return await self._ask(backorder, outcome)

    async def claim_coupon(self, backorder: str, claim: schemas.CouponClaim) -> AskedOutcome:
        """Give out the code that waits on the customer's page."""
        return await self._ask(backorder, claim)

    async def send_now(self, backorder: str, wanted: schemas.SendNow) -> AskedOutcome:
        """Have what is there sent now, as the customer wants it, where the policy leaves them the choice."""
        return await self._ask(backorder, wanted)

    async def hold(self, backorder: str, hold: schemas.HoldRequest) -> AskedOutcome:
        """Ask for silence until then."""
        return await self._ask(backorder, hold)

    async def notice(self, backorder: str, given: schemas.NoticeGiven) -> AskedOutcome:
        """Record a call or a letter by which the customer was told."""
        return await self._ask(backorder, given, given.text)

    async def promise(self, backorder: str, made: schemas.PromiseMade) -> AskedOutcome:
        """Promise a day that the forecast does not say."""
        return await self._ask(backorder, made, made.evidence)

    async def complain(self, backorder: str, complaint: schemas.Complaint) -> AskedOutcome:
        """Take in a complaint about a line, ended or not; `ticket_of` names its ticket."""
        return await self._ask(backorder, complaint, complaint.text)

    async def close_complaint(self, backorder: str, end: schemas.ComplaintEnd) -> AskedOutcome:
        """Say that a complaint is ended, and what came of it: the customer gets these very words."""
        return await self._ask(backorder, end, end.text)

    async def clear(self, backorder: str, done: schemas.FlagDone) -> AskedOutcome:
        """Say that a person did what the line needed of one, also after its end."""
        return await self._ask(backorder, done)

    async def refund(self, backorder: str, report: schemas.RefundReport) -> AskedOutcome:
        """Report that money was sent back, or that it did not arrive."""
        return await self._ask(backorder, report)

    async def force_majeure(self, backorder: str, decided: schemas.ForceMajeure) -> AskedOutcome:
        """Refuse a refund since an event beyond the shop's control excuses the late delivery."""
        return await self._ask(backorder, decided, decided.reason)

    async def refuse_delivery(self, backorder: str, refusal: schemas.DeliveryRefusal) -> AskedOutcome:
        """Say that the shop does not deliver, so that the customer may end the contract at once."""
        return await self._ask(backorder, refusal, refusal.reason)

    async def payment(self, backorder: str, report: schemas.PaymentReport) -> AskedOutcome:
        """Report how the payment stands."""
        return await self._ask(backorder, report)

    async def change_customer(
        self,
        id: str,
        changes: Mapping[str, object],
        *,
        by: str,
        first: First | None = None,
        also: Also | None = None,
        as_json: bool = False,
    ) -> Changed:
        """Correct what is on record about a customer; what did not arrive goes out to the new address.

        first: what has to hold of it; else it raises. also: what is written with it. as_json: see
        `backorder.schemas.parse`. Raises UnknownCustomerError, and RefusedError with every fault.
        """
        change = self._services.contacts.change
        changed = await asyncio.to_thread(
            change, id, changes, self.now(), by=by, first=first, also=also, as_json=as_json
        )
        await self._wake(changed.after)
        return changed

    async def prioritise(self, backorder: str, priority: int, *, by: str, reason: str) -> None:
        """Move a line in its queue: higher goes first. Raises UnknownBackorderError, RejectedError."""
        done = await asyncio.to_thread(
            self._services.moving.prioritise, backorder, priority, by=by, reason=reason, at=self.now()
        )
        await self._wake(done.after)

    async def policy(self, backorder: str, move: schemas.PolicyMove) -> AskedOutcome:
        """Move a line to another policy. Raises RefusedError for a name that no policy has."""
        await asyncio.to_thread(self._services.moving.check_policy, move.value)
        return await self._ask(backorder, move)

    async def _ask(self, backorder: str, asked_for: schemas.LineRequest, evidence: str = "") -> AskedOutcome:
        """Put a request on record, then have the line rule on it; a repetition gets the same outcome.

        Raises UnknownBackorderError, and ConflictError for the same ID with other content.
        """
        self._timely(asked_for)
        now, id, kind = self.now(), asked_for.key, asked_for.kind
        event = asked_for.event(now, self._services.calendar.day(now))
        new_request = NewRequest(id=id, kind=kind, event=event, given=asked_for.content(), evidence=evidence)
        end = asyncio.get_running_loop().time() + self._longest_wait
        outcome: RequestOutcome | None = None
        while outcome is None:
            asked = await asyncio.to_thread(self._services.requests.record, backorder, new_request, event.at)
            id, left = asked.id, end - asyncio.get_running_loop().time()
            if asked.verdict is not None:
                outcome = RequestOutcome(
                    verdict=asked.verdict,
                    reason=asked.reason or "",
                    terms=asked.terms,
                    refusal=asked.refusal,
                )
            elif asked.closed:
                outcome = await self._rule_here(backorder, id)
            elif left <= 0:
                outcome = _UNRULED
            else:
                outcome = await self._rule_there(backorder, id, kind, min(left, ONE_CALL_S))
        return AskedOutcome(
            request=id,
            verdict=outcome.verdict,
            reason=outcome.reason,
            terms=outcome.terms,
            refusal=outcome.refusal,
        )

    async def _rule_there(
        self, backorder: str, id: str, kind: str, grace_period: float
    ) -> RequestOutcome | None:
        """Ask the line's workflow. None if it did not answer in time."""
        handle = self._client.get_workflow_handle_for(BackorderWorkflow.run, backorder_id(backorder))
        update = handle.execute_update(BackorderWorkflow.request, Request(id=id, kind=kind), id=id)
        try:
            return await asyncio.wait_for(update, grace_period)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            return None
        except WorkflowUpdateFailedError:
            return await self._rule_here(backorder, id)
        except (RPCError, RuntimeError) as error:
            status = error.status if isinstance(error, RPCError) else None
            if status is RPCStatusCode.NOT_FOUND:
                return await self._rule_here(backorder, id)
            if status is RPCStatusCode.FAILED_PRECONDITION:
                # The server turns updates away where one worker after the other lost the line's task.
                return _UNRULED
            if is_away(error):
                return RequestOutcome(
                    verdict="pending", reason="it is on record and is ruled on once Temporal is back"
                )
            raise

    async def _rule_here(self, backorder: str, id: str) -> RequestOutcome:
        """A line without a workflow rules in the database: the same review, not keyed.

        A line that has ended and goes on, because money is owed after all, gets its workflow again.
        """
        reviewed = await self._review_here(backorder, id)
        return reviewed.outcomes[0]

    async def review_ended(self, backorder: str) -> bool:
        """Let a line that has ended hear what it has not heard yet; it has no workflow that would.

        Returns whether it goes on after all, and has its workflow again.
        """
        return not (await self._review_here(backorder)).closed

    async def _review_here(self, backorder: str, *requests: str) -> Reviewed:
        params = Review(backorder=backorder, seq=0, at=self.now(), requests=[*requests], all=not requests)
        reviewed, after = await asyncio.to_thread(
            review_or_put_aside, self._services.lines, params, keyed=False
        )
        if not reviewed.closed:
            await self._go_on(backorder)
        await self._wake(after)
        return reviewed

    async def _go_on(self, backorder: str) -> None:
        try:
            await self.restart(backorder, ended=True)
        except (RPCError, RuntimeError) as error:
            if not is_away(error):
                raise
            log.warning("Temporal is away; %s goes on when it is back", backorder)


def _is_running(found: WorkflowExecutionDescription | None) -> bool:
    return found is not None and found.status is WorkflowExecutionStatus.RUNNING


def _sleeps(found: WorkflowExecutionDescription) -> bool:
    """Whether a workflow waits for its timer or a signal; one that a worker is about to look at does not."""
    raw = found.raw_description
    return not raw.HasField("pending_workflow_task") and not raw.pending_activities
