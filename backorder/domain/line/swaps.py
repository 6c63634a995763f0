"""An alternative that a customer took: held until the order system has taken it over, or given up.

The line keeps its own place and units until then. Whatever moves its units first ends the swap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from backorder.domain.line.alternatives import price_of
from backorder.domain.line.authorizations import stamp
from backorder.domain.line.commands import FreeAlternative, ReserveAlternative
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.last_day_reminder import take_reminder_back, with_last_day
from backorder.domain.line.ledger import NOTHING, UnitTally, worth_of_open
from backorder.domain.line.legal_dates import consent_of, is_over, last_day
from backorder.domain.line.refunds import reckon, with_money
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.state import Cancellation, State, Substitution, Swap
from backorder.domain.line.step import DUTIES, Step
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.line.units import close_if_done, facts_now, refold, release, units_gone
from backorder.domain.notifications import Alternative, Facts, Kind

HELD_FOR = timedelta(hours=24)
"""How long the alternative that a customer took is set aside for the order system."""
SWAP_FAILED = "swap_failed"
"""What a person is asked to see to where a swap came to nothing."""
_LATER = "swap_failed_later"
"""How the step is noted that leaves open who hears of a swap that came to nothing."""
CUSTOMER = "customer"
"""Who ended a swap by cancelling a part of what it was for."""


def hold(builder: DecisionBuilder, request: str, chosen: Alternative, received_at: datetime) -> None:
    """Set the alternative aside for all open units, and ask the order system to take it over."""
    count, until = builder.state.quantity.open, builder.at + HELD_FOR
    price = price_of(builder.state, chosen)
    builder.withdraw_unsent()
    take_reminder_back(builder)
    builder.change(
        swap=Swap(request=request, units=count, chosen=chosen, received_at=received_at, until=until),
        failed_swap=None,
        offers=tuple(
            replace(offer, taken=chosen.sku)
            if chosen.sku in {each.sku for each in offer.alternatives}
            else offer
            for offer in builder.state.offers
        ),
    )
    builder.publish(
        "substituted",
        request=request,
        sku=chosen.sku,
        quantity=count,
        price=chosen.price.amount,
        currency=chosen.price.currency,
        absorbed=max(NOTHING, price - worth_of_open(builder.state)),
        held_until=stamp(until),
    )
    builder.do(ReserveAlternative(sku=chosen.sku, quantity=count, until=until, request=request))
    facts = Facts(quantity=count, choice="alternative", chosen=chosen)
    builder.tell(_acknowledgement(request), Kind.ANSWER_RECEIVED, facts)
    builder.because(f"the customer takes {chosen.sku} instead; it is held until it is taken over")


def complete(builder: DecisionBuilder, swap: Swap, at: datetime, *, assumed: bool = False) -> None:
    """The order system took the alternative over: the line's own units are free, the difference goes back.

    assumed: nobody is there to acknowledge it.
    """
    before = builder.state
    price = price_of(before, swap.chosen)
    release(builder, swap.units)
    taken = Substitution(
        request=swap.request,
        units=swap.units,
        received_at=swap.received_at,
        price=price,
        taken_over_at=at,
        assumed=assumed,
    )
    quantity = replace(before.quantity, allocated=0, substituted=before.quantity.substituted + swap.units)
    builder.change(swap=None, quantity=quantity, substitutions=(*before.substitutions, taken))
    units_gone(builder, swap.units, last=True)
    reckon(builder, before)
    builder.withdraw_message(_acknowledgement(swap.request))
    claim = next((each for each in builder.state.refunds if each.request == swap.request), None)
    facts = with_money(builder, Facts(quantity=swap.units, chosen=swap.chosen), claim)
    builder.tell(_done(swap.request), Kind.SUBSTITUTED, facts)
    builder.because(
        f"nobody is there to acknowledge it, so {swap.chosen.sku} counts as taken over with the choice"
        if assumed
        else f"the order system has taken {swap.chosen.sku} over"
    )
    close_if_done(builder)


def give_up(
    builder: DecisionBuilder, why: str, *, person: bool, said: str = "", cancelled: bool = False
) -> None:
    """A swap that is held comes to nothing: the line goes on as before, and everyone hears of it.

    why: in words of the engine's. person: it was not the customer's own wish, so they read an apology, where
    units are still open, and a person looks at it. said: why, as the order system put it. cancelled: the
    customer ended a part of what it was for; they read, without an apology, how the rest stands.
    """
    swap = builder.state.swap
    if swap is None:
        return
    builder.change(swap=None)
    _undo(builder, swap.request, swap.chosen.sku, swap.units, why, said)
    builder.withdraw_message(_acknowledgement(swap.request))
    if person:
        builder.change(failed_swap=swap)
        builder.need(SWAP_FAILED)
    if person or cancelled:
        _tell_failed(builder, swap.request, swap.chosen, "" if person else CUSTOMER)


def keep_for_later(builder: DecisionBuilder, failed: Swap, *, apology: bool) -> None:
    """It came to nothing while all of the line was cancelled and its customer could take that back: only who
    does waits for it, and hears of it then.

    apology: it was not for their cancellation alone.
    """
    builder.change(failed_swap=failed)
    builder.done(f"{_LATER}/{failed.request}/{'' if apology else CUSTOMER}")


def tell_of_failure(builder: DecisionBuilder) -> None:
    """Some of what was cancelled is wanted after all: who waits again hears what came to nothing."""
    failed = builder.state.failed_swap
    noted = _for_later(builder.state, failed) if failed is not None else ""
    if failed is None or not noted or not uncancelled(builder.state):
        return
    builder.change(done=tuple(each for each in builder.state.done if each[0] != noted))
    reason = noted.rpartition("/")[2]
    if not reason:
        builder.need(SWAP_FAILED)
    _tell_failed(builder, failed.request, failed.chosen, reason)


def _for_later(state: State, failed: Swap) -> str:
    """How it is noted that nobody has heard of it yet; "" where they have, or are about to."""
    own = f"{_LATER}/{failed.request}/"
    return next((key for key, _ in state.done if key.startswith(own)), "")


def undone(builder: DecisionBuilder, dealt: UnitTally) -> int:
    """Take swaps back that a fact of an earlier instant leaves no units for. Returns the units.

    The customer read that it was done, and the order system has it: a person looks at both.
    """
    state = builder.state
    broken = [
        each for each, units in zip(state.substitutions, dealt.substituted, strict=True) if units < each.units
    ]
    for each in broken:
        chosen = _chosen(state)
        builder.change(substitutions=tuple(one for one in builder.state.substitutions if one is not each))
        _undo(builder, each.request, chosen.sku if chosen else "", each.units, "its units had gone before")
        builder.withdraw_message(_done(each.request))
        builder.need(SWAP_FAILED)
        if builder.state.quantity.open:
            consent = consent_of(builder.policy, builder.state) if builder.state.questions else None
            builder.change(decided=False, closed=None, consent=consent or builder.state.consent)
            refold(builder)
        _tell_failed(builder, each.request, chosen)
    return sum(each.units for each in broken)


def swap_steps(swap: Swap) -> Iterator[Step]:
    """A swap that nobody has taken over when its time is up comes to nothing."""

    def act(builder: DecisionBuilder) -> None:
        give_up(builder, "the order system was silent", person=True)

    why = f"the order system has not taken {swap.chosen.sku} over"
    yield Step(at=swap.until, rank=(DUTIES, 0), what=SWAP_FAILED, why=why, act=act, writes=True)


def _undo(builder: DecisionBuilder, request: str, sku: str, units: int, why: str, said: str = "") -> None:
    """said: the words of a person, which the timeline must not hold: nothing can be emptied there."""
    offers = tuple(
        replace(offer, taken="") if offer.taken == sku else offer for offer in builder.state.offers
    )
    builder.change(offers=offers)
    if sku:
        builder.do(FreeAlternative(sku=sku))
    builder.publish("substitution_withdrawn", request=request, sku=sku, quantity=units, reason=said or why)
    builder.because(f"the swap is off: {why}")


def _tell_failed(
    builder: DecisionBuilder, request: str, chosen: Alternative | None, reason: str = ""
) -> None:
    """reason: who ended it; "" for an apology."""
    facts = swap_words(builder, chosen)
    if facts is not None:
        builder.tell(f"{SWAP_FAILED}/{request}", Kind.SWAP_FAILED, facts.replace(reason=reason))


def swap_words(builder: DecisionBuilder, chosen: Alternative | None) -> Facts | None:
    """What is said of a swap that failed, as things stand; None where the line does not go on."""
    if not builder.state.quantity.open or _ends_now(builder):  # the ending says all there is to say
        return None
    return with_last_day(builder.policy, builder.state, facts_now(builder)).replace(chosen=chosen)


def owed_apology(state: State) -> Alternative | None:
    """What the customer took and did not get, where no message of its own has told them so: that the line has
    ended says it then.
    """
    failed = state.failed_swap
    if failed is None or _for_later(state, failed) or has_gone(state, f"{SWAP_FAILED}/{failed.request}"):
        return None
    endings = [each for each in state.cancellations if each.instead is not None]
    return None if any(each.told or has_gone(state, each.key) for each in endings) else failed.chosen


def tell_without_ending(builder: DecisionBuilder, endings: Sequence[Cancellation]) -> None:
    """Endings are off of which the message was to say as well that an alternative came to nothing: the line
    goes on, and who has not read that hears it by itself.
    """
    said = [each for each in endings if each.instead is not None]
    if any(has_gone(builder.state, each.key) for each in said):
        builder.change(failed_swap=None)
        return
    failed, chosen = builder.state.failed_swap, owed_apology(builder.state)
    if said and failed is not None and chosen is not None:
        _tell_failed(builder, failed.request, chosen)
    elif said and failed is None:  # the version before kept it with the ending alone
        _tell_failed(builder, said[-1].request, said[-1].instead)


def is_in_place(state: State, request: str) -> bool:
    """Whether what that answer took is held for the order system, still to be taken over."""
    return state.swap is not None and state.swap.request == request


def _ends_now(builder: DecisionBuilder) -> bool:
    """Whether the line, which ended for nothing while the swap was held, is to end at once."""
    policy, state = builder.policy, builder.state
    days = (last_day(policy, state), state.last_day)
    over = any(day is not None and is_over(policy, state, day) <= builder.at for day in days)
    announced = state.automatic_cancellation
    return over or (announced is not None and announced.on <= builder.day)


def _chosen(state: State) -> Alternative | None:
    """What was taken last, from the offers: a line has one substitution, since it takes all open units."""
    for offer in reversed(state.offers):
        for each in offer.alternatives:
            if offer.taken == each.sku:
                return each
    return None


def _acknowledgement(request: str) -> str:
    return f"answer/{request}"


def _done(request: str) -> str:
    return f"substituted/{request}"
