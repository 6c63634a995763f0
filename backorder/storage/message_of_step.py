"""The message by which a step of a line is told, as a review reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, or_, select

from backorder.domain.notifications import LEGAL_KINDS
from backorder.storage.tables import message_items, messages

OF_MESSAGE = ("person", "kind", "not_before", "created_at", "shard", "priority", "channel", "copy_of")
"""What a message keeps that is taken out of another one."""
OF_ITEM = (
    message_items.c.message,
    message_items.c.evidence,
    messages.c.state,
    *(messages.c[name] for name in OF_MESSAGE),
)
"""What a review reads of what was said, or is about to be."""
ITEM = (
    select(*OF_ITEM)
    .join(messages, messages.c.id == message_items.c.message)
    .where(message_items.c.backorder == bindparam("id"), message_items.c.step == bindparam("step"))
)
MAY_CHANGE = or_(messages.c.state != "sent", messages.c.kind.in_(sorted(LEGAL_KINDS)))
"""The condition on messages of which decisions may change something: what has gone stays, save that a legal
notice may go by a second way.
"""
ITEMS = (
    select(message_items.c.backorder, message_items.c.step, *OF_ITEM)
    .join(messages, messages.c.id == message_items.c.message)
    .where(
        message_items.c.backorder.in_(bindparam("ids", expanding=True)),
        or_(MAY_CHANGE, message_items.c.step.in_(bindparam("steps", expanding=True))),
    )
    .order_by(messages.c.id)
)
"""Those of some lines. steps: of which to know, whatever became of them; one at least, "" for none."""
# A claim waits until the review is over, and a review until the message is claimed: what it decides is true.
LOCK_ITEMS = ITEMS.with_for_update(of=messages, key_share=True)


class ItemOfStep(Protocol):
    """A row of OF_ITEM."""

    message: str
    evidence: str
    state: str
    person: str
    kind: str
    not_before: datetime
    created_at: datetime
    shard: int
    priority: int
    channel: str | None
    copy_of: str | None
