"""What a review writes of a line, inside its transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, insert, update

from backorder.domain.line.commands import (
    Command,
    CountCoupon,
    Decision,
    FreeAlternative,
    FreeUnits,
    HoldBack,
    PassOver,
    Publish,
    ReserveAlternative,
    SecondWay,
    ShipUnits,
    Tell,
    Verdict,
    Withdraw,
)
from backorder.domain.line.events import (
    Complained,
    ComplaintClosed,
    Event,
    MessageSent,
    PolicyMoved,
    SupplyChanged,
    name_of,
)
from backorder.domain.line.next_review import NextReview
from backorder.domain.line.state import ENDED, State, phase
from backorder.domain.policy.policy import Policy
from backorder.errors import UnitsNeededError
from backorder.ports import Notify, Reviewed
from backorder.storage import (
    acknowledgements,
    complaints,
    coupon_budgets,
    dispatchers,
    isolation,
    queues,
    stock_units,
    swaps,
    unapplied_outcomes,
)
from backorder.storage.codec import (
    dump_json,
    dump_reviewed,
    load_reviewed,
    write_back,
)
from backorder.storage.line_chain import Told
from backorder.storage.line_duties import duty_columns
from backorder.storage.line_messages import LineMessages
from backorder.storage.listed import dump_listed, listed_of
from backorder.storage.policies import PolicyRepository
from backorder.storage.replans import mark_for_replanning
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    backorders,
    demands,
    endings,
    events,
    peggings,
    requests,
    timeline,
)

_SAVE = (
    update(backorders)
    .where(backorders.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in ("phase", "closed_at", "promised_by", "first_by")})
    .values({name: bindparam(name) for name in ("needs", "state", "wake_at", "look_at", "seq", "result")})
    .values({name: bindparam(name) for name in ("line_version", "told_version", "untold_since")})
    .values({name: bindparam(name) for name in ("chained", "head", "listed", "duties", "duty_due")})
)
_SEEN = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values(open=bindparam("open"), acknowledged=bindparam("acknowledged"))
)
_RULED = ("verdict", "reason", "decided_at", "salt", "terms", "refusal")
_RULE = (
    update(requests)
    .where(requests.c.backorder == bindparam("_id"), requests.c.id == bindparam("_request"))
    .values({name: bindparam(name) for name in _RULED})
)
_NOTE, _PUBLISH, _PEGGED, _END = insert(timeline), insert(events), insert(peggings), insert(endings)


class LineRecord(LineMessages):
    """One backorder inside the transaction that reviews it."""

    def __init__(
        self,
        connection: Connection,
        policies: PolicyRepository,
        backorder: str,
        *,
        seq: int | None = None,
        units: bool = False,
        lock: bool = True,
    ) -> None:
        """seq, units: see `LineRepository.case`. lock: see `LineCase`."""
        self._seq = seq
        self._units = units
        super().__init__(connection, policies, backorder, lock=lock)
        self._last: datetime | None = None
        self._before = self._state.status
        self._waited = self._demand.open - self._demand.allocated
        self._skus: set[str] = set()

    @property
    def was_aside(self) -> bool:
        """Whether the line could not be looked at the last time."""
        return bool(self._row.aside)

    @property
    def is_begun(self) -> bool:
        """Whether something of it may be written."""
        return self._last is not None or bool(self._row.unapplied)

    def unapplied(self) -> list[Event]:
        """What became of its messages while it could not be read; heard from now on."""
        return (
            unapplied_outcomes.take(self._connection, self._id, self._policy.calendar)
            if self._row.unapplied
            else []
        )

    def supply(self, at: datetime) -> SupplyChanged | None:
        """See `LineCase`. What moved it without calling the line goes on record where that decides by it."""
        found, row = super().supply(at), self._demand
        if found is not None and self._decides and row.supply_version <= row.acknowledged:
            seen = {"backorder": self._id, "at": at, "arrivals": row.arrivals, "why": row.why}
            self._write(_PEGGED, seen)
        return found

    def _read_demand(self) -> AnyRow:
        if self._units:
            stock_units.lock_all(self._connection, units_of(self._row.sku, self._loaded))
        return super()._read_demand()

    @property
    def version(self) -> int:
        """The version of the line that this transaction writes."""
        found: int = self._row.line_version + 1
        return found

    @property
    def reviewed(self) -> tuple[Reviewed, Notify] | None:
        """What this review was answered before, if it is repeated."""
        if self._seq is None or self._row.seq < self._seq or self._row.result is None:
            return None
        return load_reviewed(self._row.result)

    def _keep_policy(self, policy: Policy, at: datetime) -> None:
        kept = {"policy": policy.name, "policy_version": policy.version}
        self._connection.execute(update(backorders).where(backorders.c.id == self._id).values(kept))
        if policy.partial != self._policy.partial:
            mine = demands.c.backorder == self._id
            self._connection.execute(update(demands).where(mine).values(partial=policy.partial))
            self._repeg(self._row.sku, "queue", at)
        self._policy = policy
        self._go_anew(at)

    def undecided_swaps(self) -> list[str]:
        """IDs of what the order system said about the swap that is held; it is heard before anything else."""
        return swaps.unheard(self._connection, self._id) if self._state.swap is not None else []

    def record(self, event: Event, decision: Decision, *, request: str = "") -> None:
        """Write a decision and all that it asks for. Raises UnitsNeededError, and then writes nothing."""
        self._lock_for(event, decision)
        before = self._state
        self._state = decision.state
        self._last = event.at
        if isinstance(event, PolicyMoved) and decision.verdict is Verdict.ACCEPTED:
            self._keep_policy(self.policy_after(event), event.at)
        for command in decision.commands:
            self._obey(command, event)
        if isinstance(event, Complained | ComplaintClosed):
            complaints.on_the_worklist(self._connection, before, self._state, event.at)
        self._keep_what_stands(event, decision.verdict, before)
        entry = {
            "backorder": self._id,
            "at": event.at,
            "what": name_of(type(event)),
            "by": getattr(event, "by", "") or "engine",
            "verdict": decision.verdict.value,
            "detail": decision.reason,
        }
        if request:
            asked = self._words.get(request) or {"words": None, "salt": None}
            entry |= {"request": request, "words": asked["words"]}
            outcome: dict[str, object] = {
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "decided_at": event.at,
                "refusal": decision.refusal.value if decision.refusal else None,
            }
            terms = dump_json(asdict(decision.terms)) if decision.terms else None
            outcome |= {"_id": self._id, "_request": request, "salt": asked["salt"], "terms": terms}
            self._write(_RULE, outcome)
        elif isinstance(event, MessageSent):
            entry |= self._chain.words_told(event.key)
        for row in self._chain.entries(entry):
            self._write(_NOTE, row)

    def _lock_for(self, event: Event, decision: Decision) -> None:
        """Messages are locked before any demand is written to, and units before them."""
        if decision.moves_units and not self._units:
            raise UnitsNeededError
        if decision.moves_units or isinstance(event, PolicyMoved):
            self._lock_messages()

    def knows_told(self, told: Mapping[str, Told]) -> None:
        """By which sends steps were told, where that was read with others."""
        self._chain.told.update(told)

    def finish(self, reviewed: Reviewed | None, coming: NextReview) -> Notify:
        """Write the state, and the answer under the review's key. Returns whom to wake after the commit.

        coming: what falls due next, as the rules have it. Raises UnitsNeededError.
        At the end of its transaction `dispatchers.wake` makes of it who has to be called.
        """
        wake = coming[0]
        tells = reviewed is None and self._concerns_workflow(wake)
        if tells:
            self._lines.add(self._id)
        self._requeue()
        after = self._notify()
        if self.was_aside:
            isolation.clear(self._connection, isolation.line(self._id)[0])
        if reviewed is None:
            told = {
                "wake_at": wake if self._reopened else self._row.wake_at,
                "look_at": self._wanted(wake),
                "told_version": self._row.told_version,
                "untold_since": self._row.untold_since or (datetime.now(UTC) if tells else None),
            }
            self._save(told, coming, acknowledged=self._demand.acknowledged)
        else:
            told = {"wake_at": wake, "look_at": None, "told_version": self.version, "untold_since": None}
            answer = {"seq": reviewed.seq, "result": dump_reviewed(reviewed, after)}
            self._save(told | answer, coming, acknowledged=self._demand.supply_version)
        return after

    def _notify(self) -> Notify:
        return Notify(
            due=tuple(sorted(self._due.items())),
            backorders=tuple(sorted(self._lines)),
            skus=tuple(sorted(self._skus)),
            events=bool(self._events),
        )

    def _save(self, values: dict[str, object], coming: NextReview, *, acknowledged: int) -> None:
        """Write the state. values: of the other columns. acknowledged: its supply as it has seen it."""
        state = self._state
        text = write_back(self._row.state, self._loaded, state)
        row = {
            "_id": self._id,
            "phase": phase(state.status),
            "closed_at": self._closed_at(state),
            "promised_by": state.promise.by if state.promise else None,
            "first_by": state.first_by,
            "needs": bool(state.needs),
            "state": text,
            "listed": dump_listed(listed_of(self._policy, state, coming), text, self.version),
            "seq": self._row.seq,
            "result": self._row.result,
            "line_version": self.version,
        }
        self._write(_SAVE, row | self._chain.values | duty_columns(self._policy, state) | values)
        if state.quantity.open != self._demand.open or acknowledged != self._demand.acknowledged:
            seen = {"_id": self._id, "open": state.quantity.open, "acknowledged": acknowledged}
            self._write(_SEEN, seen)

    def woken(self, after: Notify) -> Notify:
        """At the end of the transaction: who has to be called after the commit."""
        return dispatchers.wake(self._connection, after)

    def _wanted(self, wake: datetime | None) -> datetime | None:
        """The look of which the workflow has to hear; a sweep tells it where nobody could."""
        wanted = [self._row.look_at, wake if self._is_sooner(wake) else None]
        if self._has_to_look or self._state.status is not self._before:
            wanted.append(self._last)
        return min((each for each in wanted if each is not None), default=None)

    def _is_sooner(self, wake: datetime | None) -> bool:
        return wake is not None and (self._row.wake_at is None or wake < self._row.wake_at)

    def _concerns_workflow(self, wake: datetime | None) -> bool:
        """Whether the workflow sleeps longer than this decision allows, or has not heard of the status."""
        return self._is_sooner(wake) or self._state.status is not self._before

    @property
    def _reopened(self) -> bool:
        """Whether an ended line goes on: its workflow is over, and a sweep starts it again if need be."""
        return self._before in ENDED and self._state.status not in ENDED

    def _requeue(self) -> None:
        """Those behind move up when units that waited do not wait any more."""
        self._leave_or_rejoin()
        if self._last is not None and self._state.quantity.waiting != self._waited:
            self._repeg(self._row.sku, "queue", self._last)

    @property
    def is_misplaced(self) -> bool:
        """Whether it stands in a queue and is not delivered, or the other way round."""
        refused = self._state.delivery_refused_at is not None
        return bool(self._state.quantity.open and refused != self._demand.delivery_refused)

    def _leave_or_rejoin(self) -> None:
        """What is not delivered stands in no queue, whoever wrote down that it is not."""
        if not self.is_misplaced:
            return
        if not self._units:
            raise UnitsNeededError  # a trigger writes to the SKU, which whoever pegs has locked first
        refused = self._state.delivery_refused_at is not None
        statement = stock_units.LEAVE_QUEUE if refused else stock_units.REJOIN_QUEUE
        self._write(statement, {"_id": self._id})
        self._repeg(self._row.sku, "delivery_refused", self._last or self._demand.since)

    def _move_up(self, event: Event) -> None:
        """The same at once, under the lock of the SKU's units, where few wait and none has to look."""
        if queues.move_up(self._connection, self._row.sku, event.day):
            self._waited = self._state.quantity.waiting

    def _repeg(self, sku: str, cause: str, at: datetime) -> None:
        if sku not in self._skus:
            mark_for_replanning(self._connection, sku, cause, at)
            self._skus.add(sku)

    def _closed_at(self, state: State) -> datetime | None:
        return (self._row.closed_at or self._last) if state.status in ENDED else None

    # --- commands

    def _obey(self, command: Command, event: Event) -> None:
        match command:
            case Tell():
                self._tell(command, event.at, priority=int(isinstance(event, SupplyChanged)))
            case SecondWay():
                self._second_way(command, event.at)
            case Withdraw():
                self._withdraw(command)
            case HoldBack():
                self._hold_back(command)
            case Publish():
                self._publish(command, event.at)
            case FreeUnits():
                stock_units.free(self._connection, self._id, self._state, command, event)
                self._repeg(self._row.sku, "freed", event.at)
            case ShipUnits():
                calendar = self._policy.calendar
                if stock_units.ship(self._connection, self._id, self._state, command, event, calendar):
                    self._repeg(self._row.sku, "shipped", event.at)
                elif self._state.quantity.waiting != self._waited:
                    self._move_up(event)
            case PassOver():
                stock_units.pass_over(self._connection, self._id, self._state, command, event)
                self._repeg(self._row.sku, "passed_over", event.at)
            case ReserveAlternative():
                self._reserve(command, event.at)
            case CountCoupon():
                coupon_budgets.count(self._connection, self._policy.name, command, event.at)
            case FreeAlternative():
                at, day = event.at, event.day
                if stock_units.free_alternative(self._connection, self._id, command, at=at, day=day):
                    self._repeg(command.sku, "freed", at)

    def _reserve(self, command: ReserveAlternative, at: datetime) -> None:
        """Set an alternative aside; where nobody is to acknowledge it, it is taken over at once."""
        event = self._events["substituted"]
        awaited = acknowledgements.is_expected(self._connection, "backorder.substituted")
        stock_units.reserve(self._connection, self._id, command, event=event if awaited else None)
        if not awaited:
            swaps.taken_over(self._connection, self._id, command.request, event, at, assumed=True)
        self._repeg(command.sku, "reserved", at)

    def _publish(self, command: Publish, at: datetime) -> None:
        id = self._events[command.type] = secrets.token_hex(12)
        row: dict[str, object] = {"id": id, "backorder": self._id, "type": f"backorder.{command.type}"}
        if command.type == "cancelled" and command.data.get("by") == "policy":
            self._write(_END, {"backorder": self._id, "at": at})
        data = acknowledgements.as_awaited(self._connection, command, at)
        row |= {"data": dump_json(data), "at": at}
        self._write(_PUBLISH, row)


def units_of(sku: str, state: State) -> set[str]:
    """SKUs of which a decision may move units: the line's own, and what the customer may take instead."""
    return {sku, *(each.sku for offer in state.offers for each in offer.alternatives)}
