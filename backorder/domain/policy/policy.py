"""A policy: the shop's own rules for a line that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal

from backorder.domain.calendar import Calendar
from backorder.domain.law.packs import NAMES
from backorder.domain.law.refund_limits import Holidays
from backorder.domain.notifications import Kind

Partial = Literal["hold", "ship", "skip"]
Measure = Literal["delay", "waited", "overdue", "no_date"]
Action = Literal["offer_alternatives", "coupon", "free_shipping", "faster_shipping", "escalate", "cancel"]

PARTIALS: tuple[Partial, ...] = ("hold", "ship", "skip")
MEASURES: tuple[Measure, ...] = ("delay", "waited", "overdue", "no_date")
PACKS = NAMES
CHANNELS = ("email", "sms")
STAGE_KEYS = "stage/"
"""What the step keys of stages begin with, and so the keys of all offers."""
_REVIEWS = 4096
"""Days whose look a policy remembers: those of some years before today and after."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageAction:
    """What holds for every stage of an action.

    meaning: what it does, for who writes a policy. next: what the engine is about to do, for lists of what
    comes next, in words that are true also where nothing is sent of it. parameters: what such a stage says
    beside id, when and do; all of it has to be there. optional: what it may say. offers: it offers the
    customer something, so that it keeps its distance from other messages.
    """

    meaning: str
    next: str
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    offers: bool = False


STAGE_ACTIONS: Mapping[Action, StageAction] = {
    "offer_alternatives": StageAction(
        meaning="offers what is in stock and costs no more", next="look for alternatives", offers=True
    ),
    "coupon": StageAction(
        meaning="issues a coupon, one to a line, and sends it to who agreed to promotions; for others its "
        "code waits on their page",
        next="offer a coupon",
        parameters=("percent", "valid"),
        optional=("void_on_cancel", "budget"),
        offers=True,
    ),
    "free_shipping": StageAction(
        meaning="gives the shipping for nothing, where it was paid for; the order system sees to it",
        next="see about free shipping",
        offers=True,
    ),
    "faster_shipping": StageAction(
        meaning="gives faster shipping at no cost; the order system sees to it",
        next="give faster shipping",
        offers=True,
    ),
    "escalate": StageAction(meaning="calls a person", next="escalate to a person"),
    "cancel": StageAction(
        meaning="cancels what still waits, announced two days before; never while a promise is being kept or "
        "the customer has agreed to wait, nor where silence never cancels by the law of the line and the "
        "policy is for another one",
        next="cancel by policy",
    ),
}
"""What a stage may do, one row an action. `stage_actions` acts, endings aside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseRules:
    """How a forecast becomes a promise, and when a change of it is worth a message.

    handling: working days from the dock to the carrier. transit: days from the carrier to the door.
    min_slip, good_news: days. tell_before: days before the promised day at which a slip that came from time
    passing alone is told. settle: how long a new fact stands before it is told.
    """

    handling: int = 1
    transit: int = 3
    min_slip: int = 2
    good_news: int = 3
    tell_before: int = 5
    settle: timedelta = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateRules:
    """Regular updates.

    every, spacing: days. at: wall-clock time at the shop. quiet_hours: wall-clock times at the customer.
    channels: the first usable one carries a message, the others are its fallback. both: kinds that go on two.
    fallback_after: how long a message waits for a channel in trouble. per_week: regular updates and offers to
    one person at most. gather: how long a confirmation, or news that is due at once, waits for those of its
    order's other lines.
    """

    every: int = 14
    at: time = time(10)
    quiet_hours: tuple[time, time] = (time(21), time(8))
    channels: tuple[str, ...] = CHANNELS
    both: frozenset[Kind] = frozenset()
    spacing: int = 2
    fallback_after: timedelta = timedelta(hours=4)
    per_week: int = 5
    gather: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)  # without slots: what follows from it is worked out once
class Stage:
    """A step that falls due once in a line's life.

    id: unique within the policy. measure, days: the condition. percent, valid: a coupon's, percent of the
    price and days; void_on_cancel: it counts no more once all of the line is cancelled; budget: how many
    codes are given out in a month at most, 0 for any number.
    """

    id: str
    measure: Measure
    days: int
    do: Action
    percent: Decimal = Decimal(0)
    valid: int = 0
    void_on_cancel: bool = False
    budget: int = 0

    @cached_property
    def key(self) -> str:
        """The step key: once in a life."""
        return f"{STAGE_KEYS}{self.id}"

    @cached_property
    def offers(self) -> bool:
        """Whether the stage offers the customer something."""
        return STAGE_ACTIONS[self.do].offers

    @cached_property
    def length(self) -> timedelta:
        """The days of the condition as a stretch of time."""
        return timedelta(days=self.days)

    @cached_property
    def condition(self) -> str:
        """Why the stage falls due, in words."""
        days = self.days
        match self.measure:
            case "delay":
                return f"the line is {days} days late against the first date"
            case "waited":
                return f"the customer has waited for {days} days"
            case "overdue":
                return f"the promised day passed {days} days ago" if days else "the promised day passed"
            case "no_date":
                return f"there has been no date for {days} days" if days else "there is no date"


@dataclass(frozen=True, kw_only=True)  # without slots: what follows from it is worked out once
class Policy:
    """The rules of one policy file, with the calendar of the shop that reads it.

    version: names the content; two files with the same text have the same version.
    pack: the law that applies, `auto` for that of the customer's region. holidays: those of the regions,
    which a refund's working days leave out. refund_within: working days for a refund where no law counts
    them. billing_cycle: days, where the shop is the creditor. absorb: by how much more than was paid an
    alternative may cost, in percent of that. split_by_customer: whether the customer may have what is there
    sent before the rest, where the policy itself waits for the whole. payment_grace: days for which units
    stay reserved where no authorization of the payment holds, to the end of the last one.
    """

    name: str
    version: str = ""
    partial: Partial = "hold"
    split_by_customer: bool = False
    promise: PromiseRules = field(default_factory=PromiseRules)
    updates: UpdateRules = field(default_factory=UpdateRules)
    stages: tuple[Stage, ...] = ()
    pack: str = "auto"
    holidays: Holidays = field(default_factory=Holidays)
    refund_within: int = 7
    billing_cycle: int | None = None
    payment_grace: int = 3
    absorb: Decimal = Decimal(0)
    calendar: Calendar = field(default_factory=Calendar)

    @cached_property
    def endings(self) -> tuple[tuple[int, Stage], ...]:
        """The stages that end a line, each with its place."""
        return tuple((place, stage) for place, stage in enumerate(self.stages) if stage.do == "cancel")

    @cached_property
    def actions(self) -> tuple[tuple[int, Stage], ...]:
        """The other stages, each with its place."""
        return tuple((place, stage) for place, stage in enumerate(self.stages) if stage.do != "cancel")

    @cached_property
    def daily_review(self) -> Callable[[date], datetime]:
        """The instant of the daily review on a day: `updates.at` at the shop. Asked for all the time."""
        calendar, at = self.calendar, self.updates.at
        return lru_cache(maxsize=_REVIEWS)(lambda day: calendar.instant(day, at))

    def stage(self, id: str) -> Stage | None:
        """The stage with that ID."""
        return next((stage for stage in self.stages if stage.id == id), None)
