"""`backorder supply`: suppliers, products, purchase orders, dates, receipts, stock."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from backorder.domain.keys import joined
from backorder.domain.texts import shown
from backorder.errors import RefusedError, WouldDropError
from starter.cli import buyers, stock, supply_forecast, supply_lists
from starter.cli.bulk import FactKind, FactOutcome, keep
from starter.cli.faults import named_as
from starter.cli.fields import field
from starter.cli.files import FileOptions, file_option, file_options
from starter.cli.gathered_rows import gathered
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, heed, say_json, well
from starter.cli.who_asks import audited
from starter.files.cells import DAY, DAY_OR_NONE, FLAG, INSTANT, UNITS
from starter.files.tables import Columns, Entry

if TYPE_CHECKING:
    from datetime import datetime

    from backorder.schemas import StatedDates
    from backorder.services.services import Rehearsal
    from backorder.services.supplier_dates import DatesEffect
    from starter.client import Backorders

_ALIASES = {"qty": "quantity"}
_DATE_COLUMNS = Columns(
    known=("purchase_order", "line", "quantity", "date", "cannot_supply", "source", "note"),
    required=("purchase_order", "line"),
    kinds={"quantity": UNITS, "date": DAY_OR_NONE, "cannot_supply": FLAG},
    aliases=_ALIASES | {"order": "purchase_order"},
)


def _order_columns() -> Columns:
    """A row is a line with its order's own fields."""
    from backorder.schemas import PurchaseOrderLine

    return Columns(
        known=("id", "supplier", "ordered_at", *PurchaseOrderLine.model_fields),
        required=("id", "supplier", "line", "sku", "quantity"),
        kinds={"ordered_at": INSTANT, "quantity": UNITS, "stated_date": DAY},
        aliases=_ALIASES | {"purchase_order": "id", "order": "id"},
    )


@click.group(cls=Group)
def supply() -> None:
    """Suppliers, products, purchase orders, dates, receipts, stock.

    Each fact comes as options, or many of them with --file from CSV, JSON Lines or JSON; every entry then
    gets its verdict. Saying the same thing again changes nothing.
    """


def _from_file(command: Callable[..., object]) -> Callable[..., object]:
    return file_option(as_json_option(file_options(command)))


@supply.command()
@click.argument("id", required=False)
@field("name", "The supplier's name.")
@field("email", "Where dates are asked for.")
@field("locale", "In which they are written to, like de_CH. Default: in English.")
@field("lead_days", "Days from the order to the arrival, as stated.")
@field("backups", "A supplier that could step in; may be said several times.", many=True, option="--backup")
@_from_file
def supplier(given: FileOptions, as_json: bool, **fields: object) -> None:
    """Keep a supplier. Of one on record, what is not said stays.

    The word none takes away the address, the language or the backups; in a file an empty cell says nothing.

    \b
    backorder supply supplier birch --lead-days 6 --backup none
    """
    from backorder.queries.kept_fields import of_supplier
    from backorder.queries.names_off_record import of_backups
    from backorder.schemas import Supplier

    def act(client: Backorders, found: Supplier) -> Awaitable[None]:
        return client.supplier(found)

    fact = FactKind(
        model=Supplier,
        act=act,
        id=lambda found: f"supplier {found.id}",
        key=("id",),
        about=lambda found: ("supplier", found.id),
        replaces=True,
        warnings=lambda open, found, file: of_backups(open, found.backups, file),
        record=("supplier", ("id",), of_supplier),
    )
    keep(fact, fields, given=given, as_json=as_json)


@supply.command()
@click.argument("sku", required=False)
@field("name", "As customers read it.")
@field("category", "Products of the same category can stand in for each other.")
@field("price", "Price of a unit, like 12.50.")
@field("currency", "ISO 4217, like EUR.")
@field("supplier", "The supplier's ID.")
@field("lead_days", "The lead time for this product, where it differs from the supplier's.")
@field(
    "alternatives", "A SKU that can stand in; may be said several times.", many=True, option="--alternative"
)
@field("backorder_limit", "Units that may wait at most. Default: any number; 0: none.")
@field("sell_without_date", "yes or no: while nobody can say when it comes. Default: yes.")
@field("pack_size", "It is bought in packs of so many units. Default: one by one.")
@field("minimum_order", "Units of an order at least.")
@_from_file
def product(given: FileOptions, as_json: bool, **fields: object) -> None:
    """Keep a product. Of one on record, what is not said stays.

    The word none takes away what may be left out: the category, the alternatives, a limit, the packs; in a
    file an empty cell says nothing.

    \b
    backorder supply product DESK --price 12.50 --alternative none
    """
    from backorder.queries.kept_fields import of_product
    from backorder.queries.names_off_record import of_alternatives
    from backorder.schemas import Product

    def act(client: Backorders, found: Product) -> Awaitable[None]:
        return client.product(found)

    fact = FactKind(
        model=Product,
        act=act,
        id=lambda found: f"product {found.sku}",
        key=("sku",),
        about=lambda found: ("product", found.sku),
        replaces=True,
        warnings=lambda open, found, file: of_alternatives(open, found.alternatives, file),
        record=("product", ("sku",), of_product),
    )
    keep(fact, fields, given=given, as_json=as_json)


@supply.command()
@click.argument("supplier", required=False)
@click.argument("sku", required=False)
@field("price", "What the supplier asks for a unit, like 8.40.")
@field("currency", "ISO 4217, like EUR.")
@field("pack_size", "It sells packs of so many units. Default: the product's.")
@field("minimum_order", "Units of an order at least. Default: the product's.")
@_from_file
def price(given: FileOptions, as_json: bool, **fields: object) -> None:
    """Keep what a supplier asks for a product; orders are planned with it.

    Of one on record, what is not said stays; the word none takes away what may be left out.

    \b
    backorder supply price birch DESK --price 8.40 --currency EUR --pack-size 12
    """
    from backorder.queries.kept_fields import of_supplier_price
    from backorder.schemas import SupplierPrice

    def act(client: Backorders, found: SupplierPrice) -> Awaitable[None]:
        return client.supplier_price(found)

    fact = FactKind(
        model=SupplierPrice,
        act=act,
        id=lambda found: f"price of {found.supplier} for {found.sku}",
        key=("supplier", "sku"),
        about=lambda found: ("supplier_price", joined(found.supplier, found.sku)),
        replaces=True,
        record=("supplier_price", ("supplier", "sku"), of_supplier_price),
    )
    keep(fact, fields, given=given, as_json=as_json)


@supply.command("purchase-order")
@click.argument("id", required=False)
@field("supplier", "The supplier's ID.")
@field("ordered_at", "When it was ordered. Default: now.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="'LINE SKU QUANTITY [DATE [DESTINATION]]'",
    help='Units of a product, with the date the supplier states, or "none", and where they go; may be said '
    "several times.",
)
@click.option("--yes", is_flag=True, help="Give up what is on record and not said here.")
@_from_file
def purchase_order(
    lines: tuple[str, ...], yes: bool, given: FileOptions, as_json: bool, **fields: object
) -> None:
    """Keep a purchase order with all its lines. What it drops is shown, and given up with --yes.

    That is a line on record that is left out, units of one that is said with fewer, where one goes, and what
    the supplier of before stated. Nothing is ever put below what was received.

    \b
    backorder supply purchase-order PO-881 --supplier acme --line '1 DESK 10 2026-05-01' --line '2 LAMP 4'

    In a table each row is a line: id, supplier, ordered_at, line, sku, quantity, destination, stated_date.
    """
    from backorder.schemas import PurchaseOrder, PurchaseOrderLine

    async def act(client: Backorders, found: PurchaseOrder) -> list[str]:
        try:
            return await client.purchase_order(found, drop=yes)
        except WouldDropError as error:
            raise RefusedError([*error.faults, "--yes: say it if that is meant"]) from None

    def grouped(found: Iterable[Entry], word: str) -> Iterator[Entry]:
        return gathered(found, word, by=("id",), into="lines", parts=tuple(PurchaseOrderLine.model_fields))

    fact = FactKind(
        model=PurchaseOrder,
        act=act,
        id=lambda found: f"purchase order {found.id}",
        key=("id",),
        about=lambda found: ("purchase_order", found.id),
        replaces=True,
        skus=lambda found: [line.sku for line in found.lines],
        once=True,
        columns=_order_columns(),
        grouped=grouped,
        usual={"ordered_at": lambda now: now},
    )
    named_as(typed={"lines": lines})
    fields["lines"] = tuple(map(_order_line, lines))
    keep(fact, fields, given=given, as_json=as_json)


_WORD = re.compile(r"""(?:"([^"]+)"|'([^']+)')(?!\S)|(\S+)""")
"""A word, or several in quotes of either kind."""


def _order_line(text: str) -> dict[str, str]:
    words = ["".join(found) for found in _WORD.findall(text)]
    if not 3 <= len(words) <= 5:
        raise RefusedError(
            [
                f"--line: {shown(text)} is not whole; write LINE SKU QUANTITY and perhaps a DATE and a "
                'DESTINATION, such as "1 DESK 10" or "1 DESK 10 none Berlin"; what has spaces goes in quotes '
                "of its own, such as \"1 'OAK DESK' 10\""
            ]
        )
    found = dict(zip(("line", "sku", "quantity", "stated_date", "destination"), words, strict=False))
    if found.get("stated_date") == "none":
        del found["stated_date"]
    return found


splits_option = click.option(
    "--split",
    "splits",
    multiple=True,
    metavar="QUANTITY=DAY",
    help='Units and their day, or "none" where the supplier cannot say; may be said several times.',
)
"""What a supplier states for the units of a line."""


def splits_of(typed: tuple[str, ...]) -> tuple[dict[str, object], ...]:
    """Units with their days, from what was typed. Raises RefusedError."""
    named_as(typed={"splits": typed})
    return tuple(map(_split, typed))


@supply.command()
@click.argument("purchase_order", metavar="[ORDER]", required=False)
@click.argument("line", required=False)
@splits_option
@field("cannot_supply", "The supplier cannot supply what is outstanding.", flag=True)
@field("source", "mail, phone, portal… Default: mail.")
@field("note", "The supplier's words.")
@click.option("--preview", is_flag=True, help="Show who would get another date, and write nothing.")
@_from_file
def date(splits: tuple[str, ...], preview: bool, given: FileOptions, as_json: bool, **fields: object) -> None:
    """Write down what a supplier says about a purchase-order line. What was said before stays on record.

    \b
    backorder supply date PO-881 1 --split 6=2026-05-01 --split 4=none --source phone

    In a table each row is a split: purchase_order, line, quantity, date, cannot_supply, source, note; the
    word none as the date says that the supplier cannot tell.
    """
    from backorder.schemas import StatedDates

    async def act(client: Backorders, found: StatedDates) -> FactOutcome:
        return _outcome(await client.stated_dates(found))

    def attempt(rehearsal: Rehearsal, found: StatedDates, at: datetime) -> FactOutcome:
        return _outcome(rehearsal.dates.state(found, at))

    fact = FactKind(
        model=StatedDates,
        act=act,
        id=lambda found: f"{found.purchase_order} line {found.line}",
        key=("purchase_order", "line"),
        about=lambda found: ("purchase_order", found.purchase_order),
        attempt=attempt,
        columns=_DATE_COLUMNS,
        grouped=_splits_together,
        usual={"source": lambda _: "mail"},
    )
    fields["splits"] = splits_of(splits)
    keep(fact, fields, given=given, as_json=as_json, preview=preview)


def _outcome(stated: DatesEffect) -> FactOutcome:
    why = stated.waits_for_buyer
    return FactOutcome(
        remarks=[f"customers hear of it once the buyer agrees: {why}"] if why else [],
        fields={"waits_for_buyer": why},
        effects=stated.effects,
    )


def _split(text: str) -> dict[str, object]:
    quantity, equals, day = text.partition("=")
    if not equals or not day.strip():
        words = "write QUANTITY=DAY, such as 6=2026-05-01, 6=3d or 4=none"
        raise RefusedError([f"--split: {shown(text)} is no split; {words}"])
    return {"quantity": quantity, "date": None if day.strip() == "none" else day.strip()}


def _splits_together(found: Iterable[Entry], word: str) -> Iterator[Entry]:
    """The rows about one line as one entry. A date is never left out: that may be a slip of the hand."""
    rows = (_split_row(entry) for entry in found)
    return gathered(rows, word, by=("purchase_order", "line"), into="splits", parts=("quantity", "date"))


def _split_row(entry: Entry) -> Entry:
    raw, faults = dict(entry.raw), list(entry.faults)
    if raw.get("date") == "none":
        raw["date"] = None
    elif "quantity" in raw and "date" not in raw:
        faults.append('date: is empty; write the word "none" where the supplier cannot say')
    return replace(entry, raw=raw, faults=tuple(faults))


@supply.command()
@click.argument("purchase_order", metavar="ORDER")
@click.argument("line", required=False)
@click.option("--reason", help="Why; it stands with the lines.")
@as_json_option
def cancel(purchase_order: str, line: str | None, reason: str | None, as_json: bool) -> None:
    """Cancel what has not arrived of a purchase order, or of one of its lines."""
    from backorder.schemas.purchase_order_calls import PurchaseOrderCancellation
    from starter.cli.session import opened

    with opened() as session:
        if reason is not None:
            raw = {"reason": reason} | ({"line": line} if line is not None else {})
            reason = session.parse(PurchaseOrderCancellation, raw, about=purchase_order).reason
        with audited(("purchase_order", purchase_order)):
            changed = session.ask(
                lambda client: client.cancel_purchase_order(purchase_order, line, reason=reason)
            )
    name = f"{purchase_order}{f' line {line}' if line else ''}"
    if as_json:
        verdict = "done" if changed else "nothing to do"
        say_json({"purchase_order": purchase_order, "line": line, "verdict": verdict})
    elif changed:
        well(f"what was outstanding of {name} is cancelled")
    else:
        heed(f"nothing of {name} is outstanding any more")


for _command in (
    supply_forecast.history,
    supply_forecast.tune,
    supply_forecast.backtest,
    buyers.report,
    buyers.tasks,
    buyers.reassign,
    buyers.decide,
    supply_lists.list_supply,
    supply_lists.show_supply,
    stock.receipt,
    stock.send_back,
    stock.adjust,
    stock.count,
):
    supply.add_command(_command)
