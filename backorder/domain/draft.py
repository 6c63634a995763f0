"""A decision in the making: the state so far and the commands that led to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from backorder.domain.commands import Command, Publish, Tell, Withdraw
from backorder.domain.messages import Facts, Kind
from backorder.domain.policy import Policy
from backorder.domain.state import State, Window


class Draft:
    """Collects what one event leads to. at, day: of the event."""

    def __init__(self, policy: Policy, state: State, at: datetime, day: date) -> None:
        self.policy = policy
        self.state = state
        self.at = at
        self.day = day
        self.commands: list[Command] = []
        self.reasons: list[str] = []

    def change(self, **fields: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **fields)

    def because(self, reason: str) -> None:
        """Note why something is done."""
        self.reasons.append(reason)

    def done(self, key: str) -> None:
        """A step is done for good."""
        self.change(done=(*self.state.done, (key, self.day)))

    def need(self, what: str) -> None:
        """A person has to look at the line."""
        if what not in self.state.needs:
            self.change(needs=(*self.state.needs, what))

    def do(self, command: Command) -> None:
        """Ask the shell for something."""
        self.commands.append(command)

    def publish(self, type: str, **data: object) -> None:
        """Tell the order system."""
        self.commands.append(Publish(type=type, data=data))

    def tell(
        self,
        key: str,
        kind: Kind,
        facts: Facts,
        *,
        not_before: datetime | None = None,
        revision: int | None = None,
        window: Window | None = None,
    ) -> datetime:
        """Write to the customer, not before a hold is over. Returns the earliest instant of sending."""
        earliest = not_before or self.at
        if self.state.hold is not None:
            earliest = max(earliest, self.state.hold.until)
        self.commands.append(
            Tell(key=key, kind=kind, not_before=earliest, facts=facts, revision=revision, window=window)
        )
        self.mark(message=self.day)
        return earliest

    def mark(self, **days: date) -> None:
        """Remember on which day the customer was written to."""
        self.change(marks=replace(self.state.marks, **days))

    def withdraw_pending(self) -> None:
        """Take the pending promise back, unless it is already on its way."""
        pending = self.state.pending
        if pending is None or self.state.around.in_flight:
            return
        self.do(Withdraw(key=pending.key))
        self.change(pending=None, marks=pending.before)

    def words(self, otherwise: str) -> str:
        """The reasons as one sentence."""
        return "; ".join(self.reasons) or otherwise
