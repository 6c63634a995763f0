"""Sending by hand: one call claimed, one outcome written down, on a machine clock of its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from backorder.domain.clock import Clock
from backorder.messaging.outbox import OutboxSender
from backorder.ports import Batch, BatchContext, Channel, Claimed, Done, Doubtful, LookedUp, Sent
from backorder.storage.engine import writing
from tests.support.shop import Shop

ANN = "customer/ann"
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Desk:
    """Sends what is due in a person's shard, one call at a time. now: machine time."""

    def __init__(self, shop: Shop, now: datetime = BEGIN) -> None:
        self.shop = shop
        self.now = now

    def wait(self, length: timedelta) -> None:
        """Machine time goes by."""
        self.now += length

    def round(self, person: str = ANN, stored: Collection[Channel] = (), room: int = 1) -> BatchContext:
        """What a batch goes by."""
        return BatchContext(
            shard=self.shop.services.dispatch.shard_of(person),
            at=self.shop.now,
            now=self.now,
            stored={name: OutboxSender() for name in stored},
            room={"email": room, "sms": room},
        )

    def batch(self, person: str = ANN, stored: Collection[Channel] = ()) -> Batch:
        """One batch with room for one call."""
        return self.shop.services.dispatch.batch(self.round(person, stored))

    def take(self, person: str = ANN) -> Claimed | Doubtful | None:
        """The next call, None for nothing to do."""
        calls = self.batch(person).calls
        return calls[0] if calls else None

    def claimed(self, person: str = ANN) -> Claimed:
        """The next message that is handed over."""
        message = self.take(person)
        assert isinstance(message, Claimed), message
        return message

    def record_outcome(self, message: Claimed, sent: Sent) -> list[str]:
        """Write down what became of a message. Returns the events that lines heard."""
        return self._events(Done(taken=message, sent=sent))

    def look_up(self, looked_up: LookedUp) -> list[str]:
        """Look up what is due for it. Returns the events that lines heard."""
        message = self.take()
        assert isinstance(message, Doubtful), message
        return self._events(Done(taken=message, looked_up=looked_up))

    def pause(self, person: str = ANN) -> timedelta | None:
        """Until when the shard's dispatcher sleeps, machine time; None: until it is called."""
        return self.shop.services.dispatch.sleep(self.round(person), Clock())

    def message(self, number: int = 0) -> dict[str, object]:
        """A message, in the order of their planning."""
        return self.shop.rows("SELECT * FROM messages ORDER BY number")[number]

    def _events(self, done: Done) -> list[str]:
        last = self.shop.rows("SELECT max(number) AS number FROM timeline")[0]["number"] or 0
        self.shop.services.dispatch.batch(self.round(done.taken.person), [done], claim=False)
        new = self.shop.rows("SELECT what FROM timeline WHERE number > :last ORDER BY number", last=last)
        return [row["what"] for row in new]


def desk_by(shop: Shop, *policies: str) -> Desk:
    """The desk of a shop that goes by these policies too, and has ten lamps on order."""
    with writing(shop.services.engine) as connection:
        for policy in policies:
            shop.services.policies.load(connection, policy)
    shop.purchase()
    return Desk(shop)
