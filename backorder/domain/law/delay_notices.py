"""What a notice of delay asks, until when an answer counts, and what silence means: 16 CFR 435.2(b)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Silence = Literal["agreed", "cancelled", "nothing"]
"""What no answer means: the new date is agreed to, the line is cancelled, or nothing changes."""
FIRST_EXTENSION = timedelta(days=30)
"""How long after the legal date silence may agree to a new date, or an answer to another one may come."""
ASKED_BEFORE = timedelta(days=3)
"""How long before the legal date a line that has not shipped is asked about, whatever its forecast says."""
FURTHER = timedelta(days=7)
"""How long after the legal date the day lies that is asked for at least, if the forecast is no later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a notice asks. by: the day that consent would cover, None where none can be named.

    answer_by: the last day on which an answer counts. silence: what no answer means. kept: units of which an
    answer said by now that they are waited for, so that the others are asked about.
    """

    by: date | None
    answer_by: date
    silence: Silence
    kept: int = 0

    @property
    def ends_on(self) -> date | None:
        """The day on which the line is cancelled without an answer; None where silence does not cancel."""
        return self.answer_by + timedelta(days=1) if self.silence == "cancelled" else None

    def before(self, own: date | None) -> Asked:
        """What is asked of who named a last day of their own (None: of who did not).

        Where it comes first, the line ends after it without a word. Where silence changes nothing, the
        question stays as it is, and that day beside it.
        """
        if own is None or self.silence == "nothing" or own >= self.answer_by:
            return self
        return replace(self, answer_by=own, silence="cancelled")


def asked(first: date, legal_date: date, by: date | None, *, renewed: bool) -> Asked:
    """What a notice asks.

    first: T, the first legal date of the order. legal_date: the date last agreed, else T. by: the new day,
    None for none. renewed: a date was agreed before, by silence or expressly.
    """
    if renewed:
        return Asked(by=by, answer_by=legal_date, silence="cancelled")
    limit = first + FIRST_EXTENSION
    if by is not None and by <= limit:
        return Asked(by=by, answer_by=by, silence="agreed")
    return Asked(by=by, answer_by=limit, silence="cancelled")


def day_to_ask_for(legal_date: date, by: date) -> date:
    """The day that is asked for shortly before the legal date: a later forecast, else a week more."""
    return max(by, legal_date + FURTHER)
