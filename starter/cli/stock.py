"""`backorder supply receipt|return|adjust|count`: what is on hand, and whom that concerns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import click

from backorder.errors import RefusedError
from starter.cli.bulk import Fact, Outcome, keep
from starter.cli.effects import print_effects
from starter.cli.fields import field, said
from starter.cli.files import FileSaid, file_option, says_file
from starter.cli.output import as_json_option, console, heed, say_json

if TYPE_CHECKING:
    from backorder.domain.allocation import Grant
    from backorder.intake import Adjustment, Incoming, Receipt, StockCount, SupplyReturn
    from backorder.storage.stock import Booked
    from starter.client import Backorders

ModelT = TypeVar("ModelT", bound="Incoming")


def _from_file(command: Callable[..., Any]) -> Callable[..., Any]:
    preview = click.option(
        "--preview", is_flag=True, help="Show who loses or gets units and hears of it, and write nothing."
    )
    return file_option(as_json_option(preview(says_file(command))))


@click.command()
@click.argument("purchase_order", metavar="[ORDER]", required=False)
@click.argument("line", required=False)
@field("quantity", "Units that arrived.")
@field(
    "receipt_id", "The document's ID: the same one again for this line changes nothing.", option="--receipt"
)
@field("received_at", "When they arrived. Default: now.")
@_from_file
def receipt(given: FileSaid, as_json: bool, preview: bool, **fields: Any) -> None:
    """Book goods in; they are set aside for the queue at once.

    A document may have a receipt for each of its lines. More than was ordered is taken in and flagged.
    """
    from backorder.intake import Receipt

    async def act(client: Backorders, found: Receipt) -> Outcome:
        return _outcome(await client.receive(found))

    fact = Fact(
        model=Receipt,
        act=act,
        id=lambda found: f"receipt {found.receipt_id}",
        key=("receipt_id", "purchase_order", "line"),
        usual={"received_at": lambda now: now},
    )
    _keep(fact, fields, lambda client, found: client.receive(found, preview=True), given, as_json, preview)


@click.command("return")
@click.argument("purchase_order", metavar="[ORDER]", required=False)
@click.argument("line", required=False)
@field("receipt_id", "The receipt that is reversed.", option="--receipt")
@field("return_id", "Its own ID: the same one again changes nothing.", option="--return")
@field("quantity", "Units that went back, or never came.")
@field("replacement", "Others are due for them: the order line is open again.", flag=True)
@field("returned_at", "When they left. Default: now.")
@_from_file
def send_back(given: FileSaid, as_json: bool, preview: bool, **fields: Any) -> None:
    """Reverse a receipt, in full or in part: goods sent back to the supplier, or booked by mistake.

    \b
    backorder supply return PO-881 1 --receipt R-1 --return RET-1 --quantity 2 --replacement
    """
    from backorder.intake import SupplyReturn

    async def act(client: Backorders, found: SupplyReturn) -> Outcome:
        return _outcome(await client.send_back(found))

    fact = Fact(
        model=SupplyReturn,
        act=act,
        id=lambda found: f"return {found.return_id}",
        key=("return_id", "purchase_order", "line"),
    )
    _keep(fact, fields, lambda client, found: client.send_back(found, preview=True), given, as_json, preview)


@click.command()
@click.argument("sku", required=False)
@field("quantity", "Units more; below zero, such as --quantity=-2, for units that vanished.")
@field("reason", "Why, in words.")
@field("adjustment_id", "Its own ID: the same one again changes nothing.", option="--adjustment")
@field("at", "When it happened. Default: now.")
@_from_file
def adjust(given: FileSaid, as_json: bool, preview: bool, **fields: Any) -> None:
    """Change what is on hand for any reason but a receipt or a shipment."""
    from backorder.intake import Adjustment

    async def act(client: Backorders, found: Adjustment) -> Outcome:
        return _outcome(await client.adjust(found))

    fact = Fact(
        model=Adjustment,
        act=act,
        id=lambda found: f"adjustment {found.adjustment_id}",
        key=("adjustment_id",),
    )
    _keep(fact, fields, lambda client, found: client.adjust(found, preview=True), given, as_json, preview)


@click.command()
@click.argument("sku", required=False)
@field("on_hand", "Units that are there, set aside or not.")
@field("as_of", "When they were counted; what moved since comes on top. Default: now.")
@_from_file
def count(given: FileSaid, as_json: bool, preview: bool, **fields: Any) -> None:
    """Set what is on hand to what was counted; --preview shows a slip of the hand before customers do."""
    from backorder.intake import StockCount

    async def act(client: Backorders, found: StockCount) -> Outcome:
        return _outcome(await client.count(found))

    fact = Fact(
        model=StockCount,
        act=act,
        id=lambda found: f"count of {found.sku}",
        key=("sku", "as_of"),
        usual={"as_of": lambda now: now},
    )
    _keep(fact, fields, lambda client, found: client.count(found, preview=True), given, as_json, preview)


def _keep(
    fact: Fact[ModelT],
    fields: dict[str, Any],
    show: Callable[[Backorders, ModelT], Any],
    given: FileSaid,
    as_json: bool,
    preview: bool,
) -> None:
    if not preview:
        keep(fact, fields, given=given, as_json=as_json)
    elif given.file is not None:
        raise RefusedError(["--preview: goes with the options of one entry, not with a file"])
    else:
        _preview(fact, said(fields), show, as_json=as_json)


def _preview(
    fact: Fact[ModelT],
    raw: dict[str, Any],
    show: Callable[[Backorders, ModelT], Any],
    *,
    as_json: bool,
) -> None:
    from backorder.intake import parse
    from starter.cli.session import opened

    with opened() as session:
        now = session.now()
        usual = {name: make(now) for name, make in (fact.usual or {}).items()}
        found = parse(fact.model, usual | raw)
        booked: Booked = session.ask(lambda client: show(client, found))
        today = session.store.calendar.day(now)
    if as_json:
        effects = [asdict(each) | {"days": each.days} for each in booked.effects]
        say_json({"preview": True, **_fields(booked), "effects": effects, "remarks": _remarks(booked)})
        return
    console().print(f"{fact.id(found)} would do this; nothing is written")
    for each in _remarks(booked):
        heed(each)
    print_effects(booked.effects, today, preview=True)


def _outcome(booked: Booked) -> Outcome:
    return Outcome(remarks=_remarks(booked), fields=_fields(booked))


def _fields(booked: Booked) -> dict[str, Any]:
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
