"""What is stored gets the names that it keeps: columns, a table, states, the fields of a line's state."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = (
    ("demands", "drift", "moved_by_time_alone"),
    ("demands", "version", "supply_version"),
    ("demands", "seen", "acknowledged"),
    ("demands", "called", "notified"),
    ("replans", "drift", "moved_by_time_alone"),
    ("requests", "asked_at", "requested_at"),
    ("messages", "settled_at", "recorded_at"),
    ("sends", "settled_at", "recorded_at"),
    ("message_items", "unheard", "unapplied"),
)
STATES = (("messages", "unsettled", "unknown"), ("approvals", "lapsed", "expired"))
"""States that a constraint of their table names."""
FIELDS = {
    "drift": "moved_by_time_alone",
    "marks": "last_contacts",
    "ending": "automatic_cancellation",
    "announced": "allocation_reported",
}
"""Of a line's state."""
ANSWER = {"rulings": "outcomes"}
"""Of what a review was answered."""
AT_ONCE = 1000
_WAITING = "state IN ('planned', 'claimed', '{}')"
_KEPT = "message_items.{} IS NOT NULL"


def upgrade() -> None:
    """Rename it all."""
    _rename(COLUMNS, STATES, ("pursuits", "follow_ups"))
    _rewrite("state", lambda state: _renamed(state, FIELDS))
    _rewrite("result", lambda result: [_renamed(result[0], ANSWER), *result[1:]])


def downgrade() -> None:
    """Take the old names back."""
    columns = tuple((table, new, old) for table, old, new in COLUMNS)
    _rename(columns, tuple((table, new, old) for table, old, new in STATES), ("follow_ups", "pursuits"))
    _rewrite("state", lambda state: _renamed(state, {new: old for old, new in FIELDS.items()}))
    _rewrite("result", lambda result: [_renamed(result[0], {"outcomes": "rulings"}), *result[1:]])


def _rename(
    columns: tuple[tuple[str, str, str], ...],
    states: tuple[tuple[str, str, str], ...],
    table: tuple[str, str],
) -> None:
    old, new = table
    (_, unclear, renamed), *_ = states
    (_, unapplied, kept) = columns[-1]
    op.drop_index("ix_messages_waiting", "messages")
    op.drop_index(f"ix_message_items_{unapplied}", "message_items")
    for where, before, after in columns:
        op.alter_column(where, before, new_column_name=after)
    op.rename_table(old, new)
    for where, before, after in states:
        _allow(where, before, after)
        op.execute(f"UPDATE {where} SET state = '{after}' WHERE state = '{before}'")
    op.execute(f"UPDATE sends SET state = '{renamed}' WHERE state = '{unclear}'")
    waiting, told = sa.text(_WAITING.format(renamed)), sa.text(_KEPT.format(kept))
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["person", "not_before"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        f"ix_message_items_{kept}",
        "message_items",
        ["backorder"],
        sqlite_where=told,
        postgresql_where=told,
    )


def _allow(table: str, before: str, after: str) -> None:
    """The constraint on the states, with the new name in the old one's place."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # Making the table anew would take its triggers away; on disk nothing changes but the words.
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
            (f"'{before}'", f"'{after}'", table),
        )
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema=OFF")
        return
    rule = connection.scalar(
        sa.text("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_state"},
    )
    op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
    op.execute(f"UPDATE {table} SET state = '{after}' WHERE state = '{before}'")
    op.create_check_constraint(
        op.f(f"ck_{table}_state"), table, str(rule).replace(f"'{before}'", f"'{after}'")
    )


def _rewrite(column: str, renamed: Callable[[Any], Any]) -> None:
    """Each line's JSON under the new names; what cannot be read stays as it is, and is shown as such."""
    connection = op.get_bind()
    lines = sa.table("backorders", sa.column("id"), sa.column(column))
    page = sa.select(lines.c.id, lines.c[column]).order_by(lines.c.id).limit(AT_ONCE)
    change = sa.update(lines).where(lines.c.id == sa.bindparam("line")).values({column: sa.bindparam("json")})
    last = ""
    while rows := connection.execute(page.where(lines.c.id > last)).all():
        changed = []
        for id, text in rows:
            try:
                value = renamed(json.loads(text))
                written = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
                written.encode()  # half of a pair of surrogates, which no database takes
            except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
                continue
            changed.append({"line": id, "json": written})
        if changed:
            connection.execute(change, changed)
        last = rows[-1][0]


def _renamed(fields: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}
