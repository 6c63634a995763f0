"""`backorder report worth|demand`: what waiting lines are worth, and what is waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from backorder.errors import RefusedError
from starter.cli.assumptions import assumed_percent, coupon_order_option, redeemed_option
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, console, say_json
from starter.cli.params import Day, Whole
from starter.cli.pictures import chosen, picture, say_where, sku_option, svg_option

if TYPE_CHECKING:
    from backorder.domain.worth import Assumed, Month
    from backorder.queries.demand_report import DemandReport, DemandView
    from backorder.queries.worth_report import WorthReport


@click.group(cls=Group)
def report() -> None:
    """What waiting lines are worth, and what is waited for and why. Nothing is written."""


_since = click.option("--since", type=Day(), help="The first day. [default: 12 months, this one included]")
_until = click.option("--until", type=Day(), help="The first day that is not in it. [default: tomorrow]")


@report.command()
@_since
@_until
@redeemed_option
@coupon_order_option
@assumed_percent(
    "--contact-share", 100, "of the answers by link or text, how many would have been a call or a mail."
)
@click.option(
    "--contact-cost",
    metavar="AMOUNT",
    help="Assumed: what a call or a mail costs that was avoided, like 4.50EUR. [default: no price]",
)
@svg_option
@as_json_option
def worth(
    since: date | None,
    until: date | None,
    redeemed: int,
    coupon_order: int,
    contact_share: int,
    contact_cost: str | None,
    svg: str | None,
    as_json: bool,
) -> None:
    """What honest backorders earn, by the month in which a line was opened.

    Lines kept and cancelled (by whom, after what), promises kept, revenue, refunds, what coupons cost,
    contacts avoided, customers who ordered again. What is assumed is an option, and said; --json says how
    each figure is counted.

    \b
    backorder report worth --since 2026-01-01 --contact-cost 4.50EUR --svg worth.svg
    """
    from backorder.domain.worth import COUNTED, Assumed, total
    from backorder.queries import views

    cost, currency = _amount(contact_cost)
    assumed = Assumed(
        redeemed=redeemed,
        coupon_order=coupon_order,
        contact_share=contact_share,
        contact_cost=cost,
        contact_currency=currency,
    )
    found = _worth(since, until, assumed, svg)
    whole = total(found.months)
    if as_json:
        say_json(views.as_json(found) | {"total": whole, "counted": COUNTED})
        return
    _print_worth(found, whole)
    say_where(svg)


def _worth(since: date | None, until: date | None, assumed: Assumed, svg: str | None) -> WorthReport:
    """The report; drawn too, if a file is named."""
    from backorder.queries.worth_report import worth_report
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with picture(svg) as file:
        with opened() as session, reading(session.services.engine) as connection:
            calendar = session.services.calendar
            days = _days(since, until, calendar.day(session.now()))
            found = worth_report(connection, calendar, *days, assumed)
        if file is not None:
            from starter.cli.worth_picture import drawn

            file.write(drawn(found))
    return found


@report.command()
@_since
@_until
@click.option("--limit", type=Whole(1, 1000), default=20, show_default=True, help="SKUs that are shown.")
@svg_option
@sku_option
@as_json_option
def demand(
    since: date | None,
    until: date | None,
    limit: int,
    svg: str | None,
    skus: tuple[str, ...],
    as_json: bool,
) -> None:
    """What is most backordered, why, and what would have prevented it.

    A line counts under the cause of most of its wait: supplier_late (most of it came after the day first
    stated), sold_more_than_planned (units were on order and not due yet), nothing_ordered, stock_counted_down
    (the books said that units were there which were not).
    """
    from backorder.queries.demand_report import demand_report
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with picture(svg, skus) as file:
        with opened() as session, reading(session.services.engine) as connection:
            calendar, now = session.services.calendar, session.now()
            days = _days(since, until, calendar.day(now))
            found = demand_report(connection, calendar, *days, now, limit=limit)
        if file:
            from starter.cli.shortage_picture import drawn

            known = {each.sku: each for each in found.skus}
            file.write(drawn(found, [known[sku] for sku in chosen(skus, list(known))]))
    if as_json:
        say_json(found)
        return
    _print_demand(found)
    say_where(svg)


def _days(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The stretch of time: whole months, this one included, where nobody says it. Raises RefusedError."""
    from backorder.domain.worth import first_of_months

    begins, ends = since or first_of_months(today), until or today + timedelta(days=1)
    if begins >= ends:
        raise RefusedError([f"--since, --until: {begins} is not before {ends}"])
    return begins, ends


def _amount(text: str | None) -> tuple[Decimal | None, str]:
    """An amount with its currency, such as 4.50EUR. Raises RefusedError."""
    from backorder.domain.money import DIGITS, amount_of, fault_of_amount, rounded

    if text is None:
        return None, ""
    number, currency = text[:-3].strip(), text[-3:].upper()
    if currency not in DIGITS:
        raise RefusedError(["--contact-cost: write an amount and its currency, like 4.50EUR"])
    try:
        amount = amount_of(number)
    except ValueError as error:
        raise RefusedError([f"--contact-cost: {error}"]) from None
    if fault := fault_of_amount(amount, currency):
        raise RefusedError([f"--contact-cost: {fault}"])
    return rounded(amount, currency), currency


# --- worth


def _print_worth(found: WorthReport, whole: Month) -> None:
    from rich import box
    from rich.table import Table

    out = console()
    out.print(f"[bold]Worth[/] [dim]of lines opened from {found.since} on and before {found.until}[/]")
    if not found.months:
        out.print("[dim]no line was opened then[/]")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("month")
    names = ("opened", "kept", "swapped", "cancelled", "open", "first", "last", "answers", "again")
    for name in names:
        table.add_column(name, justify="right")
    for each in (*found.months, *([whole] if len(found.months) > 1 else [])):
        table.add_row(each.month, *_counts(each))
    out.print(table)
    out.print(f"[dim]{_LEGEND}[/]\n")
    _print_money(found, whole)
    for words in (_by(whole.cancelled_by, "cancelled by"), _by(whole.cancelled_after, "cancelled after")):
        if words:
            out.print(words)
    out.print(f"[dim]{' '.join(_notes(found))}[/]")


_LEGEND = (
    "first, last: shipped by the first and by the last date told; answers: by link or text; "
    "again: of the customers whose line shipped, those who ordered again"
)


def _counts(month: Month) -> Iterator[str]:
    for number in (month.opened, month.kept, month.substituted, month.cancelled, month.open):
        yield f"{number:,}"
    yield _share(month.kept_first, month.promised)
    yield _share(month.kept_last, month.promised)
    yield f"{month.contacts_avoided:,}"
    yield _share(month.ordered_again, month.customers)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _print_money(found: WorthReport, whole: Month) -> None:
    from starter.cli.buyers import print_table

    columns = ("revenue", "waiting", "refunds", "coupons", "contacts")
    rows = []
    for each in (*found.months, *([whole] if len(found.months) > 1 else [])):
        sums = (each.revenue, each.waiting, each.refunds, each.coupon_cost, each.contacts_saved)
        for currency in sorted({name for sum_ in sums for name in sum_}):
            rows.append((each.month, currency, *(_money(sum_, currency) for sum_ in sums)))  # noqa: PERF401
    print_table("Money", ("month", "in", *columns), rows, right=columns)


def _money(sums: Mapping[str, Decimal], currency: str) -> str:
    return f"{sums[currency]:,}" if currency in sums else "–"


def _by(found: Counter[str], words: str) -> str:
    from starter.cli import wording

    if not found:
        return ""
    listed = ", ".join(f"{count:,} {wording.kind(name)}" for name, count in found.most_common())
    return f"{words}: {listed}"


def _notes(found: WorthReport) -> Iterator[str]:
    assumed = found.assumed
    yield f"Assumed: {assumed.redeemed}% of the coupons are used (--redeemed), on orders of"
    yield f"{assumed.coupon_order}% of what their line cost (--coupon-order);"
    yield f"{assumed.contact_share}% of the answers were a contact avoided (--contact-share)"
    if assumed.contact_cost is None:
        yield "and no price of a contact (--contact-cost)."
    else:
        yield f"and {assumed.contact_cost} {assumed.contact_currency} for a contact (--contact-cost)."
    yield "--json says how each figure is counted."


# --- demand


def _print_demand(found: DemandReport) -> None:
    from rich.markup import escape

    from starter.cli.buyers import print_table

    out = console()
    sums = (
        how_many(found.lines, "line"),
        how_many(found.units, "unit"),
        how_many(found.unit_days, "unit-day"),
    )
    out.print(
        f"[bold]Backordered[/] [dim]from {found.since} on and before {found.until}:[/] {', '.join(sums)}"
    )
    columns = ("lines", "units", "days", "longest")
    rows = [
        (
            escape(each.sku),
            f"{each.lines:,}",
            f"{each.units:,}",
            f"{_average(each)}",
            str(each.longest),
            _why(each),
        )
        for each in found.skus
    ]
    print_table("SKUs", ("sku", *columns, "why, by unit-days"), rows, right=columns)
    for each in found.skus[:_PREVENTED]:
        out.print(f"[bold]{escape(each.sku)}[/]: {escape(each.prevention)}", soft_wrap=False)
    if more := found.found - len(found.skus):
        out.print(f"[dim]… and {more:,} more {'SKU' if more == 1 else 'SKUs'}[/]")


_PREVENTED = 10
"""SKUs of which a person is told what would have prevented it."""


def _average(each: DemandView) -> str:
    return f"{each.days / each.lines:.0f}"


def _why(each: DemandView) -> str:
    whole = sum(cause.unit_days for cause in each.causes)
    if not whole or len(each.causes) == 1:
        return each.main_cause.replace("_", " ")
    shares = ((cause.cause.replace("_", " "), cause.unit_days / whole) for cause in each.causes)
    return ", ".join(f"{name} {share:.0%}" for name, share in shares)
