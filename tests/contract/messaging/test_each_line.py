"""What the lines of one message have apart is said of each: its order, and until when it is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from babel import Locale

from backorder.domain.notifications import Facts, Kind
from backorder.messaging import formats, gsm
from backorder.messaging.render import Rendered, render
from tests.contract.messaging.situations import BY, LAST, SUM, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]


def said(kind: Kind, language: str, *facts: Facts) -> Rendered:
    return render(replace(content(kind, *facts), locale=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_for_several_payments_names_the_day_of_each(language: str) -> None:
    """Each goes to the next in the queue after its own day; of many a text names the first day."""
    first = Facts(quantity=1, amount=SUM, until=BY)
    locale = formats.known(language, language, content(Kind.PAYMENT_DUE, first).region)
    day, other = formats.day(BY, locale), formats.day(LAST, locale)
    apart = said(Kind.PAYMENT_DUE, language, first, first.replace(until=LAST))
    alike = said(Kind.PAYMENT_DUE, language, first, first)
    assert apart.text.count(day) == apart.text.count(other) == 1, "each in its own panel"
    assert alike.text.count(day) == 3, "and once more for both"
    assert [alike.sms.count(each) for each in brief_days(locale)] == [1, 0], alike.sms
    assert [apart.sms.count(each) for each in brief_days(locale)] == [1, 1], apart.sms
    many = said(Kind.PAYMENT_DUE, language, *[first.replace(until=LAST)] * 3, first, first)
    assert [many.sms.count(each) for each in brief_days(locale)] == [1, 0], many.sms


def brief_days(locale: Locale) -> list[str]:
    """The two days here as a text names them."""
    days = [formats.brief_day(each, locale) for each in (BY, LAST)]
    return days if locale.language == "hi" else [gsm.plain(each) for each in days]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parcel_with_a_part_names_the_order_of_both_parts(language: str) -> None:
    """Alone of all messages it did not, so that several such orders could not be told apart."""
    sent = content(Kind.PART_SHIPPED, Facts(quantity=1, remaining=2, by=BY))
    number = sent.items[0].order
    assert number
    assert said(Kind.PART_SHIPPED, language, sent.items[0].facts).text.count(number) == 2


THROUGH_A_BANK = {
    "en": ("Your bank", "goes through your bank"),
    "de": ("Bis Ihre Bank", "über Ihre Bank"),
    "es": ("Su banco", "pasa por su banco"),
    "fr": ("Votre banque", "passe par votre banque"),
    "hi": ("बैंक में", "बैंक से आती"),
    "pt": ("Seu banco", "passa pelo seu banco"),
}
"""What is said of all of the money, and of what goes that way beside other money."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.REFUNDED, Kind.CANCELLED])
def test_a_bank_is_named_for_the_money_that_it_shows(kind: Kind, language: str) -> None:
    """Store credit beside it takes no days."""
    alone, beside = THROUGH_A_BANK[language]
    card, credit, both = (
        Facts(quantity=1, refund=SUM, refund_sent_on=LAST, means=means, reason="shop")
        for means in ("card", "STORE_CREDIT", "card, STORE_CREDIT")
    )
    for facts, words in (
        ((card, card), [True, False]),
        ((credit, credit), [False, False]),
        ((card, credit), [False, True]),
        ((credit, card), [False, True]),
        ((both,), [False, True]),
        ((both, card), [False, True]),
    ):
        text = said(kind, language, *facts).text
        assert [each in text for each in (alone, beside)] == words, text
