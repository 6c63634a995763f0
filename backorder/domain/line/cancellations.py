"""Cancellations: each has its own instant, units and refund, and what the customer reads of it stays true."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, datetime

from backorder.domain.line.commands import Withdraw
from backorder.domain.line.coupons import void_coupons
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import with_rest
from backorder.domain.line.ledger import NOTHING, in_vain, left_to_cancel, owed, tally, worth
from backorder.domain.line.money_facts import Refund
from backorder.domain.line.refunds import reckon, with_money
from backorder.domain.line.refusals import Refusal, why_over
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.sent_back import has_the_right, keeps_what_left, paid_and_sent_back, sent_back
from backorder.domain.line.state import ENDED, Cancellation, State
from backorder.domain.line.swaps import CUSTOMER, give_up, owed_apology, undone
from backorder.domain.line.units import UnacceptableError, WithoutEffectError, facts_now, release, units_gone
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.domain.texts import how_many


def cancel_units(
    builder: DecisionBuilder,
    *,
    request: str,
    key: str,
    count: int | None,
    by: str,
    received_at: datetime,
    reason: str = "",
    answer: str = "",
    deadline: date | None = None,
) -> None:
    """End units, all open ones without a `count`: free them, give the money back, tell everyone.

    What counts is `received_at`: units that left later have shipped in vain, those that left before are not
    cancelled. key: of the message. by: who cancelled, which decides the words. answer: what the customer said
    at that instant, cancel or withdraw. deadline: the day that passed, where its passing cancels. Raises
    UnacceptableError and WithoutEffectError.
    """
    before = builder.state
    _may_name(before, count, received_at, by)
    entry = Cancellation(
        request=request,
        key=key,
        asked=count,
        units=0,
        received_at=received_at,
        by=by,
        said=answer,
        deadline=deadline,
    )
    known = (*before.cancellations, entry)
    dealt = tally(before.quantity.ordered, known, before.shipments, before.substitutions)
    if not dealt.cancelled[-1]:
        raise nothing_open(before)
    stray, more = in_vain(before), sum(dealt.cancelled) - before.quantity.cancelled
    left = dealt.left(before.quantity.ordered)
    gone = max(0, before.quantity.open - left)
    release(builder, gone)
    builder.change(
        cancellations=counted(known, dealt.cancelled),
        quantity=replace(
            before.quantity,
            allocated=min(before.quantity.allocated, left),
            shipped=dealt.shipped,
            cancelled=sum(dealt.cancelled),
            substituted=sum(dealt.substituted),
        ),
    )
    if gone:
        units_gone(builder, gone, last=True)
    undone(builder, dealt)
    if in_vain(builder.state) > stray:
        need_for_stray(builder, in_vain(builder.state) - stray)
    if more:
        builder.publish("cancelled", quantity=more, by=by, reason=reason or by)
    reckon(builder, before)
    said_anew = _taken_from_later_words(builder)
    *others, last = builder.state.cancellations
    builder.change(cancellations=(*others, replace(last, told=more + said_anew)))
    if more:
        rest, own = builder.state.quantity.open > 0, by == CUSTOMER
        give_up(builder, "units were cancelled before", person=rest and not own, cancelled=rest and own)
    if more or said_anew:
        _with_apology(builder)
        _write(builder, key, builder.state.cancellations[-1])
    if not more:
        builder.because("these units were cancelled already; what counts is when this came in")
        return
    builder.because(_in_words(count, more, by))


def _with_apology(builder: DecisionBuilder) -> None:
    """The line ended where something else had been taken, which came to nothing: its message says both."""
    if builder.state.quantity.open or (chosen := owed_apology(builder.state)) is None:
        return
    *others, last = builder.state.cancellations
    builder.change(cancellations=(*others, replace(last, instead=chosen)))


def _taken_from_later_words(builder: DecisionBuilder) -> int:
    """Units that the last word ended, and of which one that came in later speaks so far.

    A message that has not gone is taken back, or names fewer. One that has gone stands; customers who had
    cancelled by themselves still hear that it was as they asked, and when their word came in.
    """
    last, taken = builder.state.cancellations[-1], 0
    for each in builder.state.cancellations[:-1]:
        over, went = min(each.told - each.units, last.units - taken), has_gone(builder.state, each.key)
        if over <= 0 or (went and (not last.said or each.by == last.by)):
            continue
        taken += over
        if went:
            _note_told(builder, each, each.told - over)
        else:
            name_fewer(builder, each, each.told - over)
    return taken


def need_for_stray(builder: DecisionBuilder, count: int) -> None:
    """Units left although they had been cancelled or given up: a person sees to it."""
    builder.need("shipped_after_cancellation")
    builder.because(f"{count} left after their outcome was decided; it stands and a person has to look")


def put_right(builder: DecisionBuilder, before: State) -> tuple[int, Money | None]:
    """Put right what was written of cancellations after some were withdrawn.

    Messages that have not gone are taken back, or name fewer units. Returns what those that have gone said
    in vain: units, and the money that was to come back for them.
    """
    state = builder.state
    if not state.cancellations:
        return 0, None
    known = sum(each.told for each in state.cancellations if has_gone(state, each.key)) - state.uncancelled
    waiting = [each for each in state.cancellations if each.told and not has_gone(state, each.key)]
    surplus = sum(each.told for each in waiting) - max(0, state.quantity.cancelled - known)
    for each in reversed(waiting):
        cut = min(max(0, surplus), each.told)
        surplus -= cut
        if cut:
            name_fewer(builder, each, each.told - cut)
    units = max(0, known - state.quantity.cancelled)
    builder.change(uncancelled=state.uncancelled + units)
    money = min(owed(before) - owed(state), worth(state, units))
    return units, Money(money, state.payment.currency) if money > 0 else None


def name_fewer(builder: DecisionBuilder, entry: Cancellation, told: int) -> None:
    """Let the message about a cancellation name fewer units, or none; one that has gone stands as it is."""
    less = _note_told(builder, entry, told)
    if has_gone(builder.state, entry.key):
        return
    builder.do(Withdraw(key=entry.key))
    if told:
        _write(builder, entry.key, less)


def _note_told(builder: DecisionBuilder, entry: Cancellation, told: int) -> Cancellation:
    less = replace(entry, told=told)
    builder.change(
        cancellations=tuple(less if each is entry else each for each in builder.state.cancellations)
    )
    return less


def write_of_money(builder: DecisionBuilder) -> None:
    """Money that was taken comes back after all: every message about a cancellation has to say so.

    One that has not gone is written anew, one that has is followed by another.
    """
    state = builder.state
    _say_anew(builder, [each for each in state.cancellations if claim_for(state, each) is not None], "refund")


def write_of_refusal(builder: DecisionBuilder, requests: Set[str]) -> None:
    """A person decided that money is not owed: no message about those cancellations may still promise it."""
    _say_anew(builder, [each for each in builder.state.cancellations if each.request in requests], "refused")


def _say_anew(builder: DecisionBuilder, known: Sequence[Cancellation], what: str) -> None:
    for each in known:
        if not each.told:
            continue
        key = each.key
        if has_gone(builder.state, key):
            key = f"{each.key}/{what}"
            if builder.state.is_done(key):
                continue
            builder.done(key)
        else:
            builder.do(Withdraw(key=key))
        _write(builder, key, each)


def _write(builder: DecisionBuilder, key: str, entry: Cancellation) -> None:
    code = void_coupons(builder, key)
    facts = cancellation_words(builder, entry).replace(void_code=code)
    builder.tell(key, Kind.CANCELLED, facts)


def cancellation_words(builder: DecisionBuilder, entry: Cancellation) -> Facts:
    """What the message about a cancellation says, as things stand; money that went by now counts as told.

    Of the other units it says nothing while some of them are cancelled too, and may yet be taken back.
    """
    units, undecided = builder.state.quantity, bool(builder.state.revocable)
    remaining = 0 if undecided else units.open
    rest = with_rest(builder.policy, builder.state, facts_now(builder)) if remaining else Facts()
    facts = rest.replace(
        quantity=entry.told,
        remaining=remaining,
        reason=entry.by,
        part_of_line=undecided or keeps_what_left(builder.state),
        chosen=entry.instead,
    )
    if entry.said:
        facts = facts.replace(choice=entry.said, received_at=builder.policy.calendar.local(entry.received_at))
    if dict(sent_back(builder.state)).get(entry.request):
        facts = facts.replace(not_shipped=entry.told)
    return with_money(builder, facts, claim_for(builder.state, entry))


def claim_for(state: State, entry: Cancellation) -> Refund | None:
    """The refund that the message about a cancellation speaks of; None where nothing goes back.

    Its own one. Where an earlier cancellation took its place, what was told of its units is still true: they
    are worth the same, and the earliest open refund says when it comes. What the same word sends back is told
    with that.
    """
    own = next((each for each in state.refunds if each.request == entry.request), None)
    if own is not None and entry.told == entry.units:
        back = paid_and_sent_back(state).get(entry.request, 0)
        return replace(own, amount=max(NOTHING, own.amount - worth(state, back)))
    amount = worth(state, entry.told) if state.payment.captured else NOTHING
    return replace(state.refund, amount=amount) if amount and state.refund else None


def _may_name(state: State, count: int | None, received_at: datetime, by: str) -> None:
    """Raise where more are named than are open at that instant, as a slip may. A customer with the right to
    withdraw may name all that they ordered: they need not know what was cancelled before.
    """
    if count is None:
        return
    if count < 1:
        raise UnacceptableError("the quantity must be at least 1", Refusal.FEWER)
    left = left_to_cancel(state, received_at)
    if not left:
        raise nothing_open(state)
    is_right = by == CUSTOMER and has_the_right(state) and count <= state.quantity.ordered
    if count > left and not is_right:
        asked = how_many(count, "unit was", "units were")
        words = f"{asked} asked for, but only {left} {'is' if left == 1 else 'are'} still open"
        raise UnacceptableError(words, Refusal.FEWER)


def nothing_open(state: State, noted: State | None = None) -> Exception:
    """Why nothing is cancelled of a line of which no unit is open. noted: see `NothingDoneError`."""
    if state.status in ENDED:
        words = f"the line is {state.status}; noted on the case"
        return WithoutEffectError(words, why_over(state), noted=noted)
    words = "no unit is open any more; only the refund is outstanding"
    return UnacceptableError(words, why_over(state), noted=noted)


def counted(known: Sequence[Cancellation], dealt: Sequence[int]) -> tuple[Cancellation, ...]:
    """The cancellations with the units that each has ended."""
    return tuple(replace(each, units=units) for each, units in zip(known, dealt, strict=True))


def _in_words(asked: int | None, count: int, by: str) -> str:
    short = f" of the {asked} asked for; the others were not open" if asked not in (None, count) else ""
    return f"{count} cancelled{short} ({by})"
