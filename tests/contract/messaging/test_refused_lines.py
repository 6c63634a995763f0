"""What the shop does not deliver, beside other lines of the same message: nothing of it is said to come."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from backorder.domain.notifications import Facts, Kind, Why
from backorder.messaging import formats
from backorder.messaging.message_content import MessageContent
from backorder.messaging.page import reader
from backorder.messaging.render import lacks, render
from tests.contract.messaging.situations import BY, ENDS, LAST, SITUATIONS, SUM, content

LANGUAGES = ["en", "de", "es", "fr", "hi", "pt"]
REFUSED = Facts(quantity=1, why=Why.REFUSED)
COMES = Facts(quantity=1, likely=BY, by=BY)
TO_COME = {
    "en": r"rest follows|when the rest|stays? on order|keep your place|before (it|they) ships?",
    "de": r"Rest folgt|sobald der Rest|bestellt\.|bis zum Versand|bevor die Ware|Ihr Platz",
    "es": r"resto va en otro|cuando el resto|pedidos? para usted|su lugar|antes de que salga",
    "fr": r"reste suivra|quand le reste|en commande|votre place|avant l’expédition",
    "hi": r"बाक़ी बाद में|बाक़ी के रवाना|ऑर्डर बना|आपकी जगह|भेजे जाने से पहले",
    "pt": r"restante segue|quando o restante|encomendados? para|seu lugar|antes do envio",
}
"""What a language says of goods that will ship."""
WAITS = {
    "en": "waiting",
    "de": "warten",
    "es": "esperar",
    "fr": "attendre",
    "hi": "इंतज़ार",
    "pt": "esperar",
}
QUEUE = {
    "en": "queue",
    "de": "warteliste",
    "es": "lista de espera",
    "fr": "file d’attente",
    "hi": "कतार",
    "pt": "fila",
}
CANCELS = {
    "en": "cancel",
    "de": "stornieren",
    "es": "cancelar",
    "fr": "annuler",
    "hi": "रद्द",
    "pt": "cancelar",
}

IF_IT_SHIPS = {
    "en": r"if (it|they) ha|if not shipped|unless",
    "de": r"ist die ware bis|falls (bis [^,]+ )?nicht",
    "es": r"si el envío|si no ha salido",
    "fr": r"si rien",
    "hi": r"रवाना न हुआ",
    "pt": r"se o envio|se n[ãa]o tiver",
}
"""How a language makes an end depend on a shipment."""
IF_IT_HAS_NOT = {
    "en": "hasn’t shipped by",
    "de": "Was bis zum",
    "es": "no haya salido a más tardar",
    "fr": "expédié d’ici",
    "hi": "तक रवाना न हुआ",
    "pt": "não for enviado até",
}
"""The same, of the rest of what has shipped."""


def said(kind: Kind, language: str, *facts: Facts, **about: object) -> MessageContent:
    sent = content(kind, *facts)
    return replace(sent, locale=language, **about)  # type: ignore[arg-type]


def words_of(sent: MessageContent) -> str:
    found = render(sent)
    return " ".join((found.subject, found.text, found.sms)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("business", [False, True])
@pytest.mark.parametrize("other", [REFUSED, COMES])
def test_the_rest_of_what_is_not_delivered_does_not_follow(
    language: str, other: Facts, business: bool
) -> None:
    facts = [replace(each, remaining=1) for each in (REFUSED, other)]
    words = words_of(said(Kind.PART_SHIPPED, language, *facts, business=business))
    assert not (found := re.search(TO_COME[language], words, re.IGNORECASE)), (found, words)
    both = words_of(said(Kind.PART_SHIPPED, language, *[replace(COMES, remaining=1)] * 2))
    assert re.search(TO_COME[language], both, re.IGNORECASE), "what does follow is said to"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("business", [False, True])
@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (Kind.CONSENT_REQUEST, Facts(silence="nothing", refund=SUM)),
        (Kind.LAST_DAY_REMINDER, Facts(last_day=LAST, ends_on=ENDS)),
        (Kind.ANSWER_RECEIVED, Facts(choice="keep", until=LAST)),
        (Kind.ANSWER_RECEIVED, Facts(choice="take_back")),
        (Kind.SWAP_FAILED, Facts()),
    ],
)
def test_who_was_refused_reads_of_no_shipment_to_wait_for(
    language: str, kind: Kind, about: Facts, business: bool
) -> None:
    refused = about.replace(quantity=1, why=Why.REFUSED)
    alone = words_of(said(kind, language, refused, business=business))
    assert not (found := re.search(TO_COME[language], alone, re.IGNORECASE)), (found, alone)
    if kind in (Kind.CONSENT_REQUEST, Kind.LAST_DAY_REMINDER, Kind.SWAP_FAILED):
        comes = about.replace(quantity=1, likely=BY, by=BY)
        for others in ([refused], [comes]):
            words = words_of(said(kind, language, refused, *others, business=business))
            assert not (found := re.search(TO_COME[language], words, re.IGNORECASE)), (found, words)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("last", [None, LAST])
def test_a_question_about_what_is_refused_and_what_is_late_says_all_that_the_law_wants(
    language: str, last: date | None
) -> None:
    """Of each line, also as a text: a notice that lacks a part is not sent."""
    ends = ENDS if last else None
    refused = Facts(quantity=1, why=Why.REFUSED, silence="nothing", refund=SUM)
    late = refused.replace(why=None, likely=BY, by=BY, last_day=last, ends_on=ends)
    for facts in ([refused, late], [late, refused], [refused, refused], [late, late.replace(last_day=None)]):
        sent = said(Kind.CONSENT_REQUEST, language, *facts)
        assert lacks(sent, render(sent)) == (), render(sent).sms


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("charged", [True, False])
def test_a_text_about_a_part_that_is_kept_says_what_becomes_of_the_rest(language: str, charged: bool) -> None:
    """As of what is late: the mail said it, the text did not."""
    kept = Facts(quantity=2, choice="keep", part_of_line=True, unanswered=3, refundable=charged)
    kept = kept.replace(silence="cancelled", answer_by=LAST)
    refused, late = kept.replace(why=Why.REFUSED), kept.replace(likely=BY, by=BY)
    [text, other] = [render(said(Kind.ANSWER_RECEIVED, language, each)).sms for each in (refused, late)]
    assert "2 x " in text
    rest = re.split(r"[.।]", other, maxsplit=2)[2].strip()
    assert CANCELS[language][:4] in rest.lower()
    assert rest in text
    open = render(said(Kind.ANSWER_RECEIVED, language, refused.replace(silence="nothing"))).sms
    assert CANCELS[language][:4] not in open.lower()
    assert not re.search(TO_COME[language], open, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_asks_for_a_digit_in_words_that_fit_a_refusal(language: str) -> None:
    """Who keeps the order waits for nothing."""
    question = SITUATIONS[Kind.CONSENT_REQUEST]
    for name, fits in (("not delivered", False), ("nothing follows", True)):
        sent = said(Kind.CONSENT_REQUEST, language, question[name].replace(quantity=1), digits=True)
        assert (WAITS[language] in render(sent).sms.lower()) == fits, render(sent).sms


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_of_a_question_says_what_can_be_done_on_the_page(language: str) -> None:
    """It said "keep waiting or cancel" also of what is not delivered."""
    asked = Facts(quantity=1, silence="nothing", refund=SUM)
    refused, late = asked.replace(why=Why.REFUSED), asked.replace(likely=BY, by=BY)

    def button(*facts: Facts) -> str:
        sent = said(Kind.CONSENT_REQUEST, language, *facts)
        before = render(sent).text.partition(f"\n{sent.link}")[0]
        return before.splitlines()[-1].lower()

    alone, both, mixed = button(refused), button(refused, refused), button(refused, late)
    assert WAITS[language] in button(late) == button(late, late)
    assert WAITS[language] not in alone + mixed
    assert CANCELS[language] in alone == both != mixed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_about_several_last_days_says_which_line_is_not_delivered(language: str) -> None:
    """It said that no date was known for it yet."""
    last = Facts(quantity=1, last_day=LAST, ends_on=ENDS)
    refused, dateless = (last.replace(why=why) for why in (Why.REFUSED, Why.NO_SUPPLY))
    [text, unknown] = [
        render(said(Kind.LAST_DAY_REMINDER, language, each, last.replace(by=BY))).sms
        for each in (refused, dateless)
    ]
    assert text != unknown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.LAST_DAY_REMINDER, Kind.ANSWER_RECEIVED])
def test_the_end_of_what_is_refused_depends_on_no_shipment(language: str, kind: Kind) -> None:
    """It ended "if it hasn't shipped", beneath the sentence that it won't."""
    late = Facts(quantity=1, likely=BY, by=BY, last_day=LAST, ends_on=ENDS, choice="keep", until=LAST)
    refused = late.replace(why=Why.REFUSED, likely=None, by=None)
    for facts, depends in ((refused, False), (late, True)):
        message = render(said(kind, language, facts))
        for words in (message.text, message.sms):
            found = re.search(IF_IT_SHIPS[language], " ".join(words.split()), re.IGNORECASE)
            assert bool(found) == depends, (found, words)
            assert CANCELS[language][:4] in words.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_ends_what_is_refused_whatever_ships(language: str) -> None:
    """As the messages do."""

    def ends(why: str) -> str:
        about = {"revocable": None, "chosen": None, "asked": False, "payment": None, "charged": True}
        line = SimpleNamespace(why=why)
        each = SimpleNamespace(open=2, carried="", ends_on="1 Z", line=line, **about)
        return str(reader(language).words.nothing(each))

    assert "1 Z" in ends("refused")
    assert len(ends("refused")) < len(ends("")), "nothing about a shipment"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "do", ["will_keep_until", "will_keep", "will_take_back", "will_take_withdrawal_back"]
)
def test_the_page_promises_a_place_in_the_queue_to_who_waits_in_it(language: str, do: str) -> None:
    """Neither to whose goods are set aside, nor to who gets none."""

    def words(status: str, why: str) -> str:
        line = SimpleNamespace(quantity="2", count=2, partial=False, product="Lamp", why=why)
        each = SimpleNamespace(line=line, status=status, open=2, charged=True, payment=None)
        plan = (
            (SimpleNamespace(until=str(LAST), agreed_until="", first="", reminded=True),)
            if do.startswith("will_keep")
            else ()
        )
        return str(getattr(reader(language).words, do)(each, *plan))

    place = QUEUE[language]
    assert place in words("waiting", "").lower()
    for other in (words("ready", ""), words("waiting", "refused")):
        assert place not in other.lower()
        assert "2 × Lamp" in other
        assert not re.search(r" [.,।]", other)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2])
def test_the_page_lets_nobody_wait_for_what_is_not_delivered(language: str, count: int) -> None:
    """Neither by its tag, nor where a last day is named, before it and after."""
    words = reader(language).words
    plan = SimpleNamespace(until=str(LAST), agreed_until="", first="", reminded=True)
    nothing_yet = dict.fromkeys(("revocable", "carried", "asked", "payment", "parcels"), "")

    def of(why: str) -> tuple[str, ...]:
        line = SimpleNamespace(quantity=str(count), count=count, partial=False, product="Lamp", why=why)
        each = SimpleNamespace(line=line, status="waiting", open=count, charged=True, **nothing_yet)
        found = words.tag(each), words.last_day(why == "refused"), words.last_day_what(each)
        return tuple(str(one).strip() for one in (*found, words.will_keep_until(each, plan)))

    refused, waits = of("refused"), of("")
    assert all(one != other for one, other in zip(refused, waits, strict=True))
    assert WAITS[language].removesuffix("ing") not in " ".join(refused).lower()
    assert WAITS[language].removesuffix("ing") in waits[1].lower()
    assert not re.search(r" [.,।]|  ", " ".join(refused))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_of_a_rest_that_is_not_delivered_depends_on_no_shipment(language: str) -> None:
    rest = Facts(quantity=1, remaining=2, last_day=LAST, ends_on=ENDS)
    words = words_of(said(Kind.PART_SHIPPED, language, replace(rest, why=Why.REFUSED)))
    assert IF_IT_HAS_NOT[language] not in words
    assert IF_IT_HAS_NOT[language] in words_of(said(Kind.PART_SHIPPED, language, rest)), "it may ship by then"


SORRY = {
    "en": "sorry",
    "de": r"tut uns leid|leider",
    "es": "lo sentimos",
    "fr": "désolés|desolés",
    "hi": "खेद|माफ़",
    "pt": r"sentimos muito|desculp",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_gets_a_part_and_no_more_reads_an_apology_once(language: str) -> None:
    """In the mail and in the text, of one line and of several."""
    rest, comes = REFUSED.replace(remaining=2), COMES.replace(remaining=2)
    for facts in ((rest,), (rest, rest), (rest, comes), (comes, rest)):
        found = render(said(Kind.PART_SHIPPED, language, *facts))
        for words in (found.text, found.sms):
            assert len(re.findall(SORRY[language], words, re.IGNORECASE)) == 1, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_that_the_day_passed_names_that_day(language: str) -> None:
    """Who named it as one that mattered reads that day, and not "that day" alone."""
    facts = COMES.replace(silence="nothing", due_by=LAST, essential=True, refund=SUM)
    sent = said(Kind.CONSENT_REQUEST, language, facts)
    locale = formats.known(language, language, sent.region)
    day = formats.day(LAST, locale)
    assert " ".join(render(sent).text.split()).count(day) == 1
