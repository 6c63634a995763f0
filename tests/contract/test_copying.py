"""A whole shop moves into another database, of the other kind or the same, and goes on there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from backorder.domain.calendar import Calendar
from backorder.errors import RefusedError, SetupError
from backorder.messaging.message_content import Shop as Letterhead
from backorder.services.services import Services
from backorder.storage import copy_database
from backorder.storage.copy_database import copy, occupied, same_place
from backorder.storage.engine import open_database
from backorder.storage.tables import metadata, stock_movements, timeline
from tests.support.databases import KINDS, NewDatabase
from tests.support.days import at, day
from tests.support.shop import Shop


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Engine]:
    """An empty database with the schema, of each kind."""
    engine = open_database(new_database(str(request.param)))
    yield engine
    engine.dispose()


@pytest.fixture
def other(services: Services, new_database: NewDatabase) -> Iterator[Engine]:
    """An empty database with the schema, of the kind that the shop's is not."""
    (kind,) = set(KINDS) - {services.engine.dialect.name}
    engine = open_database(new_database(kind))
    yield engine
    engine.dispose()


@pytest.fixture
def busy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop in the middle of its work: lines that wait, hold units, have ended; batches of two rows."""
    monkeypatch.setattr(copy_database, "BATCH", 2)
    shop.purchase()
    shop.start("O-1", quantity=2)
    shop.start("O-2", quantity=3)
    shop.start("O-3", quantity=4)
    shop.dispatch()
    shop.state_dates((10, day(25)))
    shop.replan()
    shop.receive(4)
    shop.replan()
    shop.count(4)
    shop.review("O-1")
    return shop


def nothing(_table: str, _done: int, _of: int) -> None:
    """No progress is shown."""


def content(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table as the program reads it, in an order of its own."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in copy_database.tables()
        }


def test_everything_arrives_and_goes_on(busy: Shop, target: Engine) -> None:
    source = busy.services.engine
    before = content(source)
    shown: list[tuple[str, int, int]] = []
    rows = copy(source, target, lambda *said: shown.append(said))
    assert content(target) == before == content(source)
    assert rows == {name: len(found) for name, found in before.items()}
    assert rows["timeline"] > 4
    assert {(name, count, count) for name, count in rows.items()} <= set(shown)
    assert max(done - last for (_, last, _), (_, done, _) in pairwise(shown)) <= 2

    moved = Shop(Services(target, Calendar(), Letterhead(name="", url="", postal_address="")), busy.now)
    on_hand, allocated = moved.stock()
    assert allocated > 0
    moved.now = at(1)
    moved.receive(5, id="R-2", received_at=at(1))
    moved.replan()
    assert moved.stock() == (on_hand + 5, 9), "each line holds what it ordered"
    moved.start("O-4")
    with target.connect() as connection:
        for column in (stock_movements.c.id, timeline.c.number):
            numbers = list(connection.scalars(select(column)))
            assert len(set(numbers)) == len(numbers) > rows[column.table.name], (
                "new rows have numbers of their own"
            )
    with pytest.raises(DBAPIError, match="append-only"):
        moved.run("DELETE FROM timeline")


def test_a_database_that_has_rows_is_no_target(busy: Shop, other: Engine) -> None:
    copy(busy.services.engine, other, nothing)
    before = content(other)
    with pytest.raises(SetupError, match=r"the target is not empty \(.*\): name a new, empty database"):
        copy(busy.services.engine, other, nothing)
    assert content(other) == before


def test_rows_that_cannot_be_held_are_named_and_nothing_arrives(busy: Shop, other: Engine) -> None:
    """What its own column cannot mean; the state of a line, which is text, goes as it is."""
    postgres = busy.services.engine.dialect.name == "postgresql"
    busy.run("UPDATE backorders SET state = 'no state' WHERE id = 'O-1/1'")
    busy.run(f"UPDATE customers SET updated_at = '{'infinity' if postgres else 'someday'}'")
    with pytest.raises(
        RefusedError, match=r"table customers, id .*: updated_at is not an instant"
    ) as refused:
        copy(busy.services.engine, other, nothing)
    assert "nothing was copied" in refused.value.faults[-1]
    with other.connect() as connection:
        assert occupied(connection) == {}


def test_text_longer_than_postgresql_takes_is_named(new_database: NewDatabase) -> None:
    source, target = (open_database(new_database(kind)) for kind in KINDS)
    shop = Shop(Services(source, Calendar(), Letterhead(name="", url="", postal_address="")))
    shop.supplier()
    shop.supplier("oak")
    shop.run(f"UPDATE suppliers SET id = '{'x' * 200}' WHERE id = 'oak'")
    with pytest.raises(RefusedError, match=r"table suppliers, id x+: .*too long") as refused:
        copy(source, target, nothing)
    assert len(refused.value.faults) == 2, "the other supplier is not named"
    source.dispose()
    target.dispose()


def test_an_older_schema_is_not_copied(busy: Shop, other: Engine) -> None:
    busy.run("UPDATE alembic_version SET version_num = '0016'")
    with pytest.raises(SetupError, match="the database to copy is at 0016"):
        copy(busy.services.engine, other, nothing)


def test_nobody_writes_meanwhile(busy: Shop, other: Engine) -> None:
    """What somebody wrote to the source during the copy would be lost."""
    engine = open_database(busy.services.engine.url.render_as_string(hide_password=False))
    postgres = engine.dialect.name == "postgresql"
    write = "LOCK TABLE backorders IN ROW EXCLUSIVE MODE NOWAIT" if postgres else "BEGIN IMMEDIATE"
    tried: list[str] = []
    connection = engine.raw_connection()
    if not postgres:
        connection.cursor().execute("PRAGMA busy_timeout = 1")

    def meanwhile(table: str, done: int, of: int) -> None:
        if (table, done) == ("timeline", of):
            with pytest.raises(Exception, match="lock"):
                connection.cursor().execute(write)
            tried.append(table)

    copy(busy.services.engine, other, meanwhile)
    assert tried
    connection.close()
    engine.dispose()


def test_a_database_is_known_under_any_name(busy: Shop, other: Engine) -> None:
    url = busy.services.engine.url
    again = open_database(url.render_as_string(hide_password=False))
    assert same_place(busy.services.engine, again)
    assert not same_place(busy.services.engine, other)
    again.dispose()


def test_every_table_is_copied() -> None:
    assert {table.name for table in copy_database.tables()} == set(metadata.tables) - {
        "compatibility",
        "dispatchers",
        "event_dispatch",
    }
