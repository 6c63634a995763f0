"""Reading a case: everything that a person wants to know, from the very state that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.decide import decide
from backorder.domain.line.duties import duties
from backorder.domain.line.offers_at_rest import why_offers_rest
from backorder.domain.line.ship_window import delay
from backorder.domain.line.split_shipments import may_be_sent_ahead
from backorder.domain.line.state import State
from backorder.domain.line.upcoming import Upcoming, led_to, upcoming
from backorder.domain.policy.policy import Policy
from backorder.domain.tasks import EVENTS_REFUSED
from backorder.errors import UnknownBackorderError
from backorder.ports import RequestOutcome
from backorder.queries import messages, timeline
from backorder.queries.case_parts import (
    complaints_of,
    consent_of,
    contact_of,
    forecast_of,
    may_be_withdrawn,
    offers_of,
    payment_of,
    promise_of,
    refund_of,
    revocable_of,
    shipments_of,
    supply_of,
    ways_to,
)
from backorder.queries.faults import fault_of, status_of
from backorder.queries.read_line import CaseRow, ReadLine
from backorder.queries.read_out import read_out_of
from backorder.queries.refused_events import refused_events
from backorder.queries.suppression_list import suppressions_at
from backorder.queries.views import (
    MESSAGE_GOES,
    MESSAGE_HELD,
    CancellationView,
    CaseView,
    DutyView,
    HoldView,
    MessageView,
    NextView,
    OtherLine,
    PolicyView,
    QuantityView,
    ShortCase,
    SuppressionView,
)
from backorder.storage import isolation
from backorder.storage.acknowledgements import WAITS
from backorder.storage.database import Database
from backorder.storage.engine import looking
from backorder.storage.isolation import Failure, known, words
from backorder.storage.line_case import NOT_GONE
from backorder.storage.notes import of_lines
from backorder.storage.suppressions import written_with
from backorder.storage.tables import backorders, demands, products

OTHERS = 20
_SOON = 12

_OTHERS = (
    select(
        backorders.c.id,
        backorders.c.sku,
        backorders.c.phase,
        backorders.c.promised_by,
        products.c.name.label("product"),
        demands.c.open,
        demands.c.allocated,
    )
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.customer == bindparam("customer"), backorders.c.id != bindparam("backorder"))
    .where(backorders.c.erased_at.is_(None))
    .order_by(backorders.c.id)
    .limit(OTHERS)
)
_BARE = (
    select(backorders, products.c.name.label("product"), demands.c.open, demands.c.allocated)
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.id == bindparam("backorder"))
)


def case(database: Database, id: str, at: datetime) -> CaseView | ShortCase:
    """The whole case as it stands at a business instant. Raises UnknownBackorderError.

    One that this version cannot look at comes as far as it can be read, with the reason.

    What the line has not looked at yet (its supply, requests without an outcome) is decided in memory first,
    by the same function that will decide it, so that nothing shown contradicts what happens.
    """
    failures: list[Failure] = []
    with looking(database.engine) as connection:
        found = None
        with isolation.Apart(failures, *isolation.line(id)):
            found = _whole(connection, database, id, at)
        return found or _short(connection, id, failures, at)


def _whole(connection: Connection, database: Database, id: str, at: datetime) -> CaseView | None:
    """None for one that is not there."""
    written, failures = messages.of_case(connection, id)
    gone = frozenset(each.step for each in written if each.state not in NOT_GONE)
    try:
        found = ReadLine(connection, database.policies, id, gone=gone)
    except UnknownBackorderError:
        return None
    row = found.row
    state, soon = _looked(found, at)
    soon += _coming(found, state, written, at)
    view = _view(connection, database, found.policy, state, row, written, soon, at)
    if row.refused and (refused := refused_events(connection, id, at)):
        view = replace(view, needs=(*view.needs, EVENTS_REFUSED), next=(*refused, *view.next))
    noted = isolation.notes_of(connection, [id]).get(id, []) if row.noted else []
    faults = [fault_of(each) for each in noted]
    faults += [fault_of(each) for each in failures]
    if erased_at := known(row.erased_at):
        view = _sealed(view, erased_at)
    if not faults:
        return view
    why = [NextView(at=at, what=isolation.NEEDS, why=each.words) for each in faults]
    return replace(view, needs=(*view.needs, isolation.NEEDS), next=(*why, *view.next))


def _sealed(found: CaseView, erased_at: datetime) -> CaseView:
    """A case whose customer was erased: what the line came to, and nothing that was said to or by them."""
    contact = replace(
        found.contact, name="", email=None, phone=None, time_zone=None, suppressed=(), erased_at=erased_at
    )
    return replace(
        found,
        contact=contact,
        hold=None,
        offers=(),
        complaints=(),
        other_lines=(),
        messages=(),
        notes=(),
        timeline=(),
    )


def _short(connection: Connection, id: str, failures: list[Failure], at: datetime) -> ShortCase:
    """What can be read of a case that cannot be looked at."""
    row = connection.execute(_BARE, {"backorder": id}).one_or_none()
    if row is None:
        raise UnknownBackorderError(id)
    sealed = known(row.erased_at) is not None
    notes = isolation.notes_of(connection, [id]).get(id, [])
    written, _ = messages.of_case(connection, id)
    return ShortCase(
        id=row.id,
        order_id=words(row.order_id),
        line_id=words(row.line_id),
        status=status_of(words(row.phase), row.open, row.allocated),
        sku=words(row.sku),
        product=words(row.product),
        supplier=words(row.supplier),
        customer=words(row.customer),
        promised_by=known(row.promised_by),
        first_by=known(row.first_by),
        needs=(isolation.NEEDS,) if notes or any(map(isolation.is_fault, failures)) else (),
        faults=tuple(map(fault_of, notes or failures)),
        messages=() if sealed else written,
        notes=() if sealed else of_lines(connection, [id]).get(id, ()),
        timeline=() if sealed else timeline.timeline_of(connection, id),
        ordered_at=known(row.ordered_at),
        closed_at=known(row.closed_at),
        seen_at=at,
    )


def _looked(case: ReadLine, at: datetime) -> tuple[State, list[NextView]]:
    """The state once the line has looked at its supply, and what that look leads to at once."""
    fact = case.opening(at) or case.supply(at)
    if fact is None:
        return case.state, []
    decision = decide(case.policy, case.state, fact)
    return decision.state, [_next(each) for each in led_to(decision, at)]


def _coming(case: ReadLine, state: State, written: tuple[MessageView, ...], at: datetime) -> list[NextView]:
    """What happens if nothing new is heard: messages, requests without an outcome, then the rules."""
    promised = state.pending.key if state.pending else None
    found = [
        NextView(at=max(at, each.at), what=each.kind, why=_why(each))
        for each in written
        if each.state in ("planned", "claimed") and each.step != promised
    ]
    for id in case.undecided():
        event = case.request(id, at)
        if not isinstance(event, RequestOutcome):
            found.append(NextView(at=at, what=id, why="it was asked for and is ruled on at the next look"))
            decision = decide(case.policy_after(event), state, event)
            found += map(_next, led_to(decision, at))
            state = decision.state
    state = _as_planned(state, written)
    found += map(_next, upcoming(case.policy, state, at, limit=_SOON))
    return sorted(found, key=lambda each: each.at)


def _as_planned(state: State, written: tuple[MessageView, ...]) -> State:
    """The state whose promise goes when its message does: it may be gathered, held, or tried again."""
    pending = state.pending
    if pending is None:
        return state
    row = next((each for each in written if each.step == pending.key), None)
    if row is None or row.state not in ("planned", "claimed"):
        return state
    goes = max(pending.not_before, row.at, row.try_at or row.at)
    return replace(state, pending=replace(pending, not_before=goes))


def _why(message: MessageView) -> str:
    return MESSAGE_HELD if message.reason == WAITS else MESSAGE_GOES


def _next(each: Upcoming) -> NextView:
    return NextView(at=each.at, what=each.what, why=each.why, again=each.again, last=each.last)


def _view(
    connection: Connection,
    database: Database,
    policy: Policy,
    state: State,
    row: CaseRow,
    written: tuple[MessageView, ...],
    soon: list[NextView],
    at: datetime,
) -> CaseView:
    today = policy.calendar.day(at)
    quantity = state.quantity
    return CaseView(
        id=state.id,
        order_id=state.order_id,
        line_id=state.line_id,
        status=state.status.value,
        sku=state.sku,
        product=row.product,
        quantity=QuantityView(
            ordered=quantity.ordered,
            waiting=quantity.waiting,
            allocated=quantity.allocated,
            shipped=quantity.shipped,
            cancelled=quantity.cancelled,
            substituted=quantity.substituted,
        ),
        promise=promise_of(policy, state),
        forecast=forecast_of(state, today),
        delay_days=delay(state, today) if quantity.open else 0,
        queue_position=row.position if quantity.waiting else None,
        supply=tuple(supply_of(connection, state, row.arrivals)),
        consent=consent_of(state),
        duties=tuple(DutyView(rule=each.rule, due=each.due) for each in duties(policy, state)),
        read_out=read_out_of(policy, state, row, at, database.templates),
        policy=PolicyView(name=policy.name, version=policy.version),
        payment=payment_of(policy, state, at),
        refund=refund_of(state, state.refund, today) if state.refund else None,
        refunds=tuple(refund_of(state, each, today) for each in state.refunds),
        shipments=shipments_of(connection, state),
        cancellations=tuple(
            CancellationView(request=each.request, units=each.units, by=each.by, received_at=each.received_at)
            for each in state.cancellations
            if each.units
        ),
        revocable=revocable_of(state),
        withdrawal=may_be_withdrawn(state),
        withdrawn=bool(state.withdrawals),
        send_now=may_be_sent_ahead(policy, state),
        offers_rest=bool(why_offers_rest(state, at)),
        offers=tuple(
            offers_of(
                state,
                {each.step for each in written if each.state == "sent"},
                {each.step for each in written},
            )
        ),
        needs=state.needs,
        complaints=complaints_of(connection, state),
        hold=HoldView(until=state.hold.until, reason=state.hold.reason) if state.hold else None,
        contact=contact_of(row, _suppressed(connection, row)),
        other_lines=_others(connection, row.customer, state.id) if row.among_others else (),
        next=tuple(soon),
        messages=written,
        notes=of_lines(connection, [state.id]).get(state.id, ()) if row.remarked else (),
        timeline=timeline.timeline_of(connection, state.id),
        ordered_at=state.ordered_at,
        closed_at=row.closed_at,
        seen_at=at,
    )


def _suppressed(connection: Connection, row: CaseRow) -> Sequence[SuppressionView]:
    return suppressions_at(connection, written_with(row.address_key, ways_to(row)))


def _others(connection: Connection, customer: str, backorder: str) -> tuple[OtherLine, ...]:
    rows = connection.execute(_OTHERS, {"customer": customer, "backorder": backorder})
    return tuple(
        OtherLine(
            id=row.id,
            sku=row.sku,
            product=words(row.product),
            status=status_of(words(row.phase), row.open, row.allocated),
            promised_by=known(row.promised_by),
        )
        for row in rows
    )
