"""Two ways of writing an address or a number are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.contacts import canonical, is_read_by_nobody, spellings
from backorder.errors import SetupError
from backorder.settings import read_settings


@pytest.mark.parametrize(
    ("channel", "written", "same"),
    [
        ("email", "ann@example.com", [" Ann@Example.COM ", "ANN@example.com.", "ann@ｅxample.com"]),
        ("email", "ann@bücher.example", ["ann@xn--bcher-kva.example", "Ann@XN--BCHER-KVA.Example"]),
        ("email", "ann@straße.example", ["ann@xn--strae-oqa.example"]),
        ("sms", "+4915123456789", ["+49 151 23456789", "0049 151-2345 6789", "+49 (151) 23456789"]),
        ("sms", "+525512345678", ["+5215512345678"]),
        ("sms", "+541123456789", ["+5491123456789"]),
        ("sms", "+551187654321", ["+5511987654321"]),
        ("sms", "+22997123456", ["+2290197123456"]),
    ],
)
def test_they_are_one(channel: str, written: str, same: list[str]) -> None:
    assert {canonical(channel, each) for each in [written, *same]} == {canonical(channel, written)}


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "ann@strasse.example", "ann@straße.example"),
        ("email", "ann@example.com", "ann@example.org"),
        ("email", "ann.lee@example.com", "annlee@example.com"),
        ("sms", "+551123456789", "+5511923456789"),
        ("sms", "+4915123456789", "+4915123456780"),
    ],
)
def test_they_are_two(channel: str, one: str, other: str) -> None:
    assert canonical(channel, one) != canonical(channel, other)


@given(st.sampled_from(["email", "sms"]), st.text(max_size=40))
def test_the_form_of_anything_is_its_own(channel: str, written: str) -> None:
    form = canonical(channel, written)
    assert canonical(channel, form) == form


@pytest.mark.parametrize("number", ["+5215512345678", "+5511987654321", "+4915123456789", "+2290197123456"])
def test_a_number_is_found_in_every_spelling(number: str) -> None:
    assert number in spellings(number)
    assert all(canonical("sms", each) == canonical("sms", number) for each in spellings(number))


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("no-reply@shop.example", False),
        ("NoReply2@shop.example", False),
        ("do.not_reply+orders@shop.example", False),
        ("donotreply@shop.example", False),
        ("orders@shop.example", True),
        ("reply@shop.example", True),
        ("noreplyteam@shop.example", True),
        ("orders@no-reply.example", True),
        ("", True),
    ],
)
def test_mailboxes_that_nobody_reads_say_so(address: str, read: bool) -> None:
    assert is_read_by_nobody(address) is not read


SENDS = {"BACKORDER_EMAIL": "sendgrid", "SENDGRID_API_KEY": "SG.key"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"BACKORDER_REPLY_TO": "no-reply@shop.example"}, "BACKORDER_REPLY_TO: nobody reads"),
        ({"BACKORDER_REPLY_TO": "orders"}, "BACKORDER_REPLY_TO: .* no email address"),
        ({**SENDS, "BACKORDER_EMAIL_FROM": "noreply@shop.example"}, "not set: BACKORDER_REPLY_TO"),
    ],
)
def test_replies_of_customers_go_to_a_mailbox_that_somebody_reads(said: dict[str, str], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        read_settings(said)
    whole = {
        **SENDS,
        "BACKORDER_EMAIL_FROM": "noreply@shop.example",
        "BACKORDER_REPLY_TO": "desk@shop.example",
    }
    assert read_settings(whole).reply_to == "desk@shop.example"
