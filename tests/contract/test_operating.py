"""What operators ask: how it all stands, whether it is set up well, what is set, and which schema it is."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.noticing import FORGOTTEN_S, Noticing
from activities.threads import Threads
from backorder.errors import SetupError
from backorder.queries.message_list import MessageFilter, message_list
from backorder.queries.overview import overview
from backorder.queries.shard_report import shard_in_words
from backorder.services.pause_channel import pause, resume
from backorder.services.services import Services, open_services
from backorder.settings import MEANINGS, POLICIES, Settings, explained, read_settings
from backorder.storage import channels
from backorder.storage.channels import keep
from backorder.storage.engine import reading, writing
from backorder.storage.failing_activities import ActivityNotes
from backorder.storage.isolation import Failure, note
from backorder.storage.migrate import fit, newest, upgrade
from starter.cli import cli
from starter.embedded.secret import kept_secret
from tests.support.days import at
from tests.support.shop import Shop

Command = Callable[..., Result]
NOBODY = "127.0.0.1:1"


@pytest.fixture
def run(settings: Settings) -> Command:
    """Call the command on the test's own database, with a Temporal that does not answer."""
    gone = dict.fromkeys((name for name in os.environ if name.startswith(("TEMPORAL_", "BACKORDER_"))), None)
    mine = {
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "BACKORDER_POLICIES": str(settings.policies),
        "TEMPORAL_ADDRESS": NOBODY,
        "COLUMNS": "120",
    }
    return lambda *words, **env: CliRunner().invoke(cli, list(words), env={**gone, **mine, **env})


def fake_revision(services: Services, revision: str, oldest: str) -> None:
    """Let the database look as a newer program's migrations left it."""
    with writing(services.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        connection.execute(text("UPDATE compatibility SET oldest_program = :to"), {"to": oldest})


def test_a_newer_schema_that_names_this_program_is_opened(services: Services, settings: Settings) -> None:
    fake_revision(services, "9999", "0.1.0")
    open_services(settings).close()
    assert upgrade(services.engine) == ("9999", "9999"), "an older program takes nothing of it away"
    with services.engine.connect() as connection:
        fit(connection, "0.10.0")
        with pytest.raises(SetupError, match=r"works with version 0\.1\.0 or newer, this is 0\.0\.9"):
            fit(connection, "0.0.9")


def test_a_newer_schema_that_does_not_name_this_program_is_one_line(services: Services, run: Command) -> None:
    fake_revision(services, "9999", "7.0")
    for command in (("list",), ("db", "upgrade"), ("status",)):
        result = run(*command)
        assert result.exit_code == 2, result.output
        assert result.stderr.startswith(
            "✗ the database is at 9999 and works with version 7.0 or newer, this is"
        )
        assert len(result.stderr.splitlines()) == 1
    with writing(services.engine) as connection:
        connection.execute(text("DELETE FROM compatibility"))
    assert "is it another's?" in run("list").stderr


def test_the_overview_counts_lines_messages_and_what_is_undone(shop: Shop, services: Services) -> None:
    assert sum(overview(services.engine, at(0), 1.0).lines.values()) == 0
    shop.start("O-1")
    shop.start("O-2")
    shop.purchase()
    shop.receive(1)
    found = overview(services.engine, at(1), 1.0)
    assert found.lines == dict.fromkeys(found.lines, 0) | {"waiting": 1, "allocated": 1}
    assert found.schema == newest()
    kinds = {each.what: each.about for each in found.undone}
    assert "message" in kinds
    assert kinds["replanning of a product"] == "LAMP"
    assert [each.since for each in found.undone] == sorted(each.since for each in found.undone)
    assert overview(services.engine, at(-30), 1.0).undone == [], "nothing is due yet"


def test_what_waits_for_a_channel_for_the_order_system_or_for_its_next_try_is_not_overdue(
    shop: Shop, services: Services
) -> None:
    def overdue() -> list[tuple[str, datetime]]:
        found = overview(services.engine, at(2), 1.0).undone
        return [(each.what, each.since) for each in found if each.what == "message"]

    shop.start()
    [message] = shop.rows("SELECT id FROM messages")
    assert overdue() == [("message", at(0))]
    shop.run("UPDATE messages SET channel = 'email'")
    pause(services.engine, "email", by="Eva", reason="logo", until=None, at=shop.now, now=at(0))
    assert overdue() == []
    resume(services.engine, "email", by="Eva", at=shop.now)
    assert overdue() == [("message", at(0))]
    shop.run("UPDATE messages SET awaits = 'e-1'")
    assert overdue() == []
    shop.run("UPDATE messages SET awaits = NULL, try_at = '2999-01-01 00:00:00+00:00'")
    assert overdue() == []
    shop.run("UPDATE messages SET try_at = NULL")
    note_it(services, f"message/{message['id']}")
    assert overdue() == [], "it is among what was put aside"


def test_what_waits_for_an_acknowledgement_makes_nobody_late(shop: Shop, services: Services) -> None:
    shop.start()
    shop.run("UPDATE messages SET channel = 'email'")

    def lags() -> tuple[datetime | None, float, bool]:
        [mail, _] = channels.all_channels(services.engine, at(2))
        [waiting] = message_list(services.database, MessageFilter(), at(2)).rows
        with reading(services.engine) as connection:
            words = shard_in_words(connection, services.dispatch.shard_of("customer/ann"), at(2))
        return mail.oldest_due, waiting.waits_s, "of which due: 1" in words

    two_days = timedelta(days=2).total_seconds()
    assert lags() == (at(0), two_days, True)
    shop.run("UPDATE messages SET awaits = 'e-1'")
    assert lags() == (None, 0.0, False)


def note_it(services: Services, subject: str) -> None:
    with writing(services.engine) as connection:
        note(connection, [Failure(subject, ValueError("odd"))])


def test_the_overview_names_channels_that_fail_and_what_was_put_aside(services: Services) -> None:
    with writing(services.engine) as connection:
        from backorder.domain.channels import ChannelState

        before = ChannelState()
        after = ChannelState(paused=True, since=at(0), reason="wrong key", account_errors=3, probe_at=at(1))
        keep(connection, "email", before, after, at(0))
        note(connection, [Failure(f"sku/{number}", ValueError("odd")) for number in range(7)])
    found = overview(services.engine, at(1), 1.0)
    assert {each.name: each.state for each in found.channels} == {"email": "paused", "sms": "open"}
    assert (found.errors, len(found.failing)) == (7, 5)
    assert found.tasks == 1, "the pause is a task"


def test_status_is_shown_while_temporal_is_away(shop: Shop, run: Command) -> None:
    shop.start("O-1")
    shown = run("status")
    assert shown.exit_code == 0, shown.output
    for words in ("something needs a look", "1 waiting", "email", "does not answer", "or newer"):
        assert words in shown.stdout
    found: dict[str, Any] = json.loads(run("status", "--json").stdout)
    assert found["lines"]["waiting"] == 1
    away = found["temporal"].pop("away")
    assert "does not answer" in away
    assert set(found["temporal"].values()) == {None}, "nobody knows"


def test_status_reads_no_whole_table(shop: Shop, services: Services) -> None:
    """On a table that grows, only the index of what waits or of the phases is read."""
    if services.engine.dialect.name != "sqlite":
        return
    shop.start("O-1")
    from sqlalchemy import event

    asked: dict[str, Any] = {}
    event.listen(
        services.engine,
        "before_cursor_execute",
        lambda _c, _u, said, values, _x, _m: asked.update({said: values}),
    )
    overview(services.engine, at(1) + timedelta(days=1), 1.0)
    with services.engine.connect() as connection:
        for statement, values in list(asked.items()):
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                read = [row[3] for row in plan if row[3].startswith("SCAN") and "INDEX" not in row[3]]
                grown = [step for step in read if step.split()[1] in ("backorders", "demands", "messages")]
                assert not grown, (statement, read)


def test_a_database_without_policies_gets_those_of_the_folder(tmp_path: Path, run: Command) -> None:
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    first = run("db", "upgrade", "--json", BACKORDER_DATABASE_URL=fresh, BACKORDER_POLICIES=str(POLICIES))
    assert json.loads(first.stdout)["policies"] == ["patient", "standard"]
    again = run("db", "upgrade", "--json", BACKORDER_DATABASE_URL=fresh, BACKORDER_POLICIES=str(tmp_path))
    assert json.loads(again.stdout)["policies"] == [], "what is on record stays"


def checks(result: Result) -> dict[str, tuple[str, str]]:
    """What doctor found: check -> mark and words with what to do."""
    return {
        each["check"]: (each["mark"], f"{each['words']} {each['todo']}")
        for each in json.loads(result.stdout)["checks"]
    }


def test_doctor_says_what_is_wrong_and_what_to_do(services: Services, run: Command) -> None:
    found = run("doctor", "--json")
    named = checks(found)
    assert found.exit_code == 2
    assert {name for name, (mark, _) in named.items() if mark == "bad"} == {"Temporal"}
    assert "backorder up" in named["Temporal"][1]
    said = run("doctor").stdout
    assert "✗ Temporal" in said
    assert "1 wrong" in said
    assert "complaints" not in named
    shop = Shop(services)
    shop.supplier()
    shop.product()
    shop.open(customer={"id": "asha", "region": "IN-KA", "email": "asha@example.com"})
    mark, words = checks(run("doctor", "--json"))["complaints"]
    assert (mark, "BACKORDER_GRIEVANCE_OFFICER" in words) == ("heed", True)
    officer = {"BACKORDER_GRIEVANCE_OFFICER": "Ravi Rao, head of service, ravi@shop.example"}
    assert "complaints" not in checks(run("doctor", "--json", **officer))


def test_doctor_checks_what_providers_need(services: Services, run: Command) -> None:
    twilio = {"TWILIO_ACCOUNT_SID": f"AC{'0' * 32}", "TWILIO_AUTH_TOKEN": "f" * 32}
    named = checks(
        run(
            "doctor",
            "--json",
            BACKORDER_SECRET="short",
            BACKORDER_EMAIL="sendgrid",
            BACKORDER_EMAIL_FROM="shop@example.com",
            SENDGRID_API_KEY="no key",
            BACKORDER_SMS="twilio",
            BACKORDER_SMS_FROM="+491511234567",
            **twilio,
        )
    )
    assert named["email"] == (
        "bad",
        "SENDGRID_API_KEY does not look like a key of SendGrid, which begins with SG. "
        "correct SENDGRID_API_KEY",
    )
    assert named["sms"][0] == "good"
    assert named["secret"][0] == "bad"
    assert named["shop"][0] == "heed"
    assert named["promotions"] == (
        "bad",
        "standard sends coupons, and BACKORDER_SHOP_ADDRESS is empty: such mails must name the address "
        "set BACKORDER_SHOP_ADDRESS",
    )


def test_doctor_knows_a_policy_that_differs_from_its_file(
    services: Services, settings: Settings, run: Command
) -> None:
    file = settings.policies / "standard.toml"
    file.write_text(file.read_text().replace("90d", "91d"))
    mark, words = checks(run("doctor", "--json"))["policies"]
    assert mark == "heed"
    assert "standard differ" in words
    assert "policy load" in words


def test_doctor_says_of_files_that_settings_name_that_they_are_not_there(
    services: Services, settings: Settings, run: Command, tmp_path: Path
) -> None:
    good = "8d0bd1b2c4f5a697d8e1f2a3b4c5d6e7"
    secrets = {"BACKORDER_SECRET": good, "BACKORDER_FORMER_SECRETS": f"{good[::-1]}, old"}
    nowhere = str(tmp_path / "nowhere")
    found = run("doctor", "--json", BACKORDER_POLICIES=nowhere, BACKORDER_EVIDENCE_KEY=nowhere, **secrets)
    named = checks(found)
    for check, setting in (
        ("policies", "BACKORDER_POLICIES"),
        ("evidence", "BACKORDER_EVIDENCE_KEY"),
        ("secret", "BACKORDER_FORMER_SECRETS"),
    ):
        mark, words = named[check]
        assert (mark, setting in words) == ("bad", True), words
    assert checks(run("doctor", "--json", BACKORDER_SECRET=good[:24]))["secret"][0] == "good", (
        "as `web` has it"
    )
    settings.data.mkdir()
    kept_secret(settings.data)
    mark, words = checks(run("doctor", "--json"))["secret"]
    assert (mark, "`backorder up` uses the one in" in words) == ("good", True), words
    empty = checks(run("doctor", "--json", BACKORDER_TASK_QUEUE=""))
    assert [*empty] == ["settings"]
    assert "BACKORDER_TASK_QUEUE" in empty["settings"][1]


def test_doctor_names_every_faulty_setting(run: Command) -> None:
    found = run("doctor", "--json", BACKORDER_THREADS="many", BACKORDER_COLOUR="red")
    assert found.exit_code == 2
    assert [each["words"].partition(":")[0] for each in json.loads(found.stdout)["checks"]] == [
        "BACKORDER_THREADS",
        "BACKORDER_COLOUR",
    ]


FAULTY = {
    "BACKORDER_DATABASE_URL": "mysql://x",
    "BACKORDER_PUBLIC_URL": "ftp://x/",
    "BACKORDER_SHOP_NAME": " ",
    "BACKORDER_SHOP_ADDRESS": "n/a",
    "BACKORDER_SERVICE_PHONE": "<b>",
    "BACKORDER_SERVICE_HOURS": "-",
    "BACKORDER_EMAIL_FROM": "abc",
    "BACKORDER_SMS_FROM": "abc",
    "BACKORDER_SENDGRID_URL": "zz",
    "BACKORDER_TWILIO_URL": "http://host:99999",
    "BACKORDER_PROBE_EVERY": "0s",
    "BACKORDER_SWEEP_EVERY": "0m",
    "BACKORDER_CHASE_EVERY": "0d",
    "BACKORDER_TASK_QUEUE": "",
}
"""Settings with which nothing would go out, nothing would be done, or nobody could read who writes."""


def test_settings_that_cannot_work_are_named_at_once_where_they_are_read() -> None:
    with pytest.raises(SetupError) as refused:
        read_settings(FAULTY)
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [*FAULTY]
    with pytest.raises(SetupError, match="BACKORDER_PUBLIC_URL"):
        read_settings({"BACKORDER_PUBLIC_URL": ""})
    with pytest.raises(SetupError, match="postgresql://…"):
        read_settings({"BACKORDER_DATABASE_URL": "postgresql+asyncpg://host/name"})
    assert read_settings({}).public_url == "http://localhost:8000"
    assert read_settings({"BACKORDER_SERVICE_PHONE": "0800 FLOWERS (24 h)"}).service_phone


def test_settings_say_where_each_value_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('sms = "outbox"\nBACKORDER_SHOP_NAME = "Oak"\nsecret = "hush"\n')
    env = {
        "BACKORDER_CONFIG": str(file),
        "BACKORDER_DATABASE_URL": "postgresql://shop:hush@host/name",
        "SENDGRID_API_KEY": "hush",
    }
    found = {each.name: each for each in explained(env)}
    assert list(found) == list(MEANINGS) == list(Settings.model_fields)
    assert found["sms"].source == f"{file}:sms"
    assert found["shop_name"].source == f"{file}:BACKORDER_SHOP_NAME"
    assert found["database_url"].source == "BACKORDER_DATABASE_URL"
    assert found["threads"].source == "default"
    assert (found["secret"].value, found["sendgrid_api_key"].value) == ("***", "***")
    assert found["twilio_auth_token"].value == "", "what is not set is not masked"
    assert found["database_url"].value == "postgresql://shop:***@host/name"
    assert "hush" not in "".join(each.value for each in found.values())


def test_settings_of_planning_stand_in_a_table_and_every_fault_is_named(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('[planning]\nservice = 0.9\nreview_days = 14\nbudget = "5000 EUR"\n')
    env = {"BACKORDER_CONFIG": str(file), "BACKORDER_PLANNING_REVIEW_DAYS": "28"}
    found = {each.name: each for each in explained(env)}
    assert found["planning_service"].source == f"{file}:planning.service"
    assert found["planning_review_days"].source == "BACKORDER_PLANNING_REVIEW_DAYS"
    rules = read_settings(env).planning
    assert (rules.service, rules.review_days, str(rules.budget)) == (0.9, 28, "5000.00 EUR")
    file.write_text(
        "planning_service = 0.9\n[planning]\nservice = 2\nreveiw_days = 3\nbudget = 5000\nperiod = 'year'\n"
    )
    with pytest.raises(SetupError) as refused:
        read_settings({"BACKORDER_CONFIG": str(file)})
    said = str(refused.value)
    assert "planning_service is there twice" in said
    assert "planning.reveiw_days: there is no such setting; did you mean planning.review_days?" in said
    assert "BACKORDER_PLANNING_BUDGET: write an amount and its currency" in said
    assert "BACKORDER_PLANNING_PERIOD: must be 'day', 'week' or 'month'" in said
    file.write_text("planning = 3\n")
    with pytest.raises(SetupError, match=r"write \[planning\] above its settings"):
        read_settings({"BACKORDER_CONFIG": str(file)})


class Tries:
    """A worker's activities, which come to their end or fail as they are told to."""

    def __init__(self, services: Services, pool: ThreadPoolExecutor) -> None:
        self.clock = 0.0
        notes = ActivityNotes(services.engine)
        self._noticing = Noticing(notes.failed, notes.works, Threads(pool), notes.noted(), lambda: self.clock)

    def __call__(
        self, attempt: int, error: Exception | None = None, *, line: str = "O-1", name: str = "review"
    ) -> None:
        """One try of an activity."""

        class Outcome(ActivityInboundInterceptor):
            def __init__(self) -> None:
                """There is nothing below."""

            async def execute_activity(self, input: ExecuteActivityInput) -> Any:
                if error is not None:
                    raise error

        inbound, environment = self._noticing.intercept_activity(Outcome()), ActivityEnvironment()
        environment.info = replace(
            environment.info, activity_type=name, attempt=attempt, workflow_id=line, is_local=False
        )
        what = ExecuteActivityInput(fn=print, args=(), executor=None, headers={})
        with suppress(type(error)) if error is not None else nullcontext():
            asyncio.run(environment.run(inbound.execute_activity, what))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A worker's threads."""
    with ThreadPoolExecutor(1) as threads:
        yield threads


def test_an_activity_that_fails_is_shown_from_its_third_try_until_it_works(
    services: Services, run: Command, pool: ThreadPoolExecutor
) -> None:
    tries, error = Tries(services, pool), TypeError("no part of 'Ann Smith' <ann@example.com>")
    tries(2, error)
    assert "activity/" not in run("status").stdout
    assert checks(run("doctor", "--json"))["engine"][0] == "good"
    tries(3, error)
    tries(3, error, line="O-2")
    for shown in (run("status").stdout, run("doctor").stdout):
        assert "activity/review" in shown
        assert "2" in shown.partition("activity/review")[2].splitlines()[0]
        assert "Ann" not in shown
        assert "@" not in shown.partition("activity/review")[2].splitlines()[0]
    assert checks(run("doctor", "--json"))["engine"][0] == "bad"

    # As long as one of them fails, others of its kind say nothing about it.
    tries(4, line="O-2")
    tries(1, line="O-3")
    assert "activity/review" in run("status").stdout
    tries(4)
    assert "activity/" not in run("status").stdout


def test_an_activity_that_another_worker_noted_is_forgotten_once_it_works(
    services: Services, run: Command, pool: ThreadPoolExecutor
) -> None:
    gone, error = Tries(services, pool), ValueError("odd")
    gone(3, error)
    gone(3, error, name="follow_up_purchase_order")
    Tries(services, pool)(1)  # a worker that starts knows what is noted
    assert ActivityNotes(services.engine).noted() == ["follow_up_purchase_order"]
    other = Tries(services, pool)
    gone(3, error)
    other(4)  # what failed there works here
    assert ActivityNotes(services.engine).noted() == ["follow_up_purchase_order"]
    gone(4, error, name="replan", line="O-7")  # its workflow is terminated then
    gone.clock += FORGOTTEN_S
    gone(1, name="replan")
    assert ActivityNotes(services.engine).noted() == ["follow_up_purchase_order"]


def test_a_database_that_is_away_is_not_asked_to_note_that(
    services: Services, pool: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    tries = Tries(services, pool)
    tries(3, OperationalError("SELECT 1", {}, Exception("server closed the connection")))
    assert ActivityNotes(services.engine).noted() == []
    with writing(services.engine) as connection:
        connection.execute(text("ALTER TABLE engine_errors RENAME TO elsewhere"))
    tries(3, ValueError("odd"))
    assert "activity review cannot be noted" in caplog.text
