"""What can be asked of the arrival model, and what an answer may rest on."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Basis = Literal["history", "stated_history", "stated_spread", "lead_days_spread", "stated", "lead_days"]
"""What a forecast rests on.

history: past lead times. stated_history: how past orders kept their stated day. stated_spread and
lead_days_spread: the stated day or lead time as the middle, past lead times for the spread around it.
stated and lead_days: the supplier's word alone, because nothing is known yet.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An open order to forecast. asked: the day of the forecast. stated: the supplier's latest stated day.

    lead_days: the supplier's usual lead time in days, used where its own history is too short.
    """

    supplier: str
    destination: str
    ordered: date
    asked: date
    stated: date | None = None
    lead_days: int | None = None

    @property
    def waited(self) -> int:
        """Days since the order; none if it is still to be placed."""
        return max(0, (self.asked - self.ordered).days)
