"""A database as version 0.1 left it: its schema, and what it had written about eight lines.

`version_0_1.jsonl` was written by that version, a row a line. Its lines are `asleep`, `held`, `broken` (its
supply cannot be read), `ended` (a refund is to be made), `ending` (by the policy, which the order system was
told), `unclear` and `flight` (a message of unknown outcome, one that is being sent) and `new` (never looked
at).
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Boolean, Engine, MetaData, column, insert, table

from backorder.storage.migrate import config

ROWS = Path(__file__).with_suffix(".jsonl")
REVISION = "0016"
LINES = ("asleep", "broken", "ended", "ending", "flight", "held", "new", "unclear")


def fill(engine: Engine) -> None:
    """Make a migrated, empty database one of version 0.1."""
    with engine.begin() as connection:
        command.downgrade(config(connection), REVISION)
        tables = MetaData()
        tables.reflect(connection)
        rows = recorded()
        for name in ("channels", "compatibility"):
            connection.execute(tables.tables[name].delete())
        for known in tables.sorted_tables:
            if known.name in rows:
                truths = {each.name for each in known.columns if isinstance(each.type, Boolean)}
                # Without types: values are written as they were.
                plain = table(known.name, *(column(each.name) for each in known.columns))
                connection.execute(insert(plain), [_fitting(row, truths) for row in rows[known.name]])


def recorded() -> dict[str, list[dict[str, Any]]]:
    """The rows of each table."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        found[each["table"]].append(each["row"])
    return found


def _fitting(row: dict[str, Any], truths: set[str]) -> dict[str, Any]:
    return {name: bool(each) if name in truths else each for name, each in row.items()}
