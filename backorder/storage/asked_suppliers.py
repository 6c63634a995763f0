"""What suppliers were asked about their lines, and how much of it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from backorder.domain.keys import joined
from backorder.domain.supply.purchase_order_follow_up import all_asked, last_asked
from backorder.storage.compiled import fetch
from backorder.storage.isolation import known
from backorder.storage.tables import message_items, messages

_ASKED = (
    select(message_items.c.step, messages.c.state, messages.c.done_at)
    .join(messages, messages.c.id == message_items.c.message)
    .where(
        message_items.c.backorder == bindparam("about"),
        message_items.c.step.in_(bindparam("steps", expanding=True)),
    )
)
_STILL_TO_GO = ("planned", "claimed", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class LastFollowUp:
    """What was asked about a supplier's last word. any_went: whether anything of it reached the supplier.

    still_to_go: the last of it is on its way out; went_at: when it went, in business time, None where it
    did not.
    """

    any_went: bool
    still_to_go: bool
    went_at: datetime | None


def asked(connection: Connection, order: str, line: str, about: str, times: int) -> LastFollowUp:
    """What a supplier was asked about a line. about, times: see `last_asked`."""
    values = {"about": joined("purchase-order", order, line), "steps": all_asked(about, times)}
    rows = {row.step: row for row in fetch(connection, _ASKED, values)}
    last = rows.get(last_asked(about, times))
    return LastFollowUp(
        any_went=any(row.state == "sent" for row in rows.values()),
        still_to_go=last is not None and last.state in _STILL_TO_GO,
        went_at=known(last.done_at) if last is not None and last.state == "sent" else None,
    )
