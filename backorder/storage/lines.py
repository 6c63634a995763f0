"""Lines: each read and written inside the transaction that reviews it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    exists,
    insert,
    literal,
    select,
    update,
)

from backorder.domain.line.commands import (
    Command,
    CountCoupon,
    Decision,
    FreeAlternative,
    FreeUnits,
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
    ContactChanged,
    Event,
    MessageSent,
    PolicyMoved,
    Started,
    SupplyChanged,
    name_of,
)
from backorder.domain.line.next_review import NextReview
from backorder.domain.line.policy_changes import due_stages
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.seldom_asked import Lack
from backorder.domain.line.state import ENDED, PHASES, SELDOM_ASKED, DecisionContext, State, phase
from backorder.domain.notifications import Alternative, Why
from backorder.domain.policy.policy import CHANNELS, Policy
from backorder.domain.quiet_hours import zones_of
from backorder.errors import NewerVersionError, UnknownBackorderError
from backorder.ports import Notify, RequestOutcome, Reviewed
from backorder.storage import (
    acknowledgements,
    alternatives,
    complaints,
    coupon_budgets,
    dispatchers,
    isolation,
    marketing_consents,
    queues,
    stock_units,
    swaps,
    unapplied_outcomes,
)
from backorder.storage.codec import (
    dump_json,
    dump_reviewed,
    load_arrivals,
    load_request,
    load_reviewed,
    load_state,
    load_terms,
    write_back,
)
from backorder.storage.compiled import fetch, first, only
from backorder.storage.earlier_terms import earlier_terms
from backorder.storage.engine import reading, writing
from backorder.storage.failed_messages import failed_lately
from backorder.storage.line_chain import LineChain, Told, of_request
from backorder.storage.line_duties import duty_columns
from backorder.storage.line_messages import LineMessages
from backorder.storage.listed import dump_listed, listed_of
from backorder.storage.opening import told_before
from backorder.storage.policies import PolicyRepository
from backorder.storage.replans import mark_for_replanning
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    backorders,
    customers,
    demands,
    endings,
    engine_errors,
    events,
    message_items,
    messages,
    peggings,
    requests,
    stock,
    timeline,
)

_ASIDE = exists().where(engine_errors.c.subject == literal("backorder/") + bindparam("id"))
OF_CUSTOMER = (
    customers.c.complained_at,
    customers.c.cancelled_at,
    *(marketing_consents.is_given(each).label(f"promotes_by_{each}") for each in CHANNELS),
    *(
        customers.c[name].label(f"customer_{name}")
        for name in ("email", "phone", "sms_consent", "contact", "kind", "region", "time_zone", "update_days")
    ),
)
"""What a review reads of the line's customer."""
CASE = (
    select(
        backorders,
        *OF_CUSTOMER,
        _ASIDE.label("aside"),
        unapplied_outcomes.IS_UNAPPLIED.label("unapplied"),
    )
    .join(customers, customers.c.id == backorders.c.customer)
    .where(backorders.c.id == bindparam("id"))
)
"""What a review reads of a line, and who only looks at it."""
_LOCK_CASE = CASE.with_for_update(of=backorders, key_share=True)
_DEMAND = (
    select(demands, stock.c.on_hand, stock.c.allocated.label("taken"))
    .join(stock, stock.c.sku == demands.c.sku)
    .where(demands.c.backorder == bindparam("id"))
)
_ITEMS = (
    select(message_items.c.step, messages.c.state)
    .join(messages, messages.c.id == message_items.c.message)
    .where(message_items.c.backorder == bindparam("id"))
    .order_by(messages.c.id)
)
_LOCK_ITEMS = _ITEMS.with_for_update(of=messages, key_share=True)
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
_REQUEST = select(requests).where(
    requests.c.backorder == bindparam("id"), requests.c.id == bindparam("request")
)
_UNDECIDED = (
    select(requests.c.id)
    .where(
        requests.c.backorder == bindparam("id"),
        requests.c.verdict.is_(None),
        requests.c.kind.in_(REQUEST_KINDS),
    )
    .order_by(requests.c.requested_at, requests.c.id)
)
_NOTE, _PUBLISH, _PEGGED, _END = insert(timeline), insert(events), insert(peggings), insert(endings)


_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a coupon's code: none that people take for another."""


def new_code() -> str:
    """A random code: nobody can work it out from what they know, and no two are the same."""
    # One number for all letters: letter by letter takes ten times as long.
    number, letters = secrets.randbelow(len(_LETTERS) ** 12), []
    for _ in range(12):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    code = "".join(letters)
    return f"BK-{code[:4]}-{code[4:8]}-{code[8:]}"


NOT_GONE = frozenset({"planned", "withdrawn", "failed"})
"""States of a message that no provider has, or has had."""


class LineRepository:
    """The cases of one database."""

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self.engine = engine
        self._policies = policies

    @contextmanager
    def case(self, backorder: str, *, seq: int | None = None, units: bool = False) -> Iterator[LineRecord]:
        """Open a case: all that is written in the block is committed at its end, or nothing of it.

        seq: the review's key, None for what is not asked for by the line's workflow. units: lock the units of
        the SKU too. Raises UnknownBackorderError.
        """
        with writing(self.engine) as connection:
            yield LineRecord(connection, self._policies, backorder, seq=seq, units=units)

    def read(self, backorder: str) -> tuple[Policy, State]:
        """The policy and the state of a case as they stand, without a lock. Raises UnknownBackorderError."""
        with reading(self.engine) as connection:
            case = LineRecord(connection, self._policies, backorder, lock=False)
            return case.policy, case.state


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
        super().__init__(connection, backorder)
        self._policies = policies
        self._seq = seq
        self._decides = lock
        self._row = self._read(lock)
        self._chain = LineChain(connection, backorder, self._row)
        self._words: dict[str, dict[str, object]] = {}
        self._last: datetime | None = None
        state = self._loaded = self._read_state()
        if units:
            stock_units.lock_all(connection, (self._row.sku, *_offered(state)))
        self._demand = isolation.readable(self._read_demand())
        self._policy = policies.get(connection, self._row.policy, self._row.policy_version)
        self._state = self._assemble(self._with_terms(state), lock)
        self._before = self._state.status
        self._waited = self._demand.open - self._demand.allocated
        self._skus: set[str] = set()

    def _read(self, lock: bool) -> AnyRow:
        row = self._fetch(lock)
        if row is None:
            raise UnknownBackorderError(self._id)
        if isolation.readable(row).phase not in PHASES:
            raise NewerVersionError
        return row

    def _fetch(self, lock: bool) -> AnyRow | None:
        found: AnyRow | None = first(self._connection, _LOCK_CASE if lock else CASE, {"id": self._id})
        return found

    def _read_state(self) -> State:
        return load_state(self._row.state)

    def _with_terms(self, state: State) -> State:
        """The law of a line that an earlier version started is looked up once, from what was said then."""
        if state.terms.pack or state.status in ENDED:
            return state
        region, kind = self._of_customer("region"), self._of_customer("kind")
        return replace(
            state, terms=earlier_terms(self._row.opening, state, self._policy, region=region, kind=kind)
        )

    def _read_demand(self) -> AnyRow:
        found: AnyRow = only(self._connection, _DEMAND, {"id": self._id})
        return found

    def _assemble(self, state: State, lock: bool) -> State:
        context = DecisionContext(
            free=self._demand.on_hand - self._demand.taken,
            held=self._demand.taken - self._demand.allocated,
            marketing=self.promotes_by(),
            code=new_code(),
            coupons={} if self._leaves_out else coupon_budgets.given_out(self._connection, self._policy),
            alternatives=() if self._leaves_out else self._alternatives(state),
            in_flight=self._in_flight(state, lock),
            zones=self._zones(state),
            by_hand=self._of_customer("contact") == "none",
            update_days=isolation.known(self._of_customer("update_days")) or 0,
            filled_at=self._filled_at(state),
            complained_at=isolation.known(self._row.complained_at),
            cancelled_at=isolation.known(self._row.cancelled_at),
            gone=frozenset() if self._leaves_out else self._gone(),
            left_out=SELDOM_ASKED if self._leaves_out else frozenset(),
        )
        if state.supply_at is None:  # the line has not begun: it hears of its units with the rest
            return replace(state, context=context)
        quantity = replace(state.quantity, allocated=self._demand.allocated)
        return replace(state, context=context, quantity=quantity)

    def _zones(self, state: State) -> tuple[str, ...]:
        """Where the customer may be; only a line that counts to a day of law, or of theirs, asks."""
        if state.terms.legal_date is None and state.last_day is None:
            return ()
        zone, region = self._of_customer("time_zone"), self._of_customer("region")
        return zones_of(zone, region, self._policy.calendar.zone)

    def _of_customer(self, name: str) -> Any:
        """What was read of the line's customer: a value of a row."""
        return getattr(self._row, f"customer_{name}")

    @property
    def _leaves_out(self) -> bool:
        """Whether what is seldom asked for waits until it is; who only looks cannot look once more."""
        return self._decides

    def look_up(self, lack: Lack, policy: Policy) -> None:
        """Read what a decision by a policy lacks; it lies around the line from then on.

        What it rests on is locked where the line is: messages that have not gone are not handed over, and
        nobody else gives out a coupon of the stage, until the transaction ends.
        """
        context = self._state.context
        match lack.what:
            case "gone":
                context = context.replace(gone=self._gone(), left_out=context.left_out - {lack.what})
            case "alternatives":
                found = alternatives.in_stock(self._connection, policy, self._state)
                context = context.replace(alternatives=found, left_out=context.left_out - {lack.what})
            case "coupons":
                given = coupon_budgets.lock_given_out(self._connection, policy, lack.stage, lack.month)
                context = context.replace(coupons=context.coupons | {(lack.stage, lack.month): given})
        self._state = replace(self._state, context=context)

    def _gone(self) -> frozenset[str]:
        rows = fetch(self._connection, _LOCK_ITEMS if self._decides else _ITEMS, {"id": self._id})
        return frozenset(row.step for row in rows if row.state not in NOT_GONE)

    def _alternatives(self, state: State) -> tuple[Alternative, ...]:
        return () if state.status in ENDED else alternatives.in_stock(self._connection, self._policy, state)

    def _filled_at(self, state: State) -> datetime | None:
        """When the last ending happened that an hour allows; only a line about to end asks."""
        if state.automatic_cancellation is None:
            return None
        query = select(endings.c.at).order_by(endings.c.at.desc(), endings.c.number.desc())
        last = query.offset(self._policies.max_endings_per_hour - 1).limit(1)
        return isolation.known(self._connection.execute(last).scalar_one_or_none())

    def _in_flight(self, state: State, lock: bool) -> bool:
        if state.pending is None:
            return False
        item = self._item(state.pending.key, lock=lock)
        return item is not None and item.state != "planned"

    @property
    def id(self) -> str:
        """The line's ID."""
        return self._id

    @property
    def version(self) -> int:
        """The version of the line that this transaction writes."""
        found: int = self._row.line_version + 1
        return found

    @property
    def policy(self) -> Policy:
        """The policy version that the line keeps."""
        return self._policy

    @property
    def state(self) -> State:
        """The state so far, with what lies around it."""
        return self._state

    @property
    def reviewed(self) -> tuple[Reviewed, Notify] | None:
        """What this review was answered before, if it is repeated."""
        if self._seq is None or self._row.seq < self._seq or self._row.result is None:
            return None
        return load_reviewed(self._row.result)

    @property
    def was_aside(self) -> bool:
        """Whether the line could not be looked at the last time."""
        return bool(self._row.aside)

    def unapplied(self) -> list[Event]:
        """What became of its messages while it could not be read; heard from now on."""
        return (
            unapplied_outcomes.take(self._connection, self._id, self._policy.calendar)
            if self._row.unapplied
            else []
        )

    def opening(self, at: datetime) -> Started | None:
        """The first event, unless the line was started already."""
        if self._row.seq or self._state.supply_at is not None:
            return None
        calendar = self._policy.calendar
        return Started(
            at=at,
            day=calendar.day(at),
            supply=self._supply(at),
            **told_before(self._row.opening, calendar),
        )

    def supply(self, at: datetime) -> SupplyChanged | None:
        """The supply as it stands, if it changed since the last review.

        What moved it without calling the line goes on record where the line decides by it now.
        """
        row, supply = self._demand, self._supply(at)
        unseen, moved = row.supply_version > row.acknowledged, supply.arrivals != self._state.arrivals
        if moved and not unseen and self._decides:
            seen = {"backorder": self._id, "at": at, "arrivals": row.arrivals, "why": row.why}
            self._write(_PEGGED, seen)
        return supply if unseen or moved else None

    def _supply(self, at: datetime) -> SupplyChanged:
        row = self._demand
        return SupplyChanged(
            at=at,
            day=self._policy.calendar.day(at),
            allocated=row.allocated,
            allocated_on=row.allocated_on,
            arrivals=load_arrivals(row.arrivals),
            since=row.since,
            moved_by_time_alone=row.moved_by_time_alone,
            why=Why(row.why) if row.why else None,
        )

    def request(self, id: str, at: datetime) -> Event | RequestOutcome:
        """What somebody asked for, or the outcome that it had already."""
        row = only(self._connection, _REQUEST, {"id": self._id, "request": id})
        if row.verdict is not None:
            terms, refusal = load_terms(row.terms), row.refusal or ""
            return RequestOutcome(verdict=row.verdict, reason=row.reason, terms=terms, refusal=refusal)
        if row.kind not in REQUEST_KINDS:
            return RequestOutcome(verdict="pending", reason="a newer version of the program rules on it")
        event = replace(load_request(row.kind, row.content), at=at, day=self._policy.calendar.day(at))
        self._words[id] = of_request(row)
        if isinstance(event, ComplaintClosed):
            event = replace(event, text=row.evidence or "")
        if isinstance(event, ContactChanged) and event.reached:
            event = replace(event, failed=failed_lately(self._connection, self._id))
        return self._against_the_policies(event) if isinstance(event, PolicyMoved) else event

    def _against_the_policies(self, event: PolicyMoved) -> PolicyMoved:
        kept, new = self._policy, self._policies.newest(self._connection, event.policy)
        return replace(
            event,
            version=new.version if new else "",
            kept=(kept.name, kept.version),
            due_before=due_stages(kept, self._state, event.day),
        )

    def policy_after(self, event: Event) -> Policy:
        """The policy by which an event is decided: the line's, or the one that it moves to."""
        if isinstance(event, PolicyMoved) and event.version:
            return self._policies.get(self._connection, event.policy, event.version)
        return self._policy

    def _keep_policy(self, policy: Policy, at: datetime) -> None:
        kept = {"policy": policy.name, "policy_version": policy.version}
        self._connection.execute(update(backorders).where(backorders.c.id == self._id).values(kept))
        if policy.partial != self._policy.partial:
            mine = demands.c.backorder == self._id
            self._connection.execute(update(demands).where(mine).values(partial=policy.partial))
            self._repeg(self._row.sku, "queue", at)
        self._policy = policy
        self._go_anew()

    def undecided(self) -> list[str]:
        """IDs of requests on which there is no outcome yet, in the order in which they came."""
        return [row.id for row in fetch(self._connection, _UNDECIDED, {"id": self._id})]

    def undecided_swaps(self) -> list[str]:
        """IDs of what the order system said about the swap that is held; it is heard before anything else."""
        return swaps.unheard(self._connection, self._id) if self._state.swap is not None else []

    def record(self, event: Event, decision: Decision, *, request: str = "") -> None:
        """Write a decision and everything that it asks for."""
        before = self._state
        self._state = decision.state
        self._last = event.at
        if isinstance(event, PolicyMoved) and decision.verdict is Verdict.ACCEPTED:
            self._keep_policy(self.policy_after(event), event.at)
        for command in decision.commands:
            self._obey(command, event)
        if isinstance(event, Complained | ComplaintClosed):
            complaints.on_the_worklist(self._connection, before, self._state, event.at)
        if decision.state.promise != before.promise:
            self._keep_what_stands(event)
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

    def knows_told(self, told: Mapping[str, Told]) -> None:
        """By which sends steps were told, where that was read with others."""
        self._chain.told.update(told)

    def finish(self, reviewed: Reviewed | None, coming: NextReview) -> Notify:
        """Write the state, and the answer under the review's key. Returns whom to wake after the commit.

        coming: what falls due next, as the rules have it.
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
        wanted.append(self._last if self._state.status is not self._before else None)
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

    def _leave_or_rejoin(self) -> None:
        """What is not delivered stands in no queue, whoever wrote down that it is not."""
        refused = self._state.delivery_refused_at is not None
        if refused == self._demand.delivery_refused or not self._state.quantity.open:
            return
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
            swaps.taken_over(self._connection, self._id, command.request, event, at)
        self._repeg(command.sku, "reserved", at)

    def _publish(self, command: Publish, at: datetime) -> None:
        id = self._events[command.type] = secrets.token_hex(12)
        row: dict[str, object] = {"id": id, "backorder": self._id, "type": f"backorder.{command.type}"}
        if command.type == "cancelled" and command.data.get("by") == "policy":
            self._write(_END, {"backorder": self._id, "at": at})
        row |= {"data": dump_json(dict(command.data)), "at": at}
        self._write(_PUBLISH, row)


def _offered(state: State) -> set[str]:
    """SKUs that the customer may take instead."""
    return {each.sku for offer in state.offers for each in offer.alternatives}
