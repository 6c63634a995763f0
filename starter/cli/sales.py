"""Sales by SKU and day, from `--sales FILE` or from what is on record.

Each row of a file is checked; a faulty row refuses its SKU, never the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.bulk import no_file
from starter.cli.files import FileOptions, Source, opened_file
from starter.cli.output import BAD_INPUT, heed
from starter.cli.params import OneOf
from starter.cli.verdicts import Errors, Verdicts, errors_file
from starter.files import csvfiles
from starter.files.sales import SALES, SalesFile
from starter.files.tables import header_of
from starter.files.verdict import REFUSED, EntryVerdict

if TYPE_CHECKING:
    from backorder.forecasting.demand.history import Demand
    from backorder.forecasting.demand.sales import Sales

_NAMED = 1000
"""Refused rows that JSON names; `--errors` writes all of them."""


sales_option = click.option(
    "--sales",
    "file",
    metavar="FILE",
    help="Sales by sku, day, quantity; - for standard input. Default: what is on record.",
)
period_option = click.option(
    "--period", type=OneOf(["day", "week", "month"]), required=True, help="What demand is counted by."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SalesRead:
    """What there is. refused: rows left out, with their SKUs, at most `_NAMED`; count: all of them.

    today: at the shop, or in UTC where a file is all that is known. recorded: it is this database's.
    """

    sales: Sales
    today: date
    refused: Sequence[dict[str, object]] = ()
    count: int = 0
    recorded: bool = False


def read_sales(given: FileOptions, *, required: bool = True) -> SalesRead:
    """The sales of a file, or those on record where none is named. Faulty rows are named beside the output.

    required: there has to be one on record. Raises RefusedError if the file cannot be read, or there is
    nothing that can be used.
    """
    if given.file is None:
        no_file(given, "--sales")
        return _recorded(required=required)
    gathered = SalesFile()
    with errors_file(given.errors, given.file) as errors, opened_file(given, SALES, "UTC") as file:
        for remark in file.remarks:
            heed(remark, err=True)
        refused, count = named(_verdicts(file, gathered), file.word, errors)
        sales = gathered.sales()
        if not len(sales.item):
            raise nothing_of_use(file, count)
        if count:
            left_out(file, count, gathered.refused)
    return SalesRead(sales=sales, today=datetime.now(UTC).date(), refused=refused, count=count)


def _recorded(*, required: bool) -> SalesRead:
    from backorder.queries.recorded_sales import recorded_sales
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        calendar = session.services.calendar
        sales = recorded_sales(connection, calendar, required=required)
        for remark in sales.remarks:
            heed(remark, err=True)
        return SalesRead(sales=sales, today=calendar.day(session.now()), recorded=True)


def named(
    verdicts: Iterable[EntryVerdict], word: str, errors: Errors | None
) -> tuple[Sequence[dict[str, object]], int]:
    """Refused rows, printed beside the output: the first of them for programs, and how many there are."""
    told = Verdicts(word, as_json=False, errors=errors)
    first: list[dict[str, object]] = []
    for verdict in verdicts:
        told.note(verdict)
        if len(first) < _NAMED:
            first.append({word: verdict.line, "sku": verdict.id, "faults": list(verdict.faults)})
    if count := told.counts[REFUSED]:
        told.explain(err=True)
    return first, count


def nothing_of_use(file: Source, count: int) -> RefusedError:
    """What is raised where nothing of a file can be used. count: rows that were refused."""
    words = f"; {how_many(count, file.word)} refused" if count else ""
    return RefusedError([f"{file.shown}: there are no sales that can be used{words}"])


def left_out(file: Source, count: int, skus: Set[str]) -> None:
    """Say what of a file is left out: refused rows, and the other rows of their SKUs."""
    products = how_many(len(skus - {""}), "product")
    heed(f"left out: {how_many(count, file.word)} and all else of {products}", err=True)


def _verdicts(file: Source, gathered: SalesFile) -> Iterator[EntryVerdict]:
    if file.form != "csv":
        for entry in file.entries():
            if refused := gathered.entry(entry):
                yield refused
        return
    try:
        with file.path.open(encoding=file.encoding, newline="") as lines:
            rows = csvfiles.rows(lines)
            header = header_of(rows, SALES, file.said.ignored)
            yield from gathered.rows(rows, header, file.text)
    except RefusedError as error:
        raise RefusedError([f"{file.shown}: {fault}" for fault in error.faults]) from None


def known_before(sales: Sales, period: str, day: date) -> Demand:
    """The demand before a day's period; what is missing is said. Raises RefusedError where there is none."""
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.forecasting.demand.sales import demand_before, weekday_of
    from backorder.forecasting.demand.words import gap_words

    known = demand_before(sales, PERIODS[period], day, weekday_of(sales.before(day)))
    if not known.periods:
        raise RefusedError([f"--as-of: there are no sales before the {period} of {day}"])
    if gap := gap_words(known):
        heed(gap, err=True)
    return known


def leave(count: int) -> None:
    """End with exit code 2 if rows were refused. count: how many."""
    if count:
        click.get_current_context().exit(BAD_INPUT)
