"""A case that the engine cannot look at, as people read it: what can be read of it, and why no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape

from starter.cli import wording
from starter.cli.panels import case_panel

if TYPE_CHECKING:
    from backorder.queries.views import ShortCase


def short_case(case: ShortCase, *, today: date, zone: str) -> RenderableType:
    """The case in a panel. zone: of the shop, IANA. today: the shop's day."""
    return case_panel(case, _facts(case, today, zone), "red")


def _facts(case: ShortCase, today: date, zone: str) -> Iterator[tuple[str, str]]:
    if case.needs:
        yield "[bold red]needs you[/]", "[bold]the engine cannot look at this line[/]"
    for fault in case.faults:
        yield "why", escape(f"{fault.what}: {fault.words}")
        if fault.again:
            again = wording.moment(fault.again, zone, today)
            times = "once" if fault.times == 1 else f"{fault.times} times in a row"
            yield "", f"[dim]it failed {times}; looked at again {again}, and it goes on once that succeeds[/]"
    if case.promised_by:
        yield "promise", f"ships by {wording.day(case.promised_by, today)}"
    yield "customer", escape(case.customer)
    if case.ordered_at:
        closed = f", closed {wording.moment(case.closed_at, zone, today)}" if case.closed_at else ""
        yield "ordered", f"{wording.moment(case.ordered_at, zone, today)}{closed}"
    for message in case.messages[-3:]:
        at = wording.moment(message.at, zone, today)
        yield "message", f"{wording.kind(message.kind)} [dim]{message.state} {at}[/]"
    for entry in case.timeline[-3:]:
        at = wording.moment(entry.at, zone, today)
        yield "before", f"{escape(entry.what.replace('_', ' '))} [dim]{at}[/]"
