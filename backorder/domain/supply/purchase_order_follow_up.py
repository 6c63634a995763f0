"""Looking after a purchase-order line: asking the supplier, expediting, escalating. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backorder.domain.calendar import ONE_DAY


class FollowUpStep(StrEnum):
    """What falls due on a purchase-order line."""

    ASK = "ask"  # ask the supplier to confirm the date
    # The date passed, only a part came, or there is no date: where are the goods? Stored as it was called.
    EXPEDITE = "chase"
    ESCALATE = "escalate"  # the supplier does not answer: hand the line to the buyer


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUpRules:
    """The shop's rules for its suppliers, in days.

    confirm_before: how long before the date the supplier is asked; also how long a supplier who cannot say
    is left in peace. expedite_every: between two times. expedite_times: at most, after one stated date.
    """

    confirm_before: int = 7
    expedite_every: int = 3
    expedite_times: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenLine:
    """A purchase-order line with units outstanding.

    due: the day that counts: the earliest one stated for outstanding units, else the order plus the stated
    lead time; None where the supplier cannot say. stated_on: when the supplier last said something.
    part_on: when a part last came that leaves units without a stated date of their own. asked_on,
    expedited_on, times_expedited, escalated_on: what was done about the supplier's last stated date; a new
    one or a part that comes starts anew. still_to_go: what last expedited it is on its way out, so that its
    supplier had nothing to answer yet.
    """

    due: date | None
    stated_on: date | None = None
    part_on: date | None = None
    asked_on: date | None = None
    expedited_on: date | None = None
    times_expedited: int = 0
    escalated_on: date | None = None
    still_to_go: bool = False


def asked_step(step: FollowUpStep, about: str, times: int) -> str:
    """The key of what is said once to a supplier about a line.

    about: stands for the last word on it; times: how often it was expedited.
    """
    return f"{step.value}/{about}/{times}"


def all_asked(about: str, times: int) -> list[str]:
    """The keys of all that was to be said to a supplier since the last word on a line; see `asked_step`."""
    return [last_asked(about, number) for number in range(times + 1)]


def last_asked(about: str, times: int) -> str:
    """The key of what was last to be said to a supplier since the last word on a line; see `asked_step`."""
    return asked_step(FollowUpStep.EXPEDITE if times else FollowUpStep.ASK, about, times)


def due_follow_up(rules: FollowUpRules, line: OpenLine, today: date) -> tuple[date, FollowUpStep] | None:
    """What falls due next on the line, and on which day; None where only something new can help.

    The supplier is asked once per stated date, `confirm_before` days ahead, unless the date itself is
    younger than that. The line is expedited when the day has passed, at once when only a part came, and after
    a while where the supplier could not say; a bounded number of times, then the buyer gets it. What has
    not gone yet is waited for, and the next time counts from the day on which it went.
    """
    if line.escalated_on is not None or (line.times_expedited and line.still_to_go):
        return None
    if line.times_expedited and line.expedited_on is not None:
        return line.expedited_on + timedelta(days=rules.expedite_every), _expedite_or_escalate(rules, line)
    first = _first_expedited(rules, line)
    asking = _asking(rules, line)
    # What is overdue already is not asked to be confirmed.
    if asking is not None and (first is None or (asking < first and today < first)):
        return asking, FollowUpStep.ASK
    return (first, _expedite_or_escalate(rules, line)) if first is not None else None


def _expedite_or_escalate(rules: FollowUpRules, line: OpenLine) -> FollowUpStep:
    return FollowUpStep.EXPEDITE if line.times_expedited < rules.expedite_times else FollowUpStep.ESCALATE


def _first_expedited(rules: FollowUpRules, line: OpenLine) -> date | None:
    part = line.part_on
    if part is not None and (line.stated_on is None or line.stated_on < part):
        return part
    if line.due is not None:
        return line.due + ONE_DAY
    return line.stated_on + timedelta(days=rules.confirm_before) if line.stated_on else None


def _asking(rules: FollowUpRules, line: OpenLine) -> date | None:
    if line.due is None or line.asked_on is not None:
        return None
    day = line.due - timedelta(days=rules.confirm_before)
    if line.stated_on is not None and line.stated_on >= day:
        return None
    return day
