"""The customer's own word: to keep waiting, for all or some, for a date or as long as it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered
from backorder.domain.line.last_day_reminder import take_reminder_back, with_last_day
from backorder.domain.line.legal_dates import (
    as_agreed_since,
    clock_of,
    is_answered,
    is_over,
    last_day,
    legal_date,
    open_question,
    silence_cancels,
    staying,
    told_questions,
)
from backorder.domain.line.legal_notices import asked_by, renew_consent
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.sent_back import CANCEL
from backorder.domain.line.shown_to_customer import day_shown, question_shown
from backorder.domain.line.state import Agreement, Consent, Question, State
from backorder.domain.line.uncancelled_units import uncancelled, without_cancelled
from backorder.domain.line.units import UnacceptableError, WithoutEffectError, facts_now
from backorder.domain.line.withdrawals import send_back
from backorder.domain.notifications import Facts, Kind, names_day

_NOT_REFUSED = frozenset({"asked", "implied", "given", "indefinite"})
"""How a consent stands that another choice of the customer's ends."""
CANCEL_THE_REST = "cancel"
"""What an answer says of the units that it does not keep."""


def keep(
    builder: DecisionBuilder,
    event: Answered,
    key: str,
    corrects: Facts | None = None,
    *,
    of: int | None = None,
) -> None:
    """The customer keeps waiting. What was shown to them is what they agree to; a later date asks again.

    corrects: what they read of a cancellation that is off, and of its refund. of: units that were open when
    they spoke; None: as many as are now.
    """
    state = builder.state
    count = event.quantity
    if count is not None and state.quantity.open < count <= state.quantity.open + state.quantity.shipped:
        count = state.quantity.open  # who names what they want need not know what has left
    if count is not None and not 1 <= count <= state.quantity.open:
        raise UnacceptableError(f"{count} cannot be kept: {state.quantity.open} are open", Refusal.FEWER)
    _cancel_rest(builder, event)
    before, asked = state.last_day, question_answered(state, event)
    until = _agree(builder, event, count)
    dropped = before if before not in (None, builder.state.last_day) else None
    facts = facts_now(builder).replace(choice="keep", until=until, dropped_day=dropped)
    if corrects is not None:
        facts = facts.replace(uncancelled=corrects.uncancelled, refund=corrects.refund)
    units = facts.quantity if count is None else min(count, facts.quantity)
    facts = facts.replace(quantity=units, part_of_line=units < (of or state.quantity.open))
    facts = _with_what_is_asked(without_cancelled(builder.state), facts, asked)
    facts = facts.replace(asks_beyond=_asks_beyond(builder, event, until))
    facts = with_last_day(builder.policy, builder.state, facts)
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
    if names_day(facts):
        builder.contacted(dated=builder.day)
    builder.because("the customer keeps waiting")


def _cancel_rest(builder: DecisionBuilder, event: Answered) -> None:
    """End what they do not keep, where they say so in the same breath, beside what they have cancelled."""
    state, count = builder.state, event.quantity
    if event.rest != CANCEL_THE_REST or count is None or count >= uncancelled(state):
        return
    cancel_units(
        builder,
        request=rest_of(event.request),
        key=f"cancelled/{event.request}",
        count=uncancelled(state) - count,
        by="customer",
        received_at=event.received_at,
        answer=CANCEL,
    )
    send_back(builder, state)


def rest_of(request: str) -> str:
    """The ID of the cancellation of the units that an answer does not keep."""
    return f"{request}/rest"


def _with_what_is_asked(state: State, facts: Facts, answered: Question | None) -> Facts:
    """The facts with what is still open: units of the question that was answered, or a later question."""
    question = open_question(state)
    if question is None:
        return facts
    if answered is None or not question.is_same(answered):
        named = told_questions(state)[-1].answer_by
        moved = question.answer_by if question.answer_by != named else None
        return facts.replace(asks_again=True, answer_by=moved)
    left = asked_by(question).before(state.last_day)
    return facts.replace(
        unanswered=state.quantity.open - left.kept,
        answer_by=left.answer_by if left.silence != "nothing" else None,
        silence=left.silence,
        staying=staying(state, left),
        refundable=state.payment.captured,
    )


def _agree(builder: DecisionBuilder, event: Answered, count: int | None) -> date | None:
    """Note what was agreed. Returns the day that the customer reads."""
    question = question_answered(builder.state, event)
    shown = day_shown(builder.state, event, question_shown(builder.state, event))
    if question is not None and is_too_late(builder, event, question):
        last = question.answer_by.isoformat()
        words = f"the last day for an answer was {last}; noted on the case"
        raise WithoutEffectError(words, Refusal.TOO_LATE)
    open, stays = builder.state.quantity.open, uncancelled(builder.state)
    _last_day_to_come(builder, event)
    kept = (question.kept if question is not None else 0) + (open if count is None else count)
    said = Agreement(
        request=event.request,
        until=None if event.indefinite else shown,
        received_at=event.received_at,
        units=None if kept >= open else kept,
        revision=event.revision or 0,
    )
    agreed = _part_by_part(builder.state, question, said, count) if count not in (None, open) else (said,)
    if question is not None:
        answered = replace(question, kept=min(kept, open), answered=question.answered or kept >= open)
        builder.change(
            questions=tuple(answered if each.is_same(question) else each for each in builder.state.questions)
        )
    agrees = _agrees_to(builder.state, event)
    own = event.until if _own_last_day(builder, event, whole=kept >= stays) else None
    until = _day_read(builder, event, own, shown)
    if clock_of(builder.state) != "none":
        if agrees:
            builder.change(agreements=(*builder.state.agreements, *agreed))
            _ask_anew(builder)
            renew_consent(builder)
        law = last_day(builder.policy, builder.state)
        until = min(until, law) if own is not None and until is not None and law is not None else until
    elif kept >= stays:
        builder.change(consent=Consent(state="indefinite" if event.indefinite else "given", until=until))
    else:
        builder.change(agreements=(*builder.state.agreements, *agreed))
    return until


def _day_read(builder: DecisionBuilder, event: Answered, own: date | None, shown: date | None) -> date | None:
    """The day until which the customer reads that they keep waiting; None for as long as it takes.

    Where silence cancels and they agree to nothing, that is the legal date at most (16 CFR 435.2(c)(5)).
    own: their own last day, where it counts; shown: the one that they had been shown.
    """
    state, agrees = builder.state, _agrees_to(builder.state, event)
    last = legal_date(builder.policy, state) if silence_cancels(state) and not agrees else None
    if last is None:
        rest = None if agrees else state.terms.legal_date
        return None if event.indefinite else own or shown or rest
    if event.indefinite:
        return last
    return min(own, last) if own is not None else shown or last


def _asks_beyond(builder: DecisionBuilder, event: Answered, until: date | None) -> bool:
    """Whether they are still to be asked should it not ship by the day that they read."""
    state = builder.state
    if not silence_cancels(state) or _agrees_to(state, event) or open_question(state) is not None:
        return False
    return until is not None and until == legal_date(builder.policy, state) and event.until != until


def _part_by_part(
    state: State, question: Question | None, said: Agreement, count: int | None
) -> tuple[Agreement, ...]:
    """What an answer for a part agrees to: with those before it no longer than they do, alone its own day."""
    before = [each.until or date.max for each in state.agreements if _is_to(state, each, question)]
    longest = max(before) if before else None
    if longest is None or (said.until or date.max) <= longest:
        return (said,)
    return (replace(said, until=longest), replace(said, units=count))


def _is_to(state: State, agreed: Agreement, question: Question | None) -> bool:
    asked = question_shown(state, agreed)
    return question is not None and asked is not None and asked.is_same(question)


def _ask_anew(builder: DecisionBuilder) -> None:
    """A question that has not gone names a last day that is another one now, or asks what needs no asking."""
    pending = builder.state.pending
    if pending is not None and pending.kind is Kind.CONSENT_REQUEST:
        builder.withdraw_pending()


def _last_day_to_come(builder: DecisionBuilder, event: Answered) -> None:
    """A day of their own that was over when they named it is a slip: nobody keeps waiting until then."""
    if event.until is not None and is_over(builder.policy, builder.state, event.until) <= event.received_at:
        words = f"{event.until.isoformat()} is over; name a last day that is still to come"
        raise UnacceptableError(words, Refusal.DAY_OVER)


def _own_last_day(builder: DecisionBuilder, event: Answered, *, whole: bool) -> bool:
    """The customer's own last day is what they said last: a later keep without one takes it back.

    whole: every open unit that they have not cancelled is kept by now. Returns whether what it says of a
    last day is what counts now.
    """
    if not whole:
        if event.until is not None:
            words = "a last day is for all units; say what becomes of the rest, or keep all of them"
            raise UnacceptableError(words, Refusal.DAY_FOR_ALL)
        return False
    said_at = builder.state.last_day_said_at
    if said_at is not None and event.received_at < said_at:
        return False
    if event.until != builder.state.last_day:
        take_reminder_back(builder)
        builder.withdraw_pending()  # what has not gone names the day that counts no more, or none
        builder.withdraw_unsent(Kind.STILL_WAITING)
    builder.change(last_day=event.until, last_day_said_at=event.received_at)
    return True


def is_too_late(builder: DecisionBuilder, event: Answered, question: Question) -> bool:
    """Whether an answer came after the last day that counts."""
    if question.silence != "cancelled" or question.answered:
        return False
    return event.received_at >= is_over(builder.policy, builder.state, question.answer_by)


def question_answered(state: State, event: Answered) -> Question | None:
    """The question that an answer belongs to: the last one that its customer had been asked by then.

    What was told since a question, like a better date, leaves it open; who answers that answers it too. One
    that is answered already needs no answer that names nothing.
    """
    question = question_shown(state, event)
    if question is None or (not event.revision and is_answered(state, question)):
        return None
    return as_agreed_since(state, question)


def _agrees_to(state: State, event: Answered) -> bool:
    """Whether an answer is an agreement to wait as the law of the line wants it.

    Where silence cancels, consent is to a notice: nobody agrees to what they had not been asked (16 CFR
    435.2(b)). By a clock of delivery a customer agrees to any day that they were shown.
    """
    question = question_shown(state, event)
    if silence_cancels(state):
        return question is not None
    return question is not None or event.indefinite or day_shown(state, event, question) is not None


def refused(builder: DecisionBuilder) -> None:
    """The customer cancelled what they were asked to wait for, or had agreed to, or took something else."""
    if not builder.state.quantity.open:
        if builder.state.consent.state in _NOT_REFUSED:
            builder.change(consent=Consent(state="refused"))
    elif builder.state.questions:
        renew_consent(builder)
