"""Events on their way out: when they are tried again, what they are signed with, where they may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from backorder.domain.addresses import is_public
from backorder.domain.event_delivery import (
    FIRST_PAUSE,
    GIVES_UP_AFTER,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    next_attempt,
)
from backorder.domain.receiver_urls import host_and_port, receiver_url
from backorder.domain.webhook_signature import key_of, secret_of, signatures

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRIVATE = [
    ip_network(each)
    for each in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]
NOWHERE = """
::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 100.100.100.200 168.63.129.16 224.0.0.1 ff02::1
255.255.255.255 192.0.2.1 2001:db8::1 2001:0:4136:e378::1 x 127.1
192.0.0.192 ::192.0.0.192 3fff::1 3fff:fff::1 4000::1
"""
NO_ADDRESSES = """
shop.example ftp://shop.example/ https:// https://shop.example:0/ https://a:b@shop.example/
https://shop.example/#part https://[::1/ https://x:99999/ //shop https://shop.exa\x00mple/
"""


@given(chances=st.lists(st.floats(0, 1), min_size=100, max_size=100))
def test_an_event_is_tried_less_and_less_often_until_three_days_are_over(chances: list[float]) -> None:
    tried = [FIRST]
    for attempts, chance in enumerate(chances, start=1):
        again = next_attempt(attempts, FIRST, tried[-1], chance)
        if again is None:
            break
        assert tried[-1] < again <= FIRST + GIVES_UP_AFTER
        assert again - tried[-1] <= LONGEST_PAUSE
        tried.append(again)
    assert tried[-1] == FIRST + GIVES_UP_AFTER, "the last attempt is when the time is over"
    assert FIRST_PAUSE / 2 <= tried[1] - FIRST <= FIRST_PAUSE
    assert 20 < len(tried) < 60


@given(asked=st.floats(-10, 1e9), attempts=st.integers(1, 1000), chance=st.floats(0, 1))
def test_a_receiver_may_ask_for_a_pause_but_not_for_ever(asked: float, attempts: int, chance: float) -> None:
    usual = next_attempt(attempts, FIRST, FIRST, chance)
    again = next_attempt(attempts, FIRST, FIRST, chance, asked)
    assert usual is not None
    assert again is not None
    assert again >= usual
    assert again - FIRST >= min(timedelta(seconds=max(asked, 0)), LONGEST_ASKED)
    assert again - FIRST <= max(usual - FIRST, LONGEST_ASKED)


@given(random=st.binary(min_size=24, max_size=64), body=st.binary(max_size=300), id=st.uuids())
def test_the_standards_own_library_makes_the_same_signature(random: bytes, body: bytes, id: object) -> None:
    text, now = body.decode("latin-1"), datetime.now(UTC)
    secret, name = secret_of(random), str(id)
    theirs = Webhook(secret).sign(name, now, text)
    assert signatures([secret], name, int(now.timestamp()), text.encode()) == theirs


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "A" * 100, "whsec_ä", "no base64!"]
)
def test_a_secret_is_random_bytes_in_base64(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        key_of(secret)


@given(inner=st.sampled_from(PRIVATE).flatmap(lambda each: st.integers(int(each[0]), int(each[-1]))))
def test_no_form_hides_a_private_address(inner: int) -> None:
    v4 = IPv4Address(inner)
    forms = [
        v4,
        IPv6Address((0xFFFF << 32) | inner),
        IPv6Address(inner),
        IPv6Address((0x2002 << 112) | (inner << 80)),
        IPv6Address((0x0064FF9B << 96) | inner),
        IPv6Address((0x0064FF9B0001 << 80) | inner),
    ]
    assert [str(each) for each in forms if is_public(str(each))] == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_a_public_address_is_public_in_any_form(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", *NOWHERE.split()])
def test_what_is_no_place_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("typed", "called", "place"),
    [
        ("https://shop.example", "https://shop.example/", ("shop.example", 443)),
        (" http://Shop.Example:81/a?b=c ", "http://shop.example:81/a?b=c", ("shop.example", 81)),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4", ("xn--bcher-kva.example", 443)),
        ("http://[::1]:9/", "http://[::1]:9/", ("::1", 9)),
    ],
)
def test_an_address_is_kept_as_it_is_called(typed: str, called: str, place: tuple[str, int]) -> None:
    assert receiver_url(typed) == called
    assert host_and_port(called) == place
    assert receiver_url(called) == called


@pytest.mark.parametrize("typed", ["", "https://x/ a", "https://x/" + "x" * 2000, *NO_ADDRESSES.split()])
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match=" "):
        receiver_url(typed)
