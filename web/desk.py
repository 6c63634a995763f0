"""What every call works with: the services, the client, the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request
from temporalio.client import Client

from backorder.services.api_keys import ShownKeys
from backorder.services.services import Services
from backorder.settings import Settings
from starter.client import Backorders
from starter.status import Presence
from starter.temporal_circuit_breaker import CircuitBreaker
from web.import_slots import ImportSlots
from web.limits import RateLimits
from web.plan_queue import PlanQueue
from web.shared_answers import SharedAnswer

CHOICES_A_SECOND = 1.0
"""How often one customer's link may choose something, over ten seconds; a scanner presses faster."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """One process that serves. embedded: on somebody's own machine, with the outbox as a page.

    temporal: what is asked of it itself goes through `asked_of_temporal`. metrics: what is measured, in
    Prometheus' form; None where nobody measures. page_limits: how often a customer's link may choose
    something. plans: where plans are worked out, one after the other; who waits for one takes no thread from
    others. presence: who works, as Temporal says, or why it says nothing. imports: those that are under way.
    """

    settings: Settings
    services: Services
    client: Backorders
    temporal: Client
    breaker: CircuitBreaker
    limits: RateLimits
    keys: ShownKeys
    embedded: bool = False
    metrics: Callable[[], bytes] | None = None
    page_limits: RateLimits = field(default_factory=lambda: RateLimits(CHOICES_A_SECOND))
    plans: PlanQueue = field(default_factory=PlanQueue)
    presence: SharedAnswer[Presence | str] = field(default_factory=SharedAnswer)
    imports: ImportSlots = field(default_factory=ImportSlots)
    extra: dict[str, object] = field(default_factory=dict)

    def now(self) -> datetime:
        """Business time."""
        return self.client.now()


def desk_of(request: Request) -> Desk:
    """The desk of the process that got a request."""
    found: Desk = request.app.state.desk
    return found
