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
    assert str(words.unpaid(each, do == "will_keep_until")).strip() in said
    each.payment = None
    assert len(str(getattr(words, do)(each, *([] if plan is None else [plan])))) < len(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("until", ["", "9 Z"])
@pytest.mark.parametrize(
    ("do", "first", "ends"),
    [("will_keep", "5 Z", True), ("will_keep", "", False), ("will_keep_until", "5 Z", True)],
)
def test_what_ends_stays_open_in_no_word_beside_it(
    do: str, first: str, ends: bool, until: str, language: str
) -> None:
    """It is as it stands after the choice, whatever silence meant before."""
    line = SimpleNamespace(quantity="2", count=2, partial=False, product="Lamp", why="", silence="cancelled")
    due = SimpleNamespace(until=until, all=True, count=2, units="2")
    each = SimpleNamespace(
        line=line, status="waiting", open=2, charged=True, payment=due, ends_on="", asked=not ends
    )
    words, plan = reader(language).words, SimpleNamespace(**{**vars(DOES["will_keep"]), "first": first})
    said = str(getattr(words, do)(each, plan))
    open_still, not_open = (str(words.unpaid(each, each_ends)).strip() for each_ends in (False, True))
    assert (open_still in said) is not ends
    assert not_open in said or not ends


def test_a_french_coupon_asks_nobody_to_wait() -> None:
    assert "patienter" not in str(reader("fr").words.coupon_title())


@pytest.mark.parametrize(("open_units", "those"), [(1, "इसे"), (2, "इन्हें")])
@pytest.mark.parametrize("do", ["will_keep", "will_keep_until"])
def test_hindi_speaks_of_several_as_several(do: str, open_units: int, those: str) -> None:
    line = SimpleNamespace(
        quantity=str(open_units), count=open_units, partial=False, product="Lamp", why="", silence=""
    )
    each = SimpleNamespace(line=line, status="waiting", open=open_units, charged=True, payment=None)
    plan = SimpleNamespace(until="1 Z", agreed_until="", first="5 Z", reminded=False)
    said = str(getattr(reader("hi").words, do)(each, plan))
    assert {"इसे", "इन्हें"} & set(said.split()) == {those}
    assert ("इनके" in said) == (open_units > 1)
