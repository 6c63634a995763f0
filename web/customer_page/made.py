"""What the page says once a choice is made: only what is so on record, whenever its address is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.queries.asked_by_customer import verdict_on
from backorder.queries.customer_page import customer_order
from backorder.queries.views import CaseView
from backorder.storage.engine import reading
from web.customer_page.contact_choices import reached
from web.customer_page.revocable_words import ends_all
from web.customer_page.visit import Visit

_IN_VAIN = ("rejected", "recorded")


def note_of(visit: Visit, receipt: str) -> str:
    """What the page says of a choice that was made a moment ago; "" where nothing (of it) is on record.

    Waits for the database.
    """
    made = visit.confirmations.made(receipt)
    if made is None:
        return ""
    case = next((each for each in visit.order.lines if made.is_about(each.id)), None)
    if case is None:
        stands = _OF_WAYS.get(made.done)
        return visit.words("done", made.done) if stands and stands(visit) else ""
    with reading(visit.desk.services.engine) as connection:
        verdict = verdict_on(connection, case.id, made.request)
    if verdict == "" and made.done != "complaint":  # that has its ticket, whoever has ruled on it
        return visit.words("pending")
    if verdict is None or verdict in _IN_VAIN or not _OF_LINES[made.done](case, made.request):
        return ""
    return visit.words("done", _what_it_was(case, made.done, made.request))


def _what_it_was(case: CaseView, done: str, request: str) -> str:
    """What a choice was taken for: what is cancelled once it has left is withdrawn from."""
    return "withdraw" if done == "cancel" and not _is_cancelled(case, request) else done


def is_undone(visit: Visit, line: str, done: str, request: str) -> bool:
    """Whether the same was chosen with the same button before, and something has undone it since.

    Waits for the database.
    """
    undone = _UNDONE.get(done)
    with reading(visit.desk.services.engine) as connection:
        verdict = verdict_on(connection, line, request)
    if undone is None or not verdict or verdict in _IN_VAIN:
        return False
    now = customer_order(
        visit.desk.services.database, visit.linked, visit.at
    )  # as it stands with the verdict
    return any(undone(each, request) for each in now.lines if each.id == line)


def _is_cancelled(case: CaseView, request: str) -> bool:
    gone = {each.request for each in case.cancellations if each.units}
    known = gone | {each.request for each in case.revocable}
    return request in known or LEFT_TOO_LATE in case.needs


def _is_withdrawn(case: CaseView, request: str) -> bool:
    return case.withdrawn or _is_cancelled(case, request)


def _is_kept(case: CaseView, request: str) -> bool:
    keeps = case.consent.state in ("given", "indefinite") or case.consent.last_day is not None
    return keeps and not ends_all(case) and _is_open(case)


def _is_swapped(case: CaseView, request: str) -> bool:
    return any(each.taken for each in case.offers)


def _is_taken_back(case: CaseView, request: str) -> bool:
    return not case.revocable and _is_open(case)


def _is_open(case: CaseView) -> bool:
    return bool(case.quantity.waiting or case.quantity.allocated)


_OF_LINES: Mapping[str, Callable[[CaseView, str], bool]] = {
    "cancel": _is_withdrawn,
    "withdraw": _is_withdrawn,
    "keep": _is_kept,
    "alternative": _is_swapped,
    "take_back": _is_taken_back,
    "send_now": lambda case, _: True,
    "complaint": lambda case, _: True,
    "coupon": lambda case, _: any(each.code and each.told for each in case.offers),
}
"""Whether what was chosen of a line still stands, and nothing has undone it."""
_UNDONE: Mapping[str, Callable[[CaseView, str], bool]] = {
    "cancel": lambda case, request: not _is_withdrawn(case, request),
    "withdraw": lambda case, request: not _is_withdrawn(case, request),
    "take_back": lambda case, request: not _is_taken_back(case, request),
    "keep": lambda case, _: ends_all(case) or not _is_open(case),
}
"""Whether what was chosen of a line and accepted has been undone by what came later."""
_OF_WAYS: Mapping[str, Callable[[Visit], bool]] = {
    "contact": lambda visit: bool(reached(visit)["texts"]),
    "phone": lambda visit: bool(reached(visit)["texts"]),
    "stop_texts": lambda visit: not reached(visit)["texts"],
    "confirm_address": lambda visit: visit.order.contact.email == visit.linked.address,
    "updates": lambda visit: True,
    "email": lambda visit: True,
}
"""The same of the way to the customer."""
