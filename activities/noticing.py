"""What fails again and again is noted where `status` and `doctor` find it, until it works again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.threads import Threads
from backorder.failures import in_words, is_the_databases, kind_of
from backorder.logs import NOTICED

log = logging.getLogger(__name__)
FORGOTTEN_S = 900.0
"""Machine seconds after which an activity that failed here and did not come back is somebody else's, or over:
longer than any activity with its pause takes."""


class Noticing(Interceptor):
    """Notes activities from their third try on, by their names; forgets one once none of its kind fails.

    fails, works: write down that an activity of that name failed again, and why, or that it works again.
    noted: names that an earlier worker has noted. now: monotonic seconds.
    """

    def __init__(
        self,
        fails: Callable[[str, Exception], None],
        works: Callable[[str], None],
        threads: Threads,
        noted: Iterable[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fails = fails
        self._works = works
        self._threads = threads
        self._now = now
        # By name the activities that fail, each with the instant of its last try.
        self._failing: dict[str, dict[tuple[str | None, str], float]] = {name: {} for name in noted}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """See `temporalio.worker.Interceptor`."""
        return _Inbound(next, self)

    async def failed(self, info: activity.Info, error: Exception) -> None:
        """An activity failed. What the database is to blame for cannot be noted there: the log says it."""
        if info.is_local or info.attempt < NOTICED or is_the_databases(error):
            return
        name = info.activity_type
        self._failing.setdefault(name, {})[_which(info)] = self._now()
        await self._write(self._fails, name, error)

    async def works(self, info: activity.Info) -> None:
        """An activity came to its end."""
        name = info.activity_type
        failing = self._failing.get(name)
        if failing is None and (info.is_local or info.attempt < NOTICED):
            return
        if failing is not None:
            failing.pop(_which(info), None)
            if any(self._now() - at < FORGOTTEN_S for at in failing.values()):
                return
        if await self._write(self._works, name):
            self._failing.pop(name, None)

    async def _write(self, note: Callable[..., None], *about: object) -> bool:
        """Write it down. Returns whether that went well: what was at work has its own end."""
        try:
            await self._threads.run(note, *about)
        except Exception as error:  # noqa: BLE001 what was at work has its own end
            words = "what became of activity %s cannot be noted: %s"
            log.warning(words, about[0], in_words(error), extra={"error": kind_of(error)})
            return False
        return True


def _which(info: activity.Info) -> tuple[str | None, str]:
    return info.workflow_id, info.activity_id


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, noticing: Noticing) -> None:
        super().__init__(next)
        self._noticing = noticing

    async def execute_activity(self, input: ExecuteActivityInput) -> object:
        try:
            result = await super().execute_activity(input)
        except Exception as error:
            await self._noticing.failed(activity.info(), error)
            raise
        await self._noticing.works(activity.info())
        return result
