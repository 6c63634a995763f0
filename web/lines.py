"""Lines that wait: starting them, listing them, and the whole case."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, TypeAdapter
from starlette.responses import Response

from backorder.domain.api_keys import allows
from backorder.domain.keys import joined, parts
from backorder.errors import RefusedError
from backorder.queries import case_view, line_list
from backorder.queries.requests import RequestView
from backorder.queries.requests import request as request_of
from backorder.queries.views import CaseView, LineView
from backorder.schemas import OrderLine
from backorder.storage.cursors import fault_of_cursor
from starter.client import StartedLine
from web.answers import answer, read
from web.calls import Call, CurrentCall, Doors
from web.line_examples import ORDER_LINE
from web.page_cursors import of_this_list
from web.path_ids import line_of, own_id_of
from web.paths import in_path
from web.query_parameters import among, checked, instant
from web.shapes import Items, Shape, Taken

doors = Doors("lines")


@cache
def _page() -> TypeAdapter[Items[LineView]]:
    """What makes JSON of a page, in a fifth of the usual time: no decimals, no zone but UTC."""
    return TypeAdapter(Items[LineView])


LINES = "/v1/backorders"
LINE = LINES + "/{order}/{line}"
READERS = ("orders", "agent")
"""Who may read what became of every request."""
Limit = Annotated[int, Query(ge=1, le=line_list.MOST, description="Rows of the page, at most.")]
Cursor = Annotated[
    str | None,
    Query(description="The cursor of the page before.", max_length=4000),
    checked(fault_of_cursor),
]
At = Annotated[Annotated[str, instant] | None, Query(json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Query(max_length=300), AfterValidator(str.strip)]


@doors.door(
    "POST",
    LINES,
    roles=("orders",),
    shape=Shape(
        body=OrderLine,
        example=ORDER_LINE,
        answers={201: Taken, 200: Taken, 202: Taken},
        problems=(409,),
    ),
)
async def start_backorder(call: CurrentCall) -> Response:
    """Start a backorder for an order line.

    201 for a new one, 200 for the same one again, 202 where it is on record and its workflow starts once
    Temporal is back. The same ID with other content is 409.
    """
    raw = await call.raw()
    line = await call.work(lambda: order_line(call, raw, as_json=True))
    started = await call.act("backorder", joined(line.order_id, line.line_id), lambda: _start(call, line))
    return _taken(started)


def order_line(call: Call, raw: Mapping[str, object], *, as_json: bool = False) -> OrderLine:
    """A line as it came in; it looks at the database. as_json: see `Call.parse`.

    Raises RefusedError with every fault.
    """
    try:
        return call.parse(OrderLine, raw, as_json=as_json)
    except RefusedError as error:
        unknown = call.desk.services.intake.unknown(raw.get("sku"), raw.get("policy", "standard"))
        raise RefusedError([*error.faults, *unknown]) from None


async def _start(call: Call, line: OrderLine) -> StartedLine:
    return await call.desk.client.start(line)


def _taken(started: StartedLine) -> Response:
    url = f"{LINES}/{in_path(*parts(started.id))}"
    taken = Taken(
        id=started.id,
        new=started.new,
        running=started.running,
        closed=started.closed,
        flags=started.flags,
        warnings=started.warnings,
        url=url,
    )
    status = 202 if not (started.running or started.closed) else 201 if started.new else 200
    return answer(taken, status, {"location": url})


@doors.door(
    "GET",
    LINES,
    roles=("agent",),
    shape=Shape(answers={200: Items[LineView], 304: None}),
    together=of_this_list(line_list.read_place, "late", "duties"),
)
async def list_backorders(
    call: CurrentCall,
    q: Annotated[Text, Query(description="What a caller can say: an order, a name, a number.")] = "",
    status: Annotated[
        Text, among(line_list.STATUSES), Query(description=f"One of {', '.join(line_list.STATUSES)}.")
    ] = "",
    order: Text = "",
    sku: Text = "",
    supplier: Text = "",
    customer: Text = "",
    late: Annotated[bool, Query(description="The promised day is over.")] = False,
    needs: Annotated[bool, Query(description="Something waits for a person.")] = False,
    duties: Annotated[bool, Query(description="The law wants something of it; by the last day.")] = False,
    cursor: Cursor = None,
    limit: Limit = line_list.LIMIT,
) -> Response:
    """List backorders, page by page, in the order of their IDs (late, or with duties: by date)."""
    wanted = line_list.Filter(
        q=q,
        status=status,
        order=order,
        sku=sku,
        supplier=supplier,
        customer=customer,
        late=late,
        needs=needs,
        duties=duties,
    )
    database, now = call.desk.services.database, call.desk.now()
    page = await call.work(lambda: line_list.lines(database, wanted, now, cursor=cursor, limit=limit))
    found = Items(items=page.lines, cursor=page.cursor, hint=page.hint)
    return read(call.request, _page().dump_json(found))


@doors.door("GET", LINE, roles=("agent",), shape=Shape(answers={200: CaseView, 304: None}, problems=(404,)))
async def read_backorder(call: CurrentCall, order: str, line: str) -> Response:
    """Read a whole case: the promise, the units, what serves them, what happens next, what was said."""
    id, database, now = line_of(order, line), call.desk.services.database, call.desk.now()
    found = await call.work(lambda: case_view.case(database, id, now))
    return read(call.request, found, whatever="seen_at")


@doors.door(
    "GET",
    LINE + "/requests/{id}",
    roles=(*READERS, "supply"),
    shape=Shape(answers={200: RequestView, 304: None}, problems=(404,)),
)
async def read_request(call: CurrentCall, order: str, line: str, id: str) -> Response:
    """Read what became of something that was asked of a line: `supply` of what the same key asked."""
    backorder, request = line_of(order, line), own_id_of(id, "request")
    asked_by = None if allows(call.key.roles, READERS) else call.key.audited_as
    return read(call.request, await call.read(lambda open: request_of(open, backorder, request, asked_by)))
