"""`backorder message`: what is said to people, what has not gone, and what a person does about it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from starter.cli.fields import field, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import DONE, as_json_option, console, heed, say, say_json
from starter.cli.params import Whole
from starter.cli.who_asks import audited

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from backorder.queries.message_list import OpenMessage
    from backorder.schemas import ModelT
    from starter.cli.session import Session
    from starter.client import Backorders
    from starter.message_client import MessageChanged

COMMANDS: Commands = {
    "Messages": {
        "show": ("starter.cli.show:message", "Show a message as it reads."),
        "list": ("starter.cli.messages:list_messages", "List the messages that have not gone, and why."),
        "resend": ("starter.cli.messages:resend", "Send a message once more, if it still holds."),
        "cancel": ("starter.cli.messages:cancel", "Take back a message that has not gone."),
        "preview": ("starter.cli.previews:preview", "Show how a kind of message reads, on every channel."),
        "export": ("starter.cli.registers:export", "Write down the texts that must be registered (India)."),
    }
}
_ID = re.compile(r"[0-9a-f]+")
_SHORT = 8
"""Letters of a message's ID that tell it from others."""


class _Messages(LazyGroup):
    """A message's ID in the place of a command shows it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from difflib import get_close_matches

        first = next((each for each in args if not each.startswith("-")), "")
        names = self.list_commands(ctx)
        is_id = first and first not in names and not get_close_matches(first, names, n=1)
        return super().parse_args(ctx, ["show", *args] if is_id or _ID.fullmatch(first) else args)


@click.group(cls=_Messages, commands_by_section=COMMANDS)
def message() -> None:
    """What is said to people. `backorder message ID` shows one; the beginning of its ID is enough."""


@click.command("list")
@click.option("--failed", is_flag=True, help="Those that no channel could carry.")
@click.option("--waiting", is_flag=True, help="Those that wait for their hour, their channel or their turn.")
@click.option("--unknown", is_flag=True, help="Those of which nobody knows yet whether they went.")
@click.option("--channel", default="", help="email or sms: that they took or wait for.")
@click.option("--kind", default="", help="One kind of message, like delayed.")
@click.option("--cursor", help="Where the next page begins, as the page before said.")
@click.option("--limit", type=Whole(1, 500), default=50, help="Messages a page. [50]")
@as_json_option
def list_messages(
    cursor: str | None, limit: int, as_json: bool, channel: str, kind: str, **asked: bool
) -> None:
    """List the messages that have not gone: why, when each is tried next, how long it waits.

    Without --failed, --waiting or --unknown all of them, one state after the other, the oldest first.
    """
    from backorder.queries.message_list import MessageFilter, message_list
    from starter.cli.session import opened

    wanted = MessageFilter(
        states=tuple(name for name, yes in asked.items() if yes), channel=channel, kind=kind
    )
    with opened() as session:
        page = message_list(session.services.database, wanted, session.now(), cursor=cursor, limit=limit)
        zone, today = session.settings.time_zone, session.services.calendar.day(session.now())
    if as_json:
        say_json({"messages": [asdict(each) for each in page.rows], "next": page.next})
        return
    _print(page.rows, zone, today)
    if page.next:
        console().print(f"[dim]there are more: add --cursor {page.next}[/]", soft_wrap=True)


def _print(rows: Sequence[OpenMessage], zone: str, today: date) -> None:
    from datetime import timedelta

    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from backorder.domain.keys import parts
    from starter.cli import wording
    from starter.cli.status_parts import length

    if not rows:
        console().print("[dim]none: every message has gone[/]")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("message", "what", "to", "about", "by", "waits", "next", "why"):
        table.add_column(name, overflow="fold")
    for each in rows:
        waits = length(timedelta(seconds=each.waits_s)) if each.waits_s else "[dim]–[/]"
        again = wording.moment(each.next_try, zone, today) if each.next_try else "[dim]–[/]"
        table.add_row(
            f"{_MARKS.get(each.state, '?')} {each.id[:_SHORT]}",
            wording.kind(each.kind),
            escape(parts(each.person)[-1]),
            escape(", ".join(each.lines)),
            {"sms": "text"}.get(each.channel or "", each.channel) or "[dim]–[/]",
            waits,
            again,
            escape(each.reason),
        )
    console().print(table)


_MARKS = {"planned": "[dim]…[/]", "claimed": "[dim]→[/]", "unknown": "[yellow]?[/]", "failed": "[red]✗[/]"}


@click.command()
@click.argument("message", metavar="ID")
@field("request_id", "Its own ID: the same one again sends nothing. Default: a new one.")
@field("reason", "Why, in words; shown with the case.")
@click.option("--by", "actor", default="agent", show_default=True, help="Who asks.")
@as_json_option
def resend(message: str, as_json: bool, **fields: object) -> None:
    """Send a message once more, to where the customer is reached now. The beginning of its ID is enough.

    It says what it said. What was never sent is refused, and what does not hold any more: a date that was
    overtaken, an offer that is gone, news of a line that has ended. It promises nothing new.

    \b
    backorder message resend 3f9a1c0b --request-id call-77 --by Eva
    """
    from backorder.schemas import MessageResend

    fields["request_id"] = fields["request_id"] or f"cli-{secrets.token_hex(8)}"
    _act(
        MessageResend,
        fields,
        as_json,
        lambda client, new: client.resend_message(message, new),
        partial(_its_lines, message),
    )


@click.command()
@click.argument("message", metavar="ID")
@field("reason", "Why, in words; kept with the message.")
@click.option("--by", "actor", default="agent", show_default=True, help="Who says so.")
@as_json_option
def cancel(message: str, as_json: bool, **fields: object) -> None:
    """Take back a message that has not gone. The beginning of its ID is enough.

    Its line decides what to say instead; what still holds of its news is told on the next day. A legal notice
    cannot be taken back, nor what is being sent.

    \b
    backorder message cancel 3f9a1c0b --reason "told her by phone" --by Eva
    """
    from backorder.schemas import MessageTakenBack

    _act(
        MessageTakenBack,
        fields,
        as_json,
        lambda client, new: client.cancel_message(message, new),
        partial(_itself, message),
    )


def _its_lines(message: str, connection: Connection) -> list[tuple[str, str]]:
    """The lines that a message speaks for: a request of each is what sends it once more."""
    from backorder.queries.messages import lines_of, whole_id

    return [("backorder", line) for line in lines_of(connection, whole_id(connection, message))]


def _itself(message: str, connection: Connection) -> list[tuple[str, str]]:
    """A message by its whole ID."""
    from backorder.queries.messages import whole_id

    return [("message", whole_id(connection, message))]


def _looked_up(
    session: Session, about: Callable[[Connection], Sequence[tuple[str, str]]]
) -> Sequence[tuple[str, str]]:
    from backorder.storage.engine import reading

    with reading(session.services.engine) as connection:
        return about(connection)


def _act(
    model: type[ModelT],
    fields: dict[str, object],
    as_json: bool,
    act: Callable[[Backorders, ModelT], Awaitable[MessageChanged]],
    about: Callable[[Connection], Sequence[tuple[str, str]]],
) -> None:
    """Ask something of a message, say what became of it and exit with the code for that.

    about: what it changes, as the audit names it.
    """
    from starter.cli.lines import CODES, MARKS, WITHOUT_EFFECT, plain_reason
    from starter.cli.session import opened

    with opened() as session:
        look = partial(_looked_up, session, about)
        wanted = session.parse(model, said(fields), besides=lambda left: session.unknown("ID", look))
        objects = look()
        with audited(*objects):
            changed = session.ask(lambda client: act(client, wanted))
    outcome = changed.outcome
    if as_json:
        found = {"message": changed.message, "request_id": getattr(wanted, "request_id", None)}
        found |= {"verdict": outcome.verdict, "effect": outcome.verdict == "accepted"}
        say_json(
            found | {"reason": outcome.reason, "again": changed.again, "left_out": dict(changed.left_out)}
        )
    else:
        mark, colour = MARKS[outcome.verdict]
        vain = ", without effect" if outcome.verdict in WITHOUT_EFFECT else ""
        words = click.style(f"{mark} {outcome.verdict}{vain}", fg=colour)
        say(f"{words}  {changed.message[:_SHORT]}: {plain_reason(outcome.reason)}")
        for line, why in changed.left_out.items():
            heed(f"not for {line}: {why}")
        if changed.again:
            say(f"  backorder message {changed.again[:_SHORT]}")
    click.get_current_context().exit(CODES.get(outcome.verdict, DONE))
