"""What all tables share: how their constraints are named, partial indexes, and which refuse changes."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that meet a condition, which SQLAlchemy is told only where tables are made.

    Saying it for PostgreSQL loads that dialect, 50 ms that a command on SQLite need not pay.
    """
    return Index(name, *columns, info={"where": where})


def conditions() -> None:
    """Complete the indexes, for whoever makes or compares tables."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if condition := index.info.get("where"):
                for kind in ("sqlite", "postgresql"):
                    index.dialect_options[kind]["where"] = text(condition)


APPEND_ONLY = (
    "stated_dates",
    "receipts",
    "supply_returns",
    "stock_movements",
    "stock_counts",
    "allocations",
    "promises",
    "timeline",
    "policies",
    "parameters",
    "peggings",
)
"""Tables that refuse changes and deletions."""
