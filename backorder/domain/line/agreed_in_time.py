"""Words that came in time and are heard after the line was ended: they withdraw that, or a person looks."""

from __future__ import annotations

from dataclasses import replace

from backorder.domain.line.consent import CANCEL_THE_REST, keep, question_answered
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, CancellationTakenBack
from backorder.domain.line.last_day_reminder import own_day_key
from backorder.domain.line.ledger import went_back_for
from backorder.domain.line.legal_flags import ENDED_TOO_EARLY, NO_CONSENT
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.shown_to_customer import day_shown, question_shown
from backorder.domain.line.state import Cancellation, State
from backorder.domain.line.units import WithoutEffectError
from backorder.domain.line.withdrawn_cancellations import tell_the_rest, withdraw_cancellations

WITHOUT_ASKING = frozenset({"policy", NO_CONSENT})
"""Who ends a line although the customer did not ask for it."""


def agreed_before_it_ended(builder: DecisionBuilder, event: Answered, key: str) -> bool:
    """Withdraw an ending that came of silence, or of a last day that the customer had named, where a word of
    theirs had come in time. Returns whether it is withdrawn.

    The line has its old place in the queue; units that others have by now stay with them. Once money was
    sent back for that ending, it is a person's to see to.
    """
    state = builder.state
    in_time = [
        each
        for each in state.cancellations
        if each.units and event.received_at < each.received_at and _would_have_been_kept(state, each, event)
    ]
    if not in_time or went_back_for(state, in_time) or ended_since(state, event):
        return False
    withdrawn = withdraw_cancellations(builder, in_time)
    builder.because("the customer had agreed in time; the ending is withdrawn")
    if builder.state.quantity.open:
        keep(builder, event, key, withdrawn.read)
    tell_the_rest(builder, withdrawn)
    return True


def ended_since(state: State, event: Answered | CancellationTakenBack) -> bool:
    """Whether the customer withdrew from some units after that word, when the line had ended. Raises
    WithoutEffectError where they did so from all of them.
    """
    later = [each.asked for each in state.after_shipment if each.received_at > event.received_at]
    if None in later:
        words = "the customer cancelled after that, and the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    return bool(later)


def ended_too_early(builder: DecisionBuilder, event: Answered) -> bool:
    """Ask a person to see to units that were ended although a word of their customer had come in time.

    Returns whether there are any.
    """
    state = builder.state
    missed = (
        each.received_at > event.received_at and _was_unasked_for(state, each, event)
        for each in state.cancellations
        if each.units
    )
    if not any(missed):
        return False
    builder.need(ENDED_TOO_EARLY)
    builder.because("the customer had answered before the line was ended; a person has to look")
    return True


def _was_unasked_for(state: State, ending: Cancellation, event: Answered) -> bool:
    """Whether a word that is no cancellation shows that its customer did not want that ending."""
    if event.choice == "keep" and ending.by != "policy":
        return _would_have_been_kept(state, ending, event)
    if ending.by in WITHOUT_ASKING:
        return True
    return state.last_day is not None and ending.request.startswith(own_day_key(state.last_day))


def _would_have_been_kept(state: State, ending: Cancellation, event: Answered) -> bool:
    """Whether the customer's word, had it been known, would have kept the line from this ending."""
    if ending.by == NO_CONSENT:
        return _agrees_beyond(_before(state, ending), ending, event)
    day, said_at = state.last_day, state.last_day_said_at
    if day is None or not ending.request.startswith(own_day_key(day)):
        return False
    if not _keeps_all(state, ending, event):
        return False  # their last day would have stayed, and the line had ended after it all the same
    return (said_at is None or event.received_at >= said_at) and (event.until is None or event.until > day)


def _keeps_all(state: State, ending: Cancellation, event: Answered) -> bool:
    """Whether, before that ending, every open unit would have been kept with the customer's word."""
    if event.quantity is None or event.rest == CANCEL_THE_REST:
        return True
    before = _before(state, ending)
    question = question_answered(before, event)
    return (question.kept if question is not None else 0) + event.quantity >= before.quantity.open


def _agrees_beyond(state: State, ending: Cancellation, event: Answered) -> bool:
    """Whether an answer agrees to wait longer than the last day after which a line ended for want of it."""
    question = question_shown(state, event)
    if question is None:
        return False
    until = None if event.indefinite else day_shown(state, event, question)
    return until is None or ending.deadline is None or until > ending.deadline


def _before(state: State, ending: Cancellation) -> State:
    """The state with the units that an ending took."""
    units = replace(state.quantity, cancelled=state.quantity.cancelled - ending.units)
    return state.replace(quantity=units)
