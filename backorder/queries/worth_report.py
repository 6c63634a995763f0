"""What lines that waited are worth: read chunk by chunk, so that no more than one is held at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from backorder.domain.calendar import Calendar
from backorder.domain.line.revocable_cancellations import BY_LINK, LINK_EVIDENCE
from backorder.domain.line.state import Status
from backorder.domain.worth import NOTHING, Assumed, Cancelled, Month, WaitedLine, worth
from backorder.queries.opened_lines import chunks_of_lines
from backorder.storage.codec import plain_state
from backorder.storage.isolation import line, sound, words
from backorder.storage.stored_state import PlainState
from backorder.storage.tables import backorders, requests

_BY_THEMSELVES = BY_LINK | {"sms"}
"""How an answer comes for which nobody had to be called or written to."""
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF_LINE = tuple(backorders.c[name] for name in ("customer", "closed_at", "state"))
_ANSWERS = select(requests.c.backorder, requests.c.kind, requests.c.content, requests.c.evidence).where(
    requests.c.backorder.in_(_IDS),
    requests.c.kind.in_(("answer", "take_back")),
    requests.c.verdict == "accepted",
)
_LAST_ORDERS = (
    select(backorders.c.customer, func.max(backorders.c.ordered_at))
    .where(backorders.c.customer.in_(_IDS))
    .group_by(backorders.c.customer)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorthReport:
    """The months, the earliest first. since: the first day; until: the first day that is not in it."""

    since: date
    until: date
    months: tuple[Month, ...]
    assumed: Assumed


def worth_report(
    connection: Connection, calendar: Calendar, since: date, until: date, assumed: Assumed
) -> WorthReport:
    """What came of the lines that were opened from `since` on and before `until`, the shop's days.

    A line that cannot be read is left out and logged.
    """
    months = worth(waited_lines(connection, calendar, since, until), assumed)
    return WorthReport(since=since, until=until, months=tuple(months), assumed=assumed)


class _LineRow(Protocol):
    state: str
    customer: str
    opened_at: datetime
    closed_at: datetime | None
    id: str


def waited_lines(
    connection: Connection, calendar: Calendar, since: date, until: date
) -> Iterator[WaitedLine]:
    """The lines, in the order in which they were opened."""
    for rows in chunks_of_lines(connection, _OF_LINE, calendar, since, until):
        answers = _answers(connection, [row.id for row in rows])
        last = _last_orders(connection, {row.customer for row in rows})

        def read(
            row: _LineRow, answers: Counter[str] = answers, last: Mapping[str, datetime] = last
        ) -> WaitedLine:
            return _waited(row, calendar, answers[row.id], last.get(row.customer))

        found, _ = sound(rows, read, lambda row: line(row.id))
        yield from found


def _answers(connection: Connection, ids: Sequence[str]) -> Counter[str]:
    """How many of each line's answers came by link or text."""
    found: Counter[str] = Counter()
    for row in connection.execute(_ANSWERS, {"ids": ids}):
        via = json.loads(row.content).get("via")
        # A take-back says nothing of its way; what a person enters for a caller has no link behind it.
        by_page = row.kind == "take_back" and words(row.evidence).startswith(LINK_EVIDENCE)
        found[row.backorder] += by_page or via in _BY_THEMSELVES
    return found


def _last_orders(connection: Connection, customers: set[str]) -> Mapping[str, datetime]:
    return {row[0]: row[1] for row in connection.execute(_LAST_ORDERS, {"ids": sorted(customers)})}


def _waited(row: _LineRow, calendar: Calendar, answers: int, last_order: datetime | None) -> WaitedLine:
    state = plain_state(row.state)
    units, paid = state["quantity"], state["payment"]
    left_at = [datetime.fromisoformat(each["shipped_at"]) for each in state.get("shipments", ())]
    left_on = calendar.day(max(left_at)) if left_at else None
    status = _status(state)
    return WaitedLine(
        opened_on=calendar.day(row.opened_at),
        currency=paid["currency"],
        paid=Decimal(paid["line_paid"]),
        captured=paid["state"] == "captured",
        status=status,
        ordered=units["ordered"],
        shipped=units.get("shipped", 0),
        cancelled=units.get("cancelled", 0),
        substituted=units.get("substituted", 0),
        substitute_price=sum((Decimal(each["price"]) for each in state.get("substitutions", ())), Decimal(0)),
        cancellations=tuple(_cancellations(state)),
        told=tuple(_told(state, max(left_at) if left_at else None)),
        left_on=left_on,
        refunded=_refunded(state),
        coupons=tuple(
            Decimal(each["percent"])
            for each in state.get("offers", ())
            if each["kind"] == "coupon" and each.get("code")
        ),
        answers=answers,
        customer=row.customer,
        again=(
            status is Status.FULFILLED
            and last_order is not None
            and row.closed_at is not None
            and last_order > row.closed_at
        ),
    )


def _status(state: PlainState) -> Status:
    if state.get("closed"):
        return Status(state["closed"])
    return Status.CLOSING if state.get("decided") else Status.WAITING


def _told(state: PlainState, left_at: datetime | None) -> Iterator[date]:
    """The days that were promised before the units left: the first one ever, then those that stood."""
    if state.get("first_by"):
        yield date.fromisoformat(state["first_by"])
    for each in state.get("told", ()):
        promise = each["promise"]
        by = promise["window"]["by"]
        if by and (left_at is None or datetime.fromisoformat(promise["told_at"]) <= left_at):
            yield date.fromisoformat(by)


def _cancellations(state: PlainState) -> Iterator[Cancelled]:
    for each in state.get("cancellations", ()):
        if not each.get("units"):
            continue
        at = datetime.fromisoformat(each["received_at"])
        before = [
            told.get("kind") or NOTHING
            for told in state.get("told", ())
            if datetime.fromisoformat(told["promise"]["told_at"]) <= at
        ]
        yield Cancelled(by=each["by"], units=each["units"], after=before[-1] if before else NOTHING)


def _refunded(state: PlainState) -> Decimal:
    sent = (each for each in state.get("money_sent", ()) if not each.get("failed_at"))
    return sum((Decimal(each["amount"]) for each in sent), Decimal(0))
