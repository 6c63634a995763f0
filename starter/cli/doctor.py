"""`doctor`: is everything set up as it should be, and what to do about what is not."""

from __future__ import annotations

from dataclasses import asdict

import click

from starter.cli.output import BAD_INPUT, DONE, as_json_option, console, say_json

_MARKS = {"good": "[green]✓[/]", "heed": "[yellow]![/]", "bad": "[red]✗[/]"}


@click.command()
@as_json_option
def doctor(as_json: bool) -> None:
    """Check the set-up: settings, providers' keys, disk, database, policies, Temporal, workers.

    Each check is a line: ✓ as it should be, ! works but deserves a look, ✗ wrong.
    Exit code 2 if one is wrong.
    """
    from starter.checkup import examined

    if as_json:
        found = list(examined())
        wrong = sum(each.mark == "bad" for each in found)
        say_json({"wrong": wrong, "checks": [asdict(each) for each in found]})
        click.get_current_context().exit(BAD_INPUT if wrong else DONE)
    from rich.markup import escape

    out, wrong = console(), 0
    for each in examined():
        wrong += each.mark == "bad"
        todo = f"\n                    [dim]→[/] {escape(each.todo)}" if each.todo else ""
        line = f"{_MARKS[each.mark]} {each.check:<17} {escape(each.words)}{todo}"
        out.print(line, soft_wrap=True)
    verdict = f"[red]{wrong} wrong[/]" if wrong else "[green]nothing is wrong[/]"
    out.print(f"\n[bold]{verdict}[/]")
    click.get_current_context().exit(BAD_INPUT if wrong else DONE)
