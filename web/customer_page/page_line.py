"""What a line of a customer's page consists of, as its templates see it.

Strings are clean and in the reader's own form; "" where there is nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backorder.messaging.page_track import Track
from backorder.messaging.ship_windows import Window
from backorder.messaging.template_variables import Day, Line


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as it went: on which day, by which channel, and its first words."""

    on: Day
    channel: str
    words: str


@dataclass(frozen=True, slots=True)
class MoneySent:
    """Money that was sent. missed_from: when the customer should ask, if it is not there."""

    amount: str
    on: Day
    means: str
    missed_from: Day


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money that goes back. shipping: what of it was paid for shipping and is sent already, or refused; ""
    for nothing. goods: it is not all of it. left: what is still to be sent, "" for nothing. failed: some was
    sent and did not arrive. refused: a person decided that it does not go back. returns: goods that had left
    are sent back for it, for which the shop may wait (CRD art. 13(3), CCR reg. 34(5)). difference: what is
    sent instead costs less. of: the units that were paid for, "" where that is said otherwise.
    """

    amount: str
    shipping: str
    goods: bool
    by: Day
    left: str
    late: bool
    failed: bool
    refused: bool
    sent: tuple[MoneySent, ...]
    returns: bool
    difference: bool
    of: str


@dataclass(frozen=True, slots=True)
class ShippingMoney:
    """What was paid for shipping and is to come back; "" for nothing.

    back: if nothing of the order is kept. sent_back: some of it had left, and all of that is sent back;
    back_by: by when then, once nothing of the order is to come. free: because shipping became free; by when,
    and whether that day is over. failed: what of either was sent and did not arrive, beside them.
    """

    back: str
    sent_back: bool
    back_by: Day
    free: str
    by: Day
    late: bool
    failed: str


@dataclass(frozen=True, slots=True)
class PaymentNeeded:
    """What has to be paid before units leave. units, count: for how many; all: for every open one.

    until: so long they are kept, "" where they went to the next in the queue already. link: where to pay.
    first: that day is over before an answer is due, or the line ends.
    """

    units: str
    count: int
    all: bool
    amount: str
    until: Day
    link: str
    first: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """Units that left."""

    quantity: str
    count: int
    on: Day
    carrier: str
    tracking: str
    link: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Another product that may be taken. difference: what comes back, "" for nothing. price: "" where it is
    not to be had any more.

    amount: the price of one, as an answer names it.
    """

    sku: str
    name: str
    price: str
    difference: str
    amount: str


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon for the next order. code: "" while it waits for the customer to ask for it."""

    percent: str
    code: str
    until: Day


@dataclass(frozen=True, slots=True)
class ServedShare:
    """From what the line is served, as told. here: from stock; window: when it is due, "" for no date.

    of, of_count: pieces in all; ahead, ahead_count: those of them that were promised to others before.
    last: other pieces serve the line too, and these are its last ones.
    """

    here: bool
    window: Window
    of: str
    of_count: int
    ahead: str
    ahead_count: int
    last: bool


@dataclass(frozen=True, slots=True)
class ComplaintTicket:
    """A complaint. text: the customer's words; due: the last day for an answer.

    closed_on, answer: when a person answered, and what; "" while nobody has.
    late: that day is over, and nobody has.
    """

    ticket: str
    on: Day
    due: Day
    text: str
    closed_on: Day = field(default_factory=Day)
    answer: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the customer asked for and is not done yet. line: with what they chose. coupon: they asked for its
    code, and chose nothing.

    clock: the time of day at which it came in. refusal: why it came to nothing, "" while it waits. endless:
    they agreed to wait however long it takes; a "keep" with neither that nor a day says nothing of an end.
    """

    line: Line
    coupon: bool
    on: Day
    clock: str
    refusal: str
    endless: bool


@dataclass(frozen=True, slots=True)
class RevocableWord:
    """One word of a customer that can be taken back until a time of day. units: that it ended, "" for all
    that are open. withdrawn: it is a withdrawal from the contract.
    """

    units: str
    until: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Revocable:
    """What was cancelled and can be taken back: each word for as long as it can. units: "" for all of them.
    withdrawn: a withdrawal from the contract is among it.
    """

    units: str
    withdrawn: bool
    words: tuple[RevocableWord, ...]


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the order. line: it in the words of messages, with the dates as they were told. contract:
    it with every unit from which its customer may withdraw.

    key, shown: what an answer names. anchor: where it stands on the page. status: waiting, ready, shipped,
    cancelled or substituted. ended_on: when it was cancelled, if nothing else came of it. open: units that
    are still to come. told: whether the customer heard a date, or that there is none. earliest: the first
    day that may be the customer's own last one (2026-03-04). kept: it was agreed to wait, until `kept_until`
    or without an end (""). paid_for: units ordered, "" where all are open. travelling: what left may still
    be on its way. charged: money was taken, in part: for what left; expired: it was only held, and that has
    ended. payment: what has to be paid before units leave. send_now: units that may be sent before the rest,
    "" for none. sent_back: units of a withdrawal, "" where all that left is sent back. keeps: something of it
    is kept, or still to come. replaced, replaced_count: units instead of which something else is sent, "" and
    0 for none.
    others, others_count: units that were not cancelled, beside some that were; "" and 0 for none, or where
    that is not sure.
    in_doubt: another date may have been told since `told_on`.
    looked_into: it was cancelled after it had left too late, and a person has yet to decide about the money.
    carried, received, own_day: what comes of what was asked for and waits: see `Waiting`, whose choice is
    `received`. keep_until: the time of day up to which who keeps it takes back what was cancelled and waits;
    "" where nobody does. at_rest: all of it had been cancelled and is wanted again, which is yet to be heard.
    """

    key: str
    anchor: str
    shown: str
    line: Line
    contract: Line
    status: str
    open: int
    told: bool
    asked: bool
    kept: bool
    kept_until: Day
    last_day: Day
    earliest: str
    may_withdraw: bool
    withdrawn: bool
    sent_back: str
    keeps: bool
    ordered_on: Day
    today: Day
    told_on: Day
    in_doubt: bool
    share: ServedShare | None
    left_on: Day
    travelling: bool
    ended_on: Day
    deliver_by: Day
    track: Track | None
    news_on: Day
    ends_on: Day
    paid: str
    paid_for: str
    charged: bool
    charged_in_part: bool
    expired: bool
    payment: PaymentNeeded | None
    cancelled: tuple[Line, ...]
    others: str
    others_count: int
    repayments: tuple[Repayment, ...]
    shipping: ShippingMoney
    parcels: tuple[Parcel, ...]
    instead: tuple[Instead, ...]
    chosen: str
    replaced: str
    replaced_count: int
    coupons: tuple[Coupon, ...]
    complaints: tuple[ComplaintTicket, ...]
    said: tuple[SentMessage, ...]
    revocable: Revocable | None
    send_now: str
    requests: tuple[PageRequest, ...]
    looked_into: bool
    carried: str
    received: str
    own_day: bool
    keep_until: str
    at_rest: bool

    @property
    def ends(self) -> bool:
        """Whether all that is open was cancelled and can still be taken back."""
        return self.revocable is not None and not self.revocable.units

    @property
    def offered(self) -> frozenset[str]:
        """What may be chosen; beside what waits to be done, only what contradicts it or goes beyond it."""
        if self.at_rest:
            return frozenset()
        waits = {each.line.choice for each in self.requests if not (each.refusal or each.coupon)}
        swaps = bool(self.chosen) or (self.carried == "all" and self.received == "alternative")
        whole = not (self.revocable or swaps or self.carried in ("all", "part"))
        found = {
            "take_back": self.revocable is not None
            and bool(self.revocable.words)
            and "take_back" not in waits,
            "keep": not (self.ends or swaps) and self._may_keep,
            "cancel": not self.ends and (swaps or self.carried != "all"),
            "cancel_some": whole and self.open > 1,
            "last_day": whole,
            "send_now": whole and bool(self.send_now) and "send_now" not in waits,
            "alternative": whole and bool(self.instead),
        }
        return frozenset(name for name, is_offered in found.items() if is_offered)

    @property
    def _may_keep(self) -> bool:
        """Whether to wait on is something else than what they have said."""
        if self.received == "keep":
            return self.own_day
        if self.carried == "all":
            return bool(self.keep_until)
        return not self.kept or self.asked or bool(self.last_day)
