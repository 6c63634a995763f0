"""Making one message of those that are said together, before it is put into words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, func, literal, select, update

from backorder.domain.gathering import AT_MOST, BY_REQUEST, Gathered, Sibling, asked_by, gathered, way_of
from backorder.domain.notifications import ANSWER_KINDS, NOTIFICATIONS, SUPPLIER_KINDS, Kind
from backorder.errors import NewerVersionError, UnreadableError
from backorder.services.pass_door import WERE_TOLD
from backorder.storage.codec import load_facts
from backorder.storage.isolation import clear_all, known, readable
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders, message_items, messages, requests, sends

if TYPE_CHECKING:
    from backorder.storage.rows import GatheredRow, MessageRow


_ITEMS = (
    select(
        message_items,
        *(backorders.c[name] for name in ("order_id", "policy", "policy_version", "erased_at")),
    )
    .outerjoin(backorders, backorders.c.id == message_items.c.backorder)
    .where(message_items.c.message.in_(bindparam("messages", expanding=True)))
)
_LINES = (
    select(backorders.c.id)
    .where(backorders.c.id.in_(bindparam("lines", expanding=True)))
    .order_by(backorders.c.id)
    .with_for_update(of=backorders, key_share=True, skip_locked=True)
)
"""The lines before their messages, as a review locks them too. Who holds one is not waited for."""
_TOLD = (
    select(message_items.c.backorder, func.max(messages.c.number).label("number"))
    .join(messages, messages.c.id == message_items.c.message)
    .where(WERE_TOLD)
    .group_by(message_items.c.backorder)
)
"""The last message with a date that each line has had: the door holds what is older for overtaken."""
_MESSAGES = (
    select(messages)
    .where(messages.c.id.in_(bindparam("messages", expanding=True)), messages.c.state == "planned")
    .order_by(messages.c.id)
    .with_for_update(key_share=True)
)

_MAY_BE_THERE = (
    select(sends.c.message)
    .where(sends.c.message.in_(bindparam("messages", expanding=True)), sends.c.state != "planned")
    .distinct()
)
"""Messages that a provider had, or may have: what it said then is not to grow."""
_BESIDE = backorders.alias("beside")
_TO_COME = (
    select(message_items.c.message)
    .join(backorders, backorders.c.id == message_items.c.backorder)
    .join(_BESIDE, (_BESIDE.c.order_id == backorders.c.order_id) & (_BESIDE.c.id != backorders.c.id))
    .join(requests, (requests.c.backorder == _BESIDE.c.id) & requests.c.verdict.is_(None))
    .where(
        message_items.c.message.in_(bindparam("messages", expanding=True)),
        message_items.c.step.in_([literal(key) + requests.c.id for key in BY_REQUEST]),
    )
    .distinct()
)


def may_gather(row: MessageRow) -> bool:
    """Whether a message that waits may be said together with others: nobody has tried to send it yet.

    A mail to a supplier also after a try that certainly came to nothing: one a day names all that is asked
    for.
    """
    return (
        row.state == "planned"
        and (not row.attempts or row.kind in SUPPLIER_KINDS)
        and row.copy_of is None
        and (NOTIFICATIONS[Kind(row.kind)].gathers or row.kind in ANSWER_KINDS)
    )


def settles_with(head: MessageRow, row: MessageRow) -> bool:
    """Whether a message of a head's kind that is not due yet goes with it: a confirmation that waits for its
    siblings, or news that came while the head waited, and is due no longer after it than it waited itself.

    Either was planned some time after what it tells of, by a review that was quicker or slower: when they are
    due says more than how long each has waited. What was put off for a reason stays so.
    """
    if known(row.reason) is not None or head.kind in SUPPLIER_KINDS:
        return False
    if head.kind == Kind.CONFIRMED:
        return True
    waited = head.not_before - head.created_at
    return row.created_at <= head.not_before and row.not_before - head.not_before <= waited + AT_MOST


def to_come(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of some messages whose request other lines of the order have still to rule on, to say what it led
    to. A line rules and plans what it says in one transaction.
    """
    return set(connection.execute(_TO_COME, {"messages": list(ids)}).scalars()) if ids else set()


def gather(connection: Connection, candidates: Sequence[str], policies: PolicyRepository) -> list[Gathered]:
    """Make one message of those that are said together. candidates: messages that may be.

    One whose line somebody holds stays behind, and so does one that cannot be read. What the lines' policies
    send another way, or at other hours, is said apart.
    """
    lines = {item.backorder for item in _items(connection, candidates) if item.order_id is not None}
    held = set()
    if lines:
        locked = set(connection.execute(_LINES, {"lines": sorted(lines)}).scalars())
        held = lines - locked
    rows = connection.execute(_MESSAGES, {"messages": list(candidates)}).all()
    # Read again: whoever held a line may have taken its item elsewhere.
    items: dict[str, list[GatheredRow]] = defaultdict(list)
    for item in _items(connection, [row.id for row in rows]):
        items[item.message].append(item)
    gone = _may_be_there(connection, [row.id for row in rows if row.attempts])
    mine = [row for row in rows if row.id not in gone and may_gather(row) and _are_sound(row, items[row.id])]
    ways = {row.id: _ways(connection, row, items[row.id], policies) for row in mine}
    told = {row.backorder: row.number for row in connection.execute(_TOLD, {"lines": sorted(lines)})}
    same = [row for row in mine if len(ways[row.id]) == 1]
    found = gathered(_siblings(same, items, ways, held, lines, told))
    for each in found:
        _join(connection, each)
    return found


def _items(connection: Connection, ids: Sequence[str]) -> Sequence[GatheredRow]:
    return connection.execute(_ITEMS, {"messages": list(ids)}).all() if ids else ()


def _may_be_there(connection: Connection, tried: Sequence[str]) -> set[str]:
    return set(connection.execute(_MAY_BE_THERE, {"messages": list(tried)}).scalars()) if tried else set()


def _siblings(
    rows: Sequence[MessageRow],
    items: Mapping[str, list[GatheredRow]],
    ways: Mapping[str, set[str]],
    held: set[str],
    lines: set[str],
    told: Mapping[str, int],
) -> Iterable[Sibling]:
    for row in rows:
        mine = items[row.id]
        ours = {item.backorder for item in mine if item.order_id is not None}
        orders = {item.order_id or "" for item in mine}
        asked = {asked_by(Kind(row.kind), item.step) for item in mine}
        answers = row.kind in ANSWER_KINDS
        if any(item.erased_at is not None for item in mine):
            continue  # nothing is said of those
        if len(orders) == len(asked) == 1 and (all(asked) or not answers) and ours <= lines - held:
            yield Sibling(
                id=row.id,
                number=row.number,
                about=(row.person, row.kind, *orders, *asked, *ways[row.id]),
                items=len(mine),
                not_before=row.not_before,
                created_at=row.created_at,
                tried=row.attempts > 0,
                told=max((told.get(each, 0) for each in ours), default=0),
            )


def _ways(
    connection: Connection, row: MessageRow, items: Sequence[GatheredRow], policies: PolicyRepository
) -> set[str]:
    """The ways that the lines of a message go; none where a policy cannot be read, and one for a supplier."""
    found = set()
    for item in items:
        if item.policy is None or item.policy_version is None:
            found.add("")
            continue
        try:
            rules = policies.get(connection, item.policy, item.policy_version).updates
        except (UnreadableError, NewerVersionError, KeyError):
            return set()
        found.add(way_of(Kind(row.kind), rules))
    return found


def _are_sound(row: MessageRow, items: Sequence[GatheredRow]) -> bool:
    """Whether a message can be read: what cannot be is put aside by itself, and stops no sibling."""
    try:
        for each in (row, *items):
            readable(each)
        for item in items:
            load_facts(item.facts)
    except (UnreadableError, ValueError, KeyError, TypeError):
        return False
    return True


def _join(connection: Connection, one: Gathered) -> None:
    moved = message_items.c.message.in_(one.others)
    connection.execute(update(message_items).where(moved).values(message=one.head))
    connection.execute(delete(messages).where(messages.c.id.in_(one.others)))
    clear_all(connection, [f"message/{id}" for id in one.others])
    values = {"not_before": one.not_before, "version": messages.c.version + 1}
    connection.execute(update(messages).where(messages.c.id == one.head).values(values))
