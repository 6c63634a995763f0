"""Legal notices: what one says, that it was told, and what a call or a letter counts for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.delay_notices import ASKED_BEFORE, Asked, asked, day_to_ask_for
from backorder.domain.law.notice_parts import lacking_in_words, missing_parts
from backorder.domain.line.complaints import acknowledged_by_hand
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import MessageDelivered, NoticeGiven
from backorder.domain.line.last_day_reminder import is_reminded, reminded_at, with_own_day
from backorder.domain.line.ledger import outstanding, worth_of_open
from backorder.domain.line.legal_dates import (
    clock_of,
    consent_of,
    day_of_delivery,
    delivery_notice_on,
    has_to_be_told,
    is_over,
    last_day,
    legal_date,
    open_question,
    silence_cancels,
    staying,
    told_questions,
    unconfirmed,
    units_kept_until,
    was_agreed,
)
from backorder.domain.line.legal_flags import (
    ASK_BY_CALL,
    CALL,
    ENDED_TOO_EARLY,
    INCOMPLETE,
    LEAVES_OR_ENDS,
    NO_CONSENT,
    TELL,
    UNCONFIRMED,
)
from backorder.domain.line.message_keys import new_address_key, original_key
from backorder.domain.line.promise_reasons import cause_of
from backorder.domain.line.ship_window import dateless
from backorder.domain.line.shown_to_customer import asked_since, known_by, with_call, with_what_was_shown
from backorder.domain.line.state import Promise, Question, State, Window
from backorder.domain.line.step import UNREACHABLE
from backorder.domain.line.told_promises import publish_promise, stated_once_told_by_hand, with_told
from backorder.domain.line.units import KnownError, WithoutEffectError, facts_now, facts_of
from backorder.domain.line.unpaid_facts import with_what_is_unpaid
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.domain.policy.policy import Policy

SOON_OVER = timedelta(hours=48)
"""Before the end of the last day for an answer: what goes to a new address then is asked by call too."""
EARLY_BY_HAND = timedelta(days=3)
"""How much earlier a person is asked to call than a notice would be written."""
_KEPT = 20
"""Questions that a line remembers, and that may still be answered or come back."""


def wanted(policy: Policy, state: State, by: date | None, on: date | None = None) -> Asked | None:
    """What a notice of this day (None: no day) asks now; None where the law of the line asks nothing.

    on: the day of the notice, where its words are still to be found. One whose next question would follow
    within a day asks for the later day of that one at once. It asks nothing of units that are kept for so
    long already; those that are kept until an earlier day are asked about too.
    """
    if clock_of(state) == "delivery":
        day = _day_of_notice(policy, state)
        kept = units_kept_until(state, by) if state.delivery_refused_at is None else 0
        return Asked(by=by, answer_by=day, silence="nothing", kept=kept) if day else None
    now, first = legal_date(policy, state), state.terms.legal_date
    if now is None or first is None or not silence_cancels(state):
        return None
    renewed = was_agreed(state)
    soon = by is not None and on is not None and not renewed and by - ASKED_BEFORE <= on + ONE_DAY
    if soon or not has_to_be_told(policy, state, by):
        by = day_to_ask_for(now, now if by is None else by)
    return replace(asked(first, now, by, renewed=renewed), kept=units_kept_until(state, by))


def _day_of_notice(policy: Policy, state: State) -> date | None:
    """The legal date that a notice is about. A refusal to deliver is told to who waits for ever too."""
    refused = state.delivery_refused_at is not None
    return day_of_delivery(policy, state) if refused else legal_date(policy, state)


def key_of(policy: Policy, state: State, revision: int) -> str:
    """The key of a legal notice: its rule, the legal date that it is about, and its revision."""
    now = _day_of_notice(policy, state)
    rule = "delivery_notice" if clock_of(state) == "delivery" else "delay_notice"
    return f"{rule}/{now.isoformat() if now else ''}/{revision}"


def with_question(policy: Policy, state: State, facts: Facts, question: Asked) -> Facts:
    """What a notice says: the facts of its date, and what it asks."""
    late = question.silence == "nothing" and state.delivery_refused_at is None
    due_by = question.answer_by if late else None
    question = question.before(state.last_day)
    charged = state.payment.captured
    open = state.quantity.open
    units = max(open - question.kept, 0)
    back = worth_of_open(state, units)
    asked = facts.replace(
        quantity=units,
        part_of_line=facts.part_of_line or units < open,
        ask_until=question.by if question.by != facts.by else None,
        answer_by=question.answer_by if question.silence != "nothing" else None,
        ends_on=question.ends_on,
        silence=question.silence,
        staying=staying(state, question),
        refund=Money(back, state.payment.currency) if charged else None,
        refundable=charged,
        due_by=due_by,
        essential=state.terms.essential and question.silence == "nothing",
        limit=last_day(policy, state),
        last_day=None,
    )
    asked = with_what_is_unpaid(policy, state, asked)
    asked = asked.replace(why=asked.why or cause_of(Kind.CONSENT_REQUEST, state))
    # Where silence changes nothing, the customer's own last day still does.
    return with_own_day(policy, state, asked) if question.silence == "nothing" else asked


def asked_by(question: Question) -> Asked:
    """What a question asks, once more."""
    return Asked(by=question.by, answer_by=question.answer_by, silence=question.silence, kept=question.kept)


def fault_of(facts: Facts) -> str:
    """Why a notice must not be sent, in words; "" for a whole one."""
    return lacking_in_words(missing_parts(facts))


def remember(builder: DecisionBuilder, key: str, revision: int, question: Asked) -> None:
    """A question is about to be asked. One that is not known to have gone may still be found."""
    new = Question(
        revision=revision,
        key=key,
        by=question.by,
        answer_by=question.answer_by,
        silence=question.silence,
        kept=question.kept,
        delivered=False,
        limit=last_day(builder.policy, builder.state),
        refused=builder.state.delivery_refused_at is not None,
        asked_at=builder.at,
    )
    builder.change(questions=(*builder.state.questions[-_KEPT:], new))


def was_told(builder: DecisionBuilder, revision: int, at: datetime, *, delivered: bool) -> None:
    """A question has gone. One that it replaces is answered by nobody any more."""
    known = next((each for each in builder.state.questions if each.revision == revision), None)
    if known is None or known.told_at is not None:
        return
    late = last_day(builder.policy, builder.state)
    _change(builder, known, replace(known, told_at=at, delivered=known.delivered or delivered))
    if late is not None and builder.day_of(at) > late:
        builder.because("the notice went after its last day, which counts for nothing")
        untold(builder, revision)
        return
    builder.need_no_more(CALL)
    builder.need_no_more(INCOMPLETE)
    renew_consent(builder)


def untold(builder: DecisionBuilder, revision: int | None) -> None:
    """A question came back: with it go the date and the consent that silence had given."""
    known = next((each for each in told_questions(builder.state) if each.revision == revision), None)
    if known is None:
        return
    _change(builder, known, replace(known, told_at=None, delivered=False))
    builder.need_no_more(UNCONFIRMED)
    renew_consent(builder)
    builder.because("a legal notice came back, and what it had moved stands as before")


def message_delivered(builder: DecisionBuilder, event: MessageDelivered) -> None:
    """A provider reports that a notice arrived, by whichever way and at whichever try."""
    key = original_key(event.key)
    known = next((each for each in builder.state.questions if each.key == key), None)
    if known is None or known.delivered:
        raise KnownError("that it arrived changes nothing")
    _change(builder, known, replace(known, delivered=True))
    builder.because("the legal notice arrived")


def _change(builder: DecisionBuilder, known: Question, changed: Question) -> None:
    questions = builder.state.questions
    builder.change(questions=tuple(changed if each.is_same(known) else each for each in questions))


def ask_again(builder: DecisionBuilder, channel: str) -> None:
    """The question that is open goes to a new address as well; its deadline stays.

    One that waits to go is sent there anyway; one that is on its way to the old address follows itself.
    """
    state, pending = builder.state, builder.state.pending
    question, facts = open_question(state), facts_now(builder)
    if pending is not None and pending.kind is Kind.CONSENT_REQUEST:
        if not state.context.in_flight or not state.questions:
            return
        question, facts = state.questions[-1], facts_of(builder, pending.window)
    if question is None:
        return
    facts = with_question(builder.policy, state, facts, asked_by(question))
    key = _next_to_new_address(state, question.key)
    builder.done(key)
    if fault := fault_of(facts):
        builder.need(INCOMPLETE)
        builder.because(fault)
        return
    builder.tell(key, Kind.CONSENT_REQUEST, facts, channel=channel)
    builder.because("the open question goes there as well; its last day stays")
    over = is_over(builder.policy, state, question.answer_by)
    if question.silence != "nothing" and over - builder.at < SOON_OVER:
        builder.need(ASK_BY_CALL)


def _next_to_new_address(state: State, key: str) -> str:
    return next(each for n in count(2) if not state.is_done(each := new_address_key(key, n)))


def renew_consent(builder: DecisionBuilder) -> None:
    """Show the consent as it follows from what was asked and answered."""
    before, consent = builder.state.consent, consent_of(builder.policy, builder.state)
    if consent == before:
        return
    builder.change(consent=consent)
    builder.need_no_more(LEAVES_OR_ENDS)
    pending = builder.state.pending
    if before.answer_by != consent.answer_by and "asked" in (before.state, consent.state):
        # What has not gone says otherwise what no answer leads to.
        builder.withdraw_unsent(Kind.STILL_WAITING)
        if pending is not None and pending.kind is not Kind.CONSENT_REQUEST:
            builder.withdraw_pending()


def notice_given(builder: DecisionBuilder, event: NoticeGiven) -> None:
    """Customer service told the customer by a call or a letter; what counts is when."""
    state, key = builder.state, f"notice/{event.request}"
    if state.is_done(key):
        raise KnownError("this was recorded before")
    builder.done(key)
    on = builder.day_of(event.as_of)
    builder.contacted(message=on)
    early = event.offered and _ended_without_it(builder, event.as_of)
    was_told = TELL in state.needs and event.as_of >= _last_happened(builder.policy, state)
    if was_told:
        builder.need_no_more(TELL)
    if was_told or not (event.by_date or event.offered):  # of a day alone they read of no complaint
        was_told = acknowledged_by_hand(builder, key, event.as_of) or was_told
    if not state.quantity.open and (early or was_told):
        builder.because("the customer was told by a person")
        return
    if not state.quantity.open:
        raise WithoutEffectError(f"the line is {state.status}; noted on the case")
    late, asked = last_day(builder.policy, state), None
    if event.offered and (late is None or on <= late):
        asked = count_notice(builder, key, event.as_of, event.by_date)
    elif event.offered:
        builder.because("it came after the last day for a notice, so it counts for none")
    else:
        builder.because("it did not offer to cancel, so it counts for no legal notice")
    told_by_hand(builder, event.as_of, on, event.by_date, asked)
    _agreed_to_it(builder, state)


def _agreed_to_it(builder: DecisionBuilder, before: State) -> None:
    """Who had agreed since it was made agreed to the day that it named. before: the state without it."""
    agreed = with_what_was_shown(builder.state, before)
    if agreed != builder.state.agreements:
        builder.change(agreements=agreed)
        renew_consent(builder)
        builder.because("the customer agreed to the day that it named")


def _last_happened(policy: Policy, state: State) -> datetime:
    """The instant of the last thing that a customer has to hear who is told by a person."""
    happened = [each.received_at for each in state.cancellations]
    happened += [each.received_at for each in state.after_shipment]
    happened += [each.closed_at or each.received_at for each in state.complaints]
    if outstanding(state) == 0:  # before, no amount is told as sent
        happened += [each.sent_at for each in state.money_sent if each.counts and each.sent_at]
    if state.last_day is not None and is_reminded(state, state.last_day):
        happened.append(reminded_at(policy, state.last_day))
    return max(happened, default=state.opened_at)


def _ended_without_it(builder: DecisionBuilder, at: datetime) -> bool:
    """Call a person where units were ended for want of consent before a notice in time was recorded."""
    ended = [each.received_at for each in builder.state.cancellations if each.units and each.by == NO_CONSENT]
    if not any(at < each for each in ended):
        return False
    builder.need(ENDED_TOO_EARLY)
    builder.because("the customer had been told in time before the line was ended; a person has to look")
    return True


def count_notice(builder: DecisionBuilder, key: str, at: datetime, by: date | None) -> int | None:
    """A call, a letter or an earlier notice that offered to cancel counts as a legal notice, in its place.

    What was asked and answered after it was, whenever it is recorded. Returns the revision that it stands as;
    None where it asked for nothing new.
    """
    then = known_by(builder.state, at)
    now = _day_of_notice(builder.policy, then)
    question = wanted(builder.policy, then, by)
    if not asked_since(builder.state, at):
        for flag in (CALL, INCOMPLETE, ASK_BY_CALL, UNREACHABLE):
            builder.need_no_more(flag)
        if (reached := unconfirmed(builder.state)) is not None:
            _change(builder, reached, replace(reached, delivered=True))
    if question is None or now is None or (by is not None and by <= now) or _too_early(builder, then, at):
        return None
    if _asks_no_more(builder.policy, then, by):
        builder.because("it says again what was asked; the question stays open, with its last day")
        return None
    builder.withdraw_pending()  # what has not gone did not know of it
    revision = builder.state.revision + 1
    new = Question(
        revision=revision,
        key=key,
        by=by,
        answer_by=question.answer_by,
        silence=question.silence,
        kept=question.kept,
        told_at=at,
        refused=builder.state.delivery_refused_at is not None,
    )
    builder.change(revision=revision, questions=with_call(builder.state, new, most=_KEPT))
    renew_consent(builder)
    builder.because("it counts as a legal notice")
    return revision


def _asks_no_more(policy: Policy, state: State, by: date | None) -> bool:
    """Whether the open question, without an answer to which the line ends, covers this day as well.

    Only a worse one takes its place. What is said again, or is better, moves neither its last day nor what
    silence means.
    """
    question = open_question(state)
    if question is None or question.silence != "cancelled":
        return False
    return not has_to_be_told(policy, state, by)


def _too_early(builder: DecisionBuilder, then: State, at: datetime) -> bool:
    """By a clock of delivery: whether nothing had to be said yet. Who calls is asked to some days before."""
    if clock_of(then) != "delivery":
        return False
    due = delivery_notice_on(builder.policy, then)
    early = EARLY_BY_HAND if then.context.by_hand else timedelta()
    return due is None or builder.day_of(at) < due - early


def told_by_hand(
    builder: DecisionBuilder, at: datetime, on: date, by: date | None, asked: int | None
) -> None:
    """The day that a call or a letter named stands from then on, unless something later was told.

    asked: the revision as which it counts as a legal notice.
    """
    state = builder.state
    if (state.promise is not None and state.promise.told_at > at) or (by is not None and by < on):
        return
    if by is None and not (state.questions and state.questions[-1].told_at == at):
        return
    builder.withdraw_pending()
    builder.change(stated=stated_once_told_by_hand(builder.state, at, by))
    revision = asked or state.revision + 1
    window = dateless(builder.policy, builder.state, None) if by is None else Window(likely=None, by=by)
    before = state.promise.window if state.promise else None
    promise = Promise(revision=revision, window=window, told_at=at, told_on=on)
    builder.change(
        revision=revision,
        promise=promise,
        told=with_told(state, promise, Kind.CONSENT_REQUEST, guess=False),
        first_by=state.first_by or by,
        missed=None if by else state.missed,
    )
    builder.contacted(dated=on)
    publish_promise(builder, revision, window, before)
