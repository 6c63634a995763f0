"""Odd values in the options and arguments of every command: said in words, never a traceback."""

from __future__ import annotations

import random

import click
import pytest
from click.testing import CliRunner

from backorder.domain.texts import fault_of_prose
from starter.cli import cli
from tests.support.command_options import cases, words_of
from tests.support.databases import NewDatabase
from tests.support.fuzzing import FUZZ, TRIED, share
from tests.support.odd_values import TEXTS


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """One kind of database is enough here."""
    return new_database("sqlite")


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
        assert "input should" not in result.output.lower(), ascii(words)
        assert fault_of_prose(result.output, most=10**7) is None, (ascii(words), ascii(result.output))
