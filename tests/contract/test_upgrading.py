"""A database of version 0.1 keeps every value on its way to this version's schema, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from backorder.services import old_runs
from backorder.storage import engine as opening
from backorder.storage.engine import open_database
from backorder.storage.migrate import config, newest, revision, upgrade
from tests.support import version_0_1
from tests.support.databases import NewDatabase

HOSTILE = (
    "",
    "{",
    "null",
    "[]",
    "7",
    '"word"',
    '[["drift"]]',
    "[" * 100_000,
    '{"drift":"\\ud800"}',
    '[{"rulings":"\\udfff"}]',
)
"""Texts that hold no state and no answer, or that no database takes back."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of version 0.1, once on each kind."""
    engine = open_database(database_url)
    version_0_1.fill(engine)
    yield engine
    engine.dispose()


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table that has any recorded ones."""
    with engine.connect() as connection:
        return {
            name: sorted(
                (dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()), key=str
            )
            for name in version_0_1.recorded()
        }


def ask(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


def test_every_value_comes_over_and_goes_back(engine: Engine) -> None:
    before = everything(engine)
    assert upgrade(engine) == (version_0_1.REVISION, newest())
    states = {row.id: json.loads(row.state) for row in ask(engine, "SELECT id, state FROM backorders")}
    olden = {row["id"]: json.loads(row["state"]) for row in before["backorders"]}
    assert states["ending/1"]["automatic_cancellation"] == olden["ending/1"]["ending"]
    assert states["ending/1"]["last_contacts"] == olden["ending/1"]["marks"]
    (result,) = ask(engine, "SELECT result FROM backorders WHERE id = 'held/1'")
    assert [each["verdict"] for each in json.loads(result.result)[0]["outcomes"]] == ["accepted"]
    found = ask(engine, "SELECT person FROM messages WHERE state = 'unknown'")
    assert [row.person for row in found] == ["customer/unclear"]
    assert [row.state for row in ask(engine, "SELECT state FROM approvals")] == ["expired"]
    assert [row.about for row in ask(engine, "SELECT about FROM follow_ups")] == ["2025-03-23 0"]
    assert ask(engine, "SELECT oldest_program FROM compatibility") == [("0.2.0",)]
    assert old_runs.are_left(engine)
    with engine.begin() as connection:
        command.downgrade(config(connection), version_0_1.REVISION)
    assert everything(engine) == before


def test_what_cannot_be_read_stays_as_it_is(engine: Engine) -> None:
    copied = "SELECT * FROM backorders WHERE id = 'asleep/1'"
    with engine.begin() as connection:
        row = dict(connection.execute(text(copied)).mappings().one())
        names = ", ".join(row)
        into = text(f"INSERT INTO backorders ({names}) VALUES ({', '.join(f':{name}' for name in row)})")
        for number, hostile in enumerate(HOSTILE):
            odd = {"id": f"odd-{number}", "order_id": f"odd-{number}", "state": hostile, "result": hostile}
            connection.execute(into, row | odd)
    upgrade(engine)
    kept = ask(engine, "SELECT id, state, result FROM backorders WHERE id LIKE 'odd-%' ORDER BY id")
    assert [(row.state, row.result) for row in kept] == [(each, each) for each in HOSTILE]
    (sound,) = ask(engine, "SELECT state FROM backorders WHERE id = 'asleep/1'")
    assert "last_contacts" in json.loads(sound.state)


def test_an_empty_database_has_no_runs_to_begin_anew(database_url: str) -> None:
    engine = open_database(database_url)
    assert not old_runs.are_left(engine)
    engine.dispose()


def test_an_upgrade_that_is_kept_waiting_gives_up_and_changes_nothing(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LOCK_TIMEOUT_MS", 200)
    engine = open_database(new_database("postgresql"))
    version_0_1.fill(engine)
    before = everything(engine)
    with engine.connect() as reader:
        reader.execute(text("SELECT 1 FROM message_items"))
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(engine)
    with engine.connect() as connection:
        assert revision(connection) == version_0_1.REVISION
    assert everything(engine) == before
    assert upgrade(engine) == (version_0_1.REVISION, newest())
    engine.dispose()


HELD: dict[str, Any] = {
    "name": "…",
    "locale": "de_DE",
    "time_zone": "Europe/Berlin",
    "consents": {"sms": {"at": "2026"}},
}
GONE: dict[str, Any] = {
    "name": "…",
    "locale": None,
    "time_zone": None,
    "consents": {},
    "erased_at": "2026-03-01T10:00:00Z",
}
MOVED = {"locale": "de_DE"}, {"locale": "en_GB"}
ANEW = {"erased_at": "2026-03-01T10:00:00Z"}, {"erased_at": None, "locale": "fr_FR"}
ENTRIES = [(HELD, GONE), MOVED, ANEW, (None, GONE)]
"""Sides of entries of the audit: of an erasure, of a correction, of who orders again, of an erasure."""


def test_the_entry_of_an_erasure_of_before_holds_nothing_of_who_was_erased(engine: Engine) -> None:
    """It was written after the audit had been emptied, with what their row had held."""
    upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(config(connection), "0063")
    entry = {
        "at": "2026-03-01 10:00:00",
        "actor": "key/a",
        "call": "c",
        "kind": "customer",
        "request_id": "r",
    }
    names = ", ".join([*entry, "object", "number", "before", "after"])
    into = f"INSERT INTO audit ({names}) VALUES ({', '.join(f':{name}' for name in names.split(', '))})"
    with engine.begin() as connection:
        for number, (before, after) in enumerate(ENTRIES, start=1):
            sides = {"before": before and json.dumps(before), "after": json.dumps(after)}
            connection.execute(text(into), entry | sides | {"object": f"c-{number}", "number": number})
        odd = {"object": "c-9", "number": 9, "before": "{", "after": '{"erased_at": 1}'}
        connection.execute(text(into), entry | odd)
    upgrade(engine)
    rows = ask(engine, "SELECT number, before, after FROM audit ORDER BY number")
    read = [(each.before and json.loads(each.before), json.loads(each.after)) for each in rows]
    assert read[:4] == [(dict.fromkeys(HELD, "…"), GONE), MOVED, ANEW, (None, GONE)]
    assert read[4:] == [(None, {"erased_at": 1})]
