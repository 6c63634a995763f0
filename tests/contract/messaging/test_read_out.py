"""What a person reads out on a call: what the notice says, in its own words, without anything to press."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging import formats
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.messaging.render import render, spoken

LOCALES = ("en", "de", "es", "fr", "hi", "pt")
ASKED = Facts(
    quantity=2,
    likely=date(2026, 4, 20),
    by=date(2026, 4, 24),
    previous_by=date(2026, 3, 2),
    why=Why.SUPPLY_MOVED,
    answer_by=date(2026, 4, 1),
    ends_on=date(2026, 4, 2),
    silence="cancelled",
    refund=Money(Decimal("1234.50"), "USD"),
    refundable=True,
)
DATELESS = Facts(
    quantity=1,
    why=Why.SUPPLIER_UNSURE,
    answer_by=date(2026, 4, 1),
    ends_on=date(2026, 4, 2),
    silence="cancelled",
    refundable=False,
)
AGREED = Facts(
    quantity=1, by=date(2026, 4, 3), answer_by=date(2026, 4, 3), silence="agreed", refundable=False
)
LATE = Facts(quantity=1, by=date(2026, 4, 3), silence="nothing", refundable=False)


def content(facts: Facts, locale: str) -> MessageContent:
    return MessageContent(
        kind=Kind.CONSENT_REQUEST,
        locale=locale,
        region="US",
        shop=Shop(name="Lamps & Sons"),
        name="Ann",
        link="https://shop.example/b/x",
        items=(ContentItem(order="A-1", product="Walnut lamp", facts=facts),),
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_a_call_says_what_the_notice_says(locale: str) -> None:
    """Each part that the law wants said, in sentences of the mail itself."""
    language, words = spoken(content(ASKED, locale), locale)
    babel = formats.known(locale, locale, "US")
    assert language == locale
    for said in (
        "Walnut lamp",
        formats.day(date(2026, 4, 24), babel),
        formats.day(date(2026, 4, 1), babel),
        formats.day(date(2026, 4, 2), babel),
        formats.money(Money(Decimal("1234.50"), "USD"), babel),
    ):
        assert said in words
    mail = " ".join(render(content(ASKED, locale)).text.split())
    own = [each for each in re.split(r"(?<=[.?।]) ", " ".join(words.split())) if each not in mail]
    assert len(own) == 1, "how to answer is another thing on a call"
    assert "http" not in words
    assert "Ann" not in words


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("facts", [DATELESS, AGREED, LATE])
def test_every_kind_of_question_can_be_read_out(locale: str, facts: Facts) -> None:
    _, words = spoken(content(facts, locale), locale)
    assert "  " not in words
    assert words[-1] in ".।"
    assert "{" not in words


def test_a_language_without_words_is_served_in_english() -> None:
    assert spoken(content(ASKED, "nl"), "nl")[0] == "en"
