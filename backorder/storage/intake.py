"""Opening backorders and taking requests: rows first, workflows afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from backorder.domain.events import Event
from backorder.domain.money import rounded
from backorder.domain.pegging import Waiting
from backorder.domain.policy import Policy
from backorder.domain.state import Consent, Payment, Quantity, State, Status
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.intake import Customer, OrderLine
from backorder.ports import After
from backorder.storage import replanning, units
from backorder.storage.codec import digest, dump_json, dump_request, dump_state
from backorder.storage.engine import add, reading, writing
from backorder.storage.policies import PolicyShelf
from backorder.storage.tables import backorders, customers, demands, products, requests, timeline

_PRODUCT = select(products.c.name, products.c.supplier).where(products.c.sku == bindparam("sku"))
_KNOWN = (
    select(backorders, products.c.name)
    .join(products, products.c.sku == backorders.c.sku)
    .where(backorders.c.id == bindparam("id"))
)


_JOIN = insert(demands)
_PEG = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"))
    .values({name: bindparam(name) for name in ("arrivals", "why", "position")})
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A backorder that is on record. new: it was not before. skus: to be pegged anew."""

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

    def unknown(self, sku: object, policy: object) -> list[str]:
        """What of a line's SKU and policy the database does not know, also where other fields are wrong."""
        with reading(self._engine) as connection:
            return self._faults(connection, sku, policy)

    def check(self, line: OrderLine) -> bool:
        """Whether a line would be new; nothing is written.

        Raises ConflictError and RefusedError as `open` does.
        """
        id = f"{line.order_id}/{line.line_id}"
        with reading(self._engine) as connection:
            if _same(connection, id, digest(dump_json(_content(line)))) is not None:
                return False
            if faults := self._faults(connection, line.sku, line.policy):
                raise RefusedError(faults)
        return True

    def open(self, line: OrderLine, at: datetime) -> Opened:
        """Put a line on record, in one transaction.

        The same line again changes nothing. Raises ConflictError for the same ID with other content,
        RefusedError for an unknown SKU or policy.
        """
        id = f"{line.order_id}/{line.line_id}"
        content = digest(dump_json(_content(line)))
        with writing(self._engine) as connection:
            known = _same(connection, id, content)
            if known is not None:
                return _known(known)
            policy = self._shelf.newest(connection, line.policy)
            product = connection.execute(_PRODUCT, {"sku": line.sku}).one_or_none()
            if policy is None or product is None:
                raise RefusedError(self._faults(connection, line.sku, line.policy))
            opened = self._open(connection, policy, product, line, content, at)
            if opened is None:
                connection.rollback()
        # None: somebody else opened it at the same moment.
        return opened or self.open(line, at)

    def prioritise(self, backorder: str, priority: int, *, by: str, reason: str, at: datetime) -> After:
        """Move a line in its queue; those it passes, or that pass it, are pegged anew.

        Raises UnknownBackorderError.
        """
        with writing(self._engine) as connection:
            mine = select(backorders.c.sku).where(backorders.c.id == backorder).with_for_update()
            sku = connection.execute(mine).scalar_one_or_none()
            if sku is None:
                raise UnknownBackorderError(backorder)
            units.lock(connection, sku)
            line = demands.c.backorder == backorder
            before = connection.execute(select(demands.c.priority).where(line)).scalar_one()
            if before == priority:
                return After()
            connection.execute(update(demands).where(line).values(priority=priority))
            entry = {"backorder": backorder, "at": at, "what": "priority_changed", "by": by}
            detail = f"priority {before} becomes {priority}: {reason}"
            connection.execute(insert(timeline), entry | {"verdict": "accepted", "detail": detail})
            replanning.mark(connection, sku, "priority", at)
            return After(skus=(sku,))

    def known(self, backorder: str) -> Opened:
        """A line that is on record. Raises UnknownBackorderError."""
        with reading(self._engine) as connection:
            row = connection.execute(_KNOWN, {"id": backorder}).one_or_none()
        if row is None:
            raise UnknownBackorderError(backorder)
        return _known(row)

    def _faults(self, connection: Connection, sku: object, policy: object) -> list[str]:
        faults = []
        if isinstance(sku, str) and not _is_product(connection, sku):
            faults.append(f'sku: "{sku}" is no known product')
        if isinstance(policy, str) and self._shelf.newest(connection, policy) is None:
            known = ", ".join(self._shelf.names(connection)) or "none"
            faults.append(f'policy: "{policy}" is unknown; known are {known}')
        return faults

    def _open(
        self,
        connection: Connection,
        policy: Policy,
        product: Any,
        line: OrderLine,
        content: str,
        at: datetime,
    ) -> Opened | None:
        id = f"{line.order_id}/{line.line_id}"
        keep_customer(connection, line.customer, at, replace=False)
        state = _first_state(policy, line, id, at)
        new = add(
            connection,
            backorders,
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
        if not new:
            return None
        skus, allocated = self._queue(connection, policy, line, id, at)
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
        )

    def _queue(
        self, connection: Connection, policy: Policy, line: OrderLine, id: str, at: datetime
    ) -> tuple[tuple[str, ...], bool]:
        """Join the queue. Returns SKUs to be pegged anew, and whether the line is whole."""
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
        connection.execute(_JOIN, row)
        grants = []
        if shelf.on_hand > shelf.allocated:
            grants = units.hand_out(connection, line.sku, cause="on_hand", at=at, day=day)
        given = sum(grant.units for grant in grants if grant.id == id)
        behind = False
        if given < line.quantity:
            waiting = Waiting(
                id=id, priority=line.priority, ordered_at=line.ordered_at, units=line.quantity - given
            )
            shelf = units.lock(connection, line.sku) if grants else shelf
            arrivals, why, position, behind = replanning.peg_newcomer(connection, shelf, waiting, day=day)
            pegged = {"_id": id, "arrivals": arrivals, "why": why, "position": position}
            connection.execute(_PEG, pegged)
        moves_others = behind or any(grant.id != id for grant in grants)
        if moves_others:
            replanning.mark(connection, line.sku, "newcomer", at)
        return (line.sku,) if moves_others else (), given == line.quantity

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
            if add(connection, requests, row | {"evidence": wish.evidence, "asked_at": at}):
                return Asked(id=wish.id, verdict=None, reason=None, closed=closed)
        # Somebody else asked the same at the same moment.
        return self.ask(backorder, wish, at)


def keep_customer(connection: Connection, customer: Customer, at: datetime, *, replace: bool) -> None:
    """Keep a customer. What is held already stays, unless it is to be replaced."""
    values = customer.model_dump(mode="python") | {"updated_at": at}
    if not add(connection, customers, values) and replace:
        connection.execute(update(customers).where(customers.c.id == customer.id).values(values))


def _same(connection: Connection, id: str, content: str) -> Any:
    """The line if it is on record already. Raises ConflictError if it is with other content."""
    known = connection.execute(_KNOWN, {"id": id}).one_or_none()
    if known is not None and known.content_hash != content:
        raise ConflictError(f"backorder {id} exists already, with other content")
    return known


def _is_product(connection: Connection, sku: str) -> bool:
    return connection.execute(_PRODUCT, {"sku": sku}).first() is not None


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
    content = line.model_dump(mode="python", exclude_defaults=True)
    content["customer"] = line.customer.id
    plain: dict[str, Any] = _plain(content)
    return plain


def _plain(value: Any) -> Any:
    """JSON in which equal values are equal: instants in UTC, amounts without trailing zeros."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
    return value


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
