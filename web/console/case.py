"""A case: all that is known of a line, as the function says that decides about it."""

from __future__ import annotations

from starlette.responses import Response

from backorder.errors import RefusedError, UnknownError
from backorder.queries import case_view
from backorder.queries.requests import request as request_of
from backorder.queries.views import CaseView, ShortCase
from web.console.appearance import html, line_path
from web.console.done import Said, receipt_of, said_of, said_of_request
from web.console.doors import Pages
from web.console.faults import by_field
from web.console.line_forms import LINE_FORMS, offered
from web.console.visit import AGENT, Visit
from web.path_ids import line_of

pages = Pages()
CASE = "/lines/{order}/{line}"


@pages.page(CASE, AGENT)
async def case(visit: Visit) -> Response:
    """The whole case."""
    found = await read_case(visit)
    return show_case(visit, found, said=await _said(visit, found.id))


async def read_case(visit: Visit) -> CaseView | ShortCase:
    """The case that a path names. Raises UnknownBackorderError."""
    asked, database, now = visit.request.path_params, visit.desk.services.database, visit.desk.now()
    id = line_of(asked["order"], asked["line"])
    return await visit.work(lambda: case_view.case(database, id, now))


async def _said(visit: Visit, backorder: str) -> Said | None:
    done, request = receipt_of(visit)
    if done not in LINE_FORMS:
        return said_of(visit)
    try:
        found = await visit.read(lambda open: request_of(open, backorder, request))
    except UnknownError:
        return None
    return said_of_request(LINE_FORMS[done], found)


def show_case(
    visit: Visit,
    case: CaseView | ShortCase,
    *,
    said: Said | None = None,
    form: str = "",
    error: RefusedError | None = None,
) -> Response:
    """A case. form, error: the form that was sent, and what is wrong with it."""
    names = LINE_FORMS[form].fields if form in LINE_FORMS else ("text",)
    values: dict[str, object] = {
        "case": case,
        "here": line_path(case.id),
        "said": said,
        "opened": form,
        "typed": visit.form,
        "faults": by_field(error, names) if error else {},
        "once": visit.new_once(),
        "place_now": "lines",
    }
    status = 422 if error else 200
    if isinstance(case, ShortCase):
        return html(visit.desk, "short_case.html", values, visit=visit, status=status)
    values["forms"] = [each.name for each in LINE_FORMS.values() if each.needs(case)]
    values["options"] = [("", "–"), *((each.sku, each.name) for each in offered(case).values())]
    values["tickets"] = [(each.ticket, each.ticket) for each in case.complaints if each.closed_at is None]
    return html(visit.desk, "case.html", values, visit=visit, status=status)
