"""The parts of a case as people read them, each from the state or from its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.alternatives import terms_of
from backorder.domain.line.coupons import restored_key
from backorder.domain.line.events import Shipped
from backorder.domain.line.free_shipping import (
    failed_shipping_due_by,
    free_shipping_claim,
    free_shipping_to_come,
    shipping_failed,
)
from backorder.domain.line.late_refunds import excess
from backorder.domain.line.ledger import (
    shipping_refused_with,
    shipping_sent,
    shipping_to_come,
    worth,
)
from backorder.domain.line.legal_dates import open_question, staying
from backorder.domain.line.legal_notices import asked_by
from backorder.domain.line.money_facts import Refund
from backorder.domain.line.payment_days import kept_until
from backorder.domain.line.revocable_cancellations import last_instant
from backorder.domain.line.sent_back import sent_back, took_for_shipped
from backorder.domain.line.ship_window import delivery, run_out, seen_from
from backorder.domain.line.state import State
from backorder.domain.line.unpaid_parts import leaving_units
from backorder.domain.money import rounded
from backorder.domain.notifications import Alternative, Why
from backorder.domain.policy.policy import CHANNELS, Policy
from backorder.queries.views import (
    AlternativeView,
    ComplaintView,
    ConsentView,
    ContactView,
    ForecastView,
    OfferView,
    PaymentDueView,
    PaymentView,
    PromiseView,
    RefundView,
    RevocableView,
    SentBack,
    ShipmentView,
    SupplyView,
    SuppressionView,
)
from backorder.storage import isolation
from backorder.storage.arrivals import SupplyRow, arrivals_in_words, supply_id
from backorder.storage.codec import load_request
from backorder.storage.compiled import fetch
from backorder.storage.complaints import words_of
from backorder.storage.tables import expected_receipts, requests

_SHIPPED = select(requests.c.content).where(
    requests.c.backorder == bindparam("backorder"), requests.c.kind == "ship"
)
_EXPECTED = select(expected_receipts).where(expected_receipts.c.sku == bindparam("sku"))


def promise_of(policy: Policy, state: State) -> PromiseView | None:
    """What the customer was last told; None before."""
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


def forecast_of(state: State, today: date) -> ForecastView:
    """The forecast as it is said today: one that has run out says nothing any more."""
    forecast, why = state.forecast, state.supply_why
    if forecast is not None and forecast.by is not None and forecast.by < today:
        forecast, why = None, run_out(state)
    if state.delivery_refused_at is not None:
        why = Why.REFUSED
    if forecast is None:
        return ForecastView(likely=None, by=None, why=why.value if why else None)
    forecast = seen_from(forecast, today)
    return ForecastView(likely=forecast.likely, by=forecast.by, why=None)


def supply_of(connection: Connection, state: State, arrivals: str) -> Iterator[SupplyView]:
    """Where the open units come from."""
    quantity = state.quantity
    if quantity.allocated:
        words = f"set aside on {state.allocated_on.isoformat()}" if state.allocated_on else "set aside"
        yield SupplyView(quantity=quantity.allocated, source="shelf", words=words)
    missing = quantity.waiting
    pegged = list(arrivals_in_words(arrivals)) if missing else []
    known = (
        dict(isolation.sound(fetch(connection, _EXPECTED, {"sku": state.sku}), _named, _supply_name)[0])
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
        refused = state.delivery_refused_at is not None
        words = "the shop does not deliver them" if refused else "nothing is on order that covers them"
        yield SupplyView(quantity=missing, source="none", words=words)


def _named(row: _ExpectedRow) -> tuple[str, _ExpectedRow]:
    return supply_id(row), row


class _ExpectedRow(SupplyRow, Protocol):
    stated: date | None
    words: str


def _supply_name(row: _ExpectedRow) -> tuple[str, str]:
    return f"purchase-order/{row.purchase_order}", ""


def payment_of(policy: Policy, state: State, at: datetime) -> PaymentView:
    """The money of the line."""
    payment, claim = state.payment, free_shipping_claim(policy, state)
    return PaymentView(
        state=payment.state,
        currency=payment.currency,
        unit_price=payment.unit_price,
        line_paid=payment.line_paid,
        shipping_paid=rounded(payment.shipping_paid, payment.currency),
        expires_at=payment.expires_at,
        captured=payment.captured,
        captured_in_part=took_for_shipped(state) and not payment.captured,
        expired=payment.expired(at),
        due=_payment_due(policy, state),
        shipping_back=rounded(shipping_to_come(state), payment.currency),
        free_shipping_back=rounded(free_shipping_to_come(policy, state), payment.currency),
        free_shipping_by=claim.due_by if claim is not None else None,
        shipping_failed=rounded(shipping_failed(state), payment.currency),
        shipping_failed_by=failed_shipping_due_by(policy, state) if shipping_failed(state) else None,
    )


def _payment_due(policy: Policy, state: State) -> PaymentDueView | None:
    due = state.payment_due
    if due is None and (not state.passed_over or not state.quantity.open or state.delivery_refused_at):
        return None
    # The version before asked without saying for how many.
    units = (due.units or state.quantity.allocated) if due is not None else state.quantity.open
    return PaymentDueView(
        units=units,
        amount=worth(state, units),
        kept_until=kept_until(policy, state, due) if due is not None else None,
        pay_url=state.payment.pay_url,
        leaving=leaving_units(state),
    )


def refund_of(state: State, refund: Refund, today: date) -> RefundView:
    """Money that goes back, and how it stands."""
    phase = "refused" if refund.refused else "sent"
    if refund.remaining > 0:
        phase = "overdue" if refund.due_by < today else "due"
    elif refund.remaining < 0 and excess(state):
        phase = "excess"
    # Shipping that went back with it is not too much.
    remaining = max(refund.remaining, -max(excess(state), Decimal(0)))
    reports = {each.refund: each for each in state.money_sent}
    ended = {each.request: (each.by, each.units) for each in state.cancellations}
    ended |= {each.request: ("", each.units) for each in state.substitutions}
    back = dict(sent_back(state)).get(refund.request, 0)
    by, units = ended.get(refund.request, ("customer" if back else "", 0))
    beside = next((each for each in state.refunds if each.remaining < 0), None)
    shipping = shipping_sent(state) if refund is beside else shipping_refused_with(state, refund)
    return RefundView(
        currency=refund.currency,
        amount=rounded(refund.amount, refund.currency),
        vested_at=refund.vested_at,
        due_by=refund.due_by,
        sent=tuple(
            SentBack(
                refund=id,
                amount=rounded(amount, refund.currency),
                sent_at=reports[id].sent_at,
                means=reports[id].means,
            )
            for id, amount in refund.sent
        ),
        remaining=rounded(remaining, refund.currency),
        state=phase,
        request=refund.request,
        by=by,
        units=units + back,
        sent_back=back,
        failed=refund.failed,
        shipping=rounded(shipping, refund.currency),
    )


def consent_of(state: State) -> ConsentView:
    """The consent to wait, and what is asked about it."""
    question = open_question(state)
    open = asked_by(question).before(state.last_day) if question is not None else None
    answer_by = state.consent.answer_by
    return ConsentView(
        state=state.consent.state,
        until=state.consent.until,
        answer_by=open.answer_by if open is not None and answer_by is not None else answer_by,
        silence=open.silence if open is not None else "",
        ends_on=open.ends_on if open is not None else None,
        last_day=state.last_day,
        essential=open is not None and open.silence == "nothing" and state.terms.essential,
        kept=min(open.kept, state.quantity.open) if open is not None else 0,
        staying=staying(state, open) if open is not None else 0,
    )


def may_be_withdrawn(state: State) -> bool:
    """Whether the line's law lets its customer withdraw from the contract, without a reason."""
    law = state.terms.law
    # A version before did not count what is sent back: there the first withdrawal was of all.
    left = not state.withdrawals or 0 < state.sent_back < state.quantity.shipped
    return law is not None and law.withdrawal and state.terms.withdrawal and left


def revocable_of(state: State) -> tuple[RevocableView, ...]:
    """What was cancelled by link and may still be taken back."""
    return tuple(
        RevocableView(
            request=each.request,
            units=each.asked,
            received_at=each.received_at,
            until=last_instant(each.received_at),
            withdraws=each.withdraws,
        )
        for each in state.revocable
    )


def shipments_of(connection: Connection, state: State) -> tuple[ShipmentView, ...]:
    """What left, with the parcel as its report names it."""
    if not state.shipments:
        return ()
    reported = {}
    for row in fetch(connection, _SHIPPED, {"backorder": state.id}):
        event = load_request("ship", row.content)
        if isinstance(event, Shipped):
            reported[event.shipment] = event
    return tuple(
        ShipmentView(
            shipment=each.id,
            quantity=each.quantity,
            shipped_at=each.shipped_at,
            carrier=reported[each.id].carrier if each.id in reported else "",
            tracking=reported[each.id].tracking if each.id in reported else "",
        )
        for each in state.shipments
    )


def offers_of(state: State, sent: Set[str], written: Set[str]) -> Iterator[OfferView]:
    """What was offered. sent: the keys of the messages that went; written: of all that there are."""
    for offer in state.offers:
        now = {each.sku: each for each in state.context.alternatives} if offer.alternatives else {}
        yield OfferView(
            kind=offer.kind.value,
            on=offer.on,
            alternatives=tuple(
                _alternative(
                    state, now.get(each.sku, each), available=each.sku in now, taken=each.sku == offer.taken
                )
                for each in offer.alternatives
            ),
            percent=offer.percent or None,
            code=offer.code,
            valid_until=offer.valid_until,
            taken=offer.taken,
            # A code of which nobody writes was asked for on the customer's page.
            told=offer.key in sent
            or bool(offer.restored and restored_key(offer) in sent)
            or bool(offer.code and offer.key not in written),
            void=offer.void,
        )


def _alternative(state: State, now: Alternative, *, available: bool, taken: bool) -> AlternativeView:
    terms = terms_of(state, now, available=available)
    swapped = {each.request for each in state.substitutions} if taken else ()
    came_back = [each.amount for each in state.refunds if each.request in swapped]
    return AlternativeView(
        sku=now.sku,
        name=now.name,
        price=now.price.amount,
        currency=now.price.currency,
        refund=sum(came_back, Decimal(0)) if came_back else Decimal(terms.refund),
        available=available,
    )


def complaints_of(connection: Connection, state: State) -> tuple[ComplaintView, ...]:
    """What the customer complained about, the oldest first, and what came of it."""
    written = words_of(connection, state)
    return tuple(
        ComplaintView(
            ticket=each.ticket,
            received_at=each.received_at,
            answer_by=each.answer_by,
            text=written.get(each.request, ""),
            closed_at=each.closed_at,
            answer=written.get(each.closed_by, ""),
        )
        for each in state.complaints
    )


class WaysRow(Protocol):
    email: str | None
    phone: str | None


def ways_to(row: WaysRow) -> list[tuple[str, str]]:
    """The addresses of a customer, from a row of theirs, each with its channel."""
    return [(way, to) for way, to in (("email", row.email), ("sms", row.phone)) if to]


class ContactRow(WaysRow, Protocol):
    customer: str
    kind: str
    name: str
    contact: str
    locale: str | None
    time_zone: str | None
    region: str
    sms_consent: bool
    update_days: int | None


def contact_of(row: ContactRow, suppressed: Sequence[SuppressionView]) -> ContactView:
    """Who waits, from a row of theirs. suppressed: what is on the list of their addresses."""
    return ContactView(
        customer=row.customer,
        kind=row.kind,
        name=row.name,
        email=row.email,
        phone=row.phone,
        contact=row.contact,
        locale=row.locale,
        time_zone=row.time_zone,
        region=row.region,
        sms_consent=row.sms_consent,
        marketing_consent=tuple(each for each in CHANNELS if getattr(row, f"promotes_by_{each}")),
        update_days=isolation.known(row.update_days),
        suppressed=tuple(suppressed),
    )
