"""`backorder suppression list|add|lift`: addresses to which nothing, or no promotion, goes any more."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from starter.cli.fields import field, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.params import Whole
from starter.cli.who_asks import audited, by_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backorder.queries.views import SuppressionView

COMMANDS: Commands = {
    "Suppressions": {
        "list": ("starter.cli.suppressions:list_suppressions", "List the addresses, and why."),
        "add": ("starter.cli.suppressions:add", "Let nothing go to an address any more."),
        "lift": ("starter.cli.suppressions:lift", "Let messages go there again."),
    }
}
_by = by_option("Who decides.")


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def suppression() -> None:
    """Addresses and numbers to which nothing, or no promotion, goes any more: they bounced, said STOP,
    complained, or somebody wanted it so. A message takes the customer's other channel.
    """


@click.command("list")
@click.option("--channel", default="", help="email or sms.")
@click.option("--address", default="", help="One address or number, in any form.")
@click.option("--lifted", is_flag=True, help="Those that are off the list again, too.")
@click.option("--cursor", help="Where the next page begins, as the page before said.")
@click.option("--limit", type=Whole(1, 500), default=50, help="Addresses a page. [50]")
@as_json_option
def list_suppressions(
    channel: str, address: str, lifted: bool, cursor: str | None, limit: int, as_json: bool
) -> None:
    """List the addresses, the newest first: since when, why, who says so, and by which report or text."""
    from backorder.queries.suppression_list import suppression_list
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        page = suppression_list(
            connection, channel=channel, address=address, lifted=lifted, cursor=cursor, limit=limit
        )
        zone = session.settings.time_zone
    if as_json:
        say_json({"suppressions": [asdict(each) for each in page.rows], "next": page.next})
        return
    _print(page.rows, zone)
    if page.next:
        console().print(f"[dim]there are more: add --cursor {page.next}[/]", soft_wrap=True)


@click.command()
@click.argument("channel", metavar="CHANNEL")
@click.argument("address", metavar="ADDRESS")
@field("reason", "Why, in words.")
@click.option("--marketing", is_flag=True, help="Promotions only; everything else still goes.")
@_by
@as_json_option
def add(channel: str, address: str, by: str, marketing: bool, as_json: bool, **fields: object) -> None:
    """Let nothing go to an address any more. CHANNEL: email or sms.

    \b
    backorder suppression add sms +441632960961 --reason "asked on the phone" --by Eva
    """
    from backorder.domain.contacts import canonical
    from backorder.schemas.suppressions import Suppressed
    from starter.cli.session import opened

    raw = {"channel": channel, "address": address, "by": by, "covers": "marketing" if marketing else "all"}
    with opened() as session:
        wanted = session.parse(Suppressed, raw | said(fields))
        with audited(("suppression", wanted.channel), by="by"):
            new = session.ask(lambda client: client.suppress_address(wanted))
    if as_json:
        address = canonical(wanted.channel, wanted.address)
        say_json({"channel": wanted.channel, "address": address, "changed": new})
        return
    what = "no promotion goes there" if marketing else "nothing goes there"
    well(f"{wanted.address}: {what}{'' if new else ' already'}")


@click.command()
@click.argument("channel", metavar="CHANNEL")
@click.argument("address", metavar="ADDRESS")
@_by
@as_json_option
def lift(channel: str, address: str, by: str, as_json: bool) -> None:
    """Let messages go to an address again; what could not be delivered and still matters goes at once.

    Who said STOP has to text START as well: the carrier lets nothing through before.

    \b
    backorder suppression lift email ada@example.com --by Eva
    """
    from backorder.schemas.suppressions import SuppressionLifted
    from starter.cli.session import opened

    with opened() as session:
        wanted = session.parse(SuppressionLifted, {"channel": channel, "address": address, "by": by})
        with audited(("suppression", wanted.channel), by="by"):
            lifted = session.ask(lambda client: client.lift_suppression(wanted))
    if as_json:
        say_json({"channel": wanted.channel, "address": wanted.address, "lifted": lifted})
    elif lifted:
        well(f"{wanted.address}: messages go there again; {how_many(lifted, 'entry', 'entries')} taken off")
    else:
        well(f"{wanted.address}: is not on the list")


def _print(rows: Sequence[SuppressionView], zone: str) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from starter.cli import wording

    if not rows:
        console().print("[dim]none: messages go to every address on record[/]")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("address", "why", "stops", "since", "by", "state"):
        table.add_column(name, overflow="fold")
    for each in rows:
        stops = "promotions" if each.covers == "marketing" else "everything"
        lifted = f"[dim]lifted by {escape(each.lifted_by or '')}[/]" if each.lifted_at else "[red]listed[/]"
        why = each.why if not each.note else f"{each.why}: {each.note}"
        since = wording.moment(each.at, zone)
        table.add_row(escape(each.address), escape(why), stops, since, escape(each.by), lifted)
    console().print(table)
