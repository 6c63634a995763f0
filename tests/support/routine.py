"""A shop whose workflows are run by hand: everything that falls due happens in its order, at its instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from activities.conversations import Conversations, Dispatch
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock
from backorder.ports import Notify, Outgoing
from tests.support.senders import Notified, Recorder
from tests.support.shop import Shop


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
        for person, at in after.later:
            self._at("speak", person, at)
        for person in after.people:
            self._dispatch(person)

    def until(self, when: datetime) -> None:
        """Let time pass."""
        acts: dict[str, Callable[[str], None]] = {
            "review": self._review,
            "tend": self._follow_up,
            "speak": self._dispatch,
        }
        while self._due:
            (kind, name), due = min(self._due.items(), key=lambda each: (each[1], each[0]))
            if due > when:
                break
            del self._due[kind, name]
            self.shop.now = max(self.shop.now, due)
            acts[kind](name)
        self.shop.now = max(self.shop.now, when)

    def heard(self, person: str = "customer/ann") -> list[str]:
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
        self._due.pop(("tend", order), None)
        if followed_up.wake is not None:
            self._due["tend", order] = followed_up.wake
        self.notify(after)

    def _dispatch(self, person: str) -> None:
        notifier, box = Notified(), Recorder()
        with ThreadPoolExecutor(1) as pool:
            talk = Conversations(
                self.shop.services.dispatch,
                {"email": box, "sms": box},
                notifier,
                Threads(pool),
                Timing(Clock),
            )
            ask = Dispatch(person=person, at=self.shop.now, clock=Clock())
            dispatched = asyncio.run(talk.dispatch_messages(ask))
        self.gone += [(self.shop.now, person, each) for each in box.given]
        if dispatched.pause:
            due = self.shop.rows(
                "SELECT min(not_before) AS due FROM messages WHERE person = :person AND state = 'planned'",
                person=person,
            )[0]["due"]
            self._at("speak", person, datetime.fromisoformat(str(due)))
        for after in notifier.all:
            self.notify(after)
