"""A date after the last day that a customer named is no promise, in any language, and its end is said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging import formats, gsm
from backorder.messaging.render import render
from tests.contract.messaging.situations import BEFORE, SITUATIONS, content

HINDI = "hi"
"""The one script here that GSM-7 does not have."""
PROMISED = {
    "en": r"(?i)(?<!expected to )(?<!would )ships? (between|by|\d)|(ships|comes|coming) sooner|will ship",
    "de": r"(?i)erfolgt|versand (nun |weiter |jetzt )?(bis|\d)|kommt früher|verschicken die",
    "es": r"(?i)saldrá|envío (a más tardar|\W*\d)|sale antes|podemos enviarle",
    "fr": r"(?i)prévue|expédition (désormais )?(plus|au plus|\d)|part (plus|avant)|se fera",
    "hi": r"(^|\. |। )(सामान|यह) .*भेजा जाएगा|भेजने का समय|(?<!अनुमान: )इस दिन तक|(?<!दिन )तक भेजेंगे|पहले भेज[ाे] जा",
    "pt": r"(?i)será feito|envio (até|\d)|sai antes|va(i|ão) chegar|sair[áã]",
}
AS_ASKED = {
    "en": "As you asked",
    "de": "Wie gewünscht",
    "es": "Como nos pidi",
    "fr": "votre demande",
    "hi": "आपके कहे अनुसार",
    "pt": "Como voc",
}


_LATE = Facts(by=date(2026, 6, 9), choice="keep", last_day=date(2026, 5, 12), ends_on=date(2026, 5, 13))
_SOONER = replace(_LATE, previous_by=date(2026, 6, 30))
LATE_FACTS = {
    Kind.CONFIRMED: (_LATE,),
    Kind.STILL_WAITING: (_LATE,),
    Kind.DELAYED: (_LATE, replace(_LATE, previous_by=BEFORE)),
    Kind.EARLIER: (_LATE, _SOONER, replace(_SOONER, quantity=3)),
    Kind.APOLOGY: (_LATE,),
    Kind.SWAP_FAILED: (_LATE,),
    Kind.ANSWER_RECEIVED: (_LATE,),
    Kind.PART_SHIPPED: (replace(_LATE, quantity=1, remaining=2),),
}


@pytest.mark.parametrize("language", list(PROMISED))
@pytest.mark.parametrize("kind", [*LATE_FACTS])
def test_what_would_ship_after_their_own_last_day_is_expected_and_its_end_is_said(
    kind: Kind, language: str
) -> None:
    """In the subject and the text, too; the text of several lines has no room for how each of them ends."""
    for facts in LATE_FACTS[kind]:
        sent = replace(content(kind, facts), locale=language)
        forms = formats.known(language, language, sent.region)
        for many in (False, True):
            said = render(replace(sent, items=sent.items * 2) if many else sent)
            assert formats.day(date(2026, 5, 13), forms) in said.text, said.text
            for words in (said.subject, said.text, said.sms):
                assert not (found := re.search(PROMISED[language], words)), (found, words)
        said = render(sent)
        assert _brief(date(2026, 5, 13), language) in said.sms, said.sms
        assert gsm.segments(said.sms) <= (4 if language == HINDI else 2), said.sms


@pytest.mark.parametrize("language", list(PROMISED))
@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.STILL_WAITING, Kind.DELAYED, Kind.APOLOGY])
def test_a_text_says_how_it_ends_where_no_day_is_known_and_not_where_it_comes_in_time(
    kind: Kind, language: str
) -> None:
    for by, said in ((None, True), (date(2026, 5, 12), False)):
        facts = replace(_LATE, by=by, why=None if by else Why.NO_SUPPLY)
        sms = render(replace(content(kind, facts), locale=language)).sms
        assert (_brief(date(2026, 5, 13), language) in sms) is said, sms


@pytest.mark.parametrize("language", list(PROMISED))
def test_who_named_a_last_day_and_takes_nothing_else_keeps_their_place_until_then(language: str) -> None:
    found = replace(SITUATIONS[Kind.ALTERNATIVES]["one"], last_day=_LATE.last_day)
    sent = replace(content(Kind.ALTERNATIVES, found), locale=language)
    forms = formats.known(language, language, sent.region)
    assert formats.day(date(2026, 5, 12), forms) in render(sent).text


@pytest.mark.parametrize("language", list(PROMISED))
@pytest.mark.parametrize("kind", [Kind.LAST_DAY_REMINDER, Kind.ANSWER_RECEIVED, Kind.PART_SHIPPED])
@pytest.mark.parametrize("why", [None, Why.NO_SUPPLY, Why.REFUSED])
def test_a_text_says_which_day_was_named_and_which_one_is_the_end(
    kind: Kind, why: Why | None, language: str
) -> None:
    """It said "as you asked, we cancel on" the day of the end, be it one that the law sets."""
    for ends in (date(2026, 5, 13), date(2026, 5, 4)):
        facts = replace(_LATE, why=why, by=None if why else _LATE.by, ends_on=ends)
        facts = replace(facts, remaining=2 if kind is Kind.PART_SHIPPED else 0)
        sms = render(replace(content(kind, facts), locale=language)).sms
        assert _brief(ends, language) in sms
        assert _brief(date(2026, 5, 12), language) in sms or ends.day == 4, sms
        assert not re.search(AS_ASKED[language], sms), sms
        assert gsm.segments(sms) <= (4 if language == HINDI else 2), sms


def _brief(day: date, language: str) -> str:
    words = formats.brief_day(day, formats.known(language, language, "GB"))
    return words if language == HINDI else gsm.plain(words)
