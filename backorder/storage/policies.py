"""Policies as the lines keep them: every version that was ever loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select, update

from backorder.domain.calendar import Calendar
from backorder.domain.policy.policy import Policy
from backorder.domain.policy.policy_file import PolicyError, read_kept_policy, read_policy
from backorder.errors import NewerVersionError, UnreadableError
from backorder.failures import in_words
from backorder.storage.engine import add
from backorder.storage.tables import current_policies, policies

_NEWER = 'policy "{name}" version {version} was loaded by a newer version of the program, and needs it'
_CURRENT = select(current_policies.c.version).where(current_policies.c.name == bindparam("name"))


class PolicyRepository:
    """Reads policies by name and version, each parsed once; knows what holds for all of them."""

    def __init__(self, calendar: Calendar, *, max_endings_per_hour: int = 50) -> None:
        self.calendar = calendar
        self.max_endings_per_hour = max_endings_per_hour
        self._parse = lru_cache(maxsize=256)(self._read)
        self._known: dict[tuple[str, str], str] = {}

    def get(self, connection: Connection, name: str, version: str) -> Policy:
        """The policy version that a line keeps.

        Raises KeyError for one that was never loaded, NewerVersionError for one with keys that this version
        does not know, UnreadableError for one that is no policy.
        """
        text = self._known.get((name, version))
        if text is None:
            wanted = (policies.c.name == name) & (policies.c.version == version)
            text = connection.execute(select(policies.c.text).where(wanted)).scalar_one_or_none()
            if text is None:
                raise KeyError(f'policy "{name}" version {version} was never loaded')
            self._known[name, version] = text
        try:
            return self._parse(text)
        except PolicyError as error:
            # What is stored was read as a policy once: by a version that knew its keys.
            if any(fault.unknown for fault in error.faults):
                raise NewerVersionError(_NEWER.format(name=name, version=version)) from error
            raise UnreadableError(
                f'policy "{name}" version {version} cannot be read: {in_words(error)}'
            ) from error

    def newest(self, connection: Connection, name: str) -> Policy | None:
        """The version of a policy that was loaded last, for new lines; None for an unknown name."""
        version = connection.execute(_CURRENT, {"name": name}).scalar_one_or_none()
        return self.get(connection, name, version) if version else None

    def load(self, connection: Connection, text: str) -> Policy:
        """Keep a policy; the same text twice is one version. Raises PolicyError."""
        policy = read_policy(text, calendar=self.calendar)
        key = {"name": policy.name, "version": policy.version}
        add(connection, policies, key | {"text": text, "loaded_at": datetime.now(UTC)})
        if not add(connection, current_policies, key):
            wanted = current_policies.c.name == policy.name
            connection.execute(update(current_policies).where(wanted).values(version=policy.version))
        return policy

    def versions(self, connection: Connection, name: str) -> tuple[set[str], str | None]:
        """The versions of a policy that were ever loaded, and the one that new lines get, None for none."""
        kept = connection.execute(select(policies.c.version).where(policies.c.name == name)).scalars()
        return set(kept), connection.execute(_CURRENT, {"name": name}).scalar_one_or_none()

    def names(self, connection: Connection) -> list[str]:
        """The names of all policies."""
        names = select(current_policies.c.name).order_by(current_policies.c.name)
        return list(connection.execute(names).scalars())

    def _read(self, text: str) -> Policy:
        return read_kept_policy(text, calendar=self.calendar)
