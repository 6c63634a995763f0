"""How long it takes to peg a long queue: `python -m bench.pegging [--json]`."""

import argparse
import json
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta

from rich.console import Console

from backorder.domain.supply.pegging import Supply, WaitingLine, peg
from bench.quiet import load, say_if_busy

TODAY = date(2025, 3, 3)
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


def scenario(lines: int, supplies: int, seed: int = 7) -> tuple[list[WaitingLine], list[Supply]]:
    """A shuffled queue with three priorities, and supplies that cover about nine tenths of its units."""
    rng = random.Random(seed)
    queue = [
        WaitingLine(
            id=f"{100_000 + n}/{rng.randint(1, 4)}",
            priority=rng.choice([0, 0, 0, 0, 5, 10]),
            ordered_at=EPOCH + timedelta(seconds=rng.randrange(60 * 86_400)),
            units=rng.choice([1, 1, 1, 2, 3, 10]),
        )
        for n in range(lines)
    ]
    each = sum(line.units for line in queue) * 9 // 10 // supplies
    incoming = [Supply(id="on-hand", units=each, on_hand=True)]
    for n in range(1, supplies):
        likely = TODAY + timedelta(days=rng.randrange(-5, 120))
        by = likely + timedelta(days=rng.randrange(30))
        incoming.append(Supply(id=f"po-{n}/1", units=each, likely=likely, by=by))
    rng.shuffle(queue)
    rng.shuffle(incoming)
    return queue, incoming


def main() -> None:
    """Time some runs and print the median, as a table or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--supplies", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    before = load()
    queue, supplies = scenario(args.lines, args.supplies)
    seconds = []
    for _ in range(args.runs):
        start = time.perf_counter()
        peg(queue, supplies, TODAY)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    if args.json:
        print(json.dumps({"lines": args.lines, "supplies": args.supplies, "peg_s": round(median, 4)}))
        return
    print(f"{'lines':>10} {'supplies':>10} {'median s':>10} {'slowest s':>10} {'lines/s':>10}")
    print(
        f"{args.lines:>10} {args.supplies:>10} {median:>10.3f} {max(seconds):>10.3f}"
        f" {args.lines / median:>10.0f}"
    )
    say_if_busy(before, Console())


if __name__ == "__main__":
    main()
