"""A text about several lines says how many units of each it is about, where a name alone does not tell them
apart.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]
NAME_NONE = frozenset(
    {
        Kind.COUPON,
        Kind.COMPLAINT_RECEIVED,
        Kind.COMPLAINT_CLOSED,
        Kind.NEW_LINK,
        Kind.CONFIRM_ADDRESS,
        Kind.ADDRESS_CHANGED,
    }
)
"""Kinds whose text about several lines names none of them."""


def said(kind: Kind, language: str, *facts: Facts) -> str:
    return render(replace(content(kind, *facts), locale=language)).sms


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(set(Kind) - NAME_NONE))
def test_lines_of_the_same_product_are_told_apart_by_their_units(kind: Kind, language: str) -> None:
    for name, facts in SITUATIONS[kind].items():
        if facts.parts or facts.why is Why.REFUSED:
            continue  # these say their units by themselves
        two, one = (replace(facts, quantity=units, staying=0, not_shipped=0) for units in (2, 1))
        text = said(kind, language, two, one)
        assert "2 x " in text, (name, text)
        assert "1 x " in text or kind is Kind.CONSENT_REQUEST, (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_is_not_delivered_the_units_that_are_left_are_named(language: str) -> None:
    """Not those that have just left."""
    refused = Facts(quantity=1, remaining=3, why=Why.REFUSED)
    text = said(Kind.PART_SHIPPED, language, refused, Facts(quantity=1, remaining=2))
    before, rest = re.split("3 x ", text)
    assert "1 x " in before
    assert "1 x " not in rest
