"""A row that cannot be read stops nothing but itself: it is left out, logged, noted and shown."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Table, UniqueConstraint

from backorder.ports import Notify, Review
from backorder.queries.case_view import case
from backorder.queries.event_feed import event_feed
from backorder.queries.line_list import Filter, lines
from backorder.queries.views import CaseView, ShortCase
from backorder.services.put_aside import put_aside
from backorder.services.review_line import review_or_put_aside
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage import event_positions, tasks
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import NEEDS, Failure, all_notes, note
from backorder.storage.tables import APPEND_ONLY, metadata
from backorder.storage.types import Amount, Day, Instant, Whole
from starter.cli import cli
from tests.support.databases import KINDS, PostgresServer
from tests.support.days import at, day
from tests.support.policies import POLICY
from tests.support.shop import Shop

VICTIM, NEIGHBOUR, STRANGER = "O-1", "O-2", "O-3"
"""The line whose row is spoilt, another one for the same product, and one that shares nothing with it."""
MINE = {
    "backorder": "O-1/1",
    "purchase_order": "PO-1",
    "sku": "LAMP",
    "supplier": "acme",
    "person": "customer/ann",
}
OWN = {"backorders": "O-1/1", "customers": "ann", "suppliers": "acme", "purchase_orders": "PO-1"}
WORDS = {
    ("backorders", "state"): "{",
    ("backorders", "opening"): "{",
    ("customers", "locale"): "?",
    ("deliveries", "state"): "pending",
    ("demands", "arrivals"): "[",
    ("demands", "why"): "from_the_future",
    ("events", "data"): "{",
    ("message_items", "facts"): "{",
    ("messages", "kind"): "from_the_future",
    ("parameters", "content"): "{",
    ("policies", "text"): "name = ",
    ("products", "alternatives"): "[",
    ("receivers", "types"): "[",
    ("requests", "content"): "{",
    ("suppliers", "backups"): "[",
    ("tasks", "detail"): "{",
}
"""Columns that are text to the database and something else to the program, and what cannot be read there."""
OF_A_LINE = {
    *("backorders", "demands", "customers", "requests", "messages", "message_items", "promises", "notes")
}


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, postgres: Callable[[], PostgresServer]
) -> Callable[[str], str]:
    """Worlds to be copied, one of each kind: it takes long to live through them. Returns their URLs."""

    @cache
    def make(kind: str) -> str:
        folder = tmp_path_factory.mktemp("world")
        (folder / "standard.toml").write_text(POLICY)
        path = shutil.copy(migrated_file, folder / "world.db")
        url = f"sqlite:///{path}" if kind == "sqlite" else postgres().create()
        services = open_services(Settings(data=folder / "data", database_url=url))
        services.load_policies(folder)
        shop = Shop(services)
        shop.supplier()
        shop.product()
        build(shop)
        services.close()
        return url

    return make


@pytest.fixture(params=KINDS)
def database_url(
    request: pytest.FixtureRequest,
    built: Callable[[str], str],
    tmp_path: Path,
    postgres: Callable[[], PostgresServer],
) -> Iterator[str]:
    """A copy of the world, once on SQLite and once on PostgreSQL."""
    url = built(request.param)
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), tmp_path / 'world.db')}"
        return
    copy = postgres().create(like=url)
    yield copy
    postgres().drop(copy)


@pytest.fixture
def world(services: Services) -> Shop:
    """Two products, each with a supplier, an order on its way and lines that wait; every table has a row."""
    return Shop(services)


def build(shop: Shop) -> Shop:
    """The world, in a shop that has a supplier and a product."""
    shop.supplier("zeta", email="orders@zeta.example", backups=["acme"])
    shop.product("DESK", supplier="zeta", category="desks", alternatives=["SHELF"])
    shop.product("SHELF", supplier="zeta", category="desks")
    shop.purchase("PO-1")
    shop.purchase("PO-2", {"sku": "DESK", "stated_date": day(20)}, supplier="zeta")
    for sku, order in (("LAMP", "PO-1"), ("DESK", "PO-2")):
        shop.receive(1, f"R-{sku}", order=order)
        shop.count(1, sku=sku)
    people = ((VICTIM, "ann", "LAMP"), (NEIGHBOUR, "bob", "LAMP"), (STRANGER, "cy", "DESK"))
    for order, person, sku in people:
        customer = {"id": person, "name": person.title(), "email": f"{person}@example.com"}
        shop.start(order, 2, sku=sku, customer=customer)
        shop.dispatch(f"customer/{person}")
        shop.ask(order, shop.silence(at(2), id=f"H-{order}"))
        shop.review(order)
    shop.state_dates((9, day(90)))  # waits for the buyer
    shop.replan("LAMP")
    shop.adjust(-1)
    shop.adjust(-1, "A-2", sku="DESK")
    fill(shop)
    return shop


def fill(shop: Shop) -> None:
    """Rows of what takes long to come about."""
    now = datetime.now(UTC)
    rows: dict[str, dict[str, Any]] = {
        "clock": {"id": 1, "epoch": now, "rate": 1.0},
        "history": {
            "supplier": "acme",
            "destination": "",
            "ordered": day(-50),
            "stated": day(-20),
            "arrived": day(-15),
        },
        "sales": {
            "sku": "LAMP",
            "day": day(-9),
            "order_id": "",
            "quantity": 2,
            "in_stock": True,
            "import_id": "I-1",
            "imported_at": now,
        },
        "supplier_prices": {
            "sku": "LAMP",
            "supplier": "acme",
            "price": Decimal("4.00"),
            "currency": "EUR",
            "updated_at": now,
        },
        "shortage_looks": {"id": 1, "day": day(0)},
        "parameters": {"content": "{}", "words": "", "at": now},
        "follow_ups": {
            "purchase_order": "PO-1",
            "line": "1",
            "about": "1/1",
            "asked_on": day(1),
            "chases": 0,
        },
        "reservations": {"backorder": "O-1/1", "sku": "LAMP", "quantity": 0, "until": at(1)},
        "channels": {"name": "email", "paused": False, "reason": "", "account_errors": 0},
        "message_rates": {"channel": "email", "shard": 0, "next_at": now},
        "supply_returns": {
            "id": "B-1",
            "receipt": "R-LAMP",
            "purchase_order": "PO-1",
            "line": "1",
            "quantity": 1,
            "replacement": False,
            "returned_at": now,
            "at": now,
        },
        "coupon_budgets": {"policy": "standard", "stage": "thanks", "month": "2025-03", "given": 1},
        "endings": {"backorder": "O-1/1", "at": at(1)},
        "peggings": {"backorder": "O-1/1", "at": at(1), "arrivals": "[]"},
        "delivery_reports": {
            "id": "sendgrid/1",
            "says": "x",
            "said": "bounced",
            "at": now,
            "received_at": now,
        },
        "suppressions": {
            "channel": "email",
            "address": "ann@example.com",
            "cause": "unsubscribe",
            "at": now,
            "by": "SendGrid",
        },
        "consents": {
            "customer": "ann",
            "purpose": "texts",
            "wording": "I agree.",
            "evidence": "link",
            "at": at(1),
        },
        "inbound_texts": {
            "sid": "SM1",
            "sender": "+4915123456789",
            "body": "hello",
            "asked": "",
            "fields": "{}",
            "received_at": now,
            "at": at(1),
        },
        "address_keys": {"id": 1, "key": "00" * 32},
        "expired_lines": {"backorder": "O-0/1"},
        "last_positions": {"stream": "events", "position": 0},
        "evidence_keys": {"id": "E1", "public": "00" * 32, "since": now},
        "api_keys": {"id": "K1", "name": "shop", "hash": "0" * 64, "roles": '["orders"]', "created_at": now},
        "idempotency_keys": {"api_key": "K1", "key": "k-1", "fingerprint": "0" * 64, "at": now},
        "bulk_requests": {"id": "B-1", "content_hash": "0" * 64, "asked_at": at(1)},
        "audit": {
            "at": now,
            "actor": "key/K1",
            "call": "POST /v1/backorders",
            "kind": "backorder",
            "object": "O-1/1",
            "request_id": "r-1",
        },
        "receivers": {
            "id": "shop",
            "url": "https://shop.example/events",
            "secret": "whsec_" + "A" * 32,
            "created_at": now,
            "updated_at": now,
        },
        "notes": {"id": "N-1", "backorder": "O-1/1", "at": at(1), "by": "Eva", "text": "phoned"},
    }
    with writing(shop.services.engine) as connection:
        for name, row in rows.items():
            connection.execute(metadata.tables[name].insert(), row)
        event_positions.place(connection, now)
        note(connection, [Failure("message/none", ValueError("gone"), "O-1/1")])


def spoil(shop: Shop, table: Table) -> None:
    """Write into the victim's row, or the only one there is, what no version of this program can read."""
    postgres = shop.services.engine.dialect.name == "postgresql"
    unique = {
        each.name for key in table.constraints if isinstance(key, UniqueConstraint) for each in key.columns
    }
    values: dict[str, str] = {}
    for column in table.columns:
        word = WORDS.get((table.name, column.name))
        if word is None and not column.primary_key and column.name not in unique:
            if isinstance(column.type, Instant | Day):
                word = "infinity" if postgres else "someday"
            elif isinstance(column.type, Amount):
                word = "NaN"
            elif isinstance(column.type, Whole) and not postgres:
                word = "many"
        if word is not None:
            values[column.name] = word
    if not values:  # PostgreSQL takes nothing in these columns that cannot be read
        return
    if table.name in APPEND_ONLY:
        shop.unprotect(table.name)
    mine = [f"{name} = '{value}'" for name, value in MINE.items() if name in table.columns]
    if table.name in OWN:
        mine = [f"id = '{OWN[table.name]}'"]
    changes = ", ".join(f"\"{name}\" = '{value}'" for name, value in values.items())
    where = f" WHERE {' AND '.join(mine)}" if mine else ""
    shop.run(f"UPDATE {table.name} SET {changes}{where}")
    assert shop.rows(f"SELECT 1 FROM {table.name}{where}"), "the world has no such row"


UNSPOILABLE = {"current_policies"}
"""It holds nothing but a reference that the database checks."""


@pytest.mark.parametrize("name", sorted(set(metadata.tables) - UNSPOILABLE))
def test_a_spoilt_row_stops_nobody_else(world: Shop, name: str) -> None:
    spoil(world, metadata.tables[name])
    shop, services = world, world.services
    shop.now = at(3)
    services.policies._parse.cache_clear()
    services.policies._known.clear()
    services.forecasts.forget()

    # Lists, cases, reports.
    found = {line.order_id: line for line in lines(services.database, Filter(), shop.now).lines}
    assert set(found) == {VICTIM, NEIGHBOUR, STRANGER}
    assert name == "policies" or found[STRANGER].needs == ()
    assert isinstance(case(services.database, "O-1/1", shop.now), CaseView | ShortCase)
    if name != "policies":
        assert isinstance(case(services.database, "O-3/1", shop.now), CaseView)
    services.supply_report(shop.now)
    tasks.waiting(services.engine)

    # The sweep.
    services.reconciler.expire(shop.now)
    services.reconciler.orphaned(shop.now)
    services.reconciler.stalled(shop.now)

    # Supply of the stranger: stated, received, pegged, followed up.
    shop.state_dates((9, day(25)), order="PO-2")
    (before,) = shop.allocated(STRANGER)
    shop.receive(1, "R-9", order="PO-2")
    shop.replan("DESK")
    services.purchasing.follow_up("PO-2", shop.now)
    assert shop.allocated(STRANGER) == [before + 1]
    if name in OF_A_LINE:
        shop.adjust(4, "A-9")
        shop.replan("LAMP")
        assert shop.allocated(NEIGHBOUR) == [2]

    # The stranger's own review and mail, and a new line of somebody else.
    if name != "policies":
        assert NEEDS not in look(shop, STRANGER)[0].summary
        shop.out.given.clear()
        shop.start("O-9", 1, sku="DESK", customer={"id": "dan", "name": "Dan", "email": "dan@example.com"})
        assert [message.to for message in shop.dispatch("customer/dan")] == ["dan@example.com"]

    if name == "clock":
        return  # no program starts without one
    # Events: all of them find their places, and those of the stranger are read and claimed.
    now = datetime.now(UTC)
    services.events.stay_awake(now)
    services.events.batch(now, {}, (), claim=True)
    assert not shop.rows("SELECT id FROM events WHERE position IS NULL")
    assert STRANGER in {each.data["order_id"] for each in event_feed(services.database).events}
    assert services.events.batch(now, {}, (), claim=True).calls or name in ("receivers", "deliveries")
    services.events.sleep(now)


def look(shop: Shop, order: str, *requests: str) -> tuple[Any, Notify]:
    """What the line's workflow would be answered."""
    seq = shop.rows("SELECT seq FROM backorders WHERE id = :id", id=f"{order}/1")[0]["seq"] + 1
    return review_or_put_aside(
        shop.services.lines, Review(backorder=f"{order}/1", seq=seq, at=shop.now, requests=list(requests))
    )


@pytest.mark.parametrize("column", ["state", "enum", "demand"])
def test_a_line_that_cannot_be_read_is_put_aside_named_and_shown(
    world: Shop, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop, kept = world, world.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")[0]["state"]
    arrivals = shop.demand(VICTIM)["arrivals"]
    broken = {
        "state": "UPDATE backorders SET state = '{\"id\": \"ann@example.com\"}' WHERE id = 'O-1/1'",
        "enum": "UPDATE backorders SET state = replace(state, 'captured', 'from@later') WHERE id = 'O-1/1'",
        "demand": (
            "UPDATE demands SET supply_version = supply_version + 1, arrivals = '[' WHERE backorder = 'O-1/1'"
        ),
    }
    shop.run(broken[column])
    shop.ask(VICTIM, shop.cancellation())
    with caplog.at_level(logging.ERROR):
        first, after = look(shop, VICTIM, "C-1")
        second, _ = look(shop, VICTIM)
    assert not after
    assert (first.status, first.closed, NEEDS in first.summary) == ("waiting", False, True)
    assert first.outcomes[0].verdict == "pending"
    assert "engine_error" in first.outcomes[0].reason
    assert first.wake
    assert second.wake
    assert second.wake - shop.now == 2 * (first.wake - shop.now)  # the next look is twice as far away

    # Named in the log, with nothing of what people wrote; in lists, in the case.
    assert {record.__dict__.get("backorder") for record in caplog.records} >= {"O-1/1"}
    with reading(shop.services.engine) as connection:
        words = [each.words for each in all_notes(connection)]
    assert words
    assert not any("@" in each for each in [*words, *(record.getMessage() for record in caplog.records)])
    listed = lines(shop.services.database, Filter(needs=True), shop.now).lines
    assert [line.id for line in listed if NEEDS in line.needs] == ["O-1/1"]
    shown = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(shown, ShortCase)
    assert (shown.needs, shown.sku, shown.customer) == ((NEEDS,), "LAMP", "ann")
    assert shown.faults[0].times >= 1

    # The sweep leaves it alone until its time has come.
    assert "O-1/1" not in shop.services.reconciler.orphaned(at(9)).after.backorders

    # It can be read again: it goes on by itself, hears what was asked meanwhile, and the flag is gone.
    shop.run("UPDATE backorders SET state = :state WHERE id = 'O-1/1'", state=kept)
    shop.run("UPDATE demands SET arrivals = :arrivals WHERE backorder = 'O-1/1'", arrivals=arrivals)
    again, _ = look(shop, VICTIM)
    assert again.status in ("cancelled", "closing")
    found = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(found, CaseView)
    assert shop.rows("SELECT verdict FROM requests WHERE id = 'C-1'")[0]["verdict"] == "accepted"


def test_the_database_is_no_fault_of_a_line(world: Shop) -> None:
    """What passes by itself is Temporal's to repeat, and no line is put aside for it."""
    error = ConnectionError("the database is away")
    with pytest.raises(ConnectionError):
        put_aside(world.services.engine, "O-1/1", error, seq=9, at=world.now, requests=0)
    with reading(world.services.engine) as connection:
        assert [each.subject for each in all_notes(connection)] == ["message/none"]


def test_what_a_newer_version_wrote_is_kept(world: Shop) -> None:
    """Fields that this version does not know stay when it writes a line back."""
    world.run(
        "UPDATE backorders SET state = replace(replace(state, :sku, :later), :currency, :bank) "
        "WHERE id = 'O-1/1'",
        sku='"sku"',
        later='"later":{"a":1},"sku"',
        currency='"currency"',
        bank='"bank":"x","currency"',
    )
    world.adjust(4, "A-9")
    world.now = at(3)
    look(world, VICTIM)
    state = world.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")[0]["state"]
    assert '"later":{"a":1}' in state
    assert '"bank":"x"' in state


def test_a_product_and_an_order_that_cannot_be_looked_at_are_put_aside(world: Shop) -> None:
    """Their workflows are answered, so that nothing is repeated at full speed, and the sweep waits."""
    shop, services = world, world.services
    error = ValueError("a bug")
    services.planner.put_aside("LAMP", error)
    followed_up = services.purchasing.put_aside("PO-1", error, shop.now)
    assert followed_up.wake == shop.now + timedelta(minutes=1)
    assert not followed_up.closed
    left = services.reconciler.orphaned(at(9)).after
    assert (left.skus, left.orders) == (("DESK",), ("PO-2",))
    # Once they can be looked at, nothing is noted any more.
    shop.replan("LAMP")
    services.purchasing.follow_up("PO-1", shop.now)
    with reading(services.engine) as connection:
        assert [each.subject for each in all_notes(connection)] == ["message/none"]


def test_a_command_says_a_broken_line_in_words(
    world: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`list` and `show` answer as ever, with the reason in words and no traceback."""
    monkeypatch.setenv("BACKORDER_DATABASE_URL", settings.database_url)
    world.run("UPDATE backorders SET state = '{' WHERE id = 'O-1/1'")
    for words in (["list"], ["show", "O-1/1"], ["list", "--json"], ["show", "O-1/1", "--json"]):
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, done.output
        assert "O-1/1" in done.output
        assert "engine" in done.output
        assert "Traceback" not in done.output
