"""What is written beside a change, in its own transaction: that it was asked for, and who changed what.

A call that fails leaves nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Connection, Table, func, insert, select

from backorder.domain.json_types import Json
from backorder.domain.keys import parts
from backorder.domain.money import rounded
from backorder.errors import PreconditionError, UnknownError
from backorder.storage import asked_of_lines, object_locks
from backorder.storage import tables as t
from backorder.storage.asked_of_lines import UNSAID, Asked
from backorder.storage.codec import dump_json
from backorder.storage.counting_once import Once

_ANY = "*"
Snapshot = Mapping[str, object]
_CONTACTS = frozenset({"name", "email", "phone"})
"""Fields of a customer that the audit names and does not hold."""
_GROWS = frozenset({"backorder"})
"""Kinds of which each change leaves a request or a note: no two changes look like none."""
_COUNTED = frozenset({"stock"})
"""Kinds of which a change adds to what is there, whoever put it there meanwhile."""


@dataclass(kw_only=True)
class Act:
    """A change that a program asks for; see `backorder.storage.engine.Companion`.

    actor: the key, `key/ID`, or who gave a command. call: as the documentation names it, a command too.
    object: its kind, a row of SNAPSHOTS, and its ID. at: machine time. once: under what it counts once; None
    where it has no key of its own. expected: the versions of the object that the caller knows; unexpected:
    those that it must not have. In both * is any that is there (RFC 9110, 13.1). must_exist: what is said
    where it is not there; None where it may be new. skus: products whose units the change needs besides
    those on record of the object. also: objects that it changes besides. replaces, removes: of a call whose
    name does not begin with PUT or DELETE, that it does so.
    """

    actor: str
    call: str
    object: tuple[str, str]
    request_id: str
    at: datetime
    once: Once | None = None
    expected: Sequence[str] = ()
    unexpected: Sequence[str] = ()
    must_exist: str | None = None
    skus: Sequence[str] = ()
    also: Sequence[tuple[str, str]] = ()
    replaces: bool = False
    removes: bool = False
    done: bool = False
    _before: Snapshot | None = field(default=None, init=False)
    _after: Snapshot | None = field(default=None, init=False)
    _others: Sequence[Snapshot | None] = field(default=(), init=False)

    def before(self, connection: Connection) -> None:
        """Raises DoneBeforeError, RepeatedKeyError, PreconditionError."""
        if self.once is not None:
            self.once.claim(connection, self.at)
        kind, id = self.object
        if kind not in _GROWS:
            object_locks.hold(connection, kind, id)
        removes = self.removes or self.call.startswith("DELETE ")
        replaces = self.replaces or self.call.startswith("PUT ")
        if removes or replaces or self.expected or self.unexpected or kind in _COUNTED:
            object_locks.lock(connection, kind, id, skus=self.skus, removes=removes)
        self._others = [snapshot(connection, *each) for each in self.also]
        asked_of_lines.begin(connection)
        self.check(connection)

    def check(self, connection: Connection) -> None:
        """Look whether the object is as the caller knows it. Raises UnknownError, PreconditionError."""
        self._before = snapshot(connection, *self.object)
        if self._before is None and self.must_exist is not None:
            raise UnknownError(self.must_exist)
        if self.expected and not self._is_one_of(self.expected):
            raise PreconditionError
        if self._is_one_of(self.unexpected):
            raise PreconditionError

    def _is_one_of(self, versions: Sequence[str]) -> bool:
        """Whether the object is there, in one of these versions."""
        if self._before is None or not versions:
            return False
        return _ANY in versions or version_of(self._before) in versions

    @property
    def made_it(self) -> bool:
        """Whether there was no such object before."""
        return self.done and self._before is None

    @property
    def version(self) -> str:
        """The version of the object that the change led to, whatever came since; "" where it was not done."""
        return version_of(self._after) if self.done else ""

    def after(self, connection: Connection) -> None:
        """Write down who changed what, unless nothing changed."""
        self._after = snapshot(connection, *self.object)
        changed = [(self.object, self._before, self._after)]
        for each, before in zip(self.also, self._others, strict=True):
            changed.append((each, before, snapshot(connection, *each)))
        asked = asked_of_lines.since(connection)
        common = {"at": self.at, "actor": self.actor, "call": self.call, "request_id": self.request_id}
        found = [entry(*each, was, became, asked.get(each, ())) for each, was, became in changed]
        rows = [each | common for each in found if each is not None]
        if rows:
            connection.execute(insert(t.audit), rows)

    def committed(self) -> None:
        """One transaction does it; those after it have other work."""
        self.done = True


def snapshot(connection: Connection, kind: str, id: str) -> Snapshot | None:
    """What is on record of an object, as far as a caller replaces it; None where there is none."""
    return SNAPSHOTS[kind](connection, id)


def version_of(found: Snapshot | None) -> str:
    """The version of an object as it is on record: another one after each change of it."""
    return _digest(found) if found is not None else ""


def _digest(value: object) -> str:
    """16 hexadecimal digits that another value does not have."""
    return sha256(dump_json(_plain(value)).encode()).hexdigest()[:16]


def entry(
    kind: str, id: str, before: Snapshot | None, after: Snapshot | None, asked: Sequence[Asked] = ()
) -> dict[str, str | None] | None:
    """What an entry says of an object that was changed, or of which something was asked; else None.

    asked: what was asked of it by the change. What others asked of it meanwhile their own entries say.
    """
    if before is not None and after is not None:
        before = asked_of_lines.beside_others(kind, before, after, asked)
    if before == after and not asked:
        return None
    said = {"asked": [each._asdict() for each in asked]} if asked else {}
    was, became = changes(kind, before, after if after is None else {**after, **said})
    return {"kind": kind, "object": id, "before": was, "after": became}


def changes(kind: str, before: Snapshot | None, after: Snapshot | None) -> tuple[str | None, str | None]:
    """What of an object differs before and after, each as JSON; None where there is none.

    Of who is erased by it the entry names what went, and holds nothing of it.
    """
    contacts = _CONTACTS if kind == "customer" else frozenset[str]()
    gone = (before or {}).keys() if (after or {}).get("erased_at") is not None else contacts
    return _dumped(before, after, gone), _dumped(after, before, contacts)


def _dumped(of: Snapshot | None, other: Snapshot | None, unsaid: AbstractSet[str]) -> str | None:
    """What differs from another snapshot. unsaid: fields that are named, without their values."""
    if of is None:
        return None
    changed = {name: value for name, value in of.items() if other is None or other.get(name) != value}
    return dump_json({name: UNSAID if name in unsaid else _plain(value) for name, value in changed.items()})


def _plain(value: object) -> Json:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, bool | int | str) else str(value)


_LISTS = frozenset({"alternatives", "backups", "networks", "roles", "types"})
"""Columns that hold a list as JSON."""
_LEFT_OUT = frozenset(
    {"updated_at", "used_at", "hash", "secret", "old_secret", "older_secrets", "address_asked"}
)


def _row(table: Table, by: str = "id") -> Callable[[Connection, str], Snapshot | None]:
    """A row by a column that names it."""
    key = table.c[by]
    query = select(*(column for column in table.c if column.name not in _LEFT_OUT))

    def read(connection: Connection, id: str) -> Snapshot | None:
        row = connection.execute(query.where(key == id)).one_or_none()
        return None if row is None else _as_said(dict(row._mapping))

    return read


LINE_COLUMNS = (
    *(
        t.backorders.c[name]
        for name in ("phase", "policy", "policy_version", "promised_by", "first_by", "needs")
    ),
    t.demands.c.priority,
)
"""What is on record of a line."""


def _line(connection: Connection, id: str) -> Snapshot | None:
    query = (
        select(*LINE_COLUMNS)
        .join(t.demands, t.demands.c.backorder == t.backorders.c.id)
        .where(t.backorders.c.id == id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found = dict(row._mapping)
    for table in (t.requests, t.notes):
        count = select(func.count()).select_from(table).where(table.c.backorder == id)
        found[table.name] = connection.execute(count).scalar_one()
    return found


_FOLLOWS = frozenset({"purchase_order", "tranches", "due", "stated_length", "stated_head"})
"""Columns of a purchase-order line that say nothing beside the others and what the supplier stated."""


def _purchase_order(connection: Connection, id: str) -> Snapshot | None:
    found = _row(t.purchase_orders)(connection, id)
    if found is None:
        return None
    line = t.purchase_order_lines.c
    columns = [column for column in line if column.key not in _FOLLOWS]
    query = select(*columns).where(line.purchase_order == id).order_by(line.line)
    lines = [dict(row._mapping) for row in connection.execute(query)]
    return {
        "supplier": found["supplier"],
        "ordered_at": found["ordered_at"],
        "lines": lines,
        "returns": _rows(
            connection, t.supply_returns, id, ("line", "id", "receipt", "quantity", "replacement")
        ),
        "dates_asked": _rows(connection, t.approvals, id, ("line", "revision", "state", "why", "decided_by")),
    }


def _rows(connection: Connection, table: Table, order: str, names: Sequence[str]) -> list[dict[str, object]]:
    """What was written down about a purchase order apart from its lines."""
    columns = [table.c[name] for name in names]
    query = select(*columns).where(table.c.purchase_order == order).order_by(*columns[:2])
    return [dict(row._mapping) for row in connection.execute(query)]


def _stock(connection: Connection, sku: str) -> Snapshot | None:
    """Units of a SKU, and the newest count of them: one that finds what was known changes no unit."""
    found = _row(t.stock, "sku")(connection, sku)
    newest = select(func.max(t.stock_counts.c.as_of)).where(t.stock_counts.c.sku == sku)
    return None if found is None else {**found, "counted_at": connection.execute(newest).scalar()}


def _supplier_price(connection: Connection, id: str) -> Snapshot | None:
    supplier, sku = parts(id)
    price = t.supplier_prices.c
    columns = (price.price, price.currency, price.pack_size, price.minimum_order)
    mine = (price.supplier == supplier) & (price.sku == sku)
    row = connection.execute(select(*columns).where(mine)).one_or_none()
    return None if row is None else _as_said(dict(row._mapping))


def _as_said(found: dict[str, object]) -> Snapshot:
    """A row as it was said: lists, and prices with the digits of their currency, where a column has more."""
    price, currency = found.get("price"), found.get("currency")
    if isinstance(price, Decimal) and isinstance(currency, str):
        found["price"] = rounded(price, currency)
    for name in _LISTS & found.keys():
        with suppress(ValueError, TypeError):  # what cannot be read is shown as it stands
            found[name] = json.loads(str(found[name]))
    return found


def _customer(connection: Connection, id: str) -> Snapshot | None:
    """A customer, and what they agree to by now: when, and a digest of how and in which words."""
    found = _row(t.customers)(connection, id)
    if found is None:
        return None
    given = t.consents.c
    stands = select(t.consents).where(given.customer == id, given.ended_at.is_(None)).order_by(given.number)
    consents = {
        row.purpose: {"at": row.at, "words": _digest([row.evidence, row.wording])}
        for row in connection.execute(stands)
    }
    return {**found, "consents": consents}


def _receiver(connection: Connection, id: str) -> Snapshot | None:
    found = _row(t.receivers)(connection, id)
    return None if found is None or found["removed_at"] is not None else found


def _task(connection: Connection, id: str) -> Snapshot | None:
    found = _row(t.tasks)(connection, id)
    count = select(func.count()).select_from(t.notes).where(t.notes.c.task == id)
    return None if found is None else {**found, "notes": connection.execute(count).scalar_one()}


def _policy(connection: Connection, name: str) -> Snapshot | None:
    """The version that new lines get; what it says is kept by version."""
    return _row(t.current_policies, "name")(connection, name)


def _suppression(connection: Connection, channel: str) -> Snapshot:
    """How many entries of a channel's list stand, and how many were taken off: none says whose address it is.

    The list itself has each with its instant and who says so.
    """
    rows = t.suppressions.c
    lifted = rows.lifted_at.is_not(None)
    query = select(lifted, func.count()).where(rows.channel == channel).group_by(lifted)
    counts = {bool(row[0]): row[1] for row in connection.execute(query)}
    return {"listed": counts.get(False, 0), "lifted": counts.get(True, 0)}


def _forecast(connection: Connection, name: str) -> Snapshot | None:
    """What the forecast goes by: its parameters, as chosen last. Nothing is compared of sales and past
    orders, which many imports change at once: each states what it changed.
    """
    if name in ("sales", "history"):
        return {}
    chosen = t.parameters.c
    query = select(chosen.number, chosen.content, chosen.words).order_by(chosen.number.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return None if found is None else dict(found._mapping)


def _delivery(connection: Connection, id: str) -> Snapshot | None:
    receiver, _, event = id.rpartition("/")
    columns = (t.deliveries.c.state, t.deliveries.c.attempts)
    mine = (t.deliveries.c.receiver == receiver) & (t.deliveries.c.event == event)
    row = connection.execute(select(*columns).where(mine)).one_or_none()
    return None if row is None else dict(row._mapping)


SNAPSHOTS: Mapping[str, Callable[[Connection, str], Snapshot | None]] = {
    "backorder": _line,
    "channel": _row(t.channels, "name"),
    "customer": _customer,
    "delivery": _delivery,
    "forecast": _forecast,
    "key": _row(t.api_keys),
    "message": _row(t.messages),
    "policy": _policy,
    "product": _row(t.products, "sku"),
    "purchase_order": _purchase_order,
    "receiver": _receiver,
    "stock": _stock,
    "supplier": _row(t.suppliers),
    "supplier_price": _supplier_price,
    "suppression": _suppression,
    "task": _task,
}
"""What of each kind of object is compared before and after, given its ID; one row a kind."""
