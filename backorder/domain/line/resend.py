"""Saying once more what was said, because a person asks for it: only what still holds."""

from __future__ import annotations

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import ResendRequested
from backorder.domain.line.saying import Saying
from backorder.domain.line.still_true import fault_of
from backorder.domain.line.units import UnacceptableError
from backorder.domain.notifications import NOTIFICATIONS

_NEVER_SENT = {
    "planned": "it has not gone yet, and goes by itself",
    "claimed": "it is being sent right now",
    "unknown": "nobody knows yet whether it went; it is looked up at the provider",
    "failed": "it reached nobody; what still holds of it goes once their address or number is corrected",
    "withdrawn": "it reached nobody: it was taken back",
}
"""Why a message cannot be sent again that is not known to have gone."""


def resend_requested(builder: DecisionBuilder, event: ResendRequested) -> None:
    """A person asks to say it once more. It tells nothing new: no promise, no revision."""
    label = NOTIFICATIONS[event.kind].label
    if event.state != "sent":
        raise UnacceptableError(f"{label}: {_NEVER_SENT.get(event.state, event.state)}")
    if not event.reachable:
        raise UnacceptableError(f"{label}: the customer has no usable email address or phone number")
    saying = Saying(key=event.key, kind=event.kind, facts=event.facts, revision=event.revision)
    if fault := fault_of(builder, saying):
        raise UnacceptableError(f"{label}: {fault}")
    at = builder.tell(event.key, event.kind, event.facts)
    builder.because(f"{event.kind.value} is sent again")
    if at > event.at:
        builder.because("it goes once the hold is over")
