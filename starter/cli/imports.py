"""Starting backorders from a file: a verdict for each line, and no faulty line stops the others."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from backorder.domain.keys import joined
from backorder.domain.tasks import ask_of
from backorder.errors import BackorderError, RefusedError
from starter.cli.files import FileSaid, Source, columns_of, file_argument, opened_file, says_file
from starter.cli.output import INTERRUPTED, PENDING, as_json_option, heed, progress, say_json, well
from starter.cli.tables import Columns, Entry
from starter.cli.verdicts import (
    REFUSED,
    STARTED,
    THERE,
    Verdict,
    Verdicts,
    errors_file,
    faults_of,
    plain,
    with_others,
)

if TYPE_CHECKING:
    from backorder.schemas import OrderLine
    from backorder.services.open_line import Opened
    from starter.cli.session import Session
    from starter.client import Backorders

log = logging.getLogger(__name__)
BATCH = 100
"""Lines of one transaction; other writers wait for no more than that."""
AT_ONCE = 64
"""Workflows that are being started at the same time."""
AHEAD = 400
"""Lines that may be on record before their workflows have been started."""
_ALIASES = {
    "order": "order_id",
    "line": "line_id",
    "qty": "quantity",
    "price": "unit_price",
    "customer": "customer.id",
    "told_at": "promised.told_at",
} | {
    name: f"customer.{name}"
    for name in ("name", "kind", "email", "phone", "contact", "locale", "time_zone", "region", "sms_consent")
}
"""What `backorder start` calls the fields, and what is plain."""


@click.command("import")
@file_argument
@says_file
@click.option("--dry-run", is_flag=True, help="Check every line and write nothing.")
@click.option("--quiet", is_flag=True, help="Print only what is refused.")
@click.option("--template", metavar="FILE", help="Write a sample with every column, .csv or .xlsx, and stop.")
@as_json_option
def import_lines(given: FileSaid, dry_run: bool, quiet: bool, template: str | None, as_json: bool) -> None:
    """Start backorders from a CSV file, a workbook, or JSON Lines; - reads standard input.

    The fields are those of `backorder start`; the customer's are columns such as customer.id and
    customer.email, and --template writes a file that has them all. A line that is refused leaves nothing
    behind and does not stop the others; the exit code is then 2. The same file again goes on where an
    import was broken off. With --json each line's verdict is printed as one line of JSON.
    """
    from starter.cli.session import opened

    if template is not None:
        from starter.cli.templates import write_template

        write_template(template, order_lines())
        if as_json:
            say_json({"template": template})
        else:
            well(f"{template} has every column and a row that imports: backorder import --dry-run {template}")
        return
    if given.file is None:
        raise RefusedError(["name a file, or - for standard input; --template FILE writes a sample"])
    with (
        opened() as session,
        errors_file(given.errors) as errors,
        opened_file(given, order_lines(), session.services.calendar.zone) as file,
    ):
        verdicts = Verdicts(file.word, as_json=as_json, dry_run=dry_run, errors=errors)
        if not quiet:
            for remark in file.remarks:
                heed(remark, err=True)
        _run(session, file, verdicts, dry_run=dry_run, quiet=quiet)


def order_lines() -> Columns:
    """The columns of a file of order lines."""
    from backorder.schemas import OrderLine

    return columns_of(OrderLine, aliases=_ALIASES)


def _run(session: Session, file: Source, verdicts: Verdicts, *, dry_run: bool, quiet: bool) -> None:
    keys = keys_of(file.entries(), file.word)
    away, interrupted = 0, False
    with progress(total=keys.total, word=f"{file.word}s", hidden=quiet) as step:

        def note(verdict: Verdict) -> None:
            verdicts.note(verdict)
            step()

        work = Work(session, keys, note)
        try:
            if dry_run:
                work.check(file.entries())
            else:
                away = session.ask(lambda client: work.start(client, file.entries()))
        except KeyboardInterrupt:
            interrupted = True
    names = (REFUSED,) if quiet else (STARTED, THERE, REFUSED)
    verdicts.summary(names, quiet=quiet)
    context = click.get_current_context()
    if interrupted:
        done = sum(verdicts.counts.values())
        heed(f"broken off after {done:,} of {keys.total:,}; the same command again goes on", err=True)
        context.exit(INTERRUPTED)
    if away:
        heed(f"Temporal is away: {away:,} lines are on record and start when it is back", err=True)
    verdicts.leave()
    if away:
        context.exit(PENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The entries under which an ID stands more than once. total: how many entries there are.

    first, others: of each such ID, two of its entries and how many more there are.
    """

    total: int
    word: str
    twice: Mapping[str, tuple[int, int, int]]

    def fault(self, id: str, number: int) -> str | None:
        """What is wrong with an ID that is there more than once: nobody can say which one is meant."""
        found = self.twice.get(id)
        if found is None:
            return None
        first, second, count = found
        more = f" and {count - 2:,} more" if count > 2 else ""
        return (
            f'order_id, line_id: "{id}" is also in {self.word} {second if number == first else first}{more}'
        )


def keys_of(entries: Iterable[Entry], word: str) -> Keys:
    # A short hash stands for an ID: a million of them have to fit.
    seen: dict[bytes, int] = {}
    twice: dict[str, tuple[int, int, int]] = {}
    total = 0
    for entry in entries:
        total += 1
        if id := _id(entry.raw):
            key = blake2b(id.encode(errors="surrogatepass"), digest_size=12).digest()
            first = seen.setdefault(key, entry.number)
            if first != entry.number:
                _, second, count = twice.get(id, (first, entry.number, 1))
                twice[id] = (first, second, count + 1)
    return Keys(total=total, word=word, twice=twice)


def _id(raw: Mapping[str, Any]) -> str:
    order, line = raw.get("order_id"), raw.get("line_id")
    named = isinstance(order, str) and isinstance(line, str)
    return joined(order.strip(), line.strip()) if named and order and line else ""


class Work:
    """The lines of one file on their way in; `note` hears each verdict in the file's order."""

    def __init__(self, session: Session, keys: Keys, note: Callable[[Verdict], None]) -> None:
        self._session = session
        self._keys = keys
        self._note = note
        self._away = 0
        self._reached = False

    def check(self, entries: Iterable[Entry]) -> None:
        """A verdict on each entry, with nothing written."""
        for entry in entries:
            found = self.parsed(entry)
            self._note(found if isinstance(found, Verdict) else self._checked(entry, found))

    def _checked(self, entry: Entry, line: OrderLine) -> Verdict:
        try:
            found = self._session.services.intake.check(line)
        except BackorderError as error:
            return _refused(entry, faults_of(error))
        except Exception as error:  # noqa: BLE001 it is said, and the next line read
            return _refused(entry, [self._in_words(error, entry)])
        verdict, warnings = STARTED if found.new else THERE, (*line.warnings, *found.warnings)
        return Verdict(line=entry.number, id=_id(entry.raw), verdict=verdict, warnings=warnings)

    async def start(self, client: Backorders, entries: Iterator[Entry]) -> int:
        """Put every line on record that can be, and start the workflows behind that.

        Returns how many are on record and could not be started, since Temporal is away.
        """
        gate = asyncio.Semaphore(1)
        under_way: deque[Verdict | asyncio.Task[Verdict]] = deque()
        while batch := await asyncio.to_thread(lambda: [self._read(each) for each in islice(entries, BATCH)]):
            lines = [found for _, found in batch if not isinstance(found, Verdict)]
            results = iter(await client.record(lines) if lines else ())
            for entry, found in batch:
                if isinstance(found, Verdict):
                    under_way.append(found)
                else:
                    under_way.append(self._follow(client, gate, entry, found, next(results)))
            await self._tell(under_way, AHEAD)
        await self._tell(under_way, 0)
        return self._away

    async def _tell(self, under_way: deque[Verdict | asyncio.Task[Verdict]], most: int) -> None:
        """Tell the verdicts that are there, in their order, until no more than so many are outstanding."""
        while under_way:
            first = under_way[0]
            if isinstance(first, asyncio.Task):
                if not first.done() and len(under_way) <= most:
                    return
                first = await first
            self._note(first)
            under_way.popleft()

    def _follow(
        self,
        client: Backorders,
        gate: asyncio.Semaphore,
        entry: Entry,
        line: OrderLine,
        found: Opened | BackorderError,
    ) -> Verdict | asyncio.Task[Verdict]:
        if isinstance(found, BackorderError):
            return _refused(entry, faults_of(found))
        verdict = Verdict(
            line=entry.number,
            id=found.id,
            verdict=STARTED if found.new else THERE,
            warnings=(*line.warnings, *found.warnings),
            remarks=tuple(ask_of(flag).what for flag in found.flags),
        )
        if found.started:
            return verdict
        return asyncio.create_task(self._begin(client, gate, found, verdict))

    async def _begin(
        self, client: Backorders, gate: asyncio.Semaphore, opened: Opened, verdict: Verdict
    ) -> Verdict:
        async with gate:
            # Once it is away nobody waits for it again: the sweep starts what is on record.
            if self._away or not await client.begin(opened):
                self._away += 1
            elif not self._reached:
                # The first one goes alone: what does not answer is asked once.
                self._reached = True
                for _ in range(AT_ONCE - 1):
                    gate.release()
        return verdict

    def _read(self, entry: Entry) -> tuple[Entry, OrderLine | Verdict]:
        return entry, self.parsed(entry)

    def parsed(self, entry: Entry) -> OrderLine | Verdict:
        """The line that an entry states; the verdict on one that states none."""
        faults = list(entry.faults)
        if twice := self._keys.fault(_id(entry.raw), entry.number):
            faults.append(twice)
        if not entry.raw:
            return _refused(entry, faults or ["is empty"])
        try:
            line = self._session.order_line(entry.raw)
        except RefusedError as error:
            return _refused(entry, with_others(faults, error.faults))
        except Exception as error:  # noqa: BLE001 likewise
            return _refused(entry, [*faults, self._in_words(error, entry)])
        return _refused(entry, faults) if faults else line

    def _in_words(self, error: Exception, entry: Entry) -> str:
        """What is the matter with a line that nobody expected: no reason to leave out the next one.

        Raises what the machine or its database is to blame for, which the next line would meet too.
        """
        from backorder.failures import in_words, kind_of, passes

        if passes(error):
            raise error
        log.error("%s %d cannot be read", self._keys.word, entry.number, exc_info=error)
        return f"cannot be read: {kind_of(error)}, {in_words(error)}"


def _refused(entry: Entry, faults: Iterable[str]) -> Verdict:
    return Verdict(line=entry.number, id=plain(_id(entry.raw)), verdict=REFUSED, faults=tuple(faults))
