"""Finding what a crash left behind between a commit and the waking that should have followed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.repeated_failures import RepeatedFailures
from activities.threads import Threads
from activities.timing import Timing
from backorder.failures import in_words, kind_of
from backorder.ports import Notifier, Notify

if TYPE_CHECKING:
    from backorder.services.reconcile import Reconciler

log = logging.getLogger(__name__)
AT_A_TIME = 20
"""Calls of a kind between two heartbeats."""
COMPARED = 100
"""Open lines that one sweep compares with Temporal, whether they seem to be in trouble or not: a line that
sleeps for months, or for ever, would not be missed otherwise."""
UNDER_WAY = timedelta(seconds=15)
"""Machine time in which a commit is normally followed by its waking."""
STALLED = timedelta(minutes=5)
"""Machine time after which a line that should have looked at itself is worth a question to Temporal."""
BEAT_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """Look for what was left behind, as seen at two business instants.

    before: what is younger may still be under way. long_before: a line that was to be looked at earlier than
    this may have lost its workflow. after: the open line at which the last sweep stopped comparing.
    """

    before: datetime
    long_before: datetime
    after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """started: lines whose workflow never began, or was ended by somebody while the line went on.

    woken: everybody else who was forgotten; dispatchers, which are asked each time, do not count. after: the
    open line at which comparing stopped, "" at the end.
    """

    started: int
    woken: int
    after: str = ""


class Starts(Protocol):
    """Starting the workflows of lines."""

    async def restart(self, backorder: str, *, late: bool = False) -> bool:
        """Start a line's workflow unless it runs: an open row decides. Returns whether it was started.

        late: the line should have looked at itself by now; a workflow that sleeps is told to.
        """
        ...

    async def review_ended(self, backorder: str) -> bool:
        """Let a line that has ended hear what it has not heard yet. Returns whether it goes on after all."""
        ...


class Sweeps:
    """The activity of the sweep."""

    def __init__(
        self,
        reconciler: Reconciler,
        starts: Starts,
        notifier: Notifier,
        threads: Threads,
        timing: Timing,
    ) -> None:
        self._reconciler = reconciler
        self._starts = starts
        self._notifier = notifier
        self._threads = threads
        self._timing = timing
        self._repeated_failures = RepeatedFailures()

    @activity.defn
    async def sweep(self, params: Sweep) -> Swept:
        """Start and wake whoever was forgotten."""
        params = await self._threads.run(self._by_the_clock, params)
        given_back = await self._threads.run(self._reconciler.expire, params.before)
        await self._wake(given_back)
        left = await self._threads.run(self._reconciler.orphaned, params.before)
        stalled = await self._threads.run(self._reconciler.stalled, params.long_before)
        compared = await self._threads.run(self._reconciler.open_lines, params.after, COMPARED)
        after, late = left.after, frozenset(stalled)
        started = await self._each(self._rouse, after.backorders)
        started += await self._each(partial(self._starts.restart, late=True), stalled)
        others = [each for each in dict.fromkeys((*left.unstarted, *compared)) if each not in late]
        started += await self._each(self._starts.restart, others)
        for portion in _portions(replace(after, backorders=())):
            await self._wake(portion)
            activity.heartbeat()
        await self._each(self._starts.review_ended, left.ended)
        await _beating(self._threads.run(self._reconciler.retune, params.before))
        await self._look_for_shortages(params.before)
        woken = sum(map(len, (after.backorders, after.skus, after.orders, left.ended)))
        if started or woken:
            log.info(
                "swept: %s started, %s woken", started, woken, extra={"started": started, "woken": woken}
            )
        return Swept(started=started, woken=woken, after=compared[-1] if len(compared) == COMPARED else "")

    async def _look_for_shortages(self, at: datetime) -> None:
        """Ask the buyer for what is short; what is wrong with that keeps no line waiting."""
        try:
            await _beating(self._threads.run(self._reconciler.remind_of_shortages, at))
        except Exception as error:  # noqa: BLE001 the next sweep tries again
            times = self._repeated_failures.again(("shortages", kind_of(error)))
            if times is not None:
                words = "the look for products that are short failed: %s [%s times since last said]"
                fields = {"error": kind_of(error), "times": times}
                log.error(words, in_words(error), times, extra=fields)

    def _by_the_clock(self, params: Sweep) -> Sweep:
        """The same by the clock that counts: the schedule's may have been held, or have gone on, since."""
        moments = [self._timing.moment(at) for at in (params.before, params.long_before)]
        clock = moments[0].clock
        if clock is None:
            return params
        now = datetime.now(UTC)
        before, long_before = (
            max(clock.business(now - since), min(at, moment.at))
            for since, at, moment in zip(
                (UNDER_WAY, STALLED), (params.before, params.long_before), moments, strict=True
            )
        )
        return replace(params, before=before, long_before=long_before)

    async def _rouse(self, backorder: str) -> bool:
        """Have a line look at itself, also one whose workflow is gone. Returns whether that was started."""
        gone = await self._notifier.notify(Notify(backorders=(backorder,)))
        return bool(gone) and await self._starts.restart(backorder)

    async def _each(self, do: Callable[[str], Awaitable[bool]], lines: Iterable[str]) -> int:
        """Do it for each line, some at a time. Returns for how many it said yes."""
        count = 0
        for some in _some(lines):
            count += sum(await asyncio.gather(*(self._apart(do, each) for each in some)))
            activity.heartbeat()
        return count

    async def _apart(self, do: Callable[[str], Awaitable[bool]], backorder: str) -> bool:
        """One line whose workflow cannot be started or woken stops no other."""
        try:
            return await do(backorder)
        except Exception as error:  # noqa: BLE001 the next sweep tries again
            self._say(f"backorder/{backorder}", error)
            return False

    async def _wake(self, after: Notify) -> None:
        """Wake some; where one of them cannot be, those after them are woken all the same."""
        try:
            await self._notifier.notify(after)
        except Exception as error:  # noqa: BLE001 the next sweep tries again
            self._say("", error)

    def _say(self, subject: str, error: Exception) -> None:
        """A line the first time, then how often it was."""
        times = self._repeated_failures.again((subject, kind_of(error)))
        if times is not None:
            words = "what a sweep found could not be started or woken: %s: %s [%s times since last said]"
            fields = {"subject": subject or None, "error": kind_of(error), "times": times}
            log.error(words, subject or "several", in_words(error), times, extra=fields)


def _some(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    every = tuple(lines)
    for begin in range(0, len(every), AT_A_TIME):
        yield every[begin : begin + AT_A_TIME]


async def _beating(work: Awaitable[object]) -> None:
    """Wait for something long, and say every few seconds that it goes on."""
    waiting = asyncio.ensure_future(work)
    while not (await asyncio.wait({waiting}, timeout=BEAT_S))[0]:
        activity.heartbeat()
    await waiting


def _portions(after: Notify) -> Iterator[Notify]:
    """The same lines, SKUs, orders and shards, some at a time."""
    longest = max(*map(len, (after.shards, after.backorders, after.skus, after.orders)), after.events)
    for begin in range(0, longest, AT_A_TIME):
        some = slice(begin, begin + AT_A_TIME)
        yield Notify(
            shards=after.shards[some],
            backorders=after.backorders[some],
            skus=after.skus[some],
            orders=after.orders[some],
            events=after.events and begin == 0,
        )
