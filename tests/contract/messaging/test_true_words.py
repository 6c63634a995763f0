"""What people read, in every situation it can be written in: true, in whole sentences, everywhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from backorder.domain.calendar import ONE_DAY
from backorder.domain.money import Money
from backorder.domain.notifications import Facts, Kind
from backorder.messaging import formats, gsm
from backorder.messaging.language import unbroken
from backorder.messaging.message_content import MessageContent, Rendered
from backorder.messaging.page import reader
from backorder.messaging.render import render
from tests.contract.messaging.situations import SHOP, SITUATIONS, SUM, content, contents

CONTRADICTIONS = (
    ("set aside for you", "can’t give you an honest date"),
    ("set aside for you", "no date yet"),
    ("set aside for you", "in stock right now"),
    ("set aside for you", "place in the queue"),
    ("was sent", "goes back the way you paid"),
    ("was sent", "at the latest"),
    ("As you asked, we’ve cancelled", "We’re sorry"),
    ("sooner", "no date yet"),
    ("stands", "less certain"),
    ("e won’t deliver", "on order for you"),
    ("e won’t deliver", "to come"),
    ("e won’t deliver", "when the rest is on its way"),
    ("e won’t deliver", "can’t give you a date"),
    ("They ship", "before it ships"),
    ("They now ship", "before it ships"),
)
"""Words that cannot both be true of one line."""
NONSENSE = re.compile(
    r"\bNone\b|\bFalse\b|\{\{|\}\}|\{%|Undefined|Why\.|Kind\.|Decimal|[\ue000-\uf8ff]|\S {2,}\S| [.,;:](\s|$)"
    r"|(?i:ships? (by )?no date|by no date|by \.|on \.|ships ships|\bit it\b|\ba an?\b)"
    r"|\byet\b[^.]*\.[^.]*\byet\b"
    r"|[,;:][.,;:]|\.[,;:]|(?<!\.)\.\.(?!\.)|\(\)|: *[.;]| - \.|’’"
)
ONE = re.compile(
    r"\b(it|It)(’s (?!free|done|cheaper)| ships| hasn’t| was due| will arrive| stays)"
    r"|\b(cancel|keep|paid for|cover) it\b"
)
"""Words about one thing."""
SEVERAL = re.compile(r"\b(they|They|them|their)\b")
"""Words about several."""
SENTENCE = re.compile(r"[A-Z0-9“{].*[.:?!)]", re.DOTALL)


def seen(rendered: Rendered) -> str:
    """The words of the HTML part."""
    body = re.sub(r"(?s)<(head|style).*?</\1>|<div style=\"display:none.*?</div>", "", rendered.html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def squeezed(text: str) -> str:
    return re.sub(r"[\s\W]+", "", text)


ALL = list(contents())


@pytest.mark.parametrize("kind", Kind)
def test_every_situation_is_said_in_true_words(kind: Kind) -> None:
    found = [(name, sent) for name, sent in ALL if sent.kind is kind]
    assert found, "situations.py has no situation of this kind"
    for name, sent in found:
        _assert_true(name, sent, render(sent))


def _assert_true(name: str, sent: MessageContent, rendered: Rendered) -> None:
    page = seen(rendered)
    for words in (rendered.subject, *rendered.text.splitlines(), rendered.sms):
        assert not (found := NONSENSE.search(words)), (name, words, found)
    assert 0 < len(rendered.subject) < 120, name
    assert gsm.ALPHABET.issuperset(rendered.sms), name
    more = {Kind.CONSENT_REQUEST: 2, Kind.PART_SHIPPED: 1}.get(sent.kind)  # these say each line for itself
    assert gsm.segments(rendered.sms) <= (len(sent.items) + more if more else 2), (name, rendered.sms)
    if len(sent.items) == 1:
        for words in (rendered.text + rendered.subject, page, rendered.sms):
            for one, other in CONTRADICTIONS:
                assert not (one in words and other in words), (name, one, other)
        facts = sent.items[0].facts
        _says_the_facts(name, facts, sent, rendered, page)
        if not (facts.parts or facts.remaining or facts.uncancelled or facts.unanswered):
            wrong = SEVERAL if facts.quantity == 1 else ONE
            said = rendered.text.partition("\n\n")[2].partition("\n\n-- ")[0]
            assert not (found := wrong.search(said)), (name, said, found)
    for paragraph in rendered.text.split("\n\nThe team at")[0].split("\n\n")[2:]:
        if not paragraph.startswith("*") and not paragraph.startswith("  "):
            assert SENTENCE.match(paragraph.strip()) or "https://" in paragraph, (name, paragraph)
            assert squeezed(paragraph) in squeezed(page) or "https://" in paragraph, (name, paragraph)


def _says_the_facts(name: str, facts: Facts, sent: MessageContent, rendered: Rendered, page: str) -> None:
    """Each date and amount that a kind states stands in both parts, and no other does."""
    locale = formats.known("en", "", sent.region)
    days = {
        day
        for day in (
            *(facts.likely, facts.by, facts.previous_by, facts.since, facts.refund_by, facts.refund_sent_on),
            *(facts.valid_until, facts.until, facts.answer_by, facts.ends_on, facts.due),
            *(facts.ask_until, facts.last_day, facts.dropped_day),
            *(each.on for each in facts.refunds),
            facts.answer_by + ONE_DAY if facts.unanswered and facts.answer_by else None,
            facts.received_at.date() if facts.received_at else None,
            *(day for part in facts.parts for day in (part.likely, part.by)),
        )
        if day
    }
    known = {formats.day(day, locale) for day in days}
    for words in (rendered.text, page):
        spans = re.sub(r"\d+\s?–\s?\d+ \w+ \d{4}", "", words)
        assert set(re.findall(r"\b\d{1,2} [A-Z][a-z]+ \d{4}", spans)) <= known, name
    prices = [
        facts.refund,
        facts.refund_sent,
        facts.kept_back,
        facts.shipping,
        facts.amount,
        *(each.price for each in facts.alternatives),
    ]
    prices.append(facts.chosen.price if facts.chosen else None)
    amounts = {formats.money(price, locale) for price in prices if isinstance(price, Money)}
    for words in (rendered.text, page, rendered.sms):
        assert set(re.findall(r"€[\d.,]*\d", words)) <= amounts, name
    if facts.by and sent.kind in (Kind.CONFIRMED, Kind.DELAYED, Kind.EARLIER, Kind.STILL_WAITING):
        assert formats.day(facts.by, locale) in rendered.text, name
        assert formats.day(facts.by, locale) in rendered.subject, name


@pytest.mark.parametrize("region", ["GB", "US", "DE", "JP", "IN", "CH"])
def test_the_same_is_said_in_every_form(region: str) -> None:
    for kind, found in SITUATIONS.items():
        for name, facts in found.items():
            sent = content(kind, replace(facts, quantity=facts.quantity or 1), region=region)
            rendered = render(sent)
            for words in (rendered.subject, *rendered.text.splitlines(), rendered.sms):
                assert not (wrong := NONSENSE.search(words)), (kind, name, words, wrong)
            if facts.by and kind is Kind.CONFIRMED:
                day = formats.day(facts.by, formats.known("en", "", region))
                assert day in rendered.text
                assert day in seen(rendered)


def test_first_claim_is_promised_only_where_something_is_on_order() -> None:
    for name, facts in SITUATIONS[Kind.APOLOGY].items():
        text = render(content(Kind.APOLOGY, replace(facts, quantity=3))).text
        on_order = bool(facts.by or any(part.by for part in facts.parts))
        assert ("first claim" in text) == on_order, name


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "GMT"),
        ("America/St_Johns", "GMT-3:30"),
        ("Europe/Berlin", "GMT+1"),
        ("Asia/Kolkata", "GMT+5:30"),
    ],
)
def test_an_instant_names_how_far_its_clocks_are_off(zone: str, words: str) -> None:
    at = datetime(2026, 1, 27, 18, 36, tzinfo=ZoneInfo(zone))
    assert formats.instant(at, formats.known("en", "en_GB")) == f"27 January 2026 at 18:36 ({words})"
    assert formats.instant(at, formats.known("de", "de")) == f"27. Januar 2026 um 18:36 Uhr ({words})"
    assert formats.instant(at, formats.known("hi", "hi")) == f"27 जनवरी 2026, शाम 6:36 बजे ({words})"


def test_one_thing_is_offered_as_one() -> None:
    one, two, _ = SITUATIONS[Kind.ALTERNATIVES].values()
    assert "one of these" not in render(content(Kind.ALTERNATIVES, replace(one, quantity=1))).text
    assert "one of these" in render(content(Kind.ALTERNATIVES, replace(two, quantity=1))).text
    assert "€289.00 each" in render(content(Kind.ALTERNATIVES, replace(one, quantity=3))).text


def test_who_cancelled_decides_the_words() -> None:
    for name, facts in SITUATIONS[Kind.CANCELLED].items():
        text = render(content(Kind.CANCELLED, replace(facts, quantity=1))).text
        assert ("As you asked" in text) == (facts.reason == "customer"), name
        assert ("We’re sorry" in text) == (facts.reason in ("shop", "supplier", "policy", "no_consent")), name


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_one_unit_of_a_line_is_not_said_to_be_all_of_it(language: str) -> None:
    whole = replace(SITUATIONS[Kind.CANCELLED]["customer owed"], quantity=1)
    for facts, said in ((whole, False), (replace(whole, part_of_line=True), True)):
        found = render(replace(content(Kind.CANCELLED, facts), locale=language))
        words = [each.replace("\N{NO-BREAK SPACE}", " ") for each in (found.subject, found.text, found.sms)]
        assert [bool(re.search(r"\b1 [×x] ", each)) for each in words] == [said] * 3


@pytest.mark.parametrize("link", ["", "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"])
def test_a_text_that_offers_something_else_says_what_and_at_what_price(link: str) -> None:
    for name, facts in SITUATIONS[Kind.ALTERNATIVES].items():
        for product in ("Kestrel tent", "Kestrel 3 four-season tent in forest green"):
            sms = render(
                content(Kind.ALTERNATIVES, replace(facts, quantity=2), link=link, product=product)
            ).sms
            assert gsm.segments(sms) <= 2, sms
            for each in facts.alternatives:
                assert each.name[:14].rsplit(" ", 1)[0] in sms, (name, sms)
                assert f"(€{each.price.amount:,} each)" in sms, (name, sms)


def test_a_text_about_a_swap_names_what_comes() -> None:
    for kind, choice in ((Kind.SUBSTITUTED, ""), (Kind.ANSWER_RECEIVED, "alternative")):
        facts = replace(SITUATIONS[Kind.SUBSTITUTED]["even"], quantity=1, choice=choice)
        sms = render(content(kind, facts)).sms
        assert "Merlin 3 tent instead of Kestrel tent" in sms


CONSUMERS_LAW = ("at any time", "whatever you’ve paid", "all your rights")
"""What only a consumer may count on."""


def test_a_business_reads_nothing_that_is_consumers_law_alone() -> None:
    """The choice between waiting and a refund is a duty towards every buyer, and stays."""
    for kind, found in SITUATIONS.items():
        for facts in found.values():
            for business in (False, True) if kind is not Kind.CONSENT_REQUEST else ():
                sent = content(kind, replace(facts, quantity=facts.quantity or 1), business=business)
                rendered = render(sent)
                said = [words for words in CONSUMERS_LAW if words in rendered.text + rendered.sms]
                assert not (business and said), (kind, said)
                if kind in (Kind.CONFIRMED, Kind.DELAYED, Kind.STILL_WAITING, Kind.APOLOGY):
                    assert ("No longer need " in rendered.text) == business
                    assert bool(said) != business


MONEY_BACK = re.compile(r"refund|Geld|Erstattung|reembolso|rembours|रिफ़ंड", re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
@pytest.mark.parametrize("items", [1, 2])
def test_a_text_about_what_was_not_charged_offers_no_money_back(language: str, items: int) -> None:
    uncharged = replace(SITUATIONS[Kind.CONSENT_REQUEST]["uncharged"], quantity=1)
    charged = replace(uncharged, refundable=True, refund=SUM)
    asked = [
        render(replace(content(Kind.CONSENT_REQUEST, *facts), locale=language, digits=True)).sms
        for facts in ([uncharged] * items, [charged] * items, [charged, uncharged])
    ]
    assert [bool(MONEY_BACK.search(each)) for each in asked[:2]] == [False, True]
    *_, digits = asked[2].partition(". ")[2].rpartition(" 2")
    assert not MONEY_BACK.search(digits), "nor where only some of it was charged"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
def test_a_text_that_asks_says_how_it_is_answered(language: str) -> None:
    def said(**shop: object) -> str:
        sent = content(Kind.CONSENT_REQUEST, SITUATIONS[Kind.CONSENT_REQUEST]["uncharged"], link="")
        return render(replace(sent, locale=language, shop=replace(SHOP, **shop))).sms  # type: ignore[arg-type]

    phone, texts, both = said(phone="+1 202 555 0100"), said(two_way=True), said(two_way=True, phone="555")
    assert phone.count("+1 202 555 0100") == both.count("555") == 1
    assert len({said(), phone, texts, both}) == 4
    assert texts.startswith(said())


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_who_withdraws_reads_where_the_goods_go_back_to(locale: str) -> None:
    page, way = "https://fellfjord.test/returns", SHOP.postal_address.splitlines()[0]
    withdrawal = SITUATIONS[Kind.ANSWER_RECEIVED]
    for name in ("withdraw after", "withdraw between"):
        sent = replace(content(Kind.ANSWER_RECEIVED, withdrawal[name]), locale=locale)
        with_page = render(replace(sent, shop=replace(SHOP, returns_url=page)))
        assert page in with_page.text, with_page.text
        assert page in with_page.html
        assert f": {way}" in render(sent).text, render(sent).text
    unsent = replace(content(Kind.ANSWER_RECEIVED, withdrawal["withdraw before"]), locale=locale)
    assert f": {way}" not in render(unsent).text, "nothing is to be sent back"


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_who_withdraws_reads_of_money_only_where_some_was_charged(locale: str) -> None:
    charged, not_charged = (
        render(replace(content(Kind.ANSWER_RECEIVED, facts), locale=locale))
        for facts in (
            SITUATIONS[Kind.ANSWER_RECEIVED]["withdraw after"],
            SITUATIONS[Kind.ANSWER_RECEIVED]["withdraw, uncharged"],
        )
    )
    back = set(re.split(r"(?<=[.।])\s", charged.text)) - set(re.split(r"(?<=[.।])\s", not_charged.text))
    assert [bool(re.search(PAID, each)) for each in back] == [True], back
    assert not re.search(PAID, not_charged.text + seen(not_charged)), not_charged.text
    cancels, nothing_back = (
        render(replace(content(Kind.ANSWER_RECEIVED, facts), locale=locale)).text
        for facts in (Facts(quantity=1, choice="cancel"), Facts(quantity=1, choice="cancel", uncharged=True))
    )
    assert len(nothing_back) < len(cancels), "nor of what will come back"


PAID = "you’ve paid|bezahlt|ha pagado|avez payé|चुकाया|você pagou"


@pytest.mark.parametrize(
    ("html", "held"),
    [
        ("<p>bis 9. Mai 2026. Dann</p>", "<p>bis 9.~Mai~2026. Dann</p>"),
        ("<p>el 1 de mayo de 2026</p>", "<p>el 1~de~mayo de~2026</p>"),
        ("<p>1er févr. 2026</p>", "<p>1er~févr.~2026</p>"),
        ("<p>29 May – 1 Jun 2026</p>", "<p>29~May – 1~Jun~2026</p>"),
        (
            "<p>in 14 Tagen, 2 unidades de 14 a 15 (3 pieces)</p>",
            "<p>in 14~Tagen, 2~unidades de 14 a 15 (3~pieces)</p>",
        ),
        ("<p>con DHL. Faltan 2: el envío</p>", "<p>con DHL. Faltan~2: el envío</p>"),
        ("<p>Falta 1, y todavía, a las 9:30</p>", "<p>Falta~1, y todavía, a las 9:30</p>"),
        ("<p>cancelar 1 de 3. 2 von 12, 1 sur 3</p>", "<p>cancelar 1~de~3. 2~von~12, 1~sur~3</p>"),
        ("<p>14 दिन में, 9:30 बजे तक, 2 नग</p>", "<p>14~दिन में, 9:30~बजे तक, 2~नग</p>"),
        ("<p>May 3 – 10, 2026</p>", "<p>May~3 –~10,~2026</p>"),
        ("<p>May 16 and May 20, 2026</p>", "<p>May~16~and May~20,~2026</p>"),
        ("<p>dem 16. Mai und dem 20. Mai 2026</p>", "<p>dem 16.~Mai und dem 20.~Mai~2026</p>"),
        ("<p>el 16 de mayo y el 20 de mayo de 2026</p>", "<p>el 16~de~mayo y el 20~de~mayo de~2026</p>"),
        ("<p>3 × Lamp, +49 1512 34</p>", "<p>3~×~Lamp, +49~1512~34</p>"),
        (
            "<p>nos e-mails, E-Mail, e-commerce</p>",
            "<p>nos e\N{NON-BREAKING HYPHEN}mails, E\N{NON-BREAKING HYPHEN}Mail, e-commerce</p>",
        ),
        (
            "<p>an die E-Mail-Adresse</p>",
            "<p>an die E\N{NON-BREAKING HYPHEN}Mail\N{NON-BREAKING HYPHEN}Adresse</p>",
        ),
        ('<input value="9 May 2026, +49 1512 34">', '<input value="9 May 2026, +49 1512 34">'),
    ],
)
def test_no_line_ends_within_a_day_or_a_number(html: str, held: str) -> None:
    """But what a form sends back is what it was given."""
    assert unbroken(html).replace("\N{NO-BREAK SPACE}", "~") == held


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "pt"])
@pytest.mark.parametrize("until", ["8 March 2025", ""])
def test_an_order_that_ends_by_itself_is_not_said_to_stay(language: str, until: str) -> None:
    """Where a payment is due and the customer named a last day, or silence cancels."""

    def said(ends_on: str, silence: str) -> str:
        due = SimpleNamespace(until=until, all=True, count=2)
        line, asked = SimpleNamespace(silence=silence or "cancelled"), bool(silence)
        each = SimpleNamespace(payment=due, ends_on=ends_on, asked=asked, line=line)
        return str(reader(language).words.unpaid(each))

    stays = said("", "").strip()
    for ends in (said("3 April 2025", ""), said("", "cancelled")):
        assert len(ends.strip()) < len(stays)
        assert ends.strip()[-12:-1] in stays or until


def test_portuguese_tells_what_will_be_done_from_what_was() -> None:
    """Devolvemos is both "we give back" and "we gave back"."""
    words = Path("backorder/messaging/templates/pt/page.jinja").read_text(encoding="utf-8")
    steps = re.findall(r"{% macro ((?:will_|last_day_what|instead|opt_out)\w*\(.*)", words)
    assert len(steps) > 15
    for said in (*steps, *re.findall(r"\nCancela.*|{% (?:if|elif) (?:plan.refund|one.left) %}.*", words)):
        assert not re.search(r"(?i)\b(devolve|envia|cancela|mostra|confirma)mos\b", said), said
    for name, facts in SITUATIONS[Kind.LAST_DAY_REMINDER].items():
        text = render(replace(content(Kind.LAST_DAY_REMINDER, facts), locale="pt")).text
        assert not ("será feito entre" in text and "cancelaremos" in text), (name, text)
    for units, words in ((1, "Já chegou,"), (2, "Já chegaram,")):
        for facts in SITUATIONS[Kind.PAYMENT_DUE].values():
            sent = content(Kind.PAYMENT_DUE, replace(facts, quantity=units))
            assert render(replace(sent, locale="pt")).text.startswith(words)


def test_french_elides_before_a_name_that_begins_with_a_vowel() -> None:
    """And no text, whose names are put in last, has the word there that would. No object is said twice,
    and no thing is parted from its number.
    """
    for kind, found in SITUATIONS.items():
        for facts in found.values():
            sent = content(kind, replace(facts, quantity=facts.quantity and 1), product="Oak lamp")
            said = render(replace(sent, locale="fr"))
            assert "de Oak" not in said.subject + said.text + said.sms, said
            assert not re.search(r"Dites-le-nous[^.]* comment|\d (jours|unités?)\b", said.text), said.text
    assert "de bons d’Atelier" in str(reader("fr").words.opt_out("Atelier"))
    for often in (reader("fr").words.updates(1), reader("fr").words.will_update(1)):
        assert "au plus une fois par semaine" in str(often).lower()


@pytest.mark.parametrize("language", ["es", "fr"])
def test_a_text_that_asks_for_a_payment_includes_its_last_day(language: str) -> None:
    """And what it says of a delivery agrees with the delivery."""
    words = {"es": "a mas tardar el ", "fr": "au plus tard le "}[language]
    for facts in SITUATIONS[Kind.PAYMENT_DUE].values():
        for items in ([facts], [facts, facts]):
            said = render(replace(content(Kind.PAYMENT_DUE, *items), locale=language)).sms
            assert words in said, said
    late = [
        render(replace(content(Kind.SUPPLIER_OVERDUE, each), locale="fr")).sms
        for each in SITUATIONS[Kind.SUPPLIER_OVERDUE].values()
    ]
    assert all("n'est pas arrivée" in each for each in late), late
