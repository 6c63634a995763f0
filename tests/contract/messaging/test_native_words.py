"""Words as a native reads them: in texts without accents, about any product, with an object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from backorder.domain.notifications import Facts, Kind
from backorder.messaging.page import reader
from backorder.messaging.render import render
from tests.contract.messaging.situations import BY, SITUATIONS, content, contents

ANOTHER_WORD = {
    "es": r"(?i)\b(esta|cancelo|llego|acepto|enviara|llegara|recibira|salio|aun|mas\.|¿como|si,)\b",
    "pt": r"(?i)\b(esta|estao|saira|recebera|chegara|cancelara|enviara)\b",
}
"""What GSM-7 makes of está, canceló, llegó, enviará, sairá and their like: "this", "I cancel", "had sent"."""
OF_ONE_GENDER = {
    "fr": r"Kestrel tent (((n’|n')?est|(ne )?sont|restent?) (pas )?)?"
    r"(parti|mis|attendu|annulé|expédié|retardé|arrivé)",
    "es": r"tent (está|están|esta|estan|siguen?|ha sido)? ?(reservad|pedid|cancelad|previst)",
    "pt": r"tent (está|estão|esta|estao|continuam?)? ?(separad|encomendad|cancelad|previst)",
}
"""A product’s name, and a word that would have to agree with it."""
WITHOUT_OBJECT = {
    "fr": r"(?<!l’)(?<!les )annul(er)?ons (le \d|dans tous)|avons (dû annuler|donc annulé)\.",
    "es": r"(?<!lo )cancela(re)?mos (el \d|en todo|al día|y)|que cancelar\.",
    "pt": r"(?<!\d, )(?<!enviado, )cancelaremos (em \d|de qualquer|e )|que cancelar\.",
}
"""An end of which a sentence does not say what ends."""


def _said(language: str) -> Iterator[tuple[str, str, str]]:
    """Each situation's name, its letter and its text."""
    for name, sent in contents():
        said = render(replace(sent, locale=language))
        letter = " ".join(f"{said.subject}. {said.text}".split()).replace("\N{NO-BREAK SPACE}", " ")
        yield name, letter, said.sms


@pytest.mark.parametrize("language", ANOTHER_WORD)
def test_no_word_of_a_text_becomes_another_one_without_its_accent(language: str) -> None:
    for name, _, sms in _said(language):
        assert not (found := re.search(ANOTHER_WORD[language], sms)), (name, found, sms)


@pytest.mark.parametrize("language", OF_ONE_GENDER)
def test_nothing_agrees_with_the_name_of_a_product(language: str) -> None:
    """Nobody knows whether it is masculine or feminine."""
    for name, letter, sms in _said(language):
        for words in (letter, sms):
            assert not (found := re.search(OF_ONE_GENDER[language], words)), (name, found, words)


@pytest.mark.parametrize("language", WITHOUT_OBJECT)
def test_what_is_cancelled_is_named_in_the_sentence_that_says_it(language: str) -> None:
    for name, letter, sms in _said(language):
        for words in (letter, sms):
            assert not (found := re.search(WITHOUT_OBJECT[language], words)), (name, found, words)
    page = reader(language).words
    line, plan = (
        SimpleNamespace(why=None, count=1),
        SimpleNamespace(first="3", until="9", agreed_until="", reminded=False),
    )
    kept = {
        "revocable": None,
        "chosen": None,
        "asked": False,
        "payment": None,
        "ends_on": "3",
        "open": 1,
        "carried": "",
    }
    for charged in (False, True):
        each = SimpleNamespace(line=line, status="", charged=charged, **kept)
        for words in (page.nothing(each), page.last_day_what(each)):
            assert not (found := re.search(WITHOUT_OBJECT[language], str(words))), (found, words)
        each.line = SimpleNamespace(why="refused", count=1, product="Lamp", quantity="1", partial=False)
        for until in (plan, SimpleNamespace(**vars(plan) | {"first": ""})):
            words = str(page.will_keep_until(each, until))
            assert not (found := re.search(WITHOUT_OBJECT[language], words)), (found, words)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_beside_a_field_nothing_is_said_to_stand_there(language: str) -> None:
    """What is wrong with a day stands at its field, where there is no state of the order to see."""
    page = reader(language).words
    beside = str(page.not_possible("day_over", "")).removeprefix(str(page.why_not("day_over", "")).strip())
    assert len(re.findall(r"[.।]", beside)) == 1, beside


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_once_a_week_is_said_without_a_number(language: str) -> None:
    page = reader(language).words
    for words in (page.updates, page.will_update):
        once, twice = str(words(1)), str(words(2))
        assert "1" not in once, once
        assert "2" in twice, twice


def test_a_window_in_a_hindi_text_says_between() -> None:
    window = SITUATIONS[Kind.CONFIRMED]["window"].replace(quantity=1)
    for kind in (Kind.CONFIRMED, Kind.DELAYED, Kind.STILL_WAITING):
        said = render(replace(content(kind, window), locale="hi")).sms
        assert re.search(r"2026 के बीच", said), said


def test_several_are_kept_in_the_plural_in_a_german_text() -> None:
    for count, verb in ((1, "bleibt"), (2, "bleiben")):
        kept = Facts(quantity=count, by=BY, choice="keep", until=BY, part_of_line=True)
        said = render(replace(content(Kind.ANSWER_RECEIVED, kept), locale="de")).sms
        assert f"{count} x Kestrel tent {verb} " in said
