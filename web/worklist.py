"""What waits for a person, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from backorder import schemas
from backorder.domain.tasks import fault_of_kind, human_task, is_flag
from backorder.errors import RefusedError, RejectedError, UnknownError
from backorder.queries import audit
from backorder.queries.audit import AuditEntry
from backorder.queries.line_list import LIMIT
from backorder.queries.requests import last_clearing
from backorder.queries.task_list import TaskView, flag_of, task_list
from backorder.queries.task_list import read_place as read_task_place
from backorder.schemas.by_hand import TaskDone
from backorder.services.place_audit import place_audit
from backorder.storage import notes, tasks
from backorder.storage.engine import reading
from backorder.storage.notes import Note
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors
from web.line_actions import note_of, note_of_line, outcome_answer
from web.lines import At, Cursor, Limit, Text
from web.page_cursors import of_this_list
from web.path_ids import own_id_of
from web.query_parameters import checked
from web.record_faults import known_body
from web.shapes import Items, RequestAnswered, Shape

doors = Doors("worklist")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskEnded:
    """A task that is done. done_by: who said so."""

    id: str
    kind: str
    about: str
    done_by: str


@doors.door(
    "GET",
    "/v1/tasks",
    roles=("agent", "supply"),
    shape=Shape(answers={200: Items[TaskView], 304: None}),
    together=of_this_list(read_task_place),
)
async def list_tasks(
    call: CurrentCall,
    kind: Annotated[Text, checked(fault_of_kind)] = "",
    due: Annotated[
        At, Query(description="Only what waits since before then, or since nobody knows when.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response:
    """List what waits for a person. What is over leaves by itself."""
    database, now = call.desk.services.database, call.desk.now()
    before = call.instant("due", due)
    page = await call.work(
        lambda: task_list(database, now, kind=kind, due=before, cursor=cursor, limit=limit)
    )
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))


@doors.door(
    "POST",
    "/v1/tasks/{id}/notes",
    roles=("agent", "supply"),
    shape=Shape(
        body=schemas.NoteText,
        example={"request_id": "note-1", "text": "left a message, they call back"},
        answers={200: Note, 201: Note},
        problems=(404, 409),
        made_up=("request_id", "actor"),
    ),
)
async def leave_task_note(call: CurrentCall, id: str) -> Response:
    """Leave a note on a task, or on the line that it is about; whoever reads the list has it. On a task that
    is done it is 409."""
    id = own_id_of(id, "task")
    of_line = flag_of(id)
    if of_line is not None:
        return await note_of_line(call, of_line[0])
    left, engine, now = await note_of(call), call.desk.services.engine, call.desk.now()
    again = await call.read(lambda open: notes.is_about_task(open, id, left.request_id))

    def keep() -> Note:
        try:
            return notes.about_task(engine, id, left, now)
        except RefusedError:  # it is there: that was looked at before
            raise RejectedError(f"task {id} is done already") from None

    kept = await call.act("task", id, lambda: call.work(keep), must_exist=True)
    return answer(kept, 200 if again else 201)


@doors.door(
    "POST",
    "/v1/tasks/{id}/done",
    roles=("agent", "supply"),
    shape=Shape(
        body=TaskDone,
        example={"note": "told her by phone"},
        answers={200: TaskEnded, 202: RequestAnswered},
        problems=(404, 409),
    ),
)
async def end_task(call: CurrentCall, id: str) -> Response:
    """Say that something is done. What only ends by itself, or does not wait for a person, is 409."""
    id, asked = own_id_of(id, "task"), await known_body(call, TaskDone)
    of_line = flag_of(id)
    if of_line is not None:
        return await _clear(call, *of_line, asked.note)
    engine, by, now = call.desk.services.engine, call.actor, call.desk.now()

    async def end() -> tasks.Task:
        return await call.work(lambda: tasks.done(engine, id, note=asked.note, by=by, at=now))

    async def again() -> tasks.Task:
        return await call.read(lambda open: tasks.named(open, id))

    ended = await call.act("task", id, end, again, must_exist=True)
    return answer(TaskEnded(id=id, kind=ended.kind, about=ended.subject, done_by=by))


async def _clear(call: Call, backorder: str, flag: str, note: str) -> Response:
    if not human_task(flag).by_hand:
        raise RejectedError(f"{flag} ends by itself: {human_task(flag).what}")
    done = call.parse(
        schemas.FlagDone,
        {"request_id": call.own_id("done"), "flag": flag, "note": note, "actor": call.actor},
    )
    ended = TaskEnded(id=f"{backorder}#{flag}", kind=flag, about=backorder, done_by=call.actor)
    if await call.work(lambda: _is_repeated(call, backorder, done)):
        return answer(ended)
    outcome = await call.act("backorder", backorder, lambda: call.desk.client.clear(backorder, done))
    body = outcome_answer(backorder, done.key, outcome)
    if outcome.verdict == "pending":
        return body
    if outcome.verdict != "accepted":
        raise RejectedError(outcome.reason)
    return answer(ended)


def _is_repeated(call: Call, backorder: str, done: schemas.FlagDone) -> bool:
    """Whether the flag was ended by the same words of the same person, and the call has no key of its own.

    With a key what was asked under it is answered. Raises UnknownError for a flag that this version does not
    raise, unless an earlier one did.
    """
    services = call.desk.services
    with reading(services.engine) as connection:
        last = last_clearing(connection, backorder, done.flag)
    if last is None and is_flag(done.flag):
        return False
    if done.flag in services.lines.read(backorder)[1].needs:
        return False
    same = last is not None and (last.note, last.by) == (done.note, done.actor)
    if not same and not is_flag(done.flag):
        raise UnknownError(f"there is no task {backorder}#{done.flag}")
    return same and call.idempotency_key is None


@doors.door(
    "GET",
    "/v1/audit",
    roles=("admin",),
    shape=Shape(answers={200: Items[AuditEntry], 304: None}),
    together=of_this_list(audit.read_place),
)
async def read_audit(
    call: CurrentCall,
    actor: Annotated[Text, Query(description="Like key/3fK29dQ0aLpc.")] = "",
    object: Annotated[Text, Query(description="An ID, or the kind before it: product/DESK.")] = "",
    since: Annotated[At, Query(description="Machine time.")] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response:
    """Read who changed what, and when, the oldest first."""
    after, engine = call.instant("since", since), call.desk.services.engine
    await call.work(lambda: place_audit(engine))
    page = await call.read(
        lambda open: audit.entries(open, actor=actor, object=object, since=after, cursor=cursor, limit=limit)
    )
    return read(call.request, Items(items=tuple(page.rows), cursor=page.next))
