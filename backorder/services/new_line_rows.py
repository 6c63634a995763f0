"""What is written of a line that is new: its row, its customer's, its first state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from backorder.domain.law.terms import OrderFacts, terms_of
from backorder.domain.line.money_facts import Payment
from backorder.domain.line.state import Consent, Quantity, State
from backorder.domain.money import rounded
from backorder.domain.policy.policy import CHANNELS, Policy
from backorder.storage.asked_of_lines import note_stated
from backorder.storage.codec import digest, dump_json, dump_state
from backorder.storage.line_duties import duty_columns
from backorder.storage.marketing_consents import ConsentGiven

if TYPE_CHECKING:
    from backorder.schemas import Customer, OrderLine
    from backorder.storage.rows import ProductRow


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLine:
    """A line that is about to be written."""

    id: str
    line: OrderLine
    policy: Policy
    product: ProductRow
    content: str


def person_row(customer: Customer, at: datetime) -> dict[str, object]:
    """The row of a customer."""
    agreed = bool(given_by(customer))
    return customer.model_dump(mode="python") | {"marketing_consent": agreed, "updated_at": at}


def given_by(customer: Customer) -> list[tuple[str, str, ConsentGiven]]:
    """To which promotions a customer agreed: their ID, the channel, and how."""
    found = ((channel, getattr(customer.marketing_consent, channel)) for channel in CHANNELS)
    return [
        (customer.id, channel, ConsentGiven(at=each.at, how=each.how, wording=each.wording))
        for channel, each in found
        if each is not None
    ]


def _line_row(new: NewLine, at: datetime) -> dict[str, object]:
    """The row of a new line."""
    line, state = new.line, first_state(new.policy, new.line, new.id, at)
    return {
        "id": new.id,
        "order_id": line.order_id,
        "line_id": line.line_id,
        "sku": line.sku,
        "customer": line.customer.id,
        "supplier": new.product.supplier,
        "policy": new.policy.name,
        "policy_version": new.policy.version,
        "content_hash": digest(new.content),
        "content": new.content,
        "phase": "open",
        "ordered_at": line.ordered_at,
        "opened_at": at,
        "needs": False,
        "opening": _opening(line),
        "state": dump_state(state),
        **duty_columns(new.policy, state),
    }


def _opening(line: OrderLine) -> str:
    told = line.promised
    return dump_json(
        {
            "by": told.by.isoformat() if told else None,
            "told_at": told.told_at.isoformat() if told else None,
            "notices": [notice.model_dump(mode="json") for notice in line.notices],
            "completed_at": line.completed_at.isoformat() if line.completed_at else None,
            "credit": line.credit,
            "ship_by": line.ship_by.isoformat() if line.ship_by else None,
            "essential": line.essential,
            "withdrawal": line.withdrawal,
            "pack": line.pack,
            "pack_reason": line.pack_reason,
        }
    )


def said(policy: Policy, line: OrderLine) -> OrderFacts:
    """What an order line says about its law."""
    told = line.promised
    return OrderFacts(
        region=line.customer.region,
        kind=line.customer.kind,
        ordered_at=line.ordered_at,
        completed_at=line.completed_at,
        credit=line.credit,
        ship_by=line.ship_by,
        promised_by=told.by if told else None,
        told_at=told.told_at if told else None,
        essential=line.essential,
        withdrawal=line.withdrawal,
        pack=line.pack,
        reason=line.pack_reason or "",
        transit=policy.promise.transit,
    )


def first_state(policy: Policy, line: OrderLine, id: str, at: datetime) -> State:
    """The state of a line of which nothing was heard yet."""
    paid = line.line_paid
    if paid is None:
        paid = rounded(line.unit_price * line.quantity, line.currency)
    return State(
        id=id,
        order_id=line.order_id,
        line_id=line.line_id,
        sku=line.sku,
        quantity=Quantity(ordered=line.quantity),
        ordered_at=line.ordered_at,
        ordered_on=policy.calendar.day(line.ordered_at),
        opened_at=at,
        payment=Payment(
            state=line.payment,
            currency=line.currency,
            unit_price=line.unit_price,
            line_paid=paid,
            shipping_paid=line.shipping_paid,
        ),
        terms=terms_of(said(policy, line), policy.calendar, policy=policy.pack),
        consent=Consent(state=line.consent.state, until=line.consent.until) if line.consent else Consent(),
    )


def line_rows(connection: Connection, fresh: Sequence[NewLine], at: datetime) -> list[dict[str, object]]:
    """The rows of new lines. The audit says what was ordered, and of whom by their ID alone."""
    for each in fresh:
        line = each.line
        said = {"customer": line.customer.id, "sku": line.sku, "quantity": line.quantity}
        said |= {"unit_price": line.unit_price, "currency": line.currency, "ordered_at": line.ordered_at}
        note_stated(connection, "backorder", each.id, each.id, "order_line", said)
    return [_line_row(each, at) for each in fresh]
