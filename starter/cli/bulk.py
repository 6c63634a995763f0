"""Facts of supply from options or from a file: each entry is checked whole, and none stops the others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import click

from backorder.errors import BackorderError, RefusedError
from starter.cli.effects import in_words, print_effects
from starter.cli.fields import said
from starter.cli.files import TABLES, FileOptions, Source, opened_file
from starter.cli.on_record import Kept, merged, until_kept, until_kept_too
from starter.cli.output import INTERRUPTED, console, heed, progress, say_json, well
from starter.cli.verdicts import Verdicts, errors_file
from starter.cli.who_asks import audited
from starter.files.columns import columns_of
from starter.files.tables import Columns, Entry
from starter.files.verdict import DONE, REFUSED, WOULD, EntryVerdict, faults_of, plain, with_others

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from backorder.schemas import Incoming
    from backorder.services.services import Rehearsal
    from backorder.services.supply_effects import Effect
    from starter.cli.session import Session
    from starter.client import Backorders

ModelT = TypeVar("ModelT", bound="Incoming")
_Write = Callable[[ModelT, "str | None"], Awaitable["FactOutcome | Sequence[str] | None"]]
_Known = Callable[["Incoming", datetime], list[str]]
"""What the record knows of what is sound of an entry."""
_NEVER_TWICE = "stands more than once in this file"


MOST_PREVIEWED = 1000
"""Entries of a file that are tried at once: while they are, other facts of supply wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FactOutcome:
    """What writing a fact down led to. remarks: in words for a person. fields: the same for a program.

    effects: who stands elsewhere then; None where a fact has none, or nobody asked.
    """

    remarks: Sequence[str] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
    effects: Sequence[Effect] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FactKind(Generic[ModelT]):
    """A kind of fact. id: names one in words. usual: fields that need not be said.

    act: writes one down; returns what the person should know besides. about: the object that it changes, as
    the audit names it; replaces, skus: see `audited`. key: of the fields that name one; it
    stands for one thing in a file. once: also if it is said in the same words.

    attempt: what one would lead to at an instant, tried within a rehearsal.

    warnings: what to know of what one names that is not on record; what the same file says is on its way.
    record: what stays of it where that is not said; None where it is replaced whole, or never kept again.

    columns, grouped: of a table whose rows are not the fact's fields.
    """

    model: type[ModelT]
    act: Callable[[Backorders, ModelT], Awaitable[FactOutcome | Sequence[str] | None]]
    id: Callable[[ModelT], str]
    key: tuple[str, ...]
    about: Callable[[ModelT], tuple[str, str]]
    replaces: bool = False
    skus: Callable[[ModelT], Sequence[str]] = lambda found: ()
    once: bool = False
    attempt: Callable[[Rehearsal, ModelT, datetime], FactOutcome] | None = None
    columns: Columns | None = None
    grouped: Callable[[Iterable[Entry], str], Iterator[Entry]] | None = None
    usual: Mapping[str, Callable[[datetime], object]] | None = None
    warnings: Callable[[Connection, ModelT, Container[str]], Sequence[str]] | None = None
    record: Kept | None = None

    async def write(
        self, client: Backorders, found: ModelT, version: str | None = None
    ) -> FactOutcome | Sequence[str] | None:
        """Write one down; the audit says who did. version: see `audited`."""
        with audited(self.about(found), replaces=self.replaces, skus=self.skus(found), version=version):
            return await self.act(client, found)

    def warned(self, session: Session, found: ModelT, file: Container[str] = ()) -> tuple[str, ...]:
        """What to know of what one names that is not on record. file: what it names itself."""
        if self.warnings is None:
            return ()
        from backorder.storage.engine import reading

        with reading(session.services.engine) as connection:
            return tuple(self.warnings(connection, found, file))


def keep(
    fact: FactKind[ModelT],
    fields: Mapping[str, object],
    *,
    given: FileOptions,
    as_json: bool,
    preview: bool = False,
) -> None:
    """Write down what the options say, or every entry of a file; with `preview` show what that would do."""
    if given.file is None:
        no_file(given)
        _keep_one(fact, said(fields), as_json=as_json, preview=preview)
        return
    if values := said(fields):
        raise RefusedError([f"{name}: say it in the file, not beside it" for name in values])
    _keep_all(fact, given, as_json=as_json, preview=preview)


def no_file(given: FileOptions, option: str = "--file") -> None:
    """Raises RefusedError for what is said about a file where there is none. option: what names one."""
    if beside := [f"--{name}" for name, value in _of_files(given) if value]:
        raise RefusedError([f"{name}: goes with {option}" for name in beside])


def _of_files(given: FileOptions) -> Iterator[tuple[str, object]]:
    yield from (("errors", given.errors), ("sheet", given.sheet), ("encoding", given.encoding))
    yield from (("decimal", given.decimal), ("date-format", given.date_format), ("format", given.form))
    yield "ignore-column", given.ignored


def _keep_one(fact: FactKind[ModelT], raw: dict[str, object], *, as_json: bool, preview: bool) -> None:
    from starter.cli.session import opened

    with opened() as session:
        now = session.now()

        def attempt() -> tuple[ModelT, FactOutcome]:
            whole = merged(session, fact.model, fact.record, raw)
            found = session.parse(fact.model, whole.raw, usual_of(fact, now))
            if preview and fact.attempt:
                with session.services.rehearsal(now) as rehearsal:
                    return found, fact.attempt(rehearsal, found, now)
            return found, _outcome(session.ask(lambda client: fact.write(client, found, whole.version)))

        found, outcome = until_kept(attempt)
        today, warnings = session.services.calendar.day(now), fact.warned(session, found)
    if as_json:
        verdict = {"id": fact.id(found), "verdict": WOULD if preview else DONE, "preview": preview}
        say_json(verdict | {"warnings": warnings, "remarks": outcome.remarks} | _fields(outcome))
        return
    if preview:
        console().print(f"{plain(fact.id(found))} would do this; nothing is written", markup=False)
    else:
        well(f"{fact.id(found)} is on record")
    for each in (*warnings, *outcome.remarks):
        heed(each)
    if preview or outcome.effects:
        print_effects(outcome.effects or (), today, preview=preview)


def _fields(outcome: FactOutcome) -> dict[str, object]:
    """What a fact led to, for a program; with `effects` if they are known."""
    if outcome.effects is None:
        return dict(outcome.fields)
    return {**outcome.fields, "effects": [asdict(each) | {"days": each.days} for each in outcome.effects]}


def _outcome(outcome: FactOutcome | Sequence[str] | None) -> FactOutcome:
    return outcome if isinstance(outcome, FactOutcome) else FactOutcome(remarks=outcome or ())


def _keep_all(fact: FactKind[ModelT], given: FileOptions, *, as_json: bool, preview: bool) -> None:
    from starter.cli.session import opened

    columns = fact.columns or columns_of(fact.model, usual=tuple(fact.usual or ()))
    attempt, verdict = (fact.attempt, WOULD) if preview else (None, DONE)
    with (
        opened() as session,
        errors_file(given.errors, given.file) as errors,
        opened_file(given, columns, session.services.calendar.zone) as file,
    ):
        verdicts = Verdicts(file.word, as_json=as_json, dry_run=bool(attempt), errors=errors)
        for remark in file.remarks:
            heed(remark, err=True)
        twice, named, total = _twice(fact, _entries(fact, file), file.word)
        if preview and total > MOST_PREVIEWED:
            words = f"{total:,} entries are too many to try at once, {MOST_PREVIEWED:,} are the most"
            raise RefusedError([f"--preview: {words}; preview a part of the file"])
        one = partial(_one, fact, session, verdict, file.word, partial(fact.warned, session, file=named))
        with progress(total=total, hidden=as_json) as step:

            async def all_of_them(now: Callable[[], datetime], write: _Write[ModelT], known: _Known) -> None:
                for entry in _entries(fact, file):
                    whole = replace(entry, faults=(*entry.faults, *twice.get(_key(fact, entry), ())))
                    verdicts.note(await one(write, known, whole, now()))
                    step()

            try:
                if attempt:
                    _rehearse(attempt, session, all_of_them)
                else:
                    known = session.services.known_faults
                    session.ask(lambda client: all_of_them(client.now, partial(fact.write, client), known))
            except KeyboardInterrupt:
                heed(
                    f"broken off; the same command again goes on after {verdicts.counts.total():,}", err=True
                )
                verdicts.summary((verdict, REFUSED))
                click.get_current_context().exit(INTERRUPTED)
    verdicts.summary((verdict, REFUSED))
    verdicts.leave()


def _rehearse(
    attempt: Callable[[Rehearsal, ModelT, datetime], FactOutcome],
    session: Session,
    all_of_them: Callable[[Callable[[], datetime], _Write[ModelT], _Known], Awaitable[None]],
) -> None:
    """Try the entries of a file one after the other, so that each finds what those before it led to."""
    now = session.now()
    with session.services.rehearsal(now) as rehearsal:

        async def write(found: ModelT, _seen: str | None) -> FactOutcome:
            return attempt(rehearsal, found, now)

        async def act() -> None:
            await all_of_them(lambda: now, write, rehearsal.known_faults)

        asyncio.run(act())


def _entries(fact: FactKind[ModelT], file: Source) -> Iterator[Entry]:
    found = file.entries()
    if fact.grouped is None or file.form not in TABLES:
        return found
    return fact.grouped(found, file.word)


def _key(fact: FactKind[ModelT], entry: Entry) -> tuple[str, ...]:
    return tuple(str(entry.raw.get(name, "")).strip() for name in fact.key)


def _named(fact: FactKind[ModelT], entry: Entry) -> str:
    """What an entry is about, as far as that can be read."""
    raw = entry.raw or entry.about
    return " ".join(filter(None, (str(raw.get(name, "")).strip() for name in fact.key)))


def _twice(
    fact: FactKind[ModelT], entries: Iterable[Entry], word: str
) -> tuple[Mapping[tuple[str, ...], list[str]], Set[str], int]:
    """The faults of what stands in a file more than once, by key; what stands in it; how many entries."""
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
            named = [(name, part) for name, part in zip(fact.key, key, strict=True) if part]
            names, parts = (" ".join(each) for each in zip(*named, strict=True))
            faults.setdefault(key, [f'{names.replace(" ", ", ")}: "{parts}" {_NEVER_TWICE}, {where}'])
    return faults, {key[0] for key in first}, total


async def _one(
    fact: FactKind[ModelT],
    session: Session,
    verdict: str,
    word: str,
    warned: Callable[[ModelT], tuple[str, ...]],
    write: _Write[ModelT],
    known: _Known,
    entry: Entry,
    now: datetime,
) -> EntryVerdict:
    async def attempt() -> tuple[ModelT, FactOutcome]:
        whole = merged(session, fact.model, fact.record, entry.raw)
        found = _whole(fact, replace(entry, raw=whole.raw), now, known)
        return found, _outcome(await write(found, whole.version))

    try:
        found, outcome = await until_kept_too(attempt)
    except BackorderError as error:
        name = plain(_named(fact, entry))
        found_too = [each for each in faults_of(error) if each not in entry.faults]
        faults = with_others(entry.faults, (_as_in_the_file(each, entry, word) for each in found_too))
        return EntryVerdict(line=entry.number, id=name, verdict=REFUSED, faults=tuple(faults))
    return EntryVerdict(
        line=entry.number,
        id=fact.id(found),
        verdict=verdict,
        warnings=warned(found),
        remarks=(*outcome.remarks, *in_words(outcome.effects or ())),
        fields=_fields(outcome),
    )


def _whole(fact: FactKind[ModelT], entry: Entry, now: datetime, known: _Known) -> ModelT:
    """The fact that an entry states. Raises RefusedError with every fault of the entry."""
    if not entry.raw:
        raise RefusedError(list(entry.faults) or ["is empty"])
    from backorder.schemas import parse, sound
    from backorder.services.known_faults import with_known

    usual = usual_of(fact, now)
    try:
        found = parse(fact.model, entry.raw, now=now, usual=usual)
    except RefusedError as error:
        left = sound(fact.model, entry.raw, now=now, usual=usual)
        whole = with_known(error, known(left, now) if left is not None else ())
        raise RefusedError(with_others(entry.faults, whole.faults)) from None
    if entry.faults:
        raise RefusedError(with_others(entry.faults, known(found, now)))
    return found


def usual_of(fact: FactKind[ModelT], now: datetime) -> dict[str, object]:
    """What counts at this moment for fields that are not said."""
    return {name: make(now) for name, make in (fact.usual or {}).items()}


def _as_in_the_file(fault: str, entry: Entry, word: str) -> str:
    """A fault of a part under the row and the column that hold it: splits.1.date is the date of a row."""
    into, numbers = entry.parts
    found = re.match(rf"{into}\.(\d+)\.(.*)", fault, re.DOTALL) if into else None
    return f"{word} {numbers[int(found[1])]}: {found[2]}" if found and int(found[1]) < len(numbers) else fault
