"""`backorder availability`: what a customer would be told who orders now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from starter.cli.buyers import print_table
from starter.cli.output import as_json_option, say_json

if TYPE_CHECKING:
    from backorder.queries.availability_view import AvailabilityView

_STATUS = {
    "in_stock": "[green]in stock[/]",
    "backorder": "[yellow]on backorder[/]",
    "backorder_no_date": "[yellow]on backorder, no date[/]",
    "not_sold": "[red]not sold[/]",
    "unknown": "[dim]unknown product[/]",
}
_REASONS = {
    "backorder_limit": "more units would wait than its backorder_limit allows",
    "no_date": "it is not sold while there is no date",
    "no_supply": "nothing is on order that covers it",
    "supplier_unsure": "the supplier cannot say when",
}


@click.command()
@click.argument("sku", nargs=-1, required=True)
@click.option("--quantity", default="1", show_default=True, help="Units of each product.")
@click.option("--region", help="Where they would go: an ISO 3166 region, like DE or US-CA.")
@as_json_option
def availability(sku: tuple[str, ...], quantity: str, region: str | None, as_json: bool) -> None:
    """Say what a customer would be told who orders now: in stock, or when it would ship.

    It is what a new line hears: behind all who wait, with the standard policy. Nothing is reserved.

    \b
    backorder availability LAMP DESK --quantity 2
    """
    from backorder.schemas import AvailabilityQuestion
    from starter.cli.session import opened

    with opened() as session:
        raw = {"sku": list(sku), "quantity": quantity} | ({"region": region} if region else {})
        asked = session.parse(AvailabilityQuestion, raw)
        found = session.services.availability.views(asked.sku, asked.quantity, session.now())
    if as_json:
        say_json({"items": found})
    else:
        print_table("Availability", _COLUMNS, _rows(found))


_COLUMNS = ("sku", "units", "free", "status", "ships", "at the door by", "")


def _rows(found: Sequence[AvailabilityView]) -> Iterator[tuple[str, ...]]:
    from rich.markup import escape

    for each in found:
        window = each.window
        ships = "[dim]–[/]"
        if window:
            ships = f"{window.by}" if window.likely == window.by else f"{window.likely} to {window.by}"
        words = [_REASONS[reason] for reason in each.reasons]
        words += [f"{part.quantity} by {part.by or 'no date yet'}" for part in each.parts]
        door = window.deliver_by.isoformat() if window else "[dim]–[/]"
        yield (
            escape(each.sku),
            str(each.quantity),
            str(each.free),
            _STATUS[each.status],
            ships,
            door,
            ", ".join(words),
        )
