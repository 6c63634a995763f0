"""Complaints: a ticket at once, and an end by a person within a month."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from backorder import schemas
from backorder.domain.complaints import ticket_of
from backorder.domain.keys import parts
from backorder.errors import RejectedError
from backorder.queries.requests import has_complaint
from web import line_examples as examples
from web.answers import answer
from web.calls import CurrentCall, Doors
from web.line_actions import outcome_answer
from web.lines import LINE, LINES
from web.path_ids import id_of, line_of
from web.paths import in_path
from web.record_faults import known_body
from web.shapes import RequestAnswered, Shape

doors = Doors("lines")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A complaint that is on record. url: where its outcome is read. verdict: as with every request."""

    backorder: str
    ticket: str
    request: str
    verdict: str
    url: str


@doors.door(
    "POST",
    LINE + "/complaints",
    roles=("agent",),
    shape=Shape(
        body=schemas.Complaint,
        example=examples.COMPLAINT,
        answers={200: Ticket, 201: Ticket, 202: Ticket},
        problems=(404, 409),
        made_up=("request_id",),
    ),
)
async def complain(call: CurrentCall, order: str, line: str) -> Response:
    """Take in a customer's complaint: they get its ticket at once, and a person has a month to end it."""
    backorder = line_of(order, line)
    asked = await known_body(call, schemas.Complaint, usual={"request_id": call.own_id("complaint")})
    again = await call.read(lambda open: has_complaint(open, backorder, asked.key))
    outcome = await call.act(
        "backorder", backorder, lambda: call.desk.client.complain(backorder, asked), must_exist=True
    )
    if outcome.verdict == "rejected":
        raise RejectedError(outcome.reason)
    url = f"{LINES}/{in_path(*parts(backorder))}/requests/{in_path(outcome.request)}"
    found = Ticket(
        backorder=backorder,
        ticket=ticket_of(backorder, outcome.request),
        request=outcome.request,
        verdict=outcome.verdict,
        url=url,
    )
    status = 202 if outcome.verdict == "pending" else 200 if again else 201
    return answer(found, status, {"location": url})


@doors.door(
    "POST",
    LINE + "/complaints/{ticket}/close",
    roles=("agent",),
    shape=Shape(
        body=schemas.ComplaintEnd,
        example=examples.COMPLAINT_END,
        answers={200: RequestAnswered, 202: RequestAnswered},
        problems=(404, 409),
        made_up=("request_id", "actor"),
        left_out=("ticket",),
    ),
)
async def close_complaint(call: CurrentCall, order: str, line: str, ticket: str) -> Response:
    """Say that a complaint is ended, and what came of it: the customer gets these very words."""
    backorder, ticket = line_of(order, line), id_of(ticket, "complaint")
    usual = {"request_id": call.own_id("complaint-end"), "actor": call.actor}
    asked = await known_body(call, schemas.ComplaintEnd, {"ticket": ticket}, usual)
    outcome = await call.act(
        "backorder", backorder, lambda: call.desk.client.close_complaint(backorder, asked), must_exist=True
    )
    return outcome_answer(backorder, outcome.request, outcome)
