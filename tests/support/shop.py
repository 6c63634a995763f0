"""A shop on a store: short names for what it takes in, and what its workflows would do, done at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from activities.dispatch import Deliver, Dispatcher
from activities.threads import Threads
from activities.timing import Moment, Timing
from backorder import schemas
from backorder.domain.clock import Clock
from backorder.domain.line.events import (
    Answered,
    CancelRequested,
    DeliveryRefused,
    Held,
    PromiseMade,
    Shipped,
)
from backorder.domain.line.state import State
from backorder.messaging.customer_links import LinkSender
from backorder.ports import Channel, Notify, Outgoing, Review, Reviewed, Sender
from backorder.schemas import parse
from backorder.services.open_line import Opened
from backorder.services.record_request import NewRequest, RecordedRequest
from backorder.services.record_stock import Booked
from backorder.services.review_line import review
from backorder.services.services import Services
from backorder.storage.engine import reading
from tests.support.days import at, day
from tests.support.senders import Notified, Recorder


class StillTiming(Timing):
    """Business time that stands still, however long it takes."""

    def __init__(self, at: datetime) -> None:
        super().__init__(Clock)
        self._at = at

    def moment(self, asked: datetime) -> Moment:
        """The same instant each time."""
        return Moment(at=self._at, clock=None)


PROMOTIONS: dict[str, Any] = {
    "email": {"at": "2025-03-01T10:00:00Z", "how": "checkout", "wording": "Yes, send me offers by mail."}
}
"""What somebody says who agreed to promotions by mail."""


class Shop:
    """One shop. `now` is the business instant of everything that happens."""

    def __init__(self, services: Services, now: datetime | None = None) -> None:
        self.services = services
        self.now = now or at(0)
        self.out = Recorder()
        self._seqs: dict[str, int] = {}

    # --- supply

    def supplier(self, id: str = "acme", **fields: Any) -> Notify:
        """A supplier with a lead time of two weeks."""
        raw = {"id": id, "name": id.title(), "lead_days": 14} | fields
        return self.services.supply.put_supplier(parse(schemas.Supplier, raw), self.now)

    def product(self, sku: str = "LAMP", **fields: Any) -> Notify:
        """A product of 10 euros."""
        raw = {"sku": sku, "name": sku.title(), "price": "10.00", "currency": "EUR", "supplier": "acme"}
        return self.services.supply.put_product(parse(schemas.Product, raw | fields), self.now)

    def purchase(
        self,
        id: str = "PO-1",
        *lines: Mapping[str, Any],
        supplier: str = "acme",
        ordered: int = 0,
        drop: bool = False,
    ) -> Notify:
        """A purchase order; without lines one for 10 lamps, on day 20."""
        found = lines or ({"stated_date": day(20)},)
        raw = {
            "id": id,
            "supplier": supplier,
            "ordered_at": at(ordered),
            "lines": [
                {"line": str(number), "sku": "LAMP", "quantity": 10} | dict(line)
                for number, line in enumerate(found, start=1)
            ],
        }
        order = parse(schemas.PurchaseOrder, raw)
        return self.services.supply.put_purchase_order(order, self.now, drop=drop).after

    def receive(
        self,
        quantity: int,
        id: str = "R-1",
        *,
        order: str = "PO-1",
        line: str = "1",
        received_at: datetime | None = None,
    ) -> Notify:
        """Goods arrive."""
        raw = {"receipt_id": id, "purchase_order": order, "line": line, "quantity": quantity}
        receipt = parse(schemas.Receipt, raw | {"received_at": received_at or self.now})
        return self.services.stock.receive(receipt, self.now).after

    def send_back(
        self,
        quantity: int,
        id: str = "B-1",
        *,
        receipt: str = "R-1",
        order: str = "PO-1",
        line: str = "1",
        replacement: bool = False,
        returned_at: datetime | None = None,
    ) -> Booked:
        """Goods go back to the supplier."""
        raw: dict[str, object] = {
            "return_id": id,
            "receipt_id": receipt,
            "purchase_order": order,
            "line": line,
        }
        rest: dict[str, object] = {
            "quantity": quantity,
            "replacement": replacement,
            "returned_at": returned_at,
        }
        return self.services.stock.send_back(parse(schemas.SupplyReturn, raw | rest), self.now)

    def adjust(
        self, quantity: int, id: str = "A-1", sku: str = "LAMP", happened: datetime | None = None
    ) -> Notify:
        """The stock turns out to be another."""
        raw = {"adjustment_id": id, "sku": sku, "quantity": quantity, "reason": "counted", "at": happened}
        return self.services.stock.adjust(parse(schemas.Adjustment, raw), self.now).after

    def count(self, on_hand: int, as_of: datetime | None = None, sku: str = "LAMP") -> Notify:
        """Somebody counts the shelf."""
        raw = {"sku": sku, "on_hand": on_hand, "as_of": as_of or self.now}
        return self.services.stock.count(parse(schemas.StockCount, raw), self.now).after

    def state_dates(self, *splits: tuple[int, date | None], order: str = "PO-1", line: str = "1") -> Notify:
        """The supplier states dates; none at all: it cannot supply."""
        raw: dict[str, Any] = {"purchase_order": order, "line": line, "source": "mail"}
        raw["splits"] = [{"quantity": quantity, "date": when} for quantity, when in splits]
        raw["cannot_supply"] = not splits
        return self.services.dates.state(parse(schemas.StatedDates, raw), self.now).after

    def replan(self, sku: str = "LAMP") -> tuple[int, int]:
        """Peg a SKU anew. Returns how many lines wait and how many have another supply now."""
        done = self.services.planner.replan(sku, self.now)
        return done.lines, done.changed

    def unnotified(self, sku: str = "LAMP") -> list[str]:
        """Lines that have to be reviewed and were not notified."""
        return [line for line, _ in self.services.planner.unnotified(sku, after="", limit=1000)]

    # --- lines

    def line(self, order: str = "O-1", quantity: int = 1, **fields: Any) -> schemas.OrderLine:
        """An order line of Ann's for lamps."""
        customer = {"id": "ann", "name": "Ann", "email": "ann@example.com", "region": "DE"}
        raw = {
            "order_id": order,
            "line_id": "1",
            "sku": "LAMP",
            "quantity": quantity,
            "customer": customer | fields.pop("customer", {}),
            "unit_price": "10.00",
            "currency": "EUR",
            "ordered_at": self.now,
            "payment": "captured",
        }
        return parse(schemas.OrderLine, raw | fields)

    def open(self, order: str = "O-1", quantity: int = 1, **fields: Any) -> Opened:
        """Put an order line on record."""
        return self.services.intake.open(self.line(order, quantity, **fields), self.now)

    def review(self, order: str = "O-1", *requests: str, seq: int | None = None) -> tuple[Reviewed, Notify]:
        """What the line's workflow would do: the next review."""
        backorder = f"{order}/1"
        number = self._seqs.get(backorder, 0) + 1 if seq is None else seq
        self._seqs[backorder] = number
        params = Review(backorder=backorder, seq=number, at=self.now, requests=list(requests))
        return review(self.services.lines, params)

    def start(self, order: str = "O-1", quantity: int = 1, **fields: Any) -> Reviewed:
        """Put an order line on record and review it for the first time."""
        self.open(order, quantity, **fields)
        return self.review(order)[0]

    def ask(self, order: str, new_request: NewRequest) -> RecordedRequest:
        """Put a request on record."""
        return self.services.requests.record(f"{order}/1", new_request, self.now)

    def cancel(self, order: str = "O-1", quantity: int | None = None, id: str = "C-1") -> Reviewed:
        """Cancel a line, or a part of it."""
        self.ask(order, self.cancellation(quantity, id))
        return self.review(order, id)[0]

    def ship(self, order: str = "O-1", quantity: int = 1, id: str = "S-1") -> Reviewed:
        """Units of a line leave."""
        event = Shipped(at=self.now, day=self._day(), shipment=id, quantity=quantity, shipped_at=self.now)
        self.ask(
            order, NewRequest(id=f"shipment-{id}", kind="ship", event=event, given={"quantity": quantity})
        )
        return self.review(order, f"shipment-{id}")[0]

    def refuse_delivery(self, order: str = "O-1", id: str = "D-1") -> Reviewed:
        """The shop does not deliver what is open of a line."""
        event = DeliveryRefused(at=self.now, day=self._day(), request=id, reason="broken", by="eve")
        self.ask(order, NewRequest(id=id, kind="refuse_delivery", event=event, given={}))
        return self.review(order, id)[0]

    def promise(self, order: str, by_date: date, id: str = "P-1") -> Reviewed:
        """The shop promises a day."""
        reason = "found another maker"
        event = PromiseMade(at=self.now, day=self._day(), request=id, by_date=by_date, reason=reason)
        self.ask(order, NewRequest(id=id, kind="promise", event=event, given={"by_date": by_date}))
        return self.review(order, id)[0]

    def take_alternative(self, order: str, sku: str, id: str = "T-1") -> Reviewed:
        """The customer takes something else."""
        event = Answered(
            at=self.now, day=self._day(), request=id, choice="alternative", received_at=self.now, sku=sku
        )
        self.ask(
            order, NewRequest(id=id, kind="answer", event=event, given={"choice": "alternative", "sku": sku})
        )
        return self.review(order, id)[0]

    def cancellation(self, quantity: int | None = None, id: str = "C-1") -> NewRequest:
        """A request to cancel."""
        event = CancelRequested(
            at=self.now,
            day=self._day(),
            request=id,
            quantity=quantity,
            reason="changed my mind",
            by="customer",
            received_at=self.now,
        )
        return NewRequest(id=id, kind="cancel", event=event, given={"quantity": quantity})

    def silence(self, until: datetime, id: str = "H-1") -> NewRequest:
        """A request for no messages."""
        event = Held(at=self.now, day=self._day(), until=until, reason="asked for it")
        return NewRequest(id=id, kind="hold", event=event, given={"until": until})

    def dispatch(self, person: str = "customer/ann") -> list[Outgoing]:
        """Send what is due in a person's shard, as its dispatcher would. Returns all that ever went out."""
        with ThreadPoolExecutor(1) as pool:
            links = self.services.links
            out = LinkSender(self.out, links) if links else self.out
            senders: dict[Channel, Sender] = {"email": out, "sms": out}
            dispatcher = Dispatcher(
                self.services.dispatch, senders, Notified(), Threads(pool), StillTiming(self.now), linger=0.0
            )
            params = Deliver(shard=self.services.dispatch.shard_of(person), at=self.now, clock=Clock())
            asyncio.run(dispatcher.deliver(params))
        return self.out.given

    # --- looking

    def state(self, order: str = "O-1") -> State:
        """A line's state."""
        return self.services.lines.read(f"{order}/1")[1]

    def allocated(self, *orders: str) -> list[int]:
        """Units that are set aside for each line."""
        rows = {row["backorder"]: row["allocated"] for row in self.rows("SELECT * FROM demands")}
        return [rows[f"{order}/1"] for order in orders]

    def demand(self, order: str = "O-1") -> dict[str, Any]:
        """A line's row in the queue."""
        return self.rows("SELECT * FROM demands WHERE backorder = :id", id=f"{order}/1")[0]

    def stock(self, sku: str = "LAMP") -> tuple[int, int]:
        """Units on hand, and how many of them are set aside."""
        row = self.rows("SELECT * FROM stock WHERE sku = :sku", sku=sku)[0]
        return row["on_hand"], row["allocated"]

    def marked(self) -> list[str]:
        """SKUs that wait to be pegged anew."""
        return [row["sku"] for row in self.rows("SELECT DISTINCT sku FROM replans ORDER BY sku")]

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of the database as they are."""
        with reading(self.services.engine) as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def run(self, statement: str, **values: Any) -> None:
        """Change the database behind the code's back."""
        with self.services.engine.begin() as connection:
            connection.execute(text(statement), values)

    def unprotect(self, table: str) -> None:
        """Take the triggers of an append-only table away."""
        if self.services.engine.dialect.name == "postgresql":
            self.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        for row in self.rows(triggers, table=table):
            self.run(f"DROP TRIGGER {row['name']}")

    def _day(self) -> date:
        return self.services.calendar.day(self.now)
