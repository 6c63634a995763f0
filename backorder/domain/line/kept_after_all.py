"""Words to have after all what was cancelled by link, in its half hour: whenever they are heard."""

from __future__ import annotations

from backorder.domain.line.agreed_in_time import WITHOUT_ASKING, ended_since
from backorder.domain.line.commands import Withdraw
from backorder.domain.line.consent import CANCEL_THE_REST
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, CancellationTakenBack
from backorder.domain.line.last_day_reminder import with_last_day
from backorder.domain.line.ledger import went_back_for
from backorder.domain.line.legal_flags import TAKEN_BACK_LATE
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.revocable_cancellations import (
    can_take_back,
    carried_out,
    ends_fewer,
    in_order,
    last_instant,
    make_final,
    named_by,
    take_back,
    was_by_link,
    was_meant,
    was_said_again,
)
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.sent_back import has_the_right
from backorder.domain.line.state import Cancellation, State, WordToKeep
from backorder.domain.line.swaps import tell_of_failure
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.line.units import (
    KnownError,
    UnacceptableError,
    WithoutEffectError,
    close_if_done,
    facts_now,
)
from backorder.domain.line.withdrawn_cancellations import (
    Withdrawn,
    gives_back,
    tell_the_rest,
    withdraw_cancellations,
)
from backorder.domain.notifications import Facts, Kind, names_day

_REMEMBERED = 8
"""Words that are remembered, for a cancellation that is heard after them: the last ones to have come in."""
_OVER = "the half hour in which the cancellation could be taken back is over"


def kept_after_all(builder: DecisionBuilder, event: Answered) -> Withdrawn | None:
    """Who wants the goods after cancelling some by link takes back as much of that as their later word names,
    by whatever way they say so: one who names no number means what they had not cancelled, or else all.

    Where they cancel the rest in the same breath, what they cancelled before is part of that, and meant.
    Returns what had been carried out and is withdrawn; None for nothing. Raises
    WithoutEffectError if they cancelled all of it later than that.

    What had been carried out is withdrawn where nothing else hangs on it; in every other case the goods'
    course stays, and a person is called.
    """
    named = event.quantity if event.choice == "keep" else None
    remember(builder, event)
    known = builder.state.revocable
    make_final(builder, [each for each in known if last_instant(each.received_at) < event.received_at])
    off = _to_be_withdrawn(builder, event, _wanted_after_all(builder.state, event, named), named)
    if off is not None:
        withdrawn = withdraw_cancellations(builder, [off])
        builder.because("the customer had taken the cancellation back in time; it is withdrawn")
        return withdrawn
    state = builder.state
    if not state.revocable:
        return None
    left, open = uncancelled(state), state.quantity.open
    if not left and any(each.received_at > event.received_at for each in state.revocable):
        words = "the customer cancelled after that, and the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    ends = {each.request: named_by(state, each) for each in in_order(state.revocable, event.received_at)}
    take_back(builder, ends_fewer(ends, max(0, open - (named or left or open))))
    if named is not None and event.rest == CANCEL_THE_REST:
        about = [each for each in builder.state.revocable if each.received_at <= event.received_at]
        make_final(builder, about, meant=True)
    return None


def remember(builder: DecisionBuilder, event: Answered | CancellationTakenBack) -> None:
    """Keep a word for the goods, for a cancellation by link that is heard after it."""
    if isinstance(event, Answered):
        units = event.quantity if event.choice == "keep" else None
        word = WordToKeep(request=event.request, received_at=event.received_at, units=units)
    else:
        word = WordToKeep(request=event.request, received_at=event.received_at, takes_back=event.cancellation)
    others = (each for each in builder.state.to_keep if each.request != word.request)
    known = sorted((*others, word), key=lambda each: (each.received_at, each.request))
    builder.change(to_keep=tuple(known[-_REMEMBERED:]))


def cancellation_taken_back(builder: DecisionBuilder, event: CancellationTakenBack) -> None:
    """The customer takes a cancellation by link back: the line goes on as before, in its place."""
    key = f"taken_back/{event.request}"
    if builder.state.is_done(key):
        raise KnownError("this was asked for before and is done", Refusal.DONE)
    named = [each for each in builder.state.revocable if event.cancellation in ("", each.request)]
    in_time = [each for each in named if can_take_back(each, event.received_at)]
    final = [
        each
        for each in carried_out(builder.state, event.received_at)
        if event.cancellation in ("", each.request)
    ]
    if not in_time and not final:
        _refuse(builder, event, known=bool(named))
    builder.done(key)
    remember(builder, event)
    if not in_time and not final:
        builder.because("the cancellation is not known yet; once it is heard, it is taken back")
        return
    off = _to_be_withdrawn(builder, event, final, None)
    if not in_time and off is None:
        return
    builder.change(revocable=tuple(each for each in builder.state.revocable if each not in in_time))
    make_final(builder, until=event.received_at)
    for each in in_time:
        if not has_gone(builder.state, f"answer/{each.request}"):
            builder.do(Withdraw(key=f"answer/{each.request}"))
    withdrawn = withdraw_cancellations(builder, [off]) if off is not None else None
    if builder.state.quantity.open:
        _tell_taken_back(builder, key, withdrawn.read if withdrawn is not None else Facts())
    if withdrawn is not None:
        tell_the_rest(builder, withdrawn)
    close_if_done(builder)
    builder.because("the customer takes the cancellation back; the line keeps its place and its units")


def _tell_taken_back(builder: DecisionBuilder, key: str, read: Facts) -> None:
    facts = with_last_day(builder.policy, builder.state, facts_now(builder))
    facts = facts.replace(choice="take_back", uncancelled=read.uncancelled, refund=read.refund)
    builder.tell(key, Kind.ANSWER_RECEIVED, facts)
    if names_day(facts):
        builder.contacted(dated=builder.day)
    tell_of_failure(builder)


def _refuse(builder: DecisionBuilder, event: CancellationTakenBack, *, known: bool) -> None:
    """Refuse what takes nothing back, unless it names a cancellation that is yet to be heard.

    known: what it names could be taken back until a while ago. Raises UnacceptableError.
    """
    state = builder.state
    ours = [each for each in state.cancellations if event.cancellation in ("", each.request)]
    if known or any(was_by_link(state, each) for each in ours):
        raise UnacceptableError(_OVER, Refusal.TAKE_BACK_OVER)
    if not event.cancellation or ours or state.is_done(f"answer/{event.cancellation}"):
        raise UnacceptableError("no cancellation by link can be taken back", Refusal.NOT_CANCELLED)


def _wanted_after_all(state: State, event: Answered, named: int | None) -> list[Cancellation]:
    """Cancellations that were carried out and of which a later word wants units: none where it wants no more
    than is open, or where another word ended the same, whichever of them was heard first.
    """
    if (named is None and uncancelled(state)) or (named is not None and named <= state.quantity.open):
        return []
    no_other_word = (
        each for each in state.cancellations if was_by_link(state, each) or each.by in WITHOUT_ASKING
    )
    if not gives_back(state, *no_other_word):
        return []
    return [each for each in carried_out(state, event.received_at) if not was_meant(state, each)]


def _to_be_withdrawn(
    builder: DecisionBuilder,
    event: Answered | CancellationTakenBack,
    final: list[Cancellation],
    named: int | None,
) -> Cancellation | None:
    """The cancellation that was carried out and that a word in time withdraws; a person is called for any
    where something else hangs on it.
    """
    if not final:
        return None
    state, off = builder.state, final[0]
    to_wait = isinstance(event, CancellationTakenBack) or event.choice == "keep"
    later = ended_since(state, event)
    if (
        to_wait
        and not later
        and len(final) == 1
        and _is_alone(state, off, event)
        and _fits(state, off, named)
    ):
        return off
    builder.need(TAKEN_BACK_LATE)
    builder.because("it had been carried out by then; a person has to look")
    return None


def _is_alone(state: State, off: Cancellation, event: Answered | CancellationTakenBack) -> bool:
    """Whether nothing else hangs on a cancellation: no unit left since, or at all where it would be sent
    back; no money was sent, no hold let go, and nothing else was said.
    """
    since = off.received_at
    left = [each for each in state.shipments if has_the_right(state) or each.shipped_at >= since]
    others = [each for each in state.cancellations if each is not off and each.received_at >= since]
    words = [each for each in state.to_keep if each.request != event.request and each.received_at > since]
    swapped = state.swap is not None or bool(state.substitutions)
    if left or others or words or swapped or state.revocable or state.after_shipment:
        return False
    if was_meant(state, off) or was_said_again(state, off) or not gives_back(state, off):
        return False
    let_go = any(name.startswith("void_due/") for name, _ in state.done)
    return not let_go and not went_back_for(state, [off])


def _fits(state: State, off: Cancellation, named: int | None) -> bool:
    """Whether a word is about all that is open without a cancellation; what had left may count as named."""
    open = state.quantity.open + off.units
    return named is None or open <= named <= open + state.quantity.shipped
