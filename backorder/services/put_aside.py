"""Lines that cannot be looked at: put aside for a while that grows, so that they never run hot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, select, update

from backorder.domain.line.state import CLOSED
from backorder.errors import NewerVersionError, UnknownBackorderError
from backorder.failures import kind_of, passes
from backorder.ports import RequestOutcome, Reviewed
from backorder.queries.faults import status_of
from backorder.storage import isolation
from backorder.storage.engine import writing
from backorder.storage.isolation import known
from backorder.storage.tables import backorders, clock, demands, message_items, messages

PENDING = (
    "the line cannot be looked at for now (engine_error: {error}); the request is on record and is ruled on "
    "once the line can be looked at again"
)
NEWER = "a newer version of the program looks after this line; the request is on record and is left to that"
_LINE = (
    select(
        backorders.c.phase, backorders.c.seq, backorders.c.line_version, demands.c.open, demands.c.allocated
    )
    .join_from(backorders, demands, demands.c.backorder == backorders.c.id, isouter=True)
    .where(backorders.c.id == bindparam("id"))
    .with_for_update(of=backorders, key_share=True)
)


def put_aside(
    engine: Engine, backorder: str, error: Exception, *, seq: int, at: datetime, requests: int
) -> Reviewed:
    """Note that a line cannot be looked at, in a transaction of its own: `needs = engine_error`.

    Returns what its workflow is answered: to look again after a pause that grows with each failure. Each of
    its requests stays without an outcome. Raises the error itself where the database or the machine is in
    trouble, which the line has nothing to do with, and where there is no such line.
    """
    if passes(error) or isinstance(error, UnknownBackorderError):
        raise error
    with writing(engine) as connection:
        row = connection.execute(_LINE, {"id": backorder}).one_or_none()
        if row is None:
            raise error
        subject, shown_by = isolation.line(backorder)
        failure = isolation.failed(subject, error, shown_by)
        pause = isolation.note(connection, [failure], again=True)
        status = status_of(row.phase, row.open, row.allocated)
        closed = row.phase in CLOSED
        wake = None if closed else at + pause * _rate(connection)
        version = (known(row.line_version) or 0) + 1
        told = {"wake_at": wake, "look_at": None, "told_version": version, "untold_since": None}
        mine = backorders.c.id == backorder
        connection.execute(update(backorders).where(mine).values(told | {"line_version": version}))
    newer = isinstance(error, NewerVersionError)
    reason = NEWER if newer else PENDING.format(error=kind_of(error))
    outcome = RequestOutcome(verdict="pending", reason=reason)
    return Reviewed(
        seq=max(seq, known(row.seq) or 0),
        status=status,
        phase=row.phase,
        summary=f"{status}: left to a newer version" if newer else f"{status}: needs {isolation.NEEDS}",
        wake=wake,
        next="" if closed else "look again",
        closed=closed,
        outcomes=[outcome] * requests,
        version=version,
    )


def pause(engine: Engine, subject: str, error: Exception) -> timedelta:
    """Note that something cannot be looked at. Returns the business time until the next look.

    Raises the error itself where the database or the machine is in trouble.
    """
    if passes(error):
        raise error
    with writing(engine) as connection:
        failure = isolation.failed(subject, error, "")
        return isolation.note(connection, [failure], again=True) * _rate(connection)


def put_message_aside(connection: Connection, failure: isolation.Failure) -> None:
    """Note, for each of its lines, that a message cannot be said, and leave it alone for a while."""
    id = failure.subject.removeprefix("message/")
    customer = select(messages.c.id).where(messages.c.id == id, messages.c.person.like("customer/%")).limit(1)
    about = select(message_items.c.backorder).where(message_items.c.message == id)
    spoken = set(connection.execute(about).scalars()) if connection.execute(customer).first() else set()
    mine = [replace(failure, backorder=each) for each in sorted(spoken) or [""]]
    isolation.note(connection, mine, again=True)
    values = {"reason": "It could not be put into words."}
    connection.execute(update(messages).where(messages.c.id == id).values(values))


def _rate(connection: Connection) -> float:
    rate = connection.execute(select(clock.c.rate)).scalar_one_or_none()
    return float(rate) if isinstance(rate, int | float) else 1.0
