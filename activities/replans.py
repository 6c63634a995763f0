"""Pegging a SKU anew, reviewing the lines whose supply changed, and telling their workflows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.telling import A_SECOND, Telling
from activities.threads import Threads
from activities.timing import Timing
from activities.under_way import MassReview
from backorder.ports import Notifier, Notify, Replanned

if TYPE_CHECKING:
    from backorder.services.review_lines import ReviewedBatch

log = logging.getLogger(__name__)
REVIEWING_S = 10.0
"""How long one activity reviews, so that a request that waits for a slot gets one soon."""
TELLING_S = 120.0
"""How long one activity tells, so that it ends well within its time-out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replan:
    """Peg a SKU anew. at: the business instant."""

    sku: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewLines:
    """Review the lines of a SKU that have not seen their supply, those after an ID. at: business instant."""

    sku: str
    at: datetime
    after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinesReviewed:
    """reviewed: how many lines were. left: how many were left to their workflows.

    after: the last one's ID, "" when there are no more.
    """

    reviewed: int
    left: int
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TellLines:
    """Tell the workflows of a SKU's lines what the reviews came to. at: the business instant."""

    sku: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LinesTold:
    """told: how many were. over: nobody is left to be told."""

    told: int
    over: bool


class Planner(Protocol):
    """Pegging, in one transaction."""

    def replan(self, sku: str, at: datetime) -> Replanned:
        """Peg a SKU anew."""
        ...

    def put_aside(self, sku: str, error: Exception) -> None:
        """Note that a SKU cannot be pegged. Raises the error where the machine is to blame for it."""
        ...

    def review(self, sku: str, at: datetime, *, after: str) -> ReviewedBatch:
        """Review the next few lines; see `LinesReview`."""
        ...

    def notified(self, sku: str, lines: Sequence[tuple[str, int]]) -> None:
        """These lines were notified of these versions of their supply."""
        ...


class Replans:
    """The activities of the replanning."""

    def __init__(
        self,
        planner: Planner,
        telling: Telling,
        notifier: Notifier,
        threads: Threads,
        timing: Timing,
        *,
        mass_review: MassReview | None = None,
    ) -> None:
        self._planner = planner
        self._telling = telling
        self._notifier = notifier
        self._threads = threads
        self._timing = timing
        self._mass_review = mass_review or MassReview()

    @activity.defn
    async def replan_sku(self, params: Replan) -> Replanned:
        """Peg a SKU's queue to its supply. One that cannot be pegged waits for the sweep."""
        done = await self._threads.run(self._replan, params)
        log.info(
            "replanned %s: %d of %d lines moved",
            params.sku,
            done.changed,
            done.lines,
            extra={"sku": params.sku, "lines": done.lines, "changed": done.changed},
        )
        return done

    def _replan(self, params: Replan) -> Replanned:
        try:
            return self._planner.replan(params.sku, self._timing.moment(params.at).at)
        except Exception as error:  # noqa: BLE001 whatever it is, it must not be tried again at full speed
            self._planner.put_aside(params.sku, error)
            return Replanned(lines=0, changed=0, unnotified=False, untold=True)

    @activity.defn
    async def review_lines(self, params: ReviewLines) -> LinesReviewed:
        """Review lines in the database, batch by batch, and wake whom that concerns.

        Each heartbeat names the line up to which that is done; a repeated call goes on from there.
        """
        with self._mass_review.going_on():
            return await self._review_lines(params)

    async def _review_lines(self, params: ReviewLines) -> LinesReviewed:
        info, begun, now = activity.info(), time.monotonic(), _now(params.at)
        after = str(info.heartbeat_details[0]) if info.heartbeat_details else params.after
        reviewed, left, last = 0, 0, None
        while True:
            batch = await self._next(params.sku, now(), after, last)
            reviewed, left = reviewed + batch.reviewed, left + len(batch.left)
            if after:
                activity.heartbeat(after)  # the batch up to there has woken whom it had to
            last, after = batch, batch.after
            if not after or time.monotonic() > begun + REVIEWING_S:
                break
        await self._wake(params.sku, last)
        words = "reviewed %d lines of %s, %d left to their workflows"
        fields = {"sku": params.sku, "lines": reviewed, "left": left}
        log.info(words, reviewed, params.sku, left, extra=fields)
        return LinesReviewed(reviewed=reviewed, left=left, after=after)

    async def _next(self, sku: str, at: datetime, after: str, last: ReviewedBatch | None) -> ReviewedBatch:
        """The next batch, while those whom the last one concerns are woken."""
        reviewing = self._threads.run(self._review, sku, at, after)
        batch, _ = await asyncio.gather(reviewing, self._wake(sku, last))
        return batch

    def _review(self, sku: str, at: datetime, after: str) -> ReviewedBatch:
        return self._planner.review(sku, self._timing.moment(at).at, after=after)

    async def _wake(self, sku: str, batch: ReviewedBatch | None) -> None:
        """Wake whom a batch concerns, its own lines among them where they were left to their workflows."""
        if batch is None:
            return
        left = dict(batch.left)
        after = batch.notify.and_also(Notify(backorders=tuple(left)))
        if not after:
            return
        gone = await self._notifier.notify(after)
        notified = [(id, version) for id, version in left.items() if id not in gone]
        if notified:  # where nobody was there to be notified, the sweep finds out why
            await self._threads.run(self._planner.notified, sku, notified)

    @activity.defn
    async def tell_lines(self, params: TellLines) -> LinesTold:
        """Tell the workflows of a SKU's lines how they stand now, a second's worth at a time."""
        begun, told, now = time.monotonic(), 0, _now(params.at)
        while time.monotonic() < begun + TELLING_S and not activity.is_worker_shutdown():
            at = (await self._threads.run(self._timing.moment, now())).at
            untold = await self._threads.run(self._telling.lines.untold, params.sku, at, limit=A_SECOND)
            if not untold:
                return LinesTold(told=told, over=True)
            told += await self._telling.tell(untold, at)
            activity.heartbeat(told)
        return LinesTold(told=told, over=False)


def _now(asked: datetime) -> Callable[[], datetime]:
    """The business instant at each moment of an activity that was asked for at one, however late it runs."""
    info, begun = activity.info(), time.monotonic()
    late = info.started_time - info.scheduled_time
    return lambda: asked + late + timedelta(seconds=time.monotonic() - begun)
