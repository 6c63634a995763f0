"""The few Protocols between the activities and the adapters, and the values that cross them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Channel = Literal["email", "sms"]
Outcome = Literal["accepted", "transient", "permanent", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One text on its way to one person over one channel.

    id: the send's own opaque ID; it travels with the text so that it can be found again at the provider.
    to: an email address or an E.164 number. subject and html are empty for SMS.
    """

    id: str
    channel: Channel
    to: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of handing a text to a provider.

    outcome: accepted (the provider has it), transient (certainly not processed; try again, after
        `retry_after` seconds where the provider said so), permanent (it will never work as it is; `code`
        says why), unknown (it may or may not have been processed: never send again blindly).
    provider_id: the provider's own ID, where it gave one. reason: one plain sentence, no personal data.
    """

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    reason: str = ""
    retry_after: float | None = None


class Sender(Protocol):
    """One channel's way out. Never raises for what a provider answers; never retries by itself."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand one text over, once."""
        ...
