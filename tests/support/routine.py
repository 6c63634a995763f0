"""A shop whose workflows are run by hand: everything that falls due happens in its order, at its instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from activities.dispatch import Deliver, Dispatcher
from activities.threads import Threads
from backorder.domain.clock import Clock
from backorder.ports import Notify, Outgoing
from tests.support.senders import Notified, Recorder
from tests.support.shop import Shop, StillTiming


class Routine:
    """Does what the workflows of a shop would do.

    gone: what went out, with the instant and to whom. looks: how often each line was reviewed.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.gone: list[tuple[datetime, str, Outgoing]] = []
        self.looks: dict[str, int] = {}
        self._due: dict[tuple[str, str], datetime] = {}

    def open(self, order: str = "O-1", quantity: int = 1, **fields: object) -> None:
        """Put a line on record, start its workflow and send what is due at once."""
        opened = self.shop.open(order, quantity, **fields)
        self.notify(Notify(backorders=(opened.id,), skus=opened.skus))

    def notify(self, after: Notify) -> None:
        """Wake whoever a commit names, as the wakes of Temporal would."""
        for sku in after.skus:
            self.shop.replan(sku)
            for backorder in self.shop.unnotified(sku):
                self._review(backorder)
        for backorder in after.backorders:
            self._review(backorder)
        for order in after.orders:
            self._follow_up(order)
        for shard in {*after.shards, *(shard for shard, _ in after.due)}:
            self._deliver(str(shard))

    def until(self, when: datetime) -> None:
        """Let time pass."""
        acts: dict[str, Callable[[str], None]] = {
            "review": self._review,
            "follow_up": self._follow_up,
            "deliver": self._deliver,
        }
        while self._due:
            (kind, name), due = min(self._due.items(), key=lambda each: (each[1], each[0]))
            if due > when:
                break
            del self._due[kind, name]
            self.shop.now = max(self.shop.now, due)
            acts[kind](name)
        self.shop.now = max(self.shop.now, when)

    def kinds_told(self, person: str = "customer/ann") -> list[str]:
        """The kinds of message that a person got, in order."""
        query = (
            "SELECT kind FROM messages WHERE person = :person AND state = 'sent' ORDER BY not_before, number"
        )
        return [row["kind"] for row in self.shop.rows(query, person=person)]

    def _at(self, kind: str, name: str, at: datetime) -> None:
        self._due[kind, name] = min(at, self._due.get((kind, name), at))

    def _review(self, backorder: str) -> None:
        reviewed, after = self.shop.review(backorder.partition("/")[0])
        self.looks[backorder] = self.looks.get(backorder, 0) + 1
        self._due.pop(("review", backorder), None)
        if reviewed.wake is not None:
            self._due["review", backorder] = reviewed.wake
        self.notify(after)

    def _follow_up(self, order: str) -> None:
        followed_up, after = self.shop.services.purchasing.follow_up(order, self.shop.now)
        self._due.pop(("follow_up", order), None)
        if followed_up.wake is not None:
            self._due["follow_up", order] = followed_up.wake
        self.notify(after)

    def _deliver(self, shard: str) -> None:
        notifier, box = Notified(), Recorder()
        with ThreadPoolExecutor(1) as pool:
            dispatcher = Dispatcher(
                self.shop.services.dispatch,
                {"email": box, "sms": box},
                notifier,
                Threads(pool),
                StillTiming(self.shop.now),
                linger=0.0,
            )
            params = Deliver(shard=int(shard), at=self.shop.now, clock=Clock())
            delivered = asyncio.run(dispatcher.deliver(params))
        self.gone += [(self.shop.now, self._person(message), message) for message in box.given]
        if delivered.pause is not None:
            self._at("deliver", shard, self.shop.now + timedelta(seconds=delivered.pause))
        for after in notifier.all:
            self.notify(after)

    def _person(self, message: Outgoing) -> str:
        query = "SELECT m.person FROM messages m JOIN sends s ON s.message = m.id WHERE s.id = :id"
        return str(self.shop.rows(query, id=message.id)[0]["person"])
