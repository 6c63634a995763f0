"""What was not said of something that is kept stays as it is on record; the word none takes a field away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from backorder.domain.keys import joined
from backorder.errors import PreconditionError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from backorder.schemas import Incoming
    from starter.cli.session import Session

Recorded = Callable[["Connection", Mapping[str, object]], Mapping[str, object]]
"""The fields that are on record of what others name; see `backorder.queries.kept_fields`."""
Kept = tuple[str, tuple[str, ...], Recorded]
"""Of something that is kept: its kind, as the audit has it, the fields that name it, and those on record."""
_NOTHING = "none"
_TRIES = 5
"""How often something is merged that others change all the time."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Merged:
    """What was said, over what is on record of the same.

    version: the version that is on record, "" where there is none; None where nothing of it stays.
    """

    raw: dict[str, object]
    version: str | None = None


def merged(
    session: Session,
    model: type[Incoming],
    kept: Kept | None,
    raw: Mapping[str, object],
) -> Merged:
    """What was said, over what is on record of the same; that alone where nothing stays (None).

    A field that may be left out is emptied by the word none.
    """
    if kept is None:
        return Merged(dict(raw))
    return over_record(session, kept, {name: _emptied(model, name, value) for name, value in raw.items()})


def over_record(session: Session, kept: Kept, raw: Mapping[str, object]) -> Merged:
    """What was said, over what is on record of the same; both are read at one moment."""
    from backorder.storage.acting import snapshot, version_of
    from backorder.storage.engine import reading

    if not raw:
        return Merged(dict(raw))
    kind, key, recorded = kept
    named = [str(raw.get(name, "")).strip() for name in key]
    id = joined(*named) if len(named) > 1 else named[0]
    with reading(session.services.engine) as connection:
        return Merged({**recorded(connection, raw), **raw}, version_of(snapshot(connection, kind, id)))


def until_kept(attempt: Callable[[], T]) -> T:
    """Read, merge and write, and begin again where somebody else changed the same meanwhile.

    Raises PreconditionError where they always do.
    """
    for _ in range(_TRIES - 1):
        with suppress(PreconditionError):
            return attempt()
    return attempt()


async def until_kept_too(attempt: Callable[[], Awaitable[T]]) -> T:
    """The same within a session with the server."""
    for _ in range(_TRIES - 1):
        with suppress(PreconditionError):
            return await attempt()
    return await attempt()


def _emptied(model: type[Incoming], name: str, value: object) -> object:
    info = model.model_fields.get(name)
    words = value[0] if isinstance(value, list) and len(value) == 1 else value
    says_none = isinstance(words, str) and words.strip().casefold() == _NOTHING
    if info is None or info.is_required() or not says_none or info.default is True:
        return value
    return list(info.default) if isinstance(info.default, tuple) else info.default
