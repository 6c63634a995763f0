"""What is here and waits for its payment beside others has no day in any mail or text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backorder.domain.notifications import Facts, Kind, Part, Why
from backorder.messaging import gsm
from backorder.messaging.render import lacks, render
from tests.contract.messaging.situations import AFTER, BEFORE, BY, LIKELY, content

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


NO_DATE = {
    "en": "no date|honest date",
    "de": "kein Termin|verlässlichen Termin",
    "es": "sin fecha|fecha fiable",
    "fr": "pas de date|pas encore de date|date fiable",
    "hi": "तारीख़ नहीं|तारीख़ तय नहीं|पक्की तारीख़",
    "pt": "sem data|data confiável",
}
PAY_URL = "https://pay.test/1"


@pytest.mark.parametrize("language", list(NO_DATE))
@pytest.mark.parametrize("pay_url", [PAY_URL, ""])
def test_who_was_passed_over_reads_that_it_is_their_turn_once_they_pay_and_how(
    language: str, pay_url: str
) -> None:
    """The day that stands for them is named; that there is none would be untrue."""
    facts = Facts(unpaid=True, why=Why.UNPAID, previous_by=BEFORE, pay_url=pay_url)
    said = render(replace(content(Kind.STILL_WAITING, facts), locale=language))
    for words in (said.subject, said.text, said.sms):
        for none in NO_DATE[language].split("|"):
            assert none.casefold() not in words.casefold(), words
    assert "28" in said.text, "their day"
    assert "28" in said.sms, "their day"
    assert [pay_url in words for words in (said.text, said.sms)] == [True, True]
    assert ("https://" in said.sms) is True, "where to say how to pay"


OTHERS = {
    "en": "3 of them are not paid yet",
    "de": "Davon sind 3 Stück noch nicht bezahlt",
    "es": "falta el pago de 3 unidades",
    "fr": "Paiement attendu pour 3 unités",
    "hi": "3 नग का भुगतान बाक़ी है",
    "pt": "falta o pagamento de 3 unidades",
}
"""How many wait for their payment beside others that leave anyway."""


@pytest.mark.parametrize("language", list(OTHERS))
@pytest.mark.parametrize("silence", ["cancelled", "nothing"])
@pytest.mark.parametrize("by", [BY, None])
def test_a_question_says_how_many_are_unpaid_beside_those_that_leave(
    by: date | None, silence: str, language: str
) -> None:
    """Once, and beside the day that it names."""
    why = Why.UNPAID if by is None else None
    asked = Facts(quantity=5, by=by, why=why, unpaid=True, pay_others=3, silence=silence)
    if silence == "cancelled":
        asked = asked.replace(answer_by=BY, ends_on=AFTER)
    sent = replace(content(Kind.CONSENT_REQUEST, asked), locale=language)
    said = render(sent)
    others = OTHERS[language]
    assert " ".join(said.text.split()).count(others) == 1, said.text
    assert said.sms.count(others if language == "hi" else gsm.plain(others)) == 1, said.sms
    assert not lacks(sent, said)


KEPT = {
    "en": "Nothing ships until you’ve paid; what’s set aside stays so until",
    "de": "Verschickt wird erst nach Ihrer Zahlung; reserviert bleibt die Ware bis zum",
    "es": "El envío no saldrá hasta que pague; la reserva se mantiene hasta el",
    "fr": "Rien n’est expédié avant votre paiement ; ce qui est mis de côté le reste jusqu’au",
    "hi": "भुगतान होने तक कुछ नहीं भेजा जाएगा; सामान",
    "pt": "Nada será enviado antes do pagamento; o que já separamos fica reservado até",
}
"""What is said of all of it, while it is kept for its payment."""


@pytest.mark.parametrize("language", list(KEPT))
@pytest.mark.parametrize("silence", ["cancelled", "nothing"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_question_about_what_is_kept_for_its_payment_says_so_once_of_each(
    count: int, silence: str, language: str
) -> None:
    """Not that it is here and has not left as planned."""
    asked = Facts(ready=True, unpaid=True, pay_by=LIKELY, silence=silence)
    if silence == "cancelled":
        asked = asked.replace(ask_until=AFTER, answer_by=BY, ends_on=AFTER)
    sent = content(Kind.CONSENT_REQUEST, asked)
    sent = replace(sent, locale=language, items=sent.items * count)
    said = render(sent)
    assert " ".join(said.text.split()).count(KEPT[language]) == count, said.text
    assert said.sms.count(str(LIKELY.day)) == count, said.sms
    assert not lacks(sent, said)


HERE = Facts(
    quantity=3,
    parts=(Part(quantity=2, likely=None, by=None), Part(quantity=1, likely=None, by=None)),
    set_aside=2,
    unpaid=True,
    pay_part=1,
    pay_by=BY,
)
"""Nothing is to come: some units leave anyway, and one waits for its payment."""


@pytest.mark.parametrize("language", list(ONCE_PAID))
@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.STILL_WAITING, Kind.DELAYED, Kind.EARLIER])
@pytest.mark.parametrize(
    "facts", [FACTS, replace(FACTS, why=Why.UNCERTAIN), HERE], ids=["dated", "unsure", "here"]
)
def test_a_subject_names_no_day_of_the_others_as_if_all_left_by_it(
    facts: Facts, kind: Kind, language: str
) -> None:
    subject = render(replace(content(kind, facts), locale=language)).subject
    once = {"es": "tras su pago", "hi": "1 नग भुगतान के बाद"}.get(language, ONCE_PAID[language][0])
    assert once in subject, subject
    assert ("19" in subject) == (facts.by is not None), subject
    assert len(subject) < 120
