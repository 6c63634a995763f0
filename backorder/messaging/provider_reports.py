"""What a provider's webhook brings, read and checked: the same for every provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from backorder.domain.contacts import canonical
from backorder.domain.delivery_reports import Reported
from backorder.ports import Channel

LONGEST_ID = 160
"""Letters of an ID of a provider's, at most; what is longer is none of theirs."""
LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderReport:
    """One report. id: the provider's name and its own ID of the event.

    send: our ID of the send, provider_id: the provider's, address: to whom it went; "" where it names none.
    event: in the provider's word. reason: in its words, without the address. at: when it happened,
    machine time. wait: seconds after which it may go again, None where nothing says so. asks: its code is for
    a person.
    """

    id: str
    provider: str
    channel: Channel
    event: str
    said: Reported
    at: datetime
    send: str = ""
    provider_id: str = ""
    address: str = ""
    code: str = ""
    reason: str = ""
    wait: float | None = None
    asks: bool = False

    @property
    def says(self) -> str:
        """A digest of what it is about, what it says and when: the same event can come under another ID."""
        about = self.send or self.provider_id or canonical(self.channel, self.address)
        parts = (self.provider, about, self.event, self.said.value, self.code, self.at.isoformat())
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """What one call brought. left_out: entries that say nothing we know, or are odd."""

    reports: tuple[ProviderReport, ...]
    left_out: int = 0


def plain(value: object, most: int) -> str:
    """A text that every database can hold, "" for anything else; cut off after so many letters."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value[:most] if letter >= " " and not "\ud800" <= letter <= "\udfff")


def id_of(value: object) -> str:
    """An ID of a provider's, or ours; "" for what is none."""
    return value if isinstance(value, str) and plain(value, LONGEST_ID) == value else ""


def brought(found: Iterable[ProviderReport | None]) -> Brought:
    """Those that could be read, and how many could not."""
    every = list(found)
    reports = tuple(each for each in every if each is not None)
    return Brought(reports=reports, left_out=len(every) - len(reports))
