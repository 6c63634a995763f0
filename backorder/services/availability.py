"""A date before the customer buys: what a line that is opened now would be promised."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from backorder.domain.availability import Availability, Quote, quote
from backorder.domain.policy.policy import Policy
from backorder.domain.texts import fault_of_sku
from backorder.errors import RefusedError
from backorder.queries.availability_view import AvailabilityView, availability_view
from backorder.queries.prospects import KnownProspect, SkuVersion, prospects, sku_versions
from backorder.storage.engine import glancing, reading
from backorder.storage.policies import PolicyRepository

POLICY = "standard"
"""The policy of a line whose order names none."""
KEPT = 20_000
"""SKUs of which it is remembered what a new line finds there."""
_LOCKS = 64
_UNKNOWN = Quote(status=Availability.UNKNOWN, free=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Available:
    """What can be said of a SKU before it is ordered, and of what it is true.

    version: of the SKU's queue, stock and supply; 0 for an unknown SKU. day: the shop's, on which it holds.
    """

    sku: str
    quantity: int
    quote: Quote
    version: int
    day: date


class AvailabilityService:
    """Answers from memory as long as a SKU's version stands: that costs one read by key, and no lock.

    What a new line finds at a SKU is read once a version, however many ask for it at the same time. Safe to
    use from several threads.
    """

    def __init__(self, engine: Engine, policies: PolicyRepository) -> None:
        self._engine = engine
        self._policies = policies
        # With the machine's time at which each began to be read.
        self._known: dict[str, tuple[float, KnownProspect]] = {}
        self._writing = threading.Lock()
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def ask(self, skus: Sequence[str], quantity: int, at: datetime) -> tuple[Available, ...]:
        """What can be said of a quantity of each SKU at a business instant, in the order asked.

        Nothing is reserved. What can be no SKU is unknown, as one is that is not on record: a page asks for
        all that it shows at once. Raises RefusedError where no policy is on record for new lines.
        """
        asked, possible = time.monotonic(), [sku for sku in skus if fault_of_sku(sku) is None]
        with glancing(self._engine) as connection:
            found = sku_versions(connection, possible, POLICY)
            policy = self._policy(connection, found)
        seen = self._remembered(found, asked, at)
        if missing := {sku: each for sku, each in found.items() if sku not in seen}:
            seen |= self._read(missing, asked, at)
        day = self._policies.calendar.day(at)
        quotes = {
            sku: quote(each.prospect, found[sku].terms, policy, quantity, at)
            for sku, each in seen.items()
            if policy is not None
        }
        return tuple(
            Available(
                sku=sku,
                quantity=quantity,
                quote=quotes.get(sku, _UNKNOWN),
                version=seen[sku].version if sku in quotes else 0,
                day=day,
            )
            for sku in skus
        )

    def views(self, skus: Sequence[str], quantity: int, at: datetime) -> tuple[AvailabilityView, ...]:
        """The same as people and programs read it."""
        return tuple(
            availability_view(each.sku, each.quantity, each.quote, version=each.version, day=each.day)
            for each in self.ask(skus, quantity, at)
        )

    def _policy(self, connection: Connection, found: Mapping[str, SkuVersion]) -> Policy | None:
        """The policy for new lines; None where no SKU is known."""
        versions = {each.policy for each in found.values()}
        if None in versions:
            raise RefusedError([f'there is no policy "{POLICY}", which a line has whose order names none'])
        return self._policies.get(connection, POLICY, *filter(None, versions)) if versions else None

    def _remembered(
        self, found: Mapping[str, SkuVersion], asked: float, at: datetime
    ) -> dict[str, KnownProspect]:
        """What is in memory and still true, by SKU: of the version found, or read since somebody asked."""
        seen = {}
        for sku, sku_version in found.items():
            begun, each = self._known.get(sku, (0.0, None))
            if each is not None and each.holds(each.version if begun > asked else sku_version.version, at):
                seen[sku] = each
        return seen

    def _read(self, found: Mapping[str, SkuVersion], asked: float, at: datetime) -> dict[str, KnownProspect]:
        """Read what is not in memory; who comes meanwhile waits for it."""
        with self._locked(found):
            seen = self._remembered(found, asked, at)
            if missing := sorted(found.keys() - seen.keys()):
                begun = time.monotonic()
                with reading(self._engine) as connection:
                    fresh = prospects(connection, missing, at)
                self._remember(fresh, begun)
                seen |= fresh
        return seen

    def _remember(self, fresh: Mapping[str, KnownProspect], begun: float) -> None:
        with self._writing:
            self._known |= {sku: (begun, each) for sku, each in fresh.items()}
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]

    @contextmanager
    def _locked(self, skus: Iterable[str]) -> Iterator[None]:
        """Hold the locks of SKUs, in their order: others may be looked at meanwhile."""
        with ExitStack() as held:
            for number in sorted({hash(sku) % _LOCKS for sku in skus}):
                held.enter_context(self._locks[number])
            yield
