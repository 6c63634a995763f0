"""`backorder message export --dlt`: the texts that India's operators want registered, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.params import OneOf

if TYPE_CHECKING:
    from backorder.services.message_previews import TextToRegister

COLUMNS = ("kind", "language", "category", "type", "text", "variables")


@click.command()
@click.option("--dlt", is_flag=True, help="Texts to India (+91), for its registers (DLT).")
@click.option(
    "--locale", type=OneOf(["en", "hi"]), help="One language alone. Default: each that has such texts."
)
@click.option("--out", metavar="FILE", help="Write them to a CSV file.")
@as_json_option
def export(dlt: bool, locale: str | None, out: str | None, as_json: bool) -> None:
    """Write down the texts that must be registered before they go: with --dlt those to India, where operators
    carry nothing else. Each is short and has a tag for what varies: the product, and the end of a link that
    begins with BACKORDER_PUBLIC_URL, the address to whitelist. Numbers that begin with +91 get these texts.

    It needs neither a server nor a database.

    \b
    backorder message export --dlt --out dlt.csv
    """
    from contextlib import nullcontext
    from dataclasses import asdict

    from backorder.services.message_previews import texts_to_register
    from backorder.settings import read_settings
    from starter.cli.verdicts import writable

    settings = read_settings()
    _must_be_possible(dlt, settings.pages_at)
    told = texts_to_register(settings, locale)
    found, base = told.texts, told.whitelist
    with writable(out, "--out") if out else nullcontext() as file:
        if file is not None:
            _write(file, found)
    if as_json:
        say_json({**asdict(told), "file": out})
        return
    if out:
        well(f"{len(found)} texts are in {out}; whitelist {base}")
        return
    for each in found:
        console().print(f"[bold]{each.kind}[/] ({each.language}, {each.category})", highlight=False)
        console().print(f"  {each.text}", markup=False, highlight=False, soft_wrap=True)
        for line in _variables(each):
            console().print(f"  {line}", style="dim", markup=False, highlight=False, soft_wrap=True)
    console().print(f"\nAddress to whitelist: {base}", markup=False, highlight=False)


def _must_be_possible(dlt: bool, base: str) -> None:
    from backorder.errors import RefusedError
    from backorder.services.message_previews import NO_PAGES

    if not dlt:
        raise RefusedError(["--dlt: say which texts: --dlt for those to India"])
    if not base:
        raise RefusedError([f"public_url: {NO_PAGES}"])


def _variables(text: TextToRegister) -> list[str]:
    """What stands for each tag, in the order of the text, and why there is a third."""
    return [
        f"{at}. {each.tag} {each.stands_for}{f' ({each.reason})' if each.reason else ''}"
        for at, each in enumerate(text.variables, start=1)
    ]


def _write(file: IO[str], texts: Sequence[TextToRegister]) -> None:
    from starter.files.csvfiles import Writer

    rows = Writer(file, end="\r\n")
    rows.write(*COLUMNS)
    for each in texts:
        rows.write(*(getattr(each, name) for name in COLUMNS[:-1]), "; ".join(_variables(each)))
