"""`--sales FILE`: sales by SKU and day, each row checked; a faulty row refuses its SKU, never the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.files import FileSaid, Source, opened_file
from starter.cli.output import BAD_INPUT, heed
from starter.cli.params import OneOf
from starter.cli.verdicts import Verdicts, errors_file
from starter.files import csvfiles
from starter.files.sales import SALES, SalesFile
from starter.files.tables import header_of
from starter.files.verdict import REFUSED, Verdict

if TYPE_CHECKING:
    from backorder.forecasting.demand.history import Demand
    from backorder.forecasting.demand.sales import Sales

_NAMED = 1000
"""Refused rows that JSON names; `--errors` writes all of them."""


sales_option = click.option(
    "--sales",
    "file",
    metavar="FILE",
    required=True,
    help="Sales by sku, day, quantity; - for standard input.",
)
period_option = click.option(
    "--period", type=OneOf(["day", "week", "month"]), required=True, help="What demand is counted by."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SalesRead:
    """What a file says. refused: rows left out, with their SKUs, at most `_NAMED`; count: all of them."""

    sales: Sales
    refused: Sequence[dict[str, Any]]
    count: int


def read_sales(given: FileSaid) -> SalesRead:
    """The sales of a file. Faulty rows are named beside the output.

    Raises RefusedError if the file cannot be read, or nothing of it can be used.
    """
    gathered = SalesFile()
    refused: list[dict[str, Any]] = []
    with errors_file(given.errors) as errors, opened_file(given, SALES, "UTC") as file:
        verdicts = Verdicts(file.word, as_json=False, errors=errors)
        for remark in file.remarks:
            heed(remark, err=True)
        for verdict in _verdicts(file, gathered):
            verdicts.note(verdict)
            if len(refused) < _NAMED:
                refused.append({file.word: verdict.line, "sku": verdict.id, "faults": list(verdict.faults)})
        count = verdicts.counts[REFUSED]
        if count:
            verdicts.explain(err=True)
        sales = gathered.sales()
        if not len(sales.item):
            words = f"; {how_many(count, file.word)} refused" if count else ""
            raise RefusedError([f"{file.shown}: there are no sales that can be used{words}"])
        if count:
            skus = how_many(len(gathered.refused - {""}), "product")
            heed(f"left out: {how_many(count, file.word)} and all else of {skus}", err=True)
    return SalesRead(sales=sales, refused=refused, count=count)


def _verdicts(file: Source, gathered: SalesFile) -> Iterator[Verdict]:
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
    """The demand before a day's period. Raises RefusedError where there is none."""
    from backorder.forecasting.demand.periods import PERIODS
    from backorder.forecasting.demand.sales import demand_before, weekday_of

    known = demand_before(sales, PERIODS[period], day, weekday_of(sales.before(day)))
    if not known.periods:
        raise RefusedError([f"--as-of: there are no sales before the {period} of {day}"])
    return known


def leave(read: SalesRead) -> None:
    """End with exit code 2 if rows were refused."""
    if read.count:
        click.get_current_context().exit(BAD_INPUT)
