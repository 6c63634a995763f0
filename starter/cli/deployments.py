"""`backorder deployment list|current|drain`: versions of the workers side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

import click

from backorder.errors import SetupError
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import DONE, PENDING, as_json_option, console, heed, say_json, well

if TYPE_CHECKING:
    from temporalio.client import Client

    from backorder.settings import Settings

T = TypeVar("T")
COMMANDS: Commands = {
    "Deployments": {
        "list": (
            "starter.cli.deployments:list_builds",
            "List the versions: open workflows on each, and whether it has workers.",
        ),
        "current": ("starter.cli.deployments:current", "Make a version the one on which work goes on."),
        "drain": ("starter.cli.deployments:drain", "Move what is left on a version to the current one."),
    }
}


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def deployment() -> None:
    """Versions of the workers side by side, where BACKORDER_DEPLOYMENT and BACKORDER_BUILD_ID are set.

    New lines begin on the current version, and dispatchers, replannings and purchase orders go on there at
    once. A line stays with its version until it wakes, and then goes on in the current one.
    """


def _act(settings: Settings, act: Callable[[Client], Awaitable[T]]) -> T:
    from starter.temporal import connect

    async def connected() -> T:
        return await act(await connect(settings.data))

    return asyncio.run(connected())


def _named(settings: Settings) -> str:
    if not settings.deployment:
        raise SetupError(
            "BACKORDER_DEPLOYMENT is not set: workers here have no versions. Set it to the deployment's "
            "name, as its workers have it"
        )
    return settings.deployment


@click.command("list")
@as_json_option
def list_builds(as_json: bool) -> None:
    """List the versions: how each stands, how many workflows are open on it, and how many workers it has."""
    from backorder.settings import read_settings
    from starter.cli.status_parts import versions
    from starter.deployments import builds

    settings = read_settings()
    found = _act(settings, lambda client: builds(client, settings.task_queue, settings.deployment))
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        console().print(versions(found))


@click.command()
@click.argument("build", required=False)
@click.option("--unversioned", is_flag=True, help="Go back to workers without versions.")
@as_json_option
def current(build: str | None, unversioned: bool, as_json: bool) -> None:
    """Make a version the current one: everything new begins on it, and dispatchers go on there.

    Its workers have to be there already; those of the version before may stop once it is drained.
    """
    from backorder.settings import read_settings
    from starter.deployments import make_current

    if bool(build) == unversioned:
        raise click.UsageError("name a build, or say --unversioned")
    settings = read_settings()
    name, chosen = _named(settings), build or ""
    _act(settings, lambda client: make_current(client, name, chosen))
    if as_json:
        say_json({"deployment": name, "current": chosen or None})
    else:
        well(f"{f'build {chosen}' if chosen else 'no version'} of deployment {name} is current")


@click.command()
@click.argument("build")
@as_json_option
def drain(build: str, as_json: bool) -> None:
    """Move what is left on a version to the current one. Safe to call at any time, and twice.

    Lines whose workers are there are woken and move by themselves; those whose workers are gone are begun
    anew from the database. Exit code 3 if something is still left.
    """
    from starter.attendance import Version
    from starter.cli.session import opened
    from starter.deployments import drain as move

    with opened() as session:
        settings, services = session.settings, session.services
        version = Version(_named(settings), build)

        def left(count: int) -> None:
            if not as_json:
                heed(f"{count:,} are left", err=True)

        found = _act(settings, lambda client: move(client, services, version, settings.task_queue, left))
    if as_json:
        say_json(asdict(found))
    else:
        words = f"{found.moved:,} lines moved, {found.anew:,} were begun anew, {found.others:,} others called"
        well(f"{words}; {found.left:,} are left on build {build}")
    click.get_current_context().exit(PENDING if found.left else DONE)
