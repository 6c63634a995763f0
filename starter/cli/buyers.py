"""`backorder supply report|tasks|reassign|decide`: the buyer's side."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import click

from backorder.domain.keys import joined, parts
from backorder.domain.texts import how_many
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.params import OneOf
from starter.cli.who_asks import audited, by_option

if TYPE_CHECKING:
    from datetime import date

    from backorder.forecasting.reliability import Kept
    from backorder.queries.supply_report import OpenOrder, SupplyReport
    from backorder.queries.task_words import Detail
    from backorder.storage.tasks import Task


@click.command()
@as_json_option
def report(as_json: bool) -> None:
    """Kept promises by supplier and month, lead times, reliability, what is late, unconfirmed or short."""
    from starter.cli.session import opened

    with opened() as session:
        found = session.services.supply_report(session.now())
    if as_json:
        say_json(_as_json(found))
    else:
        _print_report(found)


def _as_json(found: SupplyReport) -> dict[str, object]:
    raw: dict[str, object] = asdict(found)
    for name, kept in (("first", found.first), ("last", found.last)):
        raw[name] = [asdict(each) | {"rate": each.rate} for each in kept]
    raw["short"] = [asdict(each) | {"missing": each.missing} for each in found.short]
    return raw


def _print_report(found: SupplyReport) -> None:
    from rich.markup import escape

    from starter.cli import wording

    out = console()
    out.print(f"[bold]Supply[/] [dim]as of[/] {wording.day(found.asof)}\n")
    _kept(found)
    leads = {each.supplier: each for each in found.lead_times}
    rows = []
    for each in found.reliability:
        lead = leads.get(each.supplier)
        days = (str(lead.p10), f"[bold]{lead.p50}[/]", str(lead.p90)) if lead else ("–", "–", "–")
        rows.append((escape(each.supplier), f"{each.rate:.0%}", f"{each.on_time} of {each.due}", *days))
    print_table(
        "Suppliers",
        ("supplier", "on time, estimated", "seen", "days: 1 in 10 by", "half by", "9 in 10 by"),
        rows,
    )
    _orders("Late purchase orders", found.late, found.asof)
    _orders("Not confirmed yet", found.unconfirmed, found.asof)
    short = [
        (
            escape(each.sku),
            escape(each.name),
            str(each.waiting),
            str(each.free),
            str(each.coming),
            f"[red]{each.missing}[/]",
        )
        for each in found.short
    ]
    print_table(
        "Queues longer than their supply", ("sku", "product", "waiting", "free", "coming", "missing"), short
    )


def _kept(found: SupplyReport) -> None:
    from rich.markup import escape

    last = {(each.supplier, each.month): each for each in found.last}
    rows = []
    for each in found.first:
        final = last.get((each.supplier, each.month))
        rows.append((escape(each.supplier), each.month, _rate(each), _rate(final) if final else "[dim]–[/]"))
    print_table(
        "Promises kept (all units there by the day promised)", ("supplier", "month", "first", "last"), rows
    )


def _rate(kept: Kept) -> str:
    return f"{kept.rate:.0%} [dim]of {kept.due}[/]"


def _orders(title: str, orders: Sequence[OpenOrder], today: date) -> None:
    from rich.markup import escape

    from starter.cli import wording

    rows = [
        (
            escape(f"{each.purchase_order} {each.line}"),
            escape(each.supplier),
            escape(each.sku),
            str(each.outstanding),
            wording.day(each.due, today),
            wording.day(each.by, today),
        )
        for each in orders
    ]
    print_table(title, ("order", "supplier", "sku", "outstanding", "due", "forecast by"), rows)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Print a table with its title; numbers stand to the right, and so do the columns in `right`."""
    from rich import box
    from rich.table import Table

    out = console()
    filled = list(rows)
    out.print(f"[bold]{title}[/]" + ("" if filled else "  [dim]none[/]"))
    if not filled:
        out.print()
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for index, name in enumerate(columns):
        number = name in right or (index > 0 and _is_number(filled[0][index]))
        table.add_column(name, justify="right" if number else "left")
    for row in filled:
        table.add_row(*row)
    out.print(table)


def _is_number(cell: str) -> bool:
    return re.sub(r"\[[^]]*\]", "", cell).strip("%").isdigit()


@click.command()
@as_json_option
def tasks(as_json: bool) -> None:
    """What waits for the buyer: dates to approve, suppliers that do not answer."""
    from rich.markup import escape

    from backorder.storage import tasks as worklist
    from starter.cli import wording
    from starter.cli.session import opened

    with opened() as session:
        found = worklist.waiting(session.services.engine)
        today = session.services.calendar.day(session.now())
    if as_json:
        say_json([asdict(each) for each in found])
        return
    rows = [
        (
            wording.day(each.at.date(), today),
            *(wording.dated(escape(words), today) for words in (each.subject, *in_words(each))),
        )
        for each in found
    ]
    print_table("Waiting for the buyer", ("since", "about", "what", "what to do"), rows)


def in_words(task: Task) -> tuple[str, str]:
    """What a task asks, and what to do about it."""
    from backorder.queries.task_words import task_in_words

    return task_in_words(task.kind, task.subject, task.detail), _to_do(task)


def _to_do(task: Task) -> str:
    from backorder.domain.tasks import TASKS

    kind, detail = task.kind, cast("Detail", task.detail)
    name = shlex.join(parts(task.subject))
    if "wrote" in detail and kind in TASKS:
        return ""
    match kind:
        case "approve_date":
            seen = f" --revision {detail['revision']}" if "revision" in detail else ""
            return f"backorder supply decide {name} approve|reject --by YOU{seen}"
        case "supplier_silent":
            backups = [
                f"{number}. {each['supplier']}, {each['on_time']:.0%} on time, by {each['by']}"
                for number, each in enumerate(detail.get("backups") or [], start=1)
            ]
            reassign = f"backorder supply reassign {name} --to SUPPLIER --order NEW"
            return "\n".join([*(backups or ["no backup supplier is named"]), reassign])
        case "over_received":
            cancelled = detail.get("cancelled", False)
            extra = detail["received"] - (0 if cancelled else detail["ordered"])
            back = f"backorder supply return {name} --receipt {shlex.quote(detail['receipt'])} --return NEW"
            back += f" --quantity {min(extra, detail.get('quantity', extra))}"
            if cancelled:
                return f"keep them, and cancel what replaces them; or {back}"
            return f"keep the rest: it serves the queue; or {back}"
        case "supplier_unreachable":
            units = how_many(detail["outstanding"], "unit")
            return f"call them about {units}, then backorder supply date {name} …"
        case "product_short":
            return "backorder plan orders --write"
        case "reserved_units_lost":
            return "find other units or agree on something else with the customer"
        case "channel_paused" if detail.get("by"):
            return f"backorder channel resume {name}"
        case "channel_paused":
            return "mend its account or its settings: see backorder doctor"
    return ", ".join(f"{name} {value}" for name, value in task.detail.items())


@click.command()
@click.argument("purchase_order", metavar="ORDER")
@click.argument("line")
@click.option("--to", "supplier", required=True, help="The supplier that takes over.")
@click.option("--order", "new_order", required=True, help="The ID of the new purchase order.")
@as_json_option
def reassign(purchase_order: str, line: str, supplier: str, new_order: str, as_json: bool) -> None:
    """Order what is outstanding of a line from another supplier; the old line is cancelled."""
    from backorder.schemas.purchase_order_calls import LineReassignment
    from starter.cli.session import opened

    with opened() as session:
        raw = {"line": line, "supplier": supplier, "new_order": new_order}
        to = session.parse(LineReassignment, raw, about=purchase_order)
        line, supplier, new_order = to.line, to.supplier, to.new_order
        with audited(("purchase_order", purchase_order), ("purchase_order", new_order)):
            session.ask(
                lambda client: client.reassign(purchase_order, line, supplier=supplier, new_order=new_order)
            )
    if as_json:
        say_json(
            {"purchase_order": new_order, "supplier": supplier, "instead_of": joined(purchase_order, line)}
        )
    else:
        well(f"{supplier} takes over: purchase order {new_order}, instead of {purchase_order} line {line}")


@click.command()
@click.argument("purchase_order", metavar="ORDER")
@click.argument("line")
@click.argument("decision", metavar="DECISION", type=OneOf(["approve", "reject"]))
@click.option(
    "--revision",
    metavar="N",
    help="The date that was looked at, as `supply tasks` has it: refused where another waits by now.",
)
@by_option("Who decides.")
@as_json_option
def decide(
    purchase_order: str, line: str, decision: str, revision: str | None, by: str, as_json: bool
) -> None:
    """Approve or reject a date that waits for the buyer. DECISION: approve or reject."""
    from backorder.schemas.purchase_order_calls import DecisionBy
    from backorder.services.record_faults import of_order_line
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    approve = decision == "approve"

    def unknown(_: DecisionBy) -> list[str]:
        with reading(session.services.engine) as connection:
            return of_order_line(connection, purchase_order, line)

    with opened() as session:
        asked = session.parse(DecisionBy, {"by": by, "revision": revision}, besides=unknown)
        with audited(("purchase_order", purchase_order), by="by"):
            session.ask(
                lambda client: client.decide_dates(
                    purchase_order, line, approve=approve, by=asked.by, revision=asked.revision
                )
            )
    if as_json:
        say_json({"purchase_order": purchase_order, "line": line, "decision": decision})
    else:
        well(f"the date of {purchase_order} line {line} is {decision}{'d' if approve else 'ed'}")
