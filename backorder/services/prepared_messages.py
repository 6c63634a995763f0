"""What a batch has at hand of a message that is due, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backorder.domain.message_order import MessageOrder
from backorder.messaging.message_content import Rendered
from backorder.ports import Channel, Claimed, Doubtful, Unsendable
from backorder.services.message_routes import Routed

if TYPE_CHECKING:
    from backorder.storage.rows import ItemRow, MessageRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A message that is due, put into words outside of any lock.

    row: as it was read then. found: what else waits for the person. routed, words: None for one that was
    handed over before, and is looked up. fault: why its words must not go, "" for those that may.
    """

    row: MessageRow
    found: MessageOrder
    routed: Routed | None
    words: Rendered | None
    fault: str = ""

    @property
    def id(self) -> str:
        """The message's ID."""
        return str(self.row.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A message that the door does not let through as it is. items: what must not be said any more, each with
    the reason in words. whole: nothing else is in it; otherwise it goes without them, in other words.
    """

    message: str
    person: str
    items: tuple[tuple[ItemRow, str], ...]
    whole: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A message that stays in the database: gone with its claim. also: a channel by which it goes as well."""

    message: str
    person: str
    channel: Channel
    also: Channel | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PutOff:
    """A message that waits, though it is true and was due: its row says until when and why."""

    message: str
    person: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reworded:
    """A message whose words were overtaken while it waited: it goes next, in words that are true now."""

    message: str
    person: str


Taken = Claimed | Doubtful | Unsendable | Refused | Stored | PutOff | Reworded
"""What became of a message that was due and could be taken."""
