"""IDs of any printable text: room for keys whose parts are encoded, and an order of reading for the queue."""

import re

import sqlalchemy as sa
from alembic import op

from backorder.domain.keys import reading_order

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WIDER = (
    ("messages", "person", 160, 512),
    ("tasks", "key", 256, 1024),
    ("tasks", "subject", 256, 1024),
    ("message_items", "backorder", 257, 1024),
    ("backorders", "id", 257, 1024),
    ("allocations", "backorder", 257, 1024),
    ("demands", "backorder", 257, 1024),
    ("endings", "backorder", 257, 1024),
    ("events", "backorder", 257, 1024),
    ("peggings", "backorder", 257, 1024),
    ("promises", "backorder", 257, 1024),
    ("requests", "backorder", 257, 1024),
    ("reservations", "backorder", 257, 1024),
    ("stock_movements", "reference", 400, 1024),
    ("timeline", "backorder", 257, 1024),
)
"""Table, column, length before and after."""
AT_ONCE = 5000


def upgrade() -> None:
    """Widen what holds keys; note for each line where its ID stands among others.

    A line keeps what it was opened with, so that a conflict can name what differs; the database keeps the
    shop's time zone.
    """
    _resize([(table, column, after) for table, column, _, after in WIDER])
    op.add_column("demands", sa.Column("id_order", sa.Text(), nullable=False, server_default=""))
    op.add_column("backorders", sa.Column("content", sa.Text()))
    op.add_column("clock", sa.Column("time_zone", sa.String(64)))
    _fill()


def downgrade() -> None:
    """Forget the order; keys that have become longer than before do not fit any more."""
    op.drop_column("clock", "time_zone")
    op.drop_column("backorders", "content")
    op.drop_column("demands", "id_order")
    _resize([(table, column, before) for table, column, before, _ in WIDER])


def _resize(columns: list[tuple[str, str, int]]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length in columns:
            op.alter_column(table, column, type_=sa.String(length))
    else:
        _redeclare(columns)


def _redeclare(columns: list[tuple[str, str, int]]) -> None:
    """SQLite keeps text of any length whatever was declared: only the words of the declaration change.

    Making the tables anew would take their triggers away. https://www.sqlite.org/lang_altertable.html,
    the procedure for changes that leave what is on disk as it is.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    for table, column, length in columns:
        sql: str = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)
        ).scalar_one()
        declared, found = re.subn(rf'(\W"?{column}"? VARCHAR)\(\d+\)', rf"\1({length})", sql, count=1)
        if not found:
            raise RuntimeError(f"{table}.{column} is not declared as expected: {sql}")
        connection.exec_driver_sql(
            "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (declared, table)
        )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _fill() -> None:
    connection = op.get_bind()
    demands = sa.table("demands", sa.column("backorder"), sa.column("id_order"))
    lines = sa.select(demands.c.backorder).order_by(demands.c.backorder).limit(AT_ONCE)
    fill = (
        sa.update(demands)
        .where(demands.c.backorder == sa.bindparam("line"))
        .values(id_order=sa.bindparam("place"))
    )
    last = ""
    while found := connection.execute(lines.where(demands.c.backorder > last)).scalars().all():
        connection.execute(fill, [{"line": id, "place": reading_order(id)} for id in found])
        last = found[-1]
