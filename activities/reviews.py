"""Reviewing a line, then notifying whoever it concerns."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio import activity

from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import Notifier, Notify, Review, Reviewed

if TYPE_CHECKING:
    from backorder.services.review_line import LineReview

log = logging.getLogger(__name__)


class Reviews:
    """The activity around the review of a line."""

    def __init__(self, service: LineReview, notifier: Notifier, threads: Threads, timing: Timing) -> None:
        self._service = service
        self._notifier = notifier
        self._threads = threads
        self._timing = timing

    @activity.defn
    async def review_line(self, params: Review) -> Reviewed:
        """Review a line, then wake whoever has something to do now."""
        reviewed, after = await self._threads.run(self._review, params)
        log.info(
            "reviewed %s: %s",
            params.backorder,
            reviewed.status,
            extra={
                "backorder": params.backorder,
                "seq": reviewed.seq,
                "wake": reviewed.wake,
                "next": reviewed.next,
            }
            | {
                "requests": [
                    f"{id}: {each.verdict}"
                    for id, each in zip(params.requests, reviewed.outcomes, strict=True)
                ]
                or None
            },
        )
        if after:
            await self._notifier.notify(after)
        return reviewed

    def _review(self, params: Review) -> tuple[Reviewed, Notify]:
        moment = self._timing.moment(params.at)
        reviewed, after = self._service.review(replace(params, at=moment.at))
        return replace(reviewed, clock=moment.clock), after
