"""Money that goes back: working out what is owed, and telling the order system and the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.free_shipping import (
    failed_shipping_due_by,
    free_shipping_claim,
    free_shipping_to_come,
    shipping_claims,
    shipping_failed,
)
from backorder.domain.line.late_refunds import (
    ended_too_late,
    excess,
    late_unworded,
    most_to_be_told,
    sent_for_late,
)
from backorder.domain.line.ledger import (
    NOTHING,
    gone_with,
    in_order,
    last_day_for,
    most_for_shipping,
    outstanding,
    owed,
    refunds,
    sent,
    shipping_back,
    shipping_refused_with,
    shipping_sent,
    shipping_to_come,
)
from backorder.domain.line.legal_flags import LEFT_TOO_LATE
from backorder.domain.line.money_facts import Refund, SentRefund
from backorder.domain.line.sent_back import units_refunded
from backorder.domain.line.state import State
from backorder.domain.money import Money, rounded
from backorder.domain.notifications import Facts, Kind, MoneyBack
from backorder.domain.policy.policy import Policy

DUE_SOON, OVERDUE, FAILED = "refund_due_soon", "refund_overdue", "refund_failed"
"""What a person is asked to see to about a refund. The first two are steps, too, each with its last day."""


def reckon(builder: DecisionBuilder, before: State) -> None:
    """Work out anew what is owed after facts moved, and ask the order system for what is new of it.

    before: the state without those facts.
    """
    state = builder.state
    known = (state.cancellations, state.substitutions, state.after_shipment, state.money_sent, state.refunds)
    if not any(known):
        return
    _ended_late(builder, before)
    builder.change(refunds=refunds(builder.policy, builder.state))
    after = builder.state
    builder.change(owed_most=max(before.owed_most, owed(after)))
    _ask(builder, before)
    ask_no_more(builder)
    _ask_how_else(builder, before)
    if excess(after) > excess(before):
        builder.need("refund_excess")
        currency = after.payment.currency
        builder.because(f"{rounded(excess(after), currency)} {currency} more than owed were sent back")
    elif excess(after) == 0:
        builder.need_no_more("refund_excess")


def _ended_late(builder: DecisionBuilder, before: State) -> None:
    """Ask a person to look at what turns out to have left too late before its customer cancelled it."""
    known, unworded = builder.state.ended_late, late_unworded(before)
    if unworded != builder.state.late_unworded:
        builder.change(late_unworded=unworded)
    units = ended_too_late(builder.policy, builder.state)
    builder.change(ended_late=units)
    if units > known:
        builder.need(LEFT_TOO_LATE)
        builder.because("the customer cancelled what had left too late; a person has to look")
    elif known and not units:
        builder.need_no_more(LEFT_TOO_LATE)


def open_claims(policy: Policy, state: State) -> tuple[Refund, ...]:
    """What is still to be sent, shipping that had become free or did not arrive among it."""
    claims = (*state.refunds, *shipping_claims(policy, state))
    return tuple(each for each in claims if each.remaining > 0)


def still_open(policy: Policy, state: State) -> Decimal:
    """All that is still to be sent."""
    return sum((each.remaining for each in open_claims(policy, state)), NOTHING)


def ask_no_more(builder: DecisionBuilder) -> None:
    """A person is asked about a claim until it was sent, whatever else is owed by other days."""
    state = builder.state
    claims = open_claims(builder.policy, state)
    _forget(builder, claims)
    late = [each for each in claims if is_asked_for(builder.policy, state, OVERDUE, each)]
    soon = [each for each in claims if is_asked_for(builder.policy, state, DUE_SOON, each)]
    if not late:
        builder.need_no_more(OVERDUE)
    if all(each in late for each in soon):
        builder.need_no_more(DUE_SOON)
    if not any(each.failed for each in claims) and not shipping_failed(state):
        builder.need_no_more(FAILED)


def _ask_how_else(builder: DecisionBuilder, before: State) -> None:
    """A person asks how to send money that did not arrive, for each report of that, and for what it turns out
    to have been sent for.
    """
    state, policy = builder.state, builder.policy
    if all(each.counts for each in state.money_sent):
        return
    fresh = _not_arrived(policy, state) - _not_arrived(policy, before)
    reported = _reports_of_failure(state) > _reports_of_failure(before)
    if fresh or (reported and _not_arrived(policy, state)):
        builder.need(FAILED, anew=True)


def _not_arrived(policy: Policy, state: State) -> frozenset[str]:
    """What is still to be sent once more, by its requests; "" is what was paid for shipping."""
    lost = {each.request for each in open_claims(policy, state) if each.failed}
    return frozenset(lost | {""} if shipping_failed(state) else lost)


def _reports_of_failure(state: State) -> int:
    return sum(not each.counts for each in state.money_sent)


def asked_for(builder: DecisionBuilder, step: str, claims: Iterable[Refund]) -> None:
    """A person was asked about these claims, by their last days. step: DUE_SOON or OVERDUE."""
    for each in claims:
        builder.done(f"{step}/of/{each.due_by.isoformat()}/{each.amount}/{each.request}")


def is_asked_for(policy: Policy, state: State, step: str, claim: Refund) -> bool:
    """Whether a person was asked about a claim, by its last day and for so much.

    A version before noted the last day alone, or that and the sum of its claims: it asked for those that
    there were.
    """
    day, own = claim.due_by.isoformat(), f"{step}/of/{claim.due_by.isoformat()}/"
    for key, on in state.done:
        if key.startswith(own):
            amount, request = key.removeprefix(own).split("/", 1)
            if request == claim.request and Decimal(amount) >= claim.amount:
                return True
        elif _noted_before(key, step, day) and policy.calendar.day(claim.vested_at) <= on:
            return True
    return False


def _noted_before(key: str, step: str, day: str) -> bool:
    """Whether a version before asked for what was owed by a day."""
    return key == f"{step}/{day}" or key.startswith(f"{step}/{day}/")


def _forget(builder: DecisionBuilder, claims: Sequence[Refund]) -> None:
    """What was asked for and is not open any more is asked for again where it is owed once more.

    claims: those that are open.
    """
    days = {each.due_by.isoformat() for each in claims}
    there = {(each.due_by.isoformat(), each.request) for each in claims}
    kept = tuple((key, on) for key, on in builder.state.done if _may_stay(key, days, there))
    if len(kept) < len(builder.state.done):
        builder.change(done=kept)


def _may_stay(key: str, days: Collection[str], there: Collection[tuple[str, str]]) -> bool:
    step, _, rest = key.partition("/")
    if step not in (DUE_SOON, OVERDUE):
        return True
    if not rest.startswith("of/"):
        return rest.partition("/")[0] in days
    _, day, _, request = rest.split("/", 3)
    return (day, request) in there


def _ask(builder: DecisionBuilder, before: State) -> None:
    """Ask for what is newly outstanding, each part by its last day; of the rest tell an earlier day."""
    known = {each.request: each.remaining for each in before.refunds}
    rest, asked = outstanding(builder.state) - outstanding(before), list(before.refunds)
    again = _shipping_again(builder, before)
    for claim in builder.state.refunds:
        part = min(rest, claim.remaining - max(NOTHING, known.get(claim.request, NOTHING)))
        if part <= 0:
            continue
        rest -= part
        asked.append(replace(claim, amount=part, sent=()))
        builder.publish(
            "refund_due",
            amount=part + again,
            currency=claim.currency,
            due_by=claim.due_by.isoformat(),
            goods=part,
            shipping_if_none_shipped=_shipping_once(builder),
        )
        again = NOTHING
    if again:
        builder.publish(
            "refund_due",
            amount=again,
            currency=builder.state.payment.currency,
            due_by=_shipping_due_by(builder).isoformat(),
            goods=NOTHING,
            shipping_if_none_shipped=NOTHING,
        )
    _tell_earlier_days(builder, asked)


def _shipping_due_by(builder: DecisionBuilder) -> date:
    """The last day for shipping alone that did not arrive, whenever that was reported."""
    policy, state = builder.policy, builder.state
    claim = free_shipping_claim(policy, state)
    due_by = claim.due_by if claim is not None else failed_shipping_due_by(policy, state)
    return due_by or last_day_for(policy, state, builder.at)


def _shipping_again(builder: DecisionBuilder, before: State) -> Decimal:
    """What had gone back of that which was paid for shipping, and turned out not to arrive.

    It was owed, or it would not have gone, so that it is on no condition any more.
    """
    state = builder.state
    lost = shipping_failed(state) - shipping_failed(before)
    return max(NOTHING, min(lost, shipping_sent(before) - shipping_sent(state)))


def _tell_earlier_days(builder: DecisionBuilder, asked: Sequence[Refund]) -> None:
    """A word that came in earlier and was recorded later may bring the last day of unsent money forward.

    asked: what was asked for, with its last days.
    """
    told = NOTHING
    for claim in sorted(builder.state.refunds, key=lambda each: each.due_by):
        due_by = claim.due_by
        sooner = _due_until(builder.state.refunds, due_by) - _due_until(asked, due_by) - told
        if sooner <= 0:
            continue
        told += sooner
        builder.publish(
            "refund_due_changed", amount=sooner, currency=claim.currency, due_by=due_by.isoformat()
        )


def _due_until(claims: Iterable[Refund], day: date) -> Decimal:
    """What is still to be sent by a day."""
    return sum((max(NOTHING, each.remaining) for each in claims if each.due_by <= day), NOTHING)


def _shipping_once(builder: DecisionBuilder) -> Decimal:
    """What was paid for shipping, the first time that all of the line has ended and nothing of it is kept."""
    back = shipping_back(builder.state)
    if back and not builder.state.is_done("shipping_back"):
        builder.done("shipping_back")
        return back
    return NOTHING


def with_money(builder: DecisionBuilder, facts: Facts, claim: Refund | None) -> Facts:
    """The facts with what goes back, and when; where it went already, that counts as told from now on.

    Where no money was taken the customer reads that none will be.
    """
    if claim is None or claim.amount <= 0:
        return facts if builder.state.payment.captured else facts.replace(uncharged=True)
    if claim.refused:
        return _kept_back(builder.state, facts, claim)
    state = builder.state
    if outstanding(state) == 0:
        builder.change(refund_told=min(sent(state), state.owed_most + most_for_shipping(state)))
    went, free = gone_with(state, claim), free_shipping_to_come(builder.policy, state)
    shipping = free or shipping_to_come(state)
    part = 0 < claim.remaining < claim.amount  # some of it went back before it was owed
    whole = claim.remaining <= 0
    counting, own = [each for each in in_order(state) if each.counts], dict(claim.sent)
    for_it = [each for each in counting if each.refund in own] or counting
    return facts.replace(
        refund=Money(claim.remaining if part else went if whole else claim.amount, claim.currency),
        refund_sent=Money(went, claim.currency) if part else None,
        # A day that is past is none to come: then the money is on its way.
        refund_by=claim.due_by if claim.remaining > 0 and claim.due_by >= builder.day else None,
        refund_sent_on=_sent_on(builder, for_it) if whole else None,
        means=_means(for_it) if whole else "",
        refunds=_one_by_one(builder, for_it, went) if whole else (),
        shipping=Money(shipping, claim.currency) if shipping else None,
        upgrade="free" if free else "",
    )


def _kept_back(state: State, facts: Facts, claim: Refund) -> Facts:
    """What does not come back, with what was paid for shipping where that was to come back too."""
    shipping = shipping_refused_with(state, claim)
    return facts.replace(
        kept_back=Money(claim.amount + shipping, claim.currency),
        shipping=Money(shipping, claim.currency) if shipping else None,
    )


def tell_refunded(builder: DecisionBuilder) -> None:
    """Tell the customer of money that went back, once nothing more is outstanding.

    What was paid for shipping is told with it, but not while the line waits: the offer of free shipping said
    that it goes back. Money that went is told as it went, also what of it was too much; what was owed in
    no part is not told: a person looks at it first.
    """
    state = builder.state
    if min(sent(state), most_to_be_told(state)) <= state.refund_told or outstanding(state):
        return
    fresh, told = _untold(state)
    rest = told - state.refund_told
    builder.change(refund_told=told)
    if state.quantity.open and _only_shipping(state, fresh):
        return
    facts = Facts(
        refund=Money(rest, state.payment.currency),
        quantity=units_refunded(state)
        + (min(state.ended_late, state.quantity.shipped) if sent_for_late(state) else 0),
        refund_sent_on=_sent_on(builder, fresh),
        means=_means(fresh),
        refunds=_one_by_one(builder, fresh, rest),
    )
    builder.tell(f"refunded/{fresh[-1].refund}", Kind.REFUNDED, facts)
    left = still_open(builder.policy, state)
    currency = state.payment.currency
    builder.because(f"the refund is complete but for {left} {currency}" if left else "the refund is complete")


def _untold(state: State) -> tuple[list[SentRefund], Decimal]:
    """The money that went and that the customer has not heard of, without what was owed in no part; and all
    that they know of once they have.
    """
    most, before, fresh = most_to_be_told(state), NOTHING, list[SentRefund]()
    for each in in_order(state):
        if each.counts and before < most:
            before += each.amount
            if before > state.refund_told:
                fresh.append(each)
    return fresh, before


def told_without(state: State, refund: str) -> Decimal:
    """What the customer knows of beside a refund that turns out not to arrive. state: as it was before."""
    before = NOTHING
    for each in in_order(state):
        if each.refund == refund and each.counts and before < state.refund_told:
            return max(before, state.refund_told - each.amount)
        before += each.amount if each.counts else NOTHING
    return state.refund_told


def _one_by_one(
    builder: DecisionBuilder, fresh: Iterable[SentRefund], total: Decimal
) -> tuple[MoneyBack, ...]:
    """Each sum of a total with its own day and means; none where one day and means are true of all."""
    calendar, currency = builder.policy.calendar, builder.state.payment.currency
    found: dict[tuple[date | None, str], Decimal] = {}
    for each in reversed(list(fresh)):  # what was told of the first of them is no part of it
        part, total = min(each.amount, total), max(NOTHING, total - each.amount)
        if part:
            key = calendar.day(each.sent_at) if each.sent_at else None, each.means
            found[key] = found.get(key, NOTHING) + part
    if len(found) < 2:
        return ()
    return tuple(
        MoneyBack(amount=Money(part, currency), on=on, means=means)
        for (on, means), part in reversed(found.items())
    )


def _only_shipping(state: State, fresh: Iterable[SentRefund]) -> bool:
    """Whether none of that money was for what ended."""
    beside = {name: amount for each in state.refunds if not each.amount for name, amount in each.sent}
    return all(beside.get(each.refund) == each.amount for each in fresh)


def _means(sent_back: Iterable[SentRefund]) -> str:
    return ", ".join(dict.fromkeys(each.means for each in sent_back if each.means))


def _sent_on(builder: DecisionBuilder, sent_back: Iterable[SentRefund]) -> date | None:
    instants = [each.sent_at for each in sent_back if each.counts and each.sent_at]
    return builder.policy.calendar.day(max(instants)) if instants else None
