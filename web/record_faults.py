"""Bodies that name what is on record: what is wrong by itself and by the record, in one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from backorder.errors import RefusedError
from backorder.schemas import ModelT, sound
from web.calls import Call


async def known_body(
    call: Call,
    model: type[ModelT],
    of_record: Callable[[Connection, ModelT], Sequence[str]],
    place: Mapping[str, object] | None = None,
    usual: Mapping[str, object] | None = None,
    *,
    empty: bool = False,
) -> ModelT:
    """The body, checked whole; see `Call.body`. Raises RefusedError.

    of_record: what a record knows to be wrong with what is sound of a body that has other faults; the rest of
    it is None. A body without faults is for the service, which looks under its locks.
    """
    raw = await call.raw(empty=empty)
    try:
        return await call.body(model, place, usual, empty=empty)
    except RefusedError as error:
        faults = error.faults
    zone, raw = call.desk.services.calendar.zone, raw | dict(place or {})
    left = sound(model, raw, now=call.desk.now(), zone=zone, usual=usual)
    more = [] if left is None else await call.read(lambda open: of_record(open, left))
    raise RefusedError(list(dict.fromkeys([*faults, *more])))
