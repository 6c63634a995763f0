"""What a line's page says of the question that is open, and of the customer's own last day."""

from __future__ import annotations

from datetime import date

from backorder.domain.calendar import ONE_DAY
from backorder.domain.notifications import Facts
from backorder.queries.views import CaseView
from web.customer_page.revocable_words import uncancelled


def with_consent(facts: Facts, case: CaseView) -> Facts:
    """The facts with what is asked, or with the last day that the customer named where that counts."""
    consent, charged = case.consent, case.payment.captured
    asked, last = consent.state == "asked", consent.last_day
    if asked:
        facts = facts.replace(
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
