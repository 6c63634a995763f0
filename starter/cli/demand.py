"""`backorder demand import`: what was sold, kept for planning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.files import FileOptions, Source, file_argument, file_options, opened_file
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, heed, say_json, well
from starter.cli.sales import leave, left_out, named, nothing_of_use
from starter.cli.verdicts import errors_file
from starter.cli.who_asks import audited
from starter.files.sales import AHEAD, SALES, RefusedSkus, sale_by

if TYPE_CHECKING:
    from datetime import date

    from backorder.forecasting.demand.sale import Sale
    from backorder.services.import_sales import ImportedSales
    from starter.files.verdict import EntryVerdict


@click.group(cls=Group)
def demand() -> None:
    """What was sold before this database or beside it: `backorder plan` works from it."""


@demand.command("import")
@file_argument
@file_options
@as_json_option
def import_sales(given: FileOptions, as_json: bool) -> None:
    """Keep sales from a table: sku, day, quantity, and perhaps order, in_stock.

    Rows of one SKU, day and order are added up, and stand in place of what an earlier file said of these: the
    same file again changes nothing, a newer one corrects. A product with a faulty row is left out, and the
    exit code is 2. A sale that is a backorder here too (the same order and SKU) counts once. A category is
    not kept; products on record have theirs. Of rows that name no order it is said how many there are: units
    that waited here then are taken for a part of them.
    """
    from starter.cli.session import opened

    if given.file is None:
        raise RefusedError(["name a file, or - for standard input"])
    with (
        opened() as session,
        errors_file(given.errors, given.file) as errors,
        opened_file(given, SALES, "UTC") as file,
    ):
        for remark in file.remarks:
            heed(remark, err=True)
        skus, now = RefusedSkus(), session.now()
        latest = session.services.calendar.day(now + AHEAD)
        refused, count = named(_refused(file, skus, latest), file.word, errors)
        each = partial(audited, ("forecast", "sales"))
        kept = session.services.sales.keep(_usable(file, skus, latest), now, within=each)
        if not kept.rows:
            raise nothing_of_use(file, count)
        if count:
            left_out(file, count, skus.named)
    if as_json:
        fields = asdict(kept) | {"refused": refused}
        say_json(fields)
    else:
        _say(kept)
    leave(count)


def _say(kept: ImportedSales) -> None:
    sales = how_many(kept.rows, "sale")
    well(f"{sales} of {how_many(kept.products, 'product')} on record, {kept.new:,} of them new")
    if kept.overtaken:
        heed(
            f"{how_many(kept.overtaken, 'row')} left out: an import that began later has said what counts of "
            "the same product, day and order"
        )
    if kept.without_order:
        names = how_many(kept.without_order, "row names no order", "rows name no order")
        heed(
            f"{names}: units that waited here on their product and day (or week, month) are taken for a part "
            "of them, and not counted beside them"
        )


def _refused(file: Source, skus: RefusedSkus, latest: date) -> Iterator[EntryVerdict]:
    """The verdicts on the rows that cannot be used. Their SKUs go into `skus`."""
    for entry in file.entries():
        try:
            sale_by(entry, latest)
        except RefusedError as error:
            yield skus.note(entry, error)


def _usable(file: Source, refused: RefusedSkus, latest: date) -> Iterator[Sale]:
    """The sales of the other SKUs."""
    for entry in file.entries():
        try:
            sale = sale_by(entry, latest)
        except RefusedError:
            continue  # it was named when the file was read for its faults
        if sale.sku in refused:
            refused.named.add(sale.sku)
        else:
            yield sale
