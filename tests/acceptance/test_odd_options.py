"""Odd values in the options and arguments of every command: said in words, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from backorder.domain.texts import fault_of_prose
from backorder.settings import Settings
from starter.cli import cli
from tests.acceptance.test_cli import shop
from tests.conftest import NewDatabase
from tests.contract.shop import Shop
from tests.fuzzing import FUZZ, TRIED, share
from tests.odd_values import TEXTS

__all__ = ["shop"]

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
    "customer show": ["ann"],
    "customer set": ["ann", "--name=Ann"],
    "note": ["O-1/1", "x"],
    "task note": ["O-1/1", "x"],
    "task done": ["O-1/1", "unreachable", "--note=x", "--by=me"],
    "priority": ["O-1/1", "1", "--reason=x", "--by=me"],
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


def cases() -> list[tuple[str, click.Parameter]]:
    """Every option and argument that takes a value."""
    return [
        (name, each)
        for name, command in commands(cli, click.Context(cli))
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
    command = dict(commands(cli, click.Context(cli)))[name]
    place = [each.name for each in command.params if isinstance(each, click.Argument)].index(parameter.name)
    plain = [each for each in words if not each.startswith("--")]
    options = [each for each in words if each.startswith("--")]
    plain[place : place + 1] = [value]
    return [*name.split(), *options, "--", *plain]


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


@pytest.fixture
def environment(
    shop: Shop, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A folder to work in, a shop with a line, and no Temporal."""
    shop.open("O-1", 3)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.csv").write_text("order_id,line_id\nA-1,1\n")
    (tmp_path / "history.csv").write_text("supplier,ordered,arrived\nacme,2026-01-05,2026-02-10\n")
    return {
        "BACKORDER_DATA": str(settings.data),
        "BACKORDER_DATABASE_URL": settings.database_url,
        "BACKORDER_POLICIES": str(settings.policies),
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }


def chosen() -> list[tuple[str, click.Parameter, str]]:
    """Odd values for every option in a long run; else for every eighth."""
    found = cases()
    if not FUZZ:
        return [(*each, TEXTS[number * 56 % len(TEXTS)]) for number, each in enumerate(found[::8])]
    each_gets = max(1, share(4, 1) // len(found))
    return [
        (*each, odd)
        for number, each in enumerate(found)
        for odd in random.Random(number).sample(TEXTS, each_gets)
    ]


def test_every_option_of_every_command_takes_odd_values_in_words(environment: dict[str, str]) -> None:
    for name, parameter, value in chosen():
        words = words_of(name, parameter, value)
        result = CliRunner().invoke(cli, words, env=environment, input="")
        TRIED["options of commands", f"exit {result.exit_code}"] += 1
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(ascii(words)) from result.exception
        assert result.exit_code in (0, 1, 2, 3, 4), ascii(words)
        assert result.exit_code in (0, 3, 4) or result.stderr.strip(), ascii(words)
        assert "Traceback" not in result.output, ascii(words)
        assert "Input should" not in result.output, ascii(words)
        assert fault_of_prose(result.output, most=10**7) is None, (ascii(words), ascii(result.output))
