"""Sending events by hand, on a machine clock of its own: as its dispatcher does, step by step."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from backorder.messaging.webhook_sender import WebhookSender
from backorder.ports import EventAnswered, EventBatch, EventCall, Notify
from backorder.services.publish_events import EventDispatch
from backorder.services.receivers import ReceiverChanged, Receivers
from tests.support.shop import Shop

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


class EventDesk:
    """Sends what is due. now: machine time; business time is the shop's. Pauses are the longest.

    woken: whom deliveries woke.
    """

    def __init__(self, shop: Shop, now: datetime = BEGIN) -> None:
        self.shop = shop
        self.now = now
        self.woken = Notify()
        services = shop.services
        self.events = EventDispatch(services.engine, lambda _: shop.now, chance=lambda: 1.0)
        self.receivers = Receivers(services.engine, private=True)
        self.sender = WebhookSender(private=True, seconds=20.0)

    def wait(self, length: timedelta) -> None:
        """Machine time goes by."""
        self.now += length

    def put(self, id: str, url: str, *types: str, acknowledges: bool = True) -> ReceiverChanged:
        """A receiver."""
        return self.receivers.put(id, url, types, acknowledges, at=self.shop.now, now=self.now)

    def batch(self, *done: EventAnswered, busy: tuple[EventCall, ...] = ()) -> EventBatch:
        """One look: answers written down, positions given, calls claimed."""
        under_way = Counter(call.receiver for call in busy)
        return self.events.batch(self.now, under_way, done, claim=True)

    def call(self, call: EventCall) -> EventAnswered:
        """Make a call."""
        return EventAnswered(call=call, answered=self.sender.send(call))

    def deliver(self) -> int:
        """Send until nothing is due. Returns how many calls were made."""
        count, done = 0, list[EventAnswered]()
        while True:
            batch = self.batch(*done)
            self.woken = self.woken.and_also(batch.after)
            done = [self.call(each) for each in batch.calls]
            count += len(done)
            if not batch.busy:
                return count

    def states(self, receiver: str = "shop") -> list[str]:
        """The states of a receiver's deliveries, in the order of their events."""
        query = "SELECT state FROM deliveries WHERE receiver = :id ORDER BY position"
        return [row["state"] for row in self.shop.rows(query, id=receiver)]


def end(shop: Shop, *orders: str, **fields: Any) -> None:
    """Lines that are cancelled, each of somebody: some events each."""
    for order in orders:
        shop.start(order, customer={"id": order, "email": f"{order}@example.com"}, **fields)
        shop.cancel(order, id=f"C-{order}")


def written(shop: Shop, type: str = "") -> list[str]:
    """The IDs of all events, or of those of a type, in order."""
    query = "SELECT id FROM events WHERE :type IN ('', type) ORDER BY position"
    return [row["id"] for row in shop.rows(query, type=type)]
