"""`backorder task list|done|note`: what waits for a person, of lines and of supply."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.faults import named_as
from starter.cli.lazy import Commands, LazyGroup
from starter.cli.output import as_json_option, console, say_json, well
from starter.cli.who_asks import audited, by_option

if TYPE_CHECKING:
    from datetime import date, datetime

    from backorder.storage.notes import Note
    from starter.cli.session import Session

_ANY = "any"
"""Stands for a flag that nobody named."""
COMMANDS: Commands = {
    "Tasks": {
        "list": ("starter.cli.tasks:list_tasks", "List what waits for a person."),
        "done": ("starter.cli.tasks:done", "Say that something of it is done."),
        "note": ("starter.cli.notes:task_note", "Leave a note on it."),
    }
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """What waits for a person. id: as the API has it, of a flag LINE#FLAG. commands: what ends it."""

    id: str
    about: str
    kind: str
    what: str
    commands: Sequence[str]
    since: datetime | None
    notes: Sequence[Note]


@click.group(cls=LazyGroup, commands_by_section=COMMANDS)
def task() -> None:
    """What waits for a person: lines that need one, and the worklist of supply."""


@click.command("list")
@as_json_option
def list_tasks(as_json: bool) -> None:
    """List what waits for a person, with the commands that end it. What is over leaves by itself."""
    from starter.cli.session import opened

    with opened() as session:
        found = [*_of_lines(session), *_of_supply(session)]
        zone, today = session.settings.time_zone, session.services.calendar.day(session.now())
    if as_json:
        say_json(found)
        return
    if not found:
        well("nothing waits for a person")
        return
    _print(found, today, zone)


@click.command()
@click.argument("about", metavar="ORDER/LINE|TASK")
@click.argument("flag", required=False)
@click.option("--note", required=True, help="What was done, in words; shown with the case.")
@by_option("Who did it.", "actor")
@as_json_option
def done(about: str, flag: str | None, note: str, actor: str, as_json: bool) -> None:
    """Say that something is done: what a line needs (also one that has ended), or a task by its ID.

    \b
    backorder task done A-1001/1 unreachable --note "told her by phone" --by Eva
    """
    if "/" in about:
        if flag is None and (of_line := flag_named(about)) is not None:
            about, flag = of_line
        _clear(about, flag, note, actor, as_json)
        return
    from backorder.schemas import FlagDone
    from backorder.storage import tasks as worklist
    from starter.cli.session import opened

    if flag is not None:
        raise RefusedError([f"FLAG: {flag} goes with ORDER/LINE; a task has its ID alone"])
    named_as(also={"flag": "TASK"})
    with opened() as session:
        raw = {"request_id": "task", "flag": about, "note": note, "actor": actor}
        wanted = session.parse(
            FlagDone, raw, besides=lambda left: worklist.unknown(session.services.engine, about)
        )
        with audited(("task", wanted.flag)):
            ended = worklist.done(
                session.services.engine, wanted.flag, note=wanted.note, by=wanted.actor, at=session.now()
            )
    if as_json:
        say_json({"id": ended.id, "kind": ended.kind, "subject": ended.subject, "done_by": wanted.actor})
    else:
        well(f"{ended.id}: {ended.kind.replace('_', ' ')} is done")


def flag_named(about: str) -> tuple[str, str] | None:
    """The line and the flag of a task's ID as the API has it; None for anything else that was typed."""
    from backorder.domain.tasks import fault_of_kind
    from backorder.queries.task_list import flag_of

    found = flag_of(about)
    return found if found is not None and fault_of_kind(found[1]) is None else None


def _clear(about: str, flag: str | None, note: str, by: str, as_json: bool) -> None:
    from backorder.domain.keys import as_typed, joined
    from backorder.schemas import FlagDone
    from starter.cli.lines import act_on
    from starter.cli.session import opened

    try:
        backorder = joined(*as_typed(about))
    except ValueError as error:
        raise RefusedError([f"ORDER/LINE: {error}"]) from None
    fields: dict[str, object] = {"request_id": f"done-{secrets.token_hex(8)}", "note": note, "actor": by}
    with opened() as session:
        # What is wrong with the note is named beside what is wrong with the flag, which is looked for first.
        session.parse(
            FlagDone,
            fields | {"flag": flag or _ANY},
            besides=lambda left: _faults_of_flag(session, backorder, flag),
        )
        fields["flag"] = _flag_of(session, backorder, flag)
    act_on(
        backorder, FlagDone, fields, as_json, lambda client, new_request: client.clear(backorder, new_request)
    )


def _faults_of_flag(session: Session, backorder: str, flag: str | None) -> Sequence[str]:
    if unknown := session.unknown_line(backorder):
        return unknown
    try:
        _flag_of(session, backorder, flag)
    except RefusedError as error:
        return error.faults
    return ()


def _flag_of(session: Session, backorder: str, flag: str | None) -> str:
    """The flag that is meant. Raises RefusedError for none, for several, and for one that ends by itself."""
    from backorder.domain.tasks import human_task

    name = flag or _only_flag(session, backorder)
    if not human_task(name).by_hand:
        raise RefusedError([f"flag: {name} ends by itself: {human_task(name).what}"])
    return name


def _only_flag(session: Session, backorder: str) -> str:
    needs = session.services.lines.read(backorder)[1].needs
    if len(needs) != 1:
        which = f"flag: name one of {', '.join(needs)}"
        raise RefusedError([which if needs else "ORDER/LINE: nothing of it waits for a person"])
    return needs[0]


def _of_lines(session: Session) -> Iterator[_Waiting]:
    from backorder.queries import case_words
    from backorder.queries.line_list import MOST, Filter, lines
    from backorder.storage import notes
    from backorder.storage.engine import reading

    cursor = None
    while True:
        page = lines(session.services.database, Filter(needs=True), session.now(), cursor=cursor, limit=MOST)
        with reading(session.services.engine) as connection:
            left = notes.of_lines(connection, [line.id for line in page.lines])
        for line in page.lines:
            for flag in line.needs:
                yield _Waiting(
                    id=f"{line.id}#{flag}",
                    about=line.id,
                    kind=flag,
                    what=case_words.need(flag),
                    commands=case_words.commands_for(flag, line.id, line.customer),
                    since=None,
                    notes=left.get(line.id, ()),
                )
        if page.cursor is None:
            return
        cursor = page.cursor


def _of_supply(session: Session) -> Iterator[_Waiting]:
    from backorder.storage import tasks as worklist
    from starter.cli.buyers import in_words

    for each in worklist.waiting(session.services.engine):
        yield _Waiting(
            id=each.id,
            about=each.subject,
            kind=each.kind,
            what=in_words(each)[0],
            commands=worklist.commands_of(each),
            since=each.at,
            notes=each.notes,
        )


def _print(found: Sequence[_Waiting], today: date, zone: str) -> None:
    """Each task with what was noted about it, and the commands that end it below: they are to be copied."""
    from rich.markup import escape

    from starter.cli import wording

    out = console()
    out.print("[bold]Waiting for a person[/]\n")
    for each in found:
        since = f"  [dim]since {wording.moment(each.since, zone, today)}[/]" if each.since else ""
        what = wording.dated(escape(each.what), today)
        out.print(f"[bold red]![/] [bold]{escape(each.about)}[/]  {what}{since}")
        for note in each.notes:
            left = f"{wording.moment(note.at, zone, today)} {escape(note.by)}"
            out.print(f"  [dim]{left}:[/] {escape(note.text)}")
        for command in each.commands:
            out.print(f"  [cyan]{escape(command)}[/]", soft_wrap=True)
        out.print()
