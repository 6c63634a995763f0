"""Where nothing goes any more: looked up when a message is claimed, and lifted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backorder.domain.delivery_reports import Reported
from backorder.domain.suppression import Cause
from backorder.errors import RefusedError
from backorder.messaging.provider_reports import ProviderReport
from backorder.messaging.twilio_callbacks import InboundText, inbound
from backorder.ports import Channel, Claimed, Sent
from backorder.queries.case_view import case
from backorder.queries.suppression_list import suppression_list
from backorder.queries.views import CaseView
from backorder.services.page_contacts import closed, stop_promotions, stop_texts
from backorder.services.suppress_address import lift, suppress
from backorder.services.take_text import TextTaken
from backorder.storage.engine import reading
from backorder.storage.suppressions import SuppressionEntry
from tests.support.sending import Desk, desk_by
from tests.support.shop import PROMOTIONS, Shop

PHONE = "+4915123456789"
BOTH: dict[str, Any] = {"phone": PHONE, "sms_consent": True}
ACCEPTED = Sent(outcome="accepted", provider_id="x")
POLICY = """
name = "plain"
[updates]
gather = "0s"
channels = ["{}", "{}"]
[[stages]]
id = "thanks"
when = {{ waited = "2d" }}
do = "coupon"
percent = 10
valid = "90d"
"""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return desk_by(shop, POLICY.format("sms", "email"))


def start(desk: Desk, **customer: Any) -> None:
    desk.shop.start(policy="plain", customer=BOTH | customer)


def close(desk: Desk, channel: str, address: str, cause: Cause = Cause.BY_HAND) -> bool:
    entry = SuppressionEntry(channel=channel, address=address, cause=cause, at=desk.now, by="Eva")
    return suppress(desk.shop.services.engine, desk.shop.services.policies, entry, desk.shop.now)[0]


def reopen(desk: Desk, channel: str, address: str) -> int:
    services = desk.shop.services
    lifted, _ = lift(
        services.engine, services.policies, channel, address, by="Ben", at=desk.shop.now, now=desk.now
    )
    return lifted


def texted(desk: Desk, body: str, sid: str = "SM1", number: str = PHONE, **more: str) -> TextTaken:
    text = inbound([("MessageSid", sid), ("From", number), ("Body", body), *more.items()])
    return desk.shop.services.texts.take(text, at=desk.shop.now, now=desk.now)


def listed(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.shop.services.engine) as connection:
        page = suppression_list(connection)
    return [(each.channel, each.address, each.cause) for each in page.rows]


def test_a_message_takes_the_other_way(desk: Desk) -> None:
    start(desk)
    assert close(desk, "sms", "+49 151 2345 6789")
    assert not close(desk, "sms", PHONE), "it is on the list already"
    assert desk.claimed().outgoing.channel == "email"


def test_who_has_no_way_left_needs_a_person_and_is_told_once_there_is_one(desk: Desk) -> None:
    shop = desk.shop
    start(desk, email="Ann@Example.com")
    close(desk, "sms", PHONE)
    close(desk, "email", "ann@example.com")
    assert desk.take() is None
    assert shop.state().needs == ("unreachable",)
    seen = case(shop.services.database, "O-1/1", shop.now)
    assert isinstance(seen, CaseView)
    assert [(each.channel, each.cause, each.by) for each in seen.contact.suppressed] == [
        ("email", "by_hand", "Eva"),
        ("sms", "by_hand", "Eva"),
    ]
    desk.wait(timedelta(minutes=1))
    assert reopen(desk, "email", "ANN@example.com") == 1
    assert shop.state().needs == ()
    message = desk.claimed()
    assert (message.outgoing.channel, message.outgoing.to) == ("email", "Ann@example.com")


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_came_back_goes_where_it_did_once_that_is_off_the_list(desk: Desk, channel: Channel) -> None:
    """An operator says that the address is good, or the customer texts START."""
    shop, desk.now = desk.shop, datetime.now(UTC)
    shop.start(policy="plain", customer={} if channel == "email" else BOTH | {"email": None})
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.cancel()
    message = desk.claimed()
    for _ in range(2):
        desk.record_outcome(message, ACCEPTED)
        comes_back(desk, message)
        assert desk.take() is None
        assert "unreachable" in shop.state().needs
        desk.wait(timedelta(minutes=1))
        if channel == "sms":
            texted(desk, "START", message.outgoing.id)
        else:
            assert reopen(desk, "email", message.outgoing.to) == 1
        again = desk.claimed()
        assert (again.message, again.outgoing.to) == (message.message, message.outgoing.to)
        message = again
        desk.wait(timedelta(minutes=1))


def comes_back(desk: Desk, message: Claimed) -> None:
    """The provider reports that nothing ever arrives there."""
    sent, now = message.outgoing, desk.now
    said = Reported.BOUNCED if sent.channel == "email" else Reported.OPTED_OUT
    report = ProviderReport(
        id=sent.id, provider="", channel=sent.channel, said=said, event=said, at=now, send=sent.id, code=""
    )
    desk.shop.services.reports.record([report], at=desk.shop.now, now=desk.now)


def test_it_is_looked_up_once_more_when_the_message_is_claimed(desk: Desk) -> None:
    """Somebody says STOP while the words are being found."""
    start(desk)
    dispatch, round = desk.shop.services.dispatch, desk.round()
    prepared, failures = dispatch.prepare(round)
    texted(desk, "Stop")
    assert dispatch.write(round, (), prepared, failures, careful=False).calls == ()
    assert desk.claimed().outgoing.channel == "email"


@pytest.mark.parametrize("cause", [Cause.UNSUBSCRIBE, Cause.COMPLAINT])
def test_who_wants_no_promotions_gets_everything_else_and_is_not_out_of_reach(
    desk: Desk, cause: Cause
) -> None:
    shop = desk.shop
    start(desk, phone=None, marketing_consent=PROMOTIONS)
    desk.record_outcome(desk.claimed(), ACCEPTED)
    shop.now += timedelta(days=3)
    shop.review()
    close(desk, "email", "ann@example.com", cause)
    assert [row["kind"] for row in shop.rows("SELECT kind FROM messages ORDER BY number")] == [
        "confirmed",
        "coupon",
    ]
    assert desk.take() is None
    [row] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'coupon'")
    assert (row["state"], "no promotions" in row["reason"]) == ("withdrawn", True)
    assert shop.state().needs == ()


TEXTS = {"sms": {"at": "2025-03-02T10:00:00Z", "how": "call", "wording": "Text me offers."}}


def consents(desk: Desk) -> list[tuple[str, str, str | None]]:
    """To which promotions a customer agreed, in which words, and who ended it."""
    rows = desk.shop.rows("SELECT purpose, wording, ended_by FROM consents ORDER BY number")
    return [(row["purpose"], row["wording"], row["ended_by"]) for row in rows]


def given_coupon(desk: Desk) -> str | None:
    """The channel by which the coupon of day 2 goes; None: its code waits on the page."""
    desk.record_outcome(desk.claimed(), ACCEPTED)
    desk.shop.now += timedelta(days=3)
    desk.shop.review()
    taken = desk.take()
    return taken.outgoing.channel if isinstance(taken, Claimed) else None


def test_a_promotion_goes_only_by_a_channel_for_which_the_customer_agreed(desk: Desk) -> None:
    """Texts are the usual way, and the customer agreed to mails alone."""
    start(desk, marketing_consent=PROMOTIONS)
    assert given_coupon(desk) == "email"


def test_a_text_promotes_to_who_agreed_to_texts(desk: Desk) -> None:
    start(desk, email=None, marketing_consent=TEXTS)
    assert given_coupon(desk) == "sms"


def test_who_agreed_by_a_channel_that_does_not_reach_them_finds_the_code_on_their_page(desk: Desk) -> None:
    start(desk, phone=None, marketing_consent=TEXTS)
    assert given_coupon(desk) is None
    assert [offer.code for offer in desk.shop.state().offers] == [""]


def test_an_opt_out_ends_the_consent_of_its_channel_alone_and_leaves_it_on_record(desk: Desk) -> None:
    start(desk, marketing_consent=PROMOTIONS | TEXTS)
    close(desk, "email", "ANN@example.com", Cause.UNSUBSCRIBE)
    assert consents(desk) == [
        ("marketing_email", "Yes, send me offers by mail.", "Eva"),
        ("marketing_sms", "Text me offers.", None),
    ]
    texted(desk, "STOP")
    assert [ended for *_, ended in consents(desk)] == ["Eva", "the customer"]
    close(desk, "email", "ann@example.com", Cause.HARD_BOUNCE)
    desk.shop.start("O-2", policy="plain", customer=BOTH | {"marketing_consent": PROMOTIONS})
    assert len(consents(desk)) == 2, "what was given before it ended is no news"
    desk.shop.now = desk.now + timedelta(hours=2)
    later = {"email": PROMOTIONS["email"] | {"at": f"{desk.now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}}
    desk.shop.start("O-3", policy="plain", customer=BOTH | {"marketing_consent": later})
    assert [purpose for purpose, _, ended in consents(desk) if ended is None] == ["marketing_email"]


def test_an_opt_out_holds_for_who_clicked_it_though_they_have_another_address_by_now(desk: Desk) -> None:
    """The link of a mail ends the consent of its reader, not of whoever is at the address that it went to."""
    start(desk, phone=None, marketing_consent=PROMOTIONS | TEXTS)
    shop = desk.shop
    anew = {"email": {"at": "2025-03-02T11:00:00Z", "how": "call", "wording": "Here too."}}
    changes = {"email": "new@example.com", "marketing_consent": anew}
    shop.services.contacts.change("ann", changes, shop.now, by="Eva")
    stop_promotions(shop.services.engine, "ann", "email", "ann@example.com", "a-send", desk.now)
    assert listed(desk) == [("email", "ann@example.com", "unsubscribe")]
    assert [ended for *_, ended in consents(desk)] == ["Eva", None, "the customer"]
    assert given_coupon(desk) is None


def test_a_correction_says_for_each_channel_what_holds(desk: Desk) -> None:
    start(desk, marketing_consent=PROMOTIONS)
    contacts, at = desk.shop.services.contacts, desk.shop.now
    assert contacts.read("ann").marketing_consent.model_dump(mode="json") == PROMOTIONS | {"sms": None}
    changed = contacts.change("ann", {"marketing_consent": TEXTS}, at, by="Eva")
    assert changed.fields == ("marketing_consent",)
    assert contacts.change("ann", {"marketing_consent": TEXTS}, at, by="Eva").fields == ()
    assert contacts.read("ann").marketing_consent.model_dump(mode="json") == PROMOTIONS | TEXTS
    contacts.change("ann", {"marketing_consent": {"email": None}}, at, by="Eva")
    assert contacts.read("ann").marketing_consent.email is None
    contacts.change("ann", {"marketing_consent": False}, at, by="Ben")
    assert [ended for *_, ended in consents(desk)] == ["Eva", "Ben"]
    with pytest.raises(RefusedError, match="for each channel"):
        contacts.change("ann", {"marketing_consent": True}, at, by="Eva")
    with pytest.raises(RefusedError, match="wording"):
        contacts.change("ann", {"marketing_consent": {"sms": TEXTS["sms"] | {"wording": " "}}}, at, by="Eva")


def test_start_lifts_what_stop_did_and_nothing_else(desk: Desk) -> None:
    start(desk)
    texted(desk, "stop", "SM1")
    close(desk, "sms", PHONE, Cause.UNUSABLE)
    desk.wait(timedelta(seconds=1))
    texted(desk, " Unstop ", "SM2")
    assert listed(desk) == [("sms", PHONE, "unusable")]
    desk.wait(timedelta(seconds=1))
    texted(desk, "START", "SM1"), "a text that came before"
    texted(desk, "STOPALL", "SM3")
    assert ("sms", PHONE, "stop") in listed(desk)
    [row] = desk.shop.rows("SELECT \"by\", evidence FROM suppressions WHERE cause = 'stop'")
    assert (row["by"], row["evidence"]) == ("the customer", "twilio/SM3")


def test_a_text_that_stops_outdoes_a_page_that_did(desk: Desk) -> None:
    """Their carrier keeps it, so that their page cannot let them in again; a page takes nothing over."""
    engine = desk.shop.services.engine
    start(desk)
    stop_texts(engine, desk.shop.services.policies, PHONE, "a-send", desk.shop.now, desk.now)
    assert closed(engine, PHONE) is None, "a page lifts what a page stopped"
    for number, evidence in enumerate(["twilio/SM1", "twilio/SM1"], 1):
        desk.wait(timedelta(seconds=1))
        texted(desk, "STOP", f"SM{number}")
        stop_texts(engine, desk.shop.services.policies, PHONE, "a-send", desk.shop.now, desk.now)
        assert [row["evidence"] for row in desk.shop.rows("SELECT evidence FROM suppressions")] == [evidence]
    assert closed(engine, PHONE) == Cause.STOP
    desk.wait(timedelta(seconds=1))
    texted(desk, "START", "SM3")
    assert closed(engine, PHONE) is None


def test_what_was_lifted_is_not_put_back_by_something_older(desk: Desk) -> None:
    close(desk, "email", "ann@example.com", Cause.HARD_BOUNCE)
    before = desk.now
    desk.wait(timedelta(hours=1))
    assert reopen(desk, "email", "ann@example.com") == 1
    now, desk.now = desk.now, before + timedelta(minutes=5)
    close(desk, "email", "ann@example.com", Cause.HARD_BOUNCE)
    assert listed(desk) == []
    desk.now = now + timedelta(minutes=5)
    close(desk, "email", "ann@example.com", Cause.HARD_BOUNCE)
    assert len(listed(desk)) == 1


def test_help_is_answered_once_a_day(desk: Desk) -> None:
    first = texted(desk, "help", "SM1")
    assert first.answer is not None
    assert "STOP" in first.answer
    assert texted(desk, "help", "SM1") == TextTaken(answer=first.answer, new=False, meaning="help")
    assert texted(desk, "Info", "SM2").answer is None
    assert texted(desk, "Info", "SM3", number="+4915199999999").answer is not None
    desk.wait(timedelta(hours=24, seconds=1))
    assert texted(desk, "INFO", "SM4").answer is not None
    assert texted(desk, "help", "SM5", number="+4915100000000", OptOutType="HELP").answer is None


def test_a_text_is_kept_whole_and_its_odd_letters_too(desk: Desk) -> None:
    body = "  Hello,\nwhere is it? 👋 \x00 "
    assert texted(desk, body, "SM1", NumMedia="0", Odd="").answer is None
    [row] = desk.shop.rows("SELECT * FROM inbound_texts")
    assert row["body"] == body.replace("\0", "\ufffd")
    assert (row["sender"], row["asked"]) == (PHONE, "unclear")
    assert '["Odd", ""]' in row["fields"]


def test_cancel_stops_the_texts_and_may_have_meant_the_order(desk: Desk) -> None:
    start(desk)
    texted(desk, "cancel", number=PHONE)
    assert listed(desk) == [("sms", PHONE, "stop")]
    tasks = desk.shop.rows("SELECT kind, subject FROM tasks")
    assert tasks == [{"kind": "may_be_cancellation", "subject": "ann"}]
    assert desk.shop.state().quantity.cancelled == 0


def test_the_list_comes_page_by_page_newest_first(desk: Desk) -> None:
    for number in range(7):
        close(desk, "email", f"p{number}@example.com")
        if number % 3:
            desk.wait(timedelta(seconds=1))
    found: list[str] = []
    cursor = None
    with reading(desk.shop.services.engine) as connection:
        while True:
            page = suppression_list(connection, cursor=cursor, limit=2)
            found += [each.address for each in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert len(suppression_list(connection, address="P3@Example.com").rows) == 1
        assert suppression_list(connection, channel="sms").rows == []
    assert sorted(found) == [f"p{number}@example.com" for number in range(7)]
    assert found[0] == "p6@example.com"


def test_a_supplier_is_not_written_to_where_nothing_arrives(desk: Desk) -> None:
    shop = desk.shop
    shop.supplier(email="orders@acme.example")
    close(desk, "email", "orders@acme.example", Cause.HARD_BOUNCE)
    shop.now += timedelta(days=14)
    shop.services.purchasing.follow_up("PO-1", shop.now)
    shop.now += timedelta(days=1)
    assert not isinstance(desk.take("supplier/acme"), Claimed)
    assert [row["state"] for row in shop.rows("SELECT state FROM messages")] == ["failed"]
    assert [row["kind"] for row in shop.rows("SELECT kind FROM tasks")] == ["supplier_unreachable"]


def test_what_is_no_text_is_refused() -> None:
    for fields in (
        [],
        [("From", PHONE)],
        [("MessageSid", "SM1")],
        [("MessageSid", "x" * 65), ("From", PHONE)],
    ):
        with pytest.raises(ValueError, match="no text"):
            inbound(fields)
    assert isinstance(inbound([("MessageSid", "SM1"), ("From", PHONE)]), InboundText)
