"""An answer's acknowledgement says nothing twice, and offers nothing that is over."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.messaging import formats
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]
ANSWERS = SITUATIONS[Kind.ANSWER_RECEIVED]
MEANT_OTHERWISE = {
    "en": "Not what you meant?",
    "de": "War das nicht so gemeint?",
    "es": "¿No era eso lo que quería?",
    "fr": "Ce n’est pas ce que vous vouliez",
    "hi": "आपका यह मतलब नहीं था?",
    "pt": "Não era isso que você queria?",
}
"""What a language asks whoever may have answered by mistake."""


def said(name: str, language: str, *, linked: bool = True) -> str:
    """One acknowledgement as plain text, on one line."""
    sent = content(Kind.ANSWER_RECEIVED, ANSWERS[name].replace(quantity=ANSWERS[name].quantity or 3))
    sent = replace(sent, locale=language) if linked else replace(sent, locale=language, link="")
    return " ".join(render(sent).text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_there_twice(language: str) -> None:
    """What silence means was said of the rest, and again of the whole."""
    for name in ANSWERS:
        words = said(name, language).replace("।", ".")
        sentences = [each for each in words.partition(" -- ")[0].split(". ") if len(each.split()) > 3]
        assert len(sentences) == len(set(sentences)), (name, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_can_take_it_back_or_has_it_cancelled_is_not_asked_what_they_meant(language: str) -> None:
    """The one reads of half an hour on the page; to the other, the cancellation's message says the rest."""
    for name in ("cancel", "withdraw before", "withdraw between", "kept in vain"):
        assert MEANT_OTHERWISE[language] not in said(name, language), name
    for name in ("cancel, left too late", "withdraw after"):
        assert MEANT_OTHERWISE[language] in said(name, language), name
    assert MEANT_OTHERWISE[language] in said("cancel", language, linked=False), "no page to take it back on"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sum_stands_there_twice_but_the_parts_of_a_total(language: str) -> None:
    for kind, situations in SITUATIONS.items():
        for name, facts in situations.items():
            sent = replace(content(kind, facts.replace(quantity=facts.quantity or 3)), locale=language)
            locale = formats.known(language, language, sent.region)
            text = render(sent).text
            for each in sums_of(facts):
                found = re.findall(rf"(?<![\d.,\u202f]){re.escape(formats.money(each, locale))}", text)
                assert len(found) <= sums_of(facts).count(each), (kind, name, text)


def sums_of(facts: Facts) -> list[Money]:
    """Every sum that a message has to name."""
    named = (facts.refund, facts.refund_sent, facts.shipping, facts.kept_back, facts.amount)
    offered = [each.price for each in (*facts.alternatives, facts.chosen) if each]
    return [*filter(None, named), *offered, *(each.amount for each in facts.refunds)]
