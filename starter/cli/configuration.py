"""`settings`: what can be set, what it is set to, and where that is said."""

from __future__ import annotations

import click

from starter.cli.output import as_json_option, console, say_json


@click.command("settings")
@as_json_option
def show_settings(as_json: bool) -> None:
    """Show every setting: its value, where that comes from, and what it means. Secrets are never shown."""
    from backorder.settings import FILE, explained

    found = explained()
    if as_json:
        say_json([{"setting": each.variable, **_plain(each)} for each in found])
        return
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold dim", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold")
    table.add_column("meaning")
    for each in found:
        own = each.source != "default"
        value = escape(each.value) or "[dim]–[/]"
        table.add_row(
            f"[bold]{each.variable}[/]" if own else each.variable,
            f"[bold]{value}[/]" if own else value,
            escape(each.source) if own else "[dim]default[/]",
            f"[dim]{escape(each.meaning)}[/]",
        )
    out = console()
    out.print(table)
    out.print(
        f"[dim]In a file that {FILE} names each of them may stand as it is here, or in lower case without "
        "BACKORDER_; a variable wins over the file.[/]",
        soft_wrap=True,
    )


def _plain(each: object) -> dict[str, str]:
    return {name: getattr(each, name) for name in ("value", "source", "meaning")}
