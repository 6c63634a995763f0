"""Letters in words: every kind says what it must, whatever the names, in every form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backorder.domain.money import Money
from backorder.domain.notifications import (
    COMMERCIAL_KINDS,
    SUPPLIER_KINDS,
    Kind,
    Part,
    Why,
)
from backorder.messaging.render import (
    render,
    segments,
)
from tests.support.rendering import (
    BARE,
    DATE_KINDS,
    DATED,
    DATELESS,
    FACTS,
    LINK,
    MERLIN,
    OPT_OUT,
    PARTS,
    Reader,
    check,
    content,
)


def breaking(html: str) -> str:
    """HTML with spaces at which lines may end."""
    return html.replace("\N{NO-BREAK SPACE}", " ")


TOLD_OF = (Kind.ALTERNATIVES, Kind.ANSWER_RECEIVED, Kind.SUBSTITUTED, Kind.SWAP_FAILED, Kind.CANCELLED)
"""Kinds that name another product: it is offered, was taken, or came to nothing."""


class TestEveryKind:
    @pytest.mark.parametrize("link", [LINK, ""], ids=["link", "no-link"])
    @pytest.mark.parametrize("facts", FACTS)
    @pytest.mark.parametrize("kind", Kind)
    def test_for_one_item(self, kind: Kind, facts: str, link: str) -> None:
        rendered = render(content(kind, FACTS[facts], link=link))
        check(rendered, most=3 if kind is Kind.CONSENT_REQUEST else 2)
        for words in (rendered.html, rendered.text):
            assert (LINK in words) == bool(link)
            assert "Whitby YO21 1DN" in words
        if kind not in COMMERCIAL_KINDS:
            assert (LINK in rendered.sms) == bool(link)

    # Who reads at a new address need not be the customer, and learns nothing of what they ordered.
    @pytest.mark.parametrize("link", [LINK, ""], ids=["link", "no-link"])
    @pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.CONFIRM_ADDRESS}))
    def test_for_several_items(self, kind: Kind, link: str) -> None:
        rendered = render(content(kind, DATED, PARTS, DATELESS, BARE, DATED, link=link))
        # The law wants every part of a question in the text, for each line; what silence ends is named there.
        check(rendered, most=6 if kind is Kind.CONSENT_REQUEST else 4)
        assert rendered.text.count("\n* ") >= 5

    # The others have a code, a deadline or money in it as well.
    @pytest.mark.parametrize(
        "kind",
        sorted({*Kind} - COMMERCIAL_KINDS - {Kind.CONSENT_REQUEST, Kind.PART_SHIPPED, Kind.CANCELLED}),
    )
    def test_is_one_sms_for_a_typical_item(self, kind: Kind) -> None:
        rendered = render(
            content(kind, replace(DATED, previous_by=None, ends_on=None), product="Kestrel 3 tent")
        )
        assert segments(rendered.sms) == 1, rendered.sms

    @pytest.mark.parametrize("kind", Kind)
    def test_never_asks_for_an_opt_out_word_as_an_answer(self, kind: Kind) -> None:
        words = "STOP|STOPALL|UNSUBSCRIBE|CANCEL|END|QUIT|REVOKE|OPTOUT|START|YES|UNSTOP|HELP|INFO"
        for facts in FACTS.values():
            for link in (LINK, ""):
                sms = render(content(kind, facts, link=link)).sms
                sms = sms.replace("Text STOP to opt out.", "") if kind in COMMERCIAL_KINDS else sms
                assert not re.search(rf"(?i:reply|text|answer|send) ['\"]?(?i:{words})\b", sms)
                assert not re.search(rf"\b({words})\b", sms)

    @pytest.mark.parametrize("kind", sorted(set(Kind) - COMMERCIAL_KINDS))
    def test_promotes_nothing_beside_a_notice(self, kind: Kind) -> None:
        rendered = render(content(kind, DATED))
        for words in (rendered.subject, rendered.text, rendered.html, rendered.sms):
            assert "THANKS-7QX2" not in words
            assert "10%" not in Reader(words).text
            if kind not in TOLD_OF:
                assert MERLIN.name not in words

    @pytest.mark.parametrize("kind", DATE_KINDS)
    def test_says_the_window(self, kind: Kind) -> None:
        rendered = render(content(kind, DATED))
        for words in (rendered.text, breaking(rendered.html)):
            assert "between 12 May and 19 May 2026" in words
            assert "12–19 May 2026" in words
        assert "12-19 May 2026" in rendered.sms

    @pytest.mark.parametrize("kind", DATE_KINDS)
    def test_says_parts_each_with_its_window(self, kind: Kind) -> None:
        rendered = render(content(kind, PARTS))
        assert "3 between 12 May and 19 May 2026, 2 with no date yet" in rendered.text
        assert "3 ship 12-19 May 2026, 2 have no date yet" in rendered.sms
        reason = "The delivery that we’d planned for your order reaches us later."
        assert rendered.text.count(reason) == (0 if kind is Kind.APOLOGY else 1)

    @pytest.mark.parametrize("locale", ["en_GB", "de", "es", "fr", "hi", "pt"])
    def test_a_part_that_only_has_to_leave_is_set_aside_and_not_without_a_date(self, locale: str) -> None:
        here, later = Part(quantity=2, likely=None, by=None), Part(quantity=1, likely=None, by=None)
        dated = replace(later, by=date(2026, 5, 19))
        aside = {"en_GB": "set aside", "de": "reserviert", "es": "reservad", "fr": " de c"}
        word = (aside | {"hi": "अलग रखे", "pt": "separad"})[locale]
        for rest, by, why in ((dated, dated.by, Why.UNSENT), (later, None, Why.NO_SUPPLY)):
            facts = replace(DATED, quantity=3, likely=None, by=by, previous_by=None, why=why)
            facts = replace(facts, parts=(here, rest), set_aside=2)
            rendered = render(content(Kind.DELAYED, facts, locale=locale))
            for words in (rendered.text, rendered.html, rendered.sms):
                assert word in words.lower()
            assert "3\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}Kestrel" in rendered.html, "no line ends within it"
            assert not re.search(r"\b19\.? ", Reader(rendered.html).text), "nor between a day and its month"
            missing = render(content(Kind.DELAYED, replace(facts, set_aside=0), locale=locale))
            assert word not in missing.sms.lower()
            if locale == "pt":
                part = "1 unidade até 19 de maio de 2026" if by else "1 unidade ainda sem data"
                assert part in rendered.text, "2 até 19 de maio would read as a span of days"
            if locale == "en_GB":
                assert ("date yet" in rendered.text) == (by is None)
                assert ("2 of them are here and set aside" in rendered.text) == (by is not None)
                assert "We’re sorry: 3 × Kestrel 3 tent are delayed." in rendered.text

    @pytest.mark.parametrize("kind", sorted(set(DATE_KINDS) - {Kind.EARLIER, Kind.APOLOGY}))
    @pytest.mark.parametrize("why", sorted(set(Why) - {Why.REFUSED}))
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
            Why.UNPAID: "went to the next in the queue",
        }
        rendered = render(content(kind, replace(DATELESS, why=why)))
        # It has only not left yet, or the day that was agreed stands.
        here = why is Why.UNSENT or (why is Why.UNPAID and kind is Kind.STILL_WAITING)
        for words in (rendered.text, rendered.html):
            assert ("e can’t give you a" in words or "e still can’t give you a" in words) == (not here)
            assert ("No date yet" in words) == (not here)
            assert reasons[why] in words
        assert ("no date yet" in rendered.sms) == (not here)

    def test_a_date_that_has_become_less_certain_is_not_said_to_stand(self) -> None:
        rendered = render(content(Kind.STILL_WAITING, replace(DATED, why=Why.UNCERTAIN)))
        assert "still on course" not in rendered.subject
        assert "still expected to ship around" in rendered.subject
        assert "less certain" in rendered.subject
        assert "less certain" in rendered.sms
        assert "the delivery to us may come later" in rendered.text

    @pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.EARLIER, Kind.CONSENT_REQUEST])
    def test_a_new_date_shows_the_old_one(self, kind: Kind) -> None:
        rendered = render(content(kind, DATED))
        assert "28 April 2026" in rendered.text
        assert "28 April 2026" in breaking(rendered.html)

    def test_a_single_day_is_not_a_window(self) -> None:
        for likely in (None, date(2026, 5, 19)):
            text = render(content(Kind.CONFIRMED, replace(DATED, quantity=1, likely=likely))).text
            assert "It ships by 19 May 2026." in text
            assert "between" not in text


class TestDuties:
    def test_consent_says_that_silence_cancels_and_refunds(self) -> None:
        text = render(content(Kind.CONSENT_REQUEST, DATED)).text
        assert (
            "agreement by 25 May 2026, we’ll cancel them on 28 May 2026 and promptly refund everything"
            in text
        )
        assert "prompt refund" in text
        assert "both are free" in text

    def test_consent_says_that_silence_agrees_where_it_does(self) -> None:
        text = render(content(Kind.CONSENT_REQUEST, replace(DATED, ends_on=None))).text
        assert "don’t hear from you by 25 May 2026, we’ll take it that you agree to the new date" in text

    def test_consent_for_several_lines_says_it_for_each(self) -> None:
        text = render(content(Kind.CONSENT_REQUEST, DATED, replace(DATED, ends_on=None))).text
        assert "we’ll cancel them on 28 May 2026" in text
        assert "we’ll take it that you agree" in text

    @pytest.mark.parametrize(
        "kind", [Kind.CONFIRMED, Kind.STILL_WAITING, Kind.DELAYED, Kind.APOLOGY, Kind.CONSENT_REQUEST]
    )
    def test_says_that_the_customer_may_cancel(self, kind: Kind) -> None:
        for facts in (DATED, DATELESS):
            assert "cancel at any time before they ship" in render(content(kind, facts)).text

    def test_a_coupon_can_be_stopped_and_says_who_sends_it(self) -> None:
        rendered = render(content(Kind.COUPON, DATED))
        for words in (rendered.text, rendered.html):
            assert OPT_OUT in words
            assert "14 Quay Street" in breaking(words)
        assert OPT_OUT in rendered.sms
        without = render(replace(content(Kind.COUPON, DATED), unsubscribe=""))
        assert "reply to this email" in without.text
        assert "Text STOP to opt out." in without.sms

    @pytest.mark.parametrize("reason", ["customer", "shop", "policy", "supplier", "no_consent", ""])
    def test_a_cancellation_says_why_and_what_comes_back(self, reason: str) -> None:
        text = render(content(Kind.CANCELLED, replace(DATED, reason=reason))).text
        assert "£310.00" in text
        assert "2 June 2026 at the latest" in text
        assert ("As you asked" in text) == (reason == "customer")

    @pytest.mark.parametrize(("choice", "says"), [("keep", "keep waiting"), ("cancel", "to cancel")])
    def test_an_answer_is_repeated(self, choice: str, says: str) -> None:
        assert says in render(content(Kind.ANSWER_RECEIVED, replace(DATED, choice=choice))).text


class TestForms:
    @pytest.mark.parametrize(
        ("locale", "day", "span", "money"),
        [
            ("en_GB", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("en-GB", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("en_US", "May 19, 2026", "May 12 – 19, 2026", "£310.00"),
            ("en", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("sv_SE", "19 May 2026", "12–19 May 2026", "310,00 £"),
            ("xx_YY", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("", "19 May 2026", "12–19 May 2026", "£310.00"),
            ("../../etc", "19 May 2026", "12–19 May 2026", "£310.00"),
        ],
    )
    def test_dates_and_money_are_the_readers_own(self, locale: str, day: str, span: str, money: str) -> None:
        confirmed = render(content(Kind.CONFIRMED, DATED, locale=locale)).text
        assert f"and {day}." in confirmed
        assert span in confirmed.replace("\u2009", " ")
        cancelled = render(content(Kind.CANCELLED, DATED, locale=locale)).text
        assert money in cancelled.replace("\xa0", " ")

    @pytest.mark.parametrize(
        ("locale", "same_year", "over_new_year"),
        [
            ("en_US", "May 4 and May 9, 2026", "December 28, 2026 and January 4, 2027"),
            ("en_GB", "4 May and 9 May 2026", "28 December 2026 and 4 January 2027"),
            ("de", "dem 4. Mai und dem 9. Mai 2026", "dem 28. Dezember 2026 und dem 4. Januar 2027"),
            ("es", "el 4 de mayo y el 9 de mayo de 2026", "28 de diciembre de 2026 y el 4 de enero de 2027"),
            ("fr", "le 4 mai et le 9 mai 2026", "le 28 décembre 2026 et le 4 janvier 2027"),
            ("hi", "4 मई और 9 मई 2026 के बीच", "28 दिसंबर 2026 और 4 जनवरी 2027 के बीच"),
            ("pt", "4 de maio e 9 de maio de 2026", "28 de dezembro de 2026 e 4 de janeiro de 2027"),
        ],
    )
    def test_a_window_names_its_year_once(self, locale: str, same_year: str, over_new_year: str) -> None:
        for first, last, said in (
            (date(2026, 5, 4), date(2026, 5, 9), same_year),
            (date(2026, 12, 28), date(2027, 1, 4), over_new_year),
        ):
            facts = replace(DATED, likely=first, by=last)
            assert said in render(content(Kind.CONFIRMED, facts, locale=locale)).text

    def test_the_first_of_a_month_is_an_ordinal_in_french(self) -> None:
        said = replace(DATED, likely=date(2026, 12, 1), by=date(2026, 12, 11))
        text = render(content(Kind.CONFIRMED, said, locale="fr_FR")).text
        assert "entre le 1er décembre et le 11 décembre 2026" in text
        assert "1er–11 déc. 2026" in text

    @pytest.mark.parametrize(
        ("locale", "region", "day", "money"),
        [
            ("", "DE", "2 June 2026", "310,00 £"),
            ("", "US", "June 2, 2026", "£310.00"),
            ("", "US-CA", "June 2, 2026", "£310.00"),
            ("", "JP", "2 June 2026", "£310.00"),
            ("en", "US", "June 2, 2026", "£310.00"),
            ("sv", "AT", "2 June 2026", "£ 310,00"),
            ("en_GB", "DE", "2 June 2026", "£310.00"),
        ],
    )
    def test_the_region_decides_the_form_where_no_country_is_given(
        self, locale: str, region: str, day: str, money: str
    ) -> None:
        sent = replace(content(Kind.CANCELLED, DATED, locale=locale), region=region)
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
        assert shown in render(content(Kind.REFUNDED, facts)).text.replace("\xa0", " ")

    def test_an_odd_percentage_is_not_rounded(self) -> None:
        assert "12.5% off" in render(content(Kind.COUPON, replace(DATED, percent=Decimal("12.5")))).subject

    def test_a_letter_about_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            render(content(Kind.CONFIRMED))

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "ftp://x", "https://a b"])
    def test_a_link_is_for_a_browser_or_left_out(self, link: str) -> None:
        rendered = render(content(Kind.CONFIRMED, DATED, link=link))
        assert link not in rendered.html + rendered.text + rendered.sms

    def test_html_needs_nothing_from_outside(self) -> None:
        html = render(content(Kind.DELAYED, DATED)).html
        page = Reader(html)
        assert not {"img", "script", "link", "iframe", "form"} & set(page.tags)
        assert "url(" not in html
        assert '<html lang="en-GB" dir="ltr">' in html
        assert "prefers-color-scheme:dark" in html
        assert len(html.encode()) < 102_400  # Gmail clips what is longer


def test_supplier_kinds_speak_to_suppliers() -> None:
    for kind in SUPPLIER_KINDS:
        text = render(content(kind, DATED)).text
        assert "Purchase order PO-7731, line 2" in text
        assert "has ordered from you" in text
