"""Words to have after all what was cancelled by link, in its half hour: whenever they are heard."""

from __future__ import annotations

from backorder.domain.line.agreed_in_time import ended_since
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
)
from backorder.domain.line.seldom_asked import has_gone
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
    """
    named = event.quantity if event.choice == "keep" else None
    _remember(builder, WordToKeep(request=event.request, received_at=event.received_at, units=named))
    known = builder.state.revocable
    make_final(builder, [each for each in known if last_instant(each.received_at) < event.received_at])
    state = builder.state
    final = [each for each in carried_out(state, event.received_at) if not _is_settled(state, each)]
    final = _to_be_withdrawn(builder, event, final)
    if not state.revocable and not final:
        return None
    left, open = uncancelled(state), state.quantity.open + sum(each.units for each in final)
    if not left and any(each.received_at > event.received_at for each in state.revocable):
        words = "the customer cancelled after that, and the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    ends = {each.request: each.units for each in final}
    ends |= {each.request: named_by(state, each) for each in in_order(state.revocable, event.received_at)}
    less = ends_fewer(ends, max(0, open - (named or left or open)))
    off = {each.request: less.pop(each.request) for each in final if each.request in less}
    off = off if gives_back(state, off) else {}
    withdrawn = withdraw_cancellations(builder, off) if off else None
    take_back(builder, less)
    if off:
        builder.because("the customer had taken the cancellation back in time; it is withdrawn")
    if named is not None and event.rest == CANCEL_THE_REST:
        about = [each for each in builder.state.revocable if each.received_at <= event.received_at]
        make_final(builder, about, meant=True)
    return withdrawn


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
    word = WordToKeep(request=event.request, received_at=event.received_at, takes_back=event.cancellation)
    _remember(builder, word)
    if not in_time and not final:
        builder.because("the cancellation is not known yet; once it is heard, it is taken back")
        return
    final = _to_be_withdrawn(builder, event, final)
    if not in_time and not final:
        return
    builder.change(revocable=tuple(each for each in builder.state.revocable if each not in in_time))
    make_final(builder, until=event.received_at)
    for each in in_time:
        if not has_gone(builder.state, f"answer/{each.request}"):
            builder.do(Withdraw(key=f"answer/{each.request}"))
    off = {each.request: 0 for each in final}
    withdrawn = withdraw_cancellations(builder, off) if off else None
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


def _to_be_withdrawn(
    builder: DecisionBuilder, event: Answered | CancellationTakenBack, final: list[Cancellation]
) -> list[Cancellation]:
    """Cancellations that were carried out and that a word in time withdraws: none once money was sent back
    for them, or where the line was ended by another word since. Then a person helps.
    """
    if not final:
        return final
    state = builder.state
    settled = any(_is_settled(state, each) for each in final)
    if not settled and not went_back_for(state, final) and not ended_since(state, event):
        return final
    builder.need(TAKEN_BACK_LATE)
    builder.because("it had been carried out by then; a person has to look")
    return []


def _is_settled(state: State, entry: Cancellation) -> bool:
    """Whether another word ended the same, so that no word for the goods brings them back."""
    return was_meant(state, entry) or not gives_back(state, {entry.request: 0})


def _remember(builder: DecisionBuilder, word: WordToKeep) -> None:
    known = sorted((*builder.state.to_keep, word), key=lambda each: (each.received_at, each.request))
    builder.change(to_keep=tuple(known[-_REMEMBERED:]))
