"""The shop's own logo and colour, and links to where a parcel is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.notifications import Facts, Kind
from backorder.errors import SetupError
from backorder.messaging.carriers import carrier_name, tracking_link
from backorder.messaging.colours import CARD, CARD_AT_NIGHT, READABLE, SEEN, contrast, tint
from backorder.messaging.message_content import ContentItem, MessageContent, Shop
from backorder.messaging.page import reader
from backorder.messaging.render import render
from backorder.settings import read_settings

LOGO = "https://shop.example/logo.png?a=1&b=2"


def content(shop: Shop, facts: Facts | None = None, link: str = "https://shop.example/b/x") -> MessageContent:
    item = ContentItem(order="1001", product="Lamp", facts=facts or Facts(quantity=1))
    return MessageContent(kind=Kind.SHIPPED, locale="en_GB", shop=shop, name="Ada", link=link, items=(item,))


class TestColours:
    @given(st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}"))
    def test_words_in_any_colour_can_be_read(self, colour: str) -> None:
        found = tint(colour)
        assert min(contrast(found.light, ground) for ground in ("#ffffff", "#f8f5ef")) >= READABLE
        assert min(contrast(found.dark, ground) for ground in ("#1c2027", "#242932")) >= READABLE
        assert contrast(found.button, found.on_button) >= READABLE
        assert found.button == colour
        assert contrast(found.edge, CARD) >= SEEN, "a white button is one in the light too"
        assert contrast(found.night_button, found.on_night_button) >= READABLE
        assert contrast(found.night_button, CARD_AT_NIGHT) >= SEEN, "a black button is one in the dark too"

    def test_a_colour_that_can_be_read_stays_as_it_is(self) -> None:
        assert tint("#1f5f8b").light == "#1f5f8b"
        for dull in ("#000000", "#111111", "#1b2a49"):
            assert contrast(tint(dull).night_button, CARD_AT_NIGHT) > 11, "a grey one looks disabled"
        assert tint("#7a0019").night_button == "#bc808c", "a colour stays one"
        assert tint("#1f5f4a").night_button == "#799f92", "a dark green, too"
        assert tint("#1f5f8b").on_button == "#ffffff"
        assert tint("#ffd200").on_button == "#000000"

    def test_a_mail_wears_the_colour(self) -> None:
        html = render(content(Shop(name="S", colour="#ffd200"))).html
        assert "background:#ffd200" in html
        assert "color:#000000;text-decoration:none" in html

    def test_a_mail_in_the_dark_wears_it_where_it_can_be_seen(self) -> None:
        for colour, seen in (("#ffd200", "#ffd200"), ("#111111", tint("#111111").dark)):
            html = render(content(Shop(name="S", colour=colour))).html
            assert f".button td{{background:{seen} !important;" in html
            assert f".card{{background:{CARD_AT_NIGHT} !important" in html

    @pytest.mark.parametrize("colour", ["#fdfdf7", "#ffd200", "#1f5f8b"])
    def test_a_pale_button_has_an_edge_in_the_light(self, colour: str) -> None:
        html = render(content(Shop(name="S", colour=colour))).html
        found = tint(colour)
        assert f"background:{colour};border:2px solid {found.edge}" in html
        assert f"border-color:{found.night_button} !important" in html
        assert (found.edge == colour) == (colour == "#1f5f8b"), "what is seen as it is keeps its looks"

    @pytest.mark.parametrize("colour", ["", "yellow", "#fff", "#ffd200;background:url(x)"])
    def test_what_is_no_colour_changes_nothing(self, colour: str) -> None:
        assert render(content(Shop(name="S", colour=colour))).html == render(content(Shop(name="S"))).html


class TestClose:
    """A letter's close is on two lines of its own: the greeting, and who sends it."""

    @pytest.mark.parametrize(
        ("locale", "close"),
        [
            ("en", "The team at {}"),
            ("de", "Freundliche Grüße,<br>Ihr Team von {}"),
            ("es", "Un cordial saludo,<br>el equipo de {}"),
            ("fr", "Cordialement,<br>l’équipe {}"),
            ("hi", "सादर,<br>{} की टीम"),
            ("pt", "Atenciosamente,<br>equipe {}"),
        ],
    )
    def test_its_line_ends_at_the_comma(self, locale: str, close: str) -> None:
        for name, written in (("Oak & Co", "Oak &amp; Co"), ("Oak, Ash, Inc.", "Oak, Ash, Inc.")):
            html = render(replace(content(Shop(name=name)), locale=locale)).html.replace("\xa0", " ")
            assert f">{close.format(written)}</p>" in html


class TestName:
    """No line ends within a short name, nor before the sign for "and" of a long one."""

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("Lumen & Oak", "Lumen\xa0&amp;\xa0Oak"),
            ("Featherstonehaugh & Sons", "Featherstonehaugh\xa0&amp; Sons"),
        ],
    )
    def test_it_is_not_broken_before_its_sign(self, name: str, written: str) -> None:
        shop = Shop(name=name)
        mail = render(content(shop)).html
        page = reader("en").page("dead_page", shop, {"style": "", "said_now": None, "here": "", "phone": ""})
        for html in (mail, page):
            shown = html.partition("<body")[2]
            assert written in shown
            assert name.replace("&", "&amp;") not in shown


class TestLogo:
    def test_stands_at_the_head_with_the_name_for_those_who_see_no_pictures(self) -> None:
        html = render(content(Shop(name='Fell & "Fjord"', logo=LOGO))).html
        assert 'src="https://shop.example/logo.png?a=1&amp;b=2" alt="Fell &amp; &#34;Fjord&#34;"' in html

    def test_a_mail_without_one_shows_the_name(self) -> None:
        assert "<img" not in render(content(Shop(name="S"))).html


@pytest.mark.parametrize(
    ("carrier", "number", "page"),
    [
        ("DHL", "00340434161094042557", "https://www.dhl.com/"),
        ("dhl-express", "JD014600006281230701", "https://www.dhl.com/"),
        ("ups", "1Z999AA10123456784", "https://www.ups.com/"),
        ("FEDEX", "449044304137821", "https://www.fedex.com/"),
        ("Royal Mail", "RB123456785GB", "https://www.royalmail.com/"),
        ("royalmail", "RB123456785GB", "https://www.royalmail.com/"),
        ("Österreichische Post", "RQ123456785AT", "https://www.post.at/"),
        ("La Poste", "8X00000000001", "https://www.laposte.fr/"),
        ("dpd", "01234567890123", "https://tracking.dpd.de/"),
        ("DPD UK", "15976969001234", "https://track.dpd.co.uk/"),
        ("Swiss Post", "990012345612345678", "https://service.post.ch/ekp-web/"),
    ],
)
def test_a_known_carrier_has_a_page_for_the_parcel(carrier: str, number: str, page: str) -> None:
    link = tracking_link(carrier, number)
    assert link.startswith(page)
    assert number in link
    facts = Facts(quantity=1, carrier=carrier, tracking=number)
    rendered = render(content(Shop(name="S"), facts))
    assert f'<a href="{link.replace("&", "&amp;")}">{number}</a>' in rendered.html
    assert link in rendered.text
    assert link in render(content(Shop(name="S"), facts, link="")).sms


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("Bob's van", "12345"),
        ("PostNL", "3SABCD1234567"),
        ("", "12345"),
        ("DHL", ""),
        ("DHL", "<b>"),
        ("DHL", "1\n2"),
        ("DHL", "7" * 41),
    ],
)
def test_no_link_is_made_up(carrier: str, number: str) -> None:
    assert tracking_link(carrier, number) == ""


def test_a_number_is_encoded() -> None:
    assert tracking_link("UPS", "1Z 99/9").endswith("tracknum=1Z%2099%2F9")
    assert [carrier_name(each) for each in ("dhl", "fed-ex", "Bob's Bikes", "")] == [
        "DHL",
        "FedEx",
        "Bob's Bikes",
        "",
    ]


class TestSettings:
    def test_are_read(self) -> None:
        found = read_settings(
            {
                "BACKORDER_SHOP_LOGO": LOGO,
                "BACKORDER_SHOP_COLOUR": "#1f5f8b",
                "BACKORDER_SHOP_URL": "https://shop.example",
            }
        )
        assert (found.shop_logo, found.shop_colour, found.shop_url) == (
            LOGO,
            "#1f5f8b",
            "https://shop.example",
        )

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("LOGO", "http://shop.example/logo.png", "https"),
            ("LOGO", "logo.png", "https"),
            ("COLOUR", "blue", "write it like #1f5f8b"),
            ("URL", "javascript:alert(1)", "write it like https://shop.example"),
        ],
    )
    def test_what_would_not_work_is_refused_with_words(self, name: str, value: str, says: str) -> None:
        with pytest.raises(SetupError, match=f"BACKORDER_SHOP_{name}: .*{says}"):
            read_settings({f"BACKORDER_SHOP_{name}": value})
