"""Tending a purchase order: in one transaction, then waking whoever it concerns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import After, Tended, Wakes


@dataclass(frozen=True, kw_only=True, slots=True)
class Tend:
    """Look at a purchase order. at: the business instant."""

    order: str
    at: datetime


class Purchases(Protocol):
    """The purchase orders."""

    def tend(self, order: str, at: datetime) -> tuple[Tended, After]:
        """Do what is due on an order's open lines, in one transaction; nothing twice."""
        ...

    def put_aside(self, order: str, error: Exception, at: datetime) -> Tended:
        """Note that an order cannot be tended; it is looked at again after a pause that grows.

        Raises the error where the machine is to blame for it.
        """
        ...


class PurchaseOrders:
    """The activity around one purchase order."""

    def __init__(self, purchases: Purchases, wakes: Wakes, threads: Threads, timing: Timing) -> None:
        self._purchases = purchases
        self._wakes = wakes
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def tend(self, ask: Tend) -> Tended:
        """Tend an order, then wake whoever has something to do now."""
        tended, after = await self._threads.run(self._tend, ask)
        if after:
            await self._wakes.wake(after)
        return tended

    def _tend(self, ask: Tend) -> tuple[Tended, After]:
        moment = self._timing.moment(ask.at)
        try:
            tended, after = self._purchases.tend(ask.order, moment.at)
        except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
            tended, after = self._purchases.put_aside(ask.order, error, moment.at), After()
        return replace(tended, clock=moment.clock), after
