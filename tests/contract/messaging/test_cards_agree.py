"""A card and the sentence beneath it say the same, and each thing once, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging.page import reader
from backorder.messaging.render import render
from tests.contract.messaging.situations import BY, LIKELY, content

EXPECTED = {
    "en": "Expected to ship",
    "de": "Versand erwartet",
    "es": "Envío previsto",
    "fr": "Expédition attendue",
    "hi": "भेजने का अनुमान",
    "pt": "Envio previsto",
}
PAY = {
    "en": "like to pay",
    "de": "zahlen möchten",
    "es": "quiere pagar",
    "fr": "souhaitez payer",
    "hi": "कैसे करना चाहेंगे",
    "pt": "quer pagar",
}
LANGUAGES = list(EXPECTED)
UNCERTAIN = Facts(likely=LIKELY, by=BY, why=Why.UNCERTAIN)
DUE = Facts(amount=Money(Decimal("20.00"), "EUR"), until=date(2026, 5, 12))
LINKED = replace(DUE, pay_url="https://pay.fellfjord.test/c/9XkQ2r")


def letter(kind: Kind, language: str, *items: Facts) -> str:
    """A mail's words, on one line."""
    said = render(replace(content(kind, *items), locale=language))
    return " ".join(said.text.split()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("items", [1, 2])
def test_a_date_that_is_less_certain_is_expected_on_its_card_too(language: str, items: int) -> None:
    sure = replace(UNCERTAIN, why=None)
    assert EXPECTED[language] in letter(Kind.STILL_WAITING, language, *[UNCERTAIN] * items)
    assert EXPECTED[language] not in letter(Kind.STILL_WAITING, language, *[sure] * items)


def test_a_text_about_several_expects_the_date_that_is_less_certain() -> None:
    items = (UNCERTAIN, replace(UNCERTAIN, why=None))
    said = render(replace(content(Kind.STILL_WAITING, *items), locale="en")).sms
    assert re.search(r"expected 12.* ships 12", said), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_a_link_to_pay_is_not_asked_how_they_would_like_to(language: str) -> None:
    asks = letter(Kind.PAYMENT_DUE, language, DUE, DUE)
    assert PAY[language] in asks
    assert PAY[language] not in letter(Kind.PAYMENT_DUE, language, LINKED, LINKED)
    assert PAY[language] not in letter(Kind.PAYMENT_DUE, language, LINKED)
    some = letter(Kind.PAYMENT_DUE, language, LINKED, DUE)
    link = {
        "en": "without a link",
        "de": "ohne Link",
        "es": "sin enlace",
        "fr": "sans lien",
        "hi": "लिंक नहीं",
        "pt": "sem link",
    }
    assert re.search(f"{link[language]}.*{PAY[language]}", some), some
    assert link[language] not in asks


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stands", [{}, {"late": True}, {"late": True, "returns": True}, {"failed": True}])
def test_money_that_is_owed_is_named_once(language: str, stands: dict[str, bool]) -> None:
    """It stands above the sentence, unless some of it was sent already."""
    usual = {
        "refused": False,
        "late": False,
        "failed": False,
        "returns": False,
        "by": "9 Z",
        "amount": "20 X",
    }
    words = reader(language).words
    for left, times in (("20 X", 0), ("12 X", 1)):
        said = str(words.repayment(SimpleNamespace(**usual | stands, left=left)))
        assert said.count(left) == times, said
        assert len(said.split()) > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_waits_for_what_is_not_delivered(language: str) -> None:
    words = reader(language).words
    line = SimpleNamespace(why="refused", quantity="2", count=2, partial=False, product="Lamp")
    each = SimpleNamespace(line=line, open=2, last_day="", kept_until="9 Z")
    kept = str(words.kept(each))
    assert "9 Z" not in kept, kept
    each.last_day = "8 Z"
    assert "9 Z" not in str(words.kept(each))
    assert "8 Z" in str(words.kept(each))
    each.line.why, each.last_day = "", ""
    assert "9 Z" in str(words.kept(each))
    each.line.why = "refused"
    plan = SimpleNamespace(agreed_until="9 Z", first="", until="8 Z", reminded=False)
    each.status, each.charged, each.payment = "waiting", False, None
    assert "9 Z" not in str(words.will_keep_until(each, plan))
