"""What became of messages says how their channels stand: a pause for what fails for all, and its end.

Channels are locked after all messages, all that are concerned at once: who waits for a message holds none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from backorder.domain import channels as rules
from backorder.ports import HANDED_BACK, Claimed, Done, Sent
from backorder.services.delays import Delays
from backorder.storage import channels
from backorder.storage.isolation import known

if TYPE_CHECKING:
    from backorder.storage.rows import SendRow


class ChannelBreakers:
    """The channels of one transaction. at: the business instant; now: the machine's.

    resumed: a channel is back, and what waited for it in every shard goes on.
    """

    def __init__(self, connection: Connection, delays: Delays, *, at: datetime, now: datetime) -> None:
        self._connection = connection
        self._delays = delays
        self._at = at
        self._now = now
        self._states: dict[str, rules.ChannelState] = {}
        self._locked: set[str] = set()
        self.resumed = False

    def lock(self, done: Collection[Done], ways: Collection[str] = ()) -> frozenset[str]:
        """Lock those about which something may be written down. done: what came of calls.

        ways: by which messages may go now. Returns which of them are paused and may be tried by one.
        """
        if not (done or ways):
            return frozenset()
        self._states = channels.states(self._connection)
        troubled = {name for name, state in self._states.items() if not state.sound}
        tried = {name for name in troubled & set(ways) if self._is_tried(name)}
        concerned = {each.taken.outgoing.channel for each in done if _is_concerned(each, troubled)}
        self._lock(concerned | tried)
        return frozenset(name for name in tried if self._is_tried(name))

    def lock_reported(self, refused: Collection[str], there: Collection[str]) -> None:
        """The same for reports. refused: channels that refuse the account; there: by which messages came."""
        if refused or there:
            self._states = channels.states(self._connection)
            self._lock({*refused, *(name for name in there if self._state(name).refuses_later)})

    def tried(self, name: str, sent: Sent, *, later: bool = False) -> rules.ChannelState:
        """A channel after an outcome. The refusal of one message says nothing about it.

        later: it is a refusal of what was accepted before.
        """
        before = self._state(name)
        if name not in self._locked or not _says_something(sent):
            return before
        if sent.outcome == "accepted":
            return self._keep(name, rules.taken(before, self._now, self._delays.probe))
        after = rules.failed(
            before,
            self._now,
            sent.reason,
            account=sent.account,
            probe_every=self._delays.probe,
            asked=sent.retry_after,
            later=later,
        )
        return self._keep(name, after)

    def found(self, name: str) -> None:
        """A message that was found was accepted; a pause ends only when a new one is."""
        before = self._state(name)
        if name in self._locked and not before.paused:
            self._keep(name, rules.taken(before, self._now, self._delays.probe))

    def arrived(self, send: SendRow) -> None:
        """Its provider reports that a message has arrived."""
        claimed_at = known(send.claimed_at)
        if send.channel in self._locked and claimed_at is not None:
            self._keep(send.channel, rules.arrived(self._state(send.channel), claimed_at))

    def _lock(self, names: Iterable[str]) -> None:
        """Lock some of them."""
        self._locked |= set(names)
        self._states |= channels.lock(self._connection, self._locked)

    def _is_tried(self, name: str) -> bool:
        state = self._state(name)
        return state.paused and state.lets_through(self._now)

    def _state(self, name: str) -> rules.ChannelState:
        return self._states.get(name, rules.ChannelState())

    def _keep(self, name: str, after: rules.ChannelState) -> rules.ChannelState:
        before = self._state(name)
        channels.keep(self._connection, name, before, after, self._at)
        self.resumed |= before.paused and not after.paused
        self._states[name] = after
        return after


def _says_something(sent: Sent) -> bool:
    """Whether an outcome is of the channel, and not of the message, its receiver or a worker alone."""
    return not (sent.outcome == "permanent" or sent.recipient or sent.code == HANDED_BACK)


def _is_concerned(done: Done, troubled: Collection[str]) -> bool:
    """Whether something may be written down of a channel: while it is sound, only that it fails."""
    if done.taken.outgoing.channel in troubled:
        return True
    sent = done.sent if isinstance(done.taken, Claimed) else None
    return sent is not None and sent.outcome != "accepted" and _says_something(sent)
