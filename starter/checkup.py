"""What `backorder doctor` looks at, each with what to do where it is not as it should be."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, select
from temporalio.client import Client

from backorder.domain.line.state import CLOSED
from backorder.domain.policy.policy_file import PolicyError, read_policy
from backorder.domain.texts import how_many
from backorder.errors import BackorderError, SetupError
from backorder.services.check_templates import check_templates
from backorder.settings import PUBLIC_URL, Settings, read_settings, variable
from backorder.storage import isolation, tables
from backorder.storage.channels import all_channels
from backorder.storage.engine import open_database, reading
from backorder.storage.migrate import fit, oldest_program, revision
from starter.attendance import SILENT, Attendance, attendance
from starter.mending import in_words
from starter.temporal import connect, missing_search_attributes

Mark = Literal["good", "heed", "bad"]
ROOM = 500 * 1024 * 1024
"""Bytes below which a disk is nearly full."""
NAMED, NOTES = 3, 1000
"""What the engine fails on: how much is named, and how much is looked at."""
SECRET = 32
"""Letters of a secret that nobody guesses."""
_SENDGRID = re.compile(r"SG\.[\w-]{10,}\.[\w-]{20,}")
_TWILIO = re.compile(r"AC[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-f]{32}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check. mark: good, heed (it works, but) or bad. words: how it is; todo: what to do, or ""."""

    check: str
    mark: Mark
    words: str
    todo: str = ""


def examined() -> Iterator[Finding]:
    """Check everything, one after the other; what rests on something that is wrong is left out."""
    try:
        settings = read_settings()
    except SetupError as error:
        for fault in str(error).splitlines():
            yield Finding(check="settings", mark="bad", words=fault, todo="see `backorder settings`")
        return
    yield Finding(check="settings", mark="good", words="every setting can be read")
    yield from _secret(settings)
    yield from _templates(settings)
    yield from _providers(settings)
    yield from _disk(settings)
    yield from _database(settings)
    yield from _temporal(settings)


def _secret(settings: Settings) -> Iterator[Finding]:
    name, make = variable("secret"), "set it to what `openssl rand -hex 32` prints"
    if not settings.secret:
        yield Finding(
            check="secret", mark="heed", words=f"{name} is not set", todo=f"before pages open, {make}"
        )
    elif len(settings.secret) < SECRET:
        yield Finding(check="secret", mark="bad", words=f"{name} is short enough to be guessed", todo=make)
    else:
        yield Finding(check="secret", mark="good", words="long enough")


def _providers(settings: Settings) -> Iterator[Finding]:
    yield from _formed(
        "email",
        settings.email,
        (
            ("sendgrid_api_key", _SENDGRID, "a key of SendGrid, which begins with SG."),
            ("email_from", _MAIL, "an email address"),
        ),
        settings,
    )
    yield from _formed(
        "sms",
        settings.sms,
        (
            ("twilio_account_sid", _TWILIO, "an account of Twilio, AC and 32 letters"),
            ("twilio_auth_token", _TOKEN, "a token of Twilio, 32 letters"),
            ("sms_from", _NUMBER, "a number like +491511234567"),
        ),
        settings,
    )
    if {settings.email, settings.sms} == {"outbox"}:
        return
    for name, usual in (
        ("public_url", PUBLIC_URL),
        ("shop_name", "The Shop"),
        ("shop_address", ""),
    ):
        if getattr(settings, name) == usual:
            words = f"{variable(name)} is {usual or 'empty'}, and customers read it"
            yield Finding(check="shop", mark="heed", words=words, todo=f"set {variable(name)}")


def _formed(
    channel: str, way: str, wanted: tuple[tuple[str, re.Pattern[str], str], ...], settings: Settings
) -> Iterator[Finding]:
    if way == "outbox":
        words = "kept in the database; nothing leaves this machine"
        yield Finding(check=channel, mark="good", words=words)
        return
    wrong = [(name, what) for name, form, what in wanted if not form.fullmatch(getattr(settings, name))]
    for name, what in wrong:
        words = f"{variable(name)} does not look like {what}"
        yield Finding(check=channel, mark="bad", words=words, todo=f"correct {variable(name)}")
    if other := getattr(settings, f"{way}_url"):
        words = f"goes to {other} instead of {way}"
        yield Finding(check=channel, mark="heed", words=words, todo=f"take {variable(f'{way}_url')} away")
    elif not wrong:
        yield Finding(check=channel, mark="good", words=f"goes through {way}; its keys have the right form")


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
        found = _failed("database", error)
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


def _failed(check: str, error: Exception) -> Finding | None:
    """What a person can do about an error; None for a defect of the program."""
    if isinstance(error, BackorderError):
        said = str(error)
    else:
        found = in_words(error)
        if found is None:
            return None
        said = found.words
    words, _, todo = said.replace("\n", " ").partition(": ")
    return Finding(check=check, mark="bad", words=words, todo=todo)


def _schema(engine: Engine, found: str | None) -> Iterator[Finding]:
    with reading(engine) as connection:
        oldest = oldest_program(connection)
        fit(connection)
    words = f"{found}, works with version {oldest} or newer"
    yield Finding(check="schema", mark="good", words=words)


def _zone(engine: Engine, settings: Settings) -> Iterator[Finding]:
    with reading(engine) as connection:
        kept = connection.execute(select(tables.clock.c.time_zone)).scalar()
    if kept is None or kept == settings.time_zone:
        yield Finding(check="time zone", mark="good", words=kept or f"{settings.time_zone}, not kept yet")
    elif "time_zone" in settings.model_fields_set:
        words = f"BACKORDER_TIME_ZONE is {settings.time_zone}, the database keeps the days of {kept}"
        yield Finding(check="time zone", mark="bad", words=words, todo="leave it out, or name the same zone")
    else:
        yield Finding(check="time zone", mark="good", words=f"{kept}, as the database keeps it")


def _policies(engine: Engine, settings: Settings) -> Iterator[Finding]:
    with reading(engine) as connection:
        current = tables.current_policies.c
        rows = connection.execute(select(current.name, current.version))
        kept = {row.name: row.version for row in rows}
    load = "run `backorder policy load`"
    if not kept:
        yield Finding(check="policies", mark="bad", words="none is on record: no line can start", todo=load)
        return
    differing = []
    for path in sorted(settings.policies.glob("*.toml")):
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
    current, kept = tables.current_policies, tables.policies
    same = (current.c.name == kept.c.name) & (current.c.version == kept.c.version)
    with reading(engine) as connection:
        rows = connection.execute(select(kept.c.name, kept.c.text).join(current, same).order_by(kept.c.name))
        promoting = [
            row.name for row in rows if "coupon" in {each.do for each in read_policy(row.text).stages}
        ]
    if promoting:
        name = variable("shop_address")
        words = f"{', '.join(promoting)} sends coupons, and {name} is empty: such mails must name the address"
        yield Finding(check="promotions", mark="bad", words=words, todo=f"set {name}")


def _templates(settings: Settings) -> Iterator[Finding]:
    """The shop's own words, where it has any."""
    if settings.templates is None:
        return
    try:
        check_templates(settings)
    except SetupError as error:
        first, *more = str(error).splitlines()
        words = f"{first}{f', and {len(more)} more' if more else ''}"
        yield Finding(check="templates", mark="bad", words=words, todo="correct them; no program starts")
    else:
        yield Finding(
            check="templates", mark="good", words=f"those of {settings.templates} can be written with"
        )


def _grievance_officer(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """India's rules want one named wherever a customer there may complain."""
    if settings.grievance_officer:
        return
    lines, people = tables.backorders.c, tables.customers.c
    at_home = (people.region == "IN") | people.region.startswith("IN-")
    wanted = select(lines.id).join(tables.customers, people.id == lines.customer)
    wanted = wanted.where(lines.phase.not_in(CLOSED), at_home, people.kind == "consumer").limit(1)
    with reading(engine) as connection:
        if connection.execute(wanted).first() is None:
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
            todo = f"let it go on with `backorder channel resume {each.name} --by NAME`"
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
                failed = _failed(check, error)
                if failed is None:
                    raise
                return [*found, failed]
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
