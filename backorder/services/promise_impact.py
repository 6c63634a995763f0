"""How a line's forecast compares with what its customer was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from backorder.domain.policy.policy import Policy
from backorder.domain.supply.pegging import Pegged
from backorder.storage.arrivals import arrivals_in_words
from backorder.storage.isolation import line, note, sound
from backorder.storage.policies import PolicyRepository
from backorder.storage.tables import backorders

if TYPE_CHECKING:
    from backorder.storage.rows import BackorderRow, DemandRow


NO_DATE, LATER, EARLIER = "no date", "a slip worth telling", "good news"


@dataclass(frozen=True, slots=True)
class ImpactedLine:
    """What a line's standing depends on, besides its supply."""

    promised: date | None
    first: date | None
    policy: Policy


class PromiseImpact:
    """Tells a drift of the forecast that a line has to look at from one that changes nothing for it.

    A line looks again when it comes to stand elsewhere: no date, a slip, a slip worth telling, as promised,
    good news, a delay that a stage of its policy waits for. In between its own timer is set for the day on
    which that matters.
    """

    def __init__(self, connection: Connection, policies: PolicyRepository, sku: str) -> None:
        query = select(
            backorders.c.id,
            backorders.c.promised_by,
            backorders.c.first_by,
            backorders.c.policy,
            backorders.c.policy_version,
        ).where(backorders.c.sku == sku, backorders.c.phase == "open")

        def told(row: BackorderRow) -> tuple[str, ImpactedLine]:
            policy = policies.get(connection, row.policy, row.policy_version)
            return row.id, ImpactedLine(row.promised_by, row.first_by, policy)

        lines, failures = sound(connection.execute(query), told, lambda row: line(row.id))
        note(connection, failures)
        self._lines = dict(lines)

    def differs(self, row: DemandRow, pegged: Pegged) -> bool:
        """Whether the line stands elsewhere than before."""
        known = self._lines.get(pegged.id)
        if known is None:
            return True
        try:
            days = [by for _, _, by, _ in arrivals_in_words(row.arrivals)]
        except (ValueError, TypeError):  # what it was pegged to cannot be read: it is new in any case
            return True
        before = None if row.why or not days or None in days else max(day for day in days if day)
        return impact_of(known, before) != impact_of(known, pegged.by)


def impact_of(line: ImpactedLine, arrival: date | None) -> tuple[str, int]:
    """How a line's forecast compares with what was told, and how many delays of its policy it reaches."""
    if arrival is None:
        return NO_DATE, 0
    leaves = line.policy.calendar.add_working_days(arrival, line.policy.promise.handling)
    delay = (leaves - line.first).days if line.first else 0
    stages = sum(stage.measure == "delay" and stage.days <= delay for stage in line.policy.stages)
    return compared(line, leaves), stages


def compared(line: ImpactedLine, by: date) -> str:
    """How a day on which the goods would leave compares with the one that was told."""
    if line.promised is None:
        return "a date"
    slip, rules = (by - line.promised).days, line.policy.promise
    if slip > 0:
        return LATER if slip >= rules.min_slip else "a slip"
    return EARLIER if -slip >= rules.good_news else "as promised"
