"""Time the forecast of demand: a large shop's three years of weeks, read from a file and forecast.

python -m bench.demand [--items N] [--weeks N] [--short] [--json]

The whole is to take at most 60 s of CPU and 1 GB for 100,000 items. --short is a tenth of the items.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np

from backorder.forecasting.demand.forecast import forecast
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sales import demand_before
from starter.cli.files import FileSaid
from starter.cli.sales import read_sales

T = TypeVar("T")
ITEMS, WEEKS, PERIODS_AHEAD = 100_000, 156, 8
BUDGET_CPU_S, BUDGET_MB = 60.0, 1000.0
MONDAY = date(2023, 1, 2)


def write(path: Path, items: int, weeks: int) -> int:
    """A file of sales, lumpy and of all sizes, zeros left out. Returns its rows."""
    dice = np.random.default_rng(1)
    days = [(MONDAY + timedelta(weeks=week)).isoformat() for week in range(weeks)]
    rows = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("sku,day,quantity\n")
        for item in range(items):
            units = dice.poisson(np.exp(dice.normal(-0.5, 1.5)) * dice.gamma(2.0, 0.5, weeks))
            sold = np.flatnonzero(units).tolist()
            file.writelines(f"SKU{item:06},{days[week]},{units[week]}\n" for week in sold)
            rows += len(sold)
    return rows


def measure(items: int, weeks: int) -> dict[str, float]:
    """CPU seconds of each part, and the most memory that this process used."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        rows = write(path, items, weeks)
        read_s, sales = _timed(lambda: read_sales(FileSaid(file=str(path))).sales)
    as_of = MONDAY + timedelta(weeks=weeks)
    matrix_s, known = _timed(lambda: demand_before(sales, PERIODS["week"], as_of))
    forecast_s, _ = _timed(lambda: forecast(known, PERIODS_AHEAD))
    return {
        "items": items,
        "rows": rows,
        "read_cpu_s": read_s,
        "matrix_cpu_s": matrix_s,
        "forecast_cpu_s": forecast_s,
        "total_cpu_s": read_s + matrix_s + forecast_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "budget_cpu_s": BUDGET_CPU_S,
        "budget_mb": BUDGET_MB,
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    """Print a table, or with --json one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = measure(args.items // 10 if args.short else args.items, args.weeks)
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:22} {value:10.1f}" if name.endswith("_s") else f"{name:22} {value:10,.0f}")


if __name__ == "__main__":
    main()
