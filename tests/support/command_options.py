"""Every option and argument of every command, and a command line in which one of them is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import click

from starter.cli import cli

ENDLESS = ("up", "demo", "worker")
"""Commands that run until somebody ends them."""
ARGUMENTS = {
    "start": ["A-1/1"],
    "import": ["lines.csv"],
    "show": ["O-1/1"],
    "message": ["0"],
    "cancel": ["O-1/1", "--reason=x"],
    "ship": ["O-1/1", "--quantity=1", "--shipment=S"],
    "answer": ["O-1/1", "keep"],
    "hold": ["O-1/1", "--until=7d", "--reason=x"],
    "refund": ["O-1/1", "--amount=1", "--refund=F"],
    "payment": ["O-1/1", "captured"],
    "force-majeure": ["O-1/1", "--reason=x"],
    "refuse-delivery": ["O-1/1", "--reason=x"],
    "customer show": ["ann"],
    "customer set": ["ann", "--name=Ann"],
    "note": ["O-1/1", "x"],
    "task note": ["O-1/1", "x"],
    "task done": ["O-1/1", "unreachable", "--note=x", "--by=me"],
    "priority": ["O-1/1", "1", "--reason=x", "--by=me"],
    "policy move": ["O-1/1", "standard", "--reason=x", "--by=me"],
    "availability": ["LAMP"],
    "supply adjust": ["LAMP", "--quantity=1", "--reason=x"],
    "supply backtest": [],
    "supply cancel": ["PO-1", "1"],
    "supply count": ["LAMP", "--on-hand=5"],
    "supply date": ["PO-1", "1", "--split=10=2026-12-20", "--source=mail"],
    "supply decide": ["PO-1", "1", "approve", "--by=me"],
    "supply history import": ["history.csv"],
    "supply product": ["LAMP", "--name=Lamp", "--price=10", "--currency=EUR", "--supplier=acme"],
    "supply purchase-order": ["PO-2", "--supplier=acme", "--line=1 LAMP 5"],
    "supply reassign": ["PO-1", "1", "--to=acme", "--order=PO-3"],
    "supply receipt": ["PO-1", "1", "--quantity=1", "--receipt=R"],
    "supply return": ["PO-1", "1", "--receipt=R", "--return=B", "--quantity=1"],
    "supply show": ["PO-1"],
    "supply supplier": ["acme", "--name=Acme", "--lead-days=14"],
    "what-if date": ["PO-1", "1", "--split=10=2026-12-20"],
    "what-if receipt": ["PO-1", "1", "--quantity=1"],
    "what-if supplier": ["acme", "--days=3"],
    "demand import": ["sales.csv"],
    "policy backtest": ["policies/standard.toml", "--demo"],
    "policy check": ["policies/standard.toml"],
    "policy load": ["policies"],
    "policy plan": ["policies/standard.toml"],
}
"""What a command needs besides, so that the odd value is what is wrong with it."""


def commands(
    group: click.Group, context: click.Context, above: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name."""
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, click.Context(found, parent=context), f"{above}{name} ")
        else:
            yield f"{above}{name}", found


@cache
def by_name() -> Mapping[str, click.Command]:
    """Every command by its full name."""
    return dict(commands(cli, click.Context(cli)))


def cases() -> list[tuple[str, click.Parameter]]:
    """Every option and argument that takes a value."""
    return [
        (name, each)
        for name, command in by_name().items()
        if name not in ENDLESS
        for each in command.params
        if not getattr(each, "is_flag", False)
    ]


def words_of(name: str, parameter: click.Parameter, value: str) -> list[str]:
    """A command line with an odd value in its place."""
    words = list(ARGUMENTS.get(name, []))
    if isinstance(parameter, click.Option):
        option = parameter.opts[0]
        return [
            *name.split(),
            *(each for each in words if not each.startswith(f"{option}=")),
            f"{option}={value}",
        ]
    command = by_name()[name]
    place = [each.name for each in command.params if isinstance(each, click.Argument)].index(parameter.name)
    plain = [each for each in words if not each.startswith("--")]
    options = [each for each in words if each.startswith("--")]
    plain[place : place + 1] = [value]
    return [*name.split(), *options, "--", *plain]
