"""Running it: the worker, the database's schema, what Temporal has to know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starter.cli.copying import copy
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, heed, say_json, well
from starter.cli.params import OneOf
from starter.cli.who_asks import this_command

if TYPE_CHECKING:
    from backorder.services.services import Services
    from backorder.settings import Settings

WORKER = Path(__file__).resolve().parents[2] / "worker.py"
"""The worker of this very program: a module of that name elsewhere may be an older one's."""


@click.command()
@click.option("--log-format", type=OneOf(["text", "json"]), help="Instead of BACKORDER_LOG_FORMAT.")
def worker(log_format: str | None) -> None:
    """Run a worker until it is told to stop, as `python worker.py` does."""
    import sys
    from runpy import run_path

    sys.argv[1:] = ["--log-format", log_format] if log_format else []
    run_path(str(WORKER), run_name="__main__")


@click.group(cls=Group)
def db() -> None:
    """The database."""


@db.command()
@as_json_option
def upgrade(as_json: bool) -> None:
    """Bring the database to the schema of this version. Safe to call at any time, and twice.

    A database without any policy gets those of the policies folder. What an older version began in Temporal
    and this one cannot go on with is ended there, and begun anew from the database.
    """
    from backorder.errors import SetupError
    from backorder.services.old_runs import are_left
    from backorder.services.services import open_services
    from backorder.settings import read_settings
    from backorder.storage.engine import open_database
    from backorder.storage.migrate import upgrade as bring_up

    settings = read_settings()
    try:
        engine = open_database(settings.database)
    except ValueError as error:
        raise SetupError(f"BACKORDER_DATABASE_URL: {error}") from None
    place = engine.url.render_as_string(hide_password=True)
    try:
        before, after = bring_up(engine)
    finally:
        engine.dispose()
    if not as_json:
        stays = f"is at {after} already" if before == after else f"is at {after} now, was {before or 'empty'}"
        well(f"{place} {stays}")
    services = open_services(settings)
    try:
        loaded = [] if services.policy_names() else services.load_policies(settings.policies, this_command())
        if loaded and not as_json:
            well(f"loaded {', '.join(loaded)} from {settings.policies}: no policy was on record")
        anew = _begin_anew(settings, services, as_json) if are_left(services.engine) else 0
    finally:
        services.close()
    if as_json:
        found = {"database": place, "before": before, "after": after, "policies": loaded}
        say_json({**found, "begun_anew": anew})


def _begin_anew(settings: Settings, services: Services, as_json: bool) -> int | None:
    """Begin anew what an older version began; None where Temporal is away, and the first worker does it."""
    import asyncio

    from backorder.errors import AwayError
    from starter.old_runs import begin_anew
    from starter.temporal import connect, is_away

    async def act() -> int:
        client = await connect(settings.data)
        return await begin_anew(client, services, settings.task_queue, None if as_json else _progress)

    try:
        count = asyncio.run(act())
    except Exception as error:
        if not isinstance(error, AwayError) and not is_away(error):
            raise
        if not as_json:
            heed(
                "Temporal does not answer: what the version before began there is begun anew by the first "
                f"worker, or by another `backorder db upgrade` ({error})"
            )
        return None
    if not as_json:
        well(f"{count:,} lines that an older version looked after are begun anew in Temporal")
    return count


def _progress(count: int) -> None:
    heed(f"{count:,} lines begun anew in Temporal so far", err=True)


db.add_command(copy)


@click.group(cls=Group)
def temporal() -> None:
    """Temporal."""


@temporal.command()
@as_json_option
def register(as_json: bool) -> None:
    """Register the search attributes that lines are found by, where they are missing."""
    import asyncio

    from backorder.settings import read_settings
    from starter.temporal import connect, register_search_attributes

    settings = read_settings()

    async def act() -> list[str]:
        return await register_search_attributes(await connect(settings.data, registered=False))

    new = asyncio.run(act())
    if as_json:
        say_json({"registered": new})
    else:
        well(f"registered {', '.join(new)}" if new else "every search attribute is registered already")
