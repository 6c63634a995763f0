"""`backorder channel list|pause|resume`: the ways out, and who stopped one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from starter.cli.fields import field, said
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.who_asks import audited, by_option

if TYPE_CHECKING:
    from datetime import datetime

    from starter.cli.session import Session

COMMANDS: Commands = {
    "Channels": {
        "list": (
            "starter.cli.channels:list_channels",
            "List the channels: how each stands and why.",
        ),
        "pause": ("starter.cli.channels:pause", "Send nothing by a channel for a while."),
        "resume": ("starter.cli.channels:resume", "Let a channel go on, with everything that waits for it."),
    }
}
_by = by_option("Who decides.")


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def channel() -> None:
    """The ways out: email and sms. One that fails for everybody is paused by itself, and tried until it works
    again; one that a person paused is left alone until they let it go on.
    """


@click.command("list")
@as_json_option
def list_channels(as_json: bool) -> None:
    """List the channels: how each stands, since when, why, what waits for it, and since when it is due."""
    from backorder.services.services import machine_now
    from backorder.storage.channels import all_channels
    from starter.cli.session import opened
    from starter.cli.status_parts import channels

    with opened() as session:
        clock, now = session.services.clock(), machine_now()
        found = all_channels(session.services.engine, clock.business(now), clock.rate)
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        console().print(channels(found, now=clock.business(now), rate=clock.rate, at=now))


@click.command()
@click.argument("channel", metavar="CHANNEL")
@field("reason", "Why, in words; shown with every message that waits.")
@field("until", "When it goes on by itself: a day, a length like 2h, or an instant. Default: with `resume`.")
@_by
@as_json_option
def pause(channel: str, by: str, as_json: bool, **fields: object) -> None:
    """Send nothing by a channel until somebody resumes it. Nobody tries it meanwhile, and nothing is lost.

    Messages whose customer can be reached by another channel take that one after `updates.fallback_after`.

    \b
    backorder channel pause sms --reason "sender is being registered" --until 2d --by Eva
    """
    from backorder.schemas import ChannelPause
    from backorder.services.pause_channel import of_channel
    from starter.cli.session import opened

    with opened() as session:
        raw = said(fields) | {"by": by}
        wanted = session.parse(ChannelPause, raw, besides=lambda left: of_channel(channel))
        with audited(("channel", channel), by="by"):
            changed = session.ask(lambda client: client.pause_channel(channel, wanted))
        when = _until(session, wanted.until)
    if as_json:
        say_json({"channel": channel, "state": "paused", "until": wanted.until, "changed": changed.changed})
        return
    already = "" if changed.changed else " already"
    well(f"{channel} is paused{already}{when}: {wanted.reason}")


def _until(session: Session, until: datetime | None) -> str:
    from starter.cli import wording

    today = session.services.calendar.day(session.now())
    return f" until {wording.moment(until, session.settings.time_zone, today)}" if until else ""


@click.command()
@click.argument("channel", metavar="CHANNEL")
@_by
@as_json_option
def resume(channel: str, by: str, as_json: bool) -> None:
    """Let a channel go on, whoever or whatever had paused it; what waits for it goes on at once."""
    from backorder.schemas import Decision
    from backorder.services.pause_channel import of_channel
    from starter.cli.session import opened

    with opened() as session:
        by = session.parse(Decision, {"by": by}, besides=lambda left: of_channel(channel)).by
        with audited(("channel", channel), by="by"):
            changed = session.ask(lambda client: client.resume_channel(channel, by=by))
    if as_json:
        say_json({"channel": channel, "state": "open", "changed": changed.changed})
    elif not changed.changed:
        well(f"{channel} is not paused")
    else:
        before = changed.before
        who = f"{before.by} had paused it" if before.by else "it had failed for everybody"
        well(f"{channel} goes on; {who}: {before.reason}")
