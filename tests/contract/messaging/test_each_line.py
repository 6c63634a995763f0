"""What the lines of one message have apart is said of each: its order, and until when it is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging import formats
from backorder.messaging.render import Rendered, render
from tests.contract.messaging.situations import BY, LAST, SUM, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]


def said(kind: Kind, language: str, *facts: Facts) -> Rendered:
    return render(replace(content(kind, *facts), locale=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_for_several_payments_names_no_day_that_is_one_lines_alone(language: str) -> None:
    """All went to the next in the queue after the first one's day, and the text wanted money by then."""
    first = Facts(quantity=1, amount=SUM, until=BY)
    locale = formats.known(language, language, content(Kind.PAYMENT_DUE, first).region)
    day, other = formats.day(BY, locale), formats.day(LAST, locale)
    apart = said(Kind.PAYMENT_DUE, language, first, first.replace(until=LAST))
    alike = said(Kind.PAYMENT_DUE, language, first, first)
    assert apart.text.count(day) == apart.text.count(other) == 1, "each in its own panel"
    assert alike.text.count(day) == 3, "and once more for both"
    assert formats.brief_day(BY, locale) not in apart.sms
    assert len(apart.sms) < len(alike.sms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parcel_with_a_part_names_the_order_of_both_parts(language: str) -> None:
    """Alone of all messages it did not, so that several such orders could not be told apart."""
    sent = content(Kind.PART_SHIPPED, Facts(quantity=1, remaining=2, by=BY))
    number = sent.items[0].order
    assert number
    assert said(Kind.PART_SHIPPED, language, sent.items[0].facts).text.count(number) == 2
