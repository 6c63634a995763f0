"""What a query needs to read a shop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from backorder.storage.policies import PolicyRepository


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A database, and the policies in it, read by the shop's calendar. templates: the shop's own, or None."""

    engine: Engine
    policies: PolicyRepository
    templates: Path | None = None
