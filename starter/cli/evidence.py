"""`backorder evidence ORDER/LINE|verify|keys`: proof of what was done for a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from backorder.errors import RefusedError
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import REFUSED, as_json_option, heed, say, say_json, well
from starter.cli.who_asks import by_option
from starter.files.verdict import on_one_line

if TYPE_CHECKING:
    from backorder.evidence_file import EvidenceCheck
    from backorder.signatures import PublicKey

COMMANDS: Commands = {
    "Evidence": {
        "export": ("starter.cli.evidence:export", "Write the evidence of a line (`export` may be left out)."),
        "verify": ("starter.cli.evidence:verify", "Find any change of a file, and any missing row."),
        "keys": ("starter.cli.evidence:keys", "Show the keys by which files are checked."),
    }
}


class _Evidence(LazyGroup):
    """A line stands where a command would: `backorder evidence A-1001/1`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        named = args and "/" in args[0] and args[0] not in self.list_commands(ctx)
        return super().resolve_command(ctx, ["export", *args] if named else args)


@click.group(cls=_Evidence, commands_by_section=COMMANDS)
def evidence() -> None:
    """What proves what was done for a line, as a signed file.

    \b
    backorder evidence A-1001/1
    backorder evidence verify evidence-A-1001-1.json --keys keys.json
    """


@click.command()
@click.argument("about", metavar="ORDER/LINE")
@click.option("--to", type=click.Path(path_type=Path), help="Folder for the files. Default: this one.")
@by_option("Who asks for it; stands in the file and in the audit.")
@as_json_option
def export(about: str, to: Path | None, by: str, as_json: bool) -> None:
    """Write the evidence of a line: signed JSON, and a signed page that opens anywhere.

    Every notice with its content and delivery, every answer, every supplier date behind a shown one, every
    decision with its reason. With --json the signed JSON itself goes to standard output. The audit says who
    asked for it.
    """
    from backorder.domain.keys import as_typed, joined
    from backorder.evidence_file import check
    from backorder.services.export_evidence import evidence_file, own_key
    from starter.cli.session import opened
    from starter.cli.who_asks import requester

    try:
        order, line = as_typed(about)
    except ValueError as error:
        raise RefusedError([f"ORDER/LINE: {error}"]) from None
    forms: tuple[Literal["json", "html"], ...] = ("json",) if as_json else ("json", "html")
    with opened() as session:
        asked = requester("backorder evidence", by)
        at, services, settings = session.now(), session.services, session.settings
        key = joined(order, line)
        files = [evidence_file(services, settings, key, at, asked, form) for form in forms]
        own = own_key(settings).public
    for fault in check(files[0], {own.id: own}).faults:
        heed(f"the record is not whole: {on_one_line(fault)}", err=True)
    if as_json:
        click.echo(files[0], nl=False)
        return
    folder = to or Path()
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in f"{order}-{line}")
    for form, file in zip(forms, files, strict=True):
        path = folder / f"evidence-{name}.{form}"
        path.write_bytes(file)
        well(f"{path}: {len(file):,} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "published",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the published keys. Default: those of this shop's database.",
)
@as_json_option
def verify(file: Path, published: Path | None, as_json: bool) -> None:
    """Find any change of a byte of a file, and any missing row, with nothing but the published keys.

    \b
    curl https://shop.example/.well-known/backorder-evidence-keys.json > keys.json
    backorder evidence verify evidence-A-1001-1.json --keys keys.json
    """
    from backorder.evidence_file import LARGEST, check

    if file.stat().st_size > LARGEST:
        raise RefusedError([f"FILE: is larger than {LARGEST >> 20} MB"])
    found = check(file.read_bytes(), _of_file(published) if published else _of_shop())
    if as_json:
        fields = {"whole": not found.faults, "line": found.line, "key": found.key}
        say_json(fields | {"faults": list(found.faults), "notes": list(found.notes)})
    else:
        _print(file, found)
    if found.faults:
        click.get_current_context().exit(REFUSED)


@click.command()
@click.option("--json", "as_json", is_flag=True, hidden=True)
def keys(as_json: bool) -> None:
    """Show the keys by which files are checked, those of before too: a JSON Web Key Set, to be published."""
    from backorder.services.export_evidence import all_keys
    from backorder.signatures import as_jwks
    from starter.cli.session import opened

    with opened() as session:
        say_json(as_jwks(all_keys(session.services.engine, session.settings)))


def _of_file(path: Path) -> Mapping[str, PublicKey]:
    from backorder.signatures import keys_of

    try:
        return keys_of(json.loads(path.read_bytes()))
    except (ValueError, RecursionError):
        raise RefusedError([f"--keys: {path} is no JSON"]) from None


def _of_shop() -> Mapping[str, PublicKey]:
    from backorder.services.export_evidence import all_keys
    from starter.cli.session import opened

    with opened() as session:
        return {each.id: each for each in all_keys(session.services.engine, session.settings)}


def _print(file: Path, found: EvidenceCheck) -> None:
    # Whoever changed the file may have written what moves the cursor, and a verdict of their own.
    about = f" of {on_one_line(found.line)}" if found.line else ""
    if found.faults:
        say(f"{file}: this evidence{about} is not whole")
    else:
        well(f"{file}: whole, every byte{about} as it was signed with the key {on_one_line(found.key)}")
    for each in (*found.faults, *found.notes):
        say(f"  {on_one_line(each)}")
