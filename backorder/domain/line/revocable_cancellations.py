"""Cancellations by link: for half an hour they can be taken back, and nothing is given away till then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from backorder.domain.line.cancellations import cancel_units
from backorder.domain.line.commands import Command, Tell
from backorder.domain.line.consent import refused
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, CancelRequested
from backorder.domain.line.last_day_reminder import take_reminder_back
from backorder.domain.line.ledger import left_to_cancel
from backorder.domain.line.refunds import with_money
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
from backorder.domain.line.state import Cancellation, RevocableCancellation, State
from backorder.domain.line.step import SILENCE, Step
from backorder.domain.line.swaps import tell_of_failure
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.line.units import (
    UnacceptableError,
    WithoutEffectError,
    close_if_done,
)
from backorder.domain.line.withdrawals import only_sends_back, send_back, shipping_with_the_rest, withdraw
from backorder.domain.notifications import Facts, Kind

CancelledT = TypeVar("CancelledT", RevocableCancellation, Cancellation)
BY_LINK = frozenset({"link", "page"})
"""How an answer came that a scanner of mails may have given, or a slip of the finger."""
LINK_EVIDENCE = "by the link of send "
"""How the evidence of what was chosen on the customer's page begins."""
TAKE_BACK_WITHIN = timedelta(minutes=30)
"""How long, from the cancellation on, it can be taken back. The clock of the law runs meanwhile."""
HEARD_BY = timedelta(minutes=5)
"""How long one waits that is heard after its half hour: what came in meanwhile is about to be heard too."""
_MOST = 8
"""Cancellations by link that can be taken back at once; what is said once more beyond them is refused."""
_AT_ONCE = "by_link"
"""How a cancellation by link is noted that was carried out as it was heard."""
_AGAIN = "again"
"""How it is noted that what had been cancelled by link was cancelled once more, which ended nothing."""
_MEANT = "meant"
"""How it is noted that a cancellation by link was carried out as another word ended the same."""
TAKE_BACK_OVER = "the half hour in which the customer could take it back is over"
"""Why a cancellation by link is carried out, as the step says it that does so."""


def cancel_by_answer(builder: DecisionBuilder, event: Answered, key: str) -> None:
    """Cancel what the customer names: at once, or by link once it cannot be taken back any more.

    key: of the message. Raises UnacceptableError and WithoutEffectError.
    """
    withdraws = event.choice == WITHDRAWN and has_the_right(builder.state)
    came, by_link = event.received_at, event.via in BY_LINK
    trial = _trial(builder, again=by_link and _names_all_of_it(builder.state))
    too_late = by_link and came + TAKE_BACK_WITHIN <= builder.at
    about = trial.state.revocable if by_link else concerned(builder.state, event.quantity)
    count, left = carry_out(trial, event, about, at_once=by_link and not too_late)
    told, final = len(trial.commands), trial.state
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
    count = event.quantity if by_link or (withdraws and final.quantity.shipped) else count
    _end(trial, event.request, key, count, came, withdraws=withdraws)
    facts = _said(trial.commands[told:], key)
    anew = facts.quantity if builder.state.revocable else 0
    ended = final.quantity.open - trial.state.quantity.open or anew
    if not by_link or ended <= 0:
        if not too_late:
            make_final(trial, about if trial.state.quantity.open else None, meant=not by_link)
        _take_over(builder, trial, event, final)
        return
    if withdraws:
        facts = _of_withdrawal(trial, event.request, facts, ended)
    _set_apart(builder, event, withdraws=withdraws)
    if not too_late:
        builder.tell(key, Kind.ANSWER_RECEIVED, facts.replace(reason=""))
    what = "whose words since then are heard first" if too_late else "who may take that back for half an hour"
    builder.because(f"{ended} cancelled by the customer, {what}")


def _names_all_of_it(state: State) -> bool:
    """Whether all that is open was cancelled by link: one more word of that has its own instant."""
    return 0 < len(state.revocable) < _MOST and state.quantity.open > 0 and not uncancelled(state)


def _trial(builder: DecisionBuilder, *, again: bool) -> DecisionBuilder:
    """To see what a word comes to. again: without what it says once more."""
    state = builder.state.replace(revocable=()) if again else builder.state
    return DecisionBuilder(builder.policy, state, builder.at, builder.day)


def _said(commands: Sequence[Command], key: str) -> Facts:
    """What a message says that is planned under that key; nothing where none is."""
    tells = (each for each in commands if isinstance(each, Tell) and each.key == key)
    return next((each.facts for each in tells), Facts())


def _take_over(builder: DecisionBuilder, trial: DecisionBuilder, event: Answered, before: State) -> None:
    """Go on from what was carried out at once. before: the state without it."""
    builder.take_over(trial)
    if event.via in BY_LINK:
        builder.done(f"{_AT_ONCE}/{event.request}")
    send_back(builder, before, request=event.request, key=f"withdrawn/{event.request}")


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
    is_late = last_instant(event.received_at) <= builder.at
    late = builder.at + HEARD_BY if is_late else event.received_at
    entry = RevocableCancellation(
        request=event.request,
        asked=event.quantity,
        received_at=event.received_at,
        until=max(last_instant(event.received_at), late),
        withdraws=withdraws,
    )
    builder.withdraw_pending()
    builder.withdraw_unsent()
    take_reminder_back(builder)
    builder.change(revocable=(*builder.state.revocable, entry))


def last_instant(received_at: datetime) -> datetime:
    """The last at which a cancellation by link of that instant can be taken back, whenever it is heard."""
    return received_at + TAKE_BACK_WITHIN


def can_take_back(cancelled: RevocableCancellation | Cancellation, received_at: datetime) -> bool:
    """Whether a word of that instant takes a cancellation by link back."""
    return cancelled.received_at <= received_at <= last_instant(cancelled.received_at)


def concerned(state: State, count: int | None) -> tuple[RevocableCancellation, ...]:
    """The cancellations that a word by another way is about too, the first ones first: those all of whose
    units it names beside what nobody has cancelled. The others can still be taken back.

    count: units that the word names; None for all.
    """
    if count is None:
        return state.revocable
    found, rest = [], count - uncancelled(state)
    for each in sorted(state.revocable, key=lambda entry: (entry.received_at, entry.request)):
        if 0 < named_by(state, each) <= rest:
            found.append(each)
            rest -= named_by(state, each)
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
    by_link = isinstance(event, Answered) and event.via in BY_LINK
    count, first = event.quantity, None if at_once else (event.received_at, event.request)
    ended = make_final(builder, about, before=first, meant=not by_link)
    others = tuple(each for each in builder.state.revocable if each not in about)
    left = uncancelled(builder.state.replace(revocable=others))
    return (left if count is not None and left < count <= left + ended else count), left


def make_final(
    builder: DecisionBuilder,
    about: Sequence[RevocableCancellation] | None = None,
    *,
    before: tuple[datetime, str] | None = None,
    until: datetime | None = None,
    meant: bool = False,
) -> int:
    """Carry out cancellations that could still be taken back: other facts about the line have come.

    about: which; None: all. before: the instant and the request of another cancellation; those that came in
    later wait until that one is carried out. until: an instant; those that are carried out after it wait.
    meant: another word ends the same, so that nothing takes them back any more. Returns the units that it
    ended.
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
        if meant:
            builder.done(f"{_MEANT}/{each.request}")
    if builder.state.revocable and not builder.state.quantity.open:
        for each in builder.state.revocable:
            said_again(builder, each.received_at)
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


def in_order(cancelled: Iterable[CancelledT], received_at: datetime) -> list[CancelledT]:
    """Those of some cancellations by link that a word of that instant takes back, the first ones first."""
    found = (each for each in cancelled if can_take_back(each, received_at))
    return sorted(found, key=lambda entry: (entry.received_at, entry.request))


def ends_fewer(named: Mapping[str, int], room: int) -> dict[str, int]:
    """The units that words still end, by their requests, where those are fewer than each names.

    named: units, the first word first. room: how many they may end together.
    """
    less = dict[str, int]()
    for request, units in named.items():
        stays = min(units, room)
        room -= stays
        if stays < units:
            less[request] = stays
    return less


def take_back(builder: DecisionBuilder, less: Mapping[str, int]) -> None:
    """Take back what can be of cancellations by link. less: units that each still ends, by its request."""
    if not less:
        return
    now = [replace(each, asked=less.get(each.request, each.asked)) for each in builder.state.revocable]
    builder.change(revocable=tuple(each for each in now if each.asked != 0))
    for request in less:
        builder.withdraw_message(f"answer/{request}")
    tell_of_failure(builder)
    partly = " in part" if any(less.values()) else ""
    builder.because(f"the cancellation by link is taken back{partly}")


def named_by(state: State, entry: RevocableCancellation) -> int:
    """Open units that a cancellation names."""
    return state.quantity.open if entry.asked is None else min(entry.asked, state.quantity.open)


def carried_out(state: State, received_at: datetime) -> list[Cancellation]:
    """Cancellations by link that a word of that instant took back, but was not heard before they were carried
    out; the first ones first.
    """
    final = (each for each in state.cancellations if each.units and was_by_link(state, each))
    return in_order(final, received_at)


def was_meant(state: State, entry: Cancellation) -> bool:
    """Whether what was cancelled by link was cancelled by another word, too, and carried out for that."""
    return state.is_done(f"{_MEANT}/{entry.request}")


def said_again(builder: DecisionBuilder, received_at: datetime) -> None:
    """Note that what was carried out was cancelled once more at that instant, which ended nothing: a word to
    keep may have come before it.
    """
    for each in carried_out(builder.state, received_at):
        builder.done(f"{_AGAIN}/{each.request}")


def was_said_again(state: State, entry: Cancellation) -> bool:
    """Whether what was cancelled by link was cancelled once more, which ended nothing."""
    return state.is_done(f"{_AGAIN}/{entry.request}")


def was_by_link(state: State, entry: Cancellation) -> bool:
    """Whether a cancellation came by link."""
    waited = entry.key == f"cancelled/{entry.request}" and state.is_done(f"answer/{entry.request}")
    return waited or state.is_done(f"{_AT_ONCE}/{entry.request}")
