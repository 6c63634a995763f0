"""Texts to India: what goes is what was registered, word for word."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backorder.domain.notifications import COMMERCIAL_KINDS, OFFER_KINDS, SUPPLIER_KINDS, Kind
from backorder.messaging import gsm
from backorder.messaging.dlt import TAG, is_registered, languages, to_register
from backorder.messaging.examples import TOKEN
from backorder.messaging.own_templates import faults_of
from backorder.messaging.render import BUILT_IN, render
from tests.contract.messaging.situations import SHOP, SITUATIONS, content

BASE = "https://fellfjord.test"
KINDS = sorted(set(Kind) - SUPPLIER_KINDS)


def test_each_kind_to_a_customer_is_registered_in_every_language_of_india() -> None:
    assert languages() == ("en", "hi")
    for language in languages():
        found = to_register(SHOP, f"{BASE}/", language)
        assert [each.kind for each in found] == [kind for kind in Kind if kind not in SUPPLIER_KINDS]
        for each in found:
            assert each.text.count(TAG) == len(each.variables) == (3 if each.kind in COMMERCIAL_KINDS else 2)
            assert bool(each.variables[-1].reason) == (len(each.variables) == 3), each
            assert f"{BASE}/b/{TAG}" in each.text
            assert set(re.findall(r"https?://[^/]+", each.text)) == {BASE}
            assert each.unicode == (language == "hi") != gsm.ALPHABET.issuperset(each.text)
            assert (each.category == "promotional") == (each.kind in OFFER_KINDS)


@pytest.mark.parametrize("locale", ["en_IN", "hi_IN", "hi", "de", ""])
def test_every_text_to_india_is_one_that_was_registered(locale: str) -> None:
    language = "hi" if locale.startswith("hi") else "en"
    texts = {each.kind: each.text for each in to_register(SHOP, BASE, language)}
    for kind in KINDS:
        shape = re.escape(texts[kind]).replace(re.escape(TAG), "(.{1,30})")
        for product in (
            "Kestrel tent",
            "ओक टेबल लैंप, पीतल, बड़ा और बहुत भारी वाला",
            "Gannet 4 four-season tent in green",
        ):
            for facts in [*SITUATIONS[kind].values()][:3]:
                one = replace(facts, quantity=facts.quantity or 3)
                for sent in (content(kind, one, product=product), content(kind, one, one, product=product)):
                    linked = replace(sent, link=f"{BASE}/b/{TOKEN}", unsubscribe=f"{BASE}/u/{TOKEN}")
                    sms = render(replace(linked, locale=locale, registered=True)).sms
                    assert re.fullmatch(shape, sms), (texts[kind], sms)
                    assert gsm.segments(sms) <= (3 if language == "hi" else 2), sms


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_kind_without_words_of_its_own_says_that_there_is_news(tmp_path: Path, language: str) -> None:
    """A new kind is carried from its first day."""
    built_in = (BUILT_IN / language / "dlt.jinja").read_text(encoding="utf-8")
    general = [
        each for each in built_in.splitlines() if each.startswith(("{% block items", "{% block other"))
    ]
    own = tmp_path / language / "dlt.jinja"
    own.parent.mkdir()
    own.write_text("\n".join(general), encoding="utf-8")
    shop = replace(SHOP, templates=tmp_path)
    assert faults_of(shop) == []
    texts = {each.kind: each for each in to_register(shop, BASE, language)}
    assert len({each.text for each in texts.values()}) == 2, "one, and one that promotions can be ended by"
    for kind, each in texts.items():
        assert each.text.count(TAG) == len(each.variables) == (3 if kind in COMMERCIAL_KINDS else 2)
    facts = next(iter(SITUATIONS[Kind.DELAYED].values()))
    sent = replace(content(Kind.DELAYED, facts), shop=shop, link=f"{BASE}/b/{TOKEN}", registered=True)
    shape = re.escape(texts[Kind.DELAYED].text).replace(re.escape(TAG), "(.{1,30})")
    assert re.fullmatch(shape, render(replace(sent, locale=f"{language}_IN")).sms)


def test_a_number_decides() -> None:
    assert is_registered("+919812345678")
    assert not is_registered("+441632960961")
    assert not is_registered("")
