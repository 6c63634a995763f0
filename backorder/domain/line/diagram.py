"""The lifecycle for people, drawn from the table that decides."""

from __future__ import annotations

from backorder.domain.line.commands import Verdict
from backorder.domain.line.events import Event
from backorder.domain.line.state import ENDED, Status
from backorder.domain.line.table import TABLE

_INTRODUCTION = """\
# The life of a backorder

A backorder is one order line that waits. It is `waiting` until every open unit is set aside for it, then
`allocated`. Once no unit is open the outcome is decided: the line is `closing` while a refund is still owed,
and then it has ended for good. Any unit shipped makes it `fulfilled`; else any unit substituted makes it
`substituted`; else it is `cancelled`.

Facts count after the end too. Each has its own instant, and what they come to does not depend on when they
were told. Goods that left before a cancellation came in withdraw it, and money that was taken after it is
owed: such a line is `closing` again until the money was sent.

Units always add up: ordered = waiting + allocated + shipped + cancelled + substituted.

Every accepted event is followed by a look at everything that is due, so that a waiting line may end on any of
them. Arrows show where an event may lead; events that leave the status as it is are in the table below.
"""

_VERDICTS = """\
## What each event does in each status

- **accepted**: it is heard, and may still be refused for what it says (a unit that is not open, a hold that
  is too long). After the end, what has no effect is recorded: shown on the case, and nothing else changes.
  The statuses that it may lead to follow.
- **ignored**: it changes nothing, and need not.
- **rejected**: it is refused, with a reason; nothing changes.
"""


def mermaid() -> str:
    """The statuses and the events that lead from one to another, as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.WAITING}", f"    [*] --> {Status.ALLOCATED}"]
    for status in Status:
        for target in Status:
            events = [
                in_words(event)
                for event, row in TABLE[status].items()
                if target in row.leads_to and target is not status
            ]
            if events:
                lines.append(f"    {status} --> {target}: {', '.join(events)}")
    lines += [f"    {status} --> [*]" for status in Status if status in ENDED]
    return "\n".join(lines)


def verdicts() -> str:
    """What each event does in each status, as a Markdown table."""
    lines = [
        "| event | " + " | ".join(Status) + " |",
        "|---" * (len(Status) + 1) + "|",
    ]
    for event in TABLE[Status.WAITING]:
        cells = (_cell(status, event) for status in Status)
        lines.append(f"| {in_words(event)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(status: Status, event: type[Event]) -> str:
    row = TABLE[status][event]
    if row.verdict is not Verdict.ACCEPTED:
        return row.verdict.value
    return "accepted: " + ", ".join(row.leads_to)


def in_words(event: type[Event]) -> str:
    """The name of an event as people read it: "supply changed"."""
    name = event.__name__
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).lstrip()


def lifecycle() -> str:
    """The whole page docs/lifecycle.md."""
    return f"{_INTRODUCTION}\n```mermaid\n{mermaid()}\n```\n\n{_VERDICTS}\n{verdicts()}\n"
