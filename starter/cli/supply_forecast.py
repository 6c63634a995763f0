"""`backorder supply history|tune|backtest`: what the shop's history says, and how well it says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from typing import IO, TYPE_CHECKING

import click

from backorder.domain.texts import shown
from backorder.errors import RefusedError
from starter.cli.bulk import no_file
from starter.cli.files import FileOptions, file_argument, file_options
from starter.cli.history import read_orders, skip_faulty_option
from starter.cli.lazy import Group
from starter.cli.output import as_json_option, console, counting, say_json, well
from starter.cli.params import Day
from starter.cli.verdicts import writable
from starter.cli.who_asks import audited
from starter.files.csvfiles import Writer

if TYPE_CHECKING:
    from backorder.forecasting.backtest import Backtest
    from backorder.forecasting.history import PastOrder
    from backorder.forecasting.parameters import Parameters
    from backorder.forecasting.report import Coverage, Scores
    from backorder.forecasting.tuning import Tuning

_DAYS = re.compile(r"\d{1,4}", re.ASCII)


@click.group(cls=Group)
def history() -> None:
    """Past orders from before this database: the forecast learns from them."""


@history.command("import")
@file_argument
@file_options
@skip_faulty_option
@as_json_option
def import_history(given: FileOptions, skip_faulty: bool, as_json: bool) -> None:
    """Keep past orders from a table: supplier, destination, ordered, stated, arrived.

    An empty `arrived` is an order that has not come; `stated` may be left out. The same rows again add
    nothing. A file with a row that is faulty or cannot be true is refused whole, unless --skip-faulty leaves
    such rows out.
    """
    from starter.cli.session import opened

    if given.file is None:
        raise RefusedError(["name a file, or - for standard input"])
    with opened() as session:
        today = session.services.calendar.day(session.now())
        orders = read_orders(given, today, skip_faulty=skip_faulty)
        with audited(("forecast", "history")):
            new = session.services.forecasts.import_history(orders)
    if as_json:
        say_json({"orders": len(orders), "new": new})
    else:
        known = f", {len(orders) - new} were known" if new < len(orders) else ""
        are = "past order is" if new == 1 else "past orders are"
        well(f"{new} {are} on record{known}; `backorder supply tune` chooses what fits them")


@click.command()
@click.option("--log", "only_log", is_flag=True, help="Choose nothing; show what was chosen so far and why.")
@as_json_option
def tune(only_log: bool, as_json: bool) -> None:
    """Choose the forecast's parameters on the older part of the shop's own history.

    The worker does it by itself once a month, as soon as there is a history.
    """
    from backorder.forecasting.tuning import differences
    from starter.cli.session import opened

    if only_log:
        _show_choices(as_json)
        return
    with opened() as session:
        now = session.now()
        before = session.services.forecasts.parameters()
        with counting(hidden=as_json) as counted:
            tuning = session.services.forecasts.tune(session.services.calendar.day(now), counted)
        changed = differences(before, tuning.parameters)
        with audited(("forecast", "parameters")):
            session.services.forecasts.choose(tuning.parameters, f"{tuning.words} {changed}", now)
    if as_json:
        say_json({**_tuned(tuning), "changed": changed})
    else:
        _print_tuning(tuning, changed)


def _show_choices(as_json: bool) -> None:
    from starter.cli.session import opened

    with opened() as session:
        choices = session.services.forecasts.choices()
    if as_json:
        say_json([{"at": each.at, **asdict(each.parameters), "words": each.words} for each in choices])
        return
    for each in choices:
        console().print(f"[bold]{each.at:%Y-%m-%d}[/]  {each.words}", highlight=False)
    if not choices:
        console().print("[dim]nothing was chosen yet: the defaults stand[/]")


def _tuned(tuning: Tuning) -> dict[str, object]:
    chosen = tuning.parameters
    return {
        "asof": tuning.asof,
        "k": chosen.k,
        "k2": chosen.k2,
        "half_life": chosen.half_life,
        "everyone_half_life": chosen.everyone_half_life,
        "averaged": chosen.averaged,
        "level": chosen.level,
        "trust_stated": chosen.trust_stated,
        "asked": tuning.asked,
        "judged": tuning.judged,
        "pinball": tuning.pinball,
        "coverage": tuning.coverage,
        "words": tuning.words,
    }


def _print_tuning(tuning: Tuning, changed: str) -> None:
    chosen = tuning.parameters
    out = console()
    well(tuning.words)
    out.print(f"  [dim]{changed}[/]")
    out.print(f"  [dim]counts half[/]     after {_half_life(chosen)}")
    out.print(f"  [dim]all suppliers[/]   count like {chosen.k:g} orders (k)")
    out.print(f"  [dim]same supplier[/]   elsewhere counts like {chosen.k2:g} orders (k2)")
    out.print(f"  [dim]latest day[/]      by which {chosen.level:.1%} of the forecast has arrived (P90)")
    out.print(
        f"  [dim]stated dates[/]    {'are used as a ratio' if chosen.trust_stated else 'are left aside'}"
    )
    if tuning.coverage is not None and tuning.pinball is not None:
        out.print(f"  [dim]replayed[/]        {tuning.asked} forecasts, {tuning.judged} of them judged")
        out.print(f"  [dim]arrived by P90[/]  {tuning.coverage:.1%} (90% are meant to)")
        out.print(f"  [dim]pinball loss[/]    {tuning.pinball:.2f} days")


def _half_life(chosen: Parameters) -> str:
    own = f"{chosen.half_life:g} days"
    if chosen.everyone_half_life is not None:
        own += f" for a supplier's own orders, {chosen.everyone_half_life:g} for everyone's"
    return f"{own}, averaged with one step shorter and longer" if chosen.averaged else own


@click.command()
@click.option("--history", "file", metavar="FILE", help="A table. Default: this database.")
@file_options
@skip_faulty_option
@click.option("--from", "start", type=Day(), help="First day on which the orders were placed.")
@click.option("--to", "end", type=Day(), help="Last day on which the orders were placed.")
@click.option(
    "--waited",
    multiple=True,
    metavar="DAYS",
    help="Days after the order on which to ask, such as 0 or 0,30,60; may be said several times.",
)
@click.option("--out", metavar="FILE", help="Write every forecast as CSV.")
@as_json_option
def backtest(
    given: FileOptions,
    skip_faulty: bool,
    start: date | None,
    end: date | None,
    waited: tuple[str, ...],
    out: str | None,
    as_json: bool,
) -> None:
    """Replay the history day by day, each forecast knowing only that morning, and score it.

    Against trusting the stated date, and against the supplier's mean lead time. Without --from and --to the
    later half of the history is replayed.
    """
    from backorder.forecasting.backtest import WAITED, run_backtest, usual_days
    from backorder.forecasting.report import score

    if given.file is None:
        no_file(given, "--history")
    orders, lead_days = (read_orders(given, None, skip_faulty=skip_faulty), {}) if given.file else _own()
    if not orders:
        raise RefusedError(["there is no history to replay: name one with --history FILE"])
    usual = usual_days(orders)
    first, last = start or usual[0], end or usual[1]
    if last < first:
        raise RefusedError([f"--to: {last} is before {first}"])
    days = _waited(waited) or WAITED
    # Whatever can fail fails before the work.
    with writable(out, "--out", given.file) if out else nullcontext() as kept:
        with counting(hidden=as_json) as counted:
            done = run_backtest(orders, first, last, days, lead_days=lead_days, progress=counted)
        if kept:
            _write(done, kept)
    scores = score(done)
    if as_json:
        say_json(scores.to_json())
    else:
        _print_scores(scores, done, out)


def _own() -> tuple[Sequence[PastOrder], dict[str, int]]:
    from starter.cli.session import opened

    with opened() as session:
        return session.services.forecasts.past()


def _waited(given: tuple[str, ...]) -> tuple[int, ...]:
    words = [word for each in given for word in each.replace(",", " ").split()]
    if wrong := [word for word in words if not _DAYS.fullmatch(word)]:
        raise RefusedError([f"--waited: {shown(word)} is no number of days; write digits" for word in wrong])
    return tuple(dict.fromkeys(map(int, words)))


def _write(done: Backtest, file: IO[str]) -> None:
    from backorder.forecasting.backtest import ROW

    rows = Writer(file)
    rows.write(*ROW)
    for each in done.forecasts:
        rows.write(*each.row)


def _print_scores(scores: Scores, done: Backtest, out: str | None) -> None:
    from rich import box
    from rich.table import Table

    shown = console()
    asked = ", ".join(str(days) for days in done.waited)
    shown.print(
        f"[bold]{scores.asked} forecasts[/] of orders placed {done.start} to {done.end}, "
        f"asked {asked} days after the order"
    )
    shown.print(
        f"[dim]the history ends on {scores.known_until}; {scores.unresolved} have not arrived by then[/]\n"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("loss in days", "P50", "P90", "mean", "the forecast's, same orders"):
        table.add_column(name, justify="left" if name == "loss in days" else "right")
    for name, loss in (
        ("the forecast", scores.loss),
        ("the stated date", scores.stated),
        ("the supplier's mean", scores.mean),
    ):
        if loss.loss is None or loss.p50 is None or loss.p90 is None:
            table.add_row(name, f"[dim]{loss.words}[/]")
            continue
        own = "" if loss is scores.loss or loss.model is None else f"{loss.model:.2f}"
        table.add_row(name, f"{loss.p50:.2f}", f"{loss.p90:.2f}", f"[bold]{loss.loss:.2f}[/]", own)
    shown.print(table)
    covered = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False)
    for name in ("arrived by P90", "share", "of"):
        covered.add_column(name, justify="left" if name == "arrived by P90" else "right")
    for each in (scores.coverage, *scores.coverage_by_history, *scores.coverage_by_waited):
        covered.add_row(each.group, _share(each), str(each.judged))
    shown.print(covered)
    if out:
        well(f"every forecast is in {out}")


def _share(coverage: Coverage) -> str:
    if coverage.rate is None:
        return "[dim]–[/]"
    style = "green" if 0.87 <= coverage.rate <= 0.93 else "yellow"
    return f"[{style}]{coverage.rate:.1%}[/]"
