"""Tending a purchase order: in one transaction, then waking whoever it concerns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import FollowedUp, Notifier, Notify


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """Look at a purchase order. at: the business instant."""

    order: str
    at: datetime


class Purchases(Protocol):
    """The purchase orders."""

    def follow_up(self, order: str, at: datetime) -> tuple[FollowedUp, Notify]:
        """Do what is due on an order's open lines, in one transaction; nothing twice."""
        ...

    def put_aside(self, order: str, error: Exception, at: datetime) -> FollowedUp:
        """Note that an order cannot be tended; it is looked at again after a pause that grows.

        Raises the error where the machine is to blame for it.
        """
        ...


class PurchaseOrders:
    """The activity around one purchase order."""

    def __init__(self, purchases: Purchases, notifier: Notifier, threads: Threads, timing: Timing) -> None:
        self._purchases = purchases
        self._notifier = notifier
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def follow_up(self, ask: FollowUp) -> FollowedUp:
        """FollowUp an order, then wake whoever has something to do now."""
        followed_up, after = await self._threads.run(self._follow_up, ask)
        if after:
            await self._notifier.notify(after)
        return followed_up

    def _follow_up(self, ask: FollowUp) -> tuple[FollowedUp, Notify]:
        moment = self._timing.moment(ask.at)
        try:
            followed_up, after = self._purchases.follow_up(ask.order, moment.at)
        except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
            followed_up, after = self._purchases.put_aside(ask.order, error, moment.at), Notify()
        return replace(followed_up, clock=moment.clock), after
