"""What the settings say about waiting, in forms that cost nothing to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backorder.domain import channels as rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Delays:
    """Machine time. lease: how long a claim lasts. settling: before a look-up. probe: of a paused
    channel. first_rest: of a message that was not processed; it grows.
    """

    lease: timedelta = timedelta(minutes=5)
    settling: timedelta = timedelta(minutes=3)
    probe: timedelta = timedelta(minutes=1)
    first_rest: timedelta = rules.FIRST_REST
