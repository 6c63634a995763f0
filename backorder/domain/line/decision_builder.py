"""A decision in the making: the state so far and the commands that led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from backorder.domain.line.commands import Command, Publish, Tell, Withdraw
from backorder.domain.line.legal_flags import TELL
from backorder.domain.line.seldom_asked import has_gone
from backorder.domain.line.state import LastContacts, State, Window
from backorder.domain.money import rounded
from backorder.domain.notifications import BESIDE_KINDS, LEGAL_KINDS, RECALLED_KINDS, Facts, Kind
from backorder.domain.policy.policy import Policy
from backorder.domain.tasks import human_task

if TYPE_CHECKING:
    from backorder.domain.line.step import Step

_READ_BY_NO_STEP = "unsent"
"""The field that changes with most messages that have gone, and makes no step due earlier or later."""
NOTHING_WRITTEN = "nothing can be written to the customer (contact none)"
"""Why there is no message for somebody whose contact is `none`."""
RECALLED = "it was taken back while it was on its way"
"""Why a message does not go that came back unsent."""
HELD = "No messages go until the hold is over."
"""Why a message waits that may not go in a hold."""
_WITHDRAWAL = "withdraw"
NO_LAST_CONTACTS: Mapping[str, date] = {}
"""The choice that the law wants acknowledged."""
_OF_THEIR_WORD = frozenset({Kind.LAST_DAY_REMINDER, Kind.SWAP_FAILED})
"""What follows from what a customer said, or takes back what they were told about it: no hold stops it."""
_SAID_BY_A_PERSON = LEGAL_KINDS | {Kind.REFUNDED, Kind.LAST_DAY_REMINDER}
"""What a customer has to hear also where nothing can be written to them."""


class DecisionBuilder:
    """Collects what one event leads to. at, day: of the event.

    owed: the steps of the state as it stands, None where they have to be listed anew.
    """

    def __init__(
        self, policy: Policy, state: State, at: datetime, day: date, owed: Sequence[Step] | None = None
    ) -> None:
        self.policy = policy
        self.state = state
        self.at = at
        self.day = day
        self.owed = owed
        self.commands: list[Command] = []
        self.reasons: list[str] = []

    def change(self, **fields: object) -> None:
        """Replace fields of the state."""
        self.state = self.state.replaced(fields)
        if len(fields) > 1 or _READ_BY_NO_STEP not in fields:
            self.owed = None

    def because(self, reason: str) -> None:
        """Note why something is done."""
        self.reasons.append(reason)

    def take_over(self, tried: DecisionBuilder) -> None:
        """Go on from what was tried apart, and began as this one stands."""
        self.state, self.owed = tried.state, None
        self.commands += tried.commands
        self.reasons += tried.reasons

    def done(self, key: str) -> None:
        """A step is done for good."""
        if not self.state.is_done(key):
            self.change(done=(*self.state.done, (key, self.day)))

    def need(self, what: str, *, anew: bool = False) -> None:
        """A person has to look at the line. anew: for one more reason, which the order system hears too."""
        known = what in self.state.needs
        if not known:
            self.change(needs=(*self.state.needs, what))
        if anew or not known:
            self.call_attention(what)

    def call_attention(self, flag: str) -> None:
        """Tell the order system of a flag."""
        self.publish("needs_attention", flag=flag, reason=human_task(flag).what)

    def need_no_more(self, what: str) -> None:
        """Nobody has to look at that any more."""
        if what in self.state.needs:
            self.change(needs=tuple(need for need in self.state.needs if need != what))

    def do(self, command: Command) -> None:
        """Ask the shell for something."""
        self.commands.append(command)

    def publish(self, type: str, **data: object) -> None:
        """Tell the order system. Amounts, as decimals, are written in minor units of the line's currency."""
        currency = self.state.payment.currency
        written = {
            name: str(rounded(value, currency)) if isinstance(value, Decimal) else value
            for name, value in data.items()
        }
        self.commands.append(Publish(type=type, data=written))

    def tell(
        self,
        key: str,
        kind: Kind,
        facts: Facts,
        *,
        not_before: datetime | None = None,
        revision: int | None = None,
        window: Window | None = None,
        awaits: str = "",
        channel: str = "",
        last_contacts: Mapping[str, date] = NO_LAST_CONTACTS,
    ) -> datetime:
        """Write to the customer: after a hold, unless the law wants it or it follows from what they said.

        awaits, channel: see `Tell`. last_contacts: beside that of any message. Returns the earliest instant.
        Where nothing can be written to them nothing is planned; what they have to hear, a person says.
        """
        earliest = self._earliest(kind, facts, max(self.at, not_before or self.at))
        if self.state.context.by_hand:
            self._leave_unwritten(kind, facts)
            return earliest
        self.do(
            Tell(
                key=key,
                kind=kind,
                not_before=earliest,
                facts=facts,
                revision=revision,
                window=window,
                awaits=awaits,
                channel=channel,
            )
        )
        self.contacted(message=self.day_of(earliest), **last_contacts)
        if kind is Kind.STILL_WAITING:
            self.withdraw_unsent(kind)  # what one that has not gone says is said anew
        if kind in RECALLED_KINDS:
            self.change(unsent=(*self.state.unsent, key))
        return earliest

    def _earliest(self, kind: Kind, facts: Facts, at: datetime) -> datetime:
        """When a message may go that could go then."""
        hold = self.state.hold
        return at if hold is None or goes_in_a_hold(kind, facts) else max(at, hold.until)

    def _leave_unwritten(self, kind: Kind, facts: Facts) -> None:
        self.because(f"{kind.value} is not written: {NOTHING_WRITTEN}")
        ended = kind is Kind.CANCELLED and facts.reason != "customer"
        if ended or kind in _SAID_BY_A_PERSON or facts.choice == _WITHDRAWAL:
            self.need(TELL)

    def day_of(self, at: datetime) -> date:
        """The shop's day of an instant."""
        return self.day if at == self.at else self.policy.calendar.day(at)

    def contacted(self, **days: date) -> None:
        """Remember on which day the customer was written to; a last contact never goes back."""
        known = self.state.last_contacts
        later = _later(known, days)
        if later is not known:
            self.change(last_contacts=later)

    def went(self, key: str, days: Mapping[str, date], changed: Mapping[str, object]) -> None:
        """A message went on those days, which stay, also if a promise that is under way never goes.

        changed: what else of the state is changed by that.
        """
        state, fields = self.state, dict(changed)
        later = _later(state.last_contacts, days)
        if later is not state.last_contacts:
            fields["last_contacts"] = later
        if state.pending is not None and state.pending.key != key:
            fields["pending"] = replace(state.pending, before=_later(state.pending.before, days))
        if fields:
            self.change(**fields)

    def withdraw_pending(self) -> None:
        """Take the pending promise back; one that is on its way already, if it comes back unsent."""
        pending = self.state.pending
        if pending is None:
            return
        if self.state.context.in_flight:
            self._recall(pending.key)
            return
        self.do(Withdraw(key=pending.key))
        self.forget_pending()

    def forget_pending(self) -> None:
        """The pending promise does not go: the days on which it was to go are no contacts."""
        pending, last_contacts = self.state.pending, self.state.last_contacts
        if pending is None:
            return
        planned, before = self.policy.calendar.day(pending.not_before), pending.before
        self.change(
            pending=None,
            recalled=tuple(key for key in self.state.recalled if key != pending.key),
            withdrawn=self.state.withdrawn or pending.kind is Kind.APOLOGY,
            last_contacts=last_contacts.replace(
                dated=before.dated if last_contacts.dated == planned else last_contacts.dated,
                message=before.message if last_contacts.message == planned else last_contacts.message,
                earlier=before.earlier,
                delayed=before.delayed,
            ),
        )

    def gave_units_away(self) -> None:
        """Units went to others, and what serves the line is heard next: a day that a person promised falls.

        Not one with which the line comes back to its queue, as nothing of the supply was known by it.
        """
        stated = self.state.stated
        if stated is not None and not stated.rejoins:
            self.change(stated=replace(stated, falls=True))

    def withdraw_message(self, key: str) -> None:
        """Take a message back that has not gone, whatever it says."""
        if not has_gone(self.state, key):
            self.do(Withdraw(key=key))

    def withdraw_unsent(self, *kinds: Kind) -> None:
        """Take back updates and offers that have not gone; of some kinds alone, if named.

        What is on its way is remembered until it is known what became of it; if it comes back, it stays.
        """
        if not self.state.unsent:
            return
        prefixes = tuple(f"{kind.value}/" for kind in kinds) or ("",)
        self.withdraw_updates([key for key in self.state.unsent if key.startswith(prefixes)])

    def withdraw_updates(self, keys: Sequence[str]) -> None:
        """The same of some updates and offers, by their keys."""
        stale = [key for key in keys if not has_gone(self.state, key)]
        for key in stale:
            self.do(Withdraw(key=key))
        if stale:
            self.change(unsent=tuple(key for key in self.state.unsent if key not in stale))
        if stale and self.state.recalled:
            self.change(recalled=tuple(key for key in self.state.recalled if key not in stale))
        self._recall(*(key for key in keys if key not in stale))

    def _recall(self, *keys: str) -> None:
        """Messages on their way would not be planned any more: they go only if they cannot be stopped."""
        new = tuple(key for key in keys if key not in self.state.recalled)
        if new:
            self.change(recalled=(*self.state.recalled, *new))

    def words(self, otherwise: str) -> str:
        """The reasons as one sentence."""
        return "; ".join(self.reasons) or otherwise


def goes_in_a_hold(kind: Kind, facts: Facts) -> bool:
    """Whether a message goes though its line is on hold: the law wants it, or it follows from what its
    customer said, or it is about the way to them.
    """
    if kind in LEGAL_KINDS or kind in _OF_THEIR_WORD or kind in BESIDE_KINDS:
        return True
    return bool(facts.choice) or facts.reason == "customer"


def _later(last_contacts: LastContacts, days: Mapping[str, date]) -> LastContacts:
    """The last contacts with those that are later; the same ones if none is."""
    known = last_contacts.__dict__
    later: dict[str, object] = {}
    for name, day in days.items():
        before = known[name]
        if before is None or before < day:
            later[name] = day
    return last_contacts.replaced(later) if later else last_contacts
