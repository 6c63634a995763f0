"""`backorder policy backtest`: what a policy would have done with the lines that have been."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from backorder.domain.texts import how_many
from backorder.domain.worth import AssumedCoupons
from backorder.errors import RefusedError
from starter.cli.assumptions import coupon_order_option, redeemed_option
from starter.cli.output import as_json_option, console, progress, say_json
from starter.cli.params import Day

if TYPE_CHECKING:
    from backorder.domain.backtest.history import LineHistory
    from backorder.domain.backtest.tally import Tally
    from backorder.domain.calendar import Calendar
    from backorder.domain.policy.policy import Policy

_OBJECTS = 50_000
"""How many more are made than freed until the garbage collector looks."""


@dataclass(frozen=True, slots=True)
class _History:
    """Where the lines come from. total: how many there are at most."""

    lines: Iterator[LineHistory]
    calendar: Calendar
    total: int
    words: str


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--since", type=Day(), help="Lines opened since that day, or so long ago, such as 90d. [default: 90d]"
)
@click.option("--demo", is_flag=True, help="The lines of the demo's season; needs no database.")
@redeemed_option
@coupon_order_option
@as_json_option
def backtest(
    files: tuple[str, ...],
    since: date | None,
    demo: bool,
    redeemed: int,
    coupon_order: int,
    as_json: bool,
) -> None:
    """Play the shop's own lines under policies, side by side. Nothing is written.

    Each line is decided by the engine itself, with what was known on each day: forecasts as they stood,
    stated dates, receipts, shipments, answers. What a customer decided who would have heard something else is
    unknown, and counted as that.

    \b
    backorder policy backtest policies/standard.toml policies/patient.toml --since 90d
    """
    if demo and since is not None:
        raise RefusedError(["--since: the demo has one season; leave it out with --demo"])
    from backorder.schemas.policies import MOST_POLICIES

    if len(files) > MOST_POLICIES:
        raise RefusedError([f"FILE: {MOST_POLICIES} policies are the most, side by side"])
    with _histories(since, demo=demo) as history:
        policies = [_policy(name, history.calendar) for name in files]
        tallies = _played(policies, history, hidden=as_json)
    assumed = AssumedCoupons(redeemed=redeemed, coupon_order=coupon_order)
    if as_json:
        say_json(_as_json(files, policies, tallies, assumed, history.words))
    else:
        _print(policies, tallies, assumed, history.words)


@contextmanager
def _histories(since: date | None, *, demo: bool) -> Iterator[_History]:
    if demo:
        from starter.demo.history import demo_histories

        season, calendar = demo_histories()
        yield _History(iter(season), calendar, len(season), "the demo's season")
        return
    from backorder.queries.line_histories import count_lines, line_histories
    from backorder.services.backtest_policies import begins
    from backorder.storage.engine import reading
    from starter.cli.session import opened

    with opened() as session, reading(session.services.engine) as connection:
        calendar, now = session.services.calendar, session.now()
        start = begins(since, calendar, now)
        total = count_lines(connection, start)
        lines = line_histories(connection, calendar, since=start, now=now)
        yield _History(lines, calendar, total, f"lines opened since {calendar.day(start).isoformat()}")


def _policy(name: str, calendar: Calendar) -> Policy:
    from backorder.domain.policy.policy_file import PolicyError, read_policy
    from starter.cli.files import read_text

    try:
        return read_policy(read_text(name), calendar=calendar)
    except PolicyError as error:
        raise RefusedError(
            [
                f"{name}:{each.line}: {f'{each.key}: ' if each.key else ''}{each.problem}"
                for each in error.faults
            ]
        ) from None


def _played(policies: Sequence[Policy], history: _History, *, hidden: bool) -> list[Tally]:
    from backorder.services.backtest_policies import played

    with progress(total=history.total, hidden=hidden) as step, seldom_collected():
        return played(policies, history.lines, step)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """What a line leaves behind holds no cycles: looking for them takes a twentieth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _as_json(
    files: Sequence[str],
    policies: Sequence[Policy],
    tallies: Sequence[Tally],
    assumed: AssumedCoupons,
    words: str,
) -> dict[str, object]:
    from backorder.queries.views import as_json
    from backorder.services.backtest_policies import APPROXIMATED, RECORDED, cost

    return {
        "history": words,
        "lines": tallies[0].lines,
        "policies": [
            {"file": name, "name": policy.name, "version": policy.version}
            | as_json(tally)
            | {
                "messages_a_line": round(tally.messages_a_line, 3),
                "in_time_share": tally.in_time_share,
                "coupon_cost": cost(tally, assumed),
            }
            for name, policy, tally in zip(files, policies, tallies, strict=True)
        ],
        "assumed": assumed,
        "recorded": RECORDED,
        "approximated": APPROXIMATED,
    }


def _print(
    policies: Sequence[Policy], tallies: Sequence[Tally], assumed: AssumedCoupons, history: str
) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from backorder.services.backtest_policies import APPROXIMATED, RECORDED

    out = console()
    out.print(f"[bold]{how_many(tallies[0].lines, 'line')}:[/] [dim]{history}[/]")
    if not tallies[0].lines:
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    for policy in policies:
        table.add_column(escape(policy.name), justify="right")
    for cells in _rows(tallies, assumed):
        table.add_row(*cells)
    out.print(table)
    notes = Table.grid(padding=(0, 1))
    for title, words in (("on record, and played as it was:", RECORDED), ("approximated:", APPROXIMATED)):
        notes.add_row("", f"[bold dim]{title}[/]")
        for each in words:
            notes.add_row("[dim]·[/]", f"[dim]{each}[/]")
    out.print(notes)


def _rows(tallies: Sequence[Tally], assumed: AssumedCoupons) -> Iterator[tuple[str, ...]]:
    from backorder.domain.backtest.tally import kinds_of, share
    from backorder.services.backtest_policies import cost
    from starter.cli import wording

    def row(name: str, values: Iterator[str]) -> tuple[str, ...]:
        return (name, *values)

    yield row("messages a line", (f"{each.messages_a_line:.2f}" for each in tallies))
    for kind in kinds_of(tallies):
        yield row(f"  {wording.kind(kind)}", (f"{each.messages[kind]:,}" for each in tallies))
    yield row("notices of delay before the promised day", (_percent(each.in_time_share) for each in tallies))
    yield row(
        "left by the first day promised",
        (_percent(share(each.first_kept, each.first_due)) for each in tallies),
    )
    yield row(
        "left by the last day promised", (_percent(share(each.last_kept, each.first_due)) for each in tallies)
    )
    yield row("days of delay told, a line", (_average(each.told_days, each.first_due) for each in tallies))
    yield row("days of delay had, a line", (_average(each.had_days, each.first_due) for each in tallies))
    yield row("coupons issued", (f"{each.coupons:,}" for each in tallies))
    yield row(
        f"  their cost, {assumed.redeemed}% used on {assumed.coupon_order}% of the line's price",
        (_money(cost(each, assumed)) for each in tallies),
    )
    yield row("  codes that wait on a page", (f"{each.waiting_coupons:,}" for each in tallies))
    yield row("calls for a person", (f"{each.escalations:,}" for each in tallies))
    yield from _endings(tallies)
    yield row("heard the same as on record", (_percent(share(each.same, each.lines)) for each in tallies))


def _endings(tallies: Sequence[Tally]) -> Iterator[tuple[str, ...]]:
    for ending in sorted({name for each in tallies for name in each.endings if name != "unknown"}):
        yield (ending, *(f"{each.endings[ending]:,}" for each in tallies))
    if any(each.otherwise for each in tallies):
        words = "  of those, heard something else"
        yield (words, *(f"{each.otherwise:,}" for each in tallies))
    yield ("unknown", *(f"{each.endings['unknown']:,}" for each in tallies))
    for why in sorted({why for each in tallies for why in each.unknown}):
        yield (f"  {why}", *(f"{each.unknown[why]:,}" for each in tallies))


def _percent(found: float | None) -> str:
    return "–" if found is None else f"{found:.0%}"


def _average(days: int, lines: int) -> str:
    return f"{days / lines:.1f}" if lines else "–"


def _money(found: dict[str, Decimal]) -> str:
    return ", ".join(f"{amount:,} {currency}" for currency, amount in found.items()) or "–"
