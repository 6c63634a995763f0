"""Facts of supply from options or from a file: each entry is checked whole, and none stops the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from backorder.errors import BackorderError, RefusedError
from starter.cli.fields import said
from starter.cli.files import TABLES, FileSaid, Source, columns_of, opened_file
from starter.cli.output import INTERRUPTED, heed, progress, say_json, well
from starter.cli.tables import Columns, Entry
from starter.cli.verdicts import (
    DONE,
    REFUSED,
    Verdict,
    Verdicts,
    errors_file,
    faults_of,
    plain,
    with_others,
)

if TYPE_CHECKING:
    from backorder.intake import Incoming
    from starter.client import Backorders

ModelT = TypeVar("ModelT", bound="Incoming")
_NEVER_TWICE = "stands more than once in this file"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What writing a fact down led to. remarks: in words for a person. fields: the same for a program."""

    remarks: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact(Generic[ModelT]):
    """A kind of fact. id: names one in words. usual: fields that need not be said.

    act: writes one down; returns what the person should know besides. key: of the fields that name one; it
    stands for one thing in a file. once: also if it is said in the same words.

    columns, grouped: of a table whose rows are not the fact's fields.
    """

    model: type[ModelT]
    act: Callable[[Backorders, ModelT], Awaitable[Outcome | Sequence[str] | None]]
    id: Callable[[ModelT], str]
    key: tuple[str, ...]
    once: bool = False
    columns: Columns | None = None
    grouped: Callable[[Iterable[Entry], str], Iterator[Entry]] | None = None
    usual: Mapping[str, Callable[[Any], Any]] | None = None


def keep(fact: Fact[ModelT], fields: Mapping[str, Any], *, given: FileSaid, as_json: bool) -> None:
    """Write down what the options say, or every entry of a file."""
    if given.file is None:
        no_file(given)
        _keep_one(fact, said(fields), as_json=as_json)
        return
    if values := said(fields):
        raise RefusedError([f"{name}: say it in the file, not beside it" for name in values])
    _keep_all(fact, given, as_json=as_json)


def no_file(given: FileSaid, option: str = "--file") -> None:
    """Raises RefusedError for what is said about a file where there is none. option: what names one."""
    if beside := [f"--{name}" for name, value in _of_files(given) if value]:
        raise RefusedError([f"{name}: goes with {option}" for name in beside])


def _of_files(given: FileSaid) -> Iterator[tuple[str, object]]:
    yield from (("errors", given.errors), ("sheet", given.sheet), ("encoding", given.encoding))
    yield from (("decimal", given.decimal), ("date-format", given.date_format), ("format", given.form))
    yield "ignore-column", given.ignored


def _keep_one(fact: Fact[ModelT], raw: dict[str, Any], *, as_json: bool) -> None:
    from starter.cli.session import opened

    with opened() as session:
        found = _parsed(fact, raw, session.now(), session.store.calendar.zone)
        outcome = _outcome(session.ask(lambda client: fact.act(client, found)))
    if as_json:
        say_json({"id": fact.id(found), "verdict": DONE, "remarks": outcome.remarks, **outcome.fields})
    else:
        well(f"{fact.id(found)} is on record")
        for each in outcome.remarks:
            heed(each)


def _outcome(said: Outcome | Sequence[str] | None) -> Outcome:
    return said if isinstance(said, Outcome) else Outcome(remarks=said or ())


def _keep_all(fact: Fact[ModelT], given: FileSaid, *, as_json: bool) -> None:
    from starter.cli.session import opened

    columns = fact.columns or columns_of(fact.model, usual=tuple(fact.usual or ()))
    with (
        opened() as session,
        errors_file(given.errors) as errors,
        opened_file(given, columns, session.store.calendar.zone) as file,
    ):
        verdicts = Verdicts(file.word, as_json=as_json, errors=errors)
        for remark in file.remarks:
            heed(remark, err=True)
        twice, total = _twice(fact, _entries(fact, file), file.word)
        with progress(total=total, hidden=as_json) as step:

            async def act(client: Backorders) -> None:
                for entry in _entries(fact, file):
                    faults = [*entry.faults, *twice.get(_key(fact, entry), ())]
                    verdicts.note(await _one(fact, client, replace(entry, faults=tuple(faults))))
                    step()

            try:
                session.ask(act)
            except KeyboardInterrupt:
                heed(
                    f"broken off; the same command again goes on after {verdicts.counts.total():,}", err=True
                )
                verdicts.summary((DONE, REFUSED))
                click.get_current_context().exit(INTERRUPTED)
    verdicts.summary((DONE, REFUSED))
    verdicts.leave()


def _entries(fact: Fact[ModelT], file: Source) -> Iterator[Entry]:
    found = file.entries()
    if fact.grouped is None or file.form not in TABLES:
        return found
    return fact.grouped(found, file.word)


def _key(fact: Fact[ModelT], entry: Entry) -> tuple[str, ...]:
    return tuple(str(entry.raw.get(name, "")).strip() for name in fact.key)


def _twice(
    fact: Fact[ModelT], entries: Iterable[Entry], word: str
) -> tuple[Mapping[tuple[str, ...], list[str]], int]:
    """The faults of what stands in a file more than once, by key, and how many entries there are."""
    first: dict[tuple[str, ...], tuple[int, int]] = {}
    faults: dict[tuple[str, ...], list[str]] = {}
    total = 0
    for entry in entries:
        total += 1
        key = _key(fact, entry)
        if not any(key):
            continue
        content = hash(repr(entry.raw))
        number, before = first.setdefault(key, (entry.number, content))
        if number != entry.number and (fact.once or content != before):
            where = f"in {word} {number} and in {word} {entry.number}"
            faults.setdefault(key, [f'{", ".join(fact.key)}: "{" ".join(key)}" {_NEVER_TWICE}, {where}'])
    return faults, total


async def _one(fact: Fact[ModelT], client: Backorders, entry: Entry) -> Verdict:
    name = " ".join(filter(None, _key(fact, entry)))
    try:
        found = _whole(fact, entry, client.now())
        remarks = _outcome(await fact.act(client, found)).remarks
    except BackorderError as error:
        return Verdict(line=entry.number, id=plain(name), verdict=REFUSED, faults=tuple(faults_of(error)))
    return Verdict(line=entry.number, id=fact.id(found), verdict=DONE, remarks=tuple(remarks))


def _whole(fact: Fact[ModelT], entry: Entry, now: Any) -> ModelT:
    """The fact that an entry states. Raises RefusedError with every fault of the entry."""
    if not entry.raw:
        raise RefusedError(list(entry.faults) or ["is empty"])
    try:
        found = _parsed(fact, entry.raw, now)
    except RefusedError as error:
        raise RefusedError(with_others(entry.faults, error.faults)) from None
    if entry.faults:
        raise RefusedError(list(entry.faults))
    return found


def _parsed(fact: Fact[ModelT], raw: Mapping[str, Any], now: Any, zone: str | None = None) -> ModelT:
    from backorder.intake import parse

    usual = {name: make(now) for name, make in (fact.usual or {}).items()}
    return parse(fact.model, raw, now=now, zone=zone, usual=usual)


def gathered(
    found: Iterable[Entry], word: str, *, by: tuple[str, ...], into: str, parts: tuple[str, ...]
) -> Iterator[Entry]:
    """Rows that belong together as one entry: those that agree in `by`; `parts` of each go `into` a list.

    Fields besides must agree too. What is wrong with one row is wrong with the whole entry; a row of which
    nobody can say where it belongs is wrong with all of them.
    """
    together: dict[tuple[Any, ...], list[Entry]] = {}
    astray: list[Entry] = []
    for entry in found:
        if all(entry.raw.get(name) for name in by):
            together.setdefault(tuple(entry.raw[name] for name in by), []).append(entry)
        else:
            astray.append(entry)
    yield from astray
    for key, rows in together.items():
        mine = [
            f"{word} {row.number}: {fault}"
            for row in astray
            if not row.loose or set(key) <= set(row.loose) or not _belongs(row, together)
            for fault in row.faults or ("does not say where it belongs",)
        ]
        yield _one_of(rows, word, mine, into, parts)


def _belongs(row: Entry, together: Mapping[tuple[Any, ...], list[Entry]]) -> bool:
    """Whether the texts of a row that could not be told apart name one of the entries."""
    return any(set(key) <= set(row.loose) for key in together)


def _one_of(rows: list[Entry], word: str, faults: list[str], into: str, parts: tuple[str, ...]) -> Entry:
    first = {name: value for name, value in rows[0].raw.items() if name not in parts}
    for row in rows:
        faults += [f"{word} {row.number}: {fault}" for fault in row.faults]
        faults += [
            f"{word} {row.number}: {name} differs from {word} {rows[0].number}"
            for name in sorted(({*row.raw} | {*first}) - {*parts})
            if row.raw.get(name) != first.get(name)
        ]
    pieces = [{name: row.raw[name] for name in parts if name in row.raw} for row in rows]
    raw = first | ({into: pieces} if any(pieces) else {})
    return Entry(number=rows[0].number, raw=raw, faults=tuple(faults))
