"""While silence ends a line no message says that nothing is to be done: it says by when to answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from backorder.domain.notifications import SUPPLIER_KINDS, Facts, Kind, Part, Why
from backorder.messaging import formats, gsm
from backorder.messaging.message_content import MessageContent
from backorder.messaging.render import Rendered, render
from tests.contract.messaging.situations import BY, SITUATIONS, content

NOTHING_TO_DO = {
    "en": r"need to do anything|nothing you need to do|do nothing",
    "de": r"nichts zu tun|nichts tun",
    "es": r"no tiene que hacer nada|no haga nada",
    "fr": r"rien à faire|ne faites rien",
    "hi": r"कुछ करने की ज़रूरत नहीं|कुछ नहीं करना|कुछ न करें",
    "pt": r"não precisa fazer nada|não faça nada",
}
REST_FOLLOWS = {
    "en": "The rest follows",
    "de": "Der Rest folgt",
    "es": "El resto va en otro",
    "fr": "Le reste suivra",
    "hi": "बाक़ी बाद में",
    "pt": "O restante segue depois",
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
IN_A_TEXT = SAY_IT - {Kind.SHIPPING_UPGRADE, Kind.ALTERNATIVES}
OF_NO_OPEN_UNIT = frozenset({Kind.SHIPPED, Kind.CONFIRM_ADDRESS})
"""Kinds that may say it: nothing of the line is open, or who reads it may not be its customer."""
OTHERS = [kind for kind in Kind if kind not in SUPPLIER_KINDS | OF_NO_OPEN_UNIT]


def _said(kind: Kind, silent: Facts) -> dict[str, Facts]:
    fields = {name: getattr(silent, name) for name in ("answer_by", "ends_on", "silence", "last_day")}
    if kind in OF_THE_REST:
        ends = None if silent.last_day is None else silent.ends_on
        fields |= {"ends_on": ends, "unanswered": 2 if ends is None else 0, "remaining": 2}
    return {name: replace(facts, **fields) for name, facts in SITUATIONS[kind].items()}


def _messages(kind: Kind, facts: Facts, language: str) -> Iterator[MessageContent]:
    """It alone, twice, and beside a line of another order of which nothing of this is true."""
    other = next(iter(SITUATIONS[kind].values()))
    if kind in OF_THE_REST:
        other = replace(other, remaining=2)
    for found in ((facts,), (facts, facts), (other, facts)):
        yield replace(content(kind, *found), locale=language)


def _in_text(day: date, sent: MessageContent, said: Rendered) -> bool:
    """Whether the text message names the day."""
    forms = formats.known(sent.locale, sent.locale, sent.region)
    brief = formats.brief_day(day, forms)
    return (brief if sent.locale == "hi" else gsm.plain(brief)) in said.sms


def _in_mail(day: date, sent: MessageContent, said: Rendered) -> bool:
    return formats.day(day, formats.known(sent.locale, sent.locale, sent.region)) in said.text


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", OTHERS)
def test_while_silence_ends_the_line_it_is_said_by_when_to_answer_and_never_that_nothing_is_to_be_done(
    kind: Kind, language: str
) -> None:
    for silent in (SILENT, OWN):
        for name, facts in _said(kind, silent).items():
            for sent in _messages(kind, facts, language):
                said = render(sent)
                for words in (said.subject, said.text, said.html, said.sms):
                    found = re.search(NOTHING_TO_DO[language], words, re.IGNORECASE)
                    assert not found, (name, found, words)
                    follows = kind is Kind.PART_SHIPPED and REST_FOLLOWS[language] in words
                    assert not follows, "it may not"
                if silent is OWN or kind not in SAY_IT:
                    continue
                for day in (ANSWER_BY, ENDS_ON):
                    assert _in_mail(day, sent, said), (name, said.text)
                if kind in IN_A_TEXT and facts.why != "refused":
                    assert _in_text(ANSWER_BY, sent, said), (name, said.sms)


UNPAID = Facts(unpaid=True, pay_by=ANSWER_BY, ready=True)
PASSED_OVER = Facts(unpaid=True, why=Why.UNPAID)
SPEAK_OF_IT = SAY_IT - {Kind.CONFIRMED, Kind.APOLOGY, Kind.ALTERNATIVES, Kind.EARLIER}
SAY_UNPAID = {
    "en": "until you’ve paid|not paid yet|No payment was authorized|once you’ve paid|once paid",
    "de": "erst nach Ihrer Zahlung|noch nicht bezahlt|keine Zahlung freigegeben|nach Ihrer Zahlung"
    "|nach Zahlung",
    "es": "hasta que pague|falta el pago|no había un pago autorizado|cuando pague"
    "|después de su pago|tras el pago",
    "fr": "avant votre paiement|paiement attendu|Paiement attendu|Aucun paiement n’étant autorisé"
    "|dès votre paiement|après votre paiement|après paiement",
    "hi": "भुगतान होने तक|भुगतान बाक़ी|भुगतान मंज़ूर न होने|भुगतान होते ही|भुगतान के बाद",
    "pt": "antes do pagamento|falta o pagamento|não havia pagamento autorizado|assim que você pagar"
    "|após o pagamento",
}


def _says_unpaid(words: str, language: str) -> bool:
    """Whether it says that a payment is missing, in the letters of a mail or of a text."""
    known = SAY_UNPAID[language].split("|")
    known += [gsm.plain(each) for each in known] if language != "hi" else []  # of Hindi nothing would be left
    assert all(known)
    return any(each in words for each in known)


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
def test_words_that_say_nothing_of_a_payment_are_not_taken_for_some_that_do(language: str) -> None:
    said = render(replace(content(Kind.STILL_WAITING, Facts(why=Why.NO_SUPPLY)), locale=language))
    assert not _says_unpaid(said.text, language)
    assert not _says_unpaid(said.sms, language)


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("facts", [UNPAID, PASSED_OVER], ids=["unpaid", "passed over"])
def test_nothing_says_that_the_rest_follows_where_it_is_not_paid_for(facts: Facts, language: str) -> None:
    for sent in _messages(Kind.PART_SHIPPED, replace(facts, remaining=2), language):
        said = render(sent)
        for words in (said.text, said.html, said.sms):
            assert REST_FOLLOWS[language] not in words, words


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", [kind for kind in OTHERS if kind is not Kind.ALTERNATIVES])
def test_nothing_says_that_nothing_is_to_be_done_while_a_payment_is_missing(
    kind: Kind, language: str
) -> None:
    """Alternatives are another offer, and doing nothing leaves the line as it is."""
    for facts in (UNPAID, PASSED_OVER):
        rest = 1 if kind in OF_THE_REST else 0
        for sent in _messages(kind, replace(facts, remaining=rest), language):
            found = re.search(NOTHING_TO_DO[language], render(sent).text, re.IGNORECASE)
            assert not found, (found, render(sent).text)


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("choice", ["keep", "take_back"])
def test_who_keeps_what_is_not_paid_for_reads_until_when_it_is_set_aside(choice: str, language: str) -> None:
    for sent in _messages(Kind.ANSWER_RECEIVED, replace(UNPAID, choice=choice), language):
        said = render(sent)
        assert _in_mail(ANSWER_BY, sent, said), said.text
        assert _in_text(ANSWER_BY, sent, said), said.sms


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("choice", ["keep", "take_back", "send_now"])
def test_who_answers_reads_in_mail_and_text_that_nothing_leaves_unpaid(choice: str, language: str) -> None:
    for facts in (PASSED_OVER, replace(UNPAID, pay_by=None, ready=False, likely=ENDS_ON, by=ENDS_ON)):
        for sent in _messages(Kind.ANSWER_RECEIVED, replace(facts, choice=choice), language):
            said = render(sent)
            assert _says_unpaid(said.text, language), said.text
            assert _says_unpaid(said.sms, language), said.sms


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", sorted(SPEAK_OF_IT - {Kind.SHIPPING_UPGRADE}))
def test_what_is_not_paid_for_is_set_aside_until_a_day(kind: Kind, language: str) -> None:
    rest = 1 if kind in OF_THE_REST else 0
    for sent in _messages(kind, replace(UNPAID, remaining=rest), language):
        said = render(sent)
        assert _in_mail(ANSWER_BY, sent, said), said.text
        if kind is not Kind.SWAP_FAILED:
            assert _in_text(ANSWER_BY, sent, said), said.sms


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.STILL_WAITING, Kind.PART_SHIPPED, Kind.CANCELLED])
def test_who_lost_what_was_set_aside_reads_that_it_is_not_paid_for(kind: Kind, language: str) -> None:
    rest = 1 if kind in OF_THE_REST else 0
    for sent in _messages(kind, replace(PASSED_OVER, remaining=rest), language):
        said = render(sent)
        for words in (said.text, said.sms):
            assert _says_unpaid(words, language), words


TWO, THREE = Part(quantity=2, likely=None, by=None), Part(quantity=3, likely=None, by=None)
LATER = Part(quantity=3, likely=date(2026, 6, 12), by=date(2026, 6, 12))
REPORTED_AND_DUE = Facts(
    quantity=5, parts=(TWO, THREE), set_aside=2, unpaid=True, pay_by=ANSWER_BY, pay_part=3, why=Why.UNSENT
)
REPORTED_AND_LOST = Facts(quantity=5, parts=(TWO, THREE), set_aside=2, unpaid=True, why=Why.UNPAID)
DUE_AND_DATED = Facts(
    quantity=5,
    likely=LATER.likely,
    by=LATER.by,
    parts=(TWO, LATER),
    unpaid=True,
    pay_by=ANSWER_BY,
    pay_part=2,
)
IN_PART = {
    "reported and due": REPORTED_AND_DUE,
    "reported and lost": REPORTED_AND_LOST,
    "due, others dated": DUE_AND_DATED,
    "due, others less certain": replace(DUE_AND_DATED, why=Why.UNCERTAIN),
}
SPEAK_OF_A_PART = sorted(SPEAK_OF_IT - {Kind.SHIPPING_UPGRADE} | {Kind.LAST_DAY_REMINDER})


def _in_part(kind: Kind, name: str) -> Facts:
    facts = IN_PART[name]
    if kind is Kind.DELAYED:
        return replace(facts, previous_by=ENDS_ON)
    return replace(facts, quantity=1, remaining=5) if kind in OF_THE_REST else facts


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
@pytest.mark.parametrize("name", list(IN_PART))
@pytest.mark.parametrize("kind", SPEAK_OF_A_PART)
def test_a_part_that_is_not_paid_for_is_said_to_be_in_mail_and_text(
    kind: Kind, name: str, language: str
) -> None:
    """With the last day for the payment, where there is one; and nobody is told to do nothing."""
    facts = _in_part(kind, name)
    for sent in _messages(kind, facts, language):
        said = render(sent)
        for words in (said.text, said.sms):
            assert _says_unpaid(words, language), words
        if facts.pay_by is not None:
            assert _in_mail(ANSWER_BY, sent, said), said.text
            assert _in_text(ANSWER_BY, sent, said), said.sms
        for words in (said.subject, said.text, said.html, said.sms):
            assert not re.search(NOTHING_TO_DO[language], words, re.IGNORECASE), words


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
def test_who_asks_for_what_is_here_reads_how_much_of_it_has_to_be_paid_for_first(language: str) -> None:
    facts = replace(
        DUE_AND_DATED,
        quantity=6,
        parts=(Part(quantity=1, likely=BY, by=BY), TWO, LATER),
        set_aside=1,
        choice="send_now",
    )
    for sent in _messages(Kind.ANSWER_RECEIVED, facts, language):
        said = render(sent)
        assert _says_unpaid(said.text, language), said.text
        assert _says_unpaid(said.sms, language), said.sms
        assert "(2 " in said.sms, said.sms


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
def test_a_delay_of_what_is_not_paid_for_says_so_once(language: str) -> None:
    sent = replace(content(Kind.DELAYED, replace(UNPAID, previous_by=ENDS_ON)), locale=language)
    forms = formats.known(language, language, sent.region)
    assert render(sent).text.count(formats.day(ANSWER_BY, forms)) == 1


@pytest.mark.parametrize("language", list(NOTHING_TO_DO))
def test_who_asks_for_what_is_here_reads_in_a_text_too_when_each_part_ships(language: str) -> None:
    here, rest = Part(quantity=1, likely=BY, by=BY), Part(quantity=2, likely=ENDS_ON, by=ENDS_ON)
    facts = replace(SITUATIONS[Kind.ANSWER_RECEIVED]["send now"], parts=(here, rest))
    for said_of in ((facts,), (facts, facts)):
        sent = replace(content(Kind.ANSWER_RECEIVED, *said_of), locale=language)
        said = render(sent)
        for day in (BY, ENDS_ON):
            assert _in_mail(day, sent, said), said.text
            assert _in_text(day, sent, said), said.sms
