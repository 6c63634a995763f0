"""While silence ends a line no message says that nothing is to be done: it says by when to answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from backorder.domain.notifications import SUPPLIER_KINDS, Facts, Kind, Why
from backorder.messaging import formats, gsm
from backorder.messaging.render import render
from tests.contract.messaging.situations import SITUATIONS, content

NOTHING_TO_DO = {
    "en": r"need to do anything|nothing you need to do|do nothing",
    "de": r"nichts zu tun|nichts tun",
    "es": r"no tiene que hacer nada|no haga nada",
    "fr": r"rien à faire|ne faites rien",
    "hi": r"कुछ करने की ज़रूरत नहीं|कुछ नहीं करना|कुछ न करें",
    "pt": r"não precisa fazer nada|não faça nada",
}
ANSWER_BY, ENDS_ON = date(2026, 4, 22), date(2026, 4, 23)
SILENT = Facts(answer_by=ANSWER_BY, ends_on=ENDS_ON, silence="cancelled")
OWN = Facts(last_day=ANSWER_BY, ends_on=ENDS_ON)
OF_THE_REST = frozenset({Kind.PART_SHIPPED, Kind.CANCELLED})
"""Kinds about units that are gone, which say apart what becomes of the others."""
SAY_IT = frozenset(
    {
        Kind.CONFIRMED,
        Kind.STILL_WAITING,
        Kind.DELAYED,
        Kind.EARLIER,
        Kind.APOLOGY,
        Kind.SWAP_FAILED,
        Kind.PART_SHIPPED,
        Kind.CANCELLED,
        Kind.SHIPPING_UPGRADE,
        Kind.ALTERNATIVES,
    }
)
"""Kinds that speak of the line as it stands, and name by when an answer counts."""
IN_A_TEXT = SAY_IT - {Kind.CANCELLED, Kind.SHIPPING_UPGRADE, Kind.ALTERNATIVES}
OF_NO_OPEN_UNIT = frozenset({Kind.SHIPPED, Kind.CONFIRM_ADDRESS})
"""Kinds that may say it: nothing of the line is open, or who reads it may not be its customer."""
OTHERS = [kind for kind in Kind if kind not in SUPPLIER_KINDS | OF_NO_OPEN_UNIT]


def _said(kind: Kind, silent: Facts) -> dict[str, Facts]:
    fields = {name: getattr(silent, name) for name in ("answer_by", "ends_on", "silence", "last_day")}
    if kind in OF_THE_REST:
        ends = None if silent.last_day is None else silent.ends_on
        fields |= {"ends_on": ends, "unanswered": 2 if ends is None else 0, "remaining": 2}
    return {name: replace(facts, **fields) for name, facts in SITUATIONS[kind].items()}


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", OTHERS)
def test_nothing_says_that_nothing_is_to_be_done_while_silence_ends_the_line(
    kind: Kind, language: str
) -> None:
    for silent in (SILENT, OWN):
        for name, facts in _said(kind, silent).items():
            sent = replace(content(kind, facts), locale=language)
            for many in (False, True):
                said = render(replace(sent, items=sent.items * 2) if many else sent)
                for words in (said.subject, said.text, said.html, said.sms):
                    found = re.search(NOTHING_TO_DO[language], words, re.IGNORECASE)
                    assert not found, (name, found, words)


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", sorted(SAY_IT))
def test_it_says_by_when_an_answer_counts_and_when_the_line_ends_without_one(
    kind: Kind, language: str
) -> None:
    for name, facts in _said(kind, SILENT).items():
        sent = replace(content(kind, facts), locale=language)
        forms = formats.known(language, language, sent.region)
        for many in (False, True):
            said = render(replace(sent, items=sent.items * 2) if many else sent)
            for day in (ANSWER_BY, ENDS_ON):
                assert formats.day(day, forms) in said.text, (name, said.text)
        if kind in IN_A_TEXT and facts.why != "refused":
            sms = render(sent).sms
            brief = formats.brief_day(ANSWER_BY, forms)
            assert (brief if language == "hi" else gsm.plain(brief)) in sms, (name, sms)


UNPAID = Facts(unpaid=True, pay_by=ANSWER_BY, ready=True)
PASSED_OVER = Facts(unpaid=True, why=Why.UNPAID)
SPEAK_OF_IT = SAY_IT - {Kind.CONFIRMED, Kind.APOLOGY, Kind.ALTERNATIVES, Kind.EARLIER}


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", OTHERS)
def test_nothing_says_that_nothing_is_to_be_done_while_a_payment_is_missing(
    kind: Kind, language: str
) -> None:
    for facts in (UNPAID, PASSED_OVER):
        rest = 1 if kind in OF_THE_REST else 0
        sent = replace(content(kind, replace(facts, remaining=rest)), locale=language)
        if kind is Kind.ALTERNATIVES:
            continue  # it is another offer, and doing nothing leaves the line as it is
        for many in (False, True):
            said = render(replace(sent, items=sent.items * 2) if many else sent)
            found = re.search(NOTHING_TO_DO[language], said.text, re.IGNORECASE)
            assert not found, (found, said.text)


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("choice", ["keep", "take_back"])
def test_who_keeps_what_is_not_paid_for_reads_until_when_it_is_set_aside(choice: str, language: str) -> None:
    sent = replace(content(Kind.ANSWER_RECEIVED, replace(UNPAID, choice=choice)), locale=language)
    forms = formats.known(language, language, sent.region)
    said, brief = render(sent), formats.brief_day(ANSWER_BY, forms)
    assert formats.day(ANSWER_BY, forms) in said.text, said.text
    assert (brief if language == "hi" else gsm.plain(brief)) in said.sms, said.sms


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", sorted(SPEAK_OF_IT - {Kind.SHIPPING_UPGRADE}))
def test_what_is_not_paid_for_is_set_aside_until_a_day(kind: Kind, language: str) -> None:
    rest = 1 if kind in OF_THE_REST else 0
    sent = replace(content(kind, replace(UNPAID, remaining=rest)), locale=language)
    forms = formats.known(language, language, sent.region)
    assert formats.day(ANSWER_BY, forms) in render(sent).text, render(sent).text
