"""Letters in words: every kind says what it must, whatever the names, in every form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError, UndefinedError

from backorder.domain.money import Money
from backorder.domain.notifications import (
    COMMERCIAL_KINDS,
    SUPPLIER_KINDS,
    Alternative,
    Facts,
    Kind,
    Part,
    Why,
)
from backorder.messaging import gsm
from backorder.messaging.carriers import tracking_link
from backorder.messaging.render import (
    Letter,
    LetterItem,
    Rendered,
    Renderer,
    Shop,
    render,
    segments,
    template_version,
)
from backorder.messaging.template_variables import clean

SHOP = Shop(
    name="Fell & Fjord", url="https://fellfjord.test", postal_address="14 Quay Street\nWhitby YO21 1DN"
)
LINK = "https://fellfjord.test/b/Zk3vQ9rT1mXw8yHc2LpNbA"
OPT_OUT = "https://fellfjord.test/u/Zk3vQ9rT1mXw8yHc2LpNbA"
PARCEL = "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB"
MERLIN = Alternative(sku="m", name="Merlin 3 tent", price=Money(Decimal("289.00"), "GBP"))
DATED = Facts(
    quantity=3,
    remaining=2,
    likely=date(2026, 5, 12),
    by=date(2026, 5, 19),
    previous_by=date(2026, 4, 28),
    why=Why.SUPPLY_MOVED,
    carrier="Royal Mail",
    tracking="RB123456785GB",
    refund=Money(Decimal("310.00"), "GBP"),
    refund_by=date(2026, 6, 2),
    percent=Decimal(10),
    code="THANKS-7QX2",
    valid_until=date(2026, 8, 1),
    alternatives=(MERLIN,),
    chosen=MERLIN,
    choice="keep",
    until=date(2026, 6, 26),
    answer_by=date(2026, 5, 25),
    ends_on=date(2026, 5, 28),
    reason="policy",
    ticket="C-20417",
    purchase_order="PO-7731",
    po_line="2",
    due=date(2026, 5, 8),
)
DATELESS = replace(
    DATED, likely=None, by=None, previous_by=None, why=Why.NO_SUPPLY, ends_on=None, answer_by=None
)
PARTS = replace(
    DATED,
    quantity=5,
    parts=(
        Part(quantity=3, likely=date(2026, 5, 12), by=date(2026, 5, 19)),
        Part(quantity=2, likely=None, by=None),
    ),
    likely=None,
    by=None,
)
BARE = Facts(quantity=1)
FACTS = {"dated": DATED, "dateless": DATELESS, "parts": PARTS, "bare": BARE}
DATE_KINDS = (
    Kind.CONFIRMED,
    Kind.STILL_WAITING,
    Kind.DELAYED,
    Kind.EARLIER,
    Kind.APOLOGY,
    Kind.CONSENT_REQUEST,
)
WRONG = re.compile(
    r"\bNone\b|\{\{|\}\}|\{%|Undefined|Why\.|Kind\.|Decimal|[\ue000-\uf8ff]|\S {2,}\S| [.,;:](\s|$)"
)


def letter(
    kind: Kind,
    *facts: Facts,
    link: str = LINK,
    locale: str = "en_GB",
    name: str = "Ada Lovelace",
    product: str = "Kestrel 3 tent",
) -> Letter:
    items = tuple(LetterItem(order=f"FF-{n}", product=product, facts=f) for n, f in enumerate(facts, 10482))
    unsubscribe = OPT_OUT if kind in COMMERCIAL_KINDS and link else ""
    return Letter(
        kind=kind, locale=locale, shop=SHOP, name=name, link=link, items=items, unsubscribe=unsubscribe
    )


class _Reader(HTMLParser):
    """What a reader sees of HTML, and what is in its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\u034f\u200c", "").split())


def check(rendered: Rendered) -> None:
    """What every message must hold to."""
    page = _Reader(rendered.html)
    assert page.open == []
    for words in (rendered.subject, page.text, *filter(None, rendered.text.splitlines()), rendered.sms):
        assert words
        assert not WRONG.search(words), WRONG.search(words)
    assert not set(rendered.subject) & set("\r\n\t")
    assert len(rendered.subject) < 120
    assert gsm.ALPHABET.issuperset(rendered.sms)
    assert "\n" not in rendered.sms
    assert segments(rendered.sms) <= 2


class TestEveryKind:
    @pytest.mark.parametrize("link", [LINK, ""], ids=["link", "no-link"])
    @pytest.mark.parametrize("facts", FACTS)
    @pytest.mark.parametrize("kind", Kind)
    def test_for_one_item(self, kind: Kind, facts: str, link: str) -> None:
        rendered = render(letter(kind, FACTS[facts], link=link))
        check(rendered)
        for words in (rendered.html, rendered.text):
            assert (LINK in words) == bool(link)
            assert "Whitby YO21 1DN" in words
        if kind not in COMMERCIAL_KINDS:
            assert (LINK in rendered.sms) == bool(link)

    @pytest.mark.parametrize("link", [LINK, ""], ids=["link", "no-link"])
    @pytest.mark.parametrize("kind", Kind)
    def test_for_several_items(self, kind: Kind, link: str) -> None:
        rendered = render(letter(kind, DATED, PARTS, DATELESS, BARE, DATED, link=link))
        check(rendered)
        assert rendered.text.count("\n* ") >= 5

    # The others have a code, a deadline or money in it as well.
    @pytest.mark.parametrize(
        "kind",
        sorted({*Kind} - COMMERCIAL_KINDS - {Kind.CONSENT_REQUEST, Kind.PART_SHIPPED, Kind.CANCELLED}),
    )
    def test_is_one_sms_for_a_typical_item(self, kind: Kind) -> None:
        rendered = render(letter(kind, replace(DATED, previous_by=None), product="Kestrel 3 tent"))
        assert segments(rendered.sms) == 1, rendered.sms

    @pytest.mark.parametrize("kind", Kind)
    def test_never_asks_for_an_opt_out_word_as_an_answer(self, kind: Kind) -> None:
        words = "STOP|STOPALL|UNSUBSCRIBE|CANCEL|END|QUIT|REVOKE|OPTOUT|START|YES|UNSTOP|HELP|INFO"
        for facts in FACTS.values():
            for link in (LINK, ""):
                sms = render(letter(kind, facts, link=link)).sms
                sms = sms.replace("Text STOP to opt out.", "") if kind in COMMERCIAL_KINDS else sms
                assert not re.search(rf"(?i:reply|text|answer|send) ['\"]?(?i:{words})\b", sms)
                assert not re.search(rf"\b({words})\b", sms)

    @pytest.mark.parametrize("kind", sorted(set(Kind) - COMMERCIAL_KINDS))
    def test_promotes_nothing_beside_a_notice(self, kind: Kind) -> None:
        rendered = render(letter(kind, DATED))
        for words in (rendered.subject, rendered.text, rendered.html, rendered.sms):
            assert "THANKS-7QX2" not in words
            assert "10%" not in _Reader(words).text
            if kind not in (Kind.ALTERNATIVES, Kind.ANSWER_RECEIVED, Kind.SUBSTITUTED):
                assert MERLIN.name not in words

    @pytest.mark.parametrize("kind", DATE_KINDS)
    def test_says_the_window(self, kind: Kind) -> None:
        rendered = render(letter(kind, DATED))
        for words in (rendered.text, rendered.html):
            assert "between 12 May 2026 and 19 May 2026" in words
            assert "12–19 May 2026" in words
        assert "12-19 May 2026" in rendered.sms

    @pytest.mark.parametrize("kind", DATE_KINDS)
    def test_says_parts_each_with_its_window(self, kind: Kind) -> None:
        rendered = render(letter(kind, PARTS))
        assert "3 between 12 May 2026 and 19 May 2026, 2 with no date yet" in rendered.text
        assert "3 ship 12-19 May 2026, 2 have no date yet" in rendered.sms
        reason = "The delivery that we’d planned for your order reaches us later."
        assert rendered.text.count(reason) == (0 if kind is Kind.APOLOGY else 1)

    @pytest.mark.parametrize("kind", sorted(set(DATE_KINDS) - {Kind.EARLIER, Kind.APOLOGY}))
    @pytest.mark.parametrize("why", Why)
    def test_says_that_there_is_no_date_and_why(self, kind: Kind, why: Why) -> None:
        reasons = {
            Why.NO_SUPPLY: "What we have on order doesn’t cover them.",
            Why.SUPPLIER_UNSURE: "can’t say when they will arrive",
            Why.OVERDUE: "They were due to reach us and haven’t",
            Why.SUPPLY_MOVED: "reaches us later",
            Why.UNCERTAIN: "the delivery to us may come later",
            Why.UNSENT: "They’re here and set aside for you",
            Why.UNSTATED: "won’t guess again",
            Why.WITHDRAWN: "not to be there",
        }
        rendered = render(letter(kind, replace(DATELESS, why=why)))
        here = why is Why.UNSENT  # it has only not left yet
        for words in (rendered.text, rendered.html):
            assert ("e can’t give you a" in words or "e still can’t give you a" in words) == (not here)
            assert ("No date yet" in words) == (not here)
            assert reasons[why] in words
        assert ("no date yet" in rendered.sms) == (not here)

    def test_a_date_that_has_become_less_certain_is_not_said_to_stand(self) -> None:
        rendered = render(letter(Kind.STILL_WAITING, replace(DATED, why=Why.UNCERTAIN)))
        assert "still on course" not in rendered.subject
        assert "still expected to ship around" in rendered.subject
        assert "less certain" in rendered.subject
        assert "less certain" in rendered.sms
        assert "the delivery to us may come later" in rendered.text

    @pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.EARLIER, Kind.CONSENT_REQUEST])
    def test_a_new_date_shows_the_old_one(self, kind: Kind) -> None:
        rendered = render(letter(kind, DATED))
        assert "28 April 2026" in rendered.text
        assert "28 April 2026" in rendered.html

    def test_a_single_day_is_not_a_window(self) -> None:
        for likely in (None, date(2026, 5, 19)):
            text = render(letter(Kind.CONFIRMED, replace(DATED, quantity=1, likely=likely))).text
            assert "It ships by 19 May 2026." in text
            assert "between" not in text


class TestDuties:
    def test_consent_says_that_silence_cancels_and_refunds(self) -> None:
        text = render(letter(Kind.CONSENT_REQUEST, DATED)).text
        assert "agreement by 25 May 2026, we’ll cancel them on 28 May 2026 and refund everything" in text
        assert "prompt refund" in text
        assert "it’s free" in text

    def test_consent_says_that_silence_agrees_where_it_does(self) -> None:
        text = render(letter(Kind.CONSENT_REQUEST, replace(DATED, ends_on=None))).text
        assert "don’t hear from you by 25 May 2026, we’ll take it that you agree to the new date" in text

    def test_consent_for_several_lines_says_it_for_each(self) -> None:
        text = render(letter(Kind.CONSENT_REQUEST, DATED, replace(DATED, ends_on=None))).text
        assert "we’ll cancel them on 28 May 2026" in text
        assert "we’ll take it that you agree" in text

    @pytest.mark.parametrize(
        "kind", [Kind.CONFIRMED, Kind.STILL_WAITING, Kind.DELAYED, Kind.APOLOGY, Kind.CONSENT_REQUEST]
    )
    def test_says_that_the_customer_may_cancel(self, kind: Kind) -> None:
        for facts in (DATED, DATELESS):
            assert "cancel at any time before they ship" in render(letter(kind, facts)).text

    def test_a_coupon_can_be_stopped_and_says_who_sends_it(self) -> None:
        rendered = render(letter(Kind.COUPON, DATED))
        for words in (rendered.text, rendered.html):
            assert OPT_OUT in words
            assert "14 Quay Street" in words
        assert OPT_OUT in rendered.sms
        without = render(replace(letter(Kind.COUPON, DATED), unsubscribe=""))
        assert "reply to this email" in without.text
        assert "Text STOP to opt out." in without.sms

    @pytest.mark.parametrize("reason", ["customer", "shop", "policy", "supplier", "no_consent", ""])
    def test_a_cancellation_says_why_and_what_comes_back(self, reason: str) -> None:
        text = render(letter(Kind.CANCELLED, replace(DATED, reason=reason))).text
        assert "£310.00" in text
        assert "2 June 2026 at the latest" in text
        assert ("As you asked" in text) == (reason == "customer")

    @pytest.mark.parametrize(("choice", "says"), [("keep", "keep waiting"), ("cancel", "to cancel")])
    def test_an_answer_is_repeated(self, choice: str, says: str) -> None:
        assert says in render(letter(Kind.ANSWER_RECEIVED, replace(DATED, choice=choice))).text


class TestForms:
    @pytest.mark.parametrize(
        ("locale", "day", "span", "money"),
        [
            ("en_GB", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("en-GB", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("en_US", "May 19, 2026", "May 12 – 19, 2026", "£310.00"),
            ("en", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("de_DE", "19 May 2026", "12–19 May 2026", "310,00 £"),
            ("xx_YY", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("../../etc", "19 May 2026", "12–19 May 2026", "£310.00"),
        ],
    )
    def test_dates_and_money_are_the_readers_own(self, locale: str, day: str, span: str, money: str) -> None:
        confirmed = render(letter(Kind.CONFIRMED, DATED, locale=locale)).text
        assert f"and {day}." in confirmed
        assert span in confirmed.replace("\u2009", " ")
        cancelled = render(letter(Kind.CANCELLED, DATED, locale=locale)).text
        assert money in cancelled.replace("\xa0", " ")

    @pytest.mark.parametrize(
        ("locale", "region", "day", "money"),
        [
            ("", "DE", "2 June 2026", "310,00 £"),
            ("", "US", "June 2, 2026", "£310.00"),
            ("", "US-CA", "June 2, 2026", "£310.00"),
            ("", "JP", "2 June 2026", "£310.00"),
            ("en", "US", "June 2, 2026", "£310.00"),
            ("de", "AT", "2 June 2026", "£ 310,00"),
            ("en_GB", "DE", "2 June 2026", "£310.00"),
        ],
    )
    def test_the_region_decides_the_form_where_no_country_is_given(
        self, locale: str, region: str, day: str, money: str
    ) -> None:
        sent = replace(letter(Kind.CANCELLED, DATED, locale=locale), region=region)
        text = render(sent).text.replace("\xa0", " ")
        assert money in text
        assert f"by {day} at the latest" in text

    @pytest.mark.parametrize(
        ("amount", "currency", "shown"),
        [
            ("1200", "JPY", "JP¥1,200"),
            ("1299.50", "RSD", "RSD 1,299.50"),
            ("12.500", "KWD", "KWD 12.500"),
            ("1299.50", "CHF", "CHF 1,299.50"),
            ("1299.50", "HUF", "HUF 1,299.50"),
            ("0.05", "EUR", "€0.05"),
        ],
    )
    def test_money_has_the_digits_of_its_currency(self, amount: str, currency: str, shown: str) -> None:
        facts = replace(DATED, refund=Money(Decimal(amount), currency))
        assert shown in render(letter(Kind.REFUNDED, facts)).text.replace("\xa0", " ")

    def test_an_odd_percentage_is_not_rounded(self) -> None:
        assert "12.5% off" in render(letter(Kind.COUPON, replace(DATED, percent=Decimal("12.5")))).subject

    def test_a_letter_about_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            render(letter(Kind.CONFIRMED))

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "ftp://x", "https://a b"])
    def test_a_link_is_for_a_browser_or_left_out(self, link: str) -> None:
        rendered = render(letter(Kind.CONFIRMED, DATED, link=link))
        assert link not in rendered.html + rendered.text + rendered.sms

    def test_html_needs_nothing_from_outside(self) -> None:
        html = render(letter(Kind.DELAYED, DATED)).html
        page = _Reader(html)
        assert not {"img", "script", "link", "iframe", "form"} & set(page.tags)
        assert "url(" not in html
        assert '<html lang="en-GB" dir="ltr">' in html
        assert "prefers-color-scheme:dark" in html
        assert len(html.encode()) < 102_400  # Gmail clips what is longer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    german = tmp_path / "de"
    german.mkdir()
    (german / "words.jinja").write_text(
        '{% set item = "Ihre Ware" %}{% set sms_alphabet = "gsm7" %}'
        "{% macro hello(name) %}Guten Tag {{ name }},{% endmacro %}"
        "{% macro regards(shop) %}Ihr Team von {{ shop }}{% endmacro %}"
        "{% macro because(shop) %}Es geht um Ihre Bestellung bei {{ shop }}.{% endmacro %}",
        encoding="utf-8",
    )
    (german / "shipped.jinja").write_text(
        "{% block subject %}Unterwegs: {{ line.title }}{% endblock %}"
        "{% block headline %}Das Warten hat ein Ende{% endblock %}"
        "{% block intro %}{{ line.product }} ist unterwegs, bezahlt wird bis {{ line.due }}.{% endblock %}"
        "{% block sms %}{{ shop.brief }}: {{ line.sms }} ist unterwegs. Grüße!{% endblock %}",
        encoding="utf-8",
    )
    return tmp_path


class TestLocalesAreFiles:
    def test_a_folder_is_a_locale(self, folder: Path) -> None:
        rendered = Renderer([folder]).render(letter(Kind.SHIPPED, DATED, locale="de_AT"))
        assert rendered.subject == "Unterwegs: Kestrel 3 tent"
        assert "Guten Tag Ada Lovelace," in rendered.html
        assert "bis 8. Mai 2026" in rendered.text
        assert rendered.sms == "Fell & Fjord: Kestrel 3 tent ist unterwegs. Grüße!"
        assert '<html lang="de-AT"' in rendered.html

    def test_a_region_may_differ_in_one_file(self, folder: Path) -> None:
        (folder / "de_CH").mkdir()
        (folder / "de_CH" / "shipped.jinja").write_text(
            "{% block subject %}Grüezi: {{ line.title }}{% endblock %}", encoding="utf-8"
        )
        renderer = Renderer([folder])
        assert renderer.render(letter(Kind.SHIPPED, DATED, locale="de-CH")).subject.startswith("Grüezi")
        assert renderer.render(letter(Kind.SHIPPED, DATED, locale="de")).subject.startswith("Unterwegs")

    def test_a_kind_that_is_missing_comes_in_english_as_a_whole(self, folder: Path) -> None:
        rendered = Renderer([folder]).render(letter(Kind.DELAYED, DATED, locale="de_DE"))
        assert "Hello Ada Lovelace," in rendered.text
        assert "Guten Tag" not in rendered.text + rendered.html

    def test_a_shop_may_replace_one_english_file(self, folder: Path) -> None:
        (folder / "en").mkdir()
        (folder / "en" / "shipped.jinja").write_text("{% block subject %}Ahoy{% endblock %}")
        renderer = Renderer([folder])
        assert renderer.render(letter(Kind.SHIPPED, DATED)).subject == "Ahoy"
        assert (
            renderer.render(letter(Kind.CONFIRMED, DATED)).subject
            == render(letter(Kind.CONFIRMED, DATED)).subject
        )

    def test_an_alphabet_beyond_gsm_may_be_asked_for(self, folder: Path) -> None:
        words = folder / "de" / "words.jinja"
        words.write_text(words.read_text("utf-8").replace("gsm7", "unicode"), encoding="utf-8")
        sms = Renderer([folder]).render(letter(Kind.SHIPPED, DATED, locale="de", product="Παλτό")).sms
        assert "Παλτό" in sms

    @pytest.mark.parametrize(
        ("template", "error"),
        [
            ("{{ unknown }}", UndefinedError),
            ("{{ line.unknown }}", UndefinedError),
            ("{{ line.__class__.__mro__ }}", SecurityError),
            ("{{ ''.__class__.__mro__[1].__subclasses__() }}", SecurityError),
            ("{{ say.__init__ }}", SecurityError),
            ("{{ lines.append(1) }}", UndefinedError),
        ],
    )
    def test_templates_cannot_do_harm(self, folder: Path, template: str, error: type[TemplateError]) -> None:
        block = "{% block subject %}" + template + "{% endblock %}"
        (folder / "de" / "late.jinja").write_text(block)
        with pytest.raises(error):
            Renderer([folder]).render(letter(Kind.LATE, DATED, locale="de"))

    def test_the_version_is_that_of_what_can_be_shown(self, folder: Path) -> None:
        before = Renderer([folder])
        assert before.template_version(Kind.SHIPPED, "de") == before.template_version(Kind.SHIPPED, "de_AT")
        assert before.template_version(Kind.SHIPPED, "de") != before.template_version(Kind.SHIPPED, "en")
        assert before.template_version(Kind.LATE, "de") == template_version(Kind.LATE, "en_GB")
        assert re.fullmatch("[0-9a-f]{12}", template_version(Kind.LATE, "en"))
        with (folder / "de" / "shipped.jinja").open("a") as file:
            file.write("{# another #}")
        after = Renderer([folder])
        assert before.template_version(Kind.SHIPPED, "de") != after.template_version(Kind.SHIPPED, "de")
        assert before.template_version(Kind.LATE, "de") == after.template_version(Kind.LATE, "de")


HOSTILE = (
    "{{7*7}}",
    "{% for x in y %}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\r\nBcc: victim@example.test",
    "a\x00\x1b[31m\u202eb",
    "\ue000\ue001",
    "Палатка",
    "テント",
    "👨‍👩‍👧 tent",
    "x" * 5000,
    "{}[]~^|\\€" * 20,
    "%s %(name)s {0}",
    "\ud800",
    " ",
    "",
)


class TestHostileNames:
    @pytest.mark.parametrize("kind", Kind)
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_known(self, kind: Kind, hostile: str) -> None:
        self._assert_harmless(kind, hostile)

    @settings(max_examples=120, deadline=None)
    @given(kind=st.sampled_from(Kind), hostile=st.text(max_size=300), facts=st.sampled_from([DATED, PARTS]))
    @example(kind=Kind.COUPON, hostile="&lt;b&gt; &amp; ' \"", facts=DATED)
    def test_any(self, kind: Kind, hostile: str, facts: Facts) -> None:
        self._assert_harmless(kind, hostile, facts)

    def _assert_harmless(self, kind: Kind, hostile: str, facts: Facts = DATED) -> None:
        everywhere = replace(
            facts, carrier=hostile, tracking=hostile, code=hostile, ticket=hostile, purchase_order=hostile
        )
        everywhere = replace(everywhere, chosen=replace(MERLIN, name=hostile))
        plain = _Reader(render(letter(kind, facts)).html)
        sent = replace(letter(kind, facts, everywhere, name=hostile, product=hostile), shop=SHOP)
        rendered = render(sent)
        page = _Reader(rendered.html)
        assert page.open == []
        assert set(page.tags) <= set(plain.tags) | {"a", "s"}
        own = tracking_link(hostile, clean(hostile, 80))  # a carrier's name is a text like any other
        assert set(page.links) <= {LINK, SHOP.url, OPT_OUT, PARCEL, own}
        for words in (rendered.subject, rendered.text, rendered.html, rendered.sms):
            words.encode()
            assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\ue000-\uf8ff]", words)
        assert "\n" not in rendered.subject + rendered.sms
        assert not re.search(r"(?m)^Bcc:", rendered.text)
        assert gsm.ALPHABET.issuperset(rendered.sms)
        for shop in (Shop(name=hostile or "Shop", url=hostile, postal_address=hostile),):
            assert set(_Reader(render(replace(sent, shop=shop)).html).tags) <= set(page.tags) | {"a"}

    def test_a_product_in_another_script_is_your_item_in_sms(self) -> None:
        rendered = render(letter(Kind.EARLIER, DATED, product="Палатка"))
        assert "your item" in rendered.sms
        assert "Палатка" in rendered.subject

    def test_a_long_product_gives_way_politely(self) -> None:
        sms = render(letter(Kind.EARLIER, DATED, product="Kestrel 3 four-season tent in forest green")).sms
        assert segments(sms) == 1
        assert re.search(r"Kestrel 3 [\w -]*\w\.\.\. ", sms)

    def test_what_looks_like_a_template_is_shown_as_it_is(self) -> None:
        rendered = render(letter(Kind.CONFIRMED, DATED, product="{{7*7}}", name="{{ shop }}"))
        assert "{{7*7}}" in rendered.text
        assert "Hello {{ shop }}," in rendered.text


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("’" + "a" * 69, 1),
            ("’" + "a" * 70, 2),
            ("’" + "a" * 134, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
        ],
    )
    def test_counts(self, text: str, count: int) -> None:
        assert segments(text) == count

    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("It’s “fine” – really…", 'It\'s "fine" - really...'),
            ("Zażółć gęślą jaźń", "Zazólc gesla jazn".replace("ó", "o")),
            ("Crème brûlée", "Crème brulée"),
            ("naïve façade", "naive facade"),
            ("3 × 5 m²", "3 x 5 m2"),
            ("½ price", "12 price"),
            ("a\r\nb", "a b"),
        ],
    )
    def test_relatives(self, text: str, plain: str) -> None:
        assert gsm.plain(text) == plain

    @settings(max_examples=200, deadline=None)
    @given(st.text())
    def test_plain_is_always_gsm(self, text: str) -> None:
        assert gsm.ALPHABET.issuperset(gsm.plain(text))


def test_supplier_kinds_speak_to_suppliers() -> None:
    for kind in SUPPLIER_KINDS:
        text = render(letter(kind, DATED)).text
        assert "Purchase order PO-7731, line 2" in text
        assert "has ordered from you" in text
