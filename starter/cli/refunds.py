"""The money that goes back for a line, part by part, as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.markup import escape

from starter.cli import wording

if TYPE_CHECKING:
    from backorder.queries.views import RefundView, SentBack


def refund(
    owed: RefundView, day: Callable[[date | None], str], moment: Callable[[datetime], str]
) -> Iterator[str]:
    """What is owed for one cancellation or swap and how it stands, then each part that was sent of it."""
    total = wording.money(owed.amount, owed.currency)
    left = wording.money(abs(owed.remaining), owed.currency)
    what = f"{total}{_for(owed)}"
    match owed.state:
        case "due":
            yield f"{what}: [yellow]{left if owed.sent else 'all of it'} due[/] by {day(owed.due_by)}"
        case "overdue":
            still = left if owed.sent else "all of it"
            yield f"{what}: [red]{still} overdue[/], it was due by {day(owed.due_by)}"
        case "excess":
            yield f"{what}: [red]{left} too much[/] was sent"
        case "refused":
            yield f"{what}: [dim]refused, for force majeure[/]"
        case _ if len(owed.sent) == 1:
            yield f"{what}: [green]sent[/]{_sent(owed.sent[0], moment)}"
            return
        case _:
            yield f"{what}: [green]sent[/]"
    for each in owed.sent:
        yield f"  {wording.money(each.amount, owed.currency)} sent{_sent(each, moment)}"


def _for(owed: RefundView) -> str:
    if not owed.units:
        return ""
    if owed.sent_back == owed.units:
        return f" for {wording.units(owed.units)} sent back"
    ended = wording.cancelled_by(owed.by) if owed.by else "swapped"
    back = f", {owed.sent_back} of them sent back" if owed.sent_back else ""
    return f" for {wording.units(owed.units)} {ended}{back}"


def _sent(part: SentBack, moment: Callable[[datetime], str]) -> str:
    when = f" {moment(part.sent_at)}" if part.sent_at else ""
    how = f" by {escape(part.means)}" if part.means else ""
    return f"{when}{how} [dim]{escape(part.refund)}[/]"
