"""How fast a file of order lines comes in, beside plain `start_workflow` calls on the same server.

python -m bench.imports [--lines N] [--rounds N] [--skus N] [--form csv|xlsx|jsonl] [--database URL] [--json]

Each round, one after the other on the same Temporal dev server and the same database, no worker running:

- recorded: the file is read, checked and put on record; no workflow is started.
- import: the same with another file and its workflows started behind, as `backorder import` does.
- plain: `start_workflow` alone, with the same type, input, search attributes and number of calls at once.

The medians count. Targets: 500 lines a second recorded on one quiet core, and import at 0.8 of plain or more.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

if not __package__:
    # Run as a file: what lies beside it must not hide what lies at the root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from temporalio.client import Client

from backorder import schemas
from backorder.domain.line.state import Status
from backorder.errors import BackorderError
from backorder.schemas import OrderLine, parse
from backorder.services.open_line import Opened
from backorder.services.services import Services, open_services
from backorder.settings import POLICIES, Settings
from backorder.storage.engine import open_database
from backorder.storage.migrate import upgrade
from bench.program import leave
from bench.progress import Show, bars
from bench.quiet import is_busy, load, say_if_busy
from bench.stack import temporal_server
from starter.cli.files import FileOptions, Source, opened_file
from starter.cli.imports import keys_of
from starter.cli.session import Session
from starter.client import Backorders
from starter.files.columns import order_lines
from starter.files.orders import BATCH
from starter.files.verdict import REFUSED, EntryVerdict
from starter.line_import import STARTS_AT_ONCE, LineImport
from starter.temporal import register_search_attributes


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is asked for. skus: products among which the lines are spread."""

    lines: int
    rounds: int
    skus: int
    form: str
    database: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Lines a second, each a median of the rounds; cpu_ms: of this process for a recorded line.

    ratio: import / plain, of the same round. load: processes that wanted a core before the run, per core.
    """

    lines: int
    rounds: int
    recorded: float
    imported: float
    plain: float
    ratio: float
    cpu_ms: float
    load: float

    @property
    def busy(self) -> bool:
        """Whether others had work for the machine too."""
        return is_busy(self.load)


class Bench:
    """One run on one server and one database."""

    def __init__(self, plan: Plan, client: Client, services: Services, folder: Path, progress: Show) -> None:
        self._plan = plan
        self._client = client
        self._session = Session(Settings(database_url=plan.database), services)
        self._services = services
        self._folder = folder
        self._progress = progress
        self._run = f"i{secrets.token_hex(4)}"
        self._door = Backorders(client, services, task_queue=f"{self._run}-nobody")

    async def measure(self) -> Report:
        """Everything, one after the other."""
        before = load()
        self._supply()
        recorded, imported, plain, cpu = [], [], [], []
        for number in range(self._plan.rounds):
            took, burnt = self._record(self._file(f"r{number}"))
            recorded.append(took)
            cpu.append(burnt)
            imported.append(await self._import(self._file(f"m{number}")))
            plain.append(await self._plain(f"{self._run}-p{number}"))
        return Report(
            lines=self._plan.lines,
            rounds=self._plan.rounds,
            recorded=statistics.median(recorded),
            imported=statistics.median(imported),
            plain=statistics.median(plain),
            ratio=statistics.median(one / other for one, other in zip(imported, plain, strict=True)),
            cpu_ms=statistics.median(cpu),
            load=before,
        )

    def _supply(self) -> None:
        self._services.load_policies(POLICIES)
        now = self._session.now()
        supplier = {"id": "acme", "name": "Acme", "lead_days": 14}
        self._services.supply.put_supplier(parse(schemas.Supplier, supplier), now)
        for number in range(self._plan.skus):
            sku = f"{self._run}-{number}"
            product = {"sku": sku, "name": "Lamp", "price": "10.00", "currency": "EUR", "supplier": "acme"}
            self._services.supply.put_product(parse(schemas.Product, product), now)
            lines = [{"line": "1", "sku": sku, "quantity": 1_000_000}]
            order = {"id": f"PO-{sku}", "supplier": "acme", "ordered_at": now, "lines": lines}
            self._services.supply.put_purchase_order(parse(schemas.PurchaseOrder, order), now)

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        begin = datetime.now(UTC) - timedelta(days=30)
        for number in range(self._plan.lines):
            yield {
                "order_id": f"{self._run}-{name}-{number // 2}",
                "line_id": str(number % 2 + 1),
                "sku": f"{self._run}-{number % self._plan.skus}",
                "quantity": str(number % 3 + 1),
                "customer.id": f"{self._run}-{name}-{number // 2}",
                "customer.name": "Ada Example",
                "customer.email": f"ada{number // 2}@example.com",
                "customer.phone": "+441632960961",
                "customer.region": "GB",
                "unit_price": "10.00",
                "currency": "EUR",
                "ordered_at": (begin + timedelta(seconds=number)).isoformat(),
                "payment": "captured",
            }

    def _file(self, name: str) -> Path:
        path = self._folder / f"{name}.{self._plan.form}"
        _WRITERS[self._plan.form](path, self._rows(name))
        return path

    def _record(self, path: Path) -> tuple[float, float]:
        """Lines a second, and milliseconds of this process's time for a line; what is read twice is too."""
        self._progress("recorded", 0, self._plan.lines)
        began, burnt = time.perf_counter(), time.process_time()
        with self._source(path) as source:
            work = self._work(source)
            entries, done = source.entries(), 0
            while batch := [work.parsed(entry) for entry in islice(entries, BATCH)]:
                lines = [each for each in batch if isinstance(each, OrderLine)]
                found = self._services.intake.open_all(lines, self._session.now())
                if len(lines) < len(batch) or not all(isinstance(each, Opened) for each in found):
                    raise RuntimeError("a line of the measurement is refused")
                done += len(batch)
                self._progress("recorded", done, self._plan.lines)
        lines_s = self._plan.lines / (time.perf_counter() - began)
        return lines_s, 1000 * (time.process_time() - burnt) / self._plan.lines

    async def _import(self, path: Path) -> float:
        """Lines a second, from the file to the workflow."""
        done = 0

        def note(verdict: EntryVerdict) -> None:
            nonlocal done
            _taken(verdict)
            done += 1
            if done % BATCH == 0:
                self._progress("import", done, self._plan.lines)

        began = time.perf_counter()
        with self._source(path) as source:
            work = self._work(source)
            async for verdicts in work.start(self._door, source.entries()):
                for verdict in verdicts:
                    note(verdict)
            if work.away:
                raise RuntimeError("the server was away")
        return self._plan.lines / (time.perf_counter() - began)

    def _work(self, source: Source) -> LineImport:
        keys = keys_of(source.entries(), source.word)
        return LineImport(self._services, self._session.order_line, word=keys.word, repeated=keys.fault)

    def _source(self, path: Path) -> AbstractContextManager[Source]:
        return opened_file(FileOptions(file=str(path)), order_lines(), self._services.calendar.zone)

    async def _plain(self, name: str) -> float:
        """Starts a second, as many at once as an import has under way."""
        self._progress("plain", 0, self._plan.lines)
        slots = asyncio.Semaphore(STARTS_AT_ONCE)

        async def one(number: int) -> None:
            opened = Opened(
                id=f"{name}-{number}/1",
                new=True,
                started=False,
                sku=f"{self._run}-{number % self._plan.skus}",
                name="Lamp",
                quantity=1,
                order_id=f"{name}-{number}",
                supplier="acme",
                status=Status.WAITING,
            )
            async with slots:
                await self._door.begin(opened)

        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(self._plan.lines)))
        return self._plan.lines / (time.perf_counter() - began)


def _taken(verdict: EntryVerdict) -> None:
    if verdict.verdict == REFUSED:
        raise RuntimeError(f"a line of the measurement is refused: {verdict.faults}")


def _csv(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        first = next(rows)
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def _xlsx(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("lines")
    first = next(rows)
    sheet.append(list(first))
    sheet.append(list(first.values()))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)


def _jsonl(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            customer = {name.removeprefix("customer."): row[name] for name in row if "." in name}
            plain = {name: value for name, value in row.items() if "." not in name}
            file.write(json.dumps(plain | {"customer": customer, "quantity": int(row["quantity"])}) + "\n")


_WRITERS: Mapping[str, Callable[[Path, Iterator[Mapping[str, str]]], None]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
}


async def run(plan: Plan, folder: Path, progress: Show) -> Report:
    """One run, on a server of its own."""
    engine = open_database(plan.database)
    upgrade(engine)
    engine.dispose()
    services = open_services(Settings(database_url=plan.database))
    try:
        async with temporal_server() as (client, _):
            await register_search_attributes(client)
            return await Bench(plan, client, services, folder, progress).measure()
    finally:
        services.close()


def show(report: Report, out: Console) -> None:
    """Print what was measured, beside what is wanted."""
    out.print(f"{report.lines:,} lines, {report.rounds} rounds")
    out.print(f"recorded   {report.recorded:8,.0f} lines/s   (500 wanted; {report.cpu_ms:.2f} ms CPU a line)")
    out.print(f"import     {report.imported:8,.0f} lines/s")
    out.print(f"plain      {report.plain:8,.0f} starts/s")
    out.print(f"ratio      {report.ratio:8.2f}           (0.80 wanted)")
    say_if_busy(report.load, out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; everything but the result goes to standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.imports",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lines", type=int, default=3000, help="lines of a file (3000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the medians count (3)")
    parser.add_argument("--skus", type=int, default=20, help="products that the lines are for (20)")
    parser.add_argument("--form", choices=sorted(_WRITERS), default="csv", help="format of the file (csv)")
    parser.add_argument("--database", default="", help="URL of one for this alone (SQLite, a new file)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="backorder-bench-") as folder:
        plan = Plan(
            lines=asked.lines,
            rounds=asked.rounds,
            skus=asked.skus,
            form=asked.form,
            database=asked.database or f"sqlite:///{folder}/bench.db",
        )
        shown, progress = bars(Console(stderr=True))
        try:
            with shown:
                report = asyncio.run(run(plan, Path(folder), progress))
        except BackorderError as error:
            print(error, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("stopped before the end: there is no result", file=sys.stderr)
            return 130
    if asked.json:
        print(json.dumps(asdict(report) | {"busy": report.busy}))
    else:
        show(report, Console())
    return 0


if __name__ == "__main__":
    leave(main())
