"""The typed client, of events: who gets them, and who reads them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

from backorder.ports import Notify
from backorder.queries.event_feed import LIMIT, FeedPage, event_feed
from backorder.schemas.receivers import WantedReceiver
from backorder.services.acknowledge_events import acknowledge
from backorder.services.receivers import ReceiverChanged, Resent
from backorder.services.services import Services


class EventActions(ABC):
    """Puts, rotates and removes receivers, sends events again, reads the feed; wakes whom that concerns."""

    _services: Services
    _machine_now: Callable[[], datetime]

    @abstractmethod
    def now(self) -> datetime:
        """Business time."""

    @abstractmethod
    async def _wake(self, after: Notify) -> None:
        """Wake whoever it concerns."""

    async def put_receiver(self, wanted: WantedReceiver) -> ReceiverChanged:
        """Make a receiver, or change one. Raises RefusedError and ConflictError."""
        return await self._changed(
            lambda: self._services.receivers.put(
                wanted.id,
                wanted.url,
                wanted.types,
                wanted.acknowledges,
                at=self.now(),
                now=self._machine_now(),
            )
        )

    async def receiver_as_it_stands(self, id: str) -> ReceiverChanged:
        """A receiver of which a repetition is answered. Raises UnknownError."""
        return await asyncio.to_thread(self._services.receivers.as_it_stands, id)

    async def rotate_receiver(self, id: str) -> ReceiverChanged:
        """Give a receiver another secret. Raises UnknownError and ConflictError."""
        return await self._changed(lambda: self._services.receivers.rotate(id, now=self._machine_now()))

    async def remove_receiver(self, id: str) -> ReceiverChanged:
        """Send nothing more to a receiver. Raises UnknownError and ConflictError."""
        receivers = self._services.receivers
        return await self._changed(lambda: receivers.remove(id, at=self.now(), now=self._machine_now()))

    async def resend_event(self, receiver: str, event: str) -> tuple[str, ...]:
        """Send one event again. Returns its ID. Raises UnknownError and ConflictError."""
        sent, after = await asyncio.to_thread(
            self._services.receivers.resend, receiver, event, at=self.now(), now=self._machine_now()
        )
        await self._wake(after)
        return sent

    async def resend_given_up(self, receiver: str, request: str) -> Resent:
        """Send again what was given up; see `Receivers.resend_given_up`. Raises UnknownError."""
        resent = await asyncio.to_thread(
            self._services.receivers.resend_given_up,
            receiver,
            request=request,
            at=self.now(),
            now=self._machine_now(),
        )
        await self._wake(resent.after)
        return resent

    async def read_events(
        self, *, after: int = 0, limit: int = LIMIT, types: Sequence[str] = (), key: str = ""
    ) -> FeedPage:
        """The events behind a position. key: who reads, who has taken over everything up to there.

        Raises RefusedError.
        """
        database = self._services.database
        page = await asyncio.to_thread(event_feed, database, after=after, limit=limit, types=types)
        if key:
            await self._wake(
                await asyncio.to_thread(acknowledge, self._services.engine, key, after, self.now())
            )
        return page

    async def _changed(self, change: Callable[[], ReceiverChanged]) -> ReceiverChanged:
        changed = await asyncio.to_thread(change)
        await self._wake(changed.after)
        return changed
