"""Tending a purchase order: in one transaction, then waking whoever it concerns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import FollowedUp, Notifier, Notify

if TYPE_CHECKING:
    from backorder.services.follow_up_purchase_order import PurchaseOrderFollowUp


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """Look at a purchase order. at: the business instant."""

    order: str
    at: datetime


class PurchaseOrders:
    """The activity around one purchase order."""

    def __init__(
        self, service: PurchaseOrderFollowUp, notifier: Notifier, threads: Threads, timing: Timing
    ) -> None:
        self._service = service
        self._notifier = notifier
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def follow_up_purchase_order(self, params: FollowUp) -> FollowedUp:
        """FollowUp an order, then wake whoever has something to do now."""
        followed_up, after = await self._threads.run(self._follow_up, params)
        if after:
            await self._notifier.notify(after)
        return followed_up

    def _follow_up(self, params: FollowUp) -> tuple[FollowedUp, Notify]:
        moment = self._timing.moment(params.at)
        try:
            followed_up, after = self._service.follow_up(params.order, moment.at)
        except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
            followed_up, after = self._service.put_aside(params.order, error, moment.at), Notify()
        return replace(followed_up, clock=moment.clock), after
