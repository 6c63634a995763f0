"""No message speaks of a new date where there was none before, nor of one order where it lists several."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging.message_content import MessageContent
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


ORDERS = {
    "en": ("your orders", "your order"),
    "de": ("Ihre[nr]? Bestellungen", "Ihrer Bestellung"),
    "es": ("sus pedidos", "su pedido"),
    "fr": ("vos commandes", "votre commande"),
    "hi": ("आपके ऑर्डरों", "आपके ऑर्डर"),
    "pt": ("seus pedidos", "seu pedido"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.EARLIER, Kind.PART_SHIPPED])
def test_what_lists_several_orders_calls_them_so(kind: Kind, language: str) -> None:
    facts = Facts(likely=LIKELY, by=BY, previous_by=BEFORE, remaining=1 if kind is Kind.PART_SHIPPED else 0)
    one = replace(content(kind, facts, facts), locale=language)
    same = replace(one, items=tuple(replace(each, order="A-1") for each in one.items))
    first, second = same.items
    several = replace(same, items=(first, replace(second, order="A-2")))
    many = re.compile(ORDERS[language][0], re.IGNORECASE)
    assert not many.search(_words(same))
    assert many.search(_words(several))


MISTAKE = {
    "en": "Is this a mistake",
    "de": "Irrtum",
    "es": "Es un error",
    "fr": "une erreur",
    "hi": "ग़लती से",
    "pt": "engano",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_shop_cancels_is_nobodys_mistake(language: str) -> None:
    for reason in ("customer", "policy", "shop", "supplier", "no_consent"):
        sent = replace(content(Kind.CANCELLED, Facts(reason=reason, uncharged=True)), locale=language)
        assert (MISTAKE[language] in _words(sent)) == (reason in ("customer", "policy")), reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_waits_for_what_is_not_delivered(language: str) -> None:
    kept = Facts(why=Why.REFUSED, choice="keep", until=BY, last_day=BY, ends_on=BY + timedelta(days=1))
    waits = {
        "en": "waiting",
        "de": "warten",
        "es": "esperando",
        "fr": "attendre",
        "hi": "इंतज़ार",
        "pt": "esperando",
    }
    assert waits[language] not in _words(replace(content(Kind.ANSWER_RECEIVED, kept), locale=language))


def _words(sent: MessageContent) -> str:
    said = render(sent)
    return f"{said.subject} {said.text} {said.sms}"
