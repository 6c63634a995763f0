"""When an event that a receiver did not take is sent again, and when it is given up. Pure; machine time."""

from __future__ import annotations

from datetime import datetime, timedelta

GIVES_UP_AFTER = timedelta(days=3)
"""From the first attempt on."""
SHOWN_AFTER = timedelta(hours=1)
"""From the first attempt on: then its line shows it."""
READER_STOPPED_AFTER = timedelta(days=1)
"""From an event on for which a message waits: then people hear of the reader who has not read on. Business
time, which that of the event is."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=4)
_GROWS = 3
LONGEST_ASKED = timedelta(hours=1)
"""The longest pause that a receiver may ask for: it must not put off its events for ever."""


def next_attempt(
    attempts: int, first_at: datetime, now: datetime, chance: float, asked: float | None = None
) -> datetime | None:
    """When to try again; None to give up.

    attempts: so many were made, the first at `first_at`, the last now. chance: 0 to 1, by which those that
    failed together come apart. asked: seconds of pause that the receiver asked for. The last attempt comes
    when the time is over.
    """
    end = first_at + GIVES_UP_AFTER
    if now >= end:
        return None
    pause: timedelta = min(FIRST_PAUSE * _GROWS ** min(attempts - 1, 12), LONGEST_PAUSE)
    pause = pause * (0.5 + chance / 2)
    if asked is not None:
        pause = max(pause, min(timedelta(seconds=max(asked, 0.0)), LONGEST_ASKED))
    return min(now + pause, end)
