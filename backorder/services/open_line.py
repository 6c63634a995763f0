"""Opening backorders: rows first, workflows afterwards."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Engine, bindparam, select, update

from backorder.domain import keys
from backorder.domain.line.state import CLOSED, Status
from backorder.domain.texts import fault_of_id, shown
from backorder.errors import BackorderError, CallError, RefusedError, UnknownBackorderError
from backorder.failures import in_words, kind_of, passes
from backorder.services.join_queue import Joined, Newcomer, join
from backorder.services.known_things import KnownThings
from backorder.services.line_warnings import LineWarnings
from backorder.services.new_line_rows import NewLine, first_state, given_by, line_rows, person_row
from backorder.services.offering import flags_of
from backorder.storage import isolation, marketing_consents
from backorder.storage.codec import digest, dump_state
from backorder.storage.engine import add_all, reading, writing
from backorder.storage.keep_terms import keep_people
from backorder.storage.near_skus import no_product
from backorder.storage.policies import PolicyRepository
from backorder.storage.same_content import compare, content_of
from backorder.storage.tables import backorders, customers, products

if TYPE_CHECKING:
    from backorder.schemas import OrderLine

log = logging.getLogger(__name__)
_PRODUCT = select(products.c.name, products.c.supplier).where(products.c.sku == bindparam("sku"))
_FLAG = (
    update(backorders).where(backorders.c.id == bindparam("_id")).values(state=bindparam("state"), needs=True)
)
_ON_RECORD = select(backorders, products.c.name, products.c.currency).join(
    products, products.c.sku == backorders.c.sku
)
_KNOWN = _ON_RECORD.where(backorders.c.id == bindparam("id"))
_ONE_OF = (
    select(backorders.c.id)
    .where(backorders.c.order_id == bindparam("order"))
    .order_by(backorders.c.id)
    .limit(1)
)
_KNOWN_ALL = _ON_RECORD.where(backorders.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A backorder that is on record.

    new: it was not before. closed: it has ended. skus: to be pegged anew. flags: what a new one needs of a
    person because its product was not for sale like that. seq: of its last review, 0 before the first.
    warnings: what the person should know of what was taken all the same, each with its field.
    """

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
    closed: bool = False
    flags: tuple[str, ...] = ()
    seq: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LineCheck:
    """What would become of a line. new: it is not on record. warnings: see `Opened`."""

    new: bool
    warnings: tuple[str, ...] = ()


class LineOpener:
    """Takes in order lines."""

    def __init__(self, engine: Engine, policies: PolicyRepository, warnings: LineWarnings) -> None:
        self._engine = engine
        self._policies = policies
        self._warnings = warnings

    def any_product(self) -> dict[str, str]:
        """What an order line for some product on record says: sku, unit_price, currency. Empty for none."""
        some = select(products.c.sku, products.c.price, products.c.currency).order_by(products.c.sku).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(some).one_or_none()
        if row is None:
            return {}
        return {"sku": row.sku, "unit_price": f"{row.price.normalize():f}", "currency": row.currency}

    def unknown(self, sku: object, policy: object) -> list[str]:
        """What of a line's SKU and policy the database does not know, also where other fields are wrong."""
        with reading(self._engine) as connection:
            return self._faults(connection, sku, policy)

    def check(self, line: OrderLine) -> LineCheck:
        """What would become of a line; nothing is written.

        Raises ConflictError and RefusedError as `open` does.
        """
        with reading(self._engine) as connection:
            known = connection.execute(_KNOWN, {"id": _key(line)}).one_or_none()
            if known is not None:
                _same(known, line)
                return LineCheck(new=False, warnings=self._warnings.of(line, known))
            if faults := self._faults(connection, line.sku, line.policy):
                raise RefusedError(faults)
            shop = KnownThings(connection, self._policies, [line])
            shop.meet(line.customer)
        found = (*self._warnings.of(line, shop.on_record(line.sku)), *shop.not_taken(line.customer))
        return LineCheck(new=True, warnings=found)

    def open(self, line: OrderLine, at: datetime) -> Opened:
        """Put a line on record, in one transaction.

        The same line again changes nothing. Raises ConflictError for the same ID with other content,
        RefusedError for an unknown SKU or policy.
        """
        found = self._open_alone(line, at)
        if isinstance(found, BackorderError):
            raise found
        return found

    def open_all(self, lines: Sequence[OrderLine], at: datetime) -> list[Opened | BackorderError]:
        """Put lines on record, in one transaction; in their order, what `open` returns or raises for each.

        Where the database refuses them together, each is tried alone: one bad line does not stop the others.
        """
        try:
            return self._open_together(lines, at)
        except Exception as error:
            if passes(error) or isinstance(error, CallError):
                raise
            words = "%d lines cannot be opened together; each is tried alone: %s"
            log.warning(words, len(lines), in_words(error), extra={"error": kind_of(error)})
        return [self._open_alone(line, at) for line in lines]

    def open_orders(self, lines: Sequence[OrderLine], at: datetime) -> list[Opened | BackorderError]:
        """Put lines on record as `open_all` does, but of an order all that are new, or none."""
        try:
            return self._open_together(lines, at, whole=True)
        except Exception as error:
            if passes(error) or isinstance(error, CallError):
                raise
            words = "%d lines cannot be opened together; each order is tried alone: %s"
            log.warning(words, len(lines), in_words(error), extra={"error": kind_of(error)})
        found: dict[int, Opened | BackorderError] = {}
        for order in dict.fromkeys(line.order_id for line in lines):
            places = [place for place, line in enumerate(lines) if line.order_id == order]
            found |= zip(places, self._open_order([lines[place] for place in places], at), strict=True)
        return [found[place] for place in range(len(lines))]

    def _open_order(self, lines: Sequence[OrderLine], at: datetime) -> Sequence[Opened | BackorderError]:
        try:
            return self._open_together(lines, at, whole=True)
        except Exception as error:
            if passes(error) or isinstance(error, CallError):
                raise
            log.exception("%s cannot be put on record", _key(lines[0]), extra={"backorder": _key(lines[0])})
            return [_unforeseen(error, "this order")] * len(lines)

    def _open_alone(self, line: OrderLine, at: datetime) -> Opened | BackorderError:
        try:
            (found,) = self._open_together([line], at)
        except Exception as error:
            if passes(error) or isinstance(error, CallError):
                raise
            # Whatever is the matter with this line is no reason to leave out the next one.
            log.exception("%s cannot be put on record", _key(line), extra={"backorder": _key(line)})
            return _unforeseen(error, "this line")
        return found

    def _open_together(
        self, lines: Sequence[OrderLine], at: datetime, *, whole: bool = False
    ) -> list[Opened | BackorderError]:
        once = {_key(line): line for line in reversed(lines)}
        with writing(self._engine) as connection:
            first = [line for line in lines if once[_key(line)] is line]
            found = self._open_all(connection, first, at, whole=whole)
            if found is None:
                connection.rollback()
        if found is None:
            # Somebody else opened one of them at the same moment.
            return self._open_together(lines, at, whole=whole)
        # Of lines with one ID the first is opened; the others are compared with it.
        return [
            found[_key(line)] if once[_key(line)] is line else self._open_alone(line, at) for line in lines
        ]

    def one_of(self, order: str) -> str:
        """A line of an order that is on record; "" where none is."""
        with reading(self._engine) as connection:
            return connection.execute(_ONE_OF, {"order": order}).scalar() or ""

    def known(self, backorder: str) -> Opened:
        """A line that is on record. Raises UnknownBackorderError."""
        with reading(self._engine) as connection:
            row = connection.execute(_KNOWN, {"id": backorder}).one_or_none()
        if row is None:
            raise UnknownBackorderError(backorder)
        return _known(row)

    def _faults(self, connection: Connection, sku: object, policy: object) -> list[str]:
        faults = []
        if isinstance(sku, str) and not fault_of_id(sku) and not _is_product(connection, sku):
            faults.append(f"sku: {no_product(connection, sku)}")
        if (
            isinstance(policy, str)
            and not fault_of_id(policy)
            and self._policies.newest(connection, policy) is None
        ):
            known = ", ".join(self._policies.names(connection)) or "none"
            faults.append(f"policy: {shown(policy)} is unknown; known are {known}")
        return faults

    def _open_all(
        self, connection: Connection, lines: Sequence[OrderLine], at: datetime, *, whole: bool
    ) -> dict[str, Opened | BackorderError] | None:
        """The outcome for each line's ID; None if one of them is opened elsewhere at this moment."""
        found: dict[str, Opened | BackorderError] = {}
        contents = {_key(line): content_of(line) for line in lines}
        ids = {"ids": list(contents)}
        known = {row.id: row for row in connection.execute(_KNOWN_ALL, ids)}
        fresh: list[NewLine] = []
        shop = KnownThings(connection, self._policies, lines, lock=True)
        for line in lines:
            id = _key(line)
            try:
                if faults := list(line.untimely(at)):
                    raise RefusedError(faults)
                if id in known:
                    found[id] = _known(_same(known[id], line), self._warnings.of(line, known[id]))
                    continue
                policy, product = shop.policy(line.policy), shop.product(line.sku)
                if policy is None or product is None:
                    raise RefusedError(self._faults(connection, line.sku, line.policy))
                shop.meet(line.customer)
            except BackorderError as error:
                found[id] = error
            else:
                fresh.append(NewLine(id=id, line=line, policy=policy, product=product, content=contents[id]))
        if whole:
            fresh = _of_whole_orders(fresh, lines, found)
        if fresh:
            fresh.sort(key=lambda each: each.id)
            joined = self._write(connection, fresh, shop, at)
            if joined is None:
                return None
            flags = self._flag(connection, fresh, at)
            for each in fresh:
                warnings = self._warnings.of(each.line, each.product)
                opened = _opened(each, joined, flags.get(each.id, ()), warnings)
                not_taken = shop.not_taken(each.line.customer)
                found[each.id] = replace(opened, warnings=(*opened.warnings, *not_taken))
        return found

    def _write(
        self, connection: Connection, fresh: Sequence[NewLine], shop: KnownThings, at: datetime
    ) -> Joined | None:
        """The rows of new lines: people, cases, their place in the queue. None if one is there by now."""
        people = [person for _, person in sorted(shop.new_people.items())]
        rows = [person_row(person, at) for person in people]
        if len(add_all(connection, customers, rows)) < len(rows):
            return None
        for id, person in sorted(shop.returned.items()):
            again = person_row(person, at) | {"erased_at": None}
            connection.execute(update(customers).where(customers.c.id == id).values(again))
            people.append(person)
        keep_people(connection, people)
        _keep_consents(connection, fresh, shop)
        rows = line_rows(connection, fresh, at)
        if len(add_all(connection, backorders, rows)) < len(rows):
            return None
        newcomers = [
            Newcomer(
                id=each.id,
                sku=each.line.sku,
                priority=each.line.priority,
                ordered_at=each.line.ordered_at,
                partial=each.policy.partial,
                units=each.line.quantity,
            )
            for each in fresh
        ]
        return join(connection, newcomers, at, self._policies.calendar.day(at))

    def _flag(
        self, connection: Connection, fresh: Sequence[NewLine], at: datetime
    ) -> dict[str, tuple[str, ...]]:
        """Flag the lines that were placed although their product was not for sale like that."""
        flags = flags_of(connection, {each.id: each.product for each in fresh})
        for each in fresh:
            if each.id in flags:
                state = replace(first_state(each.policy, each.line, each.id, at), needs=flags[each.id])
                connection.execute(_FLAG, {"_id": each.id, "state": dump_state(state)})
        return flags


def _keep_consents(connection: Connection, fresh: Sequence[NewLine], shop: KnownThings) -> None:
    """To which promotions customers agreed with their order: new ones, and those who are known."""
    new = shop.new_people | shop.returned
    people = {each.line.customer.id: each.line.customer for each in fresh}
    given = [each for _, person in sorted((people | new).items()) for each in given_by(person)]
    marketing_consents.give(connection, [each for each in given if each[0] in new])
    known = [each for each in given if each[0] not in new and not shop.is_elsewhere(people[each[0]], each[1])]
    marketing_consents.give_anew(connection, known)


def _of_whole_orders(
    fresh: Sequence[NewLine], lines: Sequence[OrderLine], found: dict[str, Opened | BackorderError]
) -> list[NewLine]:
    """The new lines of orders of which no line is refused; the others are."""
    refused = (line for line in lines if isinstance(found.get(_key(line)), BackorderError))
    wrong = {line.order_id: _key(line) for line in refused}
    for each in fresh:
        if other := wrong.get(each.line.order_id):
            words = f"{other} is refused, and an order is taken whole or not at all"
            found[each.id] = RefusedError([words])
    return [each for each in fresh if each.line.order_id not in wrong]


def _unforeseen(error: Exception, what: str) -> RefusedError:
    return RefusedError([f"{what} cannot be put on record: {kind_of(error)}, {in_words(error)}"])


class KnownLineRow(Protocol):
    """A line that is on record, with its product's name."""

    id: str
    seq: int
    sku: str
    name: str
    order_id: str
    supplier: str
    phase: str
    content: str | None
    content_hash: str


def _same(known: KnownLineRow, line: OrderLine) -> KnownLineRow:
    """A line that is on record already. Raises ConflictError if it is with other content."""
    if known.content_hash != digest(content_of(line)):
        compare(line, known)
    return known


def _key(line: OrderLine) -> str:
    return keys.joined(line.order_id, line.line_id)


def _is_product(connection: Connection, sku: str) -> bool:
    return connection.execute(_PRODUCT, {"sku": sku}).first() is not None


def _known(row: KnownLineRow, warnings: tuple[str, ...] = ()) -> Opened:
    seq = isolation.known(row.seq) or 0
    return Opened(
        id=row.id,
        new=False,
        started=seq > 0,
        sku=row.sku,
        name=row.name,
        quantity=0,
        order_id=row.order_id,
        supplier=row.supplier,
        status=Status.WAITING,
        closed=row.phase in CLOSED,
        seq=seq,
        warnings=warnings,
    )


def _opened(new: NewLine, joined: Joined, flags: tuple[str, ...], warnings: tuple[str, ...]) -> Opened:
    return Opened(
        id=new.id,
        new=True,
        started=False,
        sku=new.line.sku,
        name=new.product.name,
        quantity=new.line.quantity,
        order_id=new.line.order_id,
        supplier=new.product.supplier,
        status=Status.ALLOCATED if new.id in joined.whole else Status.WAITING,
        skus=(new.line.sku,) if new.line.sku in joined.moved else (),
        flags=flags,
        warnings=warnings,
    )
