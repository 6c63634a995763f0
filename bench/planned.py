"""A shop whose customers wait for their first message, each of them one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import delete, func, insert, select

from backorder import schemas
from backorder.ports import Notify, Review
from backorder.services.open_line import Opened
from backorder.services.review_line import review
from backorder.services.services import Services, machine_now, open_services
from backorder.settings import Settings
from backorder.storage.engine import reading, writing
from backorder.storage.tables import dispatchers, messages

POLICY = """name = "dispatch"
[updates]
every = "365d"
gather = "0s"                # everybody has one line, and waits for no other
quiet_hours = "04:00-04:01"
[duties]
pack = "none"
"""
SKU, TOGETHER, THREADS = "DESK", 200, 8
_SENT = select(func.count()).select_from(messages).where(messages.c.state == "sent")


class WaitingShop:
    """Lines on record that nobody has reviewed yet: the review of each plans its first message."""

    def __init__(self, services: Services, lines: Sequence[str]) -> None:
        self.services = services
        self.lines = lines

    def review(self, id: str) -> Notify:
        """Review a line as a worker does. Returns whom to call after it."""
        at = self.services.clock().business(machine_now())
        _, after = review(self.services.lines, Review(backorder=id, seq=1, at=at))
        return after

    def plan(self) -> None:
        """Plan everybody's message."""
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(self.review, self.lines))

    def sent(self) -> int:
        """How many messages have gone."""
        with reading(self.services.engine) as connection:
            return connection.execute(_SENT).scalar_one()


@contextmanager
def waiting_shop(url: str, folder: Path, lines: int, shards: int) -> Iterator[WaitingShop]:
    """A shop in a migrated database, with so many lines of as many customers and so many shards."""
    services = open_services(Settings(data=folder, database_url=url))
    try:
        services.keep_zone()
        with writing(services.engine) as connection:
            connection.execute(delete(dispatchers))
            connection.execute(
                insert(dispatchers), [{"shard": each, "wake_at": None} for each in range(shards)]
            )
            services.policies.load(connection, POLICY)
        _supply(services, lines)
        yield WaitingShop(services, [*_opened(services, lines)])
    finally:
        services.close()


def _supply(services: Services, lines: int) -> None:
    at = services.clock().business(machine_now())
    services.supply.put_supplier(schemas.Supplier(id="acme", name="Acme", lead_days=14), at)
    price = Decimal(100)
    services.supply.put_product(
        schemas.Product(sku=SKU, name="Desk", price=price, currency="EUR", supplier="acme"), at
    )
    line = schemas.PurchaseOrderLine(
        line="1", sku=SKU, quantity=lines, stated_date=(at + timedelta(days=60)).date()
    )
    order = schemas.PurchaseOrder(id="PO-1", supplier="acme", ordered_at=at, lines=(line,))
    services.supply.put_purchase_order(order, at)


def _opened(services: Services, lines: int) -> Iterator[str]:
    at = services.clock().business(machine_now())
    for first in range(0, lines, TOGETHER):
        numbers = range(first, min(first + TOGETHER, lines))
        for opened in services.intake.open_all([_line(number, at) for number in numbers], at):
            if not isinstance(opened, Opened):
                raise opened
            yield opened.id


def _line(number: int, at: datetime) -> schemas.OrderLine:
    name = f"C{number:06}"
    customer = schemas.Customer(id=name, name="Ann Example", email=f"{name}@example.com", region="DE")
    return schemas.OrderLine(
        order_id=name,
        line_id="1",
        sku=SKU,
        quantity=1,
        customer=customer,
        unit_price=Decimal(100),
        currency="EUR",
        ordered_at=at,
        payment="captured",
        policy="dispatch",
    )
