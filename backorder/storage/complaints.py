"""Complaints beside the state that has them: on the worklist, with their customer, and with their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from backorder.domain.line.state import State
from backorder.storage import tasks
from backorder.storage.tables import backorders, customers, requests


def keep_from_offers(connection: Connection, backorder: str, received_at: datetime) -> None:
    """Note with the customer of a line when they last complained."""
    mine = select(backorders.c.customer).where(backorders.c.id == backorder).scalar_subquery()
    earlier = or_(customers.c.complained_at.is_(None), customers.c.complained_at < received_at)
    values = {"complained_at": received_at}
    connection.execute(update(customers).where(customers.c.id == mine, earlier).values(values))


def on_the_worklist(connection: Connection, before: State, after: State, at: datetime) -> None:
    """What is new has a task, and what was ended none any more."""
    known = {each.ticket: each for each in before.complaints}
    for each in after.complaints:
        if each.ticket not in known:
            detail = {"ticket": each.ticket, "answer_by": each.answer_by.isoformat()}
            key, since = _key(each.ticket), each.received_at
            tasks.add(connection, key=key, kind="complaint", subject=after.id, detail=detail, at=since)
        elif not each.is_open and known[each.ticket].is_open:
            tasks.finish(connection, _key(each.ticket), at)


def words_of(connection: Connection, state: State) -> Mapping[str, str]:
    """What was written about a line's complaints, by the requests that brought it: in it, or how it ended."""
    ids = [id for each in state.complaints for id in (each.request, each.closed_by) if id]
    if not ids:
        return {}
    mine = (requests.c.backorder == state.id) & requests.c.id.in_(ids)
    rows = connection.execute(select(requests.c.id, requests.c.evidence).where(mine))
    return {row.id: row.evidence or "" for row in rows}


def _key(ticket: str) -> str:
    return f"complaint/{ticket}"
