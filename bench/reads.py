"""What people and pages read over HTTP from a database with very many backorders.

    python -m bench.reads [--lines 20000] [--clients 1 32] [--seconds 10] [--database URL] [--json]

PostgreSQL, made and filled for the run, or `--database`: one of yours, which is filled if it is empty, and
stays. 20,000 take three minutes in all; `--lines 1000000` a quarter of an hour more on a quiet machine and
20 GB of the temporary folder, which is looked at first. What lies on this machine is read through once
before, so that it is in memory as in a shop that is open: what lay unused for hours comes from the disk, and
a case of it takes twice as long. The API is served as `backorder web` does it, by one process;
beside it, in the same run, a bare FastAPI handler that reads one row by its key. Each kind is asked for by so
many clients at once, one kind after the other and that in turns, for things by chance: any case, the first
page of a list with any filter, a page from anywhere within one, searches by order, name and address, the
availability of any product. Plans are looked at last: no statement may read a large table from end to end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from tempfile import gettempdir

from rich.console import Console
from rich.table import Table

from backorder.queries.case_view import case
from backorder.queries.line_list import STATUSES, Filter, lines
from backorder.schemas import parse
from backorder.schemas.api_keys import NewApiKey
from backorder.services import api_keys
from backorder.services.services import Services, machine_now, open_services
from backorder.settings import Settings
from backorder.storage.cursors import cursor_of
from bench.http_clients import Times, ask, times_of
from bench.many_lines import FIRST, LINES, SKUS, fill
from bench.progress import Show, bars
from bench.quiet import load, say_if_busy
from bench.table import Budget, kept
from tests.support.databases import postgres_server
from tests.support.query_plans import asked, scans

ROOT = Path(__file__).resolve().parents[1]
LONGEST_WAIT_S = 60.0
LARGE = 5000
"""Rows from which a table must not be read from end to end."""
KINDS = ("bare", "case", "list", "deep", "search", "availability")
TURNS = 5
"""In so many turns each kind is asked for, after one that warms up: a machine that is slower for a while is
slower for all of them."""
AHEAD = timedelta(days=1)
"""How much later than now the lines are that are made: nobody works in this shop, and what falls due while it
is made and measured would be worked out anew by each list that shows it."""
BYTES_A_LINE = 20_000
"""Of the database's files."""
CHUNK = 16 << 20
"""Bytes that are read at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A whole run. times: by number of clients, then by kind. scanned: large tables read from end to end."""

    lines: int
    times: Mapping[int, Mapping[str, Times]]
    scanned: Sequence[str]


class Questions:
    """What is asked for, by chance among what the database holds."""

    def __init__(self, lines: int) -> None:
        self._random = random.Random(7)
        self._copies = max(1, lines // LINES - 1)

    def _copy(self) -> int:
        return self._random.randint(1, self._copies)

    def order(self) -> str:
        """Any order."""
        return f"O-{self._copy()}-{self._random.randrange(LINES)}"

    def sku(self) -> str:
        """Any product."""
        return f"SKU-{self._copy()}-{self._random.randrange(SKUS)}"

    def search(self) -> str:
        """An order's number, a customer's name with what tells them apart, an address."""
        first, copy = self._random.choice(FIRST), self._copy()
        return self._random.choice((self.order(), f"{first} {copy}", f"{first}.{copy}.".lower()))

    def filter(self) -> str:
        """The first page of a filter, a product's lines."""
        usual = ("", "status=waiting", "status=allocated", "late=true", "needs=true", f"sku={self.sku()}")
        return self._random.choice(usual)

    def deep(self) -> str:
        """A page of a filter that goes on after any line."""
        usual = ("", "status=waiting&", "status=allocated&", "status=fulfilled&", "supplier=bolt&")
        return f"{self._random.choice(usual)}cursor={cursor_of('backorders', f'{self.order()}/1')}"

    def paths(self) -> Mapping[str, Callable[[], str]]:
        """By kind, the path of the next question."""
        return {
            "bare": lambda: f"/{self.order()}/1",
            "case": lambda: f"/v1/backorders/{self.order()}/1",
            "list": lambda: f"/v1/backorders?{self.filter()}",
            "deep": lambda: f"/v1/backorders?{self.deep()}",
            "search": lambda: f"/v1/backorders?q={self.search().replace(' ', '%20')}",
            "availability": lambda: f"/v1/availability?sku={self.sku()}",
        }


def measure(
    url: str, services: Services, count: int, clients: Sequence[int], seconds: float, show: Show
) -> Report:
    """Measure every kind, and look at the plans."""
    questions = Questions(count)
    keys = {role: _key(services, role) for role in ("agent", "storefront")}
    times: dict[int, dict[str, Times]] = {}
    with ExitStack() as stack:
        own = {"BACKORDER_DATABASE_URL": url, "BACKORDER_SECRET": _key(services, "agent")}
        own |= {"BACKORDER_WEB_RATE": "100000", "BACKORDER_LOG_LEVEL": "WARNING", "DATABASE": url}
        web = stack.enter_context(_serving("starter.web_server:application", own))
        bare = stack.enter_context(_serving("bench.bare_reader:application", own))
        for number in clients:
            took: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for turn, (kind, path) in product(range(TURNS + 1), questions.paths().items()):
                show(f"{number} at once", turn, TURNS + 1)
                port = bare if kind == "bare" else web
                key = keys["storefront" if kind == "availability" else "agent"]
                long = seconds / TURNS if turn else min(2.0, seconds)
                found = asyncio.run(ask(port, path, key, clients=number, seconds=long))
                took[kind] += found if turn else []
            times[number] = {kind: times_of(each, number) for kind, each in took.items()}
    return Report(lines=count, times=times, scanned=_scanned(services, questions))


def _key(services: Services, role: str) -> str:
    wanted = parse(NewApiKey, {"name": f"bench {role}", "roles": [role]})
    return api_keys.create(services.engine, wanted, machine_now())[1]


@contextmanager
def _serving(application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """A process that serves an application. Yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", application, "--factory", "--port", str(port)]
    command += ["--http", "httptools", "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | dict(environment))
    try:
        until = time.monotonic() + LONGEST_WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{application} does not serve") from None
                time.sleep(0.05)  # between two looks whether it serves
        yield port
    finally:
        process.terminate()
        process.wait(15)


def _scanned(services: Services, questions: Questions) -> list[str]:
    """What the database would read from end to end of its large tables, for the usual questions."""
    database, now = services.database, machine_now()
    with asked(services.engine) as statements:
        case(database, f"{questions.order()}/1", now)
        services.availability.views([questions.sku()], 1, now)
        for wanted in _filters(questions):
            page = lines(database, wanted, now)
            lines(database, wanted, now, cursor=page.cursor)
            if not (wanted.late or wanted.duties):
                lines(database, wanted, now, cursor=cursor_of("backorders", f"{questions.order()}/1"))
        for _ in range(6):
            lines(database, Filter(q=questions.search()), now)
        lines(database, Filter(q="nobodyiscalledlikethat"), now)
    rows = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'"
    with services.engine.connect() as connection:
        large = {row.relname for row in connection.exec_driver_sql(rows) if row.reltuples >= LARGE}
        found = (scans(connection, statement, values) for statement, values in statements)
        return sorted({table for each in found for table in each if table in large})


def _filters(questions: Questions) -> Iterator[Filter]:
    """Every filter of a list."""
    yield Filter()
    yield from (Filter(status=each) for each in STATUSES)
    yield from (Filter(late=True), Filter(needs=True), Filter(duties=True), Filter(supplier="bolt"))
    sku = questions.sku()
    yield from (Filter(sku=sku), Filter(sku=sku, status="waiting"), Filter(order=questions.order()))
    yield Filter(customer=questions.order().replace("O-", "c-"))


def budgets(report: Report) -> Iterator[Budget]:
    """What is allowed: for one client, in milliseconds and beside the bare handler."""
    one = report.times.get(1)
    if one is None:
        return
    milliseconds, ratio = "{:,.1f} ms", "{:.2f}"
    for kind in ("case", "list", "deep", "search"):
        yield Budget(what=f"{kind}, 99 of 100", found=one[kind].p99, allowed=20, form=milliseconds)
    yield Budget(what="availability, 99 of 100", found=one["availability"].p99, allowed=5, form=milliseconds)
    for kind, allowed in (("list", 2), ("search", 2), ("case", 5)):
        beside = one[kind].p50 / one["bare"].p50
        yield Budget(what=f"{kind} beside the bare handler", found=beside, allowed=allowed, form=ratio)


def show_report(report: Report, out: Console) -> None:
    """Print it for people."""
    table = Table(title=f"Reads over HTTP from {report.lines:,} backorders")
    table.add_column("")
    for number in report.times:
        for name in ("p50 ms", "p99 ms", "a second"):
            table.add_column(f"{number} at once\n{name}", justify="right")
    for kind in KINDS:
        cells: list[str] = []
        for times in report.times.values():
            cells += [f"{times[kind].p50:.1f}", f"{times[kind].p99:.1f}", f"{times[kind].per_second:,.0f}"]
        table.add_row(kind, *cells)
    out.print(table)
    out.print(kept(budgets(report)))
    out.print(f"large tables read from end to end: {', '.join(report.scanned) or 'none'}")


def main() -> int:
    """Measure. Exit code 1 if a large table is read from end to end."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--lines", type=int, default=20_000, help="backorders to make (default: %(default)s)")
    parser.add_argument(
        "--clients", type=int, nargs="+", action="extend", help="so many at once (default: 1 32)"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="for each kind and number of clients")
    parser.add_argument("--database", help="one that was filled before; it stays")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    before, err = load(), Console(stderr=True)
    if not args.database and (fault := fault_of_room(args.lines, shutil.disk_usage(gettempdir()).free)):
        parser.error(fault)
    progress, show = bars(err)
    with ExitStack() as stack:
        url = args.database or stack.enter_context(postgres_server()).create()
        services = open_services(Settings(database_url=url))
        stack.callback(services.close)
        with progress:
            begun = time.monotonic()
            count = _filled(services, args.lines, show)
            err.print(f"{count:,} backorders after {time.monotonic() - begun:,.0f} s")
            into_memory(services, show)
            report = measure(url, services, count, args.clients or [1, 32], args.seconds, show)
    if args.json:
        budgeted = [asdict(each) | {"met": each.met} for each in budgets(report)]
        print(json.dumps(asdict(report) | {"budgets": budgeted}))
    else:
        say_if_busy(before, err)
        show_report(report, Console())
    return 1 if report.scanned else 0


def _filled(services: Services, wanted: int, show: Show) -> int:
    """Fill an empty database. Returns how many backorders there are."""
    with services.engine.connect() as connection:
        count = int(connection.exec_driver_sql("SELECT count(*) FROM backorders").scalar_one())
    if count:
        return count
    services.load_policies(ROOT / "policies")
    made = fill(services, wanted, show, machine_now() + AHEAD)
    for each in (Filter(late=True), Filter(needs=True), Filter(status="waiting"), Filter(status="allocated")):
        if not lines(services.database, each, machine_now()).lines:
            raise RuntimeError(f"nothing to list: {each}")
    return made


_DATA_ON_THIS_MACHINE = (
    "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
    " AND inet_server_addr() IS NOT DISTINCT FROM inet_client_addr()"
)
"""No row where the server is elsewhere, nor for a role that may not know it, as most may not."""


def into_memory(services: Services, show: Show) -> None:
    """Read the files of the database once, where they are on this machine and it may."""
    with services.engine.connect() as connection:
        folder = connection.exec_driver_sql(_DATA_ON_THIS_MACHINE).scalar_one_or_none()
    found = Path(folder, "base").glob("*/*") if folder else ()
    files = [each for each in found if os.access(each, os.R_OK) and each.is_file()]
    for number, each in enumerate(files):
        show("read into memory", number, len(files))
        with each.open("rb") as file, suppress(OSError):
            while file.read(CHUNK):
                pass


def fault_of_room(lines: int, free: int) -> str | None:
    """Why a database of so many lines does not fit into so many bytes; None if it does."""
    if free > (needed := lines * BYTES_A_LINE):
        return None
    return f"{lines:,} backorders take {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free: make fewer"


if __name__ == "__main__":
    sys.exit(main())
