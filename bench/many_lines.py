"""A database with very many backorders, made fast: a small shop lives through it, then it is multiplied.

The small shop is made by the real services, so that its rows are those of production; its copies are written
by the database itself, under names of their own. Nothing else than PostgreSQL does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, Table

from backorder.schemas import PurchaseOrder, parse
from backorder.services.services import Services
from backorder.storage.tables import (
    allocations,
    backorders,
    customer_terms,
    customers,
    demands,
    events,
    expected_receipts,
    message_items,
    messages,
    peggings,
    product_terms,
    products,
    promises,
    purchase_order_lines,
    purchase_orders,
    receipts,
    requests,
    sends,
    stated_dates,
    stock,
    stock_movements,
    timeline,
)
from bench.progress import Show
from tests.support.shop import Shop

MARK = "zqz"
"""Stands in every name of the small shop; in a copy the copy's number stands there."""
SKUS, LINES_PER_SKU = 5, 40
LINES = SKUS * LINES_PER_SKU
"""Backorders of the small shop."""
LATE_DAYS = 5
"""For how long the supply of its last product is overdue."""
COPIES_A_BATCH = 50
"""Copies in one transaction."""
AT_WORK = 2
"""Connections that make copies."""
FIRST = ("Ada", "Bela", "Carla", "Dario", "Edda", "Finn", "Greta", "Hugo", "Ines", "Jonas")
LAST = ("Meyer", "Okafor", "Silva", "Novak", "Larsen", "Rossi", "Tanaka", "Dubois", "Haddad", "Kowalski")
GOODS = ("Walnut desk", "Reading lamp", "Oak shelf", "Linen sofa", "Garden chair")
_NAMED = ("backorder", "customer", "purchase_order", "sku", "id", "product")
"""Columns that tell the small shop's rows."""
_IDS = {(messages, "id"), (message_items, "message"), (sends, "message"), (promises, "message")}
_IDS |= {(sends, "id"), (events, "id")}
"""Columns that hold random IDs, which each copy has of its own."""
_COPIED: tuple[Table, ...] = (
    *(
        products,
        product_terms,
        stock,
        stock_movements,
        customers,
        customer_terms,
        purchase_orders,
        purchase_order_lines,
    ),
    *(stated_dates, expected_receipts, receipts, backorders, demands, allocations),
    *(requests, promises, peggings),
    *(messages, message_items, sends, events, timeline),
)


def fill(services: Services, lines: int, show: Show, now: datetime | None = None) -> int:
    """Put about so many backorders into an empty, migrated PostgreSQL database. Returns how many there are.

    now: the business instant up to which they have lived; this moment if not given.
    """
    show("a small shop", 0, 0)
    SmallShop(services, now or datetime.now(UTC)).live()
    copies = max(0, round(lines / LINES) - 1)
    batches = iter(
        [(first, min(first + COPIES_A_BATCH - 1, copies)) for first in range(1, copies + 1, COPIES_A_BATCH)]
    )
    with ThreadPoolExecutor(AT_WORK) as pool:
        for each in [pool.submit(_copy_all, services, batches, copies, show) for _ in range(AT_WORK)]:
            each.result()
    show("the database takes stock", 0, 0)
    with services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        connection.exec_driver_sql(
            "CHECKPOINT"
        )  # what is written later would be in the way of what is measured
    return (copies + 1) * LINES


def _copy_all(services: Services, batches: Iterator[tuple[int, int]], copies: int, show: Show) -> None:
    """Make the copies of one batch after the other, as long as there are any."""
    with services.engine.connect() as connection:
        # Whatever the rows refer to is copied with them; triggers would count what the copies count already.
        connection.exec_driver_sql("SET session_replication_role = replica")
        for table in _COPIED:
            _set_apart(connection, table)
        connection.commit()
        for first, last in batches:
            for table in _COPIED:
                _copy(connection, table, first, last)
            connection.commit()
            show("backorders are copied", last * LINES, copies * LINES)
        connection.exec_driver_sql("SET session_replication_role = DEFAULT")
        connection.exec_driver_sql("DISCARD TEMP")
        connection.commit()


def _set_apart(connection: Connection, table: Table) -> None:
    """Keep the small shop's rows of a table, so that they are found among millions."""
    spoken = f"(SELECT message FROM message_items WHERE backorder LIKE '%%{MARK}%%')"  # noqa: S608 a constant
    names = set(table.columns.keys())
    where = next(f"{name} LIKE '%%{MARK}%%'" for name in _NAMED if name in names)
    if table in (messages, sends):
        where = f"{'id' if table is messages else 'message'} IN {spoken}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE small_{table.name} AS SELECT * FROM {table.name} WHERE {where}"  # noqa: S608 names of ours
    )


def _copy(connection: Connection, table: Table, first: int, last: int) -> None:
    numbered = table.autoincrement_column
    named = [column.name for column in table.columns if column is not numbered]
    columns = ", ".join(f'"{name}"' for name in named)
    values = ", ".join(_copied(table, name) for name in named)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({columns}) SELECT {values} "  # noqa: S608 names of ours
        f"FROM small_{table.name}, generate_series({first}, {last}) AS copy"
    )


def _copied(table: Table, name: str) -> str:
    if (table, name) in _IDS:
        return f"substr(md5({name} || copy), 1, 24)"
    if (table, name) == (backorders, "listed"):  # which says how long the state is that it was made of
        size = f"octet_length({_copied(backorders, 'state')})"
        return f"replace(listed, ',' || octet_length(state) || ',', ',' || {size} || ',')"
    is_text = table.columns[name].type.python_type is str
    return f"replace(\"{name}\", '{MARK}', copy::text)" if is_text else f'"{name}"'


class SmallShop:
    """Lines that were ordered over ten weeks: shipped, cancelled, ready, late, waiting, without a date.

    Late are those of the last product: their day is over without their units, and they are about to hear.
    """

    def __init__(self, services: Services, now: datetime) -> None:
        self._services = services
        self._now = now
        self._shop = Shop(services, now - timedelta(weeks=10))
        self._numbers = count()

    def live(self) -> None:
        """Let it live until now."""
        shop = self._shop
        for supplier in ("acme", "bolt"):
            shop.supplier(supplier)
        skus = [f"SKU-{MARK}-{number}" for number in range(SKUS)]
        *others, late = skus
        for number, sku in enumerate(skus):
            shop.product(sku, name=f"{GOODS[number]} {MARK}", supplier=("acme", "bolt")[number % 2])
            self._buy(sku, 1, 15, shop.now + timedelta(days=30))
        self._order(skus, LINES // 2)
        self._at(weeks=5)
        for number, sku in enumerate(skus):
            shop.receive(15, f"R-{MARK}-{number}", order=f"PO-{sku}-1")
            self._buy(sku, 2, 20, self._now + timedelta(days=-LATE_DAYS if sku == late else 10))
            shop.replan(sku)
        self._review_all()
        for number in range(0, LINES // 2, 3):
            self._ship(number)
        for number in range(4, LINES // 2, 10):
            shop.cancel(f"O-{MARK}-{number}", id=f"C-{number}")
        self._order(skus, LINES - LINES // 2)
        self._at(weeks=2)
        for sku in others:
            later = (self._now + timedelta(days=21)).date()
            shop.state_dates((20, later), order=f"PO-{sku}-2")
            shop.replan(sku)
        self._review_all()
        self._at(weeks=0)
        self._review(others)
        self._dispatch()
        self._review([late])

    def _at(self, *, weeks: int) -> None:
        """Go on until so long before the end."""
        self._shop.now = self._now - timedelta(weeks=weeks)

    def _buy(self, sku: str, number: int, quantity: int, day: datetime) -> None:
        line = {"sku": sku, "quantity": quantity, "stated_date": day.date()}
        raw = {"id": f"PO-{sku}-{number}", "supplier": "acme", "ordered_at": self._shop.now}
        order = parse(PurchaseOrder, raw | {"lines": [line | {"line": "1"}]})
        self._services.supply.put_purchase_order(order, self._shop.now)

    def _order(self, skus: list[str], lines: int) -> None:
        """Lines come in, are looked at, and hear."""
        shop = self._shop
        for _ in range(lines):
            number = next(self._numbers)
            person = f"{FIRST[number % 10]} {MARK} {LAST[number // 10 % 10]}"
            customer = {
                "id": f"c-{MARK}-{number}",
                "name": person,
                "email": f"{person.replace(' ', '.').lower()}.{number}@example.com",
            }
            shop.now += timedelta(hours=1)
            sku = skus[number % SKUS]
            shop.start(f"O-{MARK}-{number}", sku=sku, customer=customer, policy="standard")
        self._dispatch()

    def _review_all(self) -> None:
        """Every line looks at what is new, and hears."""
        self._review([f"SKU-{MARK}-{number}" for number in range(SKUS)])
        self._dispatch()

    def _review(self, skus: Collection[str]) -> None:
        for row in self._shop.rows("SELECT order_id, sku FROM backorders ORDER BY id"):
            if row["sku"] in skus:
                self._shop.review(row["order_id"])

    def _dispatch(self) -> None:
        for _ in range(3):
            self._shop.now += timedelta(minutes=3)
            for person in ("customer/ann", "customer/bob", "customer/eve"):
                self._shop.dispatch(person)

    def _ship(self, number: int) -> None:
        order = f"O-{MARK}-{number}"
        if self._shop.allocated(order) == [1]:
            self._shop.ship(order, id=f"S-{MARK}-{number}")
