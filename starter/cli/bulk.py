"""Facts of supply from options or from a file: each entry is checked whole, and none stops the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from backorder.errors import BackorderError, RefusedError
from starter.cli.fields import joined, said
from starter.cli.files import Columns, Entry, columns_of, entries, format_of, read_text
from starter.cli.output import console, heed, progress, say_json, well
from starter.cli.verdicts import DONE, REFUSED, Verdict, faults_of, show, summary

if TYPE_CHECKING:
    from backorder.intake import Incoming
    from starter.client import Backorders

ModelT = TypeVar("ModelT", bound="Incoming")
file_option = click.option(
    "--file", "file", metavar="FILE", help="CSV, JSON Lines or JSON; - reads standard input."
)
format_option = click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl", "json"]), help="Default: by the file's ending."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact(Generic[ModelT]):
    """A kind of fact. id: names one in words. usual: fields that need not be said.

    act: writes one down; returns what the person should know besides.

    columns, grouped: of a CSV file whose rows are not the fact's fields.
    """

    model: type[ModelT]
    act: Callable[[Backorders, ModelT], Awaitable[Sequence[str] | None]]
    id: Callable[[ModelT], str]
    columns: Columns | None = None
    grouped: Callable[[Iterable[Entry]], Iterator[Entry]] | None = None
    usual: Mapping[str, Callable[[Any], Any]] | None = None


def keep(
    fact: Fact[ModelT], fields: Mapping[str, Any], *, file: str | None, form: str | None, as_json: bool
) -> None:
    """Write down what the options say, or every entry of a file."""
    if file is None:
        _keep_one(fact, said(fields), as_json=as_json)
        return
    if given := said(fields):
        raise RefusedError([f"{name}: say it in the file, not beside it" for name in given])
    _keep_all(fact, file, form, as_json=as_json)


def _keep_one(fact: Fact[ModelT], raw: dict[str, Any], *, as_json: bool) -> None:
    from starter.cli.session import opened

    with opened() as session:
        found = _parsed(fact, raw, session.now())
        remarks = session.ask(lambda client: fact.act(client, found)) or ()
    if as_json:
        say_json({"id": fact.id(found), "verdict": DONE, "remarks": remarks})
    else:
        well(f"{fact.id(found)} is on record")
        for each in remarks:
            heed(each)


def _keep_all(fact: Fact[ModelT], file: str, form: str | None, *, as_json: bool) -> None:
    from starter.cli.session import opened

    form = format_of(file, form)
    columns = fact.columns or columns_of(fact.model)
    found = list(entries(read_text(file), form, columns))
    if form == "csv" and fact.grouped is not None:
        found = list(fact.grouped(found))
    out, verdicts = console(), list[Verdict]()
    with opened() as session, progress(out, total=len(found), hidden=as_json) as step:

        async def act(client: Backorders) -> None:
            for entry in found:
                verdicts.append(await _one(fact, client, entry))
                step()
                if not as_json:
                    show(out, verdicts[-1])

        session.ask(act)
    summary(out, verdicts, (DONE, REFUSED), as_json=as_json)


async def _one(fact: Fact[ModelT], client: Backorders, entry: Entry) -> Verdict:
    try:
        if entry.faults:
            raise RefusedError(list(entry.faults))
        found = _parsed(fact, entry.raw, client.now())
        remarks = await fact.act(client, found) or ()
    except BackorderError as error:
        return Verdict(line=entry.number, id="", verdict=REFUSED, faults=tuple(faults_of(error)))
    return Verdict(line=entry.number, id=fact.id(found), verdict=DONE, remarks=tuple(remarks))


def _parsed(fact: Fact[ModelT], raw: Mapping[str, Any], now: Any) -> ModelT:
    from backorder.intake import parse

    usual = {name: make(now) for name, make in (fact.usual or {}).items()}
    return parse(fact.model, joined(usual, raw))


def gathered(
    found: Iterable[Entry], *, by: tuple[str, ...], into: str, parts: tuple[str, ...]
) -> Iterator[Entry]:
    """Rows that belong together as one entry: those that agree in `by`; `parts` of each go `into` a list.

    Fields besides must agree too.
    """
    together: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in found:
        if entry.faults:
            yield entry
        else:
            together.setdefault(tuple(entry.raw.get(name) for name in by), []).append(entry)
    for rows in together.values():
        first = {name: value for name, value in rows[0].raw.items() if name not in parts}
        faults = [
            f"line {row.number}: {name} differs from line {rows[0].number}"
            for row in rows[1:]
            for name in sorted(({*row.raw} | {*first}) - {*parts})
            if row.raw.get(name) != first.get(name)
        ]
        pieces = [{name: row.raw[name] for name in parts if name in row.raw} for row in rows]
        raw = first | ({into: pieces} if any(pieces) else {})
        yield Entry(number=rows[0].number, raw=raw, faults=tuple(faults))
