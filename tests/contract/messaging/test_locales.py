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
from backorder.messaging.sms import fit
from backorder.messaging.template_variables import MARK, clean
from tests.support.rendering import DATED, LINK, MERLIN, OPT_OUT, PARCEL, PARTS, SHOP, Reader, content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A language that is not built in, with one kind."""
    swedish = tmp_path / "sv"
    swedish.mkdir()
    (swedish / "words.jinja").write_text(
        '{% set item = "din vara" %}{% set sms_alphabet = "gsm7" %}'
        "{% macro hello(name) %}Hej {{ name }},{% endmacro %}"
        "{% macro regards(shop) %}Vi på {{ shop }}{% endmacro %}"
        "{% macro because(shop) %}Det gäller din beställning hos {{ shop }}.{% endmacro %}",
        encoding="utf-8",
    )
    (swedish / "shipped.jinja").write_text(
        "{% block subject %}På väg: {{ line.title }}{% endblock %}"
        "{% block headline %}Väntan är över{% endblock %}"
        "{% block intro %}{{ line.product }} är på väg, betalas senast {{ line.due }}.{% endblock %}"
        "{% block sms %}{{ shop.brief }}: {{ line.sms }} är på väg. Hälsningar!{% endblock %}",
        encoding="utf-8",
    )
    return tmp_path


class TestLocalesAreFiles:
    def test_a_folder_is_a_locale(self, folder: Path) -> None:
        rendered = Renderer([folder]).render(content(Kind.SHIPPED, DATED, locale="sv_FI"))
        assert rendered.subject == "På väg: Kestrel 3 tent"
        assert "Hej Ada Lovelace," in rendered.html
        assert "senast 8 maj 2026" in rendered.text
        assert rendered.sms == "Fell & Fjord: Kestrel 3 tent är på väg. Hälsningar!"
        assert '<html lang="sv-FI"' in rendered.html

    def test_a_region_may_differ_in_one_file(self, folder: Path) -> None:
        (folder / "sv_FI").mkdir()
        (folder / "sv_FI" / "shipped.jinja").write_text(
            "{% block subject %}Hejsan: {{ line.title }}{% endblock %}", encoding="utf-8"
        )
        renderer = Renderer([folder])
        assert renderer.render(content(Kind.SHIPPED, DATED, locale="sv-FI")).subject.startswith("Hejsan")
        assert renderer.render(content(Kind.SHIPPED, DATED, locale="sv")).subject.startswith("På väg")

    def test_a_kind_that_is_missing_comes_in_english_as_a_whole(self, folder: Path) -> None:
        rendered = Renderer([folder]).render(content(Kind.DELAYED, DATED, locale="sv_SE"))
        assert "Hello Ada Lovelace," in rendered.text
        assert "Hej" not in rendered.text + rendered.html

    def test_a_shop_may_change_one_phrase_and_one_kind_of_a_built_in_language(self, tmp_path: Path) -> None:
        (tmp_path / "de").mkdir()
        (tmp_path / "de" / "words.jinja").write_text(
            "{% macro hello(name) %}Moin {{ name }}!{% endmacro %}", encoding="utf-8"
        )
        (tmp_path / "de" / "late.jinja").write_text("{% block subject %}Wo bleibt das?{% endblock %}")
        renderer = Renderer([tmp_path])
        delayed = renderer.render(content(Kind.DELAYED, DATED, locale="de_AT"))
        assert "Moin Ada Lovelace!" in delayed.text
        assert "Freundliche Grüße, Ihr Team von Fell & Fjord" in delayed.text
        assert delayed.subject == render(content(Kind.DELAYED, DATED, locale="de_AT")).subject
        assert renderer.render(content(Kind.SUPPLIER_OVERDUE, DATED, locale="de")).subject == "Wo bleibt das?"

    @pytest.mark.parametrize(
        ("count", "form"), [(0, "many"), (1, "one"), (3, "few"), (5, "many"), (22, "few")]
    )
    def test_a_count_takes_the_form_of_the_language(self, tmp_path: Path, count: int, form: str) -> None:
        (tmp_path / "pl").mkdir()
        (tmp_path / "pl" / "words.jinja").write_text("{% macro hello(name) %}Cześć,{% endmacro %}")
        (tmp_path / "pl" / "shipped.jinja").write_text(
            '{% block subject %}{{ line.left|plural(one="one", few="few", many="many", other="other") }}'
            "{% endblock %}"
        )
        (tmp_path / "pl" / "layout.html").write_text("")
        (tmp_path / "pl" / "layout.txt").write_text("")
        sent = content(Kind.SHIPPED, replace(DATED, remaining=count), locale="pl")
        assert Renderer([tmp_path]).render(sent).subject == form

    def test_a_shop_may_replace_one_english_file(self, folder: Path) -> None:
        (folder / "en").mkdir()
        (folder / "en" / "shipped.jinja").write_text("{% block subject %}Ahoy{% endblock %}")
        renderer = Renderer([folder])
        assert renderer.render(content(Kind.SHIPPED, DATED)).subject == "Ahoy"
        assert (
            renderer.render(content(Kind.CONFIRMED, DATED)).subject
            == render(content(Kind.CONFIRMED, DATED)).subject
        )

    def test_an_alphabet_beyond_gsm_may_be_asked_for(self, folder: Path) -> None:
        words = folder / "sv" / "words.jinja"
        words.write_text(words.read_text("utf-8").replace("gsm7", "unicode"), encoding="utf-8")
        sms = Renderer([folder]).render(content(Kind.SHIPPED, DATED, locale="sv", product="Παλτό")).sms
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
        (folder / "sv" / "late.jinja").write_text(block)
        with pytest.raises(error):
            Renderer([folder]).render(content(Kind.SUPPLIER_OVERDUE, DATED, locale="sv"))

    def test_the_version_is_that_of_what_can_be_shown(self, folder: Path) -> None:
        before = Renderer([folder])
        assert before.template_version(Kind.SHIPPED, "sv") == before.template_version(Kind.SHIPPED, "sv_FI")
        assert before.template_version(Kind.SHIPPED, "sv") != before.template_version(Kind.SHIPPED, "en")
        assert before.template_version(Kind.SUPPLIER_OVERDUE, "sv") == template_version(
            Kind.SUPPLIER_OVERDUE, "en_GB"
        )
        assert re.fullmatch("[0-9a-f]{12}", template_version(Kind.SUPPLIER_OVERDUE, "en"))
        with (folder / "sv" / "shipped.jinja").open("a") as file:
            file.write("{# another #}")
        after = Renderer([folder])
        assert before.template_version(Kind.SHIPPED, "sv") != after.template_version(Kind.SHIPPED, "sv")
        assert before.template_version(Kind.SUPPLIER_OVERDUE, "sv") == after.template_version(
            Kind.SUPPLIER_OVERDUE, "sv"
        )


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
        plain = Reader(render(content(kind, facts)).html)
        sent = replace(content(kind, facts, everywhere, name=hostile, product=hostile), shop=SHOP)
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
        rendered = render(content(Kind.EARLIER, DATED, product="Палатка"))
        assert "your item" in rendered.sms
        assert "Палатка" in rendered.subject

    def test_a_long_product_gives_way_politely(self) -> None:
        facts = replace(DATED, ends_on=None)
        sms = render(content(Kind.EARLIER, facts, product="Kestrel 3 four-season tent in forest green")).sms
        assert segments(sms) == 1
        assert re.search(r"Kestrel 3 [\w -]*\w\.\.\. ", sms)

    def test_what_looks_like_a_template_is_shown_as_it_is(self) -> None:
        rendered = render(content(Kind.CONFIRMED, DATED, product="{{7*7}}", name="{{ shop }}"))
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
            ("de 1\u202f299,50\xa0€ en 2\xa0lots", "de 1299,50€ en 2 lots"),
            ("3\xa0000\xa0000 Kč, +49\xa01512\xa034", "3000000 Kc, +49 1512 34"),
        ],
    )
    def test_relatives(self, text: str, plain: str) -> None:
        assert gsm.plain(text) == plain

    @settings(max_examples=200, deadline=None)
    @given(st.text())
    def test_plain_is_always_gsm(self, text: str) -> None:
        assert gsm.ALPHABET.issuperset(gsm.plain(text))


@pytest.mark.parametrize("unicode", [False, True])
def test_no_line_of_a_text_ends_within_a_sum(unicode: bool) -> None:
    """A reimbursement of 1 in one line, of 299,50 € in the next; or a line of "€" alone."""
    assert fit("Tudo: €\xa0299,50.", (), "", unicode=unicode) == "Tudo: €299,50."
    assert fit("Reembolso: 1\u202f299,50\xa0€.", (), "", unicode=unicode) == "Reembolso: 1299,50€."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Lámpara de escritorio de roble", "Lampara..."),
        ("Schreibtischlampe Eiche, Messing", "Schreibtischl..."),
        ("Berber rug, 200 x 300 cm, for the hall", "Berber rug..."),
        ("ओक की डेस्क लैंप", "ओक की डेस्क…"),
    ],
)
def test_a_name_in_a_text_is_cut_at_the_end_of_a_word(name: str, shown: str) -> None:
    """Nobody reads "Lámpara de escritor..." gladly. A first word that is too long is cut all the same."""
    is_unicode = shown.endswith("…")
    text = f"{chr(MARK)} {'x' * (70 - 15 if is_unicode else 160 - 17)}"
    assert fit(text, [name], "your item", unicode=is_unicode).split(" xxx")[0] == shown


@pytest.mark.parametrize("unicode", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_name_in_a_text_is_cut_only_where_that_saves_a_segment(count: int, unicode: bool) -> None:
    """A name between blanks: they were counted as one, and a text of 161 places named half a lamp."""
    name = "Schreibtischlampe Eiche, Messing"
    cut = 0
    for words in range(330):
        marked = "; ".join(f"{chr(MARK + index)} is late" for index in range(count))
        shop = "दुकान" if unicode else "Shop"
        text = f"{shop}: {marked}. {'news ' * (words // 5)}{'x' * (words % 5 + 1)}"
        said = fit(text, [name] * count, "your item", unicode=unicode)
        if said.count(name) < count:
            whole = re.sub("[\ue000-\uf8ff]", name, text)
            assert segments(said) < segments(whole), said
            cut += 1
    assert cut, "some are cut"
