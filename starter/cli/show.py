"""`backorder show` and `backorder message`: a whole case, and a message in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from starter.cli.output import as_json_option, console, say, say_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.queries.views import CaseView, Page, SendView, ShortCase, WholeMessage
    from starter.cli.session import Session


@click.command()
@click.argument("words", metavar="ORDER[/LINE]", nargs=-1, required=True)
@as_json_option
def show(words: tuple[str, ...], as_json: bool) -> None:
    """Show a whole case: the promise, the units, what serves them, what happens next, what was said.

    An order without its line shows its only line, or lists them; so does a name, a phone number, an email
    address or a tracking number.
    """
    from starter.cli.session import opened

    with opened() as session:
        zone, today = session.settings.time_zone, session.services.calendar.day(session.now())
        read = _meant(session, " ".join(words))
    if as_json:
        say_json(read)
        return
    from backorder.queries.views import CaseView, Page

    if isinstance(read, Page):
        from starter.cli.listing import show_page

        show_page(read, today, zone)
        return
    from starter.cli.casefile import CaseFile
    from starter.cli.shortcase import short_case

    out = console()
    if not isinstance(read, CaseView):
        out.print(short_case(read, today=today, zone=zone))
        return
    for part in CaseFile(read, today=today, zone=zone, width=out.width).parts():
        out.print(part)


def _meant(session: Session, text: str) -> CaseView | ShortCase | Page:
    """The case that is meant, or a page of those that can be. Raises UnknownBackorderError for none."""
    from backorder.domain.keys import as_typed, joined
    from backorder.errors import UnknownBackorderError
    from backorder.queries.case_view import case
    from backorder.queries.line_list import Filter, lines

    now, order = session.now(), ""
    if "/" in text:
        try:
            order, line = as_typed(text)
            return case(session.services.database, joined(order, line), now)
        except (ValueError, UnknownBackorderError):
            pass
    page = lines(session.services.database, Filter(q=text), now)
    if len(page.lines) == 1:
        return case(session.services.database, page.lines[0].id, now)
    if page.lines:
        return page
    siblings = lines(session.services.database, Filter(order=order), now).lines if order else ()
    raise UnknownBackorderError(joined(order, line) if order else text, [each.id for each in siblings])


@click.command()
@click.argument("message", metavar="ID")
@click.option("--html", is_flag=True, help="Print the HTML of the email instead.")
@as_json_option
def message(message: str, html: bool, as_json: bool) -> None:
    """Show a message as the customer reads it. The beginning of its ID is enough."""
    from backorder.errors import SetupError
    from backorder.queries.messages import message as read
    from starter.cli.session import opened

    with opened() as session:
        found = read(session.services.database, message)
        when = _when(found, session.settings.time_zone)
    if as_json:
        say_json(found)
    elif html:
        pages = [send.html for send in found.sends if send.html]
        if not pages:
            raise SetupError(f"message {found.id} was not written as an email")
        say(pages[-1])
    else:
        console().print(_message(found, when))


def _when(found: WholeMessage, zone: str) -> str:
    from starter.cli import wording

    return wording.moment(found.at, zone)


def _message(found: WholeMessage, when: str) -> RenderableType:
    from rich.console import Group
    from rich.markup import escape
    from rich.text import Text

    from backorder.domain.keys import parts
    from backorder.queries.case_words import MESSAGE_STATES
    from starter.cli import wording

    who, name = parts(found.person)
    state = MESSAGE_STATES.get(found.state, found.state)
    heads = Text.from_markup(
        f"[bold]{wording.kind(found.kind)}[/]  [dim]{state} {when}[/]\n"
        f"[dim]to {who}[/] {escape(name)}  [dim]about[/] {escape(', '.join(found.backorders))}\n"
    )
    if not found.sends:
        return Group(heads, Text("\nIt is put into words when it goes.", style="dim"))
    return Group(heads, *(_panel(send) for send in found.sends))


def _panel(send: SendView) -> RenderableType:
    from backorder.queries.case_words import MESSAGE_STATES
    from starter.cli.panels import message_panel

    state = "text" if send.channel == "sms" else send.channel
    if send.state != "sent":
        state += f": {MESSAGE_STATES.get(send.state, send.state)}" + (
            f", {send.reason}" if send.reason else ""
        )
    return message_panel(send.subject or "text message", send.text.strip(), state)
