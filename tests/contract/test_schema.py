"""What must never be is refused by the database itself, whatever the code does."""

from __future__ import annotations

from datetime import datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from backorder.domain.calendar import Calendar
from backorder.domain.keys import reading_order
from backorder.messaging.message_content import Shop as Letterhead
from backorder.services.services import Services
from backorder.storage.engine import open_database, reading, writing
from backorder.storage.migrate import MIGRATIONS, config, newest, revision, upgrade
from backorder.storage.tables import APPEND_ONLY, metadata
from tests.support.databases import KINDS, NewDatabase
from tests.support.days import at, day
from tests.support.shop import Shop


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    assert upgrade(engine) == (newest(), newest())


def test_the_schema_is_known_as_the_migrations_know_it(engine: Engine) -> None:
    """What opens a database asks without Alembic, and must hear the same."""
    assert newest() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with engine.connect() as connection:
        assert revision(connection) == MigrationContext.configure(connection).get_current_revision()


def test_an_empty_database_has_no_schema() -> None:
    with create_engine("sqlite://").connect() as connection:
        assert revision(connection) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_booked_before_receipts_had_lines_stays(new_database: NewDatabase, kind: str) -> None:
    """A database with a receipt, made by the migrations up to then; the arrival counts as its instant."""
    engine = open_database(new_database(kind))
    migrate_to(engine, "0004")
    shop = Shop(Services(engine, Calendar(), Letterhead(name="", url="", postal_address="")))
    before = (
        "INSERT INTO suppliers (id, name, lead_days, updated_at) VALUES ('acme', 'Acme', 14, :at)",
        "INSERT INTO products (sku, name, category, price, currency, supplier, updated_at) "
        "VALUES ('LAMP', 'Lamp', '', '10', 'EUR', 'acme', :at)",
        "INSERT INTO stock (sku, on_hand) VALUES ('LAMP', 4)",
        "INSERT INTO purchase_orders (id, supplier, ordered_at, ordered_on, updated_at) "
        "VALUES ('PO-1', 'acme', :at, :day, :at)",
        "INSERT INTO purchase_order_lines (purchase_order, line, sku, quantity, received) "
        "VALUES ('PO-1', '1', 'LAMP', 10, 4)",
        "INSERT INTO receipts (id, purchase_order, line, quantity, received_at, received_on) "
        "VALUES ('R-1', 'PO-1', '1', 4, :at, :day)",
        "INSERT INTO stock_movements (sku, quantity, kind, reference, at) "
        "VALUES ('LAMP', 4, 'receipt', 'R-1', :later)",
    )
    for statement in before:
        given = {"at": stamp(at(-9)), "later": stamp(at(-1)), "day": str(day(-9))}
        shop.run(statement, **{name: value for name, value in given.items() if f":{name}" in statement})
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    shop.count(3, at(-2))
    assert shop.stock() == (3, 0), "the receipt was booked after the count, and had arrived before it"
    assert not shop.receive(4, received_at=at(-9))
    shop.receive(2, line="1", id="R-2")
    shop.send_back(2)
    assert shop.stock() == (3, 0)
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_who_had_agreed_to_promotions_without_a_channel_has_agreed_by_mail(
    new_database: NewDatabase, kind: str
) -> None:
    engine = open_database(new_database(kind))
    before = next(path.stem[:4] for path in sorted(MIGRATIONS.glob("versions/*_consents_by_channel.py")))
    migrate_to(engine, f"{int(before) - 1:04d}")
    shop = Shop(Services(engine, Calendar(), Letterhead(name="", url="", postal_address="")))
    for id, email, agreed in (
        ("ann", "'a@example.com'", "true"),
        ("bob", "NULL", "true"),
        ("eve", "NULL", "false"),
    ):
        shop.run(
            "INSERT INTO customers (id, kind, name, email, locale, region, sms_consent, marketing_consent, "
            f"updated_at) VALUES ('{id}', 'consumer', 'X', {email}, 'en', 'GB', false, {agreed}, :at)",
            at=stamp(at(1)),
        )
    upgrade(engine)
    [row] = shop.rows("SELECT customer, purpose, wording, ended_at FROM consents")
    assert (row["customer"], row["purpose"], row["wording"]) == ("ann", "marketing_email", "")
    assert row["ended_at"] is None
    engine.dispose()


def stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000000Z"


def migrate_to(engine: Engine, revision: str) -> None:
    """Take an empty database made by the newest migrations back to an older schema."""
    with engine.begin() as connection:
        command.downgrade(config(connection), revision)


def test_more_than_is_on_hand_cannot_be_allocated(shop: Shop) -> None:
    shop.adjust(2)
    shop.open(quantity=5)
    assert shop.stock() == (2, 2)
    with pytest.raises(IntegrityError, match="not_oversold"):
        shop.run("UPDATE demands SET allocated = 3")
    with pytest.raises(IntegrityError, match="not_oversold"):
        shop.run(
            "INSERT INTO reservations (backorder, sku, quantity, until) "
            "VALUES ('O-1/1', 'LAMP', 1, '2025-03-09T00:00:00.000000Z')"
        )
    with pytest.raises(IntegrityError, match="not_oversold"):
        shop.run("UPDATE stock SET on_hand = 1")
    assert shop.stock() == (2, 2)


def test_stock_is_never_below_zero(shop: Shop) -> None:
    with pytest.raises(IntegrityError, match="on_hand"):
        shop.run("UPDATE stock SET on_hand = -1, allocated = -1")


def test_what_is_allocated_is_the_sum_of_what_the_lines_hold(shop: Shop) -> None:
    shop.adjust(9)
    shop.open("O-1", quantity=2)
    shop.open("O-2", quantity=3)
    assert shop.stock() == (9, 5)
    shop.run("UPDATE demands SET allocated = 1 WHERE backorder = 'O-2/1'")
    assert shop.stock() == (9, 3)
    shop.run("DELETE FROM demands WHERE backorder = 'O-1/1'")
    assert shop.stock() == (9, 1)


def test_a_line_cannot_hold_more_than_it_needs(shop: Shop) -> None:
    shop.adjust(9)
    shop.open(quantity=2)
    with pytest.raises(IntegrityError, match="not_more_than_open"):
        shop.run("UPDATE demands SET allocated = 3")


def test_a_demand_stays_with_its_product(shop: Shop) -> None:
    shop.product("DESK")
    shop.open()
    with pytest.raises(DBAPIError, match="never changes"):
        shop.run("UPDATE demands SET sku = 'DESK'")


def test_a_step_cannot_be_told_twice(shop: Shop) -> None:
    shop.start()
    with pytest.raises(IntegrityError):
        shop.run("INSERT INTO message_items SELECT * FROM message_items")


def test_a_backorder_is_in_a_phase_that_exists(shop: Shop) -> None:
    shop.open()
    with pytest.raises(IntegrityError, match="phase"):
        shop.run("UPDATE backorders SET phase = 'forgotten'")


def test_a_message_is_in_a_state_that_exists(shop: Shop) -> None:
    shop.start()
    with pytest.raises(IntegrityError, match="state"):
        shop.run("UPDATE messages SET state = 'lost'")


def test_records_are_only_added_to(shop: Shop) -> None:
    shop.purchase()
    shop.start()
    shop.dispatch()
    shop.state_dates((10, day(25)))
    shop.replan()
    shop.receive(10)
    shop.send_back(1)
    shop.count(11)
    for table in (name for name in APPEND_ONLY if name != "parameters"):
        column = next(iter(metadata.tables[table].columns)).name
        before = shop.rows(f"SELECT * FROM {table}")
        assert before, table
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
            with pytest.raises(DBAPIError, match="append-only"):
                shop.run(statement)
        assert shop.rows(f"SELECT * FROM {table}") == before


def test_records_cannot_be_emptied_at_once(shop: Shop) -> None:
    # SQLite has no such statement.
    refusal = "syntax error" if shop.services.engine.dialect.name == "sqlite" else "append-only"
    for table in APPEND_ONLY:
        with pytest.raises(DBAPIError, match=refusal):
            shop.run(f"TRUNCATE {table} CASCADE")


def test_another_kind_of_database_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="must be"):
        open_database("mysql://localhost/shop")


def test_readers_see_one_snapshot_and_wait_for_nobody(shop: Shop) -> None:
    with reading(shop.services.engine) as reader:
        before = reader.execute(text("SELECT count(*) FROM products")).scalar_one()
        with writing(shop.services.engine) as writer:
            writer.execute(text("UPDATE products SET category = 'light'"))
            assert reader.execute(text("SELECT count(*) FROM products")).scalar_one() == before
        assert reader.execute(text("SELECT category FROM products")).scalar_one() == ""


def test_lines_of_an_older_schema_find_their_place_among_others(shop: Shop) -> None:
    shop.open("O-2")
    shop.open("O-10")
    engine = shop.services.engine
    before = triggers(engine)
    with engine.begin() as connection:
        command.downgrade(config(connection), "0004")
    upgrade(engine)
    found = shop.rows("SELECT backorder, id_order FROM demands ORDER BY backorder")
    assert [row["id_order"] for row in found] == [reading_order("O-10/1"), reading_order("O-2/1")]
    assert triggers(engine) == before


def triggers(engine: Engine) -> list[str]:
    """The names of the database's triggers."""
    where = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
    }
    with engine.connect() as connection:
        return list(connection.execute(text(where[engine.dialect.name])).scalars())
