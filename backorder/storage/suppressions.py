"""Addresses to which nothing, or no promotion, goes; one list for all channels. Instants: machine time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from backorder.domain.contacts import canonical
from backorder.domain.suppression import Cause, covered
from backorder.storage.address_keys import as_hashes, hashes, known_hashes
from backorder.storage.compiled import fetch
from backorder.storage.engine import insert_into
from backorder.storage.isolation import known
from backorder.storage.statements import AnySelect, one_of
from backorder.storage.tables import suppressions

BY_PAGE = "link/"
"""How the evidence of what was stopped on a page begins; the send with its link follows."""
ADDRESSES_A_QUERY = 500
"""Addresses that are looked up with one statement."""
_KEY = ("channel", "address", "cause")
_OF_ADDRESSES = select(
    suppressions.c.channel, suppressions.c.address, suppressions.c.cause, suppressions.c.lifted_at
).where(
    suppressions.c.channel.in_(bindparam("channels", expanding=True)),
    suppressions.c.address.in_(bindparam("addresses", expanding=True)),
)
_LISTED = _OF_ADDRESSES.where(suppressions.c.lifted_at.is_(None))
_LIFTED = _OF_ADDRESSES.where(suppressions.c.lifted_at.is_not(None))
_LIFT = (
    update(suppressions)
    .where(
        suppressions.c.channel == bindparam("_channel"),
        suppressions.c.address.in_(bindparam("_addresses", expanding=True)),
        suppressions.c.cause.in_(bindparam("_causes", expanding=True)),
        suppressions.c.lifted_at.is_(None),
        suppressions.c.at <= bindparam("lifted_at"),
    )
    .values(lifted_at=bindparam("lifted_at"), lifted_by=bindparam("lifted_by"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SuppressionEntry:
    """An address for the list. by: who says so; evidence: the report or text that it follows from, by its ID;
    note: in a person's words. at: when it happened, machine time. erased: whose it is was erased meanwhile.
    """

    channel: str
    address: str
    cause: Cause
    at: datetime
    by: str
    evidence: str = ""
    note: str = ""
    erased: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """By which it is on the list."""
        return self.channel, canonical(self.channel, self.address), self.cause.value


def suppress(connection: Connection, entries: Iterable[SuppressionEntry]) -> None:
    """Put addresses on the list. One that is on it stays as it is; what was lifted later is not put back.

    What was stopped on a page gives way to other evidence, like a text: a page lifts only what a page did. So
    does an unsubscription to a later one: a provider may report a subscription between the two afterwards.
    """
    # In one order, so that two that put the same ones there do not wait for each other.
    for entry in sorted(entries, key=lambda each: (*each.key, each.at)):
        statement = insert_into(connection, suppressions)
        # A row that is there is only taken over where it was lifted before this happened, or is a page's.
        row, new = suppressions.c, statement.excluded
        pages = row.lifted_at.is_(None) & row.evidence.startswith(BY_PAGE)
        outdone = pages & ~new.evidence.startswith(BY_PAGE)
        unsubscribed = (row.cause == Cause.UNSUBSCRIBE.value) & row.lifted_at.is_(None)
        later = unsubscribed & (row.at < new.at) & ~new.evidence.startswith(BY_PAGE)
        again = {name: new[name] for name in ("at", "by", "evidence", "note")}
        statement = statement.on_conflict_do_update(
            index_elements=list(_KEY),
            set_=again | {"lifted_at": None, "lifted_by": None},
            where=(row.lifted_at < new.at) | outdone | later,
        )
        connection.execute(statement, _values(connection, entry))


def lift_as_reported(connection: Connection, entries: Iterable[SuppressionEntry]) -> None:
    """Take addresses off the list as of an instant; what put them there before it may be heard of later."""
    for entry in sorted(entries, key=lambda each: (*each.key, each.at)):
        lift(connection, entry.channel, entry.address, [entry.cause], entry.at, entry.by)
        statement = insert_into(connection, suppressions)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=list(_KEY),
            set_={"lifted_at": new.lifted_at, "lifted_by": new.lifted_by},
            where=suppressions.c.lifted_at < new.lifted_at,
        )
        values = _values(connection, entry) | {"lifted_at": entry.at, "lifted_by": entry.by}
        connection.execute(statement, values)


def _values(connection: Connection, entry: SuppressionEntry) -> dict[str, object]:
    values: dict[str, object] = dict(zip(_KEY, entry.key, strict=True))
    if entry.erased:
        place = entry.key[:2]
        values["address"] = as_hashes(connection, [place])[place][1]
    said = {"by": entry.by, "evidence": entry.evidence, "note": entry.note}
    return values | said | {"at": entry.at}


def lift(
    connection: Connection, channel: str, address: str, causes: Collection[Cause], at: datetime, by: str
) -> int:
    """Take an address off the list for some causes. Returns how many of them it was on for."""
    values = {"_channel": channel, "lifted_at": at, "lifted_by": by}
    values |= {"_addresses": [each for _, each in written_as(connection, [(channel, address)])]}
    return connection.execute(_LIFT, values | {"_causes": [each.value for each in causes]}).rowcount


def written_as(connection: Connection, addresses: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """How addresses may stand on the list: canonical, and hashed. addresses: each with its channel."""
    places = _canonical(addresses)
    return sorted(places | set(known_hashes(connection, places).values()))


def written_with(key: str | None, addresses: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same. key: `backorder.storage.address_keys.ADDRESS_KEY`."""
    places = _canonical(addresses)
    return sorted(places | set(hashes(places, key).values()))


def _canonical(addresses: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(channel, canonical(channel, address)) for channel, address in addresses}


def erase(connection: Connection, addresses: Collection[tuple[str, str]]) -> None:
    """Keep what is on the list for some addresses by their hashes alone; they go on to be known by it."""
    places = sorted({(channel, canonical(channel, address)) for channel, address in addresses})
    mine = one_of(places, suppressions.c.channel, suppressions.c.address)
    rows = connection.execute(select(suppressions).where(mine)).all() if places else []
    kept = as_hashes(connection, [(row.channel, row.address) for row in rows]) if rows else {}
    for row in rows:
        same = (suppressions.c.channel == row.channel) & (suppressions.c.cause == row.cause)
        found = row._asdict() | {"address": kept[row.channel, row.address][1], "note": ""}
        newer = insert_into(connection, suppressions).values(found)
        values = {name: newer.excluded[name] for name in found if name not in _KEY}
        # One of before, of an address that was erased twice, gives way.
        connection.execute(newer.on_conflict_do_update(index_elements=list(_KEY), set_=values))
        connection.execute(delete(suppressions).where(same, suppressions.c.address == row.address))


def listed(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], frozenset[str]]:
    """The causes for which addresses are on the list. addresses: each a channel and an address, in any form;
    those that are not on it are left out.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for address, cause, _ in _entries(connection, _LISTED, addresses):
        found.setdefault(address, set()).add(cause)
    return {address: frozenset(causes) for address, causes in found.items()}


def lifted(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], datetime]:
    """When addresses came off the list last to which nothing at all had gone; the others are left out."""
    found: dict[tuple[str, str], datetime] = {}
    for address, cause, lifted_at in _entries(connection, _LIFTED, addresses):
        at = known(lifted_at)
        if at is not None and covered([cause], commercial=False):
            found[address] = max(at, found.get(address, at))
    return found


def _entries(
    connection: Connection, query: AnySelect, addresses: Collection[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], str, datetime | None]]:
    """The causes of some addresses, each with the address as it was asked for, and when it was lifted."""
    asked: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for each in addresses:
        asked.setdefault((each[0], canonical(*each)), []).append(each)
    for place, hash in known_hashes(connection, asked.keys()).items():
        asked[hash] = asked[place]
    keys = sorted(asked)
    for first in range(0, len(keys), ADDRESSES_A_QUERY):
        some = keys[first : first + ADDRESSES_A_QUERY]
        named = {"channels": sorted({channel for channel, _ in some})}
        named |= {"addresses": [address for _, address in some]}
        for row in fetch(connection, query, named):
            for written in asked.get((row.channel, row.address), ()):
                yield written, row.cause, row.lifted_at
