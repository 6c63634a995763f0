"""What only a newer version knows is left to that: no error, no task, said once; everybody else goes on."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from backorder.ports import Review, Reviewed
from backorder.queries.case_view import case
from backorder.queries.line_list import Filter, lines
from backorder.queries.overview import overview
from backorder.services.review_line import review_or_put_aside
from backorder.services.services import open_services
from backorder.settings import Settings
from backorder.storage import isolation
from backorder.storage.engine import reading, writing
from backorder.storage.isolation import all_notes
from backorder.storage.tables import metadata
from backorder.storage.tasks import waiting
from tests.support.days import at, day
from tests.support.sending import Desk
from tests.support.shop import Shop

OF_A_MESSAGE = {
    "kind": "UPDATE messages SET kind = 'from_the_future' WHERE id = :id",
    "state": "UPDATE messages SET state = 'from_the_future' WHERE id = :id",
    "channel": "UPDATE messages SET channel = 'pigeon' WHERE id = :id",
    "claimed": "UPDATE messages SET channel = 'pigeon', state = 'claimed' WHERE id = :id",
}
OF_A_LINE = {
    "phase": "UPDATE backorders SET phase = 'paused' WHERE id = 'O-1/1'",
    "what it waits for": 'UPDATE backorders SET state = replace(state, \'"kind":"confirmed"\', '
    "'\"kind\":\"from_the_future\"') WHERE id = 'O-1/1'",
}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has just begun."""
    monkeypatch.setattr(isolation, "_LEFT", set())


def loosen(shop: Shop) -> None:
    """Take away what this version's schema says of phases and states; a newer one knows more of them."""
    checks = {"backorders": "ck_backorders_phase", "messages": "ck_messages_state"}
    with writing(shop.services.engine) as connection:
        if connection.dialect.name == "postgresql":
            for table, check in checks.items():
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
            return
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        for check in checks.values():
            loosened = "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
            words = (f"CONSTRAINT {check} CHECK (", f"CONSTRAINT {check} CHECK (1 OR ")
            connection.exec_driver_sql(loosened, words)
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def is_quiet(shop: Shop) -> None:
    """Nobody is told that anything is wrong."""
    with reading(shop.services.engine) as connection:
        assert all_notes(connection) == []
    assert lines(shop.services.database, Filter(needs=True), shop.now).lines == ()
    assert waiting(shop.services.engine) == []
    found = overview(shop.services.engine, shop.now, 1.0)
    assert (found.errors, list(found.failing)) == (0, [])
    assert case(shop.services.database, "O-1/1", shop.now).needs == ()


def said(caplog: pytest.LogCaptureFixture, subject: str) -> int:
    """How often the log names what is left alone. Errors and warnings there are none."""
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []
    return sum(each.getMessage().startswith(f"{subject} is of a kind") for each in caplog.records)


@pytest.mark.parametrize("what", OF_A_MESSAGE)
def test_a_message_that_only_a_newer_version_knows_is_left_alone(
    shop: Shop, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    loosen(shop)
    row, _ = shop.rows("SELECT id, kind, state FROM messages ORDER BY number")
    shop.run(OF_A_MESSAGE[what], id=row["id"])
    kept = shop.rows("SELECT * FROM messages WHERE id = :id", id=row["id"])
    with caplog.at_level(logging.INFO):
        assert len(shop.dispatch()) == 1
        shop.now += timedelta(hours=2)
        assert len(shop.dispatch()) == 1
        assert Desk(shop, datetime.now(UTC)).pause() is None
    assert said(caplog, f"message/{row['id']}") == (what != "state")
    assert shop.state("O-2").promise is not None
    is_quiet(shop)
    assert shop.rows("SELECT * FROM messages WHERE id = :id", id=row["id"]) == kept

    shop.run(
        "UPDATE messages SET kind = :kind, state = :state, channel = NULL WHERE id = :id",
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
    )
    assert len(shop.dispatch()) == 2
    assert shop.state("O-1").promise is not None


def look(shop: Shop, *requests: str) -> Reviewed:
    """What the line's workflow would be answered."""
    seq = shop.rows("SELECT seq FROM backorders WHERE id = 'O-1/1'")[0]["seq"] + 1
    params = Review(backorder="O-1/1", seq=seq, at=shop.now, requests=list(requests), all=True)
    return review_or_put_aside(shop.services.lines, params)[0]


@pytest.mark.parametrize("what", OF_A_LINE)
def test_a_line_in_a_state_that_only_a_newer_version_knows_is_left_alone(
    shop: Shop, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    (kept,) = shop.rows("SELECT phase, state FROM backorders WHERE id = 'O-1/1'")
    loosen(shop)
    shop.run(OF_A_LINE[what])
    (newer,) = shop.rows("SELECT phase, state FROM backorders WHERE id = 'O-1/1'")
    with caplog.at_level(logging.INFO):
        shop.ask("O-1", shop.cancellation())
        first, second = look(shop, "C-1"), look(shop)
        assert (first.closed, first.outcomes[0].verdict) == (False, "pending")
        assert "newer version" in first.outcomes[0].reason
        assert first.wake is not None
        assert second.wake is not None
        assert second.wake - shop.now == 2 * (first.wake - shop.now)
        assert "O-1/1" not in shop.services.reconciler.orphaned(at(9)).after.backorders
        shop.replan()
        is_quiet(shop)
    assert said(caplog, "backorder/O-1/1") == 1
    assert shop.rows("SELECT phase, state FROM backorders WHERE id = 'O-1/1'") == [newer]
    assert len(shop.dispatch()) >= 1
    assert shop.state("O-2").promise is not None

    shop.run(
        "UPDATE backorders SET phase = :p, state = :s WHERE id = 'O-1/1'", p=kept["phase"], s=kept["state"]
    )
    assert look(shop).status in ("closing", "cancelled")
    assert shop.rows("SELECT * FROM engine_errors") == []


def test_a_request_of_a_kind_that_only_a_newer_version_knows_is_left_alone(shop: Shop) -> None:
    shop.start("O-1")
    shop.dispatch()
    shop.ask("O-1", shop.cancellation())
    shop.run("UPDATE requests SET kind = 'from_the_future'")
    assert shop.services.reconciler.orphaned(at(9)).after.backorders == ()
    assert look(shop).status == "waiting"
    assert look(shop, "C-1").outcomes[0].verdict == "pending"
    is_quiet(shop)
    shop.run("UPDATE requests SET kind = 'cancel'")
    assert look(shop).status in ("closing", "cancelled")


NEWER_POLICIES = {
    "a key": '[promise]\nby_drone = "1d"\n',
    "a word": '[[stages]]\nid = "x"\nwhen = { delay = "5d" }\ndo = "send_flowers"\n',
    "a measure": '[[stages]]\nid = "x"\nwhen = { full_moons = "5d" }\ndo = "escalate"\n',
}


@pytest.mark.parametrize("what", NEWER_POLICIES)
def test_a_line_with_a_policy_that_only_a_newer_version_knows_is_left_alone(
    shop: Shop, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.purchase()
    shop.start("O-1")
    shop.start("O-2")
    row = shop.rows("SELECT policy, policy_version FROM backorders WHERE id = 'O-1/1'")[0]
    shop.unprotect("policies")
    text = f'name = "{row["policy"]}"\n{NEWER_POLICIES[what]}'
    shop.run(
        "INSERT INTO policies (name, version, text, loaded_at) VALUES (:name, 'newer', :text, :at)",
        name=row["policy"],
        text=text,
        at="2025-03-03 09:00:00.000000+00:00",
    )
    shop.run("UPDATE backorders SET policy_version = 'newer' WHERE id = 'O-1/1'")
    with caplog.at_level(logging.INFO):
        shop.ask("O-1", shop.cancellation())
        left = look(shop, "C-1")
        assert (left.closed, left.outcomes[0].verdict) == (False, "pending")
        assert "newer version" in left.outcomes[0].reason
        assert len(shop.dispatch()) >= 1
    assert said(caplog, "backorder/O-1/1") == 1
    assert shop.state("O-2").promise is not None

    shop.run("UPDATE backorders SET policy_version = :v WHERE id = 'O-1/1'", v=row["policy_version"])
    assert look(shop).status in ("closing", "cancelled")
    assert shop.rows("SELECT * FROM engine_errors") == []


def expand(shop: Shop) -> None:
    """What a migration of the next version may do: a table, and two columns more in each that is there."""
    for table in metadata.sorted_tables:
        shop.run(f"ALTER TABLE {table.name} ADD COLUMN newer_fact TEXT")
        shop.run(f"ALTER TABLE {table.name} ADD COLUMN newer_count INTEGER NOT NULL DEFAULT 7")
    shop.run("CREATE TABLE newer_things (id TEXT PRIMARY KEY)")
    shop.run("UPDATE alembic_version SET version_num = '9999'")


def test_this_version_works_on_over_the_schema_of_the_next_one(shop: Shop) -> None:
    """It starts on it too; a line that the newer version has written to lives its whole life."""
    shop.purchase()
    shop.start("O-1", 2)
    shop.dispatch()
    expand(shop)
    url = shop.services.engine.url.render_as_string(hide_password=False)
    again = Shop(open_services(Settings(database_url=url)), shop.now)
    state = json.loads(again.rows("SELECT state FROM backorders")[0]["state"])
    state |= {"newer": 1}
    state["payment"] |= {"newer": 2}
    again.run("UPDATE backorders SET state = :state", state=json.dumps(state))
    again.start("O-2")
    again.state_dates((10, day(30)))
    again.replan()
    again.review("O-1", seq=2)
    again.dispatch()
    again.receive(10)
    assert again.cancel("O-1", 1).status == "allocated"
    assert again.ship("O-1").status in ("closing", "fulfilled")
    found = json.loads(again.rows("SELECT state FROM backorders WHERE id = 'O-1/1'")[0]["state"])
    assert (found["newer"], found["payment"]["newer"]) == (1, 2)
    assert {row["newer_count"] for row in again.rows("SELECT newer_count FROM messages")} == {7}
    assert again.rows("SELECT * FROM engine_errors") == []
    again.services.close()


def test_the_version_before_goes_on_with_the_names_that_it_knows(shop: Shop) -> None:
    """It has this schema under it while the workers are restarted one after the other."""
    shop.purchase()
    version = shop.rows("SELECT version FROM stock")[0]["version"]
    [row] = shop.rows("SELECT * FROM incoming")
    assert [row] == shop.rows("SELECT * FROM expected_receipts")
    shop.run("DELETE FROM incoming WHERE purchase_order = 'PO-1' AND line = '1'")
    assert shop.rows("SELECT * FROM expected_receipts") == []
    columns = ", ".join(f'"{name}"' for name in row)
    shop.run(f"INSERT INTO incoming ({columns}) VALUES ({', '.join(f':{name}' for name in row)})", **row)
    assert shop.rows("SELECT * FROM expected_receipts") == [row]
    assert shop.rows("SELECT version FROM stock")[0]["version"] == version + 2
