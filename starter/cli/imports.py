"""Starting backorders from a file: a verdict for each line, and no faulty line stops the others."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from backorder.domain.keys import joined
from backorder.domain.texts import how_many
from backorder.errors import BackorderError, RefusedError
from starter.cli.files import FileOptions, Source, file_argument, file_options, opened_file
from starter.cli.output import INTERRUPTED, PENDING, as_json_option, heed, progress, say_json, well
from starter.cli.verdicts import Verdicts, errors_file
from starter.cli.who_asks import audited_lines
from starter.files.columns import order_lines
from starter.files.tables import Entry
from starter.files.verdict import REFUSED, STARTED, THERE, WOULD_START, EntryVerdict

if TYPE_CHECKING:
    from backorder.schemas import OrderLine
    from backorder.services.open_line import Opened
    from starter.cli.session import Session
    from starter.client import Backorders
    from starter.line_import import LineImport


@click.command("import")
@file_argument
@file_options
@click.option("--dry-run", is_flag=True, help="Check every line and write nothing.")
@click.option("--quiet", is_flag=True, help="Print only what is refused.")
@click.option("--template", metavar="FILE", help="Write a sample with every column, .csv or .xlsx, and stop.")
@as_json_option
def import_lines(given: FileOptions, dry_run: bool, quiet: bool, template: str | None, as_json: bool) -> None:
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
        errors_file(given.errors, given.file) as errors,
        opened_file(given, order_lines(), session.services.calendar.zone) as file,
    ):
        verdicts = Verdicts(file.word, as_json=as_json, dry_run=dry_run, errors=errors)
        if not quiet:
            for remark in file.remarks:
                heed(remark, err=True)
        _run(session, file, verdicts, dry_run=dry_run, quiet=quiet)


def _run(session: Session, file: Source, verdicts: Verdicts, *, dry_run: bool, quiet: bool) -> None:
    from starter.line_import import LineImport

    keys = keys_of(file.entries(), file.word)
    away, interrupted = 0, False
    with progress(total=keys.total, word=f"{file.word}s", hidden=quiet) as step:

        def note(verdict: EntryVerdict) -> None:
            verdicts.note(verdict)
            step()

        work = LineImport(session.services, session.order_line, word=keys.word, repeated=keys.fault)
        try:
            if keys.scattered:
                work.foresee(each for each in file.entries() if keys.scatters(each))
            if dry_run:
                for verdict in work.check(file.entries()):
                    note(verdict)
            else:
                session.ask(lambda client: _start(work, client, file.entries(), note))
                away = work.away
        except KeyboardInterrupt:
            interrupted = True
    names = (REFUSED,) if quiet else (WOULD_START if dry_run else STARTED, THERE, REFUSED)
    verdicts.summary(names, quiet=quiet)
    context = click.get_current_context()
    if interrupted:
        done = sum(verdicts.counts.values())
        heed(f"broken off after {done:,} of {keys.total:,}; the same command again goes on", err=True)
        context.exit(INTERRUPTED)
    if away:
        many = how_many(away, "line is", "lines are")
        heed(f"Temporal is away: {many} on record, to start when it is back", err=True)
    verdicts.leave()
    if away:
        context.exit(PENDING)


async def _start(
    work: LineImport, client: Backorders, entries: Iterator[Entry], note: Callable[[EntryVerdict], None]
) -> None:
    async def record(lines: Sequence[OrderLine]) -> Sequence[Opened | BackorderError]:
        with audited_lines([joined(line.order_id, line.line_id) for line in lines]):
            return await client.record(lines)

    async for verdicts in work.start(client, entries, record=record):
        for verdict in verdicts:
            note(verdict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The entries under which an ID stands more than once. total: how many entries there are.

    twice: of each such ID, two of its entries and how many there are. scattered: of the orders whose
    entries do not stand together, what stands for them.
    """

    total: int
    word: str
    twice: Mapping[str, tuple[int, int, int]]
    scattered: Container[int] = ()

    def scatters(self, entry: Entry) -> bool:
        """Whether the entries of its order do not stand together."""
        from starter.files.orders import order_of

        return _stands_for(order_of(entry)) in self.scattered

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
    from starter.files.orders import id_of, order_of

    # A short hash stands for an ID: a million of them have to fit.
    seen: dict[bytes, int] = {}
    twice: dict[str, tuple[int, int, int]] = {}
    runs, last = array("Q"), ""
    total = 0
    for entry in entries:
        total += 1
        if (order := order_of(entry)) and order != last:
            runs.append(_stands_for(order))
            last = order
        if id := id_of(entry.raw):
            key = blake2b(id.encode(errors="surrogatepass"), digest_size=12).digest()
            first = seen.setdefault(key, entry.number)
            if first != entry.number:
                _, second, count = twice.get(id, (first, entry.number, 1))
                twice[id] = (first, second, count + 1)
    scattered = frozenset(one for one, next in pairwise(sorted(runs)) if one == next)
    return Keys(total=total, word=word, twice=twice, scattered=scattered)


def _stands_for(order: str) -> int:
    """Eight bytes for an order; two that share them are only looked at twice."""
    return int.from_bytes(blake2b(order.encode(errors="surrogatepass"), digest_size=8).digest())
