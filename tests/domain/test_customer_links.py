"""Links in messages: made and opened by whoever holds the secret, and by nobody else."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.messaging.customer_links import OPT_OUT, PAGE, SUPPLIER, CustomerLinks, LinkSender
from backorder.ports import LookedUp, Outgoing
from tests.support.senders import Recorder

BASE = "https://orders.shop.example"
SECRET, FORMER, FOREIGN = "a" * 32, "b" * 32, "c" * 32
SEND = "0123456789abcdef01234567"
sends = st.binary(min_size=12, max_size=12).map(bytes.hex)
LINKS = CustomerLinks(f"{BASE}/", [SECRET])


@given(send=sends)
def test_a_token_has_22_characters_and_opens_for_what_it_was_made(send: str) -> None:
    token = LINKS.token(PAGE, send)
    assert len(token) == 22
    assert LINKS.opened(PAGE, token) == send
    assert LINKS.opened(OPT_OUT, token) is None
    assert LINKS.opened(OPT_OUT, LINKS.token(OPT_OUT, send)) == send
    assert CustomerLinks(BASE, [FOREIGN]).opened(PAGE, token) is None


@given(send=sends)
def test_a_link_of_one_kind_opens_nothing_of_another(send: str) -> None:
    kinds = (PAGE, OPT_OUT, SUPPLIER)
    for made in kinds:
        opened = [kind for kind in kinds if LINKS.opened(kind, LINKS.token(made, send)) is not None]
        assert opened == [made]


@given(send=sends, place=st.integers(0, 21), letter=st.sampled_from(string.ascii_letters + "0123456789-_"))
def test_a_token_that_differs_in_one_character_opens_nothing(send: str, place: int, letter: str) -> None:
    token = LINKS.token(PAGE, send)
    other = token[:place] + letter + token[place + 1 :]
    assert LINKS.opened(PAGE, other) == (send if other == token else None)


@given(text=st.text(max_size=30))
def test_whatever_else_somebody_writes_opens_nothing(text: str) -> None:
    assert LINKS.opened(PAGE, text) is None


def test_links_of_before_open_until_their_secret_is_taken_away() -> None:
    sent = CustomerLinks(BASE, [FORMER]).token(PAGE, SEND)
    both = CustomerLinks(BASE, [SECRET, FORMER])
    assert both.opened(PAGE, sent) == SEND
    assert both.token(PAGE, SEND) == LINKS.token(PAGE, SEND) != sent
    assert LINKS.opened(PAGE, sent) is None


def test_a_text_is_kept_without_its_token_and_goes_with_it() -> None:
    said = f"See {LINKS.in_words(PAGE)} or {LINKS.in_words(OPT_OUT)}, {LINKS.in_words(SUPPLIER)}"
    kept = LINKS.kept(said)
    assert kept == f"See {BASE}/b/... or {BASE}/u/..., {BASE}/s/..."
    live = LINKS.live(kept, SEND)
    assert live == f"See {LINKS.url(PAGE, SEND)} or {LINKS.url(OPT_OUT, SEND)}, {LINKS.url(SUPPLIER, SEND)}"
    assert len(live) == len(said), "it takes the room for which it was put into words"
    assert LINKS.live("https://elsewhere.example/b/...", SEND) == "https://elsewhere.example/b/..."


def outgoing(channel: str = "email", *, commercial: bool = False) -> Outgoing:
    words = f"See {BASE}/b/..."
    return Outgoing(
        id=SEND,
        channel="email" if channel == "email" else "sms",
        to="ann@example.com",
        subject="News",
        html=f'<a href="{BASE}/b/...">' if channel == "email" else "",
        text=words,
        commercial=commercial,
    )


def test_the_way_out_puts_links_in_and_names_the_opt_out_of_promotions_alone() -> None:
    out = Recorder()
    LinkSender(out, LINKS).send(outgoing())
    LinkSender(out, LINKS).send(outgoing(commercial=True))
    plain, promotion = out.given
    assert plain.text == f"See {LINKS.url(PAGE, SEND)}"
    assert plain.html == f'<a href="{LINKS.url(PAGE, SEND)}">'
    assert (plain.unsubscribe_url, promotion.unsubscribe_url) == ("", LINKS.url(OPT_OUT, SEND))


@pytest.mark.parametrize("secret", [SECRET, FORMER])
def test_a_text_is_looked_up_by_the_words_with_which_it_went(secret: str) -> None:
    went = CustomerLinks(BASE, [secret]).live(f"See {BASE}/b/...", SEND)

    class Provider(Recorder):
        def find(self, outgoing: Outgoing, since: datetime) -> LookedUp:
            return LookedUp(sighting="found" if outgoing.text == went else "absent")

    sender = LinkSender(Provider(), CustomerLinks(BASE, [SECRET, FORMER]))
    assert sender.find(outgoing("sms"), datetime.now(UTC)).sighting == "found"
