"""One recorded line under a policy: what its customer would have heard, and how it would have ended.

What somebody decided who had heard something else than on record is unknown, and nothing is made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from backorder.domain.backtest.history import LineHistory, ToldSoFar, coupon_of, is_choice
from backorder.domain.line.commands import Publish, Verdict
from backorder.domain.line.events import Answered, Event, MessageSent, Shipped, SupplyChanged
from backorder.domain.line.legal_flags import NO_CONSENT
from backorder.domain.line.simulation import Played, Simulation
from backorder.domain.line.state import ENDED, State, Status
from backorder.domain.money import rounded
from backorder.domain.notifications import OFFER_KINDS, PROMISE_KINDS, Kind
from backorder.domain.policy.policy import Policy

OPEN, UNKNOWN = "open", "unknown"
"""How a line stands that has not ended, and one of which nobody can say how it would have."""
OTHERWISE = "the customer decided, having heard something else"
NOT_ASKED = "the customer was asked something that they were not asked on record"
NOT_OFFERED = "the customer chose what would not have been there to choose"
RECORD_ENDS = "the line ended on record, and would have waited on"
_INSTANT = timedelta(microseconds=1)
_NAMES = {kind: kind.value for kind in Kind}
_COUNTED = frozenset({"coupon_issued", "escalated"})
"""Types of events that count for a life."""
_DELAYS = frozenset({Kind.DELAYED, Kind.CONSENT_REQUEST, Kind.APOLOGY})


@dataclass(kw_only=True, slots=True)
class Life:
    """What came of a line.

    messages: how many of each kind went. in_time, too_late: notices of a later date, or of none, that went
    before the promised day, or on it or later. first_by, last_by: the first and the last day that was
    promised. left_on: the day on which the last units left, of a line that ended so. coupons: issued, and
    their face value, percent of what was paid for the line; waiting_coupons: of customers who did not agree
    to promotions, so that the code waits on their page. ending: fulfilled, substituted, "cancelled by ...",
    open or unknown. why: of an unknown one. same: the customer heard the same days and offers as on record.
    """

    messages: dict[str, int] = field(default_factory=dict)
    in_time: int = 0
    too_late: int = 0
    first_by: date | None = None
    last_by: date | None = None
    left_on: date | None = None
    coupons: int = 0
    coupon_value: Decimal = Decimal(0)
    waiting_coupons: int = 0
    escalations: int = 0
    ending: str = OPEN
    why: str = ""
    same: bool = True


def play(policy: Policy, history: LineHistory) -> Life:
    """Play a line under a policy, from its order to where the record ends."""
    return _Play(policy, history).run()


class _Play:
    def __init__(self, policy: Policy, history: LineHistory) -> None:
        self._policy = policy
        self._history = history
        self._life = Life()
        self._line = Simulation(policy=policy, state=history.state, now=history.started.at, brief=True)
        if history.marketing:
            self._line.context = self._line.context.replace(marketing=history.marketing)
        self._by: date | None = None
        self._offers: set[str] = set()
        self._told_days: list[date | None] = []

    def run(self) -> Life:
        """From the order to where the record ends."""
        line, history = self._line, self._history
        self._note(line.apply(history.started))
        for fact in history.facts:
            if fact.at > history.until:
                break
            self._live(fact.at - _INSTANT)  # a review hears what is new before it looks what is due
            if line.state.status in ENDED:
                break
            event = self._as_told(fact)
            if event is None:
                return self._unknown(OTHERWISE)
            played = line.apply(event)
            self._note(played)
            if is_choice(fact) and played.decision.verdict is Verdict.REJECTED:
                return self._unknown(NOT_OFFERED)
        self._live(history.until)
        return self._ended()

    def _live(self, until: datetime) -> None:
        """Let time pass; from a day on record on, something else can be offered."""
        line, since = self._line, self._history.offered_from
        if since is not None and since <= until and not line.context.alternatives:
            self._advance(since)
            line.context = line.context.replace(alternatives=self._history.alternatives)
        self._advance(until)

    def _advance(self, until: datetime) -> None:
        line = self._line
        for each in line.advance(until):
            self._note(each)
        if line.leapt:
            self._count(Kind.STILL_WAITING, sum(updates.count for updates in line.leapt))
            line.leapt.clear()

    def _count(self, kind: Kind, messages: int) -> None:
        counted, name = self._life.messages, _NAMES[kind]
        counted[name] = counted.get(name, 0) + messages

    def _as_told(self, fact: Event) -> Event | None:
        """A fact as this line hears it; None for a choice that its customer might not have made."""
        if isinstance(fact, SupplyChanged):
            still_open = self._line.state.quantity.open
            return fact if fact.allocated <= still_open else replace(fact, allocated=still_open)
        if not is_choice(fact):
            return fact
        if self._history.told_by(fact.at) != ToldSoFar(by=self._by, offers=self._offered()):
            return None
        if isinstance(fact, Answered) and fact.revision is not None:
            return replace(fact, revision=self._line.state.revision)
        return fact

    def _offered(self) -> tuple[str, ...]:
        """What has been offered by now, as the record names it."""
        coupons = {coupon_of(each.percent) for each in self._line.state.offers if each.kind is Kind.COUPON}
        return tuple(sorted(self._offers | coupons))

    def _note(self, played: Played) -> None:
        event, life = played.event, self._life
        if isinstance(event, MessageSent):
            self._told(event)
        elif isinstance(event, Shipped):
            life.left_on = self._policy.calendar.day(event.shipped_at)
        for command in played.decision.commands:
            if isinstance(command, Publish) and command.type in _COUNTED:
                self._published(command, played.decision.state)

    def _told(self, event: MessageSent) -> None:
        life, kind = self._life, event.kind
        self._count(kind, 1)
        if kind in OFFER_KINDS and kind is not Kind.COUPON:
            self._offers.add(kind.value)
        if kind not in PROMISE_KINDS or event.window is None:
            return
        if kind in _DELAYS and self._by is not None:
            if event.day < self._by:
                life.in_time += 1
            else:
                life.too_late += 1
        self._by = event.window.by
        life.first_by = life.first_by or self._by
        life.last_by = self._by or life.last_by
        self._told_days.append(self._by)

    def _published(self, command: Publish, state: State) -> None:
        life = self._life
        if command.type == "coupon_issued":
            life.coupons += 1
            share = Decimal(str(command.data["percent"])) / 100
            life.coupon_value += rounded(state.payment.line_paid * share, state.payment.currency)
        elif command.type == "escalated":
            life.escalations += 1

    def _ended(self) -> Life:
        life, state = self._life, self._line.state
        life.waiting_coupons = sum(each.kind is Kind.COUPON for each in state.offers) - life.coupons
        if state.status is Status.CANCELLED or (state.cancellations and not state.quantity.open):
            last = state.cancellations[-1] if state.cancellations else None
            by = last.by if last else ""
            if last and by == NO_CONSENT and self._history.told_by(last.received_at).by != self._by:
                return self._unknown(NOT_ASKED)
            life.ending = f"cancelled by {by}" if not state.quantity.shipped else Status.FULFILLED.value
        elif state.status in ENDED:
            life.ending = state.status.value
        elif state.decided:
            life.ending = Status.FULFILLED.value if state.quantity.shipped else OPEN
        elif self._history.ended:
            return self._unknown(RECORD_ENDS)
        if life.ending != Status.FULFILLED.value:
            life.left_on = None
        self._compare()
        return life

    def _compare(self) -> None:
        recorded = [told.by for _, told in self._history.told]
        offers = self._history.told[-1][1].offers if self._history.told else ()
        self._life.same = _changes(recorded) == _changes(self._told_days) and offers == self._offered()

    def _unknown(self, why: str) -> Life:
        self._life.ending, self._life.why, self._life.same = UNKNOWN, why, False
        self._life.left_on = None
        return self._life


def _changes(days: list[date | None]) -> list[date | None]:
    """The days without those that only repeat the one before."""
    return [day for place, day in enumerate(days) if not place or day != days[place - 1]]
