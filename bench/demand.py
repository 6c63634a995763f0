"""Time the forecast of demand: a large shop's three years of weeks, read from a file and forecast.

python -m bench.demand [--items N] [--weeks N] [--short] [--json]
python -m bench.demand --data FOLDER [--halves N] [--json]

The whole is to take at most 60 s of CPU and 1 GB for 100,000 items. --short is a tenth of the items.

--data plays the forecast at earlier mornings of real sales instead: weekly_sales.csv and parts_demand.csv of
a folder, rows as docs/planning.md has them. Loss and shares are to be within bounds, else the exit code is 1.
--halves N does the same with N random halves of the products, which are looked at and not judged.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rich.console import Console

from backorder.forecasting.demand.backtest import run_backtest
from backorder.forecasting.demand.forecast import forecast
from backorder.forecasting.demand.periods import PERIODS
from backorder.forecasting.demand.sales import Sales, demand_before
from bench.quiet import load, say_if_busy
from starter.cli.files import FileOptions
from starter.cli.sales import read_sales

T = TypeVar("T")
ITEMS, WEEKS, PERIODS_AHEAD = 100_000, 156, 8
BUDGET_CPU_S, BUDGET_MB = 60.0, 1000.0
MONDAY = date(2023, 1, 2)
LOSSES: Mapping[tuple[str, str, int], float] = {
    ("weekly_sales.csv", "week", 4): 14.0,
    ("weekly_sales.csv", "week", 8): 11.4,
    ("parts_demand.csv", "month", 3): 97.0,
    ("parts_demand.csv", "month", 6): 79.0,
}
"""The most that is lost per hundred units, by file, period and periods ahead."""

SHARES: Mapping[float, tuple[float, float]] = {0.9: (0.87, 0.93), 0.95: (0.93, 0.97)}
"""The share of products that sell no more than a quantile says: at least, at most."""


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
        read_s, sales = _timed(lambda: read_sales(FileOptions(file=str(path))).sales)
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


def judge(folder: Path, halves: int) -> list[dict[str, Any]]:
    """Loss and shares of each file and number of periods, and whether they are within their bounds.

    halves: of the products by dice, for which the same is said besides.
    """
    read = {file: read_sales(FileOptions(file=str(folder / file))).sales for file, *_ in LOSSES}
    found = []
    for (file, period, ahead), most in LOSSES.items():
        sales, dice = read[file], np.random.default_rng(1)
        for half in range(halves + 1):
            some = _half(sales, dice) if half else sales
            done = run_backtest(some, PERIODS[period], ahead)
            assert done is not None
            ours = done.scores[0]
            within = all(low <= ours.by[level] <= high for level, (low, high) in SHARES.items())
            found.append(
                {
                    "file": file,
                    "ahead": ahead,
                    "half": half,
                    "loss": ours.loss,
                    "most": most,
                    **{f"by_p{level * 100:.0f}": ours.by[level] for level in SHARES},
                    "holds": within and ours.loss <= most,
                }
            )
    return found


def _half(sales: Sales, dice: np.random.Generator) -> Sales:
    chosen = sorted(dice.choice(len(sales.skus), len(sales.skus) // 2, replace=False).tolist())
    return sales.of([sales.skus[each] for each in chosen], [sales.category[each] for each in chosen])


def _print_judged(found: list[dict[str, Any]]) -> None:
    print(f"{'file':18}{'ahead':>6}{'half':>6}{'loss':>8}{'at most':>9}{'by P90':>8}{'by P95':>8}")
    for each in found:
        shares = f"{each['by_p90']:8.3f}{each['by_p95']:8.3f}"
        loss = f"{each['loss']:8.2f}{each['most']:9.1f}"
        holds = "" if each["holds"] else "  out of bounds"
        print(f"{each['file']:18}{each['ahead']:6}{each['half'] or '':>6}{loss}{shares}{holds}")
    print(f"shares by P90 and P95 are to be within {' and '.join(f'{a}-{b}' for a, b in SHARES.values())}")


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
    parser.add_argument("--data", type=Path)
    parser.add_argument("--halves", type=int, default=0)
    args = parser.parse_args()
    if args.data:
        judged = judge(args.data, args.halves)
        if args.json:
            print(json.dumps(judged))
        else:
            _print_judged(judged)
        sys.exit(not all(each["holds"] for each in judged if not each["half"]))
    before = load()
    found = measure(args.items // 10 if args.short else args.items, args.weeks)
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:22} {value:10.1f}" if name.endswith("_s") else f"{name:22} {value:10,.0f}")
    say_if_busy(before, Console())


if __name__ == "__main__":
    main()
