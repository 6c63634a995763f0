"""What was not said of something that is kept stays as it is on record; the word none takes a field away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from backorder.schemas import Incoming
    from starter.cli.session import Session
    from starter.files.tables import Entry

Recorded = Callable[["Connection", Mapping[str, object]], Mapping[str, object]]
"""The fields that are on record of what others name; see `backorder.queries.kept_fields`."""
_NOTHING = "none"


def merged(
    session: Session, model: type[Incoming], recorded: Recorded | None, raw: Mapping[str, object]
) -> dict[str, object]:
    """What was said, over what is on record of the same; that alone where nothing stays (None).

    A field that may be left out is emptied by the word none.
    """
    if recorded is None:
        return dict(raw)
    return over_record(session, recorded, {name: _emptied(model, name, value) for name, value in raw.items()})


def filled(
    session: Session,
    model: type[Incoming],
    recorded: Recorded | None,
    entry: Entry,
    faults: Sequence[str] | None,
) -> Entry:
    """The same of an entry of a file. faults: what is wrong with it besides."""
    return replace(
        entry, raw=merged(session, model, recorded, entry.raw), faults=(*entry.faults, *(faults or ()))
    )


def over_record(session: Session, recorded: Recorded, raw: Mapping[str, object]) -> dict[str, object]:
    """What was said, over what is on record of the same."""
    from backorder.storage.engine import reading

    if not raw:
        return {}
    with reading(session.services.engine) as connection:
        return {**recorded(connection, raw), **raw}


def _emptied(model: type[Incoming], name: str, value: object) -> object:
    info = model.model_fields.get(name)
    words = value[0] if isinstance(value, list) and len(value) == 1 else value
    says_none = isinstance(words, str) and words.strip().casefold() == _NOTHING
    if info is None or info.is_required() or not says_none or info.default is True:
        return value
    return list(info.default) if isinstance(info.default, tuple) else info.default
