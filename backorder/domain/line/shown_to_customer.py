"""What a customer had been shown when they answered: consent covers that, and nothing that was told since."""

from __future__ import annotations

from datetime import date, datetime

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
        asked = [each for each in told if _told_by(each, said.received_at)]
    else:
        read = _read_at(state, said.revision)
        asked = [each for each in told if each.revision <= said.revision or _called_by(each, read)]
    return asked[-1] if asked else None


def day_shown(state: State, event: Answered, question: Question | None) -> date | None:
    """The day that was shown to who answers; None for none. question: what they had been asked last."""
    shown = _promise_shown(state, event)
    if question is not None and (shown is None or not _was_told_since(shown, question)):
        return question.by
    return shown.by if shown is not None else None


def _was_told_since(shown: Promise, question: Question) -> bool:
    """Whether a promise was told after a question, and is not the one that it asks about."""
    if question.by_hand and question.told_at is not None:
        return shown.told_at > question.told_at
    return shown.revision > question.revision


def _promise_shown(state: State, event: Answered) -> Promise | None:
    told = told_promises(state)
    if event.revision:
        known = [each for each in told if event.revision in (each.promise.revision, each.stands_as)]
    else:
        known = [each for each in told if each.promise.told_at <= event.received_at]
    return known[-1].promise if known else None


def _told_by(question: Question, at: datetime | None) -> bool:
    return at is not None and question.told_at is not None and question.told_at <= at


def _called_by(question: Question, at: datetime | None) -> bool:
    """Whether it is a call that had been made by then, whenever it was recorded."""
    return question.by_hand and _told_by(question, at)


def _read_at(state: State, revision: int) -> datetime | None:
    """When a revision was told; None where that is not known any more."""
    return next((each.promise.told_at for each in told_promises(state) if each.stands_as == revision), None)
