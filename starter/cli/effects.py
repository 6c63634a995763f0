"""What a change of supply does to the lines that wait, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from starter.cli.output import console

if TYPE_CHECKING:
    from backorder.services.supply_effects import Effect

_COLUMNS = ("backorder", "customer", "units", "was told", "ships by", "days", "hears")
_RIGHT = ("units", "days")


def in_words(effects: Sequence[Effect]) -> list[str]:
    """How many hear what, as a remark; none where nobody does."""
    told = Counter(each.hears.replace("_", " ") for each in effects if each.hears)
    if not told:
        return []
    customers = "1 customer hears" if told.total() == 1 else f"{told.total()} customers hear"
    return [f"{customers} of it: {', '.join(f'{count} {kind}' for kind, count in sorted(told.items()))}"]


def print_effects(effects: Sequence[Effect], today: date, *, preview: bool, most: int | None = None) -> None:
    """Print who gets or loses units, or gets another date, and what each customer hears of it.

    most: lines that are shown, and counted all the same; None for all.
    """
    from rich import box
    from rich.table import Table

    out = console()
    if not effects:
        out.print("[dim]no waiting line gets another date[/]")
        return
    moves = any(each.units for each in effects)
    names = [name for name in _COLUMNS if moves or name != "units"]
    shown = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        title = "ships by then" if preview and name == "ships by" else name
        shown.add_column(title, justify="right" if name in _RIGHT else "left")
    for each in effects[:most]:
        cells = _cells(each, today)
        shown.add_row(*(cells[name] for name in names))
    out.print(shown)
    if most is not None and len(effects) > most:
        out.print(f"[dim]… and {len(effects) - most:,} more[/]")
    loud = sum(bool(each.hears) for each in effects)
    dated = sum(each.before != each.after for each in effects)
    lines = "1 line gets" if dated == 1 else f"{dated} lines get"
    out.print(f"{lines} another date, {loud} {'customer hears' if loud == 1 else 'customers hear'} of it")


def _cells(each: Effect, today: date) -> dict[str, str]:
    from rich.markup import escape

    from starter.cli import wording

    nothing = "nothing yet" if each.hears == "confirmed" else "no date"
    return {
        "backorder": escape(each.backorder),
        "customer": escape(each.customer),
        "units": _signed(each.units, bad=each.units < 0) if each.units else "",
        "was told": wording.day(each.promised, today) if each.promised else f"[dim]{nothing}[/]",
        "ships by": wording.day(each.by, today) if each.by else "[red]no date[/]",
        "days": "" if each.days is None else _signed(each.days, bad=each.days > 0),
        "hears": each.hears.replace("_", " ") or "[dim]nothing[/]",
    }


def _signed(number: int, *, bad: bool) -> str:
    return f"[{'red' if bad else 'green'}]{number:+d}[/]"
