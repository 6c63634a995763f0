"""Statements handed to the driver as they were compiled once: as SQLAlchemy has them, only sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Select,
    Table,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound

from backorder.storage.compiled import change, fetch, first, only, tuples
from backorder.storage.engine import reading, writing
from backorder.storage.line_case import CASE
from backorder.storage.tables import backorders, customers, demands, replans
from tests.support.shop import Shop

AT = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=2)))
SOME = (
    select(backorders.c.id, customers.c.id, backorders.c.ordered_at.label("at"), backorders.c.promised_by)
    .join(customers, customers.c.id == backorders.c.customer)
    .where(
        backorders.c.id.in_(bindparam("lines", expanding=True)),
        backorders.c.sku.in_(["LAMP", "DESK"]),
        backorders.c.ordered_at <= bindparam("until"),
    )
    .order_by(backorders.c.id)
    .limit(bindparam("limit", type_=Integer))
)
PERCENT = (
    select(backorders.c.id, literal_column("'100% %(id)s %%'").label("words"))
    .where(or_(backorders.c.sku == bindparam("said"), backorders.c.id == bindparam("said")))
    .where(backorders.c.sku.like(literal_column("'L%'")))
    .order_by(backorders.c.id)
)
"""Signs that mean something to a driver, and a value that stands in two places."""


READ: list[tuple[Select[Any], dict[str, Any]]] = [
    (CASE, {"id": "O-1/1"}),
    (CASE, {"id": "none"}),
    (SOME, {"lines": ["O-1/1", "O-2/1", "none"], "until": AT + timedelta(days=900), "limit": 9}),
    (SOME, {"lines": ["O-2/1"], "until": AT + timedelta(days=900), "limit": 9}),
    (SOME, {"lines": ["O-1/1", "O-2/1"], "until": AT + timedelta(days=900), "limit": 1}),
    (SOME, {"lines": [], "until": AT, "limit": 9}),
    (SOME, {"lines": ["O-1/1"], "until": AT - timedelta(days=900), "limit": 9}),
    (PERCENT, {"said": "LAMP"}),
]


def test_rows_are_those_of_sqlalchemy(shop: Shop) -> None:
    shop.start()
    shop.start("O-2")
    with reading(shop.services.engine) as connection:
        for statement, values in [*READ, *READ]:
            usual = connection.execute(statement, values).all()
            found = fetch(connection, statement, values)
            assert [(tuple(row), row._fields) for row in found] == [
                (tuple(row), row._fields) for row in usual
            ]
            assert tuples(connection, statement, values) == [tuple(row) for row in usual]


def test_there_is_a_first_row_or_none_and_an_only_one_or_an_error(shop: Shop) -> None:
    shop.start()
    with reading(shop.services.engine) as connection:
        assert first(connection, CASE, {"id": "O-1/1"}).sku == "LAMP"
        assert first(connection, CASE, {"id": "none"}) is None
        assert only(connection, CASE, {"id": "O-1/1"}).id == "O-1/1"
        with pytest.raises(NoResultFound):
            only(connection, CASE, {"id": "none"})


MARK = insert(replans)
MARKS = select(replans.c.sku, replans.c.cause, replans.c.at).order_by(replans.c.at)
SEEN = (
    update(demands)
    .where(demands.c.backorder == bindparam("_id"), demands.c.partial.in_(["hold", "ship"]))
    .values(acknowledged=demands.c.acknowledged + bindparam("more"))
)


def test_what_is_written_is_what_was_meant(shop: Shop) -> None:
    shop.start()
    shop.start("O-2")
    rows = [
        {"sku": "LAMP", "cause": cause, "moved_by_time_alone": False, "at": AT + timedelta(hours=hours)}
        for hours, cause in enumerate(("one", "two", "three"))
    ]
    seen = select(demands.c.backorder, demands.c.acknowledged)
    with writing(shop.services.engine) as connection:
        before = {row.backorder: row.acknowledged for row in connection.execute(seen)}
        connection.execute(replans.delete())
        assert change(connection, MARK, rows[0]) == 1
        assert change(connection, MARK, rows[1:]) == 2
        assert change(connection, MARK, []) == 0
        assert change(connection, SEEN, [{"_id": "O-1/1", "more": 1}, {"_id": "O-2/1", "more": 2}]) == 2
        assert change(connection, SEEN, {"_id": "none", "more": 1}) == 0
    with reading(shop.services.engine) as connection:
        assert [tuple(row) for row in connection.execute(MARKS)] == [
            ("LAMP", row["cause"], row["at"]) for row in rows
        ]
        assert connection.execute(MARKS).all()[0].at.tzinfo is UTC
        after = {row.backorder: row.acknowledged for row in connection.execute(seen)}
    assert after == {"O-1/1": before["O-1/1"] + 1, "O-2/1": before["O-2/1"] + 2}


def test_a_value_that_the_program_would_add_is_refused(shop: Shop) -> None:
    added = Table("added", MetaData(), Column("id", Integer), Column("count", Integer, default=7))
    with writing(shop.services.engine) as connection, pytest.raises(ValueError, match="default"):
        change(connection, insert(added), {"id": 1})


OVER: Select[Any] = (
    select(literal_column("pg_terminate_backend(pid)"))
    .select_from(text("pg_stat_activity"))
    .where(literal_column("pid").in_(bindparam("pids", expanding=True, type_=Integer)))
    .order_by(text("pid = pg_backend_pid()"))
)
"""Ends connections, the one that asks for it last."""


def test_an_error_of_the_database_is_sqlalchemys(shop: Shop) -> None:
    shop.start()
    engine = shop.services.engine
    row = {"sku": "no such product", "cause": "test", "moved_by_time_alone": False, "at": AT}
    with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
        change(connection, MARK, row)
    assert "[parameters" not in str(refused.value), "values end in no log"
    with pytest.raises(DBAPIError), reading(engine) as connection:
        fetch(connection, select(literal_column("nothing")).select_from(backorders), {})
    if engine.dialect.name == "postgresql":
        with reading(engine) as one, reading(engine) as other:
            mine: Select[Any] = select(literal_column("pg_backend_pid()"))
            pids = [each.execute(mine).scalar_one() for each in (one, other)]
        with pytest.raises(DBAPIError) as failed, reading(engine) as connection:
            fetch(connection, OVER, {"pids": pids})
        assert failed.value.connection_invalidated
    with reading(engine) as connection:
        assert only(connection, CASE, {"id": "O-1/1"}).sku == "LAMP", (
            "another takes its place, and none of the pool's"
        )
