"""What waits for somebody, when the ways to them change: it goes by those that count now, and as soon."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import Case, Connection, bindparam, case, null, select, text, update

from backorder.domain.keys import parts
from backorder.domain.notifications import BESIDE_KINDS, OWED_KINDS, Kind
from backorder.domain.page_limits import STILL_OF_USE
from backorder.domain.quiet_hours import NIGHT
from backorder.ports import Notify
from backorder.storage.compiled import fetch
from backorder.storage.failed_messages import OWED
from backorder.storage.tables import customers, message_items, messages

# Word for word the partial index's condition, which a parameter would not match.
_OPEN = text("messages.state IN ('planned', 'claimed', 'unknown')")
_WAITS_THERE = (
    select(messages.c.id, messages.c.shard)
    .where(
        messages.c.person.in_(bindparam("people", expanding=True)),
        _OPEN,
        messages.c.state == "planned",
        (messages.c.channel == bindparam("channel")) | (messages.c.reason == NIGHT),
    )
    .order_by(messages.c.id)
)
_LINES = (
    select(message_items.c.backorder)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
    .distinct()
)


def unsaid(connection: Connection, people: Collection[str]) -> list[str]:
    """The messages to some people that wait, or failed."""
    waits = messages.c.state.in_(("planned", "failed"))
    mine = select(messages.c.id).where(messages.c.person.in_(sorted(people)), waits)
    return list(connection.execute(mine).scalars())


def say_anew(connection: Connection, person: str) -> None:
    """What waits and was put into words just now goes in those that are right by now, and at that hour."""
    waits = (messages.c.person == person) & (messages.c.state == "planned")
    connection.execute(update(messages).where(waits).values(version=messages.c.version + 1))


def ask_the_hour_anew(connection: Connection, person: str, at: datetime) -> None:
    """What waits for somebody's morning goes by the hours that are theirs by now. at: business time."""
    sleeps = (messages.c.person == person) & (messages.c.state == "planned") & (messages.c.reason == NIGHT)
    connection.execute(update(messages).where(sleeps).values(not_before=_hour(at), reason=null()))


def try_at_once(connection: Connection, person: str, at: datetime) -> int:
    """What waits is tried at once, and what stands beside the lines and failed goes out again.

    Returns how many of those there are: of mails that ask at an address, the one whose link counts.
    """
    mine = messages.c.person == person
    free: dict[str, object] = {"try_at": None, "other_try_at": None, "fallback_at": None, "channel": None}
    free |= {"reason": None, "version": messages.c.version + 1}
    waiting = update(messages).where(mine, messages.c.state == "planned")
    connection.execute(waiting.values(free | {"not_before": _hour(at)}))
    asked = select(customers.c.address_asked).where(customers.c.id == parts(person)[1])
    beside = messages.c.kind.in_([kind.value for kind in OWED_KINDS & BESIDE_KINDS])
    failed = (
        mine
        & (messages.c.state == "failed")
        & ((messages.c.kind != Kind.CONFIRM_ADDRESS.value) | messages.c.id.in_(asked))
        & (beside | messages.c.kind.in_(OWED) & messages.c.copy_of.is_not(None))
        & (messages.c.recorded_at > datetime.now(UTC) - STILL_OF_USE)
    )
    again = free | {
        "state": "planned",
        "not_before": at,
        "recorded_at": None,
        "done_at": None,
        "looks": 0,
        "absences": 0,
    }
    return connection.execute(update(messages).where(failed).values(again)).rowcount


def waiting_there(connection: Connection, people: Collection[str], channel: str) -> dict[str, int]:
    """The messages to some people that wait for a channel, or for the morning; each with its shard."""
    if not people:
        return {}
    rows = fetch(connection, _WAITS_THERE, {"people": sorted(people), "channel": channel})
    return {row.id: row.shard for row in rows}


def lines_of(connection: Connection, ids: Collection[str]) -> set[str]:
    """The lines for which some messages speak."""
    return {row.backorder for row in fetch(connection, _LINES, {"messages": sorted(ids)})} if ids else set()


def leave_way(connection: Connection, waiting: Mapping[str, int], channel: str, at: datetime) -> Notify:
    """Have what waits go by another channel at once, since nothing goes by this one any more.

    waiting: see `waiting_there`; locked. at: business time. Returns whom to wake.
    """
    if not waiting:
        return Notify()
    there = messages.c.channel == channel
    values = {
        "not_before": _hour(at),
        "reason": null(),
        "fallback_at": null(),
        "channel": case((there, null()), else_=messages.c.channel),
        # The other channel rests by itself.
        "try_at": case((there, messages.c.other_try_at), else_=messages.c.try_at),
        "other_try_at": case((there, null()), else_=messages.c.other_try_at),
        "version": messages.c.version + 1,
    }
    waits = messages.c.id.in_(sorted(waiting)) & (messages.c.state == "planned")
    connection.execute(update(messages).where(waits).values(values))
    return Notify(due=tuple((shard, at) for shard in sorted(set(waiting.values()))))


def _hour(at: datetime) -> Case[datetime]:
    """When a message goes that waits: what waits for the morning finds out anew whether it has to."""
    sleeps = (messages.c.reason == NIGHT) & (messages.c.not_before > at)
    return case((sleeps, at), else_=messages.c.not_before)
