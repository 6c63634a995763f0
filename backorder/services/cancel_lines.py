"""Cancelling many lines: a request for each is put on record, and their workflows rule on them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, or_, select, update

from backorder.errors import ConflictError, RefusedError
from backorder.schemas.bulk import MOST, BulkCancellation
from backorder.services.record_faults import of_sku as unknown_sku
from backorder.services.record_request import NewRequest, its_row, under
from backorder.storage.asked_of_lines import add_requests, calls_that_asked
from backorder.storage.codec import digest, dump_json, dump_request
from backorder.storage.engine import add, reading, writing
from backorder.storage.request_ids import is_asked_under
from backorder.storage.same_content import compare_request, repeatable
from backorder.storage.tables import backorders, bulk_requests, demands, requests

CALL = "POST /v1/backorders/cancel"
"""The call that asks it, as the audit names it."""
BATCH = 200
"""Lines of one transaction."""
_GOES_ON = ("open", "closing")
_TOO_MANY = [f"sku: more than {MOST:,} lines wait for it; cancel them by ids, {MOST:,} at a time"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WouldCancel:
    """A line that a cancellation would be asked of. Units that wait, and those set aside for it."""

    backorder: str
    sku: str
    waiting: int
    allocated: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The lines that are meant. ended: how many of those that were named have ended already.

    settling: how many more have no unit left that could be cancelled, and wait for a refund alone. known: the
    same was asked before, and is on record. asked_at: when it was, business time; None where it was not.
    """

    lines: tuple[WouldCancel, ...]
    ended: int
    settling: int
    known: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BulkRequest:
    """What is asked of many lines. content: the hash of it. at: business time; asked_at: when it was first.

    known: it is on record. whole: each of its lines has its request once these have theirs.
    """

    id: str
    content: str
    at: datetime
    asked_at: datetime
    known: bool
    whole: bool


class _Asked(Protocol):
    """A row of `bulk_requests`."""

    content_hash: str
    asked_at: datetime
    done_at: datetime | None


def chosen(engine: Engine, wanted: BulkCancellation) -> Chosen:
    """The lines that are meant and have open units, by ID; also those that were asked the same before.

    Of what was asked before those alone, also where that were none, and until all have been asked those that
    waited by then. Raises RefusedError for IDs that are none, and for more lines than may be cancelled at
    once, ConflictError for the same ID with other content.
    """
    with reading(engine) as connection:
        known = _on_record(connection, wanted.request_id, content_of(wanted))
        choose = _by_ids if wanted.sku is None else _by_sku
        return replace(choose(connection, wanted, known), known=known is not None)


def content_of(wanted: BulkCancellation) -> str:
    """What two of them are compared by."""
    which = {"sku": wanted.sku} if wanted.sku is not None else {"ids": sorted(set(wanted.ids))}
    return digest(dump_json(which | {"reason": wanted.reason, "by": wanted.by}))


def _on_record(connection: Connection, id: str, content: str) -> _Asked | None:
    row = connection.execute(select(bulk_requests).where(bulk_requests.c.id == id)).one_or_none()
    if row is not None and row.content_hash != content:
        raise ConflictError(f"{id} was asked of many lines before, with other content")
    return cast("_Asked | None", row)


def _waited(asked_at: datetime | None) -> ColumnElement[bool]:
    """Which lines wait, and did so by then; who began to wait since was not meant by what is said again."""
    goes_on: ColumnElement[bool] = backorders.c.phase.in_(_GOES_ON)
    return goes_on if asked_at is None else and_(goes_on, backorders.c.opened_at <= asked_at)


def _is_done(known: _Asked | None) -> bool:
    """Whether each line that was meant has been asked: nobody else is, whatever waits by now."""
    return known is not None and known.done_at is not None


def _by_sku(connection: Connection, wanted: BulkCancellation, known: _Asked | None = None) -> Chosen:
    if faults := unknown_sku(connection, wanted.sku):
        raise RefusedError(faults)
    mine, of_sku = _asked(wanted), backorders.c.sku == wanted.sku
    asked_at = _inferred(connection, mine, of_sku) if known is None else known.asked_at
    asked, goes_on = exists().where(mine), _waited(asked_at)
    meant = asked if _is_done(known) else or_(and_(goes_on, demands.c.open > 0), asked)
    query = _LINES.where(of_sku, meant).order_by(backorders.c.id).limit(MOST + 1)
    rows = connection.execute(query).all()
    if len(rows) > MOST:
        raise RefusedError(_TOO_MANY)
    left = select(func.count()).select_from(backorders).join(demands, demands.c.backorder == backorders.c.id)
    settling = connection.execute(left.where(of_sku, goes_on, demands.c.open == 0, ~asked)).scalar_one()
    lines = tuple(_line(row) for row in rows)
    return Chosen(lines=lines, ended=0, settling=settling, asked_at=asked_at)


def _inferred(
    connection: Connection, mine: ColumnElement[bool], of_sku: ColumnElement[bool]
) -> datetime | None:
    """When a version before asked the same, of which it kept no more than the requests of its lines.

    None where it did not: each was asked by itself then. The audit says which call asked; of those that it
    says nothing of, one alone may have been asked by itself, several were not.
    """
    query = select(requests.c.backorder, requests.c.id, requests.c.requested_at).select_from(requests)
    rows = connection.execute(query.join(backorders, mine).where(of_sku)).all()
    calls = calls_that_asked(connection, [(row.backorder, row.id) for row in rows])
    together = [row.requested_at for row in rows if calls.get((row.backorder, row.id)) == CALL]
    unsaid = [row.requested_at for row in rows if (row.backorder, row.id) not in calls]
    return min([*together, *(unsaid if together or len(unsaid) > 1 else ())], default=None)


def _by_ids(connection: Connection, wanted: BulkCancellation, known: _Asked | None) -> Chosen:
    ids = sorted(set(wanted.ids))
    asked, done = exists().where(_asked(wanted)), _is_done(known)
    found: list[WouldCancel] = []
    settling = 0
    if faults := _of_ids(connection, ids):
        raise RefusedError(faults)
    for start in range(0, len(ids), 1000):
        query = _LINES.add_columns(backorders.c.phase, asked.label("asked"))
        rows = connection.execute(query.where(backorders.c.id.in_(ids[start : start + 1000]))).all()
        found += [
            _line(row) for row in rows if row.asked or (row.phase in _GOES_ON and row.open and not done)
        ]
        settling += sum(row.phase in _GOES_ON and not row.open and not row.asked for row in rows)
    lines = tuple(sorted(found, key=lambda each: each.backorder))
    return Chosen(lines=lines, ended=len(ids) - len(found) - settling, settling=settling)


def faults_of(connection: Connection, wanted: BulkCancellation) -> list[str]:
    """IDs of no line, or a product for which too many wait; what is faulty by itself is None."""
    faults = _of_ids(connection, sorted(set(wanted.ids or ())))
    if wanted.sku and wanted.request_id:
        try:
            _by_sku(connection, wanted)
        except RefusedError as error:
            faults += error.faults
    return faults


def _of_ids(connection: Connection, ids: Sequence[str]) -> list[str]:
    known: set[str] = set()
    for start in range(0, len(ids), 1000):
        some = select(backorders.c.id).where(backorders.c.id.in_(ids[start : start + 1000]))
        known.update(connection.execute(some).scalars())
    unknown = [id for id in ids if id not in known]
    more = f", and {len(unknown) - 10:,} more" if len(unknown) > 10 else ""
    return [f"ids: there is no backorder {', '.join(unknown[:10])}{more}"] if unknown else []


def _asked(wanted: BulkCancellation) -> ColumnElement[bool]:
    """That a line was asked the same before, or has another request under its ID; a fact is none."""
    return and_(requests.c.backorder == backorders.c.id, is_asked_under(wanted.request_id))


_LINES = select(
    backorders.c.id,
    backorders.c.sku,
    (demands.c.open - demands.c.allocated).label("waiting"),
    demands.c.allocated,
    demands.c.open,
).join(demands, demands.c.backorder == backorders.c.id)


class _ChosenRow(Protocol):
    id: str
    sku: str
    waiting: int
    allocated: int


def _line(row: _ChosenRow) -> WouldCancel:
    return WouldCancel(backorder=row.id, sku=row.sku, waiting=row.waiting, allocated=row.allocated)


def record_all(
    engine: Engine, lines: Sequence[str], new_request: NewRequest, bulk: BulkRequest
) -> Mapping[str, str] | None:
    """Put the same request to lines on record, in one transaction; what is there already stays.

    bulk: of what it is a part. Returns its ID among those of each line: another one where a shipment or a
    refund has it; None where somebody else began to ask the same since the lines were chosen. Raises
    ConflictError for the same ID with other content.
    """
    content = digest(f"{new_request.kind}\n{repeatable(new_request.given)}")
    row = {
        "kind": new_request.kind,
        "content_hash": content,
        "evidence": new_request.evidence,
        "requested_at": new_request.event.at,
    }
    with writing(engine) as connection:
        if not _keep(connection, bulk):
            connection.rollback()  # with it the key that the call came under, which does nothing
            return None
        mine = (requests.c.backorder.in_(lines)) & (requests.c.id == new_request.id)
        ids = dict.fromkeys(sorted(lines), new_request.id)
        for taken in connection.execute(select(requests.c.backorder).where(mine)).scalars().all():
            ids[taken], known = its_row(connection, taken, new_request)
            if known is not None and known.content_hash != content:
                compare_request(known, new_request.kind, new_request.given)
        add_requests(connection, [row | _named(new_request, *each) for each in ids.items()])
    return ids


def _keep(connection: Connection, bulk: BulkRequest) -> bool:
    """Put on record what is asked of many lines. Returns whether it is as it was when they were chosen."""
    done_at = bulk.at if bulk.whole else None
    row = {"id": bulk.id, "content_hash": bulk.content, "asked_at": bulk.asked_at, "done_at": done_at}
    if not bulk.known:
        return add(connection, bulk_requests, row)
    if bulk.whole:
        rest = (bulk_requests.c.id == bulk.id) & bulk_requests.c.done_at.is_(None)
        connection.execute(update(bulk_requests).where(rest).values(done_at=done_at))
    return True


def _named(new_request: NewRequest, backorder: str, id: str) -> dict[str, object]:
    content = dump_request(new_request.kind, under(new_request.event, id))
    return {"backorder": backorder, "id": id, "content": content}
