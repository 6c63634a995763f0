"""Opening backorders and taking requests: rows first, workflows afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from backorder.domain.events import Event
from backorder.domain.money import rounded
from backorder.domain.pegging import Waiting
from backorder.domain.policy import Policy
from backorder.domain.state import Consent, Payment, Quantity, State, Status
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.intake import Customer, OrderLine
from backorder.storage import replanning, units
from backorder.storage.codec import digest, dump_json, dump_request, dump_state
from backorder.storage.engine import reading, writing
from backorder.storage.policies import PolicyShelf
from backorder.storage.tables import backorders, customers, demands, products, requests

_KNOWN = (
    select(backorders, products.c.name)
    .join(products, products.c.sku == backorders.c.sku)
    .where(backorders.c.id == bindparam("id"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A backorder that is on record. new: it was not before. skus, backorders: who has to be woken."""

    id: str
    new: bool
    started: bool
    sku: str
    name: str
    quantity: int
    order_id: str
    supplier: str
    status: Status
    skus: tuple[str, ...] = ()
    backorders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Something asked of a line. content: as it came in, to tell a repetition from something else."""

    id: str
    kind: str
    event: Event
    content: str
    evidence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request that is on record. verdict None: it was not decided yet. closed: the line has ended."""

    id: str
    verdict: str | None
    reason: str | None
    closed: bool


class Intake:
    """Takes in order lines and requests."""

    def __init__(self, engine: Engine, shelf: PolicyShelf) -> None:
        self._engine = engine
        self._shelf = shelf

    def check(self, line: OrderLine) -> list[str]:
        """What is wrong with a line that only the database knows."""
        with writing(self._engine) as connection:
            return self._faults(connection, line)

    def open(self, line: OrderLine, at: datetime) -> Opened:
        """Put a line on record, in one transaction.

        The same line again changes nothing. Raises ConflictError for the same ID with other content,
        RefusedError for an unknown SKU or policy.
        """
        id = f"{line.order_id}/{line.line_id}"
        content = digest(dump_json(_content(line)))
        with writing(self._engine) as connection:
            known = connection.execute(_KNOWN, {"id": id}).one_or_none()
            if known is not None:
                if known.content_hash != content:
                    raise ConflictError(f"backorder {id} exists already, with other content")
                return _known(known)
            if faults := self._faults(connection, line):
                raise RefusedError(faults)
            return self._open(connection, line, id, content, at)

    def known(self, backorder: str) -> Opened:
        """A line that is on record. Raises UnknownBackorderError."""
        with reading(self._engine) as connection:
            row = connection.execute(_KNOWN, {"id": backorder}).one_or_none()
        if row is None:
            raise UnknownBackorderError(backorder)
        return _known(row)

    def _faults(self, connection: Connection, line: OrderLine) -> list[str]:
        faults = []
        if connection.execute(select(products.c.sku).where(products.c.sku == line.sku)).first() is None:
            faults.append(f'sku: "{line.sku}" is no known product')
        if self._shelf.newest(connection, line.policy) is None:
            known = ", ".join(self._shelf.names(connection)) or "none"
            faults.append(f'policy: "{line.policy}" is unknown; known are {known}')
        return faults

    def _open(self, connection: Connection, line: OrderLine, id: str, content: str, at: datetime) -> Opened:
        policy = self._shelf.newest(connection, line.policy)
        if policy is None:
            raise RefusedError([f'policy: "{line.policy}" is unknown'])
        product = connection.execute(select(products).where(products.c.sku == line.sku)).one()
        keep_customer(connection, line.customer, at, replace=False)
        state = _first_state(policy, line, id, at)
        connection.execute(
            insert(backorders),
            {
                "id": id,
                "order_id": line.order_id,
                "line_id": line.line_id,
                "sku": line.sku,
                "customer": line.customer.id,
                "supplier": product.supplier,
                "policy": policy.name,
                "policy_version": policy.version,
                "content_hash": content,
                "phase": "open",
                "ordered_at": line.ordered_at,
                "opened_at": at,
                "needs": False,
                "opening": _opening(line),
                "state": dump_state(state),
            },
        )
        others, skus, allocated = self._queue(connection, policy, line, id, at)
        return Opened(
            id=id,
            new=True,
            started=False,
            sku=line.sku,
            name=product.name,
            quantity=line.quantity,
            order_id=line.order_id,
            supplier=product.supplier,
            status=Status.ALLOCATED if allocated else Status.WAITING,
            skus=skus,
            backorders=others,
        )

    def _queue(
        self, connection: Connection, policy: Policy, line: OrderLine, id: str, at: datetime
    ) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Join the queue. Returns who was given units, SKUs to be pegged anew, whether the line is whole."""
        day = policy.calendar.day(at)
        shelf = units.lock(connection, line.sku)
        row: dict[str, Any] = {
            "backorder": id,
            "sku": line.sku,
            "priority": line.priority,
            "ordered_at": line.ordered_at,
            "partial": policy.partial,
            "open": line.quantity,
            "claim": False,
            "since": at,
            "drift": False,
        }
        connection.execute(insert(demands), row)
        grants = units.hand_out(connection, line.sku, cause="on_hand", at=at, day=day)
        given = sum(grant.units for grant in grants if grant.id == id)
        behind = False
        if given < line.quantity:
            waiting = Waiting(
                id=id, priority=line.priority, ordered_at=line.ordered_at, units=line.quantity - given
            )
            shelf = units.lock(connection, line.sku) if grants else shelf
            arrivals, why, position, behind = replanning.peg_newcomer(connection, shelf, waiting, day=day)
            pegged = {"arrivals": arrivals, "why": why, "position": position}
            connection.execute(update(demands).where(demands.c.backorder == id).values(pegged))
        others = tuple(grant.id for grant in grants if grant.id != id)
        if behind or others:
            replanning.mark(connection, line.sku, "newcomer", at)
        return others, (line.sku,) if behind or others else (), given == line.quantity

    def ask(self, backorder: str, wish: Wish, at: datetime) -> Asked:
        """Put a request on record; the same one again changes nothing.

        Raises UnknownBackorderError, and ConflictError for the same ID with other content.
        """
        content = digest(f"{wish.kind}\n{wish.content}")
        with writing(self._engine) as connection:
            wanted = select(backorders.c.phase).where(backorders.c.id == backorder)
            phase = connection.execute(wanted).scalar_one_or_none()
            if phase is None:
                raise UnknownBackorderError(backorder)
            closed = phase not in ("open", "closing")
            same = (requests.c.backorder == backorder) & (requests.c.id == wish.id)
            known = connection.execute(select(requests).where(same)).one_or_none()
            if known is not None:
                if known.content_hash != content:
                    raise ConflictError(f"{wish.id} was asked of {backorder} before, with other content")
                return Asked(id=wish.id, verdict=known.verdict, reason=known.reason, closed=closed)
            row = {"backorder": backorder, "id": wish.id, "kind": wish.kind, "content_hash": content}
            row["content"] = dump_request(wish.kind, wish.event)
            connection.execute(insert(requests), row | {"evidence": wish.evidence, "asked_at": at})
            return Asked(id=wish.id, verdict=None, reason=None, closed=closed)


def keep_customer(connection: Connection, customer: Customer, at: datetime, *, replace: bool) -> None:
    """Keep a customer. What is held already stays, unless it is to be replaced."""
    known = connection.execute(select(customers.c.id).where(customers.c.id == customer.id)).first()
    values = customer.model_dump(mode="python") | {"updated_at": at}
    if known is None:
        connection.execute(insert(customers), values)
    elif replace:
        connection.execute(update(customers).where(customers.c.id == customer.id).values(values))


def _known(row: Any) -> Opened:
    return Opened(
        id=row.id,
        new=False,
        started=row.seq > 0,
        sku=row.sku,
        name=row.name,
        quantity=0,
        order_id=row.order_id,
        supplier=row.supplier,
        status=Status.WAITING,
    )


def _content(line: OrderLine) -> dict[str, Any]:
    """What two posts of a line are compared by: everything but the customer's contact."""
    content = line.model_dump(mode="json")
    content["customer"] = line.customer.id
    return content


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
        }
    )


def _first_state(policy: Policy, line: OrderLine, id: str, at: datetime) -> State:
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
        consent=Consent(state=line.consent.state, until=line.consent.until) if line.consent else Consent(),
    )
