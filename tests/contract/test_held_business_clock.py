"""A clock that is held: activities act by the one that counts, and it waits for what is undone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.sweeps import UNDER_WAY, Sweep, Sweeps
from activities.threads import Threads
from activities.timing import Timing
from backorder.domain.clock import Clock, starting_at
from backorder.queries.due_work import next_due, undone
from backorder.storage.engine import reading, writing
from backorder.storage.tables import backorders, customers
from tests.support.days import at
from tests.support.nobody import Nobody
from tests.support.shop import Shop

BEGINS = datetime(2026, 9, 7, 8, tzinfo=UTC)
DAY_IN_A_SECOND = 86_400.0


def test_the_machines_own_time_is_taken_as_asked() -> None:
    moment = Timing(Clock).moment(BEGINS)
    assert (moment.at, moment.clock) == (BEGINS, None)


def test_what_is_not_due_yet_by_the_clock_that_counts_is_not_done_early() -> None:
    held = starting_at(BEGINS, datetime.now(UTC), DAY_IN_A_SECOND).held(BEGINS, datetime.now(UTC))
    moment = Timing(lambda: held).moment(BEGINS + timedelta(days=3))
    assert (moment.at, moment.clock) == (BEGINS, held)


def test_a_timer_that_rings_a_moment_early_is_on_time() -> None:
    held = starting_at(BEGINS, datetime.now(UTC), DAY_IN_A_SECOND).held(BEGINS, datetime.now(UTC))
    asked = BEGINS + timedelta(minutes=10)  # seven milliseconds
    assert Timing(lambda: held).moment(asked).at == asked


def test_the_clock_is_moved_and_read_anew(shop: Shop) -> None:
    now = datetime.now(UTC)
    held = shop.services.time.set(starting_at(BEGINS, now, DAY_IN_A_SECOND).held(BEGINS, now))
    assert shop.services.time.now() == BEGINS
    shop.services.time.move(held.held(BEGINS + timedelta(hours=3), now))
    assert shop.services.clock().limit == BEGINS + timedelta(hours=3)


def test_nothing_is_undone_once_everybody_has_caught_up(shop: Shop) -> None:
    shop.supplier()
    shop.product()
    shop.purchase()
    shop.replan()
    shop.services.purchasing.follow_up("PO-1", shop.now)
    engine = shop.services.engine

    shop.open()
    assert undone(engine, shop.now) == ["a line was not started", "a line has not seen its supply"]
    shop.review()
    assert undone(engine, shop.now) == ["a message was not sent"]
    shop.dispatch()
    assert undone(engine, shop.now) == []

    shop.ask("O-1", shop.cancellation())
    assert undone(engine, shop.now) == ["a request was not decided"]
    shop.review("O-1", "C-1")
    shop.dispatch()
    assert undone(engine, shop.now) == ["a queue was not pegged"]


def test_what_falls_due_next_is_where_the_clock_may_run_to(shop: Shop) -> None:
    engine = shop.services.engine
    assert next_due(engine, shop.now) is None
    shop.open()
    shop.review()
    shop.dispatch()
    woken = next_due(engine, shop.now)
    assert woken is not None
    assert woken > shop.now
    assert undone(engine, woken - timedelta(seconds=1)) == []
    assert "a line was not looked at" in undone(engine, woken)
    assert (next_due(engine, woken) or woken + timedelta(1)) > woken


def wished(shop: Shop) -> None:
    """A wish to be erased that waits for nothing any more."""
    shop.start(customer={"id": "ann", "name": "Ann", "email": "ann@example.com"})
    shop.services.erasures.ask("ann", at(3))
    shop.ship()
    shop.dispatch()


def erased_at(shop: Shop) -> datetime | None:
    with reading(shop.services.engine) as connection:
        found: datetime | None = connection.execute(select(customers.c.erased_at)).scalar_one()
        return found


def swept_at(shop: Shop, clock: Clock, asked: datetime) -> datetime:
    """From when a sweep looked, asked to look from an instant: it carried out a wish then."""
    with ThreadPoolExecutor(1) as pool:
        swept = Sweeps(shop.services.reconciler, Nobody(), Nobody(), Threads(pool), Timing(lambda: clock))
        asyncio.run(ActivityEnvironment().run(swept.sweep, Sweep(before=asked, long_before=asked)))
    done = erased_at(shop)
    assert done is not None
    return done


def test_a_sweep_goes_by_the_clock_though_its_schedule_knows_one_that_stood(shop: Shop) -> None:
    """It stood on the first day when the schedule was made."""
    wished(shop)
    now = datetime.now(UTC)
    clock = starting_at(at(20), now, 60.0)
    done = swept_at(shop, clock, at(0))
    assert clock.business(now - UNDER_WAY) <= done < clock.business(datetime.now(UTC))


def test_a_sweep_looks_as_late_as_its_schedule_asks_where_the_clock_has_come_so_far(shop: Shop) -> None:
    """Seconds of the machine are minutes on a fast clock: what was done in them was to be seen too."""
    wished(shop)
    asked = at(20) - timedelta(minutes=1)
    clock = starting_at(at(20), datetime.now(UTC), 60.0)
    assert clock.business(datetime.now(UTC) - UNDER_WAY) < asked
    assert swept_at(shop, clock, asked) == asked


def test_no_sweep_looks_from_a_day_that_the_clock_has_not_reached(shop: Shop) -> None:
    wished(shop)
    now = datetime.now(UTC)
    clock = starting_at(at(20), now, 60.0)
    assert clock.business(now) <= swept_at(shop, clock, at(25)) < clock.business(datetime.now(UTC))


class Late(Nobody):
    """Keeps which lines should have looked at themselves by now."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def restart(self, backorder: str, *, late: bool = False) -> bool:
        self.lines += [backorder] * late
        return False


def due(shop: Shop, when: datetime) -> None:
    with writing(shop.services.engine) as connection:
        connection.execute(update(backorders).values(wake_at=when))


def late_from(shop: Shop, clock: Clock, long_before: datetime) -> list[str]:
    starts = Late()
    with ThreadPoolExecutor(1) as pool:
        swept = Sweeps(shop.services.reconciler, starts, Nobody(), Threads(pool), Timing(lambda: clock))
        asked = Sweep(before=long_before, long_before=long_before)
        asyncio.run(ActivityEnvironment().run(swept.sweep, asked))
    return starts.lines


def test_a_line_is_late_by_the_later_of_the_two_clocks(shop: Shop) -> None:
    """Five minutes of the machine are five hours here: two hours are late only where the schedule says so."""
    shop.start()
    clock = starting_at(at(20), datetime.now(UTC), 60.0)
    due(shop, at(20) - timedelta(hours=2))
    assert late_from(shop, clock, at(0)) == []
    assert late_from(shop, clock, at(20) - timedelta(minutes=1)) == ["O-1/1"]
    due(shop, at(20) + timedelta(hours=6))
    assert late_from(shop, clock, at(25)) == [], "the clock has not come so far"


def test_no_wish_is_carried_out_before_it_was_said(shop: Shop) -> None:
    """A sweep looks from a little before the present."""
    wished(shop)
    shop.services.erasures.carry_out(at(2))
    assert erased_at(shop) == at(3)
