"""`backorder receiver list|put|rotate|resend|remove`: who is called with events."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from starter.cli.faults import named_as
from starter.cli.fields import field, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, heed, say, say_json, well
from starter.cli.who_asks import audited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backorder.queries.receiver_list import ReceiverView
    from backorder.services.receivers import ReceiverChanged

COMMANDS: Commands = {
    "Receivers": {
        "list": ("starter.cli.receivers:list_receivers", "List the receivers, and what each has not taken."),
        "put": ("starter.cli.receivers:put", "Make a receiver, or change one."),
        "rotate": ("starter.cli.receivers:rotate", "Give a receiver another secret."),
        "resend": ("starter.cli.receivers:resend", "Send events again to a receiver."),
        "remove": ("starter.cli.receivers:remove", "Send nothing more to a receiver."),
    }
}
_id = click.argument("id", metavar="ID")


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def receiver() -> None:
    """Receivers of events: the addresses that are called with what happens, as docs/events.md says."""


@click.command("list")
@as_json_option
def list_receivers(as_json: bool) -> None:
    """List the receivers: what each gets, what waits for it, and what it has not taken."""
    from backorder.queries.receiver_list import receiver_list
    from starter.cli.session import opened

    with opened() as session:
        found, zone = receiver_list(session.services.database), session.settings.time_zone
    if as_json:
        say_json([asdict(each) for each in found])
    elif not found:
        well("there is no receiver yet: `backorder receiver put shop https://shop.example/events`")
    else:
        _print(found, zone)


@click.command()
@_id
@click.argument("url", metavar="URL")
@field(
    "types",
    "A type of events that it gets, like backorder.cancelled, or all; may be said several times. "
    "Default: those that it got, all for a new one.",
    many=True,
    option="--type",
)
@click.option(
    "--acknowledges/--no-acknowledges",
    default=None,
    help="Whether what waits for the order system waits for this one. Default: as it did; a new one does.",
)
@as_json_option
def put(id: str, url: str, types: tuple[str, ...], acknowledges: bool | None, as_json: bool) -> None:
    """Make a receiver, or change one: what is not said stays.

    A new one gets what happens from now on; its secret is shown once.

    \b
    backorder receiver put shop https://shop.example/events --type backorder.cancelled
    """
    from backorder.queries.kept_fields import of_receiver
    from backorder.schemas.receivers import WantedReceiver
    from starter.cli.on_record import over_record, until_kept
    from starter.cli.session import opened

    raw = ({"types": []} if types == ("all",) else said({"types": types})) | {"id": id, "url": url}
    if acknowledges is not None:
        raw["acknowledges"] = acknowledges
    named_as(typed={"types": types})
    with opened() as session:
        receivers = session.services.receivers

        def attempt() -> ReceiverChanged:
            found = over_record(session, ("receiver", ("id",), of_receiver), raw)
            wanted = session.parse(
                WantedReceiver, found.raw, besides=lambda left: receivers.faults(left.id, left.url)
            )
            with audited(("receiver", id), replaces=True, version=found.version):
                return session.ask(lambda client: client.put_receiver(wanted))

        changed = until_kept(attempt)
    if as_json:
        say_json(_as_json(changed))
        return
    new = "gets events from now on" if changed.before is None else "is kept as you say"
    well(f"{id} {new}: {', '.join(changed.receiver.types) or 'all types'}")
    _show(changed)


@click.command()
@_id
@as_json_option
def rotate(id: str, as_json: bool) -> None:
    """Give a receiver another secret, which is shown once. The one of before signs too for 24 hours."""
    from starter.cli.session import opened

    with opened() as session, audited(("receiver", id)):
        changed = session.ask(lambda client: client.rotate_receiver(id))
    if as_json:
        say_json(_as_json(changed))
        return
    well(f"{id} has another secret; for 24 hours both sign")
    _show(changed)


@click.command()
@_id
@click.argument("event", metavar="[EVENT]", required=False)
@as_json_option
def resend(id: str, event: str | None, as_json: bool) -> None:
    """Send an event again to a receiver, whatever became of it; without EVENT those that were given up.

    Of those it sends 1,000 at once, the first ones first, and says how many are left. One of a
    type that the receiver gets no more is refused, until the receiver is put with that type.
    """
    from starter.cli.session import opened

    with opened() as session:
        if event is not None:
            named, left = event, 0
            with audited(("delivery", f"{id}/{event}")):
                sent = session.ask(lambda client: client.resend_event(id, named))
        else:
            with audited(("receiver", id)):
                resent = session.ask(
                    lambda client: client.resend_given_up(id, f"resend-{secrets.token_hex(8)}")
                )
            sent, left = resent.events, resent.left
    if as_json:
        say_json({"receiver": id, "events": sent, "left": left})
        return
    many = f"{len(sent):,} events go" if len(sent) != 1 else f"{sent[0]} goes"
    well(f"{many} to {id} again" if sent else f"nothing that was for {id} was given up")
    if left:
        say(f"{left:,} are left: give the command again")


@click.command()
@_id
@as_json_option
def remove(id: str, as_json: bool) -> None:
    """Send nothing more to a receiver, and wait for it no longer. What it has not taken is dropped."""
    from starter.cli.session import opened

    with opened() as session, audited(("receiver", id), removes=True):
        session.ask(lambda client: client.remove_receiver(id))
    if as_json:
        say_json({"id": id, "removed": True})
    else:
        well(f"{id} is removed")


def _as_json(changed: ReceiverChanged) -> dict[str, object]:
    found = changed.receiver
    told: dict[str, object] = {
        "id": found.id,
        "url": found.url,
        "types": found.types,
        "acknowledges": found.acknowledges,
        "new": changed.before is None,
    }
    if changed.secret:
        told["secret"] = changed.secret
    return told | ({"remark": changed.remark} if changed.remark else {})


def _show(changed: ReceiverChanged) -> None:
    if changed.secret:
        say(f"  {changed.secret}")
        heed("keep the secret now: it is shown this once", err=True)
    if changed.remark:
        heed(changed.remark, err=True)


def _print(found: Sequence[ReceiverView], zone: str) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from starter.cli import wording

    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("receiver", "address", "gets", "waits", "given up", "refuses since"):
        table.add_column(name)
    for each in found:
        since = wording.moment(each.refused_since, zone) if each.refused_since else "[dim]–[/]"
        dead = f"[red]{each.dead:,}[/]" if each.dead else "0"
        types = ", ".join(each.types) or "[dim]all[/]"
        table.add_row(each.id, escape(each.url), types, f"{each.waiting:,}", dead, since)
    console().print(table)
