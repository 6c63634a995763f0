"""What a query needs to read a shop."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from backorder.storage.policies import PolicyRepository


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A database, and the policies in it, read by the shop's calendar."""

    engine: Engine
    policies: PolicyRepository
