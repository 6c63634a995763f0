"""`backorder key create|list|revoke`: keys with which programs call the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from starter.cli.faults import named_as
from starter.cli.fields import field, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, heed, say, say_json, well
from starter.cli.who_asks import by_option

if TYPE_CHECKING:
    from backorder.domain.api_keys import ApiKey

COMMANDS: Commands = {
    "Keys": {
        "create": ("starter.cli.keys:create", "Make a key for a program; it is shown once."),
        "list": ("starter.cli.keys:list_keys", "List the keys: whose, for what, when last used."),
        "revoke": ("starter.cli.keys:revoke", "Make a key useless, from now on."),
    }
}


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def key() -> None:
    """Keys with which programs call the API. Of a key itself only a hash is kept."""


@click.command()
@field("name", "Whose key it is, like shop or warehouse.")
@field(
    "roles",
    "storefront, orders, agent, supply or admin; may be said several times.",
    many=True,
    option="--role",
)
@field(
    "networks",
    "From which addresses it is taken, like 10.0.0.0/8; may be said several times.",
    many=True,
    option="--from",
)
@field(
    "expires_at", "When it ends: a day, a length like 90d, or an instant. Default: never.", option="--expires"
)
@field("acknowledges", "What waits for the order system waits until this key has read the events.", flag=True)
@by_option("Who does it; stands in the audit.")
@as_json_option
def create(
    roles: tuple[str, ...], networks: tuple[str, ...], by: str, as_json: bool, **fields: object
) -> None:
    """Make a key for a program. It is shown once: nobody can read it afterwards.

    \b
    backorder key create --name shop --role orders
    """
    from backorder.services import api_keys
    from backorder.services.services import machine_now
    from starter.cli.session import opened
    from starter.cli.who_asks import requester

    many = {"roles": roles, "networks": networks}
    named_as(typed=many)
    with opened() as session:
        now, zone = machine_now(), session.services.calendar.zone
        wanted = api_keys.asked_for(said(fields | many), now, zone, typed=True)
        asked = requester("backorder key create", by)
        made, text = api_keys.create(session.services.engine, wanted, now, asked)
    if as_json:
        say_json(_as_json(made) | {"key": text})
        return
    well(f"{made.id} ({made.name}) may act as {', '.join(made.roles)}")
    say(f"  {text}")
    heed("keep it now: it is shown this once", err=True)


@click.command("list")
@as_json_option
def list_keys(as_json: bool) -> None:
    """List the keys: whose, for what, until when, and when each was last used (to the minute)."""
    from backorder.services import api_keys
    from starter.cli.session import opened

    with opened() as session:
        found = api_keys.listed(session.services.engine)
        zone = session.settings.time_zone
    if as_json:
        say_json([_as_json(each) for each in found])
        return
    if not found:
        well("there is no key yet: `backorder key create --name shop --role orders`")
        return
    _print(found, zone)


@click.command()
@click.argument("id", metavar="ID")
@by_option("Who does it; stands in the audit.")
@as_json_option
def revoke(id: str, by: str, as_json: bool) -> None:
    """Make a key useless, from now on. ID: as the list has it, or the key itself."""
    from backorder.services import api_keys
    from starter.cli.session import opened
    from starter.cli.who_asks import requester

    with opened() as session:
        asked = requester("backorder key revoke", by)
        found = api_keys.revoke(session.services.engine, id, asked.now, asked)
    if as_json:
        say_json({"id": found.id, "name": found.name, "revoked": True})
    else:
        well(f"{found.id} ({found.name}) is revoked")


def _as_json(each: ApiKey) -> dict[str, object]:
    from backorder.queries.key_list import view_of

    return asdict(view_of(each))


def _print(found: Sequence[ApiKey], zone: str) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from starter.cli import wording

    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("key", "whose", "may act as", "from", "last used", "state"):
        table.add_column(name)
    for each in found:
        state = "[red]revoked[/]" if each.revoked_at else "[green]good[/]"
        if not each.revoked_at and each.expires_at:
            state = f"until {wording.moment(each.expires_at, zone)}"
        used = wording.moment(each.used_at, zone) if each.used_at else "[dim]never[/]"
        networks = ", ".join(each.networks) or "[dim]anywhere[/]"
        table.add_row(each.id, escape(each.name), ", ".join(each.roles), networks, used, state)
    console().print(table)
