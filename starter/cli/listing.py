"""`backorder list`: where lines stand, and what happens to each of them next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

import click

from starter.cli.output import as_json_option, console, heed, say_json
from starter.cli.params import Whole

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from backorder.queries.line_list import Filter
    from backorder.queries.views import LineView, Page

_COLUMNS = {
    "backorder": ("left", 12, 24),
    "customer": ("left", 12, 24),
    "product": ("left", 12, 36),
    "status": ("left", 20, 20),
    "units": ("right", 20, 20),
    "promised by": ("left", 20, 20),
    "forecast": ("left", 20, 20),
    "delay": ("right", 20, 20),
    "queue": ("right", 20, 20),
    "duty": ("left", 34, 40),
    "next": ("left", 20, 60),
}
"""Each with its side, the places that it needs where it has more to say, and the most that it gets."""
_FIRST_TO_GO = ("queue", "units", "delay", "forecast", "product", "promised by", "customer")
"""Columns that a terminal too narrow for all of them does without."""


@click.command("list")
@click.argument("words", metavar="[WORDS]", nargs=-1)
@click.option("-q", "--q", "q", default="", help="The same as WORDS.")
@click.option(
    "--status", default="", help="waiting, allocated, closing, fulfilled, cancelled or substituted."
)
@click.option("--order", default="", help="The order's ID.")
@click.option("--sku", default="", help="The product.")
@click.option("--supplier", default="", help="The supplier's ID.")
@click.option("--customer", default="", help="The customer's ID.")
@click.option("--late", is_flag=True, help="The promised day is over; the longest ago first.")
@click.option("--needs", is_flag=True, help="Something waits for a person.")
@click.option("--duties", is_flag=True, help="The law wants something of it; the first to fall due first.")
@click.option("--cursor", help="Where the next page begins, as the page before said.")
@click.option("--limit", type=Whole(1, 500), default=50, show_default=True, help="Lines on a page.")
@as_json_option
def list_lines(
    words: tuple[str, ...],
    q: str,
    status: str,
    order: str,
    sku: str,
    supplier: str,
    customer: str,
    late: bool,
    needs: bool,
    duties: bool,
    cursor: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List backorders.

    WORDS: whatever a caller can say: a name, a part of an email address, a phone number as dialled, an order,
    a line, a customer's ID, a tracking number; or a product, a SKU, a purchase order.
    """
    from backorder.domain.keys import parts
    from backorder.queries.line_list import Filter

    wanted = Filter(
        q=" ".join([*words, q]).strip(),
        status=status,
        order="/".join(parts(order)) if order else "",  # as lists show it, too
        sku=sku,
        supplier=supplier,
        customer=customer,
        late=late,
        needs=needs,
        duties=duties,
    )
    _list(wanted, cursor, limit, as_json=as_json)


@click.command()
@click.argument("words", metavar="WORDS", nargs=-1, required=True)
@click.option("--cursor", help="Where the next page begins, as the page before said.")
@click.option("--limit", type=Whole(1, 500), default=50, show_default=True, help="Lines on a page.")
@as_json_option
def find(words: tuple[str, ...], cursor: str | None, limit: int, as_json: bool) -> None:
    """Find backorders by what a caller can say.

    WORDS: a name, a part of an email address, a phone number as dialled, an order, a line, a customer's ID, a
    tracking number; or a product, a SKU, a purchase order.

    \b
    backorder find ada example
    backorder find 01632 960961
    """
    from backorder.queries.line_list import Filter

    _list(Filter(q=" ".join(words)), cursor, limit, as_json=as_json)


def _list(wanted: Filter, cursor: str | None, limit: int, *, as_json: bool) -> None:
    from backorder.queries.line_list import lines
    from starter.cli.session import opened

    with opened() as session:
        now = session.now()
        page = lines(session.services.database, wanted, now, cursor=cursor, limit=limit)
        zone, today = session.settings.time_zone, session.services.calendar.day(now)
    if as_json:
        say_json(page)
    else:
        show_page(page, today, zone, duties=wanted.duties)


def show_page(page: Page, today: date, zone: str, *, duties: bool = False) -> None:
    """Print a page, and how to go on. duties: with the first duty of each line."""
    out = console()
    out.print(table(page, today, zone, width=out.width, duties=duties))
    if page.hint:
        heed(page.hint)
    if page.cursor:
        out.print(f"[dim]there are more: add --cursor {page.cursor}[/]", soft_wrap=True)


def table(page: Page, today: date, zone: str, *, width: int, duties: bool = False) -> RenderableType:
    """The page as people read it, as wide as the terminal is. duties: with the first duty of each line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not page.lines:
        return Text("no backorder fits", style="dim")
    rows = [_cells(line, today, zone) for line in page.lines]
    names = [name for name in _COLUMNS if duties or name != "duty"]
    cells = {name: [Text.from_markup(row[name]) for row in rows] for name in names}
    wide = _widths({name: _width(name, found) for name, found in cells.items()}, width)
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name, places in wide.items():
        justify: Literal["left", "right"] = "right" if _COLUMNS[name][0] == "right" else "left"
        wraps = name in ("backorder", "duty", "next")
        overflow: Literal["fold", "ellipsis"] = "fold" if wraps else "ellipsis"
        shown.add_column(name, justify=justify, width=places, no_wrap=not wraps, overflow=overflow)
    for row in zip(*(cells[name] for name in wide), strict=True):
        shown.add_row(*row)
    return shown


def _widths(wanted: Mapping[str, int], width: int) -> dict[str, int]:
    """The places of each column that is shown, within a terminal of `width`."""
    most = {name: min(found, _COLUMNS[name][2]) for name, found in wanted.items()}
    least = {name: min(found, _COLUMNS[name][1]) for name, found in most.items()}
    gone = list(_FIRST_TO_GO)
    while gone and sum(least.values()) + 2 * len(least) + 1 > width:
        least.pop(gone.pop(0))
    spare = width - sum(least.values()) - 2 * len(least) - 1
    for name in ("next", "backorder", "customer", "product"):
        if name in least:
            more = max(0, min(spare, most[name] - least[name]))
            least[name] += more
            spare -= more
    return least


def _width(name: str, cells: list[Text]) -> int:
    return max(len(name), *(line.cell_len for cell in cells for line in cell.split()))


def _cells(line: LineView, today: date, zone: str) -> dict[str, str]:
    from rich.markup import escape

    from starter.cli import wording

    overdue = line.promised_by is not None and line.promised_by < today and line.open > 0
    promised = wording.day(line.promised_by if line.open else None, today)
    return {
        "backorder": escape(line.id),
        "customer": escape(line.customer_name),
        "product": escape(line.product),
        "status": wording.status(line.status),
        "units": str(line.ordered) if line.open in (0, line.ordered) else f"{line.open} of {line.ordered}",
        "promised by": f"[red]{promised}[/]" if overdue else promised,
        "forecast": _forecast(line, today),
        "delay": wording.delayed(line.delay_days),
        "queue": str(line.queue_position) if line.queue_position else "[dim]–[/]",
        "duty": _duty(line, today),
        "next": _next(line, today, zone),
    }


def _forecast(line: LineView, today: date) -> str:
    from starter.cli import wording

    if not line.open:
        return wording.day(None)
    if line.forecast_by is None:
        return "[red]no date[/]"
    same = line.forecast_by == line.promised_by
    return "[dim]as promised[/]" if same else wording.day(line.forecast_by, today)


def _duty(line: LineView, today: date) -> str:
    from rich.markup import escape

    from starter.cli import wording

    if not line.duties:
        return wording.day(None)
    first = line.duties[0]
    due = wording.day(first.due, today)
    return f"{f'[red]{due}[/]' if first.due <= today else due}\n[dim]{escape(first.rule)}[/]"


def _next(line: LineView, today: date, zone: str) -> str:
    from starter.cli import wording

    first = f"[bold red]![/] {wording.needs(line.needs)}" if line.needs else ""
    if line.next is None:
        return first or "[dim]–[/]"
    then = f"[dim]{wording.soon(line.next.at, zone, today)}[/] {wording.step(line.next.what)}"
    return f"{first}\n{then}" if first else then
