"""A worker that is killed by the operating system right after the commit of its first review.

Run by a test as `python -m tests.support.mortal`.
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
from backorder.ports import Notify
from backorder.services.review_line import LineReview
from backorder.services.services import open_services
from backorder.settings import read_settings
from starter.temporal import connect
from workflows.backorder import BackorderWorkflow


class Death:
    """Waking is what comes right after the commit."""

    async def notify(self, after: Notify) -> tuple[str, ...]:
        """Die instead."""
        os.kill(os.getpid(), signal.SIGKILL)
        return ()


async def main() -> None:
    """Take one review, commit it, die."""
    settings = read_settings()
    services = open_services(settings)
    client = await connect()
    with ThreadPoolExecutor(2) as executor:
        reviews = Reviews(LineReview(services.lines), Death(), Threads(executor), Timing(services.clock))
        worker = Worker(
            client,
            task_queue=settings.task_queue,
            workflows=[BackorderWorkflow],
            activities=[reviews.review_line],
            build_id="mortal",
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
