"""Ways out, and who is notified after a commit, that keep what they are given."""

from __future__ import annotations

import threading
from datetime import datetime

from backorder.messaging.outbox import OutboxSender
from backorder.ports import LookedUp, Notify, Outgoing, Sent


class Recorder:
    """A way out that keeps what it was given, as the outbox does, and can be made to misbehave.

    answers: what to say to the next texts, one each; after that every text is accepted.
    """

    def __init__(self, *answers: Sent) -> None:
        self.given: list[Outgoing] = []
        self.answers = list(answers)
        self.finds: list[LookedUp] = []
        self._outbox = OutboxSender()

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once."""
        self.given.append(outgoing)
        return self.answers.pop(0) if self.answers else self._outbox.send(outgoing)

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """The next of `finds`; nothing is known without."""
        return self.finds.pop(0) if self.finds else LookedUp(sighting="absent", reason="not known")


class HeldSender(Recorder):
    """A way out that lets nothing through until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()

    def send(self, outgoing: Outgoing) -> Sent:
        """Take it, and accept it once it is let go."""
        self.given.append(outgoing)
        self.open.wait(60)
        return Sent(outcome="accepted", provider_id=outgoing.id)


class Notified:
    """Remembers whom a commit would have notified."""

    def __init__(self) -> None:
        self.all: list[Notify] = []

    async def notify(self, after: Notify) -> tuple[str, ...]:
        """Remember."""
        self.all.append(after)
        return ()
