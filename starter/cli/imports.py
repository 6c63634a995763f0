"""Starting backorders from a file: a verdict for each line, and no faulty line stops the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from backorder.domain.keys import joined
from backorder.errors import BackorderError, RefusedError
from starter.cli.files import Columns, Entry, columns_of, entries, format_of, read_text
from starter.cli.output import as_json_option, console, progress
from starter.cli.verdicts import REFUSED, STARTED, THERE, Verdict, faults_of, show, summary

if TYPE_CHECKING:
    from backorder.intake import OrderLine
    from starter.cli.session import Session
    from starter.client import Backorders

AT_ONCE = 32
"""Lines that are being started at the same time."""


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl", "json"]), help="Default: by the file's ending."
)
@click.option("--dry-run", is_flag=True, help="Check every line and write nothing.")
@click.option("--quiet", is_flag=True, help="Print only the lines that are refused.")
@as_json_option
def import_lines(file: str, form: str | None, dry_run: bool, quiet: bool, as_json: bool) -> None:
    """Start backorders from a CSV or JSON Lines file; - reads standard input.

    The fields are those of `backorder start`; in CSV the customer's are columns such as customer.id and
    customer.email. Each line gets its verdict: started, already there, or refused with every fault. A line
    that is refused leaves nothing behind and does not stop the others; the exit code is then 2.
    """
    from backorder.intake import OrderLine
    from starter.cli.session import opened

    form = format_of(file, form)
    text, columns = read_text(file), columns_of(OrderLine)
    keys = _keys(text, form, columns)
    out = console()
    verdicts: list[Verdict] = []
    with opened() as session, progress(out, total=keys.total, hidden=as_json) as step:

        def note(verdict: Verdict) -> None:
            verdicts.append(verdict)
            step()
            if not as_json and not (quiet and verdict.verdict != REFUSED):
                show(out, verdict, dry_run=dry_run)

        work = _Work(session, keys, note)
        if dry_run:
            for entry in entries(text, form, columns):
                work.check(entry)
        else:
            session.ask(lambda client: work.start(client, list(entries(text, form, columns))))
    summary(out, verdicts, (STARTED, THERE, REFUSED), dry_run=dry_run, as_json=as_json)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Keys:
    """The lines of the file under which each backorder stands. total: how many entries there are."""

    total: int
    lines: Mapping[str, list[int]]

    def fault(self, id: str, line: int) -> str | None:
        """What is wrong with an ID that is there more than once: nobody can say which one is meant."""
        others = [str(number) for number in self.lines.get(id, ()) if number != line]
        if not others:
            return None
        where = f"line {others[0]}" if len(others) == 1 else f"lines {', '.join(others)}"
        return f"order_id, line_id: {id} is also in {where}"


def _keys(text: str, form: str, columns: Columns) -> _Keys:
    lines: dict[str, list[int]] = {}
    total = 0
    for entry in entries(text, form, columns):
        total += 1
        if id := _id(entry.raw):
            lines.setdefault(id, []).append(entry.number)
    return _Keys(total=total, lines={id: found for id, found in lines.items() if len(found) > 1})


def _id(raw: Mapping[str, Any]) -> str:
    order, line = raw.get("order_id"), raw.get("line_id")
    named = isinstance(order, str) and isinstance(line, str)
    return joined(order.strip(), line.strip()) if named and order and line else ""


class _Work:
    """The lines of one file on their way in; `note` hears each verdict in the file's order."""

    def __init__(self, session: Session, keys: _Keys, note: Callable[[Verdict], None]) -> None:
        self._session = session
        self._keys = keys
        self._note = note

    def check(self, entry: Entry) -> None:
        """A verdict on an entry, with nothing written."""
        found = self._parsed(entry)
        if isinstance(found, Verdict):
            self._note(found)
            return
        try:
            new = self._session.store.intake.check(found)
        except BackorderError as error:
            self._note(_refused(entry, faults_of(error)))
        else:
            self._note(Verdict(line=entry.number, id=_id(entry.raw), verdict=STARTED if new else THERE))

    async def start(self, client: Backorders, found: list[Entry]) -> None:
        """Start every entry that can be started, some at a time."""
        under_way: deque[asyncio.Task[Verdict]] = deque()
        for entry in found:
            under_way.append(asyncio.create_task(self._one(client, entry)))
            while len(under_way) >= AT_ONCE or (under_way and under_way[0].done()):
                self._note(await under_way.popleft())
        for task in under_way:
            self._note(await task)

    async def _one(self, client: Backorders, entry: Entry) -> Verdict:
        found = self._parsed(entry)
        if isinstance(found, Verdict):
            return found
        try:
            started = await client.start(found)
        except BackorderError as error:
            return _refused(entry, faults_of(error))
        return Verdict(line=entry.number, id=started.id, verdict=STARTED if started.new else THERE)

    def _parsed(self, entry: Entry) -> OrderLine | Verdict:
        faults = list(entry.faults)
        if twice := self._keys.fault(_id(entry.raw), entry.number):
            faults.append(twice)
        if entry.faults:
            return _refused(entry, faults)
        try:
            line = self._session.order_line(entry.raw)
        except RefusedError as error:
            return _refused(entry, [*faults, *error.faults])
        return _refused(entry, faults) if faults else line


def _refused(entry: Entry, faults: list[str]) -> Verdict:
    return Verdict(line=entry.number, id=_id(entry.raw), verdict=REFUSED, faults=tuple(faults))
