"""What an agent does about a line: what cannot be taken back is shown first, and done by a second step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from starlette.responses import Response

from backorder import schemas
from backorder.errors import RefusedError, RejectedError, UnknownError
from backorder.ports import RequestOutcome
from backorder.queries.answer_preview import AnswerPreview, answer_preview
from backorder.queries.views import CaseView, ShortCase
from backorder.storage import notes
from backorder.storage.notes import Note
from starter.client import Backorders
from web.calls import nothing
from web.console.appearance import html, line_path, to
from web.console.case import CASE, read_case, show_case
from web.console.doors import Pages
from web.console.line_forms import LINE_FORMS, LineForm, offered, raw_of
from web.console.visit import AGENT, ONCE, SURE, TOKEN, Visit

pages = Pages()


@pages.form(CASE + "/note", AGENT)
async def leave_note(visit: Visit) -> Response:
    """Leave a note on a line."""
    found = await read_case(visit)
    raw = {"request_id": visit.own_id("note"), "actor": visit.actor, "text": visit.form.get("text", "")}
    try:
        left = visit.parse(schemas.NoteText, raw)
    except RefusedError as error:
        return show_case(visit, found, form="note", error=error)
    engine, now = visit.desk.services.engine, visit.desk.now()

    async def keep() -> Note:
        return await visit.work(lambda: notes.about_line(engine, found.id, left, now))

    await visit.act("backorder", found.id, keep)
    return to(line_path(found.id), done=visit.receipt("note"))


@pages.form(CASE + "/{form}", AGENT)
async def act(visit: Visit) -> Response:
    """Ask something of a line."""
    form = LINE_FORMS.get(visit.request.path_params["form"])
    if form is None:
        raise UnknownError("there is no such form")
    found = await read_case(visit)
    if isinstance(found, ShortCase):
        raise RejectedError("the engine cannot look at this line, so that nothing can be asked of it here")
    try:
        asked = visit.parse(form.model, raw_of(visit, found, form))
        if form.sure and not visit.is_sure:
            return await _asked_again(visit, found, form, asked)
        await _ask(visit, found.id, form, asked)
    except RefusedError as error:
        return show_case(visit, found, form=form.name, error=error)
    return to(line_path(found.id), done=visit.receipt(form.name, asked.key))


async def _ask(visit: Visit, backorder: str, form: LineForm, asked: schemas.LineRequest) -> None:
    # The method of a row takes the model of that row.
    submit = cast("Callable[[Backorders, str, schemas.LineRequest], Awaitable[RequestOutcome]]", form.submit)

    async def once() -> None:
        await submit(visit.desk.client, backorder, asked)

    await visit.act("backorder", backorder, once, nothing)


async def _asked_again(visit: Visit, case: CaseView, form: LineForm, asked: schemas.LineRequest) -> Response:
    """What will happen, and whether it shall."""
    values = {
        "case": case,
        "here": line_path(case.id),
        "form": form.name,
        "asked": asked,
        "plan": None if isinstance(asked, schemas.ComplaintEnd) else await _preview(visit, case, asked),
        "offered": offered(case),
        "fields": _given_back(visit, asked),
        "sure": SURE,
        "place_now": "lines",
    }
    return html(visit.desk, "confirm.html", values, visit=visit)


async def _preview(visit: Visit, case: CaseView, asked: schemas.LineRequest) -> AnswerPreview:
    now, services = visit.desk.now(), visit.desk.services
    event = asked.event(now, services.calendar.day(now))
    return await visit.work(lambda: answer_preview(services.database, case.id, event, now))


def _given_back(visit: Visit, asked: schemas.LineRequest) -> Mapping[str, str]:
    """What the second step sends: what the first one did, and the price that was shown."""
    found = {name: value for name, value in visit.form.items() if name not in (TOKEN, ONCE)}
    if isinstance(asked, schemas.Answer) and asked.price is not None:
        found["price"] = str(asked.price)
    return found | {ONCE: visit.new_once()}
