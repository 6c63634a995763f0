"""What a customer had been shown when they answered: consent covers that, and nothing that was told since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from backorder.domain.line.events import Answered
from backorder.domain.line.legal_dates import told_questions
from backorder.domain.line.state import Agreement, Promise, Question, State
from backorder.domain.line.told_promises import told_promises


def question_shown(state: State, said: Answered | Agreement) -> Question | None:
    """The last question that they had been asked, whether it was answered or not; None where there was none.

    With a revision: when they read that one. Without: when what they said came in.
    """
    told = told_questions(state)
    if not said.revision:
        asked = [each for each in told if _told_by(each, _minute_of(said.received_at))]
    else:
        read = _read_at(state, said.revision)
        asked = [each for each in told if each.revision <= said.revision or _called_by(each, read)]
    return asked[-1] if asked else None


def day_shown(state: State, event: Answered | Agreement, question: Question | None) -> date | None:
    """The day that was shown to who answers; None for none. question: what they had been asked last."""
    shown = _promise_shown(state, event)
    if question is not None and (shown is None or not _was_told_since(shown, question)):
        return question.by
    return shown.by if shown is not None else None


def with_what_was_shown(state: State, before: State) -> tuple[Agreement, ...]:
    """What was agreed to, where an answer names nothing that its customer read, with the days that they had
    been shown, as those are known now. before: the state without what is recorded late.
    """

    def known(each: Agreement) -> Agreement:
        if each.revision or each.until is None or each.until != _day_shown(before, each):
            return each
        return replace(each, until=_day_shown(state, each))

    return tuple(known(each) for each in state.agreements)


def _day_shown(state: State, agreed: Agreement) -> date | None:
    return day_shown(state, agreed, question_shown(state, agreed))


def asked_since(state: State, at: datetime) -> bool:
    """Whether a question was told after that instant."""
    return any(each.told_at is not None and each.told_at > at for each in state.questions)


def known_by(state: State, at: datetime) -> State:
    """The state without what was asked and agreed to after that instant."""
    agreed = tuple(each for each in state.agreements if each.received_at <= at)
    if len(agreed) == len(state.agreements) and not asked_since(state, at):
        return state
    asked = tuple(each for each in told_questions(state) if _told_by(each, at))
    then = state.replace(agreements=agreed, questions=asked)
    return then.replace(questions=tuple(_with_answers(then, each) for each in asked))


def with_call(state: State, call: Question, *, most: int) -> tuple[Question, ...]:
    """The questions with a call in its place, whenever it is recorded: what was asked later stays after it.

    It is answered by who had it in mind when they answered, and asks nothing of what was kept before.
    most: questions before it that are remembered.
    """
    told = told_questions(state)
    before = tuple(each for each in told if _told_by(each, call.told_at))
    # Of its own, where it is the newest: a message that is told next would be taken for it.
    after = tuple(each for each in state.questions if each not in before) if len(before) < len(told) else ()
    placed = _with_answers(state.replace(questions=(*before, call, *after)), call)
    return (*before[-most:], replace(placed, kept=max(placed.kept, call.kept)), *after)


def _with_answers(state: State, question: Question) -> Question:
    """A question with the answers that belong to it."""
    shown = ((each, question_shown(state, each)) for each in state.agreements)
    mine = [each.units for each, asked in shown if asked is not None and asked.is_same(question)]
    kept = max((state.quantity.open if units is None else units for units in mine), default=0)
    return replace(question, kept=kept, answered=None in mine)


def _was_told_since(shown: Promise, question: Question) -> bool:
    """Whether a promise was told after a question, and is not the one that it asks about."""
    if question.by_hand and question.told_at is not None:
        return shown.told_at > question.told_at
    return shown.revision > question.revision


def _promise_shown(state: State, event: Answered | Agreement) -> Promise | None:
    told = told_promises(state)
    if event.revision:
        known = [each for each in told if event.revision in (each.promise.revision, each.stands_as)]
    else:
        known = [each for each in told if each.promise.told_at < _minute_of(event.received_at)]
    return known[-1].promise if known else None


def _told_by(question: Question, at: datetime | None) -> bool:
    """Whether it was asked by then, and is not known to have come back."""
    return at is not None and question.told_at is not None and question.told_at <= at


def _minute_of(received_at: datetime) -> datetime:
    """The end of the minute of an answer: who writes an instant down seldom knows its seconds."""
    return received_at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _called_by(question: Question, at: datetime | None) -> bool:
    """Whether it is a call that had been made before that, whenever it was recorded."""
    made = question.told_at if question.by_hand else None
    return at is not None and made is not None and made < at


def _read_at(state: State, revision: int) -> datetime | None:
    """When a revision was told; None where that is not known any more."""
    return next((each.promise.told_at for each in told_promises(state) if each.stands_as == revision), None)
