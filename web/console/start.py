"""The start: what waits for a person, the most urgent first, and each task by itself."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from backorder.domain.keys import parts
from backorder.errors import RefusedError, UnknownError
from backorder.queries.worklist import WorkItem, task_of, worklist
from backorder.schemas.by_hand import TaskDone
from backorder.storage import tasks
from web.console.appearance import PLACE, PRIVATE, html, line_path, path_of, to
from web.console.done import said_of
from web.console.doors import Pages
from web.console.faults import by_field
from web.console.visit import AGENT, Visit
from web.path_ids import id_of

router = APIRouter(include_in_schema=False)
pages = Pages()
_OF_ORDERS = frozenset({"approve_date", "supplier_silent", "supplier_unreachable", "over_received"})
"""Tasks about a line of a purchase order."""
_OF_LINES = frozenset(
    {"notice_undelivered", "complaint_undelivered", "complaint", "complaint_due", "reserved_units_lost"}
)
"""Tasks about a backorder."""
_OF_CUSTOMERS = frozenset({"may_be_cancellation", "unclear_text", "erasure_waits"})
"""Tasks about a customer."""
_OF_PRODUCTS = frozenset({"product_short"})


@router.get(PLACE)
async def without_slash(request: Request) -> Response:
    """Where people look who type the address: the page is one slash further."""
    return RedirectResponse("console/", status_code=308, headers=PRIVATE)


@pages.page("/")
async def start(visit: Visit) -> Response:
    """The worklist, and a field to search by."""
    database, now = visit.desk.services.database, visit.desk.now()
    found = await visit.work(lambda: worklist(database, now))
    values = {
        "found": found,
        "leads_to": lambda each: leads_to(visit, each),
        "said": said_of(visit),
        "place_now": "start",
    }
    return html(visit.desk, "start.html", values, visit=visit)


def leads_to(visit: Visit, waiting: WorkItem) -> str:
    """The page on which somebody finds what an entry is about; "" for none that this key opens."""
    if waiting.line is not None:
        return line_path(waiting.about) if visit.may(AGENT) else ""
    kind = waiting.task.kind if waiting.task else ""
    about = parts(waiting.about)
    if kind == "unknown_sender" and waiting.task is not None:
        named = waiting.task.detail.get("lines")
        return line_path(str(named[0])) if isinstance(named, list) and named and visit.may(AGENT) else ""
    if kind in _OF_LINES and visit.may(AGENT) and len(about) == 2:
        return path_of("lines", *about)
    if kind in _OF_CUSTOMERS and visit.may(AGENT):
        return f"{path_of('lines')}?{urlencode({'customer': waiting.about})}"
    if kind in _OF_ORDERS and len(about) == 2:
        return path_of("purchase-orders", *about)
    if kind in _OF_PRODUCTS:
        return path_of("products", about[0])
    return ""


@pages.page("/tasks/{id}")
async def one_task(visit: Visit) -> Response:
    """One task with its notes, and the form that ends it."""
    return await _task(visit)


async def _task(visit: Visit, error: RefusedError | None = None) -> Response:
    id, database = _id(visit), visit.desk.services.database
    found = await visit.work(lambda: task_of(database, id))
    if found is None:
        return to(f"{PLACE}/", done=visit.receipt("task-gone"))
    values = {
        "each": found,
        "leads_to": leads_to(visit, found),
        "once": visit.new_once(),
        "typed": visit.form,
        "faults": by_field(error, ("note",)) if error else {},
    }
    return html(visit.desk, "task.html", values, visit=visit, status=422 if error else 200)


@pages.form("/tasks/{id}/done")
async def end_task(visit: Visit) -> Response:
    """Say that a task is done."""
    id, engine, now = _id(visit), visit.desk.services.engine, visit.desk.now()
    try:
        asked = visit.parse(TaskDone, {"note": "", **visit.fields})
    except RefusedError as error:
        return await _task(visit, error)

    async def end() -> tasks.Task:
        return await visit.work(lambda: tasks.done(engine, id, note=asked.note, by=visit.actor, at=now))

    async def again() -> tasks.Task:
        return await visit.read(lambda open: tasks.named(open, id))

    await visit.act("task", id, end, again, must_exist=True)
    return to(f"{PLACE}/", done=visit.receipt("task"))


def _id(visit: Visit) -> str:
    found = id_of(visit.request.path_params["id"], "task")
    if "/" in found or "#" in found:
        raise UnknownError("there is no such task")
    return found
