"""`backorder what-if date|supplier|receipt`: who would hear what; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from starter.cli.fields import field, said
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, console, counting, heed, say_json
from starter.cli.supply import splits_of, splits_option

if TYPE_CHECKING:
    from datetime import date

    from backorder.services.supply_effects import Moved, WaitingQueue
    from backorder.services.what_if import Consequences
    from starter.cli.session import Session

SHOWN = 20
"""Lines that a person is shown; --json has all of them."""


@click.group("what-if", cls=Group)
def what_if() -> None:
    """Who would hear what, and what becomes of the queue. Nothing is written.

    \b
    backorder what-if date PO-881 1 --split 10=2026-05-20
    backorder what-if supplier birch --days 14
    backorder what-if receipt PO-881 1 --quantity 6
    """


@what_if.command("date")
@click.argument("purchase_order", metavar="ORDER")
@click.argument("line")
@splits_option
@field("cannot_supply", "The supplier cannot supply what is outstanding.", flag=True)
@as_json_option
def on_date(splits: tuple[str, ...], as_json: bool, **fields: object) -> None:
    """What if the supplier states these dates for a purchase-order line?"""
    from backorder.schemas import StatedDates
    from backorder.services.what_if import SOURCE

    raw = said(fields) | ({"splits": splits_of(splits)} if splits else {})
    _answer(
        lambda session: session.services.what_if.date(
            session.parse(StatedDates, raw, {"source": SOURCE}), session.now()
        ),
        as_json=as_json,
    )


@what_if.command()
@click.argument("purchase_order", metavar="ORDER")
@click.argument("line")
@field("quantity", "Units that arrive.")
@as_json_option
def receipt(as_json: bool, **fields: object) -> None:
    """What if these goods arrive now?"""
    from backorder.schemas import Receipt
    from backorder.services.what_if import new_receipt_id

    def ask(session: Session) -> Consequences:
        now = session.now()
        usual = {"receipt_id": new_receipt_id(), "received_at": now}
        return session.services.what_if.receipt(session.parse(Receipt, said(fields), usual), now)

    _answer(ask, as_json=as_json)


@what_if.command()
@click.argument("supplier")
@field("days", "All that is outstanding comes so many days later; --days=-3 for earlier.")
@field("no_date", "The supplier cannot say when.", flag=True)
@field("cannot_supply", "Nothing of it comes.", flag=True)
@as_json_option
def supplier(as_json: bool, **fields: object) -> None:
    """What if everything that a supplier still owes is late?

    Days count from the day that the supplier states; where that is over, or none is stated, from our own
    likely day.
    """
    from backorder.schemas.what_if import SupplierMove

    raw = said(fields)

    def ask(session: Session) -> Consequences:
        move = session.parse(SupplierMove, raw)
        with counting(hidden=as_json) as counted:
            return session.services.what_if.supplier(move, session.now(), counted)

    _answer(ask, as_json=as_json)


def _answer(ask: Callable[..., Consequences], *, as_json: bool) -> None:
    from starter.cli.session import opened

    with opened() as session:
        found: Consequences = ask(session)
        today = session.services.calendar.day(session.now())
    if as_json:
        say_json(as_fields(found))
    else:
        _print(found, today)


def as_fields(found: Consequences) -> dict[str, object]:
    """What would come of it, for programs."""
    return {
        "preview": True,
        "hears": found.hears,
        "waits_for_buyer": [asdict(each) for each in found.waits_for_buyer],
        "skus": [
            {
                "sku": each.sku,
                "before": asdict(each.before),
                "after": asdict(each.after),
                "effects": [asdict(effect) | {"days": effect.days} for effect in each.effects],
            }
            for each in found.moved
        ],
        "remarks": found.remarks,
    }


def _print(found: Consequences, today: date) -> None:
    from starter.cli.effects import print_effects

    out = console()
    out.print("[dim]nothing is written[/]")
    for remark in found.remarks:
        heed(remark)
    for each in found.waits_for_buyer:
        heed(
            f"{each.purchase_order} line {each.line}: customers hear of it once the buyer agrees: {each.why}"
        )
    print_effects(found.effects, today, preview=True, most=SHOWN)
    _print_queues(found.moved, today)


def _print_queues(moved: Sequence[Moved], today: date) -> None:
    from rich.markup import escape

    from starter.cli.buyers import print_table

    if not moved:
        return
    rows = [
        (
            escape(each.sku),
            *(
                _then(old, new)
                for old, new in zip(_cells(each.before, today), _cells(each.after, today), strict=True)
            ),
        )
        for each in moved
    ]
    print_table("Queue", ("sku", "lines", "units", "without a date", "all there by"), rows)


def _cells(queue: WaitingQueue, today: date) -> tuple[str, ...]:
    from starter.cli import wording

    last = wording.day(queue.last, today) if queue.last else "–"
    return str(queue.lines), str(queue.units), str(queue.dateless), last


def _then(before: str, after: str) -> str:
    return before if before == after else f"[dim]{before} →[/] {after}"
