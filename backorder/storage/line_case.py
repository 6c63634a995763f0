"""A line and what lies around it, read inside one transaction: its policy, state, supply and requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, exists, literal, select

from backorder.domain.line.events import (
    ComplaintClosed,
    ContactChanged,
    Event,
    PolicyMoved,
    Started,
    SupplyChanged,
)
from backorder.domain.line.policy_changes import due_stages
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.seldom_asked import Lack
from backorder.domain.line.state import ENDED, PHASES, SELDOM_ASKED, DecisionContext, State
from backorder.domain.notifications import Alternative, Why
from backorder.domain.policy.policy import CHANNELS, Policy
from backorder.domain.quiet_hours import zones_of
from backorder.domain.ways import preferred, usable
from backorder.errors import NewerVersionError, UnknownBackorderError
from backorder.ports import RequestOutcome
from backorder.storage import (
    alternatives,
    coupon_budgets,
    isolation,
    marketing_consents,
    unapplied_outcomes,
)
from backorder.storage.codec import load_arrivals, load_request, load_state, load_terms
from backorder.storage.compiled import fetch, first, only
from backorder.storage.coupon_codes import new_code
from backorder.storage.earlier_terms import earlier_terms
from backorder.storage.failed_messages import failed_lately
from backorder.storage.line_chain import of_request
from backorder.storage.message_of_step import ITEM, LOCK_ITEMS, ItemOfStep
from backorder.storage.opening import told_before
from backorder.storage.policies import PolicyRepository
from backorder.storage.statements import AnyRow
from backorder.storage.tables import (
    backorders,
    customers,
    demands,
    endings,
    engine_errors,
    message_items,
    messages,
    requests,
    stock,
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
NOT_GONE = frozenset({"planned", "withdrawn", "failed"})
"""States of a message that no provider has, or has had."""


class PeggedRow(Protocol):
    """What a line's demand says of its supply."""

    allocated: int
    allocated_on: date | None
    arrivals: str
    since: datetime
    moved_by_time_alone: bool
    why: str | None


def supply_seen(row: PeggedRow, at: datetime, day: date) -> SupplyChanged:
    """What a line sees of its supply when it looks. day: of the instant, in the shop's calendar."""
    return SupplyChanged(
        at=at,
        day=day,
        allocated=row.allocated,
        allocated_on=row.allocated_on,
        arrivals=load_arrivals(row.arrivals),
        since=row.since,
        moved_by_time_alone=row.moved_by_time_alone,
        why=Why(row.why) if row.why else None,
    )


class LineCase:
    """One backorder inside a transaction, with what lies around it."""

    def __init__(
        self, connection: Connection, policies: PolicyRepository, backorder: str, *, lock: bool = False
    ) -> None:
        """lock: it is decided about, so that nobody else may write to it until the transaction ends.

        Raises UnknownBackorderError, NewerVersionError, and what makes it unreadable.
        """
        self._connection = connection
        self._id = backorder
        self._policies = policies
        self._decides = lock
        self._items: dict[str, ItemOfStep] = {}
        self._locked = False
        self._words: dict[str, dict[str, object]] = {}
        self._row = self._read(lock)
        state = self._loaded = self._read_state()
        self._demand = isolation.readable(self._read_demand())
        self._policy = policies.get(connection, self._row.policy, self._row.policy_version)
        self._state = self._assemble(self._with_terms(state), lock)

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
            by_hand=self._contact == "none",
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
        """Where the customer may be: asked where a day counts for the law, for them or for a payment."""
        counts = state.terms.legal_date is not None or state.last_day is not None
        if not counts and state.payment.captured:
            return ()
        zone, region = self._of_customer("time_zone"), self._of_customer("region")
        return zones_of(zone, region, self._policy.calendar.zone)

    def _of_customer(self, name: str) -> Any:
        """What was read of the line's customer: a value of a row."""
        return getattr(self._row, f"customer_{name}")

    @property
    def _contact(self) -> str:
        """Whether the line's customer is written to; not who was erased, whoever has the ID now."""
        erased = isolation.known(self._row.erased_at) is not None
        return "none" if erased else str(self._of_customer("contact"))

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
        if self._decides:
            self._lock_messages()
        rows = fetch(self._connection, _ITEMS, {"id": self._id})
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
    def policy(self) -> Policy:
        """The policy version that the line keeps."""
        return self._policy

    @property
    def state(self) -> State:
        """The state so far, with what lies around it."""
        return self._state

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
        """The supply as it stands, if it changed since the last review."""
        row, supply = self._demand, self._supply(at)
        unseen, moved = row.supply_version > row.acknowledged, supply.arrivals != self._state.arrivals
        return supply if unseen or moved else None

    def _supply(self, at: datetime) -> SupplyChanged:
        return supply_seen(self._demand, at, self._policy.calendar.day(at))

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

    def undecided(self) -> list[str]:
        """IDs of requests on which there is no outcome yet, in the order in which they came."""
        return [row.id for row in fetch(self._connection, _UNDECIDED, {"id": self._id})]

    def promotes_by(self) -> tuple[str, ...]:
        """The channels by which the customer can be reached and agreed to promotions, the usual one first."""
        return tuple(each for each in self._reached() if getattr(self._row, f"promotes_by_{each}"))

    def _reached(self, *, legal: bool = False) -> tuple[str, ...]:
        row = self._row
        return usable(
            preferred(self._policy.updates.channels, legal=legal),
            email=bool(row.customer_email),
            phone=bool(row.customer_phone),
            sms_consent=bool(row.customer_sms_consent),
            contact=self._contact,
        )

    def _item(self, step: str, *, lock: bool = True) -> ItemOfStep | None:
        """A step's message, which nobody claims until the transaction ends."""
        if lock and not self._locked:
            self._lock_messages(step)
            return self._items.get(step)
        item = self._items.get(step)
        if item is None:
            item = first(self._connection, ITEM, {"id": self._id, "step": step})
            if item is not None:
                self._items[step] = item
        return item

    def _lock_messages(self, step: str = "") -> None:
        """Lock the line's messages, once and all of them: after its units, before any demand is written to.

        step: one that is asked for.
        """
        if not self._locked:
            self._locked = True
            found = fetch(self._connection, LOCK_ITEMS, {"ids": [self._id], "steps": [step]})
            self._items |= {row.step: row for row in found}
