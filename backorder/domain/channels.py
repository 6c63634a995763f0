"""Whether a way out is usable: paused when it fails for everybody, tried now and then until it is back.

Some providers take messages and refuse the shop's account afterwards: that they take one says nothing then.

A person may pause it too: then nobody tries it, and what becomes of messages that were on their way already
says nothing about it. Instants here are machine time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ACCOUNT_ERRORS = 3
"""Refusals of the shop's account in a row after which nothing more is tried."""
NOTHING_ACCEPTED = timedelta(minutes=10)
"""How long a channel is tried without a single acceptance."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelState:
    """One channel. paused: nobody is written to through it; since: when the trouble began; reason: in words.

    account_errors: in a row. probe_at: when one message may try it again. by: the person who paused it, ""
    where it failed; until: when their pause ends by itself, None for only by a person. refuses_later: it
    refuses the shop's account only after it has taken a message; accepted_at: since when it has taken some
    and refused none.
    """

    paused: bool = False
    since: datetime | None = None
    reason: str = ""
    account_errors: int = 0
    probe_at: datetime | None = None
    by: str = ""
    until: datetime | None = None
    refuses_later: bool = False
    accepted_at: datetime | None = None

    @property
    def sound(self) -> bool:
        """Whether the last try was accepted."""
        return self.since is None

    def lets_through(self, now: datetime) -> bool:
        """Whether a message may go: always, or as the one that tries a paused channel."""
        if self.by:
            return False
        return not self.paused or self.probe_at is None or self.probe_at <= now


def accepted(state: ChannelState) -> ChannelState:
    """The provider took a message, and means it."""
    return state if state.sound or state.by else ChannelState()


def taken(state: ChannelState, now: datetime, probe_every: timedelta) -> ChannelState:
    """The provider took a message. Who refuses the shop later is believed after some time without that."""
    if not state.refuses_later or _is_well(state, now, probe_every):
        return accepted(state)
    return state if state.by or state.accepted_at else replace(state, accepted_at=now)


def arrived(state: ChannelState, claimed_at: datetime) -> ChannelState:
    """The provider reports that a message arrived. claimed_at: when it was handed over."""
    return accepted(state) if state.since is not None and claimed_at > state.since else state


def failed(
    state: ChannelState,
    now: datetime,
    reason: str,
    *,
    account: bool,
    probe_every: timedelta,
    asked: float | None = None,
    later: bool = False,
) -> ChannelState:
    """A try came to nothing. account: the provider refuses the shop, whoever the message is for.

    asked: seconds that it asked for, before which nobody tries it. later: after it had taken the message.
    """
    if state.by:
        return state
    if not state.paused and _is_well(state, now, probe_every):
        state = ChannelState()
    since, errors = state.since or now, state.account_errors + account
    paused = state.paused or errors >= ACCOUNT_ERRORS or now - since >= NOTHING_ACCEPTED
    probe_at = now + max(probe_every, timedelta(seconds=asked or 0))
    if state.probe_at is not None:  # what another message heard meanwhile shortens nothing
        probe_at = max(probe_at, state.probe_at)
    return ChannelState(
        paused=paused,
        since=since,
        reason=reason,
        account_errors=errors,
        probe_at=probe_at if paused else None,
        refuses_later=later or (state.refuses_later and not state.sound),
    )


def _is_well(state: ChannelState, now: datetime, probe_every: timedelta) -> bool:
    """Whether it has taken messages for so long that a refusal of the first one would be known."""
    return state.accepted_at is not None and now - state.accepted_at >= probe_every / 2


def probed(state: ChannelState, now: datetime, probe_every: timedelta) -> ChannelState:
    """A message is on its way to try a paused channel; the next one waits."""
    return replace(state, probe_at=now + probe_every)


def paused_by(by: str, now: datetime, reason: str, until: datetime | None) -> ChannelState:
    """A person pauses the channel, whether or not it was paused before."""
    return ChannelState(paused=True, since=now, reason=reason, by=by, until=until)


def over(state: ChannelState, now: datetime) -> ChannelState:
    """The same, or open again where the time is up that a person named."""
    return ChannelState() if state.until is not None and state.until <= now else state


def rest(tries: int, asked: float | None, first: timedelta = FIRST_REST) -> timedelta:
    """How long a message rests after so many tries (from 1). asked: seconds that the provider asked for."""
    grown = min(first * 2.0 ** min(tries - 1, 10), LONGEST_REST)
    return grown if asked is None else max(grown, timedelta(seconds=asked))
