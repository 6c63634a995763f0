"""When a message is tried next, by the channel of its last try and by the other one: each rests by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backorder.storage.rows import MessageRow


def tries_by(row: MessageRow, channel: str) -> dict[str, object]:
    """The instants of a message that waits, whose own channel is this one from now on."""
    if row.channel is None or row.channel == channel:
        return {"try_at": row.try_at, "other_try_at": row.other_try_at}
    return {"try_at": row.other_try_at, "other_try_at": row.try_at}


def tries_after(row: MessageRow, channel: str) -> dict[str, object]:
    """The same of one that takes this channel since a send of it came to nothing for good: it does not wait
    for what that one left, but for the channel's own rest.
    """
    if row.channel == channel:
        return {"try_at": None}
    return {"channel": channel, "try_at": row.other_try_at, "other_try_at": None}
