"""What goes on two ways: once the first one has a message, its copy goes by the second one.

A copy is a message of its own, so that what becomes of it takes nothing back; its lines hear nothing of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from backorder.ports import Notify
from backorder.storage.tables import message_items, messages

SUFFIX = "#second"
"""What the key of a copy has behind that of what is said."""
_ITEMS = select(message_items).where(message_items.c.message == bindparam("message"))


def plan_copies(connection: Connection, gone: Sequence[tuple[Any, str]], at: datetime) -> Notify:
    """Plan the copies of messages that have gone. gone: each with the channel by which it goes as well.

    at: the business instant.
    """
    after = Notify()
    for row, channel in gone:
        id = secrets.token_hex(12)
        values = {"id": id, "person": row.person, "kind": row.kind, "state": "planned", "copy_of": row.id}
        values |= {"not_before": at, "created_at": at, "shard": row.shard, "priority": row.priority}
        connection.execute(insert(messages), values | {"channel": channel})
        for item in connection.execute(_ITEMS, {"message": row.id}).all():
            said = {"backorder": item.backorder, "step": item.step + SUFFIX, "facts": item.facts}
            connection.execute(insert(message_items), said | {"message": id})
        after = after.and_also(Notify(due=((row.shard, at),)))
    return after
