"""What the facts of a line come to, by their instants and not by the order in which they were told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from backorder.domain.calendar import ONE_DAY
from backorder.domain.law.refund_limits import refund_due_by
from backorder.domain.line.claims_served import ForClaims, served
from backorder.domain.line.money_facts import Refund, SentRefund
from backorder.domain.line.sent_back import keeps_some, paid_and_sent_back, took_for_shipped
from backorder.domain.line.state import Cancellation, Shipment, State, Substitution
from backorder.domain.money import rounded, share
from backorder.domain.policy.policy import Policy
from backorder.domain.records import record

NOTHING = Decimal(0)


@record(frozen=True, kw_only=True, slots=True)
class UnitTally:
    """Units, in the order given: that each cancellation and substitution ended, that each shipment took."""

    cancelled: tuple[int, ...]
    sent: tuple[int, ...]
    substituted: tuple[int, ...] = ()

    @property
    def shipped(self) -> int:
        """All units that were shipped in time."""
        return sum(self.sent)

    def left(self, units: int) -> int:
        """What is open of so many units."""
        return units - self.shipped - sum(self.cancelled) - sum(self.substituted)


def tally(
    units: int,
    cancellations: Sequence[Cancellation],
    shipments: Sequence[Shipment],
    substitutions: Sequence[Substitution] = (),
) -> UnitTally:
    """Deal `units` out to cancellations, shipments and substitutions in the order of their instants.

    Each takes what it asks for of what is left: a shipment withdraws the cancellations that came after it,
    and what leaves after a cancellation of the same units has shipped in vain. A substitution takes all of
    its units or, where some went before, none. At the same instant the cancellation comes first.
    """
    facts: list[tuple[datetime, int, str, int]] = [
        *((each.received_at, 0, each.request, number) for number, each in enumerate(cancellations)),
        *((each.shipped_at, 1, each.id, number) for number, each in enumerate(shipments)),
        *((each.counts_from, 2, each.request, number) for number, each in enumerate(substitutions)),
    ]
    cancelled, shipped, substituted = ([0] * len(each) for each in (cancellations, shipments, substitutions))
    for _, what, _, number in sorted(facts):
        if what == 2:
            wanted = substitutions[number].units
            taken = substituted[number] = wanted if wanted <= units else 0
        elif what == 1:
            taken = shipped[number] = min(units, shipments[number].quantity)
        else:
            asked = cancellations[number].asked
            taken = cancelled[number] = units if asked is None else min(units, asked)
        units -= taken
    return UnitTally(cancelled=tuple(cancelled), sent=tuple(shipped), substituted=tuple(substituted))


def left_to_cancel(state: State, received_at: datetime) -> int:
    """Units that a cancellation of that instant may name: those that no earlier one ended.

    Shipped ones count: who cancels need not know what has left.
    """
    before = sum(each.units for each in state.cancellations if each.received_at <= received_at)
    before += sum(each.units for each in state.substitutions if each.counts_from <= received_at)
    return state.quantity.ordered - before


def in_vain(state: State) -> int:
    """Units that left after their outcome had been decided."""
    return sum(each.quantity for each in state.shipments) - state.quantity.shipped


# --- money


def owed(state: State) -> Decimal:
    """All that goes back, sent or not."""
    return sum((each.amount for each in state.refunds if not each.refused), NOTHING)


def sent(state: State) -> Decimal:
    """All that the customer got back."""
    return sum((each.amount for each in state.money_sent if each.counts), NOTHING)


def went_back_for(state: State, endings: Sequence[Cancellation]) -> bool:
    """Whether money went back for any of these cancellations. What went for others, or for shipping that had
    become free, is another matter.

    Where nothing was owed for them, whatever went since may have been for them.
    """
    requests = {each.request for each in endings}
    claims = [each for each in state.refunds if each.request in requests]
    if claims:
        return any(each.sent for each in claims)
    since = min(each.received_at for each in endings)
    return any(each.counts and _instant(each, state) >= since for each in state.money_sent)


def outstanding(state: State) -> Decimal:
    """What is still to be sent."""
    return sum((max(NOTHING, each.remaining) for each in state.refunds), NOTHING)


def shipping_sent(state: State) -> Decimal:
    """What went back of that which was paid for shipping: it goes last, unless it became free before."""
    return min(beside(state), most_for_shipping(state))


def beside(state: State) -> Decimal:
    """What was sent, and is for nothing that ended."""
    return sent(state) - owed(state) + outstanding(state)


def shipping_back(state: State) -> Decimal:
    """What was paid for shipping, where all of the line ended and nothing of it is kept: it never left, or
    all that left is sent back (CRD art. 13(1), CCR reg. 34(2)).
    """
    if keeps_some(state) or waived(state) or not took_for_shipped(state):
        return NOTHING  # what became free goes back, or went back, without the cancellation
    return rounded(state.payment.shipping_paid, state.payment.currency)


def shipping_to_come(state: State) -> Decimal:
    """What was paid for shipping and is not back yet, which it has to be if nothing of the order is kept."""
    if any(each.refused for each in state.refunds):
        return NOTHING
    return max(NOTHING, shipping_back(state) - shipping_sent(state))


def shipping_kept_back(state: State) -> Decimal:
    """What was paid for shipping and would be to come back, had a person not refused what it belongs to."""
    if not any(each.refused for each in state.refunds):
        return NOTHING
    return max(NOTHING, shipping_back(state) - shipping_sent(state))


def shipping_refused_with(state: State, claim: Refund) -> Decimal:
    """The same, where it belongs to that claim: the last that was refused."""
    last = [each.request for each in state.refunds if each.refused][-1:]
    return shipping_kept_back(state) if last == [claim.request] else NOTHING


def gone_with(state: State, claim: Refund) -> Decimal:
    """What went back with the money that was sent for a claim: what was paid for shipping with the goods."""
    transfers = dict(claim.sent)
    beside = sum(
        (part for each in state.refunds if not each.amount for name, part in each.sent if name in transfers),
        NOTHING,
    )
    over = max(NOTHING, -claim.remaining)
    return claim.amount - claim.remaining - over + min(over + beside, shipping_sent(state))


def was_for_shipping(state: State, failed: SentRefund) -> Decimal:
    """What was paid for shipping and had been sent with a refund that did not arrive: all of it that went
    beyond what was owed for what had ended by then.
    """
    at = failed.failed_at
    if at is None:
        return NOTHING
    claims = [each for each in state.refunds if each.vested_at <= at and not each.refused]
    others = [each for each in in_order(state) if each is not failed and _was_there(each, at, state)]
    without = _beyond(state, claims, others)
    with_it = sorted((*others, failed), key=lambda each: (_instant(each, state), each.refund))
    return _beyond(state, claims, with_it) - without


def _beyond(state: State, claims: Sequence[Refund], counting: Sequence[SentRefund]) -> Decimal:
    """What money that went by then comes to beyond claims, up to what may go back for shipping."""
    free = sum(_for_free_shipping(state, claims, counting).values(), NOTHING)
    for_goods = sum((each.amount for each in counting), NOTHING) - free
    over = max(NOTHING, for_goods - sum((each.amount for each in claims), NOTHING))
    return min(most_for_shipping(state), free + over)


def most_for_shipping(state: State) -> Decimal:
    """What may go back of that which was paid for shipping: it became free, nothing shipped, or is kept."""
    return max(shipping_back(state), waived(state))


def waived(state: State) -> Decimal:
    """What was paid for shipping that became free while the line waited: the order system sends it back."""
    if not state.payment.captured or all(each.upgrade != "free" for each in state.offers):
        return NOTHING
    return rounded(state.payment.shipping_paid, state.payment.currency)


def worth(state: State, units: int) -> Decimal:
    """What `units` of the line are worth: pro rata of what was paid, rounded to the minor unit."""
    payment = state.payment
    paid = rounded(payment.line_paid, payment.currency)
    return share(paid, payment.currency, units=units, ordered=state.quantity.ordered)


def worth_of_open(state: State, units: int | None = None) -> Decimal:
    """What was paid for open units, all or so many: what comes back if they end, and what else may cost."""
    gone, open = state.quantity.cancelled + state.quantity.substituted, state.quantity.open
    return worth(state, gone + (open if units is None else units)) - worth(state, gone)


def refunds(policy: Policy, state: State) -> tuple[Refund, ...]:
    """What is owed for whatever ended or is sent back, and what was sent of it, the earliest due first.

    Pro rata by the running sum, so that the last part takes the rounding and the total is the same in every
    order.
    """
    every = list(_claims(policy, state))
    refused = tuple(each for each in every if each.refused)
    claims = [each for each in every if not each.refused]
    reported = in_order(state)
    counting = [each for each in reported if each.counts]
    if not claims and counting:
        claims = [_claim(policy, state, "", NOTHING, _instant(counting[0], state))]
    free = _for_free_shipping(state, claims, counting)
    limit = partial(last_day_for, policy, state)
    return (
        *refused,
        *_shipping(policy, state, free),
        *served(claims, list(_for_claims(state, claims, reported)), limit),
    )


def _shipping(policy: Policy, state: State, free: Mapping[str, Decimal]) -> Iterator[Refund]:
    """What went back of shipping that had become free, beside what is owed. free: of each refund."""
    instants = [_instant(each, state) for each in state.money_sent if each.refund in free]
    if instants:
        claim = _claim(policy, state, "", NOTHING, min(instants))
        yield replace(claim, sent=tuple(free.items()))


def _for_free_shipping(
    state: State, claims: Sequence[Refund], counting: Sequence[SentRefund]
) -> dict[str, Decimal]:
    """What was sent, of each refund, beyond all that was owed by then, while the shipping had become free.

    It is no part of what is owed for what ends later.
    """
    found: dict[str, Decimal] = {}
    left, spent = waived(state), NOTHING
    for money in counting:
        at = _instant(money, state)
        due = sum((each.amount for each in claims if each.vested_at <= at), NOTHING) - spent
        part = min(left, max(NOTHING, money.amount - max(NOTHING, due)))
        left, spent = left - part, spent + money.amount - part
        if part:
            found[money.refund] = part
    return found if any(each.amount for each in claims) else {}


def in_order(state: State) -> list[SentRefund]:
    """The money that was sent, or failed to arrive, in the order of its instants."""
    return sorted(state.money_sent, key=lambda each: (_instant(each, state), each.refund))


def _claims(policy: Policy, state: State) -> Iterator[Refund]:
    units = 0
    ended = sorted(_ended(policy, state), key=lambda each: (each[2], each[0]))
    for request, count, arises_at, price in ended:
        amount = worth(state, units + count) - worth(state, units) - price
        units += count
        if amount > 0:
            vested_at = max(arises_at, state.payment.taken_at or arises_at)
            yield _claim(policy, state, request, amount, vested_at)


def _ended(policy: Policy, state: State) -> Iterator[tuple[str, int, datetime, Decimal]]:
    """Each request that ended units that were paid: how many, since when, and the price of what came instead.

    One word that ends open units and sends others back has one refund, whatever is told first.
    """
    back = paid_and_sent_back(state)
    charged = state.payment.captured
    for each in state.cancellations:
        sent_too = back.pop(each.request, 0)
        yield each.request, each.units * charged + sent_too, _arises_at(policy, each), NOTHING
    for swapped in state.substitutions if charged else ():
        yield swapped.request, swapped.units, swapped.received_at, swapped.price
    for word in state.after_shipment:
        yield word.request, back.get(word.request, 0), word.received_at, NOTHING


def _arises_at(policy: Policy, ended: Cancellation) -> datetime:
    """When the right to the money arises: as the cancellation came in, or on the day whose end cancels."""
    if ended.deadline is None:
        return ended.received_at
    return policy.calendar.instant(ended.deadline + ONE_DAY, time()) - timedelta(seconds=1)


def _claim(policy: Policy, state: State, request: str, amount: Decimal, vested_at: datetime) -> Refund:
    return Refund(
        currency=state.payment.currency,
        amount=amount,
        vested_at=vested_at,
        due_by=last_day_for(
            policy, state, vested_at, billing_cycle=policy.billing_cycle if state.terms.credit else None
        ),
        request=request,
        refused=request in state.refused,
    )


def last_day_for(
    policy: Policy, state: State, vested_at: datetime, *, billing_cycle: int | None = None
) -> date:
    """The last day for sending what was owed since an instant.

    billing_cycle: days of the seller's own, where it counts.
    """
    return refund_due_by(
        state.terms.pack,
        vested_at,
        calendar=policy.calendar,
        region=state.terms.region,
        holidays=policy.holidays,
        within=policy.refund_within,
        billing_cycle=billing_cycle,
    )


def _for_claims(
    state: State, claims: Sequence[Refund], reported: Sequence[SentRefund]
) -> Iterator[ForClaims]:
    """Of each sum of money what is for no shipping that had become free: of one that did not arrive, by what
    was known until then.
    """
    counting = [each for each in reported if each.counts]
    for money in reported:
        there, by_then, at = counting, claims, money.failed_at
        if at is not None:
            there = [each for each in reported if each is money or _was_there(each, at, state)]
            by_then = [each for each in claims if each.vested_at <= at]
        free = _for_free_shipping(state, by_then, there)
        yield ForClaims(
            refund=money.refund,
            amount=money.amount - free.get(money.refund, NOTHING),
            at=_instant(money, state),
            failed_at=at,
        )


def _was_there(money: SentRefund, at: datetime, state: State) -> bool:
    """Whether money had been sent by an instant, and was not known to have failed then."""
    return _instant(money, state) <= at and (money.failed_at is None or money.failed_at > at)


def _instant(money: SentRefund, state: State) -> datetime:
    return money.sent_at or money.failed_at or state.opened_at
