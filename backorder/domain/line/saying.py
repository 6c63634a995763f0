"""What one message of a line says."""

from __future__ import annotations

from dataclasses import dataclass

from backorder.domain.line.message_keys import original_key
from backorder.domain.notifications import Facts, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """What a message of the line says. revision: of the promise in it, None for none."""

    key: str
    kind: Kind
    facts: Facts
    revision: int | None = None

    @property
    def original(self) -> str:
        """The key of what is said, whichever attempt this is."""
        return original_key(self.key)

    def is_of(self, key: str) -> bool:
        """Whether it says what a key stands for, or adds to that what became of its money."""
        return self.original in (original_key(key), f"{key}/refund", f"{key}/refused")
