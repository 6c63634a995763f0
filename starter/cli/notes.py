"""`backorder note` and `backorder task note`: what a person wants the next one to know."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import click

from backorder.errors import RefusedError
from starter.cli.fields import field, said
from starter.cli.output import as_json_option, say_json, well
from starter.cli.who_asks import audited

if TYPE_CHECKING:
    from backorder.schemas import NoteText
    from backorder.storage.notes import Note
    from starter.cli.session import Session

_request = field("request_id", "Its own ID: the same one again changes nothing. Default: a new one.")
_by = click.option("--by", "actor", help="Who writes it. Default: agent.")
_text = click.argument("text", nargs=-1, required=True)


@click.command()
@click.argument("about", metavar="ORDER/LINE")
@_text
@_by
@_request
@as_json_option
def note(about: str, text: tuple[str, ...], actor: str | None, request_id: str | None, as_json: bool) -> None:
    """Leave a note on a line, also on one that has ended; `show` has it. No customer reads it.

    \b
    backorder note A-1001/1 "wants the parcel at her neighbour's" --by Eva
    """
    _leave(_line(about), text, actor, request_id, as_json)


@click.command("note")
@click.argument("about", metavar="ORDER/LINE|TASK")
@_text
@_by
@_request
@as_json_option
def task_note(
    about: str, text: tuple[str, ...], actor: str | None, request_id: str | None, as_json: bool
) -> None:
    """Leave a note on a task, or on a line that needs somebody; `task list` has it.

    \b
    backorder task note 3f9a1c0b72d4e581 "left a message, they call back" --by Eva
    """
    from starter.cli.tasks import flag_named

    line = about if (of_line := flag_named(about)) is None else of_line[0]
    _leave(_line(line) if "/" in line else line, text, actor, request_id, as_json)


def _line(typed: str) -> str:
    from backorder.domain.keys import as_typed, joined

    try:
        return joined(*as_typed(typed))
    except ValueError as error:
        raise RefusedError([str(error)]) from None


def _leave(
    about: str, text: tuple[str, ...], actor: str | None, request_id: str | None, as_json: bool
) -> None:
    from backorder.schemas import NoteText
    from starter.cli.faults import named_as
    from starter.cli.session import opened

    named_as(also={"task": "TASK"})
    raw: dict[str, object] = {"request_id": f"note-{secrets.token_hex(8)}"}
    raw |= said({"request_id": request_id, "text": " ".join(text), "actor": actor})
    with opened() as session:
        left = session.parse(NoteText, raw, besides=lambda left: _unknown(session, about))
        with audited(("backorder" if "/" in about else "task", about)):
            kept = _keep(session, about, left, session.now())
    if as_json:
        say_json({"about": about, "id": kept.id, "at": kept.at, "by": kept.by, "text": kept.text})
    else:
        well(f"noted on {about}")


def _unknown(session: Session, about: str) -> list[str]:
    from backorder.storage import notes

    return (
        session.unknown_line(about) if "/" in about else notes.faults_of_task(session.services.engine, about)
    )


def _keep(session: Session, about: str, left: NoteText, at: datetime) -> Note:
    from backorder.storage import notes

    keep = notes.about_line if "/" in about else notes.about_task
    return keep(session.services.engine, about, left, at)
