"""An address comes on the suppression list, or off it; whoever is reached again is told what they missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from backorder.domain.suppression import SUPPRESSIONS, Cause, covered
from backorder.ports import Notify
from backorder.services.ask_by_another_way import ask_by_another_way
from backorder.services.change_customer import Change, reach_again
from backorder.storage import dispatchers, marketing_consents, suppressions
from backorder.storage.engine import writing
from backorder.storage.known_addresses import customers_at
from backorder.storage.people import lock_people
from backorder.storage.policies import PolicyRepository
from backorder.storage.suppressions import SuppressionEntry


def lock_speakers(
    connection: Connection, entries: Iterable[SuppressionEntry], *, besides: Iterable[str] = ()
) -> None:
    """Lock the customers whose own word is among these, and some besides, before anything else is locked.

    Who writes their consents down has them locked too, so that none stands that was given before it ended.
    """
    own = {(each.channel, each.address) for each in entries if _opts_out(each)}
    lock_people(connection, {*besides, *(id for way in own for id in customers_at(connection, *way))})


def _opts_out(entry: SuppressionEntry) -> bool:
    return SUPPRESSIONS[entry.cause].opts_out and not entry.erased


def suppress(
    engine: Engine, policies: PolicyRepository, entry: SuppressionEntry, at: datetime
) -> tuple[bool, Notify]:
    """Put an address on the list; what was asked there alone is asked by another way. at: business time.

    Returns whether it is new there for that cause, and whom to wake.
    """
    with writing(engine) as connection:
        lock_speakers(connection, [entry])
        known = suppressions.listed(connection, [(entry.channel, entry.address)])
        new = entry.cause.value not in known.get((entry.channel, entry.address), ())
        after = Notify()
        if new and SUPPRESSIONS[entry.cause].covers == "all":
            after = ask_by_another_way(connection, policies, entry.channel, entry.address, by=entry.by, at=at)
        suppress_within(connection, [entry])
        return new, dispatchers.wake(connection, after)


def suppress_within(connection: Connection, entries: Iterable[SuppressionEntry]) -> None:
    """The same in a transaction that goes on; a customer's own word ends their consent to promotions.

    See `lock_speakers` for those who lock something before.
    """
    found = list(entries)
    lock_speakers(connection, found)
    suppressions.suppress(connection, found)
    for each in found:
        if _opts_out(each):
            people = customers_at(connection, each.channel, each.address)
            marketing_consents.end(connection, people, each.channel, each.at, each.by)


def close_ways(
    connection: Connection,
    policies: PolicyRepository,
    entries: Sequence[SuppressionEntry],
    at: datetime,
    *,
    leaving: Collection[str],
) -> Notify:
    """Put on the list what takes nothing any more, and ask by another way what is open there, in one
    transaction: nobody finds what a crash between the two would leave unasked.

    entries: each covers all. leaving: sends that came back, which go on by themselves. What is on the list
    already, or was taken off it since, asks nothing. at: business time. Returns whom to wake.
    """
    lock_speakers(connection, entries)
    ways = sorted({(each.channel, each.address, each.by) for each in entries})
    before = {(channel, address) for channel, address, _ in ways if _is_closed(connection, channel, address)}
    suppress_within(connection, entries)
    after = Notify()
    for channel, address, by in ways:
        if (channel, address) not in before and _is_closed(connection, channel, address):
            before.add((channel, address))
            asked = ask_by_another_way(connection, policies, channel, address, by=by, at=at, leaving=leaving)
            after = after.and_also(asked)
    return after


def _is_closed(connection: Connection, channel: str, address: str) -> bool:
    listed = suppressions.listed(connection, [(channel, address)]).values()
    return covered((cause for causes in listed for cause in causes), commercial=False)


def lift(
    engine: Engine,
    policies: PolicyRepository,
    channel: str,
    address: str,
    *,
    by: str,
    at: datetime,
    now: datetime,
    causes: Sequence[Cause] = tuple(Cause),
) -> tuple[int, Notify]:
    """Take an address off the list. Returns for how many causes it was on it, and whom to wake.

    at: business time; now: machine time.
    """
    with writing(engine) as connection:
        lifted, after = lift_within(
            connection, policies, channel, address, by=by, at=at, now=now, causes=causes
        )
        return lifted, dispatchers.wake(connection, after)


def lift_within(
    connection: Connection,
    policies: PolicyRepository,
    channel: str,
    address: str,
    *,
    by: str,
    at: datetime,
    now: datetime,
    causes: Sequence[Cause],
) -> tuple[int, Notify]:
    """The same, in a transaction that goes on."""
    known = suppressions.listed(connection, [(channel, address)]).get((channel, address), frozenset())
    after = Notify()
    closed = [each for each in causes if each.value in known and SUPPRESSIONS[each].covers == "all"]
    if closed:
        change = Change(fields=("suppression",), reached=True, by=by)
        people = customers_at(connection, channel, address)
        after = reach_again(connection, policies, people, change, at)
    return suppressions.lift(connection, channel, address, causes, now, by), after
