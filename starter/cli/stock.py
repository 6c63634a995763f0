"""`backorder supply receipt|return|adjust|count`: what is on hand, and whom that concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from starter.cli.bulk import FactKind, FactOutcome, keep
from starter.cli.fields import field
from starter.cli.files import FileOptions, file_option, file_options
from starter.cli.output import as_json_option

if TYPE_CHECKING:
    from datetime import datetime

    from backorder.domain.supply.allocation import Grant
    from backorder.schemas import Incoming
    from backorder.services.record_stock import Booked
    from backorder.services.services import Rehearsal
    from starter.client import Backorders

ModelT = TypeVar("ModelT", bound="Incoming")


class _Said:
    """What a command line says: the fields of one fact, or how a file of them is to be read."""

    def __init__(
        self, fields: Mapping[str, object], given: FileOptions, *, as_json: bool, preview: bool
    ) -> None:
        self.fields = fields
        self.given = given
        self.as_json = as_json
        self.preview = preview


def _from_file(command: Callable[..., object]) -> Callable[..., object]:
    preview = click.option(
        "--preview", is_flag=True, help="Show who loses or gets units and hears of it, and write nothing."
    )
    return file_option(as_json_option(preview(file_options(command))))


@click.command()
@click.argument("purchase_order", metavar="[ORDER]", required=False)
@click.argument("line", required=False)
@field("quantity", "Units that arrived.")
@field(
    "receipt_id", "The document's ID: the same one again for this line changes nothing.", option="--receipt"
)
@field("received_at", "When they arrived. Default: now.")
@_from_file
def receipt(given: FileOptions, as_json: bool, preview: bool, **fields: object) -> None:
    """Book goods in; they are set aside for the queue at once.

    A document may have a receipt for each of its lines. More than was ordered is taken in and flagged.
    """
    from backorder.schemas import Receipt

    _book(
        Receipt,
        "receive",
        lambda found: f"receipt {found.receipt_id}",
        ("receipt_id", "purchase_order", "line"),
        lambda found: ("purchase_order", found.purchase_order),
        _Said(fields, given, as_json=as_json, preview=preview),
        now="received_at",
    )


@click.command("return")
@click.argument("purchase_order", metavar="[ORDER]", required=False)
@click.argument("line", required=False)
@field("receipt_id", "The receipt that is reversed.", option="--receipt")
@field("return_id", "Its own ID: the same one again changes nothing.", option="--return")
@field("quantity", "Units that went back, or never came.")
@field("replacement", "Others are due for them: the order line is open again.", flag=True)
@field("returned_at", "When they left. Default: now.")
@_from_file
def send_back(given: FileOptions, as_json: bool, preview: bool, **fields: object) -> None:
    """Reverse a receipt, in full or in part: goods sent back to the supplier, or booked by mistake.

    \b
    backorder supply return PO-881 1 --receipt R-1 --return RET-1 --quantity 2 --replacement
    """
    from backorder.schemas import SupplyReturn

    _book(
        SupplyReturn,
        "send_back",
        lambda found: f"return {found.return_id}",
        ("return_id", "purchase_order", "line"),
        lambda found: ("purchase_order", found.purchase_order),
        _Said(fields, given, as_json=as_json, preview=preview),
    )


@click.command()
@click.argument("sku", required=False)
@field("quantity", "Units more; below zero, such as --quantity=-2, for units that vanished.")
@field("reason", "Why, in words.")
@field("adjustment_id", "Its own ID: the same one again changes nothing.", option="--adjustment")
@field("at", "When it happened. Default: now.")
@_from_file
def adjust(given: FileOptions, as_json: bool, preview: bool, **fields: object) -> None:
    """Change what is on hand for any reason but a receipt or a shipment."""
    from backorder.schemas import Adjustment

    _book(
        Adjustment,
        "adjust",
        lambda found: f"adjustment {found.adjustment_id}",
        ("adjustment_id",),
        lambda found: ("stock", found.sku),
        _Said(fields, given, as_json=as_json, preview=preview),
    )


@click.command()
@click.argument("sku", required=False)
@field("on_hand", "Units that are there, set aside or not.")
@field("as_of", "When they were counted; what moved since comes on top. Default: now.")
@_from_file
def count(given: FileOptions, as_json: bool, preview: bool, **fields: object) -> None:
    """Set what is on hand to what was counted; --preview shows a slip of the hand before customers do."""
    from backorder.schemas import StockCount

    _book(
        StockCount,
        "count",
        lambda found: f"count of {found.sku}",
        ("sku", "as_of"),
        lambda found: ("stock", found.sku),
        _Said(fields, given, as_json=as_json, preview=preview),
        now="as_of",
    )


def _book(
    model: type[ModelT],
    act: Literal["receive", "send_back", "adjust", "count"],
    id: Callable[[ModelT], str],
    key: tuple[str, ...],
    about: Callable[[ModelT], tuple[str, str]],
    said: _Said,
    *,
    now: str = "",
) -> None:
    """Write a fact of stock down, or show what it would do. now: the field that need not be said."""
    # Whom it concerns is worked out over the whole queue: for the entries of a file only if that is read.
    effects = said.as_json or said.preview or said.given.file is None

    async def booked(client: Backorders, found: ModelT) -> FactOutcome:
        return _outcome(await getattr(client, act)(found, effects=effects), effects=effects)

    def attempt(rehearsal: Rehearsal, found: ModelT, at: datetime) -> FactOutcome:
        return _outcome(getattr(rehearsal.stock, act)(found, at, effects=True), effects=True)

    usual = {now: lambda at: at} if now else None
    fact = FactKind(model=model, act=booked, id=id, key=key, about=about, attempt=attempt, usual=usual)
    keep(fact, said.fields, given=said.given, as_json=said.as_json, preview=said.preview)


def _outcome(booked: Booked, *, effects: bool) -> FactOutcome:
    return FactOutcome(
        remarks=_remarks(booked), fields=_fields(booked), effects=booked.effects if effects else None
    )


def _fields(booked: Booked) -> dict[str, object]:
    """What a fact of stock led to, for programs. lines_losing, lines_getting: backorders with their units."""
    losing = [{"backorder": each.id, "units": each.units} for each in booked.lost]
    getting = [{"backorder": each.id, "units": each.units} for each in booked.given]
    known = {"sku": booked.sku, "new": booked.new, "change": booked.change, "on_hand": booked.on_hand}
    return known | {"allocated": booked.allocated, "lines_losing": losing, "lines_getting": getting}


def _remarks(booked: Booked) -> list[str]:
    """What a fact of stock led to, in words."""
    if not booked.new:
        return [f"it was booked before: nothing changed, {booked.on_hand} of {booked.sku} are on hand"]
    moved = [f"{booked.on_hand} of {booked.sku} on hand ({booked.change:+d})"] if booked.change else []
    moved += [
        words
        for words in (_lines(booked.lost, "loses", "lose"), _lines(booked.given, "gets", "get"))
        if words
    ]
    return [*(["; ".join(moved)] if moved else []), *booked.remarks]


def _lines(grants: Sequence[Grant], one: str, many: str) -> str:
    if not grants:
        return ""
    units = sum(grant.units for grant in grants)
    lines = f"1 line {one}" if len(grants) == 1 else f"{len(grants)} lines {many}"
    return f"{lines} {units} {'unit' if units == 1 else 'units'}"
