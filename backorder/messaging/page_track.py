"""The drawn line of a customer's page, from the order to the door, as places along its width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_START, _END = 4.0, 96.0
_NARROWEST, _BEFORE_DOOR = 6.0, 7.0
_SEEN = 9.0
"""So far before the door a ring stays whole on a phone: the house is drawn over what stands there."""
_TODAY_WITHOUT_DATE = 42.0
"""Where today stands on a line whose end nobody knows."""


@dataclass(frozen=True, slots=True)
class Track:
    """Places in percent of the width. gone: how far it has come by today. left, width: the window in which it
    leaves, width 0 without a date. door: where the way ends. from_start: the start is on the left.
    """

    gone: float
    left: float
    width: float
    door: float
    dated: bool
    from_start: bool

    def at(self, place: float) -> str:
        """A place as the drawing has it, from whichever side the reader starts."""
        return f"{place if self.from_start else 100 - place:.2f}%"

    @property
    def window_at(self) -> str:
        """Where the window begins, seen from the left."""
        return f"{self.left if self.from_start else 100 - self.left - self.width:.2f}%"

    @property
    def window_width(self) -> str:
        """How wide the window is."""
        return f"{self.width:.2f}%"


def track(
    ordered: date,
    today: date,
    *,
    likely: date | None,
    by: date | None,
    door: date | None,
    from_start: bool = True,
) -> Track:
    """Where everything stands on the line. likely, by: the window; door: the last day of arrival.

    Without a date today stands well before the end, and nothing is drawn behind it.
    """
    if by is None:
        gone = _START if today <= ordered else _TODAY_WITHOUT_DATE
        return Track(gone, 0, 0, _END, dated=False, from_start=from_start)
    last = max(door or by, by, today)
    days = max(1, (last - ordered).days)

    def place(day: date) -> float:
        share = min(1.0, max(0.0, (day - ordered).days / days))
        return _START + (_END - _START) * share

    left = place(likely or by)
    width = max(_NARROWEST, place(by) - left)
    left = max(_START, min(left, _END - _BEFORE_DOOR - width))
    return Track(min(place(today), _END - _SEEN), left, width, _END, dated=True, from_start=from_start)
