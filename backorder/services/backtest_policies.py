"""The shop's own lines played under policies, side by side: as many as somebody who waits has time for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic

from sqlalchemy import Connection

from backorder.domain.backtest.history import LineHistory
from backorder.domain.backtest.play import play
from backorder.domain.backtest.tally import Tally
from backorder.domain.calendar import Calendar
from backorder.domain.policy.policy import Policy
from backorder.domain.worth import AssumedCoupons
from backorder.errors import RefusedError
from backorder.queries.line_histories import count_lines, line_histories

DAYS = 90
"""Lines of so many days are played where nobody says since when."""
MOST_LIVES = 2000
"""Lines times policies that are played for somebody who waits, at most."""
LONGEST_S = 20.0
"""How long that may take."""
RECORDED = (
    "orders, what was paid, and the law that was pinned to each line",
    "supply: the forecast as it stood at the confirmation and at each pegging that moved the line, with what "
    "suppliers had stated by then; units set aside and taken back",
    "shipments, cancellations, answers, holds, payments and refunds, each at the instant at which it counted",
)
APPROXIMATED = (
    "every message arrives at once; quiet hours, gathering, weekly caps and channels in trouble are left out",
    "the queue stays as it was: units that a line would have given back earlier go to nobody else",
    "a day that moved while nobody stated one, from the same supply, counts as moved by time alone",
    "alternatives are offered only where they were on record, from the day of that offer on",
    "a forecast that time alone moved is known from when it came to concern the line, or the line looked",
)
"""What the play rests on, said beside every result."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What came of it: a tally for each policy. since: the day from which on lines were opened."""

    since: date
    tallies: Sequence[Tally]


def first_day(since: date | None, calendar: Calendar, now: datetime) -> date:
    """The day from which on lines are played."""
    return since or calendar.day(now) - timedelta(days=DAYS)


def begins(since: date | None, calendar: Calendar, now: datetime) -> datetime:
    """The instant from which on lines are played."""
    return calendar.instant(first_day(since, calendar, now), time())


def played(
    policies: Sequence[Policy], lines: Iterable[LineHistory], step: Callable[[], object] = lambda: None
) -> list[Tally]:
    """What would have come of lines under each policy. step: called behind each line."""
    tallies = [Tally() for _ in policies]
    for each in lines:
        for policy, tally in zip(policies, tallies, strict=True):
            tally.add(each, play(policy, each))
        step()
    return tallies


def cost(tally: Tally, assumed: AssumedCoupons) -> dict[str, Decimal]:
    """What a policy's coupons would have cost, by currency."""
    return {
        currency: assumed.cost_of(value).quantize(_CENT)
        for currency, value in sorted(tally.coupon_value.items())
    }


def backtest(
    connection: Connection,
    calendar: Calendar,
    policies: Sequence[Policy],
    since: date | None,
    now: datetime,
) -> Played:
    """Play lines while somebody waits. Raises RefusedError where they are more than there is time for."""
    start = begins(since, calendar, now)
    count = count_lines(connection, start)
    if count * len(policies) > MOST_LIVES:
        most = MOST_LIVES // len(policies)
        raise RefusedError(
            [f"since: {count} lines were opened since then, and {most} are the most; {_LATER}"]
        )
    until, left = monotonic() + LONGEST_S, iter(range(1, count + 1))

    def step() -> None:
        done = next(left, count)
        if monotonic() > until and done < count:
            words = f"{done} of {count} lines were played in {LONGEST_S:g} s"
            raise RefusedError([f"since: {words}; {_LATER}"])

    lines = line_histories(connection, calendar, since=start, now=now)
    return Played(since=first_day(since, calendar, now), tallies=played(policies, lines, step))


_LATER = "say a later day, or fewer policies, or have the command `backorder policy backtest` play all"
