"""A person takes back a message that has not gone; its lines decide what to say instead."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select, update

from backorder.domain.keys import parts
from backorder.domain.line.events import MessageNotSent
from backorder.domain.line.next_review import next_review
from backorder.domain.notifications import KINDS, LEGAL_KINDS, NOTIFICATIONS, SUPPLIER_KINDS, Kind
from backorder.ports import Notify, RequestOutcome
from backorder.queries.messages import whole_id
from backorder.services.decide_event import decide_event
from backorder.services.lock_units import open_with_units
from backorder.services.message_routes import ABOUT
from backorder.storage import dispatchers
from backorder.storage.engine import writing
from backorder.storage.isolation import clear, readable
from backorder.storage.lines import LineRecord
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import messages

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


LOCKED = select(messages).with_for_update(key_share=True)
"""Messages, locked as whoever sends them locks them."""
_TOO_LATE = {
    "claimed": "it is being sent right now; `backorder message show` says in a moment what became of it",
    "unknown": "nobody knows yet whether it went; it is looked up at the provider",
    "sent": "it has gone",
    "failed": "it did not go, and does not go any more: no channel reached them",
}
"""Why a message cannot be taken back, by its state."""
_ABOUT_WHOM = select(messages.c.person, messages.c.kind, messages.c.copy_of)


def cancel_message(
    engine: Engine,
    policies: PolicyRepository,
    id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    now: datetime,
) -> tuple[str, RequestOutcome, Notify]:
    """Take a message back. Returns its whole ID, what became of that, and whom to wake.

    id: the whole of it, or a beginning that no other has. at: business time; now: machine time. Raises
    UnknownMessageError.
    """
    with writing(engine) as connection:
        message = whole_id(connection, id)
        wanted = messages.c.id == message
        row = connection.execute(_ABOUT_WHOM.where(wanted)).one()
        person, kind = row.person, row.kind
        # What is said to suppliers speaks for purchase orders, which hear nothing of it, nor lines of a copy.
        of_lines = parts(person)[0] == "customer" and row.copy_of is None
        items = connection.execute(ABOUT, {"message": message}).all() if of_lines else []
        # The lines before the message, as a review locks them too.
        cases = open_with_units(connection, policies, [each.backorder for each in items], message=message)
        refused = _refusal(readable(connection.execute(LOCKED.where(wanted)).one()), kind)
        if refused is not None:
            return message, refused, Notify()
        _withdraw(connection, message, f"taken back by {by}: {reason}", at=at, now=now)
        after = Notify()
        for case, item in zip(cases, items, strict=True):
            after = after.and_also(_tell(case, item, kind, by=by, at=at))
        after = dispatchers.wake(connection, after)
    words = _accepted(kind, copy=row.copy_of is not None)
    return message, RequestOutcome(verdict="accepted", reason=words), after


def _withdraw(connection: Connection, message: str, reason: str, *, at: datetime, now: datetime) -> None:
    values: dict[str, object] = {"state": "withdrawn", "reason": reason, "version": messages.c.version + 1}
    values |= {"try_at": None, "recorded_at": now, "done_at": at}
    connection.execute(update(messages).where(messages.c.id == message).values(values))
    clear(connection, f"message/{message}")


def _refusal(row: MessageRow, kind: str) -> RequestOutcome | None:
    """Why a message stays as it is; None if it can be taken back."""
    if row.state == "withdrawn":
        return RequestOutcome(verdict="ignored", reason="it was taken back before")
    if kind in LEGAL_KINDS:
        return RequestOutcome(verdict="rejected", reason="it is a legal notice, which has to be sent")
    if row.state != "planned" or kind not in KINDS:
        return RequestOutcome(verdict="rejected", reason=_TOO_LATE.get(row.state, f"it is {row.state}"))
    return None


def _accepted(kind: str, *, copy: bool) -> str:
    label = NOTIFICATIONS[Kind(kind)].label
    if copy:
        return f"{label}: it does not go by a second way; it went by the first"
    if kind in SUPPLIER_KINDS:
        return f"{label}: it does not go; the purchase order is followed up as usual"
    return f"{label}: it does not go; what still holds of its news is told on the next day"


def _tell(case: LineRecord, item: ItemRow, kind: str, *, by: str, at: datetime) -> Notify:
    """Let a line hear that its message does not go, and decide what to say instead."""
    day = case.policy.calendar.day(at)
    words = f"{kind} was taken back before it went"
    taken = MessageNotSent(at=at, day=day, key=item.step, reason=words, by=by, revision=item.revision)
    for event in (*case.unapplied(), taken):
        case.record(event, decide_event(case, event))
    coming = next_review(case.policy, case.state, at)
    return case.finish(None, coming)
