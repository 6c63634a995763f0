"""A busy warehouse: what one of several processes does to the same few products, at random."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from backorder import schemas
from backorder.domain.line.events import CancelRequested, Shipped
from backorder.errors import RefusedError
from backorder.ports import Review
from backorder.schemas import parse
from backorder.services.record_request import NewRequest
from backorder.services.review_line import review
from backorder.services.services import Services, open_services
from backorder.settings import Settings
from backorder.storage.engine import reading
from tests.support.audit import watch_every_turn

SKUS = ("LAMP", "DESK", "SOFA")
EPOCH = datetime(2025, 3, 3, 9, tzinfo=UTC)
POLICIES = ("hold", "ship", "skip")
_HOLDING = text(
    "SELECT backorder, allocated AS units FROM demands WHERE allocated > 0 ORDER BY random() LIMIT 1"
)
_OPEN = text("SELECT backorder, open AS units FROM demands WHERE open > 0 ORDER BY random() LIMIT 1")


def open_warehouse(url: str) -> Services:
    """A store on a migrated database."""
    return open_services(Settings(database_url=url))


def furnish(url: str) -> None:
    """Put the products, a purchase order for each and the policies into a new database."""
    services = open_warehouse(url)
    with services.engine.begin() as connection:
        for partial in POLICIES:
            services.policies.load(connection, f'name = "{partial}"\npartial = "{partial}"')
    supplier = {"id": "acme", "name": "Acme", "lead_days": 14}
    services.supply.put_supplier(parse(schemas.Supplier, supplier), EPOCH)
    for sku in SKUS:
        product = {"sku": sku, "name": sku, "price": "10.00", "currency": "EUR", "supplier": "acme"}
        services.supply.put_product(parse(schemas.Product, product), EPOCH)
        lines = [{"line": "1", "sku": sku, "quantity": 1_000_000}]
        order = {"id": f"PO-{sku}", "supplier": "acme", "ordered_at": EPOCH, "lines": lines}
        services.supply.put_purchase_order(parse(schemas.PurchaseOrder, order), EPOCH)
    services.close()


class Hand:
    """One process's part in it. adjusted: units that its adjustments added or took, all in all."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        self._services = open_warehouse(url)
        self._name = name
        self._random = random.Random(seed)
        self._number = 0
        self.adjusted = 0
        self.done: Counter[str] = Counter()

    def work(self, count: int, tick: Callable[[], None]) -> None:
        """Do a number of things; raises what goes wrong."""
        watch_every_turn()
        acts = (self.open, self.receive, self.adjust, self.cancel, self.ship, self.look, self.replan)
        for _ in range(count):
            self._number += 1
            act = self._random.choices(acts, weights=(30, 18, 12, 12, 16, 8, 4))[0]
            self.done[act.__name__ if act() else "nothing to do"] += 1
            tick()
        self._services.close()

    @property
    def _id(self) -> str:
        return f"{self._name}-{self._number}"

    @property
    def _now(self) -> datetime:
        return EPOCH + timedelta(minutes=self._number)

    def open(self) -> bool:
        """A new line, perhaps one that was ordered before others."""
        customer = {"id": f"c{self._random.randrange(20)}", "name": "Ann", "region": "DE", "contact": "none"}
        raw = {
            "order_id": self._id,
            "line_id": "1",
            "sku": self._random.choice(SKUS),
            "quantity": self._random.randint(1, 5),
            "customer": customer,
            "unit_price": "10.00",
            "currency": "EUR",
            "ordered_at": EPOCH - timedelta(hours=self._random.randrange(200)),
            "payment": "unpaid",
            "policy": self._random.choice(POLICIES),
            "priority": self._random.choice((0, 0, 0, 5)),
        }
        opened = self._services.intake.open(parse(schemas.OrderLine, raw), self._now)
        self._review(opened.id)
        return True

    def receive(self) -> bool:
        """Goods arrive."""
        raw = {"receipt_id": self._id, "purchase_order": f"PO-{self._random.choice(SKUS)}", "line": "1"}
        rest = {"quantity": self._random.randint(1, 8), "received_at": self._now}
        self._services.stock.receive(parse(schemas.Receipt, raw | rest), self._now)
        return True

    def adjust(self) -> bool:
        """The stock is counted."""
        quantity = self._random.choice((-4, -3, -2, -1, 1, 2))
        raw = {"adjustment_id": self._id, "sku": self._random.choice(SKUS), "quantity": quantity}
        try:
            self._services.stock.adjust(parse(schemas.Adjustment, raw | {"reason": "counted"}), self._now)
        except RefusedError:  # there are not as many
            return False
        self.adjusted += quantity
        return True

    def cancel(self) -> bool:
        """Somebody cancels a line, or a part of one."""
        found = self._pick(_OPEN)
        if found is None:
            return False
        part = self._random.choice((None, self._random.randint(1, found.units)))
        event = CancelRequested(
            at=self._now,
            day=self._now.date(),
            request=self._id,
            quantity=part,
            reason="random",
            by="customer",
            received_at=self._now,
        )
        return self._ask(found.backorder, "cancel", event)

    def ship(self) -> bool:
        """Units of a line leave."""
        found = self._pick(_HOLDING)
        if found is None:
            return False
        event = Shipped(
            at=self._now,
            day=self._now.date(),
            shipment=self._id,
            quantity=self._random.randint(1, found.units),
            shipped_at=self._now,
        )
        return self._ask(found.backorder, "ship", event)

    def look(self) -> bool:
        """A line looks at its supply."""
        found = self._pick(_OPEN)
        if found is not None:
            self._review(found.backorder)
        return found is not None

    def replan(self) -> bool:
        """A product is pegged anew."""
        self._services.planner.replan(self._random.choice(SKUS), self._now)
        return True

    def _ask(self, backorder: str, kind: str, event: CancelRequested | Shipped) -> bool:
        new_request = NewRequest(id=self._id, kind=kind, event=event, given={})
        self._services.requests.record(backorder, new_request, self._now)
        self._review(backorder, self._id)
        return True

    def _review(self, backorder: str, *requests: str) -> None:
        params = Review(backorder=backorder, seq=0, at=self._now, requests=list(requests))
        review(self._services.lines, params, keyed=False)

    def _pick(self, query: Any) -> Any:
        with reading(self._services.engine) as connection:
            return connection.execute(query).one_or_none()
