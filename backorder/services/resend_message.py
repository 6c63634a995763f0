"""A person has a message sent once more: another message under a key of its own, if it still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from backorder.domain.keys import parts
from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import ResendRequested
from backorder.domain.line.message_keys import attempt_key, attempt_of, original_key
from backorder.domain.line.next_review import next_review
from backorder.domain.notifications import KINDS, Kind
from backorder.ports import Notify, RequestOutcome
from backorder.queries.messages import whole_id
from backorder.services.cancel_message import LOCKED
from backorder.services.decide_event import decide_event
from backorder.services.lock_units import open_with_units
from backorder.services.message_routes import ABOUT, Addressing
from backorder.services.record_request import asked_row
from backorder.storage import dispatchers
from backorder.storage.asked_of_lines import add_request
from backorder.storage.codec import digest, dump_request, load_facts, load_request
from backorder.storage.engine import writing
from backorder.storage.isolation import readable
from backorder.storage.lines import LineRecord
from backorder.storage.policies import PolicyRepository
from backorder.storage.same_content import compare_request, repeatable
from backorder.storage.tables import message_items, messages

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow, RequestRow


_STEPS = select(message_items.c.step).where(message_items.c.backorder == bindparam("backorder"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Resent:
    """message: the whole ID of what was to be sent again. outcome: what became of that. again: the ID of the
    message that says it once more, "" for none. left_out: lines for which it does not hold any more, and why.
    """

    message: str
    outcome: RequestOutcome
    again: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    after: Notify = field(default_factory=Notify)


def resend_message(
    engine: Engine,
    policies: PolicyRepository,
    addressing: Addressing,
    id: str,
    *,
    request: str,
    by: str,
    reason: str,
    at: datetime,
) -> Resent:
    """Send a message once more; the same request again changes nothing, and is answered as before.

    id: the whole of it, or a beginning that no other has. Raises UnknownMessageError, and ConflictError for a
    request that was made before about something else.
    """
    with writing(engine) as connection:
        message = whole_id(connection, id)
        row = connection.execute(select(messages).where(messages.c.id == message)).one()
        if (words := _not_for_resending(row)) is not None:
            return Resent(message=message, outcome=RequestOutcome(verdict="rejected", reason=words))
        items = connection.execute(ABOUT, {"message": message}).all()
        # The lines before the message, as a review locks them too.
        cases = open_with_units(connection, policies, [each.backorder for each in items], message=message)
        row = readable(connection.execute(LOCKED.where(messages.c.id == message)).one())
        asked = {each.backorder: _known(connection, each.backorder, request, message) for each in items}
        if before := [known for _, known in asked.values() if known is not None]:
            return _as_before(connection, message, before)
        ids = {line: id for line, (id, _) in asked.items()}
        resend = _Resend(connection, row, requests=ids, by=by, reason=reason, at=at)
        return resend.of_lines(cases, items, reachable=bool(addressing.ways(connection, row)))


def _not_for_resending(row: MessageRow) -> str | None:
    """Why a message is sent again by nobody, whatever became of it; None for most."""
    if parts(row.person)[0] != "customer":
        return "it is to a supplier, who is asked again as the purchase order is followed up"
    if row.copy_of is not None:
        return f"it is what message {row.copy_of[:8]} says, by a second way; send that one again"
    return None if row.kind in KINDS else "it is of a kind that only a newer version of the program knows"


class _Resend:
    """One request to send a message again, in its transaction. requests: its ID among those of each line."""

    def __init__(
        self,
        connection: Connection,
        row: MessageRow,
        *,
        requests: Mapping[str, str],
        by: str,
        reason: str,
        at: datetime,
    ) -> None:
        self._connection = connection
        self._row = row
        self._requests = requests
        self._by = by
        self._reason = reason
        self._at = at
        self._planned: list[str] = []
        self._after = Notify()

    def of_lines(self, cases: Sequence[LineRecord], items: Sequence[ItemRow], *, reachable: bool) -> Resent:
        """Let each line of the message decide; what they say again is one message."""
        verdicts = {
            case.id: self._of_line(case, item, reachable=reachable)
            for case, item in zip(cases, items, strict=True)
        }
        again = self._in_one_message()
        return Resent(
            message=self._row.id,
            outcome=_together([*verdicts.values()]),
            again=again,
            left_out=_left_out(verdicts) if again else {},
            after=dispatchers.wake(self._connection, self._after),
        )

    def _of_line(self, case: LineRecord, item: ItemRow, *, reachable: bool) -> RequestOutcome:
        """Let a line of the message decide; what it says is on record with the request."""
        request = self._requests[case.id]
        event = ResendRequested(
            at=self._at,
            day=case.policy.calendar.day(self._at),
            request=request,
            message=self._row.id,
            key=self._next_key(case.id, item.step),
            kind=Kind(self._row.kind),
            facts=load_facts(item.facts),
            revision=item.revision,
            state=self._row.state,
            reachable=reachable,
            by=self._by,
            reason=self._reason,
        )
        values = {"backorder": case.id, "id": request, "kind": "resend", "requested_at": self._at}
        values |= {"content": dump_request("resend", event), "content_hash": _content(self._row.id)}
        add_request(self._connection, values)
        for each in case.unapplied():
            case.record(each, decide_event(case, each))
        decision = decide_event(case, event)
        case.record(event, decision, request=request)
        coming = next_review(case.policy, case.state, self._at)
        self._after = self._after.and_also(case.finish(None, coming))
        if decision.verdict is Verdict.ACCEPTED:
            self._planned.append(_message_of(self._connection, case.id, event.key))
        return RequestOutcome(verdict=decision.verdict.value, reason=decision.reason)

    def _next_key(self, backorder: str, step: str) -> str:
        steps = self._connection.execute(_STEPS, {"backorder": backorder}).scalars()
        attempts = [attempt_of(each) for each in steps if original_key(each) == original_key(step)]
        return attempt_key(step, max(attempts, default=1) + 1)

    def _in_one_message(self) -> str:
        """What the lines planned each for themselves, as one message. Returns its ID, "" for none."""
        if not self._planned:
            return ""
        first, *others = self._planned
        if others:
            mine = message_items.c.message.in_(others)
            self._connection.execute(update(message_items).where(mine).values(message=first))
            self._connection.execute(delete(messages).where(messages.c.id.in_(others)))
        return first


def _message_of(connection: Connection, backorder: str, step: str) -> str:
    mine = (message_items.c.backorder == backorder) & (message_items.c.step == step)
    return str(connection.execute(select(message_items.c.message).where(mine)).scalar_one())


def _content(message: str) -> str:
    return digest(f"resend\n{repeatable({'message': message})}")


def _known(
    connection: Connection, backorder: str, request: str, message: str
) -> tuple[str, RequestRow | None]:
    """A request's ID among those of a line, and what the same came to before; None if it is new.

    Raises ConflictError.
    """
    id, row = asked_row(connection, backorder, request)
    if row is not None and row.content_hash != _content(message):
        compare_request(row, "resend", {"message": message})
    return id, row


def _as_before(connection: Connection, message: str, known: Sequence[RequestRow]) -> Resent:
    """The answer that the same request got."""
    verdicts = {
        each.backorder: RequestOutcome(verdict=each.verdict or "pending", reason=each.reason or "")
        for each in known
    }
    again = ""
    for each in known:
        event = load_request("resend", each.content)
        if each.verdict == "accepted" and isinstance(event, ResendRequested):
            again = _message_of(connection, each.backorder, event.key)
    return Resent(
        message=message,
        outcome=_together([*verdicts.values()]),
        again=again,
        left_out=_left_out(verdicts) if again else {},
    )


def _together(verdicts: Sequence[RequestOutcome]) -> RequestOutcome:
    """What became of it as a whole: accepted if it is said again for one line at least."""
    best = next((each for each in verdicts if each.verdict == "accepted"), verdicts[0])
    same = [each.reason for each in verdicts if each.verdict == best.verdict]
    return RequestOutcome(verdict=best.verdict, reason="; ".join(dict.fromkeys(same)))


def _left_out(verdicts: Mapping[str, RequestOutcome]) -> Mapping[str, str]:
    return {line: each.reason for line, each in verdicts.items() if each.verdict != "accepted"}
