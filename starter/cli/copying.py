"""`backorder db copy`: the whole shop into another database, with its open lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from starter.cli.output import as_json_option, console, heed, say_json, well

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backorder.settings import Settings
    from backorder.storage.copy_database import Progress


@click.command()
@click.argument("target", metavar="TARGET_URL")
@click.option("--from", "source", metavar="URL", help="The database to copy. [BACKORDER_DATABASE_URL]")
@as_json_option
def copy(target: str, source: str | None, as_json: bool) -> None:
    """Copy the whole database into an empty one, such as from SQLite to PostgreSQL.

    Stop the worker and whatever else calls this program first. The target gets its tables, then every row or
    none; the database that is copied stays as it is. Afterwards set BACKORDER_DATABASE_URL to the target
    everywhere and start the worker again: open lines go on.
    """
    from backorder.errors import SetupError
    from backorder.settings import read_settings
    from backorder.storage.copy_database import copy as copy_all
    from backorder.storage.copy_database import same_place
    from backorder.storage.migrate import upgrade
    from starter.cli.session import must_exist

    settings = read_settings()
    if source:
        settings = settings.model_copy(update={"database_url": source})
    must_exist(settings)
    _nobody_works(settings)
    with _opened(settings.database, "the database to copy") as old, _opened(target, "TARGET_URL") as new:
        if same_place(old, new):
            raise SetupError("TARGET_URL is the database to copy itself: name another one, which is empty")
        upgrade(new)
        with _shown() as progress:
            rows = copy_all(old, new, progress)
        places = [each.url.render_as_string(hide_password=True) for each in (old, new)]
    if as_json:
        say_json({"from": places[0], "to": places[1], "rows": rows})
        return
    for name, count in rows.items():
        if count:
            click.echo(f"  {name:<22}{count:>12,}")
    well(f"{sum(rows.values()):,} rows are in {places[1]}, counted on both sides")
    heed(
        "set BACKORDER_DATABASE_URL to it wherever this program runs, then start the worker; "
        f"what is still written to {places[0]} is not in it"
    )


@contextmanager
def _opened(url: str, what: str) -> Iterator[Engine]:
    from sqlalchemy.exc import ArgumentError

    from backorder.errors import SetupError
    from backorder.settings import database_address
    from backorder.storage.engine import open_database

    try:
        engine = open_database(database_address(url))
    except ArgumentError:
        raise SetupError(f'{what}: write a URL such as "postgresql://user@host/name"') from None
    except ValueError as error:
        raise SetupError(f"{what}: {error}") from None
    try:
        yield engine
    finally:
        engine.dispose()


def _nobody_works(settings: Settings) -> None:
    """Raise SetupError while a worker asks for work; where Temporal is away, say that nobody can tell."""
    from backorder.errors import AwayError, SetupError
    from starter.attendance import attendance
    from starter.temporal import connect

    async def ask() -> list[str]:
        found = await attendance(await connect(settings.data, registered=False), settings.task_queue)
        return sorted({worker for queue in found.queues for worker in queue.workers})

    try:
        workers = asyncio.run(ask())
    except AwayError as error:
        heed(f"nobody asks for work, as far as can be seen: {error}", err=True)
        return
    if workers:
        raise SetupError(
            f"a worker asked for work within the last two minutes ({', '.join(workers)}): stop every worker, "
            "and call this again two minutes later; what a worker writes meanwhile would be lost"
        )


@contextmanager
def _shown() -> Iterator[Progress]:
    """A bar of the table at hand on standard error, where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    out = console(stderr=True)
    with Bars(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:
        task = bars.add_task("")

        def note(table: str, done: int, of: int) -> None:
            bars.update(task, description=table, completed=done, total=of)

        yield note
