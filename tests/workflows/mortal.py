"""A worker that is killed by the operating system right after the commit of its first review.

Run by a test as `python -m tests.workflows.mortal`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

from temporalio.worker import Worker

from activities.reviews import Reviews
from activities.threads import Threads
from activities.timing import Timing
from backorder.ports import After
from backorder.settings import read_settings
from backorder.storage.store import open_store
from starter.temporal import connect
from workflows.backorder import BackorderWorkflow


class Death:
    """Waking is what comes right after the commit."""

    async def wake(self, after: After) -> tuple[str, ...]:
        """Die instead."""
        os.kill(os.getpid(), signal.SIGKILL)
        return ()


async def main() -> None:
    """Take one review, commit it, die."""
    settings = read_settings()
    store = open_store(settings)
    client = await connect()
    with ThreadPoolExecutor(2) as executor:
        reviews = Reviews(store.cases, Death(), Threads(executor), Timing(store.clock))
        worker = Worker(
            client,
            task_queue=settings.task_queue,
            workflows=[BackorderWorkflow],
            activities=[reviews.review],
            build_id="mortal",
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
