"""What the order system hears, as a literal table: when, and with which data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypedDict

from backorder.domain.keys import parts

PREFIX = "backorder."
"""How the name of every type begins."""
EXAMPLE_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Form = Literal["whole number", "text", "day", "instant", "amount", "percent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of an event's data. form: day (2026-03-20), instant (UTC, with Z), amount and percent (decimal
    texts, an amount in major units). meaning: in words. example: as it is sent. optional: it may be null.
    """

    form: Form
    meaning: str
    example: str | int
    optional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedEvent:
    """One type of event. when: what has happened, in words. data: the fields that it carries, beside its
    line's. beside: it goes with a message or with another event, which says for people what comes next.
    """

    when: str
    data: Mapping[str, Field] = field(default_factory=dict)
    beside: bool = False


OF_THE_LINE: Mapping[str, Field] = {
    "backorder": Field(form="text", meaning="the line's ID, order and line", example="A-1001/1"),
    "order_id": Field(form="text", meaning="its order, as the order system called it", example="A-1001"),
    "line_id": Field(form="text", meaning="its line there", example="1"),
}
"""What the data of every event begins with."""


def _units(what: str, example: int = 2) -> Field:
    return Field(form="whole number", meaning=what, example=example)


def _day(what: str, example: str, *, optional: bool = False) -> Field:
    return Field(form="day", meaning=what, example=example, optional=optional)


def _amount(what: str, example: str) -> Field:
    return Field(form="amount", meaning=what, example=example)


def _text(what: str, example: str) -> Field:
    return Field(form="text", meaning=what, example=example)


_SHIPMENT = _text("the ID with which the shipment was reported", "S-7")
_STAGE = _text("the stage of the policy, or no_consent", "enough")
_CURRENCY = _text("ISO 4217", "EUR")
_REVISION = Field(form="whole number", meaning="the number of the promise, from 1", example=2)
_NO_DATE = "null where no date can be said"
_LIKELY = _day(f"the first day of the window; {_NO_DATE}", "2026-03-18", optional=True)
_BY = _day(f"the last day on which the goods go to the carrier; {_NO_DATE}", "2026-03-20", optional=True)

PUBLISHED_EVENTS: Mapping[str, PublishedEvent] = {
    "allocated": PublishedEvent(
        when="units are set aside and can be shipped", data={"quantity": _units("units that are new")}
    ),
    "allocation_withdrawn": PublishedEvent(
        when="units that were set aside are not there any more",
        data={"quantity": _units("units that must not ship any more")},
    ),
    "authorization_due": PublishedEvent(
        when="units are there and the hold on the customer's money has ended; they are kept for a while. Once"
        " more where it is about more or fewer of them by now, or `until` moved, as with the customer's own"
        " last day: the last one counts. Also where units left all the same: their money is captured once"
        " another hold is reported",
        data={
            "amount": _amount("to be authorized again", "20.00"),
            "currency": _CURRENCY,
            "until": Field(
                form="instant",
                meaning="how long the units are kept: beyond the end of the day that the customer reads; "
                "null where they left",
                example="2026-03-06T10:00:00Z",
                optional=True,
            ),
            "shipment_id": Field(
                form="text",
                meaning="the ID with which their shipment was reported; null where they are there",
                example="S-7",
                optional=True,
            ),
        },
    ),
    "authorization_expiring": PublishedEvent(
        when="the hold on the customer's money ends soon",
        data={"expires_at": Field(form="instant", meaning="when it ends", example="2026-03-04T10:00:00Z")},
    ),
    "cancellation_withdrawn": PublishedEvent(
        when="units that counted as cancelled are not: they had left, or consent to wait had come, before",
        data={
            "quantity": _units("units that shipped after all, or that the customer had agreed to wait for"),
            "shipment_id": Field(
                form="text",
                meaning="the shipment that had left; null where the customer had agreed to wait",
                example="S-7",
                optional=True,
            ),
            "refund_due": _amount("what is still owed to the customer", "0.00"),
        },
    ),
    "cancelled": PublishedEvent(
        when="units are cancelled",
        data={
            "quantity": _units("units that are cancelled"),
            "by": _text("who: customer, shop, supplier, policy or no_consent", "customer"),
            "reason": _text("in words", "changed their mind"),
        },
    ),
    "capture_due": PublishedEvent(
        when="units left and the money for them is only held, as long as the hold was valid when they left",
        data={"shipment_id": _SHIPMENT, "quantity": _units("units that left")},
    ),
    "coupon_issued": PublishedEvent(
        when="a coupon is given to the customer; its message waits until this is acknowledged. Once more"
        " where the cancellation that voided it is off: the same code counts again, and a customer who had"
        " read that it is void hears so once this is acknowledged",
        data={
            "code": _text("what the customer will type", "BK-7Q2M-4XZA-9KTD"),
            "percent": Field(form="percent", meaning="off the next order", example="10"),
            "valid_until": _day("the last day on which it counts", "2026-05-31"),
        },
    ),
    "coupon_voided": PublishedEvent(
        when="all of the line was cancelled, and the policy wants its coupon to count no more",
        data={"code": _text("as it was given out", "BK-7Q2M-4XZA-9KTD")},
    ),
    "ending_due": PublishedEvent(
        when="a policy, or the law for want of consent, ends the line soon",
        data={"stage": _STAGE, "on": _day("the day on which it does", "2026-03-04")},
    ),
    "ending_withdrawn": PublishedEvent(
        when="an announced ending is off",
        data={"stage": _STAGE, "on": _day("the day that was announced", "2026-03-04")},
    ),
    "escalated": PublishedEvent(
        when="a stage of the policy calls a person",
        data={"stage": _STAGE, "reason": _text("its condition", "delay = 21d")},
    ),
    "fulfilled": PublishedEvent(
        when="nothing is open any more and units were shipped",
        data={"shipped": _units("units in all"), "cancelled": _units("units in all", 0)},
    ),
    "needs_attention": PublishedEvent(
        when="a person has to look at the line",
        beside=True,
        data={
            "flag": _text("its name under `needs` of the case", "unreachable"),
            "reason": _text("in words", "no channel reached the customer"),
        },
    ),
    "promise_changed": PublishedEvent(
        when="the customer was told another window than before, after a `promised` of the same revision",
        beside=True,
        data={
            "revision": _REVISION,
            "previous_likely": _day(f"of the window before; {_NO_DATE}", "2026-03-08", optional=True),
            "previous_by": _day(f"of the window before; {_NO_DATE}", "2026-03-10", optional=True),
            "likely": _LIKELY,
            "by": _BY,
        },
    ),
    "promised": PublishedEvent(
        when="the customer was told a date",
        beside=True,
        data={"revision": _REVISION, "likely": _LIKELY, "by": _BY},
    ),
    "refund_due": PublishedEvent(
        when="money has to go back",
        data={
            "amount": _amount(
                "to be sent now, failed shipping with it; nothing where only `shipping_if_none_shipped` is",
                "20.00",
            ),
            "currency": _CURRENCY,
            "due_by": _day("the last day for it", "2026-03-16"),
            "goods": _amount(
                "what of it is for goods, if any; the rest is shipping that became free and did not arrive",
                "20.00",
            ),
            "shipping_if_none_shipped": _amount(
                "what was paid for shipping, to be sent too if nothing of the order ships or is kept",
                "4.90",
            ),
        },
    ),
    "refund_due_changed": PublishedEvent(
        when="money that was asked for, and is not sent yet, has an earlier last day: a word of the "
        "customer's that came in before was recorded later",
        data={
            "amount": _amount("what of it, no more than was asked for before", "20.00"),
            "currency": _CURRENCY,
            "due_by": _day("the last day for it", "2026-03-10"),
        },
    ),
    "refund_overdue": PublishedEvent(
        when="money has not gone back in time",
        data={"remaining": _amount("still owed", "20.00"), "currency": _CURRENCY},
    ),
    "refund_refused": PublishedEvent(
        when="a person decided that force majeure excuses the delay, so that a refund is not owed any more",
        data={
            "amount": _amount("not to be sent, of what was paid for the goods", "20.00"),
            "currency": _CURRENCY,
            "shipping_if_none_shipped": _amount(
                "what was paid for shipping, which is not to be sent either", "4.90"
            ),
        },
    ),
    "ship_by_law": PublishedEvent(
        when="units that are set aside have to ship soon, or the law ends the line",
        data={
            "date": _day("the last day on which the carrier has to have them", "2026-03-04"),
            "quantity": _units("units that are set aside"),
        },
    ),
    "shipped": PublishedEvent(
        when="a shipment was taken up",
        data={"shipment_id": _SHIPMENT, "quantity": _units("units that count")},
    ),
    "shipping_upgraded": PublishedEvent(
        when="better shipping is given to the customer; its message waits until this is acknowledged",
        data={
            "upgrade": _text("free or faster", "free"),
            "shipping_paid": _amount("what was paid for shipping", "4.90"),
            "currency": _CURRENCY,
        },
    ),
    "substituted": PublishedEvent(
        when="the customer took an alternative: it is held until this is acknowledged, or refused; it counts "
        "as done once it is acknowledged, and at once where nobody acknowledges events",
        data={
            "request": _text("the customer's choice, which a refusal names", "answer-1"),
            "sku": _text("what they took", "LAMP-2"),
            "quantity": _units("units of it"),
            "price": _amount("of one unit", "9.50"),
            "currency": _CURRENCY,
            "absorbed": _amount("what all of it costs beyond what was paid, which the shop bears", "0.00"),
            "held_until": Field(
                form="instant",
                meaning="how long the units are kept for it; the instant of the choice where nobody "
                "acknowledges events, as it counts at once there",
                example="2026-03-03T09:30:00Z",
            ),
        },
    ),
    "substitution_withdrawn": PublishedEvent(
        when="an alternative that the customer took is not to be sent: it was not taken over in time, or "
        "units of the line ended or left before that",
        data={
            "request": _text("the customer's choice", "answer-1"),
            "sku": _text("what they had taken", "LAMP-2"),
            "quantity": _units("units of it"),
            "reason": _text("in words", "the order system was silent"),
        },
    ),
    "withdrawn": PublishedEvent(
        when="the customer withdraws from the contract after the shipment",
        data={
            "quantity": _units("units that they send back"),
            "received_at": Field(form="instant", meaning="when they said so", example="2026-03-04T10:00:00Z"),
            "reason": _text("in words", "changed their mind"),
        },
    ),
    "void_due": PublishedEvent(
        when="the line ended and the hold on the money is not needed",
        data={"reason": _text("how it ended", "cancelled")},
    ),
}
"""Every type, without the prefix `backorder.`; one row a type."""


BESIDE = frozenset(name for name, row in PUBLISHED_EVENTS.items() if row.beside)


def gets(types: Sequence[str], type: str) -> bool:
    """Whether who gets some types, or all of them where none is named, gets this one."""
    return not types or type in types


class Envelope(TypedDict):
    """An event as receivers get it, beside its ID. timestamp: ISO, UTC with a Z."""

    type: str
    timestamp: str
    data: Mapping[str, object]


def envelope(type: str, at: datetime, backorder: str, data: Mapping[str, object]) -> Envelope:
    """An event as receivers and readers of the feed get it, beside its ID. at: its business instant."""
    order, line = parts(backorder)
    whole = {"backorder": backorder, "order_id": order, "line_id": line, **data}
    return {"type": type, "timestamp": instant(at), "data": whole}


def instant(at: datetime) -> str:
    """An instant as events write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def example(name: str) -> Envelope:
    """An event of a type, without its prefix, as it is sent."""
    data = {key: each.example for key, each in PUBLISHED_EVENTS[name].data.items()}
    return envelope(PREFIX + name, EXAMPLE_AT, str(OF_THE_LINE["backorder"].example), data)
