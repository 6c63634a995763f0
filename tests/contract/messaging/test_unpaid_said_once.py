"""That something waits for its payment is said once, and between no day and the question about it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from backorder.domain.notifications import Facts, Kind, Part, Why
from backorder.messaging import formats, gsm
from backorder.messaging.page import reader
from backorder.messaging.render import render
from backorder.messaging.ship_windows import window_of
from tests.contract.messaging.situations import AFTER, BEFORE, BY, LIKELY, content

ONCE_PAID = {
    "en": ("once you’ve paid", "once paid"),
    "de": ("nach Ihrer Zahlung", "nach Zahlung"),
    "es": ("después de su pago", "tras el pago"),
    "fr": ("après votre paiement", "après paiement"),
    "hi": ("भुगतान के बाद",),
    "pt": ("após o pagamento",),
}
UNTIL_PAID = {
    "en": "Nothing ships until you’ve paid",
    "de": "Verschickt wird erst nach Ihrer Zahlung",
    "es": "El envío no saldrá hasta que pague",
    "fr": "Rien n’est expédié avant votre paiement",
    "hi": "भुगतान होने तक कुछ नहीं भेजा जाएगा",
    "pt": "Nada será enviado antes do pagamento",
}
NOT_PAID = {
    "en": "not paid yet",
    "de": "noch nicht bezahlt",
    "es": "falta el pago",
    "fr": "paiement attendu",
    "hi": "भुगतान बाक़ी",
    "pt": "falta o pagamento",
}
AGAIN = {
    "en": "your turn comes again",
    "de": "sind Sie nach Ihrer Zahlung wieder an der Reihe|Nach Ihrer Zahlung sind Sie wieder an der Reihe",
    "es": "volverá a ser su turno",
    "fr": "ce sera de nouveau votre tour",
    "hi": "फिर आपकी बारी होगी",
    "pt": "será de novo a sua vez",
}
WENT = {
    "en": "went to the next",
    "de": "an die Nächsten",
    "es": "pasado al siguiente",
    "fr": "passé au client suivant",
    "hi": "अगले ग्राहक को",
    "pt": "foi para o próximo",
}
LANGUAGES = tuple(ONCE_PAID)
TO_COME = (Part(quantity=1, likely=None, by=None), Part(quantity=2, likely=LIKELY, by=BY))
LEAVE = (Part(quantity=2, likely=None, by=None), Part(quantity=1, likely=None, by=None))
DATED_IN_PART = (Part(quantity=2, likely=LIKELY, by=BY), Part(quantity=1, likely=None, by=None))
UNPAID = Facts(quantity=3, previous_by=BEFORE, unpaid=True)
SITUATIONS = {
    "beside what is to come": UNPAID.replace(likely=LIKELY, by=BY, parts=TO_COME, pay_part=1, pay_by=AFTER),
    "beside what leaves": UNPAID.replace(parts=LEAVE, set_aside=2, pay_part=1, pay_by=AFTER),
    "all of it": UNPAID.replace(ready=True, pay_by=AFTER),
    "none of it here": UNPAID.replace(likely=LIKELY, by=BY),
    "a day for some": UNPAID.replace(parts=DATED_IN_PART),
}


def times(words: str, language: str) -> int:
    """How often it is said that something waits for its payment."""
    plain = str if language == "hi" else gsm.plain
    left, found = plain(words).casefold(), 0
    for each in (UNTIL_PAID[language], *ONCE_PAID[language], NOT_PAID[language]):
        folded = plain(each).casefold()
        found += left.count(folded)
        left = left.replace(folded, "")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.APOLOGY, Kind.DELAYED, Kind.CONSENT_REQUEST])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_nothing_says_twice_that_something_is_unpaid(situation: str, kind: Kind, language: str) -> None:
    facts = SITUATIONS[situation]
    if kind is Kind.CONSENT_REQUEST:
        facts = facts.replace(silence="cancelled", answer_by=BY, ends_on=AFTER)
    said = render(replace(content(kind, facts), locale=language))
    for paragraph in (*said.text.splitlines(), said.sms):
        assert times(paragraph, language) < 2, paragraph


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_an_apology_for_several_says_of_each_that_is_unpaid_that_it_is(situation: str, language: str) -> None:
    paid = UNPAID.replace(likely=LIKELY, by=BY, unpaid=False)
    apology = content(Kind.APOLOGY, SITUATIONS[situation], paid, SITUATIONS[situation])
    text = render(replace(apology, locale=language)).text
    assert [times(each, language) for each in text.split("\n* ")[1:]] == [1, 0, 1], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_follows_the_day_that_it_is_about(language: str) -> None:
    """If that fails, may we have longer: the day, and not the payment."""
    asked = UNPAID.replace(likely=LIKELY, by=BY, silence="cancelled", ask_until=AFTER, answer_by=BY)
    said = render(replace(content(Kind.CONSENT_REQUEST, asked), locale=language))
    said_of_it = [each for each in said.text.splitlines() if UNTIL_PAID[language] in each]
    assert len(said_of_it) == 1, said.text
    assert said_of_it[0].index("?") < said_of_it[0].index(UNTIL_PAID[language]), said_of_it


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.CONSENT_REQUEST])
@pytest.mark.parametrize("likely", [None, LIKELY])
def test_no_day_stands_bare_on_a_card_of_what_is_not_paid(
    likely: date | None, kind: Kind, language: str
) -> None:
    facts = UNPAID.replace(likely=likely, by=BY, silence="cancelled", answer_by=AFTER, ends_on=AFTER)
    said = render(replace(content(kind, facts), locale=language)).text
    span = window_of(likely, BY, reader(language).locale).span
    [card] = [each for each in said.splitlines() if each.endswith(f": {span}")]
    assert any(once in card for once in ONCE_PAID[language]), card
    assert "Zahlung bis" not in card, "that would be a last day for paying"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 3])
def test_who_was_passed_over_reads_once_that_they_are_to_pay_and_after_the_day(
    count: int, language: str
) -> None:
    facts = Facts(quantity=count, previous_by=BEFORE, by=BY, why=Why.UNPAID, unpaid=True)
    asked = facts.replace(silence="cancelled", answer_by=AFTER, ends_on=AFTER)
    text = render(replace(content(Kind.CONSENT_REQUEST, asked), locale=language)).text
    assert UNTIL_PAID[language] not in text, "that their turn comes once they pay says it"
    [said] = re.findall(AGAIN[language], text)
    by = formats.day(BY, reader(language).locale)
    assert text.index(by) < text.index(said), "no day stands against it"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lines", [1, 2])
def test_what_was_not_there_did_not_go_to_anybody(lines: int, language: str) -> None:
    """An apology says that it turned out not to be there."""
    unpaid = Facts(quantity=1, why=Why.UNPAID, unpaid=True)
    said = render(replace(content(Kind.APOLOGY, *[unpaid] * lines), locale=language))
    assert WENT[language] not in said.text + said.sms
    assert len(re.findall(AGAIN[language], said.text)) == lines, "each says it for itself"
