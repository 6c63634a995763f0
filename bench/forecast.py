"""Time the arrival model: fit 3,000 orders, make 1,000 forecasts, one by one and together.

python -m bench.forecast [--orders N] [--forecasts N] [--large] [--json]

--large also tunes a shop of 500,000 orders, which is to take at most 60 s of CPU and 500 MB.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

from rich.console import Console

from backorder.forecasting.arrival import ArrivalModel
from backorder.forecasting.history import PastOrder
from backorder.forecasting.query import Query
from backorder.forecasting.tuning import tune
from bench.quiet import load, say_if_busy

T = TypeVar("T")

TODAY = date(2025, 6, 1)
BUDGET_S = 2.0

LARGE = 500_000
LARGE_CPU_BUDGET_S = 60.0
LARGE_PEAK_BUDGET_MB = 500.0


def make_orders(count: int, seed: int = 1) -> list[PastOrder]:
    """Orders of two years from 50 suppliers to 20 destinations, two thirds with a stated day."""
    dice = random.Random(seed)
    orders = []
    for _ in range(count):
        supplier = min(dice.randrange(50), dice.randrange(50))
        ordered = TODAY - timedelta(days=dice.randrange(1, 731))
        lead = round(dice.lognormvariate(3.0 + supplier / 50, 0.4))
        arrived = ordered + timedelta(days=lead)
        stated = ordered + timedelta(days=max(1, round(lead * dice.uniform(0.6, 1.1))))
        orders.append(
            PastOrder(
                supplier=f"supplier {supplier}",
                destination=f"place {dice.randrange(20)}",
                ordered=ordered,
                stated=stated if dice.random() < 2 / 3 else None,
                arrived=arrived if arrived < TODAY else None,
            )
        )
    return orders


def make_queries(orders: list[PastOrder], count: int) -> list[Query]:
    """One question for each of the newest orders, asked today."""
    newest = sorted(orders, key=lambda order: order.ordered)[-count:]
    return [
        Query(
            supplier=order.supplier,
            destination=order.destination,
            ordered=order.ordered,
            asked=TODAY,
            stated=order.stated,
        )
        for order in newest
    ]


def measure(orders: int, forecasts: int) -> dict[str, float]:
    """Seconds for each part; `total_s` is fit plus forecasts made one by one, the slower way."""
    history = make_orders(orders)
    queries = make_queries(history, forecasts)
    fit_s, model = _timed(lambda: ArrivalModel.fit(history, TODAY))
    single_s, _ = _timed(
        lambda: [model.forecast(q.supplier, q.destination, q.ordered, q.asked, q.stated) for q in queries]
    )
    cold = ArrivalModel.fit(history, TODAY)
    batch_s, _ = _timed(lambda: cold.forecast_many(queries))
    tune_s, tune_cpu_s = _tuning_times(history)
    return {
        "orders": orders,
        "forecasts": len(queries),
        "fit_s": fit_s,
        "one_by_one_s": single_s,
        "together_s": batch_s,
        "total_s": fit_s + single_s,
        "tune_s": tune_s,
        "tune_cpu_s": tune_cpu_s,
        "peak_mb": _peak_mb(),
        "budget_s": BUDGET_S,
    }


def measure_large() -> dict[str, float]:
    """CPU seconds to tune `LARGE` orders, and the most memory that this process has used so far."""
    _, cpu_s = _tuning_times(make_orders(LARGE))
    return {
        "tune_500k_cpu_s": cpu_s,
        "peak_mb": _peak_mb(),
        "tune_500k_budget_cpu_s": LARGE_CPU_BUDGET_S,
        "peak_budget_mb": LARGE_PEAK_BUDGET_MB,
    }


def _tuning_times(history: list[PastOrder]) -> tuple[float, float]:
    """Seconds on the clock and of CPU."""
    before = time.process_time()
    elapsed, _ = _timed(lambda: tune(history, TODAY))
    return elapsed, time.process_time() - before


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Print a table, or with --json one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--forecasts", type=int, default=1000)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    before = load()
    found = measure(args.orders, args.forecasts)
    if args.large:
        found |= measure_large()
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:22} {value:10.3f}" if name.endswith("_s") else f"{name:22} {value:10,.0f}")
    say_if_busy(before, Console())


if __name__ == "__main__":
    main()
