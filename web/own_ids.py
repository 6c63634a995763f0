"""The IDs that a call makes where its caller names none: the same ones for the same idempotency key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_hex

from backorder.errors import DoneBeforeError
from backorder.services.services import machine_now


class BeginAgainError(Exception):
    """A call repeats another one: it begins again, with the IDs that the other one made."""


@dataclass(kw_only=True)
class OwnIds:
    """What a call's own IDs are made of.

    for_a_day: they go with the day for which an idempotency key counts; else they are of the key alone.
    claimed_at: when that key was claimed, by this call or by the one that it repeats (machine time); None: by
    a version that had no instant in its IDs.
    """

    for_a_day: bool = True
    claimed_at: datetime | None = field(default_factory=machine_now)
    _made: bool = field(default=False, init=False)

    def new(self, word: str, api_key: str, given: str | None) -> str:
        """An ID. given: the idempotency key; without one nobody else gets it."""
        if given is None:
            return f"{word}-{token_hex(8)}"
        self._made = True
        claimed = f" {self.claimed_at.isoformat()}" if self.for_a_day and self.claimed_at else ""
        return f"{word}-{sha256(f'{api_key} {given}{claimed}'.encode()).hexdigest()[:24]}"

    def repeat(self, done: DoneBeforeError) -> None:
        """Take over the instant of a call that is repeated. Raises BeginAgainError where IDs had another."""
        before, self.claimed_at = self.claimed_at, done.at if done.in_ids else None
        if self.for_a_day and self._made and before != self.claimed_at:
            raise BeginAgainError
