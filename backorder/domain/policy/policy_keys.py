"""What a policy file may say, as a literal table: every key with its meaning, its form and its default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import cast

from backorder.domain.durations import parse_duration, whole_days
from backorder.domain.gathering import AT_MOST
from backorder.domain.law.refund_limits import Holidays
from backorder.domain.notifications import SUPPLIER_KINDS, Kind
from backorder.domain.policy.policy import CHANNELS, MEASURES, PACKS, PARTIALS, STAGE_ACTIONS, Measure
from backorder.domain.texts import shown

_KINDS = tuple(kind.value for kind in Kind if kind not in SUPPLIER_KINDS)


class UnknownWordError(ValueError):
    """A word that is none of a closed set; a newer version may know it."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else shown(value)[1:-1]
    )


def _word(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text):
        raise ValueError(f'{shown(text)} must be 1 to 64 letters, digits, "-" or "_"')
    return text


def _length(value: object) -> timedelta:
    return parse_duration(_text(value))


def _days(value: object) -> int:
    return whole_days(_length(value))


def _some_days(value: object) -> int:
    days = _days(value)
    if days < 1:
        raise ValueError("must be at least a day")
    return days


def _settle(value: object) -> timedelta:
    length = _length(value)
    if length > timedelta(days=1):
        raise ValueError("must be a day at most: people should not learn of a new date later than that")
    return length


def _gather(value: object) -> timedelta:
    length = _length(value)
    if length > AT_MOST:
        raise ValueError(
            "must be five minutes at most: a customer should not wait longer for the confirmation"
        )
    return length


def _time(value: object) -> time:
    text = _text(value)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'{shown(text)} is no time of day; write it as "10:00"')
    return time.fromisoformat(text)


def _hours(value: object) -> tuple[time, time]:
    begin, dash, end = _text(value).partition("-")
    if not dash:
        raise ValueError(f'{shown(value)} is no span of hours; write it as "21:00-08:00"')
    return _time(begin.strip()), _time(end.strip())


def _list(value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list with at least one entry")
    return [_text(item) for item in value]


def _channels(value: object) -> tuple[str, ...]:
    found = _list(value)
    for item in found:
        _one_of(CHANNELS)(item)
    if len(set(found)) < len(found):
        raise ValueError("names a channel twice")
    return tuple(found)


def _kinds(value: object) -> frozenset[Kind]:
    return frozenset(Kind(_one_of(_KINDS)(item)) for item in (_list(value) if value != [] else []))


def _holidays(value: object) -> Holidays:
    if isinstance(value, dict):
        for country in value:
            if not re.fullmatch(r"[A-Z]{2}", country):
                raise ValueError(f"{shown(country)} is no country of ISO 3166, like US")
        return Holidays(of={country: _calendar_days(days) for country, days in value.items()})
    return Holidays(everywhere=_calendar_days(value))


def _calendar_days(value: object) -> frozenset[date]:
    if not isinstance(value, list):
        raise ValueError("must be a list of days")
    return frozenset(_calendar_day(each) for each in value)


def _calendar_day(value: object) -> date:
    if type(value) is date:
        return value
    text = _text(value)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'{shown(text)} is no day; write it as "2026-12-25"') from None


def _one_of(known: tuple[str, ...]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _text(value)
        if text not in known:
            raise UnknownWordError(f"{shown(text)} is unknown; known are {', '.join(known)}")
        return text

    return parse


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise ValueError(f"must be a whole number from 1 to 100, not {_shown(value)}")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise ValueError(f"must be a whole number from 1 to 1000000, not {_shown(value)}")
    return value


def _percent(value: object) -> Decimal:
    percent = _share(value, "above 0 and at most 100")
    if not percent:
        raise ValueError(f"must be above 0 and at most 100, not {percent}")
    return percent


def _share(value: object, bounds: str = "from 0 to 100") -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number {bounds}, not {_shown(value)}")
    percent = Decimal(str(value))
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise ValueError(f"must be {bounds}, not {percent}")
    return percent


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, without quotes, not {_shown(value)}")
    return value


def _condition(value: object) -> tuple[Measure, int]:
    if not isinstance(value, dict) or len(value) != 1:
        found = f", not {len(value)}" if isinstance(value, dict) else ""
        raise ValueError(f'must name one measure{found}, such as {{ delay = "5d" }}')
    ((measure, length),) = value.items()
    _one_of(MEASURES)(measure)
    return cast(Measure, measure), _days(length)


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How a value is written. words: for people. parse: the value of what TOML read; raises ValueError."""

    words: str
    parse: Callable[[object], object]


def _choice(known: tuple[str, ...]) -> Form:
    return Form(words="one of " + ", ".join(f"`{each}`" for each in known), parse=_one_of(known))


WORD = Form(words="1 to 64 letters, digits, `-` or `_`", parse=_word)
DAYS = Form(words="days, like `3d`; `0d` is one of them", parse=_days)
SOME_DAYS = Form(words="days, `1d` or more", parse=_some_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key. default: as a file would say it; None where it has to be there, "" where there is none.
    idle: why it does nothing so far, in words.
    """

    meaning: str
    form: Form
    default: str | list[str] | int | None
    idle: str = ""


KEYS: Mapping[str, Mapping[str, Key]] = {
    "": {
        "name": Key(meaning="what order lines call the policy", form=WORD, default=None),
        "partial": Key(
            meaning="what becomes of units that arrive before the line is whole: they wait for the rest, "
            "they ship, or the next line in the queue that they make whole gets them",
            form=_choice(PARTIALS),
            default="hold",
        ),
        "split_by_customer": Key(
            meaning="whether the customer may choose, on their page, to have what is there sent now; the "
            "rest follows once it is whole",
            form=Form(words="`true` or `false`", parse=_yes_or_no),
            default=False,
        ),
        "payment_grace": Key(
            meaning="how long units that are there stay reserved for a line whose authorization has run out, "
            "to the end of the last day, before the next in the queue gets them",
            form=SOME_DAYS,
            default="3d",
        ),
        "absorb": Key(
            meaning="by how much more than was paid for the units an alternative may cost, in percent of "
            "that; the shop bears it, and the customer pays nothing more",
            form=Form(words="a number from 0 to 100", parse=_share),
            default=0,
        ),
    },
    "promise": {
        "handling": Key(meaning="working days from the dock to the carrier", form=DAYS, default="1d"),
        "transit": Key(meaning="days from the carrier to the door", form=DAYS, default="3d"),
        "min_slip": Key(
            meaning="how much later a date has to be before the customer hears of it; smaller moves add up",
            form=SOME_DAYS,
            default="2d",
        ),
        "good_news": Key(
            meaning="how much earlier a date has to be before the customer hears of it",
            form=SOME_DAYS,
            default="3d",
        ),
        "tell_before": Key(
            meaning="how long before the promised day a slip that comes from time passing alone is told",
            form=SOME_DAYS,
            default="5d",
        ),
        "settle": Key(
            meaning="how long a new fact stands before it is told; news about other lines of the order that "
            "comes meanwhile goes with it",
            form=Form(words="a duration like `2h`, a day at most", parse=_settle),
            default="2h",
        ),
    },
    "updates": {
        "every": Key(
            meaning="how often a customer hears from the shop when nothing changes",
            form=SOME_DAYS,
            default="14d",
        ),
        "at": Key(
            meaning="when lines are looked at, by the shop's clock",
            form=Form(words="a time of day", parse=_time),
            default="10:00",
        ),
        "quiet_hours": Key(
            meaning="hours at the customer in which no text (SMS) is sent: it waits till morning. Their own "
            "time zone counts, else it must be day in all of their country",
            form=Form(words="two times of day; never if they are the same", parse=_hours),
            default="21:00-08:00",
        ),
        "channels": Key(
            meaning="how customers are written to: by the first one that can be used; the others are its "
            "fallback",
            form=Form(words=f"a list of {' and '.join(f'`{each}`' for each in CHANNELS)}", parse=_channels),
            default=["email", "sms"],
        ),
        "both": Key(
            meaning="kinds of message that go on two channels: once the first one has it, by the second that "
            "can be used as well",
            form=Form(words="a list of [kinds](messages.md) to customers", parse=_kinds),
            default=[],
        ),
        "spacing": Key(
            meaning="how long after any other message to the same person an offer comes at the earliest",
            form=DAYS,
            default="2d",
        ),
        "per_week": Key(
            meaning="regular updates and offers that one person gets in a week at most, about all of their "
            "lines; news, endings, answers, refunds and legal notices always go, and do not count",
            form=Form(words="a whole number from 1 to 100", parse=_number),
            default=5,
        ),
        "fallback_after": Key(
            meaning="how long a message waits for a channel that is down before it takes the next one",
            form=Form(words="a duration like `4h`", parse=_length),
            default="4h",
        ),
        "gather": Key(
            meaning="how long the confirmation of an order's line, or news of it that is due at once, waits "
            "for those of its other lines, to be one message; each makes it wait anew, five minutes at most, "
            "and `0s` lets each go by itself. What one answer to several lines led to waits as long at most "
            "for the lines that have not ruled on it yet",
            form=Form(words="a duration like `1m`, five minutes at most", parse=_gather),
            default="1m",
        ),
    },
    "stages": {
        "id": Key(meaning="names the stage; once in a policy", form=WORD, default=None),
        "when": Key(
            meaning="when it falls due: so long after the first date that the customer was told (`delay`), "
            "since the order (`waited`), after the promised day (`overdue`), or without a date (`no_date`)",
            form=Form(words='one measure, like `{ delay = "5d" }`', parse=_condition),
            default=None,
        ),
        "do": Key(meaning="what is done then", form=_choice(tuple(STAGE_ACTIONS)), default=None),
        "percent": Key(
            meaning="what the coupon is worth, of the price",
            form=Form(words="a number above 0 and at most 100", parse=_percent),
            default="",
        ),
        "valid": Key(meaning="how long the coupon is good for", form=SOME_DAYS, default=""),
        "void_on_cancel": Key(
            meaning="whether the coupon counts no more once all of the line is cancelled",
            form=Form(words="`true` or `false`", parse=_yes_or_no),
            default="",
        ),
        "budget": Key(
            meaning="how many coupons of the stage are given out in a calendar month at most, over all "
            "lines; each counts once its code is given out, also if it is void later. A line whose turn "
            "comes after that gets none, and a person hears of it once a month",
            form=Form(words="a whole number, 1 or more", parse=_count),
            default="",
        ),
    },
    "duties": {
        "pack": Key(
            meaning="the law that applies; `auto` is that of the customer's region",
            form=_choice(PACKS),
            default="auto",
        ),
        "holidays": Key(
            meaning="days on which nobody works, which the working days of a refund leave out, besides "
            "Saturdays and Sundays: of every region, or by country",
            form=Form(
                words='a list of days like `["2026-12-25"]`, or one for each country, like '
                '`{ US = ["2026-11-26"] }`',
                parse=_holidays,
            ),
            default=[],
        ),
        "billing_cycle": Key(
            meaning="how long a billing cycle of the shop's own credit is: within one, in place of seven "
            "working days, a refund has to be sent under `us-ftc-435` where the order says `credit`. Without "
            "it the seven working days count there too. `92d` at most",
            form=SOME_DAYS,
            default="",
        ),
    },
    "refunds": {
        "within": Key(
            meaning="working days in which a refund has to be sent before it is overdue, under the pack "
            "`none` alone: each law counts its own",
            form=SOME_DAYS,
            default="7d",
        ),
    },
}
"""Every key by its table: "" the top of the file, "stages" each of [[stages]]. One row a key."""
