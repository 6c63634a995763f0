"""The policies that were ever loaded, version by version, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from backorder.queries.supply_lists import LIMIT, SupplyPage
from backorder.storage.codec import load_json
from backorder.storage.cursors import cursor_of, instant_in, read_cursor
from backorder.storage.tables import audit, current_policies, policies

_OF = "policies"
_IS_CURRENT = and_(
    current_policies.c.name == policies.c.name, current_policies.c.version == policies.c.version
)
_ALL = (
    select(policies.c.name, policies.c.version, policies.c.loaded_at, current_policies.c.version)
    .outerjoin(current_policies, _IS_CURRENT)
    .order_by(policies.c.name, policies.c.loaded_at.desc(), policies.c.version)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyVersionView:
    """A version of a policy. version: a digest of its text. current: it is what new lines get.

    loaded_at: when it was loaded first (machine time). loaded_by: `key/ID`, or who gave the command; null
    where the audit does not say.
    """

    name: str
    version: str
    current: bool
    loaded_at: datetime
    loaded_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyTextView(PolicyVersionView):
    """A version of a policy, with what it says. text: of its file."""

    text: str


def policy_list(
    connection: Connection, *, name: str = "", cursor: str | None = None, limit: int = LIMIT
) -> SupplyPage[PolicyVersionView]:
    """A page of all versions: by name, the newest of each first. name: those of one policy alone.

    Raises RefusedError for a cursor that means nothing.
    """
    query = _ALL.limit(limit + 1)
    if name:
        query = query.where(policies.c.name == name)
    if cursor:
        query = query.where(_behind(*read_place(cursor)))
    rows = connection.execute(query).all()
    page = rows[:limit]
    by = _loaded_by(connection, {(row[0], row[1]): row[2] for row in page})
    found = [
        PolicyVersionView(
            name=each,
            version=version,
            current=current is not None,
            loaded_at=at,
            loaded_by=by.get((each, version)),
        )
        for each, version, at, current in page
    ]
    last = page[-1] if len(rows) > limit else None
    return SupplyPage(
        rows=found, next=cursor_of(_OF, last[0], last[2].isoformat(), last[1]) if last else None
    )


def _behind(name: str, at: datetime, version: str) -> ColumnElement[bool]:
    mine, same = policies.c.name == name, policies.c.loaded_at == at
    return or_(
        policies.c.name > name,
        mine & (policies.c.loaded_at < at),
        mine & same & (policies.c.version > version),
    )


def read_place(cursor: str) -> tuple[str, datetime, str]:
    """Behind which version a page begins. Raises RefusedError for a cursor of another list."""
    name, at, version = read_cursor(cursor, _OF, 3)
    return name, instant_in(at), version


def policy_text(connection: Connection, name: str, version: str = "") -> PolicyTextView | None:
    """What a policy says, also where this version of the program cannot read it; None where it is unknown.

    version: "" for the one that new lines get.
    """
    wanted = policies.c.version == version if version else current_policies.c.version.is_not(None)
    query = _ALL.add_columns(policies.c.text).where(policies.c.name == name, wanted)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return PolicyTextView(
        name=row[0],
        version=row[1],
        current=row[3] is not None,
        loaded_at=row[2],
        loaded_by=_loaded_by(connection, {(name, row[1]): row[2]}).get((name, row[1])),
        text=row[4],
    )


def _loaded_by(
    connection: Connection, loaded: Mapping[tuple[str, str], datetime]
) -> Mapping[tuple[str, str], str]:
    """Who loaded each version first, as far as the audit says. loaded: when each was.

    One that was there before the audit was may be set back later: that entry is younger than the version.
    """
    names = {name for name, _ in loaded}
    query = (
        select(audit.c.object, audit.c.after, audit.c.actor, audit.c.at)
        .where(audit.c.kind == "policy", audit.c.object.in_(names), audit.c.after.is_not(None))
        .order_by(audit.c.number)
    )
    found: dict[tuple[str, str], str] = {}
    for name, after, actor, at in connection.execute(query):
        said = load_json(after, "what an entry of the audit says")
        if isinstance(said, dict) and isinstance(version := said.get("version"), str):
            since = loaded.get((name, version))
            if since is not None and at <= since:
                found.setdefault((name, version), actor)
    return found
