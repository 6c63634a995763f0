"""Running it: the worker, the database's schema, what Temporal has to know."""

from __future__ import annotations

from pathlib import Path

import click

from starter.cli.lazy import Group
from starter.cli.output import as_json_option, say_json, well
from starter.cli.params import OneOf

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

    A database without any policy gets those of the policies folder.
    """
    from backorder.errors import SetupError
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
        loaded = [] if services.policy_names() else services.load_policies(settings.policies)
    finally:
        services.close()
    if as_json:
        say_json({"database": place, "before": before, "after": after, "policies": loaded})
    elif loaded:
        well(f"loaded {', '.join(loaded)} from {settings.policies}: no policy was on record")


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
