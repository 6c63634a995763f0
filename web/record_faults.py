"""Bodies that name what is on record: what is wrong by itself and by the record, in one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from backorder.errors import RefusedError
from backorder.schemas import ModelT, sound
from backorder.services.known_faults import known_faults, with_known
from web.calls import Call


async def known_body(
    call: Call,
    model: type[ModelT],
    place: Mapping[str, object] | None = None,
    usual: Mapping[str, object] | None = None,
    *,
    about: str = "",
    besides: Callable[[ModelT], Sequence[str]] = lambda left: (),
    empty: bool = False,
) -> ModelT:
    """The body, checked whole; see `Call.body`. Raises RefusedError.

    A body without faults is for the service, which looks under its locks; of one with faults the record is
    asked about the rest. about: see `known_faults`. besides: what else is wrong with what is sound of it; the
    rest of that is None.
    """
    raw = await call.raw(empty=empty)
    try:
        return await call.body(model, place, usual, empty=empty)
    except RefusedError as error:
        refused = error
    services, now = call.desk.services, call.desk.now()
    whole, zone = raw | dict(place or {}), services.calendar.zone
    left = sound(model, whole, now=now, zone=zone, usual=usual, as_json=True)
    if left is None:
        raise refused
    known = await call.read(lambda open: known_faults(open, services.policies, left, now, about))
    raise with_known(refused, [*known, *await call.work(lambda: besides(left))])
