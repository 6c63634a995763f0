"""What the order system hears, as a literal table: when, and with which data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedEvent:
    """One type of event. when: what has happened, in words. data: the fields that it carries, beside its ID,
    its instant and its line; days as ISO dates, amounts as decimal strings.
    """

    when: str
    data: tuple[str, ...] = ()


PUBLISHED_EVENTS: Mapping[str, PublishedEvent] = {
    "allocated": PublishedEvent(when="units are set aside and can be shipped", data=("quantity",)),
    "allocation_withdrawn": PublishedEvent(
        when="units that were set aside are not there any more", data=("quantity",)
    ),
    "authorization_expiring": PublishedEvent(
        when="the hold on the customer's money ends soon", data=("expires_at",)
    ),
    "cancellation_withdrawn": PublishedEvent(
        when="units that counted as cancelled had left before",
        data=("quantity", "shipment_id", "refund_due"),
    ),
    "cancelled": PublishedEvent(when="units are cancelled", data=("quantity", "by", "reason")),
    "capture_due": PublishedEvent(
        when="units left and the money for them is only held", data=("shipment_id", "quantity")
    ),
    "coupon_issued": PublishedEvent(
        when="a coupon is given to the customer", data=("code", "percent", "valid_until")
    ),
    "ending_due": PublishedEvent(when="a policy ends the line soon", data=("stage", "on")),
    "ending_withdrawn": PublishedEvent(when="an announced ending is off", data=("stage", "on")),
    "escalated": PublishedEvent(when="a person has to look", data=("stage", "reason")),
    "fulfilled": PublishedEvent(
        when="nothing is open any more and units were shipped", data=("shipped", "cancelled")
    ),
    "promised": PublishedEvent(when="the customer was told a date", data=("revision", "likely", "by")),
    "refund_due": PublishedEvent(
        when="money has to go back",
        data=("amount", "currency", "due_by", "goods", "shipping_if_none_shipped"),
    ),
    "refund_overdue": PublishedEvent(when="money has not gone back in time", data=("remaining", "currency")),
    "shipped": PublishedEvent(when="a shipment was taken up", data=("shipment_id", "quantity")),
    "substituted": PublishedEvent(
        when="the customer took an alternative",
        data=("sku", "quantity", "price", "currency", "held_until"),
    ),
    "void_due": PublishedEvent(when="the line ended and the hold is not needed", data=("reason",)),
}
"""Every type, without the prefix `backorder.`; one row a type."""
