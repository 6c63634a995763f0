"""A complaint that a customer makes on their page: a person reads it and answers them."""

from __future__ import annotations

from backorder import schemas
from backorder.errors import ConflictError
from backorder.messaging.template_variables import clean
from backorder.schemas import parse
from web.customer_page.forms import Form
from web.customer_page.line_choices import about_line, line_of, outcome_answer
from web.customer_page.visit import Visit


async def preview_complaint(visit: Visit, form: Form) -> dict[str, object]:
    """What is about to be sent. Raises OutdatedError, RefusedError without a word."""
    case = await line_of(visit, form)
    complaint = _complaint(visit, form, "preview")
    return about_line(visit, case) | {"about": clean(complaint.text, len(complaint.text))}


async def complain(visit: Visit, form: Form) -> str:
    """Hand it in: its ticket goes out at once. Raises OutdatedError, ImpossibleError, RefusedError."""
    case = await line_of(visit, form)
    complaint = _complaint(visit, form, visit.confirmations.name_of(form))
    try:
        outcome = await visit.desk.client.complain(case.id, complaint)
    except ConflictError:
        return "complaint"
    return outcome_answer(visit, case, outcome, "complaint")


def _complaint(visit: Visit, form: Form, id: str) -> schemas.Complaint:
    raw = {"request_id": id, "text": form.get("text", ""), "received_at": visit.at.isoformat()}
    return parse(schemas.Complaint, raw, now=visit.at, zone=visit.desk.services.calendar.zone)
