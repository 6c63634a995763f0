"""What is on record of how a shop is set up, for whoever checks it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from backorder.domain.line.state import CLOSED
from backorder.storage.tables import backorders, clock, current_policies, customers, policies


def kept_time_zone(connection: Connection) -> str | None:
    """The shop's time zone that the database keeps; None before one is kept."""
    found: str | None = connection.execute(select(clock.c.time_zone)).scalar()
    return found


def current_versions(connection: Connection) -> dict[str, str]:
    """The version of each policy that new lines start with, by its name."""
    rows = connection.execute(select(current_policies.c.name, current_policies.c.version))
    return {row.name: row.version for row in rows}


def current_texts(connection: Connection) -> list[tuple[str, str]]:
    """The name and the text of each policy that new lines start with, in the order of their names."""
    kept = policies.c
    same = (current_policies.c.name == kept.name) & (current_policies.c.version == kept.version)
    rows = connection.execute(select(kept.name, kept.text).join(current_policies, same).order_by(kept.name))
    return [(row.name, row.text) for row in rows]


def serves_consumers_of_india(connection: Connection) -> bool:
    """Whether a line of a consumer in India is open."""
    at_home = (customers.c.region == "IN") | customers.c.region.startswith("IN-")
    wanted = select(backorders.c.id).join(customers, customers.c.id == backorders.c.customer)
    wanted = wanted.where(backorders.c.phase.not_in(CLOSED), at_home, customers.c.kind == "consumer").limit(1)
    return connection.execute(wanted).first() is not None
