"""What is paid back is said of what ends, and never of all that was paid: more may have left before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import backorder.messaging
from backorder.domain.notifications import Kind
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content, contents

TEMPLATES = Path(backorder.messaging.__file__).parent / "templates"
OF_EVERYTHING = {
    "en": r"([Ww]hat(ever)?|[Ee]verything|[Aa]nything) you(’ve)? (already )?paid(?! for)",
    "de": r"[Ww]as Sie (schon )?bezahlt haben",
    "es": r"lo que (ya )?(haya pagado|pagó)(?! por)",
    "fr": r"ce que vous avez (déjà )?payé(?! pour)|[Ss]i vous avez (déjà )?payé",
    "hi": r"(?<!इसके लिए )(?<!इनके लिए )(?<!उसके लिए )(?<!उनके लिए )(जो (भी )?चुकाया है|चुकाई गई (पूरी )?रक़म)",
    "pt": r"o que (você )?(já )?(tiver (sido )?pago|pagou)(?! p(or|el))",
}
"""Money that is named without what it was paid for."""
KINDS = (Kind.CONSENT_REQUEST, Kind.CANCELLED, Kind.CONFIRMED, Kind.LAST_DAY_REMINDER)
PAGE = ("nothing", "last_day_what", "will_keep_until", "will_refund", "will_keep")
"""What a customer's page says of what comes back where some of a line ends."""


@pytest.mark.parametrize("name", OF_EVERYTHING)
def test_messages_promise_back_what_was_paid_for_what_ends(name: str) -> None:
    for situation, sent in contents():
        if sent.kind in KINDS:
            said = render(replace(sent, locale=name))
            for words in (said.text, said.sms):
                found = re.search(OF_EVERYTHING[name], " ".join(words.split()))
                assert not found, (situation, found, words)


@pytest.mark.parametrize("name", OF_EVERYTHING)
def test_pages_promise_back_what_was_paid_for_what_ends(name: str) -> None:
    macros = (TEMPLATES / name / "page.jinja").read_text().split("{% macro ")
    for words in (each for each in macros if each.partition("(")[0] in PAGE):
        assert not re.search(OF_EVERYTHING[name], words), words


@pytest.mark.parametrize(
    ("name", "free"),
    [
        ("en", "At no extra cost"),
        ("de", "Ohne Mehrkosten"),
        ("es", "Sin coste adicional"),
        ("fr", "Sans supplément"),
        ("hi", "कुछ अतिरिक्त नहीं"),
        ("pt", "Sem custo adicional"),
    ],
)
def test_what_is_sent_instead_and_costs_more_is_said_to_cost_nothing_extra(name: str, free: str) -> None:
    """The policy absorbs the difference, and the message names the higher price."""
    for situation, facts in SITUATIONS[Kind.SUBSTITUTED].items():
        said = render(replace(content(Kind.SUBSTITUTED, facts), locale=name))
        assert (free in said.text) == (facts.refund is None), (situation, said.text)


@pytest.mark.parametrize(
    ("name", "delivery"),
    [
        ("en", "delivery"),
        ("de", "lieferung"),
        ("es", "envío"),
        ("fr", "livraison"),
        ("hi", "डिलीवरी"),
        ("pt", "frete"),
    ],
)
def test_delivery_comes_back_with_the_rest_only_where_it_does(name: str, delivery: str) -> None:
    """Not with what was sent instead of the rest."""
    kept, replaced = (
        render(replace(content(Kind.ANSWER_RECEIVED, SITUATIONS[Kind.ANSWER_RECEIVED][each]), locale=name))
        for each in ("withdraw, some kept", "withdraw, the others replaced")
    )
    assert delivery in kept.text.lower()
    assert delivery not in replaced.text.lower(), replaced.text


@pytest.mark.parametrize("name", OF_EVERYTHING)
def test_who_has_to_send_a_part_back_is_not_told_that_nothing_needs_to_be_done(name: str) -> None:
    part = SITUATIONS[Kind.CANCELLED]["withdrawn in part"]
    said, other = (
        render(replace(content(Kind.CANCELLED, each.replace(quantity=2)), locale=name))
        for each in (part, part.replace(not_shipped=0))
    )
    assert said.text.count("14") == other.text.count("14") + 1
    assert len(said.sms) > len(other.sms)
