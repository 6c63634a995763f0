"""Cancellations by link: for half an hour they can be taken back, and nothing is given away till then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.commands import Tell, Withdraw
from backorder.domain.line.consent import CANCEL_THE_REST, refused
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, CancellationTakenBack, CancelRequested
from backorder.domain.line.last_day_reminder import take_reminder_back, with_last_day
from backorder.domain.line.ledger import left_to_cancel
from backorder.domain.line.refunds import with_money
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.sent_back import (
    CANCEL,
    WITHDRAWN,
    all_named,
    has_the_right,
    keeps_some,
    paid_and_sent_back,
    sent_back,
)
from backorder.domain.line.state import RevocableCancellation, State
from backorder.domain.line.step import SILENCE, Step
from backorder.domain.line.swaps import tell_of_failure
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.line.units import (
    KnownError,
    UnacceptableError,
    WithoutEffectError,
    close_if_done,
    facts_now,
)
from backorder.domain.line.withdrawals import only_sends_back, send_back, shipping_with_the_rest, withdraw
from backorder.domain.notifications import Facts, Kind, names_day

BY_LINK = frozenset({"link", "page"})
"""How an answer came that a scanner of mails may have given, or a slip of the finger."""
LINK_EVIDENCE = "by the link of send "
"""How the evidence of what was chosen on the customer's page begins."""
TAKE_BACK_WITHIN = timedelta(minutes=30)
"""How long, from the cancellation on, it can be taken back. The clock of the law runs meanwhile."""
TAKE_BACK_OVER = "the half hour in which the customer could take it back is over"
"""Why a cancellation by link is carried out, as the step says it that does so."""


def cancel_by_answer(builder: DecisionBuilder, event: Answered, key: str) -> None:
    """Cancel what the customer names: at once, or by link once it cannot be taken back any more.

    key: of the message. Raises UnacceptableError and WithoutEffectError.
    """
    withdraws = event.choice == WITHDRAWN and has_the_right(builder.state)
    trial = DecisionBuilder(builder.policy, builder.state, builder.at, builder.day)
    came, by_link = event.received_at, event.via in BY_LINK
    too_late = by_link and came + TAKE_BACK_WITHIN <= builder.at
    about = builder.state.revocable if by_link else concerned(builder.state, event.quantity)
    count, left = carry_out(trial, event, about, at_once=by_link and not too_late)
    told, before = len(trial.commands), trial.state.quantity.open
    again = not left and bool(about) and not by_link
    more = withdraws and only_sends_back(trial.state, event.request, came)
    if more and not (again and all_named(trial.state, came)):
        builder.take_over(trial)
        withdraw(builder, request=event.request, key=key, count=event.quantity, received_at=came, reason="")
        return
    if again:
        builder.take_over(trial)
        builder.because("said once more by another way, so that it is meant")
        return
    final = trial.state
    count = event.quantity if by_link or (withdraws and final.quantity.shipped) else count
    _end(trial, event.request, key, count, came, withdraws=withdraws)
    tells = (each for each in trial.commands[told:] if isinstance(each, Tell) and each.key == key)
    said = next((each.facts for each in tells), None)
    ended = before - trial.state.quantity.open or (said.quantity if said and builder.state.revocable else 0)
    if not by_link or too_late or ended <= 0:
        if not too_late:
            make_final(trial, about if trial.state.quantity.open else None)
        builder.take_over(trial)
        send_back(builder, final, request=event.request, key=f"withdrawn/{event.request}")
        return
    facts = said or Facts()
    if withdraws:
        facts = _of_withdrawal(trial, event.request, facts, ended)
    _set_apart(builder, event, withdraws=withdraws)
    builder.tell(key, Kind.ANSWER_RECEIVED, facts.replace(reason=""))
    builder.because(f"{ended} cancelled by the customer, who may take that back for half an hour")


def _of_withdrawal(trial: DecisionBuilder, request: str, facts: Facts, ended: int) -> Facts:
    """What a withdrawal that can still be taken back comes to, with the money for all that it names.

    trial: as if it were carried out. ended: units that had not left.
    """
    after = trial.state
    claim = next((each for each in after.refunds if each.request == request), None)
    if claim is not None:
        facts = with_money(trial, facts.replace(uncharged=False), claim)
    return facts.replace(
        quantity=ended + dict(sent_back(after))[request],
        not_shipped=ended,
        refundable=after.payment.captured or paid_and_sent_back(after)[request] > 0,
        part_of_line=keeps_some(after),
        shipping=shipping_with_the_rest(after),
    )


def _end(
    builder: DecisionBuilder,
    request: str,
    key: str,
    count: int | None,
    received_at: datetime,
    *,
    withdraws: bool,
) -> None:
    """End units as their customer said at that instant. Raises UnacceptableError and WithoutEffectError."""
    words = WITHDRAWN if withdraws else CANCEL
    cancel_units(
        builder, request=request, key=key, count=count, by="customer", received_at=received_at, answer=words
    )


def _set_apart(builder: DecisionBuilder, event: Answered, *, withdraws: bool) -> None:
    """It counts, but nothing of it is carried out yet; other news waits for what becomes of it."""
    entry = RevocableCancellation(
        request=event.request,
        asked=event.quantity,
        received_at=event.received_at,
        until=event.received_at + TAKE_BACK_WITHIN,
        withdraws=withdraws,
    )
    builder.withdraw_pending()
    builder.withdraw_unsent()
    take_reminder_back(builder)
    builder.change(revocable=(*builder.state.revocable, entry))


def concerned(state: State, count: int | None) -> tuple[RevocableCancellation, ...]:
    """The cancellations that a word by another way is about too, the first ones first: those whose units it
    names beside what nobody has cancelled. The others can still be taken back.

    count: units that the word names; None for all.
    """
    if count is None:
        return state.revocable
    found, rest = [], count - uncancelled(state)
    for each in sorted(state.revocable, key=lambda entry: (entry.received_at, entry.request)):
        if rest > 0:
            found.append(each)
            rest -= _named(state, each)
    return tuple(found)


def carry_out(
    builder: DecisionBuilder,
    event: Answered | CancelRequested,
    about: Sequence[RevocableCancellation],
    *,
    at_once: bool = False,
) -> tuple[int | None, int]:
    """Carry out what a word is about and what came in before it. Returns the units that it still has to end
    (None: all) beside those, which it names too, and how many nobody has cancelled by then.

    about: what it is about. at_once: whatever came in when.
    """
    count, first = event.quantity, None if at_once else (event.received_at, event.request)
    ended = make_final(builder, about, before=first)
    others = tuple(each for each in builder.state.revocable if each not in about)
    left = uncancelled(builder.state.replace(revocable=others))
    return (left if count is not None and left < count <= left + ended else count), left


def make_final(
    builder: DecisionBuilder,
    about: Sequence[RevocableCancellation] | None = None,
    *,
    before: tuple[datetime, str] | None = None,
    until: datetime | None = None,
) -> int:
    """Carry out cancellations that could still be taken back: other facts about the line have come.

    about: which; None: all. before: the instant and the request of another cancellation; those that came in
    later wait until that one is carried out. until: an instant; those that can be taken back after it wait.
    Returns the units that it ended.
    """
    known, open = builder.state.revocable, builder.state.quantity.open
    due = [
        each
        for each in known
        if (about is None or each in about)
        and (before is None or (each.received_at, each.request) < before)
        and (until is None or each.until <= until)
    ]
    if due:
        builder.change(revocable=tuple(each for each in known if each not in due))
    for each in sorted(due, key=lambda entry: (entry.received_at, entry.request)):
        _carry_out(builder, each)
    if builder.state.revocable and not builder.state.quantity.open:
        builder.change(revocable=())  # what they name has ended with the others
    return open - builder.state.quantity.open


def _carry_out(builder: DecisionBuilder, entry: RevocableCancellation) -> None:
    left = left_to_cancel(builder.state, entry.received_at)
    if not left:
        builder.because("these units were cancelled already")
        return
    before = builder.state
    try:
        count = None if entry.asked is None else min(entry.asked, left)
        key = f"cancelled/{entry.request}"
        _end(builder, entry.request, key, count, entry.received_at, withdraws=entry.withdraws)
    except (UnacceptableError, WithoutEffectError) as nothing:
        builder.because(str(nothing))
        return
    refused(builder)
    acknowledged = f"answer/{entry.request}"
    went = has_gone(builder.state, acknowledged)
    builder.withdraw_message(acknowledged)  # what is done now says the same, and more
    send_back(builder, before, request=entry.request, key=f"withdrawn/{entry.request}", told=went)


def revocable_steps(state: State) -> Iterator[Step]:
    """What a cancellation by link leads to once it cannot be taken back any more; each has its own time."""

    def act(builder: DecisionBuilder) -> None:
        make_final(builder, until=builder.at)
        close_if_done(builder)

    yield Step(
        at=min(each.until for each in state.revocable),
        rank=(SILENCE, 1),
        what="cancelled",
        why=TAKE_BACK_OVER,
        act=act,
        writes=True,
    )


def kept_after_all(builder: DecisionBuilder, event: Answered) -> None:
    """Who wants the goods after cancelling some by link takes back as much of that as their later word names,
    by whatever way they say so: one who names no number means what they had not cancelled, or else all.

    Where they cancel the rest in the same breath, what they cancelled before is part of that, and meant.
    Raises WithoutEffectError if they cancelled all of it later than that.
    """
    state = builder.state
    if not state.revocable:
        return
    left = uncancelled(state)
    if not left and event.received_at < max(each.received_at for each in state.revocable):
        words = "the customer cancelled after that, and the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    named = event.quantity if event.choice == "keep" else None
    _leave_room(builder, event.received_at, named or left or state.quantity.open)
    if named is not None and event.rest == CANCEL_THE_REST:
        about = [each for each in builder.state.revocable if each.received_at <= event.received_at]
        make_final(builder, about)


def _leave_room(builder: DecisionBuilder, received_at: datetime, kept: int) -> None:
    """Take back what was cancelled by then and would end one of so many units; the first counts first."""
    state, less = builder.state, dict[str, int]()
    room = max(0, state.quantity.open - kept)
    for each in sorted(state.revocable, key=lambda entry: (entry.received_at, entry.request)):
        if each.received_at <= received_at:
            stays = min(_named(state, each), room)
            room -= stays
            if stays < _named(state, each):
                less[each.request] = stays
    if not less:
        return
    now = [replace(each, asked=less.get(each.request, each.asked)) for each in state.revocable]
    builder.change(revocable=tuple(each for each in now if each.asked != 0))
    for request in less:
        builder.withdraw_message(f"answer/{request}")
    tell_of_failure(builder)
    partly = " in part" if any(less.values()) else ""
    builder.because(f"the cancellation by link is taken back{partly}")


def _named(state: State, entry: RevocableCancellation) -> int:
    return state.quantity.open if entry.asked is None else entry.asked


def cancellation_taken_back(builder: DecisionBuilder, event: CancellationTakenBack) -> None:
    """The customer takes a cancellation by link back: the line goes on as before, in its place."""
    key = f"taken_back/{event.request}"
    if builder.state.is_done(key):
        raise KnownError("this was asked for before and is done", Refusal.DONE)
    named = [each for each in builder.state.revocable if event.cancellation in ("", each.request)]
    if not named:
        _carried_out(builder, event, key)
        return
    in_time = [each for each in named if event.received_at <= each.until]
    if not in_time:
        raise UnacceptableError(_OVER, Refusal.TAKE_BACK_OVER)
    builder.done(key)
    builder.change(revocable=tuple(each for each in builder.state.revocable if each not in in_time))
    make_final(builder, until=event.received_at)
    for each in in_time:
        if not has_gone(builder.state, f"answer/{each.request}"):
            builder.do(Withdraw(key=f"answer/{each.request}"))
    facts = with_last_day(builder.policy, builder.state, facts_now(builder))
    builder.tell(key, Kind.ANSWER_RECEIVED, facts.replace(choice="take_back"))
    if names_day(facts):
        builder.contacted(dated=builder.day)
    tell_of_failure(builder)
    builder.because("the customer takes the cancellation back; the line keeps its place and its units")


_OVER = "the half hour in which the cancellation could be taken back is over"


def _carried_out(builder: DecisionBuilder, event: CancellationTakenBack, key: str) -> None:
    """It was carried out before anybody heard of this; a person helps who spoke up in time."""
    final = [
        each
        for each in builder.state.cancellations
        if each.key == f"cancelled/{each.request}"
        and builder.state.is_done(f"answer/{each.request}")
        and event.cancellation in ("", each.request)
    ]
    if all(event.received_at > each.received_at + TAKE_BACK_WITHIN for each in final):
        if final:
            raise UnacceptableError(_OVER, Refusal.TAKE_BACK_OVER)
        raise UnacceptableError("no cancellation by link can be taken back", Refusal.NOT_CANCELLED)
    builder.done(key)
    builder.need("taken_back_late")
    builder.because("it had been carried out by then; a person has to look")
