"""Play many lines forward under a policy, in memory, on one core: how long a backtest or a what-if takes."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from rich.console import Console

from backorder.domain.calendar import ONE_DAY
from backorder.domain.line.events import Event, Shipped, Started, SupplyChanged
from backorder.domain.line.money_facts import Payment
from backorder.domain.line.simulation import Simulation
from backorder.domain.line.state import OPEN, Arrival, Quantity, State
from backorder.domain.policy.policy import Policy
from backorder.domain.policy.policy_file import read_policy
from bench.quiet import load, say_if_busy
from starter.cli.policy_backtest import seldom_collected

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
BUDGET_S = 60.0


def line(number: int) -> State:
    """A new line of one to three units, captured."""
    units = 1 + number % 3
    paid = Decimal("40.00") * units
    return State(
        id=f"S-{number}/1",
        order_id=f"S-{number}",
        line_id="1",
        sku="LAMP",
        quantity=Quantity(ordered=units),
        ordered_at=START,
        ordered_on=START.date(),
        opened_at=START,
        payment=Payment(state="captured", currency="EUR", unit_price=Decimal("40.00"), line_paid=paid),
    )


def supply(at: datetime, units: int, arrives: date | None) -> SupplyChanged:
    """The whole line comes on that day; None: it has arrived."""
    coming = () if arrives is None else (Arrival(quantity=units, likely=arrives - ONE_DAY * 3, by=arrives),)
    here = units if arrives is None else 0
    today = at.date()
    return SupplyChanged(
        at=at, day=today, allocated=here, allocated_on=today if here else None, arrivals=coming, since=at
    )


def facts(rng: Random, units: int) -> Iterator[Event]:
    """A supplier's first date, up to two slips, the arrival, and the shipment on the next day."""
    arrives = START.date() + ONE_DAY * rng.randint(10, 60)
    yield Started(at=START, day=START.date(), supply=supply(START, units, arrives))
    at = START
    for _ in range(rng.choice((0, 1, 1, 2))):
        at += timedelta(days=rng.randint(3, 12), minutes=rng.randint(0, 600))
        if at.date() >= arrives:
            break
        arrives += ONE_DAY * rng.randint(2, 25)
        yield supply(at, units, arrives)
    dock = datetime.combine(arrives, START.timetz())
    yield supply(dock, units, None)
    left = dock + ONE_DAY
    yield Shipped(at=left, day=left.date(), shipment="s", quantity=units, shipped_at=left)


def play(policy: Policy, lines: int, days: int, seed: int) -> tuple[int, int]:
    """How many events were decided, updates that are leapt over aside, and how many lines still wait."""
    rng, end = Random(seed), START + timedelta(days=days)
    events = waiting = 0
    for number in range(lines):
        state = line(number)
        simulation = Simulation(policy=policy, state=state, now=START, brief=True)
        simulation.context = simulation.context.replace(marketing=("email",))
        events += sum(1 for _ in simulation.play(facts(rng, state.quantity.ordered), end))
        waiting += simulation.state.status in OPEN
    return events, waiting


def main() -> None:
    """Play and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", type=Path, default=Path("policies/standard.toml"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    policy = read_policy(asked.policy.read_text(encoding="utf-8"))
    before = load()
    begun, processor = time.perf_counter(), time.process_time()
    with seldom_collected():  # as a backtest plays
        events, waiting = play(policy, asked.lines, asked.days, asked.seed)
    processor, wall = time.process_time() - processor, time.perf_counter() - begun
    found = Found(
        lines=asked.lines, days=asked.days, events=events, waiting=waiting, processor_s=processor, wall_s=wall
    )
    if asked.json:
        print(json.dumps({**vars(found), "per_100000_s": found.scaled(processor), "load": round(before, 2)}))
        return
    report(found)
    say_if_busy(before, Console())


@dataclass(frozen=True, kw_only=True)
class Found:
    """One run. processor_s: seconds of one core; wall_s: by the clock."""

    lines: int
    days: int
    events: int
    waiting: int
    processor_s: float
    wall_s: float

    def scaled(self, seconds: float) -> float:
        """What takes so long for these lines, for 100,000."""
        return round(seconds * 100_000 / self.lines, 1)


def report(found: Found) -> None:
    """Print what a person wants to know."""
    print(f"{found.lines:,} lines over {found.days} days, on one core")
    each = 1e6 * found.processor_s / found.events
    print(f"{found.events:,} events decided, {each:.0f} µs each; {found.waiting:,} lines still wait")
    processor, wall = found.scaled(found.processor_s), found.scaled(found.wall_s)
    print(f"100,000 lines take {processor:.0f} s of processor time, {wall:.0f} s by the clock")
    verdict = "kept" if processor <= BUDGET_S else "missed"
    print(f"the budget is {BUDGET_S:.0f} s of processor time: {verdict}")


if __name__ == "__main__":
    main()
