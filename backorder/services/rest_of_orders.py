"""What became of all that left of an order, which a message about one of its lines has to know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum

from sqlalchemy import Connection, bindparam, select

from backorder.domain.line.sent_back import keeps_what_left
from backorder.messaging.message_content import ContentItem
from backorder.storage.codec import load_state
from backorder.storage.compiled import fetch
from backorder.storage.isolation import Apart, Failure, line
from backorder.storage.tables import backorders

_LINES = select(backorders.c.id, backorders.c.order_id, backorders.c.state).where(
    backorders.c.order_id.in_(bindparam("orders", expanding=True))
)


class Left(Enum):
    """What left of an order: nothing, some that is kept, or some that is all sent back."""

    NOTHING = "nothing"
    KEPT = "kept"
    SENT_BACK = "sent back"


class Orders:
    """The lines of some orders, read at once, and looked at where a message names money for shipping."""

    def __init__(self, connection: Connection, orders: Iterable[object]) -> None:
        """orders: their IDs, as rows have them: one that cannot be read has no other lines."""
        self._states: dict[str, list[tuple[str, str]]] = defaultdict(list)
        ids = sorted(each for each in orders if isinstance(each, str))
        if ids:
            for row in fetch(connection, _LINES, {"orders": ids}):
                self._states[row.order_id].append((row.id, row.state))

    def known_in(self, item: ContentItem) -> ContentItem:
        """A part of a cancellation's message, with what its line alone cannot know.

        What was paid for shipping comes back only if nothing of the order is kept (CRD art. 13(1), CCR reg.
        34(2)). Of an order's other goods, which never were on backorder, nobody here knows: it is never named
        without a condition.
        """
        facts = item.facts
        if item.order not in self._states or facts.shipping is None or facts.upgrade or not facts.refund:
            return item
        left = self._left(item.order)
        if left is Left.KEPT:
            return replace(item, facts=facts.replace(shipping=None))
        return replace(item, sent_back=left is Left.SENT_BACK)

    def _left(self, order: str) -> Left:
        """A line that cannot be read says nothing, and stops no message about another one."""
        found = Left.NOTHING
        for id, text in self._states[order]:
            with Apart(list[Failure](), *line(id)):
                state = load_state(text)
                if keeps_what_left(state):
                    return Left.KEPT
                if state.quantity.shipped:
                    found = Left.SENT_BACK
        return found
