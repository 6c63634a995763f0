"""Many at once: nobody waits in a circle, nothing is lost, nobody is passed over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from backorder.errors import RefusedError
from backorder.ports import Claimed, Review, Sent
from backorder.services.review_line import review
from backorder.services.services import Services
from tests.support.audit import faults
from tests.support.days import at, day
from tests.support.many_hands import run
from tests.support.sending import Desk
from tests.support.shop import Shop

HAMMERING_S = 4.0
LINES = 6


class Hammer:
    """Does everything that touches the same few lines, over and over."""

    def __init__(self, services: Services, number: int) -> None:
        self.shop = Shop(services)
        self.number = number
        self.turn = 0
        self.adjusted = 0
        self.random = random.Random(number)

    def work(self, until: float) -> None:
        """Go on until then."""
        acts: list[Callable[[], object]] = [
            self.look,
            self.look,
            self.receive,
            self.adjust,
            self.cancel,
            self.record_outcome,
            self.record_outcome,
            self.replan,
            self.dates,
            self.open,
            self.put,
        ]
        while time.monotonic() < until:
            self.turn += 1
            self.shop.now = at(0) + timedelta(hours=self.turn)
            self.random.choice(acts)()

    @property
    def id(self) -> str:
        return f"{self.number}-{self.turn}"

    @property
    def line(self) -> str:
        return f"O-{self.random.randrange(LINES)}"

    def look(self) -> None:
        self.review(self.line)

    def receive(self) -> None:
        self.shop.receive(1, f"R-{self.id}", line=self.random.choice("12"))

    def adjust(self) -> None:
        self.shop.adjust(1, f"A-{self.id}", sku=self.random.choice(("LAMP", "DESK")))
        self.adjusted += 1

    def cancel(self) -> None:
        order, id = self.line, f"C-{self.id}"
        self.shop.ask(order, self.shop.cancellation(1, id))
        self.review(order, id)

    def review(self, order: str, *requests: str) -> None:
        params = Review(backorder=f"{order}/1", seq=0, at=self.shop.now, requests=list(requests))
        review(self.shop.services.lines, params, keyed=False)

    def record_outcome(self) -> None:
        desk = Desk(self.shop, datetime.now(UTC))
        for message in desk.batch().calls:
            if isinstance(message, Claimed):
                sent = Sent(outcome=self.random.choice(("accepted", "accepted", "transient")))
                desk.record_outcome(message, sent)

    def replan(self) -> None:
        self.shop.replan(self.random.choice(("LAMP", "DESK")))

    def dates(self) -> None:
        rows = self.shop.rows(
            "SELECT quantity - received AS units FROM purchase_order_lines WHERE line = '1'"
        )
        stated = day(self.random.randrange(20, 40))
        # Somebody else may have received some of them meanwhile.
        with suppress(RefusedError):
            self.shop.state_dates((rows[0]["units"], stated))

    def open(self) -> None:
        self.shop.open(f"N-{self.id}", 1, sku=self.random.choice(("LAMP", "DESK")))

    def put(self) -> None:
        units = 900 + self.random.randrange(50)
        lines = [{"sku": "LAMP", "quantity": units}, {"sku": "DESK", "quantity": units}]
        if self.random.random() < 0.5:
            self.shop.purchase("PO-1", *lines, drop=True)
        else:
            self.shop.purchase(
                "PO-1", *({**line, "line": str(2 - i)} for i, line in enumerate(lines[::-1])), drop=True
            )


def test_what_works_on_the_same_lines_at_once_never_deadlocks(shop: Shop) -> None:
    shop.product("DESK")
    shop.purchase("PO-1", {"quantity": 900}, {"sku": "DESK", "quantity": 900})
    for number in range(LINES):
        shop.start(f"O-{number}", 500, sku=("LAMP", "DESK")[number % 2])
    hammers = [Hammer(shop.services, number) for number in range(8)]
    until = time.monotonic() + HAMMERING_S
    with ThreadPoolExecutor(len(hammers)) as pool:
        for done in [pool.submit(hammer.work, until) for hammer in hammers]:
            done.result()
    assert faults(shop.services.engine, sum(hammer.adjusted for hammer in hammers)) == []
    assert sum(hammer.turn for hammer in hammers) > LINES


def test_fifty_writers_at_once_all_succeed(shop: Shop) -> None:
    shop.purchase()
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda number: shop.open(f"O-{number:02}"), range(50)))
        list(pool.map(lambda number: shop.receive(1, f"R-{number}"), range(50)))
    assert shop.stock() == (50, 50)
    assert sum(shop.allocated(*(f"O-{number:02}" for number in range(50)))) == 50


def test_a_line_that_ends_while_its_units_arrive_leaves_them_to_the_next(shop: Shop) -> None:
    """The policy's ending takes units that nobody asked to free: it has to lock them all the same."""
    shop.purchase("PO-1", {"quantity": 500})
    for number in range(20):
        shop.start(f"O-{number}", payment="unpaid")
    shop.now = at(100, 12)

    def end(number: int) -> None:
        for seq in range(2, 5):
            shop.review(f"O-{number}", seq=seq)

    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(end, number) for number in range(20)]
        came = [pool.submit(shop.receive, 1, f"R-{number}") for number in range(20)]
        for ended in ends:
            ended.result()
        for arrived in came:
            arrived.result()
    assert faults(shop.services.engine, 0) == []


def test_after_random_operations_of_eight_processes_everything_adds_up(database_url: str) -> None:
    result = run(database_url, 480, 8, seed=3)
    assert result.faults == []
    assert sum(result.done.values()) == 480
