"""What waited is put into words that are true when it goes: after a hold, or a channel in trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select, update

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.saying import Saying
from backorder.domain.line.state import State
from backorder.domain.line.still_true import AS_PLANNED, HOLDS_NO_MORE, RESTATED_KINDS, as_it_stands
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.quiet_hours import zones_of
from backorder.domain.supply.purchase_order_follow_up import last_asked
from backorder.services.message_routes import Routed
from backorder.services.prepared_messages import Prepared
from backorder.storage.alternatives import in_stock
from backorder.storage.codec import dump_facts, load_facts, load_state
from backorder.storage.compiled import change, fetch
from backorder.storage.isolation import known
from backorder.storage.purchase_order_lines import is_open, known_line, ordered_line, stated_date_about
from backorder.storage.second_way import SUFFIX
from backorder.storage.tables import backorders, demands, follow_ups, message_items, messages

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, LineStateRow, MessageRow, OrderedLineRow, SaidRow


_STATES = (
    select(backorders.c.id, backorders.c.state, demands.c.allocated)
    .join(demands, demands.c.backorder == backorders.c.id)
    .where(backorders.c.id.in_(bindparam("lines", expanding=True)))
)
_FOLLOW_UP = select(follow_ups.c.about, follow_ups.c.chases).where(
    follow_ups.c.purchase_order == bindparam("order"), follow_ups.c.line == bindparam("line")
)
_WORDS = (
    update(message_items)
    .where(message_items.c.backorder == bindparam("_id"), message_items.c.step == bindparam("_step"))
    .values(facts=bindparam("facts"))
)
_CHANGED = (
    update(messages)
    .where(messages.c.id == bindparam("_id"))
    .values(kind=bindparam("kind"), version=messages.c.version + 1)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Restated:
    """What became of words. lost: items that hold no more, each with the reason. changed: others do."""

    lost: Sequence[tuple[ItemRow, str]] = ()
    changed: bool = False


def states_to_restate(
    connection: Connection, prepared: Sequence[Prepared], at: datetime
) -> Mapping[str, LineStateRow]:
    """How the lines stand whose messages have waited, by the ID of the line; all of them locked."""
    waited = [each for each in prepared if each.routed and _may_have_moved(each.row, at)]
    lines = {item.backorder for each in waited if each.routed for item in each.routed.items}
    found = fetch(connection, _STATES, {"lines": sorted(lines)}) if lines else ()
    return {each.id: each for each in found}


def restate(
    connection: Connection,
    row: MessageRow,
    routed: Routed,
    lines: Mapping[str, LineStateRow],
    *,
    at: datetime,
    today: date,
) -> Restated:
    """Put what a message says into words anew where its lines have moved on since.

    row: the message, locked, as its lines are; lines: as `states_to_restate` reads them; at: the business
    instant; today: the shop's day. A copy says what was said by the first way, or nothing.
    """
    kind, policy = Kind(row.kind), routed.policy
    if policy is None or not _may_have_moved(row, at):
        return Restated()
    zones = zones_of(routed.time_zone, routed.content.region, policy.calendar.zone)
    lost: list[tuple[SaidRow, str]] = []
    changed: list[tuple[SaidRow, Saying]] = []
    for item in routed.items:
        state = _with_alternatives(connection, policy, kind, _state(lines[item.backorder], zones))
        builder = DecisionBuilder(policy, state, at, today)
        saying = Saying(key=item.step.removesuffix(SUFFIX), kind=kind, facts=load_facts(item.facts))
        now = as_it_stands(builder, saying)
        if now is None:
            lost.append((item, HOLDS_NO_MORE))
        elif (now.kind, dump_facts(now.facts)) != (kind, dump_facts(saying.facts)):
            changed.append((item, now))
    if row.copy_of is not None:
        return Restated(lost=[*lost, *((item, HOLDS_NO_MORE) for item, _ in changed)])
    if lost or not changed:
        return Restated(lost=lost)
    for item, now in changed:
        values = {"_id": item.backorder, "_step": item.step, "facts": dump_facts(now.facts)}
        change(connection, _WORDS, values)
    alone = len(routed.items) == 1
    connection.execute(_CHANGED, {"_id": row.id, "kind": changed[0][1].kind.value if alone else row.kind})
    return Restated(changed=True)


def restate_to_supplier(connection: Connection, row: MessageRow, routed: Routed) -> Restated:
    """Put what a supplier is asked into words anew where the order has changed since.

    row: the message, locked. What has been said, has come, was cancelled or is asked once more is not asked.
    """
    lost: list[tuple[SaidRow, str]] = []
    changed: list[dict[str, object]] = []
    for item in routed.items:
        facts = load_facts(item.facts)
        line = known_line(connection, facts.purchase_order, facts.po_line)
        if reason := _why_not_asked(connection, item, line):
            lost.append((item, reason))
            continue
        now = replace(facts, quantity=line.quantity - line.received, due=known(line.due))
        if now != facts:
            changed.append({"_id": item.backorder, "_step": item.step, "facts": dump_facts(now)})
    if lost or not changed:
        return Restated(lost=lost)
    change(connection, _WORDS, changed)
    connection.execute(_CHANGED, {"_id": row.id, "kind": row.kind})
    return Restated(changed=True)


def _why_not_asked(connection: Connection, item: SaidRow, line: OrderedLineRow) -> str:
    """Why a supplier must not be asked any more about a line, in words; "" where it may be."""
    if not is_open(line):
        return "nothing is outstanding"
    about = stated_date_about(connection, line, ordered_line(connection, line))
    done = connection.execute(_FOLLOW_UP, {"order": line.purchase_order, "line": line.line}).one_or_none()
    if done is None:
        return ""
    if done.about != about:
        return "there is news since it was to be asked"
    return "" if item.step == last_asked(about, done.chases) else "it is asked once more"


def _may_have_moved(row: MessageRow, at: datetime) -> bool:
    waited = at - row.created_at >= AS_PLANNED or row.attempts > 0
    return Kind(row.kind) in RESTATED_KINDS and waited


def _state(line: LineStateRow, zones: tuple[str, ...]) -> State:
    """A line as a review would find it: its days end where its customer may be."""
    state = load_state(line.state)
    context = state.context.replaced({"zones": zones})
    if state.supply_at is None:
        return replace(state, context=context)
    return replace(state, context=context, quantity=replace(state.quantity, allocated=line.allocated))


def _with_alternatives(connection: Connection, policy: Policy, kind: Kind, state: State) -> State:
    """With what could be sent instead now, where that is what a message of the kind offers."""
    if kind is not Kind.ALTERNATIVES:
        return state
    context = state.context.replaced({"alternatives": in_stock(connection, policy, state)})
    return replace(state, context=context)
