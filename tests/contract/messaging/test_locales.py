"""Locales are files; names are hostile; texts have segments."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError, UndefinedError

from backorder.domain.notifications import (
    Facts,
    Kind,
)
from backorder.messaging import gsm
from backorder.messaging.carriers import tracking_link
from backorder.messaging.render import (
    Renderer,
    Shop,
    render,
    segments,
    template_version,
)
from backorder.messaging.template_variables import clean
from tests.support.rendering import DATED, LINK, MERLIN, OPT_OUT, PARCEL, PARTS, SHOP, Reader, letter


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
        plain = Reader(render(letter(kind, facts)).html)
        sent = replace(letter(kind, facts, everywhere, name=hostile, product=hostile), shop=SHOP)
        rendered = render(sent)
        page = Reader(rendered.html)
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
            assert set(Reader(render(replace(sent, shop=shop)).html).tags) <= set(page.tags) | {"a"}

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
