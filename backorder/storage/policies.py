"""Policies as the lines keep them: every version that was ever loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Connection, insert, select

from backorder.domain.calendar import Calendar
from backorder.domain.policy import Policy
from backorder.domain.policyfile import read_policy
from backorder.storage.tables import policies


class PolicyShelf:
    """Reads policies by name and version, each parsed once."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._parse = lru_cache(maxsize=256)(self._read)
        self._known: dict[tuple[str, str], str] = {}

    def get(self, connection: Connection, name: str, version: str) -> Policy:
        """The policy version that a line keeps. Raises KeyError for one that was never loaded."""
        text = self._known.get((name, version))
        if text is None:
            wanted = (policies.c.name == name) & (policies.c.version == version)
            text = connection.execute(select(policies.c.text).where(wanted)).scalar_one_or_none()
            if text is None:
                raise KeyError(f'policy "{name}" version {version} was never loaded')
            self._known[name, version] = text
        return self._parse(text)

    def newest(self, connection: Connection, name: str) -> Policy | None:
        """The version of a policy that new lines get; None for an unknown name."""
        query = select(policies.c.version).where(policies.c.name == name)
        version = connection.execute(
            query.order_by(policies.c.loaded_at.desc()).limit(1)
        ).scalar_one_or_none()
        return self.get(connection, name, version) if version else None

    def load(self, connection: Connection, text: str) -> Policy:
        """Put a policy on the shelf; the same text twice is one version. Raises PolicyError."""
        policy = read_policy(text, calendar=self.calendar)
        wanted = (policies.c.name == policy.name) & (policies.c.version == policy.version)
        if connection.execute(select(policies.c.name).where(wanted)).first() is None:
            row = {
                "name": policy.name,
                "version": policy.version,
                "text": text,
                "loaded_at": datetime.now(UTC),
            }
            connection.execute(insert(policies).values(row))
        return policy

    def names(self, connection: Connection) -> list[str]:
        """The names of all policies."""
        return list(
            connection.execute(select(policies.c.name).distinct().order_by(policies.c.name)).scalars()
        )

    def _read(self, text: str) -> Policy:
        return read_policy(text, calendar=self.calendar)
