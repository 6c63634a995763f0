"""What is said of units that were not charged speaks of those alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind, Why
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
PAID = {
    "en": "whatever you’ve paid",
    "de": "was Sie dafür schon bezahlt haben",
    "es": "lo que haya pagado",
    "fr": "ce que vous avez déjà payé",
    "hi": "जो भी चुकाया",
    "pt": "o que você já tiver pago",
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


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("situation", ["keep some, uncharged", "last day, uncharged"])
@pytest.mark.parametrize("language", OF_THOSE_UNITS)
def test_no_money_comes_back_where_none_was_taken(language: str, situation: str, refused: bool) -> None:
    """Beside "you haven’t been charged", "get back whatever you’ve paid" is a riddle."""
    kept = replace(SITUATIONS[Kind.ANSWER_RECEIVED][situation], why=Why.REFUSED if refused else None)
    for charged in (False, True):
        found = render(
            replace(content(Kind.ANSWER_RECEIVED, replace(kept, refundable=charged)), locale=language)
        )
        assert (PAID[language] in found.text) is charged, found.text
