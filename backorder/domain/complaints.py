"""A customer's complaint: its ticket, and what is owed after it. Pure."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from backorder.domain.erasure import a_month_after

ACKNOWLEDGED_WITHIN = timedelta(hours=48)
"""Until then the customer has to read that it came in; holidays count (India's E-Commerce Rules, 4(5))."""
REMINDED_BEFORE = timedelta(days=7)
"""How long before the last day for ending it a complaint is put before people once more."""

COMPLAINT_DUE = "complaint_due"
"""What a person is asked for then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """One complaint; its words stand with the request that made it.

    answer_by: the last day for ending it, a month after it came in. closed_at: when a person ended it;
    closed_by: the request that says how. acknowledge_by: until when its customer has to read that it came in;
    None once they do, and of one from before that was kept. told_by: the messages that told them so, by key,
    and the calls and letters.
    """

    ticket: str
    request: str
    received_at: datetime
    answer_by: date
    closed_at: datetime | None = None
    closed_by: str = ""
    acknowledge_by: datetime | None = None
    told_by: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nobody has ended it."""
        return self.closed_at is None


def ticket_of(backorder: str, request: str) -> str:
    """What a customer calls their complaint by; the same one for the same request, and no secret."""
    digest = b32encode(sha256(f"{backorder}\n{request}".encode()).digest()).decode()
    return f"T-{digest[:4]}-{digest[4:8]}"


def answer_by(received_on: date) -> date:
    """The last day for ending a complaint that came in on a day of the shop's."""
    return a_month_after(received_on)


def is_urgent(answer_by: date, today: date) -> bool:
    """Whether the last day for ending a complaint is near, or over. today: the shop's day."""
    return today >= answer_by - REMINDED_BEFORE
