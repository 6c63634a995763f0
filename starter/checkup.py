"""What `backorder doctor` looks at, each with what to do where it is not as it should be."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine
from temporalio.client import Client

from backorder.domain.policy.policy_file import PolicyError, read_policy
from backorder.domain.texts import how_many
from backorder.errors import SetupError
from backorder.queries.set_up import (
    current_texts,
    current_versions,
    kept_time_zone,
    serves_consumers_of_india,
)
from backorder.settings import Settings, read_settings, variable
from backorder.storage import isolation
from backorder.storage.channels import all_channels
from backorder.storage.engine import open_database, reading
from backorder.storage.migrate import fit, oldest_program, revision
from starter.attendance import SILENT, Attendance, attendance
from starter.settings_checkup import Finding, failed, settings_examined
from starter.temporal import connect, missing_search_attributes

Mark = Literal["good", "heed", "bad"]
ROOM = 500 * 1024 * 1024
"""Bytes below which a disk is nearly full."""
NAMED, NOTES = 3, 1000
"""What the engine fails on: how much is named, and how much is looked at."""


def examined() -> Iterator[Finding]:
    """Check everything, one after the other; what rests on something that is wrong is left out."""
    try:
        settings = read_settings()
    except SetupError as error:
        for fault in str(error).splitlines():
            yield Finding(check="settings", mark="bad", words=fault, todo="see `backorder settings`")
        return
    yield Finding(check="settings", mark="good", words="every setting can be read")
    yield from settings_examined(settings)
    yield from _disk(settings)
    yield from _database(settings)
    yield from _temporal(settings)


def _disk(settings: Settings) -> Iterator[Finding]:
    """Of the data folder, or of the one it is going to be in."""
    folder = settings.data.absolute()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        words = f"{folder} cannot be written to by this user"
        yield Finding(check="disk", mark="bad", words=words, todo="give it the right, or set BACKORDER_DATA")
        return
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:,.1f} GB are free at {folder}"
    if free < ROOM:
        yield Finding(check="disk", mark="bad", words=words, todo="make room: nothing works on a full disk")
    else:
        yield Finding(check="disk", mark="good", words=words)


def _database(settings: Settings) -> Iterator[Finding]:
    engine: Engine | None = None
    try:
        if settings.database.startswith("sqlite:///"):
            _there(settings)
        engine = open_database(settings.database)
        with reading(engine) as connection:
            at = revision(connection)
        place = engine.url.render_as_string(hide_password=True)
        yield Finding(check="database", mark="good", words=f"answers at {place}")
        yield from _schema(engine, at)
        yield from _zone(engine, settings)
        yield from _policies(engine, settings)
        yield from _promotions(engine, settings)
        yield from _grievance_officer(engine, settings)
        yield from _failing(engine)
        yield from _channels(engine)
    except Exception as error:
        found = failed("database", error)
        if found is None:
            raise
        yield found
    finally:
        if engine is not None:
            engine.dispose()


def _there(settings: Settings) -> None:
    """Opening a SQLite file would make it."""
    path = settings.database.removeprefix("sqlite:///")
    if path not in ("", ":memory:") and not Path(path).exists():
        raise SetupError(
            f"there is no database at {path}: start with `backorder up` or `backorder db upgrade`"
        )


def _schema(engine: Engine, found: str | None) -> Iterator[Finding]:
    with reading(engine) as connection:
        oldest = oldest_program(connection)
        fit(connection)
    words = f"{found}, works with version {oldest} or newer"
    yield Finding(check="schema", mark="good", words=words)


def _zone(engine: Engine, settings: Settings) -> Iterator[Finding]:
    with reading(engine) as connection:
        kept = kept_time_zone(connection)
    if kept is None or kept == settings.time_zone:
        yield Finding(check="time zone", mark="good", words=kept or f"{settings.time_zone}, not kept yet")
    elif "time_zone" in settings.model_fields_set:
        words = f"BACKORDER_TIME_ZONE is {settings.time_zone}, the database keeps the days of {kept}"
        yield Finding(check="time zone", mark="bad", words=words, todo="leave it out, or name the same zone")
    else:
        yield Finding(check="time zone", mark="good", words=f"{kept}, as the database keeps it")


def _policies(engine: Engine, settings: Settings) -> Iterator[Finding]:
    with reading(engine) as connection:
        kept = current_versions(connection)
    load = "run `backorder policy load`"
    if not kept:
        yield Finding(check="policies", mark="bad", words="none is on record: no line can start", todo=load)
        return
    files = sorted(settings.policies.glob("*.toml"))
    if not files and "policies" in settings.model_fields_set:
        words = f"there is no policy file in {settings.policies}, which {variable('policies')} names"
        todo = f"correct {variable('policies')}, or take it away"
        yield Finding(check="policies", mark="bad", words=words, todo=todo)
        return
    differing = []
    for path in files:
        try:
            found = read_policy(path.read_text(encoding="utf-8-sig"))
        except (PolicyError, UnicodeDecodeError):
            todo = f"see `backorder policy check {path}`"
            yield Finding(check="policies", mark="heed", words=f"{path} is faulty", todo=todo)
            continue
        if kept.get(found.name) != found.version:
            differing.append(found.name)
    names = ", ".join(sorted(kept))
    if differing:
        words = f"on record: {names}; {', '.join(differing)} differ in {settings.policies}"
        yield Finding(
            check="policies", mark="heed", words=words, todo=f"{load} if the files are what you want"
        )
    else:
        yield Finding(check="policies", mark="good", words=f"on record: {names}")


def _promotions(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """A mail with a coupon names the shop's postal address: CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii)."""
    if settings.shop_address or settings.email == "outbox":
        return
    with reading(engine) as connection:
        texts = current_texts(connection)
    promoting = [name for name, text in texts if "coupon" in {each.do for each in read_policy(text).stages}]
    if promoting:
        name = variable("shop_address")
        words = f"{', '.join(promoting)} sends coupons, and {name} is empty: such mails must name the address"
        yield Finding(check="promotions", mark="bad", words=words, todo=f"set {name}")


def _grievance_officer(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """India's rules want one named wherever a customer there may complain."""
    if settings.grievance_officer:
        return
    with reading(engine) as connection:
        if not serves_consumers_of_india(connection):
            return
    name = variable("grievance_officer")
    words = f"lines of customers in India are open, and {name} names nobody"
    todo = f"set {name} to the name, designation and contact of who answers for complaints"
    yield Finding(check="complaints", mark="heed", words=words, todo=todo)


def _failing(engine: Engine) -> Iterator[Finding]:
    """What the engine fails on: activities for all, rows for themselves."""
    with reading(engine) as connection:
        noted = isolation.all_notes(connection, NOTES)
    rows = []
    for each in noted:
        if each.subject.startswith(isolation.ACTIVITY):
            words = f"{each.subject} has failed {each.times} times in a row: {each.words}"
            todo = "it is repeated by itself; mend what the words say, or see the worker's log"
            yield Finding(check="engine", mark="bad", words=words, todo=todo)
        else:
            rows.append(each.subject)
    if rows:
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        words = f"put aside, since they cannot be looked at: {', '.join(rows[:NAMED])}{more}"
        todo = "see `backorder status` for the reasons; each is tried again by itself"
        yield Finding(check="engine", mark="heed", words=words, todo=todo)
    if not noted:
        yield Finding(check="engine", mark="good", words="nothing fails again and again")


def _channels(engine: Engine) -> Iterator[Finding]:
    """Ways out by which nothing goes, with the reason."""
    for each in all_channels(engine, datetime.now(UTC)):
        if each.state == "open":
            continue
        since = f"{each.since:%d %b %H:%M} UTC" if each.since else "a while"
        waits = how_many(each.waiting, "message waits for it", "messages wait for it")
        name = f"{each.name} channel"
        if each.by:
            until = f", until {each.until:%d %b %H:%M} UTC" if each.until else ""
            words = f"paused by {each.by} since {since}{until}: {each.reason}; {waits}"
            todo = f"let it go on with `backorder channel resume {each.name}`"
            yield Finding(check=name, mark="heed", words=words, todo=todo)
        elif each.state == "paused":
            words = f"works for nobody since {since}: {each.reason}; {waits}"
            todo = f"mend the provider's account, or the settings of {each.name}; then it goes on by itself"
            yield Finding(check=name, mark="bad", words=words, todo=todo)
        else:
            words = f"has failed since {since}: {each.reason}"
            todo = "it is tried again by itself"
            yield Finding(check=name, mark="heed", words=words, todo=todo)


def _temporal(settings: Settings) -> Iterator[Finding]:
    client: list[Client] = []

    async def reached() -> list[Finding]:
        client[:] = [await connect(settings.data, registered=False)]
        missing = await missing_search_attributes(client[0])
        return list(_attributes(client[0], missing))

    async def attended() -> list[Finding]:
        return list(_attendance(await attendance(client[0], settings.task_queue)))

    async def both() -> list[Finding]:
        found: list[Finding] = []
        for check, step in (("Temporal", reached), ("workers", attended)):
            try:
                found += await step()
            except Exception as error:
                known = failed(check, error)
                if known is None:
                    raise
                return [*found, known]
        return found

    yield from asyncio.run(both())


def _attributes(client: Client, missing: list[str]) -> Iterator[Finding]:
    where = f"{client.service_client.config.target_host}, namespace {client.namespace}"
    yield Finding(check="Temporal", mark="good", words=f"answers at {where}")
    if missing:
        words, todo = f"not registered: {', '.join(missing)}", "run `backorder temporal register`"
        yield Finding(check="search attributes", mark="bad", words=words, todo=todo)
    else:
        yield Finding(check="search attributes", mark="good", words="registered, of the right type")


def _attendance(here: Attendance) -> Iterator[Finding]:
    start = "start one with `backorder worker`, or everything with `backorder up`"
    for queue in here.queues:
        name = f"the {queue.kind} of task queue {queue.name}"
        if queue.workers:
            yield Finding(check="workers", mark="good", words=f"{len(queue.workers)} on {name}")
        else:
            yield Finding(check="workers", mark="bad", words=f"nobody works on {name}", todo=start)
    if here.paused:
        words, todo = "its schedule is paused", "go on with `temporal schedule toggle --unpause -s sweep`"
        yield Finding(check="sweep", mark="bad", words=words, todo=todo)
    elif here.swept is None or datetime.now(UTC) - here.swept > SILENT:
        words = "has not run" if here.swept is None else f"has not run since {here.swept:%d %b %H:%M} UTC"
        todo = "a worker starts it every half minute: see its log"
        yield Finding(check="sweep", mark="bad", words=words, todo=todo)
    else:
        yield Finding(check="sweep", mark="good", words="runs")
