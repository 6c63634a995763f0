"""What a sweep starts and wakes, where no workflow is there."""

from __future__ import annotations

from activities.sweeps import Starts


class Nobody(Starts):
    """No workflow runs, and none begins."""

    async def restart(self, backorder: str, *, late: bool = False) -> bool:
        return False

    async def review_ended(self, backorder: str) -> bool:
        return False

    async def notify(self, after: object) -> tuple[str, ...]:
        return ()

    async def tell(self, backorder: str, reviewed: object) -> bool:
        return False
