"""What is said of units that were not charged speaks of those alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content

OF_THOSE_UNITS = {
    "en": "charged for (it|them)",
    "de": "(D|d)afür wurde",
    "es": "cobra.* por ello",
    "fr": "pour cela",
    "hi": "इसके लिए|इसका",
    "pt": "por isso",
}
UNCHARGED = {
    Kind.CONSENT_REQUEST: SITUATIONS[Kind.CONSENT_REQUEST]["uncharged"],
    Kind.CANCELLED: Facts(quantity=1, reason="customer", uncharged=True, part_of_line=True),
}


@pytest.mark.parametrize("kind", UNCHARGED)
@pytest.mark.parametrize("language", OF_THOSE_UNITS)
def test_what_was_not_charged_is_said_of_its_own_units(language: str, kind: Kind) -> None:
    """What left of the line before was captured as it left."""
    found = render(replace(content(kind, UNCHARGED[kind]), locale=language))
    for words in (found.text, found.sms) if kind is Kind.CANCELLED else (found.text,):
        assert re.search(OF_THOSE_UNITS[language], words), words
