"""Taking requests: what is asked of a line is a row first, and its workflow rules on it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine, select

from backorder.domain.line.alternatives import OfferTerms
from backorder.domain.line.events import Event, RefundSent, Shipped
from backorder.domain.line.request_kinds import REQUEST_KINDS
from backorder.domain.line.state import CLOSED
from backorder.errors import ConflictError, RefusedError, UnknownBackorderError
from backorder.services.record_faults import of_refund
from backorder.storage import complaints
from backorder.storage.asked_of_lines import add_request
from backorder.storage.codec import digest, dump_request, load_request, load_terms
from backorder.storage.engine import writing
from backorder.storage.keep_terms import keep_parcel
from backorder.storage.request_ids import BESIDE
from backorder.storage.same_content import compare_request, repeatable
from backorder.storage.tables import backorders, requests

if TYPE_CHECKING:
    from backorder.storage.rows import RequestRow

# Which fields an event has is known where it is called alone.
_replaced = cast("Callable[..., Event]", replace)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRequest:
    """Something asked of a line. given: the fields that were said, by which repetitions are told."""

    id: str
    kind: str
    event: Event
    given: Mapping[str, object]
    evidence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRequest:
    """A request that is on record. verdict None: it was not decided yet. closed: the line has ended."""

    id: str
    verdict: str | None
    reason: str | None
    closed: bool
    terms: OfferTerms | None = None
    refusal: str = ""


class RequestRecorder:
    """Puts requests on record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, backorder: str, new_request: NewRequest, at: datetime) -> RecordedRequest:
        """Put a request on record; the same one again changes nothing.

        Raises UnknownBackorderError, ConflictError for the same ID with other content, RefusedError for an
        amount that the line's currency does not have.
        """
        with writing(self._engine) as connection:
            recorded = record_within(connection, backorder, new_request, at)
        if recorded is not None:
            return recorded
        # Somebody else asked the same at the same moment.
        return self.record(backorder, new_request, at)


def record_within(
    connection: Connection, backorder: str, new_request: NewRequest, at: datetime
) -> RecordedRequest | None:
    """Put a request on record in the caller's transaction; None: somebody else asks the same right now.

    Raises as RequestRecorder.record does.
    """
    content = digest(f"{new_request.kind}\n{repeatable(new_request.given)}")
    wanted = select(backorders.c.phase).where(backorders.c.id == backorder)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise UnknownBackorderError(backorder)
    closed = row.phase in CLOSED
    id, known = its_row(connection, backorder, new_request)
    if known is not None:
        if known.content_hash != content:
            _refuse_another(known, new_request)
        return _known(known, closed)
    if isinstance(new_request.event, RefundSent) and (
        faults := of_refund(connection, backorder, new_request.event.amount)
    ):
        raise RefusedError(faults)
    complaints.keep_from_offers(connection, backorder, new_request.event)
    if isinstance(new_request.event, Shipped):
        keep_parcel(connection, backorder, new_request.event.tracking)
    values = {
        "backorder": backorder,
        "id": id,
        "kind": new_request.kind,
        "content_hash": content,
        "content": dump_request(new_request.kind, under(new_request.event, id)),
        "evidence": new_request.evidence,
        "requested_at": at,
    }
    if not add_request(connection, values):
        return None
    return RecordedRequest(id=id, verdict=None, reason=None, closed=closed)


def _refuse_another(known: RequestRow, new_request: NewRequest) -> None:
    """Raises ConflictError, which says how something refused is asked again, put right."""
    try:
        compare_request(known, new_request.kind, new_request.given)
    except ConflictError as conflict:
        if known.verdict != "rejected":
            raise
        words = f"{known.id} was asked of {known.backorder} before, and refused: ask under another request_id"
        raise ConflictError(words, conflict.differing) from None


def its_row(connection: Connection, backorder: str, new_request: NewRequest) -> tuple[str, RequestRow | None]:
    """A request's ID among those of its line, and its row if it is on record.

    A shipment or a refund has an ID of its own, and is a fact whatever else was named: where something else
    has its usual ID, it gets the next one that is free. So does what is asked under an ID that one of them
    has: whoever asks cannot know what facts are called here. A fact that was refused was not booked, and is
    reported again, put right, by the ID that the carrier or the bank gave it.
    """
    return _next_to(connection, backorder, new_request.id, lambda known: _is_it(known, new_request))


def asked_row(connection: Connection, backorder: str, id: str) -> tuple[str, RequestRow | None]:
    """The same of what is only asked for, by the ID alone."""
    return _next_to(connection, backorder, id, _is_asked)


def _next_to(
    connection: Connection, backorder: str, id: str, is_it: Callable[[RequestRow], bool]
) -> tuple[str, RequestRow | None]:
    while True:
        same = (requests.c.backorder == backorder) & (requests.c.id == id)
        known = connection.execute(select(requests).where(same)).one_or_none()
        if known is None or is_it(known):
            return id, known
        id += BESIDE


def _is_asked(known: RequestRow) -> bool:
    """Whether a row is no fact, but what somebody asked for."""
    return REQUEST_KINDS[known.kind].event not in (Shipped, RefundSent)


def _is_it(known: RequestRow, new_request: NewRequest) -> bool:
    """Whether a row is what a request's ID names."""
    named = _own_id(new_request.event)
    if named is None:
        return _is_asked(known)
    is_named = known.kind == new_request.kind and _own_id(load_request(known.kind, known.content)) == named
    return is_named and (known.verdict != "rejected" or _says_the_same(known, new_request))


def _says_the_same(known: RequestRow, new_request: NewRequest) -> bool:
    try:
        compare_request(known, new_request.kind, new_request.given)
    except ConflictError:
        return False
    return True


def under(event: Event, id: str) -> Event:
    """What a line hears of a request, by the ID that this has among those of the line."""
    if getattr(event, "request", id) == id:
        return event
    return _replaced(event, request=id)


def _own_id(event: Event) -> tuple[str, bool] | None:
    """What a fact is called by whoever reports it, and whether it failed; None for what they only ask for."""
    match event:
        case Shipped():
            return event.shipment, False
        case RefundSent():
            return event.refund, event.failed_at is not None
    return None


def _known(row: RequestRow, closed: bool) -> RecordedRequest:
    return RecordedRequest(
        id=row.id,
        verdict=row.verdict,
        reason=row.reason,
        closed=closed,
        terms=load_terms(row.terms),
        refusal=row.refusal or "",
    )
