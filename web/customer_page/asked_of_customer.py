"""What a line's page says of the question that is open, and of the customer's own last day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backorder.domain.calendar import ONE_DAY
from backorder.domain.notifications import Facts, Kind
from backorder.domain.quiet_hours import zone_read
from backorder.queries.views import CaseView
from web.customer_page.revocable_words import uncancelled


def is_asked(case: CaseView, at: datetime, shop: ZoneInfo) -> bool:
    """Whether a question waits for an answer. shop: its zone; a day is over there and at the reader.

    One whose silence agrees does until its last day is over, though consent to its date is implied before.
    """
    consent = case.consent
    zones = (shop, zone_read(case.contact.time_zone, case.contact.region, shop.key))
    today = min(at.astimezone(zone).date() for zone in zones)
    agrees = consent.state == "implied" and consent.silence == "agreed"
    implied = agrees and consent.answer_by is not None and today <= consent.answer_by
    return consent.state == "asked" or implied


def with_consent(facts: Facts, case: CaseView, at: datetime, shop: ZoneInfo) -> Facts:
    """The facts with what is asked, or with the last day that the customer named where that counts.

    at, shop: as for `is_asked`.
    """
    consent, charged = case.consent, case.payment.captured
    asked, last = is_asked(case, at, shop), consent.last_day
    if asked:
        told = case.promise.by if case.promise else None
        facts = facts.replace(
            ask_until=consent.until if consent.silence == "agreed" and consent.until != told else None,
            answer_by=consent.answer_by if consent.silence != "nothing" else None,
            ends_on=consent.ends_on,
            silence=consent.silence,
            staying=consent.staying,
            essential=consent.essential,
            refundable=charged,
            unanswered=_unanswered(case),
        )
    if last is None or (asked and consent.silence != "nothing"):
        return facts
    return facts.replace(last_day=last, ends_on=last + ONE_DAY, refundable=charged)


def ends_unasked(case: CaseView, coming: Mapping[str, date]) -> date | None:
    """The day on which the line ends if nobody does anything. coming: the days of what happens then.

    None where the customer is asked again before that: their answer to that question decides.
    """
    ends, asks = coming.get(Kind.CANCELLED.value), coming.get(Kind.CONSENT_REQUEST.value)
    own = case.consent.last_day is not None and ends is not None and ends > case.consent.last_day
    return ends if own or ends is None or asks is None or asks > ends else None


def kept_until(case: CaseView, ends: date | None) -> date | None:
    """Until when the customer agreed to wait; None for no day, and where the line ends by their own last one.

    ends: the day on which it ends as things stand.
    """
    given = case.consent.until if case.consent.state == "given" else None
    last = case.consent.last_day
    return given if last is None or (ends is not None and ends <= last) else None


def _unanswered(case: CaseView) -> int:
    """Units that are still asked about, where an answer kept others; 0 where none did."""
    kept = case.consent.kept
    return max(0, uncancelled(case, case.quantity.waiting + case.quantity.allocated) - kept) if kept else 0
