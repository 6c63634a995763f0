"""What the settings say about waiting, in forms that cost nothing to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from backorder.domain import channels as rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Delays:
    """Machine time. lease: how long a claim lasts. settling: before a look-up. probe: of a paused
    channel. first_rest: of a message that was not processed; it grows. rates: messages a second to the
    provider of a channel, over all shards; none for a channel that is not named.
    """

    lease: timedelta = timedelta(minutes=5)
    settling: timedelta = timedelta(minutes=3)
    probe: timedelta = timedelta(minutes=1)
    first_rest: timedelta = rules.FIRST_REST
    rates: Mapping[str, float] = field(default_factory=dict)
