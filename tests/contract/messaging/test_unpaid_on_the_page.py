"""The page's second step says that nothing ships before it is paid for, whatever it leads back to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from backorder.messaging.page import reader

LANGUAGES = ("de", "en", "es", "fr", "hi", "pt")
DOES = {
    "will_take_back": None,
    "will_take_withdrawal_back": None,
    "will_keep_order": None,
    "will_keep": SimpleNamespace(until="1 Z", agreed_until="", first="", reminded=True),
    "will_keep_until": SimpleNamespace(until="1 Z", agreed_until="", first="", reminded=True),
}
"""What leaves the line open, and the plan that it is said with."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("do", DOES)
@pytest.mark.parametrize("until", ["", "9 Z"])
def test_what_stays_open_ships_once_it_is_paid_for(language: str, do: str, until: str) -> None:
    line = SimpleNamespace(quantity="2", count=2, partial=False, product="Lamp", why="", silence="")
    due = SimpleNamespace(until=until, all=True, count=2, units="2")
    each = SimpleNamespace(
        line=line, status="waiting", open=2, charged=False, payment=due, ends_on="", asked=False
    )
    words, plan = reader(language).words, DOES[do]
    said = str(getattr(words, do)(each, *([] if plan is None else [plan])))
    assert str(words.unpaid(each)).strip() in said
    each.payment = None
    assert len(str(getattr(words, do)(each, *([] if plan is None else [plan])))) < len(said)
