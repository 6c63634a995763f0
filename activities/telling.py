"""Telling workflows what a review in the database came to, at a pace that leaves room for everybody else."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING

from activities.threads import Threads
from backorder.ports import LineTeller

if TYPE_CHECKING:
    from backorder.services.tell_lines import LineTelling, Untold

A_SECOND = 50
"""Lines that are told in a second. Each of them is a workflow task, behind which requests would queue."""


class Telling:
    """Tells lines and notes who was told."""

    def __init__(self, lines: LineTelling, teller: LineTeller, threads: Threads) -> None:
        self.lines = lines
        self._teller = teller
        self._threads = threads

    async def tell(self, untold: Untold, at: datetime) -> int:
        """Tell them, in no less time than the pace allows. at: the business instant.

        Returns how many were told. Raises what the Temporal client raises; then none of them counts as told.
        """
        begun = time.monotonic()
        calls = (self._teller.tell(id, reviewed) for id, reviewed in untold.lines)
        reached = dict(zip(untold.lines, await asyncio.gather(*calls), strict=True))
        told = [each for each, is_there in reached.items() if is_there]
        gone = [id for (id, _), is_there in reached.items() if not is_there]
        await self._threads.run(self.lines.told, told, [*untold.lost, *gone], at)
        await asyncio.sleep(max(0.0, len(untold.lines) / A_SECOND - (time.monotonic() - begun)))
        return len(told)
