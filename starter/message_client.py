"""The typed client, of messages and their channels: what people do about them by hand."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from backorder import schemas
from backorder.domain.clock import Clock
from backorder.ports import Notify, RequestOutcome
from backorder.schemas.suppressions import Suppressed, SuppressionLifted
from backorder.services import pause_channel
from backorder.services.cancel_message import cancel_message
from backorder.services.pause_channel import ChannelChanged
from backorder.services.resend_message import resend_message
from backorder.services.services import Services
from backorder.services.suppress_address import lift, suppress
from backorder.storage.suppressions import SuppressionEntry

if TYPE_CHECKING:
    from backorder.messaging.provider_reports import ProviderReport
    from backorder.messaging.twilio_callbacks import InboundText
    from backorder.services.record_reports import Recorded
    from backorder.services.take_text import TextTaken


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageChanged:
    """What became of a message that somebody took back, or had sent again: see `Resent`."""

    message: str
    outcome: RequestOutcome
    again: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)


class MessageActions(ABC):
    """Pauses channels, takes messages back and has them sent again, and wakes whoever that concerns."""

    _services: Services
    _clock: Callable[[], Clock]
    _machine_now: Callable[[], datetime]

    @abstractmethod
    def now(self) -> datetime:
        """Business time."""

    @abstractmethod
    async def _wake(self, after: Notify) -> None:
        """Wake whoever it concerns."""

    async def cancel_message(self, id: str, taken_back: schemas.MessageTakenBack) -> MessageChanged:
        """Take a message back that has not gone. Raises UnknownMessageError."""
        message, outcome, after = await asyncio.to_thread(
            cancel_message,
            self._services.engine,
            self._services.policies,
            id,
            by=taken_back.actor,
            reason=taken_back.reason,
            at=self.now(),
            now=self._machine_now(),
        )
        await self._wake(after)
        return MessageChanged(message=message, outcome=outcome)

    async def resend_message(self, id: str, resend: schemas.MessageResend) -> MessageChanged:
        """Have a message sent once more. Raises UnknownMessageError, and ConflictError.

        The same request again changes nothing.
        """
        resent = await asyncio.to_thread(
            resend_message,
            self._services.engine,
            self._services.policies,
            self._services.addressing,
            id,
            request=resend.request_id,
            by=resend.actor,
            reason=resend.reason,
            at=self.now(),
        )
        await self._wake(resent.after)
        return MessageChanged(
            message=resent.message, outcome=resent.outcome, again=resent.again, left_out=resent.left_out
        )

    async def pause_channel(self, name: str, pause: schemas.ChannelPause) -> ChannelChanged:
        """Send nothing by a channel until a person says so, or until then. Raises RefusedError."""
        now = self._machine_now()
        until = self._clock().real(pause.until) if pause.until else None
        return await asyncio.to_thread(
            pause_channel.pause,
            self._services.engine,
            name,
            by=pause.by,
            reason=pause.reason,
            until=until,
            at=self.now(),
            now=now,
        )

    async def resume_channel(self, name: str, *, by: str) -> ChannelChanged:
        """Let a channel go on, with everything that waits for it. Raises RefusedError."""
        resumed = await asyncio.to_thread(
            pause_channel.resume, self._services.engine, name, by=by, at=self.now()
        )
        await self._wake(resumed.after)
        return resumed

    async def suppress_address(self, suppressed: Suppressed) -> bool:
        """Put an address on the suppression list. Returns whether it was not on it for that cause."""
        entry = SuppressionEntry(
            channel=suppressed.channel,
            address=suppressed.address,
            cause=suppressed.cause,
            at=self._machine_now(),
            by=suppressed.by,
            note=suppressed.reason,
        )
        new, after = await asyncio.to_thread(
            suppress, self._services.engine, self._services.policies, entry, self.now()
        )
        await self._wake(after)
        return new

    async def lift_suppression(self, lifted: SuppressionLifted) -> int:
        """Take an address off the suppression list. Returns for how many causes it was on it."""
        count, after = await asyncio.to_thread(
            lift,
            self._services.engine,
            self._services.policies,
            lifted.channel,
            lifted.address,
            by=lifted.by,
            at=self.now(),
            now=self._machine_now(),
        )
        await self._wake(after)
        return count

    async def record_reports(self, reports: Sequence[ProviderReport]) -> Recorded:
        """Record what a provider reported in one call; repeated it changes nothing."""
        recorded = await asyncio.to_thread(
            self._services.reports.record, reports, at=self.now(), now=self._machine_now()
        )
        await self._wake(recorded.after)
        return recorded

    async def take_text(self, inbound: InboundText) -> TextTaken:
        """Take in what a customer texted."""
        taken = await asyncio.to_thread(
            self._services.texts.take, inbound, at=self.now(), now=self._machine_now()
        )
        await self._wake(taken.after)
        return taken
