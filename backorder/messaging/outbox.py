"""The default way out: nothing leaves the machine."""

from __future__ import annotations

from datetime import datetime

from backorder.ports import LookedUp, Outgoing, Sent


class OutboxSender:
    """Accepts every text on every channel; what it says stays in the caller's own row, on a page."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Accept the text. provider_id: `outbox-` and the send's own ID."""
        return Sent(outcome="accepted", provider_id=f"outbox-{outgoing.id}")

    def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
        """It has not got it: what it gets is settled in the same transaction, or never claimed."""
        return LookedUp(sighting="never", reason="The outbox never got it.")
