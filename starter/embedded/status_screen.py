"""What a person sees of a stack that runs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from sqlalchemy import make_url

from backorder.queries.running_stack import line_counts
from backorder.settings import Settings
from backorder.storage.engine import reading
from starter.embedded.clocks import rate_in_words
from starter.embedded.program_name import program_name

if TYPE_CHECKING:
    from starter.embedded.stack import Stack

HOUR = timedelta(hours=1)
AWHILE = timedelta(days=2)
TRY = {
    "demo": "a season in a minute, in a folder of its own",
    "supply --help": "suppliers, products, purchase orders",
    "import FILE": "order lines that wait, from a spreadsheet",
    "list": "where they stand, and what happens next",
    "show ORDER/LINE": "one line with its messages and its timeline",
}


def screen(stack: Stack, keys: Mapping[str, str]) -> RenderableType:
    """Where everything is, how to stop it, and what to try. keys: by role, that this start made."""
    me = program_name()
    body = [_grid(_facts(stack)), *_ran_on(stack), "", "[dim]Try in another terminal[/]"]
    body[1:1] = _keys(keys)
    if stack.settings.data != Settings().data.resolve():
        body.append(f"  [bold]export BACKORDER_DATA={escape(shlex.quote(str(stack.settings.data)))}[/]")
    body.append(
        _grid({f"  [bold]{escape(f'{me} {command}')}[/]": f"[dim]{does}[/]" for command, does in TRY.items()})
    )
    return Panel(
        Group(*body),
        title="[bold green]● Backorder is up[/]",
        title_align="left",
        box=box.ROUNDED,
        border_style="green",
        padding=(1, 2),
        expand=False,
    )


def while_away(stack: Stack) -> Iterator[str]:
    """What a person has to know about a clock that nothing stops."""
    if stack.clock.rate != 1.0:
        days = stack.clock.rate * HOUR / timedelta(days=1)
        yield (
            f"the clock of this folder runs on while the stack is down: {days:,.0f} business days an hour. "
            "What falls due meanwhile happens at the next start."
        )


def _facts(stack: Stack) -> Mapping[str, str]:
    settings = stack.settings
    ways = {settings.email, settings.sms}
    outbox = "kept in the database; nothing leaves this machine"
    return {
        "Data": f"[bold]{escape(_short(settings.data))}[/]",
        "Database": f"{make_url(settings.database).get_backend_name()}, {_lines(stack)}",
        **(
            {
                "HTTP": f"[cyan link={stack.web.url}]{stack.web.url}[/], described at /openapi.json",
                "Console": f"[cyan link={stack.web.url}/console/]{stack.web.url}/console/[/], "
                "for customer service and buyers",
            }
            if stack.web
            else {}
        ),
        "Temporal": f"{stack.temporal}, pages at [cyan link={stack.ui}]{stack.ui}[/]",
        "Business time": f"{stack.now():%a %d %b %Y %H:%M} UTC, {rate_in_words(stack.clock)}",
        "Messages": outbox if ways == {"outbox"} else f"email: {settings.email}, SMS: {settings.sms}",
        "Logs": "worker.log, web.log and temporal.log in the data folder",
        "Stop": f"Ctrl-C, or [bold]kill {os.getpid()}[/]",
    }


def _keys(keys: Mapping[str, str]) -> Iterator[RenderableType]:
    """Nobody can read them afterwards."""
    if not keys:
        return
    yield ""
    yield "Keys for programs [dim](shown this once; more with `backorder key create`)[/]"
    yield _grid({f"  {role}": f"[bold]{key}[/]" for role, key in keys.items()})


def _lines(stack: Stack) -> str:
    with reading(stack.services.engine) as connection:
        still_open, closed = line_counts(connection)
    return f"{still_open:,} lines open, {closed:,} closed" if still_open or closed else "no order lines yet"


def _ran_on(stack: Stack) -> Iterator[RenderableType]:
    if stack.last is None or stack.clock.rate == 1.0:
        return
    gone = stack.now() - stack.last
    if gone > AWHILE:
        yield ""
        yield (
            f"[yellow]![/] The clock ran on while the stack was down: {gone.days:,} business days since the\n"
            "  last entry. What fell due meanwhile happens now; several missed updates are one."
        )


def _short(path: Path) -> str:
    home = str(Path.home())
    return f"~{str(path).removeprefix(home)}" if str(path).startswith(home + os.sep) else str(path)


def _grid(rows: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    return table
