"""No message speaks of a new date where there was none before."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import BEFORE, BY, LIKELY, content

NEW = {
    "en": r"new dates?\b",
    "de": r"neuen? Termin",
    "es": r"nuevas? fechas?",
    "fr": r"nouvelles? dates?",
    "hi": r"नई तारीख़",
    "pt": r"novas? datas?",
}
LANGUAGES = list(NEW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2])
def test_a_supplier_who_never_named_a_date_is_asked_for_none_that_is_new(language: str, count: int) -> None:
    facts = Facts(quantity=2, purchase_order="PO-1", po_line="1")
    without, dated = (
        render(replace(content(Kind.SUPPLIER_OVERDUE, *[each] * count), locale=language)).html
        for each in (facts, replace(facts, due=BY))
    )
    assert re.search(NEW[language], dated, re.IGNORECASE)
    assert not re.search(NEW[language], without, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_silence_agrees_to_the_first_date_by_its_day(language: str) -> None:
    first = Facts(likely=LIKELY, by=BY, answer_by=LIKELY, silence="agreed")
    anew = replace(first, previous_by=BEFORE)
    for facts, new in ((first, False), (anew, True)):
        text = render(replace(content(Kind.CONSENT_REQUEST, facts), locale=language)).text
        assert bool(re.search(NEW[language], text, re.IGNORECASE)) is new, text
