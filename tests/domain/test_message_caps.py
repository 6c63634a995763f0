"""Nobody is written to too often: what waits, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.message_caps import WEEK, wait_between_delays, wait_for_spacing, wait_for_week
from backorder.domain.notifications import COUNTED_KINDS, OFFER_KINDS, Kind
from backorder.domain.policy.policy import Policy, UpdateRules
from backorder.domain.ways import preferred

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
NEVER_HELD = set(Kind) - {Kind.STILL_WAITING, Kind.ALTERNATIVES, Kind.COUPON, Kind.SHIPPING_UPGRADE}


def policy(**rules: int) -> Policy:
    return Policy(name="p", updates=UpdateRules(**rules))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", Kind)
def test_news_always_go(kind: Kind) -> None:
    """Dates, endings, answers, refunds and legal notices are held back by nothing."""
    many = [AT] * 100
    week, spacing = (
        wait_for_week(kind, many, policy(per_week=1), AT),
        wait_for_spacing(kind, AT, policy(spacing=9), AT),
    )
    assert (week is None) == (kind in NEVER_HELD)
    assert (spacing is None) == (kind not in {Kind.ALTERNATIVES, Kind.COUPON, Kind.SHIPPING_UPGRADE})
    assert COUNTED_KINDS.isdisjoint(NEVER_HELD)
    assert OFFER_KINDS <= COUNTED_KINDS


@given(st.integers(1, 7), st.lists(st.integers(0, 30 * 24), min_size=1, max_size=40))
def test_in_no_week_go_more_than_so_many_and_nothing_waits_longer_than_a_week(
    most: int, hours: list[int]
) -> None:
    """hours: at which messages to one person fall due. Each goes as soon as it may."""
    gone: list[datetime] = []
    for due in sorted(AT + timedelta(hours=hour) for hour in hours):
        at = max(due, gone[-1]) if gone else due
        while (wait := wait_for_week(Kind.COUPON, gone[::-1], policy(per_week=most), at)) is not None:
            assert at < wait.until <= at + WEEK
            at = wait.until
        gone.append(at)
    for first, last in zip(gone, gone[most:], strict=False):
        assert last - first >= WEEK


@given(st.integers(0, 30), st.integers(0, 40 * 24))
def test_an_offer_keeps_its_days_by_the_shop_s_calendar(spacing: int, hours: int) -> None:
    rules, last = policy(spacing=spacing), AT - timedelta(hours=hours)
    wait = wait_for_spacing(Kind.ALTERNATIVES, last, rules, AT)
    free = (
        last.date() + timedelta(days=spacing) < AT.date()
        or rules.daily_review(last.date() + timedelta(days=spacing)) <= AT
    )
    assert (wait is None) == (free or spacing == 0)
    if wait is not None:
        assert wait_for_spacing(Kind.ALTERNATIVES, last, rules, wait.until) is None


def test_legal_notices_go_by_mail_first() -> None:
    assert preferred(("sms", "email"), legal=True) == ("email", "sms")
    assert preferred(("sms", "email"), legal=False) == ("sms", "email")
    assert preferred(("sms",), legal=True) == ("sms",)


@pytest.mark.parametrize(
    ("ago", "promised", "by", "until"),
    [
        (1, 40, 43, 2),  # the third day after the last one
        (0, 40, 43, None),  # they go together
        (3, 40, 43, None),
        (1, 40, 80, None),  # much worse
        (1, 40, None, None),  # no date any more
        (1, 3, 6, 1),  # the promised day is near
        (1, 2, 5, None),
    ],
)
def test_a_delay_keeps_three_days_from_the_last_one_about_any_line(
    ago: int, promised: int, by: int | None, until: int | None
) -> None:
    today = AT.date()
    moves = [(today + timedelta(days=promised), None if by is None else today + timedelta(days=by))]
    wait = wait_between_delays(Kind.DELAYED, AT - timedelta(days=ago), moves, policy(), AT)
    assert (wait and wait.until) == (None if until is None else AT + timedelta(days=until))
    assert wait_between_delays(Kind.CONSENT_REQUEST, AT - timedelta(days=1), moves, policy(), AT) is None
