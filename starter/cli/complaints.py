"""`backorder complaint file|close|list`: what customers complain about, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import click

from starter.cli.fields import field, line_argument
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.lines import act_on
from starter.cli.output import as_json_option, say_json, well

if TYPE_CHECKING:
    from backorder.schemas import Complaint, ComplaintEnd
    from starter.client import AskedOutcome, Backorders

COMMANDS: Commands = {
    "Complaints": {
        "file": ("starter.cli.complaints:file", "Take in a complaint; says its ticket."),
        "close": ("starter.cli.complaints:close", "Say that one is ended, and what came of it."),
        "list": ("starter.cli.complaints:list_complaints", "List those that nobody has ended."),
    }
}
_request = field("request_id", "Its own ID: the same one again changes nothing. Default: a new one.")
_text = click.argument("text", nargs=-1, required=True)


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def complaint() -> None:
    """What customers complain about: acknowledged at once, ended by a person within a month."""


@click.command()
@line_argument
@_text
@field("received_at", "When it came in. Default: now.")
@_request
@as_json_option
def file(backorder: str, text: tuple[str, ...], as_json: bool, **fields: object) -> None:
    """Take in a customer's complaint about a line, ended or not. They get the ticket at once.

    \b
    backorder complaint file A-1001/1 "Nobody answers the phone."
    """
    from backorder.domain.complaints import ticket_of
    from backorder.schemas import Complaint

    def act(client: Backorders, new_request: Complaint) -> Awaitable[AskedOutcome]:
        return client.complain(backorder, new_request)

    def ticket(outcome: AskedOutcome) -> dict[str, str]:
        return {"ticket": ticket_of(backorder, outcome.request)}

    act_on(backorder, Complaint, fields | {"text": " ".join(text)}, as_json, act, ticket)


@click.command()
@line_argument
@click.argument("ticket")
@_text
@click.option("--by", "actor", help="Who ended it. Default: agent.")
@_request
@as_json_option
def close(backorder: str, ticket: str, text: tuple[str, ...], as_json: bool, **fields: object) -> None:
    """Say that a complaint is ended, and what came of it: the customer gets these very words.

    \b
    backorder complaint close A-1001/1 T-7Q4K-2MWX "Our phone is mended. We are sorry." --by Eva
    """
    from backorder.schemas import ComplaintEnd

    def act(client: Backorders, new_request: ComplaintEnd) -> Awaitable[AskedOutcome]:
        return client.close_complaint(backorder, new_request)

    given = fields | {"ticket": ticket.upper(), "text": " ".join(text)}
    act_on(backorder, ComplaintEnd, given, as_json, act)


@click.command("list")
@as_json_option
def list_complaints(as_json: bool) -> None:
    """List the complaints that nobody has ended, those that came first at the top."""
    from backorder.storage.tasks import waiting
    from starter.cli.buyers import print_table
    from starter.cli.session import opened

    with opened() as session:
        found = [each for each in waiting(session.services.engine) if each.kind == "complaint"]
    names = ("ticket", "answer_by")
    rows = [(each.subject, *(str(each.detail.get(name, "")) for name in names)) for each in found]
    if as_json:
        say_json([dict(zip(("backorder", *names), row, strict=True)) for row in rows])
    elif rows:
        print_table("Complaints", ("line", "ticket", "to be ended by"), rows)
    else:
        well("nobody waits for an answer to a complaint")
