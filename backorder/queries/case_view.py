"""Reading a case: everything that a person wants to know, from the very state that decides."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.decide import decide
from backorder.domain.line.events import Shipped
from backorder.domain.line.ledger import excess
from backorder.domain.line.ship_window import delay, delivery, run_out, seen_from
from backorder.domain.line.state import Refund, State
from backorder.domain.line.upcoming import led_to, upcoming
from backorder.domain.policy.policy import Policy
from backorder.errors import UnknownBackorderError
from backorder.ports import RequestOutcome
from backorder.queries import messages, timeline
from backorder.queries.faults import fault_of, status_of
from backorder.queries.views import (
    AlternativeView,
    CancellationView,
    CaseView,
    ConsentView,
    ContactView,
    ForecastView,
    HoldView,
    MessageView,
    NextView,
    OfferView,
    OtherLine,
    PaymentView,
    PolicyView,
    PromiseView,
    QuantityView,
    RefundView,
    SentBack,
    ShipmentView,
    ShortCase,
    SupplyView,
)
from backorder.storage import isolation
from backorder.storage.arrivals import arrivals_in_words, supply_id
from backorder.storage.codec import load_request
from backorder.storage.database import Database
from backorder.storage.engine import reading
from backorder.storage.isolation import Failure, known, words
from backorder.storage.lines import LineRecord
from backorder.storage.notes import of_lines
from backorder.storage.tables import backorders, customers, demands, incoming, products, requests

OTHERS = 20
_SOON = 12

_AROUND = (
    select(
        backorders.c.closed_at,
        backorders.c.customer.label("customer_id"),
        products.c.name.label("product"),
        demands.c.arrivals,
        demands.c.position,
        *(column for column in customers.c if column.name != "updated_at"),
    )
    .join(products, products.c.sku == backorders.c.sku)
    .join(customers, customers.c.id == backorders.c.customer)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.id == bindparam("backorder"))
)
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
    .order_by(backorders.c.id)
    .limit(OTHERS)
)
_BARE = (
    select(backorders, products.c.name.label("product"), demands.c.open, demands.c.allocated)
    .join(products, products.c.sku == backorders.c.sku)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.id == bindparam("backorder"))
)
_SHIPPED = select(requests.c.content).where(
    requests.c.backorder == bindparam("backorder"), requests.c.kind == "ship"
)
_INCOMING = select(incoming).where(incoming.c.sku == bindparam("sku"))


def case(database: Database, id: str, at: datetime) -> CaseView | ShortCase:
    """The whole case as it stands at a business instant. Raises UnknownBackorderError.

    One that this version cannot look at comes as far as it can be read, with the reason.

    What the line has not looked at yet (its supply, requests without a ruling) is decided in memory first, by
    the same function that will decide it, so that nothing shown contradicts what happens.
    """
    failures: list[Failure] = []
    with reading(database.engine) as connection:
        if connection.execute(_BARE, {"backorder": id}).first() is None:
            raise UnknownBackorderError(id)
        found = None
        with isolation.Apart(failures, *isolation.line(id)):
            found = _whole(connection, database, id, at)
        return found or _short(connection, id, failures, at)


def _whole(connection: Connection, database: Database, id: str, at: datetime) -> CaseView:
    found = LineRecord(connection, database.policies, id, lock=False)
    row = isolation.readable(connection.execute(_AROUND, {"backorder": id}).one())
    written, failures = messages.of_case(connection, id)
    state, soon = _looked(found, at)
    soon += _coming(found, state, written, at)
    view = _view(connection, found.policy, state, row, written, soon, at)
    faults = [fault_of(each) for each in isolation.notes_of(connection, [id]).get(id, [])]
    faults += [fault_of(each) for each in failures]
    if not faults:
        return view
    why = [NextView(at=at, what=isolation.NEEDS, why=each.words) for each in faults]
    return replace(view, needs=(*view.needs, isolation.NEEDS), next=(*why, *view.next))


def _short(connection: Connection, id: str, failures: list[Failure], at: datetime) -> ShortCase:
    """What can be read of a case that cannot be looked at."""
    row = connection.execute(_BARE, {"backorder": id}).one()
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
        messages=written,
        notes=of_lines(connection, [id]).get(id, ()),
        timeline=timeline.timeline_of(connection, id),
        ordered_at=known(row.ordered_at),
        closed_at=known(row.closed_at),
        seen_at=at,
    )


def _looked(case: LineRecord, at: datetime) -> tuple[State, list[NextView]]:
    """The state once the line has looked at its supply, and what that look leads to at once."""
    news = case.opening(at) or case.supply(at)
    if news is None:
        return case.state, []
    decision = decide(case.policy, case.state, news)
    return decision.state, [_next(each) for each in led_to(decision, at)]


def _coming(case: LineRecord, state: State, written: tuple[MessageView, ...], at: datetime) -> list[NextView]:
    """What happens if nothing new is heard: messages that wait, requests without a ruling, then the rules."""
    promised = state.pending.key if state.pending else None
    found = [
        NextView(at=max(at, each.at), what=each.kind, why="the message is waiting to go")
        for each in written
        if each.state in ("planned", "claimed") and each.step != promised
    ]
    for id in case.undecided():
        event = case.request(id, at)
        if not isinstance(event, RequestOutcome):
            found.append(NextView(at=at, what=id, why="it was asked for and is ruled on at the next look"))
            decision = decide(case.policy, state, event)
            found += map(_next, led_to(decision, at))
            state = decision.state
    found += map(_next, upcoming(case.policy, state, at, limit=_SOON))
    return sorted(found, key=lambda each: each.at)


def _next(each: Any) -> NextView:
    return NextView(at=each.at, what=each.what, why=each.why, again=each.again, last=each.last)


def _view(
    connection: Connection,
    policy: Policy,
    state: State,
    row: Any,
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
        promise=_promise(policy, state),
        forecast=_forecast(state, today),
        delay_days=delay(state, today) if quantity.open else 0,
        queue_position=row.position if quantity.waiting else None,
        supply=tuple(_supply(connection, state, row.arrivals)),
        consent=ConsentView(
            state=state.consent.state, until=state.consent.until, answer_by=state.consent.answer_by
        ),
        duties=(),
        policy=PolicyView(name=policy.name, version=policy.version),
        payment=_payment(state),
        refund=_refund(state, state.refund, today) if state.refund else None,
        refunds=tuple(_refund(state, each, today) for each in state.refunds),
        shipments=_shipments(connection, state),
        cancellations=tuple(
            CancellationView(request=each.request, units=each.units, by=each.by, received_at=each.received_at)
            for each in state.cancellations
            if each.units
        ),
        offers=tuple(_offers(state, {each.step for each in written if each.state == "sent"})),
        needs=state.needs,
        hold=HoldView(until=state.hold.until, reason=state.hold.reason) if state.hold else None,
        contact=_contact(row),
        other_lines=_others(connection, row.customer_id, state.id),
        next=tuple(soon),
        messages=written,
        notes=of_lines(connection, [state.id]).get(state.id, ()),
        timeline=timeline.timeline_of(connection, state.id),
        ordered_at=state.ordered_at,
        closed_at=row.closed_at,
        seen_at=at,
    )


def _promise(policy: Policy, state: State) -> PromiseView | None:
    promise = state.promise
    if promise is None:
        return None
    return PromiseView(
        likely=promise.window.likely,
        by=promise.by,
        first_by=state.first_by,
        deliver_by=delivery(policy, promise.by),
        parts=promise.window.parts,
        why=promise.window.why.value if promise.window.why else None,
        told_at=promise.told_at,
        revision=promise.revision,
    )


def _forecast(state: State, today: date) -> ForecastView:
    """The forecast as it is said today: one that has run out says nothing any more."""
    forecast, why = state.forecast, state.supply_why
    if forecast is not None and forecast.by is not None and forecast.by < today:
        forecast, why = None, run_out(state)
    if forecast is None:
        return ForecastView(likely=None, by=None, why=why.value if why else None)
    forecast = seen_from(forecast, today)
    return ForecastView(likely=forecast.likely, by=forecast.by, why=None)


def _supply(connection: Connection, state: State, arrivals: str) -> Iterator[SupplyView]:
    quantity = state.quantity
    if quantity.allocated:
        words = f"set aside on {state.allocated_on.isoformat()}" if state.allocated_on else "set aside"
        yield SupplyView(quantity=quantity.allocated, source="shelf", words=words)
    missing = quantity.waiting
    pegged = list(arrivals_in_words(arrivals)) if missing else []
    known = (
        dict(isolation.sound(connection.execute(_INCOMING, {"sku": state.sku}), _named, _supply_name)[0])
        if pegged
        else {}
    )
    for units, likely, by, supply in pegged:
        taken = min(units, missing)
        if not taken:
            return
        missing -= taken
        row = known.get(supply)
        yield SupplyView(
            quantity=taken,
            source="incoming" if row else "shelf",
            purchase_order=row.purchase_order if row else "",
            line=row.line if row else "",
            stated=row.stated if row else None,
            likely=likely,
            by=by,
            words=row.words if row else supply,
        )
    if missing:
        yield SupplyView(quantity=missing, source="none", words="nothing is on order that covers them")


def _named(row: Any) -> tuple[str, Any]:
    return supply_id(row), row


def _supply_name(row: Any) -> tuple[str, str]:
    return f"purchase-order/{row.purchase_order}", ""


def _payment(state: State) -> PaymentView:
    payment = state.payment
    return PaymentView(
        state=payment.state,
        currency=payment.currency,
        unit_price=payment.unit_price,
        line_paid=payment.line_paid,
        shipping_paid=payment.shipping_paid,
        expires_at=payment.expires_at,
    )


def _refund(state: State, refund: Refund, today: date) -> RefundView:
    standing = "sent"
    if refund.remaining > 0:
        standing = "overdue" if refund.due_by < today else "due"
    elif refund.remaining < 0 and excess(state):
        standing = "excess"
    reports = {each.refund: each for each in state.money_sent}
    ended = {each.request: (each.by, each.units) for each in state.cancellations}
    ended |= {each.request: ("", each.units) for each in state.substitutions}
    by, units = ended.get(refund.request, ("", 0))
    return RefundView(
        currency=refund.currency,
        amount=refund.amount,
        vested_at=refund.vested_at,
        due_by=refund.due_by,
        sent=tuple(
            SentBack(refund=id, amount=amount, sent_at=reports[id].sent_at, means=reports[id].means)
            for id, amount in refund.sent
        ),
        remaining=refund.remaining,
        state=standing,
        request=refund.request,
        by=by,
        units=units,
    )


def _shipments(connection: Connection, state: State) -> tuple[ShipmentView, ...]:
    """What left, with the parcel as its report names it."""
    if not state.shipments:
        return ()
    said = {}
    for row in connection.execute(_SHIPPED, {"backorder": state.id}):
        event = load_request("ship", row.content)
        if isinstance(event, Shipped):
            said[event.shipment] = event
    return tuple(
        ShipmentView(
            shipment=each.id,
            quantity=each.quantity,
            shipped_at=each.shipped_at,
            carrier=said[each.id].carrier if each.id in said else "",
            tracking=said[each.id].tracking if each.id in said else "",
        )
        for each in state.shipments
    )


def _offers(state: State, told: Set[str]) -> Iterator[OfferView]:
    for offer in state.offers:
        yield OfferView(
            kind=offer.kind.value,
            on=offer.on,
            alternatives=tuple(
                AlternativeView(
                    sku=each.sku, name=each.name, price=each.price.amount, currency=each.price.currency
                )
                for each in offer.alternatives
            ),
            percent=offer.percent or None,
            code=offer.code,
            valid_until=offer.valid_until,
            taken=offer.taken,
            told=offer.key in told,
        )


def _contact(row: Any) -> ContactView:
    return ContactView(
        customer=row.customer_id,
        kind=row.kind,
        name=row.name,
        email=row.email,
        phone=row.phone,
        contact=row.contact,
        locale=row.locale,
        time_zone=row.time_zone,
        region=row.region,
        sms_consent=row.sms_consent,
        marketing_consent=row.marketing_consent,
    )


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
