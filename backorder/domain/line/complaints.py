"""A complaint about a line: acknowledged at once, and ended by a person within a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backorder.domain.complaints import ACKNOWLEDGED_WITHIN, Complaint, answer_by, ticket_of
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Complained, ComplaintClosed
from backorder.domain.line.message_keys import original_key
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.state import State
from backorder.domain.line.units import KnownError, UnacceptableError
from backorder.domain.notifications import Facts, Kind


def complained(builder: DecisionBuilder, event: Complained) -> None:
    """The customer complains. What was to be offered and has not gone does not go any more."""
    ticket = ticket_of(builder.state.id, event.request)
    if any(each.ticket == ticket for each in builder.state.complaints):
        raise KnownError(f"complaint {ticket} is on record already", Refusal.DONE)
    complaint = Complaint(
        ticket=ticket,
        request=event.request,
        received_at=event.received_at,
        answer_by=answer_by(builder.policy.calendar.day(event.received_at)),
        acknowledge_by=event.received_at + ACKNOWLEDGED_WITHIN,
    )
    builder.change(complaints=(*builder.state.complaints, complaint))
    _take_offers_back(builder)
    facts = Facts(quantity=builder.state.quantity.ordered, ticket=ticket, due=complaint.answer_by)
    builder.tell(_key(ticket), Kind.COMPLAINT_RECEIVED, facts)
    builder.because(f"complaint {ticket} has to be ended by {complaint.answer_by}")


def is_unacknowledged(state: State, key: str) -> bool:
    """Whether a message acknowledges a complaint, and is not known to have told its customer."""
    own = original_key(key) if state.complaints else ""
    return any(_key(each.ticket) == own and key not in each.told_by for each in state.complaints)


def acknowledged(builder: DecisionBuilder, key: str, *, arrived: bool) -> None:
    """Note whether the message of that key tells the customer that a complaint came in, or did not arrive.

    What told them by another way stands.
    """
    own = original_key(key) if builder.state.complaints else ""
    for each in builder.state.complaints:
        if _key(each.ticket) == own:
            others = tuple(known for known in each.told_by if known != key)
            _note(builder, each, (*others, key) if arrived else others)


def acknowledged_by_hand(builder: DecisionBuilder, key: str, at: datetime) -> bool:
    """A person told the customer by other means. Returns whether they had a complaint to hear of.

    key: of the call or the letter.
    """
    untold = [each for each in builder.state.complaints if each.acknowledge_by and each.received_at <= at]
    for each in builder.state.complaints:
        if each.received_at <= at:
            _note(builder, each, (*each.told_by, key))
    return bool(untold)


def _note(builder: DecisionBuilder, complaint: Complaint, told_by: tuple[str, ...]) -> None:
    until = None if told_by else complaint.received_at + ACKNOWLEDGED_WITHIN
    noted = replace(complaint, told_by=told_by, acknowledge_by=until)
    known = builder.state.complaints
    if noted != complaint:
        builder.change(complaints=tuple(noted if each is complaint else each for each in known))


def _key(ticket: str) -> str:
    """The key of the message that acknowledges a complaint."""
    return f"{Kind.COMPLAINT_RECEIVED.value}/{ticket}"


def _take_offers_back(builder: DecisionBuilder) -> None:
    """Nobody who complains is offered anything that moment."""
    state = builder.state
    offers = {each.key for each in state.offers}
    builder.withdraw_updates([key for key in state.unsent if key in offers])


def complaint_closed(builder: DecisionBuilder, event: ComplaintClosed) -> None:
    """A person has ended a complaint; the customer reads what came of it."""
    known = builder.state.complaints
    found = next((each for each in known if each.ticket == event.ticket), None)
    if found is None:
        raise UnacceptableError(f"the line has no complaint {event.ticket}")
    if not found.is_open:
        raise KnownError(f"complaint {event.ticket} was ended already")
    ended = replace(found, closed_at=event.at, closed_by=event.request)
    builder.change(complaints=tuple(ended if each is found else each for each in known))
    facts = Facts(quantity=builder.state.quantity.ordered, ticket=event.ticket, text=event.text)
    builder.tell(f"complaint_closed/{event.ticket}", Kind.COMPLAINT_CLOSED, facts)
    builder.because(f"complaint {event.ticket} is ended")
