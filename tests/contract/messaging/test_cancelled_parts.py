"""What is said of a part of a line that its customer cancelled, in every language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging import gsm
from backorder.messaging.render import render
from tests.contract.messaging.situations import MERLIN, content

OTHERS = {
    "en": "rest of your order",
    "de": "Rest Ihrer Bestellung",
    "es": "resto de su pedido",
    "fr": "reste de votre commande",
    "hi": "बाक़ी ऑर्डर",
    "pt": "restante do seu pedido",
}


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
@pytest.mark.parametrize("units", [1, 2])
def test_who_cancels_a_part_reads_how_many_that_is(locale: str, units: int) -> None:
    part = Facts(choice="cancel", quantity=units, remaining=3)
    found = render(replace(content(Kind.ANSWER_RECEIVED, part), locale=locale))
    assert f"{units} x Kestrel tent" in found.sms
    assert f"{units} × Kestrel tent" in found.text


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_who_ended_a_swap_by_it_reads_no_apology(locale: str) -> None:
    def said(reason: str) -> str:
        facts = Facts(quantity=1, chosen=MERLIN, reason=reason)
        found = render(replace(content(Kind.SWAP_FAILED, facts), locale=locale))
        return " ".join((found.subject, found.text, found.sms)).lower()

    apologies = ("sorry", "leid", "sentimos", "désolés", "क्षमा", "sentimos muito")
    assert any(each in said("") for each in apologies)
    assert not any(each in said("customer") for each in apologies)


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "pt"])
def test_a_text_about_a_swap_that_failed_begins_each_sentence_with_a_capital(locale: str) -> None:
    facts = Facts(quantity=1, chosen=MERLIN, uncharged=True)
    said = render(replace(content(Kind.CANCELLED, facts), locale=locale)).sms
    assert not re.search(r"[.!?] (?!https:)[a-z]", said), said


@pytest.mark.parametrize("locale", list(OTHERS))
def test_who_has_others_of_it_already_reads_that_those_are_not_meant(locale: str) -> None:
    """Two were on their way, and "we've cancelled 2" seemed to be about them."""
    for part in (True, False):
        facts = Facts(quantity=2, reason="customer", part_of_line=part)
        found = render(replace(content(Kind.CANCELLED, facts), locale=locale))
        for words in (found.text, found.html, found.sms):
            assert bool(re.search(OTHERS[locale], " ".join(words.split()))) is part, words
        assert gsm.segments(found.sms) <= (4 if locale == "hi" else 2), found.sms
