"""Sentences that are put together fit their parts: how many, at which hour, and all that was said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging import formats
from backorder.messaging.page import reader
from backorder.messaging.render import lacks, render
from tests.contract.messaging.situations import BY, CAME, SITUATIONS, SUM, content

LOCALES = ("en", "de", "es", "fr", "hi", "pt")


@pytest.mark.parametrize(
    ("locale", "left"),
    [
        ("en", "has already left us"),
        ("de", "ist schon unterwegs"),
        ("es", "ya ha salido"),
        ("fr", "est déjà parti"),
        ("hi", "निकल चुका है"),
        ("pt", "já saiu"),
    ],
)
def test_what_had_left_too_late_is_said_among_other_answers_too(locale: str, left: str) -> None:
    """Else its customer reads "cancel", and not that the parcel has left."""
    late = Facts(quantity=2, choice="cancel", received_at=CAME, left_late=True)
    kept = Facts(quantity=1, by=BY, choice="keep", until=BY)
    said = render(replace(content(Kind.ANSWER_RECEIVED, late, kept), locale=locale))
    assert " ".join(said.text.split()).count(left) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_a_delay_names_how_many_are_delayed(locale: str) -> None:
    """Also where no date was told before: "3 × Kestrel tent are delayed"."""
    delayed = Facts(quantity=3, by=BY, why=Why.SUPPLY_MOVED)
    asked = replace(delayed, answer_by=date(2026, 5, 25), ends_on=date(2026, 5, 28))
    for kind, facts in ((Kind.DELAYED, delayed), (Kind.CONSENT_REQUEST, asked)):
        intro = render(replace(content(kind, facts), locale=locale)).text.split("\n\n")[2]
        assert "3 × Kestrel tent" in " ".join(intro.split()), intro


@pytest.mark.parametrize("locale", LOCALES)
def test_a_question_as_a_text_names_how_many_it_asks_about(locale: str) -> None:
    """What it says next is of "them". Several lines of different counts still say all that the law wants."""
    asked = replace(
        SITUATIONS[Kind.CONSENT_REQUEST]["no_supply"], quantity=3, silence="cancelled", refundable=False
    )
    refused = replace(SITUATIONS[Kind.CONSENT_REQUEST]["not delivered"], quantity=3)
    for facts in (asked, replace(asked, ask_until=BY), refused):
        said = replace(content(Kind.CONSENT_REQUEST, facts), locale=locale)
        assert "3 x Kestrel tent" in render(said).sms
        both = replace(content(Kind.CONSENT_REQUEST, facts, replace(facts, quantity=1)), locale=locale)
        for each in (said, both):
            assert not lacks(each, render(each))


@pytest.mark.parametrize(
    ("locale", "at", "until", "since"),
    [
        ("es", "1:05", "Hasta la 1:05 ", " a la 1:05."),
        ("es", "13:05", "Hasta las 13:05 ", " a las 13:05."),
        ("es", "9:30", "Hasta las 9:30 ", " a las 9:30."),
        ("pt", "1:05", "Até a 1:05 ", ", à 1:05."),
        ("pt", "13:05", "Até as 13:05 ", ", às 13:05."),
        ("pt", "09:30", "Até as 09:30 ", ", às 09:30."),
    ],
)
def test_one_o_clock_is_said_in_the_singular(locale: str, at: str, until: str, since: str) -> None:
    page = reader(locale).words
    gone = SimpleNamespace(units="", until=at)
    assert until in str(page.revocable(SimpleNamespace(count=1), gone))
    assert until in str(page.revocable_withdrawal(gone))
    assert since in str(page.request_waits(SimpleNamespace(on="3", clock=at)))


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [
        ("es", "Reservado para usted", "Reservados para usted"),
        ("hi", "आपके लिए अलग रखा है", "आपके लिए अलग रखे हैं"),
        ("pt", "Separado para você", "Separados para você"),
    ],
)
def test_what_is_set_aside_is_named_in_its_number(locale: str, one: str, several: str) -> None:
    for count, words, others in ((1, one, several), (2, several, one)):
        ready = Facts(quantity=count, ready=True, why=Why.UNSENT)
        said = render(replace(content(Kind.DELAYED, ready), locale=locale))
        panel = [line for line in said.text.split("\n") if line.startswith("  ")]
        panel = [line.replace("\N{NO-BREAK SPACE}", " ") for line in panel]
        assert any(words in line for line in panel), said.text
        assert not any(others in line for line in panel), said.text


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [
        ("es", "Reservado para usted", "Reservados para usted"),
        ("hi", "आपके लिए अलग रखा है", "आपके लिए अलग रखे हैं"),
        ("pt", "Separado para você", "Separados para você"),
    ],
)
def test_the_rest_that_is_set_aside_is_counted_and_not_what_has_left(
    locale: str, one: str, several: str
) -> None:
    for gone, left, words in ((3, 1, one), (1, 2, several)):
        facts = Facts(quantity=gone, remaining=left, ready=True, why=Why.UNSENT)
        said = render(replace(content(Kind.PART_SHIPPED, facts), locale=locale)).text
        rest = " ".join(said.split()).partition(f"* {left} × Kestrel tent")[2]
        assert words in rest, said


def test_no_number_runs_into_another_in_hindi_and_no_article_into_a_preposition_in_portuguese() -> None:
    for kind, found in SITUATIONS.items():
        for facts in found.values():
            several = replace(facts, quantity=facts.quantity or 1)
            for sent in (content(kind, several), content(kind, several, several)):
                hindi, portuguese = (render(replace(sent, locale=locale)) for locale in ("hi", "pt"))
                for words in (hindi.text, hindi.sms):
                    assert not (run := re.search(r"\d\s\d+ (दिन|नग)", words)), (kind, run, words)
                for words in (portuguese.subject, portuguese.text, portuguese.sms):
                    assert not (run := re.search(r"\b(por|de|em) (os|as) ", words)), (kind, run, words)


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_runs_on_after_the_address_of_how_to_send_back(locale: str) -> None:
    """It ends without a full stop, which would be taken for a part of it."""
    page = "https://fellfjord.test/returns"
    kept = Facts(quantity=1, choice="withdraw", received_at=CAME, part_of_line=True, shipping=SUM)
    between = Facts(quantity=3, not_shipped=1, choice="withdraw", received_at=CAME)
    for facts in (kept, between):
        sent = content(Kind.ANSWER_RECEIVED, facts)
        shop = replace(sent.shop, returns_url=page)
        said = render(replace(sent, locale=locale, shop=shop))
        assert f"{page}\n\n" in said.text
        assert f"{page}</p>" in said.html


@pytest.mark.parametrize("reason", ["no_consent", "supplier", "policy"])
def test_several_that_are_cancelled_are_spoken_of_as_several_in_hindi(reason: str) -> None:
    for count, them, other in ((1, "इसे", "इन्हें"), (3, "इन्हें", "इसे")):
        sent = content(Kind.CANCELLED, Facts(quantity=count, reason=reason))
        intro = render(replace(sent, locale="hi")).text.split("\n\n")[2]
        assert (them in intro, other in intro) == (True, False), intro


@pytest.mark.parametrize(
    ("language", "hour", "words"),
    [
        ("es", 18, "27 de enero de 2026 a las 18:36"),
        ("es", 1, "27 de enero de 2026 a la 1:36"),
        ("fr", 18, "27 janvier 2026 à 18:36"),
        ("pt", 18, "27 de janeiro de 2026 às 18:36"),
        ("pt", 1, "27 de janeiro de 2026 à 01:36"),
    ],
)
def test_an_hour_of_a_day_is_said_as_people_say_it(language: str, hour: int, words: str) -> None:
    at = datetime(2026, 1, 27, hour, 36, tzinfo=UTC)
    assert formats.instant(at, formats.known(language, language)).startswith(f"{words} (")


def test_portuguese_speaks_of_a_withdrawal_as_its_button_does() -> None:
    """As art. 11a of Directive 2011/83/EU has it; the other word explains it once, where it is read first."""
    folder = Path("backorder/messaging/templates/pt")
    said = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.jinja")))
    assert len(re.findall("(?i)desist", said)) == 1
    assert "desistir" in str(reader("pt").words.withdraw_what())
    assert len(re.findall("(?i)retrat", said)) > 12


@pytest.mark.parametrize("locale", LOCALES)
def test_a_heading_does_not_speak_of_a_day_that_is_past_as_one_to_come(locale: str) -> None:
    """ "We won’t be able to keep to it": it had gone by."""
    told = SITUATIONS[Kind.DELAYED]
    sent = [content(Kind.DELAYED, told[name].replace(quantity=1)) for name in ("overdue", "no_supply")]
    past, to_come = [render(replace(each, locale=locale)).text.split("\n\n")[0] for each in sent]
    assert past != to_come


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [
        ("en", "send it back", "send them back"),
        ("es", "Devuelva este articulo ", "Devuelva estos articulos "),
        ("fr", "Renvoyez l'article", "Renvoyez les articles"),
    ],
)
def test_a_text_about_a_withdrawal_says_how_many_go_back(locale: str, one: str, several: str) -> None:
    for count, words in ((1, one), (3, several)):
        sent = content(Kind.ANSWER_RECEIVED, Facts(quantity=count, choice="withdraw", received_at=CAME))
        assert words in render(replace(sent, locale=locale)).sms


def test_several_that_did_not_leave_are_spoken_of_as_several_in_hindi() -> None:
    for count, heading, text in ((1, "इसे अब तक", "भेजा नहीं जा सका"), (3, "इन्हें अब तक", "भेजे नहीं जा सके")):
        sent = content(Kind.DELAYED, replace(SITUATIONS[Kind.DELAYED]["unsent"], quantity=count))
        said = render(replace(sent, locale="hi"))
        assert heading in said.text.split("\n\n")[0]
        assert text in said.sms


@pytest.mark.parametrize("locale", ["fr", "hi", "pt"])
def test_the_heading_over_several_is_about_several(locale: str) -> None:
    kinds = (Kind.SWAP_FAILED,) if locale == "hi" else (Kind.SWAP_FAILED, Kind.REFUNDED)
    for kind in kinds:
        facts = next(iter(SITUATIONS[kind].values())).replace(quantity=1)
        sent = content(kind, facts), content(kind, facts, facts)
        alone, together = [render(replace(each, locale=locale)).text.split("\n\n")[0] for each in sent]
        assert alone != together
