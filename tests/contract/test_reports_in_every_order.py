"""What a provider reports of a send ends alike in every order, with and without codes, and for one reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.domain.line.events import NoticeGiven
from backorder.ports import Claimed
from backorder.services.record_request import NewRequest
from tests.support.days import day
from tests.support.reporting_desk import (
    ACCEPTED,
    BOTH,
    PHONE,
    by,
    record,
    report,
    reporting,
    start,
    state,
    texted,
)
from tests.support.sending import Desk
from tests.support.shop import Shop

RETURNED = "returned"
"""Not a report: the provider's own answer, which accepts the message."""
BARE = ("failed", "")
TEXTS = [
    [RETURNED, ("undelivered", "30003"), ("undelivered", "")],
    [RETURNED, ("undelivered", "30008"), BARE, ("sent", "")],
    [RETURNED, ("undelivered", "30003"), BARE, ("undelivered", "")],
    [("undelivered", "30003"), ("undelivered", "30005"), BARE],
    [("undelivered", "30003"), ("failed", "30007"), BARE],
    [RETURNED, ("undelivered", "30005"), ("undelivered", "")],
    [RETURNED, ("undelivered", "21610"), ("undelivered", ""), ("delivered", "")],
    [RETURNED, ("undelivered", "30007"), ("undelivered", "")],
    [("undelivered", "30005"), ("undelivered", "30007"), BARE],
    [RETURNED, ("undelivered", "30610"), BARE],
    [RETURNED, ("undelivered", "30001"), ("undelivered", "")],
    [RETURNED, ("undelivered", "30002"), ("undelivered", "")],
    [("undelivered", "30002"), ("undelivered", "30003"), BARE],
    [("undelivered", "30610"), ("undelivered", "30005"), BARE],
]
"""Statuses of one text, with their codes."""
MAILS = [
    [RETURNED, (Reported.BOUNCED, ""), (Reported.BOUNCED, "5.1.1")],
    [RETURNED, (Reported.FAILED, ""), (Reported.BOUNCED, "")],
    [(Reported.HELD_UP, "4.7.1"), (Reported.BOUNCED, "5.1.1"), (Reported.BOUNCED, "")],
    [RETURNED, (Reported.HELD_UP, "4.2.2"), (Reported.FAILED, "")],
    [RETURNED, (Reported.HELD_UP, ""), (Reported.FAILED, "")],
    [(Reported.HELD_UP, "4.2.2"), (Reported.SHOP_REFUSED, ""), (Reported.FAILED, "")],
    [RETURNED, (Reported.WITHHELD, ""), (Reported.BOUNCED, "5.1.1"), (Reported.FAILED, "")],
    [(Reported.DELIVERED, ""), (Reported.COMPLAINED, ""), (Reported.FAILED, "")],
]
"""What is reported of one mail, with its codes."""
LEGAL = [TEXTS[0], TEXTS[3], TEXTS[5], TEXTS[7]]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return reporting(shop)


@pytest.mark.parametrize("email", [None, "@example.com"])
@pytest.mark.parametrize("said", TEXTS, ids=str)
def test_a_text_ends_alike_in_every_order(desk: Desk, said: Sequence[Any], email: str | None) -> None:
    """By text alone, and with a mail as the second way."""
    ends = {}
    for number, order in enumerate(permutations(said)):
        person, phone = f"p{number}", f"{PHONE[:-2]}{number:02}"
        customer = {"id": person, "email": email and person + email, "phone": phone, "sms_consent": True}
        desk.shop.start(f"O-{number}", policy="texts", customer=customer)
        _tell(desk, f"customer/{person}", order)
        ends[order] = _end(desk, f"O-{number}", person, {phone: "NUMBER", f"{person}{email}": "ADDRESS"})
        _make_way(desk, "sms")
    _are_alike(ends)


@pytest.mark.parametrize("phone", [None, PHONE])
@pytest.mark.parametrize("said", MAILS, ids=str)
def test_a_mail_ends_alike_in_every_order(desk: Desk, said: Sequence[Any], phone: str | None) -> None:
    ends = {}
    for number, order in enumerate(permutations(said)):
        person, mine = f"p{number}", phone and f"{phone[:-2]}{number:02}"
        email = f"{person}@example.com"
        customer = {"id": person, "email": email, "phone": mine, "sms_consent": phone is not None}
        desk.shop.start(f"O-{number}", policy="plain", customer=customer)
        _tell(desk, f"customer/{person}", order)
        ends[order] = _end(desk, f"O-{number}", person, {email: "ADDRESS", str(mine): "NUMBER"})
        _make_way(desk, "email")
    _are_alike(ends)


@pytest.mark.parametrize("said", LEGAL, ids=str)
def test_a_legal_notice_ends_alike_in_every_order(desk: Desk, said: Sequence[Any]) -> None:
    """Whoever is to tell it instead reads the same reason, and is asked only where it was given up."""
    shop, begin, ends = desk.shop, desk.shop.now, {}
    for number, order in enumerate(permutations(said)):
        person, phone = f"p{number}", f"+120255501{number:02}"
        customer = {"id": person, "email": None, "phone": phone, "sms_consent": True, "region": "US"}
        customer["time_zone"] = "Europe/Berlin"
        shop.now = begin
        shop.start(f"O-{number}", policy="texts", ship_by=day(9).isoformat(), customer=customer)
        shop.now += timedelta(hours=2)
        _tell(desk, f"customer/{person}", order)
        end = ends[order] = _end(desk, f"O-{number}", person, {phone: "NUMBER"})
        assert ("consent_request" in end) == ("unreachable" in end), end
        _make_way(desk, "sms")
    _are_alike(ends)


@pytest.mark.parametrize("code", ["30003", "30610", "30002"])
@pytest.mark.parametrize("again", [True, False])
def test_what_counted_as_given_up_and_only_waits_is_told_in_the_end(
    desk: Desk, code: str, again: bool
) -> None:
    """again: the next try fails too, without a code at first."""
    start(desk, policy="texts", email=None, **BOTH)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    record(desk, *texted(desk, message, *BARE))
    assert (state(desk)[0], by(desk), desk.shop.state().needs) == ("failed", None, ("unreachable",))
    record(desk, *texted(desk, message, "undelivered", code))
    assert (state(desk), by(desk), desk.shop.state().needs) == (("planned", "sms"), day(21), ())
    desk.shop.review()
    assert len(desk.shop.rows("SELECT 1 FROM messages")) == 1, "it says nothing else meanwhile"
    desk.wait(timedelta(hours=1))
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    assert (state(desk)[0], by(desk), desk.shop.state().needs) == ("sent", day(21), ())
    if again:
        record(desk, *texted(desk, message, *BARE))
        assert (state(desk)[0], by(desk), desk.shop.state().needs) == ("failed", None, ("unreachable",))


def test_what_was_said_to_another_address_meanwhile_is_not_said_again(desk: Desk) -> None:
    start(desk, policy="texts", email=None, **BOTH)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    record(desk, *texted(desk, message, *BARE))
    desk.shop.services.contacts.change("ann", {"email": "ann@example.com"}, desk.shop.now, by="Eva")
    desk.shop.review()
    assert [row["state"] for row in desk.shop.rows("SELECT state FROM messages ORDER BY number")] == [
        "failed",
        "planned",
    ]
    record(desk, *texted(desk, message, "undelivered", "30003"))
    assert (state(desk), desk.message()["reason"]) == (
        ("failed", "sms"),
        "it could not be delivered for now (30003)",
    )


@pytest.mark.parametrize("medium", ["call", "letter"])
@pytest.mark.parametrize("code", ["30003", "30610", "30002"])
def test_what_a_person_told_since_is_not_contradicted_by_what_failed(
    desk: Desk, code: str, medium: str
) -> None:
    """The day that a call or a letter named stands, and the text with the one before does not go."""
    shop = desk.shop
    start(desk, policy="texts", email=None, **BOTH)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    record(desk, *texted(desk, message, *BARE))
    _tell_by_hand(desk, medium, 28)
    told = shop.rows("SELECT type, data FROM events WHERE type LIKE 'backorder.promise%' ORDER BY number")
    record(desk, *texted(desk, message, "undelivered", code))
    assert (state(desk), by(desk)) == (("failed", "sms"), day(28))
    assert f"({code})" in str(desk.message()["reason"])
    desk.wait(timedelta(hours=1))
    shop.now += timedelta(hours=1)
    assert desk.take() is None
    assert told == shop.rows(
        "SELECT type, data FROM events WHERE type LIKE 'backorder.promise%' ORDER BY number"
    )


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("before", [timedelta(0), timedelta(days=1)])
def test_an_update_that_failed_does_not_name_its_day_again_after_a_call(
    desk: Desk, before: timedelta, waits: bool
) -> None:
    """It promises nothing, and names the day that stood before the call. before: the call came that long
    before it was written down, and so before the update was planned. waits: its way is tried again already.
    """
    shop = desk.shop
    start(desk, policy="texts", email=None, **BOTH)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.now += timedelta(days=15)
    shop.review()
    desk.wait(timedelta(days=15))
    update = desk.claimed()
    desk.record_outcome(update, ACCEPTED)
    reports = [BARE, ("undelivered", "30003")]
    record(desk, *texted(desk, update, *reports[waits]))
    assert (desk.message(1)["kind"], state(desk, 1)[0]) == ("still_waiting", "planned" if waits else "failed")
    shop.now += timedelta(minutes=10)
    _tell_by_hand(desk, "call", 28, shop.now - before)
    record(desk, *texted(desk, update, *reports[not waits]))
    desk.wait(timedelta(hours=1))
    shop.now += timedelta(hours=1)
    assert (desk.take(), by(desk)) == (None, day(28))
    assert state(desk, 1)[0] == ("withdrawn" if waits else "failed")


@pytest.mark.parametrize("code", ["30003", "30610", "30005"])
@pytest.mark.parametrize("by_day", [21, 28])
def test_a_text_that_waits_for_a_way_does_not_contradict_a_call(desk: Desk, code: str, by_day: int) -> None:
    """It waits for its own way again, or for the mail in its place, when a person tells a day."""
    email = "ann@example.com" if code == "30005" else None
    start(desk, policy="texts", email=email, **BOTH)
    message = desk.claimed()
    desk.record_outcome(message, ACCEPTED)
    record(desk, *texted(desk, message, "undelivered", code))
    assert (state(desk)[0], by(desk)) == ("planned", day(21))
    _tell_by_hand(desk, "call", by_day)
    desk.wait(timedelta(hours=1))
    shop = desk.shop
    shop.now += timedelta(hours=1)
    goes = desk.take()
    assert (goes is not None, by(desk)) == (by_day == 21, day(by_day))
    if goes is None:
        row = desk.message()
        assert (row["state"], row["reason"]) == ("withdrawn", "a person has told another day since")
        assert not shop.state().needs


def test_a_question_that_waits_for_a_way_is_asked_anew_after_a_call_that_offered_nothing(desk: Desk) -> None:
    """The law wants it asked all the same: about the day that holds by then."""
    shop = desk.shop
    customer = {"email": None, "region": "US", "time_zone": "Europe/Berlin"} | BOTH
    shop.start(policy="texts", ship_by=day(9).isoformat(), customer=customer)
    shop.now += timedelta(hours=2)
    first = desk.claimed()
    desk.record_outcome(first, ACCEPTED)
    record(desk, *texted(desk, first, "undelivered", "30003"))
    assert state(desk)[0] == "planned"
    _tell_by_hand(desk, "call", 28)
    for _ in range(7):
        desk.wait(timedelta(hours=3))
        shop.now += timedelta(hours=3)
        goes = desk.take()
        if isinstance(goes, Claimed):
            desk.record_outcome(goes, ACCEPTED)
        shop.review()
    asked = shop.rows("SELECT state FROM messages WHERE kind = 'consent_request' ORDER BY number")
    assert [row["state"] for row in asked] == ["withdrawn", "sent"]


@pytest.mark.parametrize("by_day", [None, 28])
@pytest.mark.parametrize("order", list(permutations([RETURNED, BARE, ("undelivered", "30003")])), ids=str)
def test_a_copy_ends_alike_in_every_order(desk: Desk, order: Sequence[Any], by_day: int | None) -> None:
    """The mail has gone, and the text beside it waits for its way; unless a call named another day."""
    start(desk, policy="loud", **BOTH)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    _tell(desk, "customer/ann", order)
    assert (state(desk, 0)[0], state(desk, 1), by(desk)) == ("sent", ("planned", "sms"), day(21))
    assert str(desk.message(1)["reason"]).endswith("(30003)")
    desk.shop.now += timedelta(minutes=1)
    if by_day is not None:
        _tell_by_hand(desk, "call", by_day)
    desk.wait(timedelta(hours=1))
    desk.shop.now += timedelta(minutes=1)
    assert (desk.take() is None) == (by_day is not None)


def _tell_by_hand(desk: Desk, medium: str, by_day: int, as_of: datetime | None = None) -> None:
    """A person tells the customer a day. as_of: when they did; None for now."""
    shop = desk.shop
    said = NoticeGiven(
        at=shop.now,
        day=shop.now.date(),
        request="N-1",
        as_of=as_of or shop.now,
        medium=medium,
        by_date=day(by_day),
        offered=False,
    )
    shop.ask("O-1", NewRequest(id="N-1", kind="notice", event=said, given={}))
    shop.review("O-1", "N-1")
    assert by(desk) == day(by_day)


def _tell(desk: Desk, person: str, order: Sequence[Any]) -> None:
    """What is told of the next message to somebody, in that order."""
    message = desk.claimed(person)
    for each in order:
        if each == RETURNED:
            desk.record_outcome(message, ACCEPTED)
        elif isinstance(each[0], Reported):
            record(desk, report(desk, each[0], message.outgoing.id, code=each[1]))
        else:
            record(desk, *texted(desk, message, *each))


def _end(desk: Desk, order: str, person: str, names: Mapping[str, str]) -> str:
    """All that somebody can see of a message, its line and its addresses, without what names the customer."""
    shop, of_line, of_person = desk.shop, {"line": f"{order}/1"}, {"person": f"customer/{person}"}
    promise = shop.state(order).promise
    found = {
        "messages": shop.rows(
            "SELECT state, channel, reason, try_at FROM messages WHERE person = :person ORDER BY number",
            **of_person,
        ),
        "sends": shop.rows(
            "SELECT sends.state, delivery, sends.code, sends.reason FROM sends"
            " JOIN messages ON messages.id = sends.message WHERE person = :person",
            **of_person,
        ),
        "needs": shop.state(order).needs,
        "promised": promise and promise.by,
        "tasks": shop.rows(
            "SELECT kind, detail FROM tasks WHERE subject = :line AND done_at IS NULL", **of_line
        ),
        "listed": [
            shop.rows(
                "SELECT channel, cause FROM suppressions WHERE address = :address ORDER BY cause",
                address=address,
            )
            for address in names
        ],
    }
    text = json.dumps(found, default=str, indent=1)
    for address, name in names.items():
        text = text.replace(address, name)
    return text


def _make_way(desk: Desk, channel: str) -> None:
    """What is left of one order stands in no other's way."""
    desk.shop.run("UPDATE messages SET state = 'withdrawn' WHERE state = 'planned'")
    desk.shop.run("DELETE FROM channels WHERE name = :channel", channel=channel)


def _are_alike(ends: Mapping[tuple[Any, ...], str]) -> None:
    """What was accepted before anything was reported counts as told meanwhile, and the rest waits to be."""
    accepted = {end for order, end in ends.items() if order[0] == RETURNED}
    others = {re.sub(r'"promised": .*', "", end) for end in ends.values()}
    assert len(accepted) <= 1, "\n".join(accepted)
    assert len(others) == 1, "\n".join(others)
