"""What is here and waits for its payment beside others has no day in any mail or text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind, Part
from backorder.messaging import gsm
from backorder.messaging.render import render
from tests.contract.messaging.situations import BEFORE, BY, LIKELY, content

ONCE_PAID = {
    "en": ("once you’ve paid", "once paid"),
    "de": ("nach Ihrer Zahlung", "nach Zahlung"),
    "es": ("después de su pago", "tras el pago"),
    "fr": ("après votre paiement", "après paiement"),
    "hi": ("भुगतान के बाद", "भुगतान के बाद"),
    "pt": ("após o pagamento", "após o pagamento"),
}
"""How a mail says it, and a text."""
SET_ASIDE = {
    "en": "et aside",
    "de": "eserviert",
    "es": "eservad",
    "fr": "de côté",
    "hi": "अलग रख",
    "pt": "separad",
}
PARTS = (Part(quantity=1, likely=None, by=None), Part(quantity=2, likely=LIKELY, by=BY))
FACTS = Facts(quantity=3, likely=LIKELY, by=BY, parts=PARTS, unpaid=True, pay_part=1)
KINDS = {
    Kind.ANSWER_RECEIVED: replace(FACTS, choice="keep"),
    Kind.STILL_WAITING: FACTS,
    Kind.DELAYED: replace(FACTS, previous_by=BEFORE),
    Kind.PART_SHIPPED: replace(FACTS, quantity=1, remaining=3),
}


@pytest.mark.parametrize("language", list(ONCE_PAID))
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_mail_says_of_the_part_that_it_leaves_once_it_is_paid_for(kind: Kind, language: str) -> None:
    said = render(replace(content(kind, KINDS[kind]), locale=language))
    assert ONCE_PAID[language][0].casefold() in said.text.casefold(), said.text
    assert SET_ASIDE[language] not in said.text, "as if it only had to leave"


@pytest.mark.parametrize("language", list(ONCE_PAID))
@pytest.mark.parametrize("kind", [Kind.STILL_WAITING, Kind.DELAYED, Kind.PART_SHIPPED])
def test_a_text_says_so_too(kind: Kind, language: str) -> None:
    said = render(replace(content(kind, KINDS[kind]), locale=language)).sms
    brief = ONCE_PAID[language][1]
    assert (brief if language == "hi" else gsm.plain(brief)) in said


@pytest.mark.parametrize("language", list(ONCE_PAID))
def test_what_only_has_to_leave_is_told_from_it_where_there_are_as_many(language: str) -> None:
    both = (Part(quantity=1, likely=None, by=None), Part(quantity=1, likely=None, by=None))
    facts = Facts(quantity=2, parts=both, set_aside=1, unpaid=True, pay_part=1, choice="keep")
    said = render(replace(content(Kind.ANSWER_RECEIVED, facts), locale=language)).text.casefold()
    assert said.count(SET_ASIDE[language].casefold()) == said.count(ONCE_PAID[language][0].casefold()) > 0
