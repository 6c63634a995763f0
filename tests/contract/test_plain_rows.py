"""Rows as the driver gives them: what they hold, what goes with them, and how they fail."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, literal_column, select, update
from sqlalchemy.exc import DBAPIError

from backorder.errors import UnauthorizedError
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import machine_now
from backorder.storage.engine import glancing, proof, reading, trying
from backorder.storage.key_proof import KeyProof
from backorder.storage.plain_rows import named_rows_of, rows_of
from backorder.storage.tables import backorders
from backorder.storage.types import Unreadable, among
from tests.support.query_plans import asked
from tests.support.shop import Shop

LINES = select(backorders.c.id, backorders.c.ordered_at, backorders.c.promised_by).where(
    among(backorders.c.id, "lines")
)


def read(shop: Shop, statement: Select[Any] = LINES, **values: object) -> list[tuple[Any, ...]]:
    with glancing(shop.services.engine) as connection:
        return [tuple(row)[:3] for row in rows_of(connection, statement, values)]


def test_rows_hold_what_their_columns_mean(shop: Shop) -> None:
    shop.start()
    ((id, ordered_at, promised_by),) = read(shop, lines=["O-1/1", "none"])
    with shop.services.engine.connect() as connection:
        usual = connection.execute(LINES, {"lines": ["O-1/1"]}).one()
    assert (id, ordered_at, promised_by) == tuple(usual)
    assert ordered_at.tzinfo is UTC
    some = select(backorders.c.id).where(backorders.c.sku == "LAMP", backorders.c.id == bindparam("id"))
    assert read(shop, some, id="O-1/1") == [("O-1/1",)]
    assert read(shop, lines=[]) == []


def test_a_value_that_is_none_takes_no_other_with_it(shop: Shop) -> None:
    shop.start()
    shop.start("O-2")
    shop.start("O-3")
    postgres = shop.services.engine.dialect.name == "postgresql"
    day, instant = ("infinity", "10000-01-01 00:00+00") if postgres else ("someday", "some time")
    shop.run("UPDATE backorders SET promised_by = :day WHERE id = 'O-1/1'", day=day)
    shop.run("UPDATE backorders SET ordered_at = :at WHERE id = 'O-3/1'", at=instant)
    lines = ["O-1/1", "O-2/1", "O-3/1"]
    bad, good, far = sorted(read(shop, lines=lines), key=lambda row: row[0])
    assert (bad[0], bad[2]) == ("O-1/1", Unreadable("a day"))
    assert bad[1].tzinfo is good[1].tzinfo is UTC
    assert far == ("O-3/1", Unreadable("an instant"), good[2])
    with glancing(shop.services.engine) as connection:
        named = {row.id: row for row in named_rows_of(connection, LINES, {"lines": lines})}
    assert [tuple(named[id]) for id in lines] == [bad, good, far]
    if postgres:
        with glancing(shop.services.engine) as connection:
            connection.exec_driver_sql("SET timezone = 'Asia/Tokyo'")
            ((_, elsewhere, _),) = rows_of(connection, LINES, {"lines": ["O-2/1"]})
            connection.exec_driver_sql("SET timezone = 'UTC'")
        assert (elsewhere, elsewhere.tzinfo) == (good[1], UTC)


def test_what_was_only_looked_with_writes_in_transactions_again(shop: Shop) -> None:
    shop.start()
    engine = shop.services.engine
    assert read(shop, lines=["O-1/1"])
    with trying(engine, keep=False) as connection:
        connection.execute(update(backorders).values(supplier="nobody"))
    with engine.connect() as connection:
        connection.execute(update(backorders).values(supplier="nobody"))
        connection.rollback()
    assert [row["supplier"] for row in shop.rows("SELECT supplier FROM backorders")] == ["acme"]
    with pytest.raises(DBAPIError), glancing(engine) as connection:
        rows_of(connection, select(literal_column("nothing")).select_from(backorders), {})
    with reading(engine) as connection:
        first = connection.execute(LINES, {"lines": ["O-1/1"]}).all()
        shop.run("UPDATE backorders SET promised_by = NULL")
        assert connection.execute(LINES, {"lines": ["O-1/1"]}).all() == first, "one snapshot"


def test_the_key_is_proven_with_the_first_rows(shop: Shop) -> None:
    shop.start()
    engine = shop.services.engine
    key, _ = api_keys.create(engine, parse(NewApiKey, {"name": "desk", "roles": ["agent"]}), machine_now())
    for lines, looks in (("O-1/1", 0), ("none", 1)):
        owed = KeyProof(key.id)
        token = proof.set(owed)
        with asked(engine) as statements:
            read(shop, lines=[lines])
            read_already = len(statements)
            api_keys.prove(engine)
        assert owed.given
        if engine.dialect.name == "postgresql":  # on SQLite a look costs no round trip
            assert (read_already, len(statements)) == (1, 1 + looks)
        proof.reset(token)
    api_keys.revoke(engine, key.id, machine_now())
    token = proof.set(KeyProof(key.id))
    with pytest.raises(UnauthorizedError, match="revoked"):
        read(shop, lines=["O-1/1"])
    proof.reset(token)


def test_an_error_of_the_database_is_one_of_its_usual_kind(shop: Shop) -> None:
    with pytest.raises(DBAPIError) as failed:
        read(shop, select(literal_column("nothing")).select_from(backorders))
    assert not failed.value.connection_invalidated
    assert read(shop, lines=["none"]) == [], "its connection goes on"
    if shop.services.engine.dialect.name == "postgresql":
        over: Select[Any] = select(literal_column("pg_terminate_backend(pg_backend_pid())"))
        with pytest.raises(DBAPIError) as failed:
            read(shop, over)
        assert failed.value.connection_invalidated
        assert read(shop, lines=["none"]) == [], "another one takes its place"
