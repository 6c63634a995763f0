"""`backorder list`: where lines stand, and what happens to each of them next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from starter.cli.output import as_json_option, console, say_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backorder.storage.views import LineView, Page


@click.command("list")
@click.argument("q", metavar="[WORDS]", required=False, default="")
@click.option("--status", help="waiting, allocated, closing, fulfilled, cancelled or substituted.")
@click.option("--order", help="The order's ID.")
@click.option("--sku", help="The product.")
@click.option("--supplier", help="The supplier's ID.")
@click.option("--customer", help="The customer's ID.")
@click.option("--late", is_flag=True, help="The promised day is over; the longest ago first.")
@click.option("--needs", is_flag=True, help="Something waits for a person.")
@click.option("--cursor", help="Where the next page begins, as the page before said.")
@click.option("--limit", type=int, default=50, show_default=True, help="Lines on a page.")
@as_json_option
def list_lines(cursor: str | None, limit: int, as_json: bool, **wanted: Any) -> None:
    """List backorders.

    WORDS: an order, a line, a SKU, a part of a product's name, or a customer's ID, email address or phone.
    """
    from backorder.storage.listing import Filter, lines
    from starter.cli.session import opened

    with opened() as session:
        now = session.now()
        chosen = {name: value or "" for name, value in wanted.items() if name not in ("late", "needs")}
        page = lines(
            session.store,
            Filter(**chosen, late=wanted["late"], needs=wanted["needs"]),
            now,
            cursor=cursor,
            limit=limit,
        )
        zone = session.settings.time_zone
        today = session.store.calendar.day(now)
    if as_json:
        say_json(page)
        return
    out = console()
    out.print(table(page, today, zone))
    if page.cursor:
        out.print(f"[dim]there are more: add --cursor {page.cursor}[/]", soft_wrap=True)


def table(page: Page, today: date, zone: str) -> RenderableType:
    """The page as people read it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not page.lines:
        return Text("no backorder fits", style="dim")
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("backorder", no_wrap=True)
    shown.add_column("product", max_width=30, overflow="ellipsis", no_wrap=True)
    shown.add_column("status", no_wrap=True)
    shown.add_column("units", justify="right", no_wrap=True)
    shown.add_column("promised by", no_wrap=True)
    shown.add_column("forecast", no_wrap=True)
    shown.add_column("delay", justify="right", no_wrap=True)
    shown.add_column("queue", justify="right", no_wrap=True)
    shown.add_column("next", overflow="fold")
    for line in page.lines:
        shown.add_row(*_cells(line, today, zone))
    return shown


def _cells(line: LineView, today: date, zone: str) -> tuple[str, ...]:
    from rich.markup import escape

    from starter.cli import wording

    overdue = line.promised_by is not None and line.promised_by < today and line.open > 0
    promised = wording.day(line.promised_by, today)
    forecast = "[dim]–[/]"
    if line.open and line.forecast_by is None:
        forecast = "[red]no date[/]"
    elif line.open:
        same = line.forecast_by == line.promised_by
        forecast = "[dim]as promised[/]" if same else wording.day(line.forecast_by, today)
    position = str(line.queue_position) if line.queue_position else "[dim]–[/]"
    return (
        escape(line.id),
        escape(line.product),
        wording.status(line.status),
        str(line.ordered) if line.open in (0, line.ordered) else f"{line.open} of {line.ordered}",
        f"[red]{promised}[/]" if overdue else promised,
        forecast,
        wording.delayed(line.delay_days),
        position,
        _next(line, today, zone),
    )


def _next(line: LineView, today: date, zone: str) -> str:
    from starter.cli import wording

    first = f"[bold red]![/] {wording.needs(line.needs)}" if line.needs else ""
    if line.next is None:
        return first or "[dim]–[/]"
    then = f"[dim]{wording.soon(line.next.at, zone, today)}[/] {wording.step(line.next.what)}"
    return f"{first}\n{then}" if first else then
