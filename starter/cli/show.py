"""`backorder show` and `backorder message`: a whole case, and a message in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from starter.cli.fields import line_argument
from starter.cli.output import as_json_option, console, say_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.storage.views import SendView, WholeMessage


@click.command()
@line_argument
@as_json_option
def show(backorder: str, as_json: bool) -> None:
    """Show a whole case: the promise, the units, what serves them, what happens next, what was said."""
    from backorder.storage.reading import case
    from starter.cli.session import opened

    with opened() as session:
        found = case(session.store, backorder, session.now())
        zone, today = session.settings.time_zone, session.store.calendar.day(session.now())
    if as_json:
        say_json(found)
        return
    from backorder.storage.views import CaseView
    from starter.cli.casefile import CaseFile
    from starter.cli.shortcase import short_case

    out = console()
    if not isinstance(found, CaseView):
        out.print(short_case(found, today=today, zone=zone))
        return
    for part in CaseFile(found, today=today, zone=zone).parts():
        out.print(part)


@click.command()
@click.argument("message", metavar="ID")
@click.option("--html", is_flag=True, help="Print the HTML of the email instead.")
@as_json_option
def message(message: str, html: bool, as_json: bool) -> None:
    """Show a message as the customer reads it. The beginning of its ID is enough."""
    from backorder.errors import SetupError
    from backorder.storage.letters import message as read
    from starter.cli.session import opened

    with opened() as session:
        found = read(session.store, message)
        when = _when(found, session.settings.time_zone)
    if as_json:
        say_json(found)
    elif html:
        pages = [send.html for send in found.sends if send.html]
        if not pages:
            raise SetupError(f"message {found.id} was not written as an email")
        click.echo(pages[-1])
    else:
        console().print(_letter(found, when))


def _when(found: WholeMessage, zone: str) -> str:
    from starter.cli import wording

    return wording.moment(found.at, zone)


def _letter(found: WholeMessage, when: str) -> RenderableType:
    from rich.console import Group
    from rich.markup import escape
    from rich.text import Text

    from starter.cli import wording

    verb = {"sent": "sent", "planned": "goes on", "claimed": "is being sent"}.get(found.state, found.state)
    heads = Text.from_markup(
        f"[bold]{wording.kind(found.kind)}[/]  [dim]{verb} {when}[/]\n"
        f"[dim]to[/] {escape(found.person)}  [dim]about[/] {escape(', '.join(found.backorders))}\n"
    )
    if not found.sends:
        return Group(heads, Text("\nIt is put into words when it goes.", style="dim"))
    return Group(heads, *(_panel(send) for send in found.sends))


def _panel(send: SendView) -> RenderableType:
    from rich import box
    from rich.panel import Panel
    from rich.text import Text

    words = Text(send.text.strip())
    title = Text(f" {send.subject or 'text message'} ", style="bold")
    state = (
        send.channel if send.state == "sent" else f"{send.channel}: {send.state} {send.reason or ''}".strip()
    )
    return Panel(
        words,
        title=title,
        title_align="left",
        subtitle=Text(f" {state} ", style="dim"),
        subtitle_align="right",
        box=box.ROUNDED,
        border_style="dim",
        padding=(1, 2),
        width=96,
    )
